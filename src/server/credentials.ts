// Keys into the vault, tested first, and out of it again.

import { authForWire } from "../catalog/auth.ts";
import { findProvider } from "../catalog/catalog.ts";
import { BEDROCK } from "../domain/aws.ts";
import { canBeKey } from "../domain/key-text.ts";
import { messageOf } from "../domain/message-of.ts";
import { own } from "../domain/own.ts";
import type { Provider } from "../domain/profile.ts";
import type { Credentials, NewCredential, Profiles } from "../engine/ports.ts";
import { bedrockRegion } from "../host/aws-region.ts";
import type { ReadConfig } from "../host/config.ts";
import type { Vault } from "../host/vault.ts";
import type { Door } from "../net/door.ts";
import { originOf } from "../net/origin.ts";
import { authHeader } from "./credentials-open.ts";
import type { SignIns, SignInTarget } from "./credentials-sign-in.ts";

const KEY_TEST_MS = 10_000;

/** Where a provider says whether a key is good without spending anything, relative to its base URL; `/models` where not named. */
const KEY_TEST_PATHS: Readonly<Record<string, string>> = {
  // Its own way to look at a key (openrouter.ai/docs/api_reference/limits, a stored copy, read 2026-11-20).
  openrouter: "/key",
};

export interface CredentialsOptions {
  readonly door: Door;
  readonly vault: Vault;
  readonly profiles: Profiles;
  readonly config: () => ReadConfig;
  readonly signIns: SignIns;
  readonly env: () => Env;
}

type Env = Readonly<Record<string, string | undefined>>;

export function createCredentials(options: CredentialsOptions): Credentials {
  const { vault, signIns } = options;
  return {
    add: (request) => addKey(options, request),
    remove: (id) => vault.remove(id),
    list: () => ({
      rows: vault.list().map(({ id, origin, label, createdAt }) => ({ id, origin, label, createdAt })),
      warning: vault.warning,
      place: vault.protection,
      isLocked: vault.isLocked,
    }),
    signIn: (provider, isOffline) => signIns.begin(provider, isOffline),
    signedIn: (provider) => signIns.ended(provider),
    signOut: (provider, isOffline) => signIns.end(provider, isOffline),
  };
}

type Target = Pick<Provider, "id" | "name" | "wire" | "baseUrl" | "auth"> & { readonly isNamedByUser: boolean };

/** The user's own provider first, as in profiles. */
function targetOf(id: string, config: ReadConfig, env: Env): Target | undefined {
  const mine = own(config.config.modelProviders, id);
  // Of Bedrock the table sets no more than where AWS's credentials begin.
  if (mine !== undefined && id !== BEDROCK)
    return { id, name: mine.name, wire: mine.wire, baseUrl: mine.baseUrl, auth: authForWire(mine.wire), isNamedByUser: true };
  const row = findProvider(id);
  if (row === undefined) return undefined;
  const region = id === BEDROCK ? bedrockRegion(config.config.modelProviders[BEDROCK]?.aws ?? null, env) : null;
  return { ...row, baseUrl: region?.ok === true ? row.baseUrl.replace("{region}", region.region) : row.baseUrl, isNamedByUser: false };
}

/** Which providers a signed-in account is sent to: OpenAI's own, and those that the user's config.toml says take it. */
export function signInTargetOf(id: string, config: ReadConfig): SignInTarget | null {
  const isTaker = id === "openai" || own(config.config.modelProviders, id)?.requiresOpenaiAuth === true;
  const target = isTaker ? targetOf(id, config, {}) : undefined;
  const origin = target === undefined ? null : originOf(target.baseUrl);
  return target === undefined || origin === null ? null : { id, name: target.name, origin };
}

/** A key for another address than the provider's own, which the user has named. */
function addressOf(id: string, baseUrl: string, known: Target | undefined): Target {
  const wire = known?.wire ?? "chat";
  const auth = known === undefined || known.auth.type === "none" ? authForWire(wire) : known.auth;
  return { id, name: known?.name ?? id, wire, auth, baseUrl, isNamedByUser: true };
}

/** A key is kept only when its provider takes it, or when the user says so. */
async function addKey(options: CredentialsOptions, request: NewCredential): ReturnType<Credentials["add"]> {
  const known = targetOf(request.provider, options.config(), options.env());
  const { baseUrl } = request;
  const target = baseUrl === undefined ? known : addressOf(request.provider, baseUrl, known);
  if (target === undefined) return { ok: false, reason: `no provider "${request.provider}"; interpane providers lists them` };
  const origin = originOf(target.baseUrl);
  if (target.id === BEDROCK && target.baseUrl.includes("{"))
    return {
      ok: false,
      reason: "the key is kept for one region; set AWS_REGION, or region in [model_providers.amazon-bedrock.aws] of config.toml",
    };
  if (origin === null || target.auth.type === "none") return { ok: false, reason: `${target.name} takes no key` };
  const secret = request.secret.trim();
  if (!canBeKey(secret)) return { ok: false, reason: "this is no key: one is a single word of plain characters; copy it anew, alone" };
  if (!request.isUntested) {
    const refused = await testKey(options.door, target, origin, secret, request.isOffline);
    if (refused !== null) return { ok: false, reason: refused };
  }
  const kept = await options.vault.add(request.id ?? target.id, origin, secret, target.name);
  if (!kept.ok) return { ok: false, reason: kept.problem };
  const usable = options.profiles.rows().rows.filter((profile) => profile.provider === target.id && profile.problem === null);
  const profile = usable.find((one) => one.id === target.id) ?? usable[0];
  if (profile !== undefined) return { ok: true, profile: profile.id };
  const model = options.profiles.models(target.id)[0];
  return { ok: true, profile: model === undefined ? target.id : `${target.id}/${model.id}` };
}

/** Null when the provider takes the key; else a sentence. */
async function testKey(door: Door, target: Target, origin: string, secret: string, isOffline: boolean): Promise<string | null> {
  const { auth, name, isNamedByUser } = target;
  const headers = auth.headers ?? {};
  const fetch = door.fetchFor({ origin, isOffline, auth: authHeader(auth, secret), headers, isNamedByUser, headersMs: KEY_TEST_MS });
  const base = target.baseUrl.replace(/\/$/, "");
  const root = target.wire === "messages" ? `${base.replace(/\/v1$/, "")}/v1` : base;
  try {
    const { status, ok, body } = await fetch(`${root}${own(KEY_TEST_PATHS, target.id) ?? "/models"}`, {
      signal: AbortSignal.timeout(KEY_TEST_MS),
    });
    await body?.cancel();
    if (status === 401 || status === 403) return `${name} refused the key (${status}); check that it is whole and still valid`;
    // No such path, or a busy moment: nothing was said against the key.
    if (ok || status === 404 || status === 405 || status === 429) return null;
    return `${name} answered ${status} to a test of the key; try again, or keep it untested`;
  } catch (error) {
    const why = messageOf(error);
    return `the key could not be tested: ${why}; try again, or keep it untested`;
  }
}
