// Looking back in a pane: the view follows its end unless the user has left it; then it stays where it is.

import type { PaneId } from "../domain/ids.ts";
import { findLeaf, type LayoutLeaf } from "../domain/layout.ts";
import type { Effect } from "./effects.ts";
import { arrangeScreen, partsOf } from "./geometry.ts";
import { askOlder, forgetOlder } from "./older.ts";
import { transcriptLines } from "./pane-lines.ts";
import { agentOf, focusedPane, type Ui } from "./view.ts";

/** First line shown and the lines that came since the user left the end, for so many lines in so many rows. */
export function scrollTop(ui: Ui, pane: PaneId, total: number, height: number): { top: number; fresh: number } {
  const end = Math.max(0, total - height);
  const scroll = ui.view.scroll.get(pane);
  if (scroll === undefined || scroll.top >= end) return { top: end, fresh: 0 };
  return { top: Math.max(0, scroll.top), fresh: Math.max(0, total - scroll.seen) };
}

/** Moves a pane's transcript by lines; reaching the end follows it again, reaching the start asks for older items. */
export function scrollPane(ui: Ui, pane: PaneId, by: number): Effect[] {
  const parts = partsOf(arrangeScreen(ui), pane);
  const leaf = findPane(ui, pane);
  const agent = agentOf(ui, leaf);
  if (parts === undefined || parts.body === null || agent === undefined) return [];
  const { height } = parts.body;
  const total = transcriptLines(ui, agent, pane, parts.body.width, parts.body.height).lines.length;
  const end = Math.max(0, total - height);
  const { top } = scrollTop(ui, pane, total, height);
  const next = Math.max(0, Math.min(end, top + by));
  if (next >= end) followEnd(ui, pane);
  else ui.view.scroll.set(pane, { top: next, seen: ui.view.scroll.get(pane)?.seen ?? total });
  return next === 0 && by < 0 ? askOlder(ui, agent) : [];
}

function findPane(ui: Ui, pane: PaneId): LayoutLeaf | undefined {
  for (const tab of ui.workspace?.tabs ?? []) {
    const leaf = findLeaf(tab.root, pane);
    if (leaf !== undefined) return leaf;
  }
  return undefined;
}

/** A page less a line or two, as pagers do. */
function pageOf(ui: Ui, pane: PaneId): number {
  return Math.max(1, (partsOf(arrangeScreen(ui), pane)?.body?.height ?? 2) - 2);
}

export function scrollFocused(ui: Ui, how: "up" | "down" | "pageUp" | "pageDown" | "start" | "end"): Effect[] {
  const pane = focusedPane(ui)?.pane;
  if (pane === undefined) return [];
  const by = { up: -1, down: 1, pageUp: -pageOf(ui, pane), pageDown: pageOf(ui, pane), start: -1e9, end: 1e9 }[how];
  return scrollPane(ui, pane, by);
}

export function followEnd(ui: Ui, pane: PaneId | undefined): void {
  if (pane === undefined || !ui.view.scroll.delete(pane)) return;
  const agent = agentOf(ui, findPane(ui, pane));
  if (agent !== undefined) forgetOlder(ui, agent);
}
