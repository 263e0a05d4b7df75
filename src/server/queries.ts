// Answers to queries: what is read, never changed. A string is a refusal's reason.

import { type AnswerValue, MATCHES_MAX, type Query } from "../domain/protocol.ts";
import { packRows } from "../domain/scrollback.ts";
import { countNext } from "../engine/next-request.ts";
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
  reader?: number,
): Promise<AnswerValue | string> {
  const { ports } = world;
  const read = reader === undefined ? {} : { reader };
  switch (query.type) {
    case "profiles":
      await ports.profiles.lookAround();
      return {
        type: "profiles",
        ...ports.profiles.rows(),
        defaultPair: ports.profiles.defaultPair(),
        fast: ports.profiles.fastHalf(),
        recent: [...world.memory.remembered().recent],
      };
    case "profile.resolve":
      if (query.settings?.base_url === undefined) await ports.profiles.lookAround();
      return ports.profiles.examine(query.profile, query.settings ?? {});
    case "profile":
      await ports.profiles.lookAround();
      return { type: "profile", ...world.describeProfile(query.name) };
    case "tokens":
      return engine === null ? noWorkspace : countNext(engine, query.agent, query.prompt);
    case "offers":
      return { type: "offers", rows: await ports.profiles.offers() };
    case "providers":
      await ports.profiles.lookAround();
      return { type: "providers", rows: ports.profiles.providers() };
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
    case "terminal.rows": {
      const page = engine?.terminal(query.terminal)?.rows({ ...query, ...read });
      if (page === null || page === undefined) return "that terminal is closed";
      const { rows, ...about } = page;
      return { type: "terminal.rows", ...about, wrapped: [...page.wrapped], rows: Buffer.from(packRows(page)).toString("base64") };
    }
    case "terminal.search": {
      const found = await engine?.terminal(query.terminal)?.search({ ...query, ...read, matchesMax: MATCHES_MAX });
      if (found === null || found === undefined) return "that terminal is closed";
      return { type: "terminal.search", ...found, matches: [...found.matches] };
    }
    case "rules":
      return { type: "rules", rows: [...ports.rules.list()] };
    case "buffers":
      return { type: "buffers", rows: world.buffers.rows() };
    case "buffer":
      return { type: "buffer", text: world.buffers.text(query.buffer) };
    case "vault":
      return { type: "vault", ...ports.credentials.list() };
    case "doctor":
      return {
        type: "doctor",
        rows: await examine(world, engine?.workspace.folder ?? process.cwd(), engine?.workspace.isOffline ?? false),
      };
    case "usage": {
      const { days, folder } = query;
      return { type: "usage", rows: ports.ledger.usage(world.spending.startOf(days), folder), today: world.spending.today() };
    }
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
