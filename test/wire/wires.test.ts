// All three wires against the fault-capable server: what is streamed, what is sent, how streams end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, fail, type Reply, say, startModelServer } from "../support/model-server.ts";
import { ask, failure, finished, requestTo, textOf, user, wireNames, wires } from "./ask.ts";

const rich: Reply = {
  steps: [
    { type: "thought", text: "let me see", seal: "SEALED" },
    { type: "text", text: "I will look." },
    { type: "call", name: "exec", arguments: { language: "shell", code: "uname" }, id: "call_a" },
    { type: "call", name: "exec", arguments: { language: "python", code: "1+1" }, id: "call_b" },
  ],
  usage: { input: 1000, cacheRead: 600, cacheWrite: 100, output: 50, reasoning: 20 },
};

for (const name of wireNames) {
  const wire = wires[name];

  test(`${name}: a reply comes as deltas and again whole, in order, calls only at the end`, async () => {
    await using server = await startModelServer(rich);
    const heard = await ask(wire, requestTo(server.baseUrl));
    assert.equal(textOf(heard), "I will look.");
    assert.equal(heard.events.map((e) => (e.type === "thought" ? e.delta : "")).join(""), "let me see");
    const end = finished(heard);
    assert.equal(end.stop, "calls");
    assert.deepEqual(
      end.outputs.map((o) => o.type),
      ["thought", "text", "call", "call"],
    );
    const [thought, , first, second] = end.outputs;
    assert.ok(thought?.type === "thought" && thought.text === "let me see" && thought.seal?.includes("SEALED"));
    assert.deepEqual(first, { type: "call", callId: "call_a", name: "exec", arguments: '{"language":"shell","code":"uname"}' });
    assert.ok(second?.type === "call" && second.callId === "call_b");
    const shown = heard.events.filter((e) => e.type === "call");
    assert.equal(
      shown
        .filter((e) => e.index === 0)
        .map((e) => e.delta)
        .join(""),
      '{"language":"shell","code":"uname"}',
    );
    assert.equal(shown.find((e) => e.index === 1)?.name, "exec");
  });

  test(`${name}: usage counts cached input apart and nothing twice`, async () => {
    await using server = await startModelServer(rich);
    const { usage } = finished(await ask(wire, requestTo(server.baseUrl)));
    assert.deepEqual(
      { ...usage, reasoning: 0 },
      { input: 300, cacheRead: 600, cacheWrite: 100, output: 50, reasoning: 0, isEstimated: false },
    );
  });

  test(`${name}: usage that nobody reported is estimated and says so`, async () => {
    await using server = await startModelServer({ ...say("x".repeat(400)), usage: null });
    const { usage } = finished(await ask(wire, requestTo(server.baseUrl, { messages: [user("y".repeat(4000))] })));
    assert.equal(usage.isEstimated, true);
    assert.equal(usage.output, 100);
    assert.ok(usage.input >= 1000);
  });

  test(`${name}: only content-type, accept and our own name are sent, whatever the environment says`, async () => {
    await using server = await startModelServer(say("ok"));
    finished(await ask(wire, requestTo(server.baseUrl)));
    const headers = server.requests[0]?.headers ?? {};
    assert.equal(headers.authorization, undefined);
    assert.equal(headers["x-api-key"], undefined);
    assert.equal(headers["user-agent"], "interpane");
    assert.deepEqual(
      Object.keys(headers).filter((h) => h.startsWith("x-stainless")),
      [],
    );
    assert.deepEqual(
      server.requests.map((r) => [r.api, r.method]),
      [[name, "POST"]],
    );
  });

  test(`${name}: the query of the provider's row is appended`, async () => {
    await using server = await startModelServer(say("ok"));
    finished(await ask(wire, requestTo(server.baseUrl, { query: { "api-version": "2026-01-01" } })));
    assert.match(server.requests[0]?.url ?? "", /\?api-version=2026-01-01$/);
  });

  test(`${name}: arguments that are not JSON are handed on as they are`, async () => {
    await using server = await startModelServer({ steps: [{ type: "call", name: "exec", arguments: '{"code": "ls' }] });
    const [output] = finished(await ask(wire, requestTo(server.baseUrl))).outputs;
    assert.ok(output?.type === "call" && output.arguments === '{"code": "ls');
  });

  test(`${name}: the output limit and a filter are told apart from an end`, async () => {
    await using server = await startModelServer([{ ...say("a"), stop: "length" }, { ...say("b"), stop: "refusal" }, say("c")]);
    const stops = [];
    for (let i = 0; i < 3; i++) stops.push(finished(await ask(wire, requestTo(server.baseUrl))).stop);
    assert.deepEqual(stops, ["length", "refusal", "end"]);
  });

  test(`${name}: bytes that drip in one at a time make the same reply`, async () => {
    const text = "größer 日本語 👩‍👩‍👧 fin";
    await using server = await startModelServer({ ...say(text), fault: { type: "drip", bytes: 1 } });
    assert.equal(textOf(await ask(wire, requestTo(server.baseUrl))), text);
  });

  const broken: readonly (readonly [string, Fault, string, RegExp])[] = [
    ["cut in the middle", { type: "cut", after: 4 }, "network", /cut|failed/],
    ["that ends early, cleanly", { type: "end", after: 4 }, "protocol", /ended before|finish reason/],
    ["that ends with no event at all", { type: "end" }, "protocol", /ended before|finish reason/],
    ["with an event that is not JSON", { type: "malformed", after: 3 }, "protocol", /not JSON/],
    ["with an error inside", { type: "error", after: 3, message: "upstream is gone", code: "server_error" }, "server", /upstream is gone/],
    ["with an overload inside", { type: "error", after: 3, message: "Overloaded", code: "overloaded_error" }, "overloaded", /overloaded/],
  ];
  for (const [what, fault, kind, message] of broken) {
    test(`${name}: a stream ${what} has failed, may be tried again, and made no call`, async () => {
      await using server = await startModelServer(fail(fault));
      const why = failure(await ask(wire, requestTo(server.baseUrl)));
      assert.equal(why.kind, kind, why.message);
      assert.equal(why.isRetryable, true);
      assert.match(why.message, message);
    });
  }

  test(`${name}: half a tool call is no call`, async () => {
    await using server = await startModelServer({
      steps: [{ type: "call", name: "exec", arguments: { code: "rm -rf build" } }],
      fault: { type: "halfCall" },
    });
    assert.equal(failure(await ask(wire, requestTo(server.baseUrl))).kind, "protocol");
  });

  test(`${name}: a signal ends a stalled stream as interrupted`, async () => {
    await using server = await startModelServer(fail({ type: "stall", after: 5 }));
    const stop = new AbortController();
    const events = [];
    for await (const event of wire(requestTo(server.baseUrl), fetch, stop.signal)) {
      events.push(event.type);
      if (event.type === "text") stop.abort();
    }
    assert.equal(events.at(-1), "failed");
    await server.requests[0]?.closed;
  });

  test(`${name}: a signal ends a request that was never answered, and one that never began`, async () => {
    await using server = await startModelServer(() => new Promise(() => {}));
    const stop = new AbortController();
    void server.request(0).then(() => stop.abort());
    assert.equal(failure(await ask(wire, requestTo(server.baseUrl), stop.signal)).kind, "interrupted");
    assert.equal(failure(await ask(wire, requestTo(server.baseUrl), AbortSignal.abort())).kind, "interrupted");
    assert.equal(server.requests.length, 1);
  });

  test(`${name}: whoever stops listening closes the connection`, async () => {
    await using server = await startModelServer(fail({ type: "stall", after: 5 }));
    for await (const event of wire(requestTo(server.baseUrl), fetch, new AbortController().signal)) if (event.type === "text") break;
    await server.requests[0]?.closed;
  });

  test(`${name}: comments feed no timer: they yield nothing`, async () => {
    await using server = await startModelServer({ steps: [], fault: { type: "comments", count: 50 } });
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of wire(requestTo(server.baseUrl), fetch, stop.signal)) seen.push(event.type);
    })();
    await server.request(0);
    // The comments are on their way or here; either way nothing comes of them before the end.
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await reading;
    assert.deepEqual(seen, ["failed"]);
  });

  test(`${name}: events that show nothing are beats`, async () => {
    await using server = await startModelServer(say("hi"));
    const { events } = await ask(wire, requestTo(server.baseUrl));
    assert.ok(events.some((e) => e.type === "beat"));
  });

  test(`${name}: a redirect is refused, and its target never sees the prompt`, async () => {
    await using other = await startModelServer(say("stolen"));
    await using server = await startModelServer(fail({ type: "redirect", location: `${other.baseUrl}/responses` }));
    const why = failure(await ask(wire, requestTo(server.baseUrl)));
    assert.equal(why.kind, "request");
    assert.match(why.message, /redirect/);
    assert.ok(why.message.includes(other.url));
    assert.equal(other.requests.length, 0);
  });

  test(`${name}: nothing listening is said in plain words`, async () => {
    const server = await startModelServer(say("x"));
    await server.close();
    const why = failure(await ask(wire, requestTo(server.baseUrl)));
    assert.equal(why.kind, "network");
    assert.equal(why.isRetryable, true);
    assert.match(why.message, new RegExp(`nothing answers at ${server.url}; is it running\\?`));
  });

  test(`${name}: a page or plain JSON instead of a stream is named`, async () => {
    await using server = await startModelServer([
      { ...say(""), headers: { "content-type": "text/html" } },
      { ...say(""), headers: { "content-type": "application/json" } },
    ]);
    assert.match(failure(await ask(wire, requestTo(server.baseUrl))).message, /a web page instead of a stream; base_url/);
    assert.match(failure(await ask(wire, requestTo(server.baseUrl))).message, /plain JSON instead of a stream/);
  });

  test(`${name}: a refusal says what the provider said, with its status, request id and wish`, async () => {
    await using server = await startModelServer(
      fail({
        type: "status",
        status: 429,
        headers: { "retry-after": "7" },
        body: { error: { type: "rate_limit_error", message: "slow\u001b[31m down\u202e please" } },
      }),
    );
    const why = failure(await ask(wire, requestTo(server.baseUrl)));
    assert.deepEqual(
      { kind: why.kind, status: why.status, retryAfterMs: why.retryAfterMs, requestId: why.requestId, isRetryable: why.isRetryable },
      { kind: "rate", status: 429, retryAfterMs: 7000, requestId: "req_test", isRetryable: true },
    );
    assert.match(why.message, /slow \[31m down please/);
    assert.equal(server.requests.length, 1, "no retry of the SDK's own");
  });

  test(`${name}: a thrown error of the door is passed on`, async () => {
    class DoorError extends Error {
      override readonly name = "DoorError";
      readonly kind = "offline";
    }
    const door: typeof fetch = () => Promise.reject(new DoorError("offline: https://api.example.com is not on this machine"));
    const why = failure(await ask(wire, requestTo("https://api.example.com/v1"), undefined, door));
    assert.deepEqual(why, { kind: "offline", message: "offline: https://api.example.com is not on this machine", isRetryable: false });
  });

  test(`${name}: an idle limit of the door in the middle of the stream fails it as idle`, async () => {
    const door: typeof fetch = () => {
      const error = Object.assign(new Error("https://x.test sent no event for 300 s; send again"), { name: "DoorError", kind: "idle" });
      const body = new ReadableStream({ pull: (c) => c.error(error) });
      return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    };
    const why = failure(await ask(wire, requestTo("https://x.test/v1"), undefined, door));
    assert.deepEqual([why.kind, why.isRetryable], ["idle", true]);
  });
}

