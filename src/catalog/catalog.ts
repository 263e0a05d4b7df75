// Lookup in the bundled rows. Providers are read at once (they are few); models when first asked for.

import type { Model } from "../domain/profile.ts";
import type { ProviderRow } from "./generate.ts";
import providersData from "./providers.data.json" with { type: "json" };

// JSON widens literals to strings; test/catalog checks every row against the domain's schemas.
const providers = providersData.providers as unknown as readonly ProviderRow[];
const byId = new Map(providers.map((row) => [row.id, row]));

let modelsById: Readonly<Record<string, readonly Model[]>> | null = null;
let loading: Promise<void> | null = null;

/** When the bundled facts were collected, in words. */
export const catalogAsOf: string = providersData.asOf;

/** All provider rows, in the catalog's order. */
export function listProviders(): readonly ProviderRow[] {
  return providers;
}

export function findProvider(id: string): ProviderRow | undefined {
  return byId.get(id);
}

/** Reads the models once; must have resolved before `modelsOf` and `modelCount` are called. */
export function loadModels(): Promise<void> {
  loading ??= import("./models.data.json", { with: { type: "json" } }).then((module) => {
    modelsById = module.default as unknown as Readonly<Record<string, readonly Model[]>>;
  });
  return loading;
}

/** A provider's models in picker order; empty for one that the catalog does not know. */
export function modelsOf(provider: string): readonly Model[] {
  if (modelsById === null) throw new Error("modelsOf() was called before loadModels() had resolved");
  return Object.hasOwn(modelsById, provider) ? (modelsById[provider] ?? []) : [];
}

export function findModel(provider: string, id: string): Model | undefined {
  return modelsOf(provider).find((model) => model.id === id);
}

/** Environment names that several rows know: such a key may belong to any of them, so none takes it by itself. */
export function providersOfEnv(name: string): readonly ProviderRow[] {
  return providers.filter((row) => row.env.includes(name));
}
