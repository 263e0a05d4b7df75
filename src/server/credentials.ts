// From a reference in a profile to the secret it stands for, and only for the origin that it belongs to.

import type { Credential } from "../domain/profile.ts";

export type Secret = { readonly ok: true; readonly secret: string | null } | { readonly ok: false; readonly problem: string };

export interface SecretSources {
  readonly env: () => Readonly<Record<string, string | undefined>>;
  readonly vault: { open(id: string, origin: string): { ok: true; secret: string } | { ok: false; problem: string } };
}

/** `secret` is null where the provider needs none. */
export function openCredential(credential: Credential, origin: string, sources: SecretSources): Secret {
  if (credential === "none") return { ok: true, secret: null };
  if (credential.startsWith("env:")) {
    const name = credential.slice("env:".length);
    const value = sources.env()[name]?.trim();
    if (value === undefined || value === "") return { ok: false, problem: `${name} is not set; set it, or run: interpane vault add` };
    return { ok: true, secret: value };
  }
  if (credential.startsWith("vault:")) return sources.vault.open(credential.slice("vault:".length), origin);
  return { ok: false, problem: `credential "${credential}" cannot be used yet; use env:NAME or vault:ID` };
}
