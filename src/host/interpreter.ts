// One long-lived interpreter of an agent: a program in a pty of its own that runs piece after piece and keeps what they defined.
//
// What it prints goes to the agent's terminal, beside what the shell prints there. Its marks are those of a shell.

import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../domain/message-of.ts";
import { EmulatorGuard, type GuardPiece } from "./emulator-guard.ts";
import { javascriptFiles } from "./interpreter-javascript.ts";
import { pythonFiles } from "./interpreter-python.ts";
import { OutputText } from "./output-text.ts";
import { openPty, type Pty, READ_FULL_BYTES } from "./pty.ts";
import { type Patience, type RunEnd, ShellSession } from "./shell-exec.ts";
import { parseMark } from "./shell-marks.ts";
import type { Packages } from "./terminal-packages.ts";
import type { ParseLoop, ParseSource } from "./terminal-parse-loop.ts";
import { programOnPath, seenPath } from "./terminal-program.ts";

export type InterpreterName = "python" | "javascript";

export interface InterpreterKind {
  readonly name: InterpreterName;
  readonly title: string;
  /** The first that is there is taken. */
  readonly programs: readonly string[];
  readonly packages: Packages;
  readonly files: (nonce: string) => Readonly<Record<string, string>>;
  readonly driver: string;
  readonly args: readonly string[];
  /** What stands before the first line of code on the screen, and before the others. */
  readonly prompts: readonly [string, string];
}

export const INTERPRETERS: Readonly<Record<InterpreterName, InterpreterKind>> = {
  python: {
    name: "python",
    title: "Python",
    programs: ["python3", "python"],
    packages: { apt: "python3", brew: "python", pacman: "python" },
    files: pythonFiles,
    driver: "driver.py",
    args: [],
    prompts: [">>> ", "... "],
  },
  javascript: {
    name: "javascript",
    title: "JavaScript",
    programs: ["node"],
    packages: { apt: "nodejs", brew: "node" },
    files: javascriptFiles,
    driver: "driver.cjs",
    args: [],
    prompts: ["js> ", "... "],
  },
};

/** What the agent's terminal lends. */
export interface InterpreterSide {
  readonly loop: ParseLoop;
  /** Private, readable inside the sandbox; goes with the terminal. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly cols: number;
  readonly rows: number;
  readonly markedBy: string;
  wrap(argv: readonly string[]): { ok: true; argv: string[] } | { ok: false; problem: string };
  /** False for what lies where the sandbox shows something else. */
  sees(path: string): boolean;
  /** Code will be shown: what stands in its way is taken off the screen. */
  onScreen(): void;
  /** Bytes for the screen, and that there were some. */
  show(bytes: Uint8Array): void;
  onShown(): void;
  onStarted(pid: number): void;
}

/** How long an interrupted one is given to say whether it keeps its state. */
const HEED_MS = 500;
/** A long computation may not look at Ctrl-C for a while, and a killed interpreter has lost everything. */
const PATIENCE: Patience = { againAfterMs: [1500, 3000], termAfterMs: 5000, killAfterMs: 7000 };
const START_TIMEOUT_MS = 20_000;
const STOPPING_TIMEOUT_MS = 9000;
const QUEUE_BYTES_PAUSE = 256 * 1024;
const QUEUE_BYTES_RESUME = 64 * 1024;

export interface Piece {
  readonly language: string;
  readonly code: string;
  readonly number: number;
  /** Where it is to run; null: where the interpreter stands. */
  readonly cwd: string | null;
  readonly timeoutMs: number;
  readonly where: string;
}

export type PieceEnd =
  | Exclude<RunEnd, { readonly type: "interrupted" | "timeout" }>
  | { readonly type: "interrupted" | "timeout"; readonly output: string; readonly isStopping: boolean }
  | { readonly type: "busy" }
  /** It has run code, and ended since: nothing was run. */
  | { readonly type: "gone"; readonly exitCode: number; readonly wasStopped: boolean }
  | { readonly type: "not-started"; readonly problem: string };

