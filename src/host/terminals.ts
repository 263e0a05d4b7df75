// All terminals of a server: the engine's port, and what the link needs to show them.

import { chmodSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { CellGrid } from "../domain/cells.ts";
import type { AgentId, TerminalId } from "../domain/ids.ts";
import { encodeRows } from "../domain/rows.ts";
import type { Sandbox } from "../domain/workspace.ts";
import type { Terminals } from "../engine/ports.ts";
import type { TerminalColours } from "./emulator-answers.ts";
import { removeTree } from "./remove-tree.ts";
import type { SandboxProbe } from "./sandbox.ts";
import { probeSandbox, probeSandboxBeside, sandboxArgv } from "./sandbox.ts";
import { findShell } from "./shell-kinds.ts";
import type { TerminalWorld } from "./terminal.ts";
import { HostTerminal } from "./terminal.ts";
import { ParseLoop } from "./terminal-parse-loop.ts";
import type { TerminalRecord } from "./terminal-record.ts";

const SCROLLBACK_ROWS = 10_000;

export interface TerminalsOptions {
  /** A private folder of this server (made 0700): start-up files of shells and code that goes through files. */
  readonly scratchDir: string;
  /** Hidden in every sandbox: vault, journals, socket. Folders, or files that are there already. */
  readonly protectedPaths: readonly string[];
  /** Folders with our settings and what we remember, rules and trust among it: no sandboxed program changes them. */
  readonly readOnlyPaths?: readonly string[];
  /** Where bwrap is looked for. */
  readonly path: string;
  /** Lines that a terminal keeps above its screen; asked when one is opened. */
  readonly scrollbackRows?: () => number;
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
  /** Called when a program rings the bell, at most twice a second each. */
  onBell(listener: (id: TerminalId) => void): void;
  /** Called when a terminal of the user's own is called otherwise, a few times a second at most. */
  onName(listener: (id: TerminalId) => void): void;
  /** What it is called by itself: its program's title, or what runs in it; empty: as what was started. */
  nameOf(id: TerminalId): string;
  /** What the program of a terminal is told that asks for its colours; null: those that no screen has shown yet. */
  setColours(id: TerminalId | null, next: TerminalColours): void;
  /** Whether the keys of anybody go to it, for a program that wants to know. */
  focus(id: TerminalId, isFocused: boolean): void;
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
  for (const name of readdirSync(options.scratchDir)) if (/^(terminal|probe|tmp)-/.test(name)) removeTree(join(options.scratchDir, name));
  const open = new Map<TerminalId, HostTerminal>();
  const listeners: ((id: TerminalId) => void)[] = [];
  const bellListeners: ((id: TerminalId) => void)[] = [];
  const nameListeners: ((id: TerminalId) => void)[] = [];
  let newestColours: TerminalColours = { foreground: 0xd0d0d0, background: 0x101010 };
  const coloursOf = new Map<TerminalId, TerminalColours>();
  let probe: SandboxProbe | null = null;
  const probed = (): SandboxProbe => (probe ??= probeSandbox(options.scratchDir, options.path));

  const scratch = realpathSync(options.scratchDir);
  const tmpFolderOf = (agent: AgentId): string => join(scratch, `tmp-${agent.replace(/[^\w.-]/g, "_")}`);

  const world: TerminalWorld = {
    loop: new ParseLoop(),
    scratchDir: options.scratchDir,
    scrollbackRows: options.scrollbackRows ?? (() => SCROLLBACK_ROWS),
    colours: (id) => coloursOf.get(id) ?? newestColours,
    tmpFolder: tmpFolderOf,
    wrap: (spec, argv, folders) => {
      if (spec.sandbox.mode === "full") return { ok: true, argv: [...argv] };
      const { works, problem, filterPath, bwrap } = probed();
      if (!works)
        return {
          ok: false,
          problem: `the sandbox "${spec.sandbox.mode}" cannot be enforced here, so nothing was started: ${problem ?? ""}`,
        };
      const surroundings = {
        protectedPaths: [...options.protectedPaths, options.scratchDir],
        readOnlyPaths: options.readOnlyPaths ?? [],
        readablePaths: [folders.own],
        tmpFolder: folders.tmp,
        ...(folders.cwd === undefined ? {} : { cwd: folders.cwd }),
        filterPath,
      };
      return { ok: true, argv: sandboxArgv(spec.sandbox, argv, surroundings, bwrap) };
    },
    onChange: (id) => {
      for (const listener of listeners) listener(id);
    },
    onName: (id) => {
      for (const listener of nameListeners) listener(id);
    },
    onBell: (id) => {
      for (const listener of bellListeners) listener(id);
    },
    onSpare: (terminal) => {
      open.set(terminal.id, terminal);
      options.onSpare?.(terminal.id);
    },
    onClosed: (id) => {
      open.delete(id);
      coloursOf.delete(id);
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
    shellName(wanted, env) {
      const found = findShell(wanted, env);
      // A named one that is not there: opening its terminal says so.
      return found.ok ? found.kind.name : (wanted ?? "bash");
    },
    defaultSandbox(folder) {
      const { works, problem } = probed();
      const sandbox: Sandbox = works
        ? { mode: "workspace-write", network: true, writable: [folder] }
        : { mode: "full", network: true, writable: [] };
      return { sandbox, problem };
    },
    tmpFolder(agent) {
      const folder = tmpFolderOf(agent);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    forget(agent) {
      removeTree(tmpFolderOf(agent));
    },
    onChange(listener) {
      listeners.push(listener);
    },
    onBell(listener) {
      bellListeners.push(listener);
    },
    onName(listener) {
      nameListeners.push(listener);
    },
    nameOf: (id) => open.get(id)?.name ?? "",
    setColours(id, next) {
      if (id === null) {
        newestColours = next;
        return;
      }
      const terminal = open.get(id);
      if (terminal === undefined) return;
      coloursOf.set(id, next);
      terminal.recoloured();
    },
    focus(id, isFocused) {
      open.get(id)?.focus(isFocused);
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
      for (const name of readdirSync(options.scratchDir)) if (name.startsWith("tmp-")) removeTree(join(options.scratchDir, name));
    },
  };
}
