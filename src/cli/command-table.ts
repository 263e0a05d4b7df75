// The commands of the command line: one row each. Parsing, help, the printed pages and the hint for a misspelt word come from it.

export type CommandName =
  | "screen"
  | "exec"
  | "run"
  | "attach"
  | "send"
  | "capture"
  | "wait"
  | "sessions"
  | "profile"
  | "vault"
  | "rules"
  | "login"
  | "logout"
  | "providers"
  | "models"
  | "catalog"
  | "ls"
  | "kill"
  | "doctor"
  | "usage"
  | "completion"
  | "help"
  | "version";

export interface CommandRow {
  readonly name: CommandName;
  readonly usage: string;
  readonly help: string;
  /** The words that may follow, where the command has verbs; the first one is meant where none is given. */
  readonly verbs?: readonly string[];
  /** How many words may stand after the command and its verb. */
  readonly words: { readonly least: number; readonly most: number };
  /** What a script can rely on: what is printed, with --json too, and the exit codes that are its own. */
  readonly promise?: readonly string[];
  /** Where the first page of help names it; null: nowhere, since a flag says the same. */
  readonly group: "start" | CommandGroup | null;
  /** As a user would type them; each is parsed by a test. */
  readonly examples: readonly string[];
}

/** In the order of the first page of help. */
export const commandGroups = {
  outside: "talk to what runs",
  models: "keys and models",
  about: "look after it",
} as const;
type CommandGroup = keyof typeof commandGroups;

const many = { least: 0, most: Number.POSITIVE_INFINITY };
const none = { least: 0, most: 0 };

