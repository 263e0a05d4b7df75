// Terminal rows as bytes for the link: compact runs out, checked runs in. Nothing that arrives can write outside its grid.
//
// Layout, little-endian: magic, format, flags, cursor shape, version (f64), cols, rows, cursor x, cursor y (u16 each), base (f64),
// history (u32), mouse (u8), terminal (u8 length, UTF-8), clusters (u16 count; u16 length, UTF-8), extras (u16 count; u32 colour, u16 length, UTF-8), rows (u16 count).
// A row is its y (u16) and runs that fill it exactly. A run is a head (kind, and which of fg, bg, style follow), u16 cells, then
// nothing (empty cells), a byte a cell (Latin-1), a word a cell (glyphs), or one word (a glyph repeated).

import type { CellGrid, CursorShape, CursorState } from "./cells.ts";
import {
  CELL_WORDS,
  CLUSTER,
  CLUSTER_CHARS_MAX,
  CONTINUATION,
  clusterText,
  EXTRA_SHIFT,
  extraBits,
  extraOf,
  glyphOf,
  LINK_CHARS_MAX,
  PALETTE,
  RGB,
  STYLE_BITS,
  WIDE,
} from "./cells.ts";

export interface ChangedRow {
  readonly y: number;
  /** `cols × CELL_WORDS` words. */
  readonly cells: Uint32Array;
}

/** What a program wants to hear of the mouse: presses; releases and the wheel too; drags; every move. */
const mouseWishes = ["none", "press", "buttons", "drag", "move"] as const;
export type MouseWish = (typeof mouseWishes)[number];

export interface ScreenState {
  /** Number of the screen's first row among all the rows there ever were. */
  readonly base: number;
  /** Rows that are kept above it. */
  readonly history: number;
  readonly mouse: MouseWish;
}

export const noScreen: ScreenState = { base: 0, history: 0, mouse: "none" };

export interface RowsUpdate {
  readonly terminal: string;
  /** Grows with each change of the terminal's screen; what the next difference starts from. */
  readonly version: number;
  readonly cols: number;
  readonly rows: number;
  readonly cursor: Readonly<CursorState>;
  readonly isAlternate: boolean;
  readonly screen: ScreenState;
  /** `changed` holds every row; rows that are left out are empty. */
  readonly isFull: boolean;
  /** By growing y, each once. */
  readonly changed: readonly ChangedRow[];
}

export type DecodedRows = ({ readonly ok: true } & RowsUpdate) | { readonly ok: false; readonly problem: string };

const MAGIC = 0x52;
const FORMAT = 2;
/** As `client.view` in the protocol. */
const SIDE_MAX = 1000;

const FULL = 1;
const ALTERNATE = 2;
const CURSOR_VISIBLE = 4;
/** Of the shape, beside what it looks like: an older reader leaves these two out. */
const CURSOR_BLINKS = 8;
const CURSOR_DEFAULT = 16;

const KIND_EMPTY = 0;
const KIND_LATIN = 1;
const KIND_GLYPHS = 2;
const KIND_REPEAT = 3;
const HAS_FG = 4;
const HAS_BG = 8;
const HAS_STYLE = 16;
const HEAD_BITS = 31;

// Out -----------------------------------------------------------------------------------------------------------------

export function encodeRows(update: RowsUpdate): Uint8Array {
  const tables = new Tables();
  const body = new Writer();
  body.u16(update.changed.length);
  for (const row of update.changed) {
    body.u16(row.y);
    writeRuns(body, tables, row.cells, update.cols);
  }
  const head = new Writer();
  head.u8(MAGIC);
  head.u8(FORMAT);
  head.u8(
    (update.isFull ? FULL : 0) |
      (update.isAlternate ? ALTERNATE : 0) |
      (update.cursor.isVisible ? CURSOR_VISIBLE : 0) |
      shapeFlags(update.cursor.shape),
  );
  head.u8(lookOf(update.cursor.shape));
  head.f64(update.version);
  head.u16(update.cols);
  head.u16(update.rows);
  head.u16(update.cursor.x);
  head.u16(update.cursor.y);
  head.f64(update.screen.base);
  head.u32(update.screen.history);
  head.u8(mouseWishes.indexOf(update.screen.mouse));
  const terminal = utf8Bytes(update.terminal);
  head.u8(terminal.length);
  head.bytes(terminal);
  head.u16(tables.clusters.length);
  for (const text of tables.clusters) head.text(text);
  head.u16(tables.extras.length);
  for (const extra of tables.extras) {
    head.u32(extra.underline);
    head.text(extra.link);
  }
  head.bytes(body.taken());
  return head.taken();
}

