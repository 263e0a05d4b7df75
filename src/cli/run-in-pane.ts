// `interpane run`: a command in a terminal pane. Opens the screen; inside a pane, or without a terminal, asks the workspace that runs.

import type { TerminalId } from "../domain/ids.ts";
import { leaves } from "../domain/layout.ts";
import type { Place } from "../domain/protocol.ts";
import type { Workspace } from "../domain/workspace.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { openScreenHere, terminalProblem } from "./open-screen.ts";
import { fail, failWith, type Problem, problem } from "./problem.ts";
import { workspaceFolder } from "./reach-server.ts";
import { findWorkspace, openTarget, type Target } from "./targets.ts";

export async function runInPane(flags: Flags, argv: readonly string[], io: Io): Promise<ExitCode> {
  const inside = io.env.INTERPANE_WORKSPACE ?? "";
  const target = inside === "" ? null : await openTarget(io, inside, "own");
  // What was left in the environment by a server that is gone means nothing.
  if (target?.ok === true) return openIn(target, flags, argv, io);
  const missing = terminalProblem(io);
  if (missing === null) return openScreenHere(flags, [], io, null, { argv, leavesWithIt: flags.exit });
  const found = await findWorkspace(io, flags.cwd, { takesOnly: false, isAbove: true });
  if (!found.ok) return failWith(io, missing.code, `${missing.message}; ${found.message}`);
  const outside = await openTarget(io, found.folder, "own");
  return outside.ok ? openIn(outside, flags, argv, io) : fail(io, outside);
}

async function openIn(target: Target, flags: Flags, argv: readonly string[], io: Io): Promise<ExitCode> {
  const folder = workspaceFolder(io, flags.cwd);
  if (!folder.ok) return failWith(io, EXIT.usage, folder.message);
  const left = Promise.withResolvers<"left">();
  const offInterrupt = io.onInterrupt(() => left.resolve("left"));
  try {
    const place = placeFor(target.workspace, io.env.INTERPANE_TERMINAL);
    const reply = await target.caller.command({ type: "terminal.open", place, argv: [...argv], cwd: folder.folder });
    if (!reply.ok) return failWith(io, EXIT.failed, reply.reason);
    const { terminal, pane } = reply;
    if (terminal === undefined) return failWith(io, EXIT.failed, "the server did not say which terminal it opened");
    io.stdout.write(`${terminal}\n`);
    if (!flags.exit) return EXIT.done;
    const end = await Promise.race([endOf(target, terminal), left.promise]);
    if (end === "left") return EXIT.interrupted;
    if (typeof end !== "number") return fail(io, end);
    if (pane !== undefined) await target.caller.command({ type: "pane.close", pane });
    return end === 0 ? EXIT.done : failWith(io, EXIT.failed, `${argv.join(" ")} ended with ${end}`);
  } finally {
    offInterrupt();
    target.caller.close();
  }
}

/** Below the pane that it was typed in. */
function placeFor(workspace: Workspace, terminal: string | undefined): Place {
  const own = workspace.tabs
    .flatMap((tab) => leaves(tab.root))
    .find(({ content }) => content.type === "terminal" && content.terminal === terminal);
  return own === undefined ? { type: "tab" } : { type: "beside", pane: own.pane, direction: "column" };
}

/** The exit code; a problem where its pane was closed first, or the connection ended. */
function endOf(target: Target, terminal: TerminalId): Promise<number | Problem> {
  return new Promise((resolve) => {
    let wasSeen = false;
    const look = (): void => {
      const info = target.workspace.terminals.find((each) => each.id === terminal);
      wasSeen ||= info !== undefined;
      if (info !== undefined && info.exitCode !== null) resolve(info.exitCode);
      else if (info === undefined && wasSeen) resolve(problem(EXIT.failed, "its pane was closed before it ended"));
    };
    void target.caller.closed.then((reason) => resolve(problem(EXIT.failed, reason || "the server ended the connection")));
    target.listen(look);
    look();
  });
}
