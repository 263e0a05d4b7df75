// What the wires send: limits, reasoning, caches, and the rules of each API for what is sent back.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { z } from "zod";
import type { Effort } from "../../src/domain/stream.ts";
import { createDoor } from "../../src/net/door.ts";
import { chatBody } from "../../src/wire/chat-body.ts";
import { messagesBody } from "../../src/wire/messages-body.ts";
import { responsesBody } from "../../src/wire/responses.ts";
import type { Message, WireRequest } from "../../src/wire/wire.ts";
import { refuse } from "../support/model-checks.ts";
import { call, startModelServer } from "../support/model-server.ts";
import { ask, finished, requestTo, textOf, user, wireNames, wires } from "./ask.ts";

const request = (more: Partial<WireRequest>): WireRequest => requestTo("https://api.example.com", more);
const record = (value: unknown) => z.record(z.string(), z.unknown()).parse(value);
const anthropic = (more: Partial<WireRequest>) => {
  const body = record(JSON.parse(JSON.stringify(messagesBody(request(more)))));
  assert.equal(refuse("messages", body), null);
  return body;
};
const openai = (more: Partial<WireRequest>) => {
  const body = record(JSON.parse(JSON.stringify(responsesBody(request(more)))));
  assert.equal(refuse("responses", body), null);
  return body;
};

const foreignLoop: Message[] = [
  user("a"),
  { type: "call", callId: "c1", name: "exec", arguments: "{}" },
  { type: "result", callId: "c1", text: "x", isError: false, images: [] },
];
const ownLoop: Message[] = [
  user("a"),
  { type: "thought", text: "hm", seal: JSON.stringify({ type: "thinking", thinking: "hm", signature: "S" }) },
  ...foreignLoop.slice(1),
];

test("messages: effort is adaptive thinking where the model knows it, a sane budget elsewhere, nothing where nothing was said", () => {
  const thinking = (model: string, effort?: Effort, maxTokens = 32_000) =>
    anthropic({ model, reasoning: "effort", maxTokens, ...(effort === undefined ? {} : { effort }) });
  for (const model of [
    "claude-opus-4-6",
    "claude-sonnet-4-6",
    "claude-opus-4.8",
    "anthropic/claude-opus-4-7",
    "claude-fable-5",
    "claude-haiku-5",
  ]) {
    const body = thinking(model, "high");
    assert.deepEqual([record(body["thinking"])["type"], body["output_config"]], ["adaptive", { effort: "high" }], model);
  }
  for (const model of [
    "claude-haiku-4-5",
    "claude-opus-4-1-20250805",
    "claude-sonnet-4-20250514",
    "claude-3-7-sonnet-latest",
    "MiniMax-M2.7",
  ]) {
    const body = thinking(model, "high");
    assert.deepEqual([body["thinking"], body["output_config"]], [{ type: "enabled", budget_tokens: 20_000 }, undefined], model);
  }
  assert.deepEqual(thinking("claude-haiku-4-5", "max", 4000)["thinking"], { type: "enabled", budget_tokens: 2976 });
  assert.equal(thinking("claude-haiku-4-5", "max", 1500)["thinking"], undefined, "no room to think");
  assert.equal(thinking("claude-haiku-4-5", "none")["thinking"], undefined);
  assert.equal(thinking("claude-opus-4-8")["thinking"], undefined);
  assert.deepEqual(thinking("claude-opus-4-8", "minimal")["output_config"], { effort: "low" });
});

test("messages: a turn that another model began goes on without a thinking budget; one of our own goes on with it", () => {
  const more = { model: "claude-haiku-4-5", reasoning: "effort", effort: "high", maxTokens: 32_000 } as const;
  assert.equal(anthropic({ ...more, messages: foreignLoop })["thinking"], undefined);
  assert.notEqual(anthropic({ ...more, messages: ownLoop })["thinking"], undefined);
  assert.notEqual(anthropic({ ...more, messages: [...foreignLoop, { type: "text", text: "done" }, user("next")] })["thinking"], undefined);
});

test("messages: temperature goes only without thinking, and never above 1", () => {
  assert.equal(anthropic({ temperature: 1.5 })["temperature"], 1);
  assert.equal(anthropic({ temperature: 0.2, model: "claude-opus-4-8", reasoning: "effort", effort: "low" })["temperature"], undefined);
});

test("messages: max_tokens is always there, within the provider's cap", () => {
  assert.equal(anthropic({})["max_tokens"], 8192);
  assert.equal(anthropic({ maxTokens: 20_000, quirks: { maxTokensCap: 4096 } })["max_tokens"], 4096);
});

test("messages: the instructions and the last block are marked for the cache", () => {
  const body = JSON.stringify(anthropic({ messages: ownLoop }));
  assert.equal(body.match(/"cache_control"/g)?.length, 2);
  assert.match(body, /"tool_result".*"cache_control"/);
});

test("messages: whatever comes first or last, roles begin and end with the user's", () => {
  const text: Message = { type: "text", text: "half" };
  for (const messages of [[text], [user("a"), text], [text, user("b")], [user("  "), user("b")], []] as Message[][])
    anthropic({ messages });
});

test("messages: results of parallel calls stand in one message, before the user's words", () => {
  const calls: Message[] = ["a", "b"].map((callId) => ({ type: "call", callId, name: "exec", arguments: "{}" }));
  const results: Message[] = ["a", "b"].map((callId) => ({ type: "result", callId, text: "x", isError: callId === "b", images: [] }));
  const body = anthropic({ messages: [user("q"), ...calls, ...results, user("and?")] });
  const roles = z.array(z.object({ role: z.string(), content: z.array(z.looseObject({ type: z.string() })) })).parse(body["messages"]);
  assert.deepEqual(
    roles.map((m) => m.content.map((b) => b.type).join("+")),
    ["text", "tool_use+tool_use", "tool_result+tool_result+text"],
  );
});

