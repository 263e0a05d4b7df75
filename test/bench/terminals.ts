// Terminal panes beside tmux's: the same programs in both, typed into and flooding.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ground, lookAt, openGround, program } from "./ground.ts";
import { probe } from "./probe.ts";

export const COLS = 120;
export const ROWS = 40;

/** A program in a pane of ours (a plain terminal, or an agent's), beside `others` in the same tab; the measured one has the focus. */
export interface Stage {
  /** What starts a client that shows it. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  /** To be typed when the screen stands. */
  readonly start?: string;
  close(): Promise<void>;
}

export async function stageOurs(main: readonly string[], others: readonly (readonly string[])[]): Promise<Stage> {
  const ground = openGround();
  try {
    await openPanes(ground, main, others);
  } catch (error) {
    ground.close();
    throw error;
  }
  return { argv: [program], env: ground.env, folder: ground.folder, close: async () => ground.close() };
}

async function openPanes(ground: Ground, main: readonly string[], others: readonly (readonly string[])[]): Promise<void> {
  await probe({ mode: "first", args: ["agent 1"], argv: [program], env: ground.env, cwd: ground.folder });
  const joined = await ground.connect();
  const first = await joined.command({ type: "terminal.open", place: { type: "tab" }, argv: [...main] });
  const { pane } = first;
  if (pane === undefined) throw new Error("a terminal was opened without a pane");
  for (const argv of others)
    await joined.command({ type: "terminal.open", place: { type: "beside", pane, direction: "row" }, argv: [...argv] });
  await lookAt(ground, pane);
  joined.caller.close();
}

/** An agent's own shell, as its terminal face shows it. */
export async function stageAgent(): Promise<Stage> {
  const ground = openGround();
  await probe({ mode: "first", args: ["agent 1"], argv: [program], env: ground.env, cwd: ground.folder });
  const joined = await ground.connect();
  const made = await joined.command({ type: "agent.spawn", profile: "demo", place: { type: "tab" } });
  if (made.pane === undefined) throw new Error("an agent was made without a pane");
  await joined.command({ type: "pane.face", pane: made.pane, face: "terminal" });
  await lookAt(ground, made.pane);
  joined.caller.close();
  // What is typed must not hold READY itself: the shell shows it.
  const half = READY.slice(0, READY.length / 2);
  const start = `printf '%s%s' '${half}' '${half}'; exec cat >/dev/null\r`;
  return { argv: [program], env: ground.env, folder: ground.folder, start, close: async () => ground.close() };
}

export async function stageTmux(main: readonly string[], others: readonly (readonly string[])[]): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "ip-tmux-"));
  const tmux = ["-S", join(folder, "socket"), "-f", join(folder, "conf")];
  // The same length of scrollback on both sides.
  writeFileSync(join(folder, "conf"), "set -g history-limit 10000\nset -g default-terminal tmux-256color\n");
  const { HOME, PATH } = process.env;
  const env: NodeJS.ProcessEnv = { HOME, PATH, LANG: "C.UTF-8", TERM: "xterm-256color", SHELL: "/bin/bash" };
  const run = (...args: string[]): void => {
    const { status, stderr } = spawnSync("tmux", [...tmux, ...args], { env, encoding: "utf8" });
    if (status !== 0) throw new Error(`tmux ${args[0] ?? ""}: ${stderr.trim()}`);
  };
  run("new-session", "-d", "-x", String(COLS), "-y", String(ROWS), ...main);
  for (const argv of others) run("split-window", "-d", "-h", ...argv);
  if (others.length > 0) run("select-layout", "tiled");
  return {
    argv: ["tmux", ...tmux, "attach-session"],
    env,
    folder,
    async close() {
      spawnSync("tmux", [...tmux, "kill-server"], { env });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Says READY, waits for Enter, then writes the file and says END: signs that the data has not. */
export function catOnEnter(file: string): string[] {
  return ["sh", "-c", `stty -echo; printf '%s' '${READY}'; read -r go; cat '${file}'; printf '\\n%s' '${END}'; read -r go`];
}

/** `panes` programs that write the file at once, when Enter is typed into the first, which says END when all are done. `folder` is theirs. */
export function catTogether(file: string, panes: number, folder: string): { main: string[]; others: string[][] } {
  mkdirSync(folder);
  const go = `${folder}/go`;
  const done = (pane: number): string => `: > '${folder}/done-${pane}'`;
  const others = Array.from({ length: panes - 1 }, (_, pane) => [
    "sh",
    "-c",
    `stty -echo; while [ ! -e '${go}' ]; do sleep 0.01; done; cat '${file}'; ${done(pane)}; read -r go`,
  ]);
  const all = `while [ "$(ls '${folder}' | grep -c done)" -lt ${panes - 1} ]; do sleep 0.01; done`;
  const main = `stty -echo; printf '%s' '${READY}'; read -r go; : > '${go}'; cat '${file}'; ${all}; printf '\\n%s' '${END}'; read -r go`;
  return { main: ["sh", "-c", main], others };
}

export const READY = "~@~@~@~@";
export const END = "#%#%#%#%";

/** Shows each key as it is typed, and nothing else. */
export const ECHO = ["sh", "-c", `printf '%s' '${READY}'; exec cat >/dev/null`];

export function floodForever(file: string): string[] {
  return ["sh", "-c", `while :; do cat '${file}'; done`];
}
