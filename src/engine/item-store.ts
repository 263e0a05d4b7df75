// All items of one session as a tree. Ids and parents are known at once, bodies beyond a bounded few are read from the journal.

import type { ItemId } from "../domain/ids.ts";
import { isKept } from "../domain/image.ts";
import type { ItemOf, TranscriptItem } from "../domain/item.ts";
import { imagesOf } from "../domain/item.ts";
import type { KeptItems, PathRange } from "./ports.ts";

/** Bodies held beside the journal, at most so many and of so many characters; more only where the journal did not take them. */
const HELD_ITEMS = 2_000;
const HELD_CHARS = 2_000_000;

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

  /** The path to `head`, oldest first: from `from` on and before `before`, where these stand on it, and of that the newest `limit`. */
  ids(head: ItemId | null, range: PathRange = {}): ItemId[] {
    if (head === null) return [];
    if (this.#isKept(head)) return this.#kept.path(head, range);
    const { from, before, limit } = range;
    const path = [...this.#upwards(head)].reverse();
    const cut = before === undefined ? -1 : path.indexOf(before);
    const end = cut < 0 ? path.length : cut;
    const start = from === undefined ? 0 : path.indexOf(from);
    return path.slice(Math.max(0, start, limit === undefined ? 0 : end - limit), end);
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
    const summary = await this.newest(head, "summary");
    if (summary === null) return this.path(head);
    const before = this.ids(head, { before: summary.keptFrom, limit: 1 })[0];
    // Where the kept begin is not on the path, its newest item is found in its place; `contextOf` then wants all of it.
    if (before === undefined || this.parentOf(summary.keptFrom) !== before) return this.path(head);
    const user = this.#nearest(before, "user");
    return this.read(this.ids(head, { from: user ?? summary.keptFrom }));
  }

  /** The newest item of a type on the path. */
  async newest<T extends TranscriptItem["type"]>(head: ItemId | null, type: T): Promise<ItemOf<T> | null> {
    for (let id = this.#nearest(head, type); id !== null; id = this.#nearest(this.parentOf(id), type)) {
      const item = await this.get(id);
      // One that proves to be damaged is passed over.
      if (item !== undefined && isOf(item, type)) return item;
    }
    return null;
  }

  /** Up to `limit` items of the path before `before` (or its newest), oldest first. */
  async page(head: ItemId | null, before: ItemId | undefined, limit: number): Promise<{ items: TranscriptItem[]; hasMore: boolean }> {
    const ids = this.ids(head, { ...(before === undefined ? {} : { before }), limit: limit + 1 });
    return { items: await this.read(ids.slice(-limit)), hasMore: ids.length > limit };
  }

  #nearest(head: ItemId | null, type: TranscriptItem["type"]): ItemId | null {
    if (head === null) return null;
    if (this.#isKept(head)) return this.#kept.nearest(head, type);
    for (const id of this.#upwards(head)) if (this.typeOf(id) === type) return id;
    return null;
  }

  /** What a full disk keeps out of the journal stands here alone, and all of it below what the journal has. */
  #isKept(id: ItemId): boolean {
    return !this.#held.has(id) || this.#kept.typeOf(id) !== null;
  }

  /** From `head` to the root. A ring, which only damage could make, is walked once. */
  *#upwards(head: ItemId): Generator<ItemId> {
    let left = this.#kept.count() + this.#held.size;
    for (let id: ItemId | null = head; id !== null && left >= 0 && this.has(id); id = this.parentOf(id), left--) yield id;
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
      if (id === item.id || this.#kept.typeOf(id) === null) continue;
      this.#held.delete(id);
      this.#chars -= held.chars;
    }
  }
}

function isOf<T extends TranscriptItem["type"]>(item: TranscriptItem, type: T): item is ItemOf<T> {
  return item.type === type;
}

/** About what it takes in memory. */
function charsOf(item: TranscriptItem): number {
  const imageChars = imagesOf(item).reduce((sum, image) => sum + (isKept(image) ? 300 : image.base64.length), 0);
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
