// `interpane exec`: one task without a screen, by an agent that ends with this process.

import { type Caller, createCaller } from "../client/caller.ts";
import type { StartedServer } from "../client/start-server.ts";
import type { AgentId } from "../domain/ids.ts";
import type { Fact } from "../domain/protocol.ts";
import type { FailureKind } from "../domain/stream.ts";
import type { Approval } from "../domain/workspace.ts";
import type { Flags } from "./args.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { visible } from "./printable.ts";
import type { Problem } from "./problem.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";
import { readPrompt } from "./read-prompt.ts";
import { createTaskOutput, describeAction } from "./task-output.ts";

/** How long an interrupted turn may take to end before we leave anyway, ms. */
const INTERRUPT_LIMIT_MS = 5000;

export type TurnEnded = Extract<Fact, { type: "turn.ended" }>;
type Ending =
  | { readonly type: "ended"; readonly fact: TurnEnded }
  | { readonly type: "lost"; readonly reason: string }
  | { readonly type: "left" };

export async function runExec(flags: Flags, words: readonly string[], io: Io, started: StartedServer | null): Promise<ExitCode> {
  const folder = workspaceFolder(io, flags.cwd);
  if (!folder.ok) return fail(io, EXIT.usage, folder.message);
  const prompt = await readPrompt(words, io);
  if (!prompt.ok) return fail(io, EXIT.usage, prompt.message);

  const leaving = Promise.withResolvers<Ending>();
  let interrupts = 0;
  let onFirstInterrupt = (): void => leaving.resolve({ type: "left" });
  const interrupt = (): void => {
    interrupts += 1;
    if (interrupts === 1) onFirstInterrupt();
    else leaving.resolve({ type: "left" });
  };
  const offInterrupt = io.onInterrupt(interrupt);
  io.onOutputClosed(() => {
    interrupts += 1;
    leaving.resolve({ type: "left" });
  });

  try {
    const place = await findPlace(flags, folder.folder, io);
    if (!place.ok) return fail(io, place.code, place.message);
    const connecting = reachServer(io, { folder: place.workspace, role: "task", startsServer: !flags.inWorkspace, started });
    const connected = await Promise.race([connecting, leaving.promise]);
    if ("type" in connected) return EXIT.interrupted;
    if (!connected.ok) return fail(io, EXIT.failed, connected.message);
    const task = startTask(connected.connection, { ...flags, ...(place.session === null ? {} : { resume: place.session }) }, io);
    try {
      onFirstInterrupt = () => {
        task.interrupt();
        setTimeout(() => leaving.resolve({ type: "left" }), INTERRUPT_LIMIT_MS).unref();
      };
      const spawned = await Promise.race([task.start(folder.folder, prompt.text), leaving.promise.then(() => null)]);
      if (spawned === null) return EXIT.interrupted;
      if (!spawned.ok) return fail(io, EXIT.usage, spawned.message);
      const ending = await Promise.race([task.ending, leaving.promise]);
      return conclude(ending, { wasInterrupted: interrupts > 0, wasRefused: task.wasRefused() }, task.finish, io);
    } finally {
      task.caller.close();
    }
  } finally {
    offInterrupt();
  }
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

interface Task {
  readonly caller: Caller;
  start(folder: string, prompt: string): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }>;
  interrupt(): void;
  readonly ending: Promise<Ending>;
  /** Prints the answer. */
  readonly finish: () => void;
  /** Something that the model wanted was refused here. */
  wasRefused(): boolean;
}

