// What a user does with panes and tabs: split, close, move the focus, zoom, resize, change the face.

import type { AgentId, PaneId, TabId } from "../domain/ids.ts";
import { arrange, type Direction, type Face, findLeaf, type LayoutLeaf, leaves, neighbour, type Side } from "../domain/layout.ts";
import type { Place } from "../domain/protocol.ts";
import type { Effect } from "./effects.ts";
import { arrangeScreen } from "./geometry.ts";
import { command, purposeOf } from "./purpose.ts";
import {
  activeTab,
  agentOf,
  findTerminal,
  focusedAgent,
  focusedPane,
  isWorking,
  listedAgents,
  openOverlay,
  placeOf,
  setAlert,
  type Ui,
} from "./view.ts";

const status = purposeOf("status");

export function focusPane(ui: Ui, tab: TabId, pane: PaneId): void {
  ui.view.tab = tab;
  ui.view.focus.set(tab, pane);
  if (ui.view.scrollMode !== pane) ui.view.scrollMode = null;
}

/** Looks for a pane in all tabs; false where there is none. */
export function focusPaneAnywhere(ui: Ui, pane: PaneId): boolean {
  const tab = ui.workspace?.tabs.find(({ root }) => findLeaf(root, pane) !== undefined);
  if (tab !== undefined) focusPane(ui, tab.id, pane);
  return tab !== undefined;
}

/** The zoomed pane is the shared one: going to another pane ends the zoom, so that it can be seen. */
function unzoomFor(ui: Ui, pane: PaneId): Effect[] {
  const tab = activeTab(ui);
  if (tab === undefined || tab.zoomed === null || tab.zoomed === pane) return [];
  return [command({ type: "pane.zoom", pane: tab.zoomed }, status)];
}

export function goToAgent(ui: Ui, agent: AgentId): Effect[] {
  const place = placeOf(ui, agent);
  if (place === undefined) {
    setAlert(ui, "this agent stands in no pane");
    return [];
  }
  focusPane(ui, place.tab.id, place.pane.pane);
  return unzoomFor(ui, place.pane.pane);
}

export function goToNumber(ui: Ui, number: number): Effect[] {
  const tabs = ui.workspace?.tabs ?? [];
  if (tabs.length > 1) {
    const tab = tabs[number - 1];
    if (tab === undefined) setAlert(ui, `there is no tab ${number}; there are ${tabs.length}`);
    else ui.view.tab = tab.id;
    return [];
  }
  const agent = listedAgents(ui).find((each) => each.number === number);
  if (agent !== undefined) return goToAgent(ui, agent.id);
  setAlert(ui, `there is no agent ${number}`);
  return [];
}

/** Moves the focus to the pane on a side; on a screen of one pane through them all. */
export function moveFocus(ui: Ui, side: Side): Effect[] {
  const tab = activeTab(ui);
  const pane = focusedPane(ui);
  if (tab === undefined || pane === undefined) return [];
  const { area, shape } = arrangeScreen(ui);
  if (shape === "single") return stepFocus(ui, side === "left" || side === "up" ? -1 : 1);
  const next = neighbour(arrange(tab.root, area), pane.pane, side);
  if (next === null) return [];
  focusPane(ui, tab.id, next);
  return unzoomFor(ui, next);
}

export function stepFocus(ui: Ui, by: 1 | -1): Effect[] {
  const tab = activeTab(ui);
  const pane = focusedPane(ui);
  if (tab === undefined || pane === undefined) return [];
  const all = leaves(tab.root);
  const at = all.findIndex((leaf) => leaf.pane === pane.pane);
  const next = all[(at + by + all.length) % all.length];
  if (next === undefined) return [];
  focusPane(ui, tab.id, next.pane);
  return unzoomFor(ui, next.pane);
}

export function stepTab(ui: Ui, by: 1 | -1): Effect[] {
  const tabs = ui.workspace?.tabs ?? [];
  const at = tabs.findIndex((tab) => tab.id === activeTab(ui)?.id);
  const next = tabs[(at + by + tabs.length) % tabs.length];
  if (next !== undefined) ui.view.tab = next.id;
  return [];
}

/** The next agent with a question, from the focused one on, by number. */
export function goToNeedy(ui: Ui): Effect[] {
  const needy = listedAgents(ui).filter((agent) => agent.status === "waiting");
  const from = focusedAgent(ui)?.number ?? 0;
  const next = needy.find((agent) => agent.number > from) ?? needy[0];
  if (next !== undefined) return goToAgent(ui, next.id);
  setAlert(ui, "no agent needs you");
  return [];
}

