// What a command of the command line may touch of its process, so that a test can bring its own.

import type { ServerProgram } from "../client/start-server.ts";
import type { KeySetting } from "../domain/key-setting.ts";
import type { ProfileFile } from "../domain/profile.ts";
import type { Home } from "../link/home.ts";

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
}

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder the user stood in, absolute. */
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: {
    /** A terminal, something that ends (a pipe or a file), or nothing to read. */
    readonly kind: "terminal" | "stream" | "none";
    /** Given by a program, which may have forgotten that it holds the other end; a shell's pipe ends. */
    readonly mayStaySilent: boolean;
    /** All of it; `onFirst` is called when something comes. Throws what the system says. */
    read(onFirst?: () => void): Promise<Uint8Array>;
    /** Line by line. Nothing else may read meanwhile. */
    lines(): Lines;
    /** No more of it than its first `headBytes` and its last `tailBytes`, whatever its length; else as `read`. */
    readEnds(limits: { readonly headBytes: number; readonly tailBytes: number }, onFirst?: () => void): Promise<Ends>;
  };
  /** Shows `question` on the terminal and resolves with the line that is typed after that; null where there is no terminal to ask on. */
  readonly ask: ((question: string, options: { isSecret: boolean; signal?: AbortSignal }) => Promise<string>) | null;
  /** Ctrl-C and its like; returns what takes the handler off. */
  onInterrupt(handler: () => void): () => void;
  /** Whoever read our output has gone. */
  onOutputClosed(handler: () => void): void;
  /** What config.toml says about the screen; read by whoever knows its format. */
  readonly screenSettings: () => Promise<ScreenSettings>;
  /** The format of a profile's file; known by a room that this one may not reach into. */
  readonly profileTexts: () => Promise<ProfileTexts>;
  /** A `fetch` that reaches one origin only, with a bearer token or none: over the door, which this room may not open. */
  readonly fetchTo: (origin: string, key: string | null) => Promise<typeof globalThis.fetch>;
  readonly program: ServerProgram;
  /** Where `themes/` and `profiles/` lie that came with the program. */
  readonly packageDir: string;
  readonly version: string;
}

export interface ProfileTexts {
  /** One of ours, or one that was written for Open Interpreter. `path` is for the messages, one line each. */
  read(text: string, path: string, providerAt: (origin: string) => string | null): ReadProfile;
  write(file: ProfileFile): string;
  /** Every key that a profile may have, and what is allowed. */
  readonly allowed: Readonly<Record<string, string>>;
}

export type ReadProfile =
  | {
      readonly ok: true;
      readonly file: ProfileFile;
      /** Of one for Open Interpreter: `key: why it has no meaning here`, and the key that it holds. */
      readonly foreign: { readonly left: readonly string[]; readonly secret: string | null } | null;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface Lines {
  /** The oldest that nobody took yet; null at the end. */
  next(): Promise<string | null>;
  /** One that comes from now on: what was typed before a question is no answer to it. Null at the end, or where `signal` came first. */
  fresh(signal?: AbortSignal): Promise<string | null>;
  close(): void;
}

/** The beginning and the end of a long input; where it was short, all of it is `head`. */
export interface Ends {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  /** Between the two, left out. */
  readonly leftOutBytes: number;
}

export interface ScreenSettings {
  readonly theme: string | null;
  readonly prefix: string | null;
  readonly keys: readonly KeySetting[];
  /** One line for each mistake in the file. */
  readonly problems: readonly string[];
}

/** Exit codes, of every subcommand alike (README.md, Without a screen). */
export const EXIT = { done: 0, failed: 1, usage: 2, provider: 3, refused: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function complain(io: Pick<Io, "stderr">, message: string): void {
  io.stderr.write(`interpane: ${message}\n`);
}

/** A relative INTERPANE_HOME would mean another folder to the server. */
export function processEnv(env: Io["env"], home: Home): Io["env"] {
  return env.INTERPANE_HOME === undefined || env.INTERPANE_HOME === "" ? env : { ...env, INTERPANE_HOME: home.configDir };
}
