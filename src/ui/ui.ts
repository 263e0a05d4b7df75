// The user interface as a value: what happened goes in, what is asked for and a frame come out. It touches nothing itself.

import type { Touched } from "../domain/apply.ts";
import type { AgentId, ApprovalId, TerminalId } from "../domain/ids.ts";
import { findLeaf, leaves } from "../domain/layout.ts";
import type { CommandOf, Fact, Look, Pulse, Sidebar } from "../domain/protocol.ts";
import { pullLine } from "../domain/pull-line.ts";
import type { Workspace } from "../domain/workspace.ts";
import { historyOf } from "./agent-actions.ts";
import { isAnswerable, markShown, QUIET_MS, SETTLE_MS } from "./approval-actions.ts";
import { onBell } from "./bells.ts";
import { cleanLine } from "./clean.ts";
import { commandTable } from "./commands.ts";
import { wantedHolds, wantedRows } from "./copy-mode.ts";
import { copyWaits, tickCopies } from "./copy-mouse.ts";
import type { Effect } from "./effects.ts";
import { drawFrame } from "./frame.ts";
import type { Frame } from "./frame-types.ts";
import { arrangeScreen, visibleAgents, visibleTerminals } from "./geometry.ts";
import { settleInbox } from "./inbox.ts";
import { keyHint } from "./key-hint.ts";
import type { InputEvent } from "./key-types.ts";
import { bindKeys, keyRows } from "./keys.ts";
import { fillPath, keepJoined } from "./older.ts";
import { markConfirmShown } from "./overlay.ts";
import { askProfiles } from "./profile-actions.ts";
import { programColours } from "./program-colours.ts";
import { isTimed } from "./status-mark.ts";
import { takeTyped } from "./type-ahead.ts";
import { onUnlockWanted } from "./unlock.ts";
import {
  ALERT_MS,
  activeTab,
  addNotice,
  approvalOf,
  emptyView,
  isWorking,
  listedAgents,
  setAlert,
  typedTerminal,
  type Ui,
  type UiOptions,
} from "./view.ts";

export { onAnswer, onEdited, onRefusal, onReply } from "./replies.ts";
export type { Ui, UiOptions } from "./view.ts";

export function createUi(options: UiOptions): Ui {
  const bindings = bindKeys(keyRows(commandTable), options.keys);
  const ui: Ui = {
    theme: options.theme,
    isAscii: options.isAscii,
    isReducedMotion: options.isReducedMotion ?? false,
    home: options.home ?? null,
    prefix: options.prefix,
    bindings,
    cols: options.cols,
    rows: options.rows,
    now: 0,
    workspace: null,
    streams: new Map(),
    grids: new Map(),
    titles: new Map(),
    screens: new Map(),
    view: emptyView(),
  };
  return ui;
}

/** What is wrong with the user's settings: the first at once in the status line, all of it among the notices. */
export function sayProblems(ui: Ui, problems: readonly string[]): void {
  for (const problem of problems) addNotice(ui, problem);
  const [first] = problems;
  const more = keyHint(ui, "view.notices");
  if (first !== undefined) setAlert(ui, problems.length === 1 ? first : `${problems.length} problems, ${more} lists them: ${first}`);
}

/** What is asked for when the connection stands. */
export function startEffects(): Effect[] {
  return askProfiles();
}

export function frame(ui: Ui, isRowsOnly = false): Frame {
  return drawFrame(ui, commandTable, isRowsOnly);
}

/** The client says that the last frame has really been drawn: questions in it may be answered from now on. */
export function onFrameShown(ui: Ui): void {
  markShown(ui);
  markConfirmShown(ui);
}

// What happened ---------------------------------------------------------------------------------------------------------

