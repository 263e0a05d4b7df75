// Signing in by authorization code with PKCE (RFC 6749, 7636, 8252), for an issuer and a client that the user's config.toml names.

import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { messageOf } from "../domain/message-of.ts";
import { isLoopbackOrigin, originOf } from "../net/origin.ts";
import { cleanLine } from "./closed-child.ts";

export interface SignInSettings {
  /** As its own discovery document names it. */
  readonly issuer: string;
  readonly clientId: string;
  /** The port of the callback on 127.0.0.1; 0: any. */
  readonly callbackPort: number;
}

export interface Issuer {
  readonly issuer: string;
  readonly origin: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string | null;
}

export interface Tokens {
  readonly accessToken: string;
  /** Null where the issuer gives none: then the session ends with the access token. */
  readonly refreshToken: string | null;
  /** From now on; null where it does not say. */
  readonly expiresInMs: number | null;
}

export type SignInResult<T> =
  | { readonly ok: true; readonly value: T }
  /** `isEnded`: the issuer has ended the session; another try cannot help. */
  | { readonly ok: false; readonly problem: string; readonly isEnded: boolean };

/** Given by the door for the issuer's origin alone. */
type Fetch = typeof globalThis.fetch;

const ANSWER_MS = 15_000;
const ANSWER_BYTES_MAX = 256 * 1024;
const SCOPES = "openid profile email offline_access";

const token = z.string().regex(/^[\x21-\x7e]{1,16384}$/);
const tokensSchema = z.object({
  access_token: token,
  token_type: z.string().regex(/^bearer$/i),
  refresh_token: token.optional(),
  expires_in: z
    .number()
    .positive()
    .max(366 * 86_400)
    .optional(),
});
const discoverySchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  revocation_endpoint: z.url().optional(),
});

/** Asks the issuer where its parts are. Tokens go to the issuer's own origin and to no other that its document might name. */
export async function discoverIssuer(issuer: string, fetch: Fetch): Promise<SignInResult<Issuer>> {
  const origin = originOf(issuer);
  if (origin === null) return failed(`openai_sign_in: "${cleanLine(issuer, 100)}" is no address; set issuer in config.toml to one`);
  const answer = await ask(origin, fetch, `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`, null);
  if (!answer.ok) return answer;
  const found = discoverySchema.safeParse(answer.value.json);
  if (answer.value.status !== 200 || !found.success) {
    return failed(`${origin} does not say how to sign in (${answer.value.status}); check issuer under [openai_sign_in] in config.toml`);
  }
  const { authorization_endpoint, token_endpoint, revocation_endpoint } = found.data;
  if (found.data.issuer.replace(/\/+$/, "") !== issuer.replace(/\/+$/, "")) {
    return failed(`${origin} calls itself ${cleanLine(found.data.issuer, 100)}, not ${issuer}; write issuer in config.toml as it does`);
  }
  if (originOf(token_endpoint) !== origin) {
    return failed(
      `${origin} wants tokens fetched from ${originOf(token_endpoint) ?? "elsewhere"}; another origin is not trusted with them`,
    );
  }
  const page = originOf(authorization_endpoint);
  if (page === null || (page.startsWith("http:") && !isLoopbackOrigin(page))) {
    return failed(`${origin} names a sign-in page without https; nothing was opened`);
  }
  return {
    ok: true,
    value: {
      issuer: found.data.issuer,
      origin,
      authorizationEndpoint: authorization_endpoint,
      tokenEndpoint: token_endpoint,
      revocationEndpoint: revocation_endpoint !== undefined && originOf(revocation_endpoint) === origin ? revocation_endpoint : null,
    },
  };
}

/** One attempt's secrets: a verifier of 64 random bytes, a state of 32. */
export interface Challenge {
  readonly verifier: string;
  readonly state: string;
}

export function newChallenge(): Challenge {
  return { verifier: randomBytes(64).toString("base64url"), state: randomBytes(32).toString("base64url") };
}

