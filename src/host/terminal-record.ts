// Which terminals live, in a small file beside the socket: after a server was killed the next one finds by it what programs it left.
//
// Written at once with each change, so that a kill right after finds it; not synced, since a power cut ends the programs too.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type ProcessRow, readProcess, readProcesses, startedWith } from "./terminal-processes.ts";

/** Tells a program that it runs in a terminal of ours, and us what has left it. */
export const TERMINAL_MARK = "INTERPANE_TERMINAL";

const processSchema = z.object({ pid: z.int().positive(), /** Clock ticks since the boot, proc(5). */ startedTicks: z.number() });
const terminalSchema = z.object({ id: z.string(), ...processSchema.shape, cwd: z.string(), isSandboxed: z.boolean() });
const survivorSchema = z.object({ ...processSchema.shape, name: z.string(), /** The terminal's folder. */ cwd: z.string() });
const fileSchema = z.object({
  /** Numbers of processes mean nothing after the next boot. */
  boot: z.string(),
  terminals: z.array(terminalSchema),
  survivors: z.array(survivorSchema),
});
type RecordFile = z.infer<typeof fileSchema>;

/** A process that has outlived its terminal. */
export type Survivor = z.infer<typeof survivorSchema>;

export interface TerminalRecord {
  /** The first program of a terminal runs: also said when its shell was started anew. */
  started(terminal: { readonly id: string; readonly pid: number; readonly cwd: string; readonly isSandboxed: boolean }): void;
  ended(id: string): void;
  /** Processes that stayed when their terminal was closed. */
  stayed(rows: readonly ProcessRow[], cwd: string): void;
  /** Those that still live, of this server and of one that was killed before. */
  survivors(): Survivor[];
}

/** For whoever holds the lock of `runDir`. `onProblem` gets one line where the file cannot be written. */
export function openTerminalRecord(runDir: string, onProblem: (text: string) => void): TerminalRecord {
  const path = join(runDir, FILE_NAME);
  const before = readRecord(path);
  const terminals = new Map<string, RecordFile["terminals"][number]>();
  const left = (before?.terminals ?? []).flatMap((terminal) => leftBy(terminal));
  let survivors = [...(before?.survivors ?? []), ...left].filter(isThere);
  const write = (): void => {
    survivors = survivors.filter(isThere);
    const file: RecordFile = { boot: bootId(), terminals: [...terminals.values()], survivors };
    try {
      writeFileSync(`${path}.new`, JSON.stringify(file), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      onProblem(
        `cannot write ${path}: ${error instanceof Error ? error.message : String(error)}; what outlives a crash would not be found`,
      );
    }
  };
  if (before !== null) write();
  return {
    started({ id, pid, cwd, isSandboxed }) {
      terminals.set(id, { id, pid, cwd, isSandboxed, startedTicks: readProcess(pid)?.startedTicks ?? 0 });
      write();
    },
    ended(id) {
      if (terminals.delete(id)) write();
    },
    stayed(rows, cwd) {
      survivors.push(...rows.map(({ pid, startedTicks, name }) => ({ pid, startedTicks, name, cwd })));
      write();
    },
    survivors: () => survivors.filter(isThere),
  };
}

const FILE_NAME = "terminals.json";

function readRecord(path: string): RecordFile | null {
  try {
    const read = fileSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return read.success && read.data.boot === bootId() ? read.data : null;
  } catch {
    // Missing, or cut by a crash: what it said is lost, and only a list of names with it.
    return null;
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}

/** A process number is used again; together with its start it is not. */
function isThere({ pid, startedTicks }: { readonly pid: number; readonly startedTicks: number }): boolean {
  return readProcess(pid)?.startedTicks === startedTicks;
}

/** What still runs of a terminal: its session, and what carries its mark. */
function leftBy({ id, pid, startedTicks, cwd }: RecordFile["terminals"][number]): Survivor[] {
  const leader = readProcess(pid);
  // The kernel gives a number away again only when its session is empty too.
  const isSession = leader === null || leader.startedTicks === startedTicks;
  const mark = `${TERMINAL_MARK}=${id}`;
  return readProcesses()
    .filter((row) => (isSession && row.session === pid && row.startedTicks >= startedTicks) || startedWith(row.pid, mark))
    .map((row) => ({ pid: row.pid, startedTicks: row.startedTicks, name: row.name, cwd }));
}