/** A new whole state: at the start, and after the connection was lost. What the user typed stays. */
export function onSnapshot(ui: Ui, workspace: Workspace, notices: readonly string[], sidebar?: Sidebar, looksAt?: Look): Effect[] {
  const { view } = ui;
  if (ui.workspace === null && looksAt !== undefined) lookAt(ui, workspace, looksAt);
  // What was set on this very screen stays.
  if (sidebar !== undefined && !view.sidebar.isSetHere) view.sidebar = { ...sidebar, isSetHere: false };
  ui.workspace = workspace;
  view.openingSince ??= ui.now;
  ui.streams.clear();
  view.streamTurns.clear();
  view.older.clear();
  view.shownAt.clear();
  view.readToEnd.clear();
  view.queue.clear();
  // A server that still waits for it says so again.
  view.isUnlockWanted = false;
  view.history = historyOf(ui);
  for (const notice of notices) addNotice(ui, notice);
  const [first] = notices;
  // The count comes first: a line that is too long loses its end.
  if (first !== undefined)
    setAlert(ui, notices.length === 1 ? first : `${notices.length} notices, ${keyHint(ui, "view.notices")} shows them: ${first}`);
  settle(ui);
  return visibleAgents(arrangeScreen(ui)).flatMap((agent) => fillPath(ui, agent));
}

/** Where somebody looked last, as far as it is still there. */
function lookAt({ view }: Ui, { tabs }: Workspace, looksAt: Look): void {
  if (tabs.some((tab) => tab.id === looksAt.tab)) view.tab = looksAt.tab;
  const wanted = new Set(looksAt.panes);
  for (const tab of tabs) {
    const leaf = leaves(tab.root).find(({ pane }) => wanted.has(pane));
    if (leaf !== undefined) view.focus.set(tab.id, leaf.pane);
  }
}

/** After `apply`. */
export function onFact(ui: Ui, fact: Fact, touched: Touched): Effect[] {
  const { view } = ui;
  switch (fact.type) {
    case "item.added": {
      const parts = ui.streams.get(fact.agent);
      const at = parts?.findIndex((part) => part.kind === fact.item.type) ?? -1;
      if (parts !== undefined && at >= 0) parts.splice(at, 1);
      keepJoined(ui, fact.agent, fact.item);
      break;
    }
    case "agent.headMoved":
      return fillPath(ui, fact.agent);
    case "turn.started":
    case "turn.ended":
      view.queue.delete(fact.agent);
      if (fact.type === "turn.ended") ui.streams.delete(fact.agent);
      break;
    case "agent.profileUsed":
      view.messages.delete(fact.agent);
      break;
    case "approval.answered":
      view.shownAt.delete(fact.approval);
      view.readToEnd.delete(fact.approval);
      view.approvalTop.delete(fact.approval);
      break;
    case "terminal.closed":
      ui.grids.delete(fact.terminal);
      ui.titles.delete(fact.terminal);
      view.rung.delete(fact.terminal);
      ui.screens.delete(fact.terminal);
      break;
    case "agent.closed":
      forgetAgent(ui, fact.agent);
      break;
    default:
      break;
  }
  if (touched.layout) settle(ui);
  settleInbox(ui);
  const needsAnswer = fact.type === "approval.asked" || (fact.type === "turn.ended" && fact.isAsking === true);
  return needsAnswer && !view.isOuterFocused ? [{ type: "bell" }] : [];
}

function forgetAgent(ui: Ui, agent: AgentId): void {
  const { view } = ui;
  ui.streams.delete(agent);
  for (const map of [view.composers, view.messages, view.queue, view.older, view.streamTurns]) map.delete(agent);
}

