// What Open Interpreter's users type after a `%`, as far as the engine answers it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentId } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import { findAgent } from "../../src/domain/workspace.ts";
import { countNext } from "../../src/engine/next-request.ts";
import { callsExec, commanderOf, type FakeOptions, fakeWorld, says, spawn } from "../support/fake-ports.ts";

async function start(options: FakeOptions = {}) {
  const world = fakeWorld(options);
  const engine = await world.engine();
  const agent: AgentId = await spawn(engine);
  const { run, refused } = commanderOf(engine);
  const say = async (text: string): Promise<void> => {
    const { turn } = await run({ type: "prompt.send", agent, text });
    await world.until((fact) => fact.type === "turn.ended" && fact.turn === turn);
  };
  const path = async (): Promise<TranscriptItem[]> => (await engine.items(agent, undefined, 500)).items;
  return { world, engine, agent, run, refused, say, path };
}

test("a conversation is saved as messages and as Markdown, never over a file, and loaded again without running anything", async () => {
  const { world, engine, agent, run, refused, say, path } = await start({ script: [callsExec("ls"), says("two files")] });
  assert.match(await refused({ type: "session.save", agent, format: "messages", path: "m.json" }), /nothing to save/);
  await run({ type: "agent.setAutoRun", agent, isAutoRun: true });
  assert.equal(findAgent(engine.workspace, agent)?.isAutoRun, true);
  const spawned = await run({ type: "agent.spawn", place: { type: "tab" }, autoRun: true });
  assert.ok(spawned.agent);
  assert.equal(findAgent(engine.workspace, spawned.agent)?.isAutoRun, true, "an agent that was begun with -y says so");
  await say("what is here?");
  // Nobody was asked.
  assert.ok(!world.facts.some((fact) => fact.type === "approval.asked"));
  const before = (await path()).filter((item) => item.type !== "notice");

  const saved = await run({ type: "session.save", agent, format: "messages", path: "m.json" });
  assert.match(saved.note ?? "", /saved 4 items into \/work\/m\.json/);
  assert.match(await refused({ type: "session.save", agent, format: "messages", path: "/work/m.json" }), /is there already/);
  await run({ type: "session.save", agent, format: "markdown", path: "c.md" });
  await run({ type: "session.save", agent, format: "markdown", path: '"with blanks.md"' });
  assert.ok(world.userFiles.has("/work/with blanks.md"), [...world.userFiles.keys()].join());
  assert.match(world.userFiles.get("/work/c.md") ?? "", /## You\n\nwhat is here\?[\s\S]*```shell\nls\n```/);
  const messages: { role: string; type: string; content: string }[] = JSON.parse(world.userFiles.get("/work/m.json") ?? "");
  assert.deepEqual(
    messages.map(({ role, type }) => `${role} ${type}`),
    ["user message", "assistant code", "computer console", "assistant message"],
  );

  const started = world.facts.filter((fact) => fact.type === "tool.started").length;
  world.userFiles.set("/work/one.json", '[{"role": "user", "type": "message", "content": "hi"}]');
  const one = await run({ type: "session.load", agent, path: "one.json" });
  assert.match(one.note ?? "", /^loaded 1 item;/);
  await run({ type: "session.load", agent, path: "m.json" });
  const after = (await path()).filter((item) => item.type !== "notice");
  const told = (items: readonly TranscriptItem[]) => items.map((item) => [item.type, "text" in item ? item.text : "code"]);
  assert.deepEqual(told(after), told(before));
  assert.equal(world.facts.filter((fact) => fact.type === "tool.started").length, started);
  world.userFiles.set("/work/bad.json", '[{"role": "nobody"}]');
  assert.match(await refused({ type: "session.load", agent, path: "bad.json" }), /no list of messages/);
  assert.deepEqual(told((await path()).filter((item) => item.type !== "notice")), told(before));
});

test("reset begins the shell anew in the folder that the agent began in; clearing leaves it alone", async () => {
  const { world, engine, agent, run, say } = await start({ script: [callsExec("cd /tmp"), says("done"), says("again")] });
  await run({ type: "agent.setAutoRun", agent, isAutoRun: true });
  await say("go there");
  const shell = findAgent(engine.workspace, agent)?.terminal;
  assert.ok(shell);
  await run({ type: "session.reset", agent });
  assert.equal(findAgent(engine.workspace, agent)?.terminal, shell);
  engine.emit({ type: "agent.moved", agent, cwd: "/tmp" });
  await run({ type: "session.reset", agent, isShellAnew: true });
  assert.equal(findAgent(engine.workspace, agent)?.terminal, null);
  assert.equal(findAgent(engine.workspace, agent)?.cwd, "/work");
  assert.ok(world.facts.some((fact) => fact.type === "terminal.closed" && fact.terminal === shell));
});

test("the next request is counted with its prompt, and priced where a price is known", async () => {
  const { engine, agent, say } = await start({ script: [says("an answer")] });
  await say("a question");
  const bare = await countNext(engine, agent, "");
  const more = await countNext(engine, agent, "x".repeat(400));
  assert.ok(typeof bare !== "string" && typeof more !== "string");
  assert.ok(bare.contextTokens > 0);
  assert.deepEqual([bare.promptTokens, more.promptTokens, more.contextTokens], [0, 100, bare.contextTokens]);
  const price = findAgent(engine.workspace, agent)?.profile.price ?? null;
  const cost = price === null ? null : Math.round(((more.contextTokens + 100) * price.inputMicros) / 1_000_000);
  assert.equal(more.costMicros, cost);
});
