// Replies that arrive damaged: what was lost or came twice is noticed, and no call of such a reply would run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOneStream } from "../support/stream-check.ts";
import { faultNames, fetchOf } from "../support/stream-faults.ts";
import { ask, failure, finished, requestTo, wireNames, wires } from "./ask.ts";

const encoder = new TextEncoder();
const event = (data: object): string => `${"type" in data ? `event: ${data.type}\n` : ""}data: ${JSON.stringify(data)}\n\n`;

function read(api: (typeof wireNames)[number], ...events: readonly object[]) {
  const pieces = events.map((each) => encoder.encode(event(each)));
  return ask(wires[api], requestTo("http://127.0.0.1:9/v1"), undefined, fetchOf({ pieces, isBroken: false }));
}

for (const api of wireNames) {
  test(`${api}: each kind of damage, in ten streams each, ends as it must`, async () => {
    const request = requestTo("http://127.0.0.1:9/v1");
    const ends = new Set<string>();
    for (let n = 0; n < faultNames.length * 10; n++) ends.add(await checkOneStream(api, wires[api], request, 1, n));
    assert.deepEqual([...ends].sort(), ["done", "failed"]);
  });
}

// Responses -------------------------------------------------------------------------------------------------------------

const item = { type: "function_call", id: "fc_1", call_id: "call_1", name: "exec", arguments: "{}" };
const added = { type: "response.output_item.added", output_index: 0, item: { ...item, arguments: "" } };
const ended = { type: "response.output_item.done", output_index: 0, item };
const completed = (response: object = {}) => ({ type: "response.completed", response });

test("responses: an item that comes twice is one call", async () => {
  const { outputs } = finished(await read("responses", added, ended, ended, completed()));
  assert.deepEqual(
    outputs.map((output) => output.type),
    ["call"],
  );
});

test("responses: two calls at one place, or without any, are two calls", async () => {
  const second = { ...item, id: "fc_2", call_id: "call_2" };
  const places = [
    [ended, { ...ended, item: second }],
    [ended, ended].map((one) => ({ type: one.type, item: { ...item, id: undefined, call_id: undefined } })),
  ];
  for (const events of places) assert.equal(finished(await read("responses", ...events, completed())).outputs.length, 2);
});

test("responses: a server that tells neither place nor id, or another id at the end, is understood", async () => {
  const bare = { ...item, id: undefined, call_id: undefined };
  const nameless = [
    { type: "response.output_item.added", item: bare },
    { type: "response.output_item.done", item: bare },
  ];
  const renamed = [added, { ...ended, item: { ...item, id: "fc_other" } }];
  const onlyIds = [
    { type: "response.output_item.added", item },
    { type: "response.output_item.done", item: { ...item, id: "fc_other" } },
  ];
  for (const events of [nameless, renamed, onlyIds])
    assert.equal(finished(await read("responses", ...events, completed())).outputs.length, 1);
});

test("responses: a call that was begun and never ended fails the reply, unless the last event lists it whole", async () => {
  assert.match(failure(await read("responses", added, completed())).message, /a part that it began never ended/);
  const listed = finished(await read("responses", added, completed({ output: [item] })));
  assert.deepEqual(listed.outputs, [{ type: "call", callId: "call_1", name: "exec", arguments: "{}" }]);
});

test("responses: a reply cut at the limit keeps the words that came, and no call that was cut", async () => {
  const begun = { type: "response.output_item.added", output_index: 1, item: { type: "message", id: "m" } };
  const delta = { type: "response.output_text.delta", output_index: 1, item_id: "m", delta: "so far" };
  const cut = { type: "response.output_item.done", output_index: 0, item: { ...item, status: "incomplete" } };
  const end = finished(await read("responses", added, cut, begun, delta, { type: "response.incomplete" }));
  assert.deepEqual(end.outputs, [{ type: "text", text: "so far" }]);
  assert.equal(end.stop, "length");
});

// Messages --------------------------------------------------------------------------------------------------------------

const start = (index: number, block: object) => ({ type: "content_block_start", index, content_block: block });
const grow = (index: number, delta: object) => ({ type: "content_block_delta", index, delta });
const end = (index: number) => ({ type: "content_block_stop", index });
const stop = (reason: string | null) => ({ type: "message_delta", delta: { stop_reason: reason } });
const last = { type: "message_stop" };
const use = { type: "tool_use", id: "t1", name: "exec", input: {} };
const json = (text: string) => ({ type: "input_json_delta", partial_json: text });

