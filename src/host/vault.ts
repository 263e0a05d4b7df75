// Secrets at rest: AES-256-GCM, one record each, bound by its additional data to the one origin that may be sent it.

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { z } from "zod";
import { type FileOps, realFileOps } from "./file-ops.ts";
import type { Paths } from "./paths.ts";
import { openStore, type Store, StoreError } from "./safe-file.ts";
import { createKey, type KeyRecord, keyRecordSchema, unlockKey } from "./vault-key.ts";

const VERSION = 1;
const sealed = { nonce: z.base64(), ciphertext: z.base64(), tag: z.base64() };
const recordSchema = z.looseObject({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  origin: z.string().min(1),
  ...sealed,
  createdAt: z.number(),
  label: z.string(),
});
type SealedRecord = z.infer<typeof recordSchema>;

const vaultFileSchema = z.looseObject({
  version: z.literal(VERSION),
  /** Null until the first secret is kept. */
  key: keyRecordSchema.nullable(),
  /** Something known, sealed with the data key: tells a wrong key from a tampered record. */
  check: z.object(sealed).nullable(),
  records: z.array(recordSchema),
});
type VaultFile = z.infer<typeof vaultFileSchema>;

export type VaultOpened = { readonly ok: true; readonly secret: string } | { readonly ok: false; readonly problem: string };
export type VaultDone = { readonly ok: true } | { readonly ok: false; readonly problem: string };

