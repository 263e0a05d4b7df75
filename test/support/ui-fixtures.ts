// Profiles, agents and facts for tests of the user interface, and a small engine that answers its commands.

import type { Action } from "../../src/domain/action.ts";
import { apply } from "../../src/domain/apply.ts";
import type { AgentId, ApprovalId, ItemId, PaneId, PromptId, SessionId, TabId, TerminalId, TurnId } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import { findLeaf, type LayoutLeaf, leaves, removePane, replaceContent, splitPane } from "../../src/domain/layout.ts";
import type { Profile } from "../../src/domain/profile.ts";
import type { Command, Fact, FactBody, ProfileRow, Reply } from "../../src/domain/protocol.ts";
import { type Agent, emptyWorkspace, type RuleOffer, type Sandbox, type TerminalInfo, type Workspace } from "../../src/domain/workspace.ts";
import { runPaneCommand } from "../../src/engine/pane-commands.ts";
import { placeContent } from "../../src/engine/panes.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import type { Effect } from "../../src/ui/effects.ts";
import type { InputEvent } from "../../src/ui/key-types.ts";
import { fallbackTheme } from "../../src/ui/theme.ts";
import {
  createUi,
  frame,
  onAnswer,
  onFact,
  onFrameShown,
  onInput,
  onPulse,
  onReply,
  onSnapshot,
  onTick,
  startEffects,
  type Ui,
  type UiOptions,
} from "../../src/ui/ui.ts";
import { frameRows } from "./frame-text.ts";
import { profileWith } from "./profile.ts";

type FactInput = FactBody;

export function testProfile(id: string, model = "model-1", over: Partial<Profile> = {}): Profile {
  return profileWith({
    id,
    provider: "openai",
    providerName: "OpenAI",
    wire: "responses",
    baseUrl: "https://api.openai.com/v1",
    origin: "https://api.openai.com",
    auth: { type: "header", header: "authorization", prefix: "Bearer " },
    credential: "env:OPENAI_API_KEY",
    model,
    modelName: model,
    pair: id === "fast" ? "smart" : id === "smart" ? "fast" : null,
    contextWindow: 200_000,
    from: "bundled",
    ...over,
  });
}

export const demoProfile = testProfile("demo", "demo", {
  provider: "demo",
  providerName: "Demo",
  wire: "demo",
  baseUrl: "",
  origin: "",
  auth: { type: "none" },
  credential: "none",
  modelName: "scripted demo",
  contextWindow: null,
});

export function profileRow(id: string, over: Partial<ProfileRow> = {}): ProfileRow {
  return {
    id,
    provider: "openai",
    providerName: "OpenAI",
    model: `${id}-model`,
    modelName: `${id}-model`,
    pair: null,
    contextWindow: 200_000,
    inputMicros: 3_000_000,
    outputMicros: 15_000_000,
    isLocal: false,
    isDemo: false,
    from: "bundled",
    problem: null,
    ...over,
  };
}

export const testSandbox: Sandbox = { mode: "workspace-write", network: true, writable: ["/home/ann/code/shop"] };

export const agentId = (number: number) => `agent-${number}` as AgentId;
export const paneId = (number: number) => `pane-${number}` as PaneId;
export const terminalId = (number: number) => `term-${number}` as TerminalId;
const turnId = (agent: AgentId) => `${agent}-turn` as TurnId;

export interface Stage {
  readonly ui: Ui;
  readonly workspace: Workspace;
  /** All effects that were asked for, oldest first. */
  readonly asked: Effect[];
  now: number;
  nextId: number;
  /** A refusal with this reason answers the next command. */
  refuseNext: string | null;
}

export const START = 1_700_000_000_000;

export function openStage(options: Partial<UiOptions> = {}): Stage {
  const ui = createUi({
    theme: fallbackTheme,
    isAscii: false,
    prefix: "C-b",
    cols: 100,
    rows: 30,
    home: "/home/ann",
    ...options,
  });
  const workspace = emptyWorkspace("/home/ann/code/shop");
  const stage: Stage = { ui, workspace, asked: [], now: START, nextId: 1, refuseNext: null };
  onTick(ui, stage.now);
  startEffects();
  onSnapshot(ui, workspace, []);
  return stage;
}

