// Sixteen agents at once, each streaming 100 tokens a second through the chat wire; nine of them are on the screen.

import { groundFor, openTeam, startModelProcess, type Team } from "./agents.ts";
import { type Bench, type Figure, median } from "./figures.ts";
import { programProblem } from "./ground.ts";
import { noProbe, probePath } from "./probe.ts";
import { cpuDuring, familyOf, pssMb } from "./usage.ts";

const AGENTS = 16;
const TOKENS_PER_SECOND = 100;
/** Until the first compiled and the first collected is behind us. */
const WARM_MS = 8_000;
const WATCH_MS = 4_000;
const ROUNDS = 5;

export const streams: Bench = {
  name: "streams",
  help: `${AGENTS} agents streaming ${TOKENS_PER_SECOND} tokens/s each, nine on the screen`,
  async run() {
    if (probePath() === null) return noProbe;
    const problem = programProblem();
    if (problem !== null) return problem;
    const model = await startModelProcess(TOKENS_PER_SECOND);
    let team: Team | null = null;
    try {
      team = await openTeam(groundFor(model.baseUrl), AGENTS, "bench");
      for (const agent of team.agents) await team.joined.command({ type: "prompt.send", agent, text: "write on and on" });
      await new Promise((resolve) => setTimeout(resolve, WARM_MS));
      const startedAt = performance.now() - WARM_MS;
      const figures = await watch(team);
      return [...figures, await rateOf(team, startedAt)];
    } finally {
      await team?.close();
      model.close();
    }
  },
};

async function watch(team: Team): Promise<Figure[]> {
  const cpu = { all: [] as number[], client: [] as number[], server: [] as number[] };
  const memory: number[] = [];
  const before = await team.client.bytes();
  const from = performance.now();
  const family = familyOf(team.roots);
  for (let round = 0; round < ROUNDS; round += 1) {
    const { cpuPercent, byProcess } = await cpuDuring(WATCH_MS, family);
    cpu.all.push(cpuPercent);
    cpu.client.push(byProcess.get(team.client.pid) ?? Number.NaN);
    cpu.server.push(byProcess.get(team.joined.serverPid) ?? Number.NaN);
    memory.push(pssMb(family));
  }
  const bytesPerSecond = (((await team.client.bytes()) - before) / (performance.now() - from)) * 1000;
  const name = `${AGENTS} agents × ${TOKENS_PER_SECOND} tokens/s`;
  const split = `client ${median(cpu.client).toFixed(1)}, server ${median(cpu.server).toFixed(1)}; ${Math.round(bytesPerSecond / 1000)} kB/s to the terminal`;
  return [
    { name: `CPU, ${name}, client and server`, value: median(cpu.all), unit: "% of a core", target: 60, note: split },
    {
      name: `memory, ${name}, client and server`,
      value: Math.max(...memory),
      unit: "MB",
      target: 300,
      note: "PSS, all processes, the largest seen",
    },
  ];
}

/** How fast the answers really came: what the agents hold when they are interrupted, over the time. */
async function rateOf(team: Team, startedAt: number): Promise<Figure> {
  const seconds = (performance.now() - startedAt) / 1000;
  for (const agent of team.agents) await team.joined.command({ type: "turn.interrupt", agent });
  const rates: number[] = [];
  for (const agent of team.agents) {
    const words = await partialWords(team, agent);
    rates.push(words / seconds);
  }
  return {
    name: "tokens a second of the slowest agent",
    value: Math.min(...rates),
    unit: "per s",
    note: `of ${TOKENS_PER_SECOND} that the model server sends`,
  };
}

async function partialWords(team: Team, agent: Team["agents"][number]): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await team.joined.caller.query<"items">({ type: "items", agent, limit: 5 });
    const text = answer.ok ? answer.value.items.findLast((item) => item.type === "text") : undefined;
    if (text?.type === "text") return text.text.split(" ").length;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return 0;
}
