// Flags of Open Interpreter that are none here: what they came to, said where one is typed and printed in docs/from-open-interpreter.md.

export interface OldFlag {
  /** With hyphens; its short forms stood behind one hyphen. */
  readonly name: string;
  readonly short?: string;
  readonly takesValue?: boolean;
  /** True: nothing needs to be done, so the program goes on and says so. */
  readonly isNeedless?: boolean;
  /** What is so here, and what to do. */
  readonly instead: string;
}

export const oldFlags: readonly OldFlag[] = [
  { name: "disable-telemetry", short: "dt", isNeedless: true, instead: "nothing is ever reported to anybody" },
  { name: "contribute-conversation", instead: "conversations are never sent to anybody but the model's provider" },
  { name: "no-highlight-active-line", short: "nhl", isNeedless: true, instead: "no line of code is highlighted while it runs" },
  {
    name: "multi-line",
    short: "ml",
    isNeedless: true,
    instead: 'a message may always have several lines: Alt-Enter or a paste on the screen, """ before and after it in lines',
  },
  {
    name: "llm-supports-functions",
    short: "lsf",
    isNeedless: true,
    instead: "the provider's own way of calling tools is known for each of its models",
  },
  {
    name: "no-llm-supports-functions",
    isNeedless: true,
    instead: "the provider's own way of calling tools is known for each of its models",
  },
  { name: "llm-supports-vision", short: "lsv", isNeedless: true, instead: "the catalog knows which models take images" },
  { name: "no-llm-supports-vision", isNeedless: true, instead: "the catalog knows which models take images" },
  { name: "loop", instead: "an agent goes on until it has nothing more to run; tell it in the message when it is done" },
  { name: "debug", instead: "use --verbose" },
  { name: "safe-mode", short: "safe", takesValue: true, instead: "code runs in a sandbox and is asked about first; leave -y out" },
  {
    name: "custom-instructions",
    short: "ci",
    takesValue: true,
    instead: "put them into a profile: interpane profile add NAME provider=… model=… custom_instructions=…",
  },
  {
    name: "system-message",
    short: "sm",
    takesValue: true,
    instead: "the instructions belong to the tool dialect: choose one with --harness",
  },
  {
    name: "api-version",
    short: "av",
    takesValue: true,
    instead: 'set it in config.toml: query_params = { "api-version" = "…" } of a [model_providers.ID]',
  },
  { name: "speak-messages", short: "sp", instead: "nothing is spoken; pipe the answer: interpane exec … | say" },
  { name: "vision", short: "vi", instead: "choose a model that takes images with --model, and show it one with --image" },
  { name: "codestral", instead: "use --local, or --model ollama/codestral" },
  { name: "llama3", instead: "use --local, or --model ollama/llama3.1" },
  { name: "assistant", instead: "the profiles here are: interpane profile list" },
  { name: "groq", instead: "use --provider groq" },
  { name: "profiles", instead: "interpane profile list shows them with their files" },
  { name: "reset-profile", instead: "bundled profiles are never changed; remove your own file of that name: interpane profile list" },
  { name: "local-models", instead: "interpane models --provider ollama lists them; interpane models pull ollama/MODEL fetches one" },
  { name: "conversations", instead: "interpane sessions lists them; --resume carries one on" },
  { name: "server", instead: "a server runs by itself; scripts talk to it with interpane send, capture and wait" },
];

/** By what was typed, hyphens included. */
export function oldFlagOf(typed: string): OldFlag | undefined {
  const name = typed.replace(/^-+/, "").replaceAll("_", "-");
  return oldFlags.find((flag) => (typed.startsWith("--") ? flag.name === name : flag.short === name));
}

