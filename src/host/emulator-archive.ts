// Rows far above the screen, packed: about a byte a cell instead of twelve. Whoever looks at one unpacks it without noticing.

import { WIDTH_ONE as BLANK, CELL_WORDS, HAS_EXTENDED } from "./emulator-cells.ts";
import type { Insides, Line, ScreenBuffer } from "./emulator-insides.ts";
import { adoptLines, asLine, type Cells, isLazy, isUnseen, LazyLine } from "./emulator-lazy-line.ts";
import { forgetCells, RawLine } from "./emulator-raw-lines.ts";

/** Lines above the screen that stay as they are: a window that grows, a program that scrolls back. */
const KEPT_LINES = 64;
/** So many more have to be there before it is worth a block. */
const BLOCK_LINES = 256;
const COMBINED = 0x20_0000;

/** How a line's characters are written: a byte each where all are Latin-1 of width one, else the emulator's own 24 bits. */
const BYTES = 0;
const WORDS = 1;
/** All cells have the terminal's own colours and no style. */
const PLAIN = 2;

class PackedLine extends LazyLine {
  block: Uint8Array;
  readonly at: number;
  /** What its cells have beyond their three words; null: nothing. */
  readonly more: Pick<Cells, "combined" | "extended"> | null;

  constructor(at: number, line: Line, more: PackedLine["more"]) {
    super(line.length, line.isWrapped);
    this.block = nothing;
    this.at = at;
    this.more = more;
  }

  unpack(): Cells {
    return { data: cellsOf(this), combined: this.more?.combined ?? {}, extended: this.more?.extended ?? {} };
  }
}

const nothing = new Uint8Array(0);

export class EmulatorArchive {
  readonly #insides: Insides;
  #scratch = new Uint8Array(64 * 1024);
  #length = 0;
  /** Of all blocks that were made, also of those that are gone. */
  packedBytes = 0;

  constructor(insides: Insides) {
    this.#insides = insides;
    const line = insides._bufferService.buffer.lines.get(0);
    if (line !== undefined) adoptLines(line);
  }

