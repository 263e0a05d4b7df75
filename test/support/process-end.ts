// Whether a process that is not this one's child still runs. Linux tells in /proc; elsewhere `ps` would have to be asked.

import { readFileSync } from "node:fs";
import { GUARD_MS } from "./until.ts";

/** A zombie has ended. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** There is no event for the end of somebody else's child: the table is looked at until it is gone. */
export async function untilEnded(pid: number, limitMs = GUARD_MS): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (isRunning(pid)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

/** Asked first, then made. */
export async function endProcess(pid: number): Promise<void> {
  if (!isRunning(pid)) return;
  process.kill(pid, "SIGTERM");
  if (await untilEnded(pid)) return;
  process.kill(pid, "SIGKILL");
  await untilEnded(pid);
}
