// The models port: replay, credential, door, wire and idle limit put together for one request.

import { findProvider } from "../catalog/catalog.ts";
import { demoModel } from "../demo/demo-model.ts";
import type { Auth, Profile } from "../domain/profile.ts";
import type { Failure, ModelEvent } from "../domain/stream.ts";
import type { Clock, ModelRequest, Models, Profiles } from "../engine/ports.ts";
import { sourceOf } from "../engine/turn.ts";
import { harnessOf } from "../harness/table.ts";
import { type ModelProvider, providerHeaders, type ReadConfig } from "../host/config.ts";
import type { Vault } from "../host/vault.ts";
import type { Door, Passage } from "../net/door.ts";
import { withIdleLimit } from "../net/idle.ts";
import { originOf } from "../net/origin.ts";
import { replay } from "../wire/replay.ts";
import type { Wire, WireRequest } from "../wire/wire.ts";
import { openCredential, type SecretSources } from "./credentials.ts";

/** The longest silence of a stream, ms; a local server may load a model before its first word. */
const IDLE_MS = 300_000;
const HEADERS_MS = { hosted: 60_000, local: 300_000 };
/** The Messages API wants an output limit with every request; this one suits every model of the catalog that does not say less. */
const MESSAGES_MAX_TOKENS = 32_000;
const KEY_TEST_MS = 10_000;

/** Where a provider says whether a key is good without spending anything, relative to its base URL; `/models` where not named. */
const KEY_TEST_PATHS: Readonly<Record<string, string>> = {
  // Its list of models is public (openrouter.ai/docs/api-reference/limits, read 2026-08).
  openrouter: "/key",
};

export interface ModelsOptions {
  readonly door: Door;
  readonly clock: Clock;
  readonly secrets: SecretSources;
  readonly vault: Pick<Vault, "add">;
  readonly profiles: Profiles;
  readonly config: () => ReadConfig;
}

export function createModels(options: ModelsOptions): Models {
  return {
    stream: (request, signal) => streamReply(options, request, signal),
    addCredential: (provider, secret, isUntested, isOffline) => addCredential(options, provider, secret, isUntested, isOffline),
  };
}

