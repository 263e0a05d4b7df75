// Images that go with a message: the server reads them and keeps them beside the session, the message names them.

import type { Caller } from "../client/caller.ts";
import type { AgentId } from "../domain/ids.ts";
import type { KeptImage } from "../domain/image.ts";

type Attached = { readonly ok: true; readonly images: KeptImage[] } | { readonly ok: false; readonly reason: string };

/** `files` are absolute. Stops at the first that is none. */
export async function attachImages(caller: Caller, agent: AgentId, files: readonly string[]): Promise<Attached> {
  const images: KeptImage[] = [];
  for (const path of files) {
    const attached = await caller.command({ type: "image.attach", agent, path });
    if (!attached.ok) return { ok: false, reason: attached.reason };
    images.push(...(attached.images ?? []));
  }
  return { ok: true, images };
}
