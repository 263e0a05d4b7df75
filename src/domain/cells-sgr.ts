// A row of cells as text with SGR sequences, for whoever wants a terminal's colours without a screen. No other sequence is made.

import {
  BLINK,
  BOLD,
  CELL_WORDS,
  CONTINUATION,
  clusterText,
  DIM,
  INVERSE,
  INVISIBLE,
  ITALIC,
  OVERLINE,
  PALETTE,
  RGB,
  STRIKE,
  STYLE_BITS,
  UNDERLINE_MASK,
} from "./cells.ts";

const weights: readonly (readonly [number, number])[] = [
  [BOLD, 1],
  [DIM, 2],
  [ITALIC, 3],
  [UNDERLINE_MASK, 4],
  [BLINK, 5],
  [INVERSE, 7],
  [INVISIBLE, 8],
  [STRIKE, 9],
  [OVERLINE, 53],
];

/** `isCut`: cells at the end that show nothing are left out. Ends without colours, so that lines can stand alone. */
export function rowToSgr(words: Uint32Array, options: { readonly isCut: boolean }): string {
  const cells = Math.floor(words.length / CELL_WORDS);
  let end = cells;
  while (options.isCut && end > 0 && isBlank(words, (end - 1) * CELL_WORDS)) end -= 1;
  let text = "";
  let now = "";
  for (let cell = 0; cell < end; cell += 1) {
    const at = cell * CELL_WORDS;
    const glyph = words[at] ?? 0;
    if (glyph === CONTINUATION) continue;
    const wanted = sgrOf(words[at + 1] ?? 0, words[at + 2] ?? 0, (words[at + 3] ?? 0) & STYLE_BITS);
    if (wanted !== now) text += `\u001b[0${wanted === "" ? "" : `;${wanted}`}m`;
    now = wanted;
    text += glyph === 0 ? " " : clusterText(glyph);
  }
  return now === "" ? text : `${text}\u001b[0m`;
}

function isBlank(words: Uint32Array, at: number): boolean {
  const glyph = words[at] ?? 0;
  const style = (words[at + 3] ?? 0) & (STYLE_BITS & ~(BOLD | DIM | ITALIC | BLINK));
  return (glyph === 0 || glyph === 0x20) && (words[at + 2] ?? 0) === 0 && style === 0;
}

function sgrOf(foreground: number, background: number, style: number): string {
  const codes = weights.flatMap(([bits, code]) => ((style & bits) === 0 ? [] : [String(code)]));
  return [...codes, ...colour(foreground, 30), ...colour(background, 40)].join(";");
}

/** `base` is 30 for text and 40 for the ground. */
function colour(word: number, base: 30 | 40): string[] {
  if ((word & RGB) !== 0) return [`${base + 8};2;${(word >>> 16) & 0xff};${(word >>> 8) & 0xff};${word & 0xff}`];
  if ((word & PALETTE) === 0) return [];
  const entry = word & 0xff;
  if (entry < 8) return [String(base + entry)];
  return [entry < 16 ? String(base + 60 + entry - 8) : `${base + 8};5;${entry}`];
}
