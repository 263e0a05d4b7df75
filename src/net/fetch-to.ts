// One origin over a door of its own, for a command that asks once and ends.

import { createDoor } from "./door.ts";

/** A `fetch` that reaches `origin` and nothing else; `key` goes along as a bearer token. */
export async function fetchTo(origin: string, key: string | null): Promise<typeof globalThis.fetch> {
  const auth = key === null ? null : { header: "authorization", value: `Bearer ${key}` };
  return createDoor().fetchFor({ origin, auth, headers: {}, isOffline: false });
}
