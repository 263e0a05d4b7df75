// A server process of its own for tests of rooms server and link: started from source, reached by clients that mirror the workspace
// as the program's own do, and by bare sockets that do as they like.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { type Caller, createCaller } from "../../src/client/caller.ts";
import { connectToServer } from "../../src/client/connect.ts";
import { apply } from "../../src/domain/apply.ts";
import type { AgentId, TerminalId } from "../../src/domain/ids.ts";
import {
  type Command,
  type Fact,
  type Hello,
  type Look,
  PROTOCOL_VERSION,
  type Pulse,
  type Reply,
  type Sidebar,
} from "../../src/domain/protocol.ts";
import { type DecodedRows, decodeRows } from "../../src/domain/rows.ts";
import type { Workspace } from "../../src/domain/workspace.ts";
import { FrameReader } from "../../src/link/frames.ts";
import { type Home, resolveHome } from "../../src/link/home.ts";
import { socketPathOf } from "../../src/link/socket-path.ts";
import { makePlace } from "../support/place.ts";
import { endProcess } from "../support/process-end.ts";
import { GUARD_MS } from "../support/until.ts";

const mainFile = join(import.meta.dirname, "../../src/main.ts");
export interface ServerGround {
  readonly root: string;
  readonly home: Home;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Starts the server where none runs. */
  join(options?: JoinOptions): Promise<Member>;
  /** A bare connection; the server must run. */
  raw(): Promise<Raw>;
  close(): Promise<void>;
}

export interface JoinOptions {
  readonly role?: Hello["role"];
  readonly folder?: string;
  /** For terminals of its own. */
  readonly ownEnv?: Readonly<Record<string, string>>;
}

export type Rows = Extract<DecodedRows, { ok: true }>;

/** A client as far as state goes: a snapshot, and what came after it. */
export interface Member {
  readonly caller: Caller;
  readonly serverPid: number;
  /** Null before the snapshot. */
  workspace(): Workspace | null;
  readonly facts: Fact[];
  readonly pulses: Pulse[];
  readonly rows: Rows[];
  readonly notices: string[];
  /** As the first snapshot said. */
  sidebar(): Sidebar | null;
  /** As the first snapshot said. */
  looksAt(): Look | null;
  /** How many snapshots have come. */
  snapshots(): number;
  /** Throws where it is refused. */
  command(command: Command): Promise<Extract<Reply, { ok: true }>>;
  /** Keys as a screen sends them: no reply comes. */
  type(terminal: string, data: string, chord?: string): void;
  /** What this client shows. */
  show(view: Partial<Extract<Command, { type: "client.view" }>>): Promise<void>;
  /** Resolves once it holds; looked at after everything that comes. Rejects after `limitMs`. */
  until(what: string, holds: () => boolean, limitMs?: number): Promise<void>;
  leave(): Promise<void>;
}

