// `interpane wait`: until an agent is idle, asks something, or has ended its present turn.

import type { TurnId } from "../domain/ids.ts";
import type { Fact } from "../domain/protocol.ts";
import { type Agent, findAgent } from "../domain/workspace.ts";
import type { TurnEnded } from "./exec-task.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { nearest } from "./nearest.ts";
import { fail, failWith } from "./problem.ts";
import { readSeconds } from "./seconds.ts";
import { type Target, untilFact, viewOf, withAgent } from "./targets.ts";

const states = ["idle", "waiting", "done"] as const;
type State = (typeof states)[number];

/** Between the end of a turn and the start of the queued message after it the server syncs its journal, ms. */
const QUEUE_MOVES_MS = 300;

export async function runWait(flags: Flags, words: readonly string[], io: Io): Promise<ExitCode> {
  const wanted = parseStates(flags.until ?? "idle");
  if (!wanted.ok) return failWith(io, EXIT.usage, wanted.message);
  const timeout = readSeconds("--timeout", flags.timeout);
  if (!timeout.ok) return failWith(io, EXIT.usage, timeout.message);
  return withAgent(io, flags, words[0] ?? "", (target, agent) => wait(target, agent, wanted.states, timeout.ms, flags.json, io));
}

function parseStates(
  text: string,
): { readonly ok: true; readonly states: readonly State[] } | { readonly ok: false; readonly message: string } {
  const found: State[] = [];
  for (const word of text.split(",").map((part) => part.trim())) {
    const state = states.find((one) => one === word);
    if (state === undefined) {
      const meant = nearest(word, states, 3);
      return {
        ok: false,
        message: `--until ${text}: "${word}" is none of ${states.join(", ")}${meant === null ? "" : `; did you mean ${meant}?`}`,
      };
    }
    found.push(state);
  }
  return { ok: true, states: found };
}

type Reached = { readonly type: "reached" } | { readonly type: "failed"; readonly why: string };
const reached: Reached = { type: "reached" };

async function wait(
  target: Target,
  agent: Agent,
  wanted: readonly State[],
  timeoutMs: number | null,
  isJson: boolean,
  io: Io,
): Promise<ExitCode> {
  const late = Promise.withResolvers<"late">();
  const left = Promise.withResolvers<"left">();
  const timers: NodeJS.Timeout[] = [];
  const offInterrupt = io.onInterrupt(() => left.resolve("left"));
  const look = lookFor(wanted, agent.turn);
  const seen = untilFact(target, agent, look.at);
  if (look.isBetween(agent)) {
    const moved = (): void => look.settle(findAgent(target.workspace, agent.id) ?? agent);
    timers.push(setTimeout(moved, QUEUE_MOVES_MS));
  }
  if (timeoutMs !== null) timers.push(setTimeout(() => late.resolve("late"), timeoutMs));
  const end = await Promise.race([seen, look.settled, left.promise, late.promise]);
  offInterrupt();
  for (const timer of timers) clearTimeout(timer);
  if (end === "left") return EXIT.interrupted;
  const now = findAgent(target.workspace, agent.id);
  if (now !== undefined) io.stdout.write(isJson ? `${JSON.stringify(viewOf(now), null, 2)}\n` : `${now.status}\n`);
  if (end === "late") {
    return failWith(
      io,
      EXIT.failed,
      `agent ${agent.number} is ${now?.status ?? "gone"}, and not ${wanted.join(" or ")} after ${(timeoutMs ?? 0) / 1000} s`,
    );
  }
  if (!end.ok) return fail(io, end);
  return end.value.type === "reached" ? EXIT.done : failWith(io, EXIT.failed, `agent ${agent.number}: ${end.value.why}`);
}

interface Look {
  /** For `untilFact`. */
  at(now: Agent, fact: Fact | null): Reached | null;
  /** Nothing runs, and something is queued: it may be about to start, or wait for the user after an interruption. */
  isBetween(agent: Agent): boolean;
  /** Called when nothing has moved meanwhile. */
  settle(agent: Agent): void;
  readonly settled: Promise<{ readonly ok: true; readonly value: Reached }>;
}

/** `turn` is the one that runs when the wait begins: the present one. */
function lookFor(wanted: readonly State[], turn: TurnId | null): Look {
  const settled = Promise.withResolvers<{ readonly ok: true; readonly value: Reached }>();
  let lastEnd: TurnEnded | null = null;
  /** A queued message has been taken; its turn is said a few facts later. */
  let isStarting = false;
  const isBetween = (agent: Agent): boolean => agent.turn === null && agent.queue.length > 0;
  const rests = (agent: Agent): boolean => agent.turn === null && agent.status !== "stopping";
  const outcome = (agent: Agent): Reached => {
    if (lastEnd !== null) return outcomeOf(lastEnd);
    return agent.status === "failed" ? { type: "failed", why: "its last turn failed" } : reached;
  };

  const at = (now: Agent, fact: Fact | null): Reached | null => {
    if (fact !== null && "agent" in fact && fact.agent === now.id) {
      if (fact.type === "turn.ended") lastEnd = fact;
      else if (fact.type === "prompt.taken") isStarting = fact.turn !== undefined;
      else if (fact.type === "turn.queued") isStarting = false;
    }
    if (wanted.includes("waiting") && now.status === "waiting") return reached;
    if (wanted.includes("done")) {
      if (turn === null && fact === null) return outcome(now);
      if (fact?.type === "turn.ended" && fact.turn === turn) return outcomeOf(fact);
    }
    if (!wanted.includes("idle") || isStarting || !rests(now)) return null;
    // After an interruption the queue stands until the user speaks.
    if (isBetween(now) && lastEnd?.outcome !== "interrupted") return null;
    return outcome(now);
  };
  return {
    at,
    isBetween,
    settled: settled.promise,
    settle: (agent) => {
      if (wanted.includes("idle") && isBetween(agent)) settled.resolve({ ok: true, value: outcome(agent) });
    },
  };
}

function outcomeOf({ outcome, failure }: TurnEnded): Reached {
  switch (outcome) {
    case "done":
      return reached;
    case "interrupted":
      return { type: "failed", why: "its turn was interrupted" };
    case "crashed":
      return { type: "failed", why: "the server crashed during its turn" };
    case "failed":
      return { type: "failed", why: failure?.message ?? "its turn failed" };
    default:
      return outcome satisfies never;
  }
}
