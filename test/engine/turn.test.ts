// Turns: asking, approving, running, failing, stopping. No screen, no disk, no network.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentId } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import type { Failure, ModelEvent } from "../../src/domain/stream.ts";
import { findAgent } from "../../src/domain/workspace.ts";
import { runCommand } from "../../src/engine/commands.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { callsExec, type FakeOptions, type FakeWorld, fakeWorld, profileOf, says, spawn, usage } from "../support/fake-ports.ts";

async function start(
  options: FakeOptions,
  over: { autoRun?: boolean } = {},
): Promise<{ world: FakeWorld; engine: WorkspaceEngine; agent: AgentId }> {
  const world = fakeWorld(options);
  const engine = await world.engine();
  return { world, engine, agent: await spawn(engine, over) };
}

const ended = (world: FakeWorld) => world.until((fact) => fact.type === "turn.ended");

async function ask(world: FakeWorld, engine: WorkspaceEngine, agent: AgentId, text = "hello"): Promise<TranscriptItem[]> {
  await runCommand(engine, 1, { type: "prompt.send", agent, text });
  await ended(world);
  return engine.workspace.items[agent] ?? [];
}

function failing(failure: Partial<Failure>): ModelEvent[] {
  return [{ type: "failed", failure: { kind: "server", message: "the provider failed", isRetryable: true, ...failure } }];
}

const types = (items: readonly TranscriptItem[]): string[] => items.map((item) => item.type);

test("a plain answer is kept as an item, charged, and leaves the agent idle", async () => {
  const { world, engine, agent } = await start({ script: [says("hi there")] });
  const items = await ask(world, engine, agent);
  assert.deepEqual(types(items), ["user", "text"]);
  assert.equal(findAgent(engine.workspace, agent)?.status, "idle");
  assert.deepEqual(engine.workspace.meters[agent], {
    inputTokens: 100,
    outputTokens: 20,
    costMicros: 140,
    contextTokens: 120,
    contextWindow: 1000,
    isEstimated: false,
    requests: 1,
  });
});

test("code is asked for with its exact text, run on yes, and its output goes back to the model", async () => {
  const { world, engine, agent } = await start({ script: [callsExec("uname -a"), says("it is TestOS")] });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "what OS?" });
  const asked = await world.until((fact) => fact.type === "approval.asked");
  assert.ok(asked.type === "approval.asked");
  assert.deepEqual(asked.approval.action, { type: "exec", language: "shell", code: "uname -a" });
  assert.equal(findAgent(engine.workspace, agent)?.status, "waiting");
  assert.equal(world.execs.length, 0);
  await runCommand(engine, 1, { type: "approval.answer", approval: asked.approval.id, answer: "yes", digest: asked.approval.digest });
  await ended(world);
  assert.equal(world.execs[0]?.code, "uname -a");
  assert.deepEqual(types(engine.workspace.items[agent] ?? []), ["user", "call", "result", "text"]);
  const seen = world.requests[1]?.items.at(-1);
  assert.ok(seen?.type === "result" && seen.text.includes("out") && seen.outcome === "ok");
});

test("refused code does not run, and the model is told so", async () => {
  const { world, engine, agent } = await start({ script: [callsExec("rm -rf /"), says("as you wish")] });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "clean up" });
  const asked = await world.until((fact) => fact.type === "approval.asked");
  assert.ok(asked.type === "approval.asked");
  const { id, digest } = asked.approval;
  await runCommand(engine, 1, { type: "approval.answer", approval: id, answer: "no", digest, reason: "too broad" });
  await ended(world);
  assert.equal(world.execs.length, 0);
  const told = world.requests[1]?.items.at(-1);
  assert.ok(told?.type === "result" && told.outcome === "refused" && /refused.*too broad/.test(told.text));
});

test("an answer with another digest, or a second answer, is refused", async () => {
  const { world, engine, agent } = await start({ script: [callsExec("ls"), says("done")] });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "list" });
  const asked = await world.until((fact) => fact.type === "approval.asked");
  assert.ok(asked.type === "approval.asked");
  const { id, digest } = asked.approval;
  assert.equal((await runCommand(engine, 1, { type: "approval.answer", approval: id, answer: "yes", digest: "other" })).ok, false);
  assert.equal((await runCommand(engine, 1, { type: "approval.answer", approval: id, answer: "yes", digest })).ok, true);
  await ended(world);
  assert.equal((await runCommand(engine, 2, { type: "approval.answer", approval: id, answer: "no", digest })).ok, false);
});

test("edited code is what runs, and the model sees what ran", async () => {
  const { world, engine, agent } = await start({ script: [callsExec("ls /"), says("done")] });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "list" });
  const asked = await world.until((fact) => fact.type === "approval.asked");
  assert.ok(asked.type === "approval.asked");
  const { id, digest } = asked.approval;
  await runCommand(engine, 1, { type: "approval.answer", approval: id, answer: "yes", digest, code: "ls ." });
  await ended(world);
  assert.equal(world.execs[0]?.code, "ls .");
  const told = world.requests[1]?.items.at(-1);
  assert.ok(told?.type === "result" && told.text.includes("ls ."));
});

