// Where vi's keys lead from a place in text: characters, words, lines, paragraphs, a character that is looked for.

import { afterCharacter, type CopyRow, type CopyText, characterAt, lineEnd, lineStart, type Position } from "./copy-text.ts";

export type Motion =
  | "left"
  | "right"
  | "wordNext"
  | "wordBack"
  | "wordEnd"
  | "bigNext"
  | "bigBack"
  | "bigEnd"
  | "lineStart"
  | "lineText"
  | "lineEnd"
  | "paragraphBack"
  | "paragraphNext";

/** `f` stops on the character, `t` before it; the capitals look back. */
export type FindKey = "f" | "F" | "t" | "T";

/** One step of a motion. The same place where there is nothing further, or what is further is not at hand. */
export function moveBy(text: CopyText, at: Position, motion: Motion): Position {
  switch (motion) {
    case "left":
      return stepInLine(text, at, -1);
    case "right":
      return stepInLine(text, at, 1);
    case "wordNext":
      return wordNext(text, at, "word");
    case "bigNext":
      return wordNext(text, at, "WORD");
    case "wordBack":
      return wordBack(text, at, "word");
    case "bigBack":
      return wordBack(text, at, "WORD");
    case "wordEnd":
      return wordEnd(text, at, "word");
    case "bigEnd":
      return wordEnd(text, at, "WORD");
    case "lineStart": {
      const y = lineStart(text, at.y);
      return { x: text.row(y)?.indent ?? 0, y };
    }
    case "lineText":
      return lineText(text, at);
    case "lineEnd":
      return lastIn(text, lineEnd(text, at.y));
    case "paragraphBack":
      return paragraph(text, at, -1);
    case "paragraphNext":
      return paragraph(text, at, 1);
    default:
      return motion satisfies never;
  }
}

/** On the row's last character. */
export function lastIn(text: CopyText, y: number): Position {
  const row = text.row(y);
  return row === null ? { x: 0, y } : { x: Math.max(row.indent, characterAt(row, Math.max(0, row.length - 1))), y };
}

function stepInLine(text: CopyText, at: Position, by: 1 | -1): Position {
  const next = by > 0 ? after(text, at) : before(text, at);
  return next === null || lineStart(text, next.y) !== lineStart(text, at.y) ? at : next;
}

/** The next character, over the ends of rows; an empty row counts as one place. */
function after(text: CopyText, at: Position): Position | null {
  const row = text.row(at.y);
  if (row === null) return null;
  const x = afterCharacter(row, at.x);
  const next = text.row(at.y + 1);
  if (x < widthOf(row, next)) return { x, y: at.y };
  return next === null || at.y + 1 >= text.end ? null : { x: Math.min(next.indent, Math.max(0, next.length - 1)), y: at.y + 1 };
}

function before(text: CopyText, at: Position): Position | null {
  const row = text.row(at.y);
  if (row === null) return null;
  if (at.x > row.indent) return { x: characterAt(row, at.x - 1), y: at.y };
  const above = at.y - 1 < text.first ? null : text.row(at.y - 1);
  if (above === null) return null;
  return { x: Math.max(above.indent, characterAt(above, Math.max(0, widthOf(above, row) - 1))), y: at.y - 1 };
}

/** Spaces at the end of a row count where the next one goes on its line. */
function widthOf(row: CopyRow, next: CopyRow | null): number {
  return next?.joint === "" ? row.written : row.length;
}

type Kind = "blank" | "word" | "sign";
/** As vi has them: a word is letters and digits, or signs; a WORD is all that stands between blanks. */
type WordUnit = "word" | "WORD";

function kindOf(text: CopyText, at: Position, unit: WordUnit): Kind {
  const cell = text.row(at.y)?.cells[at.x] ?? "";
  if (cell.trim() === "") return "blank";
  return unit === "WORD" || /^[\p{L}\p{N}\p{M}_]/u.test(cell) ? "word" : "sign";
}

function isEmptyRow(text: CopyText, y: number): boolean {
  const row = text.row(y);
  return row !== null && row.joint === null && row.length <= row.indent;
}

