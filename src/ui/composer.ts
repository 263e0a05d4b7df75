// The editor of one message: text as graphemes with a cursor between them, a long paste as one piece, rows for a width.

import { type ItemImage, isKept, type KeptImage } from "../domain/image.ts";
import { cleanLine, cleanText } from "./clean.ts";
import { graphemes, textWidth } from "./width.ts";

/** A grapheme, a whole paste or an image: `show` is drawn (clean), `text` is what is sent, exactly. */
export interface Cell {
  readonly show: string;
  readonly text: string;
  /** Sent with the text. */
  readonly image?: KeptImage;
  /** An image that is being read: `text` is what was pasted for it. */
  readonly awaited?: number;
}

export interface Composer {
  cells: Cell[];
  /** 0 … cells.length: the cell before which it stands. */
  cursor: number;
  /** What Ctrl+K, Ctrl+U and Ctrl+W cut last. */
  killed: Cell[];
  /** Place in the history while it is browsed. */
  historyAt: number | null;
  /** What was being typed before the history was browsed. */
  draft: Cell[];
  /** Row of the completion that is chosen. */
  completion: number;
  isCompletionClosed: boolean;
}

/** A paste of more lines or characters than these stands in the composer as one piece. */
const PASTE_LINES_MAX = 8;
const PASTE_CHARACTERS_MAX = 2_000;

export function emptyComposer(): Composer {
  return { cells: [], cursor: 0, killed: [], historyAt: null, draft: [], completion: 0, isCompletionClosed: false };
}

export function isEmpty(composer: Composer): boolean {
  return composer.cells.length === 0;
}

/** The text as it is sent: pastes whole. */
export function composerText(composer: Composer): string {
  return composer.cells.map((cell) => cell.text).join("");
}

function showOf(grapheme: string): string {
  if (grapheme === "\n") return grapheme;
  if (grapheme === "\t") return "  ";
  return cleanText(grapheme);
}

function cellsOf(text: string): Cell[] {
  return graphemes(text.replace(/\r\n?/g, "\n")).map((grapheme) => ({ show: showOf(grapheme), text: grapheme }));
}

function isPiece(cell: Cell | undefined): boolean {
  if (cell === undefined) return false;
  return cell.image !== undefined || isAwaited(cell) || (cell.text.length > 1 && cell.show.startsWith("[pasted "));
}

/** Splices cells in; whatever is changed closes the look into the history and opens the completion anew. */
function splice(composer: Composer, start: number, removed: number, added: readonly Cell[]): Cell[] {
  const cut = composer.cells.splice(start, removed, ...added);
  composer.cursor = start + added.length;
  composer.historyAt = null;
  composer.completion = 0;
  composer.isCompletionClosed = false;
  return cut;
}

/** Types text at the cursor; a mark that joins the grapheme before it becomes part of it. */
export function insertText(composer: Composer, text: string): void {
  const before = composer.cells[composer.cursor - 1];
  const joins = before !== undefined && !isPiece(before) && before.text !== "\n";
  const cells = cellsOf(joins ? before.text + text : text);
  if (joins) splice(composer, composer.cursor - 1, 1, cells);
  else splice(composer, composer.cursor, 0, cells);
}

/** Puts a paste in, whole. It never submits. */
export function insertPaste(composer: Composer, text: string): void {
  const lines = text.split("\n").length;
  if (lines > PASTE_LINES_MAX) splice(composer, composer.cursor, 0, [{ show: `[pasted ${lines} lines]`, text }]);
  else if (text.length > PASTE_CHARACTERS_MAX) {
    splice(composer, composer.cursor, 0, [{ show: `[pasted ${text.length} characters]`, text }]);
  } else insertText(composer, text);
}

// Images ----------------------------------------------------------------------------------------------------------------

/** How an image stands in the text that is sent: a model can tell by it where it belongs. */
function markOf(name: string): string {
  return `[image ${name.replace(/\p{Cc}/gu, "?")}]`;
}

function imageCell(image: KeptImage): Cell {
  const text = markOf(image.name);
  return { show: `[${cleanLine(text.slice(1, -1))} ${image.width}×${image.height}]`, text, image };
}

export function isAwaited(cell: Cell): boolean {
  return cell.awaited !== undefined;
}

