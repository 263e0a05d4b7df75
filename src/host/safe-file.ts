// Small JSON files of ours, kept with lowdb through an adapter that survives full disks, power cuts and hand edits.
//
// lowdb's own adapter loses writes, tears reads, widens the mode and replaces links (measured with lowdb 7.0). This one writes a random
// O_EXCL temporary at 0600 in the same folder, fully, syncs it, checks its size, keeps the previous file as `.bak`, renames, and
// syncs the folder. Every read is checked with zod.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Adapter, Low } from "lowdb";
import type { z } from "zod";
import { errorCode, type FileOps, plainReason, realFileOps, syncDir, writeFully } from "./file-ops.ts";
import { ensurePrivateDir } from "./paths.ts";

/** Says which file, what failed, and that the old content still stands. Never holds content. */
export class StoreError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "StoreError";
  }
}

export interface Store<T> {
  /** As last read or written; not to be changed by the reader. */
  data(): T;
  /**
   * Reads anew, changes a copy, checks it, and writes it; updates of one file in this process run one after the other, whichever
   * store asks. Rejects with `StoreError`, or with what `change` threw; the file and `data()` then stand as before.
   */
  update(change: (data: T) => void): Promise<void>;
  /** What was wrong with the file and what was done about it, one line each; grows. */
  readonly problems: readonly string[];
}

export interface StoreOptions {
  readonly ops?: FileOps;
  readonly now?: () => number;
}

/**
 * Opens the store at `path`; a missing file means `defaults`. A damaged file never stops the program: the `.bak` stands in for it,
 * or, where that is damaged too, the defaults; the damaged ones are kept as `.corrupt-<time>`. Rejects with `StoreError` only
 * where the file cannot be read at all (permission, an input/output error).
 */
export async function openStore<T extends object>(
  path: string,
  schema: z.ZodType<T>,
  defaults: () => T,
  options: StoreOptions = {},
): Promise<Store<T>> {
  const problems: string[] = [];
  const adapter = createAdapter(path, schema, problems, options.ops ?? realFileOps, options.now ?? Date.now);
  const low = new Low<T>(adapter, defaults());
  await inTurn(path, () => low.read());
  return {
    data: () => low.data,
    problems,
    update: async (change) =>
      inTurn(path, async () => {
        const before = (await adapter.read()) ?? defaults();
        const draft = structuredClone(before);
        change(draft);
        const checked = schema.safeParse(draft, { jitless: true });
        if (!checked.success) throw new StoreError(`${path}: refused to write data of the wrong shape: ${shapeProblem(checked.error)}`);
        low.data = checked.data;
        try {
          await low.write();
        } catch (error) {
          low.data = before;
          throw error;
        }
      }),
  };
}

/** Writers of one file, by its real path: each waits for the one before it. */
const turns = new Map<string, Promise<unknown>>();

function inTurn<R>(path: string, job: () => Promise<R>): Promise<R> {
  const key = followLinks(path);
  const before = turns.get(key) ?? Promise.resolve();
  const mine = before.then(job, job);
  const settled = mine.then(
    () => undefined,
    () => undefined,
  );
  turns.set(key, settled);
  void settled.then(() => {
    if (turns.get(key) === settled) turns.delete(key);
  });
  return mine;
}

function createAdapter<T extends object>(
  path: string,
  schema: z.ZodType<T>,
  problems: string[],
  ops: FileOps,
  now: () => number,
): Adapter<T> {
  function say(problem: string): void {
    if (problems.at(-1) !== problem) problems.push(problem);
  }

  return {
    async read(): Promise<T | null> {
      const target = followLinks(path);
      const backup = `${target}.bak`;
      const main = readChecked(target, schema);
      if (main.type === "good") return main.data;
      const spare = readChecked(backup, schema);
      if (main.type === "missing" && spare.type === "missing") return null;
      const wrong = main.type === "missing" ? `${target} is missing` : `${target} is damaged (${main.reason})`;
      const kept = main.type === "bad" ? `; the damaged file was kept as ${keepAside(target, ops, now())}` : "";
      if (spare.type === "good") {
        say(`${wrong}; its last good copy ${basename(backup)} is used${kept}`);
        return spare.data;
      }
      if (spare.type === "missing") say(`${wrong} and has no good copy; it starts anew${kept}`);
      else say(`${wrong} and so is its copy; it starts anew${kept}; the copy was kept as ${keepAside(backup, ops, now())}`);
      return null;
    },

    async write(data: T): Promise<void> {
      const target = followLinks(path);
      try {
        writeFileSafely(target, `${JSON.stringify(data, null, 2)}\n`, { ops, keepsBackup: true });
      } catch (error) {
        throw new StoreError(`${target} could not be saved: ${plainReason(error)}; what stood there before still stands`, error);
      }
    },
  };
}

