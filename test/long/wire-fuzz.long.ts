// Ten thousand damaged streams for each wire: none throws, none is taken for a whole reply that is not, no broken call runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rounds, seed } from "../support/long.ts";
import { checkOneStream } from "../support/stream-check.ts";
import { requestTo, wireNames, wires } from "../wire/ask.ts";

const STREAMS = rounds({ short: 1_000, long: 10_000 });
const MB = 1024 * 1024;

for (const api of wireNames) {
  test(`${api}: ${STREAMS} damaged streams each end once, as they must, in bounded memory`, async () => {
    const request = requestTo("http://127.0.0.1:9/v1");
    const ends = { done: 0, failed: 0 };
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < STREAMS; n++) ends[await checkOneStream(api, wires[api], request, seed, n)] += 1;
    const grown = (process.memoryUsage().heapUsed - before) / MB;
    assert.ok(ends.done > STREAMS / 5 && ends.failed > STREAMS / 5, `the faults are no test: ${JSON.stringify(ends)}`);
    assert.ok(grown < 300, `${Math.round(grown)} MB more than before`);
    console.error(`${api}: SEED=${seed}, ${ends.done} whole, ${ends.failed} failed, each named`);
  });
}
