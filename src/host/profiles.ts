// The profiles port: files of two folders, `provider/model`, bare model names, the default pair, and what can be had at once.

import type { Model, Profile } from "../domain/profile.ts";
import type { Offer, ProfileRow } from "../domain/protocol.ts";
import type { Profiles } from "../engine/ports.ts";
import type { Config } from "./config.ts";
import { isLocalId, janRow, type LocalServer } from "./local-servers.ts";
import {
  type Built,
  buildProfile,
  type CatalogView,
  type ChooseHarness,
  findRow,
  isSet,
  modelsOfProvider,
  type ProfileWorld,
  type ProviderRow,
  seedModels,
} from "./profile-build.ts";
import { type FoundProfile, openProfileFolder, type ParsedProfile } from "./profile-files.ts";
import { nearest } from "./settings-problem.ts";

export interface ProfilesOptions {
  readonly bundledDir: string;
  readonly userDir: string;
  /** Read at each use, so that a changed config.toml counts at once. */
  readonly config: () => { readonly config: Config; readonly problems: readonly string[] };
  /** The bundled catalog, its models loaded. */
  readonly catalog: CatalogView;
  readonly chooseHarness: ChooseHarness;
  readonly env: () => Readonly<Record<string, string | undefined>>;
  readonly hasVaultKey: (id: string, origin: string) => boolean;
  readonly probeLocal: () => Promise<readonly LocalServer[]>;
}

export interface HostProfiles extends Profiles {
  /** Environment names that profiles and config.toml name, besides those of the catalog. */
  envNames(): string[];
  /** How a provider would be used, whatever the model: its address and credential, and what stands in the way. */
  target(provider: string): Pick<Built, "profile" | "problem" | "warning">;
  /** One that runs on this machine and is looked for there. */
  isLocalServer(provider: string): boolean;
  /** What the catalog alone knows of a provider's models. */
  seedModels(provider: string): readonly Model[];
  /** A provider's own list, for as long as this process lives. */
  noteModels(provider: string, models: readonly Model[]): void;
}

type Resolved = ReturnType<Profiles["resolve"]>;

export function createProfiles(options: ProfilesOptions): HostProfiles {
  const bundled = openProfileFolder(options.bundledDir, "bundled");
  const user = openProfileFolder(options.userDir, "user");
  let local: readonly LocalServer[] = [];
  const listed = new Map<string, readonly Model[]>();

  const worldNow = (): ProfileWorld => ({
    catalog: options.catalog,
    chooseHarness: options.chooseHarness,
    hasVaultKey: options.hasVaultKey,
    config: options.config().config,
    env: options.env(),
    local,
    listed,
  });
  /** The user's own hide bundled ones of the same name, also where they are wrong: a silent stand-in would surprise. */
  const found = (): { profiles: FoundProfile[]; problems: string[] } => {
    const own = user.read();
    const ours = bundled.read();
    const hidden = new Set(own.profiles.map((profile) => profile.id));
    return {
      profiles: [...own.profiles, ...ours.profiles.filter((profile) => !hidden.has(profile.id))],
      problems: [...own.problems, ...ours.problems],
    };
  };
  const lookAround = async (): Promise<void> => {
    local = await options.probeLocal().catch(() => local);
  };

  return {
    resolve: (name, active) => resolveName(name, active ?? null, found().profiles, worldNow()),
    defaultPair: () => choosePair(found().profiles, worldNow()).pair,
    rows() {
      const { profiles, problems } = found();
      const world = worldNow();
      const broken = profiles.flatMap((profile) => problemsOf(profile.parsed()));
      const { problem } = choosePair(profiles, world);
      return {
        rows: [...fileRows(profiles, world), ...localRows(world)],
        problems: [...options.config().problems, ...problems, ...broken, ...(problem === null ? [] : [problem])],
      };
    },
    models: (provider) => [...modelsOfProvider(worldNow(), provider)],
    async offers() {
      await lookAround();
      return makeOffers(worldNow());
    },
    lookAround,
    target(provider) {
      const world = worldNow();
      const model = modelsOfProvider(world, provider)[0]?.id ?? "any";
      return buildProfile({ id: provider, from: "adhoc", file: { provider, model } }, world);
    },
    isLocalServer: isLocalId,
    seedModels: (provider) => seedModels(worldNow(), provider),
    noteModels: (provider, models) => void listed.set(provider, models),
    envNames() {
      const named = found().profiles.flatMap((profile) => {
        const parsed = profile.parsed();
        return parsed.ok && parsed.file.credential?.startsWith("env:") ? [parsed.file.credential.slice("env:".length)] : [];
      });
      const own = Object.values(options.config().config.modelProviders);
      const configured = own.flatMap(({ envKey, envHttpHeaders }) => [
        ...(envKey === null ? [] : [envKey]),
        ...Object.values(envHttpHeaders),
      ]);
      return [...new Set([...named, ...configured])];
    },
  };
}

