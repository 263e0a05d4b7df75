// What the commands about turns do: a message is sent or queued, a turn interrupted, a question answered, the context compacted.

import { contextOf } from "../domain/context.ts";
import type { TurnId } from "../domain/ids.ts";
import type { CommandOf } from "../domain/protocol.ts";
import { ruleText } from "../domain/rule.ts";
import { type Approval, findAgent } from "../domain/workspace.ts";
import { type CommandResult, done, gaveBack, refuse } from "./command-result.ts";
import { canCompact } from "./compaction.ts";
import { findOpen } from "./found-agent.ts";
import { imagesProblem } from "./image-commands.ts";
import { startCompaction, startOwnCommand, startQueued, startTurn } from "./start-turn.ts";
import type { WorkspaceEngine } from "./workspace-engine.ts";

export function sendPrompt(engine: WorkspaceEngine, command: CommandOf<"prompt.send">): CommandResult {
  const found = findOpen(engine, command.agent);
  if (!found.ok) return found;
  const { agent, runtime } = found;
  let profile = agent.profile;
  if (command.profile !== undefined) {
    const resolved = engine.options.ports.profiles.resolve(command.profile, agent.profile);
    if (!resolved.ok) return refuse(resolved.problem);
    profile = resolved.profile;
  } else if (runtime.isStopgap) {
    // What was set could not be used, and what stands there instead nobody has chosen.
    const why = engine.options.ports.profiles.defaultProblem();
    if (why !== null) return refuse(`not sent: ${why}; or choose another profile`);
  }
  const { images = [] } = command;
  const problem = imagesProblem(engine, agent, profile, images);
  if (problem !== null) return refuse(problem);
  if (agent.turn === null && agent.queue.length === 0) {
    const { text, outputSchema } = command;
    const seq = startTurn(engine, runtime, { text, profile, images, ...(outputSchema === undefined ? {} : { outputSchema }) });
    return { ...done(seq), ...turnOf(engine, agent.id) };
  }
  if (command.outputSchema !== undefined) return refuse("the agent works: an answer to a schema is asked of one that rests");
  const prompt = {
    id: engine.options.ports.newId<(typeof agent.queue)[number]["id"]>("q"),
    text: command.text,
    ...(images.length === 0 ? {} : { images }),
    ...(command.profile === undefined ? {} : { profile: command.profile }),
  };
  const seq = engine.emit({ type: "prompt.queued", agent: agent.id, prompt });
  // A queue that an interruption left standing moves on with the next message.
  const first = findAgent(engine.workspace, agent.id)?.queue[0];
  if (agent.turn === null && first !== undefined) {
    const started = startQueued(engine, runtime, first);
    if (first.id === prompt.id) return { ...done(started), ...turnOf(engine, agent.id) };
  }
  return { ...done(seq, "queued"), prompt: prompt.id };
}

function turnOf(engine: WorkspaceEngine, id: CommandOf<"prompt.send">["agent"]): { turn?: TurnId } {
  const turn = findAgent(engine.workspace, id)?.turn ?? null;
  return turn === null ? {} : { turn };
}

export function runInShell(engine: WorkspaceEngine, command: CommandOf<"shell.run">): CommandResult {
  const found = findOpen(engine, command.agent);
  if (!found.ok) return found;
  const { agent, runtime } = found;
  if (agent.turn !== null) return refuse("the agent works; interrupt it first (Esc), or type into its terminal");
  return done(startOwnCommand(engine, runtime, command.code));
}

export function takeBack(engine: WorkspaceEngine, command: CommandOf<"prompt.takeBack">): CommandResult {
  const newest = findAgent(engine.workspace, command.agent)?.queue.at(-1);
  if (newest === undefined) return refuse("nothing is queued");
  return gaveBack(engine.emit({ type: "prompt.taken", agent: command.agent, prompt: newest.id }), newest);
}

export function sendQueued(engine: WorkspaceEngine, command: CommandOf<"prompt.sendQueued">): CommandResult {
  const found = findOpen(engine, command.agent);
  if (!found.ok) return found;
  const { agent, runtime } = found;
  const [first] = agent.queue;
  if (first === undefined) return refuse("nothing is queued");
  if (agent.turn !== null) return refuse("the agent works; what is queued follows by itself");
  return { ...done(startQueued(engine, runtime, first)), ...turnOf(engine, agent.id) };
}

export function interruptTurn(engine: WorkspaceEngine, command: CommandOf<"turn.interrupt">): CommandResult {
  const runtime = engine.runtime(command.agent);
  if (runtime?.abort == null) return refuse("nothing runs");
  runtime.abort.abort();
  return done(engine.workspace.seq);
}

export async function answerApproval(engine: WorkspaceEngine, command: CommandOf<"approval.answer">): Promise<CommandResult> {
  const approval = engine.workspace.approvals.find((open) => open.id === command.approval);
  const resolve = approval === undefined ? undefined : engine.runtime(approval.agent)?.waiting.get(approval.id);
  if (approval === undefined || resolve === undefined) return refuse("that question was answered already");
  if (approval.digest !== command.digest) return refuse("the code is not what was shown; look at it again");
  if (command.code !== undefined && approval.action.type !== "exec") return refuse("only code can be edited");
  let note: string | undefined;
  if (command.keep !== undefined) {
    const kept = await keepRule(engine, command, approval);
    if (!kept.ok) return refuse(kept.problem);
    // Somebody else may have answered while the rule went to the disk.
    if (engine.runtime(approval.agent)?.waiting.get(approval.id) !== resolve)
      return refuse(`that question was answered already; the rule ${kept.rule.id} is kept`);
    note = `kept as rule ${kept.rule.id}: ${ruleText(kept.rule.words, kept.rule.isOpen)}`;
  }
  // The first answer wins, also over one of another client that comes before the turn goes on.
  engine.runtime(approval.agent)?.waiting.delete(approval.id);
  resolve({
    answer: command.answer,
    ...(command.code === undefined ? {} : { code: command.code }),
    ...(command.reason === undefined ? {} : { reason: command.reason }),
  });
  return done(engine.workspace.seq, note);
}

/** What the question showed, never what a client says; only for code that runs as it was shown. */
function keepRule(engine: WorkspaceEngine, { answer, code, keep }: CommandOf<"approval.answer">, { rule, sandbox, noRule }: Approval) {
  if (answer !== "yes" || code !== undefined || keep === undefined)
    return refusedRule("a rule is kept only for code that runs as it was shown");
  if (rule === undefined) return refusedRule(`no rule can be kept for this: ${noRule ?? "it is no plain command"}`);
  if (keep === "open" && !rule.canBeOpen) return refusedRule("that rule would be wider than what was shown");
  return engine.options.ports.rules.keep(rule, keep, sandbox);
}

function refusedRule(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}

export async function compactSession(engine: WorkspaceEngine, command: CommandOf<"session.compact">): Promise<CommandResult> {
  const runtime = engine.runtime(command.agent);
  const head = findAgent(engine.workspace, command.agent)?.head ?? null;
  const path = (await runtime?.items.context(head)) ?? [];
  // Looked at after the bodies have come from the disk: nothing may come between this and the turn's beginning.
  const agent = findAgent(engine.workspace, command.agent);
  if (agent === undefined || runtime === undefined) return refuse("that agent is closed");
  if (agent.turn !== null) return refuse("the agent works; interrupt it first (Esc)");
  if (!canCompact(contextOf(path))) return refuse("nothing to compact yet: the newest message and its answer always stay");
  return done(startCompaction(engine, runtime, command.hint));
}
