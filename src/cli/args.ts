// The command line: one table of commands, one of flags. Parsing, help and the hint for a misspelt word come from them.

export type CommandName = "screen" | "exec" | "sessions" | "profile" | "vault" | "providers" | "ls" | "kill" | "help" | "version";

interface CommandRow {
  readonly name: CommandName;
  readonly usage: string;
  readonly help: string;
  /** The words that may follow, where the command has verbs; the first one is meant where none is given. */
  readonly verbs?: readonly string[];
  /** How many words may stand after the command and its verb. */
  readonly words: { readonly least: number; readonly most: number };
}

const many = { least: 0, most: Number.POSITIVE_INFINITY };
const none = { least: 0, most: 0 };

export const commandTable: readonly CommandRow[] = [
  { name: "screen", usage: "[flags] [prompt]", help: "open this folder's workspace", words: many },
  { name: "exec", usage: "exec [flags] [prompt or -]", help: "one task, no screen: answer on stdout", words: many },
  { name: "sessions", usage: "sessions list", help: "the conversations that were kept", verbs: ["list"], words: none },
  { name: "profile", usage: "profile list", help: "profiles, and what they lack", verbs: ["list"], words: none },
  {
    name: "vault",
    usage: "vault list | add | remove",
    help: "the kept keys; a new one is typed or piped",
    verbs: ["list", "add", "remove"],
    words: { least: 0, most: 1 },
  },
  { name: "providers", usage: "providers [ID]", help: "all providers, or the models of one", words: { least: 0, most: 1 } },
  { name: "ls", usage: "ls", help: "the workspaces that are running", words: none },
  { name: "kill", usage: "kill [--all]", help: "stop this workspace, or the server", words: none },
  { name: "help", usage: "help", help: "this text", words: none },
  { name: "version", usage: "version", help: "the version", words: none },
];

type FlagKey = "profile" | "model" | "autoRun" | "json" | "continue" | "offline" | "cwd" | "all" | "untested" | "help" | "version";

interface FlagRow {
  readonly key: FlagKey;
  /** With hyphens; underscores mean the same when typed. */
  readonly name: string;
  readonly alias?: string;
  /** What follows it, as help shows it; left out for a switch. */
  readonly value?: string;
  readonly help: string;
  readonly where: readonly CommandName[];
}

const everywhere: readonly CommandName[] = commandTable.map((row) => row.name);
const tasks: readonly CommandName[] = ["screen", "exec"];

export const flagTable: readonly FlagRow[] = [
  { key: "profile", name: "profile", alias: "p", value: "NAME", help: "the profile that answers", where: tasks },
  { key: "model", name: "model", alias: "m", value: "MODEL", help: "a model: its name, or provider/model", where: tasks },
  { key: "autoRun", name: "auto-run", alias: "y", help: "run code without asking", where: tasks },
  { key: "continue", name: "continue", help: "carry on this folder's latest conversation", where: tasks },
  { key: "offline", name: "offline", help: "no connection but to this machine", where: tasks },
  { key: "cwd", name: "cwd", value: "FOLDER", help: "stand in FOLDER", where: ["screen", "exec", "kill", "vault"] },
  {
    key: "json",
    name: "json",
    help: "exec: one event a line; lists: one array",
    where: ["exec", "sessions", "profile", "vault", "providers", "ls"],
  },
  { key: "all", name: "all", help: "kill: every workspace and the server itself", where: ["kill"] },
  { key: "untested", name: "untested", help: "vault add: keep the key without a test", where: ["vault"] },
  { key: "help", name: "help", alias: "h", help: "this text", where: everywhere },
  { key: "version", name: "version", alias: "V", help: "the version", where: everywhere },
];

export interface Flags {
  readonly profile?: string;
  readonly model?: string;
  readonly cwd?: string;
  readonly autoRun: boolean;
  readonly continue: boolean;
  readonly offline: boolean;
  readonly json: boolean;
  readonly all: boolean;
  readonly untested: boolean;
}

export interface Arguments {
  readonly command: CommandName;
  /** The command's verb; its first one where none was given. */
  readonly verb: string | null;
  readonly flags: Flags;
  readonly words: readonly string[];
}

export type ParsedArguments = { readonly ok: true; readonly value: Arguments } | { readonly ok: false; readonly message: string };

/** `argv` without the program. */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  const split = splitFlags(argv);
  if (!split.ok) return split;
  const { given, words, literalFrom } = split;
  const first = literalFrom === 0 ? undefined : words[0];
  const named = commandTable.find((row) => row.name === first && row.name !== "screen");
  if (given.has("help")) return done("help", given, []);
  if (given.has("version")) return done("version", given, []);
  const row = named ?? commandTable[0];
  if (row === undefined) return wrong("there is no command");
  if (named === undefined && first !== undefined) {
    const meant = nearest(
      first,
      commandTable.map((one) => one.name),
      1,
    );
    if (words.length <= 2 && meant !== null && meant !== "screen")
      return wrong(`"${first}" is no command; did you mean "${meant}"? To send it as a prompt: interpane -- ${first}`);
  }
  const rest = named === undefined ? words : words.slice(1);
  const misplaced = flagTable.find((flag) => given.has(flag.key) && !flag.where.includes(row.name));
  if (misplaced !== undefined) {
    const homes = misplaced.where.map((name) => (name === "screen" ? "interpane" : `interpane ${name}`)).join(", ");
    return wrong(`--${misplaced.name} does not work with "${row.name === "screen" ? "interpane" : row.name}"; it works with: ${homes}`);
  }
  if (given.has("profile") && given.has("model")) return wrong("--profile and --model were both given; give one of them");
  return finish(row, given, rest);
}

