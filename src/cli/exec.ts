// `interpane exec`: one task without a screen, by an agent that ends with this process.

import { resolve } from "node:path";
import type { StartedServer } from "../client/start-server.ts";
import type { CheckedAnswer } from "../domain/answer-schema.ts";
import type { OutputSchema } from "../domain/stream.ts";
import { chooseProfile } from "./choose-profile.ts";
import { startTask, type Task, type TaskEnding } from "./exec-task.ts";
import { exitOfTurn, sayFailed } from "./exit-of-turn.ts";
import type { Flags } from "./flag-table.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { fail, type Problem } from "./problem.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";
import { readPrompt } from "./read-prompt.ts";
import { type RunSettings, readRunSettings } from "./run-settings.ts";
import { readSeconds } from "./seconds.ts";
import { openVaultFor } from "./unlock.ts";

/** How long an interrupted turn may take to end before we leave anyway, ms. */
const INTERRUPT_LIMIT_MS = 5000;

export async function runExec(flags: Flags, words: readonly string[], io: Io, started: StartedServer | null): Promise<ExitCode> {
  const folder = workspaceFolder(io, flags.cwd);
  if (!folder.ok) return sayFailed(io, EXIT.usage, folder.message);
  const wishes = await readWishes(flags, words, io);
  if (!wishes.ok) return sayFailed(io, EXIT.usage, wishes.message);
  const leaving = createLeaving(io);
  try {
    const place = await findPlace(flags, folder.folder, io);
    if (!place.ok) return sayFailed(io, place.code, place.message);
    const connecting = reachServer(io, {
      folder: place.workspace,
      role: "task",
      startsServer: !flags.inWorkspace,
      started,
      extraEnv: wishes.run.env,
    });
    const connected = await Promise.race([connecting, leaving.left]);
    if ("type" in connected) return EXIT.interrupted;
    if (!connected.ok) return sayFailed(io, EXIT.failed, connected.message);
    const task = startTask(connected.connection, { isJson: flags.json, isInWorkspace: flags.inWorkspace }, io);
    try {
      return await carryOut(task, { flags, folder: folder.folder, session: place.session, wishes }, leaving, io);
    } finally {
      task.caller.close();
    }
  } finally {
    leaving.close();
  }
}

// What is wished --------------------------------------------------------------------------------------------------------

interface Wishes {
  readonly ok: true;
  readonly run: RunSettings;
  /** Null: nothing but the profile is to be saved. */
  readonly prompt: string | null;
  readonly schema: { readonly file: string; readonly schema: OutputSchema; readonly check: (answer: string) => CheckedAnswer } | null;
  readonly timeoutMs: number | null;
}

async function readWishes(
  flags: Flags,
  words: readonly string[],
  io: Io,
): Promise<Wishes | { readonly ok: false; readonly message: string }> {
  const run = readRunSettings(flags);
  if (!run.ok) return run;
  const timeout = readSeconds("--timeout", flags.timeout);
  if (!timeout.ok) return timeout;
  const saving = flags.saveProfile === undefined ? null : (await import("./save-profile.ts")).profileNameProblem(flags.saveProfile);
  if (saving !== null) return { ok: false, message: saving };
  const schema = flags.outputSchema === undefined ? null : (await import("./output-schema.ts")).readSchemaFile(flags.outputSchema, io);
  if (schema?.ok === false) return schema;
  const savesOnly = flags.saveProfile !== undefined && words.length === 0 && !flags.stdin;
  const prompt = savesOnly ? null : await readPrompt(words, { isFromStdin: flags.stdin }, io);
  if (prompt?.ok === false) return prompt;
  return { ok: true, run: run.value, prompt: prompt?.text ?? null, schema, timeoutMs: timeout.ms };
}

interface TaskPlace {
  readonly ok: true;
  readonly workspace: string;
  /** The conversation to carry on, by its whole id. */
  readonly session: string | null;
}

async function findPlace(flags: Flags, folder: string, io: Io): Promise<TaskPlace | Problem> {
  let session: string | null = null;
  if (flags.resume !== undefined) {
    const chosen = await (await import("./session-choice.ts")).chooseSession(io, flags.resume);
    if (!chosen.ok) return chosen;
    session = chosen.row.id;
  }
  if (!flags.inWorkspace) return { ok: true, workspace: folder, session };
  const { findWorkspace } = await import("./targets.ts");
  const found = await findWorkspace(io, flags.cwd, { takesOnly: false, isAbove: true });
  return found.ok ? { ok: true, workspace: found.folder, session } : found;
}

// Carrying it out -------------------------------------------------------------------------------------------------------

interface Work {
  readonly flags: Flags;
  readonly folder: string;
  readonly session: string | null;
  readonly wishes: Wishes;
}

