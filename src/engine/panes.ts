// Layout commands as pure steps: what a tab looks like afterwards. Facts carry whole tabs.

import type { AgentId, PaneId, TabId, TerminalId } from "../domain/ids.ts";
import { findLeaf, type LayoutLeaf, leaves, type PaneContent, removePane, splitPane } from "../domain/layout.ts";
import type { FactBody, Place } from "../domain/protocol.ts";
import type { Tab, Workspace } from "../domain/workspace.ts";

export function tabOfPane(workspace: Workspace, pane: PaneId): Tab | undefined {
  return workspace.tabs.find((tab) => findLeaf(tab.root, pane) !== undefined);
}

export function panesOf(workspace: Workspace, content: AgentId | TerminalId): PaneId[] {
  return workspace.tabs.flatMap((tab) =>
    leaves(tab.root)
      .filter((leaf) => (leaf.content.type === "agent" ? leaf.content.agent === content : leaf.content.terminal === content))
      .map((leaf) => leaf.pane),
  );
}

/** The fact that puts new content on the screen; null for `nowhere`. A place whose pane is gone becomes a tab. */
export function placeContent(workspace: Workspace, place: Place, pane: PaneId, content: PaneContent, newTab: () => TabId): FactBody | null {
  if (place.type === "nowhere") return null;
  const leaf: LayoutLeaf = { type: "leaf", pane, content };
  const tab = place.type === "beside" ? tabOfPane(workspace, place.pane) : undefined;
  if (place.type === "beside" && tab !== undefined) {
    return { type: "tab.set", tab: { ...tab, root: splitPane(tab.root, place.pane, place.direction, leaf), zoomed: null } };
  }
  return { type: "tab.set", tab: { id: newTab(), name: "", root: leaf, zoomed: null } };
}

/** The fact that takes a pane off the screen: its tab without it, or no tab. */
export function dropPane(workspace: Workspace, pane: PaneId): FactBody | null {
  const tab = tabOfPane(workspace, pane);
  if (tab === undefined) return null;
  const root = removePane(tab.root, pane);
  if (root === null) return { type: "tab.closed", tab: tab.id };
  return { type: "tab.set", tab: { ...tab, root, zoomed: tab.zoomed === pane ? null : tab.zoomed } };
}
