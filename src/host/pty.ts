// One pseudo-terminal and the program in it. The only file that imports node-pty (1.2.0-beta.15).
//
// Guarded by state: after the end nothing reaches the descriptor any more, whose number may be another terminal's by then.

import { readSync, writeSync } from "node:fs";
import type { IPty } from "node-pty";
import type { ProcessRow } from "./terminal-processes.ts";
import { memberName, processesOf, programName, readProcess, sendSignal } from "./terminal-processes.ts";
import { programOnPath } from "./terminal-program.ts";

export interface PtySpec {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Whole: nothing of this process's own environment is added but TERM and PWD. */
  readonly env: Readonly<Record<string, string>>;
  readonly cols: number;
  readonly rows: number;
  /** A variable of `env` with a value that no other pty has: by it `close` finds what has left the session. */
  readonly markedBy?: string;
}

export interface PtyEvents {
  /** The bytes are the receiver's own to change. */
  readonly onData: (bytes: Uint8Array) => void;
  /** Once, after the last data. 128 + signal where a signal ended it. */
  readonly onExit: (exitCode: number) => void;
}

/** Input that waits for a program to read it. Above this more is refused. */
const INPUT_BYTES_MAX = 64 * 1024 * 1024;
const RETRY_MS_MAX = 16;
/** Linux gives at most 4095 bytes of a terminal at a time; a read that is nearly so full is followed by more. */
export const READ_FULL_BYTES = 3584;
const READ_ROOM_BYTES = 4096;
const BEFORE_BYTES_MAX = 64;
/** How often a paused pty looks whether its program still lives: node-pty gives up 200 ms after the end, read or not. */
const PAUSED_LOOK_MS = 40;
const HANGUP_GRACE_MS = 300;
const KILL_GRACE_MS = 2000;

/** node-pty 1.2.0-beta.15 on Unix: members that its types leave out. */
interface UnixInsides {
  readonly fd: number;
  readonly _socket: { readonly destroyed: boolean; readonly readableLength: number };
}

/**
 * Closes every descriptor above 2 and becomes the program. node-pty's prebuilt binary walks from 3 up and stops at the first gap
 * after 15 (pty.cc, `pty_close_inherited_fds` built without close_range), so that masters of other terminals behind a gap would
 * be inherited. bash, because dash knows no descriptor above 9; `-p`, so that no BASH_ENV is read.
 */
export const CLOSE_DESCRIPTORS =
  'for fd in /proc/self/fd/*; do fd=${fd##*/}; case $fd in [0-2]|*[!0-9]*) ;; *) eval "exec $fd>&-";; esac; done; exec -- "$@"';

/** About 8 ms, once. Rejects where the native part is missing. */
function loadPty(): Promise<typeof import("node-pty")> {
  return import("node-pty");
}

/** Loads node-pty on first use. Rejects where it, or bash, is missing. */
export async function openPty(spec: PtySpec, events: PtyEvents): Promise<Pty> {
  const library = await loadPty();
  if (spec.argv.length === 0) throw new Error("a pty needs a program");
  const bash = programOnPath("bash", `${spec.env["PATH"] ?? ""}:/usr/bin:/bin`);
  if (bash === null) throw new Error("bash is not installed; terminals are started through it: install the package bash");
  const args = ["--noprofile", "--norc", "-p", "-c", CLOSE_DESCRIPTORS, "bash", ...spec.argv];
  const handle = library.spawn(bash, args, {
    name: "xterm-256color",
    cols: spec.cols,
    rows: spec.rows,
    cwd: spec.cwd,
    env: { ...spec.env },
    encoding: null,
  });
  const { markedBy } = spec;
  return new Pty(handle, events, markedBy === undefined ? "" : `${markedBy}=${spec.env[markedBy] ?? ""}`);
}

export class Pty {
  readonly pid: number;
  #handle: (IPty & UnixInsides) | null;
  readonly #mark: string;
  readonly #input: Uint8Array[] = [];
  #inputBytes = 0;
  #isRetrying = false;
  #retryMs = 0;
  #isPaused = false;
  #look: NodeJS.Timeout | null = null;
  readonly #room = new Uint8Array(BEFORE_BYTES_MAX + READ_ROOM_BYTES);
  readonly #ended: Promise<void>;

