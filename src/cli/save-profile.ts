// `--save-profile NAME`: what is in force becomes a profile file; a key that was given for the run goes to the vault.

import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Caller } from "../client/caller.ts";
import { messageOf } from "../domain/message-of.ts";
import type { ProfileFile } from "../domain/profile.ts";
import { resolveHome } from "../link/home.ts";
import { EXIT, type Io } from "./io.ts";
import { printable } from "./printable.ts";
import { type Problem, problem } from "./problem.ts";
import { ownProfileFile } from "./profile-word.ts";

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,55}$/;

export interface SavedProfile {
  /** With or without the ending of a file. */
  readonly name: string;
  readonly file: ProfileFile;
  /** The key that was given for this run; null: none was. */
  readonly key: string | null;
}

export function profileNameProblem(typed: string): string | null {
  return namePattern.test(bareName(typed))
    ? null
    : `--save-profile ${typed}: a profile's name is up to 56 letters, digits, dots, hyphens and underscores`;
}

/** Asks before it overwrites; says where the profile is. */
export async function saveProfile(saved: SavedProfile, io: Io, caller: Pick<Caller, "command">): Promise<{ readonly ok: true } | Problem> {
  const name = bareName(saved.name);
  const { profilesDir } = resolveHome(io.env);
  const path = join(profilesDir, `${name}.yaml`);
  const old = ownProfileFile({ profilesDir }, name);
  if (old !== null) {
    if (io.ask === null)
      return problem(
        EXIT.usage,
        `${old} is there already, and nobody can be asked whether to overwrite it; remove it, or choose another name`,
      );
    const line = await io.ask(`${printable(old)} is there already; overwrite it? y or n: `, { isSecret: false });
    if (!/^\s*y(es)?\s*$/i.test(line)) return problem(EXIT.refused, `${old} was left as it is`);
  }
  const kept = saved.key === null ? null : await keepKey(name, saved.file, saved.key, caller);
  if (kept?.ok === false) return kept;
  const file: ProfileFile = kept === null ? saved.file : { ...saved.file, credential: `vault:${vaultId(name)}` };
  try {
    writeWhole(path, profilesDir, (await io.profileTexts()).write(file), old !== null);
    // A `.yml` or `.json` of the same name would be its twin.
    if (old !== null && old !== path) rmSync(old);
  } catch (error) {
    return problem(EXIT.failed, `${path} could not be written (${messageOf(error)})`);
  }
  const where = kept === null ? "" : `; its key is in the vault as "${vaultId(name)}"`;
  io.stderr.write(`${printable(`saved ${path}${where}. Use it with: interpane --profile ${name}`)}\n`);
  return { ok: true };
}

/** Not the bare name: a profile "openai" must not take the place of the key that was kept for OpenAI. */
function vaultId(name: string): string {
  return `profile.${name}`;
}

function bareName(typed: string): string {
  return typed.replace(/\.(ya?ml|json)$/, "");
}

async function keepKey(name: string, file: ProfileFile, secret: string, caller: Pick<Caller, "command">): Promise<{ ok: true } | Problem> {
  const reply = await caller.command({
    type: "credential.add",
    provider: file.provider,
    secret,
    // It is used right after this, and what the provider says then is told.
    isUntested: true,
    id: vaultId(name),
    ...(file.base_url === undefined ? {} : { baseUrl: file.base_url }),
  });
  return reply.ok ? { ok: true } : problem(EXIT.failed, `the key could not be kept, so no profile was written: ${reply.reason}`);
}

/** A reader sees the old file or the new one. One that came meanwhile is not overwritten unasked. */
function writeWhole(path: string, folder: string, text: string, mayReplace: boolean): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
  writeFileSync(temporary, text, { flag: "wx", mode: 0o600 });
  try {
    if (mayReplace) renameSync(temporary, path);
    else linkSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
