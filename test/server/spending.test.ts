// What was spent today: the ledger's sum once, each charge after it, and nothing of yesterday.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentId, SessionId } from "../../src/domain/ids.ts";
import type { Ledger } from "../../src/engine/ports.ts";
import { createSpending, type Spent } from "../../src/server/spending.ts";

type Entry = Parameters<Ledger["add"]>[0];

function entry(at: number, costMicros: number | null, isEstimated = false): Entry {
  return {
    request: `r${at}`,
    at,
    folder: "/work",
    agent: "a" as AgentId,
    session: "s" as SessionId,
    profile: "fast",
    charge: {
      usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 1, reasoning: 0, isEstimated },
      costMicros,
      contextWindow: null,
      provider: "p",
      model: "m",
    },
  };
}

test("the ledger is summed once a day, each charge is added and told, and midnight begins anew", () => {
  const noon = new Date(2026, 10, 20, 12).getTime();
  let now = noon;
  const asked: number[] = [];
  const kept: Entry[] = [];
  const ledger: Ledger = {
    add: (each) => kept.push(each),
    spentSince: (at) => {
      asked.push(at);
      const costs = kept.filter((each) => each.at >= at).map(({ charge }) => charge.costMicros ?? 0);
      return { costMicros: 1_000 + costs.reduce((sum, cost) => sum + cost, 0), isEstimated: false };
    },
    usage: () => [],
  };
  const spending = createSpending(ledger, () => now);
  const told: Spent[] = [];
  spending.onSpent((spent) => told.push(spent));
  assert.equal(spending.today(), "2026-11-20");
  assert.equal(new Date(spending.startOf(1)).toString(), new Date(2026, 10, 20).toString());
  assert.equal(new Date(spending.startOf(30)).toString(), new Date(2026, 9, 22).toString());
  assert.equal(spending.spent().costMicros, 1_000);
  spending.ledger.add(entry(noon + 1, 500));
  spending.ledger.add(entry(noon + 2, null, true));
  spending.ledger.add(entry(noon + 3, 7, true));
  assert.deepEqual(
    told.map(({ costMicros, isEstimated }) => [costMicros, isEstimated]),
    [
      [1_500, false],
      [1_500, false],
      [1_507, true],
    ],
  );
  assert.deepEqual(asked, [new Date(2026, 10, 20).getTime()]);
  assert.equal(kept.length, 3);
  now = told[0]?.until ?? 0;
  assert.equal(new Date(now).toString(), new Date(2026, 10, 21).toString());
  assert.equal(spending.spent().costMicros, 1_000);
  assert.equal(spending.today(), "2026-11-21");
});
