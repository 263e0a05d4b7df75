// Which model of a provider is a good fast one and a good smart one, as data: for offers and a pair made on the spot.

import type { Model } from "../domain/profile.ts";

/**
 * Known picks; every id stands in the catalog (test/catalog). A judgement made from
 * the catalog as of 2026-08-19; no model was tried.
 */
const picks: Readonly<Record<string, { readonly fast: string; readonly smart: string }>> = {
  openai: { fast: "gpt-5.4-mini", smart: "gpt-5.5" },
  anthropic: { fast: "claude-haiku-4-5", smart: "claude-opus-4-7" },
  openrouter: { fast: "anthropic/claude-haiku-4.5", smart: "anthropic/claude-opus-4.7" },
  google: { fast: "gemini-3.5-flash", smart: "gemini-3.1-pro-preview" },
  deepseek: { fast: "deepseek-v4-flash", smart: "deepseek-v4-pro" },
  groq: { fast: "openai/gpt-oss-20b", smart: "openai/gpt-oss-120b" },
  moonshotai: { fast: "kimi-k2.5", smart: "kimi-k2.6" },
  "moonshotai-cn": { fast: "kimi-k2.5", smart: "kimi-k2.6" },
  zai: { fast: "glm-4.7-flash", smart: "glm-5.1" },
  nvidia: { fast: "deepseek-ai/deepseek-v4-flash", smart: "moonshotai/kimi-k2.6" },
  demo: { fast: "scripted", smart: "scripted" },
};

/** Families in order of preference, for providers without a pick of their own. */
const smartFamilies: readonly RegExp[] = [
  /claude-sonnet-4[.-][5-9]$/i,
  /gpt-5\.[4-9]$/i,
  /gemini-3.*pro/i,
  /kimi-k2[.p]?[5-9]/i,
  /glm-5/i,
  /deepseek-v4-pro/i,
  /minimax-m2\.7$/i,
  /qwen3\.[5-9]-plus/i,
  /qwen3-coder/i,
  /deepseek-v3\.[12]/i,
  /gpt-oss[:-]120b/i,
  /glm-4\.[67]$/i,
];
const fastFamilies: readonly RegExp[] = [
  /claude-haiku-4[.-]5$/i,
  /gpt-5\.4-mini$/i,
  /gemini-3.*flash/i,
  /deepseek-v4-flash/i,
  /glm-4\.\d-(air|flash)/i,
  /minimax-m2/i,
  /qwen3-coder.*(flash|30b|next)/i,
  /gpt-oss[:-]20b/i,
  /gpt-oss[:-]120b/i,
  /kimi-k2/i,
  /glm-/i,
];

/**
 * Environment names that mostly serve something else (git hosting, downloads, droplets, experiment logs): a key under one of
 * them is offered, never used unasked.
 */
const generalNames: readonly string[] = [
  "GITHUB_TOKEN",
  "HF_TOKEN",
  "DIGITALOCEAN_ACCESS_TOKEN",
  "WANDB_API_KEY",
  "AWS_BEARER_TOKEN_BEDROCK",
  "CLARIFAI_PAT",
];

export function isGeneralName(name: string): boolean {
  return generalNames.includes(name);
}

/** Providers whose keys are looked at first when a pair is made from what there is. */
export const preferredProviders: readonly string[] = ["openai", "anthropic", "openrouter", "google"];

/** Fast and smart out of `models`; null where there is no model at all. */
export function preferredPair(provider: string, models: readonly Model[]): { fast: string; smart: string } | null {
  const pick = picks[provider];
  const has = (id: string): boolean => models.some((model) => model.id === id);
  if (pick !== undefined && has(pick.fast) && has(pick.smart)) return pick;
  const current = models.filter((model) => model.priority === undefined || model.priority < 900);
  const first = (current[0] ?? models[0])?.id;
  if (first === undefined) return null;
  const smart = firstOf(smartFamilies, current) ?? first;
  return { smart, fast: firstOf(fastFamilies, current) ?? smart };
}

function firstOf(families: readonly RegExp[], models: readonly Model[]): string | undefined {
  for (const family of families) {
    const found = models.find((model) => family.test(model.id));
    if (found !== undefined) return found.id;
  }
  return undefined;
}
