// What stands behind `--profile`: a name, or the path of a file, which the server must be told whole.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, extname, isAbsolute, join, resolve } from "node:path";
import { type Home, resolveHome } from "../link/home.ts";
import type { Io } from "./io.ts";

const kinds = [".yaml", ".yml", ".json", ".py"];

export type ProfileWord = { readonly ok: true; readonly name: string } | { readonly ok: false; readonly message: string };

/**
 * `./my.yaml`, `~/my.yaml` and `my.yaml` are files where there are such; `my.yaml` may also lie in the profiles folder of Interpane or of
 * Open Interpreter, or name a profile with its ending. A Python profile is refused wherever it is.
 */
export function profileWord(io: Pick<Io, "env" | "cwd" | "packageDir">, word: string, cwd = io.cwd): ProfileWord {
  const kind = extname(word);
  if (/^https?:\/\//u.test(word))
    return { ok: false, message: `"${word}" is an address; fetch the file yourself, look at it, and name the file` };
  const isPath = /^(\.{0,2}\/|~\/)/u.test(word);
  if (!isPath && !kinds.includes(kind)) return { ok: true, name: openInterpreterProfile(io, word) ?? word };
  const file = findProfileFile(io, word, cwd);
  if (kind === ".py" || file?.endsWith(".py") === true) return { ok: false, message: pythonRefusal(word) };
  if (file !== null && !kinds.includes(extname(file)))
    return { ok: false, message: `"${word}" is no profile's file; those end in ${kinds.slice(0, 3).join(", ")}` };
  if (file !== null) return { ok: true, name: file };
  const name = basename(word, kind);
  if (!isPath && isProfileName(io, name)) return { ok: true, name };
  const where = isPath ? "" : ` here, in ${resolveHome(io.env).profilesDir} or among Open Interpreter's profiles, and no profile "${name}"`;
  return { ok: false, message: `there is no file ${word}${where}; interpane profile list names the profiles` };
}

/** There is a file of that name, ours or the user's own; whether it can be used is for the server to say. */
export function isProfileName(io: Pick<Io, "env" | "packageDir">, name: string): boolean {
  if (!/^[\w.-]+$/u.test(name)) return false;
  return existsSync(join(io.packageDir, "profiles", `${name}.yaml`)) || ownProfileFile(resolveHome(io.env), name) !== null;
}

export function pythonRefusal(word: string): string {
  return `"${word}" is a Python profile: it is a program, and is never executed; write what it sets as a profile: interpane profile add NAME provider=… model=…`;
}

/** The absolute path of a profile's file, looked for where its user would mean; null where there is none. */
export function findProfileFile(io: Pick<Io, "env">, word: string, cwd: string): string | null {
  const user = io.env["HOME"] ?? homedir();
  const path = word.startsWith("~/") ? join(user, word.slice(2)) : word;
  if (isAbsolute(path) || /[/\\]/u.test(path)) {
    const whole = resolve(cwd, path);
    return existsSync(whole) ? whole : null;
  }
  const folders = [cwd, resolveHome(io.env).profilesDir, ...interpreterFolders(io.env, user)];
  const names = kinds.includes(extname(path)) ? [path] : kinds.map((kind) => `${path}${kind}`);
  for (const folder of folders) for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  return null;
}

/** A name that no profile here has, and one of Open Interpreter's own folder has. */
function openInterpreterProfile(io: Pick<Io, "env" | "packageDir">, name: string): string | null {
  if (isProfileName(io, name) || !/^[\w.-]+$/u.test(name)) return null;
  const files = interpreterFolders(io.env, io.env["HOME"] ?? homedir()).flatMap((folder) =>
    kinds.map((kind) => join(folder, `${name}${kind}`)),
  );
  return files.find((file) => !file.endsWith(".py") && existsSync(file)) ?? null;
}

/** Where Open Interpreter keeps its profiles: `user_config_dir` of the platform, on Linux and on macOS. */
function interpreterFolders(env: Io["env"], user: string): string[] {
  const config = env["XDG_CONFIG_HOME"];
  const linux = config !== undefined && isAbsolute(config) ? config : join(user, ".config");
  return [linux, join(user, "Library/Application Support")].map((folder) => join(folder, "open-interpreter/profiles"));
}

/** The file of one of the user's own profiles; null where there is none. */
export function ownProfileFile(home: Pick<Home, "profilesDir">, name: string): string | null {
  return (
    kinds
      .slice(0, 3)
      .map((kind) => join(home.profilesDir, `${name}${kind}`))
      .find((file) => existsSync(file)) ?? null
  );
}
