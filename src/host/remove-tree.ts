// Removes a folder whatever programs have left in it, folders that nobody may write into among it. Never throws, follows no link.

import { chmodSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** False where something is left. */
export function removeTree(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch {
    // A folder without the right to write keeps what is in it (caches of packages are made so).
    openUp(path);
  }
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

function openUp(folder: string): void {
  try {
    chmodSync(folder, 0o700);
    for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) openUp(join(folder, entry.name));
  } catch {
    // Another user's; what can be removed will be.
  }
}
