// The pair that new agents start on: what the user asked for, else what can be used at once.

import type { Config } from "./config.ts";
import { isLocalId } from "./local-servers.ts";
import type { FoundProfile } from "./profile-files.ts";
import { isUnmistakable } from "./profile-keys.ts";
import { adhoc, allRows, findDraft, pairOf, type Resolved, resolveDraft } from "./profile-names.ts";
import type { ProfileWorld, ProviderRow } from "./profile-world.ts";

/** Of `state.json`. */
export interface Remembered {
  readonly defaultPair: readonly [string, string] | null;
  readonly defaultProfile: string | null;
  /** Ids, newest first. */
  readonly recent: readonly string[];
}

/** Who says what new agents start on, in the words of a problem. */
interface Wish {
  readonly from: string;
  readonly names: readonly [string] | readonly [string, string];
}

/** The first that says something counts: config.toml, then what was set from inside; a profile comes before a pair. */
function wishOf(config: Config, remembered: Remembered): Wish | null {
  if (config.defaultProfile !== null) return { from: "config.toml: default_profile", names: [config.defaultProfile] };
  if (config.defaultPair !== null) return { from: "config.toml: default_pair", names: config.defaultPair };
  if (remembered.defaultProfile !== null)
    return { from: "the default that `interpane profile use` set", names: [remembered.defaultProfile] };
  if (remembered.defaultPair !== null) return { from: "the pair that `interpane profile pair` set", names: remembered.defaultPair };
  return null;
}

export interface ChosenPair {
  readonly pair: [string, string];
  /** About the user's wish; null: it is met. */
  readonly problem: string | null;
  /** New agents do not start on what was wished for. */
  readonly isAnother: boolean;
}

export function choosePair(profiles: readonly FoundProfile[], world: ProfileWorld, remembered: Remembered): ChosenPair {
  const use = (name: string): Resolved => resolveDraft(findDraft(name, null, profiles, world), world);
  const wish = wishOf(world.config, remembered);
  const problems: string[] = [];
  if (wish !== null && wish.names.length === 1) {
    const [name] = wish.names;
    const fast = use(name);
    if (fast.ok) {
      const other = fast.profile.pair;
      return { pair: [name, other !== null && use(other).ok ? other : name], problem: null, isAnother: false };
    }
    problems.push(`${wish.from} cannot be used: ${fast.problem}`);
  }
  // Where the one profile cannot be used, the pair stands behind it.
  const asked = wish?.names.length === 2 ? wish.names : (world.config.defaultPair ?? remembered.defaultPair);
  const [fast, smart] = asked ?? ["fast", "smart"];
  const tried = [use(fast), use(smart)] as const;
  if (wish?.names.length === 2) for (const each of tried) if (!each.ok) problems.push(`${wish.from} cannot be used whole: ${each.problem}`);
  const problem = problems[0] ?? null;
  if (tried[0].ok) return { pair: [fast, tried[1].ok ? smart : fast], problem, isAnother: wish?.names.length === 1 };
  const isAnother = wish !== null;
  if (tried[1].ok) return { pair: [smart, smart], problem, isAnother };
  return { pair: pairOfWhatThereIs(world) ?? ["demo", "demo"], problem, isAnother };
}

/**
 * For `--fast`: the default pair's fast half also where new agents start on its other one, or on a profile outside of it. What was set
 * and cannot be used is named all the same: whoever is asked then says why, and no other model answers in its place.
 */
export function chooseFast(profiles: readonly FoundProfile[], world: ProfileWorld, remembered: Remembered): string {
  const fast = (world.config.defaultPair ?? remembered.defaultPair)?.[0];
  if (fast !== undefined) return fast;
  const { pair, isAnother } = choosePair(profiles, world, remembered);
  const wished = wishOf(world.config, remembered)?.names[0];
  if (isAnother && wished !== undefined) return wished;
  const [first, second] = pair;
  // Without such a pair the two names that came with the program say it; else it is where new agents start.
  return second === "fast" ? second : first;
}

/** A key that can only be meant for one provider, or a local server that answered. */
function pairOfWhatThereIs(world: ProfileWorld): [string, string] | null {
  const usable = byPreference(allRows(world), world).filter((row) => row.wire !== "demo" && isUnmistakable(row, world));
  const running = allRows(world).filter((row) => isLocalId(row.id));
  for (const row of [...usable, ...running]) {
    const pick = pairOf(row.id, world);
    if (pick !== null && adhoc(row.id, pick.fast, world).problem === null) return [`${row.id}/${pick.fast}`, `${row.id}/${pick.smart}`];
  }
  return null;
}

export function byPreference(rows: readonly ProviderRow[], { catalog }: ProfileWorld): ProviderRow[] {
  const rank = (row: ProviderRow): number => {
    const at = catalog.preferredProviders.indexOf(row.id);
    return at < 0 ? catalog.preferredProviders.length : at;
  };
  return rows.toSorted((a, b) => rank(a) - rank(b));
}