/** Flags of Open Interpreter that are flags here, and how they differ: for the printed page. */
export const keptFlags: readonly { readonly name: string; readonly short?: string; readonly here: string }[] = [
  {
    name: "auto-run",
    short: "y",
    here: "the same: code runs without asking, in the sandbox; where agents are there already, that of the one on show; the profile's `auto_run: true` says it for good",
  },
  {
    name: "model",
    short: "m",
    here: "a name, or `provider/model`; a bare name is the profile's provider's, then the only provider's with a key for it; else it asks",
  },
  {
    name: "local",
    short: "l",
    here: "the model server that runs here (Ollama, LM Studio, Jan), found by itself; asks where several do; the model's own context window",
  },
  {
    name: "fast",
    short: "f",
    here: "the fast half of your default pair, whatever model that is; where that cannot be used, no other answers in its place",
  },
  { name: "verbose", short: "v", here: "requests, responses and times as notices, keys out" },
  {
    name: "os",
    here: "the same, with a Claude model on X11: the screen, mouse and keyboard, each action asked about unless `-y` ([OS mode](os-mode.md))",
  },
  { name: "max-tokens", short: "x", here: "the same; the context window must be larger" },
  { name: "context-window", short: "cw", here: "the same" },
  {
    name: "profile",
    short: "p",
    here: "a name or a file; Open Interpreter's YAML and JSON too; a Python profile is refused, never executed",
  },
  {
    name: "save-profile",
    here: "writes what is in force as YAML; asks before it overwrites; a key goes to the vault, never into the file",
  },
  { name: "tools", here: "`interpreter`, `editor`, `search`, `gui`, with commas or as a JSON list; `gui` is what `--os` adds" },
  {
    name: "stdin",
    short: "s",
    here: "all of standard input is the message (not its first line only); the answer alone on stdout; still asks about code unless `-y`",
  },
  {
    name: "api-base",
    short: "ab",
    here: "for this run; over the Responses API, where the old one spoke Chat Completions: for that, `--wire-api chat`; a known provider's address is that provider",
  },
  { name: "api-key", short: "ak", here: "for this run, taken off the process list at once, never kept; `interpane vault add` keeps one" },
  {
    name: "max-output",
    short: "xo",
    here: "the same, its beginning and its end (16,000 characters where nothing is said, not 2,800; fewer where the context window is small)",
  },
  { name: "max-budget", short: "b", here: "the same, for one agent" },
  { name: "temperature", short: "t", here: "the same" },
  {
    name: "offline",
    short: "o",
    here: "stricter: no connection but to this machine, held to by the sandbox too; without the short form, and `-o` says so",
  },
  { name: "plain", short: "pl", here: "a conversation in lines, without the screen and without colours" },
  { name: "version", here: "the same; `-V` for short" },
  { name: "help", short: "h", here: "one screen; `interpane help COMMAND` and `interpane help flags` have the rest" },
];

/** What Open Interpreter's users type in a session, and what it does here: for the printed page. */
export const keptMagic: readonly (readonly [typed: string, here: string])[] = [
  ["%reset", "the conversation, the shell and all interpreters begin anew; the old conversation is kept: `interpane sessions`"],
  ["%undo", "takes back your last message and all that followed it, and says which; files and the shell stay as they are"],
  ["%tokens [prompt]", "what was used, and what the next request would hold and cost with this prompt: the whole conversation counted"],
  ["%verbose true|false", "requests, responses and times of this agent, keys out"],
  ["%auto_run true|false", "code of this agent runs without asking, or is asked about"],
  ["%save_message [file]", "the conversation into a new file, `messages.json` where none is named; never over one that is there"],
  ["%load_message [file]", "the conversation begins anew with such a file; nothing in it is run again"],
  ["%markdown [file]", "the conversation into a new Markdown file, `conversation.md` where none is named"],
  ["%info", "who answers, where data goes, the folder, the sandbox"],
  ["%help", "all commands with their keys; typing `/` or `%` lists those that fit"],
  ["%%shell command", "runs it in the agent's shell without the model; `%% command` and `! command` too"],
  ["%debug", "is `%verbose`"],
  ["%jupyter", "not here; `%markdown` writes the conversation with its code"],
];
