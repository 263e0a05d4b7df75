// Boxes of styled lines and of terminal cells, made into one picture of cells; only what changed is made again.

import {
  BOLD,
  CELL_WORDS,
  CONTINUATION,
  DIM,
  extraBits,
  glyphOf,
  INVERSE,
  ITALIC,
  STRIKE,
  UNDERLINE_SHIFT,
  WIDE,
} from "../domain/cells.ts";
import type { Box, Frame, Line, Style } from "../ui/frame-types.ts";
import type { Layout } from "./blessed-layout.ts";
import { splitClusters } from "./clusters.ts";
import type { Picture } from "./writer.ts";

/** Cells that a grapheme cluster fills: 0, 1 or 2. */
export type WidthOf = (cluster: string) => number;

export interface Compositor {
  /** The picture for `frame` on a terminal of this size; what reaches beyond it is cut. One object, changed by the next call. */
  compose(frame: Frame, cols: number, rows: number): Picture;
}

interface Placed {
  box: Box;
  /** Where the box can be seen: y, first x, x after the last; repeated. */
  runs: number[];
  isStale: boolean;
  /** The terminal's rows that were taken last: of these cells, at these versions. */
  taken: { words: Uint32Array; versions: Uint32Array; top: number; left: number } | null;
}

export function createCompositor(layout: Layout, widthOf: WidthOf): Compositor {
  // Written here only.
  const picture: { -readonly [K in keyof Picture]: Picture[K] } = {
    cols: 0,
    rows: 0,
    words: new Uint32Array(0),
    dirty: new Uint8Array(0),
    cursor: null,
    title: "",
  };
  let placed: Placed[] = [];
  let scratch = new Uint32Array(0);

  function place(boxes: readonly Box[]): void {
    const { cols, rows, words, dirty } = picture;
    const owners = layout.ownersOf(cols, rows, boxes);
    placed = boxes.map((box) => ({ box, runs: [], isStale: true, taken: null }));
    dirty.fill(1);
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < cols; ) {
        const owner = owners[y * cols + x] ?? 0;
        const first = x;
        while (x < cols && owners[y * cols + x] === owner) x += 1;
        if (owner === 0) words.fill(0, (y * cols + first) * CELL_WORDS, (y * cols + x) * CELL_WORDS);
        else placed[owner - 1]?.runs.push(y, first, x);
      }
    }
  }

  function composeLines(spot: Placed, lines: readonly Line[], before: readonly Line[] | null): void {
    const { rect, fill } = spot.box;
    const width = rect.width;
    if (scratch.length < width * CELL_WORDS) scratch = new Uint32Array(width * CELL_WORDS);
    let made = -1;
    for (let i = 0; i < spot.runs.length; i += 3) {
      const [y = 0, from = 0, to = 0] = [spot.runs[i], spot.runs[i + 1], spot.runs[i + 2]];
      const row = y - rect.y;
      if (before !== null && before[row] === lines[row]) continue;
      if (made !== row) {
        layLine(scratch, width, lines[row] ?? [], fill, widthOf);
        made = row;
      }
      copyCells(scratch, 0, width, from - rect.x, y, from, to);
    }
  }

  function composeCells(spot: Placed, content: Extract<Box["content"], { type: "cells" }>, isFresh: boolean): void {
    const { rect, fill } = spot.box;
    const { grid, top, left } = content;
    const { taken } = spot;
    const isKnown = !isFresh && taken !== null && taken.words === grid.words && taken.top === top && taken.left === left;
    const known = isKnown && grid.versions !== undefined ? taken.versions : null;
    const isTinted = (fill.fg ?? 0) !== 0 || (fill.bg ?? 0) !== 0;
    for (let i = 0; i < spot.runs.length; i += 3) {
      const [y = 0, from = 0, to = 0] = [spot.runs[i], spot.runs[i + 1], spot.runs[i + 2]];
      const row = top + y - rect.y;
      if (known !== null && known[row] === grid.versions?.[row]) continue;
      const first = left + from - rect.x;
      const rowStart = row * grid.cols * CELL_WORDS;
      const hasRow = row >= 0 && row < grid.rows && first >= 0 && rowStart + grid.cols * CELL_WORDS <= grid.words.length;
      const end = hasRow ? Math.max(from, Math.min(to, from + grid.cols - first)) : from;
      if (end > from) copyCells(grid.words, rowStart, grid.cols, first, y, from, end);
      if (isTinted) tint(y, from, end, fill.fg ?? 0, fill.bg ?? 0);
      fillCells(picture.words, y * picture.cols + end, y * picture.cols + to, fill);
      picture.dirty[y] = 1;
    }
    if (grid.versions === undefined) spot.taken = null;
    else if (known !== null && known.length === grid.versions.length) known.set(grid.versions);
    else spot.taken = { words: grid.words, versions: grid.versions.slice(), top, left };
  }

  /** Copies cells of a source row to `from … to` of row `y`; a wide cell that is cut in two shows a space. */
  function copyCells(source: Uint32Array, rowStart: number, sourceCols: number, first: number, y: number, from: number, to: number): void {
    const { words, cols, dirty } = picture;
    const start = rowStart + first * CELL_WORDS;
    const target = (y * cols + from) * CELL_WORDS;
    const length = Math.min(to - from, sourceCols - first) * CELL_WORDS;
    words.set(source.subarray(start, start + length), target);
    if (words[target] === CONTINUATION) words[target] = 0;
    const lastAt = target + length - CELL_WORDS;
    if ((words[lastAt] ?? 0) & WIDE) words[lastAt] = 0;
    dirty[y] = 1;
  }

  /** In a box that has colours of its own, the program's own colour means those. */
  function tint(y: number, from: number, to: number, fg: number, bg: number): void {
    const { words, cols } = picture;
    for (let at = (y * cols + from) * CELL_WORDS; at < (y * cols + to) * CELL_WORDS; at += CELL_WORDS) {
      if (words[at + 1] === 0) words[at + 1] = fg;
      if (words[at + 2] === 0) words[at + 2] = bg;
    }
  }

  function composeBox(spot: Placed, next: Box): void {
    const before = spot.box;
    spot.box = next;
    const { content } = next;
    if (content.type === "cells") {
      // The grid is changed in place: its rows say when, or else all are taken again and the writer compares them.
      composeCells(spot, content, spot.isStale || before.content.type !== "cells" || !isSameStyle(before.fill, next.fill));
    } else {
      const isFresh = spot.isStale || before.content.type !== "lines" || !isSameStyle(before.fill, next.fill);
      const lines = before.content.type === "lines" ? before.content.lines : [];
      if (isFresh || lines !== content.lines) composeLines(spot, content.lines, isFresh ? null : lines);
    }
    spot.isStale = false;
  }

  return {
    compose(frame, cols, rows) {
      const isResized = picture.cols !== cols || picture.rows !== rows;
      if (isResized) {
        picture.cols = cols;
        picture.rows = rows;
        picture.words = new Uint32Array(cols * rows * CELL_WORDS);
        picture.dirty = new Uint8Array(rows).fill(1);
      }
      if (isResized || !isSamePlacement(placed, frame.boxes)) place(frame.boxes);
      for (let i = 0; i < placed.length; i += 1) {
        const [spot, box] = [placed[i], frame.boxes[i]];
        if (spot !== undefined && box !== undefined) composeBox(spot, box);
      }
      picture.cursor = frame.cursor;
      picture.title = frame.title;
      return picture;
    },
  };
}