  /** Packs up to `BLOCK_LINES` lines; how many that were, 0 where nothing is left to be packed. */
  packSome(): number {
    const { lines, ybase } = this.#insides._bufferService.buffers.normal;
    const end = ybase - KEPT_LINES;
    const found: number[] = [];
    for (let y = 0; y < end && found.length < BLOCK_LINES; y++) {
      const line = lines.get(y);
      if (line instanceof RawLine) forgetCells(line);
      if (line !== undefined && !isUnseen(line) && line._data.length === line.length * CELL_WORDS) found.push(y);
    }
    if (found.length < BLOCK_LINES) return 0;
    this.#length = 0;
    const packed: PackedLine[] = [];
    for (const y of found) {
      const line = lines.get(y);
      if (line !== undefined) packed.push(this.#pack(line));
    }
    const block = this.#scratch.slice(0, this.#length);
    this.packedBytes += block.length;
    for (const [i, y] of found.entries()) {
      const line = packed[i];
      if (line === undefined) continue;
      line.block = block;
      lines.set(y, asLine(line));
    }
    return found.length;
  }

  /** Before the width changes: every line is the library's own again, with memory of its own, which `resize` takes for granted. */
  releaseAll(): void {
    const { normal, alt } = this.#insides._bufferService.buffers;
    this.releaseFrom(0);
    for (const { lines } of [normal, alt]) {
      for (let y = 0; y < lines.length; y++) {
        const line = lines.get(y);
        if (line !== undefined && line._data.byteLength !== line._data.buffer.byteLength) line._data = line._data.slice();
      }
    }
  }

  /** Where the screen may reach up to packed lines: the library's own lines again. */
  releaseFrom(first: number): void {
    const buffer = this.#insides._bufferService.buffers.normal;
    for (let y = Math.max(0, first); y < buffer.lines.length; y++) {
      const line = buffer.lines.get(y);
      if (line !== undefined && isLazy(line)) buffer.lines.set(y, ownLine(buffer, line));
    }
  }

  #pack(line: Line): PackedLine {
    const { _data: data } = line;
    let end = line.length;
    while (end > 0 && isBlank(data, (end - 1) * CELL_WORDS)) end--;
    let [isLatin, isPlain, hasCombined, hasExtended] = [true, true, false, false];
    for (let word = 0; word < end * CELL_WORDS; word += CELL_WORDS) {
      const content = data[word] ?? 0;
      const bg = data[word + 2] ?? 0;
      if ((content & ~0xff) !== BLANK) isLatin = false;
      if (content & COMBINED) hasCombined = true;
      if (bg & HAS_EXTENDED) hasExtended = true;
      if (data[word + 1] !== 0 || bg !== 0) isPlain = false;
    }
    const at = this.#length;
    this.#room(16 + end * 14);
    const bytes = this.#scratch;
    bytes[this.#length++] = (isLatin ? BYTES : WORDS) | (isPlain ? PLAIN : 0);
    this.#number(end);
    for (let word = 0; word < end * CELL_WORDS; word += CELL_WORDS) {
      const content = data[word] ?? 0;
      bytes[this.#length++] = content & 0xff;
      if (isLatin) continue;
      bytes[this.#length++] = (content >>> 8) & 0xff;
      bytes[this.#length++] = (content >>> 16) & 0xff;
    }
    if (!isPlain) this.#packStyles(data, end);
    const more = hasCombined || hasExtended ? { combined: line._combined, extended: line._extendedAttrs } : null;
    return new PackedLine(at, line, more);
  }

  /** Runs of cells of one style: how many, foreground, background. */
  #packStyles(data: Uint32Array, end: number): void {
    for (let x = 0; x < end; ) {
      const [fg = 0, bg = 0] = [data[x * CELL_WORDS + 1], data[x * CELL_WORDS + 2]];
      const from = x;
      while (x < end && data[x * CELL_WORDS + 1] === fg && data[x * CELL_WORDS + 2] === bg) x++;
      this.#number(x - from);
      this.#number(fg);
      this.#number(bg);
    }
  }

  /** Seven bits a byte, the lowest first. */
  #number(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#scratch[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#scratch[this.#length++] = rest;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#scratch.length) return;
    const larger = new Uint8Array(Math.max(this.#scratch.length * 2, this.#length + bytes));
    larger.set(this.#scratch);
    this.#scratch = larger;
  }
}

/** The library's own line with what `line` shows: such lines are what its fast paths are made for. */
function ownLine(buffer: ScreenBuffer, line: Line): Line {
  const model = buffer.lines.get(buffer.lines.length - 1) ?? line;
  const own = model.clone();
  own._data = line._data;
  own.length = line.length;
  own._combined = line._combined;
  own._extendedAttrs = line._extendedAttrs;
  own.isWrapped = line.isWrapped;
  return own;
}

function isBlank(data: Uint32Array, word: number): boolean {
  return data[word] === BLANK && data[word + 1] === 0 && data[word + 2] === 0;
}

function cellsOf({ block, at, length }: PackedLine): Uint32Array {
  const data = new Uint32Array(length * CELL_WORDS);
  let from = at;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = block[from++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  };
  const kind = block[from++] ?? 0;
  const end = number();
  for (let word = 0; word < end * CELL_WORDS; word += CELL_WORDS) {
    data[word] =
      kind & WORDS ? (block[from] ?? 0) | ((block[from + 1] ?? 0) << 8) | ((block[from + 2] ?? 0) << 16) : (block[from] ?? 0) | BLANK;
    from += kind & WORDS ? 3 : 1;
  }
  for (let x = 0; (kind & PLAIN) === 0 && x < end; ) {
    const until = Math.min(end, x + number());
    const [fg, bg] = [number(), number()];
    for (; x < until; x++) {
      data[x * CELL_WORDS + 1] = fg;
      data[x * CELL_WORDS + 2] = bg;
    }
  }
  for (let x = end; x < length; x++) data[x * CELL_WORDS] = BLANK;
  return data;
}
