// Compaction in the engine: asked for, by itself near the limit, after a provider's refusal; and every way in which it can fail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pairResults, SUMMARY_REQUEST } from "../../src/domain/context.ts";
import type { AgentId } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import type { Failure, ModelEvent } from "../../src/domain/stream.ts";
import { findAgent } from "../../src/domain/workspace.ts";
import { runCommand } from "../../src/engine/commands.ts";
import type { ModelRequest } from "../../src/engine/ports.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { type FakeOptions, type FakeWorld, fakeWorld, profileOf, says, spawn, usage } from "../support/fake-ports.ts";

interface Started {
  readonly world: FakeWorld;
  readonly engine: WorkspaceEngine;
  readonly agent: AgentId;
}

const window = 20_000;
/** 0.85 of what a reply of 2,000 tokens leaves of the window. */
const limit = 15_300;
const profiles = [profileOf("fast", { contextWindow: window, maxTokens: 2000 })];

async function start(options: FakeOptions): Promise<Started> {
  const world = fakeWorld({ profiles, ...options });
  const engine = await world.engine();
  return { world, engine, agent: await spawn(engine, { autoRun: true }) };
}

async function say({ world, engine, agent }: Started, text: string): Promise<void> {
  world.facts.length = 0;
  const ended = world.until((fact) => fact.type === "turn.ended");
  await runCommand(engine, 1, { type: "prompt.send", agent, text });
  await ended;
}

async function compact({ world, engine, agent }: Started, hint?: string): Promise<void> {
  world.facts.length = 0;
  const ended = world.until((fact) => fact.type === "turn.ended");
  const reply = await runCommand(engine, 1, { type: "session.compact", agent, ...(hint === undefined ? {} : { hint }) });
  assert.ok(reply.ok, JSON.stringify(reply));
  await ended;
}

/** A text of about so many tokens that begins with a word to know it by. */
const long = (word: string, tokens: number): string => `${word} ${"word ".repeat(tokens * 0.6)}`;

/** A reply after which the context fills so many tokens, as the provider counts them. */
function filling(tokens: number, events: ModelEvent[]): ModelEvent[] {
  return events.map((event) => (event.type === "done" ? { ...event, usage: { ...usage, input: tokens - usage.output } } : event));
}

const calls = (code: string, callId = "call-1"): ModelEvent[] => [
  {
    type: "done",
    usage,
    stop: "calls",
    outputs: [{ type: "call", callId, name: "exec", arguments: JSON.stringify({ language: "shell", code }) }],
  },
];
const failing = (failure: Partial<Failure>): ModelEvent[] => [
  { type: "failed", failure: { kind: "server", message: "the provider failed", isRetryable: false, ...failure } },
];
const tooLong = failing({ kind: "context", message: "the prompt is too long" });

const textsOf = (request: ModelRequest | undefined): string[] =>
  (request?.items ?? []).map((item) => (item.type === "user" || item.type === "text" || item.type === "summary" ? item.text : item.type));
/** Of long texts the word to know them by. */
const shown = (request: ModelRequest | undefined): string[] => textsOf(request).map((text) => text.replace(/ (?:word ){9,}$/, ""));
const isSummaryRequest = (request: ModelRequest | undefined): boolean => textsOf(request).at(-1)?.startsWith(SUMMARY_REQUEST) === true;
const itemsOf = ({ engine, agent }: Started): readonly TranscriptItem[] => engine.workspace.items[agent] ?? [];
const types = (items: readonly TranscriptItem[]): string[] => items.map((item) => item.type);
const summaries = (started: Started) => itemsOf(started).filter((item) => item.type === "summary");

test("/compact has the older part summarised by the agent's own profile; the original stays, the next request begins with the summary", async () => {
  const started = await start({ script: [says("first answer"), says("second answer"), says("THE SUMMARY"), says("third answer")] });
  await say(started, "one");
  await say(started, "two");
  await compact(started, "keep the names");
  const asked = started.world.requests[2];
  assert.ok(isSummaryRequest(asked));
  assert.deepEqual(shown(asked).slice(0, -1), ["one", "first answer"]);
  assert.match(shown(asked).at(-1) ?? "", /keep the names/);
  // The same beginning as every request of this conversation: prompt caches hold.
  assert.deepEqual([asked?.instructions, asked?.tools], [started.world.requests[0]?.instructions, started.world.requests[0]?.tools]);
  assert.deepEqual(types(itemsOf(started)), ["user", "text", "user", "text", "summary"]);
  const [summary] = summaries(started);
  assert.ok(summary !== undefined && summary.text === "THE SUMMARY" && summary.replaces === 2 && summary.tokens === usage.output);
  assert.equal(findAgent(started.engine.workspace, started.agent)?.status, "idle");

  await say(started, "three");
  assert.deepEqual(shown(started.world.requests[3]), ["THE SUMMARY", "two", "second answer", "three"]);
});

