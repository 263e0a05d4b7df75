// What processes cost, read from /proc: CPU time to the nanosecond, memory as proportional set size.

import { readdirSync, readFileSync } from "node:fs";

/** The processes and all that descend from them. */
export function familyOf(pids: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readOr(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const family = [...pids];
  for (const pid of family) for (const child of children.get(pid) ?? []) if (!family.includes(child)) family.push(child);
  return family;
}

/** CPU time so far of all threads, ms. A thread that has ended since takes its time with it. */
export function cpuMs(pids: readonly number[]): number {
  let sumNs = 0;
  for (const pid of pids) {
    for (const thread of listOr(`/proc/${pid}/task`)) sumNs += Number(readOr(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0] ?? 0);
  }
  return sumNs / 1e6;
}

/** Memory of all of them, shared pages divided among those who share them, MB. */
export function pssMb(pids: readonly number[]): number {
  const sumKb = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readOr(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)).reduce((a, b) => a + b, 0);
  return sumKb / 1024;
}

export interface Spent {
  /** Share of one core, percent. */
  readonly cpuPercent: number;
  readonly byProcess: ReadonlyMap<number, number>;
}

/** Watches for `ms`. */
export async function cpuDuring(ms: number, pids: readonly number[]): Promise<Spent> {
  const before = new Map(pids.map((pid) => [pid, cpuMs([pid])]));
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const tookMs = performance.now() - from;
  const byProcess = new Map(pids.map((pid) => [pid, (Math.max(0, cpuMs([pid]) - (before.get(pid) ?? 0)) / tookMs) * 100]));
  return { cpuPercent: [...byProcess.values()].reduce((a, b) => a + b, 0), byProcess };
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

function listOr(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
