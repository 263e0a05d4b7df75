// Answers to queries: what is read, never changed. A string is a refusal's reason.

import type { AnswerValue, Query } from "../domain/protocol.ts";
import type { WorkspaceEngine } from "../engine/workspace-engine.ts";
import type { World } from "./world.ts";

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
    case "items":
      return engine === null
        ? "this connection has no workspace"
        : { type: "items", ...engine.items(query.agent, query.before, query.limit) };
    case "models":
      return { type: "models", rows: ports.profiles.models(query.provider) };
    case "terminal.text": {
      const terminal = engine?.terminal(query.terminal);
      return terminal === undefined ? "that terminal is closed" : { type: "terminal.text", text: terminal.text(query.lines) };
    }
    case "vault":
      return { type: "vault", ...ports.credentials.list() };
    case "workspaces":
      return { type: "workspaces", rows: workspaces };
    default:
      return query satisfies never;
  }
}
