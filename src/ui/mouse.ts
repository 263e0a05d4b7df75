// The mouse: a click gives a pane the focus or opens what lies under it, the wheel scrolls what it is over.

import type { Rect } from "../domain/layout.ts";
import { findAgent } from "../domain/workspace.ts";
import { scrollApproval } from "./approval-actions.ts";
import type { CommandTable } from "./command-row.ts";
import type { Effect } from "./effects.ts";
import { arrangeScreen, type Geometry, type PaneParts } from "./geometry.ts";
import { scrollInbox } from "./inbox.ts";
import type { InputEvent } from "./key-types.ts";
import { moveSelection } from "./list.ts";
import { focusPane, goToAgent, openTab } from "./pane-actions.ts";
import { transcriptLines } from "./pane-lines.ts";
import { scrollPane, scrollTop } from "./scroll.ts";
import { sidebarLines, sideline, type Target } from "./sidebar.ts";
import { paneTabLine, topLine } from "./top-line.ts";
import { activeTab, focusedPane, topOverlay, type Ui } from "./view.ts";

type MouseEvent = Extract<InputEvent, { type: "mouse" }>;

const WHEEL_LINES = 3;

function isIn(rect: Rect | null | undefined, x: number, y: number): boolean {
  return rect !== null && rect !== undefined && x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
}

function hit<T>(targets: readonly Target<T>[], x: number): T | undefined {
  return targets.find((target) => x >= target.x && x < target.x + target.width)?.value;
}

export function onMouse(ui: Ui, event: MouseEvent, table: CommandTable): Effect[] {
  const geometry = arrangeScreen(ui);
  if (geometry.shape === "sentence") return [];
  if (event.action === "wheelup" || event.action === "wheeldown") return onWheel(ui, event, geometry, table);
  if (event.action !== "press" || event.button !== "left" || topOverlay(ui) !== undefined) return [];
  const { x, y } = event;
  if (isIn(geometry.top, x, y)) return clickTop(ui, geometry, x);
  if (isIn(geometry.sidebar, x, y) && geometry.sidebar !== null) {
    const agent = sidebarLines(ui, geometry.sidebar.width, geometry.sidebar.height)[y - geometry.sidebar.y]?.agent;
    return agent === null || agent === undefined ? [] : goToAgent(ui, agent);
  }
  if (isIn(geometry.sideline, x, y)) {
    const agent = hit(sideline(ui, ui.cols).targets, x);
    return agent === undefined ? [] : goToAgent(ui, agent);
  }
  const parts = geometry.panes.find(({ rect }) => isIn(rect, x, y));
  return parts === undefined ? [] : clickPane(ui, parts, x, y);
}

function clickTop(ui: Ui, geometry: Geometry, x: number): Effect[] {
  const { targets } = geometry.shape === "single" ? paneTabLine(ui, ui.cols) : topLine(ui, ui.cols);
  const target = hit(targets, x);
  const tab = activeTab(ui);
  if (target === undefined) return [];
  switch (target.type) {
    case "tab":
      ui.view.tab = target.tab;
      return [];
    case "pane":
      if (tab !== undefined) focusPane(ui, tab.id, target.pane);
      return [];
    case "newTab":
      return openTab(ui);
    default:
      return target satisfies never;
  }
}

function clickPane(ui: Ui, parts: PaneParts, x: number, y: number): Effect[] {
  const tab = activeTab(ui);
  const wasFocused = parts.isFocused;
  if (tab !== undefined) focusPane(ui, tab.id, parts.pane);
  if (isIn(parts.grid?.rect, x, y) && parts.content.type === "agent") ui.view.inTerminal.add(parts.pane);
  else ui.view.inTerminal.delete(parts.pane);
  // The click that brings the focus does only that.
  if (wasFocused && isIn(parts.body, x, y)) unfoldAt(ui, parts, y);
  return [];
}

/** Folds or unfolds the item under a row. */
function unfoldAt(ui: Ui, parts: PaneParts, y: number): void {
  const { body, content } = parts;
  const agent = content.type === "agent" && ui.workspace !== null ? findAgent(ui.workspace, content.agent) : undefined;
  if (body === null || agent === undefined) return;
  const { lines, anchors } = transcriptLines(ui, agent, parts.pane, body.width);
  const { top } = scrollTop(ui, parts.pane, lines.length, body.height);
  const line = top + y - body.y;
  const anchor = anchors.findLast((each) => each.line <= line);
  // Only the item's own first line: a click into its output must not close it.
  if (anchor === undefined || anchor.line !== line) return;
  if (!ui.view.unfolded.delete(anchor.item)) ui.view.unfolded.add(anchor.item);
}

function onWheel(ui: Ui, event: MouseEvent, geometry: Geometry, table: CommandTable): Effect[] {
  const by = event.action === "wheelup" ? -WHEEL_LINES : WHEEL_LINES;
  const overlay = topOverlay(ui);
  if (overlay !== undefined) {
    if (overlay.type === "list") return moveSelection(ui, table, Math.sign(by));
    if (overlay.type === "text") overlay.top = Math.max(0, overlay.top + by);
    return overlay.type === "inbox" ? scrollInbox(ui, by) : [];
  }
  const parts = geometry.panes.find(({ rect }) => isIn(rect, event.x, event.y));
  if (parts === undefined) return [];
  const isFocused = parts.pane === focusedPane(ui)?.pane;
  if (isFocused && isIn(parts.approval, event.x, event.y) && scrollApproval(ui, by)) return [];
  return scrollPane(ui, parts.pane, by);
}
