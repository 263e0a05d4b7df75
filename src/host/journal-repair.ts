// Reading the files of a journal when it is opened, from its checkpoint or whole, and making damaged ones whole again.

import { randomBytes } from "node:crypto";
import { constants, fstatSync, readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { JournalName } from "../engine/ports.ts";
import { readCheckpoint, removeCheckpoint, type SegmentMark } from "./checkpoint.ts";
import { errorCode, type FileOps, plainReason, syncDir, writeFully } from "./file-ops.ts";
import { JournalContents } from "./journal-contents.ts";
import { segmentPath } from "./journal-file.ts";
import { readFrame } from "./journal-frame.ts";
import { type Entry, mergeSegments, type Scan, scanJournal } from "./journal-scan.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;
const READ_BYTES = 64 * 1024 * 1024;
/** Entries taken before other work gets a turn. */
const SLICE = 5_000;

export interface JournalReading {
  readonly contents: JournalContents;
  readonly marks: SegmentMark[];
  readonly unknown: ReadonlyMap<string, number>;
  /** Entries that no checkpoint has. */
  readonly fresh: number;
  readonly damage: string[];
}

/** Numbers of the segments that are there, in order. */
export function segmentsOf(stem: string): number[] {
  const prefix = `${basename(stem)}.`;
  const numbers: number[] = [];
  for (const file of namesIn(dirname(stem))) {
    if (!file.startsWith(prefix) || !file.endsWith(".jsonl")) continue;
    if (file === `${prefix}jsonl`) numbers.push(1);
    else {
      const middle = file.slice(prefix.length, -".jsonl".length);
      if (/^[1-9]\d{0,5}$/.test(middle)) numbers.push(Number(middle));
    }
  }
  return numbers.sort((a, b) => a - b);
}

/** A crash amid a checkpoint or a repair leaves the file that was to take the old one's place. Nobody else has this journal open. */
export function removeHalfMade(stem: string): void {
  const dir = dirname(stem);
  const halfMade = namesIn(dir).filter((file) => file.startsWith(`.${basename(stem)}.`) && file.endsWith(".tmp"));
  for (const file of halfMade) rmSync(join(dir, file), { force: true });
}

export function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** Whatever its size: `readFile` gives up at 2 GB. */
export async function readSegment(path: string): Promise<Buffer> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    return await readRange(file, 0, size);
  } finally {
    await file.close();
  }
}