test("messages: a call that was begun and never ended fails the reply, unless its arguments are whole", async () => {
  assert.match(failure(await read("messages", start(0, use), stop("tool_use"), last)).message, /began a tool call and never ended it/);
  assert.match(failure(await read("messages", start(0, use), start(0, use), end(0), last)).message, /never ended it/);
  const whole = finished(await read("messages", start(0, use), grow(0, json('{"code":"ls"}')), stop("tool_use"), last));
  assert.deepEqual(whole.outputs, [{ type: "call", callId: "t1", name: "exec", arguments: '{"code":"ls"}' }]);
});

test("messages: a piece of a call that was not begun, or has ended, fails the reply", async () => {
  for (const before of [[], [start(0, use), end(0)]]) {
    assert.match(failure(await read("messages", ...before, grow(0, json("{}")), last)).message, /had not begun/);
  }
});

test("messages: a seal stays with its own reasoning where the server forgets to end it", async () => {
  const thinking = [start(0, { type: "thinking", thinking: "hm" }), grow(0, { type: "signature_delta", signature: "SIG" })];
  const { outputs } = finished(
    await read("messages", ...thinking, start(1, { type: "text", text: "yes" }), end(0), end(1), stop("end_turn"), last),
  );
  assert.deepEqual(outputs, [
    { type: "thought", text: "hm", seal: '{"type":"thinking","thinking":"hm","signature":"SIG"}' },
    { type: "text", text: "yes" },
  ]);
});

test("messages: an end without a word or a reason is no answer", async () => {
  assert.match(failure(await read("messages", { type: "message_start" }, last)).message, /without an answer/);
  assert.deepEqual(finished(await read("messages", stop("end_turn"), last)).outputs, []);
});

// All -------------------------------------------------------------------------------------------------------------------

const promised = {
  chat: [{ choices: [{ delta: { content: "I will." }, finish_reason: "tool_calls" }] }],
  messages: [start(0, { type: "text", text: "I will." }), end(0), stop("tool_use"), last],
};
for (const api of ["chat", "messages"] as const) {
  test(`${api}: a call that is announced and does not come fails the reply`, async () => {
    assert.match(failure(await read(api, ...promised[api])).message, /said that it calls a tool, and sent no call/);
  });
}

const counted = (n: unknown): Readonly<Record<(typeof wireNames)[number], object[]>> => ({
  responses: [completed({ usage: { input_tokens: n, output_tokens: n } })],
  chat: [{ choices: [{ delta: { content: "a" }, finish_reason: "stop" }], usage: { prompt_tokens: n, completion_tokens: n } }],
  messages: [start(0, { type: "text", text: "a" }), end(0), { ...stop("end_turn"), usage: { input_tokens: n, output_tokens: n } }, last],
});
for (const api of wireNames) {
  test(`${api}: no reply fails for a bill that makes no sense`, async () => {
    for (const n of [-1, 1e308, 0.4, "12", {}, null, []]) {
      const { usage } = finished(await read(api, ...counted(n)[api]));
      for (const count of [usage.input, usage.output])
        assert.ok(Number.isSafeInteger(count) && count >= 0, `${JSON.stringify(n)}: ${count}`);
    }
  });

  test(`${api}: a reply without an end is given up, and what it made us keep is bounded`, async () => {
    const text = "x".repeat(1024 * 1024);
    const endless = {
      responses: { type: "response.output_text.delta", output_index: 0, delta: text },
      chat: { choices: [{ delta: { content: text } }] },
      messages: { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: text } },
    };
    const opening = api === "messages" ? [event(start(0, { type: "thinking" }))] : [];
    const piece = encoder.encode(event(endless[api]));
    let given = 0;
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const each of opening) controller.enqueue(encoder.encode(each));
      },
      pull(controller) {
        given += 1;
        controller.enqueue(piece);
      },
      cancel() {
        isCancelled = true;
      },
    });
    const fetch: typeof globalThis.fetch = async () => new Response(body, { headers: { "content-type": "text/event-stream" } });
    const failed = failure(await ask(wires[api], requestTo("http://127.0.0.1:9/v1"), undefined, fetch));
    assert.match(failed.message, /longer than 64 MB/);
    assert.ok(given < 80 && isCancelled, `${given} MB were read`);
  });
}
