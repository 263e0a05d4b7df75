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
