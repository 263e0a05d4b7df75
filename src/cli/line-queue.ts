// Lines of an input in their order, for whoever talks in lines: some wait until they are taken, an answer must come after its question.

import type { Lines } from "./io.ts";

export interface LineQueue extends Lines {
  add(line: string): void;
  end(): void;
}

export function createLineQueue(onClose: () => void): LineQueue {
  const kept: string[] = [];
  const takers: ((line: string | null) => void)[] = [];
  let fresh: ((line: string | null) => void) | null = null;
  let hasEnded = false;

  return {
    add(line) {
      const taker = fresh ?? takers.shift();
      fresh = null;
      if (taker === undefined) kept.push(line);
      else taker(line);
    },
    end() {
      hasEnded = true;
      fresh?.(null);
      for (const taker of takers.splice(0)) taker(null);
    },
    next() {
      const line = kept.shift();
      if (line !== undefined || hasEnded) return Promise.resolve(line ?? null);
      return new Promise((resolve) => takers.push(resolve));
    },
    fresh(signal) {
      if (hasEnded || signal?.aborted === true) return Promise.resolve(null);
      return new Promise((resolve) => {
        fresh = resolve;
        signal?.addEventListener("abort", () => {
          if (fresh === resolve) fresh = null;
          resolve(null);
        });
      });
    },
    close: onClose,
  };
}
