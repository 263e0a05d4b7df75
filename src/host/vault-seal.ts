// A text under the vault's data key: AES-256-GCM, bound to what its additional data say.

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { z } from "zod";

export const KEY_BYTES = 32;

/** Stands in `vault.json`; base64. */
export const sealedShape = { nonce: z.base64(), ciphertext: z.base64(), tag: z.base64() };
export interface Sealed {
  readonly nonce: string;
  readonly ciphertext: string;
  readonly tag: string;
}

/** `plain` is the caller's to wipe. */
export function sealBytes(key: Buffer, plain: Buffer, context: string): { nonce: string; ciphertext: string; tag: string } {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { nonce: nonce.toString("base64"), ciphertext: ciphertext.toString("base64"), tag: cipher.getAuthTag().toString("base64") };
}

/** Null where key, record or context do not belong together. */
export function unsealBytes(key: Buffer, sealed: Sealed, context: string): Buffer | null {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(sealed.nonce, "base64"), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(context)).setAuthTag(Buffer.from(sealed.tag, "base64"));
    return Buffer.concat([decipher.update(Buffer.from(sealed.ciphertext, "base64")), decipher.final()]);
  } catch {
    return null;
  }
}

export function seal(key: Buffer, text: string, context: string): { nonce: string; ciphertext: string; tag: string } {
  const plain = Buffer.from(text);
  const sealed = sealBytes(key, plain, context);
  plain.fill(0);
  return sealed;
}

export function unseal(key: Buffer, sealed: Sealed, context: string): string | null {
  const plain = unsealBytes(key, sealed, context);
  const text = plain?.toString() ?? null;
  plain?.fill(0);
  return text;
}
