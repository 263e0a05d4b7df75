// Layout: every tree fills its rectangle exactly, whatever is split, closed or resized.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PaneId } from "../../src/domain/ids.ts";
import {
  arrange,
  type Direction,
  type LayoutLeaf,
  type LayoutNode,
  layoutNodeSchema,
  leaves,
  neighbour,
  removePane,
  resizePane,
  splitPane,
  tile,
} from "../../src/domain/layout.ts";

const leaf = (pane: string): LayoutLeaf => ({
  type: "leaf",
  pane: pane as PaneId,
  content: { type: "terminal", terminal: pane as never },
});

function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

function randomTree(random: (below: number) => number): LayoutNode {
  let root: LayoutNode = leaf("0");
  for (let at = 1; at < 12; at++) {
    const all = leaves(root);
    const target = all[random(all.length)];
    if (target === undefined) break;
    const direction: Direction = random(2) === 0 ? "row" : "column";
    root = splitPane(root, target.pane, direction, leaf(String(at)));
    if (random(3) === 0) root = resizePane(root, target.pane, direction, (random(100) - 50) / 100);
    if (random(5) === 0) root = removePane(root, target.pane) ?? root;
  }
  return root;
}

test("panes and dividers cover every cell exactly once", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const root = randomTree(random);
    layoutNodeSchema.parse(root);
    const width = 60 + random(140);
    const height = 40 + random(30);
    const { panes, dividers } = arrange(root, { x: 0, y: 0, width, height });
    const cells = new Uint8Array(width * height);
    for (const { x, y, width: w, height: h } of [...panes.map((pane) => pane.rect), ...dividers]) {
      for (let row = y; row < y + h; row++)
        for (let col = x; col < x + w; col++) cells[row * width + col] = (cells[row * width + col] ?? 0) + 1;
    }
    assert.ok(
      cells.every((count) => count === 1),
      `seed ${seed}`,
    );
  }
});

test("a rectangle that is too small gives panes without room, never negative ones", () => {
  for (let seed = 0; seed < 50; seed++) {
    const { panes } = arrange(randomTree(seeded(seed)), { x: 0, y: 0, width: seed % 9, height: seed % 5 });
    assert.ok(panes.every(({ rect }) => rect.width >= 0 && rect.height >= 0));
  }
});

test("a split gives the newcomer half of the pane's share, in the same row where it fits", () => {
  const two = splitPane(leaf("a"), "a" as PaneId, "row", leaf("b"));
  const three = splitPane(two, "b" as PaneId, "row", leaf("c"));
  assert.ok(three.type === "split");
  assert.deepEqual(three.weights, [1, 0.5, 0.5]);
});

test("removing the last pane leaves nothing, removing one of two leaves the other", () => {
  assert.equal(removePane(leaf("a"), "a" as PaneId), null);
  const two = splitPane(leaf("a"), "a" as PaneId, "column", leaf("b"));
  assert.deepEqual(removePane(two, "a" as PaneId), leaf("b"));
});

test("the neighbour is the pane that shares most of the edge", () => {
  const columns = splitPane(leaf("a"), "a" as PaneId, "row", leaf("b"));
  const root = splitPane(columns, "b" as PaneId, "column", leaf("c"));
  const arrangement = arrange(root, { x: 0, y: 0, width: 81, height: 21 });
  assert.equal(neighbour(arrangement, "b" as PaneId, "left"), "a");
  assert.equal(neighbour(arrangement, "b" as PaneId, "down"), "c");
  assert.equal(neighbour(arrangement, "a" as PaneId, "left"), null);
});

test("tiling keeps every pane and makes rows of equal shares", () => {
  const root = tile(randomTree(seeded(3)));
  assert.deepEqual(new Set(leaves(root).map((one) => one.pane)), new Set(leaves(randomTree(seeded(3))).map((one) => one.pane)));
});
