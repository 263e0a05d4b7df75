// All terminals of a server: the engine's port, and what the link needs to show them.

import { chmodSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CellGrid } from "../domain/cells.ts";
import type { TerminalId } from "../domain/ids.ts";
import { encodeRows } from "../domain/rows.ts";
import type { Sandbox } from "../domain/workspace.ts";
import type { Terminals } from "../engine/ports.ts";
import type { SandboxProbe } from "./sandbox.ts";
import { probeSandbox, probeSandboxBeside, sandboxArgv } from "./sandbox.ts";
import type { TerminalWorld } from "./terminal.ts";
import { HostTerminal } from "./terminal.ts";
import { ParseLoop } from "./terminal-parse-loop.ts";
import type { TerminalRecord } from "./terminal-record.ts";

export interface TerminalsOptions {
  /** A private folder of this server (made 0700): start-up files of shells and code that goes through files. */
  readonly scratchDir: string;
  /** Hidden in every sandbox: vault, journals, socket. Folders, or files that are there already. */
  readonly protectedPaths: readonly string[];
  /** Where bwrap is looked for. */
  readonly path: string;
  readonly scrollbackRows?: number;
  /** What programs are told that ask for the terminal's colours, `rgb:RRRR/GGGG/BBBB`. */
  readonly foreground?: string;
  readonly background?: string;
  readonly onTitle?: (id: TerminalId, title: string) => void;
  /** A busy shell got a second one beside it: `id` is that of the first with a suffix. */
  readonly onSpare?: (id: TerminalId) => void;
  /** Processes that left a closed terminal (setsid) and live on, "pid name" each. */
  readonly onSurvivors?: (id: TerminalId, processes: string[]) => void;
  /** Is told which terminals live and what outlived them; left out: nobody is. */
  readonly record?: TerminalRecord;
}

export interface HostTerminals extends Terminals {
  /** Called when a terminal's screen may have changed, at most once a turn of the event loop each. */
  onChange(listener: (id: TerminalId) => void): void;
  /** The rows that changed after `version` (0: all), encoded; null where there is nothing newer or no such terminal. */
  rowsSince(id: TerminalId, version: number): { version: number; bytes: Uint8Array } | null;
  /** Read only; changes under its reader. */
  grid(id: TerminalId): Readonly<CellGrid> | null;
  resize(id: TerminalId, cols: number, rows: number): void;
  /** Finds out beside other work whether a sandbox works here; whoever needs to know before blocks to find out. */
  probe(): Promise<void>;
  closeAll(): Promise<void>;
}

export function createTerminals(options: TerminalsOptions): HostTerminals {
  mkdirSync(options.scratchDir, { recursive: true, mode: 0o700 });
  chmodSync(options.scratchDir, 0o700);
  // What a server left there that was killed.
  for (const name of readdirSync(options.scratchDir))
    if (/^(terminal|probe)-/.test(name)) rmSync(join(options.scratchDir, name), { recursive: true, force: true });
  const open = new Map<TerminalId, HostTerminal>();
  const listeners: ((id: TerminalId) => void)[] = [];
  let probe: SandboxProbe | null = null;
  const probed = (): SandboxProbe => (probe ??= probeSandbox(options.scratchDir, options.path));

  const world: TerminalWorld = {
    loop: new ParseLoop(),
    scratchDir: options.scratchDir,
    scrollbackRows: options.scrollbackRows ?? 10_000,
    foreground: options.foreground ?? "rgb:d0d0/d0d0/d0d0",
    background: options.background ?? "rgb:1010/1010/1010",
    wrap: (spec, argv, ownFolder) => {
      if (spec.sandbox.mode === "full") return { ok: true, argv: [...argv] };
      const { works, problem, filterPath, bwrap } = probed();
      if (!works)
        return {
          ok: false,
          problem: `the sandbox "${spec.sandbox.mode}" cannot be enforced here, so nothing was started: ${problem ?? ""}`,
        };
      const surroundings = { protectedPaths: [...options.protectedPaths, options.scratchDir], readablePaths: [ownFolder], filterPath };
      return { ok: true, argv: sandboxArgv(spec.sandbox, argv, surroundings, bwrap) };
    },
    onChange: (id) => {
      for (const listener of listeners) listener(id);
    },
    onTitle: options.onTitle ?? (() => {}),
    onSpare: (terminal) => {
      open.set(terminal.id, terminal);
      options.onSpare?.(terminal.id);
    },
    onClosed: (id) => {
      open.delete(id);
      options.record?.ended(id);
    },
    onStarted: (id, pid, { cwd, sandbox }) => options.record?.started({ id, pid, cwd, isSandboxed: sandbox.mode !== "full" }),
    onExited: (id) => options.record?.ended(id),
    onSurvivors: (id, processes, cwd) => {
      options.record?.stayed(processes, cwd);
      options.onSurvivors?.(
        id,
        processes.map((row) => `${row.pid} ${row.name}`),
      );
    },
  };

  return {
    open(spec, onEnd) {
      const terminal = new HostTerminal(spec, world, onEnd);
      open.set(spec.id, terminal);
      return terminal;
    },
    defaultSandbox(folder) {
      const { works, problem } = probed();
      const sandbox: Sandbox = works
        ? { mode: "workspace-write", network: true, writable: [folder] }
        : { mode: "full", network: true, writable: [] };
      return { sandbox, problem };
    },
    onChange(listener) {
      listeners.push(listener);
    },
    rowsSince(id, version) {
      const update = open.get(id)?.changesSince(version) ?? null;
      return update === null ? null : { version: update.version, bytes: encodeRows(update) };
    },
    grid(id) {
      return open.get(id)?.grid() ?? null;
    },
    resize(id, cols, rows) {
      open.get(id)?.resize(cols, rows);
    },
    async probe() {
      const found = await probeSandboxBeside(options.scratchDir, options.path);
      probe ??= found;
    },
    async closeAll() {
      await Promise.all([...open.values()].map((terminal) => terminal.close()));
      open.clear();
    },
  };
}
