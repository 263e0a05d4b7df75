// Reads the numbers of control sequences, and what colours and flags they set (SGR).
//
// Follows `charAttributes` of @xterm/headless 6.0.0.

import { COLOUR } from "./emulator-cells.ts";
import type { Attributes } from "./emulator-insides.ts";

const COLOUR_MODE = 0x300_0000;
const ENTRY = 0xff;
const P16 = 0x100_0000;
const P256 = 0x200_0000;
const TRUE_COLOUR = 0x300_0000;
/** Bits of the foreground word, by the SGR number that sets them. */
const FG_FLAGS: readonly number[] = [0, 0x800_0000, 0, 0, 0, 0x2000_0000, 0, 0x400_0000, 0x4000_0000, 0x8000_0000];
const DIM = 0x800_0000;
const ITALIC = 0x400_0000;

/** The final of such a sequence. */
export const SGR = 0x6d;

const PARAMS_MAX = 16;
/** Five digits are left to the parser, which has its own bounds. */
const PARAM_MAX = 9999;

export class SgrReader {
  readonly params = new Int32Array(PARAMS_MAX);
  /** Where the final of the sequence stands that was read last. */
  end = 0;
  /** Of the colour that was read last: what it sets, and what it clears before. */
  #colourBits = 0;
  #clearedBits = 0;

  /** The numbers of the control sequence behind `from`, into `params`: how many, 0 where it holds something else or is cut off. */
  read(bytes: Uint8Array, from: number): number {
    const { params } = this;
    let count = 0;
    let value = 0;
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (byte >= 0x30 && byte <= 0x39) {
        value = value * 10 + byte - 0x30;
        if (value > PARAM_MAX) return 0;
        continue;
      }
      if (byte === 0x3b) {
        params[count++] = value;
        value = 0;
        if (count === PARAMS_MAX) return 0;
        continue;
      }
      params[count] = value;
      this.end = i;
      return count + 1;
    }
    return 0;
  }

  /** False where something is among them that only the emulator's own way knows; doing the first ones twice does no harm. */
  apply(attributes: Attributes, count: number): boolean {
    const { params } = this;
    let { fg, bg } = attributes;
    for (let i = 0; i < count; i++) {
      const code = params[i] ?? 0;
      if (code === 0) {
        if (attributes.extended._ext !== 0 || attributes.extended.urlId !== 0) return false;
        fg = 0;
        bg = 0;
      } else if (code >= 30 && code <= 37) fg = (fg & ~(COLOUR_MODE | ENTRY)) | P16 | (code - 30);
      else if (code >= 40 && code <= 47) bg = (bg & ~(COLOUR_MODE | ENTRY)) | P16 | (code - 40);
      else if (code >= 90 && code <= 97) fg = (fg & ~(COLOUR_MODE | ENTRY)) | P16 | (code - 90) | 8;
      else if (code >= 100 && code <= 107) bg = (bg & ~(COLOUR_MODE | ENTRY)) | P16 | (code - 100) | 8;
      else if (code === 38 || code === 48) {
        const used = this.#colour(i, count);
        if (used === 0) return false;
        if (code === 38) fg = (fg & ~this.#clearedBits) | this.#colourBits;
        else bg = (bg & ~this.#clearedBits) | this.#colourBits;
        i += used;
      } else if (code === 39) fg &= ~COLOUR;
      else if (code === 49) bg &= ~COLOUR;
      else if (code === 2) bg |= DIM;
      else if (code === 3) bg |= ITALIC;
      else if (code === 22) {
        fg &= ~(FG_FLAGS[1] ?? 0);
        bg &= ~DIM;
      } else if (code === 23) bg &= ~ITALIC;
      else if (code < 10 && FG_FLAGS[code] !== 0) fg |= FG_FLAGS[code] ?? 0;
      else if (code === 25 || (code >= 27 && code <= 29)) fg &= ~(FG_FLAGS[code - 20] ?? 0);
      else return false;
    }
    attributes.fg = fg;
    attributes.bg = bg;
    return true;
  }

  /** The colour at `i` (38 or 48) with semicolons; how many parameters more it took, 0: it is written otherwise. */
  #colour(i: number, count: number): number {
    const { params } = this;
    if (params[i + 1] === 5 && i + 2 < count) {
      this.#clearedBits = COLOUR_MODE | ENTRY;
      this.#colourBits = P256 | ((params[i + 2] ?? 0) & 0xff);
      return 2;
    }
    if (params[i + 1] === 2 && i + 4 < count) {
      this.#clearedBits = COLOUR;
      const [red = 0, green = 0, blue = 0] = [params[i + 2], params[i + 3], params[i + 4]];
      this.#colourBits = TRUE_COLOUR | ((red & 0xff) << 16) | ((green & 0xff) << 8) | (blue & 0xff);
      return 4;
    }
    return 0;
  }
}
