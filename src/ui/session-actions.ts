// What a user does with a conversation as a whole: clear it, undo, compact. The server does it.

import type { Effect } from "./effects.ts";
import { agentCommand } from "./purpose.ts";
import { focusedAgent, type Ui } from "./view.ts";

function aboutAgent(make: (agent: NonNullable<ReturnType<typeof focusedAgent>>) => Effect): (ui: Ui) => Effect[] {
  return (ui) => {
    const agent = focusedAgent(ui);
    return agent === undefined ? [] : [make(agent)];
  };
}

export const clearSession = aboutAgent((agent) => agentCommand(agent.id, { type: "session.reset", agent: agent.id }));
/** With the shell and the interpreters in it. */
export const resetSession = aboutAgent((agent) => agentCommand(agent.id, { type: "session.reset", agent: agent.id, isShellAnew: true }));
export const undoSession = aboutAgent((agent) => agentCommand(agent.id, { type: "session.undo", agent: agent.id }));

export function compactSession(ui: Ui, argument: string | undefined): Effect[] {
  const agent = focusedAgent(ui);
  const hint = argument?.trim() ?? "";
  if (agent === undefined) return [];
  return [agentCommand(agent.id, { type: "session.compact", agent: agent.id, ...(hint === "" ? {} : { hint }) })];
}
