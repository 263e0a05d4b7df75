// Reaches the server of a home: connects, or starts it first, and agrees on the protocol.

import { messageOf } from "../domain/message-of.ts";
import { type Hello, PROTOCOL_VERSION, type ServerMessage } from "../domain/protocol.ts";
import type { Home } from "../link/home.ts";
import { type ClientLink, connectLink } from "../link/link.ts";
import { makePrivateFolder, plantedProblem, socketPathOf } from "../link/socket-path.ts";
import { type ServerProgram, type StartedServer, startServer } from "./start-server.ts";

/** From the first attempt to the server's `welcome`: a machine that swaps or compiles may take long, and whoever waits can stop it. */
const START_LIMIT_MS = 30_000;
const RETRY_FIRST_MS = 3;
const RETRY_MAX_MS = 100;

export interface ConnectOptions {
  readonly home: Home;
  /** Absolute. */
  readonly folder: string;
  /** This process's environment: what the server is started with is picked from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What `hello` brings, picked by `clientEnv`. */
  readonly helloEnv: Readonly<Record<string, string>>;
  /** For terminals of the user's own, picked by `ownEnv`; left out: those that this client opens get what agents' shells get. */
  readonly ownEnv?: Readonly<Record<string, string>>;
  readonly role: Hello["role"];
  readonly isOffline?: boolean;
  /** Started where nobody listens; null: that is an answer (`none`). */
  readonly program: ServerProgram | null;
  /** One that `startEarly` has started. */
  readonly started?: StartedServer | null;
  /** `ls` and `kill` work with a server of any version. */
  readonly takesAnyVersion?: boolean;
}

export interface Handlers {
  onMessage(message: ServerMessage): void;
  onRows(bytes: Uint8Array): void;
  /** The server ended the connection, or it broke. `reason` is empty where it said nothing. */
  onClose(reason: string): void;
}

export interface Connection {
  readonly link: ClientLink;
  /** Changes with every start of a server. */
  readonly epoch: string;
  readonly pid: number;
  readonly version: number;
  /** Hands over what came after `welcome`, and what comes. Called once. */
  begin(handlers: Handlers): void;
}

export type Connected =
  | { readonly ok: true; readonly connection: Connection }
  | { readonly ok: false; readonly reason: "none" | "version" | "failed"; readonly message: string };

