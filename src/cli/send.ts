// `interpane send`: a message to an agent of a workspace that runs, and with --wait its answer.

import { resolve } from "node:path";
import type { AgentId, PromptId, TurnId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { Fact, Reply } from "../domain/protocol.ts";
import { type Agent, findAgent } from "../domain/workspace.ts";
import { attachImages } from "./attach-images.ts";
import type { TurnEnded } from "./exec-task.ts";
import { exitOfTurn } from "./exit-of-turn.ts";
import type { Flags } from "./flag-table.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { fail, failWith, type Problem, problem } from "./problem.ts";
import { readPrompt } from "./read-prompt.ts";
import { type Target, untilFact, viewOf, withAgent } from "./targets.ts";
import { answerOf } from "./transcript-text.ts";

export async function runSend(flags: Flags, words: readonly string[], io: Io): Promise<ExitCode> {
  const [name = "", ...rest] = words;
  const text = await readText(rest, io);
  if (!text.ok) return fail(io, text);
  return withAgent(io, flags, name, (target, agent) => send(target, agent, text.text, flags, io));
}

type Sent = Extract<Reply, { ok: true }>;

/** Standard input is read for `-` alone: a script's loop feeds on it. */
async function readText(words: readonly string[], io: Io): Promise<{ readonly ok: true; readonly text: string } | Problem> {
  if (words.length === 1 && words[0] === "-") {
    if (io.stdin.kind === "none") return problem(EXIT.usage, "there is nothing on standard input to send");
    const prompt = await readPrompt(words, { isFromStdin: false }, io);
    return prompt.ok ? prompt : problem(EXIT.usage, prompt.message);
  }
  const text = words.join(" ").trim();
  return text === "" ? problem(EXIT.usage, "the message is empty") : { ok: true, text };
}

async function send(target: Target, agent: Agent, text: string, flags: Flags, io: Io): Promise<ExitCode> {
  const { profile } = flags;
  // Before the message is sent, so that nothing of its turn is missed.
  const turn = followTurn(agent.id, () => {
    if (!flags.json) complain(io, `agent ${agent.number} asks before it goes on; its screen: interpane attach ${printable(target.folder)}`);
  });
  const gone = untilFact<never>(target, agent, (_, fact) => {
    if (fact !== null) turn.take(fact);
    return null;
  });
  const left = Promise.withResolvers<"left">();
  const images = await attachImages(
    target.caller,
    agent.id,
    flags.image.map((file) => resolve(io.cwd, file)),
  );
  if (!images.ok) return failWith(io, EXIT.usage, images.reason);
  const offInterrupt = io.onInterrupt(() => left.resolve("left"));
  const reply = await target.caller.command({
    type: "prompt.send",
    agent: agent.id,
    text,
    ...(images.images.length === 0 ? {} : { images: images.images }),
    ...(profile === undefined ? {} : { profile }),
  });
  if (reply.ok && flags.wait) turn.begin(reply.turn ?? null, reply.prompt ?? null);
  const ended = reply.ok && flags.wait ? await Promise.race([turn.ended, gone, left.promise]) : null;
  offInterrupt();
  if (!reply.ok) return failWith(io, profile === undefined ? EXIT.failed : EXIT.usage, reply.reason);
  if (ended === null) return sayState(target, agent, reply, flags, io);
  if (ended === "left") return EXIT.interrupted;
  if (ended === "takenBack") return failWith(io, EXIT.failed, "the message was taken back from the queue before its turn came");
  if (!("ok" in ended)) return conclude(ended, agent, flags, io);
  return ended.ok ? ended.value : fail(io, ended);
}

function sayState(target: Target, agent: Agent, { turn, prompt }: Sent, flags: Flags, io: Io): ExitCode {
  const state = turn === undefined ? "queued" : "started";
  const now = findAgent(target.workspace, agent.id) ?? agent;
  if (!flags.json) io.stdout.write(`${state}\n`);
  else print(io, { state, agent: viewOf(now), ...(turn === undefined ? {} : { turn }), ...(prompt === undefined ? {} : { prompt }) });
  return EXIT.done;
}

function print(io: Io, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

interface Ended {
  readonly fact: TurnEnded;
  readonly items: readonly TranscriptItem[];
  readonly wasRefused: boolean;
}

function conclude({ fact, items, wasRefused }: Ended, agent: Agent, flags: Flags, io: Io): ExitCode {
  const answer = answerOf(items);
  if (flags.json) {
    const { outcome, turn, failure } = fact;
    print(io, { outcome, agent: viewOf(agent), turn, answer, ...(failure === undefined ? {} : { failure }) });
  } else if (answer !== "") io.stdout.write(`${io.stdout.isTerminal ? printable(answer) : answer}\n`);
  return exitOfTurn(fact, wasRefused, io);
}

interface FollowedTurn {
  take(fact: Fact): void;
  /** Says which one is meant: a turn, or the one that a queued prompt becomes. */
  begin(turn: TurnId | null, prompt: PromptId | null): void;
  readonly ended: Promise<Ended | "takenBack">;
}

function followTurn(agent: AgentId, onAsked: () => void): FollowedTurn {
  const early: Fact[] = [];
  const ended = Promise.withResolvers<Ended | "takenBack">();
  const items: TranscriptItem[] = [];
  let wanted: { turn: TurnId | null; readonly prompt: PromptId | null } | null = null;
  let wasRefused = false;
  let hasAsked = false;

  const take = (fact: Fact): void => {
    if (wanted === null) {
      early.push(fact);
      return;
    }
    if (!("agent" in fact) || fact.agent !== agent) return;
    if (fact.type === "prompt.taken" && fact.prompt === wanted.prompt) {
      if (fact.turn === undefined) ended.resolve("takenBack");
      else wanted.turn = fact.turn;
    }
    if (wanted.turn === null) return;
    if (fact.type === "item.added" && fact.item.turn === wanted.turn) items.push(fact.item);
    if (fact.type === "approval.asked" && !hasAsked) {
      hasAsked = true;
      onAsked();
    }
    if (fact.type === "approval.answered" && fact.answer === "no") wasRefused = true;
    if (fact.type === "turn.ended" && fact.turn === wanted.turn) ended.resolve({ fact, items, wasRefused });
  };
  return {
    take,
    begin(turn, prompt) {
      wanted = { turn, prompt };
      for (const fact of early.splice(0)) take(fact);
    },
    ended: ended.promise,
  };
}
