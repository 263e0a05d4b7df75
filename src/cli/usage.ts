// `interpane usage`: what was spent, by day, profile and model, out of the ledger.

import { sumUsage, type UsageSum } from "../domain/usage.ts";
import type { Flags } from "./flag-table.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { printJson, printTable } from "./lists.ts";
import { failWith } from "./problem.ts";
import { workspaceFolder } from "./reach-server.ts";
import { withServer } from "./with-server.ts";

const DAYS = 30;
const DAYS_MAX = 3_660;

export async function runUsage(io: Io, flags: Flags): Promise<ExitCode> {
  const days = flags.days === undefined ? DAYS : Number(flags.days);
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX)
    return failWith(io, EXIT.usage, `--days ${flags.days ?? ""}: give a number of days, 1 (today) to ${DAYS_MAX}`);
  const named = flags.workspace === undefined ? null : workspaceFolder(io, flags.workspace);
  if (named !== null && !named.ok) return failWith(io, EXIT.usage, named.message);
  return withServer(io, { cwd: flags.cwd, role: "query" }, async (caller) => {
    const answer = await caller.query<"usage">({ type: "usage", days, ...(named === null ? {} : { folder: named.folder }) });
    if (!answer.ok) return failWith(io, EXIT.failed, answer.reason);
    const { rows } = answer.value;
    if (flags.json) return printJson(io, rows);
    const table = rows.map((row) => [row.day, row.profile || "-", `${row.provider}/${row.model}`, ...figuresOf(row)]);
    const total = sumUsage(rows);
    const head = ["DAY", "PROFILE", "MODEL", "REQUESTS", "IN", "OUT", "COST"];
    const code = printTable(io, head, rows.length === 0 ? [] : [...table, ["total", "", "", ...figuresOf(total)]], "no request was made");
    if (total.unpriced > 0) io.stderr.write(`${total.unpriced} requests of models without a known price: not in the sums\n`);
    return code;
  });
}

function figuresOf({ requests, inputTokens, outputTokens, costMicros, isEstimated }: UsageSum): string[] {
  const sign = isEstimated && (costMicros ?? 0) > 0 ? "~" : "";
  const cost =
    costMicros === null ? "unknown" : `${sign}$${(costMicros / 1_000_000).toFixed(costMicros > 0 && costMicros < 10_000 ? 4 : 2)}`;
  return [String(requests), String(inputTokens), String(outputTokens), cost];
}
