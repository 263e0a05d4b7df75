// How a tab is called: its number, its name, else what stands in it, and whether it is zoomed or synchronised, and whether a bell rang in it.

import { leaves } from "../domain/layout.ts";
import type { Tab } from "../domain/workspace.ts";
import { BELL_MARK, tabHasRung } from "./bells.ts";
import { cleanLine } from "./clean.ts";
import { terminalTitle } from "./terminal-title.ts";
import { agentOf, findTerminal, type Ui } from "./view.ts";
import { cutToWidth } from "./width.ts";

const NAME_COLS = 16;

/** `2:docs`; a tab without a name is called as its first pane. */
export function tabLabel(ui: Ui, tab: Tab, index: number): string {
  const name = cleanLine(tab.name) || firstTitle(ui, tab);
  const flags = `${tab.zoomed === null ? "" : "Z"}${tab.isSynced === true ? "S" : ""}${tabHasRung(ui, tab) ? BELL_MARK : ""}`;
  return `${index + 1}${name === "" ? "" : `:${cutToWidth(name, NAME_COLS)}`}${flags === "" ? "" : ` ${flags}`}`;
}

function firstTitle(ui: Ui, tab: Tab): string {
  const [leaf] = leaves(tab.root);
  const agent = agentOf(ui, leaf);
  const terminal = leaf?.content.type === "terminal" ? findTerminal(ui, leaf.content.terminal) : undefined;
  if (agent !== undefined) return cleanLine(agent.title);
  return terminal === undefined ? "" : terminalTitle(ui, terminal);
}
