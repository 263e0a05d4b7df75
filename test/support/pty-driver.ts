// Runs a real program in a real pty and reads it through an emulator: keys in, screen out. Waits for output, never for time.

import { spawn } from "node-pty";
import { createOuterTerminal, type OuterTerminal } from "./outer-terminal.ts";
import { GUARD_MS } from "./until.ts";

export interface ProgramOptions {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly cols?: number;
  readonly rows?: number;
  /** False: the terminal answers no query, as old ones do. */
  readonly answers?: boolean;
}

export interface ProgramEnd {
  readonly exitCode: number;
  /** Number of the signal that ended it; 0: none. */
  readonly signal: number;
}

export interface Program extends Pick<OuterTerminal, "lines" | "text" | "cell" | "cursor" | "modes" | "title" | "copied"> {
  readonly pid: number;
  /** Sends bytes as they are. */
  type(text: string): void;
  /** A bracketed paste. */
  paste(text: string): void;
  /** Sends a key by its chord (`ui/key-types.ts`): `C-b`, `M-left`, `enter`, `a`. */
  key(...chords: string[]): void;
  click(x: number, y: number): void;
  /** Resolves with the screen's text once it fits; rejects with the screen in the message after `timeoutMs` or at the program's end. */
  waitFor(what: RegExp | string | ((text: string) => boolean), timeoutMs?: number): Promise<string>;
  /** All output so far. */
  bytes(): Buffer;
  resize(cols: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<ProgramEnd>;
  /** Kills what still runs and frees the terminal. */
  close(): Promise<void>;
  screen(): OuterTerminal;
}

/** Synchronized output ends. */
const FRAME_END = "\x1b[?2026l";

export function startProgram(options: ProgramOptions): Program {
  const { cols = 80, rows = 24 } = options;
  const [file, ...args] = options.argv;
  if (file === undefined) throw new Error("argv is empty; give the program to run");
  const pty = spawn(file, args, {
    name: options.env?.["TERM"] ?? "xterm-256color",
    cols,
    rows,
    cwd: options.cwd ?? process.cwd(),
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LANG: "C.UTF-8", COLORTERM: "truecolor", ...options.env },
    encoding: null,
  });
  const outer = createOuterTerminal(cols, rows, (text) => {
    if (options.answers !== false && !hasExited) pty.write(text);
  });
  const chunks: Buffer[] = [];
  const watchers = new Set<() => void>();
  let hasExited = false;
  let reading: Promise<void> = Promise.resolve();

  const look = () => {
    for (const watcher of [...watchers]) watcher();
  };
  pty.onData((data: string | Uint8Array) => {
    const bytes = Buffer.from(data);
    chunks.push(bytes);
    // Looked at after each frame: one that stands for a moment only is seen however late this process comes to read.
    for (let from = 0; from < bytes.length; ) {
      const end = bytes.indexOf(FRAME_END, from);
      const to = end < 0 ? bytes.length : end + FRAME_END.length;
      reading = outer.write(bytes.subarray(from, to)).then(look);
      from = to;
    }
  });
  const exited = new Promise<ProgramEnd>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      hasExited = true;
      void reading.then(() => {
        look();
        resolve({ exitCode, signal: signal ?? 0 });
      });
    });
  });

  const send = (text: string) => {
    if (!hasExited) pty.write(text);
  };

  return {
    pid: pty.pid,
    type: send,
    paste: (text) => send(`\x1b[200~${text}\x1b[201~`),
    key(...chords) {
      for (const chord of chords) send(chordBytes(chord));
    },
    click(x, y) {
      send(`\x1b[<0;${x + 1};${y + 1}M\x1b[<0;${x + 1};${y + 1}m`);
    },
    waitFor(what, timeoutMs = GUARD_MS) {
      const fits = typeof what === "function" ? what : (text: string) => (typeof what === "string" ? text.includes(what) : what.test(text));
      return new Promise((resolve, reject) => {
        const finish = (problem: string | null) => {
          watchers.delete(check);
          clearTimeout(limit);
          if (problem === null) resolve(outer.text());
          else reject(new Error(`${problem}, waited for ${String(what)}; the screen:\n${outer.text()}`));
        };
        const check = () => {
          if (fits(outer.text())) finish(null);
          else if (hasExited) finish("the program has ended");
        };
        const limit = setTimeout(() => finish(`${timeoutMs} ms are over`), timeoutMs);
        watchers.add(check);
        check();
      });
    },
    bytes: () => Buffer.concat(chunks),
    resize(newCols, newRows) {
      outer.resize(newCols, newRows);
      if (!hasExited) pty.resize(newCols, newRows);
    },
    kill(signal) {
      if (!hasExited) pty.kill(signal);
    },
    exited,
    async close() {
      if (!hasExited) pty.kill("SIGKILL");
      await exited;
      outer.close();
    },
    screen: () => outer,
    lines: outer.lines,
    text: outer.text,
    cell: outer.cell,
    cursor: outer.cursor,
    modes: outer.modes,
    title: outer.title,
    copied: outer.copied,
  };
}

const LETTERS: Readonly<Record<string, string>> = {
  up: "A",
  down: "B",
  right: "C",
  left: "D",
  home: "H",
  end: "F",
  f1: "P",
  f2: "Q",
  f3: "R",
  f4: "S",
};
const TILDES: Readonly<Record<string, number>> = {
  insert: 2,
  delete: 3,
  pageup: 5,
  pagedown: 6,
  f5: 15,
  f6: 17,
  f7: 18,
  f8: 19,
  f9: 20,
  f10: 21,
  f11: 23,
  f12: 24,
};
const NAMES: Readonly<Record<string, string>> = { enter: "\r", tab: "\t", escape: "\x1b", backspace: "\x7f", space: " " };

/** The bytes that xterm sends for a chord (with `CSI … u` where the old encoding has nothing of its own). */
export function chordBytes(chord: string): string {
  const match = /^(C-)?(M-)?(S-)?(.+)$/su.exec(chord);
  if (match === null) throw new Error(`"${chord}" is no chord`);
  const [, ctrl, alt, shift, name = ""] = match;
  const parameter = 1 + (shift ? 1 : 0) + (alt ? 2 : 0) + (ctrl ? 4 : 0);
  const letter = LETTERS[name];
  if (letter !== undefined) return parameter > 1 ? `\x1b[1;${parameter}${letter}` : `\x1b${letter >= "P" ? "O" : "["}${letter}`;
  const tilde = TILDES[name];
  if (tilde !== undefined) return `\x1b[${tilde}${parameter > 1 ? `;${parameter}` : ""}~`;
  if (name === "tab" && shift) return "\x1b[Z";
  const prefix = alt ? "\x1b" : "";
  const plain = NAMES[name];
  if (plain !== undefined)
    return shift || (ctrl && name !== "space") ? `\x1b[${plain.charCodeAt(0)};${parameter}u` : `${prefix}${ctrl ? "\0" : plain}`;
  if (!ctrl) return prefix + name;
  const code = name.toLowerCase().charCodeAt(0);
  if (code < 0x40 || code > 0x7e) throw new Error(`"${chord}" has no bytes in the old encoding`);
  return prefix + String.fromCharCode(code & 0x1f);
}
