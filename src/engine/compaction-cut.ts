// Where a context may be parted, and where it is: what stands before the cut is summarised, the rest stays word for word.

import { pairResults } from "../domain/context.ts";
import type { ItemOf, TranscriptItem } from "../domain/item.ts";

/** What a model is shown of a conversation, without its summary and notices. */
export type SaidItem = Exclude<TranscriptItem, ItemOf<"notice"> | ItemOf<"summary">>;

/** Items before `index` are summarised; the one at `index` is the first that stays. */
export interface CutPoint {
  readonly index: number;
  /** Before the user's words; else before a reply in the middle of a turn. */
  readonly isTurn: boolean;
}

export function saidItems(context: readonly TranscriptItem[]): SaidItem[] {
  return context.filter((item) => item.type !== "notice" && item.type !== "summary");
}

/** Before the user's words and before a reply that follows results, never between a call and its result; never the very beginning. */
export function cutPoints(said: readonly SaidItem[]): CutPoint[] {
  const at = new Map<TranscriptItem, number>(said.map((item, index) => [item, index]));
  const answers = new Map<number, number>();
  for (const [call, result] of pairResults(said)) answers.set(at.get(call) ?? 0, at.get(result) ?? 0);
  const points: CutPoint[] = [];
  // The newest answer to a call that stands before `index`.
  let answered = -1;
  for (const [index, item] of said.entries()) {
    const isTurn = item.type === "user";
    const isReply = !isTurn && item.type !== "result" && said[index - 1]?.type === "result";
    if (index > 0 && answered < index && (isTurn || isReply)) points.push({ index, isTurn });
    answered = Math.max(answered, answers.get(index) ?? -1);
  }
  return points;
}

/**
 * The cut that keeps about a quarter of `room` (tokens) and the newest turn whole; a turn of more than half of `room` is parted
 * before one of its replies. `sizes` are tokens, one for each item. Null where nothing older could be summarised.
 */
export function chooseCut(said: readonly SaidItem[], sizes: readonly number[], room: number): CutPoint | null {
  const firstReply = said.findIndex((item) => item.type !== "user");
  const points = cutPoints(said).filter((point) => firstReply >= 0 && point.index > firstReply);
  const tail = tailSums(sizes);
  const fits = (point: CutPoint, tokens: number): boolean => (tail[point.index] ?? 0) <= tokens;
  const lastTurn = said.findLastIndex((item) => item.type === "user");
  const turn = points.find((point) => point.isTurn && fits(point, room / 4));
  if (turn !== undefined) return turn;
  const newest = points.find((point) => point.index === lastTurn);
  if (newest !== undefined && fits(newest, room / 2)) return newest;
  return points.find((point) => point.index > lastTurn && fits(point, room / 4)) ?? points.at(-1) ?? null;
}

/** Of each place, what stands from there on. */
function tailSums(sizes: readonly number[]): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (let i = sizes.length - 1; i >= 0; i--) {
    sum += sizes[i] ?? 0;
    sums[i] = sum;
  }
  return sums;
}
