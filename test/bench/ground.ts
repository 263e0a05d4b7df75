// Where a bench stands: a home and a folder of its own, the built program, a connection to its server, and tmux beside it.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Caller, createCaller } from "../../src/client/caller.ts";
import { connectToServer } from "../../src/client/connect.ts";
import type { PaneId } from "../../src/domain/ids.ts";
import { findLeaf } from "../../src/domain/layout.ts";
import type { Command, Reply, ServerMessage } from "../../src/domain/protocol.ts";
import type { Workspace } from "../../src/domain/workspace.ts";
import { type Home, resolveHome } from "../../src/link/home.ts";
import { hold } from "./probe.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** What users start. */
export const program = join(root, "dist/main.js");

export function programProblem(): string | null {
  return existsSync(program) ? null : "there is no dist/main.js; run: npm run build";
}

export const hasTmux = spawnSync("tmux", ["-V"]).status === 0;
/** Longer than `KEEP_AFTER_MS` and a first start together. */
const USED_MS = 6_000;
export const noTmux = "no tmux here to measure beside; install the package tmux";

export interface Ground {
  readonly env: NodeJS.ProcessEnv;
  /** Where the user stands. */
  readonly folder: string;
  readonly home: Home;
  /** Joins the workspace; the server must run. */
  connect(onMessage?: (message: ServerMessage) => void): Promise<Joined>;
  stopServer(): void;
  /** Ends the server and removes everything. */
  close(): void;
}

export interface Joined {
  readonly serverPid: number;
  readonly caller: Caller;
  /** Throws where the command is refused. */
  command(command: Command): Promise<Extract<Reply, { ok: true }>>;
}

export function openGround(files: Readonly<Record<string, string>> = {}): Ground {
  const base = mkdtempSync(join(tmpdir(), "ip-bench-"));
  const folder = join(base, "work");
  const homeDir = join(base, "home");
  mkdirSync(folder);
  mkdirSync(homeDir, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(homeDir, name, ".."), { recursive: true });
    writeFileSync(join(homeDir, name), text, { mode: 0o600 });
  }
  // No key of the user's, so that every machine starts alike.
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: folder,
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    COLORTERM: "truecolor",
    SHELL: "/bin/bash",
    INTERPANE_HOME: homeDir,
  };
  const home = resolveHome(env);
  const stopServer = (): void => {
    spawnSync(program, ["kill", "--all"], { env, cwd: folder, stdio: "ignore", timeout: 20_000 });
  };
  return {
    env,
    folder,
    home,
    stopServer,
    connect: (onMessage) => joinWorkspace(home, folder, env, onMessage),
    close() {
      stopServer();
      rmSync(base, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function joinWorkspace(
  home: Home,
  folder: string,
  env: NodeJS.ProcessEnv,
  onMessage: (message: ServerMessage) => void = () => {},
): Promise<Joined> {
  const connected = await connectToServer({ home, folder, env, helloEnv: {}, role: "task", program: null });
  if (!connected.ok) throw new Error(connected.message);
  const caller = createCaller(connected.connection, onMessage);
  return {
    serverPid: connected.connection.pid,
    caller,
    async command(command) {
      const reply = await caller.command(command);
      if (!reply.ok) throw new Error(`${command.type}: ${reply.reason}`);
      return reply;
    },
  };
}

/** The next screen begins at this pane, as if somebody had looked there last. */
export async function lookAt(ground: Ground, pane: PaneId): Promise<void> {
  const come = Promise.withResolvers<Workspace>();
  const joined = await ground.connect((message) => {
    if (message.type === "snapshot") come.resolve(message.workspace);
  });
  const { tabs } = await come.promise;
  const tab = tabs.find(({ root }) => findLeaf(root, pane) !== undefined);
  if (tab === undefined) throw new Error("the pane to look at is in no tab");
  const looksAt = { tab: tab.id, panes: [pane] };
  await joined.command({ type: "client.view", cols: 80, rows: 24, terminals: [], agents: [], isActive: true, looksAt });
  joined.caller.close();
}

/**
 * Uses the program once as its users do, for longer than an instant: what V8 has compiled of it is kept a few seconds after a
 * start (`src/load-program.ts`), and a client that a bench kills with its first screen keeps nothing.
 */
export async function useOnce(ground: Ground): Promise<void> {
  const client = await hold({ argv: [program], env: ground.env, cwd: ground.folder });
  await new Promise((resolve) => setTimeout(resolve, USED_MS));
  await client.close();
}

/** Ends the server, and waits until the next start is one from nothing. */
export async function untilServerEnded(ground: Ground): Promise<void> {
  ground.stopServer();
  const lock = join(ground.home.runDir, "server.sock");
  for (let waitedMs = 0; existsSync(lock) && waitedMs < 5000; waitedMs += 10) await new Promise((resolve) => setTimeout(resolve, 10));
}
