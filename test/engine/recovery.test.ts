// What a crash leaves: the same workspace, open turns named as crashed, nothing run twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { apply } from "../../src/domain/apply.ts";
import type { Fact } from "../../src/domain/protocol.ts";
import { emptyWorkspace, findAgent } from "../../src/domain/workspace.ts";
import { runCommand } from "../../src/engine/commands.ts";
import { callsExec, fakeWorld, says, spawn } from "../support/fake-ports.ts";

test("a restarted server shows the same agents, panes and finished items", async () => {
  const world = fakeWorld({ script: [says("kept")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "hello" });
  await world.until((fact) => fact.type === "turn.ended");
  const before = structuredClone(engine.workspace);
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.deepEqual(again.workspace, before);
});

test("an open turn ends as crashed, its running tool as unknown, and is not run again", async () => {
  const world = fakeWorld({ script: [callsExec("make deploy")], exec: () => new Promise(() => {}) });
  const engine = await world.engine();
  const agent = await spawn(engine, { autoRun: true });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "deploy" });
  await world.until((fact) => fact.type === "tool.started");
  const second = fakeWorld({ disk: world.disk });
  const again = await second.engine();
  const items = again.workspace.items[agent] ?? [];
  assert.ok(items.some((item) => item.type === "result" && item.outcome === "unknown"));
  assert.ok(items.some((item) => item.type === "notice" && item.kind === "crashed"));
  assert.equal(findAgent(again.workspace, agent)?.status, "idle");
  assert.equal(second.execs.length, 0);
  assert.deepEqual(again.workspace.terminals, []);
});

test("an open approval is void after a restart", async () => {
  const world = fakeWorld({ script: [callsExec("ls")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "list" });
  await world.until((fact) => fact.type === "approval.asked");
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.deepEqual(again.workspace.approvals, []);
  assert.equal(findAgent(again.workspace, agent)?.turn, null);
});

test("an agent of exec ends with its client, and its session can be carried on", async () => {
  const world = fakeWorld({ script: [says("first"), says("second")] });
  const engine = await world.engine();
  const spawned = await runCommand(engine, 7, { type: "agent.spawn", place: { type: "nowhere" }, isEphemeral: true });
  assert.ok(spawned.ok && spawned.agent !== undefined);
  await runCommand(engine, 7, { type: "prompt.send", agent: spawned.agent, text: "one" });
  await world.until((fact) => fact.type === "turn.ended");
  await engine.clientGone(7);
  assert.deepEqual(engine.workspace.agents, []);
  const next = await runCommand(engine, 8, { type: "agent.spawn", place: { type: "nowhere" }, isEphemeral: true, session: "latest" });
  assert.ok(next.ok && next.agent !== undefined);
  world.facts.length = 0;
  await runCommand(engine, 8, { type: "prompt.send", agent: next.agent, text: "two" });
  await world.until((fact) => fact.type === "turn.ended");
  const said = world.requests[1]?.items.filter((item) => item.type !== "notice").map((item) => ("text" in item ? item.text : item.type));
  assert.deepEqual(said, ["one", "first", "two"]);
});

test("replaying the published facts gives the live workspace", async () => {
  const world = fakeWorld({ script: [callsExec("ls"), says("done")] });
  const engine = await world.engine();
  const agent = await spawn(engine, { autoRun: true });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "list" });
  await world.until((fact) => fact.type === "turn.ended");
  const replayed = emptyWorkspace("/work");
  for (const fact of world.facts) apply(replayed, JSON.parse(JSON.stringify(fact)) as Fact);
  assert.deepEqual(replayed, engine.workspace);
});

test("an agent that was given leave to run code says so in the state, and loses it with the server", async () => {
  const world = fakeWorld();
  const engine = await world.engine();
  const agent = await spawn(engine, { autoRun: true });
  const other = await spawn(engine);
  const leave = (of: typeof engine, id: typeof agent) => findAgent(of.workspace, id)?.isAutoRun ?? null;
  assert.deepEqual([leave(engine, agent), leave(engine, other)], [true, null]);
  await engine.close();
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.deepEqual([leave(again, agent), leave(again, other)], [null, null]);
});

test("undo takes the last message and its answer back, reset the whole conversation", async () => {
  const world = fakeWorld({ script: [says("one"), says("two"), says("three")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  for (const text of ["first", "second"]) {
    world.facts.length = 0;
    await runCommand(engine, 1, { type: "prompt.send", agent, text });
    await world.until((fact) => fact.type === "turn.ended");
  }
  const undone = await runCommand(engine, 1, { type: "session.undo", agent });
  assert.ok(undone.ok && undone.note?.startsWith("took back “second” and what followed it (1 item)"));
  assert.deepEqual(
    (await engine.items(agent, undefined, 10)).items.map((item) => item.type),
    ["user", "text"],
  );
  await runCommand(engine, 1, { type: "session.reset", agent });
  assert.deepEqual(
    (await engine.items(agent, undefined, 10)).items.map((item) => item.type),
    ["notice"],
  );
});