export function happen(stage: Stage, body: FactInput): void {
  const fact = { ...body, seq: stage.workspace.seq + 1, at: stage.now } as Fact;
  const touched = apply(stage.workspace, fact);
  stage.asked.push(...onFact(stage.ui, fact, touched));
}

export interface AgentSpec {
  readonly title: string;
  readonly profile?: Profile;
  readonly place?: "row" | "column" | "tab";
  readonly sandbox?: Sandbox;
}

export function addAgent(stage: Stage, spec: AgentSpec): Agent {
  const number = stage.workspace.agents.length + 1;
  const id = agentId(number);
  const agent: Agent = {
    id,
    number,
    session: `session-${number}` as SessionId,
    title: spec.title,
    cwd: stage.workspace.folder,
    profile: spec.profile ?? testProfile("fast"),
    head: null,
    status: "idle",
    since: stage.now,
    turn: null,
    queue: [],
    sandbox: spec.sandbox ?? testSandbox,
    terminal: null,
    isEphemeral: false,
  };
  happen(stage, { type: "agent.spawned", agent });
  const leaf: LayoutLeaf = {
    type: "leaf",
    pane: paneId(number),
    content: { type: "agent", agent: id, face: "transcript" },
  };
  const tab = stage.workspace.tabs.at(-1);
  const last = tab === undefined ? undefined : leaves(tab.root).at(-1);
  if (tab === undefined || last === undefined || spec.place === "tab") {
    happen(stage, {
      type: "tab.set",
      tab: { id: `tab-${stage.workspace.tabs.length + 1}` as TabId, name: spec.title, root: leaf, zoomed: null },
    });
  } else {
    happen(stage, {
      type: "tab.set",
      tab: { ...tab, root: splitPane(tab.root, last.pane, spec.place ?? "row", leaf) },
    });
  }
  return stage.workspace.agents.find((each) => each.id === id) ?? agent;
}

type ItemBody = TranscriptItem extends infer T ? (T extends TranscriptItem ? Omit<T, "id" | "parent" | "at" | "turn"> : never) : never;

export const testSource = {
  provider: "openai",
  origin: "https://api.openai.com",
  credential: "env:OPENAI_API_KEY",
  wire: "responses" as const,
  model: "m",
  harness: "native",
};

export function addItem(stage: Stage, agent: Agent, body: ItemBody): TranscriptItem {
  const item = {
    ...body,
    id: `item-${stage.nextId}` as ItemId,
    parent: stage.workspace.agents.find((each) => each.id === agent.id)?.head ?? null,
    at: stage.now,
    turn: agent.turn,
  } as TranscriptItem;
  stage.nextId += 1;
  happen(stage, { type: "item.added", agent: agent.id, item });
  return item;
}

export function startTurn(stage: Stage, agent: Agent): void {
  happen(stage, { type: "turn.queued", agent: agent.id, turn: turnId(agent.id), profile: agent.profile.id });
  happen(stage, { type: "turn.started", agent: agent.id, turn: turnId(agent.id) });
}

/** With a question of the model. */
export function endAsking(stage: Stage, agent: Agent): void {
  happen(stage, { type: "turn.ended", agent: agent.id, turn: turnId(agent.id), outcome: "done", durationMs: 1000, isAsking: true });
}

export function endTurn(stage: Stage, agent: Agent, outcome: "done" | "failed" | "interrupted" = "done"): void {
  happen(stage, { type: "turn.ended", agent: agent.id, turn: turnId(agent.id), outcome, durationMs: 1000 });
}

export function queueTurn(stage: Stage, agent: Agent): void {
  happen(stage, { type: "turn.queued", agent: agent.id, turn: turnId(agent.id), profile: agent.profile.id });
}

