// Characters into the cells of the library's lines: three words a cell, the content with its width, foreground, background.

import type { Attributes, Line } from "./emulator-insides.ts";

export const CELL_WORDS = 3;
export const WIDTH_SHIFT = 22;
export const WIDTH_ONE = 1 << WIDTH_SHIFT;
/** Of a background word: more about the cell stands in the line's map. */
export const HAS_EXTENDED = 0x1000_0000;
/** Mode and value of a colour. */
export const COLOUR = 0x3ff_ffff;

export function setCell(line: Line, x: number, content: number, attributes: Attributes): void {
  if (attributes.bg & HAS_EXTENDED) line._extendedAttrs[x] = attributes.extended;
  const word = x * CELL_WORDS;
  line._data[word] = content;
  line._data[word + 1] = attributes.fg;
  line._data[word + 2] = attributes.bg;
}

/** Where it fits: `info` is of `charProperties`, `oldWidth` that of the cell it joins, 0 for one of its own. Where the next one goes. */
export function putCharacter(line: Line, x: number, code: number, info: number, oldWidth: number, attributes: Attributes): number {
  const width = (info >> 1) & 3;
  let next = x;
  if ((info & 1) !== 0 && x > 0) {
    line.addCodepointToCell(x - ((line._data[(x - 1) * CELL_WORDS] ?? 0) >>> WIDTH_SHIFT ? 1 : 2), code, width);
    for (let more = width - oldWidth; more > 0; more--) setCell(line, next++, 0, attributes);
    return next;
  }
  setCell(line, next++, (code | (width << WIDTH_SHIFT)) >>> 0, attributes);
  if (width === 2) setCell(line, next++, 0, attributes);
  return next;
}

/** The code point whose first byte is at `at`, not an ASCII one; 0 where it is cut off or malformed. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const second = (bytes[at + 1] ?? 0) ^ 0x80;
  if (second > 0x3f || first < 0xc2) return 0;
  if (first < 0xe0) return ((first & 0x1f) << 6) | second;
  const third = (bytes[at + 2] ?? 0) ^ 0x80;
  if (third > 0x3f) return 0;
  if (first < 0xf0) {
    const code = ((first & 0x0f) << 12) | (second << 6) | third;
    return code < 0x800 || (code >= 0xd800 && code <= 0xdfff) || code === 0xfeff ? 0 : code;
  }
  const fourth = (bytes[at + 3] ?? 0) ^ 0x80;
  if (fourth > 0x3f || first > 0xf4) return 0;
  const code = ((first & 0x07) << 18) | (second << 12) | (third << 6) | fourth;
  return code < 0x1_0000 || code > 0x10_ffff ? 0 : code;
}

/** In UTF-8. */
export function bytesOf(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
}
