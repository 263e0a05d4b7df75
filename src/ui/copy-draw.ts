// A pane in copy mode as boxes: its rows with what is selected and found in them, where it stands, the pattern that is being typed.

import { BOLD, CELL_WORDS, DIM, emptyGrid, glyphOf, INVERSE, ITALIC, UNDERLINE_MASK, UNDERLINE_SHIFT } from "../domain/cells.ts";
import type { Rect } from "../domain/layout.ts";
import { matchPlace, searchNote } from "./copy-pattern.ts";
import { matchAt } from "./copy-search.ts";
import { selectionRanges } from "./copy-select.ts";
import { selectionOf, textOf } from "./copy-state.ts";
import type { CopyMode } from "./copy-types.ts";
import { formatCount } from "./format.ts";
import type { Box, FrameCursor, Line, Span, Style } from "./frame-types.ts";
import { role } from "./theme.ts";
import type { Ui } from "./view.ts";
import { cutToWidth, graphemes, graphemeWidth, textWidth } from "./width.ts";
import { lineWidth } from "./wrap.ts";

/** Columns `from … to` of a row in another style; later ones lie over earlier ones. */
export interface Paint {
  readonly from: number;
  readonly to: number;
  readonly style: Style;
}

export interface DrawnCopy {
  readonly boxes: readonly Box[];
  readonly cursor: FrameCursor | null;
}

interface Layers {
  readonly pane: number;
  readonly question: number;
}

export function drawCopy(ui: Ui, mode: CopyMode, rect: Rect, isFocused: boolean, layers: Layers): DrawnCopy {
  const left = leftOf(mode, rect);
  const paints = paintsOf(ui, mode);
  const part = mode.source.type === "terminal" ? "grid" : "body";
  const id = `${mode.pane}:${part}`;
  const rows: Box =
    mode.source.type === "terminal"
      ? { id, rect, z: layers.pane, fill: {}, content: { type: "cells", grid: gridOf(ui, mode, rect, left, paints), top: 0, left: 0 } }
      : { id, rect, z: layers.pane, fill: role(ui.theme, "base"), content: { type: "lines", lines: linesOf(mode, rect, paints) } };
  const prompt = isFocused ? promptBox(ui, mode, rect, layers.question) : null;
  const place = placeBox(ui, mode, rect, layers.question);
  const x = rect.x + mode.cursor.x - left;
  const y = rect.y + mode.cursor.y - mode.top;
  const isInside = x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
  return {
    boxes: [rows, ...(place === null ? [] : [place]), ...(prompt === null ? [] : [prompt.box])],
    cursor: !isFocused || mode.fadesAt !== null ? null : (prompt?.cursor ?? (isInside ? { x, y, shape: "block" } : null)),
  };
}

/** Of a terminal that is wider than its place the part around the cursor is shown. */
export function leftOf(mode: CopyMode, rect: Rect): number {
  const cols = mode.source.type === "terminal" ? mode.source.cols : rect.width;
  return Math.max(0, Math.min(cols - rect.width, mode.cursor.x - rect.width + 1));
}

function paintsOf(ui: Ui, mode: CopyMode): (y: number) => Paint[] {
  const text = textOf(mode.source);
  const selection = selectionOf(mode);
  const rangeOf = selection === null ? null : selectionRanges(text, selection);
  const matches = mode.search?.matches ?? null;
  const current = matches === null ? -1 : matchAt(matches, mode.cursor);
  return (y) => {
    const paints: Paint[] = (matches?.parts.get(y) ?? []).map(({ from, to, index }) => ({
      from,
      to,
      style: role(ui.theme, index === current ? "matchCurrent" : "match"),
    }));
    const range = rangeOf?.(y, text.row(y)) ?? null;
    // An empty line that is selected shows that it is.
    if (range !== null) paints.push({ from: range.from, to: Math.max(range.to, range.from + 1), style: role(ui.theme, "selection") });
    return paints;
  };
}

// Rows of a terminal --------------------------------------------------------------------------------------------------------

function gridOf(ui: Ui, mode: CopyMode, rect: Rect, left: number, paintsAt: (y: number) => Paint[]) {
  const grid = emptyGrid(rect.width, rect.height);
  if (mode.source.type !== "terminal") return grid;
  const { rows, cols, first, end } = mode.source;
  for (let line = 0; line < rect.height; line += 1) {
    const y = mode.top + line;
    const start = line * rect.width * CELL_WORDS;
    const row = grid.words.subarray(start, start + rect.width * CELL_WORDS);
    const held = y < first || y >= end ? undefined : rows.get(y);
    if (held !== undefined) row.set(held.words.subarray(left * CELL_WORDS, Math.min(cols, left + rect.width) * CELL_WORDS));
    // On its way.
    else if (y >= first && y < end) [row[0], row[3]] = [glyphOf(ui.isAscii ? "." : "…"), DIM];
    for (const { from, to, style } of paintsAt(y)) {
      for (let x = Math.max(0, from - left); x < Math.min(rect.width, to - left); x += 1) paintCell(row, x * CELL_WORDS, style);
    }
  }
  return grid;
}

