// One life of an agent's shell, known by its marks: at the prompt, running, ended; and code that is run at its prompt.

import { OutputText } from "./output-text.ts";
import type { ShellMark } from "./shell-marks.ts";

/** What the terminal lends to its shell. */
export interface ShellSide {
  write(data: string): void;
  /** Takes back what the pty has not taken yet. */
  dropInput(): void;
  signalForeground(signal: NodeJS.Signals): void;
  /** Remembers who has the terminal: a shell at its prompt. */
  noteShell(): void;
  /** SIGINT to it; false where it has the terminal now: there Ctrl-C reaches it. */
  interruptShell(): boolean;
  /** Remembers where the cursor stands: the prompt has just been printed. */
  notePrompt(): void;
  /** The cursor still stands there: the line is empty. */
  isLineEmpty(): boolean;
  /** Keys that empty it. */
  emptyLine(): string;
}

export type RunEnd =
  | { readonly type: "done"; readonly exitCode: number; readonly output: string }
  | { readonly type: "interrupted"; readonly output: string }
  | { readonly type: "timeout"; readonly output: string }
  /** The shell waits for more code; it has been sent Ctrl-C. */
  | { readonly type: "incomplete"; readonly output: string }
  | { readonly type: "ended"; readonly exitCode: number; readonly output: string };

export interface ShellEnvironment {
  readonly path: string;
  /** Empty where there is none. */
  readonly virtualEnv: string;
}

export interface RunSpec {
  /** What is typed, one bracketed paste. No control characters but newline and tab. */
  readonly text: string;
  readonly timeoutMs: number;
  /** Completes "the whole output is in …". */
  readonly where: string;
  /** It is a line of our own for a program that echoes nothing. */
  readonly isLine?: boolean;
}

/** What follows Ctrl-C where that alone does not help, each after so many milliseconds. */
export interface Patience {
  readonly againAfterMs: readonly number[];
  readonly termAfterMs: number;
  readonly killAfterMs: number;
}

const SHELL_PATIENCE: Patience = { againAfterMs: [], termAfterMs: 1000, killAfterMs: 3000 };
/** After this long keys that were typed ahead have been echoed. */
const ECHO_MS = 60;

interface Run {
  readonly output: OutputText;
  /** Before the first mark: the echo of the paste, and the shell's own complaints. */
  readonly echo: OutputText;
  readonly echoLines: number;
  phase: "echo" | "output" | "between";
  exitCode: number | null;
  readonly settle: (end: RunEnd) => void;
}

export class ShellSession {
  readonly #side: ShellSide;
  #state: "starting" | "prompt" | "running" | "ended" = "starting";
  #folder: string | null = null;
  #environment: ShellEnvironment | null = null;
  #run: Run | null = null;
  #isStopping = false;
  #isTouched = false;
  #isTypedAhead = false;
  #isAnswered = false;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #listeners = new Set<() => void>();

  readonly #patience: Patience;

  constructor(side: ShellSide, patience: Patience = SHELL_PATIENCE) {
    this.#side = side;
    this.#patience = patience;
  }

  get state(): "starting" | "prompt" | "running" | "ended" {
    return this.#state;
  }

  /** An interrupted command has not given the prompt back yet. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** The folder that the marks said last. */
  get folder(): string | null {
    return this.#folder;
  }

  /** What programs that are started now would find; null before the marks have said. */
  get environment(): ShellEnvironment | null {
    return this.#environment;
  }

  isReady(): boolean {
    return this.#state === "prompt" && !this.#isTouched && !this.#isTypedAhead;
  }

