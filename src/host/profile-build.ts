// From a profile as written to one that a turn can use, and what stands in the way.

import { isIP } from "node:net";
import { BEDROCK } from "../domain/aws.ts";
import { refusesTemperature } from "../domain/claude-version.ts";
import { computerToolOf } from "../domain/computer-tool.ts";
import type { WireName } from "../domain/item.ts";
import type { Model, Profile, ProfileFile, ToolName } from "../domain/profile.ts";
import { isLoopbackHost, isLoopbackOrigin, isPrivateAddress, originOf } from "../net/origin.ts";
import { bedrockRegion } from "./aws-region.ts";
import { OLLAMA_LEAST_TOKENS } from "./local-details.ts";
import {
  isCloudModel,
  isLocalId,
  type LocalServer,
  localBaseUrl,
  localFetchHint,
  localStartHint,
  OLLAMA_RESPONSES_FROM,
  speaksResponses,
} from "./local-servers.ts";
import type { ModelProvider } from "./model-provider.ts";
import { chooseCredential } from "./profile-credential.ts";
import { findRow, modelsOfProvider, ownTable, type ProfileWorld, type ProviderRow } from "./profile-world.ts";
import { nearest } from "./settings-problem.ts";

/** What a draft comes to. */
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
  /** Worth knowing before it is used; it can be used all the same. */
  readonly notice: string | null;
}

/** A profile as it is written, or as flags and names come to. */
export interface Draft {
  readonly id: string;
  readonly from: Profile["from"];
  readonly file: ProfileFile;
  /** Of the file itself: what in it was left out. */
  readonly notice?: string;
}

/** Never throws: what stands in the way is said in `problem`. Looks at nothing but `draft` and `world`. */
export function buildProfile(draft: Draft, world: ProfileWorld): Built {
  const { file, id } = draft;
  const row = findRow(world, file.provider) ?? looseRow(file, world);
  const failed = (problem: string): Built => ({
    id,
    providerName: row?.name ?? file.provider,
    model: null,
    profile: null,
    problem: `profile "${id}": ${problem}`,
    warning: null,
    notice: null,
  });
  if (row === undefined) return failed(unknownProvider(file.provider, world));
  const place = placeOf(row, world);
  if (!place.ok && file.base_url === undefined) return failed(place.problem);

  const server = world.local.find((each) => each.provider === row.id);
  const ownUrl = place.ok ? place.baseUrl : row.baseUrl;
  const baseUrl = (file.base_url ?? ownUrl).replace(/\/+$/, "");
  const origin = row.wire === "demo" ? "" : originOf(baseUrl);
  if (origin === null) return failed(`base_url is "${baseUrl}"; allowed: an http or https address`);
  const isForeign = origin !== (row.wire === "demo" ? "" : originOf(ownUrl));
  const model = modelsOfProvider(world, row.id).find((each) => each.id === file.model) ?? null;
  const wire = wireOf(file, row, server);
  const isLocal = row.wire === "demo" || (isLoopbackOrigin(origin) && !(row.id === "ollama" && isCloudModel(file.model)));
  const credential = chooseCredential({ file, row, origin, isForeign, world });
  const tools = toolsOf(file);
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
    ...maxOutputOf(file, model?.contextWindow ?? null),
    temperature: file.temperature ?? null,
    // All models that can use a screen are shown it as images.
    takesImages: file.images ?? (model?.input.includes("image") || tools.includes("gui")),
    // What another address asks for a model of the same name is not known.
    price: (isForeign ? null : model?.price) ?? (isLocal ? { inputMicros: 0, outputMicros: 0 } : null),
    tools,
    ...shellOf(file, world),
    ...(file.custom_instructions === undefined ? {} : { instructions: file.custom_instructions }),
    autoRun: file.auto_run ?? false,
    maxBudgetMicros: file.max_budget === undefined ? null : Math.max(1, Math.round(file.max_budget * 1_000_000)),
    isOffline: file.offline ?? false,
    isLocal,
    quirks: row.quirks,
    ...retriesOf(ownTable(world, row.id)),
    from: draft.from,
  };
  const problem =
    sizeProblem(profile) ?? placeProblem(profile) ?? harnessProblem(file, wire, world) ?? screenProblem(profile) ?? credential.problem;
  return {
    id,
    providerName: row.name,
    model,
    profile,
    problem: problem === null ? null : `profile "${id}": ${problem}`,
    warning: server === undefined || isForeign ? null : localWarning(server, file.model),
    notice: draft.notice ?? noticeOf(profile, model) ?? (server === undefined || isForeign ? null : versionNotice(server)),
  };
}

function toolsOf({ tools = ["interpreter", "editor"], os }: ProfileFile): ToolName[] {
  return os === true && !tools.includes("gui") ? [...tools, "gui"] : tools;
}

function screenProblem({ tools, wire, model, harness, takesImages }: Profile): string | null {
  if (!tools.includes("gui")) return null;
  if (computerToolOf(wire, model) === null)
    return `${model} cannot use the screen, which --os, os: true and gui among its tools ask for; Claude models of Anthropic's own API can, such as --model anthropic/claude-opus-4-8`;
  if (harness === "minimal") return `harness "minimal" has no words for the screen; leave the harness out, or take os out`;
  return takesImages ? null : "it says images: false, and a screen is shown as images; take one of the two out";
}

