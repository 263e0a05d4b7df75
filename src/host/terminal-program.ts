// Where a program lies, without running anything.

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The first of that name which may be run; relative entries of the path are left out. A name with a slash stands for itself. */
export function programOnPath(name: string, path: string): string | null {
  if (name.includes("/")) return isProgram(name) ? name : null;
  for (const folder of path.split(delimiter)) {
    if (!folder.startsWith("/")) continue;
    const candidate = join(folder, name);
    if (isProgram(candidate)) return candidate;
  }
  return null;
}

/** Without the folders that a sandbox shows otherwise. */
export function seenPath(path: string, sees: (folder: string) => boolean): string {
  return path.split(delimiter).filter(sees).join(delimiter);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
