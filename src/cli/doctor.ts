// `interpane doctor`: what is well, what is not, and what to do about it.

import { createCaller } from "../client/caller.ts";
import type { Finding } from "../domain/protocol.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { printJson } from "./lists.ts";
import { printable } from "./printable.ts";
import { reachServer, workspaceFolder } from "./reach-server.ts";

const marks: Readonly<Record<Finding["state"], string>> = { well: "ok  ", warning: "note", bad: "bad " };

/** Exit code 1 where something keeps interpane from working. */
export async function runDoctor(io: Io, flags: Flags): Promise<ExitCode> {
  const rows = [...terminalFindings(io), ...(await keyFindings(io)), ...(await serverFindings(io, flags))];
  if (flags.json) printJson(io, rows);
  else for (const { about, state, text } of rows) io.stdout.write(`${marks[state]}  ${about.padEnd(9)}  ${printable(text)}\n`);
  return rows.some((row) => row.state === "bad") ? EXIT.failed : EXIT.done;
}

async function serverFindings(io: Io, flags: Flags): Promise<Finding[]> {
  const folder = workspaceFolder(io, flags.cwd);
  if (!folder.ok) return [{ about: "folder", state: "bad", text: folder.message }];
  // A task brings the variables of this shell along: which keys are there.
  const connected = await reachServer(io, { folder: folder.folder, role: "task", startsServer: true });
  if (!connected.ok) return [{ about: "server", state: "bad", text: connected.message }];
  const caller = createCaller(connected.connection);
  const answer = await caller.query({ type: "doctor" });
  caller.close();
  return answer.ok ? answer.value.rows : [{ about: "server", state: "bad", text: answer.reason }];
}

/** `[keys]` in config.toml; the server says what else is wrong with that file. */
async function keyFindings(io: Io): Promise<Finding[]> {
  const [{ keys }, { keyProblems }] = await Promise.all([io.screenSettings(), import("../client/key-problems.ts")]);
  if (keys.length === 0) return [];
  const problems = keyProblems(keys);
  if (problems.length === 0) return [{ about: "keys", state: "well", text: `${keys.length} of your own` }];
  return problems.map((text): Finding => ({ about: "keys", state: "warning", text }));
}

function terminalFindings(io: Io): Finding[] {
  const { TERM = "", LC_ALL, LC_CTYPE, LANG } = io.env;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== "") ?? "";
  const term: Finding =
    TERM === "" || TERM === "dumb"
      ? {
          about: "terminal",
          state: "bad",
          text: `TERM is "${TERM}": the screen needs a terminal that can move its cursor; set TERM to what yours is`,
        }
      : { about: "terminal", state: "well", text: TERM };
  const text: Finding = /utf-?8/i.test(locale)
    ? { about: "locale", state: "well", text: locale }
    : {
        about: "locale",
        state: "warning",
        text: `"${locale}" is not UTF-8, so lines and marks are drawn in ASCII; set LANG to a UTF-8 locale`,
      };
  return [term, text];
}
