// Every provider that can be named, with what keeps it from being used: the user's own, local servers, the catalog's.

import { BEDROCK } from "../domain/aws.ts";
import type { ProviderRow as Row } from "../domain/protocol.ts";
import { isLocalId } from "./local-servers.ts";
import { buildProfile } from "./profile-build.ts";
import { modelsOfProvider, type ProfileWorld, type ProviderRow } from "./profile-world.ts";

/** What can be used at once first, then the user's own, then in the order given. */
export function providerRows(rows: readonly ProviderRow[], world: ProfileWorld): Row[] {
  const made = rows.filter((row) => row.wire !== "demo").map((row) => providerRow(row, world));
  const rank = (row: Row): number => (row.problem === null ? 0 : row.isOwn ? 1 : 2);
  return made.toSorted((a, b) => rank(a) - rank(b));
}

function providerRow(row: ProviderRow, world: ProfileWorld): Row {
  const models = modelsOfProvider(world, row.id);
  const built = buildProfile({ id: row.id, from: "adhoc", file: { provider: row.id, model: models[0]?.id ?? "any" } }, world);
  const own = Object.hasOwn(world.config.modelProviders, row.id) ? world.config.modelProviders[row.id] : undefined;
  // Where the user's file says where the key comes from, the vault is not asked.
  const isSettled = own !== undefined && (own.envKey !== null || own.bearerToken !== null || own.auth !== null || own.requiresOpenaiAuth);
  const isLocal = isLocalId(row.id);
  return {
    id: row.id,
    name: row.name,
    models: models.length,
    isLocal,
    isOwn: own !== undefined,
    takesKey: !isLocal && row.id !== BEDROCK && row.auth.type === "header" && !isSettled,
    // A local server that did not answer a moment ago is told by the probe.
    problem: built.problem?.replace(/^profile "[^"]*": /, "") ?? (isLocal ? built.warning : null),
  };
}
