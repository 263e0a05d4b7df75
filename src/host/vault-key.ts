// Where the vault's data key lies: the system's keyring, under a passphrase, or a file of the user's. Never derived from the machine.

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { type FileOps, plainReason, syncDir } from "./file-ops.ts";
import type { Keyring } from "./keyring.ts";
import { readKeyFile, writeKeyFile } from "./vault-key-file.ts";
import {
  type Argon2Cost,
  passphraseProblem,
  passphraseRecordSchema,
  sealWithPassphrase,
  unsealWithPassphrase,
} from "./vault-passphrase.ts";
import { KEY_BYTES } from "./vault-seal.ts";

const entrySchema = z.string().regex(/^[0-9a-f]{32}$/);
const fileRecordSchema = z.object({ type: z.literal("file") });
/** `entry`: under which the keyring has it; another one with every key. */
const keyringRecordSchema = z.object({ type: z.literal("keyring"), entry: entrySchema });

/** Stands in `vault.json`; no secret in it. */
export const keyRecordSchema = z.discriminatedUnion("type", [fileRecordSchema, passphraseRecordSchema, keyringRecordSchema]);
export type KeyRecord = z.infer<typeof keyRecordSchema>;
/** A former key that still lies somewhere. */
export const leftKeySchema = z.discriminatedUnion("type", [fileRecordSchema, keyringRecordSchema]);
export type LeftKey = z.infer<typeof leftKeySchema>;

export type KeyResult =
  | { readonly ok: true; readonly key: Buffer; readonly record: KeyRecord; readonly notice: string | null }
  | { readonly ok: false; readonly problem: string };

/** What keeps a new key. */
export type KeyPlace =
  | { readonly type: "file" }
  | { readonly type: "passphrase"; readonly passphrase: string }
  | { readonly type: "keyring" };

export interface KeySources {
  readonly keyFile: string;
  /** Null where the system has none. Asked anew: it may be installed meanwhile. */
  readonly keyring: () => Keyring | null;
  readonly ops: FileOps;
  /** Of new passphrases. */
  readonly cost: Argon2Cost;
}

/** A keyring that nobody asked for must answer as fast as this, or it is passed over. */
const TRY_MS = 3_000;
/** One that was asked for may first ask the user to unlock it. */
const KEYRING_ASKS_MS = 60_000;
const NO_KEYRING = "this system has no keyring that Interpane can use: it needs secret-tool (Debian and Ubuntu: libsecret-tools) or a Mac";

/** Where the user has said nothing: the keyring where it works and may be tried, else a file. */
export async function createFirstKey(sources: KeySources, triesKeyring: boolean): Promise<KeyResult> {
  const keyring = triesKeyring ? sources.keyring() : null;
  const kept = keyring === null ? null : await keepInKeyring(keyring, TRY_MS);
  return kept?.ok === true ? kept : createKey({ type: "file" }, sources);
}

/** A new data key, kept before this resolves. Never replaces a key file that is there: that one is taken. */
export async function createKey(place: KeyPlace, sources: KeySources): Promise<KeyResult> {
  switch (place.type) {
    case "file": {
      const existing = readKeyFile(sources.keyFile);
      if (existing.type === "bad") return { ok: false, problem: existing.problem };
      const file = existing.type === "good" ? { ...existing, ok: true as const } : writeKeyFile(sources.keyFile, sources.ops);
      if (!file.ok) return file;
      return { ok: true, key: file.key, record: { type: "file" }, notice: existing.type === "good" ? existing.notice : null };
    }
    case "passphrase": {
      const wrong = passphraseProblem(place.passphrase);
      if (wrong !== null) return { ok: false, problem: wrong };
      const key = randomBytes(KEY_BYTES);
      const sealed = await sealWithPassphrase(key, place.passphrase, sources.cost);
      return sealed.ok ? { ok: true, key, record: sealed.record, notice: null } : sealed;
    }
    case "keyring": {
      const keyring = sources.keyring();
      return keyring === null ? { ok: false, problem: NO_KEYRING } : keepInKeyring(keyring, KEYRING_ASKS_MS);
    }
    default:
      return place satisfies never;
  }
}

/** Kept only where it comes back: some keyrings take what they do not hold. */
async function keepInKeyring(keyring: Keyring, timeoutMs: number): Promise<KeyResult> {
  const key = randomBytes(KEY_BYTES);
  const entry = randomBytes(16).toString("hex");
  const refused = await keyring.store(entry, key.toString("hex"), timeoutMs);
  if (refused === null) {
    const back = await keyring.lookup(entry, timeoutMs);
    if (back.ok && back.secret === key.toString("hex")) return { ok: true, key, record: { type: "keyring", entry }, notice: null };
    await keyring.remove(entry, TRY_MS);
    return { ok: false, problem: `${keyring.name} did not keep the key: ${back.ok ? "something else came back" : back.problem}` };
  }
  return { ok: false, problem: `${keyring.name} did not keep the key: ${refused}` };
}

/** The data key of an existing vault; a passphrase only where the record wants one. Changes nothing but a file's mode that was too wide. */
export async function unlockKey(record: KeyRecord, sources: KeySources, passphrase: string | null): Promise<KeyResult> {
  switch (record.type) {
    case "file": {
      const read = readKeyFile(sources.keyFile);
      if (read.type === "good") return { ok: true, key: read.key, record, notice: read.notice };
      if (read.type === "bad") return { ok: false, problem: read.problem };
      return {
        ok: false,
        problem: `the vault's key file ${sources.keyFile} is missing; put it back, or remove vault.json and its .bak and add the keys anew`,
      };
    }
    case "passphrase": {
      if (passphrase === null) return { ok: false, problem: LOCKED };
      const opened = await unsealWithPassphrase(record, passphrase);
      return opened.ok ? { ok: true, key: opened.key, record, notice: null } : opened;
    }
    case "keyring":
      return fromKeyring(record.entry, record, sources.keyring());
    default:
      return record satisfies never;
  }
}

const LOCKED = "the vault is locked: its passphrase is typed in an open workspace (/unlock), or given to: interpane vault unlock";

async function fromKeyring(entry: string, record: KeyRecord, keyring: Keyring | null): Promise<KeyResult> {
  const remedy =
    "unlock the keyring (log in on the desktop, or ssh in with its session) and try again; where it is lost, remove vault.json and its .bak and add the keys anew";
  if (keyring === null) return { ok: false, problem: `the vault's key lies in your system's keyring, and ${NO_KEYRING}` };
  const found = await keyring.lookup(entry, KEYRING_ASKS_MS);
  if (!found.ok)
    return { ok: false, problem: `the vault's key lies in ${keyring.name}, which did not give it: ${found.problem}; ${remedy}` };
  const key = Buffer.from(found.secret, "hex");
  if (key.length === KEY_BYTES) return { ok: true, key, record, notice: null };
  return { ok: false, problem: `what ${keyring.name} has for the vault is no key; ${remedy}` };
}

/** Takes a former key away. Null when it is gone, else why not. */
export async function removeLeftKey(left: LeftKey, sources: KeySources): Promise<string | null> {
  if (left.type === "keyring") {
    const keyring = sources.keyring();
    if (keyring === null) return "its keyring is not there";
    const problem = await keyring.remove(left.entry, TRY_MS);
    return problem === null ? null : `${keyring.name}: ${problem}`;
  }
  try {
    rmSync(sources.keyFile, { force: true });
    syncDir(sources.ops, dirname(sources.keyFile));
    return null;
  } catch (error) {
    return `${sources.keyFile}: ${plainReason(error)}`;
  }
}