test("a compaction is charged like any request, and the gauge shows what the conversation fills after it", async () => {
  const started = await start({ script: [filling(4000, says(long("a", 2500))), filling(4400, says("b")), filling(4100, says("S"))] });
  await say(started, "one");
  await say(started, "two");
  const before = { ...started.engine.workspace.meters[started.agent] };
  await compact(started);
  const meter = started.engine.workspace.meters[started.agent];
  assert.equal(meter?.requests, 3);
  assert.equal(meter?.inputTokens, (before?.inputTokens ?? 0) + 4100 - usage.output);
  assert.ok((meter?.costMicros ?? 0) > (before?.costMicros ?? 0));
  assert.ok((meter?.contextTokens ?? 0) < 3000, `the gauge says ${meter?.contextTokens}`);
});

test("/compact is refused while the agent works, and where there is nothing older", async () => {
  const never: FakeOptions["script"] = [
    says("answer"),
    async function* () {
      yield { type: "beat" };
      await new Promise(() => {});
    },
  ];
  const started = await start({ script: never });
  const { engine, agent } = started;
  const refusal = async (): Promise<string> => {
    const reply = await runCommand(engine, 1, { type: "session.compact", agent });
    return reply.ok ? "taken" : reply.reason;
  };
  assert.match(await refusal(), /nothing to compact/);
  await say(started, "one");
  assert.match(await refusal(), /nothing to compact/);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "two" });
  assert.match(await refusal(), /interrupt it first/);
  await runCommand(engine, 1, { type: "turn.interrupt", agent });
});

test("near the limit the context is compacted by itself, before the request that would come too near", async () => {
  const started = await start({
    script: [filling(limit - 3000, says(long("a", 10_000))), filling(limit + 10, says(long("b", 2000))), says("S"), says("c"), says("d")],
  });
  await say(started, "one");
  await say(started, "two");
  assert.equal(started.world.requests.length, 2, "below the limit nothing is compacted");
  await say(started, "three");
  assert.ok(isSummaryRequest(started.world.requests[2]));
  assert.deepEqual(shown(started.world.requests[3]), ["S", "two", "b", "three"]);
  assert.deepEqual(types(itemsOf(started)), ["user", "text", "user", "text", "user", "summary", "text"]);
  await say(started, "four");
  assert.equal(started.world.requests.length, 5, "once compacted it is not compacted again");
  assert.deepEqual(shown(started.world.requests[4]), ["S", "two", "b", "three", "c", "four"]);
});

test("what has not been sent yet counts too: a message that does not fit beside the rest is counted and makes room first", async () => {
  let counted = 0;
  const started = await start({ script: [says("word ".repeat(4000)), filling(9000, says("b")), says("S"), says("c")] });
  const { tokens } = started.world.ports;
  const count = async (text: string): Promise<number> => {
    counted += 1;
    return Math.ceil(text.length / 4);
  };
  Object.assign(tokens, { count });
  await say(started, "one");
  await say(started, "two");
  assert.equal(counted, 0, "far from the limit nothing is counted");
  await say(started, "word ".repeat(6000));
  assert.ok(counted > 0);
  assert.ok(isSummaryRequest(started.world.requests[2]));
});

test("a turn that outgrows the window by itself is compacted between its steps, no call without its result, and goes on to its end", async () => {
  let step = 0;
  const work = async function* (request: ModelRequest): AsyncGenerator<ModelEvent> {
    if (isSummaryRequest(request)) return yield* says(`summary of ${request.items.length} items`);
    step += 1;
    if (step > 20) return yield* says("done");
    const size = Math.ceil(JSON.stringify(request.items.map((item) => ("text" in item ? item.text : ""))).length / 4) + 900;
    yield* filling(size, calls(`step ${step}`, "same-id"));
  };
  const started = await start({
    script: Array.from({ length: 60 }, () => work),
    exec: async () => ({ outcome: "ok", exitCode: 0, output: "word ".repeat(1600), durationMs: 1 }),
  });
  await say(started, "the task");
  const compactions = started.world.requests.filter(isSummaryRequest).length;
  assert.ok(compactions >= 2, `${compactions} compactions`);
  assert.equal(started.world.execs.length, 20);
  assert.equal(findAgent(started.engine.workspace, started.agent)?.status, "idle");
  for (const request of started.world.requests) {
    const results = pairResults(request.items);
    for (const item of request.items) if (item.type === "call") assert.ok(results.has(item), "a call was parted from its result");
    const answered = new Set(results.values());
    for (const item of request.items) if (item.type === "result") assert.ok(answered.has(item), "a result was parted from its call");
    assert.ok(shown(request).includes("the task"), "the user's words are always there");
  }
});

