// From a reference in a profile to what a request carries: a header or a signature, and only for the origin it belongs to.

import { createHash } from "node:crypto";
import { awsVariables, BEDROCK, BEDROCK_SIGNING_NAME, bedrockRegionOf } from "../domain/aws.ts";
import { messageOf } from "../domain/message-of.ts";
import type { Auth, Credential } from "../domain/profile.ts";
import { runAuthCommand } from "../host/auth-command.ts";
import { type AwsKeysResult, readAwsKeys } from "../host/aws-keys.ts";
import { type AwsKeys, signRequest } from "../host/aws-sign.ts";
import type { ReadConfig } from "../host/config.ts";
import type { ModelProvider } from "../host/model-provider.ts";
import { signInId } from "../host/sign-in-id.ts";
import type { Vault } from "../host/vault.ts";
import type { Passage } from "../net/door.ts";
import { DoorError } from "../net/door-error.ts";
import { isLoopbackOrigin, originOf } from "../net/origin.ts";
import { createSecretCache, type Made } from "./credentials-cache.ts";

/** AWS keys that do not run out are looked up again after so long; those that do, this long before their end. */
const AWS_LOOK_MS = 15 * 60_000;
const AWS_EARLY_MS = 5 * 60_000;
/** A key without an end: kept until it is refused. */
const FOREVER_MS = Number.POSITIVE_INFINITY;

/** Whose credential, and where the request goes. */
export interface CredentialQuery {
  readonly provider: string;
  readonly origin: string;
  readonly auth: Auth;
  readonly credential: Credential;
  readonly isOffline: boolean;
  /** A locked vault is waited for, if somebody can be asked to open it, until this aborts; left out: nobody is asked. */
  readonly wait?: AbortSignal;
}

export type OpenedCredential =
  | {
      readonly ok: true;
      readonly attach: Pick<Passage, "auth" | "sign">;
      /** Tells it from a renewed one; null where there is nothing to renew. */
      readonly stamp: string | null;
    }
  /** `kind`: it was not tried, because the workspace is offline; or nobody has opened the vault. */
  | { readonly ok: false; readonly problem: string; readonly kind?: "offline" | "locked" };

/** `refused`: the stamp of one that the provider did not take just now. Never rejects; no problem holds a secret. */
export type OpenCredential = (query: CredentialQuery, refused: string | null) => Promise<OpenedCredential>;

/** The access token of a signed-in account; `stamp` and renewal as in `SecretCache`. */
export interface SignedIn {
  accessToken(query: Pick<CredentialQuery, "provider" | "origin" | "isOffline">, refused: string | null): Promise<Made<string>>;
}

export interface SecretSources {
  readonly env: () => Readonly<Record<string, string | undefined>>;
  /** What a key command may see: no secret in it. */
  readonly commandEnv: () => Readonly<Record<string, string>>;
  readonly vault: Pick<Vault, "open" | "has" | "isLocked">;
  /** Has the user open the vault if it is locked (`VaultGate`); left out: nobody can be asked. */
  readonly wantVault?: (wait: AbortSignal) => Promise<void>;
  readonly config: () => ReadConfig;
  readonly signedIn: SignedIn;
  readonly nowMs: () => number;
  /** Tests bring their own Bedrock and chain. */
  readonly aws?: {
    readonly regionOf?: (origin: string) => string | null;
    readonly readKeys?: typeof readAwsKeys;
  };
}

