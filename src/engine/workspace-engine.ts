// One open workspace: its agents, terminals and panes. Knows no socket and no screen. Their turns: `start-turn.ts`.

import type { Touched } from "../domain/apply.ts";
import type { AgentId, ItemId, PaneId, SessionId, TabId, TerminalId, TurnId } from "../domain/ids.ts";
import type { NewItem, TranscriptItem } from "../domain/item.ts";
import type { Profile } from "../domain/profile.ts";
import type { Fact, FactBody, Place } from "../domain/protocol.ts";
import { type Agent, findAgent, type Sandbox, type TerminalInfo, type Workspace } from "../domain/workspace.ts";
import type { AgentRuntime } from "./agent-runtime.ts";
import { FactLog } from "./fact-log.ts";
import type { ItemStore } from "./item-store.ts";
import type { LaneName, LanePlace, Lanes } from "./lanes.ts";
import { dropPane, panesOf, placeContent } from "./panes.ts";
import { closesAtEnd, reviveTerminals } from "./plain-terminals.ts";
import type { DesktopEnv, Ports, Terminal, TerminalSpec } from "./ports.ts";
import { closeCrashedTurn, openSession, openWorkspaceState } from "./recovery.ts";

export interface EngineOptions {
  readonly folder: string;
  readonly ports: Ports;
  /** Shared by all workspaces of the server. */
  readonly lanes: Lanes;
  readonly laneOf: (profile: Profile) => LaneName;
  /** What a terminal gets; never a secret. */
  readonly shellEnv: () => Readonly<Record<string, string>>;
  /** What a terminal of the user's own gets: the environment that this client, or null: the newest one, came with. Left out: as `shellEnv`. */
  readonly ownEnv?: (client: ClientId | null) => Readonly<Record<string, string>>;
  /** The desktop that a client brought; null: the newest. Left out: there is none. */
  readonly desktopOf?: (client: ClientId | null) => DesktopEnv;
  readonly platform: { readonly os: string };
  readonly isOffline: boolean;
  readonly onFact: (fact: Fact, touched: Touched) => void;
  /** The reply of an agent grew, or its stream ended. */
  readonly onStream: (agent: AgentId) => void;
  /** State changed otherwise than by a fact of its own (a session was replayed): clients need a new snapshot. */
  readonly onSnapshot: () => void;
  readonly onAlert: (text: string) => void;
}

/** Whoever sent a command: its ephemeral agents end with it. */
export type ClientId = number;

export class WorkspaceEngine {
  readonly workspace: Workspace;
  readonly notices: readonly string[];
  readonly options: EngineOptions;
  readonly #log: FactLog;
  readonly #runtimes = new Map<AgentId, AgentRuntime>();
  readonly #terminals = new Map<TerminalId, Terminal>();
  readonly #ephemeral = new Map<AgentId, ClientId>();
  /** Sessions that began here: of these alone it is known that they are empty and not merely damaged. */
  readonly #made = new Set<SessionId>();
  /** Agents that are seen already and take no commands yet. */
  readonly #spawning = new Map<AgentId, Promise<void>>();
  #isClosing = false;

  private constructor(options: EngineOptions, workspace: Workspace, log: FactLog, notices: readonly string[]) {
    this.options = options;
    this.workspace = workspace;
    this.#log = log;
    this.notices = notices;
  }

  /** Replays the journals, closes what a crash left open, and says so in `notices`. Rejects when the journal cannot be opened. */
  static async open(options: EngineOptions): Promise<WorkspaceEngine> {
    const { ports, folder, onFact, onAlert } = options;
    const opened = await openWorkspaceState(folder, ports.journals);
    const { workspace } = opened;
    const isNew = workspace.seq === 0;
    const log = new FactLog({ workspace, clock: ports.clock, workspaceJournal: opened.journal, publish: onFact, onAlert });
    const engine = new WorkspaceEngine(options, workspace, log, opened.notices);
    if (isNew) engine.emit({ type: "workspace.opened", folder });
    if (options.isOffline && !workspace.isOffline) engine.emit({ type: "workspace.offlineSet", isOffline: true });
    for (const agent of [...workspace.agents]) {
      const session = opened.sessions.get(agent.id);
      if (session === undefined) {
        for (const pane of panesOf(workspace, agent.id)) engine.#drop(pane);
        engine.emit({ type: "agent.closed", agent: agent.id });
        continue;
      }
      log.addSession(agent.session, session.journal);
      await engine.#adopt(agent, session.items);
    }
    reviveTerminals(engine);
    await log.synced(null);
    return engine;
  }

