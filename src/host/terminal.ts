// One terminal: a pty, its guard and emulator, and for an agent's shell the running of code in it.

import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { CellGrid } from "../domain/cells.ts";
import type { TerminalId } from "../domain/ids.ts";
import type { RowsUpdate } from "../domain/rows.ts";
import type { ExecRequest, ExecResult, Terminal, TerminalSpec } from "../engine/ports.ts";
import type { Emulator } from "./emulator.ts";
import { createEmulator } from "./emulator.ts";
import type { GuardPiece } from "./emulator-guard.ts";
import { EmulatorGuard } from "./emulator-guard.ts";
import type { Pty } from "./pty.ts";
import { openPty } from "./pty.ts";
import type { RunEnd } from "./shell-exec.ts";
import { ShellSession } from "./shell-exec.ts";
import { bashStartFile, parseMark } from "./shell-marks.ts";
import type { Prepared } from "./terminal-code.ts";
import { prepareCode } from "./terminal-code.ts";
import type { ParseLoop, ParseSource } from "./terminal-parse-loop.ts";
import type { ProcessRow } from "./terminal-processes.ts";
import { programOnPath } from "./terminal-program.ts";
import { TERMINAL_MARK } from "./terminal-record.ts";

export interface TerminalWorld {
  readonly loop: ParseLoop;
  /** Private (0700); each terminal has a folder of its own in it. */
  readonly scratchDir: string;
  readonly scrollbackRows: number;
  readonly foreground: string;
  readonly background: string;
  /** How a program is wrapped, or why it must not run. */
  readonly wrap: (
    spec: TerminalSpec,
    argv: readonly string[],
    ownFolder: string,
  ) => { ok: true; argv: string[] } | { ok: false; problem: string };
  readonly onChange: (id: TerminalId) => void;
  readonly onTitle: (id: TerminalId, title: string) => void;
  /** A second shell was opened because the first was busy. */
  readonly onSpare: (terminal: HostTerminal) => void;
  readonly onClosed: (id: TerminalId) => void;
  /** Its program runs: the shell of an agent can be started more than once. */
  readonly onStarted: (id: TerminalId, pid: number, spec: TerminalSpec) => void;
  readonly onExited: (id: TerminalId) => void;
  /** Processes that left the terminal's session and outlive it, one line each. */
  readonly onSurvivors: (id: TerminalId, processes: ProcessRow[], cwd: string) => void;
}

const QUEUE_BYTES_PAUSE = 256 * 1024;
const QUEUE_BYTES_RESUME = 64 * 1024;
/** A start-up file of the user's may take its time. */
const START_TIMEOUT_MS = 20_000;
/** KILL comes after 3 s; then the prompt is back or never. */
const STOPPING_TIMEOUT_MS = 4000;
/** Keys that were typed ahead are looked at after 60 ms. */
const SETTLE_TIMEOUT_MS = 200;
const SPARES_MAX = 3;
const ANSWER_BACKLOG_MAX = 4096;
const WHERE = "the agent's terminal";

export class HostTerminal implements Terminal, ParseSource {
  readonly id: TerminalId;
  readonly #spec: TerminalSpec;
  readonly #world: TerminalWorld;
  readonly #depth: number;
  readonly #onEnd: (exitCode: number) => void;
  readonly #folder: string;
  readonly #guard: EmulatorGuard;
  #emulator: Emulator | null = null;
  #pty: Pty | null = null;
  #shell: ShellSession | null = null;
  #nonce = "";
  #startFile: string | null = null;
  #problem: string | null = null;
  #cols: number;
  #rows: number;
  #early: string[] = [];
  #queue: GuardPiece[] = [];
  #queueAt = 0;
  #queueBytes = 0;
  #exitCode: number | null = null;
  #promptAt: { x: number; line: number } | null = null;
  #folderSaid: string | null = null;
  #spare: HostTerminal | null = null;
  #codeNumber = 0;
  #closing: Promise<void> | null = null;
  readonly #closed = new AbortController();
  #started: Promise<void>;

