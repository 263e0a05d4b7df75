// A server that speaks the protocol over a real socket and does what a test tells it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentIdSchema, sessionIdSchema } from "../../src/domain/ids.ts";
import {
  type ClientMessage,
  type Command,
  type FactBody,
  factSchema,
  type Hello,
  PROTOCOL_VERSION,
  type Query,
  type ServerMessage,
} from "../../src/domain/protocol.ts";
import { type Agent, agentSchema, emptyWorkspace, type Workspace } from "../../src/domain/workspace.ts";
import { type Home, resolveHome } from "../../src/link/home.ts";
import { acceptLink, type ServerLink } from "../../src/link/link.ts";
import { listenAsLock } from "../../src/link/socket-path.ts";
import { profileWith } from "../support/profile.ts";

export interface FakeClient {
  readonly link: ServerLink;
  readonly hello: Hello;
  /** All that came after `hello`. */
  readonly received: ClientMessage[];
  /** The next command of a type that no test has taken yet. */
  command<T extends Command["type"]>(type: T): Promise<{ id: number; command: Extract<Command, { type: T }> }>;
  query<T extends Query["type"]>(type: T): Promise<{ id: number; query: Extract<Query, { type: T }> }>;
  message<T extends ClientMessage["type"]>(type: T): Promise<Extract<ClientMessage, { type: T }>>;
  send(message: ServerMessage): void;
  fact(body: FactBody): void;
  ok(id: number, extra?: Partial<Extract<ServerMessage, { type: "reply"; ok: true }>>): void;
  readonly closed: Promise<string>;
}

export interface FakeServer {
  readonly home: Home;
  readonly root: string;
  client(): Promise<FakeClient>;
  close(): void;
}

export interface FakeOptions {
  readonly version?: number;
  readonly workspace?: () => Workspace;
  /** Instead of `welcome` and a snapshot. */
  readonly greet?: (link: ServerLink, hello: Hello) => void;
  readonly root?: string;
}

export function makeRoot(): string {
  return mkdtempSync(join(tmpdir(), "interpane-fake-"));
}

export async function startFakeServer(options: FakeOptions = {}): Promise<FakeServer> {
  const root = options.root ?? makeRoot();
  const home = resolveHome({ INTERPANE_HOME: root });
  const listening = await listenAsLock(home.runDir);
  if (!listening.ok) throw new Error(`the fake server cannot listen: ${listening.reason}`);
  const links = new Set<ServerLink>();
  const arrived: FakeClient[] = [];
  const waiting: ((client: FakeClient) => void)[] = [];
  listening.server.on("connection", (socket) => {
    const link = acceptLink(socket);
    links.add(link);
    link.onMessage = (message) => {
      if (message.type !== "hello") return link.close();
      const client = serve(link, message);
      if (options.greet !== undefined) options.greet(link, message);
      else {
        link.send({ type: "welcome", version: options.version ?? PROTOCOL_VERSION, epoch: "epoch", pid: process.pid });
        if (message.role !== "query")
          link.send({ type: "snapshot", workspace: options.workspace?.() ?? emptyWorkspace(message.folder), notices: [] });
      }
      const take = waiting.shift();
      if (take === undefined) arrived.push(client);
      else take(client);
    };
  });
  return {
    home,
    root,
    client() {
      const ready = arrived.shift();
      return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
    },
    close() {
      for (const link of links) link.close();
      listening.release();
      if (options.root === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
}

function serve(link: ServerLink, hello: Hello): FakeClient {
  const received: ClientMessage[] = [];
  const untaken: ClientMessage[] = [];
  const waiters: { fits: (message: ClientMessage) => boolean; resolve: (message: ClientMessage) => void }[] = [];
  let seq = 100;
  link.onMessage = (message) => {
    received.push(message);
    const at = waiters.findIndex((waiter) => waiter.fits(message));
    if (at < 0) untaken.push(message);
    else waiters.splice(at, 1)[0]?.resolve(message);
  };
  const next = (fits: (message: ClientMessage) => boolean): Promise<ClientMessage> => {
    const at = untaken.findIndex(fits);
    const found = at < 0 ? undefined : untaken.splice(at, 1)[0];
    return found === undefined ? new Promise((resolve) => waiters.push({ fits, resolve })) : Promise.resolve(found);
  };
  return {
    link,
    hello,
    received,
    closed: new Promise((resolve) => {
      link.onClose = resolve;
    }),
    async command(type) {
      const message = await next((one) => one.type === "command" && one.command.type === type);
      if (message.type !== "command") throw new Error("not a command");
      return { id: message.id, command: message.command as never };
    },
    async query(type) {
      const message = await next((one) => one.type === "query" && one.query.type === type);
      if (message.type !== "query") throw new Error("not a query");
      return { id: message.id, query: message.query as never };
    },
    async message(type) {
      return (await next((one) => one.type === type)) as never;
    },
    send: (message) => link.send(message),
    fact(body) {
      seq += 1;
      link.send({ type: "fact", fact: factSchema.parse({ ...body, seq, at: 1_700_000_000_000 + seq }) });
    },
    ok: (id, extra) => link.send({ type: "reply", id, ok: true, seq, ...extra }),
  };
}

export const agentId = agentIdSchema.parse("agent-1");

export function makeAgent(over: Partial<Agent> = {}): Agent {
  return agentSchema.parse({
    id: agentId,
    number: 1,
    session: sessionIdSchema.parse("session-1"),
    title: "one",
    cwd: "/work",
    head: null,
    status: "idle",
    since: 0,
    turn: null,
    queue: [],
    sandbox: { mode: "workspace-write", network: true, writable: ["/work"] },
    terminal: null,
    isEphemeral: false,
    profile: profileWith({
      id: "demo",
      provider: "demo",
      providerName: "demo",
      wire: "demo",
      baseUrl: "",
      origin: "",
      model: "demo",
      modelName: "demo",
      tools: ["interpreter"],
      isLocal: true,
      from: "bundled",
    }),
    ...over,
  });
}
