// An agent that everybody sees already while its journal is still being opened.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../src/engine/commands.ts";
import { fakeWorld, says } from "../support/fake-ports.ts";

test("a prompt for an agent that is still being made waits until it is, and is not refused", async () => {
  const world = fakeWorld({ script: [says("here")] });
  const engine = await world.engine();
  const disk = Promise.withResolvers<void>();
  const { journals } = world.ports;
  const { open } = journals;
  journals.open = async (name) => {
    if (name.type === "session") await disk.promise;
    return open(name);
  };
  const spawning = runCommand(engine, 1, { type: "agent.spawn", place: { type: "tab" } });
  const spawned = await world.until((fact) => fact.type === "agent.spawned");
  assert.ok(spawned.type === "agent.spawned");
  const asked = runCommand(engine, 2, { type: "prompt.send", agent: spawned.agent.id, text: "hello" });
  disk.resolve();
  const reply = await asked;
  assert.ok(reply.ok, JSON.stringify(reply));
  assert.ok((await spawning).ok);
  await world.until((fact) => fact.type === "turn.ended");
});

test("where the journal cannot be opened, what waited for the agent is refused with a reason", async () => {
  const world = fakeWorld();
  const engine = await world.engine();
  const disk = Promise.withResolvers<void>();
  const { open } = world.ports.journals;
  world.ports.journals.open = async (name) => {
    if (name.type === "session") await disk.promise;
    return open(name);
  };
  const spawning = assert.rejects(runCommand(engine, 1, { type: "agent.spawn", place: { type: "tab" } }), /no room/);
  const spawned = await world.until((fact) => fact.type === "agent.spawned");
  assert.ok(spawned.type === "agent.spawned");
  const asked = runCommand(engine, 2, { type: "prompt.send", agent: spawned.agent.id, text: "hello" });
  disk.reject(new Error("no room"));
  assert.deepEqual(await asked, { ok: false, reason: "that agent is closed" });
  await spawning;
});

test("where the user's default cannot be used a task is refused, and a first message goes to nobody whom the user has not chosen", async () => {
  const world = fakeWorld({ script: [says("here")] });
  let problem: string | null = "default_profile cannot be used: MINE_KEY is not set";
  world.ports.profiles.defaultProblem = () => problem;
  const engine = await world.engine();
  const spawn = (more: object) => runCommand(engine, 1, { type: "agent.spawn", place: { type: "nowhere" }, ...more });
  const reasonOf = (reply: Awaited<ReturnType<typeof spawn>>) => (reply.ok ? "" : reply.reason);
  assert.equal(reasonOf(await spawn({ isEphemeral: true })), problem);
  assert.equal(reasonOf(await spawn({ isEphemeral: true, settings: { temperature: 1 } })), problem);
  assert.ok((await spawn({ isEphemeral: true, profile: "smart" })).ok);

  const standing = await spawn({});
  assert.ok(standing.ok && standing.agent !== undefined);
  const { agent } = standing;
  const send = () => runCommand(engine, 1, { type: "prompt.send", agent, text: "hello" });
  assert.match(reasonOf(await send()), /^not sent: default_profile cannot be used.*; or choose another profile$/);
  // What is said over a profile chooses none.
  const over = await spawn({ settings: { temperature: 1 } });
  assert.ok(over.ok && over.agent !== undefined);
  const sendTo = (id: typeof agent) => runCommand(engine, 1, { type: "prompt.send", agent: id, text: "hello" });
  assert.match(reasonOf(await sendTo(over.agent)), /^not sent/);
  const use = { type: "agent.useProfile", agent, settings: { temperature: 1 } } as const;
  assert.equal(reasonOf(await runCommand(engine, 1, use)), problem);
  assert.match(reasonOf(await send()), /^not sent/);
  problem = null;
  assert.ok((await send()).ok);
  await world.until((fact) => fact.type === "turn.ended");
  problem = "again";
  const chosen = await spawn({});
  assert.ok(chosen.ok && chosen.agent !== undefined);
  assert.ok((await runCommand(engine, 1, { type: "agent.useProfile", agent: chosen.agent, profile: "fast" })).ok);
  assert.ok((await runCommand(engine, 1, { type: "prompt.send", agent: chosen.agent, text: "hello" })).ok);
});
