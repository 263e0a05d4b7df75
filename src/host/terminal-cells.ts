// One row of the emulator's own memory into our four-word cells, without its objects: 2 µs a screen row against 68 by `getCell`.

import {
  BLINK,
  BOLD,
  CELL_WORDS,
  CLUSTER_CHARS_MAX,
  CONTINUATION,
  DIM,
  extraBits,
  glyphOf,
  INVERSE,
  INVISIBLE,
  ITALIC,
  OVERLINE,
  PALETTE,
  RGB,
  STRIKE,
  UNDERLINE_SHIFT,
  WIDE,
} from "../domain/cells.ts";

/** A line of @xterm/headless 6.0.0 (its `BufferLine`): three words a cell, and two maps for what does not fit there. */
export interface EmulatorLine {
  isWrapped: boolean;
  readonly _data: Uint32Array;
  readonly _combined: Readonly<Record<number, string | undefined>>;
  readonly _extendedAttrs: Readonly<Record<number, { readonly _ext: number; readonly urlId: number } | undefined>>;
  readonly length: number;
}

const SOURCE_WORDS = 3;

// Bits of the source, from its `buffer/Constants.ts`.
const CODE_POINT = 0x1f_ffff;
const COMBINED = 0x20_0000;
const WIDTH_SHIFT = 22;
const COLOUR_MODE = 0x300_0000;
const MODE_RGB = 0x300_0000;
const ALL_COLOUR = 0x3ff_ffff;
const FG_INVERSE = 0x400_0000;
const FG_BOLD = 0x800_0000;
const FG_UNDERLINE = 0x1000_0000;
const FG_BLINK = 0x2000_0000;
const FG_INVISIBLE = 0x4000_0000;
const FG_STRIKE = 0x8000_0000;
const BG_ITALIC = 0x400_0000;
const BG_DIM = 0x800_0000;
const BG_EXTENDED = 0x1000_0000;
const BG_OVERLINE = 0x4000_0000;
const EXT_UNDERLINE_SHIFT = 26;
/** Bits of the two colour words, and the SGR number that sets them. */
const WEIGHTS: readonly (readonly [fg: number, bg: number, code: number])[] = [
  [FG_BOLD, 0, 1],
  [0, BG_DIM, 2],
  [0, BG_ITALIC, 3],
  [FG_BLINK, 0, 5],
  [FG_INVERSE, 0, 7],
  [FG_INVISIBLE, 0, 8],
  [FG_STRIKE, 0, 9],
  [0, BG_OVERLINE, 53],
];

/** Writes `cols` cells at `offset`; columns that the line does not have are empty. */
export function copyLine(
  line: EmulatorLine | undefined,
  linkOf: (id: number) => string,
  into: Uint32Array,
  offset: number,
  cols: number,
): void {
  const known = line === undefined ? 0 : Math.min(cols, line.length);
  if (line !== undefined) {
    const data = line._data;
    for (let x = 0; x < known; x++) {
      const content = data[x * SOURCE_WORDS] ?? 0;
      const fg = data[x * SOURCE_WORDS + 1] ?? 0;
      const bg = data[x * SOURCE_WORDS + 2] ?? 0;
      const at = offset + x * CELL_WORDS;
      into[at] = glyphWord(line, x, content);
      into[at + 1] = colourWord(fg);
      into[at + 2] = colourWord(bg);
      into[at + 3] = (fg | bg) >>> 26 === 0 ? 0 : styleWord(line, x, fg, bg, linkOf);
    }
  }
  into.fill(0, offset + known * CELL_WORDS, offset + cols * CELL_WORDS);
}

function glyphWord(line: EmulatorLine, x: number, content: number): number {
  const width = content >>> WIDTH_SHIFT;
  if (content & COMBINED) {
    const glyph = glyphOf((line._combined[x] ?? " ").slice(0, CLUSTER_CHARS_MAX));
    return width === 2 ? glyph | WIDE : glyph;
  }
  const code = content & CODE_POINT;
  if (width === 2) return code | WIDE;
  if (width === 0) return code === 0 && x > 0 ? CONTINUATION : 0;
  return code;
}

function colourWord(source: number): number {
  const mode = source & COLOUR_MODE;
  if (mode === 0) return 0;
  return mode === MODE_RGB ? RGB | (source & 0xff_ffff) : PALETTE | (source & 0xff);
}

/** The attributes that the next character gets: colours as in `domain/cells.ts`, the SGR numbers that are on, the underline apart. */
export function attributesWords({ fg, bg, extended }: { fg: number; bg: number; extended: { readonly _ext: number } }): {
  readonly fg: number;
  readonly bg: number;
  readonly weights: readonly number[];
  readonly underline: number;
  readonly underlineColour: number;
} {
  const weights = WEIGHTS.filter(([ofFg, ofBg]) => ((fg & ofFg) | (bg & ofBg)) !== 0).map(([, , code]) => code);
  const { _ext: ext } = extended;
  const hasUnderline = (fg & FG_UNDERLINE) !== 0 || (bg & BG_EXTENDED && (ext >>> EXT_UNDERLINE_SHIFT) & 7) !== 0;
  const underline = hasUnderline ? Math.min(5, (ext >>> EXT_UNDERLINE_SHIFT) & 7) || 1 : 0;
  return {
    fg: colourWord(fg),
    bg: colourWord(bg),
    weights,
    underline,
    underlineColour: (bg & BG_EXTENDED) === 0 || isDefaultUnderline(ext) ? 0 : colourWord(ext),
  };
}

function styleWord(line: EmulatorLine, x: number, fg: number, bg: number, linkOf: (id: number) => string): number {
  let style = 0;
  if (fg & FG_BOLD) style |= BOLD;
  if (bg & BG_DIM) style |= DIM;
  if (bg & BG_ITALIC) style |= ITALIC;
  if (fg & FG_BLINK) style |= BLINK;
  if (fg & FG_INVERSE) style |= INVERSE;
  if (fg & FG_INVISIBLE) style |= INVISIBLE;
  if (fg & FG_STRIKE) style |= STRIKE;
  if (bg & BG_OVERLINE) style |= OVERLINE;
  let underline = fg & FG_UNDERLINE ? 1 : 0;
  const extended = bg & BG_EXTENDED ? line._extendedAttrs[x] : undefined;
  if (extended === undefined) return style | (underline << UNDERLINE_SHIFT);
  underline = Math.min(5, (extended._ext >>> EXT_UNDERLINE_SHIFT) & 7) || underline;
  const link = extended.urlId === 0 ? "" : linkOf(extended.urlId);
  return (
    (style |
      (underline << UNDERLINE_SHIFT) |
      extraBits(underline === 0 || isDefaultUnderline(extended._ext) ? 0 : colourWord(extended._ext), link)) >>>
    0
  );
}

/** SGR 59 sets all bits of the colour (`underlineColor = -1`), where the mode's bits at zero would mean the default. Pure white is lost to it. */
function isDefaultUnderline(ext: number): boolean {
  return (ext & ALL_COLOUR) === ALL_COLOUR;
}
