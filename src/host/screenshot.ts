// Takes a picture of the screen with the first program for it that is installed, and has a worker make it fit for a model.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { cleanLine, runClosedChild } from "./closed-child.ts";
import type { ShotReply, ShotRequest } from "./screen-worker.ts";
import { programOnPath } from "./terminal-program.ts";

/** The pointer is in the picture where the program can. */
const PROGRAMS: readonly { readonly name: string; readonly args: (file: string) => readonly string[] }[] = [
  { name: "scrot", args: (file) => ["-p", file] },
  { name: "maim", args: (file) => [file] },
  // Without the prefix it may write palettes and fewer bits.
  { name: "import", args: (file) => ["-silent", "-window", "root", `png24:${file}`] },
  { name: "gnome-screenshot", args: (file) => ["-p", "-f", file] },
];

const TAKE_MS = 15_000;
const WORK_MS = 30_000;

export interface Shooter {
  /** By its whole path. */
  readonly program: string;
  readonly args: (file: string) => readonly string[];
}

/** Null: none is installed. */
export function findShooter(path: string): Shooter | null {
  for (const { name, args } of PROGRAMS) {
    const program = programOnPath(name, path);
    if (program !== null) return { program, args };
  }
  return null;
}

export interface ShotSpec extends Omit<ShotRequest, "file"> {
  readonly shooter: Shooter;
  readonly env: Readonly<Record<string, string>>;
  /** A private folder; the picture lies in one of its own in it for a moment. */
  readonly scratchDir: string;
  readonly signal: AbortSignal;
}

/** Never rejects. */
export async function takeShot({ shooter, env, scratchDir, signal, limits, region }: ShotSpec): Promise<ShotReply> {
  const folder = mkdtempSync(join(scratchDir, "screen-"));
  try {
    const file = join(folder, "screen.png");
    const { program } = shooter;
    const end = await runClosedChild({ argv: [program, ...shooter.args(file)], cwd: folder, env, timeoutMs: TAKE_MS, signal });
    if (end.type === "timeout") return { ok: false, problem: signal.aborted ? "interrupted" : `${program} took no picture in 15 s` };
    if (end.type === "not-started") return { ok: false, problem: `${program} could not be started: ${end.reason}` };
    if (end.exitCode !== 0)
      return { ok: false, problem: `${program} failed: ${cleanLine(end.stderr, 300) || `exit code ${end.exitCode}`}` };
    return await inWorker({ file, limits, region });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const workerUrl = new URL(`./screen-worker.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

function inWorker(request: ShotRequest): Promise<ShotReply> {
  return new Promise((resolve) => {
    const worker = new Worker(workerUrl, { workerData: request, env: {}, execArgv: [], stdout: true, stderr: true });
    const finish = (reply: ShotReply): void => {
      clearTimeout(limit);
      void worker.terminate();
      resolve(reply);
    };
    const limit = setTimeout(() => finish({ ok: false, problem: "the screenshot took too long to be made smaller" }), WORK_MS);
    worker.on("message", (reply: ShotReply) => finish(reply));
    worker.on("error", (error) => finish({ ok: false, problem: `the screenshot could not be made smaller: ${error.message}` }));
    worker.on("exit", () => finish({ ok: false, problem: "the screenshot could not be made smaller" }));
  });
}
