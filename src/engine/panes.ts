// Layout commands as pure steps: what a tab looks like afterwards. Facts carry whole tabs.

import type { AgentId, PaneId, TabId, TerminalId } from "../domain/ids.ts";
import { findLeaf, type LayoutLeaf, leaves, PANES_MAX, type PaneContent, removePane, replaceContent, splitPane } from "../domain/layout.ts";
import { mapLeaves } from "../domain/layout-moves.ts";
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

/** The fact that puts new content on the screen; null for `nowhere`. A place whose pane is gone, or whose tab is full, becomes a tab. */
export function placeContent(workspace: Workspace, place: Place, pane: PaneId, content: PaneContent, newTab: () => TabId): FactBody | null {
  if (place.type === "nowhere") return null;
  const leaf: LayoutLeaf = { type: "leaf", pane, content };
  const tab = place.type === "beside" ? tabOfPane(workspace, place.pane) : undefined;
  if (place.type === "beside" && tab !== undefined && leaves(tab.root).length < PANES_MAX) {
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

export type Moved = { readonly ok: true; readonly fact: FactBody | null } | { readonly ok: false; readonly reason: string };

const gone: Moved = { ok: false, reason: "that pane is closed" };

/** Takes a pane out of its place and puts it into another one. */
export function movePane(workspace: Workspace, pane: PaneId, place: Place, newTab: () => TabId): Moved {
  const from = tabOfPane(workspace, pane);
  const leaf = from === undefined ? undefined : findLeaf(from.root, pane);
  if (from === undefined || leaf === undefined) return gone;
  if (place.type === "nowhere") return { ok: false, reason: "a pane stands somewhere; close it to take it off the screen" };
  const rest = removePane(from.root, pane);
  const left: Tab | null = rest === null ? null : { ...from, root: rest, zoomed: null };
  const closed = rest === null ? [from.id] : [];
  if (place.type === "tab") {
    if (left === null) return { ok: false, reason: "this pane has the tab to itself already" };
    return { ok: true, fact: { type: "tabs.set", tabs: [left, { id: newTab(), name: "", root: leaf, zoomed: null }], closed } };
  }
  if (place.pane === pane) return { ok: false, reason: "a pane cannot stand beside itself" };
  const to = tabOfPane(workspace, place.pane);
  if (to === undefined) return { ok: false, reason: "the pane beside which it should stand is closed" };
  if (to.id === from.id) {
    if (left === null) return gone;
    return { ok: true, fact: { type: "tab.set", tab: { ...left, root: splitPane(left.root, place.pane, place.direction, leaf) } } };
  }
  if (leaves(to.root).length >= PANES_MAX) return { ok: false, reason: `that tab is full: it holds ${PANES_MAX} panes` };
  const joined: Tab = { ...to, root: splitPane(to.root, place.pane, place.direction, leaf), zoomed: null };
  return { ok: true, fact: { type: "tabs.set", tabs: left === null ? [joined] : [left, joined], closed } };
}

/** Two panes change places, also between tabs. */
export function swapPanes(workspace: Workspace, one: PaneId, other: PaneId): Moved {
  const tabs = [tabOfPane(workspace, one), tabOfPane(workspace, other)];
  const [from, to] = tabs;
  const first = from === undefined ? undefined : findLeaf(from.root, one);
  const second = to === undefined ? undefined : findLeaf(to.root, other);
  if (from === undefined || to === undefined || first === undefined || second === undefined) return gone;
  if (one === other) return { ok: true, fact: null };
  const swapped = (tab: Tab): Tab => ({
    ...tab,
    root: mapLeaves(tab.root, (leaf) => (leaf.pane === one ? second : leaf.pane === other ? first : leaf)),
    zoomed: null,
  });
  if (from.id === to.id) return { ok: true, fact: { type: "tab.set", tab: swapped(from) } };
  return { ok: true, fact: { type: "tabs.set", tabs: [swapped(from), swapped(to)], closed: [] } };
}

/** Another place among the tabs; null where it stands there. */
export function moveTab(workspace: Workspace, tab: Tab, to: number): FactBody | null {
  const others = workspace.tabs.filter((each) => each.id !== tab.id);
  const order = others.toSpliced(Math.min(to, others.length), 0, tab).map((each) => each.id);
  if (order.every((id, index) => id === workspace.tabs[index]?.id)) return null;
  return { type: "tabs.set", tabs: [], closed: [], order };
}

/** Shows another terminal in every pane that shows `from`. */
export function replaceTerminal(workspace: Workspace, from: TerminalId, to: TerminalId): FactBody {
  const panes = panesOf(workspace, from);
  const tabs = workspace.tabs.filter((tab) => panes.some((pane) => findLeaf(tab.root, pane) !== undefined));
  const root = (tab: Tab) => panes.reduce((node, pane) => replaceContent(node, pane, { type: "terminal", terminal: to }), tab.root);
  return { type: "tabs.set", tabs: tabs.map((tab) => ({ ...tab, root: root(tab) })), closed: [] };
}