async function carryOut(task: Task, work: Work, leaving: Leaving, io: Io): Promise<ExitCode> {
  const { flags, wishes } = work;
  const chosen = await Promise.race([chooseProfile(flags, wishes.run, io, task.caller), leaving.left]);
  if ("type" in chosen) return EXIT.interrupted;
  if (!chosen.ok) return fail(io, chosen);
  if (flags.saveProfile !== undefined && chosen.file !== null) {
    const key = Object.values(wishes.run.env)[0] ?? null;
    const { saveProfile } = await import("./save-profile.ts");
    const saved = await saveProfile({ name: flags.saveProfile, file: chosen.file, key }, io, task.caller);
    if (!saved.ok) return fail(io, saved);
  }
  if (wishes.prompt === null) return EXIT.done;
  leaving.onFirst(task.interrupt);
  const opening = task.open({
    ...(flags.inWorkspace ? { place: { type: "tab" } } : { place: { type: "nowhere" }, isEphemeral: true }),
    cwd: work.folder,
    // Left out it is the profile's to say.
    ...(flags.autoRun ? { autoRun: true } : {}),
    ...(flags.offline ? { isOffline: true } : {}),
    ...(flags.verbose ? { isVerbose: true } : {}),
    ...chosen.choice,
    ...(flags.continue ? { session: "latest" } : {}),
    ...(work.session === null ? {} : { session: work.session }),
  });
  const opened = await Promise.race([opening, leaving.left]);
  if ("type" in opened) return EXIT.interrupted;
  if (!opened.ok) return sayFailed(io, EXIT.usage, opened.message);
  const unlocked = await Promise.race([openVaultFor(task.credential(), task.caller, io), leaving.left]);
  if ("type" in unlocked) return EXIT.interrupted;
  if (!unlocked.ok) return fail(io, unlocked);
  const attached = await Promise.race([task.attach(flags.image.map((file) => resolve(io.cwd, file))), leaving.left]);
  if ("type" in attached) return EXIT.interrupted;
  if (!attached.ok) return sayFailed(io, EXIT.usage, attached.message);
  return inTime(wishes.timeoutMs, task, leaving, io, () => answer(task, wishes.prompt ?? "", wishes.schema, leaving, io));
}

/** Past the limit the turn is interrupted, and the task has failed. */
async function inTime(limitMs: number | null, task: Task, leaving: Leaving, io: Io, run: () => Promise<ExitCode>): Promise<ExitCode> {
  if (limitMs === null) return run();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    task.interrupt();
    leaving.soon();
  }, limitMs);
  const code = await run();
  clearTimeout(timer);
  return isLate
    ? sayFailed(io, EXIT.failed, `not done after ${limitMs / 1000} s (--timeout); what was said so far is kept as a session`)
    : code;
}

async function answer(task: Task, prompt: string, wanted: Wishes["schema"], leaving: Leaving, io: Io): Promise<ExitCode> {
  if (wanted === null) {
    const ending = await Promise.race([task.run(prompt), leaving.left]);
    task.print(task.takeAnswer());
    return conclude(ending, task, leaving, io);
  }
  const { schemaPrompt, schemaRetry } = await import("./output-schema.ts");
  let message = schemaPrompt(prompt, wanted.schema);
  // Once more with what was wrong; after that it is a failure.
  for (const isLast of [false, true]) {
    const ending = await Promise.race([task.run(message, wanted.schema), leaving.left]);
    const code = conclude(ending, task, leaving, io);
    const said = task.takeAnswer();
    if (code !== EXIT.done && code !== EXIT.refused) return code;
    const checked = wanted.check(said);
    if (checked.ok) {
      task.print(checked.json);
      return code;
    }
    if (isLast) return sayFailed(io, EXIT.failed, `the answer does not fit ${wanted.file}: ${checked.problem}; it was:\n${said}`);
    complain(io, `the answer does not fit ${wanted.file} (${checked.problem}); asking once more`);
    message = schemaRetry(checked.problem);
  }
  return EXIT.failed;
}

// Its end ---------------------------------------------------------------------------------------------------------------

interface Left {
  readonly type: "left";
}

interface Leaving {
  /** Resolves when nothing more is waited for. */
  readonly left: Promise<Left>;
  /** What the first Ctrl-C does; the second leaves. */
  onFirst(interrupt: () => void): void;
  /** Leaves if what was interrupted does not end. */
  soon(): void;
  wasInterrupted(): boolean;
  close(): void;
}

function createLeaving(io: Io): Leaving {
  const leaving = Promise.withResolvers<Left>();
  const leave = (): void => leaving.resolve({ type: "left" });
  const soon = (): void => void setTimeout(leave, INTERRUPT_LIMIT_MS).unref();
  let interrupts = 0;
  let onFirst = leave;
  const close = io.onInterrupt(() => {
    interrupts += 1;
    if (interrupts === 1) onFirst();
    else leave();
  });
  io.onOutputClosed(() => {
    interrupts += 1;
    leave();
  });
  return {
    left: leaving.promise,
    onFirst(interrupt) {
      onFirst = () => {
        interrupt();
        soon();
      };
    },
    soon,
    wasInterrupted: () => interrupts > 0,
    close,
  };
}

function conclude(ending: TaskEnding | Left, task: Task, leaving: Leaving, io: Io): ExitCode {
  switch (ending.type) {
    case "left":
      return EXIT.interrupted;
    case "lost":
      return leaving.wasInterrupted()
        ? EXIT.interrupted
        : sayFailed(io, EXIT.failed, `the task was lost: ${ending.reason || "the server ended the connection"}`);
    case "refused":
      return sayFailed(io, EXIT.usage, ending.reason);
    case "ended":
      return exitOfTurn(ending.fact, task.takeRefused(), io);
    default:
      return ending satisfies never;
  }
}
