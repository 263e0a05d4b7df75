// The first screen: from the start of the program to the first whole frame, with the server to start too and with one that runs.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureCommandLine } from "./command-line.ts";
import { type Bench, type Figure, median } from "./figures.ts";
import { type Ground, hasTmux, openGround, program, programProblem, untilServerEnded, useOnce } from "./ground.ts";
import { noProbe, probe, probePath } from "./probe.ts";

const ROUNDS = 15;
/** In the sidebar and the pane's title, and at the end of the status line: with both the frame is whole. */
const WHOLE = ["agent 1", "online"];

export const start: Bench = {
  name: "start",
  help: "from the start of the program to the first whole frame, and of exec to its request",
  async run() {
    if (probePath() === null) return noProbe;
    const problem = programProblem();
    if (problem !== null) return problem;
    const ground = openGround();
    try {
      return [...(await measure(ground)), ...(await measureCommandLine())];
    } finally {
      ground.close();
    }
  },
};

async function measure(ground: Ground): Promise<Figure[]> {
  const first = async () =>
    (await probe({ mode: "first", args: WHOLE, argv: [program], env: ground.env, cwd: ground.folder }))[0] ?? Number.NaN;
  const uncached = await first();
  await untilServerEnded(ground);
  // The very first use of all fills the compile cache.
  await useOnce(ground);
  await untilServerEnded(ground);
  await first();
  await untilServerEnded(ground);
  const times = {
    nothing: [] as number[],
    running: [] as number[],
    tmux: [] as number[],
    tmuxRunning: [] as number[],
    node: [] as number[],
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.nothing.push(await first());
    times.running.push(await first());
    times.node.push((await probe({ mode: "drain", argv: [process.execPath, "-e", "0"], env: ground.env }))[0] ?? Number.NaN);
    if (hasTmux) {
      const [cold, warm] = await tmuxStart(ground);
      times.tmux.push(cold);
      times.tmuxRunning.push(warm);
    }
    await untilServerEnded(ground);
  }
  const limit = { name: "node -e 0", value: median(times.node) };
  const peer = (values: number[]) => (hasTmux ? { peer: { name: "tmux", value: median(values) } } : {});
  return [
    {
      name: "first screen from nothing, server started too",
      value: median(times.nothing),
      unit: "ms",
      target: 250,
      ...peer(times.tmux),
      limit,
    },
    {
      name: "first screen with a running server",
      value: median(times.running),
      unit: "ms",
      target: 150,
      ...peer(times.tmuxRunning),
      limit,
    },
    { name: "first screen of all, before any compile cache", value: uncached, unit: "ms", note: "once" },
  ];
}

/** From nothing, then a second client: until its status line stands. */
async function tmuxStart(ground: Ground): Promise<[number, number]> {
  const folder = mkdtempSync(join(tmpdir(), "ip-tmux-"));
  const tmux = ["tmux", "-S", join(folder, "socket"), "-f", "/dev/null"];
  try {
    const run = async (...args: string[]) =>
      (await probe({ mode: "first", args: ["[0]"], argv: [...tmux, ...args], env: ground.env, cwd: ground.folder }))[0] ?? Number.NaN;
    return [await run("new-session", "-s", "0"), await run("attach-session")];
  } finally {
    await probe({ mode: "drain", argv: [...tmux, "kill-server"], env: ground.env });
    rmSync(folder, { recursive: true, force: true });
  }
}
