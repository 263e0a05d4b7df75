// The command line: one table of commands, one of flags. Parsing, help and the hint for a misspelt word come from them.

export type CommandName =
  | "screen"
  | "exec"
  | "attach"
  | "send"
  | "capture"
  | "wait"
  | "sessions"
  | "profile"
  | "vault"
  | "login"
  | "logout"
  | "providers"
  | "models"
  | "catalog"
  | "ls"
  | "kill"
  | "doctor"
  | "help"
  | "version";

interface CommandRow {
  readonly name: CommandName;
  readonly usage: string;
  readonly help: string;
  /** The words that may follow, where the command has verbs; the first one is meant where none is given. */
  readonly verbs?: readonly string[];
  /** How many words may stand after the command and its verb. */
  readonly words: { readonly least: number; readonly most: number };
  /** What a script can rely on: what is printed, with --json too, and the exit codes that are its own. */
  readonly promise?: readonly string[];
  /** Said by a flag too: left out of the list. */
  readonly isFlagToo?: boolean;
  /** A row before it names it: left out of the list as well. */
  readonly isSaidBefore?: boolean;
}

const many = { least: 0, most: Number.POSITIVE_INFINITY };
const none = { least: 0, most: 0 };

export const commandTable: readonly CommandRow[] = [
  { name: "screen", usage: "[flags] [prompt]", help: "open this folder's workspace", words: many },
  {
    name: "exec",
    usage: "exec [flags] [prompt or -]",
    help: "one task, no screen: answer on stdout",
    words: many,
    promise: [
      "stdout: the answer; with --json every fact of the agent, one a line",
      "exit code: 0 done, 1 failed, 2 usage or configuration, 3 the provider refused or could not be reached, 4 refused here, 130 interrupted",
      "with --in-workspace the agent gets a tab in the open workspace of the folder and stays there; questions are answered on its screen",
    ],
  },
  {
    name: "attach",
    usage: "attach [FOLDER]",
    help: "the screen of a workspace that runs",
    words: { least: 0, most: 1 },
    promise: ["exit code: 1 where none runs, 2 where several could be meant"],
  },
  {
    name: "send",
    usage: "send AGENT TEXT",
    help: "a message to an agent; - reads stdin",
    words: { least: 2, most: Number.POSITIVE_INFINITY },
    promise: [
      "AGENT is a number, an id or a title; while the agent works the message waits in its queue",
      "stdout: started or queued; with --wait the answer to this message, once its turn has ended",
      "--json: {state: started | queued, agent, turn?, prompt?}; with --wait {outcome, agent, turn, answer, failure?}",
      "exit code with --wait: as of exec; Ctrl-C stops waiting, not the agent",
    ],
  },
  {
    name: "capture",
    usage: "capture AGENT",
    help: "an agent's transcript or terminal",
    words: { least: 1, most: 1 },
    promise: [
      "stdout: plain text, the newest --lines lines of it; --colors adds colours as escape sequences, wherever it goes",
      "--json: {agent, items: [item]}, or with --face terminal {agent, terminal: {id, title, cwd, exitCode}, text}",
    ],
  },
  {
    name: "wait",
    usage: "wait AGENT",
    help: "until an agent is idle, waiting or done",
    words: { least: 1, most: 1 },
    promise: [
      "--until idle: it rests and nothing is queued; waiting: it asks something; done: the present turn has ended; idle,waiting: whichever comes first",
      "stdout: its status: idle, queued, thinking, running, waiting, stopping or failed; --json: the agent",
      "exit code: 0 reached; 1 not in time, the turn failed or was interrupted, or the agent is gone",
    ],
  },
  {
    name: "sessions",
    usage: "sessions [VERB] [ID]",
    help: "list, show, resume, fork, export, delete",
    verbs: ["list", "show", "resume", "fork", "export", "delete"],
    words: { least: 0, most: 1 },
    promise: [
      "ID may be cut short while only one session begins so",
      "list --json: [{id, folder, title, createdAt, updatedAt, items, isOpen, damage}]",
      "show --json: {session, items: [item]}, the path to the head; export --format json: {session, head, items}, all branches",
      "fork: prints the new session's id; delete: asks, or takes --yes; refused while the session is open",
    ],
  },
  {
    name: "profile",
    usage: "profile list | preset NAME",
    help: "profiles; a new one from a preset",
    verbs: ["list", "preset"],
    words: { least: 0, most: 1 },
    promise: ["preset openai_api_key: OpenAI with the key in OPENAI_API_KEY; stdout: the new profile's file; one that is there stays"],
  },
  {
    name: "vault",
    usage: "vault list | add | remove",
    help: "kept keys; login, logout: an account",
    verbs: ["list", "add", "remove"],
    words: { least: 0, most: 1 },
  },
  {
    name: "login",
    usage: "login [PROVIDER]",
    help: "sign in with an account, not a key",
    words: { least: 0, most: 1 },
    isSaidBefore: true,
    promise: [
      "PROVIDER: openai, or one of yours with requires_openai_auth; off until [openai_sign_in] in config.toml names issuer and client_id",
      "stdout: the page to open; it waits 5 minutes for the browser to come back",
    ],
  },
  { name: "logout", usage: "logout [PROVIDER]", help: "end that, and forget its tokens", words: { least: 0, most: 1 }, isSaidBefore: true },
  { name: "providers", usage: "providers [ID]", help: "all providers, or the models of one", words: { least: 0, most: 1 } },
  {
    name: "models",
    usage: "models [--provider ID]",
    help: "models; newer ones: catalog update",
    verbs: ["list", "pull"],
    words: { least: 0, most: 1 },
    promise: [
      "models pull ollama/MODEL, or lmstudio/MODEL: has a server on this machine fetch it; progress on stderr",
      "--json: [{provider, id, name, contextWindow, maxOutput, input, reasoning, efforts?, defaultEffort?, price, priority?}]",
      "prices are micro-dollars for a million tokens; null is what no source says",
    ],
  },
  {
    name: "catalog",
    usage: "catalog update",
    help: "newer providers and models",
    verbs: ["update"],
    isSaidBefore: true,
    words: none,
    promise: [
      "reads models.dev and Moonshot's list, for which MOONSHOT_API_KEY or KIMI_API_KEY must be set; or files of these shapes",
      "stdout: what is new with a +, what vanished, shrank or moved with a -; the latter only with --accept",
      "exit code: 0 written; else nothing changed: 1 not to be read, 2 no key, 3 no answer, 4 needs --accept",
    ],
  },
  {
    name: "ls",
    usage: "ls",
    help: "what runs: workspaces, or one's agents",
    words: none,
    promise: [
      "--json: [{folder, agents, clients, working}]",
      "with --workspace FOLDER: [{id, number, title, status, profile, model, cwd, session, turn, queued, isEphemeral}]",
    ],
  },
  { name: "kill", usage: "kill [--all]", help: "stop this workspace, or the server", words: none },
  {
    name: "doctor",
    usage: "doctor",
    help: "what is wrong here, and how to mend it",
    words: none,
    promise: ["--json: one array of {about, state: well | warning | bad, text}", "exit code: 1 where something is bad"],
  },
  { name: "help", usage: "help", help: "this text", words: { least: 0, most: 1 }, isFlagToo: true },
  { name: "version", usage: "version", help: "the version", words: none, isFlagToo: true },
];

