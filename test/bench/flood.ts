// Much output through terminal panes, beside tmux in the same run: until the last of it is on the user's terminal.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bench, type Figure, median } from "./figures.ts";
import { type Flood, floodKinds, writeFlood } from "./flood-files.ts";
import { hasTmux, programProblem } from "./ground.ts";
import { noProbe, probe, probePath } from "./probe.ts";
import { COLS, catOnEnter, catTogether, END, READY, ROWS, type Stage, stageOurs, stageTmux } from "./terminals.ts";

const MEGABYTES = 100;
const TOGETHER_MEGABYTES = 30;
const PANES = 4;
const ROUNDS = 3;

/** The aims, as shares of what tmux takes. */
const shares: Readonly<Record<Flood, number>> = { plain: 0.7, ls: 0.6, sgr: 0.32, unicode: 0.25 };

export const flood: Bench = {
  name: "flood",
  help: `${MEGABYTES} MB of plain text, listings, colours and unicode through a terminal pane`,
  async run() {
    return inFolder(async (folder) => {
      const figures: Figure[] = [];
      for (const kind of floodKinds) {
        const file = join(folder, `${kind}.txt`);
        writeFlood(file, kind, MEGABYTES);
        const measured = await sideBySide(
          `${MEGABYTES} MB of ${kind} through a pane`,
          shares[kind],
          () => stageOurs(catOnEnter(file), []),
          () => stageTmux(catOnEnter(file), []),
        );
        const raw = await probe({ mode: "drain", argv: ["cat", file], env: process.env, cols: COLS, rows: ROWS });
        figures.push(
          ...measured.map((figure, at) =>
            at === 0 ? { ...figure, limit: { name: "cat into a pty", value: raw[0] ?? Number.NaN } } : figure,
          ),
        );
        rmSync(file);
      }
      return figures;
    });
  },
};

export const floods: Bench = {
  name: "floods",
  help: `${PANES} panes with ${TOGETHER_MEGABYTES} MB of plain text each, at once`,
  async run() {
    return inFolder((folder) => {
      const file = join(folder, "plain.txt");
      writeFlood(file, "plain", TOGETHER_MEGABYTES);
      let run = 0;
      const open = (stage: typeof stageOurs): Promise<Stage> => {
        run += 1;
        const { main, others } = catTogether(file, PANES, join(folder, `run-${run}`));
        return stage(main, others);
      };
      return sideBySide(
        `${PANES} panes of ${TOGETHER_MEGABYTES} MB at once`,
        0.6,
        () => open(stageOurs),
        () => open(stageTmux),
      );
    });
  },
};

async function inFolder(run: (folder: string) => Promise<Figure[]>): Promise<Figure[] | string> {
  if (probePath() === null) return noProbe;
  const problem = programProblem();
  if (problem !== null) return problem;
  const folder = mkdtempSync(join(tmpdir(), "ip-flood-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The two sides take turns; the share is that of the medians. */
async function sideBySide(name: string, share: number, ours: () => Promise<Stage>, theirs: () => Promise<Stage>): Promise<Figure[]> {
  const times = { ours: [] as number[], tmux: [] as number[] };
  const bytes = { ours: [] as number[], tmux: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const [ms, written] = await through(ours);
    times.ours.push(ms);
    bytes.ours.push(written);
    if (!hasTmux) continue;
    const [theirMs, theirWritten] = await through(theirs);
    times.tmux.push(theirMs);
    bytes.tmux.push(theirWritten);
  }
  const peer = (values: number[]) => (hasTmux ? { peer: { name: "tmux", value: median(values) } } : {});
  return [
    { name, value: median(times.ours), unit: "ms", ...peer(times.tmux), ...(hasTmux ? { target: share * median(times.tmux) } : {}) },
    {
      name: "  written to the outer terminal for it",
      value: median(bytes.ours) / 1e6,
      unit: "MB",
      ...peer(bytes.tmux.map((size) => size / 1e6)),
    },
  ];
}

async function through(open: () => Promise<Stage>): Promise<[number, number]> {
  const stage = await open();
  try {
    const run = { argv: stage.argv, env: stage.env, cwd: stage.folder, cols: COLS, rows: ROWS };
    const [ms = Number.NaN, bytes = Number.NaN] = await probe({ mode: "after", args: [READY, "\r", END], ...run });
    return [ms, bytes];
  } finally {
    await stage.close();
  }
}
