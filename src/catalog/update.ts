// A new catalog beside the one there is: made from what was fetched, and compared, so that nothing is lost or moved unseen.

import { type CatalogData, generateCatalog, type ProviderRow } from "./generate.ts";
import { collectFacts } from "./models-dev.ts";
import type { Overrides } from "./overrides.ts";

/** Present whatever the sources say; only models of theirs may come from there. */
const builtInIds: readonly string[] = ["openai", "amazon-bedrock", "ollama", "lmstudio"];

export interface Sources {
  /** models.dev's `api.json` and Moonshot's live list, parsed and not yet checked. */
  readonly api: unknown;
  readonly moonshot: unknown;
}

export interface CatalogFile extends CatalogData {
  /** When its facts were collected, in words. */
  readonly asOf: string;
}

export type Updated =
  | { readonly ok: true; readonly catalog: CatalogFile; readonly changes: Changes }
  | { readonly ok: false; readonly problem: string };

export function updateCatalog(sources: Sources, known: CatalogData, rules: Overrides, asOf: string): Updated {
  const collected = collectFacts(sources.api, sources.moonshot, known, rules, asOf);
  if (!collected.ok) return collected;
  const made = generateCatalog(collected.facts);
  const isBuiltIn = (row: ProviderRow): boolean => builtInIds.includes(row.id);
  const builtIn = known.providers.filter(isBuiltIn);
  const models = { ...made.models };
  for (const { id } of builtIn) models[id] ??= known.models[id] ?? [];
  const catalog = { asOf, providers: [...builtIn, ...made.providers.filter((row) => !isBuiltIn(row))], models };
  return { ok: true, catalog, changes: compareCatalogs(known, catalog) };
}

export interface Changes {
  /** What a user could miss: each needs a yes. */
  readonly losses: readonly string[];
  readonly gains: readonly string[];
}

const SHOWN = 5;

export function compareCatalogs(before: CatalogData, after: CatalogData): Changes {
  const losses: string[] = [];
  const gains: string[] = [];
  for (const row of before.providers) {
    const now = after.providers.find((each) => each.id === row.id);
    const old = (before.models[row.id] ?? []).map((model) => model.id);
    if (now === undefined) {
      losses.push(`${row.id}: vanished, with ${count(old.length)}`);
      continue;
    }
    // A moved address is where keys go from now on.
    if (now.baseUrl !== row.baseUrl) losses.push(`${row.id}: its address was ${row.baseUrl} and is now ${now.baseUrl}`);
    if (now.wire !== row.wire) losses.push(`${row.id}: its wire was ${row.wire} and is now ${now.wire}`);
    if (now.env.join() !== row.env.join()) losses.push(`${row.id}: its key came from ${list(row.env)} and comes from ${list(now.env)}`);
    const ids = new Set((after.models[row.id] ?? []).map((model) => model.id));
    const gone = old.filter((id) => !ids.has(id));
    if (gone.length > 0) losses.push(`${row.id}: ${old.length} → ${count(ids.size)}; gone: ${list(gone)}`);
    const added = [...ids].filter((id) => !old.includes(id));
    if (added.length > 0) gains.push(`${row.id}: new: ${list(added)}`);
  }
  for (const row of after.providers) {
    if (before.providers.some((each) => each.id === row.id)) continue;
    gains.push(`${row.id}: new, ${row.baseUrl}, with ${count(after.models[row.id]?.length ?? 0)}`);
  }
  return { losses, gains };
}

function count(models: number): string {
  return models === 1 ? "1 model" : `${models} models`;
}

function list(words: readonly string[]): string {
  if (words.length === 0) return "nothing";
  const shown = words.slice(0, SHOWN).join(", ");
  return words.length > SHOWN ? `${shown} and ${words.length - SHOWN} more` : shown;
}

/** One row a line: compact, and a change shows as the rows that changed. */
export function printCatalog({ asOf, providers, models }: CatalogFile): { providers: string; models: string } {
  const lists = Object.entries(models).map(([id, each]) => {
    const lines = each.map((model) => JSON.stringify(model)).join(",\n");
    return `${JSON.stringify(id)}:[${lines === "" ? "" : `\n${lines}\n`}]`;
  });
  return {
    providers: `{"asOf":${JSON.stringify(asOf)},"providers":[\n${providers.map((row) => JSON.stringify(row)).join(",\n")}\n]}\n`,
    models: `{\n${lists.join(",\n")}\n}\n`,
  };
}
