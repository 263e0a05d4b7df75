// What the terminal tests stand on: a home and a scratch folder that go away, terminals in them, and waiting for what is seen.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TerminalId } from "../../src/domain/ids.ts";
import type { Sandbox } from "../../src/domain/workspace.ts";
import type { ExecResult, Terminal, TerminalSpec } from "../../src/engine/ports.ts";
import type { HostTerminals, TerminalsOptions } from "../../src/host/terminals.ts";
import { createTerminals } from "../../src/host/terminals.ts";
import { GUARD_MS, until } from "../support/until.ts";

export interface Ground extends AsyncDisposable {
  readonly folder: string;
  readonly work: string;
  readonly home: string;
  readonly scratch: string;
  readonly terminals: HostTerminals;
  readonly ends: Map<string, number>;
  open(over?: Partial<Omit<TerminalSpec, "id">> & { id?: string }): Terminal;
}

export const FULL: Sandbox = { mode: "full", network: true, writable: [] };
export const never = new AbortController().signal;

/** `files`: what the home holds, by its path there. */
export function makeGround(
  options: Partial<TerminalsOptions> & { bashrc?: string; files?: Readonly<Record<string, string>> } = {},
): Ground {
  const folder = mkdtempSync(join(tmpdir(), "interpane-terminal-"));
  const [work, home, scratch] = ["work", "home", "scratch"].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [work, home]) mkdirSync(path);
  if (options.bashrc !== undefined) writeFileSync(join(home, ".bashrc"), options.bashrc);
  for (const [path, text] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const terminals = createTerminals({ scratchDir: scratch, protectedPaths: [], path: process.env["PATH"] ?? "", ...options });
  const ends = new Map<string, number>();
  return {
    folder,
    work,
    home,
    scratch,
    terminals,
    ends,
    open(over = {}) {
      const id = (over.id ?? `t-${randomUUID().slice(0, 13)}`) as TerminalId;
      const env = { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8", SHELL: "/bin/bash" };
      const spec: TerminalSpec = { cwd: work, cols: 80, rows: 24, program: { type: "shell" }, sandbox: FULL, env, ...over, id };
      return terminals.open(spec, (exitCode) => ends.set(id, exitCode));
    },
    async [Symbol.asyncDispose]() {
      await terminals.closeAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function run(
  terminal: Terminal,
  code: string,
  language = "shell",
  timeoutMs = GUARD_MS,
  signal: AbortSignal = never,
): Promise<ExecResult> {
  return terminal.exec({ language, code, timeoutMs }, signal);
}

/** Runs code that says "go", aborts it then, and gives back its end once the shell is at its prompt again. */
export async function aborted(terminal: Terminal, code: string): Promise<ExecResult> {
  const abort = new AbortController();
  const running = run(terminal, code, "shell", GUARD_MS, abort.signal);
  await until("it has begun", () => /^go$/m.test(terminal.text(5)));
  assert.equal(terminal.isReady(), false);
  abort.abort();
  const end = await running;
  await until("the prompt is back", () => terminal.isReady());
  return end;
}

/** It takes Ctrl-C for itself, as bash's own child does until it has become the program. */
export const TAKES_CTRL_C = `sh -c 'trap "exit 130" INT; echo go; while :; do sleep 0.01; done'; touch after`;

export { until };
