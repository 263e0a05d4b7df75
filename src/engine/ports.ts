// The engine's doors to the world. Real sides lie in `host` and `server`; tests bring their own.

import type { Action, Replacement } from "../domain/action.ts";
import type { ComputerAction, ScreenSize } from "../domain/computer.ts";
import type { ImageLimits } from "../domain/computer-tool.ts";
import type { AgentId, ItemId, SessionId, TerminalId } from "../domain/ids.ts";
import type { KeptImage } from "../domain/image.ts";
import type { FileDiff, TranscriptItem } from "../domain/item.ts";
import type { Charge } from "../domain/meter.ts";
import type { Model, Profile, ProfileSettings, ShellName } from "../domain/profile.ts";
import type { AnswerValue, CommandOf, Fact, Offer, ProfileRow, ProviderRow, SessionRow, VaultPlace, VaultRow } from "../domain/protocol.ts";
import type { Rule } from "../domain/rule.ts";
import type { ScrollMatches, ScrollPage } from "../domain/scrollback.ts";

import type { SessionState } from "../domain/session-state.ts";
import type { ModelEvent, OutputSchema, ToolSpec } from "../domain/stream.ts";
import type { UsageRow } from "../domain/usage.ts";
import type { RuleOffer, Sandbox, Workspace } from "../domain/workspace.ts";