/** A style with a ground or inverse decides both colours; flags are added. */
function paintCell(words: Uint32Array, at: number, style: Style): void {
  let bits = words[at + 3] ?? 0;
  if (style.bg !== undefined || style.inverse === true) {
    bits &= ~(INVERSE | DIM);
    words[at + 2] = style.bg ?? 0;
    if (style.bg === undefined || style.fg !== undefined) words[at + 1] = style.fg ?? 0;
  } else if (style.fg !== undefined) words[at + 1] = style.fg;
  if (style.inverse === true) bits |= INVERSE;
  if (style.bold === true) bits |= BOLD;
  if (style.italic === true) bits |= ITALIC;
  if (style.underline === true) bits = (bits & ~UNDERLINE_MASK) | (1 << UNDERLINE_SHIFT);
  words[at + 3] = bits >>> 0;
}

// Lines of a transcript -----------------------------------------------------------------------------------------------------

function linesOf(mode: CopyMode, rect: Rect, paintsAt: (y: number) => Paint[]): Line[] {
  if (mode.source.type !== "transcript") return [];
  return mode.source.lines.slice(mode.top, mode.top + rect.height).map((line, at) => paintLine(line, paintsAt(mode.top + at)));
}

/** The line with other styles over some of its columns. */
function paintLine(line: Line, paints: readonly Paint[]): Line {
  return paints.reduce<Line>(paintOnce, line);
}

function paintOnce(line: Line, { from, to, style }: Paint): Line {
  const out: Span[] = [];
  let x = 0;
  for (const span of line) {
    const width = textWidth(span.text);
    if (x + width <= from || x >= to) out.push(span);
    else out.push(...paintSpan(span, x, from, to, style));
    x += width;
  }
  if (to > x) {
    if (from > x) out.push({ text: " ".repeat(from - x), style: {} });
    out.push({ text: " ".repeat(to - Math.max(x, from)), style });
  }
  return out;
}

function paintSpan(span: Span, at: number, from: number, to: number, style: Style): Span[] {
  const parts: Span[] = [];
  let x = at;
  for (const cluster of graphemes(span.text)) {
    const isIn = x + Math.max(1, graphemeWidth(cluster)) > from && x < to;
    const own = isIn
      ? { ...span.style, ...style, ...(style.bg !== undefined || style.inverse === true ? { dim: false } : {}) }
      : span.style;
    const last = parts.at(-1);
    const wasIn = last !== undefined && last.style !== span.style;
    if (last !== undefined && wasIn === isIn) parts[parts.length - 1] = { ...last, text: last.text + cluster };
    else parts.push({ ...span, text: cluster, style: own });
    x += graphemeWidth(cluster);
  }
  return parts;
}

// What it says ------------------------------------------------------------------------------------------------------------

/** Which row of how many, which match of how many, what has come below meanwhile: in the upper right corner. */
function placeBox(ui: Ui, mode: CopyMode, rect: Rect, z: number): Box | null {
  const text = textOf(mode.source);
  const words = [`copy ${mode.cursor.y - text.first + 1}/${text.end - text.first}`];
  const found = matchPlace(mode);
  if (found !== null) words.push(found);
  const note = searchNote(mode);
  if (note !== null) words.push(note);
  const fresh = freshRows(ui, mode);
  if (fresh > 0) words.push(`${ui.isAscii ? "" : "↓ "}${formatCount(fresh, "line")} new`);
  if (mode.isCopying !== null) words.push("fetching");
  const shown = ` ${words.join(ui.isAscii ? " - " : " · ")} `;
  const width = Math.min(textWidth(shown), rect.width);
  // Over what the cursor stands on it would be in the way.
  const isUnder = mode.cursor.y === mode.top && mode.cursor.x >= rect.width - width - 1;
  if (width < 6 || rect.height < 2 || isUnder) return null;
  const line: Line = [{ text: cutToWidth(shown, width), style: role(ui.theme, "place") }];
  const place = { x: rect.x + rect.width - width, y: rect.y, width, height: 1 };
  return { id: `${mode.pane}:place`, rect: place, z, fill: role(ui.theme, "place"), content: { type: "lines", lines: [line] } };
}

function freshRows(ui: Ui, mode: CopyMode): number {
  if (mode.source.type !== "terminal" || mode.source.isAlternate) return 0;
  const grid = ui.grids.get(mode.source.terminal);
  const screen = ui.screens.get(mode.source.terminal);
  return grid === undefined || screen === undefined || screen.isAlternate ? 0 : Math.max(0, screen.base + grid.rows - mode.source.end);
}

function promptBox(ui: Ui, mode: CopyMode, rect: Rect, z: number): { box: Box; cursor: FrameCursor } | null {
  if (mode.prompt === null || rect.height < 1) return null;
  const { text, isBack } = mode.prompt;
  const room = Math.max(0, rect.width - 2);
  // The end of a long pattern is in sight.
  let shown = text;
  while (textWidth(shown) > room) shown = graphemes(shown).slice(1).join("");
  const fill = role(ui.theme, "overlay");
  const line: Line = [
    { text: isBack ? "?" : "/", style: role(ui.theme, "accent") },
    { text: shown, style: role(ui.theme, "text") },
  ];
  const y = rect.y + rect.height - 1;
  return {
    box: { id: `${mode.pane}:prompt`, rect: { ...rect, y, height: 1 }, z, fill, content: { type: "lines", lines: [line] } },
    cursor: { x: Math.min(rect.x + rect.width - 1, rect.x + lineWidth(line)), y, shape: "bar" },
  };
}
