// What profiles are made from: the catalog, config.toml, the environment, the vault and what providers were found to hold; and the row
// and the models of one provider among all that.

import { BEDROCK } from "../domain/aws.ts";
import type { WireName } from "../domain/item.ts";
import type { Auth, HarnessName, Model, Provider } from "../domain/profile.ts";
import type { Config } from "./config.ts";
import { janRow, type LocalServer } from "./local-servers.ts";
import { matchCatalog } from "./model-match.ts";
import type { ModelProvider } from "./model-provider.ts";

export type ProviderRow = Omit<Provider, "models">;

/** The catalog as this room sees it; the server hands in the bundled one. */
export interface CatalogView {
  listProviders(): readonly ProviderRow[];
  findProvider(id: string): ProviderRow | undefined;
  modelsOf(provider: string): readonly Model[];
  preferredPair(provider: string, models: readonly Model[]): { fast: string; smart: string } | null;
  readonly preferredProviders: readonly string[];
  /** An environment name that mostly serves something else than models. */
  isGeneralName(name: string): boolean;
  authForWire(wire: WireName): Auth;
}

/** Which tool dialect suits a model; the table stands in `harness`. */
export type ChooseHarness = (query: {
  wire: WireName;
  provider: { id: string; name: string; baseUrl: string };
  model: string;
  explicit?: HarnessName;
}) => HarnessName;

/** What may be named over a wire. */
export type HarnessesFor = (wire: WireName) => readonly HarnessName[];

export interface ProfileWorld {
  readonly catalog: CatalogView;
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hasVaultKey: (id: string, origin: string) => boolean;
  readonly chooseHarness: ChooseHarness;
  readonly harnessesFor: HarnessesFor;
  /** What the last probe found; empty before the first. */
  readonly local: readonly LocalServer[];
  /** What providers listed themselves, when they were last asked. */
  readonly listed: ReadonlyMap<string, readonly Model[]>;
}

export function findRow(world: ProfileWorld, id: string): ProviderRow | undefined {
  const own = ownTable(world, id);
  // Of Bedrock the table sets no more than where AWS's credentials begin.
  if (own === undefined || id === BEDROCK) return id === janRow.id ? janRow : world.catalog.findProvider(id);
  return {
    id,
    name: own.name,
    wire: own.wire,
    baseUrl: own.baseUrl,
    auth: world.catalog.authForWire(own.wire),
    env: own.envKey === null ? [] : [own.envKey],
    isLocal: false,
    quirks: world.catalog.findProvider(id)?.quirks ?? {},
  };
}

/** Its `[model_providers.<id>]` of config.toml. */
export function ownTable({ config }: ProfileWorld, id: string): ModelProvider | undefined {
  return Object.hasOwn(config.modelProviders, id) ? config.modelProviders[id] : undefined;
}

/** What a local server was found to hold, what the provider listed itself, else what the catalog knows. */
export function modelsOfProvider(world: ProfileWorld, id: string): readonly Model[] {
  return world.local.find((server) => server.provider === id)?.models ?? world.listed.get(id) ?? seedModels(world, id);
}

/** The catalog's rows for a provider, also for one of the user's own that the catalog knows under another id. */
export function seedModels(world: ProfileWorld, id: string): readonly Model[] {
  const own = ownTable(world, id);
  const row = own === undefined ? undefined : findRow(world, id);
  if (row === undefined) return world.catalog.modelsOf(id);
  const match = matchCatalog(row, world.catalog.listProviders());
  if (match === null) return [];
  const models = world.catalog.modelsOf(match.id);
  // What another place asks for a model of the same name is not known.
  return match.isSamePlace ? models : models.map((model) => ({ ...model, price: null }));
}

export function isSet(env: Readonly<Record<string, string | undefined>>, name: string): boolean {
  return (env[name] ?? "").trim() !== "";
}