  constructor(handle: IPty, events: PtyEvents, mark: string) {
    this.#mark = mark;
    this.pid = handle.pid;
    // Only Unix is supported, where node-pty returns its UnixTerminal.
    this.#handle = handle as IPty & UnixInsides;
    handle.onData((chunk: string | Uint8Array) => {
      events.onData(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    });
    this.#ended = new Promise((resolve) => {
      handle.onExit(({ exitCode, signal }) => {
        this.#handle = null;
        this.#input.length = 0;
        this.#inputBytes = 0;
        this.#stopLooking();
        events.onExit(signal !== undefined && signal > 0 ? 128 + signal : exitCode);
        resolve();
      });
    });
  }

  /** Resolves after `onExit`. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  get isOpen(): boolean {
    return this.#handle !== null && !this.#handle._socket.destroyed;
  }

  /** Input that the program has not taken yet. */
  get inputBytes(): number {
    return this.#inputBytes;
  }

  /** In order and never blocking: what the program does not read yet waits. After the end nothing happens. */
  write(data: string | Uint8Array): void {
    if (!this.isOpen || data.length === 0) return;
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    if (this.#inputBytes + bytes.length > INPUT_BYTES_MAX) return;
    this.#input.push(bytes);
    this.#inputBytes += bytes.length;
    if (!this.#isRetrying) this.#flush();
  }

  #flush(): void {
    this.#isRetrying = false;
    const handle = this.#handle;
    let isAny = false;
    while (handle !== null && this.isOpen) {
      const first = this.#input[0];
      if (first === undefined) return;
      let written: number;
      try {
        written = writeSync(handle.fd, first);
      } catch (error) {
        if (isAgain(error)) break;
        // EIO: the other side has closed; the end is on its way.
        this.#input.length = 0;
        this.#inputBytes = 0;
        return;
      }
      isAny ||= written > 0;
      this.#inputBytes -= written;
      if (written === first.length) this.#input.shift();
      else this.#input[0] = first.subarray(written);
    }
    if (this.#input.length === 0 || !this.isOpen) return;
    this.#isRetrying = true;
    this.#retryMs = isAny ? 0 : Math.min(RETRY_MS_MAX, this.#retryMs * 2 || 1);
    if (this.#retryMs === 0) setImmediate(() => this.#flush());
    else setTimeout(() => this.#flush(), this.#retryMs).unref();
  }

  /**
   * More of a flood, after `onData` has been given a full read or this has given one: null where nothing waits. The bytes are written
   * over by the next call. `before`, which may be the end of what the last one gave, stands before them. Nothing waits in the stream meanwhile: it hands on each read as it comes.
   *
   * A read at a time, with the parsing of the one before between two: while that goes on, the kernel fills its buffer of 4 KB again.
   */
  readMore(before: Uint8Array): Uint8Array | null {
    const handle = this.#handle;
    const start = before.length;
    if (handle === null || !this.isOpen || this.#isPaused || handle._socket.readableLength > 0 || start > BEFORE_BYTES_MAX) return null;
    this.#room.set(before, BEFORE_BYTES_MAX - start);
    try {
      const length = readSync(handle.fd, this.#room, BEFORE_BYTES_MAX, READ_ROOM_BYTES, null);
      if (length === 0) return null;
      return this.#room.subarray(BEFORE_BYTES_MAX - start, BEFORE_BYTES_MAX + length);
    } catch {
      // EAGAIN: that was all. Any other end is the stream's to find.
      return null;
    }
  }

  /** Takes back input that the program has not read, before an interrupt. */
  dropInput(): void {
    this.#input.length = 0;
    this.#inputBytes = 0;
  }

  resize(cols: number, rows: number): void {
    if (!this.isOpen || !Number.isInteger(cols) || !Number.isInteger(rows) || cols < 1 || rows < 1) return;
    this.#handle?.resize(Math.min(cols, 10_000), Math.min(rows, 10_000));
  }

  pause(): void {
    if (!this.isOpen || this.#isPaused) return;
    this.#isPaused = true;
    this.#handle?.pause();
    this.#look = setInterval(() => {
      // The program has ended: what is left in the kernel's buffer must be read before node-pty closes it.
      if (readProcess(this.pid) === null) this.resume();
    }, PAUSED_LOOK_MS);
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#stopLooking();
    this.#handle?.resume();
  }

  #stopLooking(): void {
    if (this.#look !== null) clearInterval(this.#look);
    this.#look = null;
  }

  /** The group that gets Ctrl-C now, unless it is the first program's own; null where there is none. */
  foregroundGroup(): number | null {
    if (!this.isOpen) return null;
    const row = readProcess(this.pid);
    return row === null || row.foreground <= 1 ? null : row.foreground;
  }

  /** What runs in the foreground, for people. */
  foregroundName(): string {
    const group = this.foregroundGroup();
    return (group === null ? null : (programName(group) ?? memberName(group))) ?? "a program";
  }

  signalForeground(signal: NodeJS.Signals): void {
    const group = this.foregroundGroup();
    if (group !== null) sendSignal(-group, signal);
  }

  /** SIGINT to the leader of a group of this terminal, unless it is in the foreground now; says whether it was sent. */
  interruptBehind(group: number): boolean {
    const first = readProcess(this.pid);
    const leader = readProcess(group);
    if (first === null || leader === null || leader.session !== first.session || leader.foreground === group) return false;
    sendSignal(group, "SIGINT");
    return true;
  }

  /**
   * HUP to all of its session, then KILL; resolves when the pty is closed. What left the session (setsid) is not touched and
   * is returned.
   */
  async close(): Promise<ProcessRow[]> {
    if (this.#handle === null) return [];
    this.resume();
    const { inSession, outside } = processesOf(this.pid, this.#mark);
    for (const group of new Set(inSession.map((row) => row.group))) {
      sendSignal(-group, "SIGHUP");
      sendSignal(-group, "SIGCONT");
    }
    await within(this.#ended, HANGUP_GRACE_MS);
    const left = processesOf(this.pid, this.#mark);
    for (const group of new Set(left.inSession.map((row) => row.group))) sendSignal(-group, "SIGKILL");
    for (const row of left.inSession) sendSignal(row.pid, "SIGKILL");
    if (this.#handle !== null) await within(this.#ended, KILL_GRACE_MS);
    // Killed is not yet gone; the caller may look.
    for (let waitedMs = 0; waitedMs < KILL_GRACE_MS && left.inSession.some((row) => readProcess(row.pid) !== null); waitedMs += 5) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const survivors = new Map([...outside, ...left.outside].map((row) => [row.pid, row]));
    return [...survivors.values()].filter((row) => readProcess(row.pid) !== null);
  }
}

function isAgain(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EAGAIN" || error.code === "EINTR");
}

async function within(promise: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