/** A new line ends a word; a row that goes on the line above does not. */
function isLineStep(text: CopyText, from: Position, to: Position): boolean {
  return to.y !== from.y && text.row(Math.max(from.y, to.y))?.joint !== "";
}

function wordNext(text: CopyText, from: Position, unit: WordUnit): Position {
  const kind = kindOf(text, from, unit);
  let at = from;
  let isOver = kind === "blank";
  for (let next = after(text, at); next !== null; next = after(text, at)) {
    const isNewLine = isLineStep(text, at, next);
    at = next;
    if (isNewLine) {
      isOver = true;
      if (isEmptyRow(text, at.y)) return at;
    }
    const now = kindOf(text, at, unit);
    if (now !== kind) isOver = true;
    if (isOver && now !== "blank") return at;
    if (now === "blank") isOver = true;
  }
  return lastIn(text, at.y);
}

function wordBack(text: CopyText, from: Position, unit: WordUnit): Position {
  let at = before(text, from);
  if (at === null) return from;
  while (kindOf(text, at, unit) === "blank") {
    if (isEmptyRow(text, at.y) && at.y !== from.y) return at;
    const next = before(text, at);
    if (next === null) return at;
    at = next;
  }
  const kind = kindOf(text, at, unit);
  for (let next = before(text, at); next !== null; next = before(text, at)) {
    if (isLineStep(text, at, next) || kindOf(text, next, unit) !== kind) break;
    at = next;
  }
  return at;
}

function wordEnd(text: CopyText, from: Position, unit: WordUnit): Position {
  let at = after(text, from);
  if (at === null) return from;
  while (kindOf(text, at, unit) === "blank") {
    const next = after(text, at);
    if (next === null) return at;
    at = next;
  }
  const kind = kindOf(text, at, unit);
  for (let next = after(text, at); next !== null; next = after(text, at)) {
    if (isLineStep(text, at, next) || kindOf(text, next, unit) !== kind) break;
    at = next;
  }
  return at;
}

function lineText(text: CopyText, from: Position): Position {
  const end = lineEnd(text, from.y);
  for (let y = lineStart(text, from.y); y <= end; y += 1) {
    const row = text.row(y);
    const x = row?.cells.findIndex((cell, at) => at >= row.indent && cell.trim() !== "") ?? -1;
    if (x >= 0) return { x, y };
  }
  return moveBy(text, from, "lineStart");
}

/** The next empty row after text, or the first or last row. */
function paragraph(text: CopyText, from: Position, by: 1 | -1): Position {
  let y = from.y;
  let hasText = false;
  for (;;) {
    const next = y + by;
    if (next < text.first || next >= text.end || text.row(next) === null) break;
    y = next;
    if (!isEmptyRow(text, y)) hasText = true;
    else if (hasText || !isEmptyRow(text, from.y)) return { x: 0, y };
  }
  return by < 0 ? { x: 0, y } : lastIn(text, y);
}

export interface Find {
  readonly key: FindKey;
  readonly character: string;
  /** A `t` that stands before the character goes to the next one. */
  readonly isRepeat: boolean;
}

/** Within the line; null where the character does not stand there. */
export function findInLine(text: CopyText, from: Position, { key, character, isRepeat }: Find): Position | null {
  const isBack = key === "F" || key === "T";
  const step = isBack ? before : after;
  const line = lineStart(text, from.y);
  let last = from;
  let at = step(text, from);
  if (isRepeat && (key === "t" || key === "T") && at !== null) {
    last = at;
    at = step(text, at);
  }
  for (; at !== null && lineStart(text, at.y) === line; at = step(text, at)) {
    if (text.row(at.y)?.cells[at.x] === character) return key === "t" || key === "T" ? last : at;
    last = at;
  }
  return null;
}

/** The word, run of signs or run of blanks at a place: its first and last character. */
export function wordAt(text: CopyText, at: Position): { from: Position; to: Position } {
  const kind = kindOf(text, at, "word");
  const grow = (step: typeof after): Position => {
    let edge = at;
    for (let next = step(text, edge); next !== null; next = step(text, edge)) {
      if (isLineStep(text, edge, next) || kindOf(text, next, "word") !== kind) break;
      edge = next;
    }
    return edge;
  };
  return { from: grow(before), to: grow(after) };
}