export function ask(
  stage: Stage,
  agent: Agent,
  code: string,
  over: { language?: string; patch?: string; path?: string; sandbox?: Sandbox; action?: Action; rule?: RuleOffer; noRule?: string } = {},
): ApprovalId {
  const id = `approval-${stage.nextId}` as ApprovalId;
  stage.nextId += 1;
  if (agent.turn === null) startTurn(stage, agent);
  happen(stage, {
    type: "approval.asked",
    agent: agent.id,
    approval: {
      id,
      agent: agent.id,
      turn: turnId(agent.id),
      item: "item-0" as ItemId,
      cwd: agent.cwd,
      sandbox: over.sandbox ?? agent.sandbox,
      digest: `digest-${id}`,
      askedAt: stage.now,
      action:
        over.action ??
        (over.path === undefined
          ? { type: "exec", language: over.language ?? "shell", code }
          : { type: "edit", path: over.path, edits: [{ old: "a", new: "b", all: false }] }),
      ...(over.patch === undefined ? {} : { patch: over.patch }),
      ...(over.rule === undefined ? {} : { rule: over.rule }),
      ...(over.noRule === undefined ? {} : { noRule: over.noRule }),
    },
  });
  return id;
}

export function openTerminal(
  stage: Stage,
  number: number,
  agent: AgentId | null,
  title = "bash",
  over: Partial<TerminalInfo> = {},
): TerminalId {
  const id = terminalId(number);
  happen(stage, {
    type: "terminal.opened",
    terminal: { id, agent, title, cwd: stage.workspace.folder, sandbox: testSandbox, exitCode: null, ...over },
  });
  return id;
}

// Driving it ------------------------------------------------------------------------------------------------------------

/** What the client does around each event: time, the event, the answers of a small engine, a frame. */
export function send(stage: Stage, event: InputEvent): Effect[] {
  onTick(stage.ui, stage.now);
  const effects = onInput(stage.ui, event);
  stage.asked.push(...effects);
  for (const effect of effects) serve(stage, effect);
  show(stage);
  return effects;
}

export function show(stage: Stage): void {
  onTick(stage.ui, stage.now);
  frame(stage.ui);
  onFrameShown(stage.ui);
}

export function wait(stage: Stage, ms: number): void {
  stage.now += ms;
  show(stage);
}

const named: Readonly<Record<string, string>> = {
  enter: "\r",
  tab: "\t",
  escape: "\u001b",
  space: " ",
  backspace: "\u007f",
  "C-c": "\u0003",
  "C-d": "\u0004",
};

export function press(stage: Stage, ...chords: string[]): Effect[] {
  return chords.flatMap((chord) => send(stage, { type: "key", chord, raw: named[chord] ?? chord }));
}

export function type(stage: Stage, text: string): Effect[] {
  return [...text].flatMap((each) => press(stage, each === " " ? "space" : each));
}

export function paste(stage: Stage, text: string): Effect[] {
  return send(stage, { type: "paste", text });
}

/** A press of the left button, and its end. */
export function click(stage: Stage, x: number, y: number): Effect[] {
  return [...mouse(stage, "press", x, y), ...mouse(stage, "release", x, y)];
}

type MouseEvent = Extract<InputEvent, { type: "mouse" }>;

export function mouse(stage: Stage, action: MouseEvent["action"], x: number, y: number, over: Partial<MouseEvent> = {}): Effect[] {
  const isWheel = action === "wheelup" || action === "wheeldown";
  const button = isWheel ? "none" : "left";
  return send(stage, { type: "mouse", action, button, x, y, hasCtrl: false, hasShift: false, hasAlt: false, ...over });
}

export function stream(stage: Stage, agent: Agent, text: string, kind: "text" | "thought" = "text", part = 0): void {
  onPulse(stage.ui, { type: "stream", agent: agent.id, turn: turnId(agent.id), part, kind, offset: 0, text });
}

