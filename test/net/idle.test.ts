// Whatever a source does, its reader sees the contract of a model's stream.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelEvent } from "../../src/domain/stream.ts";
import { withIdleLimit } from "../../src/net/idle.ts";

const text: ModelEvent = { type: "text", delta: "a" };
const done: ModelEvent = {
  type: "done",
  outputs: [],
  stop: "end",
  usage: { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0, isEstimated: false },
};
const never = (): Promise<never> => new Promise(() => {});

async function collect(source: AsyncIterable<ModelEvent>, idleMs = 10_000): Promise<{ events: ModelEvent[]; aborts: number }> {
  let aborts = 0;
  const events: ModelEvent[] = [];
  for await (const event of withIdleLimit(source, idleMs, () => (aborts += 1))) events.push(event);
  return { events, aborts };
}

const kindOf = (event: ModelEvent | undefined): string => (event?.type === "failed" ? event.failure.kind : (event?.type ?? "none"));

test("a good stream passes unchanged and its request is not aborted", async () => {
  const { events, aborts } = await collect(
    (async function* () {
      yield text;
      yield { type: "beat" } as const;
      yield done;
    })(),
  );
  assert.deepEqual(events, [text, { type: "beat" }, done]);
  assert.equal(aborts, 0);
});

test("what follows the terminal event is dropped", async () => {
  const { events } = await collect(
    (async function* () {
      yield done;
      yield text;
      yield done;
    })(),
  );
  assert.deepEqual(events, [done]);
});

test("a stream that ends without a terminal event has failed", async () => {
  const { events } = await collect(
    (async function* () {
      yield text;
    })(),
  );
  assert.equal(kindOf(events.at(-1)), "protocol");
  assert.equal(events.length, 2);
});

test("a stream that throws has failed, and an abort that is thrown is an interruption", async () => {
  const thrown = await collect(
    (async function* () {
      yield text;
      throw new Error("sk-secret");
    })(),
  );
  assert.equal(kindOf(thrown.events.at(-1)), "protocol");
  assert.ok(!JSON.stringify(thrown.events).includes("sk-secret"));
  const aborted = await collect(
    (async function* () {
      yield text;
      throw new DOMException("x", "AbortError");
    })(),
  );
  assert.equal(kindOf(aborted.events.at(-1)), "interrupted");
});

test("a silent stream is aborted and fails once as idle, which may be tried again", async () => {
  const { events, aborts } = await collect(
    (async function* () {
      yield text;
      await never();
      yield text;
    })(),
    5,
  );
  assert.deepEqual(events.map(kindOf), ["text", "idle"]);
  const last = events[1];
  assert.ok(last?.type === "failed" && last.failure.isRetryable);
  assert.equal(aborts, 1);
});

test("a reader that takes its time between events is no silence of the model", async () => {
  const events: ModelEvent[] = [];
  for await (const event of withIdleLimit(
    (async function* () {
      yield text;
      yield done;
    })(),
    5,
    () => assert.fail("aborted"),
  )) {
    events.push(event);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  assert.deepEqual(events, [text, done]);
});

test("a reader that leaves early ends the request", async () => {
  let aborts = 0;
  for await (const event of withIdleLimit(
    (async function* () {
      yield text;
      await never();
    })(),
    10_000,
    () => (aborts += 1),
  )) {
    assert.equal(event, text);
    break;
  }
  assert.equal(aborts, 1);
});
