// What a model lists and what it asks: shown to the user, run nowhere; a question ends the turn, and the next message answers it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../../src/domain/action.ts";
import type { ModelEvent } from "../../src/domain/stream.ts";
import { findAgent } from "../../src/domain/workspace.ts";
import { runCommand } from "../../src/engine/commands.ts";
import { harnessOf } from "../../src/harness/table.ts";
import { fakeWorld, says, spawn, usage } from "../support/fake-ports.ts";

function calls(...actions: readonly Action[]): ModelEvent[] {
  const outputs = actions.map((action, n) => ({ type: "call" as const, callId: `c${n}`, ...harnessOf("native").speak(action) }));
  return [{ type: "done", outputs, usage, stop: "calls" }];
}

test("a list is taken without asking, and the turn goes on", async () => {
  const todo: Action = { type: "todo", items: [{ text: "look", state: "active" }] };
  const world = fakeWorld({ script: [calls(todo), says("done")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "go" });
  await world.until((fact) => fact.type === "turn.ended");
  const items = engine.workspace.items[agent] ?? [];
  assert.deepEqual(
    items.map((item) => item.type),
    ["user", "call", "result", "text"],
  );
  const [, call, result] = items;
  assert.ok(call?.type === "call" && result?.type === "result" && result.outcome === "ok");
  assert.deepEqual(call.action, todo);
  assert.equal(world.execs.length, 0);
});

test("a question ends the turn, stands there in words, and what the user says next goes with it", async () => {
  const ask: Action = {
    type: "ask",
    questions: [{ text: "Push it?", options: [{ label: "yes", detail: "to main" }, { label: "no" }], isMany: false }],
  };
  const world = fakeWorld({ script: [calls(ask), says("pushed")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "go" });
  const ended = await world.until((fact) => fact.type === "turn.ended");
  assert.ok(ended.type === "turn.ended" && ended.outcome === "done");
  const status = () => findAgent(engine.workspace, agent)?.status;
  assert.equal(status(), "waiting");
  const last = engine.workspace.items[agent]?.at(-1);
  assert.ok(last?.type === "text");
  assert.equal(last.text, "**Push it?**\n\n1. yes: to main\n2. no");
  await engine.runtime(agent)?.running;
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "1" });
  assert.equal(status(), "queued");
  await world.until((fact) => fact.type === "item.added" && fact.item.type === "text" && fact.item.text === "pushed");
  const kinds = (engine.workspace.items[agent] ?? []).map((item) => item.type);
  assert.deepEqual(kinds, ["user", "call", "result", "text", "user", "text"]);
  await engine.runtime(agent)?.running;
  assert.equal(status(), "idle");
});

test("a question is still asked after a restart, and taken back with the message that led to it", async () => {
  const ask: Action = { type: "ask", questions: [{ text: "Push it?", options: [], isMany: false }] };
  const world = fakeWorld({ script: [calls(ask)] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "go" });
  await engine.runtime(agent)?.running;
  await engine.close();
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.equal(findAgent(again.workspace, agent)?.status, "waiting");
  assert.ok((await runCommand(again, 1, { type: "session.undo", agent })).ok);
  assert.equal(findAgent(again.workspace, agent)?.status, "idle");
});
