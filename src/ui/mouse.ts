// The mouse: a click gives a pane the focus or opens what lies under it, the wheel scrolls what it is over.

import { findAgent } from "../domain/workspace.ts";
import { scrollApproval } from "./approval-actions.ts";
import { onBorder } from "./border-drag.ts";
import type { CommandTable } from "./command-row.ts";
import { dragText, grabbingTerminal, partAt, passMouse, pressText, releaseText, wheelledTerminal, wheelText } from "./copy-mouse.ts";
import type { Effect } from "./effects.ts";
import { arrangeScreen, type Geometry, isIn, type PaneParts } from "./geometry.ts";
import { scrollInbox } from "./inbox.ts";
import type { InputEvent } from "./key-types.ts";
import { moveSelection } from "./list.ts";
import { focusPane, goToAgent, goToTab, openTab } from "./pane-actions.ts";
import { transcriptLines } from "./pane-lines.ts";
import { scrollPane, scrollTop } from "./scroll.ts";
import { sidebarLines, sideline, type Target } from "./sidebar.ts";
import { paneTabLine, topLine } from "./top-line.ts";
import { activeTab, focusedPane, topOverlay, type Ui } from "./view.ts";

type MouseEvent = Extract<InputEvent, { type: "mouse" }>;

const WHEEL_LINES = 3;

function hit<T>(targets: readonly Target<T>[], x: number): T | undefined {
  return targets.find((target) => x >= target.x && x < target.x + target.width)?.value;
}

export function onMouse(ui: Ui, event: MouseEvent, table: CommandTable): Effect[] {
  const geometry = arrangeScreen(ui);
  if (geometry.shape === "sentence") return [];
  const dragged = topOverlay(ui) === undefined ? onBorder(ui, event, geometry) : null;
  if (dragged !== null) return dragged;
  if (event.action === "wheelup" || event.action === "wheeldown") return onWheel(ui, event, geometry, table);
  if (event.action === "release" || event.action === "move") return onMove(ui, event, geometry);
  if (topOverlay(ui) !== undefined) return [];
  const { x, y } = event;
  const under = geometry.panes.find(({ rect }) => isIn(rect, x, y));
  const grabbing = under === undefined ? null : grabbingTerminal(ui, under, event);
  if (under !== undefined && grabbing !== null) {
    ui.view.grab = grabbing;
    return [...(event.button === "left" ? clickPane(ui, under, event) : []), ...passMouse(ui, grabbing, event)];
  }
  if (event.button !== "left") return [];
  if (isIn(geometry.top, x, y)) return clickTop(ui, geometry, x);
  if (isIn(geometry.sidebar, x, y) && geometry.sidebar !== null) {
    const agent = sidebarLines(ui, geometry.sidebar.width, geometry.sidebar.height)[y - geometry.sidebar.y]?.agent;
    return agent === null || agent === undefined ? [] : goToAgent(ui, agent);
  }
  if (isIn(geometry.sideline, x, y)) {
    const agent = hit(sideline(ui, ui.cols).targets, x);
    return agent === undefined ? [] : goToAgent(ui, agent);
  }
  return under === undefined ? [] : clickPane(ui, under, event);
}

/** The button is down, or has just been let go. */
function onMove(ui: Ui, event: MouseEvent, geometry: Geometry): Effect[] {
  const { grab } = ui.view;
  if (grab !== null) {
    if (event.action === "release") ui.view.grab = null;
    return passMouse(ui, grab, event);
  }
  if (event.action === "move") {
    dragText(ui, event);
    return [];
  }
  const drag = ui.view.textDrag;
  const effects = releaseText(ui);
  if (effects !== null || drag === null || drag.part !== "body" || !drag.wasFocused || drag.wasOpen) return effects ?? [];
  const parts = geometry.panes.find(({ pane }) => pane === drag.pane);
  if (parts !== undefined) unfoldAt(ui, parts, drag.y);
  return [];
}

function clickTop(ui: Ui, geometry: Geometry, x: number): Effect[] {
  const { targets } = geometry.shape === "single" ? paneTabLine(ui, ui.cols) : topLine(ui, ui.cols);
  const target = hit(targets, x);
  const tab = activeTab(ui);
  if (target === undefined) return [];
  switch (target.type) {
    case "tab":
      goToTab(ui, target.tab);
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

function clickPane(ui: Ui, parts: PaneParts, event: MouseEvent): Effect[] {
  const { x, y } = event;
  const tab = activeTab(ui);
  if (tab !== undefined) focusPane(ui, tab.id, parts.pane);
  if (isIn(parts.grid?.rect, x, y) && parts.content.type === "agent") ui.view.inTerminal.add(parts.pane);
  else ui.view.inTerminal.delete(parts.pane);
  // What it does besides is seen when the button is let go: it may become a selection.
  const part = partAt(parts, x, y);
  if (part !== null && ui.view.grab === null) pressText(ui, parts, part, event);
  return [];
}

/** Folds or unfolds the item under a row. */
function unfoldAt(ui: Ui, parts: PaneParts, y: number): void {
  const { body, content } = parts;
  const agent = content.type === "agent" && ui.workspace !== null ? findAgent(ui.workspace, content.agent) : undefined;
  if (body === null || agent === undefined) return;
  const { lines, anchors } = transcriptLines(ui, agent, parts.pane, body.width, body.height);
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
  const grabbing = grabbingTerminal(ui, parts, event) ?? wheelledTerminal(ui, parts, event);
  if (grabbing !== null) return passMouse(ui, grabbing, event);
  const part = partAt(parts, event.x, event.y);
  const scrolled = part === null ? null : wheelText(ui, parts, part, by);
  if (scrolled !== null) return scrolled;
  return scrollPane(ui, parts.pane, by);
}
