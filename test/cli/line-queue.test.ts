// Lines of a conversation: what waits, what answers a question, and that nobody waits for ever.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLineQueue } from "../../src/cli/line-queue.ts";

test("lines come in their order; an answer is one that came after its question, and the others stay for later", async () => {
  const queue = createLineQueue(() => {});
  queue.add("one");
  queue.add("two");
  assert.equal(await queue.next(), "one");
  const answer = queue.fresh();
  queue.add("y");
  queue.add("three");
  assert.deepEqual([await answer, await queue.next(), await queue.next()], ["y", "two", "three"]);
  const waiting = queue.next();
  queue.add("four");
  assert.equal(await waiting, "four");
});

test("a question that is withdrawn takes no line, and the end ends all waiting", async () => {
  const queue = createLineQueue(() => {});
  const withdrawn = new AbortController();
  const answer = queue.fresh(withdrawn.signal);
  withdrawn.abort();
  queue.add("a message");
  assert.deepEqual([await answer, await queue.next()], [null, "a message"]);
  const [asked, wanted] = [queue.fresh(), queue.next()];
  queue.end();
  assert.deepEqual([await asked, await wanted, await queue.next(), await queue.fresh()], [null, null, null, null]);
});