const LOOKS = ["block", "underline", "bar"] as const;
const BLINKING = ["blinkingBlock", "blinkingUnderline", "blinkingBar"] as const;

function shapeFlags(shape: CursorShape): number {
  if (shape === "default") return CURSOR_DEFAULT;
  return shape.startsWith("blinking") ? CURSOR_BLINKS : 0;
}

/** The default has the look of a block for whoever knows no default. */
function lookOf(shape: CursorShape): number {
  const at = LOOKS.findIndex((look, index) => look === shape || BLINKING[index] === shape);
  return Math.max(0, at);
}

function readShape(look: number, flags: number): CursorShape {
  const shape = (flags & CURSOR_BLINKS ? BLINKING : LOOKS)[look];
  if (shape === undefined) throw new Malformed("unknown cursor shape");
  return flags & CURSOR_DEFAULT ? "default" : shape;
}

/** The clusters and extras that one message uses, by their place in it. */
class Tables {
  readonly clusters: string[] = [];
  readonly extras: { underline: number; link: string }[] = [];
  readonly #cluster = new Map<number, number>();
  readonly #extra = new Map<number, number>();

  glyph(word: number): number {
    if ((word & CLUSTER) === 0) return word;
    let place = this.#cluster.get(word & ~WIDE);
    if (place === undefined) {
      place = this.clusters.length;
      this.clusters.push(clusterText(word).slice(0, CLUSTER_CHARS_MAX));
      this.#cluster.set(word & ~WIDE, place);
    }
    return (word & WIDE) | CLUSTER | place;
  }

  style(word: number): number {
    const index = word >>> EXTRA_SHIFT;
    if (index === 0) return word & STYLE_BITS;
    let place = this.#extra.get(index);
    if (place === undefined) {
      const extra = extraOf(word);
      this.extras.push({ underline: extra.underline, link: extra.link.length > LINK_CHARS_MAX ? "" : extra.link });
      place = this.extras.length;
      this.#extra.set(index, place);
    }
    return ((word & STYLE_BITS) | (place << EXTRA_SHIFT)) >>> 0;
  }
}

function writeRuns(out: Writer, tables: Tables, cells: Uint32Array, cols: number): void {
  let x = 0;
  while (x < cols) {
    const at = x * CELL_WORDS;
    const glyph = cells[at] ?? 0;
    const fg = cells[at + 1] ?? 0;
    const bg = cells[at + 2] ?? 0;
    const style = cells[at + 3] ?? 0;
    const styleEnd = endOfStyle(cells, x, cols, fg, bg, style);
    let end = x + 1;
    while (end < styleEnd && cells[end * CELL_WORDS] === glyph) end++;
    let kind = glyph === 0 ? KIND_EMPTY : KIND_REPEAT;
    if (end - x < 4 && !(glyph === 0 && end === styleEnd)) {
      // Too short to be worth a head of its own: a run of bytes or of words, up to where a long repetition starts.
      kind = isLatin(glyph) ? KIND_LATIN : KIND_GLYPHS;
      end = endOfKind(cells, x, styleEnd, kind);
    }
    out.u8(kind | (fg ? HAS_FG : 0) | (bg ? HAS_BG : 0) | (style ? HAS_STYLE : 0));
    out.u16(end - x);
    if (fg) out.u32(fg);
    if (bg) out.u32(bg);
    if (style) out.u32(tables.style(style));
    if (kind === KIND_REPEAT) out.u32(tables.glyph(glyph));
    else if (kind === KIND_LATIN) for (let i = x; i < end; i++) out.u8(cells[i * CELL_WORDS] ?? 0);
    else if (kind === KIND_GLYPHS) for (let i = x; i < end; i++) out.u32(tables.glyph(cells[i * CELL_WORDS] ?? 0));
    x = end;
  }
}

function endOfStyle(cells: Uint32Array, from: number, cols: number, fg: number, bg: number, style: number): number {
  let end = from + 1;
  for (; end < cols; end++) {
    const at = end * CELL_WORDS;
    if (cells[at + 1] !== fg || cells[at + 2] !== bg || cells[at + 3] !== style) break;
  }
  return end;
}

function endOfKind(cells: Uint32Array, from: number, limit: number, kind: number): number {
  let end = from + 1;
  let same = 1;
  for (; end < limit; end++) {
    const glyph = cells[end * CELL_WORDS] ?? 0;
    if (isLatin(glyph) !== (kind === KIND_LATIN)) break;
    same = glyph === cells[(end - 1) * CELL_WORDS] ? same + 1 : 1;
    if (same === 8) return end - 7;
  }
  return end;
}

/** One byte says it: an empty cell (0) or a printable character of Latin-1. */
function isLatin(glyph: number): boolean {
  return glyph === 0 || (glyph >= 0x20 && glyph < 0x7f) || (glyph >= 0xa0 && glyph <= 0xff);
}

