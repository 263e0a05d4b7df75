// Who owns which cell.

import assert from "node:assert/strict";
import test from "node:test";
import { createLayout } from "../../src/screen/blessed-layout.ts";
import { chanceOf } from "../support/chance.ts";
import { plainLayout, textBox } from "./frames.ts";

test("blessed gives each cell to the highest box over it, also after boxes came, went, moved and the screen was resized", () => {
  const layout = createLayout();
  const random = chanceOf(3).below;
  for (let round = 0; round < 60; round += 1) {
    const [cols, rows] = [20 + random(3) * 7, 10 + random(2) * 5];
    const boxes = Array.from({ length: random(8) }, (_, index) =>
      textBox(`box ${(index * 7 + random(3)) % 11} ${index}`, [random(30) - 5, random(20) - 5, random(15), random(9)], [], {
        z: random(3),
      }),
    );
    assert.deepEqual(layout.ownersOf(cols, rows, boxes), plainLayout().ownersOf(cols, rows, boxes), `round ${round}`);
  }
});

test("blessed is kept from the process: no handlers, no output", () => {
  const before = process.eventNames().map((name) => [name, process.listenerCount(name)]);
  createLayout().ownersOf(10, 5, [textBox("a", [0, 0, 5, 5], [])]);
  assert.deepEqual(
    process
      .eventNames()
      .filter((name) => name !== "warning")
      .map((name) => [name, process.listenerCount(name)]),
    before.filter(([name]) => name !== "warning"),
  );
  assert.equal(process.listenerCount("SIGTERM"), 0);
});
