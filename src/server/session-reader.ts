// Kept sessions in pages, for whoever shows or exports one: a journal is read once for all pages, and let go soon after.

import type { SessionId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { AnswerValue } from "../domain/protocol.ts";
import { type KeptSession, readKeptSession } from "../engine/kept-session.ts";
import type { Ports } from "../engine/ports.ts";

/** Pages of one reader follow each other at once; what nobody reads on is not kept, ms. */
const HELD_MS = 3_000;
/** Of one message; the link takes four times as much, and JSON may need two bytes for a character. */
const PAGE_MAX_CHARS = 2_000_000;

type Page = Extract<AnswerValue, { type: "session.items" }>;

export interface SessionReader {
  /** A string is a refusal's reason. Rejects where the journal cannot be read. */
  page(session: SessionId, from: number, limit: number): Promise<Page | string>;
}

export function createSessionReader(ports: Pick<Ports, "journals">): SessionReader {
  let held: { readonly session: SessionId; readonly kept: KeptSession } | null = null;
  let timer: NodeJS.Timeout | null = null;

  const letGo = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    held = null;
  };
  const read = async (session: SessionId, from: number): Promise<KeptSession | null> => {
    // The first page is always fresh; those after it are of the same reading.
    if (from > 0 && held?.session === session) return held.kept;
    return readKeptSession(ports, session);
  };

  return {
    async page(session, from, limit) {
      const row = (await ports.journals.list()).find(({ id }) => id === session);
      const kept = row === undefined ? null : await read(session, from);
      if (row === undefined || kept === null) return `no session ${session}; interpane sessions list names them`;
      const items = firstWithin(kept.items.slice(from, from + limit));
      letGo();
      if (from + items.length < kept.items.length) {
        held = { session, kept };
        timer = setTimeout(letGo, HELD_MS);
        timer.unref();
      }
      return { type: "session.items", row, head: kept.head, items, total: kept.items.length };
    },
  };
}

/** As many from the start as one message can hold, one at least. */
function firstWithin(items: readonly TranscriptItem[]): TranscriptItem[] {
  let chars = 0;
  const end = items.findIndex((item, at) => {
    chars += charsOf(item);
    return at > 0 && chars > PAGE_MAX_CHARS;
  });
  return items.slice(0, end < 0 ? items.length : end);
}

/** The newest that one message can hold, one at least. */
export function newestWithin(items: readonly TranscriptItem[]): TranscriptItem[] {
  return firstWithin(items.toReversed()).reverse();
}

function charsOf(item: TranscriptItem): number {
  return JSON.stringify(item).length;
}
