// A page of a terminal's lines as it crosses the link: rows by numbers that stay while newer ones come, packed as `rows.ts` packs them.

import { CELL_WORDS } from "./cells.ts";
import { decodeRows, encodeRows, noScreen } from "./rows.ts";

/** Rows of one answer. */
export const PAGE_ROWS_MAX = 500;

export interface ScrollPage {
  /** Grows when the numbers mean other lines than before (the width changed, the terminal was reset). */
  readonly generation: number;
  readonly cols: number;
  /** Number of the oldest row that is kept, and the one after the newest. */
  readonly oldest: number;
  readonly end: number;
  /** Number of the first row here; what was asked for and is kept no more is left out. */
  readonly from: number;
  /** `cols × CELL_WORDS` words each. */
  readonly rows: readonly Uint32Array[];
  /** For each row: it goes on the line of the row above. */
  readonly wrapped: readonly boolean[];
}

/** A place where a pattern was found: a row, its first column and its cells; it may run over the row's end onto the next rows. */
export interface ScrollMatch {
  readonly row: number;
  readonly col: number;
  readonly cells: number;
}

export interface ScrollMatches {
  readonly generation: number;
  readonly matches: readonly ScrollMatch[];
  /** There are more than are told. */
  readonly isCut: boolean;
  /** The pattern took too long: older lines were not looked at. */
  readonly isUnfinished?: boolean;
}

/** The rows of a page as bytes. */
export function packRows(page: ScrollPage): Uint8Array {
  return encodeRows({
    terminal: "page",
    version: 0,
    cols: page.cols,
    rows: Math.max(1, page.rows.length),
    cursor: { x: 0, y: 0, shape: "block", isVisible: false },
    isAlternate: false,
    isFull: true,
    screen: noScreen,
    changed: page.rows.map((cells, y) => ({ y, cells })),
  });
}

/** The rows again, or null where the bytes are not what `packRows` makes. */
export function unpackRows(bytes: Uint8Array, count: number): Uint32Array[] | null {
  const decoded = decodeRows(bytes);
  if (!decoded.ok || decoded.changed.length !== count) return null;
  return decoded.changed.every(({ cells }) => cells.length === decoded.cols * CELL_WORDS)
    ? decoded.changed.map(({ cells }) => cells)
    : null;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const sextets = new Map([...BASE64].map((char, value) => [char.charCodeAt(0), value]));

/** Standard base64, or null. */
export function fromBase64(text: string): Uint8Array | null {
  const end = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  if (text.length % 4 !== 0) return null;
  const bytes = new Uint8Array(Math.floor((end * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < end; i++) {
    const value = sextets.get(text.charCodeAt(i));
    if (value === undefined) return null;
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 255;
  }
  return bytes;
}
