// The processes behind a terminal, as Linux's /proc tells them: its session, its foreground group, what it started.

import { readdirSync, readFileSync } from "node:fs";
import { printable } from "./terminal-text.ts";

const NAME_CHARS_MAX = 40;

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Group in the foreground of its terminal; -1 where it has none. */
  readonly foreground: number;
  /** When it began, clock ticks since the boot: with its number a process's name for good. */
  readonly startedTicks: number;
  readonly name: string;
}

export function readProcess(pid: number): ProcessRow | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  // The name stands in brackets and may hold anything, brackets too (proc(5)).
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  if (open < 0 || close < 0 || fields[0] === "Z" || fields[0] === "X") return null;
  return {
    pid,
    name: text.slice(open + 1, close),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    foreground: Number(fields[5]),
    startedTicks: Number(fields[19]),
  };
}

/** As people call it: the file that was started, without its folder; the kernel's name for a thread says less (Node's is "MainThread"). */
export function programName(pid: number): string | null {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return null;
  }
  const [file = ""] = line.split("\0");
  // A login shell is "-bash"; a title of its own ("nginx: master process") has spaces.
  const name = (file.split(" ", 1)[0] ?? "").replace(/^-/, "").replace(/^.*\/(?=.)/, "");
  // Empty: of a zombie, of the kernel's own.
  return printable(name, NAME_CHARS_MAX) || (readProcess(pid)?.name ?? null);
}

/** Of another program in a group whose leader has ended (`cat file | less`). Looks at all processes there are. */
export function memberName(group: number): string | null {
  const member = readProcesses().find((row) => row.group === group);
  return member === undefined ? null : programName(member.pid);
}

export function readProcesses(): ProcessRow[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  const rows: ProcessRow[] = [];
  for (const name of names) {
    const row = /^\d+$/.test(name) ? readProcess(Number(name)) : null;
    if (row !== null) rows.push(row);
  }
  return rows;
}

/**
 * Those of the session that `leader` leads, and those outside of it that descend from it or carry `mark` ("NAME=value") in the
 * environment they began with: a daemon has another session and another parent, but still that.
 */
export function processesOf(leader: number, mark: string): { inSession: ProcessRow[]; outside: ProcessRow[] } {
  const rows = readProcesses();
  const marked = new Set(mark === "" ? [] : rows.filter((row) => startedWith(row.pid, mark)).map((row) => row.pid));
  const known = new Set([leader]);
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    for (const row of rows) {
      if (!known.has(row.pid) && (known.has(row.parent) || row.session === leader || marked.has(row.pid))) {
        known.add(row.pid);
        isGrowing = true;
      }
    }
  }
  const mine = rows.filter((row) => known.has(row.pid));
  return { inSession: mine.filter((row) => row.session === leader), outside: mine.filter((row) => row.session !== leader) };
}

/** Was `mark` ("NAME=value") in the environment that it began with? */
export function startedWith(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark);
  } catch {
    // Another user's, or gone.
    return false;
  }
}

/** Signals a process, or with a negative number a group; one that is gone is no failure. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  if (pid === 0 || pid === -1 || pid === 1) return;
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it has ended. EPERM: it has become another user's, which the list of survivors then names.
  }
}

export function isAlive(pid: number): boolean {
  return readProcess(pid) !== null;
}
