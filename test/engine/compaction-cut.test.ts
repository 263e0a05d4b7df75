// Where a context is parted: never between a call and its result, the newest words of the user always stay.

import assert from "node:assert/strict";
import { test } from "node:test";
import { contextOf, pairResults } from "../../src/domain/context.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import { chooseCut, cutPoints, saidItems } from "../../src/engine/compaction-cut.ts";
import { guessItemTokens } from "../../src/engine/context-size.ts";
import { ItemStore } from "../../src/engine/item-store.ts";
import type { KeptItems } from "../../src/engine/ports.ts";
import { call, chain, notice, randomTranscript, result, summaryAfter, text, thought, user } from "../support/transcripts.ts";

const ids = (items: readonly TranscriptItem[]): string[] => items.map((item) => item.id);

/** The path with the summary that a compaction would add, or null where there is nothing to compact. */
function compacted(path: readonly TranscriptItem[], room?: number): TranscriptItem[] | null {
  const said = saidItems(contextOf(path));
  const sizes = said.map(guessItemTokens);
  const cut = chooseCut(said, sizes, room ?? sizes.reduce((sum, size) => sum + size, 0));
  const kept = cut === null ? undefined : said[cut.index];
  return kept === undefined ? null : [...path, summaryAfter(path, kept.id)];
}

test("in 3,000 random conversations no cut parts a call from its result, and the last words of the user stay", () => {
  let cuts = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const path = randomTranscript(seed);
    const whole = pairResults(path);
    const said = saidItems(path);
    const sizes = said.map(guessItemTokens);
    const all = sizes.reduce((sum, size) => sum + size, 0);
    for (const room of [all, all / 3, all / 20]) {
      const cut = chooseCut(said, sizes, room);
      if (cut === null) continue;
      cuts += 1;
      const older = new Set<TranscriptItem>(said.slice(0, cut.index));
      for (const [asked, answer] of whole) assert.equal(older.has(asked), older.has(answer), `seed ${seed}, cut at ${cut.index}`);
      const shown = contextOf([...path, summaryAfter(path, said[cut.index]?.id ?? "")]);
      assert.equal(shown[0]?.type, "summary");
      assert.equal(shown[1]?.type, "user", `seed ${seed}: the summary is followed by the user's words`);
      const last = said.findLast((item) => item.type === "user");
      assert.ok(last !== undefined && shown.includes(last), `seed ${seed}: the last message is gone`);
      // What is kept is answered as before.
      const kept = pairResults(shown);
      for (const item of shown) if (item.type === "call") assert.equal(kept.get(item), whole.get(item), `seed ${seed}`);
    }
  }
  assert.ok(cuts > 2000, `only ${cuts} cuts`);
});

test("a compacted conversation can be compacted again and again, and between compactions its context only grows", () => {
  for (let seed = 0; seed < 400; seed++) {
    const first = compacted(randomTranscript(seed));
    if (first === null) continue;
    const later = chain([user("and now?"), thought("hm"), call("call-0"), result("call-0", "word ".repeat(200)), text("done")], "later");
    const path = [...first, ...later];
    const before = ids(contextOf(first));
    assert.deepEqual(ids(contextOf(path)).slice(0, before.length), before);
    const second = compacted(path);
    if (second === null) continue;
    const shown = contextOf(second);
    assert.equal(shown.filter((item) => item.type === "summary").length, 1);
    assert.equal(shown[0], second.at(-1));
    assert.equal(new Set(ids(shown)).size, shown.length, "nothing is shown twice");
    const older = new Set(ids(path).filter((id) => !ids(contextOf(path)).includes(id)));
    assert.ok(
      shown.every((item) => !older.has(item.id)),
      "what a summary stands for does not come back",
    );
  }
});

test("the store reads no more of a path than makes the same context as the whole", async () => {
  const nothingKept: KeptItems = {
    count: () => 0,
    has: () => false,
    parentOf: () => null,
    typeOf: () => null,
    path: () => [],
    nearest: () => null,
    read: async () => [],
  };
  for (let seed = 0; seed < 200; seed++) {
    const path = compacted(randomTranscript(seed));
    if (path === null) continue;
    const store = new ItemStore(nothingKept);
    for (const item of path) store.add(item);
    const head = path.at(-1)?.id ?? null;
    assert.deepEqual(ids(contextOf(await store.context(head))), ids(contextOf(await store.path(head))), `seed ${seed}`);
  }
});

test("whole turns are kept as far as a quarter of the room reaches", () => {
  const path = chain(Array.from({ length: 8 }, (_, n) => [user(`question ${n}`), text("word ".repeat(100))]).flat());
  const shown = contextOf(compacted(path) ?? []);
  assert.deepEqual(
    shown.slice(1).map((item) => item.type),
    ["user", "text"].flatMap(() => ["user", "text"]).slice(0, shown.length - 1),
  );
  assert.ok(shown.length - 1 <= 4 && shown.length - 1 >= 2);
});

test("a last turn that fills most of the room is parted between its steps, and the user's words stay before them", () => {
  const steps = Array.from({ length: 10 }, (_, n) => [thought(`step ${n}`), call(`c${n}`), result(`c${n}`, "word ".repeat(200))]).flat();
  const path = chain([user("earlier"), text("yes"), user("the task"), ...steps]);
  const shown = contextOf(compacted(path) ?? []);
  assert.deepEqual(
    shown.slice(0, 3).map((item) => item.type),
    ["summary", "user", "thought"],
  );
  assert.equal(shown[1]?.type === "user" && shown[1].text, "the task");
  assert.equal(shown.at(-1)?.type, "result");
  assert.ok(shown.length < 12);
});

test("parallel calls stand or fall together", () => {
  const said = saidItems(chain([user("go"), call("a"), call("b"), result("a"), notice("retried"), result("b"), text("ok"), user("more")]));
  assert.deepEqual(
    cutPoints(said).map((point) => said[point.index]?.type),
    ["text", "user"],
  );
});

test("a call that never got a result holds nothing back", () => {
  const said = saidItems(chain([user("go"), call("a"), user("again"), call("a"), result("a"), user("thanks"), text("ok")]));
  assert.deepEqual(
    cutPoints(said).map((point) => point.index),
    [2, 5],
  );
});

test("with a first message alone, or just compacted, there is nothing to compact", () => {
  assert.equal(compacted(chain([user("hello")])), null);
  assert.equal(compacted(chain([user("hello"), text("hi")])), null);
  const path = compacted(chain([user("one"), text("1"), user("two"), text("2")]));
  assert.ok(path !== null);
  assert.equal(compacted(path), null);
});

test("where the beginning of what is kept was lost, all that is left stays", () => {
  const path = chain([user("one"), text("1"), user("two")]);
  assert.deepEqual(ids(contextOf([...path, summaryAfter(path, "lost")])), ["summary-3", "i0", "i1", "i2"]);
});
