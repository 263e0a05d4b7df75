// One terminal: a pty, its guard and emulator, and for an agent's shell the running of code in it.

import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CellGrid } from "../domain/cells.ts";
import type { AgentId, TerminalId } from "../domain/ids.ts";
import type { RowsUpdate } from "../domain/rows.ts";
import type { ScrollMatches, ScrollPage } from "../domain/scrollback.ts";
import type { ExecRequest, ExecResult, MouseEvent, Terminal, TerminalSpec } from "../engine/ports.ts";
import { isFolder } from "./at-path.ts";
import type { Emulator } from "./emulator.ts";
import { createEmulator } from "./emulator.ts";
import type { TerminalColours } from "./emulator-answers.ts";
import type { GuardPiece } from "./emulator-guard.ts";
import { EmulatorGuard } from "./emulator-guard.ts";
import { type Place, placeIn, SEEN_TMP } from "./own-tmp.ts";
import type { Pty } from "./pty.ts";
import { openPty, READ_FULL_BYTES } from "./pty.ts";
import { removeTree } from "./remove-tree.ts";
import { type LineSource, pageOf, searchBeside } from "./scrollback.ts";
import { ShellSession } from "./shell-exec.ts";
import type { FoundShell } from "./shell-kinds.ts";
import { findShell } from "./shell-kinds.ts";
import { parseMark } from "./shell-marks.ts";
import { CodeRunner, type CodeSide, SPARES_MAX } from "./terminal-exec.ts";
import { TerminalHolds } from "./terminal-holds.ts";
import { TerminalName } from "./terminal-name.ts";
import { type OutputSink, TerminalOutput } from "./terminal-output.ts";
import type { ParseLoop, ParseSource } from "./terminal-parse-loop.ts";
import { memberName, type ProcessRow, programName } from "./terminal-processes.ts";
import { programOnPath } from "./terminal-program.ts";
import { QuietWork } from "./terminal-quiet.ts";
import { TERMINAL_MARK } from "./terminal-record.ts";
import { TypedInput } from "./terminal-typed.ts";

export interface TerminalWorld {
  readonly loop: ParseLoop;
  /** Private (0700); each terminal has a folder of its own in it. */
  readonly scratchDir: string;
  readonly scrollbackRows: () => number;
  readonly colours: (id: TerminalId) => TerminalColours;
  /** What all sandboxed programs of an agent see as /tmp; it need not be there yet. */
  readonly tmpFolder: (agent: AgentId) => string;
  /** How a program is wrapped, or why it must not run. */
  readonly wrap: (
    spec: TerminalSpec,
    argv: readonly string[],
    folders: { readonly own: string; readonly tmp: string; readonly cwd?: string },
  ) => { ok: true; argv: string[] } | { ok: false; problem: string };
  readonly onChange: (id: TerminalId) => void;
  /** A terminal of the user's own is called otherwise; empty: as what was started in it. */
  readonly onName: (id: TerminalId, name: string) => void;
  /** Its program rang: at most twice a second. */
  readonly onBell: (id: TerminalId) => void;
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
const ANSWER_BACKLOG_MAX = 4096;
const BELL_INTERVAL_MS = 500;

export class HostTerminal implements Terminal, ParseSource {
  readonly id: TerminalId;
  readonly #spec: TerminalSpec;
  readonly #world: TerminalWorld;
  readonly #depth: number;
  readonly #onEnd: (exitCode: number) => void;
  readonly #folder: string;
  readonly #guard: EmulatorGuard;
  readonly #quiet = new QuietWork(() => this.#emulator?.packSome() ?? 0);
  /** Null: an agent's, which is called as its agent. */
  readonly #name: TerminalName | null;
  readonly #holds = new TerminalHolds();
  #emulator: Emulator | null = null;
  #pty: Pty | null = null;
  #shell: ShellSession | null = null;
  #nonce = "";
  #startFolder: string | null = null;
  #found: Extract<FoundShell, { ok: true }> | null = null;
  #problem: string | null = null;
  #cols: number;
  #rows: number;
  readonly #typed: TypedInput;
  readonly #output: TerminalOutput;
  readonly #sink: OutputSink = {
    skim: (bytes, from) => {
      const end = this.#emulator?.skim(bytes, from) ?? from;
      if (this.#shell !== null && end > from) this.#shell.takeBytes(bytes.subarray(from, end));
      return end;
    },
    take: (piece) => this.#takePiece(piece),
  };
  /** The last read was full: more may wait in the pty. */
  #isFlooding = false;
  #isHeld = false;
  #exitCode: number | null = null;
  /** The shell's, at its prompt. */
  #shellGroup: number | null = null;
  #promptAt: { x: number; line: number } | null = null;
  #folderSaid: string | null = null;
  #spare: HostTerminal | null = null;
  readonly #runner: CodeRunner;
  #rangAt = Number.NEGATIVE_INFINITY;
  /** Until a program's frame is shown that it does not end. */
  #holding: NodeJS.Timeout | null = null;
  /** The same for all terminals of an agent: what one writes to /tmp the others read. */
  readonly #tmpFolder: string;
  #closing: Promise<void> | null = null;
  readonly #closed = new AbortController();
  #started: Promise<void>;

