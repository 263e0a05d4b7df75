// The models port: replay, credential, door, wire and idle limit put together for one request.

import { demoModel } from "../demo/demo-model.ts";
import { bindsThinking, refusesTemperature } from "../domain/claude-version.ts";
import type { Profile } from "../domain/profile.ts";
import type { Failure, ModelEvent } from "../domain/stream.ts";
import type { Clock, Images, ModelRequest, Models } from "../engine/ports.ts";
import { sourceOf } from "../engine/turn.ts";
import { orWhenAborted } from "../engine/until-aborted.ts";
import { harnessOf } from "../harness/table.ts";
import type { ReadConfig } from "../host/config.ts";
import { type ModelProvider, providerHeaders } from "../host/model-provider.ts";
import type { Door, Passage } from "../net/door.ts";
import { withIdleLimit } from "../net/idle.ts";
import { replay } from "../wire/replay.ts";
import type { Wire, WireRequest } from "../wire/wire.ts";
import { nameRefusedKey, withoutSecrets } from "./credentials-blame.ts";
import { fetchWithCredential } from "./credentials-fetch.ts";
import { createCredentialOpener, type OpenCredential, type SecretSources } from "./credentials-open.ts";
import { withImageBytes } from "./request-images.ts";
import { createTrace } from "./trace.ts";

/** The longest silence of a stream, ms; a local server may load a model before its first word. */
const IDLE_MS = 300_000;
const HEADERS_MS = { hosted: 60_000, local: 300_000 };
/** The Messages API wants an output limit with every request; this one suits every model of the catalog that does not say less. */
const MESSAGES_MAX_TOKENS = 32_000;

export interface ModelsOptions {
  readonly door: Door;
  readonly clock: Clock;
  readonly secrets: SecretSources;
  /** Shared, so that a key command runs once for all who ask. */
  readonly open?: OpenCredential;
  readonly config: () => ReadConfig;
  readonly images: Images;
}

export function createModels(options: ModelsOptions): Models {
  const open = options.open ?? createCredentialOpener(options.secrets);
  return {
    stream: (request, signal) => streamReply(options, open, request, signal),
  };
}

async function* streamReply(
  options: ModelsOptions,
  open: OpenCredential,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void, undefined> {
  const { profile } = request;
  if (profile.wire === "demo") {
    request.onTrace?.("→ the demo model, inside this program: nothing is sent");
    yield* demoModel({ items: request.items, tools: request.tools, signal, sleep: (ms, by) => options.clock.sleep(ms, by) });
    return;
  }
  const query = { ...profile, isOffline: request.isOffline, wait: signal };
  const opened = await orWhenAborted(open(query, null), signal, null);
  if (opened === null) return yield failed({ kind: "interrupted", message: "interrupted", isRetryable: false });
  if (!opened.ok) {
    const { kind = "auth", problem } = opened;
    yield failed({ kind, message: kind === "offline" ? problem : `profile "${profile.id}": ${problem}`, isRetryable: false });
    return;
  }
  const wire = await wireOf(profile.wire);
  // Read here and not kept in the profile: headers and query of the user's own provider may be secrets, and profiles are journaled.
  const settings = options.config().config.modelProviders[profile.provider];
  const passage = passageOf(profile, request.isOffline, settings, options.secrets.env());
  const secrets = new Set(settings === undefined ? [] : secretHeaders(settings, options.secrets.env()));
  const onKey = (key: string): void => void secrets.add(key);
  const fetch = fetchWithCredential({ door: options.door, passage, query, open, opened, onKey });
  const trace =
    request.onTrace === undefined
      ? null
      : createTrace(request.onTrace, () => [...secrets, ...secretsIn(options.secrets, opened.attach.auth?.value)]);
  const own = new AbortController();
  const items = await withImageBytes(request.items, {
    session: request.session,
    takesImages: profile.takesImages,
    images: options.images,
    bindsThinking: bindsThinking(profile.model),
  });
  const events = wire(wireRequestOf({ ...request, items }, settings), trace?.around(fetch) ?? fetch, AbortSignal.any([signal, own.signal]));
  const clean = withoutSecrets(nameRefusedKey(events, profile), () => secrets);
  yield* withIdleLimit(trace?.told(clean) ?? clean, settings?.streamIdleTimeoutMs ?? IDLE_MS, () => own.abort());
}

/** What the user's own provider takes from the environment may be a key by another name. */
function secretHeaders(settings: ModelProvider, env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.values(settings.envHttpHeaders).flatMap((name) => env[name]?.trim() ?? []);
}

/** What must not be shown: keys of the environment, and the one that this request carries. */
function secretsIn({ env, commandEnv }: SecretSources, attached: string | undefined): string[] {
  const open = commandEnv();
  const kept = Object.entries(env()).flatMap(([name, value]) => (value === undefined || name in open ? [] : [value]));
  return [...kept, ...(attached === undefined ? [] : [attached, ...attached.split(" ").slice(1)])];
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
  const messages = replay(
    request.items,
    { ...sourceOf(profile), takesImages: profile.takesImages, bindsThinking: bindsThinking(profile.model) },
    (call) => harness.speak(call.action, { name: call.name, arguments: call.arguments }),
  );
  const maxTokens = profile.maxTokens ?? (profile.wire === "messages" ? MESSAGES_MAX_TOKENS : null);
  return {
    baseUrl: profile.baseUrl,
    model: profile.model,
    instructions: instructions.toWellFormed(),
    messages,
    tools,
    ...(request.screen === undefined ? {} : { screen: request.screen }),
    cacheKey: request.session,
    reasoning: profile.reasoning,
    quirks: profile.quirks,
    ...(settings === undefined ? {} : { query: settings.queryParams }),
    ...(request.outputSchema === undefined ? {} : { outputSchema: request.outputSchema }),
    ...(profile.effort === null ? {} : { effort: profile.effort }),
    ...(maxTokens === null ? {} : { maxTokens }),
    ...(profile.temperature === null || refusesTemperature(profile.model) ? {} : { temperature: profile.temperature }),
  };
}

function passageOf(
  profile: Profile,
  isOffline: boolean,
  settings: ModelProvider | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Omit<Passage, "auth" | "sign"> {
  return {
    origin: profile.origin,
    headers: { ...profile.auth.headers, ...(settings === undefined ? {} : providerHeaders(settings, env)) },
    isOffline,
    isNamedByUser: settings !== undefined || profile.from === "user",
    headersMs: profile.isLocal ? HEADERS_MS.local : HEADERS_MS.hosted,
  };
}
