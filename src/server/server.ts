// The process that owns everything: it listens, opens workspaces, and leaves when no client and no agent is left.

import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import { type ClientMessage, type Hello, PROTOCOL_VERSION } from "../domain/protocol.ts";
import { WorkspaceEngine } from "../engine/workspace-engine.ts";
import type { Home } from "../link/home.ts";
import { acceptLink } from "../link/link.ts";
import { listenAsLock } from "../link/socket-path.ts";
import { ClientSession } from "./client-session.ts";
import { runQuery } from "./queries.ts";
import { createWorld, type World } from "./world.ts";

/** After the last client has gone with no agent left, ms: a quick restart finds the server still there. */
const LINGER_MS = 3_000;

export interface ServerOptions {
  readonly home: Home;
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
  const world = await createWorld(options.home);
  const server = new Server(world);
  listening.server.on("connection", (socket) => server.accept(socket));
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
}

class Server {
  readonly left: Promise<void>;
  readonly #world: World;
  readonly #workspaces = new Map<string, Promise<OpenWorkspace>>();
  readonly #opened = new Map<string, OpenWorkspace>();
  readonly #clients = new Set<ClientSession>();
  #nextClient = 1;
  #isStopping = false;
  #leave: () => void = () => {};
  #linger: NodeJS.Timeout | null = null;

