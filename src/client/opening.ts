// What the arguments of `interpane` ask of a workspace when it stands: a prompt, a profile, a conversation to carry on.

import type { AgentId } from "../domain/ids.ts";
import type { Command } from "../domain/protocol.ts";
import type { Agent, Workspace } from "../domain/workspace.ts";

export interface Opening {
  readonly prompt: string | null;
  /** A profile's id or a model's name. */
  readonly profile: string | null;
  readonly autoRun: boolean;
  /** Carry on the folder's latest conversation. */
  readonly isContinuing: boolean;
}

export type OpeningStep =
  /** Nothing was asked for. */
  | { readonly type: "nothing" }
  /** The agent that the server makes for a new workspace is not there yet. */
  | { readonly type: "wait" }
  /** An agent that nobody has used yet takes it. */
  | { readonly type: "use"; readonly agent: AgentId; readonly commands: readonly Command[] }
  /** A new agent; `replaces` was never used and is closed when the new one stands. */
  | { readonly type: "spawn"; readonly command: Extract<Command, { type: "agent.spawn" }>; readonly replaces: AgentId | null };

export function openingStep(workspace: Workspace, opening: Opening): OpeningStep {
  const { prompt, profile, autoRun, isContinuing } = opening;
  if (prompt === null && profile === null && !autoRun && !isContinuing) return { type: "nothing" };
  const agents = workspace.agents.filter((agent) => !agent.isEphemeral);
  const [only] = agents;
  if (only === undefined) return { type: "wait" };
  const unused = agents.length === 1 && isUnused(workspace, only) ? only : null;
  if (unused !== null && !autoRun && !isContinuing) {
    const commands: Command[] = [];
    if (profile !== null) commands.push({ type: "agent.useProfile", agent: unused.id, profile });
    if (prompt !== null) commands.push({ type: "prompt.send", agent: unused.id, text: prompt });
    return { type: "use", agent: unused.id, commands };
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
    },
  };
}

function isUnused(workspace: Workspace, agent: Agent): boolean {
  const isSilent = (workspace.items[agent.id] ?? []).every((item) => item.type === "notice");
  return isSilent && agent.status === "idle" && agent.queue.length === 0;
}