// Names ---------------------------------------------------------------------------------------------------------------

/** The design's order: a profile; `provider/model`; the active profile's provider; the only provider that has both model and key. */
function resolveName(name: string, active: Profile | null, profiles: readonly FoundProfile[], world: ProfileWorld): Resolved {
  const wanted = name.trim();
  const file = profiles.find((profile) => profile.id === wanted);
  if (file !== undefined) {
    const parsed = file.parsed();
    if (!parsed.ok) return { ok: false, problem: parsed.problems.join("\n") };
    return toResolved(buildProfile({ id: file.id, from: file.from, file: parsed.file }, world));
  }
  const knows = (provider: string, model: string): boolean => modelsOfProvider(world, provider).some((each) => each.id === model);
  const slash = wanted.indexOf("/");
  const provider = slash > 0 ? wanted.slice(0, slash) : "";
  const model = wanted.slice(slash + 1);
  const isProvider = provider !== "" && model !== "" && findRow(world, provider) !== undefined;
  // `anthropic/claude-opus-4.5` is also how OpenRouter names one: whoever knows exactly this model is meant.
  const isActives = active !== null && knows(active.provider, wanted);
  if (isProvider && (knows(provider, model) || !isActives)) return toResolved(adhoc(provider, model, world));
  if (active !== null && isActives) return toResolved(adhoc(active.provider, wanted, world));
  return resolveBare(wanted, profiles, world, active);
}

function resolveBare(model: string, profiles: readonly FoundProfile[], world: ProfileWorld, active: Profile | null): Resolved {
  const holders = allRows(world).filter((row) => modelsOfProvider(world, row.id).some((each) => each.id === model));
  const usable = holders.filter((row) => adhoc(row.id, model, world).problem === null && (isLocalId(row.id) || isUnmistakable(row, world)));
  const [only] = usable;
  if (only !== undefined && usable.length === 1) return toResolved(adhoc(only.id, model, world));
  const list = (rows: readonly ProviderRow[]): string => {
    const names = rows
      .slice(0, 8)
      .map((row) => `${row.id}/${model}`)
      .join(", ");
    return rows.length > 8 ? `${names} and ${rows.length - 8} more` : names;
  };
  if (usable.length > 1) return { ok: false, problem: `"${model}" is a model of several providers; write one of: ${list(usable)}` };
  if (holders.length > 0) {
    return {
      ok: false,
      problem: `"${model}" is a model of ${holders.length === 1 ? "a provider" : "providers"} without a key of its own; write one of: ${list(holders)}; a key is added by: interpane vault add PROVIDER`,
    };
  }
  const meant = nearest(
    model,
    profiles.map((profile) => profile.id),
  );
  const hint = meant === null ? "" : ` (did you mean "${meant}"?)`;
  const how = active === null ? "PROVIDER/MODEL" : `${active.provider}/${model}`;
  return {
    ok: false,
    problem: `"${model}" is no profile and no known model${hint}; to use it all the same, write ${how}`,
  };
}

function toResolved({ profile, problem, notice, id }: Built): Resolved {
  if (problem !== null || profile === null) return { ok: false, problem: problem ?? `profile "${id}" cannot be used` };
  return { ok: true, profile, ...(notice === null ? {} : { notice }) };
}

