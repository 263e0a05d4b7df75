// Pictures of a session, beside its journal: one file for each, named by its digest, so that none is kept twice and all go with it.

import { createHash } from "node:crypto";
import { closeSync, constants, copyFileSync, createReadStream, fstatSync, linkSync, openSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { SessionId } from "../domain/ids.ts";
import { sessionIdSchema } from "../domain/ids.ts";
import { IMAGE_BYTES_MAX, imageFacts, imageProblem } from "../domain/image.ts";
import type { ImageResult, Images } from "../engine/ports.ts";
import { readUpTo } from "./file-door.ts";
import { errorCode, type FileOps, plainReason, realFileOps, syncDir } from "./file-ops.ts";
import { ensurePrivateDir, type Paths } from "./paths.ts";
import { writeFileSafely } from "./safe-file.ts";

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** `<session>.<digest>.image`: what begins with a session's name and a dot is removed with its journal. */
export function createImages(paths: Pick<Paths, "sessionsDir">, ops: FileOps = realFileOps): Images {
  const fileOf = (session: SessionId, digest: string): string => {
    // The brands promise this; a path is worth a second look.
    if (!sessionIdSchema.safeParse(session).success || !/^[0-9a-f]{64}$/.test(digest)) throw new Error("that names no image");
    return join(paths.sessionsDir, `${session}.${digest}.image`);
  };
  const isThere = (file: string, bytes: number): boolean => statSync(file, { throwIfNoEntry: false })?.size === bytes;

  function keep(session: SessionId, bytes: Uint8Array, path: string): ImageResult {
    const name = basename(path);
    const facts = imageFacts(bytes);
    const problem = imageProblem(name, bytes.length, facts);
    if (facts === null || problem !== null) return { ok: false, problem: problem ?? `${name} is no image` };
    const digest = createHash("sha256").update(bytes).digest("hex");
    const file = fileOf(session, digest);
    try {
      ensurePrivateDir(paths.sessionsDir);
      if (!isThere(file, bytes.length)) writeFileSafely(file, bytes, { ops, keepsBackup: false });
    } catch (error) {
      return { ok: false, problem: `${name} could not be kept: ${plainReason(error)}` };
    }
    return { ok: true, image: { ...facts, digest, bytes: bytes.length, name, path } };
  }

  return {
    async take(session, path, cwd) {
      const absolute = path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : resolve(cwd, path);
      try {
        const { bytes, size } = readFileAtMost(absolute);
        const problem = size > IMAGE_BYTES_MAX ? imageProblem(basename(absolute), size, imageFacts(bytes)) : null;
        return problem === null ? keep(session, bytes, absolute) : { ok: false, problem };
      } catch (error) {
        return { ok: false, problem: `${absolute} could not be read: ${plainReason(error)}` };
      }
    },

    async keep(session, bytes, path) {
      return keep(session, bytes, path);
    },

    has: (session, image) => isThere(fileOf(session, image.digest), image.bytes),

    async read(session, image) {
      let file: FileHandle | null = null;
      try {
        file = await open(fileOf(session, image.digest), O_RDONLY | O_NOFOLLOW);
        const { size } = await file.stat();
        if (size !== image.bytes || size > IMAGE_BYTES_MAX) return null;
        const bytes = await file.readFile();
        return createHash("sha256").update(bytes).digest("hex") === image.digest ? bytes : null;
      } catch {
        // Said to the model in its place: a conversation goes on without a picture.
        return null;
      } finally {
        await file?.close();
      }
    },

    async copy(from, to, images) {
      for (const image of images) copyOne(fileOf(from, image.digest), fileOf(to, image.digest));
      if (images.length > 0) syncDir(ops, paths.sessionsDir);
    },

    async sweep(session) {
      try {
        if (sessionIdSchema.safeParse(session).success) await sweepFolder(paths.sessionsDir, session);
      } catch {
        // What cannot be read through names everything.
      }
    },
  };
}

const IMAGE_NAME = /\.([0-9a-f]{64})\.image$/;

/** A digest that stands anywhere in what is kept of the session, damaged or not, is in use. */
async function sweepFolder(folder: string, session: SessionId): Promise<void> {
  const own = (await readdir(folder)).filter((name) => name.startsWith(`${session}.`) || name.startsWith(`.${session}.`));
  const unnamed = new Map(own.flatMap((name) => (IMAGE_NAME.test(name) ? [[IMAGE_NAME.exec(name)?.[1] ?? "", name] as const] : [])));
  for (const name of own) {
    if (unnamed.size === 0) return;
    if (IMAGE_NAME.test(name)) continue;
    for await (const line of createInterface(createReadStream(join(folder, name)))) {
      for (const digest of unnamed.keys()) if (line.includes(digest)) unnamed.delete(digest);
      if (unnamed.size === 0) return;
    }
  }
  for (const name of unnamed.values()) rmSync(join(folder, name), { force: true });
}

/** Of a longer file so much that it is seen to be too long. */
function readFileAtMost(path: string): { bytes: Uint8Array; size: number } {
  // O_NONBLOCK: a named pipe must not be waited for.
  const fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new Error("it is a folder");
    if (!stat.isFile()) throw new Error("it is no regular file");
    return { bytes: readUpTo(fd, IMAGE_BYTES_MAX), size: stat.size };
  } finally {
    closeSync(fd);
  }
}

/** The same bytes under a second name; a whole copy where the file system has no such thing. What is gone stays gone. */
function copyOne(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "EEXIST") return;
    try {
      copyFileSync(from, to, constants.COPYFILE_EXCL);
    } catch (second) {
      rmSync(to, { force: true });
      throw second;
    }
  }
}