function isSamePlacement(placed: readonly Placed[], boxes: readonly Box[]): boolean {
  return (
    placed.length === boxes.length &&
    placed.every(({ box: a }, index) => {
      const b = boxes[index];
      return (
        b !== undefined &&
        (a === b ||
          (a.id === b.id &&
            a.z === b.z &&
            a.rect.x === b.rect.x &&
            a.rect.y === b.rect.y &&
            a.rect.width === b.rect.width &&
            a.rect.height === b.rect.height))
      );
    })
  );
}

const STYLE_KEYS = ["fg", "bg", "bold", "dim", "italic", "underline", "inverse", "strike"] as const satisfies readonly (keyof Style)[];

function isSameStyle(a: Style, b: Style): boolean {
  return a === b || STYLE_KEYS.every((key) => a[key] === b[key]);
}

function styleBits(style: Style, fill: Style): number {
  return (
    ((style.bold ?? fill.bold) ? BOLD : 0) |
    ((style.dim ?? fill.dim) ? DIM : 0) |
    ((style.italic ?? fill.italic) ? ITALIC : 0) |
    ((style.underline ?? fill.underline) ? 1 << UNDERLINE_SHIFT : 0) |
    ((style.inverse ?? fill.inverse) ? INVERSE : 0) |
    ((style.strike ?? fill.strike) ? STRIKE : 0)
  );
}

/** Blank cells `first … end` (counted in cells) of `words` in the fill's style. */
function fillCells(words: Uint32Array, first: number, end: number, fill: Style): void {
  const [fg, bg, bits] = [fill.fg ?? 0, fill.bg ?? 0, styleBits(fill, fill)];
  for (let at = first * CELL_WORDS; at < end * CELL_WORDS; at += CELL_WORDS) {
    words[at] = 0;
    words[at + 1] = fg;
    words[at + 2] = bg;
    words[at + 3] = bits;
  }
}

/** Lays a line into the first `width` cells of `row`, cut at the edge. */
function layLine(row: Uint32Array, width: number, line: Line, fill: Style, widthOf: WidthOf): void {
  let x = 0;
  for (const span of line) {
    if (x >= width) break;
    const { style, text } = span;
    const [fg, bg] = [style.fg ?? fill.fg ?? 0, style.bg ?? fill.bg ?? 0];
    const bits = (styleBits(style, fill) | (span.link === undefined ? 0 : extraBits(0, span.link))) >>> 0;
    splitClusters(text, widthOf, (cluster, cells) => {
      if (x >= width) return false;
      const fits = x + cells <= width;
      const at = x * CELL_WORDS;
      row[at] = !fits || cluster === " " ? 0 : (glyphOf(cluster) | (cells === 2 ? WIDE : 0)) >>> 0;
      for (let i = at; i < at + (fits ? cells : 1) * CELL_WORDS; i += CELL_WORDS) {
        if (i > at) row[i] = CONTINUATION;
        row[i + 1] = fg;
        row[i + 2] = bg;
        row[i + 3] = bits;
      }
      x += cells;
      return x < width;
    });
  }
  if (x < width) fillCells(row, x, width, fill);
}
