// The system's keyring by its own command: `secret-tool` (Secret Service) or macOS's `security`. A secret goes in over stdin, never as an argument.

import { type ChildEnd, cleanLine, runClosedChild } from "./closed-child.ts";
import { programOnPath } from "./terminal-program.ts";

export interface Keyring {
  /** As it is called to the user. */
  readonly name: string;
  /** Null when it is kept, else what went wrong. `entry` and `secret` are hexadecimal. */
  store(entry: string, secret: string, timeoutMs: number): Promise<string | null>;
  lookup(entry: string, timeoutMs: number): Promise<{ ok: true; secret: string } | { ok: false; problem: string }>;
  /** Null when it is gone, or was not there. */
  remove(entry: string, timeoutMs: number): Promise<string | null>;
}

export interface KeyringOptions {
  readonly platform: NodeJS.Platform;
  /** What the tool sees: how to reach the user's session, and no key. */
  readonly env: () => Readonly<Record<string, string>>;
}

const SAID_CHARS_MAX = 200;
/** `security` says so where there is no such item (errSecItemNotFound). */
const SECURITY_MISSING = 44;

/** Null where the system has no such command. Whether it works is only seen by using it. */
export function systemKeyring({ platform, env }: KeyringOptions): Keyring | null {
  const isMac = platform === "darwin";
  const path = env()["PATH"] ?? "";
  const program = isMac ? programOnPath("security", `/usr/bin:${path}`) : programOnPath("secret-tool", `${path}:/usr/bin:/bin`);
  if (program === null) return null;
  const run = (args: readonly string[], timeoutMs: number, input?: string): Promise<ChildEnd> =>
    runClosedChild({ argv: [program, ...args], cwd: "/", env: env(), timeoutMs, ...(input === undefined ? {} : { input }) });
  return isMac ? macKeyring(run) : secretService(run);
}

type Run = (args: readonly string[], timeoutMs: number, input?: string) => Promise<ChildEnd>;

function secretService(run: Run): Keyring {
  const tool = "secret-tool";
  const attributes = (entry: string) => ["application", "interpane", "vault", entry];
  return {
    name: "the keyring of your desktop (secret-tool)",
    store: async (entry, secret, timeoutMs) => {
      const end = await run(["store", "--label=Interpane vault", ...attributes(entry)], timeoutMs, secret);
      return isDone(end) ? null : problemOf(tool, end);
    },
    lookup: async (entry, timeoutMs) => readSecret(tool, await run(["lookup", ...attributes(entry)], timeoutMs)),
    // It also fails where nothing was there: looked at afterwards.
    remove: async (entry, timeoutMs) => {
      await run(["clear", ...attributes(entry)], timeoutMs);
      const left = await run(["lookup", ...attributes(entry)], timeoutMs);
      if (left.type !== "exited") return problemOf(tool, left);
      return left.exitCode === 0 && left.stdout.length > 0 ? `${tool} did not take it out` : null;
    },
  };
}

function macKeyring(run: Run): Keyring {
  const tool = "security";
  const names = (entry: string) => ["-a", "interpane", "-s", `interpane-vault-${entry}`];
  return {
    name: "the keychain of your Mac",
    // Commands on its stdin: `-w SECRET` among the arguments would stand in every process list. It ends well also where the command
    // did not: whoever stores looks it up again.
    store: async (entry, secret, timeoutMs) => {
      const end = await run(["-i"], timeoutMs, `add-generic-password -U ${names(entry).join(" ")} -w ${secret}\n`);
      return isDone(end) ? null : problemOf(tool, end);
    },
    lookup: async (entry, timeoutMs) => readSecret(tool, await run(["find-generic-password", ...names(entry), "-w"], timeoutMs)),
    remove: async (entry, timeoutMs) => {
      const end = await run(["delete-generic-password", ...names(entry)], timeoutMs);
      return isDone(end) || (end.type === "exited" && end.exitCode === SECURITY_MISSING) ? null : problemOf(tool, end);
    },
  };
}

function isDone(end: ChildEnd): boolean {
  return end.type === "exited" && end.exitCode === 0;
}

function readSecret(tool: string, end: ChildEnd): { ok: true; secret: string } | { ok: false; problem: string } {
  if (end.type !== "exited" || end.exitCode !== 0) return { ok: false, problem: problemOf(tool, end) };
  const secret = new TextDecoder().decode(end.stdout).trim();
  return secret === "" ? { ok: false, problem: `${tool} found nothing` } : { ok: true, secret };
}

/** What it printed on its stdout is left out: it may be the secret. */
function problemOf(tool: string, end: ChildEnd): string {
  switch (end.type) {
    case "timeout":
      return `${tool} did not answer in time`;
    case "not-started":
      return `${tool} did not start: ${end.reason}`;
    case "exited": {
      const said = cleanLine(end.stderr, SAID_CHARS_MAX);
      if (said !== "") return `${tool} said: ${said}`;
      return end.exitCode === 0 ? `${tool} kept nothing` : `${tool} found nothing, or failed (exit code ${end.exitCode})`;
    }
    default:
      return end satisfies never;
  }
}