/** Never rejects. */
export async function connectToServer(options: ConnectOptions): Promise<Connected> {
  const deadline = performance.now() + START_LIMIT_MS;
  const { home, program } = options;
  let started = options.started ?? null;
  let isAwaited = false;
  let retryMs = RETRY_FIRST_MS;
  try {
    for (;;) {
      const attempt = await attemptConnect(options, deadline);
      if (attempt.type === "connected") return { ok: true, connection: attempt.connection };
      if (attempt.type === "refused") return { ok: false, reason: attempt.reason, message: attempt.message };
      if (program === null && attempt.type === "absent")
        return { ok: false, reason: "none", message: "no interpane server is running here" };
      if (performance.now() > deadline) return failed(tooLate(home, started));
      const exitCode = started?.exitCode();
      // A server that ended well found another one in its place: that one is starting, or just leaving.
      if (started !== null && exitCode !== undefined && exitCode !== 0) return failed(startFailed(home, started, exitCode));
      if (started !== null && exitCode === undefined && !isAwaited) {
        isAwaited = true;
        await within(started.ready, deadline - performance.now());
        continue;
      }
      const isNeeded = program !== null && attempt.type === "absent" && (started === null || exitCode !== undefined);
      if (!isNeeded || started !== null) {
        await sleep(retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
      }
      if (!isNeeded) continue;
      const problem = makePrivateFolder(home.runDir);
      if (problem !== null) return failed(problem);
      started?.release();
      started = startServer(program, home, options.env);
      isAwaited = true;
      await within(started.ready, deadline - performance.now());
    }
  } catch (error) {
    return failed(`cannot start the interpane server: ${messageOf(error)}`);
  } finally {
    started?.release();
  }
}

function failed(message: string): Connected {
  return { ok: false, reason: "failed", message };
}

type Attempt =
  | { readonly type: "connected"; readonly connection: Connection }
  /** Nobody listens. */
  | { readonly type: "absent" }
  /** It closed before it said a word: it is leaving. */
  | { readonly type: "leaving" }
  | { readonly type: "refused"; readonly reason: "version" | "failed"; readonly message: string };

async function attemptConnect(options: ConnectOptions, deadline: number): Promise<Attempt> {
  const socketPath = socketPathOf(options.home.runDir);
  let link: ClientLink;
  // The hello holds keys: whoever gets it must be the user's own server.
  const planted = plantedProblem(options.home.runDir);
  if (planted !== null) return { type: "refused", reason: "failed", message: planted };
  try {
    link = await connectLink(socketPath);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR") return { type: "absent" };
    if (code === "EAGAIN" || code === "ECONNRESET" || code === "EPIPE") return { type: "leaving" };
    return { type: "refused", reason: "failed", message: `cannot reach the interpane server at ${socketPath}: ${messageOf(error)}` };
  }
  return greet(link, options, deadline);
}

function greet(link: ClientLink, options: ConnectOptions, deadline: number): Promise<Attempt> {
  return new Promise((settle) => {
    const held: Held[] = [];
    let farewell = "";
    const resolve = (attempt: Attempt): void => {
      clearTimeout(timer);
      settle(attempt);
    };
    const timer = setTimeout(
      () => {
        link.close();
        settle({ type: "refused", reason: "failed", message: `${tooLate(options.home, null)}; if it hangs, end it by its process id` });
      },
      Math.max(0, deadline - performance.now()),
    );
    link.onMessage = (message) => {
      if (message.type === "bye") {
        farewell = message.reason;
        return;
      }
      if (message.type !== "welcome") return;
      if (message.version !== PROTOCOL_VERSION && options.takesAnyVersion !== true) {
        link.onClose = () => {};
        link.close();
        resolve({ type: "refused", reason: "version", message: otherVersion(message.version) });
        return;
      }
      hold(link, held);
      const { epoch, pid, version } = message;
      resolve({ type: "connected", connection: { link, epoch, pid, version, begin: (handlers) => handOver(link, held, handlers) } });
    };
    link.onClose = (reason) => {
      const message = farewell === "" ? reason : farewell;
      if (message === "" || reason.startsWith("the connection broke")) resolve({ type: "leaving" });
      else resolve({ type: "refused", reason: "failed", message: `the interpane server closed the connection: ${message}` });
    };
    link.send({
      type: "hello",
      version: PROTOCOL_VERSION,
      folder: options.folder,
      env: { ...options.helloEnv },
      role: options.role,
      ...(options.ownEnv === undefined ? {} : { ownEnv: { ...options.ownEnv } }),
      ...(options.isOffline === undefined ? {} : { isOffline: options.isOffline }),
    });
  });
}

type Held =
  | { readonly type: "message"; readonly message: ServerMessage }
  | { readonly type: "rows"; readonly bytes: Uint8Array }
  | { readonly type: "close"; readonly reason: string };

/** What follows `welcome` in the same read comes before whoever asked for the connection can listen. */
function hold(link: ClientLink, held: Held[]): void {
  link.onMessage = (message) => held.push({ type: "message", message });
  link.onRows = (bytes) => held.push({ type: "rows", bytes: bytes.slice() });
  link.onClose = (reason) => held.push({ type: "close", reason });
}

function handOver(link: ClientLink, held: Held[], handlers: Handlers): void {
  link.onMessage = (message) => handlers.onMessage(message);
  link.onRows = (bytes) => handlers.onRows(bytes);
  link.onClose = (reason) => handlers.onClose(reason);
  for (const one of held.splice(0)) {
    if (one.type === "message") handlers.onMessage(one.message);
    else if (one.type === "rows") handlers.onRows(one.bytes);
    else handlers.onClose(one.reason);
  }
}

function otherVersion(version: number): string {
  return (
    `the running interpane server speaks version ${version} of the protocol and this program version ${PROTOCOL_VERSION}; ` +
    "end it when its agents are done, with: interpane kill --all"
  );
}

function startFailed(home: Home, started: StartedServer, exitCode: number | null): string {
  const how = exitCode === null ? "could not be started" : `ended with code ${exitCode}`;
  return withLog(`the interpane server ${how}`, home, started);
}

function tooLate(home: Home, started: StartedServer | null): string {
  return withLog(`the interpane server did not answer within ${START_LIMIT_MS / 1000} s`, home, started);
}

function withLog(what: string, home: Home, started: StartedServer | null): string {
  const tail = started?.logTail() ?? "";
  return tail === "" ? `${what}; its log is ${home.serverLog}` : `${what}; the end of its log (${home.serverLog}):\n${tail}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** Waits for `promise`, at most `ms`. */
function within(promise: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms));
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
