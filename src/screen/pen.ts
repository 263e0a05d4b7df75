// The terminal's current colours, attributes and link, and the fewest bytes that change them.

import {
  BLINK,
  BOLD,
  DIM,
  EXTRA_SHIFT,
  extraOf,
  INVERSE,
  INVISIBLE,
  ITALIC,
  OVERLINE,
  PALETTE,
  STRIKE,
  UNDERLINE_MASK,
  UNDERLINE_SHIFT,
} from "../domain/cells.ts";
import type { ByteSink } from "./byte-sink.ts";
import { colorMapper } from "./color-depth.ts";
import type { TerminalTraits } from "./terminal-traits.ts";

/** Each with its code to switch on and off; bold and dim share an off code, the underline has styles: both apart. */
const TOGGLES: readonly (readonly [bit: number, on: number, off: number])[] = [
  [ITALIC, 3, 23],
  [BLINK, 5, 25],
  [INVERSE, 7, 27],
  [INVISIBLE, 8, 28],
  [STRIKE, 9, 29],
  [OVERLINE, 53, 55],
];
const ATTRIBUTES = 0xffff;
const WEIGHT = BOLD | DIM;

export interface Pen {
  /** The words of the cell that it was set to last, unmapped. */
  fg: number;
  bg: number;
  style: number;
  set(sink: ByteSink, fg: number, bg: number, style: number): void;
  /** After this the terminal's state is taken to be anything. */
  forget(): void;
}

export function createPen(traits: TerminalTraits): Pen {
  const mapColor = colorMapper(traits.depth);
  // Curly and coloured underlines use the colon form, which terminals without it skip as one parameter.
  const hasUnderlineStyles = traits.isCapable && traits.depth === "truecolor";
  let [shownFg, shownBg, shownAttributes, shownUnderline, shownLink] = [0, 0, 0, 0, ""];
  let isKnown = false;

  const pen: Pen = {
    fg: 0,
    bg: 0,
    style: 0,
    set(sink, fg, bg, style) {
      if (isKnown && fg === pen.fg && bg === pen.bg && style === pen.style) return;
      [pen.fg, pen.bg, pen.style] = [fg, bg, style];
      const extra = style >>> EXTRA_SHIFT === 0 ? undefined : extraOf(style);
      if (!isKnown) {
        sink.ascii("\x1b[m");
        [shownFg, shownBg, shownAttributes, shownUnderline, shownLink] = [0, 0, 0, 0, ""];
        if (traits.isCapable) sink.ascii("\x1b]8;;\x1b\\");
        isKnown = true;
      }
      writeColors(sink, fg, bg, style, hasUnderlineStyles ? (extra?.underline ?? 0) : 0);
      const link = traits.isCapable ? safeLink(extra?.link ?? "") : "";
      if (link !== shownLink) {
        shownLink = link;
        sink.ascii(link === "" ? "\x1b]8;;\x1b\\" : `\x1b]8;id=${style >>> EXTRA_SHIFT};${link}\x1b\\`);
      }
    },
    forget() {
      isKnown = false;
      [pen.fg, pen.bg, pen.style] = [-1, -1, -1];
    },
  };

  function writeColors(sink: ByteSink, fg: number, bg: number, style: number, underline: number): void {
    let newFg = mapColor(fg);
    const newBg = mapColor(bg);
    // Two colours that became one would hide the text.
    if (newFg === newBg && newFg !== 0 && fg !== bg) newFg = isDark16(newBg) ? PALETTE | 15 : PALETTE | 0;
    let attributes = style & ATTRIBUTES;
    if (!hasUnderlineStyles && attributes & UNDERLINE_MASK) attributes = (attributes & ~UNDERLINE_MASK) | (1 << UNDERLINE_SHIFT);
    if (newFg === shownFg && newBg === shownBg && attributes === shownAttributes && underline === shownUnderline) return;
    if (newFg === 0 && newBg === 0 && attributes === 0 && underline === 0) {
      sink.ascii("\x1b[m");
    } else {
      sink.ascii("\x1b[");
      if (attributes !== shownAttributes) writeAttributes(sink, shownAttributes, attributes);
      if (newFg !== shownFg) writeColor(sink, newFg, 30);
      if (newBg !== shownBg) writeColor(sink, newBg, 40);
      if (underline !== shownUnderline) writeUnderlineColor(sink, underline);
      sink.bytes[sink.length - 1] = 0x6d; // the last separator becomes the final `m`
    }
    [shownFg, shownBg, shownAttributes, shownUnderline] = [newFg, newBg, attributes, underline];
  }

  pen.forget();
  return pen;
}

// Each of the following writes parameters that end in `;`.

function writeAttributes(sink: ByteSink, before: number, after: number): void {
  if ((before & WEIGHT) !== (after & WEIGHT)) {
    let lit = before & WEIGHT;
    if (lit & ~after) {
      sink.ascii("22;");
      lit = 0;
    }
    if (after & BOLD & ~lit) sink.ascii("1;");
    if (after & DIM & ~lit) sink.ascii("2;");
  }
  for (const [bit, on, off] of TOGGLES) {
    if ((before & bit) === (after & bit)) continue;
    sink.number(after & bit ? on : off);
    sink.byte(0x3b);
  }
  if ((before & UNDERLINE_MASK) !== (after & UNDERLINE_MASK)) {
    const kind = (after & UNDERLINE_MASK) >> UNDERLINE_SHIFT;
    sink.ascii(kind === 0 ? "24;" : kind === 1 ? "4;" : `4:${kind};`);
  }
}

/** `base` is 30 for the text, 40 for what is behind it. */
function writeColor(sink: ByteSink, color: number, base: number): void {
  if (color === 0) {
    sink.number(base + 9);
  } else if (color & PALETTE) {
    const index = color & 255;
    if (index < 16) {
      sink.number(index < 8 ? base + index : base + 52 + index);
    } else {
      sink.number(base + 8);
      sink.ascii(";5;");
      sink.number(index);
    }
  } else {
    sink.number(base + 8);
    sink.ascii(";2;");
    sink.number((color >> 16) & 255);
    sink.byte(0x3b);
    sink.number((color >> 8) & 255);
    sink.byte(0x3b);
    sink.number(color & 255);
  }
  sink.byte(0x3b);
}

function writeUnderlineColor(sink: ByteSink, color: number): void {
  if (color === 0) sink.ascii("59;");
  else if (color & PALETTE) sink.ascii(`58:5:${color & 255};`);
  else sink.ascii(`58:2::${(color >> 16) & 255}:${(color >> 8) & 255}:${color & 255};`);
}

function isDark16(color: number): boolean {
  const index = color & 255;
  return color & PALETTE ? index < 7 || index === 8 || (index >= 16 && index < 124) || (index >= 232 && index < 244) : true;
}

const LINK_MAX = 2000;
const links = new Map<string, string>();

/** The address as an OSC 8 may carry it, or empty: four schemes, visible ASCII only. */
function safeLink(link: string): string {
  if (link === "") return "";
  let safe = links.get(link);
  if (safe === undefined) {
    safe = /^(https?|mailto|file):/i.test(link) && link.length <= LINK_MAX ? encodeLink(link) : "";
    if (links.size >= 4096) links.clear();
    links.set(link, safe);
  }
  return safe;
}

function encodeLink(link: string): string {
  // A lone surrogate or a control character has no place in an address; what is left over 0x7e is percent-encoded.
  if (!link.isWellFormed() || /[\p{Cc}\p{Cf}\s]/u.test(link)) return "";
  return link.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
}