/** Drops what points to panes that are gone; a tab and a pane are always chosen where there are any. */
function settle(ui: Ui): void {
  const { view } = ui;
  const tabs = ui.workspace?.tabs ?? [];
  if (!tabs.some((tab) => tab.id === view.tab)) view.tab = tabs.find((tab) => tab.id === view.lastTab)?.id ?? tabs.at(-1)?.id ?? null;
  for (const [id, pane] of view.focus) {
    const tab = tabs.find((each) => each.id === id);
    if (tab === undefined) view.focus.delete(id);
    else if (findLeaf(tab.root, pane) === undefined) {
      const last = view.lastPane.get(id);
      const next = last !== undefined && findLeaf(tab.root, last) !== undefined ? last : leaves(tab.root)[0]?.pane;
      view.focus.set(id, next ?? pane);
    }
  }
  for (const id of view.lastPane.keys()) if (!tabs.some((tab) => tab.id === id)) view.lastPane.delete(id);
  // Nothing is left that the keys could go to.
  if (tabs.length === 0) view.isLocked = false;
  const panes = new Set(tabs.flatMap((tab) => leaves(tab.root).map((leaf) => leaf.pane)));
  for (const map of [view.scroll, view.caches, view.copies]) for (const pane of map.keys()) if (!panes.has(pane)) map.delete(pane);
  for (const pane of view.inTerminal) if (!panes.has(pane)) view.inTerminal.delete(pane);
  if (view.textDrag !== null && !panes.has(view.textDrag.pane)) view.textDrag = null;
  settleInbox(ui);
}

export function onPulse(ui: Ui, pulse: Pulse): Effect[] {
  const { view } = ui;
  switch (pulse.type) {
    case "stream": {
      if (view.streamTurns.get(pulse.agent) !== pulse.turn) ui.streams.delete(pulse.agent);
      view.streamTurns.set(pulse.agent, pulse.turn);
      const parts = ui.streams.get(pulse.agent) ?? [];
      const at = parts.findIndex((part) => part.part === pulse.part);
      const before = parts[at]?.text ?? "";
      const next = {
        part: pulse.part,
        kind: pulse.kind,
        text: before.slice(0, pulse.offset) + pulse.text,
        ...(pulse.name === undefined ? {} : { name: pulse.name }),
      };
      if (at >= 0) parts[at] = next;
      else parts.push(next);
      ui.streams.set(
        pulse.agent,
        parts.sort((a, b) => a.part - b.part),
      );
      return [];
    }
    case "streamEnded":
      ui.streams.delete(pulse.agent);
      return [];
    case "queue":
      view.queue.set(pulse.agent, { lane: pulse.lane, place: pulse.place, retryAt: pulse.retryAt });
      return [];
    case "spent":
      view.spent = pulse;
      return [];
    case "lanes":
      view.lanes = pulse.rows;
      return [];
    case "alert":
      addNotice(ui, pulse.text);
      setAlert(ui, pulse.text);
      return [];
    case "title":
      ui.titles.set(pulse.terminal, pulse.title);
      return [];
    case "bell":
      return onBell(ui, pulse.terminal);
    case "unlock":
      return onUnlockWanted(ui, pulse.isWanted);
    case "pull":
      setAlert(ui, cleanLine(pullLine(pulse)));
      return [];
    default:
      return pulse satisfies never;
  }
}

// What a user does -------------------------------------------------------------------------------------------------------

export function onInput(ui: Ui, event: InputEvent): Effect[] {
  return takeTyped(ui, event);
}

export function onResize(ui: Ui, cols: number, rows: number): void {
  ui.cols = Math.max(0, Math.floor(cols));
  ui.rows = Math.max(0, Math.floor(rows));
}

/** Sets the time; called before each event and when `nextWakeMs` has passed. */
export function onTick(ui: Ui, now: number): void {
  ui.now = now;
  if (ui.view.alert !== null && now - ui.view.alert.at >= ALERT_MS) ui.view.alert = null;
  if (ui.view.numbersUntil !== null && now >= ui.view.numbersUntil) ui.view.numbersUntil = null;
  tickCopies(ui);
}

// What the client needs -----------------------------------------------------------------------------------------------------

const SIZE_MAX = 1_000;
/** What a key has changed is sent by then, ms. */
const ACTIVE_MS = 1_000;

