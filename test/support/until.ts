// Waiting for what tells nobody that it has come: looking again until it holds.

/** A guard so that a failure ends, on a machine many times slower than one's own; never what a test passes by. */
export const GUARD_MS = 40_000;

/** Resolves once it holds; rejects after `limitMs`. */
export async function until(what: string, holds: () => boolean, limitMs = GUARD_MS): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