type Read<T> = { type: "good"; data: T } | { type: "missing" } | { type: "bad"; reason: string };

function readChecked<T>(path: string, schema: z.ZodType<T>): Read<T> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { type: "missing" };
    throw new StoreError(`${path} could not be read: ${plainReason(error)}`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
    return { type: "bad", reason: text === "" ? "it is empty" : "it is not JSON" };
  }
  // Without compiling the check: files are read too seldom for that to pay.
  const checked = schema.safeParse(value, { jitless: true });
  return checked.success ? { type: "good", data: checked.data } : { type: "bad", reason: shapeProblem(checked.error) };
}

/** Where and what, never the value. */
function shapeProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "it has the wrong shape";
  const where = issue.path.length === 0 ? "the whole" : issue.path.map(String).join(".");
  return `${where}: ${issue.code === "custom" ? issue.message : issue.code.replaceAll("_", " ")}`;
}

/** Moves a file out of the way without ever overwriting another; the new name. */
function keepAside(path: string, ops: FileOps, at: number): string {
  const stamp = new Date(at).toISOString().replaceAll(/[:.]/g, "-");
  for (let n = 0; ; n += 1) {
    const aside = `${path}.corrupt-${stamp}${n === 0 ? "" : `-${n}`}`;
    if (exists(aside)) continue;
    ops.renameSync(path, aside);
    syncDir(ops, dirname(path));
    return basename(aside);
  }
}

/** The file that a path means, through links; also one that does not exist yet. Throws on a loop. */
function followLinks(path: string): string {
  let at = resolve(path);
  for (let hops = 0; hops < 40; hops += 1) {
    try {
      if (!lstatSync(at).isSymbolicLink()) return realpathSync(at);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw new StoreError(`${path} could not be reached: ${plainReason(error)}`, error);
      return at;
    }
    at = resolve(dirname(at), readlinkSync(at));
  }
  throw new StoreError(`${path} is a link that leads round in a circle`);
}

/**
 * Replaces `path` (no link) by `content`, or leaves it as it was and throws what the system said. The new file has mode 0600;
 * missing folders are made, private.
 */
export function writeFileSafely(path: string, content: string | Uint8Array, options: { ops: FileOps; keepsBackup: boolean }): void {
  const { ops } = options;
  const dir = dirname(path);
  if (!exists(dir)) ensurePrivateDir(dir);
  const temp = join(dir, `.${basename(path)}.${randomBytes(9).toString("hex")}.tmp`);
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  try {
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
    const fd = ops.openSync(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      writeFully(ops, fd, bytes);
      ops.fsyncSync(fd);
      const { size } = fstatSync(fd);
      if (size !== bytes.length) throw new Error(`only ${size} of ${bytes.length} bytes arrived`);
    } finally {
      ops.closeSync(fd);
    }
    if (options.keepsBackup && exists(path)) keepBackup(path, ops);
    ops.renameSync(temp, path);
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
  syncDir(ops, dir);
}

/** `.bak` becomes what `path` is now, in one step, so that there is never a moment without a good copy. */
function keepBackup(path: string, ops: FileOps): void {
  const temp = `${join(dirname(path), `.${basename(path)}.${randomBytes(9).toString("hex")}`)}.tmp`;
  try {
    try {
      linkSync(path, temp);
    } catch (error) {
      // Some file systems have no hard links.
      if (errorCode(error) === "ENOENT") return;
      copyFileSync(path, temp, constants.COPYFILE_EXCL);
      const fd = openSync(temp, constants.O_RDONLY);
      ops.fsyncSync(fd);
      closeSync(fd);
    }
    ops.renameSync(temp, `${path}.bak`);
  } finally {
    // Also where nothing failed: rename leaves both names alone when they are links to one file, as after a write that failed late.
    rmSync(temp, { force: true });
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
