// One frame of sixteen panes at 240×67, composed and written: what it costs the client.

import { measureScreen } from "../support/screen-bench.ts";
import type { Bench, Figure } from "./figures.ts";

const ROUNDS = 150;

/** The aims, ms. */
const targets: Readonly<Record<string, number>> = {
  "one line of a terminal changed, 16 terminals": 0.05,
  "everything in truecolour, 16 terminals": 0.6,
};

export const frames: Bench = {
  name: "frames",
  help: "a frame of sixteen panes, composed and written",
  async run() {
    return measureScreen(ROUNDS).map(({ name, ms, bytes }): Figure => {
      const target = targets[name];
      return { name: `frame 240×67: ${name}`, value: ms, unit: "ms", note: `${bytes} bytes`, ...(target === undefined ? {} : { target }) };
    });
  },
};
