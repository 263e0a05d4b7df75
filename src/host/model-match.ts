// The second pass of the picker: which catalog rows stand beside a provider's own list, and how the two become one.

import type { Model, Provider } from "../domain/profile.ts";
import type { LiveModel } from "./model-shapes.ts";

type Row = Pick<Provider, "id" | "name" | "baseUrl" | "env">;

export interface CatalogMatch {
  readonly id: string;
  /** It is the same place, so what the catalog says of prices holds there too. */
  readonly isSamePlace: boolean;
}

/** By id, Anthropic's identity, address, name, environment name, in Open Interpreter's order (0.0.39); null: unknown. */
export function matchCatalog(row: Row, catalog: readonly Row[]): CatalogMatch | null {
  const byId = catalog.find((each) => each.id === row.id);
  const place = normalUrl(row.baseUrl);
  const isAt = (each: Row): boolean => normalUrl(each.baseUrl) === place;
  if (byId !== undefined) return { id: byId.id, isSamePlace: isAt(byId) };
  const isAnthropic = row.name.toLowerCase() === "anthropic" || /^api\.anthropic\.com(\/|$)/.test(place);
  if (isAnthropic && catalog.some((each) => each.id === "anthropic"))
    return { id: "anthropic", isSamePlace: place.startsWith("api.anthropic.com") };
  const byPlace = catalog.find(isAt);
  if (byPlace !== undefined) return { id: byPlace.id, isSamePlace: true };
  const name = row.name.toLowerCase();
  const found =
    catalog.find((each) => each.name.toLowerCase() === name) ?? catalog.find((each) => each.env.some((env) => row.env.includes(env)));
  return found === undefined ? null : { id: found.id, isSamePlace: false };
}

/** Without scheme, the slash at its end, and the version that one wire writes and another does not. */
function normalUrl(url: string): string {
  return url
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .replace(/\/v1$/, "");
}

/** Names of models that answer with no text: lists that tell no more than an id hold them too. */
const OTHER_KIND =
  /embed|whisper|\btts\b|dall-e|image|moderation|rerank|transcri|realtime|-audio|speech|sora|veo-|imagen|guard\b|babbage|davinci|\bocr\b/i;

/**
 * What the provider lists, filled from the catalog where it does not tell: known ones in the catalog's order, then new ones. Rows of
 * the catalog that it does not list come last: some lists are not whole.
 */
export function mergeModels(live: readonly LiveModel[], seed: readonly Model[]): Model[] {
  const known = new Map(seed.map((model) => [model.id, model]));
  const merged = live.flatMap((model) => {
    const before = known.get(model.id);
    // A model that the catalog lists is offered, whatever the list calls it.
    if (before === undefined && (model.isUnfit === true || OTHER_KIND.test(model.id))) return [];
    return [mergeModel(model, before)];
  });
  const order = new Map(seed.map((model, at) => [model.id, at]));
  const place = (model: Model): number => order.get(model.id) ?? order.size;
  const has = new Set(merged.map((model) => model.id));
  return [
    ...merged.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0) || place(a) - place(b)),
    ...seed.filter((model) => !has.has(model.id)),
  ];
}

function mergeModel(live: LiveModel, seed: Model | undefined): Model {
  const steering = live.reasoning === undefined ? seed : live;
  return {
    id: live.id,
    name: live.name ?? seed?.name ?? live.id,
    contextWindow: live.contextWindow ?? seed?.contextWindow ?? null,
    maxOutput: live.maxOutput ?? seed?.maxOutput ?? null,
    input: live.input ?? seed?.input ?? ["text"],
    reasoning: steering?.reasoning ?? "none",
    ...(steering?.efforts === undefined ? {} : { efforts: steering.efforts }),
    ...(steering?.defaultEffort === undefined ? {} : { defaultEffort: steering.defaultEffort }),
    price: live.price ?? seed?.price ?? null,
    ...priorityOf(live.priority ?? seed?.priority),
  };
}

function priorityOf(priority: number | undefined): Pick<Model, "priority"> {
  return priority === undefined ? {} : { priority };
}
