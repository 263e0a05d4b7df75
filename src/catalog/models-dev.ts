// From models.dev's `api.json` and Moonshot's live list to collected facts: what can be used here, and nothing that is made up.

import { z } from "zod";
import type { Model } from "../domain/profile.ts";
import type { CatalogData, Facts } from "./generate.ts";
import type { Overrides } from "./overrides.ts";

type ProviderFact = Facts["providers"][number];
type ModelFact = ProviderFact["models"][number];

const modelSchema = z.object({
  id: z.string().min(1).max(256),
  name: z.string().max(256).optional(),
  tool_call: z.boolean().optional(),
  reasoning: z.boolean().optional(),
  release_date: z.string().optional(),
  status: z.string().optional(),
  modalities: z.object({ input: z.array(z.string()).optional(), output: z.array(z.string()).optional() }).optional(),
  limit: z.object({ context: z.number().optional(), output: z.number().optional() }).optional(),
  /** Beside numbers: tiers and other shapes that our price has no place for. */
  cost: z.record(z.string(), z.unknown()).optional(),
});
type DevModel = z.infer<typeof modelSchema>;

const providerSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  name: z.string().min(1).max(128),
  npm: z.string().optional(),
  api: z.string().optional(),
  env: z.array(z.string()).optional(),
  models: z.record(z.string(), modelSchema),
});
type DevProvider = z.infer<typeof providerSchema>;

const apiSchema = z.record(z.string(), providerSchema);
const liveSchema = z.object({
  data: z.array(
    z.object({
      id: z.string().min(1).max(256),
      context_length: z.number().optional(),
      supports_image_in: z.boolean().optional(),
    }),
  ),
});

export type Collected = { readonly ok: true; readonly facts: Facts } | { readonly ok: false; readonly problem: string };

/**
 * `known` is the catalog so far: it tells the order, and what models.dev has no word for (how reasoning is steered). A provider
 * whose shape is wrong fails the whole, for it would look like one that vanished.
 */
export function collectFacts(api: unknown, moonshot: unknown, known: CatalogData, rules: Overrides, asOf: string): Collected {
  const parsed = apiSchema.safeParse(api);
  if (!parsed.success) return { ok: false, problem: `models.dev: ${shapeProblem(parsed.error)}` };
  const live = liveSchema.safeParse(moonshot);
  if (!live.success) return { ok: false, problem: `Moonshot's list: ${shapeProblem(live.error)}` };
  if (live.data.data.length === 0) return { ok: false, problem: "Moonshot's list is empty" };
  const made = Object.values(parsed.data).flatMap((provider) => providerFact(provider, known, rules) ?? []);
  if (made.length === 0) return { ok: false, problem: "models.dev: no provider in it can be used here" };
  const order = new Map(known.providers.map((row, at) => [row.id, at]));
  const place = (id: string): number => order.get(id) ?? order.size;
  const providers = made
    .map((fact) => (fact.id === "moonshotai" ? { ...fact, models: withLive(fact.models, live.data.data, known, rules) } : fact))
    .toSorted((a, b) => place(a.id) - place(b.id) || (a.name < b.name ? -1 : 1));
  return { ok: true, facts: { as_of: asOf, providers } };
}

function shapeProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "the whole" : issue.path.map(String).join(".");
  return `its shape is not the one that is known: ${where}: ${issue?.message ?? "wrong"}`;
}

/** Null for one that cannot be used here. */
function providerFact(provider: DevProvider, known: CatalogData, rules: Overrides): ProviderFact | null {
  const { id, npm = "" } = provider;
  const isSupported = rules.supportedPackages.includes(npm) || rules.includedProviders.includes(id);
  if (rules.excludedProviders.includes(id) || !isSupported) return null;
  const own = rules.providers[id];
  const row = known.providers.find((each) => each.id === id);
  const baseUrl = own?.baseUrl ?? provider.api ?? row?.baseUrl ?? "";
  if (!isUsableUrl(baseUrl)) return null;
  const kept = Object.values(provider.models).filter(isUsableModel);
  if (kept.length === 0) return null;
  const before = known.models[id] ?? [];
  const place = (model: DevModel): number => before.findIndex((each) => each.id === model.id);
  return {
    id,
    name: cleanName(provider.name),
    base_url: baseUrl,
    wire_api: own?.wire ?? (rules.messagesPackages.includes(npm) ? "messages" : "chat"),
    env: own?.env ?? keyNames(provider.env ?? [], row?.env),
    // New ones first, the newest before the others; then those that are known, in their order.
    models: kept
      .toSorted((a, b) => place(a) - place(b) || (b.release_date ?? "").localeCompare(a.release_date ?? ""))
      .map((model) => modelFact(model, before, rules.models[id]?.[model.id])),
  };
}

