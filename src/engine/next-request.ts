// What the next request of an agent would hold and cost, before it is sent.

import { contextOf } from "../domain/context.ts";
import type { AgentId } from "../domain/ids.ts";
import type { AnswerValue } from "../domain/protocol.ts";
import { findAgent } from "../domain/workspace.ts";
import { harnessOf } from "../harness/table.ts";
import { countContext } from "./context-size.ts";
import { systemPrompt } from "./system-prompt.ts";
import type { WorkspaceEngine } from "./workspace-engine.ts";

/** A string is a refusal's reason. */
export async function countNext(
  engine: WorkspaceEngine,
  id: AgentId,
  prompt: string,
): Promise<Extract<AnswerValue, { type: "tokens" }> | string> {
  const agent = findAgent(engine.workspace, id);
  const runtime = engine.runtime(id);
  if (agent === undefined || runtime === undefined) return "that agent is closed";
  const { profile, head } = agent;
  const { tokens } = engine.options.ports;
  const path = await runtime.items.context(head);
  const { options } = engine;
  const shell = runtime.shell ?? options.ports.terminals.shellName(profile.shell, options.shellEnv());
  const system = systemPrompt(profile, { cwd: runtime.home, os: options.platform.os, shell });
  const overhead = system + JSON.stringify(harnessOf(profile.harness).tools({ tools: profile.tools }));
  const size = { path, context: contextOf(path), measured: runtime.measured, model: profile.model, wire: profile.wire, overhead };
  const contextTokens = await countContext(size, 0, tokens);
  const promptTokens = prompt === "" ? 0 : await tokens.count(prompt, profile.model);
  const { price } = profile;
  return {
    type: "tokens",
    contextTokens,
    promptTokens,
    contextWindow: profile.contextWindow,
    costMicros: price === null ? null : Math.round(((contextTokens + promptTokens) * price.inputMicros) / 1_000_000),
  };
}
