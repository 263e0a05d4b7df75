// The tabs and their panes as a list: to go to one, or to bring a pane of another tab here.

import { leaves } from "../domain/layout.ts";
import type { Tab } from "../domain/workspace.ts";
import { cleanLine } from "./clean.ts";
import type { Effect } from "./effects.ts";
import { joinPane } from "./layout-actions.ts";
import type { ListRow } from "./list-row.ts";
import { focusPaneAnywhere, goToTab, paneTitle } from "./pane-actions.ts";
import { statusSpan, statusWords } from "./status-mark.ts";
import { tabLabel } from "./tab-label.ts";
import { activeTab, agentOf, closeOverlay, findTerminal, focusedPane, openOverlay, setAlert, type Ui } from "./view.ts";

type Kind = "places" | "join";

export function placeRows(ui: Ui, kind: Kind): ListRow[] {
  const here = activeTab(ui)?.id;
  return (ui.workspace?.tabs ?? []).flatMap((tab, index) => {
    if (kind === "join" && tab.id === here) return [];
    const panes = paneRows(ui, tab, index, { isIndented: kind === "places" });
    return kind === "join" ? panes : [tabRow(ui, tab, index), ...panes];
  });
}

function tabRow(ui: Ui, tab: Tab, index: number): ListRow {
  const count = leaves(tab.root).length;
  return {
    id: tab.id,
    search: `${index + 1} ${tab.name}`,
    text: tabLabel(ui, tab, index),
    right: `${count} ${count === 1 ? "pane" : "panes"}`,
    note: null,
    isMarked: tab.id === activeTab(ui)?.id,
    isDisabled: false,
  };
}

function paneRows(ui: Ui, tab: Tab, index: number, { isIndented }: { readonly isIndented: boolean }): ListRow[] {
  const focused = focusedPane(ui)?.pane;
  return leaves(tab.root).map((leaf) => {
    const agent = agentOf(ui, leaf);
    const terminal = leaf.content.type === "terminal" ? findTerminal(ui, leaf.content.terminal) : undefined;
    const title = cleanLine(paneTitle(ui, leaf));
    const mark = agent === undefined ? "$" : statusSpan(ui, agent.status).text;
    const ended = terminal?.exitCode == null ? "" : terminal.isLost === true ? "ended with the server" : `ended with ${terminal.exitCode}`;
    return {
      id: leaf.pane,
      search: `${index + 1} ${tab.name} ${title}`,
      text: `${isIndented ? "   " : ""}${mark} ${title}`,
      right: agent === undefined ? ended : statusWords(ui, agent),
      note: null,
      isMarked: leaf.pane === focused,
      isDisabled: false,
    };
  });
}

export function openPlaces(ui: Ui, kind: Kind): Effect[] {
  const rows = placeRows(ui, kind);
  if (kind === "join" && rows.length === 0) {
    setAlert(ui, "there is no pane in another tab");
    return [];
  }
  const selected =
    kind === "join"
      ? 0
      : Math.max(
          0,
          rows.findIndex((row) => row.id === focusedPane(ui)?.pane),
        );
  openOverlay(ui, { type: "list", kind, filter: "", selected, problem: null, agent: null, part: { type: "profiles" } });
  return [];
}

export function acceptPlace(ui: Ui, kind: Kind, row: ListRow | undefined): Effect[] {
  closeOverlay(ui);
  const tabs = ui.workspace?.tabs ?? [];
  const tab = tabs.find((each) => each.id === row?.id);
  const leaf = tabs.flatMap((each) => leaves(each.root)).find((each) => each.pane === row?.id);
  if (leaf !== undefined && kind === "join") return joinPane(ui, leaf.pane);
  if (leaf !== undefined) focusPaneAnywhere(ui, leaf.pane);
  else if (tab !== undefined) goToTab(ui, tab.id);
  return [];
}
