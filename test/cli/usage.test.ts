// `interpane usage`: what was spent, as a table with its sum, or as rows for a program.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import { type FakeServer, startFakeServer } from "../client/fake-server.ts";
import { createFakeIo } from "./fake-io.ts";

let server: FakeServer;
before(async () => {
  server = await startFakeServer();
});
after(() => server.close());

const row = {
  day: "2026-11-20",
  profile: "smart",
  provider: "openai",
  model: "gpt-5.5",
  requests: 3,
  inputTokens: 1_200,
  outputTokens: 80,
  costMicros: 1_840_000,
  unpriced: 0,
  isEstimated: false,
};
const rows = [
  row,
  { ...row, profile: "", requests: 2, costMicros: null, unpriced: 2 },
  { ...row, day: "2026-11-19", profile: "fast", costMicros: 5_000, isEstimated: true },
];

async function usage(args: readonly string[], answer: typeof rows | readonly [] = rows) {
  const io = createFakeIo({ root: server.root });
  const code = runCli(["usage", ...args], io);
  const client = await server.client();
  const { id, query } = await client.query("usage");
  client.send({ type: "answer", id, value: { type: "usage", rows: [...answer], today: "2026-11-20" } });
  return { code: await code, io, query };
}

test("a line for each day, profile and model, their sum, and what the sum does not hold", async () => {
  const { code, io, query } = await usage([]);
  assert.equal(code, 0);
  assert.deepEqual(query, { type: "usage", days: 30 });
  const lines = io.out().split("\n");
  assert.match(lines[0] ?? "", /^DAY +PROFILE +MODEL +REQUESTS +IN +OUT +COST$/);
  assert.match(lines[1] ?? "", /^2026-11-20 +smart +openai\/gpt-5\.5 +3 +1200 +80 +\$1\.84$/);
  assert.match(lines[2] ?? "", /^2026-11-20 +- +openai\/gpt-5\.5 +2 +1200 +80 +unknown$/);
  assert.match(lines[3] ?? "", /^2026-11-19 +fast .* ~\$0\.0050$/);
  assert.match(lines[4] ?? "", /^total +8 +3600 +240 +~\$1\.84$|^total +8 +3600 +240 +~\$1\.85$/);
  assert.match(io.err(), /2 requests of models without a known price/);
});

test("--json prints the rows, --days and --workspace narrow them, and nothing at all is said in words", async () => {
  const json = await usage(["--json", "--days", "7", "--workspace", server.root]);
  assert.deepEqual(JSON.parse(json.io.out()), rows);
  assert.ok(json.query.type === "usage" && json.query.days === 7 && json.query.folder !== undefined);
  const none = await usage([], []);
  assert.match(none.io.out(), /no request was made/);
});

test("a number of days that is none is refused before anything is asked", async () => {
  for (const days of ["0", "x", "1.5", "99999"]) {
    const io = createFakeIo({ root: server.root });
    assert.equal(await runCli(["usage", "--days", days], io), 2);
    assert.match(io.err(), /--days .*: give a number of days/);
  }
});