  constructor(spec: TerminalSpec, world: TerminalWorld, onEnd: (exitCode: number) => void, beside?: { depth: number; tmpFolder: string }) {
    this.id = spec.id;
    // A folder for temporary files elsewhere would be one that nothing can be written to.
    const isElsewhere = spec.sandbox.mode !== "full" && spec.env["TMPDIR"] !== undefined;
    this.#spec = isElsewhere ? { ...spec, env: { ...spec.env, TMPDIR: SEEN_TMP } } : spec;
    this.#world = world;
    this.#onEnd = onEnd;
    this.#depth = beside?.depth ?? 0;
    this.#cols = clampSide(spec.cols);
    this.#rows = clampSide(spec.rows);
    this.#folder = join(world.scratchDir, `terminal-${spec.id.replace(/[^\w.-]/g, "_").replace(/^\./, "_")}`);
    this.#tmpFolder = beside?.tmpFolder ?? (spec.agent === undefined ? join(this.#folder, "tmp") : world.tmpFolder(spec.agent));
    this.#guard = new EmulatorGuard(this.#cols, this.#rows);
    this.#name = spec.agent === undefined && spec.program.type === "command" ? this.#newName() : null;
    this.#output = new TerminalOutput(this.#guard);
    this.#runner = new CodeRunner(this.#lend());
    this.#typed = new TypedInput({
      hasPlainKeys: () => this.#emulator?.hasPlainKeys === true,
      wishes: () => this.#emulator?.wishes ?? null,
      isClosing: () => this.#closing !== null,
      isBroken: () => this.#problem !== null,
      startAgain: () => {
        const canRestart = this.#canRestart();
        if (canRestart) void this.#restart();
        return canRestart;
      },
      inFront: () => this.#runner.inFront,
      heat: (source) => this.#world.loop.heat(source ?? this),
      noteInput: () => this.#shell?.noteInput(),
      pty: () => this.#pty,
      answer: (data) => this.#answer(data),
    });
    this.#started = this.#start(spec.cwd);
  }

  /** Resolves when the program runs, or could not be started. */
  get started(): Promise<void> {
    return this.#started;
  }

  get pid(): number | null {
    return this.#pty?.pid ?? null;
  }

  /** As a terminal of the user's own is called by itself; empty: as what was started in it. */
  get name(): string {
    return this.#name?.name ?? "";
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
        scrollbackRows: this.#world.scrollbackRows(),
        colours: () => this.#world.colours(this.id),
        isDirect: true,
        onAnswer: (data) => this.#answer(data),
        onTitle: (title) => this.#name?.titled(title),
        onFolder: (folder) => {
          this.#folderSaid = folder;
        },
        onBell: () => this.#ring(),
      });
      this.#emulator.resize(this.#cols, this.#rows);
      const argv = this.#argv(cwd);
      if (!argv.ok) return this.#fail(argv.problem);
      const pty = await openPty(
        {
          argv: argv.argv,
          cwd: this.#placeOf(cwd).folder,
          env: { ...this.#spec.env, ...argv.env, [TERMINAL_MARK]: this.id },
          cols: this.#cols,
          rows: this.#rows,
          markedBy: TERMINAL_MARK,
        },
        {
          onData: (bytes) => this.#take(bytes),
          onExit: (exitCode) => this.#takeExit(exitCode),
        },
      );
      this.#pty = pty;
      this.#world.onStarted(this.id, pty.pid, this.#spec);
      pty.resize(this.#cols, this.#rows);
      this.#typed.sendEarly();
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #newName(): TerminalName {
    return new TerminalName({
      foreground: () => this.#pty?.foregroundGroup() ?? null,
      first: () => this.pid,
      nameOf: programName,
      memberOf: memberName,
      onName: (name) => this.#world.onName(this.id, name),
    });
  }

  #newSession(): ShellSession {
    return new ShellSession({
      emptyLine: () => this.#found?.kind.emptyLine ?? "",
      write: (data) => this.#pty?.write(data),
      dropInput: () => this.#pty?.dropInput(),
      signalForeground: (signal) => this.#pty?.signalForeground(signal),
      noteShell: () => {
        this.#shellGroup = this.#pty?.foregroundGroup() ?? null;
      },
      interruptShell: () => this.#shellGroup !== null && this.#pty?.interruptBehind(this.#shellGroup) === true,
      notePrompt: () => {
        this.#promptAt = this.#emulator?.cursorAt ?? null;
      },
      isLineEmpty: () => {
        const now = this.#emulator?.cursorAt;
        return now !== undefined && this.#promptAt !== null && now.x === this.#promptAt.x && now.line === this.#promptAt.line;
      },
    });
  }

  #argv(cwd: string): { ok: true; argv: string[]; env?: Readonly<Record<string, string>> } | { ok: false; problem: string } {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    mkdirSync(this.#tmpFolder, { recursive: true, mode: 0o700 });
    const place = this.#placeOf(cwd);
    if (!isFolder(place.folder)) return { ok: false, problem: `the folder ${cwd} does not exist; the terminal was not opened` };
    const path = this.#spec.env["PATH"] ?? "";
    const { program } = this.#spec;
    if (program.type === "command") {
      const name = program.argv[0] ?? "";
      if (programOnPath(name, path) === null) return { ok: false, problem: `${name || "(nothing)"}: not found on the PATH` };
      return this.#world.wrap(this.#spec, program.argv, this.#folders(place));
    }
    const found = findShell(program.name, this.#spec.env);
    if (!found.ok) return found;
    this.#found = found;
    this.#nonce = randomBytes(12).toString("hex");
    const folder = join(this.#folder, `start-${randomBytes(6).toString("hex")}`);
    const isBoxed = this.#spec.sandbox.mode !== "full";
    const { files, args, env } = found.kind.start(this.#nonce, folder, this.#spec.env, isBoxed ? this.#tmpFolder : null);
    mkdirSync(folder, { mode: 0o700 });
    this.#startFolder = folder;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600, flag: "wx" });
    const wrapped = this.#world.wrap(this.#spec, [found.program, ...args], this.#folders(place));
    return wrapped.ok ? { ...wrapped, env } : wrapped;
  }

  #fail(problem: string): void {
    this.#problem = problem;
    this.#emulator?.say(problem);
    this.#forgetStartFiles();
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
    this.#forgetStartFiles();
    const shell = this.#shell;
    if (shell === null) return this.#end(exitCode);
    const hadPrompt = shell.state !== "starting";
    shell.end(exitCode);
    if (this.#closing !== null) return;
    if (hadPrompt) {
      this.#emulator?.say(`[the shell ended with ${exitCode}; a key or the next command starts it again]`);
    } else {
      this.#problem = `the shell ended with ${exitCode} before its first prompt; look at ${this.#found?.kind.startsWith ?? "its start-up files"}, or at what the terminal shows`;
      this.#emulator?.say(this.#problem);
      this.#end(exitCode);
    }
    this.#world.onChange(this.id);
  }

  #end(exitCode: number): void {
    if (this.#closing === null) this.#onEnd(exitCode);
  }

  #forgetStartFiles(): void {
    if (this.#startFolder !== null) rmSync(this.#startFolder, { recursive: true, force: true });
    this.#startFolder = null;
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
    await this.#runner.close();
    const survivors = (await this.#pty?.close()) ?? [];
    await spare;
    this.#world.loop.remove(this);
    this.#shell?.end(129);
    this.#forgetStartFiles();
    removeTree(this.#folder);
    this.#quiet.close();
    this.#name?.close();
    if (this.#holding !== null) clearTimeout(this.#holding);
    this.#emulator?.close();
    this.#emulator = null;
    this.#world.onClosed(this.id);
    if (survivors.length > 0) this.#world.onSurvivors(this.id, survivors, this.#spec.cwd);
  }

  // Bytes -------------------------------------------------------------------------------------------------------------

  #take(bytes: Uint8Array): void {
    this.#push(bytes);
    if (this.#output.bytes > QUEUE_BYTES_PAUSE) this.#pty?.pause();
    this.#world.loop.wake(this, this.#isFlooding);
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
    if (!this.#isHeld && this.#output.bytes < QUEUE_BYTES_RESUME) this.#pty?.resume();
  }

  #push(bytes: Uint8Array): void {
    this.#output.push(bytes);
    this.#quiet.touch(bytes.length);
    this.#isFlooding = bytes.length >= READ_FULL_BYTES;
  }

  step(): boolean {
    if (this.#holds.isTaking) return false;
    if (this.#isFlooding) this.#readMore();
    if (this.#holds.isDue && !this.#output.isEmpty) void this.#keepForReaders();
    if (this.#holds.isTaking) return false;
    if (!this.#output.step(this.#sink)) {
      this.#resume();
      if (this.#exitCode !== null) this.#atExit(this.#exitCode);
      return false;
    }
    this.#resume();
    return this.#isFlooding || !this.#output.isEmpty || this.#exitCode !== null;
  }

  /** Output waits meanwhile; the pty holds the program back where there is much of it. */
  async #keepForReaders(): Promise<void> {
    if (this.#emulator === null) return;
    const pause = async (): Promise<boolean> => {
      await new Promise((resolve) => setImmediate(resolve));
      return this.#emulator !== null;
    };
    await this.#holds.take(this.#emulator.lines(false), pause);
    this.#world.loop.wake(this);
  }

  /** Where all of it so far is parsed, but for a sequence that was cut off. */
  #readMore(): void {
    // The event loop reads it meanwhile, a little at a time.
    if (this.#world.loop.isBesideHot(this)) {
      this.#isFlooding = false;
      return;
    }
    const cut = this.#output.takeCut();
    if (cut === null) return;
    const more = this.#pty?.readMore(cut) ?? null;
    if (more !== null) return this.#push(more);
    this.#isFlooding = false;
    this.#output.push(cut.slice());
  }

  #takePiece(piece: GuardPiece): void {
    if (piece.type === "mark") return this.#takeMark(piece.text);
    this.#emulator?.parse(piece.bytes);
    this.#shell?.takeBytes(piece.bytes);
  }

  onParsed(): void {
    this.#quiet.touch();
    this.#name?.touch();
    this.#world.onChange(this.id);
    const waitMs = this.#emulator?.holdMs ?? 0;
    if (waitMs === 0 || this.#holding !== null || this.#closing !== null) return;
    this.#holding = setTimeout(() => {
      this.#holding = null;
      this.#world.onChange(this.id);
    }, waitMs + 1);
  }

  #ring(): void {
    const now = performance.now();
    if (now - this.#rangAt < BELL_INTERVAL_MS) return;
    this.#rangAt = now;
    this.#world.onBell(this.id);
  }

  #takeMark(text: string): void {
    const mark = this.#shell === null ? null : parseMark(text, this.#nonce);
    if (mark === null) return;
    if (mark.type === "prompt") this.#forgetStartFiles();
    if (mark.type === "ended") {
      this.#runner.noteEnded();
      this.#emulator?.resetWishes();
    }
    this.#shell?.takeMark(mark);
  }

  #answer(data: string): void {
    // A program that asks without end and never reads gets no more answers.
    if (this.#pty === null || this.#pty.inputBytes > ANSWER_BACKLOG_MAX) return;
    const { inFront } = this.#runner;
    if (inFront !== null) return inFront.write(data);
    if (this.#shell === null) this.#pty.write(data);
    else this.#shell.answer(data);
  }

  // For people --------------------------------------------------------------------------------------------------------

  write(raw: string, chord?: string): void {
    this.#typed.write(raw, chord);
  }

  paste(part: Parameters<Terminal["paste"]>[0]): boolean {
    return this.#typed.paste(part);
  }

  mouse(event: MouseEvent): void {
    this.#typed.mouse(event);
  }

  focus(isFocused: boolean): void {
    this.#typed.focus(isFocused);
  }

  /** Those that it is shown in are other ones. */
  recoloured(): void {
    this.#emulator?.tellColours();
  }

  hold(reader: number, isHeld: boolean): void {
    if (isHeld) this.#holds.begin(reader);
    else this.#holds.end(reader);
  }

  rows({ isAlternate, from, count, reader }: Parameters<Terminal["rows"]>[0]): ScrollPage | null {
    const lines = this.#linesFor(isAlternate, reader);
    return lines === null ? null : pageOf(lines, from, count);
  }

  #linesFor(isAlternate: boolean, reader: number | undefined): LineSource | null {
    if (this.#emulator === null) return null;
    this.#quiet.touch();
    return (isAlternate ? null : this.#holds.lines(reader)) ?? this.#emulator.lines(isAlternate);
  }

  async search({ isAlternate, reader, ...wanted }: Parameters<Terminal["search"]>[0]): Promise<ScrollMatches | null> {
    if (this.#emulator === null) return null;
    return searchBeside(() => this.#linesFor(isAlternate, reader), wanted);
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
    this.#emulator?.tellSize();
    this.#runner.resize(this.#cols, this.#rows);
    this.#world.onChange(this.id);
  }

  text(lines: number, options: { readonly isStyled: boolean } = { isStyled: false }): string {
    this.#quiet.touch();
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
    return this.#closing === null && this.#shell !== null && this.#runner.isIdle && (this.#shell.isReady() || this.#canRestart());
  }

  exec(request: ExecRequest, signal: AbortSignal): Promise<ExecResult> {
    return this.#runner.exec(request, signal);
  }

  async resetInterpreters(): Promise<void> {
    await this.#runner.close();
    await this.#spare?.resetInterpreters();
  }

  #lend(): CodeSide {
    return {
      spec: this.#spec,
      folder: this.#folder,
      loop: this.#world.loop,
      closed: this.#closed.signal,
      shell: () => this.#shell,
      found: () => this.#found,
      emulator: () => this.#emulator,
      problem: () => this.#problem,
      folderNow: () => this.folder(),
      foregroundName: () => this.#pty?.foregroundName() ?? "a program",
      size: () => ({ cols: this.#cols, rows: this.#rows }),
      ready: async () => {
        await this.#started;
        const hasEnded = this.#canRestart();
        if (hasEnded) await this.#restart();
        return hasEnded;
      },
      beside: () => this.#beside(),
      cwd: () => this.#placeOf(this.#spec.cwd).folder,
      wrap: (argv) => this.#world.wrap(this.#spec, argv, this.#folders(this.#placeOf(this.#spec.cwd))),
      heat: () => this.#world.loop.heat(this),
      onChange: () => this.#world.onChange(this.id),
      onStarted: (id, pid) => this.#world.onStarted(id, pid, this.#spec),
      onExited: (id) => this.#world.onExited(id),
    };
  }

  #beside(): HostTerminal | null {
    if (this.#depth >= SPARES_MAX) return null;
    if (this.#spare !== null) return this.#spare;
    // The id is this terminal's with a suffix: unique as this one is.
    const id = `${this.id}.${this.#depth + 2}` as TerminalId;
    const spec: TerminalSpec = { ...this.#spec, id, cwd: this.folder(), cols: this.#cols, rows: this.#rows };
    const onEnd = (): void => {
      this.#spare = null;
    };
    this.#spare = new HostTerminal(spec, this.#world, onEnd, { depth: this.#depth + 1, tmpFolder: this.#tmpFolder });
    this.#world.onSpare(this.#spare);
    return this.#spare;
  }

  #folders({ seen }: Place): { own: string; tmp: string; cwd?: string } {
    return { own: this.#folder, tmp: this.#tmpFolder, ...(seen === null ? {} : { cwd: seen }) };
  }

  #placeOf(cwd: string): Place {
    const { mode, writable } = this.#spec.sandbox;
    return mode === "full" ? { folder: cwd, seen: null } : placeIn(cwd, { folder: this.#tmpFolder, writable });
  }
}

function clampSide(side: number): number {
  return Number.isInteger(side) ? Math.max(2, Math.min(1000, side)) : 80;
}
