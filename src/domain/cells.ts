// A screenful of cells as numbers: what an emulator shows, what crosses the link for it, and what a screen writes.
//
// A cell is four 32-bit words: glyph, foreground, background, style.
//   glyph   0 is an empty cell (a space); CONTINUATION is the right half of a wide one; else a code point, or, with
//           CLUSTER set, an index for `clusterText` (several code points that join). WIDE is set where it fills two cells.
//   colour  0 is the terminal's own; 0x01000000 | n is palette entry n (0 … 255); 0x02000000 | rgb is a true colour.
//   style   bits below; the upper 16 bits are an index for `extraOf` (underline colour, link), 0 for neither.

export const CELL_WORDS = 4;

export const WIDE = 0x4000_0000;
export const CLUSTER = 0x2000_0000;
export const CONTINUATION = 1;

export const PALETTE = 0x0100_0000;
export const RGB = 0x0200_0000;

export const BOLD = 1;
export const DIM = 2;
export const ITALIC = 4;
/** Three bits: 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed. */
export const UNDERLINE_SHIFT = 3;
export const UNDERLINE_MASK = 7 << UNDERLINE_SHIFT;
export const BLINK = 64;
export const INVERSE = 128;
export const INVISIBLE = 256;
export const STRIKE = 512;
export const OVERLINE = 1024;
export const EXTRA_SHIFT = 16;
/** All of the bits above; what lies over them is an index or unused. */
export const STYLE_BITS = 0x7ff;

/** UTF-16 units of one cell's text, and of a link's address: more is cut, or left out. */
export const CLUSTER_CHARS_MAX = 64;
export const LINK_CHARS_MAX = 2048;

export interface Extra {
  /** Colour of the underline, encoded as above; 0: as the text. */
  readonly underline: number;
  /** Address of an OSC 8 link, or empty. */
  readonly link: string;
}

/** By their numbers in DECSCUSR (`CSI n SP q`). The first is whatever the user's own terminal has. */
export const cursorShapes = ["default", "blinkingBlock", "block", "blinkingUnderline", "underline", "blinkingBar", "bar"] as const;
export type CursorShape = (typeof cursorShapes)[number];

export interface CursorState {
  x: number;
  y: number;
  shape: CursorShape;
  isVisible: boolean;
}

/** `words` holds `cols × rows × CELL_WORDS` numbers, row by row. */
export interface CellGrid {
  cols: number;
  rows: number;
  words: Uint32Array;
  cursor: CursorState;
  /** One number a row that grows when the row changes; left out: any row may have changed at any time. */
  versions?: Uint32Array;
}

export function emptyGrid(cols: number, rows: number): CellGrid {
  return {
    cols,
    rows,
    words: new Uint32Array(cols * rows * CELL_WORDS),
    cursor: { x: 0, y: 0, shape: "block", isVisible: true },
  };
}

// Clusters and extras are interned for the life of the process: a cell stays four numbers. Both tables have a bound, so that
// hostile output cannot grow them for ever; past it a cluster shows as its first code point and an extra as none.

const CLUSTERS_MAX = 65_536;
const EXTRAS_MAX = 65_535;
const clusterIndex = new Map<string, number>();
const clusters: string[] = [];
const extraIndex = new Map<string, number>();
const extras: Extra[] = [{ underline: 0, link: "" }];

/** The glyph word (without WIDE) for a grapheme cluster. */
export function glyphOf(text: string): number {
  const first = text.codePointAt(0);
  if (first === undefined) return 0;
  if (text.length === (first > 0xffff ? 2 : 1)) return first;
  let index = clusterIndex.get(text);
  if (index === undefined) {
    if (clusters.length >= CLUSTERS_MAX) return first;
    index = clusters.length;
    clusters.push(text);
    clusterIndex.set(text, index);
  }
  return CLUSTER | index;
}

/** The text of a glyph word; empty for an empty cell and for the right half of a wide one. */
export function clusterText(glyph: number): string {
  if (glyph === 0 || glyph === CONTINUATION) return "";
  const value = glyph & 0x1fff_ffff;
  return glyph & CLUSTER ? (clusters[value] ?? "\ufffd") : String.fromCodePoint(value);
}

/** The style bits (already shifted) for an underline colour and a link. */
export function extraBits(underline: number, link: string): number {
  if (underline === 0 && link === "") return 0;
  const key = `${underline} ${link}`;
  let index = extraIndex.get(key);
  if (index === undefined) {
    if (extras.length >= EXTRAS_MAX) return 0;
    index = extras.length;
    extras.push({ underline, link });
    extraIndex.set(key, index);
  }
  return (index << EXTRA_SHIFT) >>> 0;
}

export function extraOf(style: number): Extra {
  return extras[style >>> EXTRA_SHIFT] ?? { underline: 0, link: "" };
}

// The palette ------------------------------------------------------------------------------------------------------------

/** xterm's default for the first 16 entries; users change them, so nothing is mapped onto them when there are 256. */
const BASIC: readonly number[] = [
  0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff,
  0xff00ff, 0x00ffff, 0xffffff,
];
export const CUBE_STEPS: readonly number[] = [0, 95, 135, 175, 215, 255];

/** The usual colour of a palette entry, 24 bits. */
export function paletteRgb(index: number): number {
  if (index < 16) return BASIC[index] ?? 0;
  if (index >= 232) return (8 + (index - 232) * 10) * 0x010101;
  const cube = index - 16;
  const step = (n: number) => CUBE_STEPS[n % 6] ?? 0;
  return (step(Math.floor(cube / 36)) << 16) | (step(Math.floor(cube / 6)) << 8) | step(cube);
}
