// What servers of the Chat Completions API do otherwise than OpenAI's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { type Step, startModelServer } from "../support/model-server.ts";
import { ask, failure, finished, requestTo, user, wires } from "./ask.ts";

const chunk = (delta: object, finish: string | null = null, more: object = {}): Step => ({
  type: "raw",
  frame: `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`,
});
const raw = (frame: string): Step => ({ type: "raw", frame });

/** Only what is given: the scripted end is cut off by ending the body before it. */
async function heard(steps: readonly Step[], more = {}) {
  await using server = await startModelServer({ steps, fault: { type: "end", after: steps.length + 1 } });
  return await ask(wires.chat, requestTo(server.baseUrl, more));
}
const calls = async (steps: readonly Step[]) => finished(await heard(steps)).outputs.filter((o) => o.type === "call");
const tool = (call: object): Step => chunk({ tool_calls: [call] });

test("a finish reason ends a reply, with or without [DONE]", async () => {
  assert.equal(finished(await heard([chunk({ content: "a" }), chunk({}, "stop")])).stop, "end");
  assert.equal(finished(await heard([chunk({ content: "a" }), raw("data: [DONE]\n\n")])).stop, "end");
  assert.equal(failure(await heard([chunk({ content: "a" })])).kind, "protocol");
  assert.equal(failure(await heard([raw("data: [DONE]\n\n")])).kind, "protocol");
});

test("a missing index continues the last call; a new id begins another", async () => {
  const made = await calls([
    tool({ id: "a", function: { name: "exec", arguments: '{"x"' } }),
    tool({ function: { arguments: ":1}" } }),
    tool({ id: "b", function: { name: "read", arguments: "{}" } }),
    chunk({}, "tool_calls"),
  ]);
  assert.deepEqual(
    made.map((c) => [c.callId, c.name, c.arguments]),
    [
      ["a", "exec", '{"x":1}'],
      ["b", "read", "{}"],
    ],
  );
});

test("calls that all bear index 0 are told apart by their ids", async () => {
  const made = await calls([
    tool({ index: 0, id: "a", function: { name: "exec", arguments: "{}" } }),
    tool({ index: 0, id: "b", function: { name: "exec", arguments: "{}" } }),
    chunk({}, "stop"),
  ]);
  assert.deepEqual(
    made.map((c) => c.callId),
    ["a", "b"],
  );
});

test("interleaved pieces go to the call of their index", async () => {
  const made = await calls([
    tool({ index: 0, id: "a", function: { name: "exec", arguments: "1" } }),
    tool({ index: 1, id: "b", function: { name: "exec", arguments: "2" } }),
    tool({ index: 0, function: { arguments: "1" } }),
    tool({ index: 1, id: "b", function: { name: "exec", arguments: "2" } }),
    chunk({}, "tool_calls"),
  ]);
  assert.deepEqual(
    made.map((c) => c.arguments),
    ["11", "22"],
  );
});

test("a missing id is made up, the same each time for the same place", async () => {
  const steps = [
    tool({ function: { name: "exec", arguments: { code: "ls" } } }),
    tool({ function: { name: "exec", arguments: "{}" } }),
    chunk({}, "stop"),
  ];
  const first = await calls(steps);
  assert.deepEqual(first, await calls(steps));
  assert.equal(new Set(first.map((c) => c.callId)).size, 2);
  assert.equal(first[0]?.arguments, '{"code":"ls"}');
  assert.equal(finished(await heard(steps)).stop, "calls");
});

test("an id that comes late replaces the made-up one", async () => {
  const made = await calls([
    tool({ index: 0, function: { name: "exec" } }),
    tool({ index: 0, id: "late", function: { arguments: "{}" } }),
    chunk({}, "stop"),
  ]);
  assert.deepEqual(
    made.map((c) => c.callId),
    ["late"],
  );
});

test("content in parts, thinking parts, reasoning under either name", async () => {
  const { outputs } = finished(
    await heard([
      chunk({ reasoning: "r1 " }),
      chunk({ reasoning_content: "r2 " }),
      chunk({
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "r3" }] },
          { type: "text", text: "a" },
        ],
      }),
      chunk({ content: { type: "text", text: "b" } }),
      chunk({ content: null, tool_calls: null }),
      chunk({}, "stop"),
    ]),
  );
  assert.deepEqual(outputs, [
    { type: "thought", text: "r1 r2 r3" },
    { type: "text", text: "ab" },
  ]);
});

