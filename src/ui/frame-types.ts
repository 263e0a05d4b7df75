// What a screen is given to draw: boxes of styled lines or of terminal cells, stacked by `z`. No escape sequence in any text.

import type { CellGrid, CursorShape } from "../domain/cells.ts";
import type { Rect } from "../domain/layout.ts";

/** Encoded as in `domain/cells.ts`: 0 own colour, palette entry, or true colour. */
export type Color = number;

export interface Style {
  readonly fg?: Color;
  readonly bg?: Color;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
  readonly strike?: boolean;
}

export interface Span {
  /** Clean: no control characters, no bidi or zero-width tricks; `cleanText` has been over it. */
  readonly text: string;
  readonly style: Style;
  /** Address of an OSC 8 link (http, https, mailto, file). */
  readonly link?: string;
  /** The line goes on the one above; this stood where it was broken. On the first word after the indent. Only copying reads it. */
  readonly joint?: string;
  /** A margin or a mark before the text, which is not copied. */
  readonly isChrome?: true;
  /** What this sign stands for where a line was cut: copied in its place. */
  readonly stands?: string;
}

/** One row of text; it is cut at the box's width, never wrapped by the screen. */
export type Line = readonly Span[];

export interface Box {
  /** Stable while the box means the same: the screen keeps an element for each. */
  readonly id: string;
  readonly rect: Rect;
  /** Higher covers lower. */
  readonly z: number;
  readonly fill: Style;
  readonly content:
    | { readonly type: "lines"; readonly lines: readonly Line[] }
    /** The rows of a terminal, from `top` (for a grid that is taller than the box) and `left`. */
    | { readonly type: "cells"; readonly grid: CellGrid; readonly top: number; readonly left: number };
}

export interface FrameCursor {
  readonly x: number;
  readonly y: number;
  readonly shape: CursorShape;
}

export interface Frame {
  readonly cols: number;
  readonly rows: number;
  readonly boxes: readonly Box[];
  /** Null hides it. */
  readonly cursor: FrameCursor | null;
  /** Of the outer terminal's window. Clean. */
  readonly title: string;
}
