// The vault's data key: 32 random bytes, kept in a file of the user's or under a passphrase, never derived from the machine.
//
// A keyring of the system comes first one day: it would be a third `type` in `keyRecordSchema` and a branch in `unlockKey` and
// `createKey`; nothing in `vault.ts` would change.

import { type Argon2Parameters, argon2, createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { closeSync, constants, fchmodSync, fstatSync, linkSync, openSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { errorCode, type FileOps, plainReason, syncDir } from "./file-ops.ts";
import { writeFileSafely } from "./safe-file.ts";

export const KEY_BYTES = 32;
const FILE_HEAD = "interpane-vault-key-1 ";

const base64 = z.base64();
/** Stands in `vault.json`; no secret in it. */
export const keyRecordSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("file") }),
  /** The data key, sealed with a key that argon2id makes of the passphrase. */
  z.object({
    type: z.literal("passphrase"),
    salt: base64,
    memoryKib: z.int().min(8).max(4_194_304),
    passes: z.int().min(1).max(100),
    lanes: z.int().min(1).max(64),
    nonce: base64,
    ciphertext: base64,
    tag: base64,
  }),
]);
export type KeyRecord = z.infer<typeof keyRecordSchema>;

export type KeyResult =
  | { readonly ok: true; readonly key: Buffer; readonly record: KeyRecord; readonly notice: string | null }
  | { readonly ok: false; readonly problem: string };

/** facts/security.md: argon2id 64 MiB, t=3, p=4, about 126 ms. */
const ARGON2 = { memoryKib: 65_536, passes: 3, lanes: 4 } as const;
const NO_MEMORY = "the vault's passphrase could not be worked on: 64 MB of memory are needed for a moment; free some and try again";
const WRAP_CONTEXT = Buffer.from("interpane-vault-key|1");
const argon2Async = promisify(argon2);

/** A new data key, on disk before this resolves. Never replaces a key that is there: that one is taken. */
export async function createKey(keyFile: string, passphrase: string | undefined, ops: FileOps): Promise<KeyResult> {
  if (passphrase === undefined) {
    const existing = readKeyFile(keyFile);
    if (existing.type === "good") return { ok: true, key: existing.key, record: { type: "file" }, notice: existing.notice };
    if (existing.type === "bad") return { ok: false, problem: existing.problem };
    return writeKeyFile(keyFile, ops);
  }
  const key = randomBytes(KEY_BYTES);
  const salt = randomBytes(16);
  const wrapKey = await stretch(passphrase, salt, ARGON2);
  if (wrapKey === null) return { ok: false, problem: NO_MEMORY };
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", wrapKey, nonce).setAAD(WRAP_CONTEXT);
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()]);
  wrapKey.fill(0);
  const record: KeyRecord = {
    type: "passphrase",
    salt: salt.toString("base64"),
    ...ARGON2,
    nonce: nonce.toString("base64"),
    ciphertext: ciphertext.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
  };
  return { ok: true, key, record, notice: null };
}

/** The data key of an existing vault. Changes nothing on disk but a mode that was too wide. */
export async function unlockKey(record: KeyRecord, keyFile: string, passphrase: string | undefined): Promise<KeyResult> {
  switch (record.type) {
    case "file": {
      const read = readKeyFile(keyFile);
      if (read.type === "good") return { ok: true, key: read.key, record, notice: read.notice };
      if (read.type === "bad") return { ok: false, problem: read.problem };
      return {
        ok: false,
        problem: `the vault's key file ${keyFile} is missing; put it back, or remove vault.json and its .bak and add the keys anew`,
      };
    }
    case "passphrase": {
      if (passphrase === undefined) {
        return {
          ok: false,
          problem: "the vault is locked by a passphrase; set INTERPANE_VAULT_PASSPHRASE and start again",
        };
      }
      const wrapKey = await stretch(passphrase, Buffer.from(record.salt, "base64"), record);
      if (wrapKey === null) return { ok: false, problem: NO_MEMORY };
      try {
        const decipher = createDecipheriv("aes-256-gcm", wrapKey, Buffer.from(record.nonce, "base64"), {
          authTagLength: 16,
        });
        decipher.setAAD(WRAP_CONTEXT).setAuthTag(Buffer.from(record.tag, "base64"));
        const key = Buffer.concat([decipher.update(Buffer.from(record.ciphertext, "base64")), decipher.final()]);
        return { ok: true, key, record, notice: null };
      } catch {
        return {
          ok: false,
          problem: "INTERPANE_VAULT_PASSPHRASE does not open the vault; set the passphrase it was made with",
        };
      } finally {
        wrapKey.fill(0);
      }
    }
    default:
      return record satisfies never;
  }
}

/** Null where the system will not give the memory. */
async function stretch(
  passphrase: string,
  salt: Buffer,
  cost: { memoryKib: number; passes: number; lanes: number },
): Promise<Buffer | null> {
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

type KeyFile = { type: "good"; key: Buffer; notice: string | null } | { type: "missing" } | { type: "bad"; problem: string };

function readKeyFile(path: string): KeyFile {
  const remedy = "put the right file back, or remove vault.json, its .bak and the key file and add the keys anew";
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { type: "missing" };
    if (errorCode(error) === "ELOOP")
      return { type: "bad", problem: `the vault's key file ${path} is a symbolic link; put the file itself there` };
    return { type: "bad", problem: `the vault's key file ${path} could not be read: ${plainReason(error)}` };
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { type: "bad", problem: `the vault's key file ${path} is not a regular file; ${remedy}` };
    const uid = process.getuid?.();
    if (uid !== undefined && stat.uid !== uid) {
      return {
        type: "bad",
        problem: `the vault's key file ${path} belongs to user ${stat.uid}, not to you (user ${uid}); ${remedy}`,
      };
    }
    let notice: string | null = null;
    if ((stat.mode & 0o077) !== 0) {
      fchmodSync(fd, 0o600);
      notice = `the vault's key file ${path} could be read by others until now; its mode is 0600 again`;
    }
    const text = stat.size > 200 ? "" : readFileSync(fd, "utf8");
    const key = Buffer.from(text.startsWith(FILE_HEAD) ? text.slice(FILE_HEAD.length).trim() : "", "base64");
    if (key.length !== KEY_BYTES) return { type: "bad", problem: `the vault's key file ${path} holds no vault key; ${remedy}` };
    return { type: "good", key, notice };
  } catch (error) {
    return { type: "bad", problem: `the vault's key file ${path} could not be read: ${plainReason(error)}` };
  } finally {
    closeSync(fd);
  }
}

/** Appears under its name whole and synced or not at all; `link` refuses to replace, unlike `rename`. */
function writeKeyFile(path: string, ops: FileOps): KeyResult {
  const key = randomBytes(KEY_BYTES);
  const temp = join(dirname(path), `.${basename(path)}.${randomBytes(9).toString("hex")}`);
  try {
    writeFileSafely(temp, `${FILE_HEAD}${key.toString("base64")}\n`, { ops, keepsBackup: false });
    linkSync(temp, path);
    syncDir(ops, dirname(path));
    return { ok: true, key, record: { type: "file" }, notice: null };
  } catch (error) {
    return { ok: false, problem: `the vault's key file ${path} could not be made: ${plainReason(error)}` };
  } finally {
    rmSync(temp, { force: true });
  }
}
