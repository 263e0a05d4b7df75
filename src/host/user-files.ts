// Files that the user names himself, to save a conversation into or to load one from.

import { constants } from "node:fs";
import { open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { UserFiles } from "../engine/ports.ts";

const READ_MAX_BYTES = 16 * 1024 * 1024;

export const userFiles: UserFiles = {
  async writeNew(path, text) {
    try {
      const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } catch (error) {
        // Half a file is none.
        await unlink(path).catch(() => {});
        throw error;
      } finally {
        await file.close();
      }
      return { ok: true };
    } catch (error) {
      const isFolderMissing = ["ENOENT", "ENOTDIR"].includes(codeOf(error));
      return { ok: false, problem: isFolderMissing ? `the folder ${dirname(path)} is not there` : problemOf(path, error) };
    }
  },
  async read(path) {
    try {
      // A pipe would keep the server waiting.
      const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const stat = await file.stat();
        if (!stat.isFile()) return { ok: false, problem: `${path} is not a file` };
        if (stat.size > READ_MAX_BYTES)
          return { ok: false, problem: `${path} has ${stat.size} bytes; up to ${READ_MAX_BYTES} can be loaded` };
        return { ok: true, text: await file.readFile("utf8") };
      } finally {
        await file.close();
      }
    } catch (error) {
      return { ok: false, problem: problemOf(path, error) };
    }
  },
};

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function problemOf(path: string, error: unknown): string {
  const code = codeOf(error);
  switch (code) {
    case "EEXIST":
      return `${path} is there already and stays as it is; name another file`;
    case "ENOENT":
    case "ENOTDIR":
      return `${path} is not there`;
    case "EACCES":
    case "EPERM":
      return `${path} is not yours to use`;
    case "ENOSPC":
      return `${path} could not be written: the disk is full`;
    default:
      return `${path}: ${code}`;
  }
}
