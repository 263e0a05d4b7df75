// What a user does with panes and tabs: split, close, move the focus, zoom, resize, change the face.

import type { AgentId, PaneId, TabId } from "../domain/ids.ts";
import {
  arrange,
  type Direction,
  type Face,
  findLeaf,
  fits,
  type LayoutLeaf,
  LEAST_PANE_COLS,
  LEAST_PANE_ROWS,
  leaves,
  neighbour,
  type Side,
} from "../domain/layout.ts";
import type { Place } from "../domain/protocol.ts";
import type { Effect } from "./effects.ts";
import { arrangeScreen } from "./geometry.ts";
import { keyHint } from "./key-hint.ts";
import { command, purposeOf } from "./purpose.ts";
import { terminalTitle } from "./terminal-title.ts";
import { openUnlock } from "./unlock.ts";
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
const turned = purposeOf("turned");

export function focusPane(ui: Ui, tab: TabId, pane: PaneId): void {
  const before = ui.view.focus.get(tab) ?? focusedIn(ui, tab);
  if (before !== undefined && before !== pane) ui.view.lastPane.set(tab, before);
  goToTab(ui, tab);
  ui.view.focus.set(tab, pane);
}

function focusedIn(ui: Ui, id: TabId): PaneId | undefined {
  const tab = ui.workspace?.tabs.find((each) => each.id === id);
  return tab === undefined ? undefined : (tab.zoomed ?? leaves(tab.root)[0]?.pane);
}

export function goToTab(ui: Ui, tab: TabId): void {
  const before = activeTab(ui)?.id ?? null;
  if (before !== tab) ui.view.lastTab = before;
  ui.view.tab = tab;
}

/** As its title line names it. */
export function paneTitle(ui: Ui, leaf: LayoutLeaf): string {
  const agent = agentOf(ui, leaf);
  if (agent !== undefined) return `${agent.number} ${agent.title}`;
  return leaf.content.type === "terminal" ? terminalTitle(ui, findTerminal(ui, leaf.content.terminal)) : "this pane";
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
    else goToTab(ui, tab.id);
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
  const next = sideNeighbour(ui, side);
  // On a screen that shows one pane, where there is none at that side, all can still be reached.
  if (next === null && isOneAtATime(ui)) return stepFocus(ui, side === "left" || side === "up" ? -1 : 1);
  if (next === null) {
    setAlert(ui, "there is no pane at that side");
    return [];
  }
  focusPane(ui, tab.id, next);
  return unzoomFor(ui, next);
}

/** The pane at a side of the focused one, as all of the tab's would stand with room enough. */
export function sideNeighbour(ui: Ui, side: Side): PaneId | null {
  const tab = activeTab(ui);
  const pane = focusedPane(ui);
  if (tab === undefined || pane === undefined) return null;
  const { area } = arrangeScreen(ui);
  const whole = arrange(tab.root, area);
  const roomy = fits(whole) ? whole : arrange(tab.root, { x: 0, y: 0, width: area.width * ROOMY, height: area.height * ROOMY });
  return neighbour(roomy, pane.pane, side);
}

/** Back to the pane that had the focus before. */
export function goToLastPane(ui: Ui): Effect[] {
  const tab = activeTab(ui);
  const last = tab === undefined ? undefined : ui.view.lastPane.get(tab.id);
  if (tab === undefined || last === undefined || findLeaf(tab.root, last) === undefined) {
    setAlert(ui, "no other pane of this tab had the focus yet");
    return [];
  }
  focusPane(ui, tab.id, last);
  return unzoomFor(ui, last);
}

function isOneAtATime(ui: Ui): boolean {
  const { shape, isCrowded } = arrangeScreen(ui);
  return shape === "single" || isCrowded;
}

/** So many times the screen is enough for any tab's panes to stand apart. */
const ROOMY = 64;

/** And says so: what moves between panes has nothing to do. */
export function isAlone(ui: Ui): boolean {
  const isOne = activeTab(ui)?.root.type === "leaf";
  if (isOne) setAlert(ui, "this tab has one pane");
  return isOne;
}

export function stepFocus(ui: Ui, by: 1 | -1): Effect[] {
  const tab = activeTab(ui);
  const pane = focusedPane(ui);
  if (tab === undefined || pane === undefined) return [];
  const all = leaves(tab.root);
  const at = all.findIndex((leaf) => leaf.pane === pane.pane);
  const next = all[(at + by + all.length) % all.length];
  if (next === undefined || isAlone(ui)) return [];
  focusPane(ui, tab.id, next.pane);
  return unzoomFor(ui, next.pane);
}

