// Places where a pattern stands: found in lines at hand, kept by row for drawing, and stepped through.

import { type Budget, makeFinder } from "../domain/pattern-match.ts";
import type { ScrollMatch } from "../domain/scrollback.ts";
import { type CopyText, lineEnd, type Position } from "./copy-text.ts";

/** Part of a match in one row: columns `from … to`. */
export interface MatchPart {
  readonly from: number;
  readonly to: number;
  /** Place of the match in the list. */
  readonly index: number;
}

export interface Matches {
  /** First characters, in order. */
  readonly starts: readonly Position[];
  readonly parts: ReadonlyMap<number, readonly MatchPart[]>;
  /** There are more than are told. */
  readonly isCut: boolean;
  /** The pattern took too long: not every line was looked at. */
  readonly isUnfinished: boolean;
}

const MATCHES_MAX = 5_000;
/** Of a pattern in all lines at hand, while somebody waits for the key to show: about a tenth of a second. */
const STEPS_MAX = 5_000_000;

type End = Pick<Matches, "isCut" | "isUnfinished">;

function gather(found: readonly (readonly { y: number; from: number; to: number }[])[], end: End): Matches {
  const starts: Position[] = [];
  const parts = new Map<number, MatchPart[]>();
  found.forEach((pieces, index) => {
    const [first] = pieces;
    if (first === undefined) return;
    starts.push({ x: first.from, y: first.y });
    for (const { y, from, to } of pieces) {
      const row = parts.get(y) ?? [];
      row.push({ from, to, index });
      parts.set(y, row);
    }
  });
  return { starts, parts, ...end };
}

/** From what the server found in rows of `cols` cells. */
export function matchesOfRows(found: readonly ScrollMatch[], cols: number, end: End): Matches {
  return gather(
    found.map(({ row, col, cells }) => {
      const pieces: { y: number; from: number; to: number }[] = [];
      for (let left = cells, y = row, from = col; left > 0; y += 1) {
        const to = Math.min(cols, from + left);
        pieces.push({ y, from, to });
        left -= to - from;
        from = 0;
      }
      return pieces;
    }),
    end,
  );
}

/** Without a capital in the pattern, case does not count. Found across the rows of a line. */
export function searchText(text: CopyText, pattern: string): Matches {
  const finder = makeFinder(pattern);
  const budget: Budget = { left: STEPS_MAX };
  const found: { y: number; from: number; to: number }[][] = [];
  for (let y = text.first; y < text.end && found.length <= MATCHES_MAX && budget.left >= 0; ) {
    const last = lineEnd(text, y);
    let line = "";
    const places: { y: number; x: number }[] = [];
    const add = (part: string, at: { y: number; x: number }) => {
      line += part;
      for (let i = 0; i < part.length; i += 1) places.push(at);
    };
    for (let row = y; row <= last; row += 1) {
      const { cells, indent, joint, length, written } = text.row(row) ?? { cells: [], indent: 0, joint: null, length: 0, written: 0 };
      if (row > y && joint !== null) add(joint, { y: row, x: indent });
      const end = row < last ? written : length;
      for (let x = indent; x < end; x += 1) add(cells[x] ?? "", { y: row, x });
    }
    y = last + 1;
    if (!finder.mayHold(line)) continue;
    for (let match = finder.next(line, 0, budget); match !== null; match = finder.next(line, match.to, budget))
      found.push(piecesOf(places.slice(match.from, match.to)));
  }
  return gather(found.slice(0, MATCHES_MAX), { isCut: found.length > MATCHES_MAX, isUnfinished: budget.left < 0 });
}

function piecesOf(places: readonly { y: number; x: number }[]): { y: number; from: number; to: number }[] {
  const pieces: { y: number; from: number; to: number }[] = [];
  for (const { x, y } of places) {
    const last = pieces.at(-1);
    if (last !== undefined && last.y === y) last.to = x + 1;
    else pieces.push({ y, from: x, to: x + 1 });
  }
  return pieces;
}

/** Index of the next match after a place, or before it; around the ends. -1: there is none. */
export function stepMatch(matches: Matches, at: Position, by: 1 | -1): number {
  const { starts } = matches;
  if (starts.length === 0) return -1;
  const isAfter = (start: Position) => start.y > at.y || (start.y === at.y && start.x > at.x);
  const next = starts.findIndex(isAfter);
  if (by > 0) return next < 0 ? 0 : next;
  const upTo = next < 0 ? starts.length : next;
  const here = starts[upTo - 1];
  const before = here !== undefined && here.x === at.x && here.y === at.y ? upTo - 2 : upTo - 1;
  return before < 0 ? starts.length - 1 : before;
}

/** Which match stands at a place; -1: none. */
export function matchAt(matches: Matches, at: Position): number {
  return matches.parts.get(at.y)?.find((part) => at.x >= part.from && at.x < part.to)?.index ?? -1;
}
