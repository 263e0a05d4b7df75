// The command line's words to a command and its flags, by the two tables.

import { type CommandName, type CommandRow, commandTable } from "./command-table.ts";
import { type FlagKey, type Flags, flagsOf, flagTable } from "./flag-table.ts";
import { nearest } from "./nearest.ts";
import { oldFlagOf } from "./old-flags.ts";
import { mistake } from "./problem.ts";

export interface Arguments {
  readonly command: CommandName;
  /** The command's verb; its first one where none was given. */
  readonly verb: string | null;
  readonly flags: Flags;
  readonly words: readonly string[];
  /** About what was typed and has no meaning here. */
  readonly notes: readonly string[];
}

export type ParsedArguments = { readonly ok: true; readonly value: Arguments } | { readonly ok: false; readonly message: string };

/** `argv` without the program. */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  const split = splitFlags(argv);
  if (!split.ok) return split;
  const { given, words, literalFrom, notes } = split;
  const first = literalFrom === 0 ? undefined : words[0];
  const named = commandTable.find((row) => row.name === first && row.name !== "screen");
  if (given.has("help")) return done("help", given, notes, named === undefined ? [] : [named.name]);
  if (given.has("version")) return done("version", given, notes, []);
  const row = named ?? commandTable[0];
  if (row === undefined) return mistake("there is no command");
  if (named === undefined && first !== undefined) {
    const meant = nearest(
      first,
      commandTable.map((one) => one.name),
      1,
    );
    if (words.length <= 2 && meant !== null && meant !== "screen")
      return mistake(`"${first}" is no command; did you mean "${meant}"? To send it as a prompt: interpane -- ${words.join(" ")}`);
  }
  const rest = named === undefined ? words : words.slice(1);
  // A prompt may begin with the same word.
  if (named?.name === "run" && rest.length > 0 && literalFrom !== 1)
    return mistake(
      `"${rest[0]}" could be a command or the rest of a prompt; write interpane run -- ${rest.join(" ")}, or interpane "run ${rest.join(" ")}"`,
    );
  const misplaced = flagTable.find((flag) => given.has(flag.key) && !flag.where.includes(row.name));
  if (misplaced !== undefined) {
    if (misplaced.key === "output" && (row.name === "screen" || row.name === "exec"))
      return mistake("-o is --output here, and no flag of a task; Open Interpreter's -o is --offline");
    const homes = misplaced.where.map((name) => (name === "screen" ? "interpane" : `interpane ${name}`)).join(", ");
    return mistake(`--${misplaced.name} does not work with "${row.name === "screen" ? "interpane" : row.name}"; it works with: ${homes}`);
  }
  for (const [one, other] of exclusive) {
    if (given.has(one) && given.has(other)) return mistake(`${nameOf(one)} and ${nameOf(other)} were both given; give one of them`);
  }
  return finish(row, given, notes, rest);
}

const exclusive = [
  ["fast", "profile"],
  ["fast", "model"],
  ["fast", "local"],
  ["local", "profile"],
  ["local", "provider"],
  ["local", "apiBase"],
  ["resume", "continue"],
] as const;

function nameOf(key: FlagKey): string {
  return `--${flagTable.find((flag) => flag.key === key)?.name ?? key}`;
}

function finish(row: CommandRow, given: Given, notes: readonly string[], rest: readonly string[]): ParsedArguments {
  let verb: string | null = null;
  let words = rest;
  if (row.verbs !== undefined) {
    const [asked] = rest;
    verb = asked ?? row.verbs[0] ?? null;
    if (verb === null || !row.verbs.includes(verb)) {
      return mistake(`"interpane ${row.name} ${asked ?? ""}" is unknown; there is: ${row.verbs.join(", ")}; usage: interpane ${row.usage}`);
    }
    words = rest.slice(1);
  }
  if (words.length < row.words.least || words.length > row.words.most) {
    const problem = words.length < row.words.least ? "something is missing" : `"${words[row.words.most]}" is too much`;
    return mistake(`interpane ${row.name}: ${problem}; usage: interpane ${row.usage}`);
  }
  return done(row.name, given, notes, words, verb);
}