function shellOf(file: ProfileFile, world: ProfileWorld): Pick<Profile, "shell"> {
  const shell = file.shell ?? world.config.shell;
  return shell === null ? {} : { shell };
}

function retriesOf(own: ModelProvider | undefined): Pick<Profile, "retries"> {
  return own === undefined ? {} : { retries: { request: own.requestMaxRetries, stream: own.streamMaxRetries } };
}

/** The provider's own address; Bedrock's has its region in it. */
function placeOf(row: ProviderRow, world: ProfileWorld): { ok: true; baseUrl: string } | { ok: false; problem: string } {
  if (isLocalId(row.id)) return { ok: true, baseUrl: localBaseUrl(row.id, world.env) };
  if (!row.baseUrl.includes("{")) return { ok: true, baseUrl: row.baseUrl };
  if (row.id !== BEDROCK) return { ok: false, problem: `${row.name} is not usable yet; choose another provider` };
  const region = bedrockRegion(ownTable(world, BEDROCK)?.aws ?? null, world.env);
  return region.ok ? { ok: true, baseUrl: row.baseUrl.replace("{region}", region.region) } : region;
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

/** A reply that fills the whole context leaves no room for a question. */
function sizeProblem({ contextWindow, maxTokens }: Profile): string | null {
  if (contextWindow === null || maxTokens === null || contextWindow > maxTokens) return null;
  return `max_tokens is ${maxTokens}, and its context_window is ${contextWindow}; the context_window must be the larger: a question has to fit in too`;
}

function harnessProblem({ harness }: ProfileFile, wire: WireName, world: ProfileWorld): string | null {
  const fitting = world.harnessesFor(wire);
  if (harness === undefined || fitting.includes(harness)) return null;
  return `harness "${harness}" does not go over ${wire}; allowed there: ${fitting.join(", ")}; name one of these, or leave it out`;
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
  if (!server.isAnswering) return `${server.name} does not answer on ${new URL(server.baseUrl).host}; ${localStartHint(server.provider)}`;
  if (server.models.some((each) => each.id === model) || isCloudModel(model)) return null;
  const other = server.models[0] === undefined ? "" : `, or use ${server.provider}/${server.models[0].id}`;
  return `${server.name} does not have ${model}; ${localFetchHint(server.provider, model)}${other}`;
}

/** An older Ollama has no Responses API: it is spoken to over chat, which keeps less of a model's reasoning. */
function versionNotice(server: LocalServer): string | null {
  if (!server.isAnswering || speaksResponses(server)) return null;
  return `${server.name} ${server.version ?? ""} is older than ${OLLAMA_RESPONSES_FROM}, so it is asked over its chat API; a newer one is better`;
}

function noticeOf(profile: Profile, model: Model | null): string | null {
  if (profile.origin.startsWith("http:") && !isLoopbackOrigin(profile.origin))
    return `${profile.origin} is plain http: whoever shares that network can read what is sent, the key too`;
  if (isLoopbackOrigin(profile.origin) && !profile.isLocal)
    return `${profile.model} runs in Ollama's cloud: what you send leaves this machine`;
  if (model === null && !profile.isLocal) {
    return `the catalog does not know ${profile.model} of ${profile.providerName}: ${profile.contextWindow === null ? "context window and price are" : "its price is"} unknown`;
  }
  const efforts = model?.efforts;
  if (profile.effort !== null && efforts !== undefined && !efforts.includes(profile.effort)) {
    return `reasoning_effort is ${profile.effort}, but ${profile.modelName} is known to take ${efforts.join(", ")}`;
  }
  if (profile.temperature !== null && refusesTemperature(profile.model))
    return `${profile.modelName} takes no temperature: ${profile.temperature} is left out of its requests; reasoning_effort is what it takes`;
  if (model?.isContextMost === true && profile.contextWindow === model.contextWindow) {
    return `${profile.model} could hold ${profile.contextWindow} tokens, but Ollama gives a model ${OLLAMA_LEAST_TOKENS} unless the GPU is large or it is told: OLLAMA_CONTEXT_LENGTH=64000 ollama serve; and set context_window in the profile to the same`;
  }
  return null;
}

/** A terminal hands over 16,000 characters at most: of a small window one command's output would fill more than there is. */
const OUTPUT = { least: 600, most: 16_000, charactersPerToken: 3, shareOfWindow: 4 };

function maxOutputOf(file: ProfileFile, known: number | null): { readonly maxOutput?: number } {
  if (file.max_output !== undefined) return { maxOutput: file.max_output };
  const window = file.context_window ?? known;
  if (window === null) return {};
  const maxOutput = Math.max(OUTPUT.least, Math.floor((window * OUTPUT.charactersPerToken) / OUTPUT.shareOfWindow));
  return maxOutput < OUTPUT.most ? { maxOutput } : {};
}
