// A user's place for tests of the whole program: a private INTERPANE_HOME, a folder to stand in, the built program in both ways
// to start it. Whatever it started is gone after `close`.

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Fact } from "../../src/domain/protocol.ts";
import { scanEntries } from "../../src/host/journal-scan.ts";
import { listFiles, makePlace } from "./place.ts";
import { endProcess } from "./process-end.ts";
import { type Program, type ProgramOptions, startProgram } from "./pty-driver.ts";

export const packageDir = join(import.meta.dirname, "../..");
export const mainFile = join(packageDir, "dist/main.js");

export interface RunEnd {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<RunEnd>;
  /** Resolves once standard error and output together fit; rejects at the end of the program. */
  said(what: RegExp): Promise<void>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard input's content; left out: none. */
  readonly input?: string;
}

export type OpenOptions = Partial<Omit<ProgramOptions, "argv">> & { readonly args?: readonly string[] };

export interface TestHome {
  /** INTERPANE_HOME. */
  readonly root: string;
  /** Where the user stands. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Writes a file of the home, such as `config.toml` or `profiles/mine.yaml`. */
  write(path: string, text: string): string;
  /** The program with its screen, 120×36 unless said otherwise. */
  open(options?: OpenOptions): Program;
  /** The program without a terminal. */
  start(args: readonly string[], options?: RunOptions): Run;
  run(args: readonly string[], options?: RunOptions): Promise<RunEnd>;
  /** The same command line in this process, without a terminal, against the server of this home: for all but the first of a kind. */
  ask(args: readonly string[], options?: RunOptions): Promise<RunEnd>;
  /** Everything that the journals of this home hold, in order. */
  facts(): Promise<Fact[]>;
  /** Every file of the home with its bytes. */
  files(): Map<string, Buffer>;
  serverPid(): number | null;
  close(): Promise<void>;
}

export interface HomeOptions {
  /** Content of config.toml. */
  readonly config?: string;
  /** Profiles of the user's own, by name. */
  readonly profiles?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export function makeHome(options: HomeOptions = {}): TestHome {
  if (!isBuilt()) throw new Error(`${mainFile} is missing or half built: these tests drive the built program; run: npm run build`);
  const { base, root, folder, env } = makePlace(options.env);
  const programs = new Set<Program>();
  const children = new Set<ChildProcess>();

  const write = (path: string, text: string): string => {
    const whole = join(root, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, text);
    return whole;
  };
  if (options.config !== undefined) write("config.toml", options.config);
  for (const [name, text] of Object.entries(options.profiles ?? {})) write(`profiles/${name}.yaml`, text);

  const start = (args: readonly string[], run: RunOptions = {}): Run => {
    const child = spawn(mainFile, args, { cwd: run.cwd ?? folder, env: { ...env, ...run.env }, stdio: ["pipe", "pipe", "pipe"] });
    children.add(child);
    let out = "";
    let err = "";
    let look: () => void = () => {};
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      look();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
      look();
    });
    child.stdin.on("error", () => {});
    child.stdin.end(run.input ?? "");
    const ended = new Promise<RunEnd>((resolve) => {
      child.once("close", (code) => {
        children.delete(child);
        resolve({ code, out, err });
        look();
      });
    });
    const said = (what: RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        look = () => {
          if (what.test(out + err)) resolve();
          else if (child.exitCode !== null) reject(new Error(`ended with ${child.exitCode} before it said ${what}:\n${out}${err}`));
        };
        look();
      });
    return { child, ended, said };
  };

  const serverPid = (): number | null => {
    for (const pid of processes()) if (environmentOf(pid).includes(`INTERPANE_HOME=${root}\0`) && isServer(pid)) return pid;
    return null;
  };

  return {
    root,
    folder,
    env,
    write,
    start,
    serverPid,
    open({ args = [], env: more, ...rest } = {}) {
      const program = startProgram({ argv: [mainFile, ...args], cwd: folder, cols: 120, rows: 36, ...rest, env: { ...env, ...more } });
      programs.add(program);
      return program;
    },
    run: (args, run) => start(args, run).ended,
    async ask(args, { env: more, cwd = folder, input = "" } = {}) {
      const [{ runCli }, { createFakeIo }] = await Promise.all([import("../../src/cli/run-cli.ts"), import("../cli/fake-io.ts")]);
      const program = { command: process.execPath, args: [mainFile, "__server"] };
      const io = { ...createFakeIo({ root, cwd, piped: input, env: { ...env, ...more } }), program };
      const code = await runCli(args, io);
      return { code, out: io.out(), err: io.err() };
    },
    async facts() {
      const files = ["workspaces", "sessions"].flatMap((name) => listFiles(join(root, name)).filter((path) => path.endsWith(".jsonl")));
      const scans = await Promise.all(files.map((path) => scanEntries(readFileSync(path))));
      return scans
        .flat()
        .map(({ fact }) => fact)
        .toSorted((a, b) => a.seq - b.seq);
    },
    files: () => new Map(listFiles(root).map((path) => [path, readFileSync(path)])),
    async close() {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all([...programs].map((program) => program.close()));
      const pid = serverPid();
      if (pid !== null) await endProcess(pid);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** The build makes it executable as its last step. */
function isBuilt(): boolean {
  try {
    accessSync(mainFile, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function processes(): number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const environmentOf = (pid: number): string => readOr(`/proc/${pid}/environ`);
/** By the title that it gives itself; before that by its argument. */
function isServer(pid: number): boolean {
  const words = readOr(`/proc/${pid}/cmdline`);
  return words.startsWith("interpane server") || words.includes("__server");
}