/** A profile made on the spot; the two picks of a provider are each other's pair. */
function adhoc(provider: string, model: string, world: ProfileWorld): Built {
  const pick = pairOf(provider, world);
  const other =
    pick === null || pick.fast === pick.smart ? undefined : model === pick.fast ? pick.smart : model === pick.smart ? pick.fast : undefined;
  const file = { provider, model, ...(other === undefined ? {} : { pair: `${provider}/${other}` }) };
  return buildProfile({ id: `${provider}/${model}`, from: "adhoc", file }, world);
}

function allRows(world: ProfileWorld): ProviderRow[] {
  const own = Object.keys(world.config.modelProviders);
  return [
    ...own,
    janRow.id,
    ...world.catalog
      .listProviders()
      .map((row) => row.id)
      .filter((id) => !own.includes(id)),
  ].flatMap((id) => findRow(world, id) ?? []);
}

// The default pair ------------------------------------------------------------------------------------------------------

function choosePair(profiles: readonly FoundProfile[], world: ProfileWorld): { pair: [string, string]; problem: string | null } {
  const { config } = world;
  const use = (name: string): Resolved => resolveName(name, null, profiles, world);
  const problems: string[] = [];
  if (config.defaultProfile !== null) {
    const fast = use(config.defaultProfile);
    if (fast.ok) {
      const other = fast.profile.pair;
      return {
        pair: [config.defaultProfile, other !== null && use(other).ok ? other : config.defaultProfile],
        problem: null,
      };
    }
    problems.push(`config.toml: default_profile cannot be used: ${fast.problem}`);
  }
  const [fast, smart] = config.defaultPair ?? ["fast", "smart"];
  const tried = [use(fast), use(smart)] as const;
  if (config.defaultPair !== null)
    for (const each of tried) if (!each.ok) problems.push(`config.toml: default_pair cannot be used whole: ${each.problem}`);
  const problem = problems[0] ?? null;
  if (tried[0].ok) return { pair: [fast, tried[1].ok ? smart : fast], problem };
  if (tried[1].ok) return { pair: [smart, smart], problem };
  return { pair: pairOfWhatThereIs(world) ?? ["demo", "demo"], problem };
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

function pairOf(provider: string, world: ProfileWorld): { fast: string; smart: string } | null {
  const server = world.local.find((each) => each.provider === provider);
  if (server === undefined) return world.catalog.preferredPair(provider, modelsOfProvider(world, provider));
  return server.fast === null || server.smart === null ? null : { fast: server.fast, smart: server.smart };
}

function byPreference(rows: readonly ProviderRow[], { catalog }: ProfileWorld): ProviderRow[] {
  const rank = (row: ProviderRow): number => {
    const at = catalog.preferredProviders.indexOf(row.id);
    return at < 0 ? catalog.preferredProviders.length : at;
  };
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

/** A key in the vault for it, or one in the environment under a name that no other provider uses and that says "model". */
function isUnmistakable(row: ProviderRow, world: ProfileWorld): boolean {
  return keyReasons(row, world).some((reason) => reason.isSure);
}

interface KeyReason {
  readonly text: string;
  readonly isSure: boolean;
}

function keyReasons(row: ProviderRow, world: ProfileWorld): KeyReason[] {
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

// Lists ---------------------------------------------------------------------------------------------------------------

function makeOffers(world: ProfileWorld): Offer[] {
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

function problemsOf(parsed: ParsedProfile): readonly string[] {
  return parsed.ok ? [] : parsed.problems;
}

function fileRows(profiles: readonly FoundProfile[], world: ProfileWorld): ProfileRow[] {
  return profiles.flatMap((profile) => {
    const parsed = profile.parsed();
    if (!parsed.ok) return [];
    const { file } = parsed;
    return [rowOf(buildProfile({ id: profile.id, from: profile.from, file }, world), file.provider, file.model, profile.from)];
  });
}

/** The models that local servers were found to hold. */
function localRows(world: ProfileWorld): ProfileRow[] {
  return world.local.flatMap((server) =>
    server.models.map((model: Model) => rowOf(adhoc(server.provider, model.id, world), server.provider, model.id, "adhoc")),
  );
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