/** What this client shows; sent anew when it differs from what was sent last. */
export function viewCommand(ui: Ui): CommandOf<"client.view"> {
  const geometry = arrangeScreen(ui);
  const size = (cells: number) => Math.max(1, Math.min(SIZE_MAX, cells));
  const terminals: { terminal: TerminalId; cols: number; rows: number }[] = visibleTerminals(ui, geometry).map((each) => ({
    terminal: each.terminal,
    cols: size(each.cols),
    rows: size(each.rows),
  }));
  return {
    type: "client.view",
    cols: size(ui.cols),
    rows: size(ui.rows),
    terminals,
    agents: visibleAgents(geometry),
    isActive: ui.now - ui.view.activeAt < ACTIVE_MS,
    focused: ui.view.isOuterFocused ? typedTerminal(ui) : null,
    ...looksAt(ui),
    colours: programColours(ui),
  };
}

function looksAt(ui: Ui): { looksAt?: Look } {
  const tab = activeTab(ui);
  if (tab === undefined) return {};
  const { focus } = ui.view;
  const panes = (ui.workspace?.tabs ?? []).flatMap((each) => {
    const pane = focus.get(each.id) ?? leaves(each.root)[0]?.pane;
    return pane === undefined ? [] : [pane];
  });
  return { looksAt: { tab: tab.id, panes } };
}

/** A terminal on this screen has the size that another client gave it. */
export function isSizedByOther(ui: Ui, view: CommandOf<"client.view">): boolean {
  return view.terminals.some(({ terminal, cols, rows }) => {
    const grid = ui.grids.get(terminal);
    return grid !== undefined && (grid.cols !== cols || grid.rows !== rows);
  });
}

/** What the frame that was just drawn lacks: rows of terminals that are being read. */
export function wantedEffects(ui: Ui): Effect[] {
  return [...wantedHolds(ui), ...wantedRows(ui)];
}

/** Milliseconds until a frame is needed though nothing happens; null at rest: then nothing is written. */
export function nextWakeMs(ui: Ui): number | null {
  const { view, now } = ui;
  const waits: number[] = [];
  if (view.alert !== null) waits.push(ALERT_MS - (now - view.alert.at));
  if (view.numbersUntil !== null) waits.push(view.numbersUntil - now);
  waits.push(...copyWaits(ui));
  const geometry = arrangeScreen(ui);
  if (geometry.shape === "sentence") return null;
  const listed = listedAgents(ui);
  const shown = new Set(geometry.sidebar !== null ? listed.map((agent) => agent.id) : visibleAgents(geometry));
  for (const agent of listed) {
    if (!shown.has(agent.id)) continue;
    if (!ui.isReducedMotion && isWorking(agent) && isTimed(agent)) waits.push(1_000 - ((((now - agent.since) % 1_000) + 1_000) % 1_000));
    const retryAt = agent.status === "queued" ? (view.queue.get(agent.id)?.retryAt ?? null) : null;
    if (retryAt !== null && retryAt > now) waits.push((retryAt - now) % 1_000 || 1_000);
    const approval = approvalOf(ui, agent.id);
    if (approval !== undefined) waits.push(...untilAnswerable(ui, approval.id));
  }
  if (geometry.sidebar !== null) {
    for (const lane of view.lanes)
      if (lane.pausedUntil !== null && lane.pausedUntil > now) waits.push((lane.pausedUntil - now) % 1_000 || 1_000);
  }
  return waits.length === 0 ? null : Math.max(1, Math.min(...waits));
}

/** The keys of a question light up when they begin to count. */
function untilAnswerable(ui: Ui, id: ApprovalId): number[] {
  const shownAt = ui.view.shownAt.get(id);
  const approval = ui.workspace?.approvals.find((each) => each.id === id);
  if (shownAt === undefined || !Number.isFinite(shownAt) || approval === undefined || isAnswerable(ui, approval)) return [];
  return [Math.max(shownAt + SETTLE_MS, ui.view.typedAt + QUIET_MS) - ui.now];
}
