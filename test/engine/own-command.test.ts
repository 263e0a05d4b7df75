// Commands that the user runs in the agent's shell, without the model.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../../src/domain/action.ts";
import type { ModelEvent } from "../../src/domain/stream.ts";
import { findAgent } from "../../src/domain/workspace.ts";
import { runCommand } from "../../src/engine/commands.ts";
import { ownCommandText } from "../../src/engine/own-command.ts";
import { harnessOf } from "../../src/harness/table.ts";
import { callsExec, fakeWorld, says, spawn, usage } from "../support/fake-ports.ts";

test("a command of the user's own asks no model and no approval, and the next request knows what it printed", async () => {
  const statuses: unknown[] = [];
  const world = fakeWorld({
    script: [says("I see")],
    exec: async () => {
      statuses.push(findAgent(engine.workspace, agent)?.status);
      return { outcome: "ok", output: "out", durationMs: 1 };
    },
  });
  const engine = await world.engine();
  const agent = await spawn(engine);
  const reply = await runCommand(engine, 1, { type: "shell.run", agent, code: "make test" });
  assert.equal(reply.ok, true);
  await world.until((fact) => fact.type === "turn.ended");
  assert.deepEqual(
    world.execs.map(({ language, code }) => [language, code]),
    [["shell", "make test"]],
  );
  assert.deepEqual(statuses, ["running"]);
  assert.equal(world.requests.length, 0);
  assert.equal(findAgent(engine.workspace, agent)?.status, "idle");
  const before = engine.workspace.seq;
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "why?" });
  await world.until((fact) => fact.type === "turn.ended" && fact.seq > before);
  const shown = world.requests[0]?.items.map((item) => (item.type === "user" ? item.text : item.type));
  assert.match(shown?.[0] ?? "", /^! make test\n\nI ran this myself, in your shell\. It printed:\n```\nout/);
  assert.equal(shown?.[1], "why?");
});

test("it is refused while the agent works", async () => {
  const world = fakeWorld({ script: [callsExec("ls"), says("done")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "list" });
  await world.until((fact) => fact.type === "approval.asked");
  const reply = await runCommand(engine, 1, { type: "shell.run", agent, code: "pwd" });
  assert.ok(!reply.ok && /works/.test(reply.reason));
  assert.equal(world.execs.length, 0);
});

test("a question of the model's is still asked after a command of the user's own, and after a compaction; a message answers it", async () => {
  const question: Action = { type: "ask", questions: [{ text: "Push it?", options: [], isMany: false }] };
  const asked = { type: "call" as const, callId: "c1", ...harnessOf("native").speak(question) };
  const asks: ModelEvent[] = [{ type: "done", outputs: [asked], usage, stop: "calls" }];
  const world = fakeWorld({ script: [says("an old answer"), asks, says("a summary"), says("pushed")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  const status = () => findAgent(engine.workspace, agent)?.status;
  const after = async (command: Parameters<typeof runCommand>[2]): Promise<void> => {
    const before = engine.workspace.seq;
    assert.deepEqual((await runCommand(engine, 1, command)).ok, true);
    await world.until((fact) => fact.type === "turn.ended" && fact.seq > before);
  };
  await after({ type: "prompt.send", agent, text: "hello" });
  await after({ type: "prompt.send", agent, text: "ship it" });
  assert.equal(status(), "waiting");
  await after({ type: "shell.run", agent, code: "git log -1" });
  assert.equal(status(), "waiting");
  await after({ type: "session.compact", agent });
  assert.equal(status(), "waiting");
  await after({ type: "prompt.send", agent, text: "yes" });
  assert.equal(status(), "idle");
});

test("output with fences in it stays one block", () => {
  assert.match(ownCommandText("cat x", "a\n````\nb"), /\n`````\na\n````\nb\n`````$/);
});
