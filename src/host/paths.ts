// Names of what lies on disk, and how a private folder is made and checked.

import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { basename } from "node:path";
import { plainReason } from "./file-ops.ts";

/** The files and folders that this room works on; where they lie is `link/home.ts`'s to say. */
export interface Paths {
  readonly stateFile: string;
  readonly vaultFile: string;
  readonly vaultKeyFile: string;
  readonly ledgerFile: string;
  /** Journals of sessions, `<session id>.jsonl`. */
  readonly sessionsDir: string;
  /** Journals of workspaces, named by `workspaceFileName`. */
  readonly workspacesDir: string;
  readonly runDir: string;
  readonly logsDir: string;
}

/** The journal's file name for a workspace: readable, and as unique as its folder. */
export function workspaceFileName(folder: string): string {
  const readable = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, "-")
    .slice(0, 40);
  return `${readable === "" ? "root" : readable}-${hashOf(folder).slice(0, 16)}.jsonl`;
}

/**
 * Makes `path` (and what leads to it) where it is missing, and makes sure that it is ours alone: a folder, not a link,
 * owned by this user, mode 0700. Throws an `Error` that says which of these does not hold.
 */
export function ensurePrivateDir(path: string): void {
  const remedy = "remove it, or set INTERPANE_HOME to another folder";
  let stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new Error(`the private folder ${path} could not be made: ${plainReason(error)}; set INTERPANE_HOME to another folder`, {
        cause: error,
      });
    }
    stat = lstatSync(path);
  }
  if (stat.isSymbolicLink()) throw new Error(`${path} is a symbolic link, and a private folder may not be one; ${remedy}`);
  if (!stat.isDirectory()) throw new Error(`${path} is not a folder; ${remedy}`);
  const uid = process.getuid?.();
  if (uid !== undefined && stat.uid !== uid) {
    throw new Error(`${path} belongs to user ${stat.uid}, not to you (user ${uid}); ${remedy}`);
  }
  // Safe by name: in a sticky or own parent nobody else can replace a folder that was just seen to be ours.
  if ((stat.mode & 0o777) !== 0o700) chmodSync(path, 0o700);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The XDG specification: a relative path is to be ignored. */