/** Puts an image in that is still being read; a space keeps it from the word before it. */
export function insertPending(composer: Composer, file: { number: number; raw: string; name: string }): void {
  const before = composer.cells[composer.cursor - 1];
  const gap = before === undefined || /\s/u.test(before.text) ? [] : cellsOf(" ");
  const pending: Cell = { show: `[image ${cleanLine(file.name)} …]`, text: file.raw, awaited: file.number };
  splice(composer, composer.cursor, 0, [...gap, pending]);
}

/** The image is there, or (null) cannot be: then what was pasted stands in its place. The cursor stays where it is. */
export function settlePending(composer: Composer, number: number, image: KeptImage | null): void {
  for (const cells of [composer.cells, composer.killed, composer.draft]) {
    const at = cells.findIndex((cell) => cell.awaited === number);
    const pending = cells[at];
    if (pending === undefined) continue;
    const settled = image === null ? cellsOf(pending.text) : [imageCell(image)];
    cells.splice(at, 1, ...settled);
    if (cells === composer.cells && composer.cursor > at) composer.cursor += settled.length - 1;
  }
}

/** Those of the message, each once. */
export function composerImages(composer: Composer): KeptImage[] {
  const images = new Map<string, KeptImage>();
  for (const { image } of composer.cells) if (image !== undefined) images.set(image.digest, image);
  return [...images.values()];
}

/** Puts a message back as it was typed: each image where its mark stands, one without a mark at the end. */
export function setMessage(composer: Composer, text: string, images: readonly ItemImage[]): void {
  const cells: Cell[] = [];
  const loose: Cell[] = [];
  let rest = text;
  for (const image of images) {
    if (!isKept(image)) continue;
    const cell = imageCell(image);
    const at = rest.indexOf(cell.text);
    if (at < 0) loose.push(...cellsOf(" "), cell);
    else {
      cells.push(...cellsOf(rest.slice(0, at)), cell);
      rest = rest.slice(at + cell.text.length);
    }
  }
  splice(composer, 0, composer.cells.length, [...cells, ...cellsOf(rest), ...loose]);
}

/** As edited elsewhere: an image stays as long as its mark does. */
export function setEdited(composer: Composer, text: string): void {
  setMessage(
    composer,
    text,
    composerImages(composer).filter((image) => text.includes(markOf(image.name))),
  );
}

export function setCells(composer: Composer, cells: readonly Cell[]): void {
  splice(composer, 0, composer.cells.length, cells);
}

/** Replaces everything; the cursor goes to the end. */
export function setText(composer: Composer, text: string): void {
  splice(composer, 0, composer.cells.length, cellsOf(text));
}

export function clearComposer(composer: Composer): void {
  splice(composer, 0, composer.cells.length, []);
}

// Moves ---------------------------------------------------------------------------------------------------------------

export type Move = "left" | "right" | "wordLeft" | "wordRight" | "lineStart" | "lineEnd";

function isWordCell(cell: Cell | undefined): boolean {
  return cell !== undefined && (isPiece(cell) || /[\p{L}\p{N}_]/u.test(cell.text));
}

function target(composer: Composer, move: Move): number {
  const { cells } = composer;
  let at = composer.cursor;
  switch (move) {
    case "left":
      return Math.max(0, at - 1);
    case "right":
      return Math.min(cells.length, at + 1);
    case "wordLeft":
      while (at > 0 && !isWordCell(cells[at - 1])) at -= 1;
      while (at > 0 && isWordCell(cells[at - 1])) at -= 1;
      return at;
    case "wordRight":
      while (at < cells.length && !isWordCell(cells[at])) at += 1;
      while (at < cells.length && isWordCell(cells[at])) at += 1;
      return at;
    case "lineStart":
      while (at > 0 && cells[at - 1]?.text !== "\n") at -= 1;
      return at;
    case "lineEnd":
      while (at < cells.length && cells[at]?.text !== "\n") at += 1;
      return at;
    default:
      return move satisfies never;
  }
}

export function moveCursor(composer: Composer, move: Move): void {
  composer.cursor = target(composer, move);
}

