// The engine's doors to the world. Real sides lie in `host` and `server`; tests bring their own.

import type { Replacement } from "../domain/action.ts";
import type { AgentId, ItemId, SessionId, TerminalId } from "../domain/ids.ts";
import type { FileDiff, TranscriptItem } from "../domain/item.ts";
import type { Charge } from "../domain/meter.ts";
import type { Model, Profile } from "../domain/profile.ts";
import type { Fact, Offer, ProfileRow, SessionRow, VaultRow } from "../domain/protocol.ts";
import type { SessionState } from "../domain/session-state.ts";
import type { ModelEvent, ToolSpec } from "../domain/stream.ts";
import type { Sandbox, Workspace } from "../domain/workspace.ts";

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
  readonly profiles: Profiles;
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
  /** The workspace or the profile is offline: nothing but loopback. */
  readonly isOffline: boolean;
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
  list(): { readonly rows: VaultRow[] /** How weakly the vault's own key is kept; null: well. */; readonly warning: string | null };
  /** Begins to sign in an account for a provider: `url` is to be opened in a browser. */
  signIn(provider: string, isOffline: boolean): Promise<{ ok: true; url: string } | { ok: false; reason: string }>;
  /** Waits until the browser has come back, or nobody came; tells what the tokens are good for. */
  signedIn(provider: string): Promise<{ ok: true; origin: string } | { ok: false; reason: string }>;
  /** Forgets the account, and asks the issuer to. False where nobody was signed in. */
  signOut(provider: string, isOffline: boolean): Promise<boolean>;
}

export interface NewCredential {
  readonly provider: string;
  readonly secret: string;
  /** Keep it without asking the provider. */
  readonly isUntested: boolean;
  readonly isOffline: boolean;
}

// Terminals -----------------------------------------------------------------------------------------------------------

export interface TerminalSpec {
  readonly id: TerminalId;
  readonly cwd: string;
  readonly cols: number;
  readonly rows: number;
  /** The agent's shell with our prompt marks, or a program of the user's own. */
  readonly program: { readonly type: "shell" } | { readonly type: "command"; readonly argv: readonly string[] };
  readonly sandbox: Sandbox;
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

export interface Terminal {
  readonly id: TerminalId;
  /**
   * Runs code at our own prompt mark. Never rejects. When `signal` aborts: Ctrl-C to the foreground, then TERM, then KILL;
   * the promise settles at once with `interrupted`, `busy()` stays true until the process is gone.
   */
  exec(request: ExecRequest, signal: AbortSignal): Promise<ExecResult>;
  /** At our prompt with nothing typed since: `exec` may start here. */
  isReady(): boolean;
  /** Keys of the user, as bytes in a string. Ignored after the end. */
  write(data: string): void;
  resize(cols: number, rows: number): void;
  /** The newest lines as plain text; `isStyled`: with their colours and weights as SGR sequences. */
  text(lines: number, options?: { readonly isStyled: boolean }): string;
  /** HUP, then KILL to all that it started; resolves when the pty is closed. */
  close(): Promise<void>;
}

export interface Terminals {
  open(spec: TerminalSpec, onEnd: (exitCode: number) => void): Terminal;
  /** Which sandbox this machine can enforce; an agent's default. `problem` says why it is `full`. */
  defaultSandbox(folder: string): { sandbox: Sandbox; problem: string | null };
}

// Files ---------------------------------------------------------------------------------------------------------------

export type FileResult =
  | { readonly ok: true; readonly text: string; readonly diff?: FileDiff }
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
}

export interface FileContext {
  readonly cwd: string;
  readonly sandbox: Sandbox;
}

// Profiles, tokens, ledger ----------------------------------------------------------------------------------------------

export interface Profiles {
  /** A profile's id, `provider/model`, or a model's bare name as the design resolves it; `active` helps with the last. */
  resolve(name: string, active?: Profile): { ok: true; profile: Profile; notice?: string } | { ok: false; problem: string };
  /** Asks the local servers (500 ms at most), so that the default pair and the rows know them. Never rejects. */
  lookAround(): Promise<void>;
  /** Fast and smart of the default pair; the demo twice where nothing else can be used. */
  defaultPair(): [string, string];
  rows(): { rows: ProfileRow[]; problems: string[] };
  models(provider: string): Model[];
  /** What can be had at once; asks local servers (500 ms each). */
  offers(): Promise<Offer[]>;
}

export interface Tokens {
  /** Estimate, for a family of models; never rejects (falls back to characters ÷ 4). */
  count(text: string, model: string): Promise<number>;
}

export interface Ledger {
  /** Keeps a charge once per `request`. Never throws into the turn: a failure is said by `onAlert`. */
  add(entry: { request: string; at: number; folder: string; agent: AgentId; session: SessionId; charge: Charge }): void;
  /** Micro-dollars since a moment. */
  spentSince(at: number): { costMicros: number; isEstimated: boolean };
}
