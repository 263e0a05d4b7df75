// Whose output is parsed when: fair among terminals, and the one that is typed into before all others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ParseLoop, type ParseSource } from "../../src/host/terminal-parse-loop.ts";
import { until } from "./ground.ts";

interface Fake extends ParseSource {
  readonly done: string[];
}

function source(pieces = 1): Fake {
  const done: string[] = [];
  let left = pieces;
  return {
    done,
    step() {
      left -= 1;
      done.push("step");
      return left > 0;
    },
    onParsed: () => done.push("parsed"),
    stopReading: () => done.push("stop"),
    readOn: () => done.push("on"),
  };
}

test("what is woken is parsed in a turn of the loop, piece by piece in turn, and nobody stops reading while nobody types", async () => {
  const loop = new ParseLoop();
  const [one, other] = [source(3), source(1)];
  loop.wake(one, true);
  loop.wake(other, true);
  assert.deepEqual([one.done, other.done], [[], []]);
  await until("both are parsed", () => one.done.length === 4 && other.done.length === 2);
  assert.deepEqual(other.done, ["step", "parsed"]);
  assert.deepEqual(one.done, ["step", "step", "step", "parsed"]);
});

test("the terminal that was typed into is parsed as its bytes come, and is read however much it prints", () => {
  const loop = new ParseLoop();
  const typed = source(2);
  loop.heat(typed);
  loop.wake(typed, true);
  assert.deepEqual(typed.done, ["step", "step", "parsed"]);
});

test("a flood beside it is not read for a moment and then goes on; a little output beside it is", async () => {
  const loop = new ParseLoop();
  const [typed, flood, line] = [source(), source(1), source(1)];
  loop.heat(typed);
  loop.wake(flood, true);
  loop.wake(line);
  assert.deepEqual(flood.done, ["stop"], "at once: what is read would be between the key and its echo");
  await until("it is read on", () => flood.done.includes("on"));
  await until("what was there is parsed", () => flood.done.includes("parsed"));
  assert.deepEqual(line.done, ["step", "parsed"]);
});

test("a terminal that is closed while it waits is not called again", async () => {
  const loop = new ParseLoop();
  const [typed, flood, other] = [source(), source(), source()];
  loop.heat(typed);
  loop.wake(flood, true);
  loop.wake(other, true);
  loop.remove(flood);
  await until("the other is read on", () => other.done.includes("on"));
  assert.deepEqual(flood.done, ["stop"]);
});