/** Fewer bytes where the file ends before `end`. */
async function readRange(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, Math.min(READ_BYTES, bytes.length - filled), start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

// From a checkpoint ---------------------------------------------------------------------------------------------------

/** Null where there is no checkpoint, it does not fit the files, or what came after it needs more than its torn end cut. */
export async function readFromCheckpoint(
  name: JournalName,
  stem: string,
  segments: readonly number[],
  ops: FileOps,
): Promise<JournalReading | null> {
  const read = await readCheckpoint(stem);
  if (read === null) return null;
  const { checkpoint, index } = read;
  const contents = JournalContents.of(name, checkpoint, index);
  const mark = checkpoint.segments.at(-1);
  if (contents === null || mark === undefined) return null;
  const tail = await readAfter(stem, segments, checkpoint.segments);
  if (tail === null) return null;
  const { segment } = mark;
  const entries: Entry[] = [];
  const scan = await scanJournal(tail, mark.length, (entry) => entries.push(entry));
  if (hasHoles(scan) || !isAfter(entries, checkpoint.state.seq)) return null;
  const path = segmentPath(stem, segment);
  const unknown = new Map(checkpoint.unknown);
  addCounts(unknown, scan.unknown);
  const damage = [...repair(path, tail, scan, ops, mark.length), ...unknownLines(path, unknown)];
  for (const { fact, offset, length } of entries) contents.take(fact, { segment, offset, length });
  const last = scan.last === null ? mark : { ...mark, lastStart: scan.last.offset, lastCrc: scan.last.crc };
  return { contents, marks: [...checkpoint.segments.slice(0, -1), last], unknown, fresh: entries.length, damage };
}

/** The bytes behind the last mark, or null where a segment is not what its mark says. */
async function readAfter(stem: string, segments: readonly number[], marks: readonly SegmentMark[]): Promise<Buffer | null> {
  if (segments.length !== marks.length) return null;
  let tail: Buffer | null = null;
  for (const [position, mark] of marks.entries()) {
    if (mark.segment !== segments[position]) return null;
    const isLast = position === marks.length - 1;
    tail = await readBehind(segmentPath(stem, mark.segment), mark, isLast);
    if (tail === null) return null;
  }
  return tail;
}

/** What stands behind a mark's last entry, where that entry is there and intact. `mayGrow`: something may. */
export async function readBehind(path: string, mark: SegmentMark, mayGrow: boolean): Promise<Buffer | null> {
  const { size } = await stat(path);
  if (size < mark.length || (size > mark.length && !mayGrow)) return null;
  const file = await open(path, O_RDONLY | O_NOFOLLOW);
  try {
    const bytes = await readRange(file, mark.lastStart, size);
    if (bytes.length < size - mark.lastStart) return null;
    const frame = readFrame(bytes, 0);
    if (frame === null || frame.crc !== mark.lastCrc || mark.lastStart + frame.next !== mark.length) return null;
    return bytes.subarray(frame.next);
  } finally {
    await file.close();
  }
}

/** New facts only, in growing order; anything else is for the whole reading to sort out. */
function isAfter(entries: readonly Entry[], seq: number): boolean {
  let before = seq;
  for (const { fact } of entries) {
    if (fact.seq <= before) return false;
    before = fact.seq;
  }
  return true;
}

// Whole ---------------------------------------------------------------------------------------------------------------

interface PlacedEntry extends Entry {
  readonly segment: number;
}

export async function readWhole(name: JournalName, stem: string, segments: readonly number[], ops: FileOps): Promise<JournalReading> {
  removeCheckpoint(stem);
  const read: SegmentReading = { stem, ops, damage: [], marks: [], unknown: new Map() };
  let contents = JournalContents.empty(name);
  const [only] = segments;
  let isInOrder = segments.length < 2;
  if (isInOrder && only !== undefined) {
    let before = 0;
    // Nothing is held but what the contents hold: a journal may be far larger than what is open.
    const take = ({ fact, offset, length }: Entry): void => {
      isInOrder &&= fact.seq > before;
      before = fact.seq;
      if (isInOrder) contents.take(fact, { segment: only, offset, length });
    };
    const begin = (): void => {
      contents = JournalContents.empty(name);
      before = 0;
      isInOrder = true;
    };
    await readOneWhole(read, only, begin, take);
  }
  if (!isInOrder) {
    read.marks.length = 0;
    read.unknown.clear();
    contents = await mergeWhole(name, read, segments);
  }
  read.damage.push(...unknownLines(segmentPath(stem, segments.at(-1) ?? 1), read.unknown));
  const { marks, unknown, damage } = read;
  return { contents, marks, unknown, fresh: contents.entries, damage };
}

interface SegmentReading {
  readonly stem: string;
  readonly ops: FileOps;
  readonly damage: string[];
  readonly marks: SegmentMark[];
  readonly unknown: Map<string, number>;
}

/** Mends the segment where that is needed. `begin` is called before the first entry is given, and again where all are given anew. */
async function readOneWhole(read: SegmentReading, segment: number, begin: () => void, take: (entry: Entry) => void): Promise<void> {
  const path = segmentPath(read.stem, segment);
  const bytes = await readSegment(path);
  begin();
  let scan = await scanJournal(bytes, 0, take);
  read.damage.push(...repair(path, bytes, scan, read.ops, 0));
  if (hasHoles(scan)) {
    // The damaged regions are out of the file, and all behind them has moved.
    begin();
    scan = await scanJournal(await readSegment(path), 0, take);
  }
  addCounts(read.unknown, scan.unknown);
  const { size } = await stat(path);
  if (scan.last !== null) read.marks.push({ segment, length: size, lastStart: scan.last.offset, lastCrc: scan.last.crc });
}

/** Several segments hold repeats, and numbers out of order need the whole to be sorted out. */
async function mergeWhole(name: JournalName, read: SegmentReading, segments: readonly number[]): Promise<JournalContents> {
  const scans: PlacedEntry[][] = [];
  for (const segment of segments) {
    let entries: PlacedEntry[] = [];
    const begin = (): void => {
      entries = [];
    };
    await readOneWhole(read, segment, begin, (entry) => entries.push({ ...entry, segment }));
    scans.push(entries);
  }
  const contents = JournalContents.empty(name);
  let taken = 0;
  for (const { fact, segment, offset, length } of mergeSegments(scans)) {
    contents.take(fact, { segment, offset, length });
    taken += 1;
    if (taken % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return contents;
}

/** Damage that is not just an unfinished end. */
function hasHoles(scan: Scan): boolean {
  return scan.damaged.length > (scan.hasTornTail ? 1 : 0);
}

function addCounts(sum: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [type, times] of counts) sum.set(type, (sum.get(type) ?? 0) + times);
}

// Repair --------------------------------------------------------------------------------------------------------------

/**
 * Makes the file whole again without losing a byte that is not a torn end; says what was done, one line each. `bytes` begin at
 * `base` of the file. Where the disk does not let it, the damage stays, is skipped, and the next opening tries again.
 */
function repair(path: string, bytes: Buffer, scan: Scan, ops: FileOps, base: number): string[] {
  const name = basename(path);
  const torn = scan.hasTornTail ? scan.damaged.at(-1) : undefined;
  const middle = scan.hasTornTail ? scan.damaged.slice(0, -1) : scan.damaged;
  const lines: string[] = [];
  try {
    if (middle.length > 0) {
      const parts = middle.map((region) => bytes.subarray(region.start - base, region.end - base));
      const aside = setAside(path, parts, ops);
      rewrite(path, bytes, scan, ops);
      for (const { start, end } of middle)
        lines.push(`${name}: ${count(end - start, "damaged byte")} at offset ${start} set aside in ${aside}; every other entry was kept`);
    } else if (torn !== undefined || scan.lacksNewline) {
      const length = torn?.start ?? base + bytes.length;
      mendTail(path, length, scan.lacksNewline || endsWithoutNewline(bytes, length - base), ops);
    }
    if (torn !== undefined) lines.push(`${name}: the last entry was unfinished (${count(torn.end - torn.start, "byte")}) and was cut off`);
  } catch (error) {
    const damaged = scan.damaged.reduce((sum, region) => sum + region.end - region.start, 0);
    lines.push(`${name}: ${count(damaged, "damaged byte")} could not be cleared away: ${plainReason(error)}; every other entry was kept`);
  }
  return lines;
}

function unknownLines(path: string, unknown: ReadonlyMap<string, number>): string[] {
  const consequence = "cannot be read by this version; kept on disk, skipped here";
  return [...unknown].map(([type, times]) => `${basename(path)}: ${count(times, "entry", "entries")} of type "${type}" ${consequence}`);
}

function endsWithoutNewline(bytes: Buffer, end: number): boolean {
  return end > 0 && bytes[end - 1] !== 0x0a;
}

/** Copies damaged bytes beside the journal, on disk before the journal loses them; the new file's name. */
function setAside(path: string, parts: readonly Buffer[], ops: FileOps): string {
  for (let n = 1; ; n += 1) {
    const aside = `${path}.damaged-${n}`;
    let fd: number;
    try {
      fd = ops.openSync(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    } catch (error) {
      if (errorCode(error) === "EEXIST") continue;
      throw error;
    }
    try {
      for (const part of parts) writeFully(ops, fd, part);
      ops.fsyncSync(fd);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    } finally {
      ops.closeSync(fd);
    }
    syncDir(ops, dirname(path));
    return basename(aside);
  }
}

/** Replaces the file by one that holds everything but its damaged regions, unreadable entries of newer versions included. */
function rewrite(path: string, bytes: Buffer, scan: Scan, ops: FileOps): void {
  const temp = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const fd = ops.openSync(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      let from = 0;
      for (const region of [...scan.damaged, { start: bytes.length, end: bytes.length }]) {
        const part = bytes.subarray(from, region.start);
        writeFully(ops, fd, part);
        if (part.length > 0 && part.at(-1) !== 0x0a) writeFully(ops, fd, Buffer.from("\n"));
        from = region.end;
      }
      ops.fsyncSync(fd);
    } finally {
      ops.closeSync(fd);
    }
    ops.renameSync(temp, path);
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
  syncDir(ops, dirname(path));
}

/** Cuts the file to `length` and gives its last entry its newline. */
function mendTail(path: string, length: number, addsNewline: boolean, ops: FileOps): void {
  const fd = ops.openSync(path, O_WRONLY | O_NOFOLLOW | O_APPEND);
  try {
    if (fstatSync(fd).size !== length) ops.ftruncateSync(fd, length);
    if (addsNewline) writeFully(ops, fd, Buffer.from("\n"));
    ops.fsyncSync(fd);
  } finally {
    ops.closeSync(fd);
  }
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
