// The process that owns everything: it listens, opens workspaces, and leaves when no client and no agent is left.

import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { TerminalId } from "../domain/ids.ts";
import { type ClientMessage, type Command, type Hello, PROTOCOL_VERSION } from "../domain/protocol.ts";
import type { CommandResult } from "../engine/command-result.ts";
import { runCommand } from "../engine/commands.ts";
import { typeInto } from "../engine/pane-commands.ts";
import { copySession, deleteSession } from "../engine/session-commands.ts";
import { WorkspaceEngine } from "../engine/workspace-engine.ts";
import { encodeMessage, type Keys } from "../link/frames.ts";
import type { Home } from "../link/home.ts";
import type { ServerLink } from "../link/link.ts";
import { listenAsLock } from "../link/socket-path.ts";
import { type ClientEnvs, createClientEnvs } from "./client-envs.ts";
import { ClientSession } from "./client-session.ts";
import { helloProblem } from "./hello-problem.ts";
import { isMemoryCommand } from "./memory.ts";
import { runQuery } from "./queries.ts";
import { encodeSnapshot } from "./snapshot.ts";
import { createTerminalFocus, type TerminalFocus } from "./terminal-focus.ts";
import { createTerminalSizes, type TerminalSizes } from "./terminal-sizes.ts";
import { isVaultCommand } from "./vault-gate.ts";
import { createWaitingRoom, type WaitingRoom } from "./waiting-room.ts";
import { createWorld, type World } from "./world.ts";

/** After the last client has gone with no agent left, ms: a quick restart finds the server still there. */
const LINGER_MS = 3_000;
/** How long a first screen waits for its agent, which waits for local model servers to answer, ms. */
const FIRST_AGENT_MS = 150;
/** What a client may have sent before its workspace stands; more is left unread until then. */
const EARLY_MESSAGES_MAX = 256;
/** Between two pulses of a model that is being fetched, ms. */
const PULL_PULSE_MS = 250;

export interface ServerOptions {
  readonly home: Home;
  /** Where the program is installed. */
  readonly packageDir: string;
  /** Closed when the server listens: whoever started it waits for that. */
  readonly readyFd?: number;
}

/** Resolves when the server has left; the exit code is in `process.exitCode`. */
export async function runServer(options: ServerOptions): Promise<void> {
  const listening = await listenAsLock(options.home.runDir);
  if (!listening.ok) {
    if (listening.reason === "unusable") {
      process.stderr.write(`${listening.message}\n`);
      process.exitCode = 2;
    }
    return;
  }
  // Whoever connects while the rest is being made is heard as soon as it stands.
  const early: Socket[] = [];
  let accept = (socket: Socket): void => {
    socket.on("error", () => {});
    early.push(socket);
  };
  listening.server.on("connection", (socket) => accept(socket));
  const world = await createWorld(options.home, options.packageDir);
  const server = new Server(world);
  accept = (socket) => server.accept(socket);
  for (const socket of early) accept(socket);
  if (options.readyFd !== undefined) closeSync(options.readyFd);
  const stop = (): void => server.stop();
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", () => {});
  process.on("uncaughtException", (error) => world.log(`uncaught: ${error.stack ?? error.message}`));
  process.on("unhandledRejection", (reason) =>
    world.log(`unhandled: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`),
  );
  await server.left;
  // Journals are closed before another server may take the lock.
  await world.close();
  listening.release();
}

interface OpenWorkspace {
  readonly engine: WorkspaceEngine;
  readonly clients: Set<ClientSession>;
  readonly sizes: TerminalSizes;
  readonly focus: TerminalFocus;
  /** From the moment it is being stopped; resolves when its journals are closed. */
  closing: Promise<void> | null;
  /** While the agent of a first screen is being made. */
  firstAgent: Promise<string | null> | null;
}

function isEmpty({ engine, clients }: OpenWorkspace): boolean {
  return clients.size === 0 && engine.workspace.agents.length === 0 && !engine.hasRunningTerminals();
}

/** After a screen has come, ms. */
const SPENT_AFTER_MS = 250;

class Server {
  readonly left: Promise<void>;
  readonly #world: World;
  readonly #workspaces = new Map<string, Promise<OpenWorkspace>>();
  readonly #opened = new Map<string, OpenWorkspace>();
  readonly #clients = new Set<ClientSession>();
  readonly #waitingRoom: WaitingRoom = createWaitingRoom({ onHello: (link, hello) => void this.#greet(link, hello) });
  /** Clients whose workspace is being opened. */
  #greeting = 0;
  #nextClient = 1;
  readonly #envs: ClientEnvs;
  #isStopping = false;
  #leave: () => void = () => {};
  #linger: NodeJS.Timeout | null = null;

