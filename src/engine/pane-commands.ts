// What the commands about panes and tabs do: each makes one fact, so that no reader sees a pane twice or nowhere.

import type { PaneId, TerminalId } from "../domain/ids.ts";
import { findLeaf, leaves, replaceContent } from "../domain/layout.ts";
import { arrangeBy, moveBorder, resizePane, rotatePanes, spreadEvenly, tile } from "../domain/layout-moves.ts";
import type { Command } from "../domain/protocol.ts";
import { findAgent, type Tab } from "../domain/workspace.ts";
import { type CommandResult, done, refuse } from "./command-result.ts";
import { type Moved, movePane, moveTab, panesOf, swapPanes, tabOfPane } from "./panes.ts";
import type { WorkspaceEngine } from "./workspace-engine.ts";

export type PaneCommand = Extract<Command, { type: `pane.${string}` | `tab.${string}` }>;

export function runPaneCommand(engine: WorkspaceEngine, command: PaneCommand): CommandResult | Promise<CommandResult> {
  switch (command.type) {
    case "pane.close":
      return closePane(engine, command.pane);
    case "pane.face":
      return setFace(engine, command);
    case "pane.zoom":
      return changeTabOf(engine, command.pane, (tab) => ({ ...tab, zoomed: tab.zoomed === command.pane ? null : command.pane }));
    case "pane.resize":
      return changeRoot(engine, command.pane, (tab) => resizePane(tab.root, command.pane, command.direction, command.share));
    case "pane.moveBorder":
      return changeRoot(engine, command.before, (tab) => moveBorder(tab.root, command.before, command.after, command.at));
    case "pane.spread":
      return changeRoot(engine, command.pane, (tab) => spreadEvenly(tab.root, command.pane));
    case "pane.swap":
      return emitMoved(engine, swapPanes(engine.workspace, command.pane, command.other));
    case "pane.move": {
      const moved = movePane(engine.workspace, command.pane, command.place, () => engine.options.ports.newId<Tab["id"]>("w"));
      const result = emitMoved(engine, moved);
      return result.ok ? { ...result, pane: command.pane } : result;
    }
    case "tab.tile":
      return changeTab(engine, command.tab, (tab) => ({ ...tab, root: tile(tab.root), zoomed: null }));
    case "tab.arrange":
      return changeTab(engine, command.tab, (tab) => ({ ...tab, root: arrangeBy(tab.root, command.preset), zoomed: null }));
    case "tab.rotate":
      return changeTab(engine, command.tab, (tab) => ({ ...tab, root: rotatePanes(tab.root, command.by), zoomed: null }));
    case "tab.rename":
      return changeTab(engine, command.tab, (tab) => ({ ...tab, name: command.name }));
    case "tab.move": {
      const tab = engine.workspace.tabs.find((open) => open.id === command.tab);
      return tab === undefined
        ? refuse("that tab is closed")
        : emitMoved(engine, { ok: true, fact: moveTab(engine.workspace, tab, command.to) });
    }
    case "tab.close":
      return closeTab(engine, command.tab);
    case "tab.sync":
      return changeTab(engine, command.tab, (tab) => ({ ...tab, isSynced: command.isSynced }));
    default:
      return command satisfies never;
  }
}

type TabChange = (tab: Tab) => Tab;

function changeRoot(engine: WorkspaceEngine, pane: PaneId, change: (tab: Tab) => Tab["root"]): CommandResult {
  return changeTabOf(engine, pane, (tab) => {
    const root = change(tab);
    return root === tab.root ? tab : { ...tab, root };
  });
}

function changeTabOf(engine: WorkspaceEngine, pane: PaneId, change: TabChange): CommandResult {
  const tab = tabOfPane(engine.workspace, pane);
  return tab === undefined ? refuse("that pane is closed") : changeTab(engine, tab.id, change);
}

function changeTab(engine: WorkspaceEngine, id: Tab["id"], change: TabChange): CommandResult {
  const tab = engine.workspace.tabs.find((open) => open.id === id);
  if (tab === undefined) return refuse("that tab is closed");
  const changed = change(tab);
  return done(changed === tab ? engine.workspace.seq : engine.emit({ type: "tab.set", tab: changed }));
}

function emitMoved(engine: WorkspaceEngine, moved: Moved): CommandResult {
  if (!moved.ok) return refuse(moved.reason);
  return done(moved.fact === null ? engine.workspace.seq : engine.emit(moved.fact));
}

async function closePane(engine: WorkspaceEngine, pane: PaneId): Promise<CommandResult> {
  const tab = tabOfPane(engine.workspace, pane);
  const leaf = tab === undefined ? undefined : findLeaf(tab.root, pane);
  if (leaf === undefined) return refuse("that pane is closed");
  if (leaf.content.type === "agent") await engine.closeAgent(leaf.content.agent);
  else await engine.closeTerminal(leaf.content.terminal);
  return done(engine.workspace.seq);
}

/** One after the other, so that what happens is in the journal in an order. */
async function closeTab(engine: WorkspaceEngine, id: Tab["id"]): Promise<CommandResult> {
  const tab = engine.workspace.tabs.find((open) => open.id === id);
  if (tab === undefined) return refuse("that tab is closed");
  for (const { pane } of leaves(tab.root)) await closePane(engine, pane);
  return done(engine.workspace.seq);
}

async function setFace(engine: WorkspaceEngine, command: Extract<PaneCommand, { type: "pane.face" }>): Promise<CommandResult> {
  const tab = tabOfPane(engine.workspace, command.pane);
  const leaf = tab === undefined ? undefined : findLeaf(tab.root, command.pane);
  if (leaf === undefined) return refuse("that pane is closed");
  const { content } = leaf;
  if (content.type !== "agent") return refuse("a plain terminal has one face");
  if (command.face !== "transcript") await engine.shellOf(content.agent);
  return changeRoot(engine, command.pane, (open) => replaceContent(open.root, command.pane, { ...content, face: command.face }));
}

export function typeInto(engine: WorkspaceEngine, terminal: TerminalId, data: string, chord?: string): void {
  const isAnySynced = engine.workspace.tabs.some((tab) => tab.isSynced);
  for (const target of isAnySynced ? inputTargets(engine, terminal) : [terminal]) engine.terminal(target)?.write(data, chord);
}

/** Where keys for a terminal go: itself, or in a synchronised tab every terminal that is on show there. */
export function inputTargets(engine: WorkspaceEngine, terminal: TerminalId): TerminalId[] {
  const { workspace } = engine;
  const owner = workspace.terminals.find((info) => info.id === terminal)?.agent ?? null;
  const [pane] = panesOf(workspace, owner ?? terminal);
  const tab = pane === undefined ? undefined : tabOfPane(workspace, pane);
  if (tab?.isSynced !== true) return [terminal];
  const shown = leaves(tab.root).flatMap(({ content }) => {
    if (content.type === "terminal") return [content.terminal];
    const own = content.face === "terminal" ? (findAgent(workspace, content.agent)?.terminal ?? null) : null;
    return own === null ? [] : [own];
  });
  return [...new Set([terminal, ...shown])];
}
