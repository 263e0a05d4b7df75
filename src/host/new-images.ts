// Finds the images that a command has just written, so that they can be named: a bounded look, never a search of the disk.

import { lstat, readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { FileContext } from "../engine/ports.ts";
import { inOwnTmp, SEEN_TMP } from "./own-tmp.ts";

/** Folders below the one where the command ran. */
const DEPTH_MAX = 3;
/** Names looked at, all in all. */
const NAMES_MAX = 5_000;
/** A file system may stamp a file with a clock that ticks this seldom, ms. */
const CLOCK_TICK_MS = 20;

const imageName = /\.(?:png|jpe?g|gif|webp|svg)$/i;
const skipped: ReadonlySet<string> = new Set(["node_modules", "__pycache__", "venv"]);

/** Paths in `folder`, sorted; links are not followed, what cannot be read is passed over. */
export async function imagesIn(folder: string, sinceMs: number): Promise<string[]> {
  const found: string[] = [];
  let left = NAMES_MAX;
  let level = [""];
  for (let depth = 0; depth <= DEPTH_MAX && left > 0; depth += 1) {
    const below: string[] = [];
    for (const at of level) {
      const entries = await readdir(join(folder, at), { withFileTypes: true }).catch(() => []);
      for (const entry of entries.slice(0, Math.max(0, left))) {
        const path = join(at, entry.name);
        if (entry.isDirectory() && !entry.name.startsWith(".") && !skipped.has(entry.name)) below.push(path);
        if (entry.isFile() && imageName.test(entry.name) && (await changedAt(join(folder, path))) >= sinceMs - CLOCK_TICK_MS)
          found.push(path);
      }
      left -= entries.length;
    }
    level = below;
  }
  return found.sort();
}

/** Those in the folder by their paths in it, those in the agent's own /tmp by whole ones. */
export async function newImages({ cwd, sandbox, tmpFolder }: FileContext, sinceMs: number): Promise<string[]> {
  if (tmpFolder === undefined) return imagesIn(cwd, sinceMs);
  const tmp = { folder: tmpFolder, writable: sandbox.writable };
  const inTmp = (await imagesIn(tmpFolder, sinceMs)).map((path) => join(SEEN_TMP, path));
  if (inOwnTmp(resolve(cwd), tmp) === null) return [...(await imagesIn(cwd, sinceMs)), ...inTmp];
  return inTmp.map((path) => (path.startsWith(`${resolve(cwd)}/`) ? relative(cwd, path) : path));
}

async function changedAt(path: string): Promise<number> {
  const stat = await lstat(path).catch(() => null);
  return stat?.mtimeMs ?? 0;
}