function finish(row: CommandRow, given: Given, rest: readonly string[]): ParsedArguments {
  let verb: string | null = null;
  let words = rest;
  if (row.verbs !== undefined) {
    const [asked] = rest;
    verb = asked ?? row.verbs[0] ?? null;
    if (verb === null || !row.verbs.includes(verb)) {
      return wrong(`"interpane ${row.name} ${asked ?? ""}" is unknown; usage: interpane ${row.usage}`);
    }
    words = rest.slice(1);
  }
  if (words.length < row.words.least || words.length > row.words.most) {
    const problem = words.length < row.words.least ? "something is missing" : `"${words[row.words.most]}" is too much`;
    return wrong(`interpane ${row.name}: ${problem}; usage: interpane ${row.usage}`);
  }
  return done(row.name, given, words, verb);
}

type Given = ReadonlyMap<FlagKey, string>;

type Split =
  | { readonly ok: true; readonly given: Given; readonly words: readonly string[]; readonly literalFrom: number }
  | { readonly ok: false; readonly message: string };

function splitFlags(argv: readonly string[]): Split {
  const given = new Map<FlagKey, string>();
  const words: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (word === "--") return { ok: true, given, words: [...words, ...argv.slice(at + 1)], literalFrom: words.length };
    if (word === "-" || !word.startsWith("-")) {
      words.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const row = flagTable.find((flag) =>
      name.startsWith("--") ? flag.name === name.slice(2).replaceAll("_", "-") : flag.alias === name.slice(1),
    );
    if (row === undefined) return wrong(unknownFlag(name));
    if (row.value === undefined) {
      if (equals >= 0) return wrong(`${name} takes no value, and was given "${word.slice(equals + 1)}"`);
      given.set(row.key, "");
      continue;
    }
    const value = equals >= 0 ? word.slice(equals + 1) : argv[at + 1];
    if (value === undefined || value === "" || (equals < 0 && value.startsWith("--")))
      return wrong(`${name} needs a value: ${name} ${row.value}`);
    if (equals < 0) at += 1;
    given.set(row.key, value);
  }
  return { ok: true, given, words, literalFrom: words.length + 1 };
}

function unknownFlag(name: string): string {
  const meant = nearest(
    name.replace(/^-+/, "").replaceAll("_", "-"),
    flagTable.map((flag) => flag.name),
    3,
  );
  const hint = meant === null ? "interpane --help lists the flags" : `did you mean --${meant}?`;
  return `${name} is not a flag of interpane; ${hint}`;
}

function done(command: CommandName, given: Given, words: readonly string[], verb: string | null = null): ParsedArguments {
  const text = <K extends FlagKey>(key: K): Partial<Record<K, string>> => {
    const value = given.get(key);
    const found: Partial<Record<K, string>> = {};
    if (value !== undefined) found[key] = value;
    return found;
  };
  const flags: Flags = {
    ...text("profile"),
    ...text("model"),
    ...text("cwd"),
    autoRun: given.has("autoRun"),
    continue: given.has("continue"),
    offline: given.has("offline"),
    json: given.has("json"),
    all: given.has("all"),
    untested: given.has("untested"),
  };
  return { ok: true, value: { command, verb, flags, words } };
}

function wrong(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}

/** The known word that takes fewest changes, at most `limit` and less than half of its letters; null where none is near. */
export function nearest(word: string, known: readonly string[], limit: number): string | null {
  let best: string | null = null;
  let bestChanges = limit + 1;
  for (const candidate of known) {
    const changes = changesBetween(word, candidate);
    if (changes < bestChanges && changes * 2 < candidate.length + 1) {
      best = candidate;
      bestChanges = changes;
    }
  }
  return best;
}

/** Insertions, deletions, replacements, and swaps of neighbours. */
function changesBetween(a: string, b: string): number {
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min((old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (old[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (older[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    older = old;
    old = row;
  }
  return old[b.length] ?? 0;
}

/** Fits a screen of 80×24. */
export function helpText(): string {
  const commands = commandTable.map((row) => [`interpane ${row.usage}`, row.help] as const);
  const flags = flagTable.map((row) => {
    const alias = row.alias === undefined ? "    " : `-${row.alias}, `;
    const value = row.value === undefined ? "" : ` ${row.value}`;
    return [`${alias}--${row.name}${value}`, row.help] as const;
  });
  return `${[...columns(commands), "", ...columns(flags)].join("\n")}\n`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}
