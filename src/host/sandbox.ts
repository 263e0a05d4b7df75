// The sandbox as an argument of the shell's port: bubblewrap around a program, and whether that works on this machine.
//
// What held in measurements (facts on security): everything read-only, own /dev, /proc and /tmp, no capabilities, own pids. Not
// `--new-session`, under which an interactive shell has neither job control nor Ctrl-C; TIOCSTI, the reason for it, is refused
// by a seccomp filter instead, or has been switched off in the kernel.

import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../domain/workspace.ts";
import { isFolder, realPath } from "./at-path.ts";
import { programOnPath } from "./terminal-program.ts";
import { tiocstiFilter } from "./terminal-tiocsti.ts";

export interface SandboxSurroundings {
  /**
   * Hidden from what runs inside: our folders with keys, journals and the socket. Folders become empty, files unreadable; a file
   * that is replaced can be seen again.
   */
  readonly protectedPaths: readonly string[];
  /** Our folders: where one lies within a folder that may be written, it may not, whatever is renamed inside it later. */
  readonly readOnlyPaths?: readonly string[];
  /** Readable inside although it may lie within a hidden folder: the shell's start-up file, code that goes through a file. */
  readonly readablePaths: readonly string[];
  /** What programs see as /tmp, so that all of an agent's share one; null: an empty one in memory. */
  readonly tmpFolder?: string | null;
  /** Where the program starts, as it is called inside; left out: where it is started. */
  readonly cwd?: string;
  /** The seccomp filter as a file; see `writeFilter`. */
  readonly filterPath: string | null;
}

/** Doors of other programs through which a program could act outside; a network that is shared does not close them. */
const DOORS = [
  "/run/docker.sock",
  "/run/podman",
  "/run/containerd",
  "/run/crio",
  "/run/dbus",
  "/run/user",
  "/run/systemd/private",
  "/run/snapd.socket",
  "/var/run/docker.sock",
];

/** bwrap takes the filter from a descriptor and closes it; a shell in between opens it. Descriptor 3 is free in every pty child. */
const OPEN_FILTER = 'exec 3<"$0"; exec "$@"';

/** `argv` as it is with `full`, else wrapped. Paths that do not exist are left out. */
export function sandboxArgv(sandbox: Sandbox, argv: readonly string[], surroundings: SandboxSurroundings, bwrap = "bwrap"): string[] {
  if (sandbox.mode === "full") return [...argv];
  const options = ["--unshare-all", "--die-with-parent", "--cap-drop", "ALL"];
  if (sandbox.network) options.push("--share-net");
  options.push("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc");
  const { tmpFolder } = surroundings;
  options.push(...(tmpFolder === undefined || tmpFolder === null ? ["--tmpfs", "/tmp"] : ["--bind", tmpFolder, "/tmp"]));
  // Also where nothing may be written: a workspace below /tmp would be gone.
  const bind = sandbox.mode === "workspace-write" ? "--bind" : "--ro-bind";
  for (const folder of sandbox.writable) if (isFolder(folder)) options.push(bind, folder, folder);
  const isWithin = (path: string): boolean => sandbox.writable.flatMap(targets).some((folder) => path.startsWith(`${folder}/`));
  for (const path of (surroundings.readOnlyPaths ?? []).flatMap(targets)) if (isWithin(path)) options.push("--ro-bind", path, path);
  for (const path of new Set([...DOORS, ...surroundings.protectedPaths].flatMap(targets))) {
    if (isFolder(path)) options.push("--tmpfs", path);
    else options.push("--ro-bind", "/dev/null", path);
  }
  for (const path of surroundings.readablePaths) if (existsSync(path)) options.push("--ro-bind", path, path);
  const { filterPath, cwd } = surroundings;
  if (cwd !== undefined) options.push("--chdir", cwd);
  const wrapped = filterPath === null ? options : [...options, "--seccomp", "3"];
  const command = [bwrap, ...wrapped, "--", ...argv];
  return filterPath === null ? command : ["/bin/sh", "-c", OPEN_FILTER, filterPath, ...command];
}

/** Writes the filter once into a private folder; null where this machine's numbers are not known. */
function writeFilter(folder: string): string | null {
  const filter = tiocstiFilter(process.arch);
  if (filter === null) return null;
  const path = join(folder, "tiocsti.bpf");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path, filter, { mode: 0o600 });
  return path;
}

export interface SandboxProbe {
  readonly works: boolean;
  /** One sentence where it does not work: what was tried, what to do. */
  readonly problem: string | null;
  readonly filterPath: string | null;
  readonly bwrap: string;
}

/**
 * Runs bubblewrap once (about 20 ms) and looks from outside what it let through. `scratchFolder` must be private and writable.
 */
export function probeSandbox(scratchFolder: string, path: string): SandboxProbe {
  const trial = prepareTrial(scratchFolder, path);
  if ("works" in trial) return trial;
  const { argv, options } = trial;
  return trial.judge(spawnSync(argv[0], argv.slice(1), { ...options, stdio: ["ignore", "pipe", "pipe"] }));
}

