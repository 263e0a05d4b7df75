// The flags of the command line: one row each. Parsing, help, the printed pages and the hint for a misspelt one come from it.

import { type CommandName, commandTable } from "./command-table.ts";

export interface FlagShape {
  /** Its field in `Flags`. */
  readonly key: string;
  /** With hyphens; underscores mean the same when typed. */
  readonly name: string;
  readonly alias?: string;
  /** Behind one hyphen too, as Open Interpreter has them: understood, not shown. */
  readonly old?: readonly string[];
  /** What follows it, as help shows it; left out for a switch. */
  readonly value?: string;
  /** It may stand alone: then a word behind it is its value only where it looks like one. */
  readonly valueLooks?: RegExp;
  /** It may be given several times: its field is a list. */
  readonly repeats?: true;
  readonly help: string;
  readonly where: readonly CommandName[];
  /** On the page that `--help` shows with a line of its own; the others are named there, and explained by `interpane help flags`. */
  readonly isCommon?: boolean;
}

const everywhere: readonly CommandName[] = commandTable.map((row) => row.name);
const tasks: readonly CommandName[] = ["screen", "exec"];
const outside: readonly CommandName[] = ["send", "capture", "wait"];

const rows = [
  {
    key: "profile",
    name: "profile",
    alias: "p",
    value: "NAME",
    help: "the profile that answers",
    where: [...tasks, "send"],
    isCommon: true,
  },
  { key: "model", name: "model", alias: "m", value: "MODEL", help: "a model: its name, or provider/model", where: tasks, isCommon: true },
  { key: "local", name: "local", alias: "l", help: "a model server on this machine", where: tasks, isCommon: true },
  { key: "fast", name: "fast", alias: "f", help: "the fast half of the default pair", where: tasks, isCommon: true },
  { key: "autoRun", name: "auto-run", alias: "y", help: "run code without asking", where: tasks, isCommon: true },
  { key: "continue", name: "continue", help: "carry on this folder's latest conversation", where: tasks, isCommon: true },
  {
    key: "resume",
    name: "resume",
    value: "[ID]",
    valueLooks: /^s-[a-z0-9]{4,}$/,
    help: "carry on a kept conversation; asks which",
    where: tasks,
    isCommon: true,
  },
  { key: "stdin", name: "stdin", alias: "s", help: "the message comes on standard input; no screen", where: tasks, isCommon: true },
  {
    key: "image",
    name: "image",
    alias: "i",
    value: "FILE",
    repeats: true,
    help: "show the model this image; may be repeated",
    where: [...tasks, "send"],
  },
  { key: "offline", name: "offline", help: "no connection but to this machine", where: tasks, isCommon: true },
  { key: "verbose", name: "verbose", alias: "v", help: "show requests, responses and times, secrets out", where: tasks },
  { key: "os", name: "os", help: "let it use your screen, mouse and keyboard (X11)", where: tasks },
  {
    key: "provider",
    name: "provider",
    value: "ID",
    help: "where the model runs; models: the models of this one",
    where: [...tasks, "models"],
  },
  { key: "apiBase", name: "api-base", old: ["ab"], value: "URL", help: "another address, for this run", where: tasks },
  { key: "apiKey", name: "api-key", old: ["ak"], value: "KEY", help: "a key for this run; vault add keeps one", where: tasks },
  { key: "wireApi", name: "wire-api", value: "API", help: "what the address speaks: responses, chat or messages", where: tasks },
  {
    key: "contextWindow",
    name: "context-window",
    old: ["cw"],
    value: "N",
    help: "the tokens that fit into the conversation",
    where: tasks,
  },
  { key: "maxTokens", name: "max-tokens", alias: "x", value: "N", help: "the longest reply, in tokens", where: tasks },
  { key: "maxOutput", name: "max-output", old: ["xo"], value: "N", help: "characters of a command's output for the model", where: tasks },
  { key: "maxBudget", name: "max-budget", alias: "b", value: "USD", help: "what the agent may spend before it stops", where: tasks },
  { key: "temperature", name: "temperature", alias: "t", value: "N", help: "how freely it chooses its words, 0 to 2", where: tasks },
  { key: "effort", name: "effort", value: "LEVEL", help: "how long it thinks: none, minimal, low … max", where: tasks },
  { key: "harness", name: "harness", value: "NAME", help: "the tool dialect that it is spoken to in", where: tasks },
  { key: "tools", name: "tools", value: "LIST", help: "interpreter, editor, search, gui: what it may ask for", where: tasks },
  { key: "saveProfile", name: "save-profile", value: "NAME", help: "write what is in force as a profile", where: tasks },
  { key: "plain", name: "plain", old: ["pl"], help: "lines and no screen, without colours", where: tasks },
  { key: "noAltScreen", name: "no-alt-screen", help: "lines and no screen", where: tasks },
  {
    key: "cwd",
    name: "cwd",
    value: "FOLDER",
    help: "stand in FOLDER",
    where: ["screen", "exec", "run", "kill", "vault", "rules", "login", "logout", "doctor"],
  },
  {
    key: "json",
    name: "json",
    help: "for programs; a task: one event a line, lists: one array",
    where: [...tasks, ...outside, "sessions", "profile", "vault", "rules", "providers", "models", "ls", "usage", "doctor"],
  },
  { key: "outputSchema", name: "output-schema", value: "FILE", help: "the answer fits this JSON Schema, or it fails", where: tasks },
  { key: "timeout", name: "timeout", value: "S", help: "give up after so many seconds", where: [...tasks, "wait"] },
  { key: "inWorkspace", name: "in-workspace", help: "in a tab of the open workspace, where it stays", where: ["exec"] },
  {
    key: "workspace",
    name: "workspace",
    value: "FOLDER",
    help: "the workspace meant; else this folder's",
    where: [...outside, "ls", "usage"],
  },
  { key: "days", name: "days", value: "N", help: "today and the days before it, N in all; 30 if left out", where: ["usage"] },
  { key: "exit", name: "exit", help: "run: leave when the command ends", where: ["run"] },
  { key: "wait", name: "wait", help: "wait for the end, and print the answer", where: ["send"] },
  { key: "until", name: "until", value: "STATE", help: "idle (the default), waiting, done, or several with commas", where: ["wait"] },
  { key: "face", name: "face", value: "FACE", help: "transcript (the default) or terminal", where: ["capture"] },
  { key: "lines", name: "lines", value: "N", help: "no more than the newest N lines", where: ["capture"] },
  { key: "colors", name: "colors", help: "with colours, as escape sequences", where: ["capture"] },
  { key: "format", name: "format", value: "NAME", help: "export: markdown (the default) or json", where: ["sessions"] },
  { key: "output", name: "output", alias: "o", value: "FILE", help: "export: into a new file", where: ["sessions"] },
  {
    key: "yes",
    name: "yes",
    help: "delete, remove: without asking; add, import: in place of one that is there",
    where: ["sessions", "profile"],
  },
  { key: "all", name: "all", help: "kill: every workspace and the server itself", where: ["kill"] },
  { key: "recent", name: "recent", help: "ls: the folders opened lately, also those that do not run", where: ["ls"] },
  { key: "untested", name: "untested", help: "vault add: keep the key without a test", where: ["vault"] },
  { key: "from", name: "from", value: "FILE", help: "update: a file in place of models.dev's api.json", where: ["catalog"] },
  { key: "moonshot", name: "moonshot", value: "FILE", help: "update: a file in place of Moonshot's live list", where: ["catalog"] },
  { key: "accept", name: "accept", help: "update: take it though something vanished, shrank or moved", where: ["catalog"] },
  { key: "help", name: "help", alias: "h", help: "this text; interpane help COMMAND: all about one", where: everywhere },
  { key: "version", name: "version", alias: "V", help: "the version", where: everywhere },
] as const satisfies readonly FlagShape[];

