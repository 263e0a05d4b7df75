// `interpane --plain` and `--no-alt-screen`: a conversation in lines, for terminals and readers that a full screen does not suit.
// Nothing is coloured or painted over; the answers go to standard output, all else to standard error.

import { resolve } from "node:path";
import type { StartedServer } from "../client/start-server.ts";
import { findKey, isKey } from "../domain/key-text.ts";
import { chooseProfile } from "./choose-profile.ts";
import { startTask, type Task, type TaskEnding } from "./exec-task.ts";
import { exitOfTurn, sayFailed } from "./exit-of-turn.ts";
import type { Flags } from "./flag-table.ts";
import { complain, EXIT, type ExitCode, type Io, type Lines } from "./io.ts";
import { isLineCommand, type LineStep, type LineTalk, ownCommandOf, runLineCommand } from "./line-commands.ts";
import { printable } from "./printable.ts";
import { fail } from "./problem.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";
import { readRunSettings } from "./run-settings.ts";
import { openLockedVault, openVaultFor } from "./unlock.ts";

interface Left {
  readonly type: "left";
}

export async function runLines(flags: Flags, words: readonly string[], io: Io, started: StartedServer | null): Promise<ExitCode> {
  const folder = workspaceFolder(io, flags.cwd);
  if (!folder.ok) return sayFailed(io, EXIT.usage, folder.message);
  const run = readRunSettings(flags);
  if (!run.ok) return sayFailed(io, EXIT.usage, run.message);
  const chosenSession = flags.resume === undefined ? null : await (await import("./session-choice.ts")).chooseSession(io, flags.resume);
  if (chosenSession?.ok === false) return fail(io, chosenSession);
  const { env } = run.value;
  const connected = await reachServer(io, { folder: folder.folder, role: "task", startsServer: true, started, extraEnv: env });
  if (!connected.ok) return sayFailed(io, EXIT.failed, connected.message);
  const lines = lateLines(io);
  const conversation = { readCode: (signal: AbortSignal) => readCode(io, lines, signal) };
  const task = startTask(connected.connection, { isJson: false, isInWorkspace: false, conversation }, asking(io, lines));
  try {
    // Before any line is read: what is typed among them would be seen. Enter goes on without.
    const unlocked = io.ask === null ? null : await openLockedVault(task.caller, io);
    if (unlocked?.ok === false) complain(io, printable(unlocked.message));
    const chosen = await chooseProfile(flags, run.value, asking(io, lines), task.caller);
    if (!chosen.ok) return fail(io, chosen);
    if (flags.saveProfile !== undefined && chosen.file !== null) {
      const { saveProfile } = await import("./save-profile.ts");
      const saved = { name: flags.saveProfile, file: chosen.file, key: Object.values(env)[0] ?? null };
      const done = await saveProfile(saved, asking(io, lines), task.caller);
      if (!done.ok) return fail(io, done);
    }
    const opened = await task.open({
      place: { type: "nowhere" },
      isEphemeral: true,
      cwd: folder.folder,
      ...(flags.autoRun ? { autoRun: true } : {}),
      ...(flags.offline ? { isOffline: true } : {}),
      ...(flags.verbose ? { isVerbose: true } : {}),
      ...chosen.choice,
      ...(flags.continue ? { session: "latest" } : {}),
      ...(chosenSession === null ? {} : { session: chosenSession.row.id }),
    });
    if (!opened.ok) return sayFailed(io, EXIT.usage, opened.message);
    const usable = io.ask === null ? await openVaultFor(task.credential(), task.caller, io) : null;
    if (usable?.ok === false) return fail(io, usable);
    const agent = task.agent();
    // Of an agent that belongs to one connection this is no fact until it is said.
    if (flags.autoRun && agent !== null) await task.caller.command({ type: "agent.setAutoRun", agent, isAutoRun: true });
    const attached = await task.attach(flags.image.map((file) => resolve(io.cwd, file)));
    if (!attached.ok) return sayFailed(io, EXIT.usage, attached.message);
    return await talk(task, words.join(" ").trim(), lines, io);
  } finally {
    lines.close();
    task.caller.close();
  }
}