  constructor(world: World) {
    this.#world = world;
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
    world.onLanes(() => this.#lanesChanged());
    world.onAlert((text) => {
      for (const client of this.#clients) if (client.view !== null) client.pulse({ type: "alert", text });
    });
    world.terminals.onChange((terminal) => {
      for (const client of this.#clients) client.touchTerminal(terminal);
    });
    this.#lingerOrStay();
  }

  accept(socket: Socket): void {
    // Whoever comes now tries again, and starts a new server.
    if (this.#isStopping) {
      socket.destroy();
      return;
    }
    const link = acceptLink(socket);
    link.onMessage = (message) => {
      if (message.type === "hello") void this.#greet(link, message);
      else link.close();
    };
  }

  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#linger !== null) clearTimeout(this.#linger);
    for (const client of this.#clients) {
      client.send({ type: "bye", reason: "the server was stopped" });
      client.close();
    }
    void Promise.allSettled([...this.#opened.values()].map(({ engine }) => engine.close())).then(() => this.#leave());
  }

  async #greet(link: ReturnType<typeof acceptLink>, hello: Hello): Promise<void> {
    const { epoch } = this.#world;
    const waiting: ClientMessage[] = [];
    link.onMessage = (message) => waiting.push(message);
    link.send({ type: "welcome", version: PROTOCOL_VERSION, epoch, pid: process.pid });
    if (hello.version !== PROTOCOL_VERSION && hello.role !== "query") {
      link.send({
        type: "bye",
        reason: `this server speaks version ${PROTOCOL_VERSION} of the protocol, the client version ${hello.version}`,
      });
      link.close();
      return;
    }
    this.#world.environment.merge(hello.env);
    if (hello.role === "query") return this.#serve(link, null, waiting);
    try {
      const open = await this.#open(hello.folder, hello.isOffline ?? false);
      this.#serve(link, open, waiting);
      if (hello.isOffline === true && !open.engine.workspace.isOffline) await open.engine.setOffline(true);
      if (hello.role === "screen" && open.engine.workspace.tabs.length === 0) await this.#firstAgent(open);
    } catch (error) {
      link.send({
        type: "bye",
        reason: `cannot open the workspace of ${hello.folder}: ${error instanceof Error ? error.message : String(error)}`,
      });
      link.close();
    }
  }

  /** Every workspace with a screen has at least one agent, on the fast half of the default pair. */
  async #firstAgent(open: OpenWorkspace): Promise<void> {
    const spawned = await open.engine.command(0, { type: "agent.spawn", place: { type: "tab" } });
    if (spawned.ok) return;
    await open.engine.command(0, { type: "agent.spawn", place: { type: "tab" }, profile: "demo" });
    for (const client of open.clients) client.pulse({ type: "alert", text: spawned.reason });
  }

  #serve(link: ReturnType<typeof acceptLink>, open: OpenWorkspace | null, waiting: readonly ClientMessage[]): void {
    const client = new ClientSession(this.#nextClient++, link, {
      runtime: (agent) => open?.engine.runtime(agent),
      lanePlace: (agent) => open?.engine.lanePlace(agent) ?? null,
      rowsSince: (terminal, version) => this.#world.terminals.rowsSince(terminal, version),
    });
    this.#clients.add(client);
    open?.clients.add(client);
    if (this.#linger !== null) clearTimeout(this.#linger);
    link.onClose = () => void this.#gone(client, open);
    link.onMessage = (message) => void this.#take(client, open, message);
    if (open !== null)
      client.send({ type: "snapshot", workspace: open.engine.workspace, notices: [...open.engine.notices, ...this.#world.warnings()] });
    for (const message of waiting) void this.#take(client, open, message);
  }

  async #take(client: ClientSession, open: OpenWorkspace | null, message: ClientMessage): Promise<void> {
    switch (message.type) {
      case "hello":
        return;
      case "ls":
        client.send({ type: "ls", rows: this.workspaceRows() });
        return;
      case "kill":
        return this.#kill(client, open, message.isAll);
      case "query":
        return this.#query(client, open, message);
      case "command":
        return this.#command(client, open, message);
      default:
        return message satisfies never;
    }
  }

  async #command(
    client: ClientSession,
    open: OpenWorkspace | null,
    { id, command }: Extract<ClientMessage, { type: "command" }>,
  ): Promise<void> {
    if (open === null) return client.send({ type: "reply", id, ok: false, reason: "this connection has no workspace" });
    if (command.type === "client.view") {
      client.setView(command);
      this.#resizeTerminals(open);
      client.touchPlaces(command.agents);
    }
    if (command.type === "terminal.input") client.keyTyped(command.terminal);
    try {
      const result = await open.engine.command(client.id, command);
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

  /** A terminal has the size that the client which typed last shows it at. */
  #resizeTerminals(open: OpenWorkspace): void {
    const views = [...open.clients].flatMap((client) => (client.view === null ? [] : [client.view]));
    const ordered = views.toSorted((a, b) => Number(a.isActive) - Number(b.isActive));
    const sizes = new Map(ordered.flatMap((view) => view.terminals.map((shown) => [shown.terminal, shown] as const)));
    for (const [terminal, { cols, rows }] of sizes) open.engine.terminal(terminal)?.resize(cols, rows);
  }

  async #query(client: ClientSession, open: OpenWorkspace | null, { id, query }: Extract<ClientMessage, { type: "query" }>): Promise<void> {
    try {
      const value = await runQuery(query, this.#world, open?.engine ?? null, this.workspaceRows());
      client.send(typeof value === "string" ? { type: "refusal", id, reason: value } : { type: "answer", id, value });
    } catch (error) {
      client.send({ type: "refusal", id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  async #kill(client: ClientSession, open: OpenWorkspace | null, isAll: boolean): Promise<void> {
    if (isAll) return this.stop();
    if (open === null) return client.close();
    await this.#closeWorkspace(open, "the workspace was stopped");
  }

  async #closeWorkspace(open: OpenWorkspace, reason: string): Promise<void> {
    this.#workspaces.delete(open.engine.workspace.folder);
    this.#opened.delete(open.engine.workspace.folder);
    await open.engine.close();
    for (const other of open.clients) {
      other.send({ type: "bye", reason });
      other.close();
    }
    this.#lingerOrStay();
  }

  async #gone(client: ClientSession, open: OpenWorkspace | null): Promise<void> {
    client.close();
    this.#clients.delete(client);
    open?.clients.delete(client);
    if (open !== null && !this.#isStopping) await open.engine.clientGone(client.id);
    this.#lingerOrStay();
  }

  /** Leaves a while after the last client, unless an agent or a program of the user's is left. */
  #lingerOrStay(): void {
    if (this.#linger !== null) clearTimeout(this.#linger);
    if (this.#clients.size > 0 || this.#isStopping) return;
    this.#linger = setTimeout(() => {
      const isBusy = [...this.#opened.values()].some(({ engine }) => engine.workspace.agents.length > 0 || engine.hasRunningTerminals());
      if (!isBusy) this.stop();
    }, LINGER_MS);
  }

  #open(folder: string, isOffline: boolean): Promise<OpenWorkspace> {
    let opening = this.#workspaces.get(folder);
    if (opening === undefined) {
      opening = this.#openNew(folder, isOffline);
      this.#workspaces.set(folder, opening);
      opening.catch(() => this.#workspaces.delete(folder));
    }
    return opening;
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
      onFact: (fact) => {
        for (const client of clients) client.send({ type: "fact", fact });
      },
      onStream: (agent) => {
        for (const client of clients) client.touchStream(agent);
      },
      onSnapshot: () => {
        for (const client of clients) {
          client.send({ type: "snapshot", workspace: engine.workspace, notices: [] });
          client.restart();
        }
      },
      onAlert: (text) => {
        world.log(text);
        for (const client of clients) client.pulse({ type: "alert", text });
      },
    });
    world.noteFolder(folder);
    const open = { engine, clients };
    this.#opened.set(folder, open);
    return open;
  }

  #lanesChanged(): void {
    for (const { engine, clients } of this.#opened.values()) {
      const agents = engine.workspace.agents.map((agent) => agent.id);
      for (const client of clients) client.touchPlaces(agents);
    }
    const rows = this.#world.lanes.rows();
    for (const client of this.#clients) if (client.view !== null) client.pulse({ type: "lanes", rows });
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
