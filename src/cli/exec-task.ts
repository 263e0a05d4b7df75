// A task on a connection: one agent, messages to it, its questions answered on this terminal, and how each turn ended.

import { type Caller, createCaller } from "../client/caller.ts";
import { apply } from "../domain/apply.ts";
import type { AgentId } from "../domain/ids.ts";
import type { KeptImage } from "../domain/image.ts";
import type { Command, CommandOf, Fact } from "../domain/protocol.ts";
import type { OutputSchema } from "../domain/stream.ts";
import type { Approval, Workspace } from "../domain/workspace.ts";
import { approvalText, askApproval } from "./approval-text.ts";
import { attachImages } from "./attach-images.ts";
import { complain, type Io } from "./io.ts";
import { createTaskOutput } from "./task-output.ts";

export type TurnEnded = Extract<Fact, { type: "turn.ended" }>;
export type TaskEnding =
  | { readonly type: "ended"; readonly fact: TurnEnded }
  /** The agent or the connection is gone. */
  | { readonly type: "lost"; readonly reason: string }
  /** The message was not taken. */
  | { readonly type: "refused"; readonly reason: string };

type Spawn = Omit<CommandOf<"agent.spawn">, "type">;

export interface TaskOptions {
  readonly isJson: boolean;
  /** Its questions are answered on the screen of its workspace, not here. */
  readonly isInWorkspace: boolean;
  /** A person talks in lines: is shown what code prints, and may type other code in place of what is asked about. */
  readonly conversation?: { readonly readCode: (signal: AbortSignal) => Promise<string | null> };
}

export interface Task {
  readonly caller: Caller;
  open(spawn: Spawn): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }>;
  /** Images that go with the next message; absolute. */
  attach(files: readonly string[]): Promise<{ readonly ok: true } | { readonly ok: false; readonly message: string }>;
  /** Resolves when the turn of this message has ended. One at a time. */
  run(text: string, outputSchema?: OutputSchema): Promise<TaskEnding>;
  /** The same for a command that begins a turn of its own. */
  carryOut(command: Command): Promise<TaskEnding>;
  /** As this connection knows it; null before it does. */
  readonly workspace: () => Workspace | null;
  interrupt(): void;
  /** What the model said after its last call, once. */
  takeAnswer(): string;
  /** To standard output; nothing where facts are printed instead. */
  print(answer: string): void;
  /** Something that the model wanted was refused here since this was last asked. */
  takeRefused(): boolean;
  readonly agent: () => AgentId | null;
  /** Where the agent's key comes from, once it stands. */
  readonly credential: () => string | null;
}