function startTask(connection: Parameters<typeof createCaller>[0], flags: Flags, io: Io): Task {
  const output = createTaskOutput(io.stdout, io.stderr, flags.json);
  const ended = Promise.withResolvers<Ending>();
  let agent: AgentId | null = null;
  let hasPrompt = false;
  let isRefused = false;
  /** Facts that came before the reply that says which agent is ours. */
  const early: Fact[] = [];

  const take = (fact: Fact): void => {
    if (agent === null) {
      early.push(fact);
      return;
    }
    if (agentOf(fact) !== agent) return;
    // A session that is carried on brings what was said before; only what follows our prompt is news.
    if (hasPrompt || flags.json) output.take(fact);
    if (fact.type === "approval.asked") {
      if (flags.inWorkspace) sayAsked(fact.approval);
      else void decide(fact.approval);
    }
    if (fact.type === "approval.answered" && fact.answer === "no" && fact.by !== "interrupt") isRefused = true;
    if (fact.type === "turn.ended" && hasPrompt) ended.resolve({ type: "ended", fact });
    if (fact.type === "agent.closed") ended.resolve({ type: "lost", reason: "the agent was closed" });
  };
  const caller = createCaller(connection, (message) => {
    if (message.type === "fact") take(message.fact);
    else if (message.type === "snapshot" && !flags.json) for (const notice of message.notices) complain(io, notice);
  });
  void caller.closed.then((reason) => ended.resolve({ type: "lost", reason }));

  const sayAsked = (approval: Approval): void => {
    if (!flags.json) io.stderr.write(`${approvalText(approval)}\nwaits for an answer on the screen of its workspace: interpane attach\n`);
  };
  const decide = async (approval: Approval): Promise<void> => {
    const answer = await askApproval(approval, io);
    const reply = await caller.command({
      type: "approval.answer",
      approval: approval.id,
      digest: approval.digest,
      answer: answer.isYes ? "yes" : "no",
      ...(answer.reason === undefined ? {} : { reason: answer.reason }),
    });
    if (!answer.isYes) isRefused = true;
    // It may have been answered or voided meanwhile, such as by an interrupt.
    if (!reply.ok && !flags.json) complain(io, `the answer was not taken: ${reply.reason}`);
  };

  return {
    caller,
    ending: ended.promise,
    finish: output.finish,
    wasRefused: () => isRefused,
    interrupt: () => {
      if (agent !== null) void caller.command({ type: "turn.interrupt", agent });
    },
    async start(folder, prompt) {
      const name = flags.profile ?? flags.model;
      const spawned = await caller.command({
        type: "agent.spawn",
        ...(flags.inWorkspace ? { place: { type: "tab" } } : { place: { type: "nowhere" }, isEphemeral: true }),
        cwd: folder,
        // Left out it is the profile's to say.
        ...(flags.autoRun ? { autoRun: true } : {}),
        ...(flags.offline ? { isOffline: true } : {}),
        ...(name === undefined ? {} : { profile: name }),
        ...(flags.continue ? { session: "latest" } : {}),
        ...(flags.resume === undefined ? {} : { session: flags.resume }),
      });
      if (!spawned.ok) return { ok: false, message: spawned.reason };
      if (spawned.agent === undefined) return { ok: false, message: "the server made no agent" };
      if (spawned.note !== undefined && !flags.json) complain(io, spawned.note);
      agent = spawned.agent;
      for (const fact of early.splice(0)) take(fact);
      hasPrompt = true;
      const sent = await caller.command({ type: "prompt.send", agent, text: prompt });
      return sent.ok ? { ok: true } : { ok: false, message: sent.reason };
    },
  };
}

function agentOf(fact: Fact): string | null {
  if (fact.type === "agent.spawned") return fact.agent.id;
  return "agent" in fact ? fact.agent : null;
}

async function askApproval(approval: Approval, io: Io): Promise<{ readonly isYes: boolean; readonly reason?: string }> {
  const what = approvalText(approval);
  if (io.ask === null) {
    io.stderr.write(`${what}\nrefused: there is no terminal to ask on; -y runs code without asking\n`);
    return { isYes: false, reason: "refused: this task runs without a person to approve code" };
  }
  const line = await io.ask(`${what}\nrun it? y or n: `, { isSecret: false });
  if (/^\s*y(es)?\s*$/i.test(line)) return { isYes: true };
  return { isYes: false };
}

/** Whole, with what hides in it shown. */
export function approvalText(approval: Approval): string {
  const { action, sandbox } = approval;
  const body = action.type === "exec" ? action.code : (approval.patch ?? "");
  const head = action.type === "exec" ? `run ${action.language}` : describeAction(action);
  const where = `in ${approval.cwd} (${sandbox.mode}, ${sandbox.network ? "network" : "no network"})`;
  const lines = visible(body)
    .split("\n")
    .map((line) => `  | ${line}`);
  return [`${visible(head)} ${visible(where)}`, ...lines].join("\n");
}

function conclude(
  ending: Ending,
  seen: { readonly wasInterrupted: boolean; readonly wasRefused: boolean },
  printAnswer: () => void,
  io: Io,
): ExitCode {
  switch (ending.type) {
    case "left":
      return EXIT.interrupted;
    case "lost":
      return seen.wasInterrupted
        ? EXIT.interrupted
        : fail(io, EXIT.failed, `the task was lost: ${ending.reason || "the server ended the connection"}`);
    case "ended":
      break;
    default:
      return ending satisfies never;
  }
  printAnswer();
  return exitOfTurn(ending.fact, seen.wasRefused, io);
}

/** What a turn's end means to whoever waited for it; says why where it was not done. */
export function exitOfTurn({ outcome, failure }: TurnEnded, wasRefused: boolean, io: Io): ExitCode {
  switch (outcome) {
    case "done":
      return wasRefused ? EXIT.refused : EXIT.done;
    case "interrupted":
      return EXIT.interrupted;
    case "crashed":
      return fail(io, EXIT.failed, "the server crashed during the task; what was done is kept: interpane sessions list");
    case "failed":
      if (failure === undefined) return fail(io, EXIT.failed, "the task failed and no reason was given");
      return fail(io, codeOf(failure.kind), failure.message);
    default:
      return outcome satisfies never;
  }
}

function codeOf(kind: FailureKind): ExitCode {
  switch (kind) {
    case "offline":
    case "budget":
      return EXIT.refused;
    case "interrupted":
      return EXIT.interrupted;
    case "auth":
    case "quota":
    case "rate":
    case "overloaded":
    case "context":
    case "policy":
    case "request":
    case "missing":
    case "server":
    case "network":
    case "protocol":
    case "idle":
      return EXIT.provider;
    default:
      return kind satisfies never;
  }
}

function fail(io: Io, code: ExitCode, message: string): ExitCode {
  complain(io, visible(message));
  return code;
}
