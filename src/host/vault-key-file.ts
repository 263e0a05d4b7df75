// The vault's data key in a file of the user's: 0600, whole or not at all, never put in the place of another.

import { randomBytes } from "node:crypto";
import { closeSync, constants, fchmodSync, fstatSync, linkSync, openSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorCode, type FileOps, plainReason, syncDir } from "./file-ops.ts";
import { writeFileSafely } from "./safe-file.ts";
import { KEY_BYTES } from "./vault-seal.ts";

const FILE_HEAD = "interpane-vault-key-1 ";

export type KeyFile = { type: "good"; key: Buffer; notice: string | null } | { type: "missing" } | { type: "bad"; problem: string };

/** Changes nothing but a mode that was too wide. */
export function readKeyFile(path: string): KeyFile {
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

export type WrittenKey = { readonly ok: true; readonly key: Buffer } | { readonly ok: false; readonly problem: string };

/** Appears under its name whole and synced or not at all; `link` refuses to replace, unlike `rename`. */
export function writeKeyFile(path: string, ops: FileOps): WrittenKey {
  const key = randomBytes(KEY_BYTES);
  const temp = join(dirname(path), `.${basename(path)}.${randomBytes(9).toString("hex")}`);
  try {
    writeFileSafely(temp, `${FILE_HEAD}${key.toString("base64")}\n`, { ops, keepsBackup: false });
    linkSync(temp, path);
    syncDir(ops, dirname(path));
    return { ok: true, key };
  } catch (error) {
    return { ok: false, problem: `the vault's key file ${path} could not be made: ${plainReason(error)}` };
  } finally {
    rmSync(temp, { force: true });
  }
}
