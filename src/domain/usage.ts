// What was spent: the ledger's charges summed by day, profile and model.

import { z } from "zod";

export const usageRowSchema = z.object({
  /** `2026-11-20`, by the server's clock and zone. */
  day: z.string(),
  /** Empty for charges of a version that did not keep it. */
  profile: z.string(),
  provider: z.string(),
  model: z.string(),
  requests: z.int().nonnegative(),
  /** Tokens sent, cached ones included. */
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  /** Micro-dollars of the requests whose price is known; null where none of them has one. */
  costMicros: z.int().nonnegative().nullable(),
  /** Requests whose price is not known: the cost does not hold them. */
  unpriced: z.int().nonnegative(),
  isEstimated: z.boolean(),
});
export type UsageRow = z.infer<typeof usageRowSchema>;

export type UsageSum = Pick<UsageRow, "requests" | "inputTokens" | "outputTokens" | "costMicros" | "unpriced" | "isEstimated">;

export function sumUsage(rows: readonly UsageRow[]): UsageSum {
  const sum: UsageSum = {
    requests: 0,
    inputTokens: 0,
    outputTokens: 0,
    costMicros: rows.length === 0 ? 0 : null,
    unpriced: 0,
    isEstimated: false,
  };
  for (const row of rows) {
    sum.requests += row.requests;
    sum.inputTokens += row.inputTokens;
    sum.outputTokens += row.outputTokens;
    if (row.costMicros !== null) sum.costMicros = (sum.costMicros ?? 0) + row.costMicros;
    sum.unpriced += row.unpriced;
    // Nothing that costs nothing is an estimate.
    sum.isEstimated ||= row.isEstimated && (row.costMicros ?? 0) > 0;
  }
  return sum;
}

/** Days of one history, newest first, each with its rows in their order. */
export function byDay(rows: readonly UsageRow[]): { readonly day: string; readonly rows: readonly UsageRow[] }[] {
  const days = new Map<string, UsageRow[]>();
  for (const row of rows) {
    const known = days.get(row.day);
    if (known === undefined) days.set(row.day, [row]);
    else known.push(row);
  }
  return [...days].map(([day, of]) => ({ day, rows: of })).sort((a, b) => (a.day < b.day ? 1 : -1));
}