type Given = ReadonlyMap<FlagKey, readonly string[]>;

type Split =
  | {
      readonly ok: true;
      readonly given: Given;
      readonly notes: readonly string[];
      readonly words: readonly string[];
      readonly literalFrom: number;
    }
  | { readonly ok: false; readonly message: string };

function splitFlags(argv: readonly string[]): Split {
  const given = new Map<FlagKey, readonly string[]>();
  const words: string[] = [];
  const notes: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (word === "--") return { ok: true, given, notes, words: [...words, ...argv.slice(at + 1)], literalFrom: words.length };
    if (word === "-" || !word.startsWith("-")) {
      words.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const row = flagTable.find((flag) =>
      name.startsWith("--")
        ? flag.name === name.slice(2).replaceAll("_", "-")
        : flag.alias === name.slice(1) || flag.old?.includes(name.slice(1)) === true,
    );
    if (row === undefined) {
      const old = oldFlagOf(name);
      const together = old === undefined ? takenApart(word) : null;
      if (together !== null) {
        for (const [key, value] of together) given.set(key, [value]);
        continue;
      }
      if (old === undefined) return mistake(unknownFlag(name));
      if (old.isNeedless !== true) return mistake(`${name} is not a flag here: ${old.instead}`);
      notes.push(`${name} is not needed here: ${old.instead}`);
      continue;
    }
    if (row.value === undefined) {
      if (equals >= 0) return mistake(`${name} takes no value, and was given "${word.slice(equals + 1)}"`);
      given.set(row.key, [""]);
      continue;
    }
    const next = argv[at + 1];
    if (row.valueLooks !== undefined && equals < 0 && (next === undefined || !row.valueLooks.test(next))) {
      given.set(row.key, [""]);
      continue;
    }
    const value = equals >= 0 ? word.slice(equals + 1) : next;
    if (value === undefined || value === "" || (equals < 0 && value.startsWith("--")))
      return mistake(`${name} needs a value: ${name} ${row.value}`);
    if (equals < 0) at += 1;
    given.set(row.key, [...(given.get(row.key) ?? []), value]);
  }
  return { ok: true, given, notes, words, literalFrom: words.length + 1 };
}

/** `-yv` is `-y -v`, and `-x1000` is `-x 1000`; null where it is neither. What takes a word takes none so: a slip would become its value. */
function takenApart(word: string): [FlagKey, string][] | null {
  const numbered = /^-([a-z]+)(\d*\.?\d+)$/i.exec(word);
  if (numbered !== null) {
    const [, letters = "", value = ""] = numbered;
    const row = flagTable.find((flag) => flag.alias === letters || flag.old?.includes(letters));
    return row !== undefined && /^(N|USD)$/.test(row.value ?? "") ? [[row.key, value]] : null;
  }
  if (!/^-[a-z]{2,}$/i.test(word)) return null;
  const rows = [...word.slice(1)].map((letter) => flagTable.find((flag) => flag.alias === letter && flag.value === undefined));
  return rows.every((row) => row !== undefined) ? rows.map((row) => [row.key, ""]) : null;
}

function unknownFlag(name: string): string {
  const meant = nearest(
    name.replace(/^-+/, "").replaceAll("_", "-").toLowerCase(),
    flagTable.map((flag) => flag.name),
    3,
  );
  const hint = meant === null ? "interpane --help lists the flags" : `did you mean --${meant}?`;
  return `${name} is not a flag of interpane; ${hint}`;
}

function done(
  command: CommandName,
  given: Given,
  notes: readonly string[],
  words: readonly string[],
  verb: string | null = null,
): ParsedArguments {
  return { ok: true, value: { command, verb, flags: flagsOf(given), words, notes } };
}