export function stepTab(ui: Ui, by: 1 | -1): Effect[] {
  const tabs = ui.workspace?.tabs ?? [];
  const at = tabs.findIndex((tab) => tab.id === activeTab(ui)?.id);
  const next = tabs[(at + by + tabs.length) % tabs.length];
  if (tabs.length < 2) setAlert(ui, "there is one tab");
  else if (next !== undefined) goToTab(ui, next.id);
  return [];
}

/** The next agent with a question, from the focused one on, by number. */
export function goToNeedy(ui: Ui): Effect[] {
  const needy = listedAgents(ui).filter((agent) => agent.status === "waiting");
  const from = focusedAgent(ui)?.number ?? 0;
  const next = needy.find((agent) => agent.number > from) ?? needy[0];
  if (next !== undefined) return goToAgent(ui, next.id);
  if (ui.view.isUnlockWanted) {
    openUnlock(ui);
    return [];
  }
  setAlert(ui, "no agent needs you");
  return [];
}

function besideFocused(ui: Ui, direction: Direction): Place {
  const pane = focusedPane(ui);
  return pane === undefined ? { type: "tab" } : { type: "beside", pane: pane.pane, direction };
}

/** False, and said, where the halves of the focused pane could not be read. */
function canSplit(ui: Ui, direction: Direction): boolean {
  const { panes, shape, isCrowded } = arrangeScreen(ui);
  const rect = panes.find((parts) => parts.isFocused)?.rect;
  if (rect === undefined || shape === "single" || isCrowded || activeTab(ui)?.zoomed != null) return true;
  const hasRoom = direction === "row" ? rect.width >= 2 * LEAST_PANE_COLS + 1 : rect.height >= 2 * LEAST_PANE_ROWS + 1;
  const other = `${keyHint(ui, "agent.openTab")} opens a tab`;
  if (!hasRoom) setAlert(ui, `no room to split: this pane has ${rect.width}×${rect.height} cells; ${other}`);
  return hasRoom;
}

/** A new agent beside the focused pane, in the focused agent's folder. */
export function splitAgent(ui: Ui, direction: Direction, profile?: string): Effect[] {
  if (!canSplit(ui, direction)) return [];
  return [spawn(ui, besideFocused(ui, direction), profile)];
}

export function openTab(ui: Ui, profile?: string): Effect[] {
  return [spawn(ui, { type: "tab" }, profile)];
}

function spawn(ui: Ui, place: Place, profile: string | undefined): Effect {
  const cwd = folderHere(ui);
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

/** The user's own shell, or a command line, in the focused agent's folder. */
export function openTerminal(ui: Ui, where: Direction | "tab", argument = ""): Effect[] {
  if (where !== "tab" && !canSplit(ui, where)) return [];
  const argv = argument.trim() === "" ? undefined : ["sh", "-c", argument.trim()];
  const place: Place = where === "tab" ? { type: "tab" } : besideFocused(ui, where);
  const cwd = folderHere(ui);
  return [
    command(
      { type: "terminal.open", place, ...(argv === undefined ? {} : { argv }), ...(cwd === undefined ? {} : { cwd }) },
      purposeOf("made"),
    ),
  ];
}

/** Of the focused agent or terminal. */
function folderHere(ui: Ui): string | undefined {
  const pane = focusedPane(ui);
  return agentOf(ui, pane)?.cwd ?? (pane?.content.type === "terminal" ? findTerminal(ui, pane.content.terminal)?.cwd : undefined);
}

export function zoom(ui: Ui): Effect[] {
  const pane = focusedPane(ui);
  // One that was zoomed before it was left alone can still be let go.
  if (pane === undefined || (activeTab(ui)?.zoomed === null && isAlone(ui))) return [];
  return [command({ type: "pane.zoom", pane: pane.pane }, turned)];
}

const nextFace: Record<Face, Face> = { transcript: "terminal", terminal: "both", both: "transcript" };

export function turnFace(ui: Ui): Effect[] {
  const pane = focusedPane(ui);
  if (pane === undefined || pane.content.type !== "agent") return [];
  ui.view.inTerminal.delete(pane.pane);
  return [command({ type: "pane.face", pane: pane.pane, face: nextFace[pane.content.face] }, turned)];
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
  const ended = pane.content.type === "terminal" ? (findTerminal(ui, pane.content.terminal)?.exitCode ?? null) : null;
  // Nothing is lost by it.
  if (ended !== null) return [command({ type: "pane.close", pane: pane.pane }, turned)];
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
    title: `close ${terminal === undefined ? "this pane" : terminalTitle(ui, terminal)}?`,
    lines: [terminal !== undefined && terminal.exitCode === null ? "its program is still running and is ended" : "its program has ended"],
    effect: command({ type: "pane.close", pane: pane.pane }, turned),
  };
}
