// Lookup in the bundled rows. Providers are read at once (they are few); a provider's models when first asked for.

import { readFile } from "node:fs/promises";
import type { Model } from "../domain/profile.ts";
import type { CatalogData, ProviderRow } from "./generate.ts";
import providersData from "./providers.data.json" with { type: "json" };

// JSON widens literals to strings; test/catalog checks every row against the domain's schemas.
const bundled = providersData.providers as unknown as readonly ProviderRow[];
let providers = bundled;
let byId = new Map(providers.map((row) => [row.id, row]));
/** Not from models.dev: they stay whatever a newer catalog says. */
const builtIn: ReadonlySet<string> = new Set(["openai", "amazon-bedrock", "ollama", "lmstudio", "demo"]);

/** By provider: its models, or the JSON of them, which nobody has asked for yet. */
let modelsById: Map<string, readonly Model[] | string> | null = null;
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
  loading ??= readFile(new URL("./models.data.json", import.meta.url), "utf8").then((text) => {
    modelsById = cutByProvider(text);
  });
  return loading;
}

/** The file has a line for each model, and one that names their provider before them (`printCatalog`): 3,000 models are not parsed for three. */
function cutByProvider(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  const end = text.lastIndexOf("}");
  let at = text.indexOf('\n"');
  while (at >= 0) {
    const next = text.indexOf('\n"', at + 1);
    const row = text.slice(at, next < 0 ? end : next);
    const colon = row.indexOf(":[");
    parts.set(JSON.parse(row.slice(0, colon)), row.slice(colon + 1).replace(/,?\s*$/, ""));
    at = next;
  }
  return parts;
}

/** A provider's models in picker order; empty for one that the catalog does not know. */
export function modelsOf(provider: string): readonly Model[] {
  if (modelsById === null) throw new Error("modelsOf() was called before loadModels() had resolved");
  const held = modelsById.get(provider) ?? [];
  if (typeof held !== "string") return held;
  // The file is our own: test/catalog checks every row.
  const models = JSON.parse(held) as readonly Model[];
  modelsById.set(provider, models);
  return models;
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
  const kept = new Map(own.map((row) => [row.id, modelsOf(row.id)]));
  modelsById = new Map([...kept, ...Object.entries(other.models), ["demo", kept.get("demo") ?? []]]);
  asOf = other.asOf;
}

/** All of it, as the generator takes it for what is known. */
export function wholeCatalog(): CatalogData {
  return { providers: [...providers], models: Object.fromEntries(providers.map((row) => [row.id, [...modelsOf(row.id)]])) };
}