test("calls of one reply run in order, one at a time", async () => {
  const args = (code: string): string => JSON.stringify({ language: "shell", code });
  const both: ModelEvent[] = [
    {
      type: "done",
      usage,
      stop: "calls",
      outputs: ["one", "two"].map((code) => ({ type: "call", callId: code, name: "exec", arguments: args(code) })),
    },
  ];
  let running = 0;
  const order: string[] = [];
  const { world, engine, agent } = await start(
    {
      script: [both, says("done")],
      exec: async ({ code }) => {
        assert.equal(++running, 1);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        order.push(code);
        return { outcome: "ok", exitCode: 0, output: code, durationMs: 1 };
      },
    },
    { autoRun: true },
  );
  await ask(world, engine, agent);
  assert.deepEqual(order, ["one", "two"]);
});

test("an unknown tool and arguments that are not JSON are told to the model, nothing runs", async () => {
  const broken: ModelEvent[] = [
    {
      type: "done",
      usage,
      stop: "calls",
      outputs: [
        { type: "call", callId: "a", name: "launch_rocket", arguments: "{}" },
        { type: "call", callId: "b", name: "exec", arguments: '{"language": "shell", "code": "ls' },
      ],
    },
  ];
  const { world, engine, agent } = await start({ script: [broken, says("sorry")] }, { autoRun: true });
  await ask(world, engine, agent);
  assert.equal(world.execs.length, 0);
  const results = (world.requests[1]?.items ?? []).filter((item) => item.type === "result");
  assert.deepEqual(
    results.map((item) => item.outcome),
    ["failed", "failed"],
  );
});

test("a retryable failure is sent again after a wait, and the user is told", async () => {
  const { world, engine, agent } = await start({ script: [failing({ kind: "rate", retryAfterMs: 4000 }), says("now it works")] });
  const items = await ask(world, engine, agent);
  assert.deepEqual(types(items), ["user", "notice", "text"]);
  assert.ok(world.slept.some((ms) => ms >= 4000));
});

test("a failure that cannot be mended by trying ends the turn with its message", async () => {
  const { world, engine, agent } = await start({ script: [failing({ kind: "auth", message: "the key was refused", isRetryable: false })] });
  const items = await ask(world, engine, agent);
  assert.equal(world.requests.length, 1);
  assert.ok(items.some((item) => item.type === "notice" && item.text === "the key was refused"));
  assert.equal(findAgent(engine.workspace, agent)?.status, "failed");
});

test("a provider that always fails is given up after five requests", async () => {
  const { world, engine, agent } = await start({ script: Array.from({ length: 9 }, () => failing({})) });
  await ask(world, engine, agent);
  assert.equal(world.requests.length, 5);
});

test("an interrupted stream ends the turn and keeps what had been said", async () => {
  const { world, engine, agent } = await start({
    script: [
      async function* () {
        yield { type: "text", delta: "half a sen" };
        await new Promise(() => {});
      },
    ],
  });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "talk" });
  await world.until((fact) => fact.type === "turn.started");
  await new Promise((resolve) => setImmediate(resolve));
  await runCommand(engine, 1, { type: "turn.interrupt", agent });
  const fact = await ended(world);
  assert.ok(fact.type === "turn.ended" && fact.outcome === "interrupted");
  const items = engine.workspace.items[agent] ?? [];
  assert.ok(items.some((item) => item.type === "text" && item.text === "half a sen" && item.isPartial === true));
});

test("an interruption while an approval waits voids it", async () => {
  const { world, engine, agent } = await start({ script: [callsExec("ls")] });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "list" });
  await world.until((fact) => fact.type === "approval.asked");
  await runCommand(engine, 1, { type: "turn.interrupt", agent });
  await ended(world);
  assert.deepEqual(engine.workspace.approvals, []);
  assert.equal(world.execs.length, 0);
});

test("what is sent while the agent is busy waits, and runs next", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { world, engine, agent } = await start({
    script: [
      async function* () {
        await promise;
        yield* says("first");
      },
      says("second"),
    ],
  });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "one" });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "two" });
  assert.equal(findAgent(engine.workspace, agent)?.queue.length, 1);
  resolve();
  await world.until((fact) => fact.type === "item.added" && fact.item.type === "text" && fact.item.text === "second");
  const said = (engine.workspace.items[agent] ?? [])
    .filter((item) => item.type === "user" || item.type === "text")
    .map((item) => item.text);
  assert.deepEqual(said, ["one", "first", "two", "second"]);
});