  constructor(spec: TerminalSpec, world: TerminalWorld, onEnd: (exitCode: number) => void, depth = 0) {
    this.id = spec.id;
    this.#spec = spec;
    this.#world = world;
    this.#onEnd = onEnd;
    this.#depth = depth;
    this.#cols = clampSide(spec.cols);
    this.#rows = clampSide(spec.rows);
    this.#folder = join(world.scratchDir, `terminal-${spec.id.replace(/[^\w.-]/g, "_").replace(/^\./, "_")}`);
    this.#guard = new EmulatorGuard(this.#cols, this.#rows);
    this.#started = this.#start(spec.cwd);
  }

  /** Resolves when the program runs, or could not be started. */
  get started(): Promise<void> {
    return this.#started;
  }

  get pid(): number | null {
    return this.#pty?.pid ?? null;
  }

  // Starting and ending -----------------------------------------------------------------------------------------------

  async #start(cwd: string): Promise<void> {
    const session = this.#spec.program.type === "shell" ? this.#newSession() : null;
    this.#shell = session;
    this.#exitCode = null;
    try {
      this.#emulator ??= await createEmulator({
        cols: this.#cols,
        rows: this.#rows,
        scrollbackRows: this.#world.scrollbackRows,
        foreground: this.#world.foreground,
        background: this.#world.background,
        isDirect: true,
        onAnswer: (data) => this.#answer(data),
        onTitle: (title) => this.#world.onTitle(this.id, title),
        onFolder: (folder) => {
          this.#folderSaid = folder;
        },
      });
      this.#emulator.resize(this.#cols, this.#rows);
      const argv = this.#argv(cwd);
      if (!argv.ok) return this.#fail(argv.problem);
      const pty = await openPty(
        {
          argv: argv.argv,
          cwd,
          env: { ...this.#spec.env, [TERMINAL_MARK]: this.id },
          cols: this.#cols,
          rows: this.#rows,
          markedBy: TERMINAL_MARK,
        },
        { onData: (bytes) => this.#take(bytes), onExit: (exitCode) => this.#takeExit(exitCode) },
      );
      this.#pty = pty;
      this.#world.onStarted(this.id, pty.pid, this.#spec);
      pty.resize(this.#cols, this.#rows);
      for (const data of this.#early.splice(0)) pty.write(data);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #newSession(): ShellSession {
    return new ShellSession({
      write: (data) => this.#pty?.write(data),
      dropInput: () => this.#pty?.dropInput(),
      signalForeground: (signal) => this.#pty?.signalForeground(signal),
      notePrompt: () => {
        this.#promptAt = this.#emulator?.cursorAt ?? null;
      },
      isLineEmpty: () => {
        const now = this.#emulator?.cursorAt;
        return now !== undefined && this.#promptAt !== null && now.x === this.#promptAt.x && now.line === this.#promptAt.line;
      },
    });
  }

  #argv(cwd: string): { ok: true; argv: string[] } | { ok: false; problem: string } {
    if (!isFolder(cwd)) return { ok: false, problem: `the folder ${cwd} does not exist; the terminal was not opened` };
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#spec.env["PATH"] ?? "";
    const { program } = this.#spec;
    if (program.type === "command") {
      const name = program.argv[0] ?? "";
      if (programOnPath(name, path) === null) return { ok: false, problem: `${name || "(nothing)"}: not found on the PATH` };
      return this.#world.wrap(this.#spec, program.argv, this.#folder);
    }
    const bash = this.#bash();
    if (bash === null)
      return { ok: false, problem: "an agent's shell needs bash 4.4 or newer, and there is none on the PATH; install the package bash" };
    this.#nonce = randomBytes(12).toString("hex");
    this.#startFile = join(this.#folder, `start-${randomBytes(6).toString("hex")}.bash`);
    writeFileSync(this.#startFile, bashStartFile(this.#nonce), { mode: 0o600, flag: "wx" });
    return this.#world.wrap(this.#spec, [bash, "--rcfile", this.#startFile, "-i"], this.#folder);
  }

  /** The user's own where it is bash; zsh and fish come later. */
  #bash(): string | null {
    const shell = this.#spec.env["SHELL"] ?? "";
    if (shell.startsWith("/") && basename(shell) === "bash" && programOnPath(shell, "") !== null) return shell;
    return programOnPath("bash", `${this.#spec.env["PATH"] ?? ""}:/usr/bin:/bin`);
  }

  #fail(problem: string): void {
    this.#problem = problem;
    this.#emulator?.say(problem);
    this.#forgetStartFile();
    this.#shell?.end(127);
    this.#world.onChange(this.id);
    this.#end(127);
  }

  #takeExit(exitCode: number): void {
    this.#exitCode = exitCode;
    this.#world.loop.wake(this);
  }

  /** After the last byte has been parsed. */
  #atExit(exitCode: number): void {
    this.#exitCode = null;
    this.#pty = null;
    this.#world.onExited(this.id);
    this.#forgetStartFile();
    const shell = this.#shell;
    if (shell === null) return this.#end(exitCode);
    const hadPrompt = shell.state !== "starting";
    shell.end(exitCode);
    if (this.#closing !== null) return;
    if (hadPrompt) {
      this.#emulator?.say(`[the shell ended with ${exitCode}; a key or the next command starts it again]`);
    } else {
      this.#problem = `the shell ended with ${exitCode} before its first prompt; look at ~/.bashrc, or at what the terminal shows`;
      this.#emulator?.say(this.#problem);
      this.#end(exitCode);
    }
    this.#world.onChange(this.id);
  }

  #end(exitCode: number): void {
    if (this.#closing === null) this.#onEnd(exitCode);
  }

  #forgetStartFile(): void {
    if (this.#startFile !== null) removeFile(this.#startFile);
    this.#startFile = null;
  }

  #canRestart(): boolean {
    return this.#shell?.state === "ended" && this.#problem === null && this.#closing === null;
  }

  #restart(): Promise<void> {
    const known = this.#shell?.folder ?? this.#spec.cwd;
    this.#started = this.#start(isFolder(known) ? known : this.#spec.cwd);
    return this.#started;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    await this.#started;
    const spare = this.#spare?.close();
    const survivors = (await this.#pty?.close()) ?? [];
    await spare;
    this.#world.loop.remove(this);
    this.#shell?.end(129);
    this.#forgetStartFile();
    rmSync(this.#folder, { recursive: true, force: true });
    this.#emulator?.close();
    this.#emulator = null;
    this.#world.onClosed(this.id);
    if (survivors.length > 0) this.#world.onSurvivors(this.id, survivors, this.#spec.cwd);
  }

  // Bytes -------------------------------------------------------------------------------------------------------------

  #take(bytes: Uint8Array): void {
    for (const piece of this.#guard.push(bytes)) this.#queue.push(piece);
    this.#queueBytes += bytes.length;
    if (this.#queueBytes > QUEUE_BYTES_PAUSE) this.#pty?.pause();
    this.#world.loop.wake(this);
  }

  step(): boolean {
    const piece = this.#queue[this.#queueAt];
    if (piece === undefined) {
      this.#queue = [];
      this.#queueAt = 0;
      this.#queueBytes = 0;
      this.#pty?.resume();
      if (this.#exitCode !== null) this.#atExit(this.#exitCode);
      return false;
    }
    this.#queueAt++;
    if (this.#queueAt > 512) {
      this.#queue.splice(0, this.#queueAt);
      this.#queueAt = 0;
    }
    if (piece.type === "mark") {
      this.#takeMark(piece.text);
    } else {
      this.#emulator?.parse(piece.bytes);
      this.#shell?.takeBytes(piece.bytes);
      this.#queueBytes -= piece.bytes.length;
      if (this.#queueBytes < QUEUE_BYTES_RESUME) this.#pty?.resume();
    }
    return this.#queue.length > this.#queueAt || this.#exitCode !== null;
  }

  onParsed(): void {
    this.#world.onChange(this.id);
  }

  #takeMark(text: string): void {
    const mark = this.#shell === null ? null : parseMark(text, this.#nonce);
    if (mark === null) return;
    if (mark.type === "prompt") this.#forgetStartFile();
    this.#shell?.takeMark(mark);
  }

  #answer(data: string): void {
    // A program that asks without end and never reads gets no more answers.
    if (this.#pty === null || this.#pty.inputBytes > ANSWER_BACKLOG_MAX) return;
    if (this.#shell === null) this.#pty.write(data);
    else this.#shell.answer(data);
  }

  // For people --------------------------------------------------------------------------------------------------------

  write(data: string): void {
    if (data === "" || this.#closing !== null) return;
    if (this.#canRestart()) {
      void this.#restart();
      return;
    }
    this.#shell?.noteInput();
    this.#world.loop.heat(this);
    if (this.#pty === null) {
      if (this.#problem === null && this.#early.length < 100) this.#early.push(data);
      return;
    }
    this.#pty.write(data);
  }

  resize(cols: number, rows: number): void {
    if (!Number.isInteger(cols) || !Number.isInteger(rows)) return;
    this.#cols = clampSide(cols);
    this.#rows = clampSide(rows);
    this.#guard.resize(this.#cols, this.#rows);
    const isSame = this.#emulator?.cols === this.#cols && this.#emulator.rows === this.#rows;
    if (isSame) return;
    this.#emulator?.resize(this.#cols, this.#rows);
    this.#pty?.resize(this.#cols, this.#rows);
    this.#world.onChange(this.id);
  }

  text(lines: number, options: { readonly isStyled: boolean } = { isStyled: false }): string {
    return this.#emulator?.text(lines, options) ?? "";
  }

  changesSince(version: number): RowsUpdate | null {
    return this.#emulator?.changesSince(this.id, version) ?? null;
  }

  grid(): Readonly<CellGrid> | null {
    return this.#emulator?.grid() ?? null;
  }

  /** The folder that the shell's marks, or a program by OSC 7, said last. */
  folder(): string {
    return this.#shell?.folder ?? this.#folderSaid ?? this.#spec.cwd;
  }

  // Code --------------------------------------------------------------------------------------------------------------

  isReady(): boolean {
    return this.#closing === null && this.#shell !== null && (this.#shell.isReady() || this.#canRestart());
  }

  async exec(request: ExecRequest, signal: AbortSignal): Promise<ExecResult> {
    const startedAt = performance.now();
    try {
      const either = AbortSignal.any([signal, this.#closed.signal]);
      const result = await this.#exec(request, either, startedAt);
      return { ...result, durationMs: Math.round(performance.now() - startedAt) };
    } catch (error) {
      const note = `the terminal failed: ${error instanceof Error ? error.message : String(error)}`;
      return { outcome: "unknown", output: "", durationMs: Math.round(performance.now() - startedAt), note };
    }
  }

  async #exec(request: ExecRequest, signal: AbortSignal, startedAt: number): Promise<Omit<ExecResult, "durationMs">> {
    if (this.#shell === null) return { outcome: "failed", output: "", note: "this terminal runs a program of its own, no shell" };
    const notes: string[] = [];
    const leftMs = (): number => Math.max(1, request.timeoutMs - (performance.now() - startedAt));
    await this.#started;
    if (this.#canRestart()) {
      notes.push("the shell had ended and was started anew: variables and functions are gone");
      await this.#restart();
    }
    if (this.#problem !== null) return { outcome: "failed", output: "", note: this.#problem };
    if (!(await this.#waitReady(leftMs(), signal))) {
      if (signal.aborted) return { outcome: "interrupted", output: "", ...noted(notes) };
      if (this.#problem !== null) return { outcome: "failed", output: "", note: this.#problem };
      return this.#execBeside(request, signal, leftMs());
    }
    const number = ++this.#codeNumber;
    const prepared = await prepareCode(request, {
      folder: this.#folder,
      number,
      shellFolder: this.#shell.folder,
      bash: this.#bash() ?? "bash",
    });
    if (prepared.type === "answer") {
      return {
        outcome: prepared.outcome,
        output: prepared.output,
        ...noted([...notes, ...(prepared.note === undefined ? [] : [prepared.note])]),
        ...this.#cwd(),
      };
    }
    try {
      if (signal.aborted) return { outcome: "interrupted", output: "", ...noted(notes) };
      // The check of the code took a moment, in which a key may have been pressed.
      if (!this.#shell.isReady()) return await this.#execBeside(request, signal, leftMs());
      this.#world.loop.heat(this);
      const end = await this.#shell.run({ text: prepared.text, timeoutMs: leftMs(), where: WHERE }, signal);
      return this.#resultOf(end, prepared, notes);
    } finally {
      if (prepared.file !== null) removeFile(prepared.file);
    }
  }

  async #waitReady(leftMs: number, signal: AbortSignal): Promise<boolean> {
    const shell = this.#shell;
    if (shell === null) return false;
    const limitMs = shell.state === "starting" ? START_TIMEOUT_MS : shell.isStopping ? STOPPING_TIMEOUT_MS : SETTLE_TIMEOUT_MS;
    return shell.whenReady(Math.min(limitMs, leftMs), signal);
  }

  /** The design: a busy shell is left alone; code runs in another one in the same folder, and that is said. */
  async #execBeside(request: ExecRequest, signal: AbortSignal, leftMs: number): Promise<Omit<ExecResult, "durationMs">> {
    const busyWith = this.#shell?.state === "prompt" ? "a line that is being typed" : (this.#pty?.foregroundName() ?? "a program");
    if (this.#depth >= SPARES_MAX) {
      return {
        outcome: "failed",
        output: "",
        note: `the shell is busy with ${busyWith}, and so are ${SPARES_MAX} others beside it; end one of them first`,
      };
    }
    if (this.#spare === null) {
      // The id is this terminal's with a suffix: unique as this one is.
      const id = `${this.id}.${this.#depth + 2}` as TerminalId;
      const spec: TerminalSpec = { ...this.#spec, id, cwd: this.folder(), cols: this.#cols, rows: this.#rows };
      this.#spare = new HostTerminal(
        spec,
        this.#world,
        () => {
          this.#spare = null;
        },
        this.#depth + 1,
      );
      this.#world.onSpare(this.#spare);
    }
    const { durationMs: _, ...result } = await this.#spare.exec({ ...request, timeoutMs: leftMs }, signal);
    const said = `the shell is busy with ${busyWith}; this ran in another shell in the same folder, without its variables and functions`;
    return { ...result, ...noted([said, ...(result.note === undefined ? [] : [result.note])]) };
  }

  #resultOf(end: RunEnd, prepared: Extract<Prepared, { type: "line" }>, notes: string[]): Omit<ExecResult, "durationMs"> {
    switch (end.type) {
      case "done": {
        if (end.exitCode === 127 && prepared.missing !== null) notes.push(prepared.missing);
        return {
          outcome: end.exitCode === 0 ? "ok" : "failed",
          exitCode: end.exitCode,
          output: end.output,
          ...noted(notes),
          ...this.#cwd(),
        };
      }
      case "interrupted":
        if (this.#closing !== null) notes.push("the terminal was closed");
        return { outcome: "interrupted", output: end.output, ...noted(notes) };
      case "timeout":
        return { outcome: "timeout", output: end.output, ...noted(notes) };
      case "incomplete":
        notes.push("the shell waited for the rest of this code (an open quote, bracket or here-document); it was cancelled");
        return { outcome: "failed", output: end.output, ...noted(notes) };
      case "ended":
        if (this.#closing !== null) return { outcome: "interrupted", output: end.output, ...noted([...notes, "the terminal was closed"]) };
        notes.push(
          `the shell ended with ${end.exitCode}; the next command starts a new one in the same folder, without its variables and functions`,
        );
        return { outcome: end.exitCode === 0 ? "ok" : "failed", exitCode: end.exitCode, output: end.output, ...noted(notes) };
      default:
        return end satisfies never;
    }
  }

  #cwd(): { cwd?: string } {
    const folder = this.#shell?.folder ?? null;
    return folder === null ? {} : { cwd: folder };
  }
}

function noted(notes: readonly string[]): { note?: string } {
  return notes.length === 0 ? {} : { note: notes.join("; ") };
}

function clampSide(side: number): number {
  return Number.isInteger(side) ? Math.max(2, Math.min(1000, side)) : 80;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already; its folder goes with the terminal.
  }
}