export const testRows: ProfileRow[] = [
  profileRow("fast", {
    modelName: "gpt-5-mini",
    pair: "smart",
    inputMicros: 250_000,
    outputMicros: 2_000_000,
    contextWindow: 400_000,
  }),
  profileRow("smart", { modelName: "gpt-5.5", pair: "fast", contextWindow: 1_050_000 }),
  profileRow("ollama", {
    provider: "ollama",
    providerName: "Ollama",
    modelName: "qwen3:4b",
    isLocal: true,
    inputMicros: null,
    outputMicros: null,
    contextWindow: 32_768,
  }),
  profileRow("anthropic", {
    provider: "anthropic",
    providerName: "Anthropic",
    modelName: "Claude Opus",
    problem: "ANTHROPIC_API_KEY is not set and the vault has no key; run: interpane vault add anthropic",
  }),
  profileRow("lmstudio", {
    provider: "lmstudio",
    providerName: "LM Studio",
    modelName: "local model",
    isLocal: true,
    contextWindow: null,
    inputMicros: null,
    outputMicros: null,
    problem: "nothing answers on 127.0.0.1:1234; start LM Studio's server",
  }),
  profileRow("demo", {
    provider: "demo",
    providerName: "Demo",
    modelName: "scripted demo",
    isDemo: true,
    isLocal: true,
    contextWindow: null,
    inputMicros: 0,
    outputMicros: 0,
  }),
];

function reply(stage: Stage, effect: Extract<Effect, { type: "command" }>, over: Partial<Extract<Reply, { ok: true }>> = {}): void {
  stage.asked.push(...onReply(stage.ui, effect.purpose, { type: "reply", id: 1, ok: true, seq: stage.workspace.seq, ...over }));
}

function serve(stage: Stage, effect: Effect): void {
  if (effect.type === "query") {
    if (effect.query.type === "profiles")
      onAnswer(stage.ui, effect.purpose, {
        type: "profiles",
        rows: testRows,
        problems: [],
        defaultPair: ["fast", "smart"],
      });
    return;
  }
  if (effect.type !== "command") return;
  const reason = stage.refuseNext;
  if (reason !== null) {
    stage.refuseNext = null;
    stage.asked.push(...onReply(stage.ui, effect.purpose, { type: "reply", id: 1, ok: false, reason }));
    return;
  }
  reply(stage, effect, serveCommand(stage, effect.command));
}

const newTab = (stage: Stage) => `tab-new-${stage.nextId++}` as TabId;

/** As much of the engine as its layout commands need. */
function layoutEngine(stage: Stage): WorkspaceEngine {
  const emit = (body: FactInput) => {
    happen(stage, body);
    return stage.workspace.seq;
  };
  return { workspace: stage.workspace, emit, options: { ports: { newId: () => newTab(stage) } } } as unknown as WorkspaceEngine;
}

function tabWith(stage: Stage, pane: PaneId) {
  return stage.workspace.tabs.find((tab) => findLeaf(tab.root, pane) !== undefined);
}