/** The page to open in a browser. */
export function authorizationUrl(issuer: Issuer, clientId: string, redirectUri: string, challenge: Challenge): string {
  const url = new URL(issuer.authorizationEndpoint);
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: SCOPES,
    state: challenge.state,
    code_challenge: createHash("sha256").update(challenge.verifier).digest("base64url"),
    code_challenge_method: "S256",
    // OpenID Connect Core, 11: offline access wants the user's consent.
    prompt: "consent",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

export function exchangeCode(
  issuer: Issuer,
  fetch: Fetch,
  given: { readonly clientId: string; readonly code: string; readonly verifier: string; readonly redirectUri: string },
): Promise<SignInResult<Tokens>> {
  return askTokens(issuer, fetch, {
    grant_type: "authorization_code",
    client_id: given.clientId,
    code: given.code,
    redirect_uri: given.redirectUri,
    code_verifier: given.verifier,
  });
}

/** A new access token, and perhaps a new refresh token, after which the old one is good for nothing. */
export function refreshTokens(issuer: Issuer, fetch: Fetch, clientId: string, refreshToken: string): Promise<SignInResult<Tokens>> {
  return askTokens(issuer, fetch, { grant_type: "refresh_token", client_id: clientId, refresh_token: refreshToken });
}

/** Best effort: a session that cannot be ended there is forgotten here all the same. */
export async function revokeToken(issuer: Issuer, fetch: Fetch, clientId: string, refreshToken: string): Promise<boolean> {
  if (issuer.revocationEndpoint === null) return false;
  const form = { client_id: clientId, token: refreshToken, token_type_hint: "refresh_token" };
  const answer = await ask(issuer.origin, fetch, issuer.revocationEndpoint, form);
  return answer.ok && answer.value.status === 200;
}

async function askTokens(issuer: Issuer, fetch: Fetch, form: Readonly<Record<string, string>>): Promise<SignInResult<Tokens>> {
  const answer = await ask(issuer.origin, fetch, issuer.tokenEndpoint, form);
  if (!answer.ok) return answer;
  const { status, json } = answer.value;
  const tokens = tokensSchema.safeParse(json);
  if (status === 200 && tokens.success) {
    const { access_token, refresh_token, expires_in } = tokens.data;
    const expiresInMs = expires_in === undefined ? null : expires_in * 1000;
    return { ok: true, value: { accessToken: access_token, refreshToken: refresh_token ?? null, expiresInMs } };
  }
  const refusal = z.object({ error: z.string(), error_description: z.string().optional() }).safeParse(json).data;
  if (refusal === undefined) return failed(`${issuer.origin} gave no token (${status}); the fault is on its side: try again later`);
  const said = cleanLine(`${refusal.error}${refusal.error_description === undefined ? "" : `: ${refusal.error_description}`}`, 200);
  // RFC 6749, 5.2: expired, revoked, or used already.
  const isEnded = refusal.error === "invalid_grant";
  return { ok: false, isEnded, problem: `${issuer.origin} gave no token (${status}); it said: ${said}` };
}

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

async function ask(
  origin: string,
  fetch: Fetch,
  url: string,
  form: Readonly<Record<string, string>> | null,
): Promise<SignInResult<Answer>> {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json", ...(form === null ? {} : { "content-type": "application/x-www-form-urlencoded" }) },
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(form === null ? {} : { method: "POST", body: new URLSearchParams(form).toString() }),
    });
    const text = await readText(response);
    let json: unknown = null;
    try {
      json = JSON.parse(text);
    } catch {
      // An error page; the status says enough.
    }
    return { ok: true, value: { status: response.status, json } };
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    const why = isLate ? `${origin} did not answer within ${ANSWER_MS / 1000} s` : messageOf(error);
    return failed(`${why}; check the network, then try again`);
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_BYTES_MAX) break;
  }
  return text;
}

function failed(problem: string): { readonly ok: false; readonly problem: string; readonly isEnded: boolean } {
  return { ok: false, problem, isEnded: false };
}
