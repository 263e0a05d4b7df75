// The ledger: each request is counted once, across restarts, and a damaged file never stops a turn.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { agentIdSchema } from "../../src/domain/ids.ts";
import type { Ledger } from "../../src/engine/ports.ts";
import { openLedger } from "../../src/host/ledger.ts";
import { sessionId, tempDir } from "./support.ts";

type Entry = Parameters<Ledger["add"]>[0];

function entry(request: string, at: number, costMicros: number | null, isEstimated = false): Entry {
  return {
    request,
    at,
    folder: "/work",
    agent: agentIdSchema.parse("agent-1"),
    session: sessionId("session-1"),
    profile: "smart",
    charge: {
      usage: { input: 10, cacheRead: 1, cacheWrite: 2, output: 5, reasoning: 3, isEstimated },
      costMicros,
      contextWindow: 1000,
      provider: "openai",
      model: "gpt",
    },
  };
}

test("a request counts once, also after a restart, and only from its moment on", (t) => {
  const file = join(tempDir(t), "data", "ledger.sqlite");
  const alerts: string[] = [];
  const first = openLedger(file, (text) => alerts.push(text));
  assert.deepEqual(first.spentSince(0), { costMicros: 0, isEstimated: false });
  first.add(entry("r1", 100, 500));
  first.add(entry("r1", 100, 500));
  first.add(entry("r2", 200, 70, true));
  first.add(entry("r3", 300, null, true));
  first.close();
  const second = openLedger(file, (text) => alerts.push(text));
  second.add(entry("r1", 100, 500));
  assert.deepEqual(second.spentSince(0), { costMicros: 570, isEstimated: true });
  assert.deepEqual(second.spentSince(200), { costMicros: 70, isEstimated: true });
  assert.deepEqual(second.spentSince(201), { costMicros: 0, isEstimated: false });
  for (const name of readdirSync(join(file, ".."))) assert.equal(statSync(join(file, "..", name)).mode & 0o777, 0o600, name);
  second.close();
  assert.deepEqual(alerts, []);
});

for (const [what, damage] of [
  ["overwritten", (file: string) => writeFileSync(file, "this is no database, and long enough to be looked at ".repeat(50))],
  ["cut short", (file: string) => truncateSync(file, 5000)],
] as const) {
  test(`a ledger that was ${what} is moved aside and named, and a new one works`, (t) => {
    const dir = tempDir(t);
    const file = join(dir, "ledger.sqlite");
    const alerts: string[] = [];
    const first = openLedger(file, () => assert.fail());
    for (let i = 0; i < 50; i += 1) first.add(entry(`r${i}`, i, 1));
    first.close();
    damage(file);
    const second = openLedger(file, (text) => alerts.push(text), { now: () => Date.UTC(2026, 0, 2) });
    second.add(entry("new", 100, 9));
    assert.deepEqual(second.spentSince(0), { costMicros: 9, isEstimated: false });
    second.close();
    assert.equal(alerts.length, 1);
    assert.match(alerts[0] ?? "", /the ledger was damaged and is kept as .*ledger\.sqlite\.damaged-2026-01-02T00-00-00-000Z/);
    assert.ok(readdirSync(dir).includes("ledger.sqlite.damaged-2026-01-02T00-00-00-000Z"));
  });
}

test("where the ledger cannot be opened the turn goes on, the user is told, and the sum still counts what waits", (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, "blocked"), "");
  const alerts: string[] = [];
  const ledger = openLedger(join(dir, "blocked", "ledger.sqlite"), (text) => alerts.push(text));
  ledger.add(entry("r1", 100, 500));
  assert.deepEqual(ledger.spentSince(0), { costMicros: 500, isEstimated: false });
  assert.match(alerts[0] ?? "", /could not be kept in .*ledger\.sqlite: .*tried again/);
  ledger.close();
});

test("nothing of SQLite's state as an experiment reaches the terminal", (t) => {
  const module = new URL("../../src/host/ledger.ts", import.meta.url).href;
  const script = `const { openLedger } = await import(${JSON.stringify(module)});
    const ledger = openLedger(${JSON.stringify(join(tempDir(t), "l.sqlite"))}, console.error); ledger.spentSince(0); ledger.close();`;
  const merged = execFileSync("/bin/sh", ["-c", 'exec "$0" --input-type=module -e "$1" 2>&1', process.execPath, script], {
    encoding: "utf8",
  });
  assert.equal(merged, "");
});

test("charges are summed by day, profile and model, the newest day first; what has no price is counted apart", (t) => {
  const file = join(tempDir(t), "data", "ledger.sqlite");
  const ledger = openLedger(file, () => assert.fail("no alert"));
  const noon = (day: number): number => new Date(2026, 10, day, 12).getTime();
  ledger.add(entry("r1", noon(19), 500));
  ledger.add(entry("r2", noon(20), 70, true));
  ledger.add(entry("r3", noon(20), null));
  ledger.add({ ...entry("r4", noon(20), 3), profile: "fast", folder: "/other" });
  const common = { provider: "openai", model: "gpt" };
  const one = { inputTokens: 13, outputTokens: 5, requests: 1, unpriced: 0, isEstimated: false };
  assert.deepEqual(ledger.usage(0), [
    {
      day: "2026-11-20",
      profile: "smart",
      ...common,
      requests: 2,
      inputTokens: 26,
      outputTokens: 10,
      costMicros: 70,
      unpriced: 1,
      isEstimated: true,
    },
    { day: "2026-11-20", profile: "fast", ...common, ...one, costMicros: 3 },
    { day: "2026-11-19", profile: "smart", ...common, ...one, costMicros: 500 },
  ]);
  assert.deepEqual(ledger.usage(noon(20), "/other"), [{ day: "2026-11-20", profile: "fast", ...common, ...one, costMicros: 3 }]);
  ledger.close();
});

test("a ledger of a version that kept no profiles goes on, its charges under no profile", (t) => {
  const file = join(tempDir(t), "data", "ledger.sqlite");
  mkdirSync(dirname(file), { recursive: true });
  const old = new DatabaseSync(file);
  old.exec(`CREATE TABLE charges (request TEXT PRIMARY KEY, at INTEGER NOT NULL, folder TEXT NOT NULL, agent TEXT NOT NULL,
    session TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL, cost_micros INTEGER,
    is_estimated INTEGER NOT NULL) STRICT; PRAGMA user_version = 1;
    INSERT INTO charges VALUES ('r0', 100, '/work', 'a', 's', 'openai', 'gpt', 1, 0, 0, 1, 0, 40, 0)`);
  old.close();
  const ledger = openLedger(file, () => assert.fail("no alert"));
  ledger.add(entry("r1", 200, 2));
  assert.deepEqual(
    ledger.usage(0).map(({ profile, costMicros }) => [profile, costMicros]),
    [
      ["", 40],
      ["smart", 2],
    ],
  );
  assert.equal(ledger.spentSince(0).costMicros, 42);
  ledger.close();
});
