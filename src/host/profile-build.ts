// From a profile as written to one that a turn can use: its provider's row, its model, its credential, and what stands in the way.

import { isIP } from "node:net";
import type { WireName } from "../domain/item.ts";
import type { Auth, Credential, HarnessName, Model, Profile, ProfileFile, Provider } from "../domain/profile.ts";
import { isLoopbackHost, isLoopbackOrigin, isPrivateAddress, originOf } from "../net/origin.ts";
import type { Config } from "./config.ts";
import { isCloudModel, isLocalId, type LocalServer, localBaseUrl, speaksResponses } from "./local-servers.ts";
import { nearest } from "./settings-problem.ts";

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

export interface ProfileWorld {
  readonly catalog: CatalogView;
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hasVaultKey: (id: string, origin: string) => boolean;
  readonly chooseHarness: ChooseHarness;
  /** What the last probe found; empty before the first. */
  readonly local: readonly LocalServer[];
}

export interface Built {
  readonly id: string;
  readonly providerName: string;
  readonly model: Model | null;
  /** Null where not even an address is known. */
  readonly profile: Profile | null;
  /** Why it cannot be used, and what to do; null where it can. */
  readonly problem: string | null;
  /** A guess of the last probe, for the list only: a server may have been started since. */
  readonly warning: string | null;
  readonly notice: string | null;
}

export interface Draft {
  readonly id: string;
  readonly from: Profile["from"];
  readonly file: ProfileFile;
}