function besideFocused(ui: Ui, direction: Direction): Place {
  const pane = focusedPane(ui);
  return pane === undefined ? { type: "tab" } : { type: "beside", pane: pane.pane, direction };
}

/** A new agent beside the focused pane, in the focused agent's folder. */
export function splitAgent(ui: Ui, direction: Direction, profile?: string): Effect[] {
  return [spawn(ui, besideFocused(ui, direction), profile)];
}

export function openTab(ui: Ui, profile?: string): Effect[] {
  return [spawn(ui, { type: "tab" }, profile)];
}

function spawn(ui: Ui, place: Place, profile: string | undefined): Effect {
  const cwd = focusedAgent(ui)?.cwd;
  return command(
    {
      type: "agent.spawn",
      place,
      ...(profile === undefined ? {} : { profile }),
      ...(cwd === undefined ? {} : { cwd }),
    },
    purposeOf("made"),
  );
}

export function openTerminal(ui: Ui, argument: string): Effect[] {
  const argv = argument.trim() === "" ? undefined : ["sh", "-c", argument];
  const place = besideFocused(ui, "column");
  return [command({ type: "terminal.open", place, ...(argv === undefined ? {} : { argv }) }, purposeOf("made"))];
}

export function zoom(ui: Ui): Effect[] {
  const pane = focusedPane(ui);
  return pane === undefined ? [] : [command({ type: "pane.zoom", pane: pane.pane }, status)];
}

export function tileTab(ui: Ui): Effect[] {
  const tab = activeTab(ui);
  return tab === undefined ? [] : [command({ type: "tab.tile", tab: tab.id }, status)];
}

/** Milli-shares are enough: the border moves by about two cells of a usual screen. */
const RESIZE_SHARE = 0.03;

export function resize(ui: Ui, side: Side): Effect[] {
  const pane = focusedPane(ui);
  if (pane === undefined) return [];
  const direction: Direction = side === "left" || side === "right" ? "row" : "column";
  const share = side === "right" || side === "down" ? RESIZE_SHARE : -RESIZE_SHARE;
  return [command({ type: "pane.resize", pane: pane.pane, direction, share }, status)];
}

const nextFace: Record<Face, Face> = { transcript: "terminal", terminal: "both", both: "transcript" };

export function turnFace(ui: Ui): Effect[] {
  const pane = focusedPane(ui);
  if (pane === undefined || pane.content.type !== "agent") return [];
  ui.view.inTerminal.delete(pane.pane);
  return [command({ type: "pane.face", pane: pane.pane, face: nextFace[pane.content.face] }, status)];
}

/** In a pane with both faces: whether keys go to the terminal below or to the composer. */
export function switchInput(ui: Ui): Effect[] {
  const pane = focusedPane(ui);
  if (pane === undefined || pane.content.type !== "agent" || pane.content.face !== "both") return [];
  if (!ui.view.inTerminal.delete(pane.pane)) ui.view.inTerminal.add(pane.pane);
  return [];
}

/** Asks first, and says what would be lost. */
export function askClose(ui: Ui): Effect[] {
  const pane = focusedPane(ui);
  if (pane === undefined) return [];
  const { title, lines, effect } = closing(ui, pane);
  openOverlay(ui, {
    type: "confirm",
    title,
    lines,
    answers: [
      { chord: "y", label: "close it", effects: [effect] },
      { chord: "n", label: "keep it", effects: [] },
    ],
  });
  return [];
}

function closing(ui: Ui, pane: LayoutLeaf): { title: string; lines: string[]; effect: Effect } {
  const agent = agentOf(ui, pane);
  if (agent !== undefined) {
    const work = isWorking(agent) ? `it is ${agent.status}: its turn is interrupted` : "nothing runs in it";
    return {
      title: `close ${agent.number} ${agent.title}?`,
      lines: [work, "its conversation is kept"],
      effect: command({ type: "agent.close", agent: agent.id }, purposeOf("say", agent.id)),
    };
  }
  const terminal = pane.content.type === "terminal" ? findTerminal(ui, pane.content.terminal) : undefined;
  return {
    title: `close ${terminal?.title ?? "this pane"}?`,
    lines: [terminal !== undefined && terminal.exitCode === null ? "its program is still running and is ended" : "its program has ended"],
    effect: command({ type: "pane.close", pane: pane.pane }, status),
  };
}
