// The profiles port: files of two folders, `provider/model`, bare model names, the default pair, and what can be had at once.

import { type Model, namesModel, type ProfileSettings } from "../domain/profile.ts";
import type { AnswerValue } from "../domain/protocol.ts";
import type { Profiles } from "../engine/ports.ts";
import { originOf } from "../net/origin.ts";
import type { Config } from "./config.ts";
import { isLocalId, type LocalServer } from "./local-servers.ts";
import { type Built, buildProfile } from "./profile-build.ts";
import { type FoundProfile, openProfileFolder, readProfileFile } from "./profile-files.ts";
import { fileRows, localRows, makeOffers, recentRows } from "./profile-lists.ts";
import { adhocDraft, allRows, findDraft, findModel, isNamed, isProfilePath, pairOf, problemsOf, resolveDraft } from "./profile-names.ts";
import { byPreference, chooseFast, choosePair, type Remembered } from "./profile-pair.ts";
import { type FoundDraft, withSettings } from "./profile-settings.ts";
import {
  type CatalogView,
  type ChooseHarness,
  type HarnessesFor,
  modelsOfProvider,
  type ProfileWorld,
  seedModels,
} from "./profile-world.ts";
import { providerRows } from "./provider-rows.ts";

export interface ProfilesOptions {
  readonly bundledDir: string;
  readonly userDir: string;
  /** Read at each use, so that a changed config.toml counts at once. */
  readonly config: () => { readonly config: Config; readonly problems: readonly string[] };
  /** The bundled catalog, its models loaded. */
  readonly catalog: CatalogView;
  readonly chooseHarness: ChooseHarness;
  readonly harnessesFor: HarnessesFor;
  readonly env: () => Readonly<Record<string, string | undefined>>;
  readonly hasVaultKey: (id: string, origin: string) => boolean;
  readonly probeLocal: () => Promise<readonly LocalServer[]>;
  /** What the user set from inside the program; config.toml wins. */
  readonly remembered?: () => Remembered;
}

const nothingRemembered: Remembered = { defaultPair: null, defaultProfile: null, recent: [] };

/** One profile, whether it can be used or not. */
export type Described = Omit<Extract<AnswerValue, { type: "profile" }>, "type">;

export interface HostProfiles extends Profiles {
  describe(name: string): Described;
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

export function createProfiles(options: ProfilesOptions): HostProfiles {
  const providerAt = (origin: string): string | null =>
    options.catalog.listProviders().find((row) => row.wire !== "demo" && originOf(row.baseUrl) === origin)?.id ?? null;
  const bundled = openProfileFolder(options.bundledDir, "bundled");
  const user = openProfileFolder(options.userDir, "user", providerAt);
  let local: readonly LocalServer[] = [];
  const listed = new Map<string, readonly Model[]>();

  const worldNow = (): ProfileWorld => ({
    catalog: options.catalog,
    chooseHarness: options.chooseHarness,
    harnessesFor: options.harnessesFor,
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
  const remembered = (): Remembered => options.remembered?.() ?? nothingRemembered;
  const namesNow = (name: string | undefined) => {
    const { profiles } = found();
    const path = name?.trim() ?? "";
    return {
      profiles: isProfilePath(path) ? [readProfileFile(path, providerAt), ...profiles] : profiles,
      defaultName: () => choosePair(profiles, worldNow(), remembered()).pair[0],
    };
  };
  const lookAround = async (): Promise<void> => {
    local = await options.probeLocal().catch(() => local);
  };

  const defaultProblem = (): string | null => {
    const { problem, isAnother } = choosePair(found().profiles, worldNow(), remembered());
    return isAnother ? problem : null;
  };

  return {
    resolve(name, active, settings) {
      const world = worldNow();
      return resolveDraft(draftFor(name, active?.provider ?? null, settings, namesNow(name), world), world);
    },
    examine(name, settings) {
      const world = worldNow();
      const result = examined(draftFor(name, null, settings, namesNow(name), world), world);
      // What is said over the default means that one, not what stands in for it.
      const problem = name === undefined && !namesModel(settings) ? defaultProblem() : null;
      return problem === null ? result : { ...result, problem, candidates: [], file: null };
    },
    describe(name) {
      const world = worldNow();
      const draft = draftFor(name, null, undefined, namesNow(name), world);
      const file = namesNow(name).profiles.find((each) => isNamed(each, name.trim()));
      const parsed = file?.parsed();
      const left = parsed?.ok === true ? [...(parsed.foreign?.left ?? [])] : [];
      const place = { file: file?.path ?? null, left };
      if (!draft.ok) return { ...place, profile: null, problem: draft.problem, notice: null };
      const { profile, problem, notice } = buildProfile(draft.draft, world);
      return { ...place, profile, problem, notice };
    },
    defaultPair: () => choosePair(found().profiles, worldNow(), remembered()).pair,
    defaultProblem,
    fastHalf: () => chooseFast(found().profiles, worldNow(), remembered()),
    rows() {
      const { profiles, problems } = found();
      const world = worldNow();
      const broken = profiles.flatMap((profile) => problemsOf(profile.parsed()));
      const { problem } = choosePair(profiles, world, remembered());
      const named = [...fileRows(profiles, world), ...localRows(world)];
      return {
        rows: [...named, ...recentRows(remembered().recent, named, world)],
        problems: [...options.config().problems, ...problems, ...broken, ...(problem === null ? [] : [problem])],
      };
    },
    models: (provider) => [...modelsOfProvider(worldNow(), provider)],
    providers: () => providerRows(byPreference(allRows(worldNow()), worldNow()), worldNow()),
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

// With flags over it --------------------------------------------------------------------------------------------------

/** A name alone, or what flags make of it; without a name they stand over the default profile. */
function draftFor(
  name: string | undefined,
  active: string | null,
  settings: ProfileSettings | undefined,
  { profiles, defaultName }: { readonly profiles: readonly FoundProfile[]; readonly defaultName: () => string },
  world: ProfileWorld,
): FoundDraft {
  const named = name === undefined ? null : findDraft(name, active, profiles, world);
  if (named?.ok === false || (named !== null && settings === undefined)) return named;
  const byDefault = (): FoundDraft => findDraft(defaultName(), null, profiles, world);
  return withSettings({
    named: named?.draft ?? null,
    byDefault,
    settings: settings ?? {},
    findModel: (model, provider) => findModel(model, provider ?? active, profiles, world),
    pairOf: (provider) => pairOf(provider, world),
    adhoc: (provider, model) => adhocDraft(provider, model, world),
    rows: () => allRows(world),
    world,
  });
}

function examined(found: FoundDraft, world: ProfileWorld): ReturnType<Profiles["examine"]> {
  const built = found.ok ? buildProfile(found.draft, world) : null;
  return {
    type: "profile.resolve",
    problem: found.ok ? (built?.problem ?? null) : found.problem,
    candidates: found.ok ? [] : [...found.candidates],
    file: found.ok ? found.draft.file : null,
    providerName: built?.providerName ?? "",
    modelName: built?.profile?.modelName ?? "",
    isLocal: built?.profile?.isLocal ?? false,
  };
}