// In ------------------------------------------------------------------------------------------------------------------

/** Never throws; whatever the bytes, what comes out fits its grid and holds nothing but printable text and known colours. */
export function decodeRows(bytes: Uint8Array): DecodedRows {
  const reader = new Reader(bytes);
  try {
    return { ok: true, ...readUpdate(reader) };
  } catch (error) {
    if (error instanceof Malformed)
      return { ok: false, problem: `terminal rows: ${error.message} at byte ${reader.at} of ${bytes.length}` };
    throw error;
  }
}

/** Thrown and caught in this file only. */
class Malformed extends Error {}

function readUpdate(reader: Reader): RowsUpdate {
  if (reader.u8() !== MAGIC) throw new Malformed("not rows");
  const format = reader.u8();
  if (format !== FORMAT) throw new Malformed(`format ${format}, expected ${FORMAT}`);
  const flags = reader.u8();
  const shape = readShape(reader.u8(), flags);
  const version = reader.f64();
  if (!Number.isSafeInteger(version) || version < 0) throw new Malformed("version is not a whole number");
  const cols = reader.u16();
  const rows = reader.u16();
  if (cols < 1 || cols > SIDE_MAX || rows < 1 || rows > SIDE_MAX) throw new Malformed(`size ${cols}×${rows}`);
  const x = reader.u16();
  const y = reader.u16();
  if (x > cols || y >= rows) throw new Malformed(`cursor at ${x},${y} of ${cols}×${rows}`);
  const screen = readScreen(reader);
  const terminal = reader.text(reader.u8());
  if (terminal === "") throw new Malformed("no terminal");
  const clusters = readClusters(reader);
  const extras = readExtras(reader);
  const changed = readChanged(reader, cols, rows, clusters, extras);
  if (reader.at !== reader.length) throw new Malformed("bytes left over");
  return {
    terminal,
    version,
    cols,
    rows,
    changed,
    cursor: { x, y, shape, isVisible: (flags & CURSOR_VISIBLE) !== 0 },
    isAlternate: (flags & ALTERNATE) !== 0,
    isFull: (flags & FULL) !== 0,
    screen,
  };
}

function readScreen(reader: Reader): ScreenState {
  const base = reader.f64();
  const history = reader.u32();
  const mouse = mouseWishes[reader.u8()];
  if (!Number.isSafeInteger(base) || base < 0 || history > base) throw new Malformed("bad place of the screen");
  if (mouse === undefined) throw new Malformed("unknown mouse mode");
  return { base, history, mouse };
}

function readClusters(reader: Reader): number[] {
  const count = reader.u16();
  const glyphs: number[] = [];
  for (let i = 0; i < count; i++) {
    const text = reader.text(reader.u16());
    if (text === "" || text.length > CLUSTER_CHARS_MAX || hasControl(text)) throw new Malformed("bad cluster");
    glyphs.push(glyphOf(text));
  }
  return glyphs;
}

function readExtras(reader: Reader): number[] {
  const count = reader.u16();
  const bits: number[] = [0];
  for (let i = 0; i < count; i++) {
    const underline = reader.colour();
    const link = reader.text(reader.u16());
    if (link.length > LINK_CHARS_MAX || hasControl(link)) throw new Malformed("bad link");
    bits.push(extraBits(underline, link));
  }
  return bits;
}

function readChanged(reader: Reader, cols: number, rows: number, clusters: number[], extras: number[]): ChangedRow[] {
  const count = reader.u16();
  const changed: ChangedRow[] = [];
  let below = -1;
  for (let i = 0; i < count; i++) {
    const y = reader.u16();
    if (y <= below || y >= rows) throw new Malformed(`row ${y} of ${rows}`);
    below = y;
    const cells = new Uint32Array(cols * CELL_WORDS);
    let x = 0;
    while (x < cols) x = readRun(reader, cells, x, cols, clusters, extras);
    changed.push({ y, cells });
  }
  return changed;
}

function readRun(reader: Reader, cells: Uint32Array, from: number, cols: number, clusters: number[], extras: number[]): number {
  const head = reader.u8();
  if (head > HEAD_BITS) throw new Malformed("unknown run");
  const count = reader.u16();
  const end = from + count;
  if (count === 0 || end > cols) throw new Malformed(`run of ${count} at column ${from} of ${cols}`);
  const fg = head & HAS_FG ? reader.colour() : 0;
  const bg = head & HAS_BG ? reader.colour() : 0;
  const style = head & HAS_STYLE ? reader.style(extras) : 0;
  const kind = head & 3;
  const repeated = kind === KIND_REPEAT ? reader.glyph(clusters) : 0;
  for (let x = from; x < end; x++) {
    const at = x * CELL_WORDS;
    cells[at] = kind === KIND_LATIN ? reader.latin() : kind === KIND_GLYPHS ? reader.glyph(clusters) : repeated;
    cells[at + 1] = fg;
    cells[at + 2] = bg;
    cells[at + 3] = style;
  }
  return end;
}

