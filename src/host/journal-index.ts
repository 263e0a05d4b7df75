// Where each item of a journal stands and what its parent is, in a few flat arrays: some 60 bytes an item, whatever its body.

import { endianness } from "node:os";
import type { ItemId } from "../domain/ids.ts";
import { itemSchema, type TranscriptItem } from "../domain/item.ts";

/** Of an entry's line in a segment's file, in bytes. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** A number says a type on disk; `layoutName` changes with this list. Number 0: no body is known. */
const TYPES: readonly TranscriptItem["type"][] = itemSchema.options.map((option) => option.shape.type.value);
const NONE = -1;
const FIRST_CAPACITY = 64;

/** Two indexes can be exchanged as bytes only where this is the same. */
export const layoutName = `1 ${endianness()} ${TYPES.join(" ")}`;

interface Columns {
  readonly idEnds: Uint32Array;
  readonly parents: Int32Array;
  readonly segments: Uint32Array;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly types: Uint8Array;
}

/** Items are numbered from 0 in the order in which they were first heard of, as an item or as the parent of one. */
export class ItemIndex {
  #count = 0;
  #idBytes = Buffer.alloc(FIRST_CAPACITY * 24);
  #columns: Columns = columnsOf(FIRST_CAPACITY);
  /** Open addressing: number + 1, 0 is free. Made when it is first needed. */
  #slots: Uint32Array | null = null;

  get count(): number {
    return this.#count;
  }

  /**
   * Takes an item and where it stands; a second one of the same id takes the place of the first. `headBefore` is where the path
   * ended when it came: an unknown parent is a damaged line, and what was there before is what that one hung on.
   */
  add(
    item: { readonly id: ItemId; readonly parent: ItemId | null; readonly type: TranscriptItem["type"] },
    place: Place,
    headBefore: ItemId | null,
  ): void {
    let parent = NONE;
    if (item.parent !== null) {
      parent = this.numberOf(item.parent);
      if (parent === NONE) {
        const above = headBefore === null ? NONE : this.numberOf(headBefore);
        parent = this.#intern(item.parent);
        this.#columns.parents[parent] = above;
      }
    }
    const known = this.numberOf(item.id);
    const number = known === NONE ? this.#intern(item.id) : known;
    this.#columns.parents[number] = parent;
    this.#columns.types[number] = TYPES.indexOf(item.type) + 1;
    this.move(number, place);
  }

  /** The line stands somewhere else now. */
  move(number: number, place: Place): void {
    const { segments, offsets, lengths } = this.#columns;
    segments[number] = place.segment;
    offsets[number] = place.offset;
    lengths[number] = place.length;
  }

  /** Its line is damaged; its place in the tree stays. */
  lose(number: number): void {
    this.#columns.types[number] = 0;
  }

  placeOf(number: number): Place | null {
    const { segments, offsets, lengths, types } = this.#columns;
    if ((types[number] ?? 0) === 0) return null;
    return { segment: segments[number] ?? 0, offset: offsets[number] ?? 0, length: lengths[number] ?? 0 };
  }

  parentOf(number: number): number {
    return this.#columns.parents[number] ?? NONE;
  }

