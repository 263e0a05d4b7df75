// The agent that a command is about, or why there is none to do it.

import type { AgentId } from "../domain/ids.ts";
import { type Agent, findAgent } from "../domain/workspace.ts";
import type { AgentRuntime } from "./agent-runtime.ts";
import { type CommandResult, refuse } from "./command-result.ts";
import type { WorkspaceEngine } from "./workspace-engine.ts";

export type Found = { readonly ok: true; readonly agent: Agent; readonly runtime: AgentRuntime } | (CommandResult & { ok: false });

export function findOpen(engine: WorkspaceEngine, id: AgentId): Found {
  const agent = findAgent(engine.workspace, id);
  const runtime = engine.runtime(id);
  return agent === undefined || runtime === undefined ? refuse("that agent is closed") : { ok: true, agent, runtime };
}

/** One that is in no turn. */
export function findResting(engine: WorkspaceEngine, id: AgentId): Found {
  const found = findOpen(engine, id);
  return found.ok && found.agent.turn !== null ? refuse("the agent works; interrupt it first (Esc)") : found;
}
