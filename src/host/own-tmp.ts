// An agent's own /tmp: which folder of this machine a path means that a sandboxed agent says, and how that is said back to it.
//
// Its programs see another folder as /tmp (sandbox.ts), and inside that the folders it may write, where they lie there. Nothing
// here opens a file: what a path leads to is verified by the door when it is opened.

import { dirname, join } from "node:path";
import { isFolder, linkAt } from "./at-path.ts";

export const SEEN_TMP = "/tmp";
const MAX_LINKS = 40;

export interface OwnTmp {
  /** On this machine. */
  readonly folder: string;
  /** Folders that stand in the sandbox where they really are, also below /tmp. */
  readonly writable: readonly string[];
}

/** `path` absolute and normalised, no link followed; null: it does not lie in the agent's own /tmp. */
export function inOwnTmp(path: string, tmp: OwnTmp): string | null {
  if (isSeenAsIs(path, tmp.writable)) return null;
  return join(tmp.folder, path.slice(SEEN_TMP.length));
}

/**
 * Where `path` lies on this machine once every link on the way is followed as the agent's programs would. What does not exist is
 * taken as it is written. Null: it leads through too many links.
 */
export function resolveSeen(path: string, tmp: OwnTmp): string | null {
  let rest = path.split("/");
  let seen = "/";
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      seen = dirname(seen);
      continue;
    }
    const next = join(seen, name);
    const link = linkAt(inOwnTmp(next, tmp) ?? next);
    if (link === null) {
      seen = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return null;
    if (link.startsWith("/")) seen = "/";
    rest = [...link.split("/"), ...rest];
  }
  return inOwnTmp(seen, tmp) ?? seen;
}

/** How the agent knows what lies at `real`. */
export function asSeen(real: string, tmp: OwnTmp): string {
  return isBelow(real, tmp.folder) ? join(SEEN_TMP, real.slice(tmp.folder.length)) : real;
}

/** Where a program starts: on this machine, and in its own /tmp as it is called there. */
export interface Place {
  readonly folder: string;
  readonly seen: string | null;
}

/** A folder of the agent's own /tmp that has gone with an earlier server gives way to /tmp itself. */
export function placeIn(cwd: string, tmp: OwnTmp): Place {
  const folder = inOwnTmp(cwd, tmp);
  if (folder === null) return { folder: cwd, seen: null };
  return isFolder(folder) ? { folder, seen: cwd } : { folder: tmp.folder, seen: SEEN_TMP };
}

/** The agent's programs find this machine's file there, not what its own /tmp holds. */
export function isSeenAsIs(path: string, writable: readonly string[]): boolean {
  return !isBelow(path, SEEN_TMP) || writable.some((folder) => isBelow(path, folder));
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
