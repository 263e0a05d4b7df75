// Answers to queries: what is read, never changed. A string is a refusal's reason.

import type { AnswerValue, Query } from "../domain/protocol.ts";
import { messagesOf } from "../engine/session-commands.ts";
import type { WorkspaceEngine } from "../engine/workspace-engine.ts";
import { examine } from "./doctor.ts";
import { newestWithin } from "./session-reader.ts";
import type { World } from "./world.ts";

/** Of a terminal's text: one message holds it. */
const TEXT_MAX_CHARS = 4_000_000;

const noWorkspace = "this connection has no workspace";

export async function runQuery(
  query: Query,
  world: World,
  engine: WorkspaceEngine | null,
  workspaces: { folder: string; agents: number; clients: number; working: number }[],
): Promise<AnswerValue | string> {
  const { ports } = world;
  switch (query.type) {
    case "profiles":
      await ports.profiles.lookAround();
      return { type: "profiles", ...ports.profiles.rows(), defaultPair: ports.profiles.defaultPair() };
    case "offers":
      return { type: "offers", rows: await ports.profiles.offers() };
    case "sessions": {
      const rows = await ports.journals.list();
      return { type: "sessions", rows: query.folder === undefined ? rows : rows.filter((row) => row.folder === query.folder) };
    }
    case "items": {
      if (engine === null) return noWorkspace;
      const page = await engine.items(query.agent, query.before, query.limit);
      const items = newestWithin(page.items);
      return { type: "items", items, hasMore: page.hasMore || items.length < page.items.length };
    }
    case "messages":
      return engine === null ? noWorkspace : { type: "messages", rows: await messagesOf(engine, query.agent) };
    case "session.items":
      return world.sessions.page(query.session, query.from, query.limit);
    case "models":
      return { type: "models", ...(await world.listModels(query.provider, engine?.workspace.isOffline ?? false)) };
    case "terminal.text": {
      const terminal = engine?.terminal(query.terminal);
      if (terminal === undefined) return "that terminal is closed";
      return { type: "terminal.text", text: newestText(terminal.text(query.lines, { isStyled: query.isStyled ?? false })) };
    }
    case "vault":
      return { type: "vault", ...ports.credentials.list() };
    case "doctor":
      return { type: "doctor", rows: await examine(world, engine?.workspace.folder ?? process.cwd()) };
    case "workspaces":
      return { type: "workspaces", rows: workspaces };
    default:
      return query satisfies never;
  }
}

/** Whole lines from the end. */
function newestText(text: string): string {
  if (text.length <= TEXT_MAX_CHARS) return text;
  return text.slice(text.indexOf("\n", text.length - TEXT_MAX_CHARS) + 1);
}
