// Where a line of text wraps, without printing it.
//
// Follows `FastParser.#print`, and gives up where it would have to do more than count.

import { bytesOf, COLOUR, codePointAt, HAS_EXTENDED } from "./emulator-cells.ts";
import type { Attributes } from "./emulator-insides.ts";
import { SGR, type SgrReader } from "./emulator-sgr.ts";
import { AFTER_ASCII, charProperties } from "./terminal-width.ts";

const ESC = 0x1b;
const CR = 0x0d;
const LF = 0x0a;

/** How a row begins and ends: colours and flags as in the library's attributes. */
export interface RowLook {
  readonly fg: number;
  readonly bg: number;
  /** Of cells that nothing was printed to. */
  readonly blankBg: number;
  /** Of the cell at the end that a wide character did not fit into; as the blank ones where there is none. */
  readonly fillFg: number;
  readonly fillBg: number;
}

export interface Row {
  /** Bytes, from the beginning of what was read. */
  at: number;
  end: number;
  look: RowLook;
}

const plainLook: RowLook = { fg: 0, bg: 0, blankBg: 0, fillFg: 0, fillBg: 0 };

export class RowCutter {
  readonly #sgr: SgrReader;
  /** Of the line that was cut last, and of longer ones before it. */
  readonly rows: Row[] = [];
  count = 0;
  #look: RowLook = plainLook;

  constructor(sgr: SgrReader) {
    this.#sgr = sgr;
  }

  /**
   * Cuts the line at `from` into rows of at most `cols` cells. Its end, CR LF behind it, or -1: it holds something besides text and
   * colours, or does not end before `end`. `attributes` are those behind it then, or whatever where it is -1.
   */
  cut(bytes: Uint8Array, from: number, end: number, cols: number, attributes: Attributes, blankBg: number): number {
    this.count = 0;
    if (attributes.bg & HAS_EXTENDED) return -1;
    this.#begin(from, attributes, blankBg);
    let x = 0;
    let join = 0;
    let at = from;
    while (at < end) {
      let byte = bytes[at] ?? 0;
      if (byte >= 0x20 && byte < 0x7f) {
        const start = at;
        while (byte >= 0x20 && byte < 0x7f) byte = bytes[++at] ?? 0;
        x += at - start;
        for (; x > cols; x -= cols) this.#wrap(at - x + cols, attributes, false);
        join = AFTER_ASCII;
      } else if (byte === CR) {
        if (bytes[at + 1] !== LF || at + 2 > end) return -1;
        this.#last().end = at;
        return at;
      } else if (byte === ESC) {
        at = bytes[at + 1] === 0x5b ? this.#style(bytes, at + 2, attributes) : -1;
        if (at < 0) return -1;
        join = 0;
      } else {
        const code = byte < 0x80 ? 0 : codePointAt(bytes, at);
        if (code < 0xa0) return -1;
        const info = charProperties(code, join);
        const width = (info >> 1) & 3;
        if ((info & 1) !== 0) {
          x += width - ((join >> 1) & 3);
          // It widens past the edge and takes its cell along.
          if (x > cols) return -1;
        } else {
          if (width === 0 || width > cols) return -1;
          if (x + width > cols) {
            this.#wrap(at, attributes, x < cols);
            x = 0;
          }
          x += width;
        }
        join = info;
        at += bytesOf(code);
      }
    }
    return -1;
  }

  #style(bytes: Uint8Array, from: number, attributes: Attributes): number {
    const count = this.#sgr.read(bytes, from);
    const { end } = this.#sgr;
    return count > 0 && bytes[end] === SGR && this.#sgr.apply(attributes, count) ? end + 1 : -1;
  }

  #wrap(at: number, attributes: Attributes, isFilled: boolean): void {
    const last = this.#last();
    last.end = at;
    const { fg, bg } = attributes;
    const { look } = last;
    if (isFilled && (fg !== 0 || bg !== look.blankBg)) last.look = { ...look, fillFg: fg, fillBg: bg };
    this.#begin(at, attributes, bg & COLOUR);
  }

  #begin(at: number, { fg, bg }: Attributes, blankBg: number): void {
    const was = this.#look;
    if (fg !== was.fg || bg !== was.bg || blankBg !== was.blankBg) this.#look = { fg, bg, blankBg, fillFg: 0, fillBg: blankBg };
    const row = this.rows[this.count++];
    if (row === undefined) this.rows.push({ at, end: at, look: this.#look });
    else {
      row.at = at;
      row.look = this.#look;
    }
  }

  #last(): Row {
    const last = this.rows[this.count - 1];
    if (last === undefined) throw new Error("no row has begun");
    return last;
  }
}
