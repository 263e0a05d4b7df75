// How often a request is sent again: what the provider's own settings say, by whether its reply had begun.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Failure } from "../../src/domain/stream.ts";
import { attemptsFor, retryDelayMs } from "../../src/engine/backoff.ts";

const failure = (kind: Failure["kind"], over: Partial<Failure> = {}): Failure => ({ kind, message: "m", isRetryable: true, ...over });

test("a request that was refused and a reply that broke off have their own limits", () => {
  const retries = { request: 1, stream: 7 };
  assert.equal(attemptsFor(failure("server"), false, retries), 2);
  assert.equal(attemptsFor(failure("network"), false, retries), 2);
  assert.equal(attemptsFor(failure("network"), true, retries), 8);
  assert.equal(attemptsFor(failure("idle"), false, retries), 8);
  assert.equal(attemptsFor(failure("server"), false), 5);
});

test("the last attempt is not followed by another, and none follows what cannot be tried again", () => {
  assert.equal(
    retryDelayMs(failure("server"), 2, 1, () => 0.5),
    null,
  );
  assert.equal(
    retryDelayMs(failure("auth", { isRetryable: false }), 2, 5, () => 0.5),
    null,
  );
  assert.equal(
    retryDelayMs(failure("server"), 2, 2, () => 0.5),
    500,
  );
  assert.equal(
    retryDelayMs(failure("rate", { retryAfterMs: 7_000 }), 2, 5, () => 0),
    7_000,
  );
});
