// Profiles and models as rows to choose from, and what a new user is offered.

import type { Model } from "../domain/profile.ts";
import type { Offer, ProfileRow } from "../domain/protocol.ts";
import { isLocalId } from "./local-servers.ts";
import { type Built, buildProfile } from "./profile-build.ts";
import type { FoundProfile } from "./profile-files.ts";
import { keyReasons } from "./profile-keys.ts";
import { adhoc, allRows, pairOf } from "./profile-names.ts";
import { byPreference } from "./profile-pair.ts";
import { findRow, type ProfileWorld } from "./profile-world.ts";

export function makeOffers(world: ProfileWorld): Offer[] {
  const sure: Offer[] = [];
  const unsure: Offer[] = [];
  for (const row of byPreference(allRows(world), world)) {
    const pick = pairOf(row.id, world);
    if (pick === null || row.wire === "demo" || isLocalId(row.id)) continue;
    for (const reason of keyReasons(row, world).slice(0, 1)) {
      const { profile } = adhoc(row.id, pick.fast, world);
      if (profile === null) continue;
      const offer = {
        profile: profile.id,
        label: `${row.name} · ${profile.modelName}`,
        reason: reason.text,
        isLocal: profile.isLocal,
      };
      (reason.isSure ? sure : unsure).push(offer);
    }
  }
  return [...sure, ...localOffers(world), ...unsure];
}

function localOffers(world: ProfileWorld): Offer[] {
  return world.local.flatMap((server) => {
    if (!server.isAnswering || server.fast === null) return [];
    const count = server.models.length === 1 ? "1 model" : `${server.models.length} models`;
    const reason = `${server.name} answers on ${new URL(server.baseUrl).host} with ${count}`;
    return [{ profile: `${server.provider}/${server.fast}`, label: `${server.name} · ${server.fast}`, reason, isLocal: true }];
  });
}

export function fileRows(profiles: readonly FoundProfile[], world: ProfileWorld): ProfileRow[] {
  return profiles.flatMap((profile) => {
    const parsed = profile.parsed();
    if (!parsed.ok) return [];
    const { file } = parsed;
    return [rowOf(buildProfile({ id: profile.id, from: profile.from, file }, world), file.provider, file.model, profile.from)];
  });
}

/** The models that local servers were found to hold. */
export function localRows(world: ProfileWorld): ProfileRow[] {
  return world.local.flatMap((server) =>
    server.models.map((model: Model) => rowOf(adhoc(server.provider, model.id, world), server.provider, model.id, "adhoc")),
  );
}

/** Models without a file that were used lately: named by `provider/model`, and found nowhere else in the list. */
export function recentRows(recent: readonly string[], named: readonly ProfileRow[], world: ProfileWorld): ProfileRow[] {
  const known = new Set(named.map((row) => row.id));
  return recent.flatMap((id) => {
    const slash = id.indexOf("/");
    const [provider, model] = [id.slice(0, slash), id.slice(slash + 1)];
    if (known.has(id) || slash <= 0 || model === "" || findRow(world, provider) === undefined) return [];
    return [rowOf(adhoc(provider, model, world), provider, model, "adhoc")];
  });
}

function rowOf(built: Built, provider: string, model: string, from: ProfileRow["from"]): ProfileRow {
  const { profile } = built;
  return {
    id: built.id,
    provider,
    providerName: built.providerName,
    model,
    modelName: profile?.modelName ?? model,
    pair: profile?.pair ?? null,
    contextWindow: profile?.contextWindow ?? null,
    inputMicros: profile?.price?.inputMicros ?? null,
    outputMicros: profile?.price?.outputMicros ?? null,
    isLocal: profile?.isLocal ?? false,
    isDemo: profile?.wire === "demo",
    from,
    // The row says whose it is already.
    problem: (built.problem ?? built.warning)?.replace(`profile "${built.id}": `, "") ?? null,
  };
}