export function createCredentialOpener(sources: SecretSources): OpenCredential {
  const tokens = createSecretCache<string>(sources.nowMs);
  const awsKeys = createSecretCache<AwsKeys>(sources.nowMs);

  return async (query, refused) => {
    const { credential, provider, origin } = query;
    if (query.isOffline && !isLoopbackOrigin(origin)) {
      const text = `offline: ${origin} is not on this machine, and no key is fetched for it; use a local profile or turn offline off`;
      return { ok: false, problem: text, kind: "offline" };
    }
    const settings = ownSettings(sources.config(), provider);
    if (credential === "none") return { ok: true, attach: { auth: null }, stamp: null };
    if (credential.startsWith("env:")) return fromEnvironment(credential.slice("env:".length), query, settings, sources);
    const kept = credential === "sign-in" ? signInId(provider) : credential.startsWith("vault:") ? credential.slice("vault:".length) : null;
    if (kept !== null && query.wait !== undefined && sources.vault.has(kept, origin)) await sources.wantVault?.(query.wait);
    const opened = await open(query, settings, refused);
    return !opened.ok && kept !== null && sources.vault.isLocked ? { ...opened, kind: "locked" } : opened;
  };

  async function open(query: CredentialQuery, settings: ModelProvider | undefined, refused: string | null): Promise<OpenedCredential> {
    const { credential, origin } = query;
    if (credential.startsWith("vault:")) return fixed(await sources.vault.open(credential.slice("vault:".length), origin), query);
    switch (credential) {
      case "config":
        return fromConfig(query, settings);
      case "command":
        return fromCommand(query, settings, refused);
      case "aws":
        return fromAws(query, settings, refused);
      case "sign-in":
        return toHeader(await sources.signedIn.accessToken(query, refused), query);
      default:
        return problem(`credential "${credential}" is not known; use env:NAME, vault:ID or command`);
    }
  }

  async function fromCommand(
    query: CredentialQuery,
    settings: ModelProvider | undefined,
    refused: string | null,
  ): Promise<OpenedCredential> {
    const auth = settings?.auth ?? null;
    if (settings === undefined || auth === null) {
      return problem(
        `its credential is a command, but [model_providers.${query.provider}] in config.toml has no auth table; add one with command`,
      );
    }
    const foreign = foreignOrigin(query, settings);
    if (foreign !== null) return problem(foreign);
    // What is changed in config.toml is another command.
    const key = JSON.stringify([query.provider, query.origin, auth]);
    const made = await tokens.get(key, refused, async () => {
      const result = await runAuthCommand(auth, sources.commandEnv());
      if (!result.ok) return result;
      const freshForMs = auth.refreshIntervalMs === 0 ? FOREVER_MS : auth.refreshIntervalMs;
      return { ok: true, value: result.secret, stamp: stampOf(result.secret), freshUntilMs: sources.nowMs() + freshForMs };
    });
    return toHeader(made, query);
  }

  async function fromAws(query: CredentialQuery, settings: ModelProvider | undefined, refused: string | null): Promise<OpenedCredential> {
    const region = (sources.aws?.regionOf ?? bedrockRegionOf)(query.origin);
    if (query.provider !== BEDROCK || region === null) {
      return problem(`AWS credentials sign requests to Amazon Bedrock alone, and ${query.origin} is not it; name another credential`);
    }
    if (query.isOffline)
      return { ok: false, problem: "offline: AWS credentials are not looked up; use a local profile or turn offline off", kind: "offline" };
    const profile = settings?.aws?.profile ?? null;
    // Who comes with other variables has other keys.
    const variables = awsVariables.map((name) => sources.env()[name] ?? "");
    const made = await awsKeys.get(stampOf(JSON.stringify([profile, region, variables])), refused, async () => {
      const read = await (sources.aws?.readKeys ?? readAwsKeys)({ profile, region, env: sources.env() });
      return toMadeKeys(read, sources.nowMs());
    });
    if (!made.ok) return made;
    const scope = { region, service: BEDROCK_SIGNING_NAME };
    const sign: Passage["sign"] = async (request) => {
      try {
        return await signRequest(request, made.value, scope, new Date(sources.nowMs()));
      } catch (error) {
        const why = messageOf(error);
        throw new DoorError(
          "credential",
          `the request to ${query.origin} could not be signed (${why}); nothing was sent: reinstall interpane`,
        );
      }
    };
    return { ok: true, attach: { auth: null, sign }, stamp: made.stamp };
  }
}

function ownSettings({ config }: ReadConfig, provider: string): ModelProvider | undefined {
  return Object.hasOwn(config.modelProviders, provider) ? config.modelProviders[provider] : undefined;
}

/** A key of config.toml's goes to the address that stands beside it there. */
function foreignOrigin({ provider, origin }: CredentialQuery, { baseUrl }: ModelProvider): string | null {
  const own = originOf(baseUrl);
  if (own === origin) return null;
  return `the key of [model_providers.${provider}] belongs to ${own ?? baseUrl} and is not sent to ${origin}; name another credential in the profile`;
}

function fromEnvironment(
  name: string,
  query: CredentialQuery,
  settings: ModelProvider | undefined,
  sources: SecretSources,
): OpenedCredential {
  const value = sources.env()[name]?.trim();
  if (value !== undefined && value !== "") return fixed({ ok: true, secret: value }, query);
  const told = settings?.envKey === name ? settings.envKeyInstructions : null;
  return problem(
    `${name} is not set; ${told ?? `set it and start interpane from that shell, or run: interpane vault add ${query.provider}`}`,
  );
}

function fromConfig(query: CredentialQuery, settings: ModelProvider | undefined): OpenedCredential {
  if (settings === undefined || settings.bearerToken === null) {
    return problem(`[model_providers.${query.provider}] in config.toml has no experimental_bearer_token any more; name a key another way`);
  }
  const foreign = foreignOrigin(query, settings);
  return foreign === null ? fixed({ ok: true, secret: settings.bearerToken }, query) : problem(foreign);
}

function toMadeKeys(read: AwsKeysResult, nowMs: number): Made<AwsKeys> {
  if (!read.ok) return read;
  const { keys, expiresAtMs } = read;
  const freshUntilMs = expiresAtMs === null ? nowMs + AWS_LOOK_MS : Math.max(nowMs + 1000, expiresAtMs - AWS_EARLY_MS);
  return { ok: true, value: keys, stamp: stampOf(JSON.stringify(keys)), freshUntilMs };
}

function fixed(opened: { ok: true; secret: string } | { ok: false; problem: string }, { auth }: CredentialQuery): OpenedCredential {
  return opened.ok ? { ok: true, attach: { auth: authHeader(auth, opened.secret) }, stamp: null } : opened;
}

function toHeader(made: Made<string>, { auth }: CredentialQuery): OpenedCredential {
  return made.ok ? { ok: true, attach: { auth: authHeader(auth, made.value) }, stamp: made.stamp } : made;
}

/** The header that carries a key; null where none is needed. */
export function authHeader(auth: Auth, secret: string | null): Passage["auth"] {
  if (secret === null || auth.type === "none" || auth.header === undefined) return null;
  return { header: auth.header, value: `${auth.prefix ?? ""}${secret}` };
}

export function stampOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

function problem(text: string): OpenedCredential {
  return { ok: false, problem: text };
}
