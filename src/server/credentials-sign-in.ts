// Signed-in accounts: begun and ended for a provider that says it takes one, tokens in the vault, renewed by one for all who ask.

import { z } from "zod";
import { parseJson } from "../domain/parse-json.ts";
import type { ReadConfig } from "../host/config.ts";
import {
  authorizationUrl,
  discoverIssuer,
  exchangeCode,
  type Issuer,
  newChallenge,
  refreshTokens,
  revokeToken,
  type SignInResult,
  type SignInSettings,
  type Tokens,
} from "../host/openai-sign-in.ts";
import { type Callback, openCallback } from "../host/sign-in-callback.ts";
import { refreshId, signInId } from "../host/sign-in-id.ts";
import type { Vault } from "../host/vault.ts";
import type { Door } from "../net/door.ts";
import { originOf } from "../net/origin.ts";
import { createSecretCache, type Made } from "./credentials-cache.ts";
import { type SignedIn, stampOf } from "./credentials-open.ts";

const WAIT_MS = 5 * 60_000;
/** So long before its end a token is renewed; a short-lived one at half its life. */
const EARLY_MS = 5 * 60_000;

/** A provider as its row or config.toml has it. */
export interface SignInTarget {
  readonly id: string;
  readonly name: string;
  readonly origin: string;
}

export interface SignInOptions {
  readonly door: Door;
  readonly vault: Pick<Vault, "add" | "open" | "has" | "remove" | "isLocked">;
  readonly config: () => ReadConfig;
  /** Null where it takes no account; its origin is the only one that the tokens are ever sent to. */
  readonly targetOf: (provider: string) => SignInTarget | null;
  readonly nowMs: () => number;
  /** What nobody waits for but somebody should know. */
  readonly say: (text: string) => void;
  readonly waitMs?: number;
}

type Done = { ok: true; origin: string } | { ok: false; reason: string };

export interface SignIns extends SignedIn {
  begin(provider: string, isOffline: boolean): Promise<{ ok: true; url: string } | { ok: false; reason: string }>;
  ended(provider: string): Promise<Done>;
  end(provider: string, isOffline: boolean): Promise<boolean>;
  close(): void;
}

const keptSchema = z.object({
  token: z.string(),
  /** Null: until it is refused. */
  freshUntilMs: z.number().nullable(),
});