test("a provider that says the context is too long is asked again after a compaction, once", async () => {
  const started = await start({ script: [says("a"), tooLong, says("S"), says("c")] });
  await say(started, "one");
  await say(started, "two");
  assert.ok(isSummaryRequest(started.world.requests[2]));
  assert.deepEqual(shown(started.world.requests[3]), ["S", "two"]);
  assert.equal(findAgent(started.engine.workspace, started.agent)?.status, "idle");

  const again = await start({ script: [says("a"), tooLong, says("S"), tooLong, says("never asked")] });
  await say(again, "one");
  await say(again, "two");
  assert.equal(again.world.requests.length, 4);
  assert.equal(findAgent(again.engine.workspace, again.agent)?.status, "failed");
});

test("too long a first message cannot be compacted: the provider's refusal is said", async () => {
  const started = await start({ script: [tooLong] });
  await say(started, "one");
  assert.equal(started.world.requests.length, 1);
  assert.ok(itemsOf(started).some((item) => item.type === "notice" && item.text === "the prompt is too long"));
});

test("a compaction that fails leaves everything as it was and says so", async () => {
  const started = await start({ script: [says("a"), says("b"), failing({ message: "the provider is down" }), says("c")] });
  await say(started, "one");
  await say(started, "two");
  await compact(started);
  const notice = itemsOf(started).at(-1);
  assert.ok(notice?.type === "notice" && notice.kind === "failed" && /as it was.*the provider is down/.test(notice.text));
  await say(started, "three");
  assert.deepEqual(shown(started.world.requests[3]), ["one", "a", "two", "b", "notice", "three"]);
});

test("by itself, a compaction that fails is said and not tried again in that turn; the turn goes on", async () => {
  const down = failing({ message: "no summary today" });
  const started = await start({ script: [filling(limit, says(long("a", 13_000))), down, filling(limit, calls("ls")), says("b")] });
  await say(started, "one");
  await say(started, "two");
  assert.equal(started.world.requests.filter(isSummaryRequest).length, 1);
  assert.ok(itemsOf(started).some((item) => item.type === "notice" && /not compacted.*no summary today/.test(item.text)));
  assert.equal(findAgent(started.engine.workspace, started.agent)?.status, "idle");
});

test("a model that calls a tool instead of summarising runs nothing and changes nothing", async () => {
  const started = await start({ script: [says("a"), says("b"), calls("rm -rf /")] });
  await say(started, "one");
  await say(started, "two");
  await compact(started);
  assert.equal(started.world.execs.length, 0);
  assert.deepEqual(types(itemsOf(started)), ["user", "text", "user", "text", "notice"]);
});

test("Esc stops a compaction: the turn ends as interrupted and nothing is changed", async () => {
  const started = await start({
    script: [
      says("a"),
      says("b"),
      async function* () {
        yield { type: "text", delta: "half a summ" };
        await new Promise(() => {});
      },
    ],
  });
  const { world, engine, agent } = started;
  await say(started, "one");
  await say(started, "two");
  world.facts.length = 0;
  await runCommand(engine, 1, { type: "session.compact", agent });
  await world.until((fact) => fact.type === "turn.started");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(findAgent(engine.workspace, agent)?.status, "thinking");
  assert.deepEqual(
    engine.runtime(agent)?.stream.parts.map(({ kind, name }) => `${kind} ${name}`),
    ["call compact"],
  );
  await runCommand(engine, 1, { type: "turn.interrupt", agent });
  const ended = await world.until((fact) => fact.type === "turn.ended");
  assert.ok(ended.type === "turn.ended" && ended.outcome === "interrupted");
  assert.deepEqual(types(itemsOf(started)), ["user", "text", "user", "text", "notice"]);
  assert.deepEqual(engine.runtime(agent)?.stream.parts, []);
});

