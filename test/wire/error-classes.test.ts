// What a provider answers when it does not answer, over each wire: what happened, what to do, and the id to ask it about.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FailureKind } from "../../src/domain/stream.ts";
import { fail, startModelServer } from "../support/model-server.ts";
import { ask, failure, requestTo, wireNames, wires } from "./ask.ts";

interface Row {
  readonly status: number;
  readonly error: { readonly type?: string; readonly code?: string; readonly message: string };
  readonly kind: FailureKind;
  readonly isRetryable: boolean;
  /** Whose fault it is and what to do, as the user reads it. */
  readonly says: RegExp;
}

const rows: readonly Row[] = [
  {
    status: 401,
    error: { type: "authentication_error", message: "bad key" },
    kind: "auth",
    isRetryable: false,
    says: /refused the key \(401\).*check this profile's credential/,
  },
  {
    status: 402,
    error: { message: "more credits needed" },
    kind: "quota",
    isRetryable: false,
    says: /no credit or quota left \(402\).*top it up/,
  },
  {
    status: 403,
    error: { type: "permission_error", message: "no access" },
    kind: "auth",
    isRetryable: false,
    says: /refused the key \(403\).*what it may be used for/,
  },
  {
    status: 404,
    error: { type: "not_found_error", message: "no such model" },
    kind: "missing",
    isRetryable: false,
    says: /does not know the model test-model or this path \(404\).*check the profile's model/,
  },
  {
    status: 413,
    error: { type: "request_too_large", message: "too big" },
    kind: "context",
    isRetryable: false,
    says: /too long for test-model \(413\).*compact it/,
  },
  {
    status: 429,
    error: { type: "rate_limit_error", message: "slow" },
    kind: "rate",
    isRetryable: true,
    says: /limits how fast this key may ask \(429\).*wait a little/,
  },
  {
    status: 429,
    error: { code: "insufficient_quota", message: "quota" },
    kind: "quota",
    isRetryable: false,
    says: /no credit or quota left \(429\)/,
  },
  {
    status: 500,
    error: { type: "api_error", message: "oops" },
    kind: "server",
    isRetryable: true,
    says: /failed \(500\).*the fault is on its side/,
  },
  { status: 502, error: { message: "bad gateway" }, kind: "server", isRetryable: true, says: /failed \(502\).*the fault is on its side/ },
  {
    status: 503,
    error: { message: "busy" },
    kind: "overloaded",
    isRetryable: true,
    says: /is overloaded \(503\).*the fault is on its side/,
  },
  { status: 504, error: { message: "late" }, kind: "server", isRetryable: true, says: /failed \(504\)/ },
  {
    status: 529,
    error: { type: "overloaded_error", message: "Overloaded" },
    kind: "overloaded",
    isRetryable: true,
    says: /is overloaded \(529\)/,
  },
  {
    status: 400,
    error: { code: "context_length_exceeded", message: "maximum context length" },
    kind: "context",
    isRetryable: false,
    says: /too long for test-model/,
  },
  {
    status: 400,
    error: { code: "content_policy_violation", message: "flagged by moderation" },
    kind: "policy",
    isRetryable: false,
    says: /refused the content by its policy.*say it differently/,
  },
  {
    status: 400,
    error: { message: "Unknown parameter: 'foo'" },
    kind: "request",
    isRetryable: false,
    says: /did not accept the request \(400\).*check the profile's settings/,
  },
];

for (const wire of wireNames) {
  test(`${wire}: every class of refusal says what happened, what to do, what the provider said, and the request's id`, async () => {
    for (const [n, { status, error, kind, isRetryable, says }] of rows.entries()) {
      await using server = await startModelServer(
        fail({ type: "status", status, body: { type: "error", error }, headers: { "x-request-id": `req_${n}`, "retry-after": "2" } }),
      );
      const why = failure(await ask(wires[wire], requestTo(server.baseUrl)));
      const what = `${status} ${error.message}: ${why.message}`;
      assert.deepEqual(
        [why.kind, why.status, why.isRetryable, why.requestId, why.retryAfterMs],
        [kind, status, isRetryable, `req_${n}`, 2000],
        what,
      );
      assert.match(why.message, says);
      assert.ok(why.message.includes(error.message) && why.message.endsWith(`[request req_${n}]`), what);
    }
  });
}

const inStream: readonly (readonly [string, FailureKind, boolean])[] = [
  ["overloaded_error", "overloaded", true],
  ["rate_limit_exceeded", "rate", true],
  ["insufficient_quota", "quota", false],
  ["context_length_exceeded", "context", false],
  ["content_policy_violation", "policy", false],
  ["authentication_error", "auth", false],
  ["server_error", "server", true],
  ["some_new_error", "server", true],
];
for (const wire of wireNames) {
  test(`${wire}: an error inside a stream that began well is told as well as a refusal, id included`, async () => {
    for (const [code, kind, isRetryable] of inStream) {
      for (const after of [0, 3]) {
        await using server = await startModelServer({
          ...fail({ type: "error", code, after, message: "its own words" }),
          headers: { "x-request-id": "req_in" },
        });
        const why = failure(await ask(wires[wire], requestTo(server.baseUrl)));
        assert.deepEqual([why.kind, why.isRetryable, why.requestId], [kind, isRetryable, "req_in"], `${code}: ${why.message}`);
        assert.match(why.message, /its own words.* \[request req_in\]$/);
      }
    }
  });

  test(`${wire}: a stream that breaks off names its request too`, async () => {
    for (const fault of [
      { type: "cut", after: 2 },
      { type: "end", after: 2 },
      { type: "malformed", after: 2 },
    ] as const) {
      await using server = await startModelServer({ ...fail(fault), headers: { "x-request-id": "req_cut" } });
      const why = failure(await ask(wires[wire], requestTo(server.baseUrl)));
      assert.ok(why.requestId === "req_cut" && why.message.endsWith("[request req_cut]"), why.message);
    }
  });
}

const bodies = {
  chat: 'data: {"error":{"code":"server_error","message":"x"},"request_id":"req_body"}\n\n',
  messages: 'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"x"},"request_id":"req_body"}\n\n',
};
test("an id in the event itself is as good as one in a header, and is not told twice", async () => {
  for (const wire of ["chat", "messages"] as const) {
    const fetch: typeof globalThis.fetch = async () =>
      new Response(bodies[wire], { headers: { "content-type": "text/event-stream", "request-id": "req_head" } });
    const why = failure(await ask(wires[wire], requestTo("http://127.0.0.1:9"), undefined, fetch));
    assert.deepEqual([why.requestId, why.message.match(/\[request /g)?.length], ["req_body", 1], why.message);
  }
});
