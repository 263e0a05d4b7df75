// The calls of one reply: each is allowed, refused or asked about, then run, and its result kept. Nothing runs that neither the policy,
// nor a saved rule, nor the user has allowed.

import type { Action } from "../domain/action.ts";
import { screenLimits } from "../domain/computer-tool.ts";
import { editedPreface } from "../domain/edited-run.ts";
import type { ItemId, TurnId } from "../domain/ids.ts";
import type { ToolOutcome } from "../domain/item.ts";
import type { Profile } from "../domain/profile.ts";
import { ruleText } from "../domain/rule.ts";
import type { Agent } from "../domain/workspace.ts";
import type { AgentRuntime } from "./agent-runtime.ts";
import { askUser } from "./approving.ts";
import { decide, digestOf } from "./policy.ts";
import type { RuledCommand } from "./ports.ts";
import { runRuled } from "./rule-run.ts";
import { lastOnScreen, NOT_EXECUTED } from "./screen-use.ts";
import { fileContextOf, runAction, type ToolResult } from "./tool-run.ts";
import type { TurnContext } from "./turn.ts";

/** A call that has become an item of the transcript. */
export interface CallItem {
  readonly id: ItemId;
  readonly callId: string;
  readonly action: Action;
  /** Of those of its reply that act on the screen: what comes of it is shown to the model. */
  readonly isLastOnScreen?: boolean;
}

/** The turn that they belong to. */
export interface CallGround {
  readonly context: TurnContext;
  readonly runtime: AgentRuntime;
  readonly turn: TurnId;
  readonly profile: Profile;
  readonly signal: AbortSignal;
}

/** One after the other. What was planned to follow an action on the screen is not done where that failed. */
export async function runCalls(ground: CallGround, calls: readonly CallItem[]): Promise<void> {
  const last = lastOnScreen(calls);
  let isHalted = false;
  for (const [index, call] of calls.entries()) {
    const isOnScreen = call.action.type === "computer";
    const outcome = await runCall(ground, { ...call, isLastOnScreen: index === last }, isHalted && isOnScreen ? NOT_EXECUTED : null);
    if (isOnScreen && outcome !== "ok") isHalted = true;
  }
}

/** `why`: it is not run. */
async function runCall(ground: CallGround, call: CallItem, why: string | null): Promise<ToolOutcome> {
  const result: ToolResult & { readonly durationMs?: number } = ground.signal.aborted
    ? notRun
    : why !== null
      ? { outcome: "refused", text: why }
      : await decideAndRun(ground, call);
  ground.context.addItem(
    {
      type: "result",
      callId: call.callId,
      outcome: result.outcome,
      text: result.text,
      ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
      ...(result.durationMs === undefined ? {} : { durationMs: result.durationMs }),
      ...(result.ran === undefined ? {} : { ran: result.ran }),
      ...(result.diff === undefined ? {} : { diff: result.diff }),
      ...(result.image === undefined ? {} : { images: [result.image] }),
    },
    ground.turn,
  );
  return result.outcome;
}

async function decideAndRun(ground: CallGround, call: CallItem): Promise<ToolResult & { readonly durationMs?: number }> {
  const { context, runtime, turn, profile, signal } = ground;
  const agent = context.agent();
  if (agent === undefined) return notRun;
  const { action } = call;
  const decision = decide(action, {
    profile,
    sandbox: agent.sandbox,
    isAutoRun: agent.isAutoRun ?? (runtime.isAutoRun || profile.autoRun),
    isOffline: context.isOffline() || runtime.isOffline,
  });
  if (decision.type === "deny") return { outcome: "refused", text: `Not run: ${decision.reason}.` };
  if (decision.type === "allow") return perform(ground, call, action, agent);
  const { ports, emit, synced, env } = context;
  const path = env()["PATH"] ?? "";
  const ruled = ports.rules.find(action, { cwd: agent.cwd, sandbox: agent.sandbox, path });
  if (ruled !== null) return perform(ground, call, action, agent, { ruled });
  const reply = await askUser(call, agent, { ports, emit, synced, runtime, turn, signal, path });
  if (reply.answer === "void") return notRun;
  if (reply.answer === "no") return { outcome: "refused", text: refusalText(reply.reason) };
  if (reply.code === undefined || action.type !== "exec" || reply.code === action.code)
    return perform(ground, call, action, agent, { wasAsked: true });
  const edited: Action = { ...action, code: reply.code };
  return { ...(await perform(ground, call, edited, agent, { preface: editedPreface(reply.code) })), ran: reply.code };
}

interface Performing {
  /** Told to the model before the output. */
  readonly preface?: string;
  readonly wasAsked?: boolean;
  /** The saved rule that let it run. */
  readonly ruled?: RuledCommand;
}

/** `tool.started` is on disk before anything runs. */
async function perform(
  ground: CallGround,
  call: CallItem,
  action: Action,
  agent: Agent,
  { preface = "", wasAsked = false, ruled }: Performing = {},
): Promise<ToolResult & { durationMs: number }> {
  const { context, runtime, turn, profile, signal } = ground;
  const { ports, emit, synced, env } = context;
  const { cwd, sandbox } = agent;
  const startedAt = ports.clock.now();
  const ids = { agent: agent.id, turn, item: call.id, callId: call.callId };
  emit({ type: "tool.started", ...ids, digest: digestOf(action, cwd, sandbox), terminal: agent.terminal, ...saidRule(ruled) });
  if (!(await synced())) {
    const text = "Not run: the journal could not be written, so a crash could run it twice. Free some disk space and try again.";
    emit({ type: "tool.ended", ...ids, outcome: "refused", durationMs: 0 });
    return { outcome: "refused", text, durationMs: 0 };
  }
  const result = await runAction(action, {
    files: ports.files,
    at: fileContextOf(agent, ports.terminals),
    shell: context.shell,
    ...(ruled === undefined ? {} : { runRuled: (timeoutMs: number) => runRuled(ruled, { ports, agent, env: env(), signal, timeoutMs }) }),
    signal,
    ...(profile.maxOutput === undefined ? {} : { maxOutput: profile.maxOutput }),
    startedAt,
    computer: {
      run: ports.computer.run,
      desktop: context.desktop(),
      limits: screenLimits(profile.model),
      wasAsked,
      isLast: call.isLastOnScreen ?? false,
    },
    takesImages: profile.takesImages,
    keepImage: (bytes, path) => ports.images.keep(runtime.session, bytes, path),
  });
  const durationMs = ports.clock.now() - startedAt;
  const exitCode = result.exitCode === undefined ? {} : { exitCode: result.exitCode };
  emit({ type: "tool.ended", ...ids, outcome: result.outcome, durationMs, ...exitCode });
  if (result.cwd !== undefined && result.cwd !== agent.cwd) emit({ type: "agent.moved", agent: agent.id, cwd: result.cwd });
  return { ...result, text: preface + result.text, durationMs };
}

function saidRule(ruled: RuledCommand | undefined): { rule?: string } {
  return ruled === undefined ? {} : { rule: ruleText(ruled.rule.words, ruled.rule.isOpen) };
}

const notRun: ToolResult = { outcome: "interrupted", text: "Not run: the user interrupted the turn." };

function refusalText(reason: string | undefined): string {
  const given = reason?.trim() ?? "";
  const said = given === "" ? "" : ` The reason given: ${given}${/[.!?…]$/u.test(given) ? "" : "."}`;
  return `The user refused to run this.${said} It did not run. Do not try the same again unasked: propose another way, or ask what they want.`;
}