  constructor(world: World) {
    this.#world = world;
    this.#envs = createClientEnvs(world.environment, process.env);
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
    world.onLanes(() => this.#lanesChanged());
    world.onAlert((text) => {
      for (const client of this.#clients) if (client.view !== null) client.alert(text);
    });
    const screens = (): ClientSession[] => [...this.#clients].filter((client) => client.role === "screen");
    world.spending.onSpent((spent) => {
      for (const client of screens()) client.pulse(spent);
    });
    world.vaultGate.serve({
      hasScreen: () => screens().length > 0,
      onWanted: (isWanted) => {
        for (const client of screens()) client.pulse({ type: "unlock", isWanted });
      },
    });
    world.terminals.onChange((terminal) => {
      for (const client of this.#clients) client.touchTerminal(terminal);
    });
    world.terminals.onBell((terminal) => {
      for (const client of this.#clients) client.bell(terminal);
    });
    world.terminals.onName((terminal) => {
      for (const { engine, clients } of this.#opened.values())
        if (engine.terminal(terminal) !== undefined) for (const client of clients) client.touchTitle(terminal);
    });
    this.#lingerOrStay();
  }

  accept(socket: Socket): void {
    // Whoever comes now tries again, and starts a new server.
    if (this.#isStopping) {
      socket.destroy();
      return;
    }
    this.#waitingRoom.accept(socket);
  }

  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#waitingRoom.close();
    for (const client of this.#clients) {
      client.send({ type: "bye", reason: "the server was stopped" });
      client.close();
    }
    void this.#closeAll().then(() => this.#leave());
  }

  async #closeAll(): Promise<void> {
    await Promise.allSettled(this.#workspaces.values());
    await Promise.allSettled([...this.#opened.values()].map((open) => this.#closeWorkspace(open, "the server was stopped")));
  }

  async #greet(link: ServerLink, hello: Hello): Promise<void> {
    const { epoch } = this.#world;
    const waiting: ClientMessage[] = [];
    link.onMessage = (message) => {
      waiting.push(message);
      if (waiting.length === EARLY_MESSAGES_MAX) link.pause();
    };
    link.send({ type: "welcome", version: PROTOCOL_VERSION, epoch, pid: process.pid });
    const problem = helloProblem(hello, { clients: this.#clients.size + this.#greeting, isOpen: this.#workspaces.has(hello.folder) });
    if (problem !== null) {
      link.send({ type: "bye", reason: problem });
      link.close();
      return;
    }
    this.#world.environment.merge(hello.env);
    this.#envs.came(hello);
    if (hello.role === "query") {
      this.#serve(link, hello, null, waiting);
      return;
    }
    // A client that dies while its workspace is being opened must not be waited for.
    let isGone = false;
    link.onClose = () => {
      isGone = true;
    };
    this.#greeting += 1;
    try {
      const [open] = await Promise.all([this.#open(hello.folder, hello.isOffline ?? false), this.#world.probed]);
      if (hello.isOffline === true && !open.engine.workspace.isOffline) await open.engine.setOffline(true);
      // Before the snapshot: the first frame has the agent in it, and what is typed at once is not lost.
      const isFirst = hello.role === "screen" && open.engine.workspace.tabs.length === 0;
      const first = isFirst ? this.#firstAgent(open) : Promise.resolve(null);
      await Promise.race([first, sleep(FIRST_AGENT_MS)]);
      if (isGone || this.#isStopping || open.closing !== null) {
        link.send({ type: "bye", reason: this.#isStopping ? "the server was stopped" : "the workspace was stopped" });
        link.close();
        return;
      }
      const client = this.#serve(link, hello, open, waiting);
      const demoReason = await first;
      if (demoReason !== null) client.alert(demoReason);
    } catch (error) {
      link.send({
        type: "bye",
        reason: `cannot open the workspace of ${hello.folder}: ${error instanceof Error ? error.message : String(error)}`,
      });
      link.close();
    } finally {
      this.#greeting -= 1;
      this.#lingerOrStay();
    }
  }

  /**
   * Every workspace with a screen has at least one agent, on the fast half of the default pair; two screens that come at once
   * wait for the same one. Resolves with why it is on the demo instead; null where it is not.
   */
  #firstAgent(open: OpenWorkspace): Promise<string | null> {
    open.firstAgent ??= this.#spawnFirst(open.engine).finally(() => {
      open.firstAgent = null;
    });
    return open.firstAgent;
  }

  async #spawnFirst(engine: WorkspaceEngine): Promise<string | null> {
    const spawned = await runCommand(engine, 0, { type: "agent.spawn", place: { type: "tab" } });
    if (spawned.ok) return null;
    await runCommand(engine, 0, { type: "agent.spawn", place: { type: "tab" }, profile: "demo" });
    return spawned.reason;
  }

  #serve(link: ServerLink, hello: Hello, open: OpenWorkspace | null, waiting: readonly ClientMessage[]): ClientSession {
    const { role, folder } = hello;
    const id = this.#nextClient++;
    this.#envs.named(id, hello);
    const client = new ClientSession({ id, role, folder }, link, {
      runtime: (agent) => open?.engine.runtime(agent),
      lanePlace: (agent) => open?.engine.lanePlace(agent) ?? null,
      rowsSince: (terminal, version) => this.#world.terminals.rowsSince(terminal, version),
      titles: () => open?.engine.workspace.terminals.map(({ id }) => id) ?? [],
      titleOf: (terminal) => this.#world.terminals.nameOf(terminal),
      lanes: () => this.#world.lanes.rows(),
      snapshot: () => (open === null ? null : encodeSnapshot(open.engine.workspace, [])),
    });
    const snapshot = open === null ? null : this.#firstSnapshot(open);
    this.#clients.add(client);
    open?.clients.add(client);
    if (this.#linger !== null) clearTimeout(this.#linger);
    link.onClose = () => void this.#gone(client, open);
    link.onMessage = (message) => void this.#take(client, open, message);
    link.onKeys = (keys) => this.#takeKeys(client, open, keys);
    client.sendSnapshot(snapshot);
    if (role === "screen" && this.#world.vaultGate.isWanted) client.pulse({ type: "unlock", isWanted: true });
    if (role === "screen") this.#tellSpent(client);
    for (const message of waiting) void this.#take(client, open, message);
    link.resume();
    return client;
  }

  /** Once its first screen stands: opening the ledger takes longer than that may. */
  #tellSpent(client: ClientSession): void {
    setTimeout(() => {
      if (!client.gone.aborted && !this.#isStopping) client.pulse(this.#world.spending.spent());
    }, SPENT_AFTER_MS).unref();
  }

  #firstSnapshot({ engine }: OpenWorkspace): Buffer {
    const { memory } = this.#world;
    const { folder } = engine.workspace;
    const extras = { sidebar: memory.sidebarFor(folder), looksAt: memory.lookFor(folder) };
    return encodeSnapshot(engine.workspace, [...engine.notices, ...this.#world.warnings()], extras);
  }

  async #take(client: ClientSession, open: OpenWorkspace | null, message: ClientMessage): Promise<void> {
    switch (message.type) {
      case "hello":
        client.send({ type: "bye", reason: "hello was said already" });
        return client.close();
      case "ls":
        client.send({ type: "ls", rows: this.workspaceRows() });
        return;
      case "kill":
        return this.#kill(client, open, message.isAll);
      case "query":
        client.requestBegins();
        return this.#query(client, open, message).finally(() => client.requestEnds());
      case "command":
        client.requestBegins();
        return this.#command(client, open, message).finally(() => client.requestEnds());
      default:
        return message satisfies never;
    }
  }

  async #command(
    client: ClientSession,
    open: OpenWorkspace | null,
    { id, command }: Extract<ClientMessage, { type: "command" }>,
  ): Promise<void> {
    const kept = this.#keepBuffer(command, open?.engine.workspace.seq ?? 0);
    if (kept !== null) return client.send({ type: "reply", id, ...kept });
    if (command.type === "model.pull") return client.send({ type: "reply", id, ...(await this.#pull(client, open, command)) });
    if (isVaultCommand(command)) {
      const result = await this.#world.vaultGate.run(command, open?.engine.workspace.seq ?? 0);
      return client.send({ type: "reply", id, ...result });
    }
    // Whoever has a screen can be asked before the key is tested, and not after.
    if (command.type === "credential.add" && client.role === "screen") await this.#world.vaultGate.want(client.gone);
    if (isMemoryCommand(command)) {
      const result = await this.#world.memory.run(command, open === null ? null : client.folder, open?.engine.workspace.seq ?? 0);
      return client.send({ type: "reply", id, ...result });
    }
    if (open === null) return client.send({ type: "reply", id, ...(await this.#commandAlone(command)) });
    if (open.closing !== null) return client.send({ type: "reply", id, ok: false, reason: "the workspace is being stopped" });
    if (command.type === "client.view") client.setView(command);
    if (command.type !== "client.view" || command.isActive) open.sizes.typed(client);
    if (command.type === "client.view") {
      if (command.isActive && command.looksAt !== undefined) this.#world.memory.noteLook(client.folder, command.looksAt);
      open.sizes.changed();
      open.focus.changed();
    }
    // What this client opens may ask before it is shown.
    const colours = client.view?.colours;
    if (colours !== undefined) this.#world.terminals.setColours(null, colours);
    if (command.type === "terminal.input" || command.type === "terminal.paste" || command.type === "terminal.mouse")
      client.keyTyped(command.terminal);
    try {
      const result = await runCommand(open.engine, client.id, command);
      if (result.ok) this.#world.memory.noteUse(command, result.agent, open.engine.workspace);
      client.send({ type: "reply", id, ...result });
    } catch (error) {
      this.#world.log(`command ${command.type}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      client.send({
        type: "reply",
        id,
        ok: false,
        reason: `${command.type} failed: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }

  /** `terminal.input` without a reply, and without what else a command may need: its echo is waited for. */
  #takeKeys(client: ClientSession, open: OpenWorkspace | null, { terminal, data, chord }: Keys): void {
    if (open === null || open.closing !== null) return;
    // Any text may come; one that names no terminal of this workspace finds none.
    const id = terminal as TerminalId;
    open.sizes.typed(client);
    client.keyTyped(id);
    typeInto(open.engine, id, data, chord);
  }

  /** Copied text belongs to no workspace. Null: it is another command. */
  #keepBuffer(command: Command, seq: number): CommandResult | null {
    if (command.type === "buffer.add") {
      this.#world.buffers.add(command.text);
      return { ok: true, seq };
    }
    if (command.type !== "buffer.remove") return null;
    return this.#world.buffers.remove(command.buffer) ? { ok: true, seq } : { ok: false, reason: "that buffer is gone already" };
  }

  /** What needs no workspace: kept sessions belong to none. */
  async #commandAlone(command: Command): Promise<CommandResult> {
    if (command.type === "session.copy") return copySession(this.#world.ports, command, 0);
    if (command.type === "session.delete") return deleteSession(this.#world.ports, command, 0);
    return { ok: false, reason: "this connection has no workspace" };
  }

  /** Ends with the client that asked: what has come stays, and the next try goes on from there. */
  async #pull(client: ClientSession, open: OpenWorkspace | null, pull: Extract<Command, { type: "model.pull" }>): Promise<CommandResult> {
    const seq = open?.engine.workspace.seq ?? 0;
    if (open?.engine.workspace.isOffline === true) return { ok: false, reason: "this workspace is offline: nothing is fetched" };
    const { provider, model } = pull;
    let toldAt = 0;
    const problem = await this.#world.pull(provider, model, client.gone, (progress) => {
      const now = performance.now();
      if (now - toldAt < PULL_PULSE_MS && progress.done !== progress.total) return;
      toldAt = now;
      client.pulse({ type: "pull", provider, model, ...progress });
    });
    if (problem !== null) return { ok: false, reason: problem };
    await this.#world.ports.profiles.lookAround();
    return { ok: true, seq, note: `${provider}/${model} is here` };
  }

  async #query(client: ClientSession, open: OpenWorkspace | null, { id, query }: Extract<ClientMessage, { type: "query" }>): Promise<void> {
    try {
      const value = await runQuery(query, this.#world, open?.engine ?? null, this.workspaceRows(), client.id);
      client.send(typeof value === "string" ? { type: "refusal", id, reason: value } : { type: "answer", id, value });
    } catch (error) {
      client.send({ type: "refusal", id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  async #kill(client: ClientSession, open: OpenWorkspace | null, isAll: boolean): Promise<void> {
    if (isAll) return this.stop();
    // A query names a folder and has no workspace open: so one of any version can be stopped.
    const target = open ?? this.#opened.get(client.folder);
    if (target !== undefined) await this.#closeWorkspace(target, "the workspace was stopped");
    if (open !== null) return;
    client.send({ type: "bye", reason: "the workspace was stopped" });
    client.close();
  }

  #closeWorkspace(open: OpenWorkspace, reason: string): Promise<void> {
    open.closing ??= this.#closeNow(open, reason);
    return open.closing;
  }

  /** Whoever wants to open it meanwhile waits: two engines must never have the same journals. */
  async #closeNow(open: OpenWorkspace, reason: string): Promise<void> {
    const { folder } = open.engine.workspace;
    open.sizes.close();
    try {
      await open.engine.close();
    } finally {
      this.#workspaces.delete(folder);
      this.#opened.delete(folder);
      for (const client of open.clients) {
        client.send({ type: "bye", reason });
        client.close();
      }
      this.#lingerOrStay();
    }
  }

  async #gone(client: ClientSession, open: OpenWorkspace | null): Promise<void> {
    this.#envs.gone(client.id);
    client.close();
    this.#clients.delete(client);
    this.#world.memory.keepLooks();
    this.#world.vaultGate.screenGone();
    open?.clients.delete(client);
    if (open?.closing === null) {
      open.sizes.changed();
      open.focus.changed();
      await open.engine.clientGone(client.id);
      if (isEmpty(open)) setTimeout(() => this.#closeEmpty(open), LINGER_MS).unref();
    }
    this.#lingerOrStay();
  }

  /** Nobody has it on a screen and nothing lives in it: its journals need not stay open. */
  #closeEmpty(open: OpenWorkspace): void {
    if (!this.#isStopping && open.closing === null && this.#greeting === 0 && isEmpty(open))
      void this.#closeWorkspace(open, "the workspace was empty");
  }

  /** Leaves a while after the last client, unless an agent or a program of the user's is left. */
  #lingerOrStay(): void {
    if (this.#linger !== null) clearTimeout(this.#linger);
    if (this.#clients.size + this.#greeting > 0 || this.#isStopping) return;
    this.#linger = setTimeout(() => {
      if (this.#clients.size + this.#greeting > 0) return;
      const isBusy = [...this.#opened.values()].some(({ engine }) => engine.workspace.agents.length > 0 || engine.hasRunningTerminals());
      if (!isBusy) this.stop();
    }, LINGER_MS);
  }

  async #open(folder: string, isOffline: boolean): Promise<OpenWorkspace> {
    await this.#opened.get(folder)?.closing;
    let opening = this.#workspaces.get(folder);
    if (opening === undefined) {
      opening = this.#openNew(folder, isOffline);
      this.#workspaces.set(folder, opening);
      opening.catch(() => this.#workspaces.delete(folder));
    }
    return await opening;
  }

  async #openNew(folder: string, isOffline: boolean): Promise<OpenWorkspace> {
    const clients = new Set<ClientSession>();
    const world = this.#world;
    const engine = await WorkspaceEngine.open({
      folder,
      isOffline,
      ports: world.ports,
      lanes: world.lanes,
      laneOf: world.laneOf,
      platform: world.platform,
      shellEnv: () => world.environment.shell(),
      desktopOf: this.#envs.desktop,
      ownEnv: this.#envs.own,
      onFact: (fact) => {
        if (clients.size === 0) return;
        const frame = encodeMessage(JSON.stringify({ type: "fact", fact }));
        for (const client of clients) client.sendFact(frame);
      },
      onStream: (agent) => {
        for (const client of clients) client.touchStream(agent);
      },
      onSnapshot: () => {
        if (clients.size === 0) return;
        const frame = encodeSnapshot(engine.workspace, []);
        for (const client of clients) client.sendSnapshot(frame);
      },
      onAlert: (text) => {
        world.log(text);
        for (const client of clients) client.alert(text);
      },
    });
    world.memory.noteFolder(folder);
    const sizes = createTerminalSizes(clients, ({ terminal, cols, rows, colours }) => {
      engine.terminal(terminal)?.resize(cols, rows);
      if (colours !== undefined) world.terminals.setColours(terminal, colours);
    });
    const focus = createTerminalFocus(clients, (terminal, isFocused) => world.terminals.focus(terminal, isFocused));
    const open: OpenWorkspace = { engine, clients, sizes, focus, closing: null, firstAgent: null };
    this.#opened.set(folder, open);
    return open;
  }

  #lanesChanged(): void {
    for (const { engine, clients } of this.#opened.values()) {
      const agents = engine.workspace.agents.map((agent) => agent.id);
      for (const client of clients) client.touchPlaces(agents);
    }
    for (const client of this.#clients) client.touchLanes();
  }

  workspaceRows(): { folder: string; agents: number; clients: number; working: number }[] {
    return [...this.#opened.values()].map(({ engine, clients }) => ({
      folder: engine.workspace.folder,
      agents: engine.workspace.agents.length,
      clients: clients.size,
      working: engine.workingCount(),
    }));
  }
}
