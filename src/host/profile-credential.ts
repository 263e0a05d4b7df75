// Which credential goes with a profile's requests, and why it cannot be had. A reference only: no key is read here.

import { BEDROCK } from "../domain/aws.ts";
import type { Credential, ProfileFile } from "../domain/profile.ts";
import { isLoopbackOrigin } from "../net/origin.ts";
import { isSet, ownTable, type ProfileWorld, type ProviderRow } from "./profile-world.ts";
import { signInId } from "./sign-in-id.ts";

/** A profile whose credential is looked for. */
export interface CredentialCase {
  readonly file: ProfileFile;
  readonly row: ProviderRow;
  /** Where its requests go. */
  readonly origin: string;
  /** `origin` is not the row's own: what belongs to the row is not sent there. */
  readonly isForeign: boolean;
  readonly world: ProfileWorld;
}

export interface ChosenCredential {
  readonly credential: Credential;
  /** Why it cannot be had, and what to do; null where it can. */
  readonly problem: string | null;
}

/** What the profile names; else the first that there is for its address. */
export function chooseCredential(about: CredentialCase): ChosenCredential {
  const { file, row, isForeign } = about;
  if (row.wire === "demo") return { credential: "none", problem: null };
  if (file.credential !== undefined) return { credential: file.credential, problem: credentialProblem(file.credential, about) };
  return isForeign ? foreignCredential(about) : ownCredential(about);
}

function vaultCredential({ row, origin, world }: CredentialCase): ChosenCredential | null {
  return world.hasVaultKey(row.id, origin) ? { credential: `vault:${row.id}`, problem: null } : null;
}

/** A key of the row's goes to the row's own origin only: another address needs a credential of its own. */
function foreignCredential(about: CredentialCase): ChosenCredential {
  const { row, origin } = about;
  const fromVault = vaultCredential(about);
  if (fromVault !== null) return fromVault;
  if (isLoopbackOrigin(origin) || row.auth.type === "none") return { credential: "none", problem: null };
  const keys = row.env.length === 0 ? "no key" : `${row.env[0]} is not sent there by itself, and no other key`;
  return {
    credential: "none",
    problem: `its base_url is ${origin}, so ${keys} is known for it; name one in the profile (credential: env:NAME, or none), or run: interpane vault add ${row.id}`,
  };
}

function ownCredential(about: CredentialCase): ChosenCredential {
  const { row, origin, world } = about;
  const name = row.env.find((each) => isSet(world.env, each));
  if (name !== undefined) return { credential: `env:${name}`, problem: null };
  const own = ownTable(world, row.id);
  // The user named it: another key in its place would surprise.
  if (own !== undefined && own.envKey !== null) {
    const how = own.envKeyInstructions ?? `set it before starting, or take env_key out and run: interpane vault add ${row.id}`;
    return { credential: `env:${own.envKey}`, problem: `${own.envKey} is not set, which config.toml names as its env_key; ${how}` };
  }
  // Behind env_key: a command, the token that stands in the file, a sign-in, as in Open Interpreter 0.0.39; `config.ts` has seen to it
  // that they do not contradict each other.
  if (own?.auth != null) return { credential: "command", problem: null };
  if (own?.bearerToken != null) return { credential: "config", problem: null };
  const fromVault = vaultCredential(about);
  const isSignedIn = world.hasVaultKey(signInId(row.id), origin);
  // A key that was kept for it is as good.
  if (own?.requiresOpenaiAuth === true && (isSignedIn || fromVault === null))
    return { credential: "sign-in", problem: isSignedIn ? null : signedOut(row.id, origin) };
  if (fromVault !== null) return fromVault;
  if (row.id === "openai" && isSignedIn) return { credential: "sign-in", problem: null };
  // Whether there are any is for the chain to find out, when a request is to be signed.
  if (row.id === BEDROCK) return { credential: "aws", problem: null };
  // A provider of the user's own that names no key wants none.
  if (row.auth.type === "none" || row.env.length === 0) return { credential: "none", problem: null };
  const unset = row.env.length === 1 ? `${row.env[0]} is not set` : `none of ${row.env.join(", ")} is set`;
  return {
    credential: `env:${row.env[0] ?? ""}`,
    problem: `${unset} and the vault has no key for ${origin}; run: interpane vault add ${row.id}`,
  };
}

function credentialProblem(credential: Credential, about: CredentialCase): string | null {
  const { origin, world } = about;
  const [kind, value = ""] = credential.split(/:(.*)/s);
  if (kind === "env" && !isSet(world.env, value)) return `${value} is not set; set it before starting, or use credential: vault:ID`;
  if (kind === "vault" && !world.hasVaultKey(value, origin))
    return `the vault has no key "${value}" for ${origin}; run: interpane vault add ${value}`;
  return bindingProblem(credential, about);
}

function signedOut(provider: string, origin: string): string {
  return `nobody is signed in for ${origin}; run: interpane login ${provider}, or keep a key: interpane vault add ${provider}`;
}

/** These credentials are a provider's own: they go to its own address and to no other. */
function bindingProblem(credential: Credential, { row, origin, isForeign, world }: CredentialCase): string | null {
  const own = ownTable(world, row.id);
  const table = `[model_providers.${row.id}]`;
  const needs = {
    command: { isThere: own?.auth != null, what: `${table} in config.toml has no auth; add it, or use env:NAME or vault:ID` },
    config: {
      isThere: own?.bearerToken != null,
      what: `${table} in config.toml has no experimental_bearer_token; use env:NAME or vault:ID`,
    },
    aws: { isThere: row.id === BEDROCK, what: "AWS's credentials are for amazon-bedrock alone" },
    "sign-in": {
      isThere: row.id === "openai" || own?.requiresOpenaiAuth === true,
      what: `${row.name} does not take an OpenAI account; requires_openai_auth = true in ${table} says that it does`,
    },
  };
  const need = Object.hasOwn(needs, credential) ? needs[credential as keyof typeof needs] : null;
  if (need === null) return null;
  if (!need.isThere) return `credential is ${credential}, but ${need.what}`;
  if (credential === "sign-in" && !isForeign && !world.hasVaultKey(signInId(row.id), origin)) return signedOut(row.id, origin);
  return isForeign ? `credential is ${credential}, which is not sent to ${origin}; take base_url out, or name another credential` : null;
}
