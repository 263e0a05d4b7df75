// The few file operations on which durability rests, as an object, so that tests can let each of them fail.

import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { messageOf } from "../domain/message-of.ts";

export interface FileOps {
  openSync(path: string, flags: number, mode?: number): number;
  /** May write less than asked; `writeFully` loops. */
  writeSync(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  ftruncateSync(fd: number, length: number): void;
  fsyncSync(fd: number): void;
  fdatasync(fd: number): Promise<void>;
  renameSync(from: string, to: string): void;
  closeSync(fd: number): void;
}

export const realFileOps: FileOps = {
  openSync,
  writeSync: (fd, bytes, offset, length) => writeSync(fd, bytes, offset, length),
  ftruncateSync,
  fsyncSync,
  fdatasync: promisify(fdatasync),
  renameSync,
  closeSync,
};

/** Writes every byte or throws what the system said. */
export function writeFully(ops: FileOps, fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    const count = ops.writeSync(fd, bytes, written, bytes.length - written);
    if (count <= 0) throw Object.assign(new Error("the system wrote nothing"), { code: "EIO" });
    written += count;
  }
}

/** Makes a new name in `dir` last through a power cut. Some file systems refuse it for folders; that is not an error. */
export function syncDir(ops: FileOps, dir: string): void {
  const fd = ops.openSync(dir, 0);
  try {
    ops.fsyncSync(fd);
  } catch (error) {
    const code = errorCode(error);
    if (code !== "EINVAL" && code !== "ENOTSUP" && code !== "EPERM") throw error;
  } finally {
    ops.closeSync(fd);
  }
}

/** `ENOENT`, `ENOSPC` …, or an empty text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

const PLAIN: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "your disk quota is used up",
  EROFS: "the file system is read-only",
  EIO: "the disk reported an input/output error",
  EACCES: "permission was denied",
  EPERM: "the operation is not permitted",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  EEXIST: "it exists already",
  ELOOP: "there are too many links, or a link where none is allowed",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  EXDEV: "it lies on another file system",
  EFBIG: "the file is too large",
};

/** What went wrong, in plain words; the system's own sentence where there are none. */
export function plainReason(error: unknown): string {
  const code = errorCode(error);
  const plain = PLAIN[code];
  if (plain !== undefined) return `${plain} (${code})`;
  return messageOf(error);
}
