// What can be done to a tab's tree once it stands: borders move, panes swap and rotate, presets lay them out anew.

import type { PaneId } from "./ids.ts";
import { type Direction, findLeaf, type LayoutLeaf, type LayoutNode, type LayoutSplit, leaves } from "./layout.ts";

// Borders -------------------------------------------------------------------------------------------------------------

/** The least share of its split that a border leaves a child. What can be read on a screen is the client's to see to. */
const LEAST_SHARE = 1 / 500;

/** The innermost split along `direction` that holds `pane`, and the child in it. */
function splitAround(root: LayoutNode, pane: PaneId, direction: Direction): { split: LayoutSplit; index: number } | null {
  if (root.type === "leaf") return null;
  const index = root.children.findIndex((child) => findLeaf(child, pane) !== undefined);
  const child = root.children[index];
  if (child === undefined) return null;
  return splitAround(child, pane, direction) ?? (root.direction === direction ? { split: root, index } : null);
}

function replaceSplit(root: LayoutNode, from: LayoutSplit, to: LayoutSplit): LayoutNode {
  if (root === from) return to;
  if (root.type === "leaf") return root;
  const index = root.children.findIndex((child) => replaceSplit(child, from, to) !== child);
  const child = root.children[index];
  return child === undefined ? root : { ...root, children: root.children.with(index, replaceSplit(child, from, to)) };
}

/** Which border `resizePane` moves: the one behind the pane, or before it where it is the last. Named by first panes. */
export function borderOf(root: LayoutNode, pane: PaneId, direction: Direction): { before: PaneId; after: PaneId } | null {
  const around = splitAround(root, pane, direction);
  if (around === null) return null;
  const first = Math.min(around.index, around.split.children.length - 2);
  const [before, after] = around.split.children.slice(first, first + 2).map((child) => leaves(child)[0]?.pane);
  return before === undefined || after === undefined ? null : { before, after };
}

/** Moves the border of `pane` along `direction` by `share` of the split's whole (−1 … 1); the neighbour gives or takes. */
export function resizePane(root: LayoutNode, pane: PaneId, direction: Direction, share: number): LayoutNode {
  const around = splitAround(root, pane, direction);
  if (around === null) return root;
  const { split, index } = around;
  return shiftBorder(root, split, Math.min(index, split.children.length - 2), share);
}

/** Moves the border between two neighbours so that `at` of their split's whole (0 … 1) lies before it. */
export function moveBorder(root: LayoutNode, before: PaneId, after: PaneId, at: number): LayoutNode {
  const split = commonSplit(root, before, after);
  if (split === null) return root;
  const index = split.children.findIndex((child) => findLeaf(child, before) !== undefined);
  const next = split.children[index + 1];
  if (next === undefined || findLeaf(next, after) === undefined) return root;
  const sum = sumOf(split.weights);
  return shiftBorder(root, split, index, at - sumOf(split.weights.slice(0, index + 1)) / sum);
}

function shiftBorder(root: LayoutNode, split: LayoutSplit, index: number, share: number): LayoutNode {
  const sum = sumOf(split.weights);
  const a = split.weights[index] ?? 1;
  const b = split.weights[index + 1] ?? 1;
  const least = Math.min(sum * LEAST_SHARE, a, b);
  const moved = Math.max(least - a, Math.min(b - least, share * sum));
  if (moved === 0 || a + moved <= 0 || b - moved <= 0) return root;
  return replaceSplit(root, split, { ...split, weights: split.weights.with(index, a + moved).with(index + 1, b - moved) });
}

function commonSplit(root: LayoutNode, a: PaneId, b: PaneId): LayoutSplit | null {
  if (root.type === "leaf") return null;
  const holder = root.children.find((child) => findLeaf(child, a) !== undefined);
  if (holder === undefined || findLeaf(root, b) === undefined) return null;
  return findLeaf(holder, b) === undefined ? root : commonSplit(holder, a, b);
}

function sumOf(weights: readonly number[]): number {
  return weights.reduce((a, b) => a + b, 0);
}

/** Gives the pane and those beside it in its split the same share. */
export function spreadEvenly(root: LayoutNode, pane: PaneId): LayoutNode {
  if (root.type === "leaf") return root;
  const holdsIt = root.children.some((child) => child.type === "leaf" && child.pane === pane);
  if (holdsIt) return { ...root, weights: root.children.map(() => 1) };
  return { ...root, children: root.children.map((child) => spreadEvenly(child, pane)) };
}

// Places --------------------------------------------------------------------------------------------------------------

/** Puts other leaves into the same places: `leafFor` is asked for each one that stands there now. */
export function mapLeaves(root: LayoutNode, leafFor: (leaf: LayoutLeaf) => LayoutLeaf): LayoutNode {
  if (root.type === "leaf") return leafFor(root);
  return { ...root, children: root.children.map((child) => mapLeaves(child, leafFor)) };
}

/** Every pane goes one place back (`by` −1: the second becomes the first) or one on; the places stay. */
export function rotatePanes(root: LayoutNode, by: 1 | -1): LayoutNode {
  const all = leaves(root);
  let at = 0;
  return mapLeaves(root, (leaf) => {
    const moved = all[(at - by + all.length) % all.length] ?? leaf;
    at += 1;
    return moved;
  });
}

// Presets -------------------------------------------------------------------------------------------------------------

export const presets = ["even-horizontal", "even-vertical", "main-horizontal", "main-vertical", "tiled"] as const;
export type Preset = (typeof presets)[number];

/** The main pane's weight against all the others together. */
const MAIN_WEIGHTS = [3, 2];

/** The same panes laid out anew, in their order; the first one is the main one. */
export function arrangeBy(root: LayoutNode, preset: Preset): LayoutNode {
  const all = leaves(root);
  const [main, ...others] = all;
  if (main === undefined || others.length === 0) return root;
  switch (preset) {
    case "even-horizontal":
      return joinNodes("row", all);
    case "even-vertical":
      return joinNodes("column", all);
    case "main-horizontal":
      return { type: "split", direction: "column", children: [main, joinNodes("row", others)], weights: MAIN_WEIGHTS };
    case "main-vertical":
      return { type: "split", direction: "row", children: [main, joinNodes("column", others)], weights: MAIN_WEIGHTS };
    case "tiled":
      return tile(root);
    default:
      return preset satisfies never;
  }
}

/** The preset after the one that stands, in their order; one that would change nothing is passed over. */
export function nextPreset(root: LayoutNode): Preset {
  const now = JSON.stringify(root);
  const shapes = presets.map((preset) => JSON.stringify(arrangeBy(root, preset)));
  const at = shapes.indexOf(now);
  const order = presets.map((_, step) => (at + 1 + step) % presets.length);
  return presets[order.find((index) => shapes[index] !== now) ?? 0] ?? "tiled";
}

/** As square as it gets, rows first. */
export function tile(root: LayoutNode): LayoutNode {
  const all = leaves(root);
  const perRow = Math.ceil(Math.sqrt(all.length));
  const rows: LayoutNode[] = [];
  for (let at = 0; at < all.length; at += perRow) rows.push(joinNodes("row", all.slice(at, at + perRow)));
  return joinNodes("column", rows);
}

function joinNodes(direction: Direction, nodes: LayoutNode[]): LayoutNode {
  const only = nodes[0];
  if (nodes.length === 1 && only !== undefined) return only;
  return { type: "split", direction, children: nodes, weights: nodes.map(() => 1) };
}