export const commandTable: readonly CommandRow[] = [
  {
    name: "screen",
    group: "start",
    examples: ["interpane", 'interpane -p smart "why do the tests fail?"', "interpane --model openrouter/anthropic/claude-opus-4.7"],
    usage: "[flags] [prompt]",
    help: "open this folder's workspace",
    words: many,
  },
  {
    name: "exec",
    group: "start",
    examples: [
      'interpane exec "what is in this folder?"',
      'git diff | interpane exec "write a commit message for this"',
      'interpane exec -i shot.png -i wanted.png "what differs?"',
      'interpane exec -y --json "run the tests and mend what fails"',
    ],
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
    name: "run",
    group: "start",
    examples: ["interpane run -- htop", "interpane run -- npm test", "interpane run --exit -- vim notes.md"],
    usage: "run [--exit] -- CMD…",
    help: "a terminal pane that runs a command",
    words: { least: 1, most: Number.POSITIVE_INFINITY },
    promise: [
      "opens the workspace of this folder with a pane of your own in it: no sandbox; what stands behind -- is the command, word by word",
      "inside a pane, and without a terminal, the running workspace gets the pane; stdout: its terminal's id",
      "with --exit it leaves when the command ends, and closes the pane; exit code: 0 where the command's is 0, else 1",
    ],
  },
  {
    name: "attach",
    group: "outside",
    examples: ["interpane attach", "interpane attach ~/src/project"],
    usage: "attach [FOLDER]",
    help: "the screen of a workspace that runs",
    words: { least: 0, most: 1 },
    promise: ["exit code: 1 where none runs, 2 where several could be meant"],
  },
  {
    name: "send",
    group: "outside",
    examples: [
      'interpane send 2 "now the tests"',
      "git log -5 | interpane send 2 -",
      "interpane send 2 -i shot.png 'what is wrong here?'",
      'interpane send 2 --wait "what is left to do?"',
    ],
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
    group: "outside",
    examples: ["interpane capture 2 --lines 40", "interpane capture 2 --face terminal --colors"],
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
    group: "outside",
    examples: ["interpane wait 2", "interpane wait 2 --until waiting,idle --timeout 600"],
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
    group: "outside",
    examples: ["interpane sessions", "interpane sessions show s-0mhx", "interpane sessions export s-0mhx -o talk.md"],
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
    group: "models",
    examples: [
      "interpane profile list",
      "interpane profile show smart",
      "interpane profile add work provider=anthropic model=claude-opus-4-7 pair=fast max_budget=5",
      "interpane profile edit work",
      "interpane profile remove work",
      "interpane profile use work",
      "interpane profile pair fast work",
      "interpane profile import ~/.config/open-interpreter/profiles/default.yaml old",
      "interpane profile check",
      "interpane profile preset openai_api_key",
    ],
    usage: "profile [VERB] [NAME]",
    help: "list, show, add, edit, remove, use, import …",
    verbs: ["list", "show", "add", "edit", "remove", "use", "pair", "import", "check", "preset"],
    words: many,
    promise: [
      "NAME is a profile's name, provider/model, or a file: one of ours, or a YAML or JSON profile of Open Interpreter; a Python profile is refused",
      "add NAME KEY=VALUE …: the keys of a profile's file; stdout: the new file. edit: a copy in $EDITOR, checked before it takes its place",
      "use NAME: new agents start on it; pair FAST SMART: on the first, and the fast/smart key swaps them; alone it says which two. config.toml wins",
      "import FILE [NAME]: what has no meaning here is listed on stderr; a key in the file goes to the vault, never into the profile",
      "list --json: [{id, provider, model, from, problem, …}]; show --json: {profile, file, left, problem, notice}; check --json: [{profile, state, text}]",
      "check: exit code 2 where a file is wrong; what only lacks a key is said. remove asks, or takes --yes, with which add and import replace",
      "preset openai_api_key: OpenAI with the key in OPENAI_API_KEY; stdout: the new profile's file; one that is there stays",
    ],
  },
  {
    name: "vault",
    group: "models",
    examples: ["interpane vault add openai", "interpane vault list", "interpane vault protect passphrase"],
    usage: "vault list | add | remove | protect | unlock | lock",
    help: "kept keys; login, logout: an account",
    verbs: ["list", "add", "remove", "protect", "unlock", "lock"],
    words: { least: 0, most: 1 },
    promise: [
      "add PROVIDER: the key is typed unseen or piped in, tested, and bound to that provider's address; list --json: [{id, origin, label, createdAt}]",
      "protect passphrase sets one, or changes it; protect keyring: the system's (secret-tool, or a Mac's); protect file: neither. The present passphrase is asked for",
      "without a terminal from stdin: the present passphrase where there is one, then the new one, a line each",
      "unlock: until the server leaves, which it does soon after its last client and agent, or lock. A screen asks by itself; exec without a terminal ends with 4",
    ],
  },
  {
    name: "rules",
    group: "about",
    examples: ["interpane rules", "interpane rules remove r3"],
    usage: "rules list | remove",
    help: "what agents run without asking",
    verbs: ["list", "remove"],
    words: { least: 0, most: 1 },
    promise: [
      "a rule is made on the screen, with a on a question; it lets one plain command run, in one folder and one sandbox",
      "--json: [{id, words, isOpen, program, cwd, sandbox, at}]; isOpen: any words may follow",
    ],
  },
  {
    name: "login",
    group: "models",
    examples: ["interpane login openai"],
    usage: "login [PROVIDER]",
    help: "sign in with an account, not a key",
    words: { least: 0, most: 1 },
    promise: [
      "PROVIDER: openai, or one of yours with requires_openai_auth; off until [openai_sign_in] in config.toml names issuer and client_id",
      "stdout: the page to open; it waits 5 minutes for the browser to come back",
    ],
  },
  {
    name: "logout",
    group: "models",
    examples: ["interpane logout openai"],
    usage: "logout [PROVIDER]",
    help: "end that, and forget its tokens",
    words: { least: 0, most: 1 },
  },
  {
    name: "providers",
    group: "models",
    examples: ["interpane providers", "interpane providers anthropic"],
    usage: "providers [ID]",
    help: "all providers, or the models of one",
    words: { least: 0, most: 1 },
  },
  {
    name: "models",
    group: "models",
    examples: ["interpane models --provider openai", "interpane models pull ollama/qwen3:8b"],
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
    group: "models",
    examples: ["interpane catalog update"],
    usage: "catalog update",
    help: "newer providers and models",
    verbs: ["update"],
    words: none,
    promise: [
      "reads models.dev and Moonshot's list, for which MOONSHOT_API_KEY or KIMI_API_KEY must be set; or files of these shapes",
      "stdout: what is new with a +, what vanished, shrank or moved with a -; the latter only with --accept",
      "exit code: 0 written; else nothing changed: 1 not to be read, 2 no key, 3 no answer, 4 needs --accept",
    ],
  },
  {
    name: "ls",
    group: "outside",
    examples: ["interpane ls", "interpane ls --recent", "interpane ls --workspace ~/src/project --json"],
    usage: "ls [--recent]",
    help: "what runs: workspaces, or one's agents",
    words: none,
    promise: [
      "--json: [{folder, agents, clients, working}]",
      "with --recent --json: [{folder, at}], newest first: the folders that were opened lately, whether they run or not",
      "with --workspace FOLDER: [{id, number, title, status, profile, model, cwd, session, turn, queued, isEphemeral}]",
    ],
  },
  {
    name: "kill",
    group: "outside",
    examples: ["interpane kill", "interpane kill --all"],
    usage: "kill [--all]",
    help: "stop this workspace, or the server",
    words: none,
  },
  {
    name: "usage",
    group: "about",
    examples: ["interpane usage", "interpane usage --days 7 --workspace . --json"],
    usage: "usage",
    help: "what was spent, by day and profile",
    words: none,
    promise: [
      "of all workspaces, the last 30 days; --days N: today and the N - 1 days before it; --workspace FOLDER: of that one alone",
      "--json: [{day, profile, provider, model, requests, inputTokens, outputTokens, costMicros, unpriced, isEstimated}], the newest day first",
      "inputTokens holds cached ones; costMicros are micro-dollars of the requests with a known price, null where there is none; unpriced counts the others",
    ],
  },
  {
    name: "doctor",
    group: "about",
    examples: ["interpane doctor", "interpane doctor --json"],
    usage: "doctor",
    help: "what is wrong here, and how to mend it",
    words: none,
    promise: [
      "looks at terminal, locale, shell and pty, sandbox, server, profiles, settings, vault, sessions and what was left running",
      "asks each address that a ready profile would use whether it answers, without a key; not in an offline workspace",
      "--json: one array of {about, state: well | warning | bad, text}",
      "exit code: 1 where something is bad",
    ],
  },
  {
    name: "completion",
    group: "about",
    examples: ["interpane completion bash", "interpane completion zsh", "interpane completion fish"],
    usage: "completion SHELL",
    help: "completion for bash, zsh or fish",
    verbs: ["bash", "zsh", "fish"],
    words: none,
    promise: [
      "stdout: a script for that shell; it completes commands, flags, profiles, providers, models, sessions and folders",
      'bash: eval "$(interpane completion bash)" in ~/.bashrc; zsh: the same with zsh, after compinit, in ~/.zshrc',
      "fish: interpane completion fish > ~/.config/fish/completions/interpane.fish",
    ],
  },
  {
    name: "help",
    group: null,
    examples: ["interpane help exec", "interpane help flags"],
    usage: "help",
    help: "this text",
    words: { least: 0, most: 1 },
  },
  { name: "version", group: null, examples: ["interpane --version"], usage: "version", help: "the version", words: none },
];
