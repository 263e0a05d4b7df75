// An `Io` of a test's own: what was written can be read, and what is typed or signalled is said by the test.

import { join } from "node:path";
import { collectEnds } from "../../src/cli/ends.ts";
import type { Io } from "../../src/cli/io.ts";

export interface FakeIo extends Io {
  /** What was written so far. */
  readonly out: () => string;
  readonly err: () => string;
  readonly questions: string[];
  interrupt(): void;
  closeOutput(): void;
}

export interface FakeIoOptions {
  readonly root: string;
  readonly cwd?: string;
  readonly piped?: string | Uint8Array;
  /** Answers in their order; left out: no terminal. */
  readonly answers?: string[];
  readonly isTerminal?: boolean;
  readonly env?: Record<string, string>;
  readonly fetchTo?: Io["fetchTo"];
}

export function createFakeIo(options: FakeIoOptions): FakeIo {
  let out = "";
  let err = "";
  const interrupts = new Set<() => void>();
  const closes = new Set<() => void>();
  const questions: string[] = [];
  const { answers, piped } = options;
  return {
    env: { PATH: process.env.PATH, HOME: "/nowhere", TERM: "xterm-256color", INTERPANE_HOME: options.root, ...options.env },
    cwd: options.cwd ?? options.root,
    stdout: {
      isTerminal: options.isTerminal ?? false,
      write: (text) => {
        out += text;
      },
    },
    stderr: {
      isTerminal: options.isTerminal ?? false,
      write: (text) => {
        err += text;
      },
    },
    stdin: {
      kind: piped === undefined ? (answers === undefined ? "none" : "terminal") : "stream",
      mayStaySilent: false,
      read: () => Promise.resolve(typeof piped === "string" ? new TextEncoder().encode(piped) : (piped ?? new Uint8Array())),
      lines: () => {
        const lines = answers ?? String(piped ?? "").split("\n");
        const next = () => Promise.resolve(lines.shift() ?? null);
        return { next, fresh: next, close: () => {} };
      },
      readEnds: (limits, onFirst) =>
        collectEnds([typeof piped === "string" ? Buffer.from(piped) : (piped ?? new Uint8Array())], limits, onFirst),
    },
    ask:
      answers === undefined
        ? null
        : (question) => {
            questions.push(question);
            return Promise.resolve(answers.shift() ?? "");
          },
    onInterrupt(handler) {
      interrupts.add(handler);
      return () => interrupts.delete(handler);
    },
    onOutputClosed: (handler) => void closes.add(handler),
    profileTexts: async () => (await import("../../src/host/profile-texts.ts")).profileTexts,
    screenSettings: () => Promise.resolve({ theme: null, prefix: null, keys: [], problems: [] }),
    fetchTo: options.fetchTo ?? (() => Promise.reject(new Error("no network in this test"))),
    program: { command: process.execPath, args: [join(import.meta.dirname, "nothing.ts")] },
    packageDir: join(import.meta.dirname, "../.."),
    version: "0.0.0",
    out: () => out,
    err: () => err,
    questions,
    interrupt: () => {
      for (const handler of interrupts) handler();
    },
    closeOutput: () => {
      for (const handler of closes) handler();
    },
  };
}
