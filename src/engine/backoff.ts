// When a failed request is sent again, and after how long.

import type { Profile } from "../domain/profile.ts";
import type { Failure } from "../domain/stream.ts";

/** Times that a request is sent again, beside the first, where the profile does not say: one that failed, one whose reply broke off. */
const RETRIES = { request: 4, stream: 4 };
const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Requests of one step, the first included, that a failure allows. */
export function attemptsFor(failure: Failure, hasBegun: boolean, retries: Profile["retries"] = RETRIES): number {
  const isOfStream = hasBegun || failure.kind === "idle" || failure.kind === "protocol";
  return 1 + (isOfStream ? retries.stream : retries.request);
}

/**
 * Milliseconds to wait before attempt `attempt` (from 2 on), or null to give up. Full jitter over a doubling span; a provider's
 * own Retry-After is kept to, with a little jitter on top so that panes do not come back in one blow.
 */
export function retryDelayMs(failure: Failure, attempt: number, attemptsMax: number, random: () => number): number | null {
  if (!failure.isRetryable || attempt > attemptsMax) return null;
  if (failure.retryAfterMs !== undefined) return failure.retryAfterMs + Math.round(random() * 250);
  return Math.round(random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1)));
}
