// A screen that does not read its socket while agents stream and terminals flood: it costs the server a bounded amount of memory and
// the others nothing, and gets the state in few large pieces when it goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { apply } from "../../src/domain/apply.ts";
import { factSchema } from "../../src/domain/protocol.ts";
import { workspaceSchema } from "../../src/domain/workspace.ts";
import { makeGround, memoryOf, openTerminal } from "./ground.ts";

const MB = 1024 * 1024;

test("a screen that reads nothing costs bounded memory and slows nobody; when it reads again it gets one snapshot, then what follows", async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const good = await ground.join();
  const agents = [];
  for (let at = 0; at < 9; at += 1) {
    const { agent } = await good.command({ type: "agent.spawn", place: { type: "tab" }, profile: "demo" });
    assert.ok(agent !== undefined);
    agents.push(agent);
  }
  // The first changes all its rows without end, the second as fast as it can for as long as makes no difference.
  const terminals = [
    await openTerminal(good, "while :; do seq 1 300; sleep 0.01; done"),
    await openTerminal(good, "yes flood | head -c 30000000; exec cat"),
  ];
  const view = { terminals: terminals.map((terminal) => ({ terminal, cols: 100, rows: 30 })), agents, isActive: true };
  await good.show(view);
  for (const agent of agents) await good.command({ type: "prompt.send", agent, text: "tell me a long story 20000" });

  const stuck = await ground.raw();
  stuck.hello();
  await stuck.until("a snapshot", () => stuck.messages().length > 1);
  stuck.send({ type: "command", id: 1, command: { type: "client.view", cols: 120, rows: 36, ...view, isActive: false } });
  await stuck.until("rows and text", () => stuck.rows().length > 4 && stuck.messages().some(({ type }) => type === "pulse"));
  stuck.socket.pause();
  const [rowsBefore, memoryBefore, rowsOfGood] = [stuck.rows().length, memoryOf(good.serverPid), good.rows.length];

  // 16 MB of facts, and as much else as comes meanwhile.
  const times: number[] = [];
  const text = "x".repeat(400 * 1024);
  for (let at = 0; at < 40; at += 1) {
    const from = performance.now();
    await good.command({ type: "prompt.send", agent: agents[at % 9] ?? never(), text: `${at} ${text}` });
    times.push(performance.now() - from);
    await good.command({ type: "prompt.takeBack", agent: agents[at % 9] ?? never() });
  }
  await good.until("many more rows", () => good.rows.length > rowsOfGood + 100);
  const grownMB = (memoryOf(good.serverPid) - memoryBefore) / MB;
  t.diagnostic(
    `the server grew by ${grownMB.toFixed(0)} MB; median of a large command ${times.toSorted((a, b) => a - b)[20]?.toFixed(1)} ms`,
  );
  // Facts alone would be 16 MB; the allocator's own slack is most of what is seen.
  assert.ok(grownMB < 120, `${grownMB} MB`);

  stuck.socket.resume();
  await stuck.until("another snapshot", () => stuck.messages().filter(({ type }) => type === "snapshot").length === 2);
  for (const agent of agents) await good.command({ type: "turn.interrupt", agent });
  await good.until("all idle", () => good.workspace()?.agents.every(({ turn }) => turn === null) === true);
  const last = await good.command({ type: "agent.rename", agent: agents[0] ?? never(), title: "the last fact" });
  await stuck.until("the last fact", () => stuck.messages().some((message) => message.type === "fact" && seqOf(message) === last.seq));
  assert.ok(stuck.bytes() < 10 * MB, `${stuck.bytes()} bytes for the one that was stuck`);
  assert.ok(stuck.rows().length - rowsBefore < (good.rows.length - rowsOfGood) / 2, "it got as many updates as the other");

  const at = stuck.messages().findLastIndex(({ type }) => type === "snapshot");
  const mirrored = workspaceSchema.parse(stuck.messages()[at]?.["workspace"]);
  for (const message of stuck.messages().slice(at)) if (message.type === "fact") apply(mirrored, factSchema.parse(message["fact"]));
  assert.deepEqual(mirrored, workspaceSchema.parse(good.workspace()));
});

function seqOf(message: { readonly [key: string]: unknown }): number {
  return factSchema.parse(message["fact"]).seq;
}

function never(): never {
  throw new Error("an agent is missing");
}

test("a task that reads nothing is told so and dropped at a bound; its workspace goes on, and it may come back", async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const good = await ground.join();
  const { agent } = await good.command({ type: "agent.spawn", place: { type: "tab" }, profile: "demo" });
  assert.ok(agent !== undefined);
  await good.command({ type: "prompt.send", agent, text: "tell me a long story 20000" });
  const stuck = await ground.raw();
  stuck.hello({ role: "task" });
  await stuck.until("a snapshot", () => stuck.messages().length > 1);
  stuck.socket.pause();
  const text = "x".repeat(6 * MB);
  for (let at = 0; at < 14; at += 1) {
    await good.command({ type: "prompt.send", agent, text });
    await good.command({ type: "prompt.takeBack", agent });
  }
  const rows = await good.caller.query<"workspaces">({ type: "workspaces" });
  assert.deepEqual(rows.ok && rows.value.rows.map(({ clients }) => clients), [1], "the stuck one is gone");
  stuck.socket.resume();
  await stuck.closed;
  assert.match(String(stuck.messages().at(-1)?.["reason"]), /nothing was read for too long/);
  const again = await ground.join({ role: "task" });
  assert.equal(again.workspace()?.agents.length, good.workspace()?.agents.length);
});