/** Takes an update into a grid; false where it is a difference for another size, and a full one is needed. */
export function applyRows(grid: CellGrid, update: RowsUpdate): boolean {
  const isSameSize = grid.cols === update.cols && grid.rows === update.rows;
  if (!isSameSize && !update.isFull) return false;
  if (!isSameSize) {
    grid.cols = update.cols;
    grid.rows = update.rows;
    grid.words = new Uint32Array(update.cols * update.rows * CELL_WORDS);
  } else if (update.isFull) {
    grid.words.fill(0);
  }
  if (grid.versions?.length !== grid.rows) grid.versions = new Uint32Array(grid.rows);
  const { versions } = grid;
  if (update.isFull) for (let y = 0; y < grid.rows; y++) versions[y] = (versions[y] ?? 0) + 1;
  const stride = update.cols * CELL_WORDS;
  for (const row of update.changed) {
    if (row.y < 0 || row.y >= grid.rows || row.cells.length !== stride) continue;
    grid.words.set(row.cells, row.y * stride);
    versions[row.y] = (versions[row.y] ?? 0) + 1;
  }
  grid.cursor = { ...update.cursor };
  return true;
}

// Bytes ---------------------------------------------------------------------------------------------------------------

class Writer {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  #room(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, at + count));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#at = at + count;
    return at;
  }

  u8(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }

  f64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }

  bytes(value: Uint8Array): void {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
  }

  text(value: string): void {
    const bytes = utf8Bytes(value);
    this.u16(bytes.length);
    this.bytes(bytes);
  }

  taken(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly length: number;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.length = bytes.length;
  }

  #take(count: number): number {
    const at = this.at;
    if (at + count > this.length) throw new Malformed("cut off");
    this.at = at + count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  text(length: number): string {
    const at = this.#take(length);
    return utf8Text(this.#bytes.subarray(at, at + length));
  }

  colour(): number {
    const value = this.u32();
    const isKnown = value === 0 || (value >= PALETTE && value <= PALETTE + 255) || (value >= RGB && value <= RGB + 0xff_ffff);
    if (!isKnown) throw new Malformed("unknown colour");
    return value;
  }

  style(extras: number[]): number {
    const value = this.u32();
    const extra = extras[value >>> EXTRA_SHIFT];
    if (extra === undefined || (value & 0xffff & ~STYLE_BITS) !== 0) throw new Malformed("unknown style");
    return ((value & STYLE_BITS) | extra) >>> 0;
  }

  latin(): number {
    const value = this.u8();
    if (!isLatin(value)) throw new Malformed("control character");
    return value;
  }

  glyph(clusters: number[]): number {
    const value = this.u32();
    const wide = value & WIDE;
    const rest = (value & ~WIDE) >>> 0;
    if (rest & CLUSTER) {
      const glyph = clusters[rest & ~CLUSTER];
      if (glyph === undefined) throw new Malformed("unknown cluster");
      return glyph | wide;
    }
    if (rest === 0 || rest === CONTINUATION) return rest;
    if (rest > 0x10ffff || (rest >= 0xd800 && rest <= 0xdfff) || isControl(rest)) throw new Malformed("bad code point");
    return rest | wide;
  }
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (isControl(text.charCodeAt(i))) return true;
  return false;
}

/** This room has no TextEncoder. A lone surrogate becomes U+FFFD. */
function utf8Bytes(text: string): Uint8Array {
  const out: number[] = [];
  for (const char of text) {
    let code = char.codePointAt(0) ?? 0xfffd;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(out);
}

/** Strict: overlong forms, surrogates and cut sequences become U+FFFD. */
function utf8Text(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i] ?? 0;
    const length = first < 0x80 ? 1 : first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : 2;
    if (length === 1) {
      text += String.fromCharCode(first);
      i++;
      continue;
    }
    let code = first & (0x7f >> length);
    let used = 1;
    for (; used < length; used++) {
      const next = bytes[i + used];
      if (next === undefined || (next & 0xc0) !== 0x80) break;
      code = (code << 6) | (next & 63);
    }
    const smallest = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
    const isGood =
      first >= 0xc2 && first < 0xf5 && used === length && code >= smallest && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    text += isGood ? String.fromCodePoint(code) : "\ufffd";
    i += isGood ? length : 1;
  }
  return text;
}
