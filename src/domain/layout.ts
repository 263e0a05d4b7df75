// How panes tile a tab: a tree of ratios. Words: a leaf is one pane; a split stacks its children in a row (side by side)
// or a column (one above the other); ratios are weights, sizes are never stored.

import { z } from "zod";
import { agentIdSchema, type PaneId, paneIdSchema, terminalIdSchema } from "./ids.ts";

export const faceSchema = z.enum(["transcript", "terminal", "both"]);
export type Face = z.infer<typeof faceSchema>;

export const paneContentSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("agent"), agent: agentIdSchema, face: faceSchema }),
  z.object({ type: z.literal("terminal"), terminal: terminalIdSchema }),
]);
export type PaneContent = z.infer<typeof paneContentSchema>;

export const directionSchema = z.enum(["row", "column"]);
/** `row`: children side by side. `column`: children one above the other. */
export type Direction = z.infer<typeof directionSchema>;

export interface LayoutLeaf {
  type: "leaf";
  pane: PaneId;
  content: PaneContent;
}
export interface LayoutSplit {
  type: "split";
  direction: Direction;
  children: LayoutNode[];
  /** One weight a child, each above 0; their sum means nothing. */
  weights: number[];
}
export type LayoutNode = LayoutLeaf | LayoutSplit;

export const layoutNodeSchema: z.ZodType<LayoutNode> = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("leaf"), pane: paneIdSchema, content: paneContentSchema }),
    z.object({
      type: z.literal("split"),
      direction: directionSchema,
      children: z.array(layoutNodeSchema).min(2).max(64),
      weights: z.array(z.number().positive()).min(2).max(64),
    }),
  ]),
);

/** Cells, from 0 at the top left. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A line between two neighbours of a split, one cell thick. */
export interface Divider extends Rect {
  direction: Direction;
  /** The first panes of what it parts: they name the border for as long as both stand. */
  before: PaneId;
  after: PaneId;
  /** How far the line may go without leaving a pane less than it needs; `least` > `most` where it cannot move. */
  least: number;
  most: number;
  /** Of the split, along its direction: its first cell, its cells without lines, and how many lines stand before this one. */
  start: number;
  room: number;
  index: number;
}

/** What splits and borders leave a pane: its title and one row below, wide enough to be read. */
export const LEAST_PANE_COLS = 8;
export const LEAST_PANE_ROWS = 2;
/** Under this a pane cannot be seen for what it is, or typed into. */
const SEEN_PANE_COLS = 3;
const SEEN_PANE_ROWS = 2;
/** As many as a split may have children; a tab holds no more panes than this. */
export const PANES_MAX = 64;

export interface Arrangement {
  panes: { pane: PaneId; content: PaneContent; rect: Rect }[];
  dividers: Divider[];
}

/** A border that a key moves by whole cells from a half one must not fall short for the last digit of a fraction. */
const HALF_NOISE = 1e-6;

/** Shares `total` cells among weights, one cell kept free between neighbours; no share under 1 while there is room. */
function shareCells(total: number, weights: readonly number[]): number[] {
  const room = Math.max(0, total - (weights.length - 1));
  const sum = weights.reduce((a, b) => a + b, 0);
  let used = 0;
  let before = 0;
  return weights.map((weight, index) => {
    before += weight;
    const left = weights.length - 1 - index;
    const wanted = Math.round((room * before) / sum + HALF_NOISE) - used;
    const share = Math.max(Math.min(1, room - used), Math.min(wanted, room - used - left));
    used += share;
    return share;
  });
}

/** Lays the tree into `rect`. Panes that get no room have width or height 0. */
export function arrange(root: LayoutNode, rect: Rect): Arrangement {
  const out: Arrangement = { panes: [], dividers: [] };
  place(root, rect, out);
  return out;
}

function place(node: LayoutNode, rect: Rect, out: Arrangement): void {
  if (node.type === "leaf") {
    out.panes.push({ pane: node.pane, content: node.content, rect });
    return;
  }
  const isRow = node.direction === "row";
  const shares = shareCells(isRow ? rect.width : rect.height, node.weights);
  const start = isRow ? rect.x : rect.y;
  const room = (isRow ? rect.width : rect.height) - (node.children.length - 1);
  let at = start;
  node.children.forEach((child, index) => {
    const share = shares[index] ?? 0;
    place(child, isRow ? { ...rect, x: at, width: share } : { ...rect, y: at, height: share }, out);
    at += share;
    const end = isRow ? rect.x + rect.width : rect.y + rect.height;
    const next = node.children[index + 1];
    if (next !== undefined && at < end) {
      const border = {
        direction: node.direction,
        before: firstPane(child),
        after: firstPane(next),
        least: at - share + leastCells(child, node.direction),
        most: at + (shares[index + 1] ?? 0) - leastCells(next, node.direction),
        start,
        room,
        index,
      };
      out.dividers.push(
        isRow
          ? { x: at, y: rect.y, width: 1, height: rect.height, ...border }
          : { x: rect.x, y: at, width: rect.width, height: 1, ...border },
      );
      at += 1;
    }
  });
}

