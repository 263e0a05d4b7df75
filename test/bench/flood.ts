// A long file through a terminal pane: until its last line is on the user's terminal.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bench, type Figure, median } from "./figures.ts";
import { hasTmux, programProblem } from "./ground.ts";
import { noProbe, probe, probePath } from "./probe.ts";
import { COLS, catOnEnter, END, READY, ROWS, type Stage, stageOurs, stageTmux, writePlain } from "./terminals.ts";

const MEGABYTES = 30;
const ROUNDS = 5;

export const flood: Bench = {
  name: "flood",
  help: `${MEGABYTES} MB of plain text through a terminal pane`,
  async run() {
    if (probePath() === null) return noProbe;
    const problem = programProblem();
    if (problem !== null) return problem;
    const folder = mkdtempSync(join(tmpdir(), "ip-flood-"));
    const file = join(folder, "plain.txt");
    writePlain(file, MEGABYTES);
    try {
      return await measure(file);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(file: string): Promise<Figure[]> {
  const times = { ours: [] as number[], tmux: [] as number[], raw: [] as number[] };
  const bytes = { ours: [] as number[], tmux: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const [ms, written] = await through(() => stageOurs(catOnEnter(file), []));
    times.ours.push(ms);
    bytes.ours.push(written);
    if (hasTmux) {
      const [theirMs, theirWritten] = await through(() => stageTmux(catOnEnter(file), []));
      times.tmux.push(theirMs);
      bytes.tmux.push(theirWritten);
    }
    times.raw.push((await probe({ mode: "drain", argv: ["cat", file], env: process.env, cols: COLS, rows: ROWS }))[0] ?? Number.NaN);
  }
  const peer = (values: number[]) => (hasTmux ? { peer: { name: "tmux", value: median(values) } } : {});
  return [
    {
      name: `${MEGABYTES} MB of plain text through a pane`,
      value: median(times.ours),
      unit: "ms",
      ...peer(times.tmux),
      ...(hasTmux ? { target: 0.7 * median(times.tmux) } : {}),
      limit: { name: "cat into a pty", value: median(times.raw) },
    },
    {
      name: `written to the outer terminal for ${MEGABYTES} MB`,
      value: median(bytes.ours) / 1e6,
      unit: "MB",
      ...peer(bytes.tmux.map((size) => size / 1e6)),
    },
  ];
}

async function through(open: () => Promise<Stage>): Promise<[number, number]> {
  const stage = await open();
  try {
    const [ms = Number.NaN, bytes = Number.NaN] = await probe({
      mode: "after",
      args: [READY, "\r", END],
      argv: stage.argv,
      env: stage.env,
      cwd: stage.folder,
      cols: COLS,
      rows: ROWS,
    });
    return [ms, bytes];
  } finally {
    await stage.close();
  }
}
