// Which terminals rang while nobody looked: a mark on the pane, its tab and its agent until the pane has the focus.

import type { TerminalId } from "../domain/ids.ts";
import { type LayoutLeaf, leaves } from "../domain/layout.ts";
import type { Tab } from "../domain/workspace.ts";
import type { Effect } from "./effects.ts";
import { agentOf, findTerminal, focusedPane, type Ui } from "./view.ts";

/** Read beside a name; a word where there is room for one. */
export const BELL_MARK = "!";
export const BELL_WORD = "bell";

/** The user's own terminal rings too where its window is not in use, once until somebody has looked. */
export function onBell(ui: Ui, terminal: TerminalId): Effect[] {
  if (findTerminal(ui, terminal) === undefined) return [];
  const isNew = !ui.view.rung.has(terminal);
  ui.view.rung.add(terminal);
  seeBells(ui);
  return isNew && !ui.view.isOuterFocused ? [{ type: "bell" }] : [];
}

/** Whoever has the focus is looked at. */
export function seeBells(ui: Ui): void {
  const { rung } = ui.view;
  if (rung.size === 0 || !ui.view.isOuterFocused) return;
  const seen = terminalIn(ui, focusedPane(ui));
  if (seen !== null) rung.delete(seen);
}

export function hasRung(ui: Ui, terminal: TerminalId | null | undefined): boolean {
  return terminal !== null && terminal !== undefined && ui.view.rung.has(terminal);
}

export function paneHasRung(ui: Ui, pane: LayoutLeaf | undefined): boolean {
  return ui.view.rung.size > 0 && hasRung(ui, terminalIn(ui, pane));
}

export function tabHasRung(ui: Ui, tab: Tab): boolean {
  return ui.view.rung.size > 0 && leaves(tab.root).some((leaf) => paneHasRung(ui, leaf));
}

function terminalIn(ui: Ui, pane: LayoutLeaf | undefined): TerminalId | null {
  if (pane?.content.type === "terminal") return pane.content.terminal;
  return agentOf(ui, pane)?.terminal ?? null;
}
