// Text that can be walked, searched and copied cell by cell: rows of a terminal and lines of a transcript, made alike.

import { CELL_WORDS, CONTINUATION, clusterText } from "../domain/cells.ts";
import type { Line } from "./frame-types.ts";
import { graphemes, graphemeWidth } from "./width.ts";

export interface CopyRow {
  /** One for each column: its text; empty for the right half of a wide one, and for a cell that was never written. */
  readonly cells: readonly string[];
  /** Columns up to the last that shows something. */
  readonly length: number;
  /** Columns up to the last that was written: spaces at the end count where the next row goes on this line. */
  readonly written: number;
  /** What stands between the row above and this one, which goes on its line; null: a line begins here. */
  readonly joint: string | null;
  /** First columns that are a margin or a mark and no text. */
  readonly indent: number;
  /** Columns whose sign stands for more, as where a line was cut. */
  readonly stands: ReadonlyMap<number, string>;
}

export interface CopyText {
  /** Number of the first row, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Null: out of range, or not at hand yet. */
  row(y: number): CopyRow | null;
}

export interface Position {
  readonly x: number;
  readonly y: number;
}

const nothing: ReadonlyMap<number, string> = new Map();

export function rowOfWords(words: Uint32Array, isWrapped: boolean): CopyRow {
  const cols = Math.floor(words.length / CELL_WORDS);
  const cells: string[] = [];
  let length = 0;
  let written = 0;
  for (let x = 0; x < cols; x += 1) {
    const glyph = words[x * CELL_WORDS] ?? 0;
    const text = glyph === CONTINUATION ? "" : clusterText(glyph);
    cells.push(text);
    if (glyph !== 0) written = x + 1;
    if (glyph !== 0 && text !== " ") length = x + 1;
  }
  return { cells, length, written, joint: isWrapped ? "" : null, indent: 0, stands: nothing };
}

export function rowOfLine(line: Line): CopyRow {
  const cells: string[] = [];
  const stands = new Map<number, string>();
  let length = 0;
  let indent = 0;
  let joint: string | null = null;
  let isText = false;
  for (const span of line) {
    if (span.joint !== undefined) {
      joint = span.joint;
      indent = cells.length;
    }
    if (span.isChrome !== true) isText = true;
    if (span.stands !== undefined) stands.set(cells.length, span.stands);
    for (const cluster of graphemes(span.text)) {
      const width = graphemeWidth(cluster);
      if (width === 0) continue;
      cells.push(cluster);
      if (width === 2) cells.push("");
      if (cluster !== " ") length = cells.length;
    }
    if (!isText) indent = cells.length;
  }
  return { cells, length: Math.max(length, Math.min(indent, cells.length)), written: cells.length, joint, indent, stands };
}

/** The first row of the line that row `y` belongs to. */
export function lineStart(text: CopyText, y: number): number {
  let row = y;
  while (row > text.first && (text.row(row)?.joint ?? null) !== null) row -= 1;
  return row;
}

/** The last row of the line that row `y` belongs to. */
export function lineEnd(text: CopyText, y: number): number {
  let row = y;
  while (row + 1 < text.end && (text.row(row + 1)?.joint ?? null) !== null) row += 1;
  return row;
}

/** The column at which the character stands that covers column `x`. */
export function characterAt(row: CopyRow, x: number): number {
  let at = Math.min(x, row.cells.length);
  // Only the right half of a wide one has a wide one before it.
  if (at > 0 && row.cells[at] === "" && isWide(row, at - 1)) at -= 1;
  return at;
}

/** The column after the character at `x`. */
export function afterCharacter(row: CopyRow, x: number): number {
  return isWide(row, x) ? x + 2 : x + 1;
}

function isWide(row: CopyRow, x: number): boolean {
  const text = row.cells[x] ?? "";
  return text !== "" && row.cells[x + 1] === "" && graphemeWidth(text) === 2;
}

/** Text of the columns `from … to` of a row as it is copied; cells that were never written are spaces between others. */
export function sliceRow(row: CopyRow, from: number, to: number): string {
  let out = "";
  for (let x = characterAt(row, from); x < Math.min(to, row.cells.length); x = afterCharacter(row, x)) {
    out += row.stands.get(x) ?? (row.cells[x] || " ");
  }
  return out;
}
