// The profile files of a folder, read again only where a file has changed. A wrong file costs itself, not the others.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { type ProfileFile, profileFileSchema } from "../domain/profile.ts";
import { isOpenInterpreterProfile, type ProviderAt, type Translated, translateProfile } from "./open-interpreter-profile.ts";
import { settingsProblem, settingsProblems } from "./settings-problem.ts";
import { readYaml } from "./yaml-source.ts";

export interface FoundProfile {
  readonly id: string;
  /** As the user would open it. */
  readonly path: string;
  readonly from: "bundled" | "user";
  /** Parses when first asked: at start two of the bundled files are needed, not all. */
  readonly parsed: () => ParsedProfile;
}

export type ParsedProfile =
  | {
      readonly ok: true;
      readonly file: ProfileFile;
      /** Of one that was written for Open Interpreter: what has no meaning here, and the key that it holds. */
      readonly foreign?: Pick<Translated, "left" | "secret">;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface ProfileFolder {
  /** All profiles, by name; problems of the folder itself besides. */
  read(): { readonly profiles: readonly FoundProfile[]; readonly problems: readonly string[] };
}

const FILE_BYTES_MAX = 64 * 1024;
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export const profileAllowed: Readonly<Record<keyof typeof profileFileSchema.shape, string>> = {
  provider: "a provider's id (interpane providers lists them), or one of [model_providers.<id>] in config.toml",
  model: "a model's id",
  credential: "none, env:NAME, vault:ID, command, config, aws or sign-in",
  pair: "another profile's name",
  reasoning_effort: "none, minimal, low, medium, high, xhigh or max",
  max_tokens: "a whole number above 0",
  context_window: "a whole number above 0",
  max_output: "a whole number from 200 to 16000",
  temperature: "a number from 0 to 2",
  images: "true or false",
  harness: "native, claude-code, claude-code-bare, kimi-cli, qwen-code, deepseek-tui or minimal",
  shell: "bash, zsh or fish",
  tools: "a list of interpreter, editor, search, gui",
  os: "true or false",
  auto_run: "true or false",
  max_budget: "US dollars, a number above 0",
  offline: "true or false",
  base_url: "an http or https address",
  wire_api: "responses, chat or messages",
  custom_instructions: "a text of up to 20,000 characters",
};

const profileKinds = [".yaml", ".yml", ".json"] as const;

export function openProfileFolder(dir: string, from: "bundled" | "user", providerAt: ProviderAt = () => null): ProfileFolder {
  const kept = new Map<string, { stamp: string; found: FoundProfile }>();
  return {
    read() {
      const problems: string[] = [];
      const profiles: FoundProfile[] = [];
      const seen = new Map<string, string>();
      for (const name of listFolder(dir)) {
        const path = join(dir, name);
        const kind = extname(name);
        if (kind === ".py") problems.push(`${path}: ${pythonProblem}`);
        if (!profileKinds.some((each) => each === kind)) continue;
        const id = name.slice(0, -kind.length);
        const twin = seen.get(id);
        if (!idPattern.test(id))
          problems.push(`${path}: a profile's name is letters, digits, dots, hyphens and underscores; rename the file`);
        else if (twin !== undefined) problems.push(`${path}: ${twin} is a profile of the same name; remove one of them`);
        else {
          seen.set(id, name);
          const found = readOne(path, id, from, kept, providerAt);
          if (found !== null) profiles.push(found);
        }
      }
      for (const path of kept.keys()) if (!profiles.some((found) => found.path === path)) kept.delete(path);
      return { profiles, problems };
    },
  };
}

function listFolder(dir: string): string[] {
  try {
    return readdirSync(dir).toSorted();
  } catch {
    // No folder, no profiles.
    return [];
  }
}

function readOne(
  path: string,
  id: string,
  from: FoundProfile["from"],
  kept: Map<string, { stamp: string; found: FoundProfile }>,
  providerAt: ProviderAt,
): FoundProfile | null {
  const wrong = (problem: string): FoundProfile => ({
    id,
    path,
    from,
    parsed: () => ({ ok: false, problems: [problem] }),
  });
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return wrong(`${path}: this is not a file`);
    if (stat.size > FILE_BYTES_MAX)
      return wrong(`${path}: ${stat.size} bytes are too many for a profile; allowed: up to ${FILE_BYTES_MAX}`);
    const stamp = `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}`;
    const before = kept.get(path);
    if (before?.stamp === stamp) return before.found;
    const text = readFileSync(path, "utf8");
    let parsed: ParsedProfile | null = null;
    const found: FoundProfile = { id, path, from, parsed: () => (parsed ??= parseProfile(text, path, providerAt)) };
    kept.set(path, { stamp, found });
    return found;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    // Removed between the listing and the reading.
    if (code === "ENOENT") return null;
    return wrong(`${path}: cannot be read (${code}); check that it is a file of yours`);
  }
}

const pythonProblem = "a Python profile is never executed; write its settings as YAML, or use: interpane profile add";

/** A profile by the path of its file: one of ours, or one that was written for Open Interpreter. */
export function readProfileFile(path: string, providerAt: ProviderAt): FoundProfile {
  const kind = extname(path);
  const id = basename(path, kind);
  const wrong = (problem: string): FoundProfile => ({ id, path, from: "user", parsed: () => ({ ok: false, problems: [problem] }) });
  if (kind === ".py") return wrong(`${path}: ${pythonProblem}`);
  return readOne(path, id, "user", new Map(), providerAt) ?? wrong(`${path}: there is no such file`);
}

/** One profile's text. `path` is for the messages alone. */
export function parseProfile(text: string, path: string, providerAt: ProviderAt = () => null): ParsedProfile {
  const source = readYaml(text);
  if (!source.ok) return { ok: false, problems: [settingsProblem({ file: path }, source.line, source.problem)] };
  if (typeof source.value !== "object" || source.value === null || Array.isArray(source.value)) {
    return {
      ok: false,
      problems: [settingsProblem({ file: path }, 1, "a profile is lines of `key: value`; needed: provider and model")],
    };
  }
  if (isOpenInterpreterProfile(source.value)) {
    const translated = translateProfile(source.value, providerAt);
    if (!translated.ok) return { ok: false, problems: [settingsProblem({ file: path }, null, translated.problem)] };
    const { file, left, secret } = translated.value;
    const checked = profileFileSchema.safeParse(file, { jitless: true });
    if (checked.success) return { ok: true, file: checked.data, foreign: { left, secret } };
    const from = { file: path, value: file, lineOf: () => null, allowed: profileAllowed };
    return { ok: false, problems: settingsProblems(checked.error.issues, from) };
  }
  const parsed = profileFileSchema.safeParse(source.value, { jitless: true });
  if (parsed.success) return { ok: true, file: parsed.data };
  const from = {
    file: path,
    value: source.value,
    lineOf: source.lineOf,
    allowed: profileAllowed,
    hidden: ["credential"],
  };
  return { ok: false, problems: settingsProblems(parsed.error.issues, from) };
}
