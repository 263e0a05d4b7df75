// The running of code in an agent's terminal: at the shell's prompt, in a shell beside a busy one, or in an interpreter.

import { unlinkSync } from "node:fs";
import type { TerminalId } from "../domain/ids.ts";
import type { ExecRequest, ExecResult, Terminal, TerminalSpec } from "../engine/ports.ts";
import { isFolder } from "./at-path.ts";
import { openOnDesktop } from "./desktop.ts";
import type { Emulator } from "./emulator.ts";
import type { Interpreter, InterpreterName, InterpreterSide } from "./interpreter.ts";
import { Interpreters, isInterpreted } from "./interpreters.ts";
import { isSeenAsIs } from "./own-tmp.ts";
import type { RunEnd, ShellSession } from "./shell-exec.ts";
import type { FoundShell } from "./shell-kinds.ts";
import type { Prepared } from "./terminal-code.ts";
import { prepareCode } from "./terminal-code.ts";
import type { ParseLoop } from "./terminal-parse-loop.ts";
import { programOnPath, seenPath } from "./terminal-program.ts";
import { TERMINAL_MARK } from "./terminal-record.ts";

type ExecEnd = Omit<ExecResult, "durationMs">;

/** A start-up file of the user's may take its time. */
const START_TIMEOUT_MS = 20_000;
/** KILL comes after 3 s; then the prompt is back or never. */
const STOPPING_TIMEOUT_MS = 4000;
/** Keys that were typed ahead are looked at after 60 ms. */
const SETTLE_TIMEOUT_MS = 200;
/** From an empty line to the next prompt. */
const PROMPT_TIMEOUT_MS = 3000;
export const SPARES_MAX = 3;
const WHERE = "the agent's terminal";

/** What a terminal lends. What can change is asked for each time: a shell that ended is started again. */
export interface CodeSide {
  readonly spec: TerminalSpec;
  /** Private, and readable inside the sandbox. */
  readonly folder: string;
  readonly loop: ParseLoop;
  /** Aborts when the terminal is closed. */
  readonly closed: AbortSignal;
  shell(): ShellSession | null;
  found(): Extract<FoundShell, { ok: true }> | null;
  emulator(): Emulator | null;
  /** Why nothing can be run here at all. */
  problem(): string | null;
  folderNow(): string;
  foregroundName(): string;
  size(): { readonly cols: number; readonly rows: number };
  /** Resolves when the shell has been started; true: anew, because it had ended. */
  ready(): Promise<boolean>;
  /** A shell beside this one; null where there are too many. */
  beside(): Terminal | null;
  /** Where its programs start, on this machine. */
  cwd(): string;
  wrap(argv: readonly string[]): { ok: true; argv: string[] } | { ok: false; problem: string };
  /** What comes now goes to the screen before all else. */
  heat(): void;
  onChange(): void;
  onStarted(id: TerminalId, pid: number): void;
  onExited(id: TerminalId): void;
}

export class CodeRunner {
  readonly #side: CodeSide;
  readonly #interpreters: Interpreters;
  #number = 0;
  #givingBack: Promise<void> = Promise.resolve();
  /** Where the last command's output ended, and the prompt began. */
  #endedAt: { x: number; line: number } | null = null;