/** Deletes from the cursor to where `move` leads; `isKept` keeps it for Ctrl+Y. */
export function deleteTo(composer: Composer, move: Move, options: { isKept: boolean }): void {
  const to = target(composer, move);
  const start = Math.min(to, composer.cursor);
  let count = Math.abs(to - composer.cursor);
  // Ctrl+K at the end of a line takes the line break, as in every editor of this kind.
  if (count === 0 && move === "lineEnd" && composer.cursor < composer.cells.length) count = 1;
  if (count === 0) return;
  const cut = splice(composer, start, count, []);
  if (options.isKept) composer.killed = cut;
}

export function yank(composer: Composer): void {
  if (composer.killed.length > 0) splice(composer, composer.cursor, 0, composer.killed);
}

// Rows ----------------------------------------------------------------------------------------------------------------

export interface ComposerRow {
  readonly text: string;
  /** First cell and the one after the last; a line break belongs to no row. */
  readonly start: number;
  readonly end: number;
}

export interface ComposerRows {
  readonly rows: readonly ComposerRow[];
  readonly cursorRow: number;
  /** In screen columns. */
  readonly cursorCol: number;
}

/** The rows for a width (in columns), broken at words where that is possible. There is always at least one. */
export function layoutComposer(composer: Composer, width: number): ComposerRows {
  const room = Math.max(1, width);
  const { cells, cursor } = composer;
  const rows: ComposerRow[] = [];
  let start = 0;
  let used = 0;
  let afterSpace = -1;
  const close = (end: number, next: number) => {
    rows.push({
      text: cells
        .slice(start, end)
        .map((cell) => cell.show)
        .join(""),
      start,
      end,
    });
    start = next;
    afterSpace = -1;
    used = 0;
  };
  for (let at = 0; at < cells.length; at += 1) {
    const cell = cells[at];
    if (cell === undefined) break;
    if (cell.show === "\n") {
      close(at, at + 1);
      continue;
    }
    const wide = textWidth(cell.show);
    // Spaces at the edge hang over it: a row never begins with the space that broke it.
    if (used + wide > room && at > start && cell.show !== " ") {
      const breakAt = afterSpace > start ? afterSpace : at;
      close(breakAt, breakAt);
      for (let moved = breakAt; moved < at; moved += 1) used += textWidth(cells[moved]?.show ?? "");
    }
    used += wide;
    if (cell.show === " ") afterSpace = at + 1;
  }
  close(cells.length, cells.length);
  return withCursor(composer, rows, room, cursor);
}

function withCursor(composer: Composer, rows: ComposerRow[], room: number, cursor: number): ComposerRows {
  let row = rows.length - 1;
  while (row > 0 && (rows[row]?.start ?? 0) > cursor) row -= 1;
  const at = rows[row];
  const before = composer.cells.slice(at?.start ?? 0, Math.min(cursor, at?.end ?? 0));
  let column = before.reduce((sum, cell) => sum + textWidth(cell.show), 0);
  if (column >= room && row === rows.length - 1) {
    rows.push({ text: "", start: cursor, end: cursor });
    return { rows, cursorRow: row + 1, cursorCol: 0 };
  }
  column = Math.min(column, room - 1);
  return { rows, cursorRow: row, cursorCol: column };
}

/** Moves the cursor a row up or down; false where there is no such row. */
export function moveRow(composer: Composer, width: number, by: -1 | 1): boolean {
  const { rows, cursorRow, cursorCol } = layoutComposer(composer, width);
  const row = rows[cursorRow + by];
  if (row === undefined) return false;
  let column = 0;
  let at = row.start;
  while (at < row.end) {
    column += textWidth(composer.cells[at]?.show ?? "");
    if (column > cursorCol) break;
    at += 1;
  }
  composer.cursor = at;
  return true;
}

// History ---------------------------------------------------------------------------------------------------------------

/** Shows the entry before or after the one that is shown; past the newest comes back what was being typed. */
export function browseHistory(composer: Composer, history: readonly string[], by: -1 | 1): boolean {
  const at = composer.historyAt;
  const next = (at ?? history.length) + by;
  if (next < 0 || (at === null && by === 1)) return false;
  const draft = at === null ? composer.cells : composer.draft;
  const entry = history[next];
  composer.cells = entry === undefined ? [...draft] : cellsOf(entry);
  composer.cursor = composer.cells.length;
  composer.draft = draft;
  composer.historyAt = entry === undefined ? null : next;
  composer.isCompletionClosed = true;
  return true;
}