test("responses: nothing is stored, reasoning is asked for sealed, unless a quirk or the effort says otherwise", () => {
  const full = openai({ reasoning: "effort", effort: "high", maxTokens: 9000 });
  assert.deepEqual(
    [full["store"], full["include"], full["reasoning"], full["max_output_tokens"], full["prompt_cache_key"]],
    [false, ["reasoning.encrypted_content"], { effort: "high", summary: "auto" }, 9000, "session-1"],
  );
  assert.deepEqual(openai({ reasoning: "effort", effort: "none" })["reasoning"], { effort: "none" });
  assert.equal(openai({ reasoning: "effort", effort: "none" })["include"], undefined);
  const quirky = openai({ reasoning: "effort", effort: "low", quirks: { noEncryptedReasoning: true } });
  assert.deepEqual([quirky["include"], quirky["reasoning"]], [undefined, { effort: "low", summary: "auto" }]);
  const plain = openai({ reasoning: "none", tools: [] });
  for (const field of ["include", "reasoning", "tools", "tool_choice", "parallel_tool_calls"]) assert.ok(!(field in plain), field);
});

test("responses: a whole reasoning item goes back without what the API refuses in input", () => {
  const seal = JSON.stringify({
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text: "hm" }],
    encrypted_content: "E",
    status: "completed",
  });
  const body = openai({
    messages: [user("a"), { type: "thought", text: "hm", seal }, { type: "text", text: "b", seal: '{"phase":"commentary"}' }, user("c")],
  });
  const input = JSON.stringify(body["input"]);
  assert.match(input, /"encrypted_content":"E"/);
  assert.match(input, /"phase":"commentary"/);
  assert.doesNotMatch(input, /status/);
  assert.doesNotMatch(
    JSON.stringify(openai({ messages: [user("a"), { type: "thought", text: "hm", seal: "nonsense" }, user("b")] })),
    /reasoning/,
  );
});

for (const name of wireNames) {
  test(`${name}: a turn begun elsewhere is taken in its middle`, async () => {
    await using server = await startModelServer(call("exec", { language: "shell", code: "ls" }));
    const heard = await ask(
      wires[name],
      requestTo(server.baseUrl, {
        messages: foreignLoop,
        reasoning: "effort",
        effort: "high",
        maxTokens: 32_000,
        quirks: { sendsReasoningBack: true },
      }),
    );
    assert.equal(finished(heard).stop, "calls");
  });

  test(`${name}: a connection serves the next request too`, async () => {
    await using model = await startModelServer({ steps: [{ type: "text", text: "hi" }] });
    // A proxy that counts connections.
    const proxy = createServer(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
      const answer = await fetch(model.url + (incoming.url ?? ""), { method: "POST", body: Buffer.concat(chunks) });
      outgoing.writeHead(answer.status, { "content-type": "text/event-stream" });
      outgoing.write(await answer.text());
      // The end comes apart from the last event, as it does from real servers.
      setImmediate(() => outgoing.end());
    });
    let connections = 0;
    proxy.on("connection", () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address = proxy.address();
    assert.ok(typeof address === "object" && address !== null);
    const door = createDoor();
    const passage = { origin: `http://127.0.0.1:${address.port}`, auth: null, headers: {}, isOffline: true };
    try {
      for (let n = 0; n < 6; n++)
        assert.equal(
          textOf(await ask(wires[name], requestTo(`http://127.0.0.1:${address.port}/v1`), undefined, door.fetchFor(passage))),
          "hi",
        );
      // One, where nothing is slow; without reading to the end it would be six.
      assert.ok(connections < 6, `${connections} connections`);
    } finally {
      door.close();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });
}

const closed = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };

test("a schema for the answer goes over each wire: strictly where it is closed, not at all to others' Messages APIs", () => {
  const open = { type: "object", properties: { a: { type: "string", minLength: 2 } } };
  assert.deepEqual(openai({ outputSchema: closed })["text"], {
    format: { type: "json_schema", name: "answer", schema: closed, strict: true },
  });
  assert.deepEqual(openai({ outputSchema: open })["text"], {
    format: { type: "json_schema", name: "answer", schema: open, strict: false },
  });
  // These APIs take none but an object at the root, with its properties named; the words of the message and the check here hold for all.
  for (const schema of [{ type: "array", items: { type: "string" } }, { type: "string" }, { anyOf: [closed, { type: "null" }] }, {}]) {
    assert.equal(openai({ outputSchema: schema })["text"], undefined, JSON.stringify(schema));
    assert.equal(record(JSON.parse(JSON.stringify(chatBody(request({ outputSchema: schema })))))["response_format"], undefined);
  }
  assert.deepEqual(openai({ outputSchema: { type: "object" } })["text"], {
    format: { type: "json_schema", name: "answer", schema: { type: "object", properties: {} }, strict: false },
  });
  assert.deepEqual(record(JSON.parse(JSON.stringify(chatBody(request({ outputSchema: closed })))))["response_format"], {
    type: "json_schema",
    json_schema: { name: "answer", schema: closed, strict: true },
  });
  const own = { baseUrl: "https://api.anthropic.com", model: "claude-opus-4-7" };
  assert.deepEqual(anthropic({ ...own, outputSchema: closed })["output_config"], { format: { type: "json_schema", schema: closed } });
  assert.equal(anthropic({ ...own, outputSchema: open })["output_config"], undefined);
  assert.equal(anthropic({ ...own, baseUrl: "https://api.example.com", outputSchema: closed })["output_config"], undefined);
});