test("the environment's headers, base URLs and organisation reach no request", async () => {
  const names = [
    "OPENAI_CUSTOM_HEADERS",
    "ANTHROPIC_CUSTOM_HEADERS",
    "OPENAI_BASE_URL",
    "ANTHROPIC_BASE_URL",
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
    "ANTHROPIC_AUTH_TOKEN",
  ];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = name.includes("URL") ? "http://127.0.0.1:9" : "x-leak: yes";
  try {
    await using server = await startModelServer(say("ok"));
    for (const name of wireNames) {
      finished(await ask(wires[name], requestTo(server.baseUrl)));
      const headers = server.requests.at(-1)?.headers ?? {};
      assert.deepEqual(
        Object.keys(headers).filter((h) => /leak|organization|project|auth/.test(h)),
        [],
      );
    }
  } finally {
    for (const [i, name] of names.entries()) {
      const value = before[i];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test("messages: the path holds one v1, whether the base has it or not", async () => {
  await using server = await startModelServer(say("ok"));
  for (const base of [server.url, `${server.url}/`, server.baseUrl, `${server.baseUrl}/`, `${server.url}/anthropic/v1`])
    finished(await ask(wires.messages, requestTo(base)));
  assert.deepEqual(
    server.requests.map((r) => r.url),
    ["/v1/messages", "/v1/messages", "/v1/messages", "/v1/messages", "/anthropic/v1/messages"],
  );
});
