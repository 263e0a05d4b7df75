// How the lines of a transcript's items are laid: margins, marks, and what stands at the right edge.

import type { Line, Span } from "./frame-types.ts";
import { role, type Theme } from "./theme.ts";
import { cutLine, lineWidth } from "./wrap.ts";

/** How all items of one pane are drawn. */
export interface ItemLook {
  readonly width: number;
  readonly theme: Theme;
  readonly isAscii: boolean;
}

/** A block of the transcript. Compact ones (a tool call, a thought, a notice) stand close together. */
export interface Block {
  readonly lines: readonly Line[];
  readonly isCompact: boolean;
}

const MARGIN = 2;
/** What stands at the left is cut to so many cells, and no further, for what stands at the right. */
const LEFT_LEAST = 24;

/** Cells left of everything but the user's mark; none where a pane is too narrow to give them. */
export function marginOf(width: number): number {
  return width >= 24 ? MARGIN : 0;
}

export function indentLines(lines: readonly Line[], cells: number): Line[] {
  if (cells === 0) return [...lines];
  const margin: Span = { text: " ".repeat(cells), style: {}, isChrome: true };
  return lines.map((line) => (line.length === 0 ? line : [margin, ...line]));
}

export function foldMark(isOpen: boolean, { isAscii }: { readonly isAscii: boolean }): string {
  return isAscii ? (isOpen ? "v" : ">") : isOpen ? "▾" : "▸";
}

export function ellipsis({ isAscii }: { readonly isAscii: boolean }): string {
  return isAscii ? "..." : "…";
}

/** `left` cut so that `right` stands at the right edge; where there is little room the time goes first, then the outcome. */
export function fitEdges(left: readonly Span[], right: readonly Span[], width: number, look: ItemLook): Line {
  const spans = width - lineWidth(right) - 2 < Math.min(lineWidth(left), LEFT_LEAST) ? right.slice(-2) : right;
  if (spans.length === 0 || width - lineWidth(spans) < 10) return cutWithEllipsis(left, width, look);
  return joinEdges(left, spans, width, look);
}

function joinEdges(left: readonly Span[], right: readonly Span[], width: number, look: ItemLook): Line {
  const room = Math.max(0, width - lineWidth(right) - 2);
  const cut = cutWithEllipsis(left, room, look);
  return cutLine([...cut, { text: " ".repeat(Math.max(0, room - lineWidth(cut)) + 2), style: {} }, ...right], width);
}

export function cutWithEllipsis(line: readonly Span[], width: number, look: ItemLook): Line {
  return cutLine(line, width, { text: look.isAscii ? ">" : "…", style: role(look.theme, "dim") });
}