export interface VaultRow {
  readonly id: string;
  readonly origin: string;
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** No method but `remove` throws or rejects, and no problem holds a secret. */
export interface Vault {
  /** Keeps `secret` under `id`, for `origin` alone; replaces what `id` was before. `origin` is exact: scheme, host and port. */
  add(id: string, origin: string, secret: string, label?: string): Promise<VaultDone>;
  /** Refuses any origin but the one the secret was kept for. */
  open(id: string, origin: string): VaultOpened;
  /** With `origin`: and it may be sent there. Asks for no key, so a locked vault answers too. */
  has(id: string, origin?: string): boolean;
  list(): VaultRow[];
  /** False where there was no such id. Rejects with `StoreError` where it could not be taken out of the file. */
  remove(id: string): Promise<boolean>;
  /** To be shown for as long as it stands: how weakly the key is kept, or why the vault cannot be opened. */
  readonly warning: string | null;
  /** What happened to the file; one line each. */
  readonly problems: readonly string[];
  /** Wipes the key from memory. */
  close(): void;
}

export interface VaultOptions {
  readonly passphrase?: string;
  readonly ops?: FileOps;
  readonly now?: () => number;
}

type Key = { type: "open"; key: Buffer; record: KeyRecord; notice: string | null } | { type: "none" } | { type: "locked"; problem: string };

/** Opens the vault without making anything: file and key come with the first secret. Rejects with `StoreError` where the file cannot be read. */
export async function openVault(paths: Pick<Paths, "vaultFile" | "vaultKeyFile">, options: VaultOptions = {}): Promise<Vault> {
  const ops = options.ops ?? realFileOps;
  const now = options.now ?? Date.now;
  const passphrase = options.passphrase === "" ? undefined : options.passphrase;
  const empty = (): VaultFile => ({ version: VERSION, key: null, check: null, records: [] });
  const store = await openStore(paths.vaultFile, vaultFileSchema, empty, { ops, now });
  let key = await unlock(store.data(), paths.vaultKeyFile, passphrase);

  async function add(id: string, origin: string, secret: string, label = ""): Promise<VaultDone> {
    const wrong = checkName(id, origin, secret);
    if (wrong !== null) return { ok: false, problem: wrong };
    if (key.type === "none") {
      const made = await createKey(paths.vaultKeyFile, passphrase, ops);
      if (!made.ok) return made;
      // Two first secrets at once: the other one's key may be in use by now.
      if (key.type === "none") key = { type: "open", key: made.key, record: made.record, notice: made.notice };
    }
    if (key.type !== "open") return { ok: false, problem: key.type === "locked" ? key.problem : "the vault is closed" };
    const { record: keyRecord, key: dataKey } = key;
    const record: SealedRecord = {
      id,
      origin,
      ...seal(dataKey, secret, contextOf(id, origin)),
      createdAt: now(),
      label,
    };
    try {
      await store.update((file) => {
        if (file.check !== null && unseal(dataKey, file.check, CHECK_CONTEXT) !== CHECK_TEXT) {
          throw new StoreError("the vault was made anew by another process; start again");
        }
        file.key ??= keyRecord;
        file.check ??= seal(dataKey, CHECK_TEXT, CHECK_CONTEXT);
        file.records = [...file.records.filter((other) => other.id !== id), record];
      });
      return { ok: true };
    } catch (error) {
      return { ok: false, problem: reasonOf(error) };
    }
  }

  function open(id: string, origin: string): VaultOpened {
    const record = store.data().records.find((other) => other.id === id);
    if (record === undefined) {
      return { ok: false, problem: `the vault has no key "${id}"; run: interpane vault add ${id}` };
    }
    if (record.origin !== origin) {
      return {
        ok: false,
        problem: `the vault's key "${id}" is kept for ${record.origin} and is not sent to ${origin}; add one for it: interpane vault add`,
      };
    }
    if (key.type !== "open") return { ok: false, problem: key.type === "locked" ? key.problem : "the vault is closed" };
    const secret = unseal(key.key, record, contextOf(id, origin));
    if (secret !== null) return { ok: true, secret };
    return {
      ok: false,
      problem: `the vault's key "${id}" was changed or moved and cannot be opened; run: interpane vault add ${id}`,
    };
  }

  async function remove(id: string): Promise<boolean> {
    if (!has(id)) return false;
    // Twice, so that the record leaves the `.bak` as well.
    for (let times = 0; times < 2; times += 1) {
      await store.update((file) => {
        file.records = file.records.filter((other) => other.id !== id);
      });
    }
    return true;
  }

  function has(id: string, origin?: string): boolean {
    return store.data().records.some((record) => record.id === id && (origin === undefined || record.origin === origin));
  }

  return {
    add,
    open,
    remove,
    has,
    list: () => store.data().records.map(({ id, origin, label, createdAt }) => ({ id, origin, label, createdAt })),
    get warning() {
      return warningOf(key, store, paths.vaultKeyFile, passphrase !== undefined);
    },
    problems: store.problems,
    close() {
      if (key.type === "open") key.key.fill(0);
      key = { type: "locked", problem: "the vault is closed" };
    },
  };
}

async function unlock(file: VaultFile, keyFile: string, passphrase: string | undefined): Promise<Key> {
  if (file.key === null) {
    if (file.records.length === 0) return { type: "none" };
    return { type: "locked", problem: "vault.json does not say how its key is kept; put a whole copy back" };
  }
  const result = await unlockKey(file.key, keyFile, passphrase);
  if (!result.ok) return { type: "locked", problem: result.problem };
  if (file.check !== null && unseal(result.key, file.check, CHECK_CONTEXT) !== CHECK_TEXT) {
    result.key.fill(0);
    return {
      type: "locked",
      problem: `the key in ${keyFile} is not the one this vault was made with; put the right file back. Nothing was changed`,
    };
  }
  return { type: "open", key: result.key, record: result.record, notice: result.notice };
}

function warningOf(key: Key, store: Store<VaultFile>, keyFile: string, hasPassphrase: boolean): string | null {
  switch (key.type) {
    case "locked":
      return store.data().records.length > 0 || store.data().key !== null ? key.problem : null;
    case "none":
      return null;
    case "open": {
      if (key.record.type !== "file") return null;
      const weak = `the vault's key lies in a file (${keyFile}): whoever can read your files can read your API keys`;
      const remedy = hasPassphrase
        ? "INTERPANE_VAULT_PASSPHRASE is set but this vault was made without it; remove vault.json, its .bak and vault.key and add the keys anew to use it"
        : "a passphrase in INTERPANE_VAULT_PASSPHRASE before the first key protects a new vault";
      return [key.notice, weak, remedy].filter((part) => part !== null).join("; ");
    }
    default:
      return key satisfies never;
  }
}

/** What is wrong with a record's names, or null. An id has no `|`, so the additional data cannot be read two ways. */
function checkName(id: string, origin: string, secret: string): string | null {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(id)) return "a vault id is 1 to 64 letters, digits, dots, hyphens and underscores";
  if (secret.trim() === "") return `the key for "${id}" is empty`;
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
    return `"${origin.slice(0, 200)}" is not an origin; give scheme, host and port alone, such as https://api.openai.com`;
  }
  return null;
}

const CHECK_TEXT = "interpane vault";
const CHECK_CONTEXT = `${VERSION}||`;

function contextOf(id: string, origin: string): string {
  return `${VERSION}|${id}|${origin}`;
}

function seal(key: Buffer, text: string, context: string): { nonce: string; ciphertext: string; tag: string } {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  const plain = Buffer.from(text);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  plain.fill(0);
  return {
    nonce: nonce.toString("base64"),
    ciphertext: ciphertext.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
  };
}

/** Null where key, record or context do not belong together. */
function unseal(key: Buffer, record: { nonce: string; ciphertext: string; tag: string }, context: string): string | null {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(record.nonce, "base64"), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(context)).setAuthTag(Buffer.from(record.tag, "base64"));
    const plain = Buffer.concat([decipher.update(Buffer.from(record.ciphertext, "base64")), decipher.final()]);
    const text = plain.toString();
    plain.fill(0);
    return text;
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof StoreError ? error.message : "the vault could not be saved; see the log";
}