export interface Ports {
  readonly clock: Clock;
  /** A new id with a prefix, such as `agent-…`: lower-case letters, digits, hyphens; unique for ever. The caller names the brand. */
  readonly newId: <Id extends string>(prefix: string) => Id;
  /** 0 … 1, for jitter. */
  readonly random: () => number;
  readonly journals: Journals;
  readonly models: Models;
  readonly credentials: Credentials;
  readonly terminals: Terminals;
  readonly files: Files;
  readonly images: Images;
  readonly userFiles: UserFiles;
  readonly computer: Computer;
  readonly profiles: Profiles;
  readonly rules: Rules;
  readonly tokens: Tokens;
  readonly ledger: Ledger;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// Journals ------------------------------------------------------------------------------------------------------------

export type JournalName =
  | { readonly type: "workspace"; readonly folder: string }
  | { readonly type: "session"; readonly session: SessionId };

export interface Journal {
  /** Writes at once (to the system, not yet to the disk). Throws `JournalError` when it cannot; the journal stays usable. */
  append(fact: Fact): void;
  /** Resolves when all that was appended before the call is on disk. One fdatasync serves all who wait. Rejects with `JournalError`. */
  synced(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** What `apply` makes of every intact entry; the caller's own to change. */
  readonly state: JournalState;
  /** Those of every entry, also of ones that are appended from now on. */
  readonly items: KeptItems;
  /** What was cut or quarantined, one line each; empty when whole. */
  readonly damage: string[];
}

export type JournalState =
  | { readonly type: "workspace"; readonly workspace: Workspace }
  | { readonly type: "session"; readonly session: SessionState };

/** The items that stand in a journal: the tree in memory, the bodies on disk until they are asked for. */
export interface KeptItems {
  count(): number;
  has(id: ItemId): boolean;
  /** Null at the root and of unknown items. Of an item whose line is damaged: where it most likely hung. */
  parentOf(id: ItemId): ItemId | null;
  /** Null where the item is unknown, or its line is known to be damaged. */
  typeOf(id: ItemId): TranscriptItem["type"] | null;
  /**
   * The path to `head`, oldest first: from `from` on and before `before`, where these stand on it, and of that the newest `limit`.
   */
  path(head: ItemId, range: PathRange): ItemId[];
  /** The nearest item of a type on the way from `head` to the root, `head` included. */
  nearest(head: ItemId, type: TranscriptItem["type"]): ItemId | null;
  /** In one pass over the file, in any order; each is checked, damaged ones are left out. Rejects with `JournalError`. */
  read(ids: readonly ItemId[]): Promise<TranscriptItem[]>;
}

export interface PathRange {
  readonly from?: ItemId;
  readonly before?: ItemId;
  readonly limit?: number;
}

export interface Journals {
  /** Creates the journal where there is none. */
  open(name: JournalName): Promise<OpenedJournal>;
  /** Reads without opening for writing. */
  read(name: JournalName): Promise<Fact[]>;
  /** Newest first. */
  list(): Promise<SessionRow[]>;
  remove(session: SessionId): Promise<void>;
}

// Models --------------------------------------------------------------------------------------------------------------

export interface ModelRequest {
  readonly profile: Profile;
  readonly session: SessionId;
  readonly instructions: string;
  /** The path from the root to the head, oldest first; `replay` makes it fit. */
  readonly items: readonly TranscriptItem[];
  readonly tools: readonly ToolSpec[];
  /** How large the screen is as the model is shown it; left out: it has none. */
  readonly screen?: ScreenSize;
  /** What the answer is to fit; left out: free text. */
  readonly outputSchema?: OutputSchema;
  /** The workspace or the profile is offline: nothing but loopback. */
  readonly isOffline: boolean;
  /** Told what is sent, what comes and how long it took, with secrets out; left out: nobody asks. */
  readonly onTrace?: (text: string) => void;
}

export interface Models {
  /** Never throws; see `ModelEvent` for how it ends. Includes replay, wire, the door, and the idle limit. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

/** The vault as the engine may use it: a secret goes in, never out. */
export interface Credentials {
  /** Asks the provider whether it takes the key, and keeps it bound to that provider's origin; `profile` is one that uses it. */
  add(request: NewCredential): Promise<{ ok: true; profile: string } | { ok: false; reason: string }>;
  /** False where there was none. */
  remove(id: string): Promise<boolean>;
  list(): VaultState;
  /** Begins to sign in an account for a provider: `url` is to be opened in a browser. */
  signIn(provider: string, isOffline: boolean): Promise<{ ok: true; url: string } | { ok: false; reason: string }>;
  /** Waits until the browser has come back, or nobody came; tells what the tokens are good for. */
  signedIn(provider: string): Promise<{ ok: true; origin: string } | { ok: false; reason: string }>;
  /** Forgets the account, and asks the issuer to. False where nobody was signed in. */
  signOut(provider: string, isOffline: boolean): Promise<boolean>;
}

export interface VaultState {
  readonly rows: VaultRow[];
  /** How weakly the vault's own key is kept, or why it cannot be had; null: well. */
  readonly warning: string | null;
  readonly place: VaultPlace | null;
  /** Its passphrase has to be given first. */
  readonly isLocked: boolean;
}

export interface NewCredential {
  readonly provider: string;
  readonly secret: string;
  /** Keep it without asking the provider. */
  readonly isUntested: boolean;
  readonly isOffline: boolean;
  /** Under which it is kept; left out: the provider's id. */
  readonly id?: string;
  /** Whose origin it is bound to; left out: the provider's own address. */
  readonly baseUrl?: string;
}

// Terminals -----------------------------------------------------------------------------------------------------------

/** An agent's shell; without a name the user's own, where it is one that an agent can have. */
export interface ShellProgram {
  readonly type: "shell";
  readonly name?: ShellName;
}

export interface TerminalSpec {
  readonly id: TerminalId;
  readonly cwd: string;
  readonly cols: number;
  readonly rows: number;
  /** The agent's shell with our prompt marks, or a program of the user's own. */
  readonly program: ShellProgram | { readonly type: "command"; readonly argv: readonly string[] };
  readonly sandbox: Sandbox;
  /** Whose it is: all of an agent's sandboxed programs see the same /tmp. Left out: it has one of its own. */
  readonly agent?: AgentId;
  /** Whole: nothing is taken from the server's own environment. Never holds a secret for an agent's shell. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ExecRequest {
  /** Lower case: shell, python, javascript, ruby … */
  readonly language: string;
  readonly code: string;
  readonly cwd?: string;
  /** Milliseconds; the command is interrupted then. */
  readonly timeoutMs: number;
}

export interface ExecResult {
  readonly outcome: "ok" | "failed" | "interrupted" | "timeout" | "unknown";
  readonly exitCode?: number;
  /** What the command printed: plain text, colours and cursor moves resolved, bounded (head and tail kept, the cut named). */
  readonly output: string;
  readonly durationMs: number;
  /** The shell's folder afterwards, where its marks said. */
  readonly cwd?: string;
  /** Said to model and user: the shell ended and was started anew, the code was refused as incomplete, … */
  readonly note?: string;
}

/** What was done with the mouse over a terminal's screen, in its cells from 0. */
export type MouseEvent = Omit<CommandOf<"terminal.mouse">, "type" | "terminal">;

export interface Terminal {
  readonly id: TerminalId;
  /**
   * Runs code at our own prompt mark. Never rejects. When `signal` aborts: Ctrl-C to the foreground, then TERM, then KILL;
   * the promise settles at once with `interrupted`, `busy()` stays true until the process is gone.
   */
  exec(request: ExecRequest, signal: AbortSignal): Promise<ExecResult>;
  /** At our prompt with nothing typed since: `exec` may start here. */
  isReady(): boolean;
  /**
   * Keys of the user, as bytes in a string. `chord`: what is one key, whose bytes do not say it all; a program that asked for another
   * keyboard protocol gets it in that. Ignored after the end.
   */
  write(data: string, chord?: string): void;
  resize(cols: number, rows: number): void;
  /** The newest lines as plain text; `isStyled`: with their colours and weights as SGR sequences. */
  text(lines: number, options?: { readonly isStyled: boolean }): string;
  /** What this reader sees of its lines (not of the alternate screen) stays as it is until it lets go, whatever is printed. */
  hold(reader: number, isHeld: boolean): void;
  /** Rows by their numbers; null before it has started and after its end. */
  rows(page: { readonly isAlternate: boolean; readonly from: number; readonly count: number; readonly reader?: number }): ScrollPage | null;
  /** Where a pattern stands before the row `end`, at most `matchesMax` places; looked for beside other work. */
  search(wanted: {
    readonly isAlternate: boolean;
    readonly pattern: string;
    readonly end: number;
    readonly matchesMax: number;
    readonly reader?: number;
  }): Promise<ScrollMatches | null>;
  /** A paste or a part of it. False: it has line ends that the program would take for Enter, and `isSeen` was not said. */
  paste(part: { readonly text: string; readonly isFirst: boolean; readonly isLast: boolean; readonly isSeen: boolean }): boolean;
  /** For a program that asked for the mouse; else nothing happens. */
  mouse(event: MouseEvent): void;
  /** Python and JavaScript lose what they hold, and start anew with the next code; the shell stays. */
  resetInterpreters(): Promise<void>;
  /** HUP, then KILL to all that it started; resolves when the pty is closed. */
  close(): Promise<void>;
}

export interface Terminals {
  open(spec: TerminalSpec, onEnd: (exitCode: number) => void): Terminal;
  /** Which shell an agent gets: the one that is wanted, else the user's own where an agent can have it, else bash. */
  shellName(wanted: ShellName | undefined, env: Readonly<Record<string, string>>): ShellName;
  /** Which sandbox this machine can enforce; an agent's default. `problem` says why it is `full`. */
  defaultSandbox(folder: string): { sandbox: Sandbox; problem: string | null };
  /** The folder that an agent's sandboxed programs see as /tmp; it is there. */
  tmpFolder(agent: AgentId): string;
  /** The agent is closed: its /tmp goes. */
  forget(agent: AgentId): void;
}

// Files ---------------------------------------------------------------------------------------------------------------

export type FileResult =
  | {
      readonly ok: true;
      readonly text: string;
      readonly diff?: FileDiff;
      /** The file is a picture, and this is all of it; `text` is empty. */
      readonly image?: { readonly bytes: Uint8Array; readonly path: string };
    }
  | { readonly ok: false; readonly problem: string };

/** Paths may be relative to `cwd`. Every file that is opened is checked to lie where the sandbox allows; nothing throws. */
export interface Files {
  read(path: string, at: FileContext, offset?: number, limit?: number): Promise<FileResult>;
  write(path: string, at: FileContext, content: string, append: boolean): Promise<FileResult>;
  edit(path: string, at: FileContext, edits: readonly Replacement[]): Promise<FileResult>;
  /** What a write or an edit would change, without doing it. */
  preview(
    path: string,
    at: FileContext,
    change: { content: string; append: boolean } | { edits: readonly Replacement[] },
  ): Promise<FileResult>;
  searchText(pattern: string, at: FileContext, path?: string, glob?: string): Promise<FileResult>;
  searchFiles(pattern: string, at: FileContext, path?: string): Promise<FileResult>;
  /**
   * Images in and below the folder (not deep, not in hidden folders) and in the agent's own /tmp that were written since `sinceMs`:
   * their paths in the folder, else whole ones; sorted.
   */
  newImages(at: FileContext, sinceMs: number): Promise<string[]>;
}

/** Files that the user names himself, by an absolute path: no sandbox. Both say in one sentence why not; neither rejects. */
export interface UserFiles {
  /** Never over one that is there. */
  writeNew(path: string, text: string): Promise<{ ok: true } | { ok: false; problem: string }>;
  /** Up to 16 MB. */
  read(path: string): Promise<{ ok: true; text: string } | { ok: false; problem: string }>;
}

export interface FileContext {
  readonly cwd: string;
  readonly sandbox: Sandbox;
  /** What the agent's programs see as /tmp; left out where that is the machine's. */
  readonly tmpFolder?: string;
}

// Images --------------------------------------------------------------------------------------------------------------

export type ImageResult = { readonly ok: true; readonly image: KeptImage } | { readonly ok: false; readonly problem: string };

/** Pictures of sessions, kept beside their journals. What is kept is on disk when the promise resolves. */
export interface Images {
  /** Reads a file that the user named: absolute, from `~`, or in `cwd`. */
  take(session: SessionId, path: string, cwd: string): Promise<ImageResult>;
  /** Keeps what was read at `path`. */
  keep(session: SessionId, bytes: Uint8Array, path: string): Promise<ImageResult>;
  has(session: SessionId, image: KeptImage): boolean;
  /** Null where it is gone or damaged. */
  read(session: SessionId, image: KeptImage): Promise<Uint8Array | null>;
  /** Into another session; what is gone stays gone. Rejects where the disk refuses. */
  copy(from: SessionId, to: SessionId, images: readonly KeptImage[]): Promise<void>;
  /** Takes away those that nothing in the session's journal names: attached and never sent. Nobody may have it open. Never rejects. */
  sweep(session: SessionId): Promise<void>;
}

// The screen ----------------------------------------------------------------------------------------------------------

/** What a client said of its desktop: DISPLAY, XAUTHORITY and what tells one kind of desktop from another. */
export type DesktopEnv = Readonly<Record<string, string>>;

export type ScreenResult = { readonly ok: true; readonly shown: ScreenSize } | { readonly ok: false; readonly problem: string };

export type ComputerResult =
  | {
      readonly ok: true;
      readonly text: string;
      /** A PNG of the size that models are shown; `path` is no file, and says when it was taken. */
      readonly image?: { readonly bytes: Uint8Array; readonly path: string };
    }
  | { readonly ok: false; readonly problem: string };

export interface ComputerContext {
  readonly desktop: DesktopEnv;
  readonly limits: ImageLimits;
  readonly signal: AbortSignal;
  /** A person was asked between this action and the one before: the keyboard may have gone to where they answered. */
  readonly wasAsked: boolean;
  /** The last of a reply: a screenshot comes with it, taken when windows had time to draw. */
  readonly isLast: boolean;
}

/** The user's desktop, by programs that are there for it. */
export interface Computer {
  /** The size that models are shown; else in one sentence what is missing and what to install. Never rejects. */
  look(desktop: DesktopEnv, limits: ImageLimits): Promise<ScreenResult>;
  /** Never rejects; ends early where `signal` aborts, with no key and no button left down. */
  run(action: ComputerAction, context: ComputerContext): Promise<ComputerResult>;
}

// Rules -----------------------------------------------------------------------------------------------------------------

/** Where a command would run, and the PATH that its program is looked for on. */
export interface RuleGround {
  readonly cwd: string;
  readonly sandbox: Sandbox;
  readonly path: string;
}

/** What a rule lets through: `program` is what is run, with all links followed; `words[0]` is what it was called. */
export interface RuledCommand {
  readonly rule: Rule;
  readonly words: readonly string[];
  readonly program: string;
  readonly cwd: string;
}

/** Commands that a person said may always run. */
export interface Rules {
  /** Oldest first. */
  list(): readonly Rule[];
  /** What a rule for this would be, to be shown; else why there can be none. */
  offer(action: Action, ground: RuleGround): RuleOffer | { readonly problem: string };
  /** The rule that lets this run, looked for anew each time; null: ask. */
  find(action: Action, ground: RuleGround): RuledCommand | null;
  /** `open`: with any words after the program, where the offer says so. Answers when it is on disk. */
  keep(offer: RuleOffer, width: "exact" | "open", sandbox: Sandbox): Promise<{ ok: true; rule: Rule } | { ok: false; problem: string }>;
  remove(id: string): Promise<{ ok: true } | { ok: false; problem: string }>;
}

// Profiles, tokens, ledger ----------------------------------------------------------------------------------------------

export interface Profiles {
  /**
   * A profile's id, `provider/model`, or a model's bare name, looked for in this order (`docs/profiles.md`); `active` helps with the last.
   * `settings` win over what the profile says; with them the name may be left out.
   */
  resolve(
    name: string | undefined,
    active?: Profile,
    settings?: ProfileSettings,
  ): { ok: true; profile: Profile; notice?: string } | { ok: false; problem: string };
  /** The same as it would be written down, with the candidates of what could not be told. */
  examine(name: string | undefined, settings: ProfileSettings): Extract<AnswerValue, { type: "profile.resolve" }>;
  /** Asks the local servers (500 ms at most), so that the default pair and the rows know them. Never rejects. */
  lookAround(): Promise<void>;
  /** Fast and smart of the default pair; the demo twice where nothing else can be used. */
  defaultPair(): [string, string];
  /** Why new agents do not start on what the user set; null: they do, or nothing was set. */
  defaultProblem(): string | null;
  /** What `--fast` means: it need not be where new agents start. */
  fastHalf(): string;
  rows(): { rows: ProfileRow[]; problems: string[] };
  models(provider: string): Model[];
  /** All that can be named, what can be used first. */
  providers(): ProviderRow[];
  /** What can be had at once; asks local servers (500 ms each). */
  offers(): Promise<Offer[]>;
}

export interface Tokens {
  /** Estimate, for a family of models; never rejects (falls back to characters ÷ 4). */
  count(text: string, model: string): Promise<number>;
}

export interface Ledger {
  /** Keeps a charge once per `request`. Never throws into the turn: a failure is said by `onAlert`. */
  add(entry: { request: string; at: number; folder: string; agent: AgentId; session: SessionId; profile: string; charge: Charge }): void;
  /** Micro-dollars since a moment. */
  spentSince(at: number): { costMicros: number; isEstimated: boolean };
  /** Summed by day, profile and model, the newest day first: of all folders, or of one. */
  usage(since: number, folder?: string): UsageRow[];
}
