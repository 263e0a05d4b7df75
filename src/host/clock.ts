// The real clock behind the engine's `Clock` port.

import type { Clock } from "../engine/ports.ts";

/** `setTimeout` turns anything above this into 1 ms (Node's documentation, 24.x). */
const MAX_TIMEOUT_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wait = Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_TIMEOUT_MS) : MAX_TIMEOUT_MS;
      const timer = setTimeout(end, wait);
      function end(): void {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      }
      signal?.addEventListener("abort", end, { once: true });
    });
  },
};
