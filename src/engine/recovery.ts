// Opens a workspace from its journals and closes what a crash left open. Nothing is ever run again by itself.

import { apply } from "../domain/apply.ts";
import type { AgentId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { FactBody } from "../domain/protocol.ts";
import { addressTo, takeSession } from "../domain/session-state.ts";
import { type Agent, emptyWorkspace, type Workspace } from "../domain/workspace.ts";
import { ItemStore } from "./item-store.ts";
import type { Journal, Journals } from "./ports.ts";

export interface OpenedSession {
  readonly journal: Journal;
  readonly items: ItemStore;
  readonly damage: readonly string[];
}

export interface OpenedWorkspace {
  readonly workspace: Workspace;
  readonly journal: Journal;
  readonly sessions: Map<AgentId, OpenedSession>;
  /** One line each: what was cut, quarantined, or could not be opened. */
  readonly notices: string[];
}

export async function openWorkspaceState(folder: string, journals: Journals): Promise<OpenedWorkspace> {
  const opened = await journals.open({ type: "workspace", folder });
  const workspace = opened.state?.type === "workspace" ? opened.state.workspace : emptyWorkspace(folder);
  for (const fact of opened.facts) apply(workspace, fact);
  const notices = [...opened.damage];
  const sessions = new Map<AgentId, OpenedSession>();
  for (const agent of workspace.agents) {
    if (agent.isEphemeral) continue;
    const session = await openSession(workspace, agent, journals);
    notices.push(...session.damage.map((line) => `agent ${agent.number}: ${line}`));
    sessions.set(agent.id, session);
  }
  return { workspace, journal: opened.journal, sessions, notices };
}

/** Brings a session into an agent of the workspace, whoever it belonged to when it was written. */
export async function openSession(workspace: Workspace, agent: Agent, journals: Journals): Promise<OpenedSession> {
  const { journal, state, facts, items, damage } = await journals.open({ type: "session", session: agent.session });
  if (state?.type === "session") takeSession(workspace, agent, state.session);
  for (const fact of facts) apply(workspace, addressTo(fact, agent.id));
  return { journal, items: new ItemStore(items), damage };
}

/** What has to be said of an agent whose turn was cut by a crash: orphan calls get a result, the turn an end. */
export async function closeCrashedTurn(
  workspace: Workspace,
  agent: Agent,
  items: ItemStore,
  add: (item: CrashItem) => void,
  emit: (body: FactBody) => void,
): Promise<void> {
  for (const approval of workspace.approvals.filter((open) => open.agent === agent.id)) {
    emit({ type: "approval.answered", agent: agent.id, approval: approval.id, answer: "void", by: "restart" });
  }
  const { turn } = agent;
  if (turn === null) return;
  for (const call of openCalls(await items.context(agent.head))) {
    const text = "Unknown: interpane stopped while this was waiting or running. It may have run in part. It was not run again.";
    add({ type: "result", callId: call, outcome: "unknown", text });
  }
  add({
    type: "notice",
    kind: "crashed",
    text: "interpane stopped in the middle of this turn; nothing was run again. Send a message to go on",
  });
  emit({ type: "turn.ended", agent: agent.id, turn, outcome: "crashed", durationMs: 0 });
}

export type CrashItem =
  | { readonly type: "result"; readonly callId: string; readonly outcome: "unknown"; readonly text: string }
  | { readonly type: "notice"; readonly kind: "crashed"; readonly text: string };

function openCalls(path: readonly TranscriptItem[]): string[] {
  const open = new Set<string>();
  for (const item of path) {
    if (item.type === "call") open.add(item.callId);
    else if (item.type === "result") open.delete(item.callId);
  }
  return [...open];
}
