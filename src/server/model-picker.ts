// The models of one provider, in two passes: its own list where it can be asked, over the catalog's rows.

import type { Model, Profile } from "../domain/profile.ts";
import type { ReadConfig } from "../host/config.ts";
import { createModelLists } from "../host/model-lists.ts";
import { mergeModels } from "../host/model-match.ts";
import { providerHeaders } from "../host/model-provider.ts";
import type { HostProfiles } from "../host/profiles.ts";
import type { Door } from "../net/door.ts";
import { fetchWithCredential } from "./credentials-fetch.ts";
import type { OpenCredential } from "./credentials-open.ts";

export interface ListedModels {
  readonly rows: Model[];
  /** Why the provider's own list is not among them, in one line; null: it is, or there is none to ask for. */
  readonly problem: string | null;
}

export interface ModelPickerOptions {
  readonly door: Door;
  readonly open: OpenCredential;
  readonly profiles: HostProfiles;
  readonly config: () => ReadConfig;
  readonly env: () => Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
}

/** Never rejects. */
export type ListModels = (provider: string, isOffline: boolean) => Promise<ListedModels>;

export function createModelPicker(options: ModelPickerOptions): ListModels {
  const { profiles } = options;
  const lists = createModelLists(options.nowMs);

  return async (provider, isOffline) => {
    const known = (problem: string | null): ListedModels => ({ rows: profiles.models(provider), problem });
    const { profile, problem } = profiles.target(provider);
    if (profile === null || problem !== null) return known(problem);
    if (profile.wire === "demo") return known(null);
    if (profile.isLocal && profiles.isLocalServer(provider)) {
      await profiles.lookAround();
      return known(profiles.target(provider).warning);
    }
    // Bedrock's address serves no list of models: Open Interpreter 0.0.39 holds its names in the program, and so does the catalog.
    if (profile.credential === "aws") return known(null);
    if (isOffline && !profile.isLocal) return known("offline: the provider is not asked; what the catalog knows is shown");
    const query = { ...profile, isOffline };
    const opened = await options.open(query, null);
    if (!opened.ok) return known(opened.problem);
    const settings = options.config().config.modelProviders[provider];
    const passage = {
      origin: profile.origin,
      headers: { ...profile.auth.headers, ...(settings === undefined ? {} : providerHeaders(settings, options.env())) },
      isOffline,
      isNamedByUser: settings !== undefined,
    };
    const fetch = fetchWithCredential({ door: options.door, passage, query, open: options.open, opened });
    const key = [provider, profile.baseUrl, profile.credential].join(" ");
    const list = await lists.list({ key, name: profile.providerName, url: listUrl(profile, settings?.queryParams ?? {}), fetch });
    if (list.models !== null) profiles.noteModels(provider, mergeModels(list.models, profiles.seedModels(provider)));
    return known(list.problem);
  };
}

function listUrl(profile: Profile, queryParams: Readonly<Record<string, string>>): string {
  const base = profile.baseUrl.replace(/\/+$/, "");
  const url = new URL(profile.wire === "messages" ? `${base.replace(/\/v1$/, "")}/v1/models` : `${base}/models`);
  // Anthropic answers in pages; one of these holds all.
  if (profile.wire === "messages") url.searchParams.set("limit", "1000");
  for (const [name, value] of Object.entries(queryParams)) url.searchParams.set(name, value);
  return url.href;
}
