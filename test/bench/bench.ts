// `npm run bench [-- NAME…] [--json]`: measures the built program, beside tmux where it is installed, and prints one table.

import { cpus, release, totalmem, type } from "node:os";
import { parseArgs } from "node:util";
import { type Bench, type Report, tableOf } from "./figures.ts";
import { flood, floods } from "./flood.ts";
import { frames } from "./frames.ts";
import { hostile } from "./hostile.ts";
import { link } from "./link-speed.ts";
import { attach, exits, memory } from "./panes.ts";
import { rest } from "./rest.ts";
import { sessionOpen } from "./session-open.ts";
import { start } from "./start.ts";
import { streams } from "./streams.ts";
import { typing } from "./typing.ts";

const benches: readonly Bench[] = [start, rest, streams, typing, flood, floods, memory, attach, exits, frames, link, sessionOpen, hostile];

const { values, positionals } = parseArgs({ options: { json: { type: "boolean", default: false } }, allowPositionals: true });
const unknown = positionals.find((name) => !benches.some((bench) => bench.name === name));
if (unknown !== undefined) {
  const names = benches.map((bench) => `  ${bench.name.padEnd(10)} ${bench.help}`).join("\n");
  process.stderr.write(`bench: there is no "${unknown}"; there are\n${names}\n`);
  process.exit(2);
}

const chosen = positionals.length === 0 ? benches : benches.filter((bench) => positionals.includes(bench.name));
const figures: Report["figures"][number][] = [];
const missing: string[] = [];
for (const bench of chosen) {
  process.stderr.write(`measuring ${bench.name}: ${bench.help}\n`);
  try {
    const result = await bench.run();
    if (typeof result === "string") missing.push(`${bench.name}: ${result}`);
    else figures.push(...result.map((figure) => ({ ...figure, bench: bench.name })));
  } catch (error) {
    missing.push(`${bench.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const report: Report = {
  at: new Date().toISOString(),
  machine: `${type()} ${release()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
  figures,
  missing,
};
process.stdout.write(
  values.json
    ? `${JSON.stringify(report, null, 2)}\n`
    : `${report.machine}; medians\n\n${tableOf(report)}\n${missing.map((line) => `\nnot measured: ${line}`).join("")}\n`,
);
// What was asked for could not be measured.
if (missing.length > 0 && positionals.length > 0) process.exitCode = 1;
