// What one client sees and types: the state behind its screen. Owned by the client that runs it; nothing here is shared.

import type { CellGrid } from "../domain/cells.ts";
import type { AgentId, ApprovalId, ItemId, PaneId, TabId, TerminalId, TurnId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { KeySetting } from "../domain/key-setting.ts";
import { findLeaf, type LayoutLeaf, leaves } from "../domain/layout.ts";
import type { Model } from "../domain/profile.ts";
import type { AnswerValue, LaneRow, Offer, ProfileRow, ProviderRow, Pulse, Sidebar } from "../domain/protocol.ts";
import type { ScreenState } from "../domain/rows.ts";
import type { Rule } from "../domain/rule.ts";
import { type Agent, type Approval, findAgent, type Tab, type TerminalInfo, type Workspace } from "../domain/workspace.ts";
import type { BorderDrag } from "./border-drag.ts";
import { type Cell, type Composer, emptyComposer } from "./composer.ts";
import type { CopyMode, Drag } from "./copy-types.ts";
import type { Effect } from "./effects.ts";
import type { LastFrame } from "./frame.ts";
import type { Line } from "./frame-types.ts";
import type { Chord, InputEvent } from "./key-types.ts";
import type { Bindings } from "./keys.ts";
import type { LinePrompt } from "./line-prompt.ts";
import type { Theme } from "./theme.ts";
import type { LivePart, TranscriptCache } from "./transcript.ts";

export interface UiOptions {
  readonly theme: Theme;
  readonly isAscii: boolean;
  readonly prefix: Chord;
  readonly cols: number;
  readonly rows: number;
  /** Nothing on this screen moves by itself but the elapsed seconds; with this they are not shown either. */
  readonly isReducedMotion?: boolean;
  /** Shown as `~`. Absolute. */
  readonly home?: string;
  /** The user's own keys, in the order in which they are written. */
  readonly keys?: readonly KeySetting[];
}

/** Where a pane's transcript stands when it does not follow its end. */
export interface Scroll {
  /** First line shown, from 0. */
  top: number;
  /** Lines there were when the user left the end: what came since is `new`. */
  seen: number;
}

/** A piece of the running reply with its number within the turn. */
export interface StreamPart extends LivePart {
  readonly part: number;
}

export interface QueuePlace {
  readonly lane: string;
  /** 0: next. */
  readonly place: number;
  readonly retryAt: number | null;
}

export interface ConfirmAnswer {
  readonly chord: Chord;
  readonly label: string;
  readonly effects: readonly Effect[];
}

/** The profiles and the models of the agent's provider, all providers, or the models of one. */
export type PickerPart =
  | { readonly type: "profiles" }
  | { readonly type: "providers" }
  | { readonly type: "models"; readonly provider: string };

export interface ConfirmGuard {
  shownAt: number | null;
  /** The last key that is no answer: somebody may be writing a message. */
  typedAt: number | null;
}

export type TextKind = "help" | "notices" | "info" | "usage";

export type Overlay =
  | {
      readonly type: "list";
      readonly kind: "palette" | "picker" | "history" | "rewind" | "places" | "join" | "buffers" | "rules";
      filter: string;
      selected: number;
      problem: string | null;
      readonly agent: AgentId | null;
      /** Of the picker: what it lists. */
      part: PickerPart;
    }
  | { readonly type: "text"; readonly kind: TextKind; top: number /** Of the help: what is typed. */; filter: string }
  | { readonly type: "inbox"; selected: ApprovalId | null; top: number }
  | {
      readonly type: "confirm";
      readonly title: string;
      readonly lines: readonly string[];
      /** Said below them, smaller. */
      readonly notes?: readonly string[];
      readonly answers: readonly ConfirmAnswer[];
      /** What is granted here lasts: no key counts before the whole of it has been on the screen for a moment. */
      readonly guard?: ConfirmGuard;
    }
  /** `secret` is shown masked, and is gone when the overlay is. */
  | {
      readonly type: "key";
      secret: string /** Its id; null until one is chosen. */;
      provider: string | null;
      problem: string | null;
      isTesting: boolean;
      readonly agent: AgentId | null;
    }
  /** As `key`: the vault's own. */
  | { readonly type: "passphrase"; secret: string; problem: string | null; isTrying: boolean }
  | {
      readonly type: "editor";
      readonly approval: ApprovalId;
      readonly digest: string;
      readonly extension: string;
      readonly original: string;
      readonly composer: Composer;
    }
  /** One message for several agents. */
  | {
      readonly type: "broadcast";
      readonly composer: Composer;
      readonly chosen: Set<AgentId>;
      selected: number;
      problem: string | null;
      /** Of each agent, for `askedText`; null where it could not be told. */
      readonly estimates: Map<
        AgentId,
        Pick<Extract<AnswerValue, { type: "tokens" }>, "contextTokens" | "promptTokens" | "costMicros"> | null
      >;
      askedText: string | null;
      /** Estimates that are on their way. */
      open: number;
      /** Whose message the text came from, and goes back to. */
      readonly draftOf: AgentId | null;
    }
  /** One line to be typed: a name, a command to run, a number. */
  | { readonly type: "line"; readonly prompt: LinePrompt; readonly composer: Composer };

/** Items of an agent's path that the workspace does not hold, and all that came since they were fetched. */
export interface Older {
  items: TranscriptItem[];
  isAsked: boolean;
  /** The path's first item at hand, where the server has none before it; empty where it has none at all. */
  end: string | null;
}

export interface View {
  tab: TabId | null;
  readonly focus: Map<TabId, PaneId>;
  /** Which pane of a tab, and which tab, had the focus before. */
  readonly lastPane: Map<TabId, PaneId>;
  lastTab: TabId | null;
  readonly composers: Map<AgentId, Composer>;
  readonly scroll: Map<PaneId, Scroll>;
  /** Panes that are being read: each has its own place, selection and search. */
  readonly copies: Map<PaneId, CopyMode>;
  /** What was searched last, anywhere. */
  copyPattern: string | null;
  /** A button that was pressed over text, and the program that has the mouse until it is up. */
  textDrag: Drag | null;
  grab: TerminalId | null;
  clicks: { readonly x: number; readonly y: number; readonly at: number; readonly count: number } | null;
  /** A paste on its way to a terminal, in case it is refused. */
  pasted: { readonly terminal: TerminalId; readonly text: string } | null;
  /** What was copied, newest first; null until the answer. */
  buffers: Extract<AnswerValue, { type: "buffers" }>["rows"] | null;
  /** Terminals whose lines the server keeps as they are for copy mode. */
  readonly holds: Set<TerminalId>;
  /** Saved rules, oldest first; null: not asked yet, or on their way. */
  rules: readonly Rule[] | null;
  /** Panes with both faces whose keys go to the terminal below. */
  readonly inTerminal: Set<PaneId>;
  overlays: Overlay[];
  readonly unfolded: Set<string>;
  isShowingThoughts: boolean;
  /** Oldest first. */
  history: string[];
  isPrefixPending: boolean;
  /** Until then a repeatable key needs no prefix. */
  repeatUntil: number;
  /** All keys go to the pane, the prefix key too; one key ends it. */
  isLocked: boolean;
  /** Numbers stand over the panes until then. */
  numbersUntil: number | null;
  /** The border that the mouse holds. */
  drag: BorderDrag | null;
  /** One line for the status row, and when it came. */
  alert: { readonly text: string; readonly at: number } | null;
  notices: string[];
  /** One line for an agent's pane: what was refused, what was done. */
  readonly messages: Map<AgentId, string>;
  profiles: {
    readonly rows: readonly ProfileRow[];
    readonly problems: readonly string[];
    readonly defaultPair: readonly [string, string];
    /** Ids, newest first. */
    readonly recent: readonly string[];
  } | null;
  /** `cols` null: as wide as the screen's size suggests. */
  sidebar: Sidebar & { readonly isSetHere: boolean };
  offers: readonly Offer[] | null;
  providers: readonly ProviderRow[] | null;
  /** Of the providers that were asked for; null until the answer. */
  readonly models: Map<string, { readonly rows: readonly Model[]; readonly problem: string | null } | null>;
  readonly queue: Map<AgentId, QueuePlace>;
  lanes: readonly LaneRow[];
  readonly older: Map<AgentId, Older>;
  /** The user's messages on an agent's path, newest first, as the server told them last. */
  said: {
    readonly agent: AgentId;
    readonly rows: readonly { readonly item: ItemId; readonly text: string; readonly at: number }[];
  } | null;
  /** When an approval was first on the screen, by the frame that the user has really been shown. */
  readonly shownAt: Map<ApprovalId, number>;
  /** Questions whose last line has been on the screen: only these can be allowed. */
  readonly readToEnd: Set<ApprovalId>;
  /** First line of an approval's code that its box shows. */
  readonly approvalTop: Map<ApprovalId, number>;
  /** When text was last typed, sent or pasted. */
  typedAt: number;
  /** When Ctrl+C was pressed with nothing to clear. */
  quitArmedAt: number | null;
  /** Something waits for the vault's passphrase. */
  isUnlockWanted: boolean;
  /** Prompts on their way, by purpose: a refusal gives them back. */
  readonly sending: Map<string, { readonly agent: AgentId; readonly cells: readonly Cell[] }>;
  sendCount: number;
  /** Panes on their way, since when, and the keys that came meanwhile. */
  making: number;
  makingSince: number;
  readonly typedAhead: InputEvent[];
  /** What the arguments ask for does not stand yet: what is typed waits for it. */
  isOpening: boolean;
  /** When its workspace was first shown; null: not yet. */
  openingSince: number | null;
  /** Terminals that rang, and nobody has looked since. */
  readonly rung: Set<TerminalId>;
  /** The outer terminal's own ground, 24 bits; null: it has not said. */
  outerBackground: number | null;
  /** The outer terminal has the focus. */
  isOuterFocused: boolean;
  /** When a key, a click or the focus came last: this screen's sizes are wanted then. */
  activeAt: number;
  /** Whose turn the parts in `streams` belong to. */
  readonly streamTurns: Map<AgentId, TurnId>;
  readonly caches: Map<PaneId, TranscriptCache>;
  /** The lines between the panes as they were drawn last, and for what. */
  area: { readonly key: string; readonly lines: readonly Line[] } | null;
  lastFrame: LastFrame | null;
  /** Today, by all workspaces; null before the server has said it. */
  spent: Extract<Pulse, { type: "spent" }> | null;
  /** As it was asked for last. */
  usage: Extract<AnswerValue, { type: "usage" }> | null;
}

export interface TerminalScreen extends ScreenState {
  readonly isAlternate: boolean;
}

export interface Ui {
  theme: Theme;
  readonly isAscii: boolean;
  readonly isReducedMotion: boolean;
  readonly home: string | null;
  readonly prefix: Chord;
  readonly bindings: Bindings;
  cols: number;
  rows: number;
  /** Milliseconds since 1970, by the client's clock. */
  now: number;
  workspace: Workspace | null;
  readonly streams: Map<AgentId, StreamPart[]>;
  /** Written by the client as terminal rows come in. */
  readonly grids: Map<TerminalId, CellGrid>;
  /** What plain terminals are called by themselves, as their programs say: not to be trusted. */
  readonly titles: Map<TerminalId, string>;
  /** What goes with a grid: where it stands among all rows, and what its program wants. Written with it. */
  readonly screens: Map<TerminalId, TerminalScreen>;
  readonly view: View;
}

export function emptyView(): View {
  return {
    tab: null,
    focus: new Map(),
    lastPane: new Map(),
    lastTab: null,
    composers: new Map(),
    scroll: new Map(),
    copies: new Map(),
    copyPattern: null,
    textDrag: null,
    grab: null,
    clicks: null,
    pasted: null,
    buffers: null,
    rules: null,
    holds: new Set(),
    inTerminal: new Set(),
    overlays: [],
    unfolded: new Set(),
    isShowingThoughts: false,
    history: [],
    isPrefixPending: false,
    repeatUntil: Number.NEGATIVE_INFINITY,
    isLocked: false,
    numbersUntil: null,
    drag: null,
    alert: null,
    notices: [],
    messages: new Map(),
    profiles: null,
    sidebar: { cols: null, isHidden: false, isSetHere: false },
    offers: null,
    providers: null,
    models: new Map(),
    queue: new Map(),
    lanes: [],
    older: new Map(),
    said: null,
    shownAt: new Map(),
    readToEnd: new Set(),
    approvalTop: new Map(),
    typedAt: Number.NEGATIVE_INFINITY,
    quitArmedAt: null,
    isUnlockWanted: false,
    sending: new Map(),
    sendCount: 0,
    making: 0,
    makingSince: Number.NEGATIVE_INFINITY,
    typedAhead: [],
    isOpening: false,
    openingSince: null,
    rung: new Set(),
    outerBackground: null,
    isOuterFocused: true,
    activeAt: Number.NEGATIVE_INFINITY,
    streamTurns: new Map(),
    caches: new Map(),
    area: null,
    lastFrame: null,
    spent: null,
    usage: null,
  };
}

// Selectors -----------------------------------------------------------------------------------------------------------

export function activeTab(ui: Ui): Tab | undefined {
  const tabs = ui.workspace?.tabs ?? [];
  return tabs.find((tab) => tab.id === ui.view.tab) ?? tabs[0];
}

export function focusedPane(ui: Ui): LayoutLeaf | undefined {
  const tab = activeTab(ui);
  if (tab === undefined) return undefined;
  const wanted = tab.zoomed ?? ui.view.focus.get(tab.id);
  return (wanted === undefined ? undefined : findLeaf(tab.root, wanted)) ?? leaves(tab.root)[0];
}

export function agentOf(ui: Ui, pane: LayoutLeaf | undefined): Agent | undefined {
  if (pane === undefined || pane.content.type !== "agent" || ui.workspace === null) return undefined;
  return findAgent(ui.workspace, pane.content.agent);
}

export function focusedAgent(ui: Ui): Agent | undefined {
  return agentOf(ui, focusedPane(ui));
}

export function findTerminal(ui: Ui, id: TerminalId | null): TerminalInfo | undefined {
  return id === null ? undefined : ui.workspace?.terminals.find((terminal) => terminal.id === id);
}

/** The terminal that the keys go to, where the focused pane shows one and no composer takes them. */
export function typedTerminal(ui: Ui): TerminalId | null {
  const pane = focusedPane(ui);
  if (pane === undefined) return null;
  if (pane.content.type === "terminal") return pane.content.terminal;
  const terminal = agentOf(ui, pane)?.terminal ?? null;
  if (pane.content.face === "terminal") return terminal;
  return pane.content.face === "both" && ui.view.inTerminal.has(pane.pane) ? terminal : null;
}

/** The composer of an agent, made when first asked for. */
export function composerOf(ui: Ui, agent: AgentId): Composer {
  let composer = ui.view.composers.get(agent);
  if (composer === undefined) {
    composer = emptyComposer();
    ui.view.composers.set(agent, composer);
  }
  return composer;
}

export function approvalOf(ui: Ui, agent: AgentId): Approval | undefined {
  return ui.workspace?.approvals.find((approval) => approval.agent === agent);
}

/** Where an agent stands: its tab and pane; undefined for one that has no pane. */
export function placeOf(ui: Ui, agent: AgentId): { tab: Tab; pane: LayoutLeaf } | undefined {
  for (const tab of ui.workspace?.tabs ?? []) {
    const pane = leaves(tab.root).find((leaf) => leaf.content.type === "agent" && leaf.content.agent === agent);
    if (pane !== undefined) return { tab, pane };
  }
  return undefined;
}

/** Agents that a screen lists, by number: those that belong to another's connection stand in no pane. */
export function listedAgents(ui: Ui): Agent[] {
  return (ui.workspace?.agents ?? []).filter((agent) => !agent.isEphemeral).sort((a, b) => a.number - b.number);
}

/** Those whose turn ended with a question of the model. */
export function askingAgents(ui: Ui): Agent[] {
  return listedAgents(ui).filter((agent) => agent.status === "waiting" && agent.turn === null);
}

/** How many answers the user owes. */
export function needCount(ui: Ui): number {
  return (ui.workspace?.approvals.length ?? 0) + askingAgents(ui).length + (ui.view.isUnlockWanted ? 1 : 0);
}

export function isWorking(agent: Agent): boolean {
  return agent.turn !== null;
}

/**
 * The items from the root to the head that are at hand, oldest first. Items of a branch that an undo left are not among them.
 */
export function pathItems(ui: Ui, agent: Agent): TranscriptItem[] {
  const held = ui.workspace?.items[agent.id] ?? [];
  const all = [...(ui.view.older.get(agent.id)?.items ?? []), ...held];
  const byId = new Map<ItemId, TranscriptItem>(all.map((item) => [item.id, item]));
  const path: TranscriptItem[] = [];
  for (let at = agent.head === null ? undefined : byId.get(agent.head); at !== undefined; ) {
    path.push(at);
    byId.delete(at.id);
    at = at.parent === null ? undefined : byId.get(at.parent);
  }
  return path.reverse();
}

const NOTICES_MAX = 100;

/** Kept where it can be read whole. */
export function addNotice(ui: Ui, text: string): void {
  const { notices } = ui.view;
  if (notices.includes(text)) return;
  notices.push(text);
  if (notices.length > NOTICES_MAX) notices.splice(0, notices.length - NOTICES_MAX);
}

export function setAlert(ui: Ui, text: string): void {
  ui.view.alert = { text, at: ui.now };
}

/** Milliseconds that an alert stays. */
export const ALERT_MS = 8_000;

export function topOverlay(ui: Ui): Overlay | undefined {
  return ui.view.overlays.at(-1);
}

export function closeOverlay(ui: Ui): void {
  ui.view.overlays.pop();
}

/** Opens an overlay in place of those that are open. */
export function openOverlay(ui: Ui, overlay: Overlay): void {
  ui.view.overlays = [overlay];
}

/** Opens an overlay above the open ones: closing it leads back. */
export function stackOverlay(ui: Ui, overlay: Overlay): void {
  ui.view.overlays.push(overlay);
}
