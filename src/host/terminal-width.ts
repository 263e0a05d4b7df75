// How many cells a character fills, and which characters join the one before: the emulator's own tables are Unicode 6.

import { eastAsianWidth } from "get-east-asian-width";

/** Characters that one cell may hold; hostile text cannot grow a cell without end. */
const JOINED_MAX = 16;

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
const EMOJI = /^\p{Extended_Pictographic}$/u;

const UNKNOWN = 0;
/** What the table holds: 1 + width, and 4 for pictographs. */
const PICTOGRAPH = 4;
const table = new Uint8Array(0x110000);

function entry(code: number): number {
  const known = table[code] ?? 1;
  if (known !== UNKNOWN) return known;
  const char = String.fromCodePoint(code);
  let width: number = eastAsianWidth(code);
  // The soft hyphen is shown by terminals; other format characters are not.
  if (code !== 0xad && ZERO_WIDTH.test(char)) width = 0;
  const value = (1 + width) | (EMOJI.test(char) ? PICTOGRAPH : 0);
  table[code] = value;
  return value;
}

export function cellWidth(code: number): 0 | 1 | 2 {
  if (code < 0x7f) return code < 0x20 ? 0 : 1;
  if (code < 0xa0 || code > 0x10ffff) return 0;
  const width = (entry(code) & 3) - 1;
  return width === 2 ? 2 : width === 1 ? 1 : 0;
}

// The emulator's join state is one number: bit 0 joins, bits 1–2 width, above them 24 bits that are ours: a count of joined
// characters (5 bits), then flags.
const AFTER_JOINER = 1 << 8;
const ONE_INDICATOR = 1 << 9;
const HAS_PICTOGRAPH = 1 << 10;
const COUNT = 31 << 3;
const ONE = 1 << 3;

/** The join state after an ASCII character: width one, joins nothing. */
export const AFTER_ASCII = 2;

const ZWJ = 0x200d;
const VS16 = 0xfe0f;

function stateOf(width: number, isJoined: boolean, bits: number): number {
  return bits | (width << 1) | (isJoined ? 1 : 0);
}

/** For `unicode.register`: the properties of a character after the one whose properties are `preceding` (0: none). */
export function charProperties(code: number, preceding: number): number {
  if (code < 0x300) return stateOf(cellWidth(code), false, 0);
  const width = cellWidth(code);
  const isPictograph = code <= 0x10ffff && (entry(code) & PICTOGRAPH) !== 0;
  const isIndicator = code >= 0x1f1e6 && code <= 0x1f1ff;
  const before = (preceding >> 1) & 3;
  const canJoin = preceding !== 0 && before > 0 && (preceding & COUNT) < JOINED_MAX * ONE;
  const kept = preceding & (COUNT | HAS_PICTOGRAPH);
  if (canJoin) {
    if (code === ZWJ) return stateOf(before, true, (kept + ONE) | AFTER_JOINER);
    if (code === VS16) return stateOf(preceding & HAS_PICTOGRAPH ? 2 : before, true, kept + ONE);
    if (width === 0) return stateOf(before, true, kept + ONE);
    const isTone = code >= 0x1f3fb && code <= 0x1f3ff && (preceding & HAS_PICTOGRAPH) !== 0;
    if (isTone || (isPictograph && preceding & AFTER_JOINER && preceding & HAS_PICTOGRAPH)) return stateOf(2, true, kept + ONE);
    if (isIndicator && preceding & ONE_INDICATOR) return stateOf(2, true, kept + ONE);
  }
  // A mark past the bound of its cell is dropped on a cell of its own.
  const own = width === 0 && preceding !== 0 ? 1 : width;
  return stateOf(isIndicator ? 1 : own, false, (isIndicator ? ONE_INDICATOR : 0) | (isPictograph ? HAS_PICTOGRAPH : 0));
}
