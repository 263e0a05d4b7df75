// `interpane sessions`: look at kept conversations, carry one on, copy one, write one to a file, delete one.

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Caller, createCaller } from "../client/caller.ts";
import type { ItemId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import { messageOf } from "../domain/message-of.ts";
import type { SessionRow } from "../domain/protocol.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { listSessions, localTime } from "./lists.ts";
import { openScreenHere } from "./open-screen.ts";
import { printable } from "./printable.ts";
import { fail, failWith, type Problem, problem } from "./problem.ts";
import { reachServer } from "./reach-server.ts";
import { findSession, sessionLine } from "./session-choice.ts";
import { sessionMarkdown } from "./session-markdown.ts";
import { transcriptLines } from "./transcript-text.ts";

const PAGE = 500;

export async function runSessions(flags: Flags, verb: string | null, id: string | undefined, io: Io): Promise<ExitCode> {
  const misplaced = misplacedFlag(flags, verb);
  if (misplaced !== null) return failWith(io, EXIT.usage, misplaced);
  if (verb === "list") {
    if (id !== undefined) return failWith(io, EXIT.usage, `sessions list takes no ID; did you mean: interpane sessions show ${id}?`);
    return listSessions(io, flags.json);
  }
  if (verb === "resume") return openScreenHere({ ...flags, resume: id ?? "" }, [], io, null);
  if (id === undefined)
    return failWith(io, EXIT.usage, `say which: interpane sessions ${verb ?? ""} ID; interpane sessions list names them`);
  return withSession(io, id, (caller, row) => {
    switch (verb) {
      case "show":
        return show(caller, row, flags.json, io);
      case "fork":
        return fork(caller, row, flags.json, io);
      case "export":
        return exportTo(caller, row, flags, io);
      case "delete":
        return remove(caller, row, flags.yes, io);
      default:
        throw new Error(`sessions ${verb} is in the table and not here`);
    }
  });
}

/** The flags of one verb would be dropped in silence with another. */
function misplacedFlag(flags: Flags, verb: string | null): string | null {
  const owners = [
    [flags.format !== undefined, "--format", ["export"]],
    [flags.output !== undefined, "--output", ["export"]],
    [flags.yes, "--yes", ["delete"]],
    [flags.json, "--json", ["list", "show", "fork"]],
  ] as const;
  for (const [isGiven, name, verbs] of owners) {
    if (!isGiven || (verbs as readonly string[]).includes(verb ?? "")) continue;
    const instead = name === "--json" && verb === "export" ? "; did you mean --format json?" : "";
    return `${name} works with: sessions ${verbs.join(", ")}${instead}`;
  }
  return null;
}

// Which one -----------------------------------------------------------------------------------------------------------

async function withSession(io: Io, id: string, run: (caller: Caller, row: SessionRow) => Promise<ExitCode>): Promise<ExitCode> {
  const connected = await reachServer(io, { folder: io.cwd, role: "query", startsServer: true });
  if (!connected.ok) return failWith(io, EXIT.failed, connected.message);
  const caller = createCaller(connected.connection);
  try {
    const answer = await caller.query<"sessions">({ type: "sessions" });
    if (!answer.ok) return failWith(io, EXIT.failed, answer.reason);
    const found = findSession(answer.value.rows, id);
    return found.ok ? await run(caller, found.row) : fail(io, found);
  } finally {
    caller.close();
  }
}

// What is done with it --------------------------------------------------------------------------------------------------

interface Whole {
  readonly row: SessionRow;
  readonly head: ItemId | null;
  /** All branches, in the order they came. */
  readonly items: readonly TranscriptItem[];
}

async function readWhole(caller: Caller, { id }: SessionRow): Promise<({ readonly ok: true } & Whole) | Problem> {
  const items: TranscriptItem[] = [];
  for (;;) {
    const page = await caller.query<"session.items">({ type: "session.items", session: id, from: items.length, limit: PAGE });
    if (!page.ok) return problem(EXIT.failed, page.reason);
    const { row, head, total } = page.value;
    items.push(...page.value.items);
    if (items.length >= total || page.value.items.length === 0) return { ok: true, row, head, items };
  }
}

/** From the root to the head. */
function pathTo({ head, items }: Whole): TranscriptItem[] {
  const byId = new Map(items.map((item) => [item.id, item]));
  const path: TranscriptItem[] = [];
  for (let item = head === null ? undefined : byId.get(head); item !== undefined; ) {
    path.push(item);
    byId.delete(item.id);
    item = item.parent === null ? undefined : byId.get(item.parent);
  }
  return path.reverse();
}

async function show(caller: Caller, row: SessionRow, isJson: boolean, io: Io): Promise<ExitCode> {
  const whole = await readWhole(caller, row);
  if (!whole.ok) return fail(io, whole);
  const path = pathTo(whole);
  if (isJson) {
    io.stdout.write(`${JSON.stringify({ session: whole.row, items: path }, null, 2)}\n`);
    return EXIT.done;
  }
  const isColored = io.stdout.isTerminal && (io.env.NO_COLOR ?? "") === "";
  const { id, folder, updatedAt, damage } = whole.row;
  const head = [
    `${printable(whole.row.title)}`,
    `${id} · ${printable(folder)} · ${localTime(updatedAt)}${damage === null ? "" : ` · ${damage}`}`,
    "",
  ];
  io.stdout.write(`${[...head, ...transcriptLines(path, { isColored })].join("\n")}\n`);
  return EXIT.done;
}

async function fork(caller: Caller, row: SessionRow, isJson: boolean, io: Io): Promise<ExitCode> {
  const reply = await caller.command({ type: "session.copy", session: row.id });
  if (!reply.ok || reply.session === undefined) return failWith(io, EXIT.failed, reply.ok ? "the server made no copy" : reply.reason);
  io.stdout.write(isJson ? `${JSON.stringify({ session: reply.session }, null, 2)}\n` : `${reply.session}\n`);
  if (io.stderr.isTerminal) io.stderr.write(`carry it on with: interpane --resume ${reply.session}\n`);
  return EXIT.done;
}

async function exportTo(caller: Caller, row: SessionRow, flags: Flags, io: Io): Promise<ExitCode> {
  const { format = "markdown", output } = flags;
  if (format !== "markdown" && format !== "json") return failWith(io, EXIT.usage, `--format ${format}: give markdown or json`);
  const whole = await readWhole(caller, row);
  if (!whole.ok) return fail(io, whole);
  const { head, items } = whole;
  const text =
    format === "json" ? `${JSON.stringify({ session: whole.row, head, items }, null, 2)}\n` : sessionMarkdown(whole.row, pathTo(whole));
  if (output === undefined || output === "-") {
    // On a terminal nothing that could drive it; a pipe gets it to the letter.
    io.stdout.write(io.stdout.isTerminal ? printable(text) : text);
    return EXIT.done;
  }
  const file = resolve(io.cwd, output);
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    const why = exists ? "it is there already; choose another name" : messageOf(error);
    return failWith(io, EXIT.failed, `cannot write ${file}: ${why}`);
  }
  io.stderr.write(`wrote ${printable(file)}\n`);
  return EXIT.done;
}

async function remove(caller: Caller, row: SessionRow, isAgreed: boolean, io: Io): Promise<ExitCode> {
  if (row.isOpen) return failWith(io, EXIT.failed, `session ${row.id} is open in ${row.folder}; close its agent first`);
  if (!isAgreed) {
    if (io.ask === null)
      return failWith(io, EXIT.usage, "deleting cannot be undone, and there is no terminal to ask on; --yes deletes without asking");
    const line = await io.ask(`${sessionLine(row)}\n${row.items} items; delete it for good? y or n: `, { isSecret: false });
    if (!/^\s*y(es)?\s*$/i.test(line)) {
      io.stderr.write("kept\n");
      return EXIT.interrupted;
    }
  }
  const reply = await caller.command({ type: "session.delete", session: row.id });
  if (!reply.ok) return failWith(io, EXIT.failed, reply.reason);
  io.stderr.write(`deleted ${row.id}\n`);
  return EXIT.done;
}
