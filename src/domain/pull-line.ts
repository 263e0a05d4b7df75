// How far a model that is being fetched has come, in one line.

import type { Pulse } from "./protocol.ts";

const BAR_COLS = 20;

/** `gpt-oss:20b ████████░░░░░░░░░░░░ 41% of 13.8 GB`, or what the server says it does. */
export function pullLine({ model, status, done, total }: Extract<Pulse, { type: "pull" }>): string {
  if (done === null || total === null || total === 0) return `${model}: ${status}`;
  const share = Math.min(1, done / total);
  const full = Math.floor(share * BAR_COLS);
  const size = total >= 1e9 ? `${(total / 1e9).toFixed(1)} GB` : `${(total / 1e6).toFixed(1)} MB`;
  return `${model} ${"█".repeat(full)}${"░".repeat(BAR_COLS - full)} ${Math.floor(share * 100)}% of ${size}`;
}