  emit(body: FactBody): number {
    return this.#log.emit(body);
  }

  /** Resolves when what was said so far of the workspace and of this agent's session is on disk. */
  synced(agent?: AgentId): Promise<boolean> {
    const session = agent === undefined ? undefined : findAgent(this.workspace, agent)?.session;
    return this.#log.synced(session ?? null);
  }

  /** Throws where it is closed: the caller has seen that it is not. */
  agent(id: AgentId): Agent {
    const agent = findAgent(this.workspace, id);
    if (agent === undefined) throw new Error(`no agent ${id}`);
    return agent;
  }

  runtime(agent: AgentId): AgentRuntime | undefined {
    return this.#runtimes.get(agent);
  }

  /** Everything ends: nothing new is to begin. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  terminal(id: TerminalId): Terminal | undefined {
    return this.#terminals.get(id);
  }

  async items(agent: AgentId, before: ItemId | undefined, limit: number): Promise<{ items: TranscriptItem[]; hasMore: boolean }> {
    const head = findAgent(this.workspace, agent)?.head ?? null;
    return (await this.#runtimes.get(agent)?.items.page(head, before, limit)) ?? { items: [], hasMore: false };
  }

  /** Agents in a turn, or whose process still stops. */
  workingCount(): number {
    return this.workspace.agents.filter((agent) => agent.turn !== null || agent.status === "stopping").length;
  }

  /** Plain terminals whose program runs: the user's own work, which a leaving server would end. */
  hasRunningTerminals(): boolean {
    return this.workspace.terminals.some((terminal) => terminal.agent === null && terminal.exitCode === null);
  }

  lanePlace(agent: AgentId): LanePlace | null {
    const found = findAgent(this.workspace, agent);
    return found === undefined ? null : this.options.lanes.place(this.options.laneOf(found.profile).key, found.id);
  }

