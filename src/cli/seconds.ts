// A length of time as the command line takes it: seconds.

const MAX_S = 2_000_000;

/** `ms` is null where nothing was given: no limit. */
export function readSeconds(
  name: string,
  text: string | undefined,
): { readonly ok: true; readonly ms: number | null } | { readonly ok: false; readonly message: string } {
  if (text === undefined) return { ok: true, ms: null };
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= MAX_S) return { ok: true, ms: seconds * 1000 };
  return { ok: false, message: `${name} ${text}: give seconds, such as 30 or 0.5, at most ${MAX_S}` };
}
