// The C program that holds a pty and a clock beside the program that is measured: compiled when first needed.

import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("pty-probe.c", import.meta.url));
const LIMIT_MS = 180_000;
let compiled: string | null = null;

/** Null where this machine has no C compiler, or no terminals as on Linux. */
export function probePath(): string | null {
  if (compiled !== null) return compiled;
  const folder = mkdtempSync(join(tmpdir(), "interpane-probe-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "pty-probe");
  const { status } = spawnSync("cc", ["-O2", "-o", path, source, ...(process.platform === "linux" ? ["-lutil"] : [])], { stdio: "ignore" });
  if (status !== 0) return null;
  compiled = path;
  return path;
}

export const noProbe = "needs a C compiler on Linux (cc); install the package gcc";

export interface ProbeRun {
  readonly mode: "first" | "drain" | "after" | "keys";
  readonly args?: readonly string[];
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly cols?: number;
  readonly rows?: number;
}

/** The numbers of its one line. Rejects with what the probe says. */
export async function probe(run: ProbeRun): Promise<number[]> {
  const path = probePath();
  if (path === null) throw new Error(noProbe);
  const { cols = 160, rows = 48 } = run;
  const args = [run.mode, String(cols), String(rows), ...(run.args ?? []), "--", ...run.argv];
  return new Promise((resolve, reject) => {
    execFile(path, args, { env: run.env, cwd: run.cwd, timeout: LIMIT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim().split(" ").map(Number));
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}

export interface Held {
  /** Of the program that runs on the pty. */
  readonly pid: number;
  /** What it has written so far. */
  bytes(): Promise<number>;
  type(keys: string): Promise<void>;
  close(): Promise<void>;
}

/** Keeps a program on a pty and reads all that it writes. */
export async function hold(run: Omit<ProbeRun, "mode" | "args">): Promise<Held> {
  const path = probePath();
  if (path === null) throw new Error(noProbe);
  const { cols = 160, rows = 48 } = run;
  const child = spawn(path, ["hold", String(cols), String(rows), "--", ...run.argv], {
    env: run.env,
    cwd: run.cwd,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line: string | null): Promise<string> => {
    if (line !== null) child.stdin.write(`${line}\n`);
    const answer = await lines.next();
    if (answer.done === true) throw new Error("the program that was held has ended");
    return answer.value;
  };
  const pid = Number((await ask(null)).split(" ")[1]);
  return {
    pid,
    bytes: async () => Number((await ask("bytes")).split(" ")[1]),
    type: async (keys) => {
      await ask(`type ${Buffer.from(keys).toString("hex")}`);
    },
    close: () => ended(child, () => child.stdin.end()),
  };
}

function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    end();
  });
}
