// A key that a command of the user's own prints (`auth` in [model_providers.<id>]): run once, five ways to fail, no shell.

import { isAbsolute, resolve } from "node:path";
import { type ChildEnd, cleanLine, runClosedChild } from "./closed-child.ts";
import type { AuthCommand } from "./model-provider.ts";
import { programOnPath } from "./terminal-program.ts";

export type AuthCommandFailure = "timeout" | "not-started" | "failed" | "not-text" | "empty";

export type AuthCommandResult =
  | { readonly ok: true; readonly secret: string }
  | { readonly ok: false; readonly type: AuthCommandFailure; readonly problem: string };

const STDERR_CHARS_MAX = 300;
const remedy = "its [model_providers] entry in config.toml names it";

/** Never rejects. `env` is all that the command sees; no secret belongs into it. No problem holds what it wrote to its stdout. */
export async function runAuthCommand(auth: AuthCommand, env: Readonly<Record<string, string>>): Promise<AuthCommandResult> {
  const { cwd } = auth;
  const program = findProgram(auth.command, cwd, env["PATH"] ?? "/usr/bin:/bin");
  const name = cleanLine(auth.command, 100);
  if (program === null) {
    const where = auth.command.includes("/") ? `it is no program that may be run, seen from ${cwd}` : "it is not on the PATH";
    return failed("not-started", `the key command "${name}" did not start: ${where}; ${remedy}`);
  }
  const end = await runClosedChild({ argv: [program, ...auth.args], cwd, env, timeoutMs: auth.timeoutMs });
  return readEnd(end, name, auth.timeoutMs);
}

/** A bare name is looked for on the PATH; a relative path is one from `cwd`. */
function findProgram(command: string, cwd: string, path: string): string | null {
  if (!command.includes("/")) return programOnPath(command, path);
  return programOnPath(isAbsolute(command) ? command : resolve(cwd, command), path);
}

function readEnd(end: ChildEnd, name: string, timeoutMs: number): AuthCommandResult {
  switch (end.type) {
    case "timeout":
      return failed(
        "timeout",
        `the key command "${name}" did not end within ${timeoutMs / 1000} s and was killed; run it by hand to see what it waits for, or raise timeout_ms in its auth table`,
      );
    case "not-started":
      return failed("not-started", `the key command "${name}" did not start: ${end.reason}; ${remedy}`);
    case "exited":
      return readOutput(end, name);
    default:
      return end satisfies never;
  }
}

function readOutput(end: Extract<ChildEnd, { type: "exited" }>, name: string): AuthCommandResult {
  if (end.exitCode !== 0) {
    const said = cleanLine(end.stderr, STDERR_CHARS_MAX);
    const quote = said === "" ? ", and said nothing" : `; it said: ${said}`;
    return failed("failed", `the key command "${name}" failed with exit code ${end.exitCode}${quote}; run it by hand and mend it`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(end.stdout).trim();
  } catch {
    return failed("not-text", `the key command "${name}" printed bytes that are not UTF-8 text; it must print the key and nothing else`);
  }
  if (text === "") return failed("empty", `the key command "${name}" printed nothing; it must print the key on its standard output`);
  // A header carries one line of visible ASCII.
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)) {
    return failed(
      "not-text",
      `the key command "${name}" printed more than one line, or characters that no header takes; it must print the key alone`,
    );
  }
  return { ok: true, secret: text };
}

function failed(type: AuthCommandFailure, problem: string): AuthCommandResult {
  return { ok: false, type, problem };
}