export function startTask(connection: Parameters<typeof createCaller>[0], options: TaskOptions, io: Io): Task {
  const { isJson } = options;
  const { conversation } = options;
  const output = createTaskOutput(io.stdout, io.stderr, { isJson, showsOutput: conversation !== undefined });
  let workspace: Workspace | null = null;
  /** Of questions that are open, to be ended where somebody else answers or the turn is interrupted. */
  const asking = new Map<string, AbortController>();
  const lost = Promise.withResolvers<TaskEnding>();
  let onTurnEnd: ((fact: TurnEnded) => void) | null = null;
  let agent: AgentId | null = null;
  let credential: string | null = null;
  let hasPrompt = false;
  let isRefused = false;
  /** Facts that came before the reply that says which agent is ours. */
  const early: Fact[] = [];
  /** For the next message. */
  const images: KeptImage[] = [];

  const take = (fact: Fact): void => {
    if (agent === null) {
      early.push(fact);
      return;
    }
    if (agentOf(fact) !== agent) return;
    // A session that is carried on brings what was said before; only what follows our prompt is news.
    if (hasPrompt || isJson) output.take(fact);
    if (fact.type === "approval.asked") {
      if (options.isInWorkspace) sayAsked(fact.approval);
      else void decide(fact.approval);
    }
    if (fact.type === "approval.answered") {
      asking.get(fact.approval)?.abort();
      asking.delete(fact.approval);
      if (fact.answer === "no" && fact.by !== "interrupt") isRefused = true;
    }
    if (fact.type === "turn.ended") onTurnEnd?.(fact);
    if (fact.type === "agent.closed") lost.resolve({ type: "lost", reason: "the agent was closed" });
  };
  const caller = createCaller(connection, (message) => {
    if (message.type === "fact") {
      if (workspace !== null && message.fact.seq > workspace.seq) apply(workspace, message.fact);
      take(message.fact);
    } else if (message.type === "snapshot") {
      // Only a conversation asks about it.
      if (conversation !== undefined) workspace = message.workspace;
      if (!isJson) for (const notice of message.notices) complain(io, notice);
    }
  });
  void caller.closed.then((reason) => lost.resolve({ type: "lost", reason }));

  const sayAsked = (approval: Approval): void => {
    if (!isJson) io.stderr.write(`${approvalText(approval)}\nwaits for an answer on the screen of its workspace: interpane attach\n`);
  };
  const decide = async (approval: Approval): Promise<void> => {
    const ended = new AbortController();
    asking.set(approval.id, ended);
    const answer = await askApproval(approval, io, { readCode: conversation?.readCode, signal: ended.signal });
    if (ended.signal.aborted) return;
    asking.delete(approval.id);
    if (!answer.isYes) isRefused = true;
    const reply = await caller.command({
      type: "approval.answer",
      approval: approval.id,
      digest: approval.digest,
      answer: answer.isYes ? "yes" : "no",
      ...(answer.reason === undefined ? {} : { reason: answer.reason }),
      ...(answer.code === undefined ? {} : { code: answer.code }),
    });
    // It may have been answered or voided meanwhile, such as by an interrupt.
    if (!reply.ok && !isJson) complain(io, `the answer was not taken: ${reply.reason}`);
  };

  /** One that begins a turn: resolves when that has ended. */
  const carryOut = async (command: Command): Promise<TaskEnding> => {
    hasPrompt = true;
    const ended = new Promise<TaskEnding>((resolve) => {
      onTurnEnd = (fact) => resolve({ type: "ended", fact });
    });
    const sent = await caller.command(command);
    if (!sent.ok) return { type: "refused", reason: sent.reason };
    return Promise.race([ended, lost.promise]);
  };

  return {
    caller,
    carryOut,
    agent: () => agent,
    credential: () => credential,
    workspace: () => workspace,
    takeAnswer: output.takeAnswer,
    print: output.print,
    takeRefused() {
      const was = isRefused;
      isRefused = false;
      return was;
    },
    interrupt: () => {
      if (agent !== null) void caller.command({ type: "turn.interrupt", agent });
    },
    async open(spawn) {
      const spawned = await caller.command({ type: "agent.spawn", ...spawn });
      if (!spawned.ok) return { ok: false, message: spawned.reason };
      if (spawned.agent === undefined) return { ok: false, message: "the server made no agent" };
      if (spawned.note !== undefined && !isJson) complain(io, spawned.note);
      agent = spawned.agent;
      const own = early.find((fact) => fact.type === "agent.spawned" && fact.agent.id === agent);
      if (own?.type === "agent.spawned") ({ credential } = own.agent.profile);
      for (const fact of early.splice(0)) take(fact);
      return { ok: true };
    },
    async attach(files) {
      if (agent === null) return { ok: false, message: "there is no agent" };
      const attached = await attachImages(caller, agent, files);
      if (!attached.ok) return { ok: false, message: attached.reason };
      images.push(...attached.images);
      return { ok: true };
    },
    async run(text, outputSchema) {
      if (agent === null) return { type: "lost", reason: "there is no agent" };
      const schema = outputSchema === undefined ? {} : { outputSchema: { ...outputSchema } };
      const shown = images.length === 0 ? {} : { images: images.splice(0) };
      return carryOut({ type: "prompt.send", agent, text, ...shown, ...schema });
    },
  };
}

function agentOf(fact: Fact): string | null {
  if (fact.type === "agent.spawned") return fact.agent.id;
  return "agent" in fact ? fact.agent : null;
}
