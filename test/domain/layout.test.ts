// Layout: every tree fills its rectangle exactly, whatever is split, closed or resized.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PaneId } from "../../src/domain/ids.ts";
import {
  arrange,
  type Direction,
  fits,
  type LayoutLeaf,
  type LayoutNode,
  LEAST_PANE_COLS,
  LEAST_PANE_ROWS,
  layoutNodeSchema,
  leaves,
  neighbour,
  removePane,
  splitPane,
} from "../../src/domain/layout.ts";
import { arrangeBy, borderOf, moveBorder, nextPreset, presets, resizePane, rotatePanes, tile } from "../../src/domain/layout-moves.ts";
import { chanceOf } from "../support/chance.ts";

const leaf = (pane: string): LayoutLeaf => ({
  type: "leaf",
  pane: pane as PaneId,
  content: { type: "terminal", terminal: pane as never },
});

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
    const random = chanceOf(seed).below;
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
    const { panes } = arrange(randomTree(chanceOf(seed).below), { x: 0, y: 0, width: seed % 9, height: seed % 5 });
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
  const root = tile(randomTree(chanceOf(3).below));
  assert.deepEqual(new Set(leaves(root).map((one) => one.pane)), new Set(leaves(randomTree(chanceOf(3).below)).map((one) => one.pane)));
});

function isNormal(node: LayoutNode): boolean {
  if (node.type === "leaf") return true;
  return (
    node.children.length > 1 &&
    node.children.every((child) => (child.type === "leaf" || child.direction !== node.direction) && isNormal(child))
  );
}

test("no split stands in a split of its own direction, whatever was closed", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = chanceOf(seed).below;
    let root = randomTree(random);
    for (let count = leaves(root).length; count > 1; count--) {
      const all = leaves(root);
      root = removePane(root, all[random(all.length)]?.pane ?? ("" as PaneId)) ?? root;
      assert.ok(isNormal(root), `seed ${seed}: ${JSON.stringify(root)}`);
    }
  }
});

test("a border moved to a cell stands on that cell, and only its two neighbours change", () => {
  let looked = 0;
  for (let seed = 0; seed < 400; seed++) {
    const random = chanceOf(seed).below;
    const root = randomTree(random);
    const rect = { x: 3, y: 2, width: 400, height: 200 };
    const { dividers, panes } = arrange(root, rect);
    const divider = dividers[random(dividers.length)];
    if (divider === undefined || divider.least > divider.most || !fits({ panes, dividers })) continue;
    looked += 1;
    const to = divider.least + random(divider.most - divider.least + 1);
    const moved = moveBorder(root, divider.before, divider.after, (to - divider.start - divider.index) / divider.room);
    const after = arrange(moved, rect);
    const found = after.dividers.find((each) => each.before === divider.before && each.after === divider.after);
    assert.equal(divider.direction === "row" ? found?.x : found?.y, to, `seed ${seed}`);
    const outside = (each: { x: number; y: number; width: number; height: number }) =>
      divider.direction === "row"
        ? each.y + each.height <= divider.y || each.y >= divider.y + divider.height
        : each.x + each.width <= divider.x || each.x >= divider.x + divider.width;
    for (const [index, pane] of after.panes.entries()) {
      if (outside(pane.rect)) assert.deepEqual(pane, panes[index], `seed ${seed}`);
    }
  }
  assert.ok(looked > 30, `${looked} were large enough`);
});

test("the keys' step moves the border behind the pane by its cells, before it for the last one", () => {
  const two = splitPane(leaf("a"), "a" as PaneId, "row", leaf("b"));
  const root = splitPane(two, "b" as PaneId, "column", leaf("c"));
  assert.deepEqual(borderOf(root, "a" as PaneId, "row"), { before: "a", after: "b" });
  assert.deepEqual(borderOf(root, "c" as PaneId, "row"), { before: "a", after: "b" });
  assert.deepEqual(borderOf(root, "c" as PaneId, "column"), { before: "b", after: "c" });
  assert.equal(borderOf(root, "a" as PaneId, "column"), null);
  const widthOf = (node: LayoutNode) => arrange(node, { x: 0, y: 0, width: 101, height: 30 }).panes[0]?.rect.width;
  assert.equal(widthOf(resizePane(root, "a" as PaneId, "row", 5 / 100)), 55);
  assert.equal(widthOf(resizePane(root, "c" as PaneId, "row", -1 / 100)), 49);
});

test("a border may go as far as every pane behind it can still be read", () => {
  const two = splitPane(leaf("a"), "a" as PaneId, "row", leaf("b"));
  const three = splitPane(two, "b" as PaneId, "row", leaf("c"));
  const root = splitPane(three, "a" as PaneId, "column", leaf("d"));
  for (const divider of arrange(root, { x: 0, y: 0, width: 90, height: 24 }).dividers) {
    for (const at of [divider.least, divider.most]) {
      const moved = moveBorder(root, divider.before, divider.after, (at - divider.start - divider.index) / divider.room);
      const { panes } = arrange(moved, { x: 0, y: 0, width: 90, height: 24 });
      assert.ok(panes.every(({ rect }) => rect.width >= LEAST_PANE_COLS && rect.height >= LEAST_PANE_ROWS));
    }
  }
  assert.ok(!fits(arrange(root, { x: 0, y: 0, width: 10, height: 24 })));
});

test("presets keep the panes and their order, and Space goes through all that differ", () => {
  const root = randomTree(chanceOf(7).below);
  const order = leaves(root).map((each) => each.pane);
  for (const preset of presets)
    assert.deepEqual(
      leaves(arrangeBy(root, preset)).map((each) => each.pane),
      order,
      preset,
    );
  for (const count of [2, 3, 5]) {
    let node: LayoutNode = leaf("0");
    for (let at = 1; at < count; at++) node = splitPane(node, "0" as PaneId, "row", leaf(String(at)));
    const seen = new Set<string>();
    for (let step = 0; step < 2 * presets.length; step++) {
      const next = arrangeBy(node, nextPreset(node));
      assert.notDeepEqual(next, node, "each press changes something");
      node = next;
      seen.add(JSON.stringify(node));
    }
    assert.equal(seen.size, new Set(presets.map((preset) => JSON.stringify(arrangeBy(node, preset)))).size);
  }
  assert.deepEqual(arrangeBy(leaf("a"), "tiled"), leaf("a"));
});

test("rotating keeps the places and moves every pane by one", () => {
  const root = randomTree(chanceOf(11).below);
  const order = leaves(root).map((each) => each.pane);
  assert.deepEqual(
    leaves(rotatePanes(root, -1)).map((each) => each.pane),
    [...order.slice(1), ...order.slice(0, 1)],
  );
  assert.deepEqual(rotatePanes(rotatePanes(root, 1), -1), root);
});