/** The same while this process does other things. Never rejects for what was tried. */
export function probeSandboxBeside(scratchFolder: string, path: string): Promise<SandboxProbe> {
  const trial = prepareTrial(scratchFolder, path);
  if ("works" in trial) return Promise.resolve(trial);
  const { argv, options, judge } = trial;
  return new Promise((resolve, reject) => {
    const child = execFile(argv[0], argv.slice(1), options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : null;
      try {
        resolve(judge({ status, stdout, stderr, ...(error === null ? {} : { error }) }));
      } catch (failure) {
        reject(failure);
      }
    });
    child.stdin?.end();
  });
}

interface Trial {
  readonly argv: readonly [string, ...string[]];
  readonly options: { readonly env: Readonly<Record<string, string>>; readonly timeout: number; readonly encoding: "utf8" };
  /** Removes what was made for it. */
  judge(run: TrialEnd): SandboxProbe;
}

interface TrialEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly error?: Error | undefined;
}

/** What is to be run, or why there is no need to. */
function prepareTrial(scratchFolder: string, path: string): Trial | SandboxProbe {
  const fail = (problem: string): SandboxProbe => ({ works: false, problem, filterPath: null, bwrap: "bwrap" });
  if (process.platform !== "linux") return fail("no sandbox: bubblewrap is for Linux only, so code runs with all of your rights");
  const bwrap = programOnPath("bwrap", path);
  if (bwrap === null)
    return fail("no sandbox: bubblewrap is not installed, so code runs with all of your rights; install the package bubblewrap");
  const filterPath = writeFilter(scratchFolder);
  if (filterPath === null && !isTiocstiOff()) {
    return fail(
      `no sandbox: on ${process.arch} programs could type into their terminal; set the kernel's switch dev.tty.legacy_tiocsti to 0`,
    );
  }
  const ground = mkdtempSync(join(scratchFolder, "probe-"));
  const folders = { inside: join(ground, "inside"), outside: join(ground, "outside"), hidden: join(ground, "hidden") };
  return {
    argv: trialArgv(folders, bwrap, programOnPath("bash", path) ?? "/bin/bash", filterPath),
    options: { env: { PATH: "/usr/bin:/bin" }, timeout: 5000, encoding: "utf8" },
    judge(run) {
      try {
        const problem = problemOf(run, folders, filterPath);
        if (problem !== null) return fail(`no sandbox: ${problem}, so code runs with all of your rights`);
        return { works: true, problem: null, filterPath, bwrap };
      } finally {
        rmSync(ground, { recursive: true, force: true });
      }
    },
  };
}

interface TrialFolders {
  readonly inside: string;
  readonly outside: string;
  readonly hidden: string;
}

/** Makes the folders too. */
function trialArgv({ inside, outside, hidden }: TrialFolders, bwrap: string, bash: string, filterPath: string | null): Trial["argv"] {
  for (const folder of [inside, outside, hidden]) mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(hidden, "secret"), "hidden");
  const script =
    'echo in > "$1/new"; echo out > "$2/new"; echo tmp > /tmp/interpane-probe; cat "$3/secret"; grep -s ^Seccomp: /proc/self/status; exit 0';
  const argv = sandboxArgv(
    { mode: "workspace-write", network: true, writable: [inside] },
    ["/bin/sh", "-c", script, "sh", inside, outside, hidden],
    { protectedPaths: [hidden], readablePaths: [], filterPath },
    bwrap,
  );
  // Children of child_process inherit the masters of open ptys (facts on security): close them before anything else runs
  // (bash, since dash knows no descriptor above 9).
  const closing =
    'for fd in /proc/self/fd/*; do fd=${fd##*/}; case $fd in [0-2]|*[!0-9]*) ;; *) eval "exec $fd>&-";; esac; done; exec "$@"';
  return [bash, "--noprofile", "--norc", "-c", closing, "bash", ...argv];
}

/** Null where the sandbox did what it should. */
function problemOf(run: TrialEnd, { inside, outside }: TrialFolders, filterPath: string | null): string | null {
  if (run.status !== 0) {
    const said = `${run.stderr ?? ""}${run.error?.message ?? ""}`.trim().split("\n")[0] ?? "";
    return `bubblewrap did not start (${said.replace(/[^ -~]/g, "").slice(0, 160) || `status ${run.status}`})`;
  }
  if (!existsSync(join(inside, "new"))) return "bubblewrap let nothing be written inside the folder";
  if (existsSync(join(outside, "new"))) return "bubblewrap let a file be written outside the folder";
  if (run.stdout.includes("hidden")) return "bubblewrap did not hide a protected folder";
  if (filterPath !== null && !/^Seccomp:\s*2$/m.test(run.stdout)) return "the system call filter did not take hold";
  return null;
}

/** Linux 6.2 and newer may have TIOCSTI switched off for all. */
function isTiocstiOff(): boolean {
  try {
    return readFileSync("/proc/sys/dev/tty/legacy_tiocsti", "latin1").trim() === "0";
  } catch {
    return false;
  }
}

/** None or one: bwrap cannot mount over a path that leads through a link to a place that is not there. */
function targets(path: string): string[] {
  const real = realPath(path);
  return real === null ? [] : [real];
}
