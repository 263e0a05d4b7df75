// One open journal: appends at once, syncs for all who wait, moves to a new segment after a failure of the disk, and leaves a
// checkpoint behind from time to time.

import { constants, fchmodSync, fstatSync, unlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Fact } from "../domain/protocol.ts";
import type { Journal } from "../engine/ports.ts";
import { encodeCheckpoint, removeCheckpoint, type SegmentMark, writeCheckpoint } from "./checkpoint.ts";
import { errorCode, type FileOps, plainReason, syncDir, writeFully } from "./file-ops.ts";
import type { JournalContents } from "./journal-contents.ts";
import { encodeFrame, readFrame } from "./journal-frame.ts";

/** Says which journal, what failed and what follows from it; `code` is the system's, such as ENOSPC. */
export class JournalError extends Error {
  readonly code: string;

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "JournalError";
    this.code = errorCode(cause);
  }
}

/** More than this waiting for nobody's `synced` starts a sync by itself, so that memory stays bounded. */
const MAX_UNSYNCED_BYTES = 4 * 1024 * 1024;

/** Entries that an opening may have to read anew before a checkpoint is written: so many, and this share of all. */
const FRESH_MIN = 2_000;
const FRESH_SHARE = 0.1;
/** At closing a checkpoint is worth its trouble from this many on. */
const FRESH_AT_CLOSE = 200;

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface JournalStart {
  /** Path without `.jsonl`; segment 1 is `<stem>.jsonl`, segment n `<stem>.<n>.jsonl`. */
  readonly stem: string;
  /** The one to append to; its file is made where it is missing. */
  readonly segment: number;
  readonly contents: JournalContents;
  /** The segments that are there, as they stand. */
  readonly marks: readonly SegmentMark[];
  readonly unknown: ReadonlyMap<string, number>;
  /** Entries that no checkpoint has. */
  readonly fresh: number;
  readonly ops: FileOps;
  readonly onClose: () => void;
  /** One line for the user: something beside the journal itself could not be written. */
  readonly onProblem: (text: string) => void;
}

/** A line that no successful fdatasync has covered, and the number of its item in the index, or -1. */
interface Unsynced {
  readonly line: Buffer;
  readonly number: number;
}

export class JournalFile implements Journal {
  readonly #start: JournalStart;
  readonly #ops: FileOps;
  readonly #stem: string;
  #segment: number;
  /** Null where the system did not let it be opened: every step tries again. */
  #fd: number | null = null;
  /** Bytes of whole entries in the present segment. */
  #length = 0;
  /** Of earlier segments; that of the present one is made when it is needed. */
  #marks: SegmentMark[];
  /** The last entry of the present segment: its line, or what is known of it. */
  #last: { readonly offset: number; readonly line: Buffer } | SegmentMark | null;
  /** Oldest first. */
  #unsynced: Unsynced[] = [];
  #unsyncedBytes = 0;
  /** The present segment cannot be trusted with another byte. */
  #isBroken = false;
  #isClosed = false;
  #waiters: Waiter[] = [];
  #running: Promise<void> | null = null;
  #fresh: number;
  #checkpointing: Promise<void> | null = null;
  /** Reading showed that the files are not what the index says. */
  #isDistrusted = false;
  #isCheckpointFailing = false;

  /** Never throws: a file that cannot be opened now is tried again with every step, and `onProblem` is told. */
  constructor(start: JournalStart) {
    const { stem, segment, ops, marks } = start;
    this.#start = start;
    this.#ops = ops;
    this.#stem = stem;
    this.#segment = segment;
    this.#marks = marks.filter((mark) => mark.segment !== segment);
    this.#last = marks.find((mark) => mark.segment === segment) ?? null;
    this.#fresh = start.fresh;
    try {
      const opened = openSegment(ops, segmentPath(stem, segment));
      this.#fd = opened.fd;
      this.#length = opened.length;
    } catch (error) {
      this.#isBroken = true;
      this.#length = marks.find((mark) => mark.segment === segment)?.length ?? 0;
      start.onProblem(`${basename(stem)}: the journal cannot be written: ${plainReason(error)}; it is tried again with every step`);
    }
    this.#checkpointWhenDue();
  }

