// Turns collected facts about providers and models into catalog rows. Pure: `.ci/catalog.mjs` and `user-catalog.ts` write the files.

import { z } from "zod";
import type { Model, Price, Provider } from "../domain/profile.ts";
import { effortSchema, type Quirks, reasoningControlSchema } from "../domain/stream.ts";
import { authForWire } from "./auth.ts";

const modelFactSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  context: z.number().nullable(),
  output: z.number().nullable().optional(),
  input: z.array(z.string()),
  reasoning: reasoningControlSchema,
  efforts: z.array(effortSchema).nullable().optional(),
  effort: effortSchema.nullable().optional(),
  /** US dollars for one million tokens; other keys (audio, reasoning) have no place in our price. */
  usd_per_mtok: z.record(z.string(), z.number()).nullable().optional(),
  status: z.string().optional(),
});

const providerFactSchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  base_url: z.string(),
  wire_api: z.enum(["responses", "chat", "messages"]),
  env: z.array(z.string()),
  models: z.array(modelFactSchema),
});

export const factsSchema = z.object({ as_of: z.string(), providers: z.array(providerFactSchema) });
export type Facts = z.infer<typeof factsSchema>;
type ProviderFact = z.infer<typeof providerFactSchema>;
type ModelFact = z.infer<typeof modelFactSchema>;

/** A provider row as bundled: its models lie in the second file. */
export type ProviderRow = Omit<Provider, "models">;

export interface CatalogData {
  readonly providers: ProviderRow[];
  /** Provider id → its models, in picker order. */
  readonly models: Record<string, Model[]>;
}

const localIds: readonly string[] = ["ollama", "lmstudio"];

/** Oddities by provider, as Open Interpreter 0.0.39 and 0.0.40 (2026-08-19) treat them; not tried with the providers. */
const quirksById: Readonly<Record<string, Quirks>> = {
  groq: {
    dropFields: [
      "prompt_cache_key",
      "thinking",
      "parallel_tool_calls",
      "response_format",
      "reasoning_effort",
      "service_tier",
      "store",
      "verbosity",
      "reasoning_content",
    ],
    maxTokensCap: 32_768,
  },
  deepseek: { sendsReasoningBack: true },
  moonshotai: { sendsReasoningBack: true },
  "moonshotai-cn": { sendsReasoningBack: true },
  "kimi-for-coding": { sendsReasoningBack: true },
  ollama: { noEncryptedReasoning: true },
  lmstudio: { noEncryptedReasoning: true },
};

const demoModel: Model = {
  id: "scripted",
  name: "Scripted demo",
  contextWindow: 32_000,
  maxOutput: 8_000,
  input: ["text"],
  reasoning: "none",
  price: { inputMicros: 0, outputMicros: 0 },
};

const demoRow: ProviderRow = {
  id: "demo",
  name: "Demo (scripted, no AI)",
  wire: "demo",
  baseUrl: "",
  auth: { type: "none" },
  env: [],
  isLocal: true,
  quirks: {},
};

/** The rows in the order of the facts; the demo, which no fact knows, comes last. */
export function generateCatalog(facts: Facts): CatalogData {
  const users = new Map<string, number>();
  for (const fact of facts.providers) for (const name of fact.env) users.set(name, (users.get(name) ?? 0) + 1);
  const providers = facts.providers.map((fact) => rowOf(fact, users));
  const models: Record<string, Model[]> = {};
  for (const fact of facts.providers) models[fact.id] = fact.models.map(modelOf);
  return { providers: [...providers, demoRow], models: { ...models, demo: [demoModel] } };
}

function rowOf(fact: ProviderFact, users: ReadonlyMap<string, number>): ProviderRow {
  const isLocal = localIds.includes(fact.id);
  return {
    id: fact.id,
    name: fact.name,
    wire: fact.wire_api,
    baseUrl: normalBaseUrl(fact.base_url, fact.wire_api),
    auth: isLocal ? { type: "none" } : authForWire(fact.wire_api),
    // A name that only this provider knows says more than one that several share.
    env: fact.env.toSorted((a, b) => (users.get(a) ?? 0) - (users.get(b) ?? 0)),
    isLocal,
    quirks: quirksOf(fact.id),
  };
}

export function quirksOf(id: string): Quirks {
  return Object.hasOwn(quirksById, id) ? (quirksById[id] ?? {}) : {};
}

/**
 * A base to which a wire adds its path: no slash at the end, no path of the request itself (Bailing's row has one), and for
 * `messages` no `/v1`, which that wire adds (the rows of MiniMax and FreeModel would become /v1/v1).
 */
export function normalBaseUrl(baseUrl: string, wire: ProviderFact["wire_api"]): string {
  const bare = baseUrl.replace(/\/+$/, "").replace(/\/chat\/completions$/, "");
  return wire === "messages" ? bare.replace(/\/v1$/, "") : bare;
}

function modelOf(fact: ModelFact): Model {
  const takesImages = fact.input.includes("image");
  return {
    id: fact.id,
    name: fact.name,
    contextWindow: positiveOrNull(fact.context),
    maxOutput: positiveOrNull(fact.output ?? null),
    input: takesImages ? ["text", "image"] : ["text"],
    reasoning: fact.reasoning,
    ...(fact.efforts && fact.efforts.length > 0 ? { efforts: fact.efforts } : {}),
    ...(fact.effort && fact.reasoning === "effort" ? { defaultEffort: fact.effort } : {}),
    price: priceOf(fact.usd_per_mtok ?? {}),
    ...(fact.status === "deprecated" ? { priority: 900 } : {}),
  };
}

function positiveOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value >= 1 ? Math.floor(value) : null;
}

function priceOf(usd: Readonly<Record<string, number>>): Price | null {
  const inputMicros = toMicros(usd["input"]);
  const outputMicros = toMicros(usd["output"]);
  if (inputMicros === null || outputMicros === null) return null;
  const cacheReadMicros = toMicros(usd["cache_read"]);
  const cacheWriteMicros = toMicros(usd["cache_write"]);
  return {
    inputMicros,
    outputMicros,
    ...(cacheReadMicros === null ? {} : { cacheReadMicros }),
    ...(cacheWriteMicros === null ? {} : { cacheWriteMicros }),
  };
}

function toMicros(usd: number | undefined): number | null {
  return usd === undefined || !Number.isFinite(usd) || usd < 0 ? null : Math.round(usd * 1_000_000);
}
