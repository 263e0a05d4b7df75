// Pages of a terminal's lines, and where a pattern stands in them: for copy mode, which runs in the client.

import { CELL_WORDS, CONTINUATION, clusterText } from "../domain/cells.ts";
import { type Budget, type Finder, makeFinder, SEARCH_STEPS } from "../domain/pattern-match.ts";
import type { ScrollMatch, ScrollMatches, ScrollPage } from "../domain/scrollback.ts";

/** All lines that an emulator keeps. Rows are numbered from the first there ever was; the numbers stay while newer ones come. */
export interface LineSource {
  /** Grows when the numbers mean other lines. */
  readonly generation: number;
  readonly cols: number;
  readonly oldest: number;
  /** The number after the newest. */
  readonly end: number;
  readRow(row: number, into: Uint32Array): void;
  /** The row goes on the line of the row above. */
  isWrapped(row: number): boolean;
  /** Quick; for finding out where it is worth to look. */
  text(row: number): string;
}

export function pageOf(source: LineSource, from: number, count: number): ScrollPage {
  const first = Math.max(source.oldest, Math.min(from, source.end));
  const last = Math.max(first, Math.min(from + count, source.end));
  const rows: Uint32Array[] = [];
  const wrapped: boolean[] = [];
  for (let row = first; row < last; row++) {
    const words = new Uint32Array(source.cols * CELL_WORDS);
    source.readRow(row, words);
    rows.push(words);
    wrapped.push(source.isWrapped(row));
  }
  return { generation: source.generation, cols: source.cols, oldest: source.oldest, end: source.end, from: first, rows, wrapped };
}

/** A line of rows that belong together is joined so far. */
const LINE_ROWS_MAX = 500;
/** Between two looks at the clock: of rows, and of steps of the pattern. */
const ROWS_AT_ONCE = 32;
const STEPS_AT_ONCE = 100_000;

export interface SearchOptions {
  readonly pattern: string;
  /** Only what stands before this row. */
  readonly end: number;
  /** The newest are kept where there are more. */
  readonly matchesMax: number;
  /** Of the pattern, all lines together; left out: SEARCH_STEPS. */
  readonly stepsMax?: number;
}

/**
 * Where a pattern stands, oldest first, also across wrapped rows. Without a capital in it, case does not count. In pieces, so that other
 * work can be done between them: `sourceNow` is asked again for each, null ends it.
 */
export function* searchPieces(sourceNow: () => LineSource | null, options: SearchOptions): Generator<void, ScrollMatches> {
  const finder = makeFinder(options.pattern);
  const budget: Budget = { left: options.stepsMax ?? SEARCH_STEPS };
  let source = sourceNow();
  const generation = source?.generation ?? 0;
  const found: ScrollMatch[] = [];
  let isCut = false;
  let rows = 0;
  let stepsLeft = budget.left;
  let next = Math.min(options.end, source?.end ?? 0);
  while (source !== null && source.generation === generation && next > source.oldest && !isCut && budget.left >= 0) {
    let first = next - 1;
    while (first > source.oldest && next - first < LINE_ROWS_MAX && source.isWrapped(first)) first--;
    let text = "";
    for (let row = first; row < next; row++) text += source.text(row);
    if (finder.mayHold(text) && finder.next(text, 0, budget) !== null) {
      const here = matchesIn(source, first, next, finder, budget).reverse();
      const room = options.matchesMax - found.length;
      isCut = here.length > room;
      found.push(...here.slice(0, room));
    }
    rows += next - first;
    next = first;
    if (rows < ROWS_AT_ONCE && stepsLeft - budget.left < STEPS_AT_ONCE) continue;
    [rows, stepsLeft] = [0, budget.left];
    yield;
    source = sourceNow();
  }
  return { generation, matches: found.reverse(), isCut, isUnfinished: budget.left < 0 };
}

/** So long a search holds other work up. */
const SLICE_MS = 4;

/** In pieces of a few milliseconds; what the lines are by then is looked at. */
export async function searchBeside(sourceNow: () => LineSource | null, options: SearchOptions): Promise<ScrollMatches> {
  const pieces = searchPieces(sourceNow, options);
  for (let since = performance.now(); ; ) {
    const { done, value } = pieces.next();
    if (done === true) return value;
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
}

function matchesIn(source: LineSource, first: number, end: number, finder: Finder, budget: Budget): ScrollMatch[] {
  const words = new Uint32Array(source.cols * CELL_WORDS);
  let text = "";
  let written = 0;
  /** For each unit of the text its cell, counted from the start of the line. */
  const cells: number[] = [];
  for (let row = first; row < end; row++) {
    source.readRow(row, words);
    for (let x = 0; x < source.cols; x++) {
      const glyph = words[x * CELL_WORDS] ?? 0;
      if (glyph === CONTINUATION) continue;
      const part = glyph === 0 ? " " : clusterText(glyph);
      for (let i = 0; i < part.length; i++) cells.push((row - first) * source.cols + x);
      text += part;
      if (glyph !== 0) written = text.length;
    }
  }
  // Past what was written there is nothing to be found.
  const line = text.slice(0, written);
  const found: ScrollMatch[] = [];
  for (let match = finder.next(line, 0, budget); match !== null; match = finder.next(line, match.to, budget)) {
    const from = cells[match.from] ?? 0;
    const to = cells[match.to] ?? (end - first) * source.cols;
    found.push({ row: first + Math.floor(from / source.cols), col: from % source.cols, cells: Math.max(1, to - from) });
  }
  return found;
}
