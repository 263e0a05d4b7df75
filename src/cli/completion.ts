// What a shell offers while a command line is being typed: from the tables of commands and flags, and from what lies on disk.
// It answers between two keys: nothing is started, and nothing is loaded that the word at hand does not need.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { resolveHome } from "../link/home.ts";
import { type CommandName, commandTable } from "./command-table.ts";
import { type FlagRow, flagTable } from "./flag-table.ts";

export interface Candidate {
  readonly word: string;
  /** Beside it, where the shell shows it. */
  readonly help: string;
}

export interface Completed {
  readonly candidates: readonly Candidate[];
  /** The shell's own names besides. */
  readonly paths: "files" | "folders" | null;
}

export interface CompletionWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `profiles/` lies that came with the program. */
  readonly packageDir: string;
}

const nothing: Completed = { candidates: [], paths: null };
const MODELS_MAX = 2_000;

/** `words`: all that stands after the program's name, the last one being typed and maybe empty. */
export async function complete(words: readonly string[], world: CompletionWorld): Promise<Completed> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  if (before.includes("--")) return nothing;
  const plain = plainWords(before);
  const row = commandTable.find((each) => each.name === plain[0] && each.name !== "screen") ?? null;
  const command: CommandName = row?.name ?? "screen";
  const [, name, , value] = /^(--[^=]+)(=)(.*)$/su.exec(typed) ?? [];
  const flag = findFlag(name ?? before.at(-1) ?? "");
  if (name !== undefined && flag?.value !== undefined) {
    const found = await flagValues(flag, value ?? "", world);
    return fitting({ ...found, candidates: found.candidates.map((each) => ({ ...each, word: `${name}=${each.word}` })) }, typed);
  }
  if (flag?.value !== undefined && flag.valueLooks === undefined) return fitting(await flagValues(flag, typed, world), typed);
  if (typed.startsWith("-")) return fitting(listed(flagsFor(command, typed.includes("_"))), typed);
  if (row === null) return plain.length === 0 ? fitting(listed(commands()), typed) : nothing;
  if (row.verbs !== undefined && plain.length === 1) return fitting(listed(row.verbs.map((verb) => ({ word: verb, help: "" }))), typed);
  return fitting(await wordsFor(command, plain.slice(1), world), typed);
}

/** One line a candidate, its help after a tab; `:files` and `:folders` ask the shell for its own. */
export function completionLines({ candidates, paths }: Completed): string {
  const lines = candidates.map(({ word, help }) => `${oneLine(word)}\t${oneLine(help)}`);
  return [...lines, ...(paths === null ? [] : [`:${paths}`])].map((line) => `${line}\n`).join("");
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

function listed(candidates: readonly Candidate[], paths: Completed["paths"] = null): Completed {
  return { candidates, paths };
}

function fitting({ candidates, paths }: Completed, typed: string): Completed {
  const seen = new Set<string>();
  const kept = candidates.filter(({ word }) => word.startsWith(typed) && !seen.has(word) && seen.add(word));
  return { candidates: kept, paths };
}

/** Without flags and what belongs to them. */
function plainWords(words: readonly string[]): string[] {
  const plain: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("-") || word === "-") plain.push(word);
    else if (!word.includes("=") && findFlag(word)?.value !== undefined && findFlag(word)?.valueLooks === undefined) at += 1;
  }
  return plain;
}

function findFlag(word: string): FlagRow | undefined {
  if (word.startsWith("--")) return flagTable.find((flag) => flag.name === word.slice(2).replaceAll("_", "-"));
  const letters = word.slice(1);
  return word.startsWith("-") ? flagTable.find((flag) => flag.alias === letters || flag.old?.includes(letters)) : undefined;
}

/** With underscores for whoever has typed one: else nothing would fit. */
function flagsFor(command: CommandName, hasUnderscores: boolean): Candidate[] {
  return flagTable
    .filter((flag) => flag.where.includes(command))
    .map((flag) => ({ word: `--${hasUnderscores ? flag.name.replaceAll("-", "_") : flag.name}`, help: flag.help }));
}

function commands(): Candidate[] {
  return commandTable.filter((row) => row.name !== "screen").map((row) => ({ word: row.name, help: row.help }));
}

const plainValues = (words: readonly string[]): Completed => listed(words.map((word) => ({ word, help: "" })));

