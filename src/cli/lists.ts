// The commands that print a list: what was kept, who can answer, what runs. With --json one array on stdout.

import type { Answered } from "../client/caller.ts";
import { createCaller } from "../client/caller.ts";
import type { AnswerValue, ProfileRow, Query, SessionRow } from "../domain/protocol.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { failWith } from "./problem.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";

type Row = readonly string[];

/** `interpane sessions list`: newest first, of all folders. */
export async function listSessions(io: Io, isJson: boolean): Promise<ExitCode> {
  const answer = await ask<"sessions">(io, { type: "sessions" });
  if (!answer.ok) return failWith(io, EXIT.failed, answer.reason);
  const { rows } = answer.value;
  if (isJson) return printJson(io, rows);
  const empty = "no conversations yet; interpane starts one";
  return printTable(io, ["ID", "UPDATED", "ITEMS", "FOLDER", "TITLE"], rows.map(sessionRow), empty);
}

function sessionRow(row: SessionRow): Row {
  const title = row.damage === null ? row.title : `${row.title} (${row.damage})`;
  return [row.id, localTime(row.updatedAt), String(row.items), row.folder, title];
}

/** `interpane profile list`. */
export async function listProfiles(io: Io, isJson: boolean): Promise<ExitCode> {
  const answer = await ask<"profiles">(io, { type: "profiles" }, "task");
  if (!answer.ok) return failWith(io, EXIT.failed, answer.reason);
  const { rows, problems, defaultPair } = answer.value;
  for (const problem of problems) complain(io, problem);
  if (isJson) return printJson(io, rows);
  const [fast, smart] = defaultPair;
  const toRow = (row: ProfileRow): Row => {
    const mark = row.id === fast ? "fast" : row.id === smart ? "smart" : "";
    return [row.id, row.providerName, row.modelName, mark, row.problem ?? "ready"];
  };
  return printTable(io, ["PROFILE", "PROVIDER", "MODEL", "DEFAULT", "STATE"], rows.map(toRow), "no profiles");
}

/** `interpane vault list`: which keys are kept and where they may be sent; never the keys. */
export async function listVault(io: Io, isJson: boolean): Promise<ExitCode> {
  const answer = await ask<"vault">(io, { type: "vault" });
  if (!answer.ok) return failWith(io, EXIT.failed, answer.reason);
  const { rows, warning, isLocked } = answer.value;
  if (isJson) return printJson(io, rows);
  if (warning !== null) complain(io, printable(warning));
  if (isLocked === true) io.stderr.write("the vault is locked; interpane vault unlock\n");
  const table = rows.map((row): Row => [row.id, row.origin, localTime(row.createdAt)]);
  return printTable(io, ["ID", "SENT ONLY TO", "SINCE"], table, "no keys are kept; interpane vault add PROVIDER keeps one");
}

/** `interpane ls`: the workspaces of the running server; none where none runs. */
export async function listWorkspaces(io: Io, isJson: boolean): Promise<ExitCode> {
  const connected = await reachServer(io, { folder: io.cwd, role: "query", startsServer: false, takesAnyVersion: true });
  if (!connected.ok && connected.reason !== "none") return failWith(io, EXIT.failed, connected.message);
  const rows = connected.ok ? await askLs(connected.connection) : [];
  if (typeof rows === "string") return failWith(io, EXIT.failed, rows);
  if (isJson) return printJson(io, rows);
  const table = rows.map((row): Row => [row.folder, String(row.agents), String(row.working), String(row.clients)]);
  return printTable(io, ["FOLDER", "AGENTS", "WORKING", "CLIENTS"], table, "no workspace is running");
}

type Connection = Parameters<typeof createCaller>[0];
type LsRows = readonly { folder: string; agents: number; clients: number; working: number }[];

/** The rows, or why there are none. */
export async function askLs(connection: Connection): Promise<LsRows | string> {
  const rows = Promise.withResolvers<LsRows>();
  const caller = createCaller(connection, (message) => {
    if (message.type === "ls") rows.resolve(message.rows);
  });
  connection.link.send({ type: "ls" });
  const result = await Promise.race([
    rows.promise,
    caller.closed.then((reason) => `the server did not answer: ${reason || "it ended the connection"}`),
  ]);
  caller.close();
  return result;
}

/** One query to the server, which is started where none runs. */
export async function ask<T extends Query["type"]>(
  io: Io,
  query: Extract<Query, { type: T }>,
  /** A `task` brings the variables of this shell along: which keys are there. */
  role: "query" | "task" = "query",
): Promise<Answered<T>> {
  const folder = workspaceFolder(io, undefined);
  if (!folder.ok) return { ok: false, reason: folder.message };
  const connected = await reachServer(io, { folder: folder.folder, role, startsServer: true });
  if (!connected.ok) return { ok: false, reason: connected.message };
  const caller = createCaller(connected.connection);
  const answer = await caller.query(query);
  caller.close();
  return answer;
}

export function printJson(io: Io, rows: readonly unknown[] | AnswerValue): ExitCode {
  io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  return EXIT.done;
}

export function printTable(io: Io, head: Row, rows: readonly Row[], empty: string): ExitCode {
  if (rows.length === 0) {
    io.stdout.write(`${empty}\n`);
    return EXIT.done;
  }
  const lines = [head, ...rows].map((row) => row.map((cell) => printable(cell).replaceAll(/\s+/g, " ")));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  io.stdout.write(`${text.join("\n")}\n`);
  return EXIT.done;
}

/** `2026-11-20 09:41`, local. */
export function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
