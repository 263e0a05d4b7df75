// A session as its journal tells it, without an agent: to be shown, copied or deleted.

import type { AgentId, ItemId, SessionId } from "../domain/ids.ts";
import { isKept, type KeptImage } from "../domain/image.ts";
import type { TranscriptItem } from "../domain/item.ts";
import { imagesOf } from "../domain/item.ts";
import type { Profile } from "../domain/profile.ts";
import type { Fact, FactBody } from "../domain/protocol.ts";
import type { Ports } from "./ports.ts";

export interface KeptSession {
  readonly folder: string;
  readonly title: string;
  /** Null where its line was damaged. */
  readonly profile: Profile | null;
  readonly head: ItemId | null;
  /** All branches, in the order they came. */
  readonly items: readonly TranscriptItem[];
}

/** Null where there is no entry that names the session. Rejects when the journal cannot be read. */
export async function readKeptSession(ports: Pick<Ports, "journals">, session: SessionId): Promise<KeptSession | null> {
  const facts = await ports.journals.read({ type: "session", session });
  const opened = facts.find((fact) => fact.type === "session.opened");
  if (opened?.type !== "session.opened") return null;
  let { title } = opened;
  let profile: Profile | null = null;
  let head: ItemId | null = null;
  const items: TranscriptItem[] = [];
  for (const fact of facts) {
    if (fact.type === "agent.titled") title = fact.title;
    else if (fact.type === "agent.profileUsed") profile = fact.profile;
    else if (fact.type === "agent.headMoved") head = fact.head;
    else if (fact.type === "item.added") {
      items.push(fact.item);
      head = fact.item.id;
    }
  }
  return { folder: opened.folder, title, profile, head, items };
}

/** The items from the root to the head, oldest first. */
export function pathOfKept(kept: KeptSession): TranscriptItem[] {
  const byId = new Map(kept.items.map((item) => [item.id, item]));
  const path: TranscriptItem[] = [];
  for (let item = kept.head === null ? undefined : byId.get(kept.head); item !== undefined; ) {
    path.push(item);
    // A ring, which only damage could make, is walked once.
    byId.delete(item.id);
    item = item.parent === null ? undefined : byId.get(item.parent);
  }
  return path.reverse();
}

export interface CopySpec {
  /** Whose images are brought along. */
  readonly from: SessionId;
  readonly folder: string;
  readonly title: string;
  readonly profile: Profile | null;
  readonly path: readonly TranscriptItem[];
  /** Items that are not copied, but whose images are. */
  readonly also: readonly TranscriptItem[];
}

const TITLE_MAX = 80;

/** Writes a path as a session of its own; it is on disk when this resolves. Rejects when it cannot, and leaves nothing behind. */
export async function writeSessionCopy(ports: Pick<Ports, "journals" | "images" | "clock" | "newId">, spec: CopySpec): Promise<SessionId> {
  const session = ports.newId<SessionId>("s");
  const agent = ports.newId<AgentId>("a");
  const { journal } = await ports.journals.open({ type: "session", session });
  let seq = 0;
  const append = (body: FactBody): void => {
    seq += 1;
    const fact: Fact = { seq, at: ports.clock.now(), ...body };
    journal.append(fact);
  };
  try {
    await ports.images.copy(spec.from, session, [...spec.path, ...spec.also].flatMap(keptImagesOf));
    append({ type: "session.opened", agent, session, folder: spec.folder, title: forkTitle(spec.title) });
    if (spec.profile !== null) append({ type: "agent.profileUsed", agent, profile: spec.profile });
    // A path that damage has cut begins after the hole.
    for (const [at, item] of spec.path.entries()) append({ type: "item.added", agent, item: at === 0 ? { ...item, parent: null } : item });
    await journal.synced();
    await journal.close();
    return session;
  } catch (error) {
    await journal.close();
    await ports.journals.remove(session);
    throw error;
  }
}

function keptImagesOf(item: TranscriptItem): KeptImage[] {
  return imagesOf(item).filter(isKept);
}

function forkTitle(title: string): string {
  const mark = " · fork";
  return title.endsWith(mark) ? title : `${title.slice(0, TITLE_MAX - mark.length)}${mark}`;
}