  typeOf(number: number): TranscriptItem["type"] | null {
    return TYPES[(this.#columns.types[number] ?? 0) - 1] ?? null;
  }

  idOf(number: number): ItemId {
    const { idEnds } = this.#columns;
    const start = number === 0 ? 0 : (idEnds[number - 1] ?? 0);
    return this.#idBytes.toString("utf8", start, idEnds[number] ?? start) as ItemId; // Came in as one.
  }

  /** -1 where it was never heard of. */
  numberOf(id: ItemId): number {
    const bytes = Buffer.from(id);
    const slots = this.#table();
    const mask = slots.length - 1;
    for (let slot = hashOf(bytes, 0, bytes.length) & mask; ; slot = (slot + 1) & mask) {
      const number = (slots[slot] ?? 0) - 1;
      if (number < 0) return NONE;
      if (this.#isId(number, bytes)) return number;
    }
  }

  /** A copy that `decode` takes. */
  encode(): Buffer {
    const n = this.#count;
    const columns = this.#columns;
    const head = Buffer.from(Float64Array.of(n, this.#idLength()).buffer);
    const parts = [columns.offsets, columns.idEnds, columns.parents, columns.segments, columns.lengths, columns.types].map((column) =>
      Buffer.from(column.buffer, column.byteOffset, n * column.BYTES_PER_ELEMENT),
    );
    return Buffer.concat([head, ...parts, this.#idBytes.subarray(0, this.#idLength())]);
  }

  /** Null where the bytes cannot be what `encode` made. */
  static decode(bytes: Buffer): ItemIndex | null {
    if (bytes.length < 16) return null;
    const count = bytes.readDoubleLE(0);
    const idLength = bytes.readDoubleLE(8);
    if (!Number.isSafeInteger(count) || count < 0 || !Number.isSafeInteger(idLength) || bytes.length !== 16 + count * 25 + idLength)
      return null;
    const capacity = Math.max(FIRST_CAPACITY, count);
    const columns = columnsOf(capacity);
    let at = 16;
    for (const column of [columns.offsets, columns.idEnds, columns.parents, columns.segments, columns.lengths, columns.types]) {
      const size = count * column.BYTES_PER_ELEMENT;
      new Uint8Array(column.buffer, column.byteOffset, size).set(bytes.subarray(at, at + size));
      at += size;
    }
    if (count > 0 && columns.idEnds[count - 1] !== idLength) return null;
    const index = new ItemIndex();
    index.#count = count;
    index.#columns = columns;
    index.#idBytes = Buffer.from(bytes.subarray(at));
    return index;
  }

  #idLength(): number {
    return this.#count === 0 ? 0 : (this.#columns.idEnds[this.#count - 1] ?? 0);
  }

  #isId(number: number, bytes: Buffer): boolean {
    const { idEnds } = this.#columns;
    const start = number === 0 ? 0 : (idEnds[number - 1] ?? 0);
    const end = idEnds[number] ?? start;
    return end - start === bytes.length && bytes.compare(this.#idBytes, start, end) === 0;
  }

  #intern(id: ItemId): number {
    const bytes = Buffer.from(id);
    const start = this.#idLength();
    const number = this.#count;
    if (number === this.#columns.types.length) this.#columns = grown(this.#columns);
    if (start + bytes.length > this.#idBytes.length) {
      const larger = Buffer.alloc(Math.max(this.#idBytes.length * 2, start + bytes.length));
      this.#idBytes.copy(larger);
      this.#idBytes = larger;
    }
    bytes.copy(this.#idBytes, start);
    this.#columns.idEnds[number] = start + bytes.length;
    this.#columns.parents[number] = NONE;
    this.#columns.types[number] = 0;
    this.#count += 1;
    if (this.#slots !== null && this.#count * 2 > this.#slots.length) this.#slots = null;
    if (this.#slots !== null) this.#enter(this.#slots, number);
    return number;
  }

  #table(): Uint32Array {
    if (this.#slots !== null) return this.#slots;
    let size = 128;
    while (size < this.#count * 4) size *= 2;
    const slots = new Uint32Array(size);
    for (let number = 0; number < this.#count; number += 1) this.#enter(slots, number);
    this.#slots = slots;
    return slots;
  }

  #enter(slots: Uint32Array, number: number): void {
    const { idEnds } = this.#columns;
    const start = number === 0 ? 0 : (idEnds[number - 1] ?? 0);
    const mask = slots.length - 1;
    let slot = hashOf(this.#idBytes, start, idEnds[number] ?? start) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = number + 1;
  }
}

function columnsOf(capacity: number): Columns {
  return {
    idEnds: new Uint32Array(capacity),
    parents: new Int32Array(capacity),
    segments: new Uint32Array(capacity),
    offsets: new Float64Array(capacity),
    lengths: new Uint32Array(capacity),
    types: new Uint8Array(capacity),
  };
}

function grown(columns: Columns): Columns {
  const larger = columnsOf(Math.ceil(columns.types.length * 1.5));
  larger.idEnds.set(columns.idEnds);
  larger.parents.set(columns.parents);
  larger.segments.set(columns.segments);
  larger.offsets.set(columns.offsets);
  larger.lengths.set(columns.lengths);
  larger.types.set(columns.types);
  return larger;
}

/** FNV-1a, 32 bits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
