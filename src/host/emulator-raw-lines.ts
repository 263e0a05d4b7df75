// Lines of a flood that nobody has looked at: the bytes that a program printed, and the attributes that they began with. Most scroll
// away unseen; whoever looks at one has it printed then, by the same code.

import { bytesOf, CELL_WORDS, codePointAt, putCharacter, setCell, WIDTH_ONE } from "./emulator-cells.ts";
import type { Attributes, Line } from "./emulator-insides.ts";
import { type Cells, LazyLine } from "./emulator-lazy-line.ts";
import type { Row, RowLook } from "./emulator-rows.ts";
import { SgrReader } from "./emulator-sgr.ts";
import { charProperties } from "./terminal-width.ts";

/** What copies of bytes lie in: large enough to be given back to the system at once (start-server.ts). */
const SLAB_BYTES = 136 * 1024;
/** At most so many bytes are kept at a time. */
export const RAW_BYTES_MAX = 64 * 1024;
const FREE_SLABS_MAX = 2;
const SPARES_MAX = 64;
const ESC = 0x1b;
/** Such lines have no underline of a kind and no link: nobody reads or writes it. */
const noExtended: Attributes["extended"] = { _ext: 0, urlId: 0, clone: () => noExtended };

interface Slab {
  readonly bytes: Uint8Array;
  /** Lines whose bytes lie in it. */
  lines: number;
  readonly owner: RawLines;
}

export class RawLine extends LazyLine {
  slab: Slab;
  at = 0;
  end = 0;
  look: RowLook;

  constructor(cols: number, slab: Slab, look: RowLook) {
    super(cols, false);
    this.slab = slab;
    this.look = look;
  }

  unpack(): Cells {
    return this.slab.owner.print(this.slab.bytes.subarray(this.at, this.end), this.length, this.look);
  }
}

/** Somebody looked at `line`; if nobody wrote to it either, it is its bytes again. */
export function forgetCells(line: RawLine): void {
  const { cells } = line;
  if (cells === null) return;
  const printed = line.unpack();
  const isSame =
    cells.data.length === printed.data.length &&
    cells.data.every((word, i) => word === printed.data[i]) &&
    hasSame(cells.combined, printed.combined) &&
    hasSame(cells.extended, printed.extended);
  if (isSame) line.cells = null;
}

function hasSame<T>(left: Record<number, T>, right: Record<number, T>): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[Number(key)] === right[Number(key)]);
}

export class RawLines {
  readonly #model: Line;
  readonly #sgr = new SgrReader();
  #slab: Slab;
  #at = 0;
  readonly #free: Slab[] = [];
  readonly #spares: RawLine[] = [];

  /** `model`: a line of the library's making, without cells. */
  constructor(model: Line) {
    this.#model = model;
    this.#slab = this.#newSlab();
  }

  /** How many bytes may lie between here and the end of the next `keep`, at most `RAW_BYTES_MAX`. */
  reserve(bytes: number): void {
    if (this.#at + bytes <= this.#slab.bytes.length) return;
    this.#slab = this.#free.pop() ?? this.#newSlab();
    this.#at = 0;
  }

  /** Bytes of lines that were made since the last time, all that were reserved or fewer. */
  keep(bytes: Uint8Array): void {
    this.#slab.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** `row` in bytes from where those begin that `keep` will be given. `old`: one that has left the ring. */
  make(old: Line | undefined, cols: number, { at, end, look }: Row, isWrapped: boolean): RawLine {
    let line: RawLine | undefined;
    if (old instanceof RawLine) {
      line = old;
      this.#leave(line);
    } else line = this.#spares.pop();
    if (line === undefined) line = new RawLine(cols, this.#slab, look);
    else {
      line.length = cols;
      line.cells = null;
      line.slab = this.#slab;
      line.look = look;
    }
    line.isWrapped = isWrapped;
    line.at = this.#at + at;
    line.end = this.#at + end;
    this.#slab.lines++;
    return line;
  }

  /** One that has left the ring and is not needed now. */
  drop(line: Line): void {
    if (!(line instanceof RawLine)) return;
    this.#leave(line);
    if (this.#spares.length < SPARES_MAX) this.#spares.push(line);
  }

  /** Lets go of what is kept for more lines. */
  rest(): void {
    this.#free.length = 0;
    this.#spares.length = 0;
  }

  /** The cells of a line that began so: nothing in it but text that fits, and colours. */
  print(bytes: Uint8Array, cols: number, { fg, bg, blankBg, fillFg, fillBg }: RowLook): Cells {
    const line = this.#model.clone();
    line._data = new Uint32Array(cols * CELL_WORDS);
    for (let word = 0; word < line._data.length; word += CELL_WORDS) {
      line._data[word] = WIDTH_ONE;
      line._data[word + 2] = blankBg;
    }
    line.length = cols;
    const attributes: Attributes = { fg, bg, extended: noExtended, updateExtended() {} };
    let x = 0;
    let join = 0;
    for (let at = 0; at < bytes.length; ) {
      const byte = bytes[at] ?? 0;
      if (byte === ESC) {
        this.#sgr.apply(attributes, this.#sgr.read(bytes, at + 2));
        at = this.#sgr.end + 1;
        join = 0;
        continue;
      }
      const code = byte < 0x80 ? byte : codePointAt(bytes, at);
      const info = charProperties(code, join);
      x = putCharacter(line, x, code, info, info & 1 ? (join >> 1) & 3 : 0, attributes);
      join = info;
      at += bytesOf(code);
    }
    attributes.fg = fillFg;
    attributes.bg = fillBg;
    while (x < cols && (fillFg !== 0 || fillBg !== blankBg)) setCell(line, x++, WIDTH_ONE, attributes);
    return { data: line._data, combined: line._combined, extended: line._extendedAttrs };
  }

  #leave({ slab }: RawLine): void {
    slab.lines--;
    if (slab.lines === 0 && slab !== this.#slab && slab.owner === this && this.#free.length < FREE_SLABS_MAX) this.#free.push(slab);
  }

  #newSlab(): Slab {
    return { bytes: new Uint8Array(SLAB_BYTES), lines: 0, owner: this };
  }
}
