// All items of one session as a tree; the context of a model is the path from the root to the head.

import type { ItemId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";

export class ItemStore {
  readonly #items = new Map<ItemId, TranscriptItem>();

  add(item: TranscriptItem): void {
    this.#items.set(item.id, item);
  }

  get(id: ItemId): TranscriptItem | undefined {
    return this.#items.get(id);
  }

  get size(): number {
    return this.#items.size;
  }

  /** Oldest first. A missing parent (its line was damaged) ends the path there. */
  path(head: ItemId | null): TranscriptItem[] {
    const path: TranscriptItem[] = [];
    for (let id = head; id !== null; ) {
      const item = this.#items.get(id);
      if (item === undefined) break;
      path.push(item);
      id = item.parent;
    }
    return path.reverse();
  }

  /** Up to `limit` items of the path before `before` (or its newest), oldest first. */
  page(head: ItemId | null, before: ItemId | undefined, limit: number): { items: TranscriptItem[]; hasMore: boolean } {
    const path = this.path(head);
    const found = before === undefined ? path.length : path.findIndex((item) => item.id === before);
    const end = found < 0 ? path.length : found;
    const start = Math.max(0, end - limit);
    return { items: path.slice(start, end), hasMore: start > 0 };
  }
}
