// Loads one of the build's programs (`.ci/build.mjs`) with what V8 has compiled of it before.
//
// Node's own compile cache keeps what was compiled before the first line ran: of the functions that are compiled when they are
// first called, which are most, it holds none. Here a script is kept after it has run, as V8 offers it.

import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import nodeModule from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";

/** A program that lives on is kept once it has started, not when it ends: V8 drops what it has not called for minutes. */
const KEEP_AFTER_MS = 3_000;
/** Kept so long ago, it is most likely of a version that is gone; if not, it is made once more. */
const OLD_MS = 60 * 24 * 60 * 60 * 1000;
/** Before V8's data: the build's digest of the source, and the sum of the data; a multiple of 8, as V8 wants it. */
const HEADER_BYTES = 64;
/** One word of the data in so many bytes is summed: no block of a disk is larger than 512 bytes without holding some. */
const SUMMED_EVERY_BYTES = 64;

/**
 * What the script at `url` exports: a function of CommonJS's `exports`, `require` and `module`, and of its own address, in ASCII.
 * `digest` changes with its text. Nothing is kept where the compile cache is off (NODE_DISABLE_COMPILE_CACHE).
 */
export function loadProgram(url: URL, digest: string): unknown {
  const file = fileURLToPath(url);
  const text = readFileSync(file, "latin1");
  // Named after the version of Node, the kind of machine and the user.
  const cacheDir = nodeModule.getCompileCacheDir();
  const kept = cacheDir === undefined ? null : join(cacheDir, `${digest}.script`);
  const cachedData = kept === null ? null : readKept(kept, digest);
  const script = new Script(text, { filename: file, ...(cachedData === null ? {} : { cachedData }) });
  const program = { exports: {} };
  script.runInThisContext()(program.exports, nodeModule.createRequire(url), program, url.href);
  if (kept !== null && (cachedData === null || script.cachedDataRejected === true)) keepLater(script, kept, digest);
  return program.exports;
}

function keepLater(script: Script, kept: string, digest: string): void {
  let isKept = false;
  const keep = (): void => {
    if (isKept) return;
    isKept = true;
    writeKept(kept, digest, script.createCachedData());
  };
  setTimeout(keep, KEEP_AFTER_MS).unref();
  process.once("exit", keep);
}

function readKept(path: string, digest: string): Buffer | null {
  try {
    const file = openSync(path, "r");
    try {
      // It is run as this user: nobody else may have put it there.
      if (fstatSync(file).uid !== process.getuid?.()) return null;
      const bytes = readFileSync(file);
      const data = bytes.subarray(HEADER_BYTES);
      // V8 trusts what it is given: a file that a crash of the system has left with holes would be the end of every start.
      return bytes.toString("latin1", 0, HEADER_BYTES) === header(digest, data) ? data : null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

/** What cannot be written is compiled again the next time. */
function writeKept(path: string, digest: string, data: Buffer): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, Buffer.concat([Buffer.from(header(digest, data), "latin1"), data]), { flag: "wx", mode: 0o600 });
    renameSync(temporary, path);
    removeOld(dirname(path));
  } catch {
    rmSync(temporary, { force: true });
  }
}

/** What earlier versions of the program have left. */
function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.endsWith(".script") && Date.now() - statSync(path).mtimeMs > OLD_MS) rmSync(path, { force: true });
  }
}

function header(digest: string, data: Buffer): string {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length >> 2);
  let sum = data.length;
  for (let at = 0; at < words.length; at += SUMMED_EVERY_BYTES / 4) sum = (Math.imul(sum, 31) + (words[at] ?? 0)) | 0;
  return `${digest} ${sum}`.padEnd(HEADER_BYTES);
}
