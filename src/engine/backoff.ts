// When a failed request is sent again, and after how long.

import type { Failure } from "../domain/stream.ts";

/** Requests of one step, the first included. */
export const ATTEMPTS_MAX = 5;
const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Milliseconds to wait before attempt `attempt` (from 2 on), or null to give up. Full jitter over a doubling span; a provider's
 * own Retry-After is kept to, with a little jitter on top so that panes do not come back in one blow.
 */
export function retryDelayMs(failure: Failure, attempt: number, random: () => number): number | null {
  if (!failure.isRetryable || attempt > ATTEMPTS_MAX) return null;
  if (failure.retryAfterMs !== undefined) return failure.retryAfterMs + Math.round(random() * 250);
  return Math.round(random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1)));
}