async function* streamReply(
  options: ModelsOptions,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void, undefined> {
  const { profile } = request;
  if (profile.wire === "demo") {
    yield* demoModel({ items: request.items, tools: request.tools, signal, sleep: (ms, by) => options.clock.sleep(ms, by) });
    return;
  }
  const secret = openCredential(profile.credential, profile.origin, options.secrets);
  if (!secret.ok) {
    yield failed({ kind: "auth", message: `profile "${profile.id}": ${secret.problem}`, isRetryable: false });
    return;
  }
  const wire = await wireOf(profile.wire);
  // Read here and not kept in the profile: headers and query of the user's own provider may be secrets, and profiles are journaled.
  const settings = options.config().config.modelProviders[profile.provider];
  const fetch = options.door.fetchFor(passageOf(profile, secret.secret, request.isOffline, settings, options.secrets.env()));
  const own = new AbortController();
  const events = wire(wireRequestOf(request, settings), fetch, AbortSignal.any([signal, own.signal]));
  yield* withIdleLimit(events, settings?.streamIdleTimeoutMs ?? IDLE_MS, () => own.abort());
}

function failed(failure: Failure): ModelEvent {
  return { type: "failed", failure };
}

/** Each wire brings its SDK; loaded when first used. */
async function wireOf(name: "responses" | "chat" | "messages"): Promise<Wire> {
  switch (name) {
    case "responses":
      return (await import("../wire/responses.ts")).responses;
    case "chat":
      return (await import("../wire/chat.ts")).chat;
    case "messages":
      return (await import("../wire/messages.ts")).messages;
    default:
      return name satisfies never;
  }
}

function wireRequestOf(request: ModelRequest, settings: ModelProvider | undefined): WireRequest {
  const { profile, instructions, tools } = request;
  const harness = harnessOf(profile.harness);
  const messages = replay(request.items, { ...sourceOf(profile), takesImages: profile.takesImages }, (call) =>
    harness.speak(call.action, { name: call.name, arguments: call.arguments }),
  );
  const maxTokens = profile.maxTokens ?? (profile.wire === "messages" ? MESSAGES_MAX_TOKENS : null);
  return {
    baseUrl: profile.baseUrl,
    model: profile.model,
    instructions,
    messages,
    tools,
    cacheKey: request.session,
    reasoning: profile.reasoning,
    quirks: profile.quirks,
    ...(settings === undefined ? {} : { query: settings.queryParams }),
    ...(profile.effort === null ? {} : { effort: profile.effort }),
    ...(maxTokens === null ? {} : { maxTokens }),
    ...(profile.temperature === null ? {} : { temperature: profile.temperature }),
  };
}

function passageOf(
  profile: Profile,
  secret: string | null,
  isOffline: boolean,
  settings: ModelProvider | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Passage {
  return {
    origin: profile.origin,
    auth: authHeader(profile.auth, secret),
    headers: { ...profile.auth.headers, ...(settings === undefined ? {} : providerHeaders(settings, env)) },
    isOffline,
    isNamedByUser: settings !== undefined || profile.from === "user",
    headersMs: profile.isLocal ? HEADERS_MS.local : HEADERS_MS.hosted,
  };
}

function authHeader(auth: Auth, secret: string | null): Passage["auth"] {
  if (secret === null || auth.type === "none" || auth.header === undefined) return null;
  return { header: auth.header, value: `${auth.prefix ?? ""}${secret}` };
}

type Added = Awaited<ReturnType<Models["addCredential"]>>;

/** A key is kept only when its provider takes it, or when the user says so. */
async function addCredential(
  options: ModelsOptions,
  provider: string,
  secret: string,
  isUntested: boolean,
  isOffline: boolean,
): Promise<Added> {
  const row = findProvider(provider);
  if (row === undefined) return { ok: false, reason: `no provider "${provider}"; interpane providers lists them` };
  const origin = originOf(row.baseUrl);
  if (origin === null || row.auth.type === "none") return { ok: false, reason: `${row.name} takes no key` };
  const key = secret.trim();
  if (!isUntested) {
    const refused = await testKey(options.door, row, origin, key, isOffline);
    if (refused !== null) return { ok: false, reason: refused };
  }
  const kept = await options.vault.add(row.id, origin, key, row.name);
  if (!kept.ok) return { ok: false, reason: kept.problem };
  const names = options.profiles.rows().rows.filter((profile) => profile.provider === row.id && profile.problem === null);
  const profile = names.find((one) => one.id === row.id) ?? names[0];
  if (profile !== undefined) return { ok: true, profile: profile.id };
  const model = options.profiles.models(row.id)[0];
  return { ok: true, profile: model === undefined ? row.id : `${row.id}/${model.id}` };
}

/** Null when the provider takes the key; else a sentence. */
async function testKey(
  door: Door,
  row: NonNullable<ReturnType<typeof findProvider>>,
  origin: string,
  key: string,
  isOffline: boolean,
): Promise<string | null> {
  const fetch = door.fetchFor({
    origin,
    isOffline,
    auth: authHeader(row.auth, key),
    headers: row.auth.headers ?? {},
    headersMs: KEY_TEST_MS,
  });
  const base = row.baseUrl.replace(/\/$/, "");
  const root = row.wire === "messages" ? `${base.replace(/\/v1$/, "")}/v1` : base;
  try {
    const response = await fetch(`${root}${KEY_TEST_PATHS[row.id] ?? "/models"}`, { signal: AbortSignal.timeout(KEY_TEST_MS) });
    await response.body?.cancel();
    if (response.status === 401 || response.status === 403)
      return `${row.name} refused the key (${response.status}); check that it is whole and still valid`;
    // No such path, or a busy moment: nothing was said against the key.
    if (response.ok || response.status === 404 || response.status === 405 || response.status === 429) return null;
    return `${row.name} answered ${response.status} to a test of the key; try again, or keep it untested`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `the key could not be tested: ${why}; try again, or keep it untested`;
  }
}
