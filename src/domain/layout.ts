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
}

export interface Arrangement {
  panes: { pane: PaneId; content: PaneContent; rect: Rect }[];
  dividers: Divider[];
}

/** Shares `total` cells among weights, one cell kept free between neighbours; no share under 1 while there is room. */
function shareCells(total: number, weights: readonly number[]): number[] {
  const room = Math.max(0, total - (weights.length - 1));
  const sum = weights.reduce((a, b) => a + b, 0);
  let used = 0;
  let before = 0;
  return weights.map((weight, index) => {
    before += weight;
    const left = weights.length - 1 - index;
    const wanted = Math.round((room * before) / sum) - used;
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
  let at = isRow ? rect.x : rect.y;
  node.children.forEach((child, index) => {
    const share = shares[index] ?? 0;
    place(child, isRow ? { ...rect, x: at, width: share } : { ...rect, y: at, height: share }, out);
    at += share;
    const end = isRow ? rect.x + rect.width : rect.y + rect.height;
    if (index < node.children.length - 1 && at < end) {
      out.dividers.push(
        isRow
          ? { x: at, y: rect.y, width: 1, height: rect.height, direction: "row" }
          : { x: rect.x, y: at, width: rect.width, height: 1, direction: "column" },
      );
      at += 1;
    }
  });
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

/** Takes a pane out; a split left with one child becomes that child. `null` when nothing is left. */
export function removePane(root: LayoutNode, pane: PaneId): LayoutNode | null {
  if (root.type === "leaf") return root.pane === pane ? null : root;
  const children: LayoutNode[] = [];
  const weights: number[] = [];
  root.children.forEach((child, index) => {
    const kept = removePane(child, pane);
    if (kept === null) return;
    children.push(kept);
    weights.push(root.weights[index] ?? 1);
  });
  if (children.length === 0) return null;
  if (children.length === 1) return children[0] ?? null;
  return { ...root, children, weights };
}

export function replaceContent(root: LayoutNode, pane: PaneId, content: PaneContent): LayoutNode {
  if (root.type === "leaf") return root.pane === pane ? { ...root, content } : root;
  return { ...root, children: root.children.map((child) => replaceContent(child, pane, content)) };
}

/** Moves the border of `pane` along `direction` by `share` of the split's whole (−1 … 1); the neighbour gives or takes. */
export function resizePane(root: LayoutNode, pane: PaneId, direction: Direction, share: number): LayoutNode {
  if (root.type === "leaf") return root;
  const index = root.children.findIndex((child) => findLeaf(child, pane) !== undefined);
  const child = root.children[index];
  if (child === undefined) return root;
  const deeper = resizePane(child, pane, direction, share);
  if (deeper !== child) return { ...root, children: root.children.with(index, deeper) };
  if (root.direction !== direction) return root;
  const isLast = index === root.children.length - 1;
  const [first, second] = isLast ? [index - 1, index] : [index, index + 1];
  const sum = root.weights.reduce((a, b) => a + b, 0);
  const a = root.weights[first] ?? 1;
  const b = root.weights[second] ?? 1;
  const least = sum / 50;
  const moved = Math.max(least - a, Math.min(b - least, share * sum));
  if (moved === 0 || a + moved <= 0 || b - moved <= 0) return root;
  return { ...root, weights: root.weights.with(first, a + moved).with(second, b - moved) };
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

/** A tiled arrangement of the same panes: as square as it gets, rows first. */
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