test("what an interruption left queued is begun when it is asked for, and not where there is nothing or something runs", async () => {
  const { promise: begins, resolve: begin } = Promise.withResolvers<void>();
  const { world, engine, agent } = await start({
    script: [
      async function* (_request, signal) {
        begin();
        await new Promise((leave) => signal.addEventListener("abort", leave));
        yield* says("first");
      },
      says("second"),
    ],
  });
  const sendQueued = () => runCommand(engine, 1, { type: "prompt.sendQueued", agent });
  assert.deepEqual(await sendQueued(), { ok: false, reason: "nothing is queued" });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "one" });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "two" });
  const early = await sendQueued();
  assert.ok(!early.ok && /follows by itself/.test(early.reason));
  await begins;
  await runCommand(engine, 1, { type: "turn.interrupt", agent });
  await ended(world);
  assert.equal(findAgent(engine.workspace, agent)?.queue.length, 1);
  world.facts.length = 0;
  const begun = await sendQueued();
  assert.ok(begun.ok && begun.turn !== undefined);
  await ended(world);
  assert.equal((engine.workspace.items[agent] ?? []).findLast((item) => item.type === "text")?.text, "second");
});

test("a swapped profile is used by the next turn, and sees the whole transcript", async () => {
  const { world, engine, agent } = await start({ script: [says("from fast"), says("from smart")] });
  await ask(world, engine, agent, "one");
  await runCommand(engine, 1, { type: "agent.swapPair", agent });
  world.facts.length = 0;
  await ask(world, engine, agent, "two");
  assert.equal(world.requests[1]?.profile.id, "smart");
  assert.deepEqual(types(world.requests[1]?.items ?? []), ["user", "text", "notice", "user"]);
});

test("one message can go to another profile without a swap", async () => {
  const { world, engine, agent } = await start({ script: [says("smart answer")] });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "hard one", profile: "smart" });
  await ended(world);
  assert.equal(world.requests[0]?.profile.id, "smart");
  assert.equal(findAgent(engine.workspace, agent)?.profile.id, "fast");
});

for (const where of ["sync", "append"] as const) {
  test(`nothing runs when its start cannot be journaled (${where})`, async () => {
    const { world, engine, agent } = await start({ script: [callsExec("ls"), says("ok")] }, { autoRun: true });
    world.breakDisk(where);
    await ask(world, engine, agent);
    assert.equal(world.execs.length, 0);
    assert.ok(world.alerts.includes("disk full"));
  });
}

test("a spent budget refuses the next request", async () => {
  const profile = profileOf("fast", { maxBudgetMicros: 100 });
  const { world, engine, agent } = await start({ profiles: [profile], script: [says("dear"), says("never asked")] });
  await ask(world, engine, agent, "one");
  world.facts.length = 0;
  await ask(world, engine, agent, "two");
  assert.equal(world.requests.length, 1);
});

test("an offline workspace whose sandbox cannot cut the network refuses to run code", async () => {
  const { world, engine, agent } = await start({ script: [callsExec("curl example.org"), says("ok")] }, { autoRun: true });
  await runCommand(engine, 1, { type: "workspace.setOffline", isOffline: true });
  await ask(world, engine, agent);
  assert.equal(world.execs.length, 0);
  assert.equal(world.requests[0]?.isOffline, true);
});

test("an agent is named after its first message, also where its profile was changed before", async () => {
  const { world, engine, agent } = await start({ script: [says("hi")] });
  await runCommand(engine, 1, { type: "agent.useProfile", agent, profile: "smart" });
  await ask(world, engine, agent, "rename the order ids");
  assert.equal(findAgent(engine.workspace, agent)?.title, "rename the order ids");
});

test("max_output bounds what the model is given of a command, its beginning and its end", async () => {
  const output = `begin ${"x".repeat(5000)} end`;
  const { world, engine, agent } = await start(
    {
      script: [callsExec("cat big"), says("read")],
      profiles: [profileOf("fast", { maxOutput: 400 })],
      exec: async () => ({ outcome: "ok", exitCode: 0, output, durationMs: 1 }),
    },
    { autoRun: true },
  );
  const result = (await ask(world, engine, agent)).find((item) => item.type === "result");
  assert.ok(result?.type === "result");
  assert.match(result.text, /^begin x+\n\[… \d+ characters left out: max_output is 400 …\]\nx+ end$/);
  assert.ok(result.text.length < 500);
});

test("an answer to a schema is asked of the model, and of an agent that rests only; a verbose agent is told of its requests", async () => {
  const outputSchema = { type: "object", properties: {} };
  const { world, engine, agent } = await start({ script: [says("{}")] });
  await runCommand(engine, 1, { type: "agent.setVerbose", agent, isVerbose: true });
  const sent = runCommand(engine, 1, { type: "prompt.send", agent, text: "x", outputSchema });
  const second = await runCommand(engine, 1, { type: "prompt.send", agent, text: "y", outputSchema });
  assert.ok(!second.ok && /rests/.test(second.reason));
  assert.ok((await sent).ok);
  await ended(world);
  assert.deepEqual(world.requests[0]?.outputSchema, outputSchema);
  world.requests[0]?.onTrace?.("→ POST");
  const last = engine.workspace.items[agent]?.at(-1);
  assert.ok(last?.type === "notice" && last.kind === "trace" && last.text === "→ POST");
  await runCommand(engine, 1, { type: "agent.setVerbose", agent, isVerbose: false });
  await ask(world, engine, agent);
  assert.equal(world.requests[1]?.onTrace, undefined);
});
