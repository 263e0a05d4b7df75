// What a user does with the layout: swap, rotate, presets, tabs out of panes and back, borders by key, input to all.

import type { PaneId, TabId } from "../domain/ids.ts";
import { type Direction, type LayoutLeaf, leaves, type Side } from "../domain/layout.ts";
import { borderOf, nextPreset, type Preset } from "../domain/layout-moves.ts";
import type { Tab } from "../domain/workspace.ts";
import type { Effect } from "./effects.ts";
import { arrangeScreen } from "./geometry.ts";
import { keyHint } from "./key-hint.ts";
import { focusPane, goToTab, isAlone, paneTitle, sideNeighbour } from "./pane-actions.ts";
import { command, purposeOf } from "./purpose.ts";
import { activeTab, agentOf, findTerminal, focusedPane, isWorking, openOverlay, setAlert, type Ui } from "./view.ts";

const status = purposeOf("status");
const none: Effect[] = [];

interface Here {
  readonly tab: Tab;
  readonly pane: LayoutLeaf;
}

function here(ui: Ui): Here | null {
  const tab = activeTab(ui);
  const pane = focusedPane(ui);
  return tab === undefined || pane === undefined ? null : { tab, pane };
}

/** Changes places with the pane before or after, in the order of the tab; the focus goes along. */
export function swapStep(ui: Ui, by: 1 | -1): Effect[] {
  const at = here(ui);
  if (at === null) return none;
  const all = leaves(at.tab.root);
  const index = all.findIndex((leaf) => leaf.pane === at.pane.pane);
  return swapWith(ui, at.pane.pane, all[(index + by + all.length) % all.length]?.pane ?? null);
}

export function swapToward(ui: Ui, side: Side): Effect[] {
  const at = here(ui);
  return at === null ? none : swapWith(ui, at.pane.pane, sideNeighbour(ui, side));
}

function swapWith(ui: Ui, pane: PaneId, other: PaneId | null): Effect[] {
  if (other === null) setAlert(ui, "there is no pane at that side");
  if (other === null || (other === pane && isAlone(ui))) return none;
  // The zoomed pane may not be the one that is meant to stay.
  keepFocus(ui, pane);
  return [command({ type: "pane.swap", pane, other }, status)];
}

/** A tab that was zoomed shows all its panes again: the one that had the screen keeps the focus. */
function keepFocus(ui: Ui, pane: PaneId): void {
  const tab = activeTab(ui);
  if (tab !== undefined) focusPane(ui, tab.id, pane);
}

/** The panes move on, the focus stays where it is on the screen, as in tmux. */
export function rotate(ui: Ui, by: 1 | -1): Effect[] {
  const at = here(ui);
  if (at === null) return none;
  const all = leaves(at.tab.root);
  if (isAlone(ui)) return none;
  const index = all.findIndex((leaf) => leaf.pane === at.pane.pane);
  const next = all[(index - by + all.length) % all.length];
  if (next !== undefined) focusPane(ui, at.tab.id, next.pane);
  return [command({ type: "tab.rotate", tab: at.tab.id, by }, status)];
}

export function arrangeTab(ui: Ui, preset: Preset | null): Effect[] {
  const at = here(ui);
  if (at === null) return none;
  if (at.tab.root.type === "leaf") {
    setAlert(ui, "this tab has one pane; there is nothing to lay out");
    return none;
  }
  const wanted = preset ?? nextPreset(at.tab.root);
  keepFocus(ui, at.pane.pane);
  setAlert(ui, wanted);
  return [command({ type: "tab.arrange", tab: at.tab.id, preset: wanted }, status)];
}

export function spread(ui: Ui): Effect[] {
  const pane = focusedPane(ui);
  return pane === undefined || isAlone(ui) ? none : [command({ type: "pane.spread", pane: pane.pane }, status)];
}

/** Into a tab of its own; the focus goes along. */
export function breakOut(ui: Ui): Effect[] {
  const pane = focusedPane(ui);
  return pane === undefined ? none : [command({ type: "pane.move", pane: pane.pane, place: { type: "tab" } }, purposeOf("made"))];
}

/** Brings a pane of another tab here, along the longer side of the focused one. */
export function joinPane(ui: Ui, pane: PaneId): Effect[] {
  const target = focusedPane(ui);
  if (target === undefined) return none;
  const rect = arrangeScreen(ui).panes.find((parts) => parts.pane === target.pane)?.rect;
  // A cell is about twice as high as it is wide.
  const direction: Direction = rect !== undefined && rect.width > 2 * rect.height ? "row" : "column";
  return [command({ type: "pane.move", pane, place: { type: "beside", pane: target.pane, direction } }, purposeOf("made"))];
}