async function flagValues(flag: FlagRow, typed: string, world: CompletionWorld): Promise<Completed> {
  switch (flag.key) {
    case "profile":
    case "saveProfile":
      return listed(profileNames(world), flag.key === "profile" ? "files" : null);
    case "model":
      return listed(await models(typed, world));
    case "provider":
      return listed(await providers(world));
    case "cwd":
    case "workspace":
      return listed(await recent(world), "folders");
    case "from":
    case "image":
    case "moonshot":
    case "output":
    case "outputSchema":
      return listed([], "files");
    case "wireApi":
      return plainValues(["responses", "chat", "messages"]);
    case "tools": {
      const before = typed.slice(0, typed.lastIndexOf(",") + 1);
      return plainValues((await import("../domain/profile.ts")).toolNameSchema.options.map((tool) => `${before}${tool}`));
    }
    case "harness":
      return plainValues((await import("../domain/profile.ts")).harnessNameSchema.options);
    case "effort":
      return plainValues((await import("../domain/stream.ts")).effortSchema.options);
    case "until":
      return plainValues(["idle", "waiting", "done", "idle,waiting"]);
    case "face":
      return plainValues(["transcript", "terminal"]);
    case "format":
      return plainValues(["markdown", "json"]);
    default:
      return nothing;
  }
}

async function wordsFor(command: CommandName, [verb, ...rest]: readonly string[], world: CompletionWorld): Promise<Completed> {
  switch (command) {
    case "profile":
      if (verb === "import") return rest.length === 0 ? listed([], "files") : nothing;
      if (verb === "show" || verb === "check") return listed(profileNames(world), "files");
      return verb === "add" || verb === "list" || verb === "preset" ? nothing : listed(profileNames(world));
    case "vault":
      if (verb === "protect") return rest.length === 0 ? plainValues(["passphrase", "keyring", "file"]) : nothing;
      return verb === "add" || verb === "remove" ? listed(await providers(world)) : nothing;
    case "login":
    case "logout":
    case "providers":
      return listed(await providers(world));
    case "sessions":
      return verb === "list" ? nothing : listed(sessions(world));
    case "attach":
      return listed(await recent(world), "folders");
    case "help":
      return listed([...commands(), { word: "flags", help: "every flag" }]);
    default:
      return nothing;
  }
}

// What lies on disk ---------------------------------------------------------------------------------------------------------

function profileNames({ env, packageDir }: CompletionWorld): Candidate[] {
  const names = (folder: string, help: string): Candidate[] =>
    filesIn(folder).flatMap((file) => {
      const [, word] = /^(.+)\.(?:ya?ml|json)$/u.exec(file) ?? [];
      return word === undefined ? [] : [{ word, help }];
    });
  return [...names(resolveHome(env).profilesDir, "your profile"), ...names(join(packageDir, "profiles"), "bundled profile")];
}

function sessions({ env }: CompletionWorld): Candidate[] {
  return filesIn(resolveHome(env).sessionsDir).flatMap((file) => {
    const [, word] = /^(s-[a-z0-9]+)\.jsonl$/u.exec(file) ?? [];
    return word === undefined ? [] : [{ word, help: "" }];
  });
}

async function recent({ env }: CompletionWorld): Promise<Candidate[]> {
  const { recentFolders } = await import("./recent-folders.ts");
  return recentFolders(resolveHome(env)).map(({ folder }) => ({ word: folder, help: "opened lately" }));
}

async function providers({ env }: CompletionWorld): Promise<Candidate[]> {
  const { listProviders } = await import("../catalog/catalog.ts");
  return [...ownProviders(env), ...listProviders().map((row) => ({ word: row.id, help: row.name }))];
}

/** `[model_providers.ID]` of config.toml, by its headers alone: whether they are right is not asked here. */
function ownProviders(env: CompletionWorld["env"]): Candidate[] {
  const text = readText(resolveHome(env).configFile);
  return [...text.matchAll(/^\s*\[model_providers\.([A-Za-z0-9._-]+)\]/gmu)].map(([, word = ""]) => ({
    word,
    help: "of your config.toml",
  }));
}

/** All models are thousands: with a provider typed, its own; without one the providers, to go on from. */
async function models(typed: string, world: CompletionWorld): Promise<Candidate[]> {
  const slash = typed.indexOf("/");
  if (slash < 0) {
    const own = (await providers(world)).map(({ word, help }) => ({ word: `${word}/`, help }));
    return typed === "" ? own : [...own, ...(await modelsNamed(typed))];
  }
  const catalog = await import("../catalog/catalog.ts");
  await catalog.loadModels();
  const provider = typed.slice(0, slash);
  return catalog.modelsOf(provider).map((model) => ({ word: `${provider}/${model.id}`, help: model.name }));
}

async function modelsNamed(typed: string): Promise<Candidate[]> {
  const catalog = await import("../catalog/catalog.ts");
  await catalog.loadModels();
  const all = catalog.listProviders().flatMap((row) => catalog.modelsOf(row.id));
  return all
    .filter((model) => model.id.startsWith(typed))
    .slice(0, MODELS_MAX)
    .map((model) => ({ word: model.id, help: model.name }));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