export class Interpreter implements ParseSource {
  readonly kind: InterpreterKind;
  readonly #side: InterpreterSide;
  readonly #session: ShellSession;
  readonly #guard: EmulatorGuard;
  readonly #nonce = randomBytes(12).toString("hex");
  readonly #folder: string;
  readonly #started: Promise<string | null>;
  /** What it says before it is ready: why it is not. */
  readonly #first = new OutputText("the agent's terminal");
  #pty: Pty | null = null;
  #queue: GuardPiece[] = [];
  #queueBytes = 0;
  #exitCode: number | null = null;
  #endedWith = 0;
  #wasReady = false;
  #wasStopped = false;
  /** False: what it prints is not put on the screen, which something else has. */
  #isShown = true;
  #isHeld = false;

  constructor(kind: InterpreterKind, program: string, side: InterpreterSide) {
    this.kind = kind;
    this.#side = side;
    this.#guard = new EmulatorGuard(side.cols, side.rows);
    this.#folder = join(side.folder, `${kind.name}-${randomBytes(6).toString("hex")}`);
    this.#session = new ShellSession(
      {
        write: (data) => this.#pty?.write(data),
        dropInput: () => this.#pty?.dropInput(),
        signalForeground: (signal) => this.#pty?.signalForeground(signal),
        noteShell: () => {},
        interruptShell: () => false,
        notePrompt: () => {},
        isLineEmpty: () => true,
        emptyLine: () => "",
      },
      PATIENCE,
    );
    this.#started = this.#start(program);
  }

  get hasEnded(): boolean {
    return this.#session.state === "ended";
  }

  /** Its code runs and has the screen: keys are for it. */
  get hasScreen(): boolean {
    return this.#isShown && (this.#session.state === "running" || this.#session.isStopping);
  }

  get isReady(): boolean {
    return this.#session.state !== "running" && !this.#session.isStopping;
  }

  get pid(): number | null {
    return this.#pty?.pid ?? null;
  }

  /** The problem, or null. */
  async #start(program: string): Promise<string | null> {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      for (const [name, text] of Object.entries(this.kind.files(this.#nonce))) {
        writeFileSync(join(this.#folder, name), text, { mode: 0o600, flag: "wx" });
      }
      const wrapped = this.#side.wrap([program, ...this.kind.args, join(this.#folder, this.kind.driver)]);
      if (!wrapped.ok) return this.#fail(wrapped.problem);
      // Ctrl-C is for the code: the sandbox around it, in the same group, must live through it. The driver takes it back.
      const argv = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", ...wrapped.argv];
      const { env, cols, rows, markedBy } = this.#side;
      this.#pty = await openPty(
        { argv, cwd: this.#side.cwd, env, cols, rows, markedBy },
        { onData: (bytes) => this.#take(bytes), onExit: (exitCode) => this.#takeExit(exitCode) },
      );
      this.#side.onStarted(this.#pty.pid);
      return null;
    } catch (error) {
      return this.#fail(messageOf(error));
    }
  }

  #fail(problem: string): string {
    this.#session.end(127);
    return `${this.kind.title} could not be started: ${problem}`;
  }

  async run(piece: Piece, isShown: boolean, signal: AbortSignal): Promise<PieceEnd> {
    const problem = await this.#started;
    if (problem !== null) return { type: "not-started", problem };
    const limitMs = this.#session.state === "starting" ? START_TIMEOUT_MS : STOPPING_TIMEOUT_MS;
    if (!(await this.#session.whenReady(Math.min(limitMs, piece.timeoutMs), signal))) {
      if (signal.aborted) return { type: "interrupted", output: "", isStopping: false };
      if (!this.hasEnded) return { type: "busy" };
      if (this.#wasReady) return { type: "gone", exitCode: this.#endedWith, wasStopped: this.#wasStopped };
      return {
        type: "not-started",
        problem: `${this.kind.title} could not be started: ${this.#first.text().trim() || "it ended at once"}`,
      };
    }
    this.#wasReady = true;
    const file = join(this.#folder, `piece-${piece.number}`);
    writeFileSync(file, piece.code, { mode: 0o600 });
    try {
      this.#isShown = isShown;
      if (isShown) {
        this.#side.onScreen();
        this.#echo(piece.code);
      }
      const { language, number, cwd } = piece;
      const text = JSON.stringify({ file, language, number, cwd });
      const end = await this.#session.run({ text, timeoutMs: piece.timeoutMs, where: piece.where, isLine: true }, signal);
      if (end.type !== "interrupted" && end.type !== "timeout") return end;
      this.#wasStopped = !(await this.#session.whenReady(HEED_MS, new AbortController().signal));
      return { ...end, isStopping: this.#wasStopped };
    } finally {
      removeFile(file);
    }
  }

  /** The code as it would stand at a prompt; controls in it are shown, not obeyed. */
  #echo(code: string): void {
    const [first, next] = this.kind.prompts;
    const lines = code.replace(/\n+$/, "").split("\n");
    const shown = lines.map((line, at) => `\x1b[36m${at === 0 ? first : next}\x1b[39m${visible(line)}\r\n`);
    // With the shell's prompt goes what the shell had asked the terminal for.
    this.#side.show(Buffer.from(`\x1b[?2004l${shown.join("")}`));
    this.#side.onShown();
  }

  #take(bytes: Uint8Array): void {
    for (const piece of this.#guard.push(bytes)) this.#queue.push(piece);
    this.#queueBytes += bytes.length;
    if (this.#queueBytes > QUEUE_BYTES_PAUSE) this.#pty?.pause();
    this.#side.loop.wake(this, bytes.length >= READ_FULL_BYTES);
  }

  stopReading(): void {
    this.#isHeld = true;
    this.#pty?.pause();
  }

  readOn(): void {
    this.#isHeld = false;
    this.#resume();
  }

  #resume(): void {
    if (!this.#isHeld && this.#queueBytes < QUEUE_BYTES_RESUME) this.#pty?.resume();
  }

  #takeExit(exitCode: number): void {
    this.#exitCode = exitCode;
    this.#side.loop.wake(this);
  }

  step(): boolean {
    const piece = this.#queue.shift();
    if (piece === undefined) {
      this.#queueBytes = 0;
      this.#resume();
      if (this.#exitCode !== null) {
        const exitCode = this.#exitCode;
        this.#exitCode = null;
        this.#endedWith = exitCode;
        this.#pty = null;
        this.#session.end(exitCode);
      }
      return false;
    }
    if (piece.type === "mark") {
      const mark = parseMark(piece.text, this.#nonce);
      if (mark !== null) this.#session.takeMark(mark);
    } else {
      if (this.#session.state === "starting") this.#first.push(piece.bytes);
      else if (this.#isShown) this.#side.show(piece.bytes);
      this.#session.takeBytes(piece.bytes);
      this.#queueBytes -= piece.bytes.length;
      this.#resume();
    }
    return this.#queue.length > 0 || this.#exitCode !== null;
  }

  onParsed(): void {
    if (this.#isShown) this.#side.onShown();
  }

  write(data: string | Uint8Array): void {
    this.#pty?.write(data);
  }

  /** When the code that runs, or is being stopped, has ended. */
  async whenIdle(): Promise<void> {
    await this.#session.whenReady(STOPPING_TIMEOUT_MS, new AbortController().signal);
  }

  resize(cols: number, rows: number): void {
    this.#guard.resize(cols, rows);
    this.#pty?.resize(cols, rows);
  }

  async close(): Promise<void> {
    await this.#started;
    await this.#pty?.close();
    this.#side.loop.remove(this);
    this.#session.end(129);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Where the program lies; Interpane's own Node stands in for a missing one. A sandbox may hide either. */
export function findInterpreter(kind: InterpreterKind, path: string, sees: (path: string) => boolean): string | null {
  const seen = seenPath(path, sees);
  for (const name of kind.programs) {
    const found = programOnPath(name, seen);
    if (found !== null) return found;
  }
  return kind.name === "javascript" && sees(process.execPath) ? process.execPath : null;
}

function visible(line: string): string {
  return line.replace(/[\x00-\x08\x0b-\x1f\x7f-\u009f]/g, (char) =>
    char < " " ? `^${String.fromCharCode(char.charCodeAt(0) + 64)}` : "?",
  );
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone with its folder.
  }
}
