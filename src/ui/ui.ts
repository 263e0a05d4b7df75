// The user interface as a value: what happened goes in, what is asked for and a frame come out. It touches nothing itself.

import type { Touched } from "../domain/apply.ts";
import type { AgentId, ApprovalId, TerminalId } from "../domain/ids.ts";
import { findLeaf, leaves } from "../domain/layout.ts";
import type { AnswerValue, Command, Fact, Pulse, Reply, Sidebar } from "../domain/protocol.ts";
import { pullLine } from "../domain/pull-line.ts";
import type { Workspace } from "../domain/workspace.ts";
import { giveBack, giveCellsBack, historyOf, say, useProfile } from "./agent-actions.ts";
import { answerRefused, isAnswerable, markShown, QUIET_MS, SETTLE_MS } from "./approval-actions.ts";
import { onAttached } from "./attach.ts";
import { onBell } from "./bells.ts";
import { borderMoved } from "./border-drag.ts";
import { cleanLine } from "./clean.ts";
import { pasteRefused, showText, takeBuffer, takeBuffers } from "./clipboard.ts";
import { commandTable } from "./commands.ts";
import { type Cell, setEdited, setText } from "./composer.ts";
import { rowsRefused, takeRows, wantedHolds, wantedRows } from "./copy-mode.ts";
import { copyWaits, tickCopies } from "./copy-mouse.ts";
import { searchRefused, takeMatches } from "./copy-pattern.ts";
import { copyIn, rereadCopy } from "./copy-state.ts";
import type { Effect, Purpose } from "./effects.ts";
import { drawFrame } from "./frame.ts";
import type { Frame } from "./frame-types.ts";
import { arrangeScreen, visibleAgents, visibleTerminals } from "./geometry.ts";
import { settleInbox } from "./inbox.ts";
import { keyHint } from "./key-hint.ts";
import type { InputEvent } from "./key-types.ts";
import { bindKeys, keyRows } from "./keys.ts";
import { keepChosen } from "./list.ts";
import { sayTokens } from "./magic-actions.ts";
import { fillPath, keepJoined, olderOf, takeOlder } from "./older.ts";
import { markConfirmShown } from "./overlay.ts";
import { focusPaneAnywhere } from "./pane-actions.ts";
import { transcriptLines } from "./pane-lines.ts";
import { programColours } from "./program-colours.ts";
import { parsePurpose, purposeOf, query } from "./purpose.ts";
import { FORK, takeMessages } from "./rewind.ts";
import { isTimed } from "./status-mark.ts";
import { isAwaitedKind, takeAhead, takeTyped } from "./type-ahead.ts";
import { onUnlockReply, onUnlockWanted, onVaultState } from "./unlock.ts";
import {
  ALERT_MS,
  addNotice,
  approvalOf,
  closeOverlay,
  emptyView,
  isWorking,
  listedAgents,
  setAlert,
  topOverlay,
  typedTerminal,
  type Ui,
  type UiOptions,
} from "./view.ts";

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
    view: emptyView(options.spentMicros ?? null),
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
export function startEffects(_ui: Ui): Effect[] {
  return [query({ type: "profiles" }, purposeOf("profiles")), query({ type: "offers" }, purposeOf("offers"))];
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
export function onSnapshot(ui: Ui, workspace: Workspace, notices: readonly string[], sidebar?: Sidebar): Effect[] {
  const { view } = ui;
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
    case "usage.charged":
      if (view.spentMicros !== null) view.spentMicros += fact.charge.costMicros ?? 0;
      view.isSpentEstimated ||= fact.charge.usage.isEstimated && fact.charge.costMicros !== null;
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

// What was answered -------------------------------------------------------------------------------------------------------

export function onReply(ui: Ui, purpose: Purpose, reply: Reply): Effect[] {
  const { kind, id } = parsePurpose(purpose);
  if (kind === "key") return onKeyReply(ui, reply);
  if (kind === "unlock") return onUnlockReply(ui, reply);
  if (kind === "border" && reply.ok) return borderMoved(ui, arrangeScreen(ui));
  if (kind === "border") ui.view.drag = null;
  if (kind === "paste" && !reply.ok && reply.reason.includes("bracketed paste") && pasteRefused(ui, id)) return [];
  const sent = ui.view.sending.get(purpose);
  ui.view.sending.delete(purpose);
  const isAwaited = isAwaitedKind(kind);
  if (isAwaited) ui.view.making = Math.max(0, ui.view.making - 1);
  // What was typed for a pane that does not come is not for another one.
  if (kind === "made" && !reply.ok) ui.view.typedAhead.length = 0;
  if (kind === "attach") onAttached(ui, id, reply.ok ? (reply.images ?? []) : null);
  if (!reply.ok) {
    onRefused(ui, kind, id, reply.reason, sent);
    return isAwaited ? takeAhead(ui) : [];
  }
  if (kind === "made" && reply.pane !== undefined) focusPaneAnywhere(ui, reply.pane);
  const agent = agentNamed(ui, id);
  if (kind === "made" && id === FORK) {
    if (reply.agent !== undefined && reply.note !== undefined) giveBack(ui, reply.agent, reply.note, reply.images);
  } else if (kind === "takeBack" && agent !== null && reply.note !== undefined) giveBack(ui, agent, reply.note, reply.images);
  // A message that waits is seen in the queue.
  else if (kind === "send") return [];
  else if (reply.note !== undefined && agent !== null) say(ui, agent, reply.note);
  else if (reply.note !== undefined) setAlert(ui, reply.note);
  return isAwaited ? takeAhead(ui) : [];
}

function onRefused(ui: Ui, kind: string, id: string, reason: string, sent: { agent: AgentId; cells: readonly Cell[] } | undefined): void {
  if (sent !== undefined) giveCellsBack(ui, sent.agent, sent.cells);
  // What was typed for an image is not sent without it.
  const { typedAhead } = ui.view;
  const enter = kind === "attach" ? typedAhead.findIndex((event) => event.type === "key" && event.chord === "enter") : -1;
  if (enter >= 0) typedAhead.length = enter;
  const [first = "", second = ""] = id.split(" ");
  const approval = kind === "answer" ? ui.workspace?.approvals.find((each) => each.id === second) : undefined;
  if (approval !== undefined) answerRefused(ui, approval.id);
  const agent = agentNamed(ui, first);
  addNotice(ui, reason);
  if (agent === null) setAlert(ui, reason);
  else say(ui, agent, reason);
}

function agentNamed(ui: Ui, id: string): AgentId | null {
  return ui.workspace?.agents.find((agent) => agent.id === id.split(" ")[0])?.id ?? null;
}

/** The key was tested: a good one is used at once, a bad one may be mended. The overlay's copy goes with the overlay. */
function onKeyReply(ui: Ui, reply: Reply): Effect[] {
  const overlay = topOverlay(ui);
  const entry = overlay?.type === "key" ? overlay : undefined;
  if (!reply.ok) {
    if (entry === undefined) setAlert(ui, reply.reason);
    else {
      entry.isTesting = false;
      entry.problem = reply.reason;
    }
    return [];
  }
  const agent = entry?.agent ?? null;
  if (entry !== undefined) {
    entry.secret = "";
    closeOverlay(ui);
  }
  const asks = startEffects(ui);
  setAlert(ui, reply.note === undefined ? "the key is kept" : `the key is kept; profile ${reply.note} uses it`);
  return agent === null || reply.note === undefined ? asks : [...useProfile(ui, agent, reply.note), ...asks];
}

export function onAnswer(ui: Ui, purpose: Purpose, value: AnswerValue): Effect[] {
  const { view } = ui;
  switch (value.type) {
    case "profiles":
      keepChosen(ui, () => {
        view.profiles = { rows: value.rows, problems: value.problems, defaultPair: value.defaultPair, recent: value.recent ?? [] };
      });
      for (const problem of value.problems) addNotice(ui, problem);
      if (value.problems[0] !== undefined) setAlert(ui, value.problems[0]);
      return [];
    case "offers":
      view.offers = value.rows;
      return [];
    case "providers":
      keepChosen(ui, () => {
        view.providers = value.rows;
      });
      return [];
    case "models":
      view.models.set(parsePurpose(purpose).id, { rows: value.rows, problem: value.problem ?? null });
      return [];
    case "items": {
      const agent = agentNamed(ui, parsePurpose(purpose).id);
      if (agent !== null) addOlder(ui, agent, value);
      return [];
    }
    case "tokens": {
      const agent = agentNamed(ui, parsePurpose(purpose).id);
      if (agent !== null) sayTokens(ui, agent, value);
      return [];
    }
    case "messages": {
      const agent = agentNamed(ui, parsePurpose(purpose).id);
      if (agent !== null) takeMessages(ui, agent, value.rows);
      return [];
    }
    case "terminal.rows":
      return takeRows(ui, parsePurpose(purpose).id, value);
    case "terminal.search":
      return takeMatches(ui, parsePurpose(purpose).id, value);
    case "terminal.text":
      return parsePurpose(purpose).kind === "show" ? showText(parsePurpose(purpose).id, value.text) : [];
    case "vault":
      return onVaultState(ui, value);
    case "rules":
      ui.view.rules = value.rows;
      return [];
    case "buffers":
      takeBuffers(ui, value);
      return [];
    case "buffer":
      return takeBuffer(ui, parsePurpose(purpose).id, value.text);
    default:
      return [];
  }
}

/** Older items come in above: what is in sight stays where it is. */
function addOlder(ui: Ui, agent: AgentId, value: Extract<AnswerValue, { type: "items" }>): void {
  const shown = arrangeScreen(ui).panes.find(({ content }) => content.type === "agent" && content.agent === agent);
  const owner = ui.workspace?.agents.find((each) => each.id === agent);
  const count = () =>
    shown?.body === null || shown === undefined || owner === undefined
      ? 0
      : transcriptLines(ui, owner, shown.pane, shown.body.width, shown.body.height).lines.length;
  const before = count();
  if (owner !== undefined) takeOlder(ui, owner, value.items, value.hasMore);
  const scroll = shown === undefined ? undefined : ui.view.scroll.get(shown.pane);
  const added = count() - before;
  const reading = copyIn(ui, shown?.pane);
  if (reading?.source.type === "transcript") rereadCopy(ui, reading, added);
  if (scroll === undefined) return;
  scroll.top += added;
  scroll.seen += added;
}

export function onRefusal(ui: Ui, purpose: Purpose, reason: string): void {
  const { kind, id } = parsePurpose(purpose);
  const agent = agentNamed(ui, id);
  if (kind === "older" && agent !== null) olderOf(ui, agent).isAsked = false;
  if (kind === "rows") rowsRefused(ui, id);
  if (kind === "search") searchRefused(ui, id);
  if (kind === "models") ui.view.models.set(id, { rows: [], problem: reason });
  setAlert(ui, reason);
}

/** Back from $EDITOR; null: it was left without saving, or could not be started. */
export function onEdited(ui: Ui, purpose: Purpose, text: string | null): Effect[] {
  if (text === null) return [];
  const { kind, id } = parsePurpose(purpose);
  const agent = agentNamed(ui, id);
  const trimmed = text.replace(/\n+$/u, "");
  if (kind === "editComposer" && agent !== null) {
    const composer = ui.view.composers.get(agent);
    if (composer !== undefined) setEdited(composer, trimmed);
  }
  const overlay = topOverlay(ui);
  if (kind === "editApproval" && overlay?.type === "editor" && overlay.approval === id) setText(overlay.composer, trimmed);
  ui.view.typedAt = ui.now;
  return [];
}

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
export function viewCommand(ui: Ui): Extract<Command, { type: "client.view" }> {
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
    colours: programColours(ui),
  };
}

/** A terminal on this screen has the size that another client gave it. */
export function isSizedByOther(ui: Ui, view: Extract<Command, { type: "client.view" }>): boolean {
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