  append(fact: Fact): void {
    if (this.#isClosed) throw new Error(`${basename(this.#stem)}: append to a closed journal`);
    const line = encodeFrame(JSON.stringify(fact));
    const fd = this.#writable();
    try {
      writeFully(this.#ops, fd, line);
    } catch (error) {
      this.#cutBack();
      throw new JournalError(
        `${basename(this.#stem)}: could not write to the journal: ${plainReason(error)}; nothing was kept of this step`,
        error,
      );
    }
    const { contents } = this.#start;
    const offset = this.#length;
    this.#length += line.length;
    this.#last = { offset, line };
    contents.take(fact, { segment: this.#segment, offset, length: line.length - 1 });
    this.#unsynced.push({ line, number: fact.type === "item.added" ? contents.index.numberOf(fact.item.id) : -1 });
    this.#unsyncedBytes += line.length;
    this.#fresh += 1;
    if (this.#unsyncedBytes > MAX_UNSYNCED_BYTES) this.#startSync();
    this.#checkpointWhenDue();
  }

  /** The line of an item while its segment cannot be trusted to have it. */
  unsyncedLine(number: number): Buffer | null {
    return this.#isBroken ? (this.#unsynced.find((entry) => entry.number === number)?.line ?? null) : null;
  }

  /** What the checkpoint says of the files is not so: it goes, and the next opening reads them whole. */
  distrust(): void {
    this.#isDistrusted = true;
    removeCheckpoint(this.#stem);
  }

  synced(): Promise<void> {
    if (this.#unsynced.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#startSync();
    });
  }

  /** Syncs what is left, then closes; rejects with `JournalError` where that failed, closed all the same. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.synced();
      await this.#checkpointing;
      if (this.#fresh >= FRESH_AT_CLOSE) await this.#checkpoint();
    } finally {
      await this.#checkpointing;
      await this.#running;
      if (this.#fd !== null) this.#ops.closeSync(this.#fd);
      this.#start.onClose();
    }
  }

  #checkpointWhenDue(): void {
    if (this.#checkpointing !== null || this.#fresh < Math.max(FRESH_MIN, FRESH_SHARE * this.#start.contents.entries)) return;
    // Not within the step that was just appended.
    this.#checkpointing = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => (this.#isClosed ? undefined : this.#checkpoint()))
      .finally(() => {
        this.#checkpointing = null;
      });
  }

  /** Never rejects. What it holds is on disk in the journal before the checkpoint is. */
  async #checkpoint(): Promise<void> {
    const segment = this.#segment;
    const mark = this.#mark();
    if (mark === null || this.#isDistrusted) return;
    const { contents, unknown, onProblem } = this.#start;
    const encoded = encodeCheckpoint({ ...contents.part(), segments: [...this.#marks, mark], unknown: [...unknown] }, contents.index);
    this.#fresh = 0;
    try {
      await this.synced();
    } catch {
      // Whoever waits for the journal is told.
      return;
    }
    if (segment !== this.#segment || this.#isDistrusted) return;
    try {
      await writeCheckpoint(this.#stem, encoded, this.#ops);
      this.#isCheckpointFailing = false;
    } catch (error) {
      const consequence = "its journal is whole, only opening it takes longer";
      if (!this.#isCheckpointFailing)
        onProblem(`${basename(this.#stem)}: the checkpoint could not be written: ${plainReason(error)}; ${consequence}`);
      this.#isCheckpointFailing = true;
    }
  }

  #mark(): SegmentMark | null {
    const last = this.#last;
    if (last === null) return null;
    if (!("line" in last)) return { ...last, length: this.#length };
    const frame = readFrame(last.line, 0);
    return frame === null ? null : { segment: this.#segment, length: this.#length, lastStart: last.offset, lastCrc: frame.crc };
  }

  #startSync(): void {
    this.#running ??= this.#sync().finally(() => {
      this.#running = null;
      if (this.#waiters.length > 0) this.#startSync();
    });
  }

  /** Never rejects. Starts a microtask late, so that all who asked in one tick share one fdatasync. */
  async #sync(): Promise<void> {
    await null;
    const waiters = this.#waiters;
    this.#waiters = [];
    try {
      const fd = this.#writable();
      const count = this.#unsynced.length;
      await this.#ops.fdatasync(fd);
      for (const { line } of this.#unsynced.splice(0, count)) this.#unsyncedBytes -= line.length;
      for (const waiter of waiters) waiter.resolve();
    } catch (error) {
      // The kernel may have dropped these pages and would report success next time (fsyncgate): never ask this file again.
      this.#isBroken = true;
      const failure =
        error instanceof JournalError
          ? error
          : new JournalError(
              `${basename(this.#stem)}: the journal could not be brought to disk: ${plainReason(error)}; it is tried again in a new file`,
              error,
            );
      for (const waiter of waiters) waiter.reject(failure);
    }
  }

  /** The present segment's file, or a new one's where that one is given up. Throws `JournalError`. */
  #writable(): number {
    if (this.#fd !== null && !this.#isBroken) return this.#fd;
    return this.#startSegment();
  }

  /** They stand at the beginning of the new segment now. */
  #relocateUnsynced(): void {
    const { index } = this.#start.contents;
    let offset = 0;
    this.#last = null;
    for (const { line, number } of this.#unsynced) {
      if (number >= 0) index.move(number, { segment: this.#segment, offset, length: line.length - 1 });
      this.#last = { offset, line };
      offset += line.length;
    }
  }

  /** Takes half a line back off the file. Where even that fails, the segment is given up. */
  #cutBack(): void {
    try {
      if (this.#fd !== null) this.#ops.ftruncateSync(this.#fd, this.#length);
    } catch {
      this.#isBroken = true;
    }
  }

  /** Carries on in the next segment, which begins with all that was not synced. On failure everything stays as it was. */
  #startSegment(): number {
    const ops = this.#ops;
    let fd: number | null = null;
    let segment = this.#segment + 1;
    try {
      // A number that is taken belongs to an earlier attempt whose file could not be removed: its entries are repeats.
      while (fd === null) {
        try {
          fd = ops.openSync(segmentPath(this.#stem, segment), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
        } catch (error) {
          if (errorCode(error) !== "EEXIST") throw error;
          segment += 1;
        }
      }
      let length = 0;
      for (const { line } of this.#unsynced) {
        writeFully(ops, fd, line);
        length += line.length;
      }
      syncDir(ops, dirname(this.#stem));
      const old = this.#fd;
      const mark = this.#mark();
      if (mark !== null) this.#marks.push(mark);
      this.#fd = fd;
      this.#segment = segment;
      this.#length = length;
      this.#isBroken = false;
      this.#relocateUnsynced();
      const opened = fd;
      fd = null;
      if (old !== null) ops.closeSync(old);
      return opened;
    } catch (error) {
      if (fd !== null) abandon(ops, fd, segmentPath(this.#stem, segment));
      throw new JournalError(`${basename(this.#stem)}: could not go on in a new journal file: ${plainReason(error)}`, error);
    }
  }
}

export function segmentPath(stem: string, segment: number): string {
  return segment === 1 ? `${stem}.jsonl` : `${stem}.${segment}.jsonl`;
}

function openSegment(ops: FileOps, path: string): { fd: number; length: number } {
  let fd: number;
  let isNew = true;
  try {
    fd = ops.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    fd = ops.openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
    isNew = false;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error("it is not a regular file");
    if ((stat.mode & 0o777) !== 0o600) fchmodSync(fd, 0o600);
    if (isNew) syncDir(ops, dirname(path));
    return { fd, length: stat.size };
  } catch (error) {
    ops.closeSync(fd);
    throw error;
  }
}

/** A half segment that cannot be removed does no harm: its entries repeat what follows, its torn end is cut at the next opening. */
function abandon(ops: FileOps, fd: number, path: string): void {
  ops.closeSync(fd);
  try {
    unlinkSync(path);
  } catch {
    // Left as it is; see above.
  }
}
