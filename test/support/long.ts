// How much a long check does: all of it by hand (`npm run check:long`), its short form where CI is set.

const isShort = (process.env["CI"] ?? "") !== "";

export function rounds(count: { readonly short: number; readonly long: number }): number {
  return isShort ? count.short : count.long;
}

/** SEED in the environment repeats a run; it is named in every failure. */
export const seed = Number(process.env["SEED"] ?? (isShort ? 1 : Date.now() % 1_000_000));
