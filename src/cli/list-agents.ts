// `interpane ls --workspace FOLDER`: the agents of a workspace that runs.

import type { Flags } from "./flag-table.ts";
import type { ExitCode, Io } from "./io.ts";
import { printJson, printTable } from "./lists.ts";
import { fail } from "./problem.ts";
import { findWorkspace, openTarget, viewOf } from "./targets.ts";

export async function listAgents(io: Io, flags: Flags): Promise<ExitCode> {
  const found = await findWorkspace(io, flags.workspace, { takesOnly: false });
  if (!found.ok) return fail(io, found);
  const target = await openTarget(io, found.folder);
  if (!target.ok) return fail(io, target);
  target.caller.close();
  const rows = target.workspace.agents.toSorted((a, b) => a.number - b.number).map(viewOf);
  if (flags.json) return printJson(io, rows);
  const table = rows.map((row) => [String(row.number), row.status, row.profile, row.isEphemeral ? "exec" : "", row.title]);
  return printTable(io, ["AGENT", "STATUS", "PROFILE", "OF", "TITLE"], table, "this workspace has no agents");
}
