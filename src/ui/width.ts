// How many terminal cells a text fills, and cutting by cells. The only file that knows East Asian width.

import { eastAsianWidth } from "get-east-asian-width";

const asciiOnly = /^[\x20-\x7e]*$/;
const mark = /^[\p{Mn}\p{Me}]$/u;
const invisible = /^[\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;
const emoji = /^\p{Emoji}$/u;

const VARIATION_EMOJI = 0xfe0f;

let segmenter: Intl.Segmenter | undefined;

/** Cells of a whole text: the sum over its grapheme clusters. Control characters fill none. */
export function textWidth(text: string): number {
  if (asciiOnly.test(text)) return text.length;
  const simple = simpleTextWidth(text);
  if (simple >= 0) return simple;
  let width = 0;
  for (const cluster of graphemes(text)) width += graphemeWidth(cluster);
  return width;
}

/** What a user takes for one character each (Unicode extended grapheme clusters). */
export function graphemes(text: string): string[] {
  if (asciiOnly.test(text) || simpleTextWidth(text) >= 0) return text.split("");
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  const clusters: string[] = [];
  for (const { segment } of segmenter.segment(text)) clusters.push(segment);
  return clusters;
}

/** 0, 1 or 2 cells for one grapheme cluster. The screen uses this too, so that both agree. */
export function graphemeWidth(cluster: string): number {
  const first = cluster.codePointAt(0);
  if (first === undefined) return 0;
  if (cluster.length === 1) {
    const simple = simpleUnitWidth(first);
    if (simple > 0) return simple;
  }
  let width = 0;
  for (const character of cluster) {
    const code = character.codePointAt(0) ?? 0;
    // U+FE0F asks for the emoji's picture, which fills two cells (❤️, 1️⃣).
    if (code === VARIATION_EMOJI && width > 0 && emoji.test(String.fromCodePoint(first))) return 2;
    width += codePointWidth(code, character);
    if (width >= 2) return 2;
  }
  return width;
}

function codePointWidth(code: number, character: string): number {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (code >= 0xd800 && code <= 0xdfff) return 1;
  // Vowels and finals of decomposed Hangul join the leading consonant's two cells.
  if ((code >= 0x1160 && code <= 0x11ff) || (code >= 0xd7b0 && code <= 0xd7ff)) return 0;
  if (mark.test(character) || invisible.test(character)) return 0;
  return eastAsianWidth(code);
}

/** Width of a UTF-16 unit that never joins with its neighbours; 0 where the segmenter must decide. */
function simpleUnitWidth(unit: number): number {
  if (unit < 0x20) return 0;
  if (unit < 0x7f) return 1;
  if (unit < 0xa0) return 0;
  if (unit < 0x300) return unit === 0xad || unit === 0xa9 || unit === 0xae ? 0 : 1;
  if (unit >= 0x4e00 && unit <= 0x9fff) return 2;
  if (unit >= 0x3041 && unit <= 0x3096) return 2;
  if (unit >= 0x30a0 && unit <= 0x30ff) return 2;
  if (unit >= 0x3001 && unit <= 0x3020) return 2;
  // Arrows, mathematics, lines, blocks and shapes, but for two that are emoji by themselves.
  if (unit >= 0x2190 && unit <= 0x22ff) return 1;
  if (unit >= 0x2500 && unit <= 0x25ff && unit !== 0x25fd && unit !== 0x25fe) return 1;
  if (unit === 0x2713 || unit === 0x2717) return 1;
  if (unit >= 0x2010 && unit <= 0x2027) return 1;
  if (unit >= 0x2030 && unit <= 0x203b) return 1;
  if (unit >= 0x0400 && unit <= 0x0482) return 1;
  if (unit >= 0x0391 && unit <= 0x03ff) return 1;
  return 0;
}

/** −1 where a unit may join with another. U+FE0F is not simple, so `#️` never comes through here. */
function simpleTextWidth(text: string): number {
  let width = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = simpleUnitWidth(text.charCodeAt(at));
    if (unit === 0) return -1;
    width += unit;
  }
  return width;
}

/** The text where it fits, else its beginning and the ellipsis, together at most `width` cells. */
export function cutToWidth(text: string, width: number, ellipsis = "…"): string {
  if (width <= 0) return "";
  if (text.length <= width && asciiOnly.test(text)) return text;
  if (textWidth(text) <= width) return text;
  const mark = textWidth(ellipsis) <= width ? ellipsis : "";
  return takeCells(text, width - textWidth(mark)) + mark;
}

/** Exactly `width` cells: cut with an ellipsis, or filled with spaces. */
export function padToWidth(text: string, width: number): string {
  if (width <= 0) return "";
  const cut = cutToWidth(text, width);
  return cut + " ".repeat(width - textWidth(cut));
}

/** As much of the beginning as fits into `width` cells. */
export function takeCells(text: string, width: number): string {
  if (asciiOnly.test(text)) return text.slice(0, Math.max(0, width));
  let out = "";
  let used = 0;
  for (const cluster of graphemes(text)) {
    used += graphemeWidth(cluster);
    if (used > width) break;
    out += cluster;
  }
  return out;
}
