// What is selected in copy mode, row by row, and the text that it gives: wrapped rows come out as the one line they are.

import { wordAt } from "./copy-motion.ts";
import { afterCharacter, type CopyRow, type CopyText, lineEnd, lineStart, type Position, sliceRow } from "./copy-text.ts";

/** `block`: the columns between two corners. */
export type SelectUnit = "cell" | "word" | "line" | "block";

export interface Selection {
  readonly anchor: Position;
  readonly cursor: Position;
  readonly unit: SelectUnit;
}

/** From the first character to the last, both within. */
interface Span {
  readonly from: Position;
  readonly to: Position;
}

function isBefore(a: Position, b: Position): boolean {
  return a.y < b.y || (a.y === b.y && a.x < b.x);
}

function spanAt(text: CopyText, at: Position, unit: SelectUnit): Span {
  if (unit === "word") return wordAt(text, at);
  if (unit !== "line") return { from: at, to: at };
  const y = lineEnd(text, at.y);
  return { from: { x: 0, y: lineStart(text, at.y) }, to: { x: Math.max(0, (text.row(y)?.written ?? 1) - 1), y } };
}

function spanOf(text: CopyText, { anchor, cursor, unit }: Selection): Span {
  const a = spanAt(text, anchor, unit);
  const b = spanAt(text, cursor, unit);
  return { from: isBefore(a.from, b.from) ? a.from : b.from, to: isBefore(a.to, b.to) ? b.to : a.to };
}

/** Rows that the selection touches. */
export function selectedRows(text: CopyText, selection: Selection): { readonly first: number; readonly last: number } {
  if (selection.unit === "cell" || selection.unit === "block") {
    const { anchor, cursor } = selection;
    return { first: Math.min(anchor.y, cursor.y), last: Math.max(anchor.y, cursor.y) };
  }
  const { from, to } = spanOf(text, selection);
  return { first: from.y, last: to.y };
}

/** For a row the columns `from … to` that are selected; null: none. */
export function selectionRanges(
  text: CopyText,
  selection: Selection,
): (y: number, row: CopyRow | null) => { from: number; to: number } | null {
  const { anchor, cursor, unit } = selection;
  if (unit === "block") {
    const [top, bottom] = [Math.min(anchor.y, cursor.y), Math.max(anchor.y, cursor.y)];
    const [left, right] = [Math.min(anchor.x, cursor.x), Math.max(anchor.x, cursor.x)];
    return (y, row) => (y < top || y > bottom ? null : { from: left, to: row === null ? right + 1 : afterCharacter(row, right) });
  }
  const { from, to } = spanOf(text, selection);
  return (y, row) => {
    if (y < from.y || y > to.y || row === null) return null;
    const start = Math.max(y === from.y ? from.x : 0, Math.min(row.indent, row.length));
    const end = y === to.y ? afterCharacter(row, to.x) : row.length;
    return { from: start, to: Math.max(end, start) };
  };
}

/** The text of a selection. Rows that are not at hand are left out: ask for them first. */
export function selectedText(text: CopyText, selection: Selection): string {
  const rangeOf = selectionRanges(text, selection);
  const { first, last } = selectedRows(text, selection);
  const isBlock = selection.unit === "block";
  let out = "";
  for (let y = first; y <= last; y += 1) {
    const row = text.row(y);
    const range = rangeOf(y, row);
    const next = text.row(y + 1);
    const goesOn = !isBlock && y < last && next !== null && next.joint !== null;
    if (row !== null && range !== null) {
      // A line that goes on keeps the spaces that the break stands after; else what is blank at the end was never there.
      const end = goesOn ? row.written : isBlock ? range.to : Math.min(range.to, row.length);
      const part = sliceRow(row, Math.max(range.from, isBlock ? 0 : row.indent), end);
      out += isBlock ? part.trimEnd() : part;
    }
    if (y < last) out += goesOn ? (next?.joint ?? "") : "\n";
  }
  return out;
}
