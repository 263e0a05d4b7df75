// What the facts of one session say of its agent, as a value: what a checkpoint holds in the place of those facts.

import { z } from "zod";
import { apply } from "./apply.ts";
import type { AgentId, ItemId, SessionId } from "./ids.ts";
import { itemSchema } from "./item.ts";
import { emptyMeter, meterSchema } from "./meter.ts";
import type { Profile } from "./profile.ts";
import type { Fact } from "./protocol.ts";
import { type Agent, agentSchema, approvalSchema, emptyWorkspace, type Workspace } from "./workspace.ts";

const { title, cwd, profile, head, status, since, turn, queue, sandbox, isAutoRun } = agentSchema.shape;

export const sessionStateSchema = z.object({
  /** The highest number among its facts. */
  seq: z.int().nonnegative(),
  /** Only what its facts have set: the rest is as the agent that carries the session was spawned. */
  agent: z.object({ title, cwd, profile, head, status, since, turn, queue, sandbox, isAutoRun }).partial(),
  /** The newest, as many as a workspace holds. */
  items: z.array(itemSchema),
  approvals: z.array(approvalSchema),
  meter: meterSchema,
});
export type SessionState = z.infer<typeof sessionStateSchema>;

/** Follows a session's facts, whoever its agent was when they were written, with `apply` and nothing else. */
export interface SessionReplay {
  apply(fact: Fact): void;
  /** The newest item of the path at this point. */
  head(): ItemId | null;
  /** Shares its items with what was applied; its own parts may be kept and changed. */
  state(): SessionState;
}

/** No fact can set these: control characters stand in no folder, and a title that is one would be no loss. */
const UNSET = "\u0000";
const NO_PROFILE = {} as Profile; // Compared by identity, never read.
const STAND_IN = "stand-in" as AgentId;

export function replaySession(from: SessionState | null): SessionReplay {
  const blank: Agent = {
    id: STAND_IN,
    number: 1,
    session: "stand-in" as SessionId,
    title: UNSET,
    cwd: UNSET,
    profile: NO_PROFILE,
    head: null,
    status: "idle",
    since: 0,
    turn: null,
    queue: [],
    sandbox: { mode: "full", network: true, writable: [] },
    terminal: null,
    isEphemeral: false,
  };
  const agent = { ...blank };
  const workspace: Workspace = { ...emptyWorkspace(""), agents: [agent], items: { [STAND_IN]: [] }, meters: { [STAND_IN]: emptyMeter() } };
  if (from !== null) takeSession(workspace, agent, from);
  return {
    apply: (fact) => void apply(workspace, addressTo(fact, STAND_IN)),
    head: () => agent.head,
    state: () => ({
      seq: workspace.seq,
      agent: {
        ...(agent.title === blank.title ? {} : { title: agent.title }),
        ...(agent.cwd === blank.cwd ? {} : { cwd: agent.cwd }),
        ...(agent.profile === blank.profile ? {} : { profile: agent.profile }),
        ...(agent.sandbox === blank.sandbox ? {} : { sandbox: agent.sandbox }),
        ...(agent.isAutoRun === undefined ? {} : { isAutoRun: agent.isAutoRun }),
        // An agent is spawned idle, with nothing queued and no turn, so these are the same whether set or not.
        ...(agent.since === blank.since ? {} : { since: agent.since }),
        head: agent.head,
        status: agent.status,
        turn: agent.turn,
        queue: [...agent.queue],
      },
      items: [...(workspace.items[STAND_IN] ?? [])],
      approvals: [...workspace.approvals],
      meter: { ...(workspace.meters[STAND_IN] ?? emptyMeter()) },
    }),
  };
}

/** Puts a session into an agent of the workspace that was just spawned: as if each fact of it had been applied to that agent. */
export function takeSession(workspace: Workspace, agent: Agent, state: SessionState): void {
  workspace.seq = Math.max(workspace.seq, state.seq);
  const set = Object.fromEntries(Object.entries(state.agent).filter(([, value]) => value !== undefined));
  Object.assign(agent, set);
  agent.queue = [...agent.queue];
  workspace.items[agent.id] = [...state.items];
  workspace.meters[agent.id] = { ...state.meter };
  const others = workspace.approvals.filter((approval) => approval.agent !== agent.id);
  workspace.approvals = [...others, ...state.approvals.map((approval) => ({ ...approval, agent: agent.id }))];
}

/** The same fact, said of another agent: a session may be carried on by one that did not write it. */
function addressTo(fact: Fact, agent: AgentId): Fact {
  if (fact.type === "approval.asked") return { ...fact, agent, approval: { ...fact.approval, agent } };
  // A fact with a name in `agent` stays the same kind of fact with another name.
  return "agent" in fact && typeof fact.agent === "string" ? ({ ...fact, agent } as Fact) : fact;
}