type Row = (typeof rows)[number];
export type FlagKey = Row["key"];
type ListKey = Extract<Row, { readonly repeats: true }>["key"];
type TextKey = Exclude<Extract<Row, { readonly value: string }>["key"], ListKey>;
type SwitchKey = Exclude<FlagKey, TextKey | ListKey | "help" | "version">;

export interface FlagRow extends FlagShape {
  readonly key: FlagKey;
}
export const flagTable: readonly FlagRow[] = rows;

/** Of what takes a value: the text as it was typed; `resume` is empty where it stood alone. */
export type Flags = Readonly<{ [K in TextKey]?: string } & Record<SwitchKey, boolean> & Record<ListKey, readonly string[]>>;

/** `given`: what each flag was given, in order; of a text the last one counts. */
export function flagsOf(given: ReadonlyMap<FlagKey, readonly string[]>): Flags {
  const entries = rows.flatMap((row): [string, string | boolean | readonly string[]][] => {
    if (row.key === "help" || row.key === "version") return [];
    if ("repeats" in row) return [[row.key, given.get(row.key) ?? []]];
    const value = given.get(row.key)?.at(-1);
    if (!("value" in row)) return [[row.key, value !== undefined]];
    return value === undefined ? [] : [[row.key, value]];
  });
  // The table says of each key whether it is a text, a list or a switch, and the type above is made from the same table.
  return Object.fromEntries(entries) as Flags;
}
