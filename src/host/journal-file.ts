// One open journal: appends at once, syncs for all who wait, and moves to a new segment after a failure of the disk.

import { constants, fchmodSync, fstatSync, unlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Fact } from "../domain/protocol.ts";
import type { Journal } from "../engine/ports.ts";
import { errorCode, type FileOps, plainReason, syncDir, writeFully } from "./file-ops.ts";
import { encodeFrame } from "./journal-frame.ts";

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

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class JournalFile implements Journal {
  readonly #ops: FileOps;
  /** Path without `.jsonl`; segment 1 is `<stem>.jsonl`, segment n `<stem>.<n>.jsonl`. */
  readonly #stem: string;
  readonly #onClose: () => void;
  #segment: number;
  #fd: number;
  /** Bytes of whole entries in the present segment. */
  #length: number;
  /** Whole lines that no successful fdatasync has covered, oldest first. */
  #unsynced: Buffer[] = [];
  #unsyncedBytes = 0;
  /** The present segment cannot be trusted with another byte. */
  #isBroken = false;
  #isClosed = false;
  #waiters: Waiter[] = [];
  #running: Promise<void> | null = null;

  /** `segment` is the one to append to; its file is made where it is missing. Throws `JournalError`. */
  constructor(stem: string, segment: number, ops: FileOps, onClose: () => void) {
    this.#ops = ops;
    this.#stem = stem;
    this.#onClose = onClose;
    this.#segment = segment;
    try {
      const opened = openSegment(ops, segmentPath(stem, segment));
      this.#fd = opened.fd;
      this.#length = opened.length;
    } catch (error) {
      throw new JournalError(`${basename(stem)}: the journal could not be opened: ${plainReason(error)}`, error);
    }
  }

  append(fact: Fact): void {
    if (this.#isClosed) throw new Error(`${basename(this.#stem)}: append to a closed journal`);
    const line = encodeFrame(JSON.stringify(fact));
    if (this.#isBroken) this.#startSegment();
    try {
      writeFully(this.#ops, this.#fd, line);
    } catch (error) {
      this.#cutBack();
      throw new JournalError(
        `${basename(this.#stem)}: could not write to the journal: ${plainReason(error)}; nothing was kept of this step`,
        error,
      );
    }
    this.#length += line.length;
    this.#unsynced.push(line);
    this.#unsyncedBytes += line.length;
    if (this.#unsyncedBytes > MAX_UNSYNCED_BYTES) this.#startSync();
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
    } finally {
      await this.#running;
      this.#ops.closeSync(this.#fd);
      this.#onClose();
    }
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
      if (this.#isBroken) this.#startSegment();
      const count = this.#unsynced.length;
      await this.#ops.fdatasync(this.#fd);
      for (const line of this.#unsynced.splice(0, count)) this.#unsyncedBytes -= line.length;
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

  /** Takes half a line back off the file. Where even that fails, the segment is given up. */
  #cutBack(): void {
    try {
      this.#ops.ftruncateSync(this.#fd, this.#length);
    } catch {
      this.#isBroken = true;
    }
  }

  /** Carries on in the next segment, which begins with all that was not synced. On failure everything stays as it was. */
  #startSegment(): void {
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
      for (const line of this.#unsynced) {
        writeFully(ops, fd, line);
        length += line.length;
      }
      syncDir(ops, dirname(this.#stem));
      const old = this.#fd;
      this.#fd = fd;
      this.#segment = segment;
      this.#length = length;
      this.#isBroken = false;
      fd = null;
      ops.closeSync(old);
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
