// How much a long check does: all of it by hand (`npm run check:long`), its short form where CI is set; and chance that can be repeated.

const isShort = (process.env["CI"] ?? "") !== "";

export function rounds(count: { readonly short: number; readonly long: number }): number {
  return isShort ? count.short : count.long;
}

/** SEED in the environment repeats a run; it is named in every failure. */
export const seed = Number(process.env["SEED"] ?? (isShort ? 1 : Date.now() % 1_000_000));

export interface Chance {
  /** From 0 up to, not including, `limit`. */
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
}

/** Mulberry32 (public domain, by Tommy Ettinger): the same seed, the same run. */
export function chanceOf(from: number): Chance {
  let state = from >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick(list) {
      const one = list[below(list.length)];
      if (one === undefined) throw new Error("nothing to pick from");
      return one;
    },
  };
}
