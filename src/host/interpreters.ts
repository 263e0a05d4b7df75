// The interpreters of one agent: started when first needed, given code, ended with the terminal or by a reset.

import type { ExecRequest, ExecResult } from "../engine/ports.ts";
import { findInterpreter, INTERPRETERS, Interpreter, type InterpreterName, type InterpreterSide, type PieceEnd } from "./interpreter.ts";
import { missingProgram } from "./terminal-packages.ts";

type Result = Omit<ExecResult, "durationMs" | "cwd">;

/** `language` as the driver is told, where an interpreter runs it. */
const LANGUAGES: Readonly<Record<string, { readonly name: InterpreterName; readonly language: string } | undefined>> = {
  python: { name: "python", language: "python" },
  python3: { name: "python", language: "python" },
  py: { name: "python", language: "python" },
  javascript: { name: "javascript", language: "javascript" },
  js: { name: "javascript", language: "javascript" },
  node: { name: "javascript", language: "javascript" },
  typescript: { name: "javascript", language: "typescript" },
  ts: { name: "javascript", language: "typescript" },
};

export function isInterpreted(language: string): boolean {
  return Object.hasOwn(LANGUAGES, language);
}

export const INTERPRETED = Object.keys(LANGUAGES);

export interface InterpretersSide {
  /** For one that starts now: with what the shell would find by now. */
  side(name: InterpreterName): InterpreterSide;
  onExited(name: InterpreterName): void;
}

export interface PiecePlace {
  readonly number: number;
  /** Where the shell stands. */
  readonly shellFolder: string;
  /** False: something else has the screen. */
  readonly isShown: boolean;
  readonly timeoutMs: number;
  readonly where: string;
}

interface Living {
  readonly interpreter: Interpreter;
  readonly program: string;
  /** Where it was told to go last. */
  folder: string;
  /** The program that would be started now, where that was said to differ. */
  saidProgram: string;
}

export class Interpreters {
  readonly #living = new Map<InterpreterName, Living>();
  readonly #side: InterpretersSide;

  constructor(side: InterpretersSide) {
    this.#side = side;
  }

  /** Whose code runs and has the screen. */
  get inFront(): Interpreter | null {
    for (const { interpreter } of this.#living.values()) if (interpreter.hasScreen) return interpreter;
    return null;
  }

  get isIdle(): boolean {
    return [...this.#living.values()].every(({ interpreter }) => interpreter.isReady);
  }

  async exec(request: ExecRequest, place: PiecePlace, signal: AbortSignal): Promise<Result> {
    const asked = LANGUAGES[request.language];
    if (asked === undefined) throw new Error(`no interpreter for ${request.language}`);
    const kind = INTERPRETERS[asked.name];
    if (/^\s*%reset\b.*$/.test(request.code) && !request.code.trim().includes("\n")) {
      await this.#end(asked.name);
      return { outcome: "ok", output: "", note: `${kind.title} starts anew with the next code` };
    }
    const side = this.#side.side(asked.name);
    const program = findInterpreter(kind, side.env["PATH"] ?? "", side.sees);
    const missing: Result = { outcome: "failed", output: "", note: missingProgram(kind.programs[0] ?? kind.name, kind.packages) };
    const living = this.#living.get(asked.name) ?? this.#begin(asked.name, program, side);
    if (living === null) return missing;
    const notes: string[] = [];
    if (program !== null && program !== living.program && program !== living.saidProgram) {
      living.saidProgram = program;
      notes.push(`${kind.title} goes on as ${living.program}; run %reset in it to start anew as ${program}`);
    }
    const end = await this.#run(living, asked.language, request, place, signal);
    if (end.type !== "gone") return resultOf(end, kind.title, notes);
    const why = end.wasStopped ? "did not stop at Ctrl-C and was ended" : `had ended with ${end.exitCode}`;
    const next = this.#begin(asked.name, program, side);
    if (next === null) return missing;
    const note = `${kind.title} ${why}; this code ran in a new one, without earlier variables and functions`;
    return resultOf(await this.#run(next, asked.language, request, place, signal), kind.title, [note]);
  }

  async #run(living: Living, language: string, request: ExecRequest, place: PiecePlace, signal: AbortSignal): Promise<PieceEnd> {
    const folder = request.cwd ?? place.shellFolder;
    const piece = {
      language,
      code: request.code,
      number: place.number,
      cwd: folder === living.folder ? null : folder,
      timeoutMs: place.timeoutMs,
      where: place.where,
    };
    const end = await living.interpreter.run(piece, place.isShown, signal);
    living.folder = folder;
    if (living.interpreter.hasEnded) await this.#end(living.interpreter.kind.name);
    return end;
  }

  #begin(name: InterpreterName, program: string | null, side: InterpreterSide): Living | null {
    if (program === null) return null;
    const living = { interpreter: new Interpreter(INTERPRETERS[name], program, side), program, folder: "", saidProgram: program };
    this.#living.set(name, living);
    return living;
  }

  async #end(name: InterpreterName): Promise<void> {
    const living = this.#living.get(name);
    this.#living.delete(name);
    await living?.interpreter.close();
    if (living !== undefined) this.#side.onExited(name);
  }

  resize(cols: number, rows: number): void {
    for (const { interpreter } of this.#living.values()) interpreter.resize(cols, rows);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#living.keys()].map((name) => this.#end(name)));
  }
}

function resultOf(end: PieceEnd, title: string, notes: string[]): Result {
  switch (end.type) {
    case "done":
      return { outcome: end.exitCode === 0 ? "ok" : "failed", exitCode: end.exitCode, output: end.output, ...noted(notes) };
    case "interrupted":
    case "timeout": {
      const state = end.isStopping
        ? `${title} has not stopped yet; where it does not, it is ended, and its variables and functions with it`
        : `${title} keeps its variables`;
      return { outcome: end.type, output: end.output, ...noted([...notes, state]) };
    }
    case "ended":
      notes.push(`${title} itself ended with ${end.exitCode}; the next code starts it anew, without its variables and functions`);
      return { outcome: "failed", exitCode: end.exitCode, output: end.output, ...noted(notes) };
    case "busy":
      return { outcome: "failed", output: "", ...noted([...notes, `${title} still runs the code before; nothing was run`]) };
    case "gone":
      return { outcome: "failed", output: "", ...noted([...notes, `${title} ended before the code ran, with ${end.exitCode}`]) };
    case "not-started":
      return { outcome: "failed", output: "", ...noted([...notes, end.problem]) };
    case "incomplete":
      return { outcome: "failed", output: end.output, ...noted(notes) };
    default:
      return end satisfies never;
  }
}

function noted(notes: readonly string[]): { note?: string } {
  return notes.length === 0 ? {} : { note: notes.join("; ") };
}
