// Folders that were opened as workspaces, newest first: read from what the server keeps, so that none need be started to see them.

import { existsSync, readFileSync, statSync } from "node:fs";
import { type Home, resolveHome } from "../link/home.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { localTime, printJson, printTable } from "./lists.ts";

const STATE_MAX_BYTES = 4 * 1024 * 1024;

export interface RecentFolder {
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Only those that are still there. A file that cannot be read means that nothing is known; the server says what is wrong with it. */
export function recentFolders(home: Pick<Home, "stateFile">): RecentFolder[] {
  let state: unknown;
  try {
    if (statSync(home.stateFile).size > STATE_MAX_BYTES) return [];
    state = JSON.parse(readFileSync(home.stateFile, "utf8"));
  } catch {
    return [];
  }
  const rows: unknown = typeof state === "object" && state !== null && "recentFolders" in state ? state.recentFolders : [];
  return (Array.isArray(rows) ? rows : []).flatMap((row: unknown) => {
    if (typeof row !== "object" || row === null || !("folder" in row) || !("at" in row)) return [];
    const { folder, at } = row;
    return typeof folder === "string" && typeof at === "number" && existsSync(folder) ? [{ folder, at }] : [];
  });
}

/** `interpane ls --recent`. */
export function listRecentFolders(io: Io, isJson: boolean): ExitCode {
  const rows = recentFolders(resolveHome(io.env));
  if (isJson) {
    printJson(io, rows);
    return EXIT.done;
  }
  const table = rows.map(({ folder, at }) => [folder, localTime(at)]);
  return printTable(io, ["FOLDER", "OPENED"], table, "no workspace was opened here yet; interpane opens this folder's");
}
