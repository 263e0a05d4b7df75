// Starts the server process, detached from this terminal, and notices when it listens.

import { spawn } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import type { Home } from "../link/home.ts";
import { serverEnv } from "./client-env.ts";

/** The program that becomes the server: `process.execPath` and its arguments. */
export interface ServerProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** Number of the descriptor that the server closes once it listens. */
const READY_FD = 3;

/**
 * glibc's own first value, but fixed: otherwise it grows with what is freed, and what the old rows of terminals had
 * (host/emulator-archive.ts) is never given back to the system. Means nothing to other C libraries.
 */
const MMAP_THRESHOLD_BYTES = "131072";
const LOG_MAX_BYTES = 1024 * 1024;
const LOG_TAIL_BYTES = 4096;
const LOG_TAIL_LINES = 12;

export interface StartedServer {
  /** Resolves when the server listens, has ended, or could not be started; `ended` tells which. */
  readonly ready: Promise<void>;
  /** Its exit code; null for a signal or where it could not be started. Undefined while it runs. */
  exitCode(): number | null | undefined;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** What it has written to its log since it was started, the newest lines. */
  logTail(): string;
  /** Lets go of it: this process may end, the server stays. */
  release(): void;
}

/** Throws what the file system says where the log cannot be opened. */
export function startServer(program: ServerProgram, home: Home, env: Readonly<Record<string, string | undefined>>): StartedServer {
  mkdirSync(home.logsDir, { recursive: true, mode: 0o700 });
  rotateLog(home.serverLog);
  const log = openSync(home.serverLog, "a", 0o600);
  const logStart = fstatSync(log).size;
  // Of its own session, in no folder that it would hold on to, with nothing of ours but the log and the pipe.
  const child = spawn(program.command, program.args, {
    detached: true,
    cwd: "/",
    env: { ...serverEnv(env), MALLOC_MMAP_THRESHOLD_: MMAP_THRESHOLD_BYTES },
    stdio: ["ignore", "ignore", log, "pipe"],
  });
  closeSync(log);
  let exitCode: number | null | undefined;
  let startError = "";
  const ended = new Promise<void>((resolve) => {
    child.once("exit", (code) => {
      exitCode = code;
      resolve();
    });
    child.once("error", (error) => {
      exitCode ??= null;
      startError = error.message;
      resolve();
    });
  });
  const pipe = child.stdio[READY_FD] as Readable | null | undefined;
  const ready = Promise.race([
    ended,
    new Promise<void>((resolve) => {
      if (pipe === null || pipe === undefined) return;
      pipe.once("close", () => resolve());
      pipe.on("error", () => {});
      pipe.resume();
    }),
  ]);
  return {
    ready,
    ended,
    exitCode: () => exitCode,
    logTail: () => (startError === "" ? readTail(home.serverLog, logStart) : startError),
    release: () => {
      child.unref();
      pipe?.destroy();
    },
  };
}

/** One older log is kept. */
function rotateLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_MAX_BYTES) renameSync(path, `${path}.1`);
}

function readTail(path: string, from: number): string {
  try {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const start = Math.max(from, size - LOG_TAIL_BYTES);
      const buffer = Buffer.alloc(Math.max(0, size - start));
      const read = readSync(file, buffer, 0, buffer.length, start);
      return buffer.toString("utf8", 0, read).trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}
