// Terminals of the user's own: what runs in them, what their end means, and what becomes of them when the server was gone.

import type { TerminalId } from "../domain/ids.ts";
import type { Place } from "../domain/protocol.ts";
import type { Sandbox, TerminalInfo } from "../domain/workspace.ts";
import { type CommandResult, done, refuse } from "./command-result.ts";
import { replaceTerminal } from "./panes.ts";
import type { ClientId, WorkspaceEngine } from "./workspace-engine.ts";

const ownSandbox: Sandbox = { mode: "full", network: true, writable: [] };
/** A shell that fails sooner never worked: its pane stays, to say so. */
const FAILED_START_MS = 2_000;

export interface PlainProgram extends Pick<TerminalInfo, "cwd" | "title"> {
  readonly argv: readonly string[];
  readonly isShell: boolean;
  /** The title is one that the user gave it. */
  readonly isNamed: boolean;
}

/** Left out `argv`: the login shell. */
export function programOf(engine: WorkspaceEngine, client: ClientId, argv: readonly string[] | undefined, cwd: string): PlainProgram {
  const shell = envFor(engine, client).SHELL || "/bin/sh";
  const base = shell.slice(shell.lastIndexOf("/") + 1);
  if (argv === undefined || argv.length === 0) return { argv: [shell], cwd, title: base, isShell: true, isNamed: false };
  const [sh, dashC, line] = argv;
  // What was typed is the better name than the shell that reads it.
  const title = sh === "sh" && dashC === "-c" && line !== undefined && argv.length === 3 ? line : argv.join(" ");
  return { argv, cwd, title, isShell: false, isNamed: false };
}

/** Null: nobody has asked for it now. */
type Asker = ClientId | null;

function envFor({ options }: WorkspaceEngine, client: Asker): Readonly<Record<string, string>> {
  return options.ownEnv?.(client) ?? options.shellEnv();
}

function start(engine: WorkspaceEngine, client: Asker, program: PlainProgram): TerminalId {
  const { argv, cwd, title, isShell, isNamed } = program;
  const { folder } = engine.options;
  const terminal = engine.openTerminal({
    info: {
      agent: null,
      title,
      cwd,
      sandbox: ownSandbox,
      argv: [...argv],
      ...(isShell ? { isShell } : {}),
      ...(isNamed ? { isNamed } : {}),
    },
    program: { type: "command", argv },
    // By these `interpane` finds, inside the pane, where it is.
    env: (id) => ({ ...envFor(engine, client), INTERPANE_WORKSPACE: folder, INTERPANE_TERMINAL: id }),
  });
  return terminal.id;
}

export function openPlainTerminal(engine: WorkspaceEngine, client: ClientId, program: PlainProgram, place: Place): CommandResult {
  const terminal = start(engine, client, program);
  const pane = engine.place(place, { type: "terminal", terminal });
  return { ...done(engine.workspace.seq), terminal, ...(pane === null ? {} : { pane }) };
}

/** A terminal has one pty for life: the program runs again in a new one, in the same pane. */
export async function respawnTerminal(engine: WorkspaceEngine, client: ClientId, id: TerminalId): Promise<CommandResult> {
  const info = engine.workspace.terminals.find((terminal) => terminal.id === id);
  if (info === undefined) return refuse("that terminal is closed");
  if (info.agent !== null || info.argv === undefined) return refuse("only a plain terminal's program can be run again");
  const { argv, cwd, title, isShell = false, isNamed = false } = info;
  const terminal = start(engine, client, { argv, cwd, title, isShell, isNamed });
  engine.emit(replaceTerminal(engine.workspace, id, terminal));
  await engine.closeTerminal(id);
  return { ...done(engine.workspace.seq), terminal };
}

/** A shell that the user left has nothing more to show; of any other program the last screen and the exit code are kept. */
export function closesAtEnd(info: TerminalInfo, exitCode: number, ranMs: number): boolean {
  return info.isShell === true && (exitCode === 0 || ranMs >= FAILED_START_MS);
}

/**
 * The server that ran them is gone. Shells begin anew where they stood; a program is not run again by itself: its pane stays and says so.
 * Agents' shells are opened when they are next needed.
 */
export function reviveTerminals(engine: WorkspaceEngine): void {
  for (const info of [...engine.workspace.terminals]) {
    const { id, agent, argv, cwd, title, isShell = false, isNamed = false } = info;
    if (agent !== null || argv === undefined) engine.forgetTerminal(id);
    else if (isShell) {
      engine.emit(replaceTerminal(engine.workspace, id, start(engine, null, { argv, cwd, title, isShell, isNamed })));
      engine.forgetTerminal(id);
    } else if (info.isLost !== true) engine.emit({ type: "terminal.ended", terminal: id, exitCode: info.exitCode ?? -1, isLost: true });
  }
}
