// Which kept conversation is meant: by its id, by the beginning of it, or by asking.

import { createCaller } from "../client/caller.ts";
import type { SessionRow } from "../domain/protocol.ts";
import { EXIT, type Io } from "./io.ts";
import { localTime } from "./lists.ts";
import { printable } from "./printable.ts";
import { type Problem, problem } from "./problem.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";

/** Rows that a question offers. */
const OFFERED = 15;

type Rows = { readonly ok: true; readonly rows: readonly SessionRow[] } | Problem;
export type FoundSession = { readonly ok: true; readonly row: SessionRow } | Problem;

/** By its id or the beginning of it, with `s-` or without. */
export function findSession(rows: readonly SessionRow[], given: string): FoundSession {
  const wanted = given.trim().toLowerCase();
  const exact = rows.find((row) => row.id === wanted);
  if (exact !== undefined) return { ok: true, row: exact };
  const fitting = rows.filter((row) => wanted !== "" && (row.id.startsWith(wanted) || row.id.startsWith(`s-${wanted}`)));
  const [first, ...others] = fitting;
  if (first === undefined) return problem(EXIT.usage, `no session ${given}; interpane sessions list names them`);
  if (others.length === 0) return { ok: true, row: first };
  return problem(
    EXIT.usage,
    `${fitting.length} sessions begin with ${given}; say more of it:\n${fitting
      .slice(0, OFFERED)
      .map((row) => `  ${sessionLine(row)}`)
      .join("\n")}`,
  );
}

/** The session that `--resume` names, or the one that the user picks. */
export async function chooseSession(io: Io, given: string): Promise<FoundSession> {
  const listed = await allSessions(io);
  if (!listed.ok) return listed;
  if (given !== "") return findSession(listed.rows, given);
  const here = workspaceFolder(io, undefined);
  const own = listed.rows.filter((row) => here.ok && row.folder === here.folder);
  const offered = (own.length > 0 ? own : listed.rows).slice(0, OFFERED);
  if (offered.length === 0) return problem(EXIT.failed, "there is no conversation to carry on yet");
  if (io.ask === null)
    return problem(EXIT.usage, "say which: --resume ID; interpane sessions list names them, --continue takes this folder's latest");
  const lines = offered.map((row, index) => `${String(index + 1).padStart(3)}  ${sessionLine(row)}`);
  const line = (await io.ask(`${lines.join("\n")}\nwhich one? a number or an id: `, { isSecret: false })).trim();
  if (line === "") return problem(EXIT.interrupted, "none was chosen");
  const chosen = offered[Number(line) - 1];
  return chosen === undefined ? findSession(listed.rows, line) : { ok: true, row: chosen };
}

async function allSessions(io: Io): Promise<Rows> {
  const connected = await reachServer(io, { folder: io.cwd, role: "query", startsServer: true });
  if (!connected.ok) return problem(EXIT.failed, connected.message);
  const caller = createCaller(connected.connection);
  const answer = await caller.query<"sessions">({ type: "sessions" });
  caller.close();
  return answer.ok ? { ok: true, rows: answer.value.rows } : problem(EXIT.failed, answer.reason);
}

/** For a person to choose from. */
export function sessionLine(row: SessionRow): string {
  return `${row.id}  ${localTime(row.updatedAt)}  ${printable(row.title).replaceAll(/\s+/g, " ")}`;
}
