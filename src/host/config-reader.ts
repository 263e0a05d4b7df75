// config.toml as it stands now, read again only where it was written since.

import { statSync } from "node:fs";
import { type ReadConfig, readConfig } from "./config.ts";

/** The user's settings as they stand: a script may write them and run a task in the same moment. Looking at a file costs 2 µs. */
export function createConfigReader(file: string): () => ReadConfig {
  let seen = lookOf(file);
  let read = readConfig(file);
  return () => {
    const look = lookOf(file);
    if (look !== seen) {
      seen = look;
      read = readConfig(file);
    }
    return read;
  };
}

/** Another one for every write; empty where there is no file to look at. */
function lookOf(file: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return "";
  }
}
