// Whether a provider has a key that can only be meant for it, and where that lies.

import { buildProfile } from "./profile-build.ts";
import { isSet, type ProfileWorld, type ProviderRow } from "./profile-world.ts";

/** A key in the vault for it, or one in the environment under a name that no other provider uses and that says "model". */
export function isUnmistakable(row: ProviderRow, world: ProfileWorld): boolean {
  return keyReasons(row, world).some((reason) => reason.isSure);
}

export interface KeyReason {
  readonly text: string;
  readonly isSure: boolean;
}

export function keyReasons(row: ProviderRow, world: ProfileWorld): KeyReason[] {
  const built = buildProfile({ id: row.id, from: "adhoc", file: { provider: row.id, model: "any" } }, world);
  if (built.profile === null || built.problem !== null) return [];
  const { credential, origin } = built.profile;
  if (credential.startsWith("vault:")) return [{ text: `the vault has a key for ${origin}`, isSure: true }];
  if (!credential.startsWith("env:")) return [];
  const name = credential.slice("env:".length);
  if (!isSet(world.env, name)) return [];
  // A name in the user's own config.toml was given to that provider by the user.
  if (Object.hasOwn(world.config.modelProviders, row.id)) return [{ text: `${name} is set`, isSure: true }];
  const sharers = world.catalog.listProviders().filter((other) => other.id !== row.id && other.env.includes(name));
  if (sharers.length === 0) return [{ text: `${name} is set`, isSure: !world.catalog.isGeneralName(name) }];
  return [
    {
      text: `${name} is set; ${sharers.map((other) => other.name).join(", ")} ${sharers.length === 1 ? "uses" : "use"} that name too`,
      isSure: false,
    },
  ];
}
