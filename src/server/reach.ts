// Whether a provider's address answers at all: asked without a key and without a word of anybody's, for `interpane doctor`.

import { messageOf } from "../domain/message-of.ts";
import type { Profile } from "../domain/profile.ts";
import type { Door } from "../net/door.ts";

const REACH_MS = 5_000;

/** Null when something at the address speaks HTTP, whatever it says; else one sentence. */
export async function reachProvider(door: Door, profile: Profile, isOffline: boolean): Promise<string | null> {
  const { origin, baseUrl, providerName } = profile;
  const fetch = door.fetchFor({
    origin,
    auth: null,
    headers: {},
    isOffline,
    isNamedByUser: profile.from === "user",
    connectMs: REACH_MS,
    headersMs: REACH_MS,
  });
  try {
    const { body } = await fetch(baseUrl, { method: "HEAD", signal: AbortSignal.timeout(REACH_MS) });
    await body?.cancel();
    return null;
  } catch (error) {
    const why = messageOf(error);
    return `${providerName} at ${origin} does not answer: ${why}`;
  }
}

export interface ReachRow {
  readonly name: string;
  readonly problem: string | null;
}

/** Each address once, a few at a time. */
export async function reachAll(
  profiles: readonly Profile[],
  reach: (profile: Profile) => Promise<string | null>,
  limit = 6,
): Promise<ReachRow[]> {
  const waiting = [...new Map(profiles.map((profile) => [profile.origin, profile])).values()];
  const rows: ReachRow[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const profile = next;
      rows.push({ name: profile.providerName, problem: await reach(profile) });
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  return rows.toSorted((a, b) => a.name.localeCompare(b.name));
}
