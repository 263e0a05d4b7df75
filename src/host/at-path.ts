// What stands at a path just now. None of these throws: what cannot be looked at is as good as not there.

import { readlinkSync, realpathSync, statSync } from "node:fs";

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Where a link leads, as it is written; null for what is none. */
export function linkAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** With every link on the way followed; null where it leads nowhere. */
export function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
