// `interpane attach`: the screen of a workspace that runs; where none is meant, it says what runs.

import type { Flags } from "./flag-table.ts";
import type { ExitCode, Io } from "./io.ts";
import { openScreenHere, terminalProblem } from "./open-screen.ts";
import { fail } from "./problem.ts";
import { findWorkspace } from "./targets.ts";

export async function runAttach(flags: Flags, folder: string | undefined, io: Io): Promise<ExitCode> {
  const missing = terminalProblem(io);
  if (missing !== null) return fail(io, missing);
  const found = await findWorkspace(io, folder, { takesOnly: true, hint: "say which: interpane attach FOLDER" });
  return found.ok ? openScreenHere({ ...flags, cwd: found.folder }, [], io, null) : fail(io, found);
}
