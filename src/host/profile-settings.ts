// What flags make of a profile: each wins over what the profile says, and what belonged to another provider or address goes.

import type { ProfileFile, ProfileSettings } from "../domain/profile.ts";
import { originOf } from "../net/origin.ts";
import type { Draft } from "./profile-build.ts";
import { findRow, type ProfileWorld, type ProviderRow } from "./profile-world.ts";

export type FoundDraft =
  | { readonly ok: true; readonly draft: Draft }
  /** `candidates`: what the words could mean, each as `provider/model`. */
  | { readonly ok: false; readonly problem: string; readonly candidates: readonly string[] };

export interface SettingsQuery {
  /** The profile that was named; null: none was. */
  readonly named: Draft | null;
  readonly byDefault: () => FoundDraft;
  readonly settings: ProfileSettings;
  /** `provider`: whose model it is rather than another's. */
  readonly findModel: (model: string, provider: string | null) => FoundDraft;
  readonly pairOf: (provider: string) => { readonly fast: string } | null;
  readonly adhoc: (provider: string, model: string) => Draft;
  readonly rows: () => readonly ProviderRow[];
  readonly world: ProfileWorld;
}

/** Whose models bare names mean to Open Interpreter's users, where only a key was given with them. */
const MAKERS: readonly string[] = ["openai", "anthropic"];

export function withSettings(query: SettingsQuery): FoundDraft {
  const placed = place(query);
  if (!placed.ok) return placed;
  const { provider, model, base_url: _, ...others } = query.settings;
  const { draft } = placed;
  return { ok: true, draft: { ...draft, file: { ...draft.file, ...given(others) } } };
}

/** Where the model runs, and which it is. */
function place(query: SettingsQuery): FoundDraft {
  const { settings, named, world } = query;
  const { provider, base_url: baseUrl } = settings;
  if (provider !== undefined && findRow(world, provider) === undefined && baseUrl === undefined) {
    // `buildProfile` says what is known, and what was most likely meant.
    return { ok: true, draft: query.adhoc(provider, settings.model ?? "any") };
  }
  if (baseUrl !== undefined) return atAddress(query, baseUrl);
  if (provider !== undefined) return atProvider(query, provider);
  if (settings.model !== undefined) return withModel(query, settings.model);
  return named === null ? query.byDefault() : { ok: true, draft: named };
}

function atProvider(query: SettingsQuery, provider: string): FoundDraft {
  const { settings, named } = query;
  const base = named?.file ?? null;
  const model = settings.model ?? (base?.provider === provider ? base.model : query.pairOf(provider)?.fast);
  if (model === undefined) return missing(`--provider ${provider} has no models that are known here; say which: --model MODEL`);
  return { ok: true, draft: moved(query, named, provider, model) };
}

/** An address that is a known provider's means that provider, with its key; any other is a provider of its own. */
function atAddress(query: SettingsQuery, baseUrl: string): FoundDraft {
  const { settings, named } = query;
  const known = settings.provider ?? query.rows().find((row) => row.wire !== "demo" && isSameAddress(row.baseUrl, baseUrl))?.id;
  const host = hostOf(baseUrl);
  const provider = known ?? named?.file.provider ?? host;
  const model = settings.model ?? named?.file.model;
  if (model === undefined) return missing(`--api_base ${baseUrl} needs a model: --model MODEL, or a --profile that names one`);
  const draft = moved(query, named, provider, model);
  if (known !== undefined && settings.provider === undefined) return { ok: true, draft };
  // A key stays with the address that it was given for.
  const { credential, base_url: before, ...file } = draft.file;
  const stays = before !== undefined && originOf(before) === originOf(baseUrl) && credential !== undefined ? { credential } : {};
  const wire: ProfileFile["wire_api"] = host === "api.anthropic.com" ? "messages" : "responses";
  const isOwn = known === undefined && named === null;
  return {
    ok: true,
    draft: { ...draft, from: "user", file: { ...file, ...stays, base_url: baseUrl, ...(isOwn ? { wire_api: wire } : {}) } },
  };
}

/** As any name of a model (`profile-names.ts`), with the profile's provider for the active one; one that nobody knows is that provider's too. */
function withModel(query: SettingsQuery, model: string): FoundDraft {
  const { named, settings } = query;
  const own = named?.file.provider ?? providerByDefault(query);
  const found = query.findModel(model, own);
  if (found.ok) return { ok: true, draft: moved(query, named, found.draft.file.provider, found.draft.file.model) };
  if (named !== null) return { ok: true, draft: moved(query, named, named.file.provider, model) };
  const maker = settings.credential === undefined ? undefined : MAKERS.find((id) => found.candidates.includes(`${id}/${model}`));
  const provider = maker ?? (found.candidates.length === 0 ? own : null);
  return provider === null ? found : { ok: true, draft: query.adhoc(provider, model) };
}

function providerByDefault(query: SettingsQuery): string | null {
  const found = query.byDefault();
  return found.ok && found.draft.file.provider !== "demo" ? found.draft.file.provider : null;
}

/** The profile with another model: of another provider, it keeps only what is not bound to the old one. */
function moved(query: SettingsQuery, named: Draft | null, provider: string, model: string): Draft {
  if (named === null) return query.adhoc(provider, model);
  const { file } = named;
  if (file.provider === provider && file.model === model) return named;
  const adhoc = query.adhoc(provider, model);
  const { harness: _, context_window: _1, pair: _2, ...sameProvider } = file;
  const { base_url: _3, wire_api: _4, credential: _5, ...anyProvider } = sameProvider;
  return { ...adhoc, file: { ...(file.provider === provider ? sameProvider : anyProvider), ...adhoc.file } };
}

function missing(problem: string): FoundDraft {
  return { ok: false, problem, candidates: [] };
}

function isSameAddress(one: string, other: string): boolean {
  const plain = (url: string): string => url.replace(/\/+$/, "").replace(/\/v1$/, "").toLowerCase();
  return plain(one) === plain(other);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** What is there: an undefined value would hide the profile's. */
function given<T extends object>(settings: T): T {
  const kept = { ...settings };
  for (const [key, value] of Object.entries(settings)) if (value === undefined) Reflect.deleteProperty(kept, key);
  return kept;
}