/** Begins to read with the first line that is wanted. */
function lateLines(io: Io): Lines {
  let lines: Lines | null = null;
  return {
    next: () => {
      lines ??= io.stdin.lines();
      return lines.next();
    },
    fresh: (signal) => {
      lines ??= io.stdin.lines();
      return lines.fresh(signal);
    },
    close: () => lines?.close(),
  };
}

/** An answer is a line that came after its question: one that was typed before it is a message. */
function asking(io: Io, lines: Lines): Io {
  if (io.ask === null) return io;
  return {
    ...io,
    async ask(question, { signal }) {
      io.stderr.write(question);
      return (await lines.fresh(signal)) ?? "";
    },
  };
}

/** Up to a line with a dot alone; null where nothing is to run. */
async function readCode(io: Io, lines: Lines, signal: AbortSignal): Promise<string | null> {
  io.stderr.write("the code that runs instead, ended by a line with a dot alone:\n");
  const code: string[] = [];
  for (;;) {
    const line = await lines.fresh(signal);
    if (line === null) return null;
    if (line.trim() === ".") return code.join("\n");
    code.push(line);
  }
}

async function talk(task: Task, first: string, lines: Lines, io: Io): Promise<ExitCode> {
  const leaving = Promise.withResolvers<Left>();
  let onInterrupt = (): void => leaving.resolve({ type: "left" });
  const off = io.onInterrupt(() => onInterrupt());
  io.onOutputClosed(() => leaving.resolve({ type: "left" }));
  const isTerminal = io.stdin.kind === "terminal";
  if (isTerminal) io.stderr.write("a line is a message; %help lists commands, Ctrl-D ends\n");
  let code: ExitCode = EXIT.done;
  let waiting: string | null = first;
  try {
    for (;;) {
      if (waiting === "" && isTerminal) io.stderr.write("> ");
      const text: string | null | Left = waiting !== "" ? waiting : await Promise.race([readMessage(lines), leaving.promise]);
      waiting = "";
      if (text === null) return code;
      if (typeof text !== "string") return EXIT.interrupted;
      const agent = task.agent();
      if (text.trim() === "" || agent === null) continue;
      if (isKey(text) || findKey(text) !== null) {
        complain(io, "not sent: there is an API key in it; interpane vault add keeps one safely");
        continue;
      }
      const step = await stepOf(text, { task, io, agent });
      if (step.type === "ends") return code;
      if (step.type === "goesOn") continue;
      onInterrupt = task.interrupt;
      const ending: TaskEnding | Left = await Promise.race([step.ending, leaving.promise]);
      onInterrupt = () => leaving.resolve({ type: "left" });
      task.print(task.takeAnswer());
      if (ending.type === "left") return EXIT.interrupted;
      if (ending.type === "lost") return sayFailed(io, EXIT.failed, `the conversation was lost: ${ending.reason}`);
      code = ending.type === "refused" ? sayFailed(io, EXIT.failed, ending.reason) : exitOfTurn(ending.fact, task.takeRefused(), io);
    }
  } finally {
    off();
  }
}

function stepOf(text: string, talk: LineTalk): LineStep | Promise<LineStep> {
  const own = ownCommandOf(text);
  if (own !== null) return { type: "turn", ending: talk.task.carryOut({ type: "shell.run", agent: talk.agent, code: own }) };
  return isLineCommand(text) ? runLineCommand(talk, text) : { type: "turn", ending: talk.task.run(text) };
}

const QUOTES = '"""';

/** A line, or what stands between two `"""`, as Open Interpreter takes it; null at the end of the input. */
async function readMessage(lines: Lines): Promise<string | null> {
  const line = (await lines.next())?.trim();
  if (line === undefined) return null;
  if (!line.startsWith(QUOTES)) return line;
  const begin = line.slice(QUOTES.length);
  if (begin.endsWith(QUOTES)) return begin.slice(0, -QUOTES.length).trim();
  const parts = [begin];
  for (;;) {
    const next = await lines.next();
    const isLast = next === null || next.trimEnd().endsWith(QUOTES);
    if (next !== null) parts.push(isLast ? next.trimEnd().slice(0, -QUOTES.length) : next);
    if (isLast) return parts.join("\n").trim();
  }
}
