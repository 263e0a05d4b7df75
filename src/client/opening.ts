// What the arguments of `interpane` ask of a workspace when it stands: a prompt, a profile, a conversation to carry on.

import type { AgentId, SessionId } from "../domain/ids.ts";
import type { ProfileSettings } from "../domain/profile.ts";
import type { Command, CommandOf } from "../domain/protocol.ts";
import type { Agent, Workspace } from "../domain/workspace.ts";
import type { ProgramToRun } from "./run-program.ts";

export interface Opening {
  readonly prompt: string | null;
  /** Files that go with the prompt, or into the message that is to be typed; absolute. */
  readonly images: readonly string[];
  /** A profile's id or a model's name. */
  readonly profile: string | null;
  /** What flags say over it. */
  readonly settings?: ProfileSettings;
  readonly isVerbose?: boolean;
  readonly autoRun: boolean;
  /** Carry on the folder's latest conversation. */
  readonly isContinuing: boolean;
  /** Carry this one on; where an agent has it already, that agent is shown. */
  readonly session?: SessionId;
  /** A program that gets a tab of its own. */
  readonly run?: ProgramToRun;
}

export type OpeningStep =
  /** Nothing was asked for. */
  | { readonly type: "nothing" }
  /** The agent that the server makes for a new workspace is not there yet. */
  | { readonly type: "wait" }
  /** An agent that is there takes it, and is shown; the prompt follows the commands. */
  | { readonly type: "use"; readonly agent: AgentId; readonly commands: readonly Command[] }
  /** A new agent; `replaces` was never used and is closed when the new one stands. */
  | { readonly type: "spawn"; readonly command: CommandOf<"agent.spawn">; readonly replaces: AgentId | null };

/** `shown`: the agent that this client shows first; null where it shows none. */
export function openingStep(workspace: Workspace, opening: Opening, shown: AgentId | null = null): OpeningStep {
  const { prompt, images, profile, settings, isVerbose = false, autoRun, isContinuing, session } = opening;
  const choice = { ...(profile === null ? {} : { profile }), ...(settings === undefined ? {} : { settings }) };
  const isChosen = profile !== null || settings !== undefined;
  const saysNothing = prompt === null && images.length === 0;
  if (saysNothing && !isChosen && !isVerbose && !autoRun && !isContinuing && session === undefined) return { type: "nothing" };
  const agents = workspace.agents.filter((agent) => !agent.isEphemeral);
  const [only] = agents;
  if (only === undefined) return { type: "wait" };
  const holder = session === undefined ? undefined : agents.find((agent) => agent.session === session);
  if (holder !== undefined) return { type: "use", agent: holder.id, commands: commandsFor(holder.id, opening) };
  const beginsNothing = saysNothing && !isChosen && !isContinuing && session === undefined;
  if (beginsNothing && shown !== null && agents.some(({ id }) => id === shown)) {
    return { type: "use", agent: shown, commands: commandsFor(shown, opening) };
  }
  const unused = agents.length === 1 && isUnused(workspace, only) ? only : null;
  if (unused !== null && !isContinuing && session === undefined) {
    return { type: "use", agent: unused.id, commands: commandsFor(unused.id, opening) };
  }
  return {
    type: "spawn",
    replaces: unused?.id ?? null,
    command: {
      type: "agent.spawn",
      place: { type: "tab" },
      // Left out it is the profile's to say.
      ...(autoRun ? { autoRun } : {}),
      ...choice,
      ...(isVerbose ? { isVerbose } : {}),
      ...(isContinuing ? { session: "latest" } : {}),
      ...(session === undefined ? {} : { session }),
    },
  };
}

function commandsFor(agent: AgentId, { profile, settings, isVerbose = false, autoRun }: Opening): Command[] {
  const commands: Command[] = [];
  const choice = { ...(profile === null ? {} : { profile }), ...(settings === undefined ? {} : { settings }) };
  if (profile !== null || settings !== undefined) commands.push({ type: "agent.useProfile", agent, ...choice });
  if (autoRun) commands.push({ type: "agent.setAutoRun", agent, isAutoRun: true });
  if (isVerbose) commands.push({ type: "agent.setVerbose", agent, isVerbose });
  return commands;
}

/** Nothing was ever said to it. */
export function isUnused(workspace: Workspace, agent: Agent): boolean {
  const isSilent = (workspace.items[agent.id] ?? []).every((item) => item.type === "notice");
  return isSilent && agent.status === "idle" && agent.queue.length === 0;
}
