// Who answers: the profile of an agent, its fast/smart pair, and what there is to choose from.

import type { AgentId } from "../domain/ids.ts";
import type { Offer } from "../domain/protocol.ts";
import type { Agent } from "../domain/workspace.ts";
import type { Effect } from "./effects.ts";
import { agentCommand, command, purposeOf, query } from "./purpose.ts";
import { focusedAgent, setAlert, type Ui } from "./view.ts";

/** What can answer: asked for when the connection stands, and when a key has been added. */
export function askProfiles(): Effect[] {
  return [query({ type: "profiles" }, purposeOf("profiles")), query({ type: "offers" }, purposeOf("offers"))];
}

/** The scripted model, which needs no key. */
export function isDemo(agent: Agent): boolean {
  return agent.profile.wire === "demo";
}

export function useProfile(ui: Ui, agent: AgentId, profile: string): Effect[] {
  ui.view.messages.delete(agent);
  return [agentCommand(agent, { type: "agent.useProfile", agent, profile })];
}

export function swapPair(ui: Ui): Effect[] {
  const agent = focusedAgent(ui);
  return agent === undefined ? [] : [agentCommand(agent.id, { type: "agent.swapPair", agent: agent.id })];
}

export function useOffer(ui: Ui, offer: Offer | undefined): Effect[] {
  const agent = focusedAgent(ui);
  return agent === undefined || offer === undefined ? [] : useProfile(ui, agent.id, offer.profile);
}

/** `/pull PROVIDER/MODEL`. */
export function pullModel(ui: Ui, argument: string | undefined): Effect[] {
  const [, provider, model] = /^([^/\s]+)\/(\S+)$/.exec(argument?.trim() ?? "") ?? [];
  if (provider !== undefined && model !== undefined) return [command({ type: "model.pull", provider, model }, purposeOf("status"))];
  setAlert(ui, "say which: /pull ollama/MODEL, or lmstudio/MODEL");
  return [];
}
