// From a key to its echo on the user's terminal, at rest and beside three panes that flood.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bench, type Figure, median } from "./figures.ts";
import { writeFlood } from "./flood-files.ts";
import { hasTmux, programProblem } from "./ground.ts";
import { noProbe, probe, probePath } from "./probe.ts";
import { COLS, ECHO, floodForever, READY, ROWS, type Stage, stageAgent, stageOurs, stageTmux } from "./terminals.ts";

const KEYS = 150;
const SETTLE_MS = 1_500;
const ROUNDS = 3;
const FLOODS = 3;

export const typing: Bench = {
  name: "typing",
  help: "from a key to its echo: at rest, and beside three panes that flood",
  async run() {
    if (probePath() === null) return noProbe;
    const problem = programProblem();
    if (problem !== null) return problem;
    const folder = mkdtempSync(join(tmpdir(), "ip-typing-"));
    const file = join(folder, "plain.txt");
    writeFlood(file, "plain", 10);
    const floods = Array.from({ length: FLOODS }, () => floodForever(file));
    try {
      return [
        ...(await sideBySide("an agent's terminal at rest", stageAgent, () => stageTmux(ECHO, []), { median: 0.8, p95: 1.3 })),
        ...(await sideBySide(
          "a plain terminal at rest",
          () => stageOurs(ECHO, []),
          () => stageTmux(ECHO, []),
          { median: 0.8, p95: 1.3 },
        )),
        ...(await sideBySide(
          `beside ${FLOODS} floods`,
          () => stageOurs(ECHO, floods),
          () => stageTmux(ECHO, floods),
          { median: 1, p95: 1.8 },
        )),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function sideBySide(
  where: string,
  ours: () => Promise<Stage>,
  theirs: () => Promise<Stage>,
  target: { median: number; p95: number },
): Promise<Figure[]> {
  const times = { median: [] as number[], p95: [] as number[], theirMedian: [] as number[], theirP95: [] as number[] };
  let lost = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const own = await keysIn(ours);
    times.median.push(own[0] ?? Number.NaN);
    times.p95.push(own[1] ?? Number.NaN);
    lost += own[2] ?? 0;
    if (!hasTmux) continue;
    const their = await keysIn(theirs);
    times.theirMedian.push(their[0] ?? Number.NaN);
    times.theirP95.push(their[1] ?? Number.NaN);
  }
  const peer = (values: number[]) => (hasTmux ? { peer: { name: "tmux", value: median(values) } } : {});
  const note = lost === 0 ? {} : { note: `${lost} keys were not shown` };
  return [
    {
      name: `key to echo, ${where}, median`,
      value: median(times.median),
      unit: "ms",
      target: target.median,
      ...peer(times.theirMedian),
      ...note,
    },
    { name: `key to echo, ${where}, p95`, value: median(times.p95), unit: "ms", target: target.p95, ...peer(times.theirP95) },
  ];
}

async function keysIn(open: () => Promise<Stage>): Promise<number[]> {
  const stage = await open();
  try {
    const args = ["online", stage.start ?? "", READY, String(KEYS), String(SETTLE_MS)];
    return await probe({ mode: "keys", args, argv: stage.argv, env: stage.env, cwd: stage.folder, cols: COLS, rows: ROWS });
  } finally {
    await stage.close();
  }
}