/** Enough of an engine for the screen: layout, profiles, prompts, answers. */
function serveCommand(stage: Stage, command: Command): Partial<Extract<Reply, { ok: true }>> {
  switch (command.type) {
    case "agent.spawn": {
      const before = stage.workspace.tabs;
      const agent = addAgent(stage, {
        title: `new ${stage.workspace.agents.length + 1}`,
        place: command.place.type === "beside" ? command.place.direction : "tab",
      });
      if (before.length === 0) return { agent: agent.id };
      return { agent: agent.id, pane: paneId(agent.number) };
    }
    case "agent.close": {
      const pane = stage.workspace.tabs
        .flatMap((tab) => leaves(tab.root))
        .find((leaf) => leaf.content.type === "agent" && leaf.content.agent === command.agent);
      happen(stage, { type: "agent.closed", agent: command.agent });
      const tab = pane === undefined ? undefined : tabWith(stage, pane.pane);
      const root = pane === undefined || tab === undefined ? null : removePane(tab.root, pane.pane);
      if (tab !== undefined && root !== null) happen(stage, { type: "tab.set", tab: { ...tab, root, zoomed: null } });
      else if (tab !== undefined) happen(stage, { type: "tab.closed", tab: tab.id });
      return {};
    }
    case "agent.useProfile": {
      const { profile = "fast" } = command;
      happen(stage, {
        type: "agent.profileUsed",
        agent: command.agent,
        profile: testProfile(profile, testRows.find((row) => row.id === profile)?.modelName ?? profile),
      });
      return {};
    }
    case "agent.swapPair": {
      const agent = stage.workspace.agents.find((each) => each.id === command.agent);
      const pair = agent?.profile.pair;
      if (pair != null) happen(stage, { type: "agent.profileUsed", agent: command.agent, profile: testProfile(pair, `${pair}-model`) });
      return {};
    }
    case "prompt.send": {
      const agent = stage.workspace.agents.find((each) => each.id === command.agent);
      if (agent === undefined) return {};
      if (agent.turn !== null) {
        happen(stage, {
          type: "prompt.queued",
          agent: agent.id,
          prompt: {
            id: `prompt-${stage.nextId++}` as PromptId,
            text: command.text,
            ...(command.profile === undefined ? {} : { profile: command.profile }),
          },
        });
        return {};
      }
      addItem(stage, agent, { type: "user", text: command.text });
      startTurn(stage, agent);
      return {};
    }
    case "prompt.takeBack": {
      const agent = stage.workspace.agents.find((each) => each.id === command.agent);
      const prompt = agent?.queue.at(-1);
      if (agent === undefined || prompt === undefined) return {};
      happen(stage, { type: "prompt.taken", agent: agent.id, prompt: prompt.id });
      return { note: prompt.text };
    }
    case "turn.interrupt": {
      const agent = stage.workspace.agents.find((each) => each.id === command.agent);
      if (agent !== undefined && agent.turn !== null) endTurn(stage, agent, "interrupted");
      return {};
    }
    case "approval.answer": {
      const approval = stage.workspace.approvals.find((each) => each.id === command.approval);
      if (approval !== undefined)
        happen(stage, {
          type: "approval.answered",
          agent: approval.agent,
          approval: approval.id,
          answer: command.answer,
          by: "user",
        });
      return {};
    }
    case "pane.face": {
      const tab = tabWith(stage, command.pane);
      const leaf = tab === undefined ? undefined : findLeaf(tab.root, command.pane);
      if (tab !== undefined && leaf?.content.type === "agent")
        happen(stage, {
          type: "tab.set",
          tab: { ...tab, root: replaceContent(tab.root, command.pane, { ...leaf.content, face: command.face }) },
        });
      return {};
    }
    case "pane.zoom":
    case "pane.resize":
    case "pane.moveBorder":
    case "pane.spread":
    case "pane.swap":
    case "pane.move":
    case "tab.tile":
    case "tab.arrange":
    case "tab.rotate":
    case "tab.rename":
    case "tab.move":
    case "tab.sync": {
      const result = runPaneCommand(layoutEngine(stage), command);
      return !(result instanceof Promise) && result.ok ? result : {};
    }
    case "terminal.open": {
      const number = stage.workspace.terminals.length + 1;
      const title = command.argv?.at(-1) ?? "bash";
      const terminal = openTerminal(stage, number, null, title, { argv: command.argv ?? ["/bin/bash"] });
      const pane = `term-pane-${number}` as PaneId;
      const fact = placeContent(stage.workspace, command.place, pane, { type: "terminal", terminal }, () => newTab(stage));
      if (fact !== null) happen(stage, fact);
      return { pane, terminal };
    }
    case "terminal.rename":
      happen(stage, { type: "terminal.titled", terminal: command.terminal, title: command.title });
      return {};
    case "workspace.setOffline":
      happen(stage, { type: "workspace.offlineSet", isOffline: command.isOffline });
      return {};
    case "credential.add":
      return { note: command.provider };
    default:
      return {};
  }
}

/** The commands among the effects. */
export function commandsOf(effects: readonly Effect[]): Command[] {
  return effects.flatMap((effect) => (effect.type === "command" ? [effect.command] : []));
}

/** All that is on the screen now, row by row. */
export function screenText(stage: Stage): string {
  return frameRows(frame(stage.ui)).join("\n");
}
