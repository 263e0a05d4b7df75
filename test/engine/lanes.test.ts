// The scheduler: limits, fairness between agents, rests after a rate limit, and leaving the line.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLanes, type Lanes } from "../../src/engine/lanes.ts";

const name = { key: "k", label: "test", limit: 1 };
const never = new AbortController().signal;

function gate(): { open: () => void; passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, passed: promise };
}

function newLanes(sleep: (ms: number) => Promise<void> = async () => {}, clock = { now: 0 }): Lanes {
  return createLanes({ now: () => clock.now, sleep }, () => {});
}

test("a lane runs no more jobs at once than its limit", async () => {
  const lanes = newLanes();
  let active = 0;
  let most = 0;
  const job = async (): Promise<void> => {
    most = Math.max(most, ++active);
    await new Promise((resolve) => setImmediate(resolve));
    active -= 1;
  };
  await Promise.all(["a", "b", "c", "d", "e"].map((owner) => lanes.run({ ...name, limit: 2 }, owner, never, job)));
  assert.equal(most, 2);
});

test("an agent that asks often does not starve one that asks once", async () => {
  const lanes = newLanes();
  const order: string[] = [];
  const first = gate();
  const runs = [lanes.run(name, "busy", never, () => first.passed)];
  for (const owner of ["busy", "busy", "busy", "calm"]) runs.push(lanes.run(name, owner, never, async () => void order.push(owner)));
  assert.equal(lanes.place("k", "calm")?.place, 1);
  first.open();
  await Promise.all(runs);
  assert.deepEqual(order, ["calm", "busy", "busy", "busy"]);
});

test("a place in the line is visible, and 0 while the slot is held", async () => {
  const lanes = newLanes();
  const first = gate();
  const runs = [
    lanes.run(name, "a", never, () => first.passed),
    lanes.run(name, "b", never, async () => {}),
    lanes.run(name, "c", never, async () => {}),
  ];
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    ["a", "b", "c"].map((owner) => lanes.place("k", owner)?.place),
    [0, 1, 2],
  );
  assert.deepEqual(lanes.rows(), [{ id: "test", active: 1, limit: 1, waiting: 2, pausedUntil: null }]);
  first.open();
  await Promise.all(runs);
  assert.equal(lanes.place("k", "a"), null);
});

test("who aborts in the line gets null, and the slot goes to the next", async () => {
  const lanes = newLanes();
  const first = gate();
  const leave = new AbortController();
  const held = lanes.run(name, "a", never, () => first.passed);
  const left = lanes.run(name, "b", leave.signal, async () => "ran");
  const stays = lanes.run(name, "c", never, async () => "ran");
  leave.abort();
  assert.equal(await left, null);
  first.open();
  assert.equal(await stays, "ran");
  await held;
});

test("after a rate limit nothing starts on that lane before its time, and the longest rest counts", async () => {
  const clock = { now: 0 };
  const woken: number[] = [];
  const lanes = newLanes(async (ms) => {
    await new Promise((resolve) => setImmediate(resolve));
    clock.now += ms;
    woken.push(clock.now);
  }, clock);
  await lanes.run(name, "a", never, async () => {});
  lanes.rest("k", 500);
  lanes.rest("k", 900);
  lanes.rest("k", 100);
  const startedAt = await lanes.run(name, "a", never, async () => clock.now);
  assert.equal(startedAt, 900);
});

test("a job that throws gives its slot back", async () => {
  const lanes = newLanes();
  await assert.rejects(lanes.run(name, "a", never, () => Promise.reject(new Error("broken"))));
  assert.equal(await lanes.run(name, "b", never, async () => "ran"), "ran");
});
