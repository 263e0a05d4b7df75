// Opens a workspace from its journals and closes what a crash left open. Nothing is ever run again by itself.

import type { AgentId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import { messageOf } from "../domain/message-of.ts";
import type { FactBody } from "../domain/protocol.ts";
import { takeSession } from "../domain/session-state.ts";
import { type Agent, emptyWorkspace, type Workspace } from "../domain/workspace.ts";
import { ItemStore } from "./item-store.ts";
import type { Journal, Journals } from "./ports.ts";

export interface OpenedSession {
  readonly journal: Journal;
  readonly items: ItemStore;
  readonly damage: readonly string[];
  /** No entry, and no trace of one. */
  readonly isEmpty: boolean;
}

export interface OpenedWorkspace {
  readonly workspace: Workspace;
  readonly journal: Journal;
  /** Without those of ephemeral agents, and of agents whose session is gone or cannot be read. */
  readonly sessions: Map<AgentId, OpenedSession>;
  /** One line each: what was cut, quarantined, or could not be opened. */
  readonly notices: string[];
}

export async function openWorkspaceState(folder: string, journals: Journals): Promise<OpenedWorkspace> {
  const opened = await journals.open({ type: "workspace", folder });
  const workspace = opened.state.type === "workspace" ? opened.state.workspace : emptyWorkspace(folder);
  const notices = [...opened.damage];
  const sessions = new Map<AgentId, OpenedSession>();
  for (const agent of workspace.agents) {
    if (agent.isEphemeral) continue;
    const session = await openSession(workspace, agent, journals).catch((error: unknown) => {
      // One unreadable file costs one agent, not the workspace.
      notices.push(`agent ${agent.number} (${agent.title}) was closed: ${messageOf(error)}; its session ${agent.session} is kept`);
      return null;
    });
    if (session === null) continue;
    if (session.isEmpty) {
      // Deleted while the workspace was closed: opening it has made a new journal, which nobody wants.
      await session.journal.close();
      await journals.remove(agent.session);
      continue;
    }
    notices.push(...session.damage.map((line) => `agent ${agent.number}: ${line}`));
    sessions.set(agent.id, session);
  }
  return { workspace, journal: opened.journal, sessions, notices };
}

/** Brings a session into an agent of the workspace, whoever it belonged to when it was written. */
export async function openSession(workspace: Workspace, agent: Agent, journals: Journals): Promise<OpenedSession> {
  const { journal, state, items, damage } = await journals.open({ type: "session", session: agent.session });
  if (state.type === "session") takeSession(workspace, agent, state.session);
  const isEmpty = state.type === "session" && state.session.seq === 0 && damage.length === 0;
  return { journal, items: new ItemStore(items), damage, isEmpty };
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
