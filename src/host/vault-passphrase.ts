// The vault's data key under a passphrase: argon2id makes the key that it is sealed with.

import { type Argon2Parameters, argon2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";
import { KEY_BYTES, sealBytes, sealedShape, unsealBytes } from "./vault-seal.ts";

/** Stands in `vault.json`; no secret in it. */
export const passphraseRecordSchema = z.object({
  type: z.literal("passphrase"),
  salt: z.base64(),
  memoryKib: z.int().min(8).max(4_194_304),
  passes: z.int().min(1).max(100),
  lanes: z.int().min(1).max(64),
  ...sealedShape,
});
export type PassphraseRecord = z.infer<typeof passphraseRecordSchema>;

export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/**
 * Argon2id, 64 MiB, three passes, four lanes, a salt of 128 bits: the second recommended option of RFC 9106, section 4, for machines
 * that cannot spare its first one's 2 GiB. 126 ms measured on two cores with Node 24. Kept with each record, so it may grow.
 */
export const ARGON2: Argon2Cost = { memoryKib: 65_536, passes: 3, lanes: 4 };
const SALT_BYTES = 16;
/** Shorter ones are guessed too soon by whoever has the file. */
const CHARACTERS_LEAST = 8;
const BYTES_MOST = 1024;
const WRAP_CONTEXT = "interpane-vault-key|1";
const NO_MEMORY = "the vault's passphrase could not be worked on: 64 MB of memory are needed for a moment; free some and try again";
const argon2Async = promisify(argon2);

/** What is wrong with a new passphrase, or null. Never quotes it. */
export function passphraseProblem(passphrase: string): string | null {
  if ([...passphrase].length < CHARACTERS_LEAST) {
    return `the passphrase is too short: give at least ${CHARACTERS_LEAST} characters, better several words`;
  }
  if (Buffer.byteLength(passphrase) > BYTES_MOST) return `the passphrase is too long: ${BYTES_MOST} bytes are the most`;
  return null;
}

export async function sealWithPassphrase(
  key: Buffer,
  passphrase: string,
  cost: Argon2Cost,
): Promise<{ ok: true; record: PassphraseRecord } | { ok: false; problem: string }> {
  const salt = randomBytes(SALT_BYTES);
  const wrapKey = await stretch(passphrase, salt, cost);
  if (wrapKey === null) return { ok: false, problem: NO_MEMORY };
  const sealed = sealBytes(wrapKey, key, WRAP_CONTEXT);
  wrapKey.fill(0);
  return { ok: true, record: { type: "passphrase", salt: salt.toString("base64"), ...cost, ...sealed } };
}

export async function unsealWithPassphrase(
  record: PassphraseRecord,
  passphrase: string,
): Promise<{ ok: true; key: Buffer } | { ok: false; problem: string }> {
  if (Buffer.byteLength(passphrase) > BYTES_MOST) return { ok: false, problem: WRONG };
  const wrapKey = await stretch(passphrase, Buffer.from(record.salt, "base64"), record);
  if (wrapKey === null) return { ok: false, problem: NO_MEMORY };
  const key = unsealBytes(wrapKey, record, WRAP_CONTEXT);
  wrapKey.fill(0);
  return key === null || key.length !== KEY_BYTES ? { ok: false, problem: WRONG } : { ok: true, key };
}

// A wrong passphrase and a changed record cannot be told apart.
const WRONG = "this passphrase does not open the vault; type it again (vault.json may also be damaged: then put a whole copy back)";

/** Null where the system will not give the memory. */
async function stretch(passphrase: string, salt: Buffer, cost: Argon2Cost): Promise<Buffer | null> {
  // One passphrase, however the keyboard composes its accents.
  const message = Buffer.from(passphrase.normalize("NFC"));
  const parameters: Argon2Parameters = {
    message,
    nonce: salt,
    parallelism: cost.lanes,
    tagLength: KEY_BYTES,
    memory: cost.memoryKib,
    passes: cost.passes,
  };
  try {
    return await argon2Async("argon2id", parameters);
  } catch {
    return null;
  } finally {
    message.fill(0);
  }
}