/** What a part of the tree needs along a direction, so that each of its panes can be read. */
function leastCells(node: LayoutNode, along: Direction): number {
  if (node.type === "leaf") return along === "row" ? LEAST_PANE_COLS : LEAST_PANE_ROWS;
  const needs = node.children.map((child) => leastCells(child, along));
  return node.direction === along ? needs.reduce((sum, each) => sum + each, needs.length - 1) : Math.max(...needs);
}

/** Every pane has room enough to be seen and typed into. */
export function fits({ panes }: Arrangement): boolean {
  return panes.every(({ rect }) => rect.width >= SEEN_PANE_COLS && rect.height >= SEEN_PANE_ROWS);
}

function firstPane(node: LayoutNode): PaneId {
  if (node.type === "leaf") return node.pane;
  const [first] = node.children;
  if (first === undefined) throw new Error("a split without children");
  return firstPane(first);
}

export function leaves(root: LayoutNode): LayoutLeaf[] {
  return root.type === "leaf" ? [root] : root.children.flatMap(leaves);
}

export function findLeaf(root: LayoutNode, pane: PaneId): LayoutLeaf | undefined {
  return leaves(root).find((leaf) => leaf.pane === pane);
}

/** Puts `added` beside `pane`, in the same split where its direction fits; the newcomer takes half of the pane's share. */
export function splitPane(root: LayoutNode, pane: PaneId, direction: Direction, added: LayoutLeaf): LayoutNode {
  if (root.type === "leaf") {
    if (root.pane !== pane) return root;
    return { type: "split", direction, children: [root, added], weights: [1, 1] };
  }
  const index = root.children.findIndex((child) => child.type === "leaf" && child.pane === pane);
  if (index >= 0 && root.direction === direction) {
    const half = (root.weights[index] ?? 1) / 2;
    return {
      ...root,
      children: root.children.toSpliced(index + 1, 0, added),
      weights: root.weights.toSpliced(index, 1, half, half),
    };
  }
  return { ...root, children: root.children.map((child) => splitPane(child, pane, direction, added)) };
}

/** Takes a pane out; a split left with one child becomes that child, and joins the split around it. `null` when nothing is left. */
export function removePane(root: LayoutNode, pane: PaneId): LayoutNode | null {
  if (root.type === "leaf") return root.pane === pane ? null : root;
  const children: LayoutNode[] = [];
  const weights: number[] = [];
  root.children.forEach((child, index) => {
    const kept = removePane(child, pane);
    if (kept === null) return;
    const weight = root.weights[index] ?? 1;
    if (kept !== child && kept.type === "split" && kept.direction === root.direction) {
      const sum = kept.weights.reduce((a, b) => a + b, 0);
      children.push(...kept.children);
      weights.push(...kept.weights.map((each) => (each * weight) / sum));
    } else {
      children.push(kept);
      weights.push(weight);
    }
  });
  if (children.length === 0) return null;
  if (children.length === 1) return children[0] ?? null;
  return { ...root, children, weights };
}

export function replaceContent(root: LayoutNode, pane: PaneId, content: PaneContent): LayoutNode {
  if (root.type === "leaf") return root.pane === pane ? { ...root, content } : root;
  return { ...root, children: root.children.map((child) => replaceContent(child, pane, content)) };
}

export type Side = "left" | "right" | "up" | "down";

/** The pane next to `pane` on a side: of those that touch it, the one that shares most of its edge. */
export function neighbour(arrangement: Arrangement, pane: PaneId, side: Side): PaneId | null {
  const from = arrangement.panes.find((p) => p.pane === pane)?.rect;
  if (from === undefined) return null;
  let best: PaneId | null = null;
  let bestShared = 0;
  for (const { pane: id, rect } of arrangement.panes) {
    if (id === pane) continue;
    const touches =
      side === "left"
        ? rect.x + rect.width + 1 === from.x
        : side === "right"
          ? from.x + from.width + 1 === rect.x
          : side === "up"
            ? rect.y + rect.height + 1 === from.y
            : from.y + from.height + 1 === rect.y;
    if (!touches) continue;
    const shared =
      side === "left" || side === "right"
        ? Math.min(rect.y + rect.height, from.y + from.height) - Math.max(rect.y, from.y)
        : Math.min(rect.x + rect.width, from.x + from.width) - Math.max(rect.x, from.x);
    if (shared > bestShared) {
      bestShared = shared;
      best = id;
    }
  }
  return best;
}
