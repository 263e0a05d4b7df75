// Money and tokens: integers, nothing counted twice, unknown prices said to be unknown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addCharge, emptyMeter, priceUsage } from "../../src/domain/meter.ts";

const usage = { input: 1000, cacheRead: 9000, cacheWrite: 500, output: 200, reasoning: 50, isEstimated: false };
const price = { inputMicros: 3_000_000, outputMicros: 15_000_000, cacheReadMicros: 300_000, cacheWriteMicros: 3_750_000 };

test("cached tokens cost what the row says, reasoning is not added to the output again", () => {
  assert.equal(priceUsage(usage, price), 3000 + 2700 + 1875 + 3000);
});

test("where no cache price is known the input price counts", () => {
  assert.equal(priceUsage(usage, { inputMicros: 1_000_000, outputMicros: 0 }), 10_500);
});

test("a meter adds charges, and the gauge shows the newest request", () => {
  const meter = emptyMeter();
  const charge = { usage, costMicros: 10, contextWindow: 200_000, provider: "p", model: "m" };
  addCharge(meter, charge);
  addCharge(meter, { ...charge, usage: { ...usage, input: 0, cacheRead: 100, isEstimated: true }, costMicros: 5 });
  assert.deepEqual(meter, {
    inputTokens: 11_100,
    outputTokens: 400,
    costMicros: 15,
    contextTokens: 800,
    contextWindow: 200_000,
    isEstimated: true,
    requests: 2,
  });
});

test("a model without a known price shows no cost instead of none", () => {
  const meter = emptyMeter();
  addCharge(meter, { usage, costMicros: null, contextWindow: null, provider: "p", model: "m" });
  assert.equal(meter.costMicros, null);
});