type TextKey =
  | "profile"
  | "model"
  | "provider"
  | "from"
  | "moonshot"
  | "resume"
  | "cwd"
  | "workspace"
  | "until"
  | "timeout"
  | "face"
  | "lines"
  | "format"
  | "output";
type SwitchKey = "autoRun" | "accept" | "json" | "continue" | "offline" | "inWorkspace" | "wait" | "colors" | "yes" | "all" | "untested";
type FlagKey = TextKey | SwitchKey | "help" | "version";

interface FlagRow {
  readonly key: FlagKey;
  /** With hyphens; underscores mean the same when typed. */
  readonly name: string;
  readonly alias?: string;
  /** What follows it, as help shows it; left out for a switch. */
  readonly value?: string;
  /** It may stand alone: then a word behind it is its value only where it looks like one. */
  readonly valueLooks?: RegExp;
  readonly help: string;
  readonly where: readonly CommandName[];
}

const everywhere: readonly CommandName[] = commandTable.map((row) => row.name);
const tasks: readonly CommandName[] = ["screen", "exec"];
const outside: readonly CommandName[] = ["send", "capture", "wait"];

export const flagTable: readonly FlagRow[] = [
  { key: "profile", name: "profile", alias: "p", value: "NAME", help: "the profile that answers", where: [...tasks, "send"] },
  { key: "model", name: "model", alias: "m", value: "MODEL", help: "a model: its name, or provider/model", where: tasks },
  { key: "autoRun", name: "auto-run", alias: "y", help: "run code without asking", where: tasks },
  { key: "continue", name: "continue", help: "carry on this folder's latest conversation", where: tasks },
  {
    key: "resume",
    name: "resume",
    value: "[ID]",
    valueLooks: /^s-[a-z0-9]{4,}$/,
    help: "carry on a kept conversation; asks which",
    where: tasks,
  },
  { key: "offline", name: "offline", help: "no connection but to this machine", where: tasks },
  {
    key: "cwd",
    name: "cwd",
    value: "FOLDER",
    help: "stand in FOLDER",
    where: ["screen", "exec", "kill", "vault", "login", "logout", "doctor"],
  },
  {
    key: "json",
    name: "json",
    help: "for programs; exec: one event a line, lists: one array",
    where: ["exec", ...outside, "sessions", "profile", "vault", "providers", "models", "ls", "doctor"],
  },
  { key: "inWorkspace", name: "in-workspace", help: "in a tab of the open workspace, where it stays", where: ["exec"] },
  { key: "workspace", name: "workspace", value: "FOLDER", help: "the workspace meant; else this folder's", where: [...outside, "ls"] },
  { key: "wait", name: "wait", help: "wait for the end, and print the answer", where: ["send"] },
  { key: "until", name: "until", value: "STATE", help: "idle (the default), waiting, done, or several with commas", where: ["wait"] },
  { key: "timeout", name: "timeout", value: "S", help: "give up after so many seconds", where: ["wait"] },
  { key: "face", name: "face", value: "FACE", help: "transcript (the default) or terminal", where: ["capture"] },
  { key: "lines", name: "lines", value: "N", help: "no more than the newest N lines", where: ["capture"] },
  { key: "colors", name: "colors", help: "with colours, as escape sequences", where: ["capture"] },
  { key: "format", name: "format", value: "NAME", help: "export: markdown (the default) or json", where: ["sessions"] },
  { key: "output", name: "output", alias: "o", value: "FILE", help: "export: into a new file", where: ["sessions"] },
  { key: "yes", name: "yes", help: "delete: without asking", where: ["sessions"] },
  { key: "all", name: "all", help: "kill: every workspace and the server itself", where: ["kill"] },
  { key: "untested", name: "untested", help: "vault add: keep the key without a test", where: ["vault"] },
  { key: "provider", name: "provider", value: "ID", help: "the models of this provider", where: ["models"] },
  { key: "from", name: "from", value: "FILE", help: "update: a file in place of models.dev's api.json", where: ["catalog"] },
  { key: "moonshot", name: "moonshot", value: "FILE", help: "update: a file in place of Moonshot's live list", where: ["catalog"] },
  { key: "accept", name: "accept", help: "update: take it though something vanished, shrank or moved", where: ["catalog"] },
  { key: "help", name: "help", alias: "h", help: "this text; interpane help COMMAND: all about one", where: everywhere },
  { key: "version", name: "version", alias: "V", help: "the version", where: everywhere },
];

