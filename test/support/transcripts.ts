// Transcripts for tests, made by the hundred from a seed: turns with replies, calls and results as sessions really hold them.

import { type ItemOf, itemSchema, type TranscriptItem } from "../../src/domain/item.ts";
import { chanceOf } from "./chance.ts";

export const testSource = {
  provider: "p",
  origin: "http://127.0.0.1:9",
  credential: "none",
  wire: "chat",
  model: "m",
  harness: "native",
} as const;

/** Items in a row, each the parent of the next. */
export function chain(bodies: readonly object[], prefix = "i"): TranscriptItem[] {
  return bodies.map((body, index) =>
    itemSchema.parse({ id: `${prefix}${index}`, parent: index === 0 ? null : `${prefix}${index - 1}`, at: index, turn: null, ...body }),
  );
}

export const user = (text: string): object => ({ type: "user", text });
export const text = (words: string): object => ({ type: "text", text: words, source: testSource });
export const thought = (words: string, seal?: string): object => ({
  type: "thought",
  text: words,
  source: testSource,
  ...(seal === undefined ? {} : { seal }),
});
export const call = (callId: string, code = "ls"): object => ({
  type: "call",
  callId,
  name: "exec",
  arguments: JSON.stringify({ language: "shell", code }),
  action: { type: "exec", language: "shell", code },
  source: testSource,
});
export const result = (callId: string, words = "out"): object => ({ type: "result", callId, outcome: "ok", text: words });
export const notice = (words: string): object => ({ type: "notice", kind: "info", text: words });

/** Ids that come again in every reply, parallel calls, orphans after a crash, notices anywhere, partial replies. */
export function randomTranscript(seed: number): TranscriptItem[] {
  const random = chanceOf(seed).next;
  const chance = (share: number): boolean => random() < share;
  const words = (most: number): string => "word ".repeat(1 + Math.floor(random() * most));
  const bodies: object[] = [];
  let calls = 0;
  const turns = 1 + Math.floor(random() * 6);
  for (let turn = 0; turn < turns; turn++) {
    bodies.push(user(words(80)));
    if (chance(0.1)) continue;
    const steps = Math.floor(random() * 6);
    for (let step = 0; step < steps; step++) {
      if (chance(0.5)) bodies.push(thought(words(30), chance(0.5) ? "SEAL" : undefined));
      if (chance(0.5)) bodies.push(text(words(30)));
      const ids = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, n) => (chance(0.5) ? `call-${n}` : `call-${++calls}-x`));
      for (const id of ids) bodies.push(call(id));
      for (const id of ids) {
        if (chance(0.1)) bodies.push(notice("retried"));
        if (!chance(0.05)) bodies.push(result(id, words(300)));
      }
    }
    if (chance(0.8)) bodies.push(text(words(60)));
    if (chance(0.2)) bodies.push(notice("profile changed"));
  }
  return chain(bodies);
}

/** A summary as the engine adds it at the end of a path. */
export function summaryAfter(path: readonly TranscriptItem[], keptFrom: string, words = "what was said"): ItemOf<"summary"> {
  const item = itemSchema.parse({
    id: `summary-${path.length}`,
    parent: path.at(-1)?.id ?? null,
    at: path.length,
    turn: null,
    type: "summary",
    text: words,
    source: testSource,
    keptFrom,
    replaces: 1,
    tokensBefore: 1,
    tokens: 1,
  });
  if (item.type !== "summary") throw new Error("no summary");
  return item;
}
