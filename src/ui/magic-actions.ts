// What Open Interpreter's users type after a `%`: counts, saving and loading, running without asking, what is sent.

import type { AgentId } from "../domain/ids.ts";
import type { AnswerValue } from "../domain/protocol.ts";
import { say } from "./agent-actions.ts";
import type { Effect } from "./effects.ts";
import { formatMoney, formatTokens } from "./format.ts";
import { agentCommand, purposeOf, query } from "./purpose.ts";
import { focusedAgent, type Ui } from "./view.ts";

/** `%tokens [prompt]`: counted by the server, which has the whole conversation. */
export function askTokens(ui: Ui, argument: string | undefined): Effect[] {
  const agent = focusedAgent(ui);
  return agent === undefined
    ? []
    : [query({ type: "tokens", agent: agent.id, prompt: argument?.trim() ?? "" }, purposeOf("tokens", agent.id))];
}

/** Used so far, and what the next request would be: its input alone, since nobody knows the answer's length. */
export function sayTokens(ui: Ui, id: AgentId, next: Extract<AnswerValue, { type: "tokens" }>): void {
  const meter = ui.workspace?.meters[id];
  const window = next.contextWindow === null ? "" : ` of ${formatTokens(next.contextWindow)}`;
  const prompt = next.promptTokens === 0 ? "" : ` + ${formatTokens(next.promptTokens)} of the prompt`;
  const cost = next.costMicros === null ? "price unknown" : `${formatMoney(next.costMicros, true)} to send`;
  const spent = meter === undefined || meter.costMicros === null ? "price unknown" : formatMoney(meter.costMicros, meter.isEstimated);
  const used =
    meter === undefined || meter.requests === 0
      ? "nothing used yet"
      : `used so far: ${formatTokens(meter.inputTokens)} tokens in, ${formatTokens(meter.outputTokens)} out, ${spent}`;
  say(ui, id, `next request: context ~${formatTokens(next.contextTokens)}${prompt}${window} tokens, ${cost} · ${used}`);
}

/** Nothing and `true` mean yes, as they did there; anything else but a plain no is asked back. */
function readSwitch(argument: string | undefined): boolean | null {
  const word = (argument ?? "").trim().toLowerCase();
  if (["", "true", "on", "yes"].includes(word)) return true;
  return ["false", "off", "no"].includes(word) ? false : null;
}

export function setAutoRun(ui: Ui, argument: string | undefined): Effect[] {
  const agent = focusedAgent(ui);
  const isAutoRun = readSwitch(argument);
  if (agent === undefined) return [];
  if (isAutoRun !== null) return [agentCommand(agent.id, { type: "agent.setAutoRun", agent: agent.id, isAutoRun })];
  say(ui, agent.id, "say true or false: /auto-run false");
  return [];
}

export function setVerbose(ui: Ui, argument: string | undefined): Effect[] {
  const agent = focusedAgent(ui);
  const isVerbose = readSwitch(argument);
  if (agent === undefined) return [];
  if (isVerbose !== null) return [agentCommand(agent.id, { type: "agent.setVerbose", agent: agent.id, isVerbose })];
  say(ui, agent.id, "say true or false: /verbose false");
  return [];
}

const files = { messages: "messages.json", markdown: "conversation.md" } as const;

export function save(ui: Ui, format: "messages" | "markdown", argument: string | undefined): Effect[] {
  const agent = focusedAgent(ui);
  const path = (argument ?? "").trim() || files[format];
  return agent === undefined ? [] : [agentCommand(agent.id, { type: "session.save", agent: agent.id, format, path })];
}

export function load(ui: Ui, argument: string | undefined): Effect[] {
  const agent = focusedAgent(ui);
  const path = (argument ?? "").trim() || files.messages;
  return agent === undefined ? [] : [agentCommand(agent.id, { type: "session.load", agent: agent.id, path })];
}
