// Runs one program to its end and keeps what it prints: no shell, no descriptor above 2, an environment of the caller's own, a time limit.

import { spawn } from "node:child_process";
import { CLOSE_DESCRIPTORS } from "./pty.ts";
import { sendSignal } from "./terminal-processes.ts";
import { programOnPath } from "./terminal-program.ts";

export interface ChildSpec {
  /** The program by its whole path, then its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** Whole: nothing of this process's own environment is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Written to its stdin, which is then closed; left out it reads nothing. */
  readonly input?: string;
  /** Killed with its group where this aborts; the end is then `timeout`. */
  readonly signal?: AbortSignal;
  /** Told what it prints, on either stream, as it comes; cut anywhere. */
  readonly onOutput?: (text: string) => void;
}

export type ChildEnd =
  | { readonly type: "exited"; readonly exitCode: number; readonly stdout: Uint8Array; readonly stderr: string }
  | { readonly type: "not-started"; readonly reason: string }
  | { readonly type: "timeout" };

/** Of each stream; what follows is dropped. */
const OUTPUT_BYTES_MAX = 256 * 1024;
/** What still holds its pipes after its end, such as a program it left behind, is not waited for longer. */
const LINGER_MS = 200;

/**
 * Never rejects. Through bash, which closes what node:child_process would let it inherit (open ptys of agents: facts on security)
 * and then becomes the program. After the time limit its whole process group is killed.
 */
export function runClosedChild({ argv, cwd, env, timeoutMs, input, signal, onOutput }: ChildSpec): Promise<ChildEnd> {
  const bash = programOnPath("bash", `${env["PATH"] ?? ""}:/usr/bin:/bin`);
  if (bash === null) return Promise.resolve({ type: "not-started", reason: "bash is not installed, and programs are started through it" });
  return new Promise((resolve) => {
    const child = spawn(bash, ["--noprofile", "--norc", "-p", "-c", CLOSE_DESCRIPTORS, "bash", ...argv], {
      cwd,
      env: { ...env },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true,
    });
    const out = gather(child.stdout, onOutput);
    const err = gather(child.stderr, onOutput);
    let lingering: NodeJS.Timeout | undefined;
    const finish = (end: ChildEnd): void => {
      clearTimeout(limit);
      clearTimeout(lingering);
      signal?.removeEventListener("abort", kill);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(end);
    };
    const kill = (): void => {
      if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
      finish({ type: "timeout" });
    };
    const limit = setTimeout(kill, timeoutMs);
    signal?.addEventListener("abort", kill, { once: true });
    if (signal?.aborted) kill();
    const ended = (code: number | null): void => {
      const exitCode = code ?? 128;
      const stderr = new TextDecoder().decode(err());
      // What bash says where it could not become the program.
      const refused = (exitCode === 126 || exitCode === 127) && /^\S*bash: line 1: /.test(stderr);
      if (refused) finish({ type: "not-started", reason: cleanLine(stderr.replace(/^\S*bash: line 1: /, ""), 200) });
      else finish({ type: "exited", exitCode, stdout: out(), stderr });
    };
    child.on("error", (error) => finish({ type: "not-started", reason: cleanLine(error.message, 200) }));
    child.on("exit", (code) => {
      lingering = setTimeout(() => ended(code), LINGER_MS);
    });
    child.on("close", (code) => ended(code));
    // It may end without reading.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

function gather(stream: NodeJS.ReadableStream | null, onOutput: ((text: string) => void) | undefined): () => Uint8Array {
  const decoder = onOutput === undefined ? null : new TextDecoder();
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on("data", (chunk: Buffer) => {
    if (bytes < OUTPUT_BYTES_MAX) chunks.push(chunk.subarray(0, OUTPUT_BYTES_MAX - bytes));
    bytes += chunk.length;
    if (decoder !== null) onOutput?.(decoder.decode(chunk, { stream: true }));
  });
  return () => Buffer.concat(chunks);
}

/** One line, no control, bidi or other invisible characters, its end left out where it is long. */
export function cleanLine(text: string, charsMax: number): string {
  const line = text
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\s]+/gu, " ")
    .trim();
  const characters = [...line];
  return characters.length <= charsMax ? line : `${characters.slice(0, charsMax - 1).join("")}…`;
}
