// What stands in vault.json: sealed secrets, each bound to its id and the one origin that may be sent it, and how the data key is kept.

import { z } from "zod";
import { StoreError } from "./safe-file.ts";
import { type KeyRecord, type KeyResult, keyRecordSchema, leftKeySchema } from "./vault-key.ts";
import { type Sealed, seal, sealedShape, unseal } from "./vault-seal.ts";

const VERSION = 1;
const recordSchema = z.looseObject({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  origin: z.string().min(1),
  ...sealedShape,
  createdAt: z.number(),
  label: z.string(),
});
export type SealedRecord = z.infer<typeof recordSchema>;

export const vaultFileSchema = z.looseObject({
  version: z.literal(VERSION),
  /** Null until the first secret is kept. */
  key: keyRecordSchema.nullable(),
  /** Something known, sealed with the data key: tells a wrong key from a tampered record. */
  check: z.object(sealedShape).nullable(),
  records: z.array(recordSchema),
  /** Former keys that are to be taken away: a change was interrupted. */
  left: z.array(leftKeySchema).optional(),
});
export type VaultFile = z.infer<typeof vaultFileSchema>;

export function emptyVaultFile(): VaultFile {
  return { version: VERSION, key: null, check: null, records: [] };
}

const CHECK_TEXT = "interpane vault";
const CHECK_CONTEXT = `${VERSION}||`;

function contextOf(id: string, origin: string): string {
  return `${VERSION}|${id}|${origin}`;
}

/** Whether this data key is the one that the file was made with; any key is for one that holds nothing yet. */
export function opensFile(key: Buffer, { check }: Pick<VaultFile, "check">): boolean {
  return check === null || unseal(key, check, CHECK_CONTEXT) === CHECK_TEXT;
}

export function sealCheck(key: Buffer): Sealed {
  return seal(key, CHECK_TEXT, CHECK_CONTEXT);
}

export function sealSecret(key: Buffer, secret: string, { id, origin }: Pick<SealedRecord, "id" | "origin">): Sealed {
  return seal(key, secret, contextOf(id, origin));
}

/** Null where the record was changed, or moved to another id or origin. */
export function openSecret(key: Buffer, record: SealedRecord): string | null {
  return unseal(key, record, contextOf(record.id, record.origin));
}

/** All or nothing: throws where a record does not open, and the file stays as it is. */
export function sealAnew(file: VaultFile, old: Buffer | null, made: Extract<KeyResult, { ok: true }>, before: KeyRecord | null): void {
  if (file.check !== null && (old === null || !opensFile(old, file))) {
    throw new StoreError("the vault was made anew by another process; start again");
  }
  file.records = file.records.map((record) => {
    const secret = old === null ? null : openSecret(old, record);
    if (secret !== null) return { ...record, ...sealSecret(made.key, secret, record) };
    throw new StoreError(
      `the vault's key "${record.id}" was changed or moved and cannot be opened; run: interpane vault remove ${record.id}`,
    );
  });
  file.key = made.record;
  file.check = sealCheck(made.key);
  if (before !== null && before.type !== "passphrase") file.left = [...(file.left ?? []), before];
}

/** What is wrong with a record's names, or null. An id has no `|`, so the additional data cannot be read two ways. */
export function checkName(id: string, origin: string, secret: string): string | null {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(id)) return "a vault id is 1 to 64 letters, digits, dots, hyphens and underscores";
  if (secret.trim() === "") return `the key for "${id}" is empty`;
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
    return `"${origin.slice(0, 200)}" is not an origin; give scheme, host and port alone, such as https://api.openai.com`;
  }
  return null;
}
