// Commands about a conversation as a whole: back to an earlier point, on from there in another agent, copied, deleted.

import type { ItemId, SessionId } from "../domain/ids.ts";
import type { ItemOf } from "../domain/item.ts";
import { findLeaf } from "../domain/layout.ts";
import { messageOf } from "../domain/message-of.ts";
import { type AnswerValue, type CommandOf, MESSAGE_SHOWN_CHARS, MESSAGES_MAX, type Place } from "../domain/protocol.ts";
import { type Agent, findAgent } from "../domain/workspace.ts";
import type { AgentRuntime } from "./agent-runtime.ts";
import { type CommandResult, done, gaveBack, refuse } from "./command-result.ts";
import { findOpen, findResting } from "./found-agent.ts";
import { pathOfKept, readKeptSession, writeSessionCopy } from "./kept-session.ts";
import { panesOf } from "./panes.ts";
import type { Ports } from "./ports.ts";
import type { WorkspaceEngine } from "./workspace-engine.ts";

type MessageRow = Extract<AnswerValue, { type: "messages" }>["rows"][number];

/** Of a message that a notice names. */
const QUOTED_CHARS = 40;

// Back ----------------------------------------------------------------------------------------------------------------

export async function resetSession(engine: WorkspaceEngine, command: CommandOf<"session.reset">): Promise<CommandResult> {
  const found = findResting(engine, command.agent);
  if (!found.ok) return found;
  const { agent, runtime } = found;
  const isShellAnew = command.isShellAnew === true;
  engine.emit({ type: "agent.headMoved", agent: agent.id, head: null });
  const shell = isShellAnew ? "the shell and its interpreters begin anew" : "the shell keeps its state";
  const text = `conversation reset; ${shell}, the old conversation stays in the journal`;
  engine.addItem(agent.id, { type: "notice", kind: "reset", text }, null);
  if (isShellAnew) await restartShell(engine, agent, runtime);
  return done(engine.workspace.seq);
}

/** The next command, or a pane that shows it, gets a new one, in the folder that the agent began in. */
async function restartShell(engine: WorkspaceEngine, agent: Agent, runtime: AgentRuntime): Promise<void> {
  const { home, terminal } = runtime;
  if (agent.cwd !== home) engine.emit({ type: "agent.moved", agent: agent.id, cwd: home });
  if (terminal === null) return;
  await engine.closeTerminal(terminal.id);
  const panes = panesOf(engine.workspace, agent.id);
  const isShown = panes.some((pane) => {
    const content = engine.workspace.tabs.map((tab) => findLeaf(tab.root, pane)?.content).find((each) => each !== undefined);
    return content?.type === "agent" && content.face !== "transcript";
  });
  if (isShown && findAgent(engine.workspace, agent.id) !== undefined) await engine.shellOf(agent.id);
}

export async function undoMessage(engine: WorkspaceEngine, command: CommandOf<"session.undo">): Promise<CommandResult> {
  const found = findResting(engine, command.agent);
  if (!found.ok) return found;
  const { agent, runtime } = found;
  const { head } = agent;
  const last = await runtime.items.newest(head, "user");
  if (last === null) return refuse("there is no message to take back");
  if (hasMoved(engine, agent, head)) return refuse(moved);
  const taken = runtime.items.ids(head).length - (last.parent === null ? 0 : runtime.items.ids(last.parent).length);
  const seq = engine.emit({ type: "agent.headMoved", agent: agent.id, head: last.parent });
  const answer = taken > 1 ? ` and what followed it (${taken - 1} ${taken === 2 ? "item" : "items"})` : "";
  return { ...gaveBack(seq, last), note: `took back “${quoted(last.text)}”${answer}; the shell keeps its state` };
}

export async function rewindSession(engine: WorkspaceEngine, command: CommandOf<"session.rewind">): Promise<CommandResult> {
  const found = findResting(engine, command.agent);
  if (!found.ok) return found;
  const { agent, runtime } = found;
  const { head } = agent;
  const message = await messageOnPath(runtime, head, command.item);
  if (message === null) return refuse(noMessage);
  if (hasMoved(engine, agent, head)) return refuse(moved);
  engine.emit({ type: "agent.headMoved", agent: agent.id, head: message.parent });
  const text = `went back to before “${quoted(message.text)}”; the shell keeps its state, what was said stays in the journal`;
  engine.addItem(agent.id, { type: "notice", kind: "info", text }, null);
  return gaveBack(engine.workspace.seq, message);
}

const noMessage = "that is no message of yours in this conversation as it stands; it may have been rewound elsewhere";
const moved = "the conversation went on meanwhile; look at it again";

