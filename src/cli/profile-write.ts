// Writing the user's own profiles: a new one from keys and values, and one changed in an editor. What is wrong is never put in place.

import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listProviders } from "../catalog/catalog.ts";
import { editText } from "../client/edit-text.ts";
import { resolveHome } from "../link/home.ts";
import type { Flags } from "./flag-table.ts";
import { complain, EXIT, type ExitCode, type Io } from "./io.ts";
import { nearest } from "./nearest.ts";
import { printable } from "./printable.ts";
import { failWith } from "./problem.ts";
import { ownProfileFile } from "./profile-word.ts";

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u;
/** A wrong text is offered again this often; then it is put aside. */
const EDITS_MAX = 20;

export function providerAt(origin: string): string | null {
  const found = listProviders().find((row) => URL.canParse(row.baseUrl) && new URL(row.baseUrl).origin === origin);
  return found?.id ?? null;
}

export function nameProblem(name: string): string | null {
  // By its name it would not be found: with such an ending a file is looked for.
  const bare = /^(.+)\.(?:ya?ml|json|py)$/u.exec(name)?.[1];
  if (bare !== undefined) return `"${printable(name)}" is a file's name; write the profile's: ${printable(bare)}`;
  if (namePattern.test(name)) return null;
  return `"${printable(name)}" cannot be a profile's name: up to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit`;
}

/** `interpane profile add NAME provider=… model=…`: the keys are those of a profile's file. */
export async function addProfile(io: Io, words: readonly string[], flags: Flags): Promise<ExitCode> {
  const [name = "", ...pairs] = words;
  const problem = nameProblem(name);
  if (problem !== null) return failWith(io, EXIT.usage, problem);
  const texts = await io.profileTexts();
  const keys = Object.keys(texts.allowed);
  const value: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const key = pair.slice(0, Math.max(0, at)).replaceAll("-", "_");
    if (at <= 0)
      return failWith(io, EXIT.usage, `"${pair}" is no KEY=VALUE; as in: interpane profile add ${name} provider=openai model=gpt-5.5`);
    if (!keys.includes(key)) {
      const meant = nearest(key, keys, 3);
      const hint = meant === null ? `there is: ${keys.join(", ")}` : `did you mean "${meant}"?`;
      return failWith(io, EXIT.usage, `"${key}" is no key of a profile; ${hint}`);
    }
    value[key] = toValue(key, pair.slice(at + 1));
  }
  const { profilesDir } = resolveHome(io.env);
  const file = join(profilesDir, `${name}.yaml`);
  const text = texts.write(value as Parameters<typeof texts.write>[0]);
  const read = texts.read(text, file, providerAt);
  // Its lines are nobody's yet.
  if (!read.ok)
    return failWith(
      io,
      EXIT.usage,
      ...read.problems.map((line) =>
        line
          .replace(`${file}:`, "")
          .replace(/^\d+: /u, "")
          .trim(),
      ),
    );
  if (!flags.yes && ownProfileFile({ profilesDir }, name) !== null)
    return failWith(
      io,
      EXIT.usage,
      `you have a profile "${name}" already; change it with: interpane profile edit ${name}, or replace it with --yes`,
    );
  return write(io, file, text, ownProfileFile({ profilesDir }, name), name);
}

const numbers = ["max_tokens", "context_window", "max_output", "temperature", "max_budget"];
const switches = ["auto_run", "offline", "images", "os"];

/** As YAML would read it, but a text stays a text whatever is in it. */
function toValue(key: string, text: string): unknown {
  if (numbers.includes(key)) return /^\d+(\.\d+)?$/u.test(text) ? Number(text) : text;
  if (switches.includes(key)) return text === "true" ? true : text === "false" ? false : text;
  if (key === "tools")
    return text
      .replace(/^\[|\]$/gu, "")
      .split(/[\s,]+/u)
      .filter((word) => word !== "");
  return text;
}

/** `interpane profile edit NAME`: a copy in $EDITOR; it takes its place only where it is right. A bundled one becomes the user's own. */
export async function editProfile(io: Io, name: string): Promise<ExitCode> {
  if (io.ask === null || !io.stdout.isTerminal) return failWith(io, EXIT.usage, "an editor needs a terminal, and there is none");
  const home = resolveHome(io.env);
  const own = ownProfileFile(home, name);
  const source = own ?? bundledFile(io, name);
  if (source === null)
    return failWith(io, EXIT.usage, `there is no profile "${name}"; to make one: interpane profile add ${name} provider=… model=…`);
  const before = readFileSync(source, "utf8");
  const target = own ?? join(home.profilesDir, `${name}.yaml`);
  const texts = await io.profileTexts();
  let text = before;
  for (let edits = 0; edits < EDITS_MAX; edits += 1) {
    const edited = await editText(text, "yaml", io.env);
    if (!edited.ok) return failWith(io, EXIT.failed, edited.problem);
    text = edited.text;
    if (text === before) {
      io.stderr.write("nothing was changed\n");
      return EXIT.done;
    }
    const read = texts.read(text, target, providerAt);
    if (read.ok) {
      if (own !== null && readFileSync(own, "utf8") !== before)
        return putAside(io, home.profilesDir, name, text, `${own} was changed by something else meanwhile`);
      return write(io, target, text, own, name);
    }
    for (const line of read.problems) complain(io, printable(line));
    const answer = await io.ask("edit again? [Y/n] ", { isSecret: false });
    if (/^n/iu.test(answer.trim())) return putAside(io, home.profilesDir, name, text, `${source} stays as it was`);
  }
  return putAside(io, home.profilesDir, name, text, `${source} stays as it was`);
}

function bundledFile(io: Io, name: string): string | null {
  const file = join(io.packageDir, "profiles", `${name}.yaml`);
  try {
    readFileSync(file);
    return namePattern.test(name) ? file : null;
  } catch {
    return null;
  }
}

/** What was typed is never lost; with this ending it is no profile. */
function putAside(io: Io, folder: string, name: string, text: string, why: string): ExitCode {
  const file = join(folder, `${name}.rejected`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600 });
  return failWith(io, EXIT.usage, `${why}; your text lies in ${file}`);
}

/** Whole or not at all: written beside it, then renamed. `old` is the file that it takes the place of. */
export function write(io: Io, file: string, text: string, old: string | null, name: string): ExitCode {
  const beside = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(beside, text, { flag: "wx", mode: 0o600 });
    renameSync(beside, file);
    // A `.yml` or `.json` of the same name would be its twin.
    if (old !== null && old !== file) rmSync(old);
  } catch (error) {
    rmSync(beside, { force: true });
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return failWith(io, EXIT.failed, `${file} could not be written (${code}); check that the folder is yours`);
  }
  io.stdout.write(`${file}\n`);
  io.stderr.write(`wrote the profile; use it with: interpane --profile ${name}, or from now on: interpane profile use ${name}\n`);
  return EXIT.done;
}
