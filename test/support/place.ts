// Where a test's programs live: an INTERPANE_HOME of its own, a folder to stand in, a user's home, and nothing else of the machine's.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveHome } from "../../src/link/home.ts";

/** Nothing listens there (the port of `discard`): a model server on the machine of whoever runs the tests is not found. */
const NO_SERVER = "http://127.0.0.1:9";

/** What Node has compiled is kept here between programs and between runs; a checkout that may not be written to does without. */
export const compiledDir = join(import.meta.dirname, "../../node_modules/.cache/interpane-tests");

export interface Place {
  /** Holds the others; to be removed in the end. */
  readonly base: string;
  /** INTERPANE_HOME. */
  readonly root: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** `over`: of the environment. */
export function makePlace(over: Readonly<Record<string, string>> = {}): Place {
  // Short: the socket lies in it.
  const base = realpathSync(mkdtempSync(join(tmpdir(), "ip-")));
  const root = join(base, "home");
  const folder = join(base, "shop");
  const user = join(base, "user");
  for (const path of [root, folder, user]) mkdirSync(path, { mode: 0o700 });
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: user,
    SHELL: "/bin/bash",
    LANG: "C.UTF-8",
    INTERPANE_HOME: root,
    INTERPANE_OLLAMA_URL: NO_SERVER,
    INTERPANE_LMSTUDIO_URL: NO_SERVER,
    ...over,
  };
  shareCompiled(resolveHome(env).cacheDir);
  return { base, root, folder, env };
}

/** Each home would have the whole program compiled anew, which costs up to a second of the processor. */
function shareCompiled(cacheDir: string): void {
  try {
    mkdirSync(compiledDir, { recursive: true });
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
    symlinkSync(compiledDir, join(cacheDir, "compiled"));
  } catch {
    // Not a place of ours to write to.
  }
}

/** Regular files below a folder, and none behind links, which a recursive `readdir` follows; those that vanish meanwhile are left out. */
export function listFiles(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return listFiles(path);
    return entry.isFile() && existsSync(path) ? [path] : [];
  });
}
