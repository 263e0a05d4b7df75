// A question to the user about one call: how it is asked, and how the answer comes back.

import type { Action } from "../domain/action.ts";
import type { ApprovalId, ItemId, TurnId } from "../domain/ids.ts";
import type { FactBody } from "../domain/protocol.ts";
import type { Agent, Approval } from "../domain/workspace.ts";
import type { AgentRuntime, ApprovalReply } from "./agent-runtime.ts";
import { digestOf } from "./policy.ts";
import type { Ports } from "./ports.ts";
import { fileContextOf, previewAction } from "./tool-run.ts";

export interface ApprovingContext {
  readonly ports: Ports;
  readonly emit: (body: FactBody) => number;
  readonly synced: () => Promise<boolean>;
  readonly runtime: AgentRuntime;
  readonly turn: TurnId;
  readonly signal: AbortSignal;
  /** The PATH of the agent's programs. */
  readonly path: string;
}

/** Waits as long as it takes; `void` where the turn is interrupted. */
export async function askUser(
  call: { readonly id: ItemId; readonly action: Action },
  agent: Agent,
  context: ApprovingContext,
): Promise<ApprovalReply> {
  const { ports, emit, synced, runtime, turn, signal, path } = context;
  const { action } = call;
  const id = ports.newId<ApprovalId>("ask");
  const { cwd, sandbox } = agent;
  const patch = await previewAction(action, ports.files, fileContextOf(agent, ports.terminals));
  const offer = ports.rules.offer(action, { cwd, sandbox, path });
  const approval: Approval = {
    id,
    agent: agent.id,
    turn,
    item: call.id,
    action,
    cwd,
    sandbox,
    digest: digestOf(action, cwd, sandbox),
    askedAt: ports.clock.now(),
    ...(patch === undefined ? {} : { patch }),
    ...("problem" in offer ? { noRule: offer.problem } : { rule: offer }),
  };
  const answered = new Promise<ApprovalReply>((resolve) => {
    runtime.waiting.set(id, resolve);
    const onAbort = (): void => resolve({ answer: "void" });
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  emit({ type: "approval.asked", agent: agent.id, approval });
  await synced();
  const reply = await answered;
  runtime.waiting.delete(id);
  const by = reply.answer === "void" ? "interrupt" : "user";
  emit({ type: "approval.answered", agent: agent.id, approval: id, answer: reply.answer, by });
  return reply;
}