test("reasoning details are sealed and go back as they came; so do thought signatures of calls", async () => {
  const details = [{ type: "reasoning.text", text: "hm", signature: "S" }];
  const heardOnce = finished(
    await heard([
      chunk({ reasoning: "hm", reasoning_details: details }),
      tool({ index: 0, id: "a", function: { name: "exec", arguments: "{}" }, extra_content: { google: { thought_signature: "G" } } }),
      chunk({}, "tool_calls"),
    ]),
  );
  await using server = await startModelServer({ steps: [{ type: "text", text: "ok" }] });
  finished(
    await ask(
      wires.chat,
      requestTo(server.baseUrl, {
        messages: [user("hi"), ...heardOnce.outputs, { type: "result", callId: "a", text: "done", isError: false, images: [] }],
      }),
    ),
  );
  const body = JSON.stringify(server.requests[0]?.body);
  assert.ok(body.includes(JSON.stringify({ reasoning_details: details }).slice(1, -1)));
  assert.ok(body.includes('"extra_content":{"google":{"thought_signature":"G"}}'));
});

test("usage in every chunk is cumulative; reasoning counted apart is added to the output", async () => {
  const usage = (n: number) => ({
    usage: {
      prompt_tokens: 100,
      completion_tokens: n,
      total_tokens: 100 + n + 30,
      completion_tokens_details: { reasoning_tokens: 30 },
      prompt_cache_hit_tokens: 80,
    },
  });
  const end = finished(await heard([chunk({ content: "a" }, null, usage(1)), chunk({ content: "b" }, "stop", usage(2))]));
  assert.deepEqual(end.usage, { input: 20, cacheRead: 80, cacheWrite: 0, output: 32, reasoning: 30, isEstimated: false });
});

test("an error chunk fails the stream with its own words", async () => {
  const why = failure(
    await heard([
      chunk({ content: "a" }),
      raw('data: {"error":{"code":502,"message":"Provider died"},"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}\n\n'),
    ]),
  );
  assert.deepEqual([why.kind, why.status, why.isRetryable], ["server", 502, true]);
  assert.match(why.message, /Provider died/);
});

test("quirks shape the request", async () => {
  await using server = await startModelServer({ steps: [{ type: "text", text: "ok" }] });
  const body = async (more: object): Promise<Record<string, unknown>> => {
    finished(await ask(wires.chat, requestTo(server.baseUrl, more)));
    return z.record(z.string(), z.unknown()).parse(server.requests.at(-1)?.body);
  };
  const plain = await body({ maxTokens: 5000, reasoning: "effort", effort: "high" });
  assert.deepEqual(
    [plain["max_tokens"], plain["reasoning_effort"], plain["stream_options"], plain["parallel_tool_calls"]],
    [5000, "high", { include_usage: true }, true],
  );
  const odd = await body({
    maxTokens: 5000,
    reasoning: "effort",
    effort: "high",
    tools: [],
    quirks: {
      noStreamOptions: true,
      maxTokensField: "max_completion_tokens",
      maxTokensCap: 1024,
      dropFields: ["reasoning_effort"],
      instructionsRole: "developer",
    },
  });
  assert.deepEqual(Object.keys(odd).sort(), ["max_completion_tokens", "messages", "model", "stream"]);
  assert.equal(odd["max_completion_tokens"], 1024);
  assert.match(JSON.stringify(odd["messages"]), /"role":"developer"/);
  const back = await body({
    quirks: { sendsReasoningBack: true },
    messages: [
      user("a"),
      { type: "thought", text: "hm" },
      { type: "call", callId: "c", name: "exec", arguments: "{}" },
      { type: "result", callId: "c", text: "x", isError: false, images: [] },
    ],
  });
  assert.match(JSON.stringify(back["messages"]), /"reasoning_content":"hm"/);
  assert.deepEqual((await body({ reasoning: "thinking_toggle", effort: "none" }))["thinking"], { type: "disabled" });
});
