// Secrets that are made and grow old: one making at a time for all who ask, kept until it is stale or its provider refuses it.

export type Made<T> =
  /** `stamp` tells this one from an older one without showing it; `freshUntilMs` is in the clock's time. */
  | { readonly ok: true; readonly value: T; readonly stamp: string; readonly freshUntilMs: number }
  | { readonly ok: false; readonly problem: string };

export interface SecretCache<T> {
  /**
   * What is kept under `key`, or what `make` makes. `refused` is the stamp of one that the provider did not take: it is made anew
   * unless another caller has had that done meanwhile. A failure is told to all who wait, and not kept. Never rejects if `make` does not.
   */
  get(key: string, refused: string | null, make: () => Promise<Made<T>>): Promise<Made<T>>;
  forget(key: string): void;
}

export function createSecretCache<T>(nowMs: () => number): SecretCache<T> {
  const kept = new Map<string, Extract<Made<T>, { ok: true }>>();
  const making = new Map<string, Promise<Made<T>>>();
  return {
    get(key, refused, make) {
      const running = making.get(key);
      if (running !== undefined) return running;
      const old = kept.get(key);
      if (old !== undefined && old.stamp !== refused && nowMs() < old.freshUntilMs) return Promise.resolve(old);
      const made = make().then((result) => {
        if (result.ok) kept.set(key, result);
        else kept.delete(key);
        return result;
      });
      making.set(key, made);
      const done = (): void => void making.delete(key);
      made.then(done, done);
      return made;
    },
    forget: (key) => void kept.delete(key),
  };
}
