// Lookup in the bundled rows. Providers are read at once (they are few); models when first asked for.

import type { Model } from "../domain/profile.ts";
import type { CatalogData, ProviderRow } from "./generate.ts";
import providersData from "./providers.data.json" with { type: "json" };

// JSON widens literals to strings; test/catalog checks every row against the domain's schemas.
const bundled = providersData.providers as unknown as readonly ProviderRow[];
let providers = bundled;
let byId = new Map(providers.map((row) => [row.id, row]));
/** Not from models.dev: they stay whatever a newer catalog says. */
const builtIn: ReadonlySet<string> = new Set(["openai", "amazon-bedrock", "ollama", "lmstudio", "demo"]);

let modelsById: Readonly<Record<string, readonly Model[]>> | null = null;
let loading: Promise<void> | null = null;

let asOf: string = providersData.asOf;

/** When the facts were collected, in words. */
export function catalogAsOf(): string {
  return asOf;
}

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

/**
 * Takes another catalog in place of the bundled one; the rows of what is built in stay, their models may be newer ones.
 * `loadModels()` must have resolved. Once, at the start of a process.
 */
export function adoptCatalog(other: CatalogData & { readonly asOf: string }): void {
  const own = bundled.filter((row) => builtIn.has(row.id));
  const first = own.filter((row) => row.id !== "demo");
  const last = own.filter((row) => row.id === "demo");
  providers = [...first, ...other.providers.filter((row) => !builtIn.has(row.id)), ...last];
  byId = new Map(providers.map((row) => [row.id, row]));
  const kept = Object.fromEntries(own.map((row) => [row.id, modelsOf(row.id)]));
  modelsById = { ...kept, ...other.models, demo: kept["demo"] ?? [] };
  asOf = other.asOf;
}

/** All of it, as the generator takes it for what is known. */
export function wholeCatalog(): CatalogData {
  return { providers: [...providers], models: Object.fromEntries(providers.map((row) => [row.id, [...modelsOf(row.id)]])) };
}

export function findModel(provider: string, id: string): Model | undefined {
  return modelsOf(provider).find((model) => model.id === id);
}

/** Environment names that several rows know: such a key may belong to any of them, so none takes it by itself. */
export function providersOfEnv(name: string): readonly ProviderRow[] {
  return providers.filter((row) => row.env.includes(name));
}
