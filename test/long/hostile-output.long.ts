// A megabyte of hostile output in each of four panes: every terminal lives on, memory stays bounded, and the longest stall is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { floodTerminals } from "../support/hostile-flood.ts";
import { rounds, seed } from "../support/long.ts";

const MB = 1024 * 1024;

for (let round = 0; round < rounds({ short: 1, long: 5 }); round++) {
  test(`a megabyte of hostile output a pane (seed ${seed + round * 10})`, async (t) => {
    const { stallMs, grownMb, seconds } = await floodTerminals({ panes: 4, bytes: MB, seed: seed + round * 10 });
    t.diagnostic(`longest stall ${stallMs.toFixed(0)} ms, memory grown by ${grownMb.toFixed(0)} MB, ${seconds.toFixed(1)} s`);
    // The time is measured by the bench (`npm run bench -- hostile`): here other work may hold the machine.
    assert.ok(grownMb < 200, `${grownMb} MB`);
  });
}