export interface RawMessage {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface Raw {
  readonly socket: Socket;
  /** All that came so far. */
  messages(): readonly RawMessage[];
  rows(): readonly Rows[];
  bytes(): number;
  send(message: unknown): void;
  hello(over?: Readonly<Record<string, unknown>>): void;
  readonly closed: Promise<void>;
  until(what: string, holds: () => boolean, limitMs?: number): Promise<void>;
}

/** `over`: of the environment that clients come with. */
export function makeGround(over: Readonly<Record<string, string>> = {}): ServerGround {
  const { base, root, folder, env } = makePlace(over);
  const home = resolveHome(env);
  const pids = new Set<number>();
  const sockets = new Set<Socket>();
  const members = new Set<Member>();

  return {
    root,
    home,
    folder,
    env,
    async join({ role = "screen", folder: where = folder, ownEnv } = {}) {
      const program = { command: process.execPath, args: [mainFile, "__server"] };
      const connected = await connectToServer({
        home,
        folder: where,
        env,
        helloEnv: env,
        role,
        program,
        ...(ownEnv === undefined ? {} : { ownEnv }),
      });
      if (!connected.ok) throw new Error(connected.message);
      pids.add(connected.connection.pid);
      const member = makeMember(connected.connection);
      members.add(member);
      if (role !== "query") await member.until("a snapshot", () => member.workspace() !== null);
      return member;
    },
    async raw() {
      for (;;) {
        const socket = createConnection(socketPathOf(home.runDir));
        sockets.add(socket);
        const code = await new Promise<string | null>((resolve) => {
          socket.once("connect", () => resolve(null));
          socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        });
        if (code === null) return makeRaw(socket, folder);
        // The kernel's line of connections to be accepted is full: as a client does, try again.
        sockets.delete(socket);
        if (code !== "EAGAIN") throw new Error(`cannot connect: ${code}`);
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      for (const member of members) member.caller.close();
      for (const pid of pids) await endProcess(pid);
      rmSync(base, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function makeMember(connection: Parameters<typeof createCaller>[0]): Member {
  let workspace: Workspace | null = null;
  let snapshots = 0;
  let sidebar: Sidebar | null = null;
  let looksAt: Look | null = null;
  const facts: Fact[] = [];
  const pulses: Pulse[] = [];
  const rows: Rows[] = [];
  const notices: string[] = [];
  const watch = makeWatch();
  // A caller takes rows and drops them: they are taken before it.
  const { link } = connection;
  const caller = createCaller(
    {
      ...connection,
      link,
      begin: (handlers) =>
        connection.begin({
          ...handlers,
          onMessage(message) {
            handlers.onMessage(message);
            watch.look();
          },
          onRows(bytes) {
            const update = decodeRows(bytes);
            if (update.ok) rows.push(update);
            watch.look();
          },
          onClose(reason) {
            handlers.onClose(reason);
            watch.look();
          },
        }),
    },
    (message) => {
      if (message.type === "snapshot") {
        workspace = message.workspace;
        snapshots += 1;
        notices.push(...message.notices);
        sidebar = message.sidebar ?? sidebar;
        looksAt = message.looksAt ?? looksAt;
      }
      if (message.type === "fact") {
        facts.push(message.fact);
        if (workspace !== null && message.fact.seq > workspace.seq) apply(workspace, message.fact);
      }
      if (message.type === "pulse") pulses.push(message.pulse);
    },
  );
  const command: Member["command"] = async (wanted) => {
    const reply = await caller.command(wanted);
    if (!reply.ok) throw new Error(`${wanted.type}: ${reply.reason}`);
    return reply;
  };
  return {
    caller,
    facts,
    pulses,
    rows,
    notices,
    sidebar: () => sidebar,
    looksAt: () => looksAt,
    command,
    serverPid: connection.pid,
    workspace: () => workspace,
    snapshots: () => snapshots,
    type: (terminal, data, chord) => connection.link.sendKeys({ terminal, data, chord }),
    async show(view) {
      await command({ type: "client.view", cols: 120, rows: 36, terminals: [], agents: [], isActive: false, ...view });
    },
    until: watch.until,
    async leave() {
      caller.close();
      await caller.closed;
    },
  };
}

function makeRaw(socket: Socket, folder: string): Raw {
  const reader = new FrameReader();
  const messages: RawMessage[] = [];
  const rows: Rows[] = [];
  let bytes = 0;
  const watch = makeWatch();
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    for (const found of reader.push(chunk)) {
      if (found.type === "message") messages.push(JSON.parse(found.text));
      const update = found.type === "rows" ? decodeRows(found.bytes) : undefined;
      if (update?.ok === true) rows.push(update);
    }
    watch.look();
  });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      resolve();
      watch.look();
    });
  });
  const send = (message: unknown): void => void socket.write(frame(0, JSON.stringify(message)));
  return {
    socket,
    closed,
    send,
    messages: () => messages,
    rows: () => rows,
    bytes: () => bytes,
    hello: (over = {}) => send({ type: "hello", version: PROTOCOL_VERSION, folder, env: {}, role: "screen", ...over }),
    until: watch.until,
  };
}

interface Watch {
  look(): void;
  until(what: string, holds: () => boolean, limitMs?: number): Promise<void>;
}

function makeWatch(): Watch {
  const looks = new Set<() => void>();
  return {
    look: () => {
      for (const look of [...looks]) look();
    },
    until(what, holds, limitMs = GUARD_MS) {
      return new Promise((resolve, reject) => {
        const done = (): void => {
          clearTimeout(limit);
          looks.delete(look);
        };
        const look = (): void => {
          if (!holds()) return;
          done();
          resolve();
        };
        const limit = setTimeout(() => {
          done();
          reject(new Error(`${limitMs} ms are over, waited for ${what}`));
        }, limitMs);
        looks.add(look);
        look();
      });
    },
  };
}

export function frame(kind: number, payload: Buffer | string): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(body.length, 0);
  header[4] = kind;
  return Buffer.concat([header, body]);
}

/** Resident memory, bytes. */
export function memoryOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}

export function firstAgent(member: Member): AgentId {
  const agent = member.workspace()?.agents[0];
  if (agent === undefined) throw new Error("the workspace has no agent");
  return agent.id;
}

/** A plain terminal in a tab of its own. */
export async function openTerminal(member: Member, script: string): Promise<TerminalId> {
  const { terminal } = await member.command({ type: "terminal.open", place: { type: "tab" }, argv: ["/bin/sh", "-c", script] });
  if (terminal === undefined) throw new Error("a terminal was opened without an id");
  return terminal;
}

export function serverRuns(ground: ServerGround): boolean {
  return existsSync(socketPathOf(ground.home.runDir));
}
