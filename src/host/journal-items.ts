// The items of an open journal as the engine reads them: the tree from the index, bodies out of the file, each checked.

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import type { ItemId } from "../domain/ids.ts";
import type { TranscriptItem } from "../domain/item.ts";
import type { KeptItems, PathRange } from "../engine/ports.ts";
import { plainReason } from "./file-ops.ts";
import { JournalError, segmentPath } from "./journal-file.ts";
import { readFrame } from "./journal-frame.ts";
import type { ItemIndex, Place } from "./journal-index.ts";
import { readSegment as readWholeSegment } from "./journal-repair.ts";
import { checkFact, scanJournal } from "./journal-scan.ts";

/** Lines this close together are read in one go; a read is no larger than the second number unless one line is. */
const GAP_BYTES = 64 * 1024;
const READ_BYTES = 1024 * 1024;
/** Items parsed before other work gets a turn. */
const SLICE = 500;

export interface ItemSource {
  readonly stem: string;
  readonly index: ItemIndex;
  /** The line of an entry that no disk has yet, where its file can no longer be trusted. */
  unsyncedLine(number: number): Buffer | null;
  /** Lines stood not where the checkpoint said, or were damaged: the journal must be read whole the next time. */
  onDistrust(lost: number): void;
}

interface Wanted extends Place {
  readonly number: number;
}

export function createJournalItems(source: ItemSource): KeptItems {
  const { stem, index } = source;
  let hasSearched = false;

  async function read(ids: readonly ItemId[]): Promise<TranscriptItem[]> {
    const numbers = [...new Set(ids.map((id) => index.numberOf(id)))].filter((number) => number >= 0);
    const found: TranscriptItem[] = [];
    let missed = await readPlaces(numbers, found);
    if (missed.length === 0) return found;
    // A line that moved is found by reading everything, once; what is missed after that is lost.
    if (!hasSearched) {
      hasSearched = true;
      await locateAll();
      missed = await readPlaces(missed, found);
    }
    for (const number of missed) index.lose(number);
    source.onDistrust(missed.length);
    return found;
  }

  /** Adds what it finds; the numbers of what stands not where it should. */
  async function readPlaces(numbers: readonly number[], found: TranscriptItem[]): Promise<number[]> {
    const missed: number[] = [];
    const bySegment = new Map<number, Wanted[]>();
    for (const number of numbers) {
      const place = index.placeOf(number);
      if (place === null) continue;
      const line = source.unsyncedLine(number);
      const item = line === null ? null : itemIn(line, 0, index.idOf(number));
      if (item !== null) found.push(item);
      else {
        const wanted = bySegment.get(place.segment);
        if (wanted === undefined) bySegment.set(place.segment, [{ ...place, number }]);
        else wanted.push({ ...place, number });
      }
    }
    for (const [segment, wanted] of bySegment) missed.push(...(await readSegment(segment, wanted, found)));
    return missed;
  }

  async function readSegment(segment: number, wanted: Wanted[], found: TranscriptItem[]): Promise<number[]> {
    const missed: number[] = [];
    let file: FileHandle | null = null;
    try {
      file = await open(segmentPath(stem, segment), constants.O_RDONLY | constants.O_NOFOLLOW);
      let parsed = 0;
      for (const run of runsOf(wanted)) {
        const start = run[0]?.offset ?? 0;
        const last = run.at(-1);
        const bytes = Buffer.alloc((last?.offset ?? 0) + (last?.length ?? 0) - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        const got = bytes.subarray(0, bytesRead);
        for (const { number, offset } of run) {
          parsed += 1;
          if (parsed % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
          const item = itemIn(got, offset - start, index.idOf(number));
          if (item === null) missed.push(number);
          else found.push(item);
        }
      }
      return missed;
    } catch (error) {
      throw new JournalError(`${basename(stem)}: older messages could not be read: ${plainReason(error)}`, error);
    } finally {
      await file?.close();
    }
  }

  async function locateAll(): Promise<void> {
    const segments = new Set<number>();
    for (let number = 0; number < index.count; number += 1) segments.add(index.placeOf(number)?.segment ?? 1);
    for (const segment of [...segments].sort((a, b) => a - b)) {
      const bytes = await readWholeSegment(segmentPath(stem, segment)).catch(() => null);
      if (bytes === null) continue;
      await scanJournal(bytes, 0, ({ fact, offset, length }) => {
        if (fact.type !== "item.added") return;
        const number = index.numberOf(fact.item.id);
        if (number >= 0) index.move(number, { segment, offset, length });
      });
    }
  }

  return {
    count: () => index.count,
    has: (id) => index.numberOf(id) >= 0,
    parentOf: (id) => {
      const number = index.numberOf(id);
      const parent = number < 0 ? -1 : index.parentOf(number);
      return parent < 0 ? null : index.idOf(parent);
    },
    typeOf: (id) => {
      const number = index.numberOf(id);
      return number < 0 ? null : index.typeOf(number);
    },
    path: (head, range) => pathIn(index, head, range),
    nearest: (head, type) => {
      for (const number of upwards(index, index.numberOf(head))) if (index.typeOf(number) === type) return index.idOf(number);
      return null;
    },
    read,
  };
}

/** From an item to the root. A ring, which only damage could make, is walked once. */
function* upwards(index: ItemIndex, from: number): Generator<number> {
  let left = index.count;
  for (let number = from; number >= 0 && left > 0; number = index.parentOf(number), left -= 1) yield number;
}

function pathIn(index: ItemIndex, head: ItemId, { from, before, limit }: PathRange): ItemId[] {
  const first = from === undefined ? -1 : index.numberOf(from);
  const cut = before === undefined ? -1 : index.numberOf(before);
  let numbers: number[] = [];
  let isCut = false;
  let isPastFirst = false;
  for (const number of upwards(index, index.numberOf(head))) {
    // What hangs below `before` was taken for nothing.
    if (number === cut && !isCut) {
      isCut = true;
      numbers = [];
      continue;
    }
    const isWanted = !isPastFirst && (limit === undefined || numbers.length < limit);
    if (isWanted) numbers.push(number);
    if (number === first) isPastFirst = true;
    // Past what is wanted, only `before` is still looked for.
    if ((!isWanted || isPastFirst) && (cut < 0 || isCut)) break;
  }
  return numbers.reverse().map((number) => index.idOf(number));
}

/** Lines in the order of the file, those near one another together. */
function runsOf(wanted: Wanted[]): Wanted[][] {
  const runs: Wanted[][] = [];
  for (const one of wanted.sort((a, b) => a.offset - b.offset)) {
    const run = runs.at(-1);
    const first = run?.[0];
    const last = run?.at(-1);
    const isNear =
      first !== undefined &&
      last !== undefined &&
      one.offset - (last.offset + last.length) <= GAP_BYTES &&
      one.offset + one.length - first.offset <= READ_BYTES;
    if (run !== undefined && isNear) run.push(one);
    else runs.push([one]);
  }
  return runs;
}

/** The item whose intact line begins at `at`; null where there stands anything else. */
function itemIn(bytes: Buffer, at: number, id: ItemId): TranscriptItem | null {
  const frame = readFrame(bytes, at);
  if (frame === null) return null;
  const fact = checkFact(JSON.parse(bytes.toString("utf8", frame.start, frame.end)));
  return fact?.type === "item.added" && fact.item.id === id ? fact.item : null;
}
