// Kept sessions in pages: whole, read once for all pages, bounded by what one message can hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fact } from "../../src/domain/protocol.ts";
import { runCommand } from "../../src/engine/commands.ts";
import { createSessionReader, newestWithin } from "../../src/server/session-reader.ts";
import { fakeWorld, says, spawn } from "../support/fake-ports.ts";

async function kept() {
  const world = fakeWorld({ script: [says("one!"), says("two!")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  for (const text of ["one", "two"]) {
    const sent = await runCommand(engine, 1, { type: "prompt.send", agent, text });
    await world.until((fact: Fact) => fact.type === "turn.ended" && sent.ok && fact.turn === sent.turn);
  }
  const session = engine.workspace.agents[0]?.session ?? assert.fail();
  let reads = 0;
  const { journals } = world.ports;
  const reader = createSessionReader({
    journals: {
      ...journals,
      read: (name) => {
        reads += 1;
        return journals.read(name);
      },
    },
  });
  return { reader, session, reads: () => reads, agent, engine };
}

test("pages follow each other in the order the items came, from one reading", async () => {
  const { reader, session, reads } = await kept();
  const seen: string[] = [];
  for (;;) {
    const page = await reader.page(session, seen.length, 3);
    assert.ok(typeof page !== "string");
    seen.push(...page.items.map((item) => ("text" in item ? item.text : item.type)));
    assert.deepEqual([page.row.id, page.total], [session, 4]);
    if (seen.length >= page.total) break;
  }
  assert.deepEqual(seen, ["one", "one!", "two", "two!"]);
  assert.equal(reads(), 1);
});

test("an unknown session is refused in a sentence", async () => {
  const { reader, session } = await kept();
  assert.match(String(await reader.page("s-none" as typeof session, 0, 10)), /no session s-none; interpane sessions list/);
});

test("what is long comes in smaller pages, one item at least", async () => {
  const { engine, agent } = await kept();
  const { items } = await engine.items(agent, undefined, 10);
  const long = items.map((item) => (item.type === "text" ? { ...item, text: "x".repeat(1_500_000) } : item));
  assert.deepEqual(
    newestWithin(long).map(({ id }) => id),
    items.slice(-2).map(({ id }) => id),
  );
  assert.deepEqual(newestWithin(long.slice(1, 2)), long.slice(1, 2));
});