export function createSignIns(options: SignInOptions): SignIns {
  const { vault, nowMs } = options;
  const pending = new Map<string, { callback: Callback; done: Promise<Done> }>();
  const tokens = createSecretCache<string>(nowMs);
  /** Where the issuer's parts are, asked once. */
  const issuers = new Map<string, Issuer>();

  const fetchOf = (origin: string, isOffline: boolean): typeof globalThis.fetch =>
    options.door.fetchFor({ origin, auth: null, headers: {}, isOffline });

  async function findIssuer({ issuer }: SignInSettings, isOffline: boolean): Promise<SignInResult<Issuer>> {
    const known = issuers.get(issuer);
    if (known !== undefined) return { ok: true, value: known };
    const found = await discoverIssuer(issuer, fetchOf(originOf(issuer) ?? "", isOffline));
    if (found.ok) issuers.set(issuer, found.value);
    return found;
  }

  /** The refresh token first: it is the one that cannot be had again. Null where both are kept. */
  async function keep(target: SignInTarget, issuer: Issuer, made: Tokens): Promise<string | null> {
    if (made.refreshToken !== null) {
      const kept = await vault.add(refreshId(target.id), issuer.origin, made.refreshToken, `${target.name}, renews the sign-in`);
      if (!kept.ok) return kept.problem;
    }
    const kept = await vault.add(signInId(target.id), target.origin, JSON.stringify(toKept(made, nowMs())), `${target.name}, signed in`);
    return kept.ok ? null : kept.problem;
  }

  async function begin(provider: string, isOffline: boolean): ReturnType<SignIns["begin"]> {
    const target = options.targetOf(provider);
    if (target === null) {
      const how = `set requires_openai_auth = true in [model_providers.${provider}] of config.toml if it does`;
      return {
        ok: false,
        reason: `provider "${provider}" takes no signed-in account; ${how}, or keep a key: interpane vault add ${provider}`,
      };
    }
    const settings = options.config().config.openaiSignIn;
    if (settings === null) return { ok: false, reason: switchedOff(provider) };
    const issuer = await findIssuer(settings, isOffline);
    if (!issuer.ok) return { ok: false, reason: issuer.problem };
    const challenge = newChallenge();
    const { clientId } = settings;
    pending.get(provider)?.callback.cancel();
    let redirectUri = "";
    const onCode = async (code: string): Promise<string | null> => {
      const fetch = fetchOf(issuer.value.origin, isOffline);
      const made = await exchangeCode(issuer.value, fetch, { clientId, code, verifier: challenge.verifier, redirectUri });
      if (!made.ok) return `${made.problem}; start again: interpane login ${provider}`;
      // The tokens of an account before this one would renew that one.
      if (made.value.refreshToken === null) await vault.remove(refreshId(provider));
      const problem = await keep(target, issuer.value, made.value);
      if (problem === null) tokens.forget(keyOf(provider, target.origin));
      return problem;
    };
    let callback: Callback;
    try {
      const { callbackPort: port } = settings;
      callback = await openCallback({
        port,
        state: challenge.state,
        issuer: issuer.value.issuer,
        onCode,
        waitMs: options.waitMs ?? WAIT_MS,
      });
    } catch {
      const reason = `port ${settings.callbackPort} on 127.0.0.1 is taken; end what listens there, or change callback_port in config.toml`;
      return { ok: false, reason };
    }
    ({ redirectUri } = callback);
    const done = callback.ended.then(
      (problem): Done => (problem === null ? { ok: true, origin: target.origin } : { ok: false, reason: problem }),
    );
    pending.set(provider, { callback, done });
    return { ok: true, url: authorizationUrl(issuer.value, clientId, redirectUri, challenge) };
  }

  /** The kept token while it is good, else a new one. */
  async function make(target: SignInTarget, settings: SignInSettings, isOffline: boolean, refused: string | null): Promise<Made<string>> {
    const { id: provider, origin } = target;
    const again = `run: interpane login ${provider}`;
    const kept = await vault.open(signInId(provider), origin);
    if (!kept.ok)
      return { ok: false, problem: `${vault.has(signInId(provider)) ? kept.problem : `nobody is signed in for ${origin}`}; ${again}` };
    const old = keptSchema.safeParse(parseJson(kept.secret)).data;
    if (old !== undefined) {
      const made = toMade(old);
      if (made.stamp !== refused && nowMs() < made.freshUntilMs) return made;
    }
    const issuerOrigin = originOf(settings.issuer) ?? "";
    const refresh = await vault.open(refreshId(provider), issuerOrigin);
    if (!refresh.ok) return { ok: false, problem: `the sign-in for ${origin} has run out and cannot be renewed; ${again}` };
    const issuer = await findIssuer(settings, isOffline);
    if (!issuer.ok) return { ok: false, problem: `the sign-in could not be renewed: ${issuer.problem}` };
    const renewed = await refreshTokens(issuer.value, fetchOf(issuer.value.origin, isOffline), settings.clientId, refresh.secret);
    if (!renewed.ok) {
      if (renewed.isEnded)
        return { ok: false, problem: `the sign-in has ended (expired, revoked or used elsewhere): ${renewed.problem}; ${again}` };
      return { ok: false, problem: `the sign-in could not be renewed: ${renewed.problem}` };
    }
    const problem = await keep(target, issuer.value, renewed.value);
    if (problem !== null) options.say(`the renewed sign-in of ${target.name} could not be kept: ${problem}; after a restart ${again}`);
    return toMade(toKept(renewed.value, nowMs()));
  }

  return {
    begin,
    ended(provider) {
      const reason = `no sign-in for "${provider}" is under way; run: interpane login ${provider}`;
      return pending.get(provider)?.done ?? Promise.resolve({ ok: false, reason });
    },
    async end(provider, isOffline) {
      pending.get(provider)?.callback.cancel();
      const target = options.targetOf(provider);
      const settings = options.config().config.openaiSignIn;
      if (settings !== null) {
        const refresh = await vault.open(refreshId(provider), originOf(settings.issuer) ?? "");
        const issuer = refresh.ok ? await findIssuer(settings, isOffline) : null;
        if (refresh.ok && issuer?.ok === true)
          await revokeToken(issuer.value, fetchOf(issuer.value.origin, isOffline), settings.clientId, refresh.secret);
      }
      if (target !== null) tokens.forget(keyOf(provider, target.origin));
      const removed = [await vault.remove(signInId(provider)), await vault.remove(refreshId(provider))];
      return removed.includes(true);
    },
    async accessToken({ provider, origin, isOffline }, refused) {
      // Asked each time, whatever is kept: settings and vault may have changed.
      const settings = options.config().config.openaiSignIn;
      if (settings === null) return { ok: false, problem: switchedOff(provider) };
      const target = options.targetOf(provider);
      if (target === null || target.origin !== origin) {
        return { ok: false, problem: `the account that is signed in is not sent to ${origin}; name another credential in the profile` };
      }
      const key = keyOf(provider, origin);
      if (vault.isLocked || !vault.has(signInId(provider), origin)) tokens.forget(key);
      return tokens.get(key, refused, () => make(target, settings, isOffline, refused));
    },
    close() {
      for (const { callback } of pending.values()) callback.cancel();
    },
  };
}

type Kept = z.infer<typeof keptSchema>;

function toKept({ accessToken, expiresInMs }: Tokens, nowMs: number): Kept {
  return { token: accessToken, freshUntilMs: expiresInMs === null ? null : nowMs + Math.max(expiresInMs - EARLY_MS, expiresInMs / 2) };
}

function toMade({ token, freshUntilMs }: Kept): Extract<Made<string>, { ok: true }> {
  return { ok: true, value: token, stamp: stampOf(token), freshUntilMs: freshUntilMs ?? Number.POSITIVE_INFINITY };
}

function keyOf(provider: string, origin: string): string {
  return `${provider} ${origin}`;
}

function switchedOff(provider: string): string {
  return `signing in is off: set issuer and client_id under [openai_sign_in] in config.toml (Interpane has no client id of its own), or keep a key: interpane vault add ${provider}`;
}
