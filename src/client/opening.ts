// What the arguments of `interpane` ask of a workspace when it stands: a prompt, a profile, a conversation to carry on.

import type { AgentId, SessionId } from "../domain/ids.ts";
import type { Command } from "../domain/protocol.ts";
import type { Agent, Workspace } from "../domain/workspace.ts";

export interface Opening {
  readonly prompt: string | null;
  /** A profile's id or a model's name. */
  readonly profile: string | null;
  readonly autoRun: boolean;
  /** Carry on the folder's latest conversation. */
  readonly isContinuing: boolean;
  /** Carry this one on; where an agent has it already, that agent is shown. */
  readonly session?: SessionId;
}

export type OpeningStep =
  /** Nothing was asked for. */
  | { readonly type: "nothing" }
  /** The agent that the server makes for a new workspace is not there yet. */
  | { readonly type: "wait" }
  /** An agent that is there takes it, and is shown. */
  | { readonly type: "use"; readonly agent: AgentId; readonly commands: readonly Command[] }
  /** A new agent; `replaces` was never used and is closed when the new one stands. */
  | { readonly type: "spawn"; readonly command: Extract<Command, { type: "agent.spawn" }>; readonly replaces: AgentId | null };

export function openingStep(workspace: Workspace, opening: Opening): OpeningStep {
  const { prompt, profile, autoRun, isContinuing, session } = opening;
  if (prompt === null && profile === null && !autoRun && !isContinuing && session === undefined) return { type: "nothing" };
  const agents = workspace.agents.filter((agent) => !agent.isEphemeral);
  const [only] = agents;
  if (only === undefined) return { type: "wait" };
  const holder = session === undefined ? undefined : agents.find((agent) => agent.session === session);
  if (holder !== undefined) return { type: "use", agent: holder.id, commands: commandsFor(holder.id, prompt, profile) };
  const unused = agents.length === 1 && isUnused(workspace, only) ? only : null;
  if (unused !== null && !autoRun && !isContinuing && session === undefined) {
    return { type: "use", agent: unused.id, commands: commandsFor(unused.id, prompt, profile) };
  }
  return {
    type: "spawn",
    replaces: unused?.id ?? null,
    command: {
      type: "agent.spawn",
      place: { type: "tab" },
      // Left out it is the profile's to say.
      ...(autoRun ? { autoRun } : {}),
      ...(profile === null ? {} : { profile }),
      ...(isContinuing ? { session: "latest" } : {}),
      ...(session === undefined ? {} : { session }),
    },
  };
}

function commandsFor(agent: AgentId, prompt: string | null, profile: string | null): Command[] {
  const commands: Command[] = [];
  if (profile !== null) commands.push({ type: "agent.useProfile", agent, profile });
  if (prompt !== null) commands.push({ type: "prompt.send", agent, text: prompt });
  return commands;
}

function isUnused(workspace: Workspace, agent: Agent): boolean {
  const isSilent = (workspace.items[agent.id] ?? []).every((item) => item.type === "notice");
  return isSilent && agent.status === "idle" && agent.queue.length === 0;
}
