// Hostile output: giant parameters, endless strings, random bytes, through real ptys. How long the server's loop would stand, and memory.

import { floodTerminals } from "../support/hostile-flood.ts";
import { type Bench, median } from "./figures.ts";

const PANES = 4;
const MB = 1024 * 1024;
const ROUNDS = 3;

export const hostile: Bench = {
  name: "hostile",
  help: `${PANES} panes of 1 MB of hostile output at once`,
  async run() {
    const ends = [];
    for (let round = 0; round < ROUNDS; round++) ends.push(await floodTerminals({ panes: PANES, bytes: MB, seed: 1 + round * PANES }));
    return [
      {
        name: `longest stall of the event loop, ${PANES} panes of 1 MB of hostile output, worst of ${ROUNDS}`,
        value: Math.max(...ends.map(({ stallMs }) => stallMs)),
        unit: "ms",
        target: 100,
      },
      {
        name: `memory grown by it at most, ${PANES} panes`,
        value: Math.max(...ends.map(({ grownMb }) => grownMb)),
        unit: "MB",
        target: 100,
      },
      { name: "time for it", value: median(ends.map(({ seconds }) => seconds)), unit: "s" },
    ];
  },
};
