// The journals of sessions and workspaces: opening with repair, reading, listing, removing.
//
// A checkpoint (design, decision 1) would enter in `open`: a disposable `<stem>.checkpoint` naming segment, offset and state, from
// which `scanJournal` starts instead of from 0. Nothing else here would change.

import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type SessionId, sessionIdSchema } from "../domain/ids.ts";
import type { Fact, SessionRow } from "../domain/protocol.ts";
import type { JournalName, Journals, OpenedJournal } from "../engine/ports.ts";
import { errorCode, type FileOps, plainReason, realFileOps, syncDir, writeFully } from "./file-ops.ts";
import { JournalError, JournalFile, segmentPath } from "./journal-file.ts";
import { SessionRows } from "./journal-rows.ts";
import { mergeSegments, type Scan, scanJournal } from "./journal-scan.ts";
import { ensurePrivateDir, type Paths, workspaceFileName } from "./paths.ts";

export { JournalError } from "./journal-file.ts";

/** All methods but `append` are asynchronous; failures are `JournalError`s. One process may use a folder at a time. */
export function createJournals(paths: Pick<Paths, "sessionsDir" | "workspacesDir">, ops: FileOps = realFileOps): Journals {
  /** Stems of journals that are open, or being opened or removed. */
  const inUse = new Set<string>();
  const rows = new SessionRows(paths.sessionsDir);

  function stemOf(name: JournalName): string {
    if (name.type === "workspace") return join(paths.workspacesDir, workspaceFileName(name.folder).replace(/\.jsonl$/, ""));
    // The brand promises this; a path is worth a second look.
    if (!sessionIdSchema.safeParse(name.session).success) throw new JournalError(`"${name.session}" is no session id`);
    return join(paths.sessionsDir, name.session);
  }

  async function open(name: JournalName): Promise<OpenedJournal> {
    const stem = stemOf(name);
    if (inUse.has(stem)) throw new JournalError(`${basename(stem)}: the journal is open already`);
    inUse.add(stem);
    try {
      ensurePrivateDir(dirname(stem));
      const segments = segmentsOf(stem);
      const damage: string[] = [];
      const scans: Scan[] = [];
      for (const segment of segments) {
        const path = segmentPath(stem, segment);
        const bytes = await readSegment(path);
        const scan = await scanJournal(bytes);
        damage.push(...repair(path, bytes, scan, ops));
        scans.push(scan);
      }
      const journal = new JournalFile(stem, segments.at(-1) ?? 1, ops, () => inUse.delete(stem));
      return { journal, facts: mergeSegments(scans.map((scan) => scan.entries)), damage };
    } catch (error) {
      inUse.delete(stem);
      throw asJournalError(stem, "opened", error);
    }
  }

  async function read(name: JournalName): Promise<Fact[]> {
    const stem = stemOf(name);
    try {
      const scans: Scan[] = [];
      for (const segment of segmentsOf(stem)) scans.push(await scanJournal(await readSegment(segmentPath(stem, segment))));
      return mergeSegments(scans.map((scan) => scan.entries));
    } catch (error) {
      throw asJournalError(stem, "read", error);
    }
  }

  async function list(): Promise<SessionRow[]> {
    return rows.list((session) => inUse.has(join(paths.sessionsDir, session)));
  }

  /** Deletes the conversation whole: every segment, and what was set aside as damaged. */
  async function remove(session: SessionId): Promise<void> {
    const stem = stemOf({ type: "session", session });
    if (inUse.has(stem)) throw new JournalError(`${session}: the session is open; close its agent first`);
    try {
      // A session id has no dot, so this prefix belongs to no other session.
      const files = namesIn(paths.sessionsDir).filter((file) => file.startsWith(`${session}.`));
      for (const file of files) rmSync(join(paths.sessionsDir, file));
      if (files.length > 0) syncDir(ops, paths.sessionsDir);
    } catch (error) {
      throw asJournalError(stem, "removed", error);
    }
  }

  return { open, read, list, remove };
}

/** Numbers of the segments that are there, in order. */
function segmentsOf(stem: string): number[] {
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

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

async function readSegment(path: string): Promise<Buffer> {
  return readFile(path, { flag: constants.O_RDONLY | constants.O_NOFOLLOW });
}

/** Makes the file whole again without losing a byte that is not a torn end; says what was done, one line each. */
function repair(path: string, bytes: Buffer, scan: Scan, ops: FileOps): string[] {
  const name = basename(path);
  const lines: string[] = [];
  const torn = scan.hasTornTail ? scan.damaged.at(-1) : undefined;
  const middle = scan.hasTornTail ? scan.damaged.slice(0, -1) : scan.damaged;
  if (middle.length > 0) {
    const aside = setAside(
      path,
      middle.map((region) => bytes.subarray(region.start, region.end)),
      ops,
    );
    rewrite(path, bytes, scan, ops);
    for (const { start, end } of middle) {
      lines.push(`${name}: ${count(end - start, "damaged byte")} at offset ${start} set aside in ${aside}; every other entry was kept`);
    }
  } else if (torn !== undefined || scan.lacksNewline) {
    mendTail(path, torn?.start ?? bytes.length, scan.lacksNewline || endsWithoutNewline(bytes, torn?.start ?? 0), ops);
  }
  if (torn !== undefined) lines.push(`${name}: the last entry was unfinished (${count(torn.end - torn.start, "byte")}) and was cut off`);
  for (const [type, times] of scan.unknown) {
    lines.push(`${name}: ${count(times, "entry", "entries")} of type "${type}" cannot be read by this version; kept on disk, skipped here`);
  }
  return lines;
}

function endsWithoutNewline(bytes: Buffer, end: number): boolean {
  return end > 0 && bytes[end - 1] !== 0x0a;
}

/** Copies damaged bytes beside the journal, on disk before the journal loses them; the new file's name. */
function setAside(path: string, parts: readonly Buffer[], ops: FileOps): string {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  for (let n = 1; ; n += 1) {
    const aside = `${path}.damaged-${n}`;
    let fd: number;
    try {
      fd = ops.openSync(aside, flags, 0o600);
    } catch (error) {
      if (errorCode(error) === "EEXIST") continue;
      throw error;
    }
    try {
      for (const part of parts) writeFully(ops, fd, part);
      ops.fsyncSync(fd);
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
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = ops.openSync(temp, flags, 0o600);
  try {
    let from = 0;
    for (const region of [...scan.damaged, { start: bytes.length, end: bytes.length }]) {
      const part = bytes.subarray(from, region.start);
      writeFully(ops, fd, part);
      if (part.length > 0 && part.at(-1) !== 0x0a) writeFully(ops, fd, Buffer.from("\n"));
      from = region.end;
    }
    ops.fsyncSync(fd);
    ops.closeSync(fd);
  } catch (error) {
    ops.closeSync(fd);
    rmSync(temp, { force: true });
    throw error;
  }
  renameSync(temp, path);
  syncDir(ops, dirname(path));
}

/** Cuts the file to `length` and gives its last entry its newline. */
function mendTail(path: string, length: number, addsNewline: boolean, ops: FileOps): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_APPEND);
  try {
    if (fstatSync(fd).size !== length) ftruncateSync(fd, length);
    if (addsNewline) writeFully(ops, fd, Buffer.from("\n"));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function asJournalError(stem: string, verb: string, error: unknown): JournalError {
  if (error instanceof JournalError) return error;
  return new JournalError(`${basename(stem)}: the journal could not be ${verb}: ${plainReason(error)}`, error);
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