  /** A client is gone, however it went: what was to end with it ends. */
  async clientGone(client: ClientId): Promise<void> {
    for (const terminal of this.#terminals.values()) terminal.hold(client, false);
    for (const [agent, owner] of [...this.#ephemeral]) if (owner === client) await this.closeAgent(agent);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const runtime of this.#runtimes.values()) runtime.abort?.abort();
    await Promise.allSettled([...this.#runtimes.values()].map((runtime) => runtime.running));
    await Promise.allSettled([...this.#terminals.values()].map((terminal) => terminal.close()));
    await this.#log.close();
  }

  // Agents ------------------------------------------------------------------------------------------------------------

  /** Starts an agent, or carries a kept session on in a new one. */
  async spawn(spec: SpawnSpec): Promise<{ agent: AgentId; pane: PaneId | null }> {
    const { ports, folder } = this.options;
    const id = ports.newId<AgentId>("a");
    const number = firstFree(this.workspace.agents.map((agent) => agent.number));
    const session = spec.session ?? ports.newId<SessionId>("s");
    const agent: Agent = {
      id,
      number,
      session,
      title: spec.title ?? `agent ${number}`,
      cwd: spec.cwd ?? folder,
      profile: spec.profile,
      head: null,
      status: "idle",
      since: ports.clock.now(),
      turn: null,
      queue: [],
      sandbox: this.#sandbox(spec.isOffline),
      terminal: null,
      isEphemeral: spec.owner !== null,
    };
    const made = Promise.withResolvers<void>();
    this.#spawning.set(id, made.promise);
    try {
      return await this.#make(agent, spec);
    } finally {
      this.#spawning.delete(id);
      made.resolve();
    }
  }

  /** Resolves when an agent that is being made takes commands, or will never; undefined for any other. */
  spawning(id: AgentId): Promise<void> | undefined {
    return this.#spawning.get(id);
  }

  async #make(agent: Agent, spec: SpawnSpec): Promise<{ agent: AgentId; pane: PaneId | null }> {
    const { ports, folder } = this.options;
    const { id, session } = agent;
    this.emit({ type: "agent.spawned", agent });
    const opened = await openSession(this.workspace, this.agent(id), ports.journals).catch((error: unknown) => {
      this.emit({ type: "agent.closed", agent: id });
      throw error;
    });
    this.#log.addSession(session, opened.journal);
    if (spec.owner !== null) this.#ephemeral.set(id, spec.owner);
    const runtime = await this.#adopt(this.agent(id), opened.items);
    runtime.isAutoRun = spec.isAutoRun;
    // What stands on a screen says so there.
    if (spec.isAutoRun && spec.owner === null) this.emit({ type: "agent.autoRunSet", agent: id, isAutoRun: true });
    runtime.isOffline = spec.isOffline;
    runtime.isVerbose = spec.isVerbose ?? false;
    runtime.desktop = spec.desktop ?? null;
    if (spec.session === undefined) {
      runtime.isStopgap = !spec.isProfileChosen && ports.profiles.defaultProblem() !== null;
      this.#made.add(session);
      this.emit({ type: "session.opened", agent: id, session, folder, title: agent.title });
      this.emit({ type: "agent.profileUsed", agent: id, profile: spec.profile });
    } else {
      if (spec.isProfileChosen || this.agent(id).profile.id === spec.profile.id)
        this.emit({ type: "agent.profileUsed", agent: id, profile: spec.profile });
      this.emit({ type: "agent.moved", agent: id, cwd: agent.cwd });
      this.options.onSnapshot();
    }
    const pane = this.place(spec.place, { type: "agent", agent: id, face: "transcript" });
    return { agent: id, pane };
  }

  async #adopt(agent: Agent, items: ItemStore): Promise<AgentRuntime> {
    const runtime: AgentRuntime = {
      id: agent.id,
      session: agent.session,
      items,
      home: agent.cwd,
      isAutoRun: false,
      isOffline: false,
      isVerbose: false,
      isStopgap: false,
      stream: { turn: null, parts: [] },
      terminal: null,
      shell: null,
      abort: null,
      running: Promise.resolve(),
      desktop: null,
      measured: null,
      waiting: new Map(),
    };
    this.#runtimes.set(agent.id, runtime);
    await closeCrashedTurn(
      this.workspace,
      agent,
      items,
      (item) => void this.addItem(agent.id, item, agent.turn),
      (body) => void this.emit(body),
    );
    if (agent.status === "stopping") this.emit({ type: "agent.settled", agent: agent.id });
    // Leave to run code was given for that time.
    if (agent.isAutoRun === true) this.emit({ type: "agent.autoRunSet", agent: agent.id, isAutoRun: null });
    return runtime;
  }

  /** Ends the turn, the shell and the pane; the session is kept. */
  async closeAgent(id: AgentId): Promise<void> {
    const runtime = this.#runtimes.get(id);
    if (runtime === undefined) return;
    this.#runtimes.delete(id);
    this.#ephemeral.delete(id);
    runtime.abort?.abort();
    await runtime.running;
    for (const pane of panesOf(this.workspace, id)) this.#drop(pane);
    for (const terminal of this.workspace.terminals.filter((info) => info.agent === id)) await this.closeTerminal(terminal.id);
    this.options.ports.terminals.forget(id);
    const isUnused = this.#made.delete(runtime.session) && (this.workspace.items[id] ?? []).length === 0;
    this.emit({ type: "agent.closed", agent: id });
    await this.#log.dropSession(runtime.session);
    // Nobody would know it again in a list.
    if (isUnused) await this.options.ports.journals.remove(runtime.session);
    else await this.options.ports.images.sweep(runtime.session);
  }

  addItem(agent: AgentId, item: NewItem, turn: TurnId | null): ItemId {
    const { ports } = this.options;
    const id = ports.newId<ItemId>("i");
    const parent = findAgent(this.workspace, agent)?.head ?? null;
    const whole: TranscriptItem = { ...item, id, parent, at: ports.clock.now(), turn };
    this.#runtimes.get(agent)?.items.add(whole);
    this.emit({ type: "item.added", agent, item: whole });
    return id;
  }

  // Terminals and panes -------------------------------------------------------------------------------------------------

  /** The agent's shell: the one it has, or a new one where there is none, it has ended, or it is busy with something else. */
  async shellOf(id: AgentId): Promise<Terminal> {
    const runtime = this.#runtimes.get(id);
    if (runtime === undefined) throw new Error(`agent ${id} is closed`);
    if (runtime.terminal !== null) return runtime.terminal;
    const agent = this.agent(id);
    const env = this.options.shellEnv();
    const { shell } = agent.profile;
    runtime.shell = this.options.ports.terminals.shellName(shell, env);
    runtime.terminal = this.openTerminal({
      info: { agent: id, title: `shell ${agent.number}`, cwd: agent.cwd, sandbox: agent.sandbox },
      program: { type: "shell", ...(shell === undefined ? {} : { name: shell }) },
      env: () => env,
    });
    return runtime.terminal;
  }

  /** Left out: that of the newest client. */
  desktopOf(own: DesktopEnv | null): DesktopEnv {
    return own ?? this.options.desktopOf?.(null) ?? {};
  }

  openTerminal({ info, program, env }: TerminalStart): Terminal {
    const { ports } = this.options;
    const id = ports.newId<TerminalId>("x");
    const startedAt = ports.clock.now();
    const { cwd, sandbox } = info;
    const owner = info.agent === null ? {} : { agent: info.agent };
    const spec: TerminalSpec = { id, cwd, cols: 80, rows: 24, program, sandbox, ...owner, env: env(id) };
    const terminal = ports.terminals.open(spec, (exitCode) => this.#terminalEnded(id, exitCode, ports.clock.now() - startedAt));
    this.#terminals.set(id, terminal);
    this.emit({ type: "terminal.opened", terminal: { id, ...info, exitCode: null } });
    return terminal;
  }

  #terminalEnded(id: TerminalId, exitCode: number, ranMs: number): void {
    const info = this.workspace.terminals.find((terminal) => terminal.id === id);
    if (info === undefined) return;
    // A workspace that is closed ends the user's own too: when it is opened again they are what they were.
    if (this.#isClosing && info.agent === null) return;
    this.emit({ type: "terminal.ended", terminal: id, exitCode });
    if (info.agent === null) {
      if (closesAtEnd(info, exitCode, ranMs)) void this.closeTerminal(id);
      return;
    }
    // An agent's shell that ended is replaced when it is next needed.
    const runtime = this.#runtimes.get(info.agent);
    if (runtime?.terminal?.id === id) runtime.terminal = null;
    this.forgetTerminal(id);
  }

  async closeTerminal(id: TerminalId): Promise<void> {
    const terminal = this.#terminals.get(id);
    this.#terminals.delete(id);
    for (const runtime of this.#runtimes.values()) if (runtime.terminal?.id === id) runtime.terminal = null;
    this.forgetTerminal(id);
    await terminal?.close();
  }

  /** Takes it out of the workspace, with its panes. */
  forgetTerminal(id: TerminalId): void {
    this.#terminals.delete(id);
    for (const pane of panesOf(this.workspace, id)) this.#drop(pane);
    if (this.workspace.terminals.some((terminal) => terminal.id === id)) this.emit({ type: "terminal.closed", terminal: id });
  }

  place(place: Place, content: Parameters<typeof placeContent>[3]): PaneId | null {
    const { newId } = this.options.ports;
    const pane = newId<PaneId>("p");
    const fact = placeContent(this.workspace, place, pane, content, () => newId<TabId>("w"));
    if (fact === null) return null;
    this.emit(fact);
    return pane;
  }

  #drop(pane: PaneId): void {
    const fact = dropPane(this.workspace, pane);
    if (fact !== null) this.emit(fact);
  }

  /** The machine's default, without network where the workspace or the agent is offline. */
  #sandbox(isOffline: boolean): Sandbox {
    const { sandbox } = this.options.ports.terminals.defaultSandbox(this.options.folder);
    const isCut = (isOffline || this.workspace.isOffline) && sandbox.mode !== "full";
    return isCut ? { ...sandbox, network: false } : sandbox;
  }

  /** Online or offline: agents' sandboxes follow, and so get new shells. */
  async setOffline(isOffline: boolean): Promise<void> {
    this.emit({ type: "workspace.offlineSet", isOffline });
    for (const agent of [...this.workspace.agents]) {
      const sandbox = this.#sandbox(this.#runtimes.get(agent.id)?.isOffline ?? false);
      if (JSON.stringify(sandbox) === JSON.stringify(agent.sandbox)) continue;
      if (agent.terminal !== null) await this.closeTerminal(agent.terminal);
      this.emit({ type: "agent.sandboxSet", agent: agent.id, sandbox });
    }
  }
}

export interface TerminalStart {
  readonly info: Omit<TerminalInfo, "id" | "exitCode">;
  readonly program: TerminalSpec["program"];
  readonly env: (id: TerminalId) => Readonly<Record<string, string>>;
}

export interface SpawnSpec {
  readonly profile: Profile;
  /** The user named the profile: it wins over the one that a kept session used. */
  readonly isProfileChosen: boolean;
  readonly place: Place;
  readonly cwd?: string;
  readonly title?: string;
  readonly session?: SessionId;
  readonly isAutoRun: boolean;
  readonly isVerbose?: boolean;
  readonly isOffline: boolean;
  readonly desktop?: DesktopEnv;
  /** The client with which the agent ends; null: it stays. */
  readonly owner: ClientId | null;
}

function firstFree(used: readonly number[]): number {
  let number = 1;
  while (used.includes(number)) number += 1;
  return number;
}
