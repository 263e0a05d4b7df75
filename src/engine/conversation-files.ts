// A conversation into a file that the user names, and out of one.

import { conversationMarkdown } from "../domain/conversation-markdown.ts";
import { itemsToMessages, messagesToItems } from "../domain/open-interpreter-messages.ts";
import type { CommandOf } from "../domain/protocol.ts";
import { findAgent } from "../domain/workspace.ts";
import { type CommandResult, done, refuse } from "./command-result.ts";
import { sourceOf } from "./turn.ts";
import type { WorkspaceEngine } from "./workspace-engine.ts";

export async function saveConversation(engine: WorkspaceEngine, command: CommandOf<"session.save">): Promise<CommandResult> {
  const agent = findAgent(engine.workspace, command.agent);
  const runtime = engine.runtime(command.agent);
  if (agent === undefined || runtime === undefined) return refuse("that agent is closed");
  const path = await runtime.items.path(agent.head);
  const said = path.filter((item) => item.type !== "notice");
  if (said.length === 0) return refuse("there is nothing to save yet");
  const head = [`session: ${agent.session}`, `folder: ${engine.workspace.folder}`, `profile: ${agent.profile.id}`];
  const text =
    command.format === "markdown" ? conversationMarkdown(agent.title, head, path) : `${JSON.stringify(itemsToMessages(said), null, 2)}\n`;
  const file = absolute(engine, agent.cwd, command.path);
  const written = await engine.options.ports.userFiles.writeNew(file, text);
  return written.ok ? done(engine.workspace.seq, `saved ${counted(said.length)} into ${file}`) : refuse(written.problem);
}

export async function loadConversation(engine: WorkspaceEngine, command: CommandOf<"session.load">): Promise<CommandResult> {
  const before = findAgent(engine.workspace, command.agent);
  if (before === undefined) return refuse("that agent is closed");
  const file = absolute(engine, before.cwd, command.path);
  const read = await engine.options.ports.userFiles.read(file);
  if (!read.ok) return refuse(read.problem);
  const loaded = messagesToItems(read.text, sourceOf(before.profile), () => engine.options.ports.newId("c"));
  if (!loaded.ok) return refuse(`${file}: ${loaded.problem}`);
  // Looked at after the file has come from the disk.
  const agent = findAgent(engine.workspace, command.agent);
  if (agent === undefined) return refuse("that agent is closed");
  if (agent.turn !== null) return refuse("the agent works; interrupt it first (Esc)");
  engine.emit({ type: "agent.headMoved", agent: agent.id, head: null });
  const text = `loaded ${counted(loaded.items.length)} from ${file}; the conversation before it stays in the journal`;
  engine.addItem(agent.id, { type: "notice", kind: "reset", text }, null);
  for (const item of loaded.items) engine.addItem(agent.id, item, null);
  return done(engine.workspace.seq, `loaded ${counted(loaded.items.length)}; the next message goes on from there`);
}

function counted(items: number): string {
  return items === 1 ? "1 item" : `${items} items`;
}

/** Relative to the agent's folder; `~` is the user's own. Quotes around the whole are a habit of the shell's. */
function absolute(engine: WorkspaceEngine, cwd: string, typed: string): string {
  const path = /^(["'])(.+)\1$/su.exec(typed)?.[2] ?? typed;
  const home = engine.options.shellEnv()["HOME"];
  if (path.startsWith("/")) return path;
  if (home !== undefined && path.startsWith("~/")) return `${home}${path.slice(1)}`;
  return `${cwd.replace(/\/$/u, "")}/${path}`;
}
