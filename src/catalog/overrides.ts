// What models.dev does not say, or says otherwise than is right here: overrides.json, checked.

import { z } from "zod";
import { effortSchema, reasoningControlSchema } from "../domain/stream.ts";
import overridesData from "./overrides.json" with { type: "json" };

const wireSchema = z.enum(["responses", "chat", "messages"]);

const overridesSchema = z.strictObject({
  /** AI SDK packages whose providers speak one of our wires. */
  supportedPackages: z.array(z.string()),
  /** Those of them that speak the Messages API; the others speak chat. */
  messagesPackages: z.array(z.string()),
  excludedProviders: z.array(z.string()),
  /** Taken whatever their package: they have an address that speaks one of our wires. */
  includedProviders: z.array(z.string()),
  providers: z.record(
    z.string(),
    z.strictObject({ baseUrl: z.url().optional(), wire: wireSchema.optional(), env: z.array(z.string()).optional() }),
  ),
  /** Provider → model → how its reasoning is steered. */
  models: z.record(
    z.string(),
    z.record(
      z.string(),
      z.strictObject({
        reasoning: reasoningControlSchema.optional(),
        efforts: z.array(effortSchema).optional(),
        effort: effortSchema.optional(),
      }),
    ),
  ),
  /** Providers whose own list of models is asked too, and which environment names may hold its key. */
  live: z.strictObject({ moonshotai: z.strictObject({ url: z.url(), env: z.array(z.string()).min(1) }) }),
});
export type Overrides = z.infer<typeof overridesSchema>;

export const overrides: Overrides = overridesSchema.parse(overridesData);
export const MODELS_DEV_URL = "https://models.dev/api.json";