  constructor(side: CodeSide) {
    this.#side = side;
    this.#interpreters = new Interpreters({
      side: (name) => this.#lend(name),
      onExited: (name) => side.onExited(idOf(side, name)),
    });
  }

  /** The interpreter whose code runs on the screen: keys are for it. */
  get inFront(): Interpreter | null {
    return this.#interpreters.inFront;
  }

  get isIdle(): boolean {
    return this.#interpreters.isIdle;
  }

  /** The shell has said that a command ended. */
  noteEnded(): void {
    this.#endedAt = this.#side.emulator()?.cursorAt ?? null;
  }

  resize(cols: number, rows: number): void {
    this.#interpreters.resize(cols, rows);
  }

  /** Ends the interpreters. */
  close(): Promise<void> {
    return this.#interpreters.close();
  }

  /** Never rejects. */
  async exec(request: ExecRequest, signal: AbortSignal): Promise<ExecResult> {
    const startedAt = performance.now();
    try {
      const either = AbortSignal.any([signal, this.#side.closed]);
      const result = await this.#exec(request, either, startedAt);
      return { ...result, durationMs: Math.round(performance.now() - startedAt) };
    } catch (error) {
      const note = `the terminal failed: ${error instanceof Error ? error.message : String(error)}`;
      return { outcome: "unknown", output: "", durationMs: Math.round(performance.now() - startedAt), note };
    }
  }

  async #exec(request: ExecRequest, signal: AbortSignal, startedAt: number): Promise<ExecEnd> {
    if (this.#side.shell() === null) return { outcome: "failed", output: "", note: "this terminal runs a program of its own, no shell" };
    const notes: string[] = [];
    const leftMs = (): number => Math.max(1, request.timeoutMs - (performance.now() - startedAt));
    if (await this.#side.ready()) notes.push("the shell had ended and was started anew: variables and functions are gone");
    const problem = this.#side.problem();
    if (problem !== null) return { outcome: "failed", output: "", note: problem };
    await this.#givingBack;
    if (isInterpreted(request.language)) return this.#interpret(request, signal, leftMs, notes);
    if (!(await this.#waitReady(leftMs(), signal))) {
      if (signal.aborted) return { outcome: "interrupted", output: "", ...noted(notes) };
      const late = this.#side.problem();
      if (late !== null) return { outcome: "failed", output: "", note: late };
      return this.#execBeside(request, signal, leftMs());
    }
    const found = this.#side.found();
    const shell = this.#side.shell();
    if (found === null || shell === null) return { outcome: "failed", output: "", note: "the shell has not started" };
    const number = ++this.#number;
    const prepared = await prepareCode(request, {
      folder: this.#side.folder,
      number,
      shellFolder: shell.folder,
      shell: found,
      openDocument: (extension, file) => this.#openDocument(extension, file),
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
      if (!shell.isReady()) return await this.#execBeside(request, signal, leftMs());
      this.#side.heat();
      const end = await shell.run({ text: prepared.text, timeoutMs: leftMs(), where: WHERE }, signal);
      return this.#resultOf(end, prepared, notes);
    } finally {
      if (prepared.file !== null) removeFile(prepared.file);
    }
  }

  async #openDocument(extension: string, file: string): Promise<string> {
    const { env, sandbox } = this.#side.spec;
    // A page that is open can reach the network, whatever is closed to the shell.
    if (extension !== "html" || !sandbox.network) return "";
    return (await openOnDesktop(file, env)) ? ", and opened in the browser" : "";
  }

  /** Python, JavaScript: in an interpreter of its own, whose code and output stand where the shell's prompt stood. */
  async #interpret(request: ExecRequest, signal: AbortSignal, leftMs: () => number, notes: string[]): Promise<ExecEnd> {
    const shell = this.#side.shell();
    const isShown = await this.#waitReady(leftMs(), signal);
    if (signal.aborted) return { outcome: "interrupted", output: "", ...noted(notes) };
    const problem = this.#side.problem();
    if (problem !== null) return { outcome: "failed", output: "", note: problem };
    if (request.cwd !== undefined && !isFolder(request.cwd)) {
      return { outcome: "failed", output: "", note: `the folder ${request.cwd} does not exist; nothing was run` };
    }
    if (!isShown) notes.push(`the shell is busy with ${this.#side.foregroundName()}, so this ran beside it, unseen`);
    const place = { number: ++this.#number, shellFolder: this.#side.folderNow(), isShown, timeoutMs: leftMs(), where: WHERE };
    const result = await this.#interpreters.exec(request, place, signal);
    if (isShown && shell !== null) {
      this.#givingBack = this.#giveBack(shell);
      if (result.outcome !== "interrupted" && result.outcome !== "timeout") await this.#givingBack;
    }
    return { ...result, ...noted([...notes, ...(result.note === undefined ? [] : [result.note])]), ...this.#cwd() };
  }

  /** All lines of it, but nothing of what the last command printed before it. */
  #takePromptAway(): void {
    const emulator = this.#side.emulator();
    if (emulator === null) return;
    const { line } = emulator.cursorAt;
    const from = this.#endedAt;
    const isKnown = from !== null && from.line <= line && line - from.line < emulator.rows;
    const up = isKnown && from.line < line ? `\x1b[${line - from.line}A` : "";
    const text = isKnown ? `${up}\x1b[${from.x + 1}G\x1b[J${from.x === 0 ? "" : "\r\n"}` : "\r\n";
    emulator.parse(Buffer.from(text));
    this.#endedAt = null;
  }

  /** The shell's prompt comes back below what an interpreter has printed. */
  async #giveBack(shell: ShellSession): Promise<void> {
    await this.#interpreters.inFront?.whenIdle();
    const emulator = this.#side.emulator();
    if (this.#side.closed.aborted || emulator === null || !shell.isReady()) return;
    if (emulator.cursorAt.x !== 0) emulator.parse(Buffer.from("\r\n"));
    shell.showPromptAgain();
    await shell.whenReady(PROMPT_TIMEOUT_MS, this.#side.closed);
  }

  #lend(name: InterpreterName): InterpreterSide {
    const now = this.#side.shell()?.environment ?? null;
    return {
      loop: this.#side.loop,
      folder: this.#side.folder,
      env: {
        ...this.#side.spec.env,
        ...(now === null ? {} : { PATH: now.path, ...(now.virtualEnv === "" ? {} : { VIRTUAL_ENV: now.virtualEnv }) }),
        ...{ PAGER: "cat", GIT_PAGER: "cat", MANPAGER: "cat", SYSTEMD_PAGER: "cat" },
        [TERMINAL_MARK]: this.#side.spec.id,
      },
      cwd: this.#side.cwd(),
      ...this.#side.size(),
      markedBy: TERMINAL_MARK,
      wrap: (argv) => this.#side.wrap(argv),
      sees: (path) => this.#sees(path),
      onScreen: () => this.#takePromptAway(),
      show: (bytes) => this.#side.emulator()?.parse(bytes),
      onShown: () => this.#side.onChange(),
      onStarted: (pid) => this.#side.onStarted(idOf(this.#side, name), pid),
    };
  }

  async #waitReady(leftMs: number, signal: AbortSignal): Promise<boolean> {
    const shell = this.#side.shell();
    if (shell === null) return false;
    const limitMs = shell.state === "starting" ? START_TIMEOUT_MS : shell.isStopping ? STOPPING_TIMEOUT_MS : SETTLE_TIMEOUT_MS;
    return shell.whenReady(Math.min(limitMs, leftMs), signal);
  }

  /** A busy shell is left alone: what runs in it is the user's. Code runs in another one in the same folder, and that is said. */
  async #execBeside(request: ExecRequest, signal: AbortSignal, leftMs: number): Promise<ExecEnd> {
    const busyWith = this.#side.shell()?.state === "prompt" ? "a line that is being typed" : this.#side.foregroundName();
    const spare = this.#side.beside();
    if (spare === null) {
      return {
        outcome: "failed",
        output: "",
        note: `the shell is busy with ${busyWith}, and so are ${SPARES_MAX} others beside it; end one of them first`,
      };
    }
    const { durationMs: _, ...result } = await spare.exec({ ...request, timeoutMs: leftMs }, signal);
    const said = `the shell is busy with ${busyWith}; this ran in another shell in the same folder, without its variables and functions`;
    return { ...result, ...noted([said, ...(result.note === undefined ? [] : [result.note])]) };
  }

  #resultOf(end: RunEnd, prepared: Extract<Prepared, { type: "line" }>, notes: string[]): ExecEnd {
    switch (end.type) {
      case "done": {
        if (end.exitCode === 127 && prepared.program !== null && !this.#finds(prepared.program.name)) notes.push(prepared.program.missing);
        return {
          outcome: end.exitCode === 0 ? "ok" : "failed",
          exitCode: end.exitCode,
          output: end.output,
          ...noted(notes),
          ...this.#cwd(),
        };
      }
      case "interrupted":
        if (this.#side.closed.aborted) notes.push("the terminal was closed");
        return { outcome: "interrupted", output: end.output, ...noted(notes) };
      case "timeout":
        return { outcome: "timeout", output: end.output, ...noted(notes) };
      case "incomplete":
        notes.push("the shell waited for the rest of this code (an open quote, bracket or here-document); it was cancelled");
        return { outcome: "failed", output: end.output, ...noted(notes) };
      case "ended":
        if (this.#side.closed.aborted)
          return { outcome: "interrupted", output: end.output, ...noted([...notes, "the terminal was closed"]) };
        notes.push(
          `the shell ended with ${end.exitCode}; the next command starts a new one in the same folder, without its variables and functions`,
        );
        return { outcome: end.exitCode === 0 ? "ok" : "failed", exitCode: end.exitCode, output: end.output, ...noted(notes) };
      default:
        return end satisfies never;
    }
  }

  /** As the shell would by now, in its sandbox. */
  #finds(program: string): boolean {
    const path = this.#side.shell()?.environment?.path ?? this.#side.spec.env["PATH"] ?? "";
    return (
      programOnPath(
        program,
        seenPath(path, (folder) => this.#sees(folder)),
      ) !== null
    );
  }

  #sees(path: string): boolean {
    const { sandbox } = this.#side.spec;
    return sandbox.mode === "full" || isSeenAsIs(path, sandbox.writable);
  }

  #cwd(): { cwd?: string } {
    const folder = this.#side.shell()?.folder ?? null;
    return folder === null ? {} : { cwd: folder };
  }
}

function noted(notes: readonly string[]): { note?: string } {
  return notes.length === 0 ? {} : { note: notes.join("; ") };
}

/** Unique as the terminal's own is. */
function idOf({ spec }: CodeSide, name: InterpreterName): TerminalId {
  return `${spec.id}.${name}` as TerminalId;
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already; its folder goes with the terminal.
  }
}
