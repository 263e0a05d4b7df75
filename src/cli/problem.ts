// Why a command ends otherwise than it was meant to: what is said, and the exit code.

import { complain, type ExitCode, type Io } from "./io.ts";
import { printable } from "./printable.ts";

export type Problem = { readonly ok: false; readonly code: ExitCode; readonly message: string };

export function problem(code: ExitCode, message: string): Problem {
  return { ok: false, code, message };
}

/** Says it on standard error; the exit code. */
export function fail(io: Io, { code, message }: Problem): ExitCode {
  complain(io, printable(message));
  return code;
}