  /** True when ready; false when `signal` aborts, the shell ends, or the time is over. */
  whenReady(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.isReady()) return Promise.resolve(true);
    if (signal.aborted || this.#state === "ended") return Promise.resolve(false);
    return new Promise((resolve) => {
      const look = (): void => {
        const isReady = this.isReady();
        if (!isReady && !signal.aborted && this.#state !== "ended" && !isLate) return;
        this.#listeners.delete(look);
        signal.removeEventListener("abort", look);
        clearTimeout(timer);
        resolve(isReady);
      };
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        look();
      }, timeoutMs);
      signal.addEventListener("abort", look);
      this.#listeners.add(look);
    });
  }

  /** Only when ready. The promise settles with the prompt, the limit, an abort, or the shell's end; it never rejects. */
  run(spec: RunSpec, signal: AbortSignal): Promise<RunEnd> {
    return new Promise((resolve) => {
      const stop = (type: "interrupted" | "timeout"): void => {
        const run = this.#run;
        if (run === null) return;
        run.settle({ type, output: run.output.text() });
        this.#interrupt();
      };
      const onAbort = (): void => stop("interrupted");
      const timer = setTimeout(() => stop("timeout"), Math.min(spec.timeoutMs, 2 ** 31 - 1));
      this.#run = {
        output: new OutputText(spec.where),
        echo: new OutputText(spec.where),
        echoLines: spec.isLine === true ? 0 : spec.text.split("\n").length,
        phase: "echo",
        exitCode: null,
        settle: (end) => {
          this.#run = null;
          clearTimeout(timer);
          signal.removeEventListener("abort", onAbort);
          resolve(end);
        },
      };
      signal.addEventListener("abort", onAbort);
      this.#state = "running";
      this.#side.noteShell();
      // An answer to a question that a program asked just before it ended may stand in the line.
      if (spec.isLine === true) this.#side.write(`${spec.text}\n`);
      else this.#side.write(`${this.#isAnswered ? this.#side.emptyLine() : ""}\x1b[200~${spec.text}\x1b[201~\r`);
      this.#isAnswered = false;
    });
  }

  /** Something else has written where the prompt stood: an empty line makes a new one. Only when ready. */
  showPromptAgain(): void {
    this.#state = "running";
    this.#side.write("\r");
  }

  /** Answers of the emulator: a program that has ended does not wait for them, and the shell would take them as typed. */
  answer(data: string): void {
    if (this.#state === "prompt") return;
    this.#isAnswered = true;
    this.#side.write(data);
  }

  /** The user has typed. */
  noteInput(): void {
    if (this.#state === "prompt") this.#isTouched = true;
    else this.#isTypedAhead = true;
  }

  /** Bytes between two marks, after the emulator has parsed them. Copied, since they are written over later. */
  takeBytes(bytes: Uint8Array): void {
    if (this.#run?.phase === "output") this.#run.output.push(bytes.slice());
    else if (this.#run?.phase === "echo") this.#run.echo.push(bytes.slice());
  }

  takeMark(mark: ShellMark): void {
    switch (mark.type) {
      case "started":
        this.#state = "running";
        this.#isTouched = false;
        this.#isTypedAhead = false;
        if (this.#run !== null) this.#run.phase = "output";
        else if (this.#isStopping) this.#sendInterrupt();
        break;
      case "ended":
        this.#isTouched = false;
        if (mark.folder !== null) this.#folder = mark.folder;
        if (this.#run !== null) {
          if (this.#run.phase === "output") this.#run.phase = "between";
          this.#run.exitCode = mark.exitCode;
        }
        break;
      case "prompt":
        this.#atPrompt();
        break;
      case "incomplete":
        this.#atIncomplete();
        break;
      case "environment":
        this.#environment = { path: mark.path, virtualEnv: mark.virtualEnv };
        break;
      default:
        mark satisfies never;
    }
  }

  end(exitCode: number): void {
    this.#state = "ended";
    this.#isStopping = false;
    this.#clearTimers();
    this.#run?.settle({ type: "ended", exitCode, output: this.#run.output.text() });
    this.#notify();
  }

  #atPrompt(): void {
    const run = this.#run;
    // The prompt is printed again on a resize; a run that has not been read yet is not over by that.
    if (run !== null && run.exitCode === null) return;
    this.#state = "prompt";
    this.#isStopping = false;
    this.#clearTimers();
    this.#side.notePrompt();
    if (this.#isTypedAhead) {
      this.#later(ECHO_MS, () => {
        if (this.#state !== "prompt") return;
        this.#isTypedAhead = false;
        this.#isTouched ||= !this.#side.isLineEmpty();
        this.#notify();
      });
    }
    if (run !== null) run.settle({ type: "done", exitCode: run.exitCode ?? 0, output: outputOf(run) });
    this.#notify();
  }

  #atIncomplete(): void {
    const run = this.#run;
    if (run === null) return;
    run.settle({ type: "incomplete", output: run.output.text() });
    this.#interrupt();
  }

  #interrupt(): void {
    this.#isStopping = true;
    this.#side.dropInput();
    this.#sendInterrupt();
    const { againAfterMs, termAfterMs, killAfterMs } = this.#patience;
    for (const afterMs of againAfterMs) this.#later(afterMs, () => this.#side.write("\x03"));
    this.#later(termAfterMs, () => this.#side.signalForeground("SIGTERM"));
    this.#later(killAfterMs, () => this.#side.signalForeground("SIGKILL"));
  }

  /**
   * A shell goes on with the next command where the one in the foreground takes Ctrl-C for itself and ends, which its own child does
   * too as long as it has not become the program yet. Told before it, bash, zsh and fish stop after that one.
   */
  #sendInterrupt(): void {
    const isTold = this.#side.interruptShell();
    this.#side.write("\x03");
    // It may have given the terminal away between the two.
    if (!isTold) this.#side.interruptShell();
  }

  #later(afterMs: number, job: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      job();
    }, afterMs);
    this.#timers.add(timer);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Where nothing was started (a comment, a complaint of the parser) what stands after the echo is the output. */
function outputOf(run: Run): string {
  if (run.phase !== "echo") return run.output.text();
  return run.echo.text().split("\n").slice(run.echoLines).join("\n");
}
