// Which of a row of labels are in sight where not all have room: always the one in use.

export interface Window {
  readonly from: number;
  /** The first one after it that is out of sight. */
  readonly to: number;
}

/** `cells` of what counts those that are left out at a side. The one at `at` is in sight whatever it takes. */
export function windowAround(widths: readonly number[], at: number, room: number, cells: number): Window {
  const sum = (from: number, to: number): number => widths.slice(from, to).reduce((all, width) => all + width, 0);
  const needs = (from: number, to: number): number => sum(from, to) + (from > 0 ? cells : 0) + (to < widths.length ? cells : 0);
  if (needs(0, widths.length) <= room) return { from: 0, to: widths.length };
  let from = 0;
  while (from < at && needs(from, at + 1) > room) from += 1;
  let to = at + 1;
  while (to < widths.length && needs(from, to + 1) <= room) to += 1;
  return { from, to };
}
