// What of a path a model is shown: all of it, or its newest summary and what that left standing. And which result answers which call.

import type { ItemOf, TranscriptItem } from "./item.ts";

/** How a request for a summary begins; by it the demo knows one. */
export const SUMMARY_REQUEST = "This conversation is about to be compacted.";

/**
 * The context of a model: the path, cut at its newest summary. Then: the summary, the words of the user that the kept items answer
 * (where those begin in the middle of a turn), the items from `keptFrom` on. Older summaries are part of the newest.
 * Between two summaries the context of a path is a prefix of that of a longer path.
 */
export function contextOf(path: readonly TranscriptItem[]): TranscriptItem[] {
  const at = path.findLastIndex((item) => item.type === "summary");
  const summary = path[at];
  if (summary?.type !== "summary") return [...path];
  // Where the kept begin is gone (its line was damaged) the path begins after it, and all of it is kept.
  const from = Math.max(
    0,
    path.findIndex((item) => item.id === summary.keptFrom),
  );
  const kept = path.slice(from).filter((item) => item.type !== "summary");
  const first = kept.find((item) => item.type !== "notice");
  const asked = first?.type === "user" ? undefined : path.slice(0, from).findLast((item) => item.type === "user");
  return [summary, ...(asked === undefined ? [] : [asked]), ...kept];
}

/**
 * Ids come again, made by other providers or by us: a result answers the first open call with its id since the newest words of the
 * user that have one.
 */
export function pairResults(items: readonly TranscriptItem[]): Map<ItemOf<"call">, ItemOf<"result">> {
  const waiting = new Map<string, { readonly call: ItemOf<"call">; readonly turn: number }[]>();
  const paired = new Map<ItemOf<"call">, ItemOf<"result">>();
  let turn = 0;
  for (const item of items) {
    if (item.type === "user") turn += 1;
    if (item.type === "call") waiting.set(item.callId, [...(waiting.get(item.callId) ?? []), { call: item, turn }]);
    if (item.type !== "result") continue;
    const open = waiting.get(item.callId) ?? [];
    const index = open.findIndex((entry) => entry.turn === open.at(-1)?.turn);
    const [taken] = index < 0 ? [] : open.splice(index, 1);
    if (taken !== undefined) paired.set(taken.call, item);
  }
  return paired;
}
