// Why a command ends otherwise than it was meant to: what is said, and the exit code.

import { complain, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";

export type Problem = { readonly ok: false; readonly code: ExitCode; readonly message: string };

export function problem(code: ExitCode, message: string): Problem {
  return { ok: false, code, message };
}

/** Of a reader of words, who knows no exit code: what was given is a mistake. */
export type Mistake = { readonly ok: false; readonly message: string };

export function mistake(message: string): Mistake {
  return { ok: false, message };
}

/** Says it on standard error; the exit code. */
export function fail(io: Pick<Io, "stderr">, { code, message }: Problem): ExitCode {
  return failWith(io, code, message);
}

/** Says each message on standard error; the exit code. */
export function failWith(io: Pick<Io, "stderr">, code: ExitCode, ...messages: readonly string[]): ExitCode {
  for (const message of messages) complain(io, printable(message));
  return code;
}