test("a context made for a large model is summarised in several goes by a small one, each within its window", async () => {
  const large = profileOf("large", { contextWindow: 1_000_000, model: "large" });
  const script: FakeOptions["script"] = Array.from({ length: 12 }, (_, n) => filling(3000 * (n + 1), says("word ".repeat(2400))));
  const small = async function* (request: ModelRequest): AsyncGenerator<ModelEvent> {
    yield* isSummaryRequest(request) ? says(`summary ${request.items.length}`) : says("small answer");
  };
  const started = await start({ profiles: [large, ...profiles], script: [...script, ...Array.from({ length: 12 }, () => small)] });
  await runCommand(started.engine, 1, { type: "agent.useProfile", agent: started.agent, profile: "large" });
  for (let n = 0; n < 12; n++) await say(started, `question ${n}`);
  await runCommand(started.engine, 1, { type: "agent.useProfile", agent: started.agent, profile: "fast" });
  await say(started, "and now?");
  const asked = started.world.requests.slice(12);
  const goes = asked.filter(isSummaryRequest);
  assert.ok(goes.length > 1, `${goes.length} goes`);
  for (const request of asked) {
    const chars = textsOf(request).reduce((sum, text) => sum + text.length, 0);
    assert.ok(chars / 4 < limit, `a request of about ${chars / 4} tokens`);
  }
  for (const request of goes.slice(1)) assert.equal(request.items[0]?.type, "summary", "each go builds on the one before");
  assert.equal(summaries(started).length, 1);
  assert.equal(shown(asked.at(-1)).at(-1), "and now?");
});

test("a summary request that is itself too long is halved until it fits", async () => {
  const model = async function* (request: ModelRequest): AsyncGenerator<ModelEvent> {
    const chars = textsOf(request).reduce((sum, text) => sum + text.length, 0);
    yield* chars > 30_000 ? tooLong : says(isSummaryRequest(request) ? "S" : "word ".repeat(1000));
  };
  const unknown = profileOf("fast", { contextWindow: null });
  const started = await start({ profiles: [unknown], script: Array.from({ length: 40 }, () => model) });
  for (let n = 0; n < 8; n++) await say(started, `question ${n} ${"word ".repeat(500)}`);
  assert.equal(findAgent(started.engine.workspace, started.agent)?.status, "idle");
  assert.ok(summaries(started).length >= 1);
});

test("a spent budget refuses the compaction too", async () => {
  const poor = [profileOf("fast", { maxBudgetMicros: 250 })];
  const started = await start({ profiles: poor, script: [says("a"), says("b"), says("never asked")] });
  await say(started, "one");
  await say(started, "two");
  await compact(started);
  assert.equal(started.world.requests.length, 2);
  assert.ok(itemsOf(started).some((item) => item.type === "notice" && /budget/.test(item.text)));
});

test("what is sent during a compaction waits for its end", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const started = await start({
    script: [
      says("a"),
      says("b"),
      async function* () {
        await promise;
        yield* says("S");
      },
      says("c"),
    ],
  });
  const { world, engine, agent } = started;
  await say(started, "one");
  await say(started, "two");
  world.facts.length = 0;
  await runCommand(engine, 1, { type: "session.compact", agent });
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "three" });
  resolve();
  await world.until((fact) => fact.type === "item.added" && fact.item.type === "text" && fact.item.text === "c");
  assert.deepEqual(shown(world.requests[3]), ["S", "two", "b", "three"]);
});

test("undo goes back to before a compaction that stands in the answer, and the whole conversation is shown again", async () => {
  const started = await start({ script: [filling(limit, says(long("a", 13_000))), says("S"), says("b"), says("c")] });
  await say(started, "one");
  await say(started, "two");
  assert.equal(summaries(started).length, 1);
  await runCommand(started.engine, 1, { type: "session.undo", agent: started.agent });
  const roomy = profileOf("fast", { contextWindow: 1_000_000 });
  Object.assign(started.world.ports.profiles, { resolve: () => ({ ok: true, profile: roomy }) });
  await runCommand(started.engine, 1, { type: "agent.useProfile", agent: started.agent, profile: "fast" });
  await say(started, "three");
  assert.deepEqual(shown(started.world.requests.at(-1)), ["one", "a", "three"]);
});

test("after a restart the conversation goes on from its summary", async () => {
  const first = await start({ script: [says("a"), says("b"), says("S")] });
  await say(first, "one");
  await say(first, "two");
  await compact(first);
  await first.engine.close();
  const world = fakeWorld({ profiles, disk: first.world.disk, script: [says("c")] });
  const engine = await world.engine();
  await say({ world, engine, agent: first.agent }, "three");
  assert.deepEqual(shown(world.requests[0]), ["S", "two", "b", "three"]);
  const { items } = await engine.items(first.agent, undefined, 100);
  assert.deepEqual(types(items), ["user", "text", "user", "text", "summary", "user", "text"]);
});
