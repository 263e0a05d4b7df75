// All items of one session as a tree. Ids and parents are known at once, bodies beyond a bounded few are read from the journal.

import type { ItemId } from "../domain/ids.ts";
import type { ItemOf, TranscriptItem } from "../domain/item.ts";
import type { KeptItems } from "./ports.ts";

/** Bodies held beside the journal, at most so many and of so many characters; more only where the journal did not take them. */
const HELD_ITEMS = 2_000;
const HELD_CHARS = 2_000_000;
/** Bodies read at a time where one is searched for. */
const SEARCH_STEP = 16;

export class ItemStore {
  readonly #kept: KeptItems;
  /** The least recently used first. */
  readonly #held = new Map<ItemId, { readonly item: TranscriptItem; readonly chars: number }>();
  #chars = 0;

  constructor(kept: KeptItems) {
    this.#kept = kept;
  }

  add(item: TranscriptItem): void {
    this.#hold(item);
  }

  has(id: ItemId): boolean {
    return this.#held.has(id) || this.#kept.has(id);
  }

  /** Null at the root. Known of damaged items too, so that one lost line does not cut a conversation in two. */
  parentOf(id: ItemId): ItemId | null {
    const held = this.#held.get(id);
    return held === undefined ? this.#kept.parentOf(id) : held.item.parent;
  }

  /** Null where the item is unknown or lost. */
  typeOf(id: ItemId): TranscriptItem["type"] | null {
    const held = this.#held.get(id);
    return held === undefined ? this.#kept.typeOf(id) : held.item.type;
  }

  /** The path to `head`, oldest first; `limit`: no more than its newest so many. */
  ids(head: ItemId | null, limit = Number.POSITIVE_INFINITY): ItemId[] {
    const ids: ItemId[] = [];
    for (const id of this.#upwards(head)) {
      if (ids.length >= limit) break;
      ids.push(id);
    }
    return ids.reverse();
  }

  /** Bodies in the order asked; those that are lost are left out. Rejects with `JournalError` where the journal cannot be read. */
  async read(ids: readonly ItemId[]): Promise<TranscriptItem[]> {
    const missing = ids.filter((id) => !this.#held.has(id));
    const fetched = new Map<ItemId, TranscriptItem>();
    if (missing.length > 0) for (const item of await this.#kept.read(missing)) fetched.set(item.id, item);
    const items: TranscriptItem[] = [];
    for (const id of ids) {
      const item = this.#held.get(id)?.item ?? fetched.get(id);
      if (item !== undefined) items.push(item);
    }
    // The newest of what was asked for is what will be asked for again.
    for (const item of items.slice(-HELD_ITEMS)) this.#hold(item);
    return items;
  }

  async get(id: ItemId): Promise<TranscriptItem | undefined> {
    return (await this.read([id]))[0];
  }

  /** The whole path to `head`, oldest first. */
  path(head: ItemId | null): Promise<TranscriptItem[]> {
    return this.read(this.ids(head));
  }

  /** The end of the path that `contextOf` makes the same of as of the whole: from the user's words before the newest summary's kept part. */
  async context(head: ItemId | null): Promise<TranscriptItem[]> {
    const ids = this.ids(head);
    const at = ids.findLastIndex((id) => this.typeOf(id) === "summary");
    const summaryId = ids[at];
    const summary = summaryId === undefined ? undefined : await this.get(summaryId);
    if (summary?.type !== "summary") return this.read(ids);
    const from = ids.indexOf(summary.keptFrom);
    const user = ids.findLastIndex((id, index) => index < from && this.typeOf(id) === "user");
    return this.read(ids.slice(Math.max(0, user < 0 ? from : user)));
  }

  /** The newest item of a type on the path. */
  async newest<T extends TranscriptItem["type"]>(head: ItemId | null, type: T): Promise<ItemOf<T> | null> {
    let ids: ItemId[] = [];
    for (const id of this.#upwards(head)) {
      if (this.typeOf(id) === type) ids.push(id);
      if (ids.length === 0 || ids.length % SEARCH_STEP !== 0) continue;
      const found = (await this.read(ids)).find((item): item is ItemOf<T> => item.type === type);
      if (found !== undefined) return found;
      ids = [];
    }
    return (await this.read(ids)).find((item): item is ItemOf<T> => item.type === type) ?? null;
  }

  /** Up to `limit` items of the path before `before` (or its newest), oldest first. */
  async page(head: ItemId | null, before: ItemId | undefined, limit: number): Promise<{ items: TranscriptItem[]; hasMore: boolean }> {
    const path = this.ids(head);
    const found = before === undefined ? path.length : path.lastIndexOf(before);
    const end = found < 0 ? path.length : found;
    const start = Math.max(0, end - limit);
    return { items: await this.read(path.slice(start, end)), hasMore: start > 0 };
  }

  /** From `head` to the root. A ring, which only damage could make, is walked once. */
  *#upwards(head: ItemId | null): Generator<ItemId> {
    let left = this.#kept.count() + this.#held.size;
    for (let id = head; id !== null && left >= 0 && this.has(id); id = this.parentOf(id), left--) yield id;
  }

  #hold(item: TranscriptItem): void {
    const before = this.#held.get(item.id);
    if (before !== undefined) this.#chars -= before.chars;
    const chars = charsOf(item);
    this.#held.delete(item.id);
    this.#held.set(item.id, { item, chars });
    this.#chars += chars;
    if (this.#held.size <= HELD_ITEMS && this.#chars <= HELD_CHARS) return;
    for (const [id, held] of this.#held) {
      if (this.#held.size <= HELD_ITEMS && this.#chars <= HELD_CHARS) return;
      // What the journal did not take (a full disk) stands nowhere else.
      if (id === item.id || this.#kept.typeOf(id) === null) continue;
      this.#held.delete(id);
      this.#chars -= held.chars;
    }
  }
}

/** About what it takes in memory. */
function charsOf(item: TranscriptItem): number {
  const images = item.type === "user" || item.type === "result" ? (item.images ?? []) : [];
  const imageChars = images.reduce((sum, image) => sum + image.base64.length, 0);
  switch (item.type) {
    case "call":
      return 500 + 2 * item.arguments.length + (item.seal?.length ?? 0);
    case "thought":
    case "text":
      return 500 + item.text.length + (item.seal?.length ?? 0);
    case "result":
      return 300 + item.text.length + (item.diff?.patch.length ?? 0) + imageChars;
    case "user":
    case "summary":
    case "notice":
      return 300 + item.text.length + imageChars;
    default:
      return item satisfies never;
  }
}