/** Over https, whole, and on no machine of the user's own. */
function isUsableUrl(baseUrl: string): boolean {
  if (baseUrl.includes("${") || !URL.canParse(baseUrl)) return false;
  const { protocol, hostname, username, password } = new URL(baseUrl);
  const isLocal = /^(localhost|127\.|0\.0\.0\.0|\[::1?\])/.test(hostname);
  return protocol === "https:" && !isLocal && username === "" && password === "";
}

function isUsableModel(model: DevModel): boolean {
  const output = model.modalities?.output ?? [];
  return model.tool_call === true && (output.length === 0 || output.includes("text"));
}

/** Some of the variables that a provider names are no keys (an account's number): only what is called like a key is taken. */
function keyNames(env: readonly string[], before: readonly string[] | undefined): string[] {
  const names = env.filter((name) => /^[A-Za-z0-9_]{1,128}$/.test(name));
  if (before?.some((name) => names.includes(name)) === true) return [...before];
  const keys = names.filter((name) => /(KEY|TOKEN|PAT|SECRET)$/i.test(name));
  return keys.length > 0 ? keys : names.slice(0, 1);
}

function modelFact(model: DevModel, before: readonly Model[], own: Overrides["models"][string][string] | undefined): ModelFact {
  const known = before.find((each) => each.id === model.id);
  const usd = Object.entries(model.cost ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return {
    id: model.id,
    name: cleanName(model.name ?? model.id),
    context: model.limit?.context ?? known?.contextWindow ?? null,
    output: model.limit?.output ?? known?.maxOutput ?? null,
    input: model.modalities?.input ?? known?.input ?? ["text"],
    ...steering(model.reasoning, known, own),
    usd_per_mtok: Object.fromEntries(usd),
    ...(model.status === undefined ? {} : { status: model.status }),
  };
}

/** A boolean says that a model reasons, not how that is steered: levels come from the overrides or from what was known before. */
function steering(
  reasons: boolean | undefined,
  known: Model | undefined,
  own: Overrides["models"][string][string] | undefined,
): Pick<ModelFact, "reasoning" | "efforts" | "effort"> {
  if (own?.reasoning !== undefined) {
    const isEffort = own.reasoning === "effort";
    return { reasoning: own.reasoning, efforts: isEffort ? own.efforts : undefined, effort: isEffort ? own.effort : undefined };
  }
  if (reasons === false || known === undefined) return { reasoning: "none" };
  return { reasoning: known.reasoning, efforts: known.efforts, effort: known.defaultEffort };
}

function withLive(
  models: readonly ModelFact[],
  live: readonly z.infer<typeof liveSchema>["data"][number][],
  known: CatalogData,
  rules: Overrides,
): ModelFact[] {
  const before = known.models["moonshotai"] ?? [];
  const filled = models.map((model) => ({
    ...model,
    context: model.context ?? live.find(({ id }) => id === model.id)?.context_length ?? null,
  }));
  const added = live
    .filter(({ id }) => !models.some((model) => model.id === id))
    .map(({ id, context_length, supports_image_in }): ModelFact => {
      const own = before.find((each) => each.id === id);
      const input = supports_image_in === true ? ["text", "image"] : (own?.input ?? ["text"]);
      const name = own?.name ?? titleOf(id);
      return {
        id,
        name,
        context: context_length ?? own?.contextWindow ?? null,
        input,
        ...steering(undefined, own, rules.models["moonshotai"]?.[id]),
      };
    });
  return [...filled, ...added];
}

/** `moonshot-v1-8k` → `Moonshot V1 8K`. */
function titleOf(id: string): string {
  return cleanName(id.replaceAll("-", " ").replace(/(^|\s)([a-z])|(\d)k\b/g, (part) => part.toUpperCase()));
}

/** One line, with nothing that a terminal would obey. */
function cleanName(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim() || "?";
}
