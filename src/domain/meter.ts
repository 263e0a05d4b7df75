// What an agent has used. Pure sums; integers only; each figure says whether it is estimated.

import { z } from "zod";
import type { Price } from "./profile.ts";
import { type Usage, usageSchema } from "./stream.ts";

export const meterSchema = z.object({
  /** Tokens sent so far, cached ones included. */
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  /** Micro-dollars; null while no priced request was made and at least one unpriced was. */
  costMicros: z.int().nonnegative().nullable(),
  /** Tokens that the newest request and its reply filled; the numerator of the context gauge. */
  contextTokens: z.int().nonnegative(),
  contextWindow: z.int().positive().nullable(),
  isEstimated: z.boolean(),
  requests: z.int().nonnegative(),
});
export type Meter = z.infer<typeof meterSchema>;

/** One finished request as it enters the meter and the ledger. `costMicros` is null where no price is known. */
export const chargeSchema = z.object({
  usage: usageSchema,
  costMicros: z.int().nonnegative().nullable(),
  contextWindow: z.int().positive().nullable(),
  provider: z.string(),
  model: z.string(),
  /** Where the request was not the conversation itself but asked for a summary of it: what the conversation fills after it. */
  contextTokens: z.int().nonnegative().optional(),
});
export type Charge = z.infer<typeof chargeSchema>;

export function emptyMeter(): Meter {
  return {
    inputTokens: 0,
    outputTokens: 0,
    costMicros: 0,
    contextTokens: 0,
    contextWindow: null,
    isEstimated: false,
    requests: 0,
  };
}

/** Micro-dollars of one request, rounded up; cached tokens fall back to the input price where none is given. */
export function priceUsage(usage: Usage, price: Price): number {
  const perMillion =
    usage.input * price.inputMicros +
    usage.cacheRead * (price.cacheReadMicros ?? price.inputMicros) +
    usage.cacheWrite * (price.cacheWriteMicros ?? price.inputMicros) +
    usage.output * price.outputMicros;
  return Math.ceil(perMillion / 1_000_000);
}

/** Adds a charge in place. */
export function addCharge(meter: Meter, charge: Charge): void {
  const { usage } = charge;
  const sent = usage.input + usage.cacheRead + usage.cacheWrite;
  meter.inputTokens += sent;
  meter.outputTokens += usage.output;
  if (charge.costMicros !== null) meter.costMicros = (meter.costMicros ?? 0) + charge.costMicros;
  else if (meter.costMicros === 0) meter.costMicros = null;
  meter.contextTokens = charge.contextTokens ?? sent + usage.output;
  meter.contextWindow = charge.contextWindow;
  meter.isEstimated ||= usage.isEstimated;
  meter.requests += 1;
}