/** By key: the border of the focused pane goes so many cells to a side, as far as its neighbours can still be read. */
export function resizeBy(ui: Ui, side: Side, cells: number): Effect[] {
  const at = here(ui);
  if (at === null) return none;
  const direction: Direction = side === "left" || side === "right" ? "row" : "column";
  const { dividers, isCrowded, shape } = arrangeScreen(ui);
  if (at.tab.zoomed !== null || isCrowded || shape === "single") {
    setAlert(
      ui,
      at.tab.zoomed !== null ? `the pane is zoomed; ${keyHint(ui, "pane.zoom")} shows the others` : "one pane is shown at a time here",
    );
    return none;
  }
  const border = borderOf(at.tab.root, at.pane.pane, direction);
  const divider = dividers.find((each) => each.before === border?.before && each.after === border.after && each.direction === direction);
  if (divider === undefined) return none;
  const from = direction === "row" ? divider.x : divider.y;
  const wanted = from + (side === "right" || side === "down" ? cells : -cells);
  const to = Math.max(Math.min(divider.least, from), Math.min(Math.max(divider.most, from), wanted));
  if (to === from) return none;
  return [command({ type: "pane.resize", pane: at.pane.pane, direction, share: (to - from) / divider.room }, status)];
}

// Tabs ----------------------------------------------------------------------------------------------------------------

export function goToLastTab(ui: Ui): Effect[] {
  const last = ui.workspace?.tabs.find((tab) => tab.id === ui.view.lastTab);
  if (last === undefined) setAlert(ui, "there is no tab that you came from");
  else goToTab(ui, last.id);
  return none;
}

/** Tab numbers as the user sees them, from 1. */
export function moveTab(tab: TabId, to: number): Effect[] {
  return [command({ type: "tab.move", tab, to: Math.max(0, to - 1) }, status)];
}

export function stepTabPlace(ui: Ui, by: 1 | -1): Effect[] {
  const tabs = ui.workspace?.tabs ?? [];
  const tab = activeTab(ui);
  if (tab === undefined || tabs.length < 2) return none;
  const to = (tabs.indexOf(tab) + by + tabs.length) % tabs.length;
  return [command({ type: "tab.move", tab: tab.id, to }, status)];
}

/** Asks first, and says what would be lost. */
export function askCloseTab(ui: Ui): Effect[] {
  const tab = activeTab(ui);
  if (tab === undefined) return none;
  const all = leaves(tab.root);
  const working = all.filter((leaf) => isBusy(ui, leaf));
  const more = working.length > 6 ? [`  and ${working.length - 6} more`] : [];
  openOverlay(ui, {
    type: "confirm",
    title: `close the tab with ${all.length} ${all.length === 1 ? "pane" : "panes"}?`,
    lines: [
      working.length === 0 ? "nothing runs in it" : "this still runs, and is ended:",
      ...working.slice(0, 6).map((leaf) => `  ${paneTitle(ui, leaf)}`),
      ...more,
      "conversations are kept",
    ],
    answers: [
      { chord: "y", label: "close it", effects: [command({ type: "tab.close", tab: tab.id }, status)] },
      { chord: "n", label: "keep it", effects: [] },
    ],
  });
  return none;
}

function isBusy(ui: Ui, leaf: LayoutLeaf): boolean {
  if (leaf.content.type === "terminal") return findTerminal(ui, leaf.content.terminal)?.exitCode === null;
  const agent = agentOf(ui, leaf);
  return agent !== undefined && isWorking(agent);
}

export function toggleSync(ui: Ui): Effect[] {
  const tab = activeTab(ui);
  if (tab === undefined) return none;
  const isSynced = tab.isSynced !== true;
  setAlert(ui, isSynced ? "what you type here goes to every pane of this tab" : "what you type goes to the focused pane alone");
  return [command({ type: "tab.sync", tab: tab.id, isSynced }, status)];
}

// Programs ------------------------------------------------------------------------------------------------------------

/** Runs the pane's program again: at once where it has ended, after asking where it still runs. */
export function respawn(ui: Ui): Effect[] {
  const pane = focusedPane(ui);
  const terminal = pane?.content.type === "terminal" ? findTerminal(ui, pane.content.terminal) : undefined;
  if (terminal === undefined || terminal.argv === undefined) {
    setAlert(ui, "only a plain terminal's program can be run again");
    return none;
  }
  const effect = command({ type: "terminal.respawn", terminal: terminal.id }, status);
  if (terminal.exitCode !== null) return [effect];
  openOverlay(ui, {
    type: "confirm",
    title: `run ${terminal.title} again?`,
    lines: ["it is still running and is ended first"],
    answers: [
      { chord: "y", label: "end it and run it again", effects: [effect] },
      { chord: "n", label: "leave it", effects: [] },
    ],
  });
  return none;
}
