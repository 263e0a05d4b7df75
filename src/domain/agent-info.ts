// All about an agent for a person to read: who answers, where its data goes, where it works, what it may touch.

import type { Agent, Workspace } from "./workspace.ts";

/** Names and values; `formatTokens` writes a number of tokens. */
export function agentInfo(
  workspace: Workspace,
  agent: Agent,
  formatTokens: (tokens: number) => string,
): readonly (readonly [name: string, value: string])[] {
  const { profile, sandbox } = agent;
  const where = profile.isLocal ? "this machine" : profile.origin;
  const asks = (agent.isAutoRun ?? profile.autoRun) ? "code runs without asking" : "you are asked before code runs";
  const isOffline = workspace.isOffline || profile.isOffline;
  return [
    ["agent", `${agent.number} ${agent.title}, ${agent.status}`],
    ["profile", profile.id],
    ["model", `${profile.modelName} (${profile.model}), ${profile.providerName}`],
    ["data goes to", profile.wire === "demo" ? "nowhere: a scripted model, no AI" : `${where}, over ${profile.wire}`],
    ["credential", profile.credential],
    ["context", profile.contextWindow === null ? "unknown" : `${formatTokens(profile.contextWindow)} tokens`],
    ["tools", `${profile.tools.join(", ")}, as ${profile.harness}`],
    ["folder", agent.cwd],
    ["sandbox", `${sandbox.mode}${sandbox.network ? "" : ", no network"}`],
    ["asking", asks],
    ["network", isOffline ? "offline: nothing but this machine" : "online"],
    ["session", agent.session],
    ["workspace", workspace.folder],
  ];
}
