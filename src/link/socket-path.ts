// Where the server listens, and that there is one server only.
//
// Clients find the server by its socket. That there is never a second one is held by a lock of the system on a file beside it
// (SQLite's, since Node has no flock): it ends with its process however that dies, so a socket that is left over can be told
// from one in use and replaced without a race, and a socket that somebody deletes does not let a second server at the journals.

import { chmodSync, lstatSync, mkdirSync, rmSync, type Stats } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../domain/message-of.ts";

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, one of them a zero. */
const SOCKET_PATH_MAX_BYTES = process.platform === "linux" ? 107 : 103;

export function socketPathOf(runDir: string): string {
  return join(runDir, "server.sock");
}

export type Listening =
  | {
      readonly ok: true;
      /** Already listening; the owner adds its `connection` listener in the same tick. */
      readonly server: Server;
      readonly socketPath: string;
      /** Stops listening, removes the socket, then gives the lock back. Connections that are open stay so. */
      readonly release: () => void;
    }
  /** Another server has this home, or is just taking it. */
  | { readonly ok: false; readonly reason: "running" }
  | { readonly ok: false; readonly reason: "unusable"; readonly message: string };

/** Becomes the one server of `runDir`. Never rejects. */
export async function listenAsLock(runDir: string): Promise<Listening> {
  const socketPath = socketPathOf(runDir);
  const problem = makePrivateFolder(runDir) ?? pathProblem(socketPath);
  if (problem !== null) return { ok: false, reason: "unusable", message: problem };
  const lock = takeLock(join(runDir, "server.lock"));
  if (!lock.ok) return lock;
  try {
    // Whoever left it there is gone: the lock is ours.
    rmSync(socketPath, { force: true });
    const server = await listen(socketPath);
    const release = (): void => {
      // Closing removes the socket too.
      server.close();
      lock.database.close();
    };
    return { ok: true, server, socketPath, release };
  } catch (error) {
    lock.database.close();
    return { ok: false, reason: "unusable", message: `cannot listen on ${socketPath}: ${messageOf(error)}` };
  }
}

/**
 * Makes `folder` (0700) where there is none. Returns what is wrong with one that stands (a link, somebody else's, or one that
 * others can write); null where it is private.
 */
export function makePrivateFolder(folder: string): string | null {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    const problem = folderProblem(folder, found);
    if (problem !== null) return problem;
    if ((found.mode & 0o055) !== 0) chmodSync(folder, 0o700);
    return null;
  } catch (error) {
    return `cannot make the folder ${folder}: ${messageOf(error)}`;
  }
}

/**
 * For a client, before it says a word to whoever listens: what is wrong with the folder or the socket in it (a link, somebody
 * else's, writable by others). Null where both are the user's own, or not there.
 */
export function plantedProblem(runDir: string): string | null {
  try {
    const folder = lstatSync(runDir, { throwIfNoEntry: false });
    if (folder === undefined) return null;
    const problem = folderProblem(runDir, folder);
    if (problem !== null) return problem;
    const socketPath = socketPathOf(runDir);
    const socket = lstatSync(socketPath, { throwIfNoEntry: false });
    if (socket === undefined) return null;
    if (socket.isSymbolicLink()) return `${socketPath} is a link; remove it`;
    return ownerProblem(socketPath, socket);
  } catch {
    // Not to be looked at: connecting meets the same and says it.
    return null;
  }
}

function folderProblem(folder: string, found: Stats): string | null {
  if (found.isSymbolicLink()) return `${folder} is a link; remove it, a private folder is made in its place`;
  if (!found.isDirectory()) return `${folder} is not a folder; remove it`;
  const problem = ownerProblem(folder, found);
  if (problem !== null) return problem;
  if ((found.mode & 0o022) === 0) return null;
  return `${folder} can be written by others (mode ${(found.mode & 0o777).toString(8)}); look what is in it, then remove it`;
}

function ownerProblem(path: string, found: Stats): string | null {
  const uid = process.getuid?.();
  if (uid === undefined || found.uid === uid) return null;
  return `${path} belongs to user ${found.uid}, not to you (${uid}); remove it or choose another INTERPANE_HOME`;
}

function pathProblem(socketPath: string): string | null {
  const size = Buffer.byteLength(socketPath);
  if (size <= SOCKET_PATH_MAX_BYTES) return null;
  return `the path of the socket, ${socketPath}, has ${size} bytes and the system allows ${SOCKET_PATH_MAX_BYTES}; choose a shorter INTERPANE_HOME`;
}

type Lock = { readonly ok: true; readonly database: DatabaseSync } | Extract<Listening, { ok: false }>;

function takeLock(path: string): Lock {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // Takes the lock at once and writes nothing: the file stays empty.
    database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
    chmodSync(path, 0o600);
    return { ok: true, database };
  } catch (error) {
    database?.close();
    if (isBusy(error)) return { ok: false, reason: "running" };
    return { ok: false, reason: "unusable", message: `cannot lock ${path}: ${messageOf(error)}` };
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

function listen(socketPath: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    // The folder is private already; the mask closes the moment between bind and chmod as well.
    const mask = process.umask(0o177);
    try {
      server.listen(socketPath, () => {
        server.off("error", reject);
        resolve(server);
      });
    } finally {
      process.umask(mask);
    }
  });
}
