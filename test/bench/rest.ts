// At rest: nine agents on the screen and nobody does anything. What is written, and what that costs.

import { openTeam } from "./agents.ts";
import type { Bench, Figure } from "./figures.ts";
import { openGround, programProblem } from "./ground.ts";
import { noProbe, probePath } from "./probe.ts";
import { cpuDuring, familyOf, pssMb } from "./usage.ts";

const AGENTS = 9;
/** The first seconds after a start hold what starts do: alerts that go away, timers, collection of garbage. */
const SETTLE_MS = 10_000;
const WATCH_MS = 5_000;

export const rest: Bench = {
  name: "rest",
  help: `${AGENTS} agents on the screen, nobody does anything`,
  async run() {
    if (probePath() === null) return noProbe;
    const problem = programProblem();
    if (problem !== null) return problem;
    const team = await openTeam(openGround(), AGENTS, "demo");
    try {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const before = await team.client.bytes();
      const family = familyOf(team.roots);
      const { cpuPercent } = await cpuDuring(WATCH_MS, family);
      const bytes = (await team.client.bytes()) - before;
      const figures: Figure[] = [
        { name: `written to the terminal at rest, ${AGENTS} agents, ${WATCH_MS / 1000} s`, value: bytes, unit: "bytes", target: 0 },
        { name: `CPU at rest, ${AGENTS} agents, client and server`, value: cpuPercent, unit: "% of a core", target: 0.5 },
        { name: `memory at rest, ${AGENTS} agents, client and server`, value: pssMb(family), unit: "MB", note: "PSS, all processes" },
      ];
      return figures;
    } finally {
      await team.close();
    }
  },
};
