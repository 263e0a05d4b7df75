// The short way into the emulator shows what its own parser shows, over thousands of random streams.

import { test } from "node:test";
import { compareBothWays } from "../support/both-ways.ts";
import { rounds, seed } from "../support/long.ts";

test(`random streams look the same by both ways (seed ${seed})`, async () => {
  await compareBothWays(rounds({ short: 200, long: 5000 }), seed);
});