/** Bodies come from the disk: meanwhile somebody else may have sent a message, or closed the agent. */
function hasMoved(engine: WorkspaceEngine, agent: Agent, head: ItemId | null): boolean {
  const now = findAgent(engine.workspace, agent.id);
  return now === undefined || now.turn !== null || now.head !== head;
}

async function messageOnPath(runtime: AgentRuntime, head: ItemId | null, item: ItemId): Promise<ItemOf<"user"> | null> {
  if (!runtime.items.ids(head).includes(item)) return null;
  const message = await runtime.items.get(item);
  return message?.type === "user" ? message : null;
}

function quoted(text: string): string {
  const line = text.trim().split(/\s+/).join(" ");
  return line.length <= QUOTED_CHARS ? line : `${line.slice(0, QUOTED_CHARS - 1)}…`;
}

/** What the user said on the agent's path, newest first: points to go back to. */
export async function messagesOf(engine: WorkspaceEngine, id: Agent["id"]): Promise<MessageRow[]> {
  const found = findOpen(engine, id);
  if (!found.ok) return [];
  const { items } = found.runtime;
  const said = items.ids(found.agent.head).filter((item) => items.typeOf(item) === "user");
  const messages = await items.read(said.slice(-MESSAGES_MAX));
  const rows = messages.flatMap((item) =>
    item.type === "user" ? [{ item: item.id, text: item.text.slice(0, MESSAGE_SHOWN_CHARS), at: item.at }] : [],
  );
  return rows.reverse();
}

// On in another one -----------------------------------------------------------------------------------------------------

export async function forkSession(engine: WorkspaceEngine, command: CommandOf<"session.fork">): Promise<CommandResult> {
  const found = findOpen(engine, command.agent);
  if (!found.ok) return found;
  const { agent, runtime } = found;
  const { ports, folder } = engine.options;
  const { head, turn, title, profile, cwd } = agent;
  let message: ItemOf<"user"> | null = null;
  let session: SessionId;
  try {
    if (command.item !== undefined) {
      message = await messageOnPath(runtime, head, command.item);
      if (message === null) return refuse(noMessage);
    }
    const path = await runtime.items.path(message === null ? head : message.parent);
    const copied = path.filter((item) => item.turn === null || item.turn !== turn);
    // The images of the message too: it is given back to be sent from the new one.
    const also = message === null ? [] : [message];
    session = await writeSessionCopy(ports, { from: agent.session, folder, title, profile, path: copied, also });
  } catch (error) {
    return refuse(`the conversation could not be copied: ${messageOf(error)}`);
  }
  const spawned = await engine.spawn({
    profile,
    isProfileChosen: false,
    place: command.place ?? placeBeside(engine, agent),
    cwd,
    session,
    // Leave to run code was given to the other agent.
    isAutoRun: false,
    isOffline: runtime.isOffline,
    ...(runtime.desktop === null ? {} : { desktop: runtime.desktop }),
    owner: null,
  });
  engine.addItem(
    spawned.agent,
    { type: "notice", kind: "info", text: `forked from agent ${agent.number}; this one has a shell of its own, which starts anew` },
    null,
  );
  return {
    ...(message === null ? done(engine.workspace.seq) : gaveBack(engine.workspace.seq, message)),
    agent: spawned.agent,
    session,
    ...(spawned.pane === null ? {} : { pane: spawned.pane }),
  };
}

function placeBeside(engine: WorkspaceEngine, agent: Agent): Place {
  const [pane] = panesOf(engine.workspace, agent.id);
  return pane === undefined ? { type: "tab" } : { type: "beside", pane, direction: "row" };
}

// Kept sessions, with or without a workspace ------------------------------------------------------------------------------

export async function copySession(ports: Ports, command: CommandOf<"session.copy">, seq: number): Promise<CommandResult> {
  try {
    const kept = await readKeptSession(ports, command.session);
    if (kept === null) return refuse(noSession(command.session));
    const session = await writeSessionCopy(ports, { ...kept, from: command.session, path: pathOfKept(kept), also: [] });
    return { ...done(seq), session };
  } catch (error) {
    return refuse(`the conversation could not be copied: ${messageOf(error)}`);
  }
}

export async function deleteSession(ports: Ports, command: CommandOf<"session.delete">, seq: number): Promise<CommandResult> {
  const { session } = command;
  try {
    const row = (await ports.journals.list()).find(({ id }) => id === session);
    if (row === undefined) return refuse(noSession(session));
    if (row.isOpen) return refuse(`session ${session} is open in ${row.folder}; close its agent first`);
    await ports.journals.remove(session);
    return done(seq);
  } catch (error) {
    return refuse(messageOf(error));
  }
}

function noSession(session: string): string {
  return `no session ${session}; interpane sessions list names them`;
}