export function findRow(world: ProfileWorld, id: string): ProviderRow | undefined {
  const own = world.config.modelProviders[id];
  if (own === undefined || !Object.hasOwn(world.config.modelProviders, id)) return world.catalog.findProvider(id);
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

/** The catalog's models, and what a local server was found to hold. */
export function modelsOfProvider(world: ProfileWorld, id: string): readonly Model[] {
  return world.local.find((server) => server.provider === id)?.models ?? world.catalog.modelsOf(id);
}

export function buildProfile(draft: Draft, world: ProfileWorld): Built {
  const { file, id } = draft;
  const row = findRow(world, file.provider) ?? looseRow(file, world);
  const failed = (problem: string, providerName = row?.name ?? file.provider): Built => {
    return {
      id,
      providerName,
      model: null,
      profile: null,
      problem: `profile "${id}": ${problem}`,
      warning: null,
      notice: null,
    };
  };
  if (row === undefined) return failed(unknownProvider(file.provider, world));
  // Signing and regions come with a later issue; an address with a hole in it can go nowhere.
  if (row.baseUrl.includes("{") && file.base_url === undefined) return failed(`${row.name} is not usable yet; choose another provider`);

  const server = world.local.find((each) => each.provider === row.id);
  const ownUrl = isLocalId(row.id) ? localBaseUrl(row.id, world.env) : row.baseUrl;
  const baseUrl = (file.base_url ?? ownUrl).replace(/\/+$/, "");
  const origin = row.wire === "demo" ? "" : originOf(baseUrl);
  if (origin === null) return failed(`base_url is "${baseUrl}"; allowed: an http or https address`);
  const isForeign = origin !== (row.wire === "demo" ? "" : originOf(ownUrl));
  const model = modelsOfProvider(world, row.id).find((each) => each.id === file.model) ?? null;
  const wire = wireOf(file, row, server);
  const isLocal = row.wire === "demo" || (isLoopbackOrigin(origin) && !(row.id === "ollama" && isCloudModel(file.model)));
  const credential = chooseCredential(file, row, origin, isForeign, world);
  const profile: Profile = {
    id,
    provider: row.id,
    providerName: row.name,
    wire,
    baseUrl,
    origin,
    auth: row.auth,
    credential: credential.credential,
    model: file.model,
    modelName: model?.name ?? file.model,
    harness: file.harness ?? world.chooseHarness({ wire, provider: { id: row.id, name: row.name, baseUrl }, model: file.model }),
    pair: file.pair ?? null,
    effort: file.reasoning_effort ?? null,
    reasoning: model?.reasoning ?? (file.reasoning_effort === undefined ? "none" : "effort"),
    contextWindow: file.context_window ?? model?.contextWindow ?? null,
    maxTokens: file.max_tokens ?? null,
    temperature: file.temperature ?? null,
    takesImages: model?.input.includes("image") ?? false,
    // What another address asks for a model of the same name is not known.
    price: isForeign
      ? isLocal
        ? { inputMicros: 0, outputMicros: 0 }
        : null
      : (model?.price ?? (isLocal ? { inputMicros: 0, outputMicros: 0 } : null)),
    tools: file.tools ?? ["interpreter", "editor"],
    autoRun: file.auto_run ?? false,
    maxBudgetMicros: file.max_budget === undefined ? null : Math.max(1, Math.round(file.max_budget * 1_000_000)),
    isOffline: file.offline ?? false,
    isLocal,
    quirks: row.quirks,
    from: draft.from,
  };
  const problem = placeProblem(profile) ?? credential.problem;
  return {
    id,
    providerName: row.name,
    model,
    profile,
    problem: problem === null ? null : `profile "${id}": ${problem}`,
    warning: server === undefined || isForeign ? null : localWarning(server, file.model),
    notice: noticeOf(profile, model),
  };
}

/** A provider that no table knows can still be used by its address alone. */
function looseRow(file: ProfileFile, world: ProfileWorld): ProviderRow | undefined {
  if (file.base_url === undefined) return undefined;
  const wire = file.wire_api ?? "responses";
  return {
    id: file.provider,
    name: file.provider,
    wire,
    baseUrl: file.base_url,
    auth: world.catalog.authForWire(wire),
    env: [],
    isLocal: false,
    quirks: {},
  };
}

function unknownProvider(id: string, world: ProfileWorld): string {
  if (id === "custom") {
    return "no address is set; add [model_providers.custom] with base_url to config.toml, or copy the profile into your own profiles folder and set base_url there";
  }
  const known = [...Object.keys(world.config.modelProviders), ...world.catalog.listProviders().map((row) => row.id)];
  const meant = nearest(id, known);
  return `provider "${id}" is not known${meant === null ? "" : ` (did you mean "${meant}"?)`}; interpane providers lists those that are, [model_providers.${id}] in config.toml or a base_url adds one`;
}

function wireOf(file: ProfileFile, row: ProviderRow, server: LocalServer | undefined): WireName {
  if (row.wire === "demo") return "demo";
  if (file.wire_api !== undefined) return file.wire_api;
  return server?.isAnswering === true && !speaksResponses(server) ? "chat" : row.wire;
}

interface Chosen {
  readonly credential: Credential;
  readonly problem: string | null;
}

/** A key of the row's goes to the row's own origin only; another address needs a credential of its own. */
function chooseCredential(file: ProfileFile, row: ProviderRow, origin: string, isForeign: boolean, world: ProfileWorld): Chosen {
  if (row.wire === "demo") return { credential: "none", problem: null };
  if (file.credential !== undefined) return { credential: file.credential, problem: credentialProblem(file.credential, origin, world) };
  const fromVault: Chosen | null = world.hasVaultKey(row.id, origin) ? { credential: `vault:${row.id}`, problem: null } : null;
  if (isForeign) {
    if (fromVault !== null) return fromVault;
    if (isLoopbackOrigin(origin) || row.auth.type === "none") return { credential: "none", problem: null };
    const keys = row.env.length === 0 ? "no key" : `${row.env[0]} is not sent there by itself, and no other key`;
    return {
      credential: "none",
      problem: `its base_url is ${origin}, so ${keys} is known for it; name one in the profile (credential: env:NAME, or none), or run: interpane vault add ${row.id}`,
    };
  }
  const name = row.env.find((each) => isSet(world.env, each));
  if (name !== undefined) return { credential: `env:${name}`, problem: null };
  if (fromVault !== null) return fromVault;
  // A provider of the user's own that names no key wants none.
  if (row.auth.type === "none" || row.env.length === 0) return { credential: "none", problem: null };
  const own = world.config.modelProviders[row.id];
  const instructions = own?.envKeyInstructions == null ? "" : ` (${own.envKeyInstructions})`;
  const unset = row.env.length === 1 ? `${row.env[0]} is not set` : `none of ${row.env.join(", ")} is set`;
  return {
    credential: `env:${row.env[0] ?? ""}`,
    problem: `${unset}${instructions} and the vault has no key for ${origin}; run: interpane vault add ${row.id}`,
  };
}

function credentialProblem(credential: Credential, origin: string, world: ProfileWorld): string | null {
  const [kind, value = ""] = credential.split(/:(.*)/s);
  if (kind === "env" && !isSet(world.env, value)) return `${value} is not set; set it before starting, or use credential: vault:ID`;
  if (kind === "vault" && !world.hasVaultKey(value, origin))
    return `the vault has no key "${value}" for ${origin}; run: interpane vault add ${value}`;
  if (kind === "command") return "credential: command cannot be used yet; use env:NAME or vault:ID";
  return null;
}

export function isSet(env: Readonly<Record<string, string | undefined>>, name: string): boolean {
  return (env[name] ?? "").trim() !== "";
}

/** What the address itself forbids. */
function placeProblem(profile: Profile): string | null {
  if (profile.wire === "demo") return null;
  if (profile.isOffline && !profile.isLocal) {
    const where = isLoopbackOrigin(profile.origin) ? `${profile.model} runs in Ollama's cloud` : `${profile.origin} is not on this machine`;
    return `it says offline: true, but ${where}; choose a local provider or take offline out`;
  }
  const url = new URL(profile.origin);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.protocol === "http:" && !isLoopbackHost(host) && isIP(host) !== 0 && !isPrivateAddress(host)) {
    return `base_url is plain http to ${host}, which is neither this machine nor a private address; use https`;
  }
  return null;
}

function localWarning(server: LocalServer, model: string): string | null {
  const where = new URL(server.baseUrl).host;
  if (!server.isAnswering) {
    return `${server.name} does not answer on ${where}; start it${server.provider === "ollama" ? ": ollama serve" : ", and its server: lms server start"}`;
  }
  if (server.models.some((each) => each.id === model) || isCloudModel(model)) return null;
  const other = server.models[0] === undefined ? "" : `, or use ${server.provider}/${server.models[0].id}`;
  return `${server.name} does not have ${model}; run: ${server.provider === "ollama" ? "ollama pull" : "lms get"} ${model}${other}`;
}

function noticeOf(profile: Profile, model: Model | null): string | null {
  if (isLoopbackOrigin(profile.origin) && !profile.isLocal)
    return `${profile.model} runs in Ollama's cloud: what you send leaves this machine`;
  if (model === null && !profile.isLocal) {
    return `the catalog does not know ${profile.model} of ${profile.providerName}: ${profile.contextWindow === null ? "context window and price are" : "its price is"} unknown`;
  }
  const efforts = model?.efforts;
  if (profile.effort !== null && efforts !== undefined && !efforts.includes(profile.effort)) {
    return `reasoning_effort is ${profile.effort}, but ${profile.modelName} is known to take ${efforts.join(", ")}`;
  }
  return null;
}