/** `resume` is empty where it stood alone. */
export type Flags = Readonly<{ [K in TextKey]?: string } & Record<SwitchKey, boolean>>;

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
  if (given.has("help")) return done("help", given, named === undefined ? [] : [named.name]);
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
  for (const [one, other] of exclusive) {
    if (given.has(one) && given.has(other)) return wrong(`--${one} and --${other} were both given; give one of them`);
  }
  return finish(row, given, rest);
}

const exclusive = [
  ["profile", "model"],
  ["resume", "continue"],
] as const;

function finish(row: CommandRow, given: Given, rest: readonly string[]): ParsedArguments {
  let verb: string | null = null;
  let words = rest;
  if (row.verbs !== undefined) {
    const [asked] = rest;
    verb = asked ?? row.verbs[0] ?? null;
    if (verb === null || !row.verbs.includes(verb)) {
      return wrong(`"interpane ${row.name} ${asked ?? ""}" is unknown; there is: ${row.verbs.join(", ")}; usage: interpane ${row.usage}`);
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
    const next = argv[at + 1];
    if (row.valueLooks !== undefined && equals < 0 && (next === undefined || !row.valueLooks.test(next))) {
      given.set(row.key, "");
      continue;
    }
    const value = equals >= 0 ? word.slice(equals + 1) : next;
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

const textKeys: readonly TextKey[] = [
  "profile",
  "model",
  "provider",
  "from",
  "moonshot",
  "resume",
  "cwd",
  "workspace",
  "until",
  "timeout",
  "face",
  "lines",
  "format",
  "output",
];

function done(command: CommandName, given: Given, words: readonly string[], verb: string | null = null): ParsedArguments {
  const texts: { [K in TextKey]?: string } = {};
  for (const key of textKeys) {
    const value = given.get(key);
    if (value !== undefined) texts[key] = value;
  }
  const flags: Flags = {
    ...texts,
    autoRun: given.has("autoRun"),
    continue: given.has("continue"),
    offline: given.has("offline"),
    json: given.has("json"),
    inWorkspace: given.has("inWorkspace"),
    wait: given.has("wait"),
    colors: given.has("colors"),
    yes: given.has("yes"),
    all: given.has("all"),
    untested: given.has("untested"),
    accept: given.has("accept"),
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

/** Every command with the flags of the screen, on 80×24; or one command with all of its own. */
export function helpText(of?: string): string {
  const row = commandTable.find(({ name }) => name === of && name !== "screen");
  if (row === undefined) {
    const commands = commandTable.filter((each) => each.isFlagToo !== true && each.isSaidBefore !== true);
    const lines = [...columns(commands.map(commandLine)), "", ...columns(flagsOf("screen").map(flagLine))];
    return `${lines.join("\n")}\n`;
  }
  const lines = [...columns([commandLine(row)]), "", ...columns(flagsOf(row.name).map(flagLine))];
  const promise = (row.promise ?? []).map((line) => `- ${line}`);
  return `${[...lines, ...(promise.length === 0 ? [] : ["", ...promise])].join("\n")}\n`;
}

function flagsOf(command: CommandName): FlagRow[] {
  return flagTable.filter((row) => row.where.includes(command));
}

function commandLine(row: CommandRow): readonly [string, string] {
  return [`interpane ${row.usage}`, row.help];
}

function flagLine(row: FlagRow): readonly [string, string] {
  const alias = row.alias === undefined ? "    " : `-${row.alias}, `;
  const value = row.value === undefined ? "" : ` ${row.value}`;
  return [`${alias}--${row.name}${value}`, row.help];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}
