// HTTP answers, payloads and thrown errors as failures.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type FailureKind, failureSchema } from "../../src/domain/stream.ts";
import { cleanText, failureOfError, failureOfPayload, failureOfRefusal, readRetryAfter } from "../../src/wire/failures.ts";

const at = { baseUrl: "https://api.example.com/v1", model: "m-1" };
const now = Date.parse("2026-10-01T12:00:00Z");

function refusal(status: number, body: unknown = "", headers: Record<string, string> = {}) {
  const failure = failureOfRefusal(
    { status, headers: new Headers(headers), body: typeof body === "string" ? body : JSON.stringify(body) },
    at,
    now,
  );
  return failureSchema.parse(failure);
}

const rows: readonly (readonly [number, unknown, FailureKind, boolean])[] = [
  [401, { error: { message: "Incorrect API key provided" } }, "auth", false],
  [403, "", "auth", false],
  [403, { error: { message: "Input was flagged by moderation" } }, "policy", false],
  [402, { error: { message: "This request requires more credits" } }, "quota", false],
  [429, { error: { code: "insufficient_quota", message: "You exceeded your current quota" } }, "quota", false],
  [429, { error: { message: "Rate limit reached" } }, "rate", true],
  [404, { error: { message: "The model `m-1` does not exist" } }, "missing", false],
  [400, { error: { code: "model_not_found", message: "no such model" } }, "missing", false],
  [408, "", "network", true],
  [409, "", "server", true],
  [425, "", "server", true],
  [413, "", "context", false],
  [400, { error: { code: "context_length_exceeded", message: "too long" } }, "context", false],
  [
    400,
    { type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 210000 tokens > 200000 maximum" } },
    "context",
    false,
  ],
  [400, { error: { type: "invalid_request_error", message: "Your credit balance is too low" } }, "quota", false],
  [400, { error: { code: "content_policy_violation", message: "no" } }, "policy", false],
  [400, { error: { message: "Unknown parameter: 'foo'" } }, "request", false],
  [422, { detail: [{ loc: ["body"], msg: "extra inputs are not permitted" }] }, "request", false],
  [500, "<html><title>Bad day</title></html>", "server", true],
  [502, "", "server", true],
  [503, "", "overloaded", true],
  [529, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "overloaded", true],
  [307, "", "request", false],
];
for (const [status, body, kind, isRetryable] of rows) {
  test(`${status} with ${JSON.stringify(body).slice(0, 60)} is ${kind}${isRetryable ? ", may be tried again" : ""}`, () => {
    const failure = refusal(status, body);
    assert.deepEqual([failure.kind, failure.isRetryable, failure.status], [kind, isRetryable, status], failure.message);
    assert.match(failure.message, /api\.example\.com|m-1/);
    assert.match(failure.message, /; /, "it says what to do");
  });
}

test("every shape of error body shows its own words", () => {
  const shapes = [
    { error: { message: "why it failed" } },
    { error: "why it failed" },
    { message: "why it failed" },
    { detail: "why it failed" },
    [{ error: { message: "why it failed" } }],
    "why it failed",
    "<html><head><title>why it failed</title></head><body>x</body></html>",
    { error: { message: "Provider returned error", metadata: { raw: "why it failed" } } },
    { detail: [{ msg: "why it failed" }] },
  ];
  for (const shape of shapes) assert.match(refusal(400, shape).message, /why it failed/, JSON.stringify(shape));
});

test("a provider's words are bounded and cannot steer the screen", () => {
  const { message } = refusal(400, { error: { message: `a\u001b]52;c;x\u0007\u009b31m\u202eb\u200b\u{e0041}\r\n${"z".repeat(5000)}` } });
  assert.doesNotMatch(message, /[\p{Cc}\p{Cf}]/u);
  assert.ok(message.length < 700);
  assert.equal(cleanText("  a\n\n b\t"), "a b");
});

test("x-should-retry is heeded, but no word of a provider makes a refused key worth another try", () => {
  assert.equal(refusal(500, "", { "x-should-retry": "false" }).isRetryable, false);
  assert.equal(refusal(400, "", { "x-should-retry": "true" }).isRetryable, true);
  assert.equal(refusal(401, "", { "x-should-retry": "true" }).isRetryable, false);
});

test("wishes to wait are read where they are sane", () => {
  const read = (headers: Record<string, string>, status = 429) => readRetryAfter(new Headers(headers), status, now);
  assert.equal(read({ "retry-after": "3" }), 3000);
  assert.equal(read({ "retry-after": "0" }), 0);
  assert.equal(read({ "retry-after": "1.5" }), 1500);
  assert.equal(read({ "retry-after-ms": "250", "retry-after": "9" }), 250);
  assert.equal(read({ "retry-after": "Thu, 01 Oct 2026 12:00:30 GMT" }), 30_000);
  assert.equal(read({ "retry-after": "1200" }), 600_000, "longer than ten minutes is cut");
  for (const bad of [
    "-1",
    "NaN",
    "Infinity",
    "1e9",
    "soon",
    "",
    "99999999",
    "Thu, 01 Oct 2020 12:00:30 GMT",
    "Thu, 01 Oct 2099 12:00:30 GMT",
  ]) {
    assert.equal(read({ "retry-after": bad }), undefined, bad);
  }
  assert.equal(read({ "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s" }), 1000);
  assert.equal(read({ "x-ratelimit-reset-tokens": "120ms" }), 120);
  assert.equal(read({ "anthropic-ratelimit-tokens-reset": "2026-10-01T12:00:05Z" }), 5000);
  assert.equal(read({ "x-ratelimit-reset-requests": "1s" }, 503), undefined, "a 503 says nothing about limits");
});

test("errors inside a stream are told by their words and codes", () => {
  const kinds = (payload: unknown) => failureOfPayload(payload, at).kind;
  assert.equal(kinds({ error: { code: 429, message: "slow down" } }), "rate");
  assert.equal(kinds({ error: { code: 502, message: "Upstream" } }), "server");
  assert.equal(kinds({ error: { code: 402, message: "Insufficient credits" } }), "quota");
  assert.equal(kinds({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }), "overloaded");
  assert.equal(kinds({ type: "error", error: { type: "authentication_error", message: "x" } }), "auth");
  assert.equal(kinds({ type: "error", code: "rate_limit_exceeded", message: "Rate limit" }), "rate");
  assert.equal(kinds({ error: { code: "context_length_exceeded", message: "x" } }), "context");
  assert.equal(kinds({ error: { code: "server_error", message: "x" } }), "server");
  assert.equal(kinds("plain words"), "server");
  assert.equal(kinds(null), "server");
});

test("errors of the network name the address and what to look at", () => {
  const coded = (code: string, errors?: Error[]) => {
    const cause = Object.assign(errors === undefined ? new Error(code) : new AggregateError(errors), { code });
    return failureOfError(new TypeError("fetch failed", { cause }), at);
  };
  assert.match(
    coded("ECONNREFUSED", [new Error("a"), new Error("b")]).message,
    /nothing answers at https:\/\/api\.example\.com; is it running\?/,
  );
  assert.match(coded("ENOTFOUND").message, /could not be looked up/);
  assert.match(coded("ECONNRESET").message, /was cut/);
  assert.match(coded("UND_ERR_HEADERS_TIMEOUT").message, /did not answer in time/);
  assert.deepEqual([coded("CERT_HAS_EXPIRED").kind, coded("CERT_HAS_EXPIRED").isRetryable], ["network", false]);
  assert.equal(failureOfError("a string", at).kind, "network");
});
