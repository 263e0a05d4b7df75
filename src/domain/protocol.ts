// Everything that crosses the link between a client and the server, and everything that is journaled.
// Commands ask, facts happened, pulses show what streams, queries read. There is no second channel.

import { z } from "zod";
import {
  agentIdSchema,
  approvalIdSchema,
  itemIdSchema,
  paneIdSchema,
  promptIdSchema,
  sessionIdSchema,
  tabIdSchema,
  terminalIdSchema,
  turnIdSchema,
} from "./ids.ts";
import { IMAGES_MAX, keptImageSchema } from "./image.ts";
import { itemSchema, outcomeSchema } from "./item.ts";
import { directionSchema, faceSchema } from "./layout.ts";
import { presets } from "./layout-moves.ts";
import { chargeSchema } from "./meter.ts";
import { modelSchema, profileFileSchema, profileSchema, profileSettingsSchema } from "./profile.ts";
import { ruleIdSchema, ruleSchema } from "./rule.ts";
import { PAGE_ROWS_MAX } from "./scrollback.ts";
import { failureSchema } from "./stream.ts";
import { usageRowSchema } from "./usage.ts";
import {
  agentSchema,
  approvalSchema,
  queuedPromptSchema,
  sandboxSchema,
  tabSchema,
  terminalInfoSchema,
  workspaceSchema,
} from "./workspace.ts";

/** Raised whenever a message below, or a frame of the link, is new to the other side or changes its meaning. `hello`, `ls` and `kill` never change. */
export const PROTOCOL_VERSION = 2;

/** Cells that a sidebar may take. */
export const SIDEBAR_COLS_LEAST = 16;
export const SIDEBAR_COLS_MOST = 60;

// Facts ---------------------------------------------------------------------------------------------------------------

export const turnOutcomeSchema = z.enum(["done", "interrupted", "failed", "crashed"]);
export type TurnOutcome = z.infer<typeof turnOutcomeSchema>;

export const answerSchema = z.enum(["yes", "no"]);
export type Answer = z.infer<typeof answerSchema>;

/** Facts of the workspace's own journal: layout and membership. */
const workspaceFacts = [
  z.object({ type: z.literal("workspace.opened"), folder: z.string() }),
  z.object({ type: z.literal("workspace.offlineSet"), isOffline: z.boolean() }),
  z.object({ type: z.literal("agent.spawned"), agent: agentSchema }),
  z.object({ type: z.literal("agent.closed"), agent: agentIdSchema }),
  z.object({ type: z.literal("tab.set"), tab: tabSchema }),
  z.object({ type: z.literal("tab.closed"), tab: tabIdSchema }),
  /** Several tabs at once, where a pane went from one to another: no reader may see it in both or in none. */
  z.object({
    type: z.literal("tabs.set"),
    tabs: z.array(tabSchema),
    closed: z.array(tabIdSchema),
    /** All tabs, in their new order; left out where it stays. */
    order: z.array(tabIdSchema).optional(),
  }),
  z.object({ type: z.literal("terminal.opened"), terminal: terminalInfoSchema }),
  /** Its program ended; the pane stays until it is closed. */
  z.object({
    type: z.literal("terminal.ended"),
    terminal: terminalIdSchema,
    exitCode: z.int(),
    /** With the server that ran it: nobody saw how. */
    isLost: z.boolean().optional(),
  }),
  z.object({ type: z.literal("terminal.titled"), terminal: terminalIdSchema, title: z.string() }),
  z.object({ type: z.literal("terminal.closed"), terminal: terminalIdSchema }),
] as const;

/** Facts of a session's journal. */
const sessionFacts = [
  z.object({ type: z.literal("session.opened"), agent: agentIdSchema, session: sessionIdSchema, folder: z.string(), title: z.string() }),
  z.object({ type: z.literal("agent.titled"), agent: agentIdSchema, title: z.string() }),
  z.object({ type: z.literal("agent.profileUsed"), agent: agentIdSchema, profile: profileSchema }),
  /** For this agent alone; null: as its profile says. Leave to run code ends with the server. */
  z.object({ type: z.literal("agent.autoRunSet"), agent: agentIdSchema, isAutoRun: z.boolean().nullable() }),
  z.object({ type: z.literal("agent.sandboxSet"), agent: agentIdSchema, sandbox: sandboxSchema }),
  z.object({ type: z.literal("agent.moved"), agent: agentIdSchema, cwd: z.string() }),
  z.object({ type: z.literal("agent.headMoved"), agent: agentIdSchema, head: itemIdSchema.nullable() }),
  z.object({ type: z.literal("prompt.queued"), agent: agentIdSchema, prompt: queuedPromptSchema }),
  /** With the turn that it starts; without one it was taken back. */
  z.object({ type: z.literal("prompt.taken"), agent: agentIdSchema, prompt: promptIdSchema, turn: turnIdSchema.optional() }),
  z.object({ type: z.literal("turn.queued"), agent: agentIdSchema, turn: turnIdSchema, profile: z.string() }),
  /** The lane granted a slot; also said anew when a request is sent again. */
  z.object({
    type: z.literal("turn.started"),
    agent: agentIdSchema,
    turn: turnIdSchema,
    /** A command of the user's own runs, and no model thinks. */
    isOwnCommand: z.boolean().optional(),
  }),
  z.object({
    type: z.literal("turn.ended"),
    agent: agentIdSchema,
    turn: turnIdSchema,
    outcome: turnOutcomeSchema,
    failure: failureSchema.optional(),
    durationMs: z.number(),
    /** The turn is over, but a process that it started does not end: shown as stopping until `agent.settled`. */
    isStopping: z.boolean().optional(),
    /** It ended with a question of the model: the agent waits for the user's next message. */
    isAsking: z.boolean().optional(),
  }),
  z.object({ type: z.literal("agent.settled"), agent: agentIdSchema }),
  z.object({ type: z.literal("item.added"), agent: agentIdSchema, item: itemSchema }),
  z.object({ type: z.literal("approval.asked"), agent: agentIdSchema, approval: approvalSchema }),
  z.object({
    type: z.literal("approval.answered"),
    agent: agentIdSchema,
    approval: approvalIdSchema,
    answer: answerSchema.or(z.literal("void")),
    by: z.enum(["user", "policy", "restart", "interrupt"]),
  }),
  /** On disk before anything runs. */
  z.object({
    type: z.literal("tool.started"),
    agent: agentIdSchema,
    turn: turnIdSchema,
    item: itemIdSchema,
    callId: z.string(),
    digest: z.string(),
    terminal: terminalIdSchema.nullable(),
    /** The saved rule that let it run; its command as it could be typed. */
    rule: z.string().optional(),
  }),
  z.object({
    type: z.literal("tool.ended"),
    agent: agentIdSchema,
    turn: turnIdSchema,
    item: itemIdSchema,
    callId: z.string(),
    outcome: outcomeSchema,
    exitCode: z.int().optional(),
    durationMs: z.number(),
  }),
  z.object({ type: z.literal("usage.charged"), agent: agentIdSchema, request: z.string(), charge: chargeSchema }),
] as const;

export const factBodySchema = z.discriminatedUnion("type", [...workspaceFacts, ...sessionFacts]);
export type FactBody = z.infer<typeof factBodySchema>;
export type FactType = FactBody["type"];

const stamp = {
  /** Grows by one with each fact of a workspace, across its journals. */
  seq: z.int().positive(),
  /** Milliseconds since 1970. */
  at: z.number(),
};
export const factSchema = z.intersection(z.object(stamp), factBodySchema);
export type Fact = z.infer<typeof factSchema>;

const workspaceFactTypes: ReadonlySet<string> = new Set(workspaceFacts.map((schema) => schema.shape.type.value));
/** Says which journal a fact belongs to: the workspace's, or that of its agent's session. */
export function isWorkspaceFact(fact: FactBody): boolean {
  return workspaceFactTypes.has(fact.type);
}

// Commands ------------------------------------------------------------------------------------------------------------

/** Where a new pane goes: beside a pane, or into a tab of its own; nowhere for an agent without a screen. */
export const placeSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("beside"), pane: paneIdSchema, direction: directionSchema }),
  z.object({ type: z.literal("tab") }),
  z.object({ type: z.literal("nowhere") }),
]);
export type Place = z.infer<typeof placeSchema>;

/** What can keep the vault's own key. */
export const vaultPlaces = ["passphrase", "keyring", "file"] as const;
export type VaultPlace = (typeof vaultPlaces)[number];
const PASSPHRASE_CHARS_MAX = 4096;

/** `cols` null: as wide as the screen's size suggests. */
const sidebarShape = { cols: z.int().min(SIDEBAR_COLS_LEAST).max(SIDEBAR_COLS_MOST).nullable(), isHidden: z.boolean() };
export const sidebarSchema = z.object(sidebarShape);
export type Sidebar = z.infer<typeof sidebarSchema>;

/** Which tab a screen shows, and of each tab the pane that has its focus. */
export const lookSchema = z.object({ tab: tabIdSchema, panes: z.array(paneIdSchema).max(1_000) });
export type Look = z.infer<typeof lookSchema>;

export const commandSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("agent.spawn"),
    place: placeSchema,
    /** A profile's id or a model's name; left out: the fast half of the default pair. */
    profile: z.string().optional(),
    /** What flags say over the profile; without one a model, a provider or an address may stand for it. */
    settings: profileSettingsSchema.optional(),
    cwd: z.string().optional(),
    title: z.string().optional(),
    /** Carry a kept session on: its id, or `latest` of this folder. */
    session: z.string().optional(),
    autoRun: z.boolean().optional(),
    isOffline: z.boolean().optional(),
    /** Requests, responses and times are said as notices. */
    isVerbose: z.boolean().optional(),
    isEphemeral: z.boolean().optional(),
  }),
  z.object({ type: z.literal("agent.close"), agent: agentIdSchema }),
  z.object({ type: z.literal("agent.rename"), agent: agentIdSchema, title: z.string().min(1).max(80) }),
  /** `settings` as in `agent.spawn`; one of the two must be there. */
  z.object({
    type: z.literal("agent.useProfile"),
    agent: agentIdSchema,
    profile: z.string().optional(),
    settings: profileSettingsSchema.optional(),
  }),
  /** As `isVerbose` of `agent.spawn`, from the next request on. Lasts as long as the server knows the agent. */
  z.object({ type: z.literal("agent.setVerbose"), agent: agentIdSchema, isVerbose: z.boolean() }),
  /** To the other half of the pair of the agent's profile. */
  z.object({ type: z.literal("agent.swapPair"), agent: agentIdSchema }),
  z.object({
    type: z.literal("prompt.send"),
    agent: agentIdSchema,
    text: z.string().min(1),
    profile: z.string().optional(),
    /** A JSON Schema that the provider is asked to hold the answer to, where its API can; not with a message that has to wait. */
    outputSchema: z.record(z.string(), z.unknown()).optional(),
    /** As `image.attach` replied them, for this agent. */
    images: z.array(keptImageSchema).max(IMAGES_MAX).optional(),
  }),
  /** Reads an image of the user's own, checks it and keeps a copy beside the session; the reply holds what `prompt.send` takes. Makes no fact. */
  z.object({ type: z.literal("image.attach"), agent: agentIdSchema, path: z.string().min(1).max(4096) }),
  /** Runs a command of the user's own in the agent's shell; no model is asked, the next request knows of it. Refused in a turn. */
  z.object({ type: z.literal("shell.run"), agent: agentIdSchema, code: z.string().min(1) }),
  /** Takes the newest queued prompt back; the reply's note holds its text. */
  z.object({ type: z.literal("prompt.takeBack"), agent: agentIdSchema }),
  /** Begins with the first queued prompt of an agent that rests: an interruption leaves its queue standing. */
  z.object({ type: z.literal("prompt.sendQueued"), agent: agentIdSchema }),
  z.object({ type: z.literal("turn.interrupt"), agent: agentIdSchema }),
  z.object({
    type: z.literal("approval.answer"),
    approval: approvalIdSchema,
    answer: answerSchema,
    /** The digest that was shown; another one is refused. */
    digest: z.string(),
    /** Runs this code instead; only with `yes`, only for an exec. */
    code: z.string().optional(),
    /** Told to the model with a `no`. */
    reason: z.string().max(2000).optional(),
    /** With `yes`: keeps the rule that the question showed, for these words alone or with any words after the program. */
    keep: z.enum(["exact", "open"]).optional(),
  }),
  /** Code of this agent runs without asking, or is asked about, whatever its profile says; until the server ends. */
  z.object({ type: z.literal("agent.setAutoRun"), agent: agentIdSchema, isAutoRun: z.boolean() }),
  /** `isShellAnew`: the shell, and every interpreter in it, begins anew too. */
  z.object({ type: z.literal("session.reset"), agent: agentIdSchema, isShellAnew: z.boolean().optional() }),
  /** Writes the conversation into a new file: Markdown, or messages as Open Interpreter keeps them. Relative to the agent's folder. */
  z.object({
    type: z.literal("session.save"),
    agent: agentIdSchema,
    format: z.enum(["messages", "markdown"]),
    path: z.string().min(1).max(4096),
  }),
  /** Begins the conversation anew with the messages of such a file. */
  z.object({ type: z.literal("session.load"), agent: agentIdSchema, path: z.string().min(1).max(4096) }),
  /** Takes the last message and its answer back; the reply's note says what. */
  z.object({ type: z.literal("session.undo"), agent: agentIdSchema }),
  /** Goes back to before a message of the user's; the reply's note holds its text. The shell is not rewound. */
  z.object({ type: z.literal("session.rewind"), agent: agentIdSchema, item: itemIdSchema }),
  /**
   * Copies the path into a new session, with an agent of its own: all of it, or what stands before a message of the user's, whose
   * text is then the reply's note. A turn that runs stays behind. `place` left out: beside the agent's pane.
   */
  z.object({
    type: z.literal("session.fork"),
    agent: agentIdSchema,
    item: itemIdSchema.optional(),
    place: placeSchema.optional(),
  }),
  /** The same for a kept session, without an agent; the reply names the new one. Needs no workspace. */
  z.object({ type: z.literal("session.copy"), session: sessionIdSchema }),
  /** Deletes a kept session whole; refused while an agent has it. Needs no workspace. */
  z.object({ type: z.literal("session.delete"), session: sessionIdSchema }),
  /** Has the older part of the conversation summarised by the agent's own profile; runs as a turn of its own. */
  z.object({ type: z.literal("session.compact"), agent: agentIdSchema, hint: z.string().max(4000).optional() }),
  z.object({ type: z.literal("pane.close"), pane: paneIdSchema }),
  z.object({ type: z.literal("pane.face"), pane: paneIdSchema, face: faceSchema }),
  z.object({ type: z.literal("pane.zoom"), pane: paneIdSchema }),
  z.object({ type: z.literal("pane.resize"), pane: paneIdSchema, direction: directionSchema, share: z.number().min(-1).max(1) }),
  /** The border between two neighbours, named by the first pane of each: `at` of their split's whole lies before it. */
  z.object({ type: z.literal("pane.moveBorder"), before: paneIdSchema, after: paneIdSchema, at: z.number().min(0).max(1) }),
  /** The pane and those beside it get the same share. */
  z.object({ type: z.literal("pane.spread"), pane: paneIdSchema }),
  /** Two panes change places, also between tabs. */
  z.object({ type: z.literal("pane.swap"), pane: paneIdSchema, other: paneIdSchema }),
  /** Out of its place, beside another pane or into a tab of its own. */
  z.object({ type: z.literal("pane.move"), pane: paneIdSchema, place: placeSchema }),
  z.object({ type: z.literal("tab.tile"), tab: tabIdSchema }),
  z.object({ type: z.literal("tab.arrange"), tab: tabIdSchema, preset: z.enum(presets) }),
  /** Every pane goes one place on, or back. */
  z.object({ type: z.literal("tab.rotate"), tab: tabIdSchema, by: z.literal(1).or(z.literal(-1)) }),
  z.object({ type: z.literal("tab.rename"), tab: tabIdSchema, name: z.string().max(40) }),
  /** To a place among the tabs, from 0; too high a number means the last. */
  z.object({ type: z.literal("tab.move"), tab: tabIdSchema, to: z.int().nonnegative() }),
  /** Closes all its panes. */
  z.object({ type: z.literal("tab.close"), tab: tabIdSchema }),
  z.object({ type: z.literal("tab.sync"), tab: tabIdSchema, isSynced: z.boolean() }),
  /** A plain terminal of the user's own: no sandbox. Left out `argv`: the login shell. */
  z.object({ type: z.literal("terminal.open"), place: placeSchema, argv: z.array(z.string()).optional(), cwd: z.string().optional() }),
  /** Runs a plain terminal's program again, in the same pane, as a new terminal; one that still runs is ended first. */
  z.object({ type: z.literal("terminal.respawn"), terminal: terminalIdSchema }),
  z.object({ type: z.literal("terminal.rename"), terminal: terminalIdSchema, title: z.string().min(1).max(80) }),
  /** `data`: as xterm sends it. `chord`: the key, where its bytes do not say it; some programs ask for more than xterm's bytes. */
  z.object({
    type: z.literal("terminal.input"),
    terminal: terminalIdSchema,
    data: z.string(),
    chord: z.string().min(1).max(32).optional(),
  }),
  /**
   * A paste, in parts where it is long: in brackets where the program asked for them. Where it did not and there is a line end in it, it is
   * refused unless `isSeen`: the user has been shown that it is typed, and run, line by line.
   */
  z.object({
    type: z.literal("terminal.paste"),
    terminal: terminalIdSchema,
    text: z.string(),
    isFirst: z.boolean(),
    isLast: z.boolean(),
    isSeen: z.boolean().optional(),
  }),
  /** For a program that asked for the mouse, in the way it asked; nothing for one that did not. Cells of its own screen, from 0. */
  z.object({
    type: z.literal("terminal.mouse"),
    terminal: terminalIdSchema,
    action: z.enum(["press", "release", "move", "wheelup", "wheeldown"]),
    button: z.enum(["left", "middle", "right", "none"]),
    x: z.int().min(0).max(999),
    y: z.int().min(0).max(999),
    hasCtrl: z.boolean(),
    hasShift: z.boolean(),
    hasAlt: z.boolean(),
  }),
  /** Keeps copied text for all clients, in memory only; the oldest go. */
  z.object({ type: z.literal("buffer.add"), text: z.string().min(1) }),
  z.object({ type: z.literal("buffer.remove"), buffer: z.int() }),
  z.object({ type: z.literal("workspace.setOffline"), isOffline: z.boolean() }),
  /** Tests the key against the provider, keeps it in the vault bound to the origin, and replies with the profile that uses it. */
  z.object({
    type: z.literal("credential.add"),
    provider: z.string(),
    secret: z.string().min(1),
    isUntested: z.boolean().optional(),
    /** Kept under this name and not the provider's, so that a profile can have a key of its own. */
    id: z.string().optional(),
    /** Bound to this address's origin and not to the provider's own. */
    baseUrl: z.string().optional(),
  }),
  z.object({ type: z.literal("credential.remove"), id: z.string() }),
  /** Opens the vault until the server leaves or it is locked. Kept nowhere. Needs no workspace, as the three after it. */
  z.object({ type: z.literal("vault.unlock"), passphrase: z.string().min(1).max(PASSPHRASE_CHARS_MAX) }),
  /** Whoever was asked for the passphrase does not give it: what waits for it ends with a reason. */
  z.object({ type: z.literal("vault.decline") }),
  z.object({ type: z.literal("vault.lock") }),
  /** What keeps the vault's own key from now on; `current`: the present passphrase, where there is one. */
  z.object({
    type: z.literal("vault.protect"),
    place: z.enum(vaultPlaces),
    passphrase: z.string().min(1).max(PASSPHRASE_CHARS_MAX).optional(),
    current: z.string().max(PASSPHRASE_CHARS_MAX).optional(),
  }),
  z.object({ type: z.literal("rule.remove"), rule: ruleIdSchema }),
  /** What this client reads of a terminal's lines stays as it is, whatever is printed, until it lets go or leaves. */
  z.object({ type: z.literal("terminal.hold"), terminal: terminalIdSchema, isHeld: z.boolean() }),
  /** Begins to sign in an account; the reply's note is the page to open in a browser. */
  z.object({ type: z.literal("account.signIn"), provider: z.string() }),
  /** Replies when the browser has come back; the note is the origin that the account is now sent to. */
  z.object({ type: z.literal("account.signedIn"), provider: z.string() }),
  z.object({ type: z.literal("account.signOut"), provider: z.string() }),
  /** Has a server on this machine fetch a model that it lacks; `pull` pulses tell whoever asked how far it is. Makes no fact. */
  z.object({ type: z.literal("model.pull"), provider: z.string().max(64), model: z.string().min(1).max(256) }),
  /** The pair that new agents and the fast/smart key use, where neither config.toml nor a profile says otherwise. Needs no workspace. */
  z.object({ type: z.literal("profiles.setPair"), fast: z.string().min(1).max(256), smart: z.string().min(1).max(256) }),
  /** The profile that new agents start on; null: the pair's fast half again. Needs no workspace. */
  z.object({ type: z.literal("profiles.setDefault"), profile: z.string().min(1).max(256).nullable() }),
  /** How the user set the sidebar: kept for this workspace and for the next new one. Makes no fact. */
  z.object({ type: z.literal("client.sidebar"), ...sidebarShape }),
  /** What this client shows: sizes in cells. Sent on every resize and change of tab or face; makes no fact. */
  z.object({
    type: z.literal("client.view"),
    cols: z.int().min(1).max(1000),
    rows: z.int().min(1).max(1000),
    terminals: z.array(z.object({ terminal: terminalIdSchema, cols: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) })),
    /** Whose streams are wanted: agents that are on the screen. */
    agents: z.array(agentIdSchema),
    /** The user has just come, or typed: this client's sizes are taken, until somebody types elsewhere. */
    isActive: z.boolean(),
    /** The terminal that this client's keys go to; null: none, or the client's window is not the one in use. Left out by old clients. */
    focused: terminalIdSchema.nullable().optional(),
    /** Where the next screen of this workspace begins, if the user is here. Left out by old clients. */
    looksAt: lookSchema.optional(),
    /** Of text and ground, 24 bits each: what programs are told that ask. */
    colours: z.object({ foreground: z.int().min(0).max(0xffffff), background: z.int().min(0).max(0xffffff) }).optional(),
  }),
]);
export type Command = z.infer<typeof commandSchema>;
export type CommandOf<T extends Command["type"]> = Extract<Command, { type: T }>;

/** Exactly one for each command. `seq` is that of the (last) fact the command caused, or the present one where it caused none. */
export const replySchema = z.discriminatedUnion("ok", [
  z.object({
    type: z.literal("reply"),
    id: z.int(),
    ok: z.literal(true),
    seq: z.int(),
    note: z.string().optional(),
    /** The agent, pane or terminal that was made. */
    agent: agentIdSchema.optional(),
    pane: paneIdSchema.optional(),
    terminal: terminalIdSchema.optional(),
    session: sessionIdSchema.optional(),
    /** What a prompt became: a turn that is its own, or a place in the agent's queue (`prompt.taken` then names the turn). */
    turn: turnIdSchema.optional(),
    prompt: promptIdSchema.optional(),
    /** The image that was attached, or those of the message whose text is the note. */
    images: z.array(keptImageSchema).optional(),
  }),
  z.object({ type: z.literal("reply"), id: z.int(), ok: z.literal(false), reason: z.string() }),
]);
export type Reply = z.infer<typeof replySchema>;

// Queries -------------------------------------------------------------------------------------------------------------

/** A profile, or a model that can stand for one, as it can be chosen. */
export const profileRowSchema = z.object({
  id: z.string(),
  provider: z.string(),
  providerName: z.string(),
  model: z.string(),
  modelName: z.string(),
  pair: z.string().nullable(),
  /** Tokens; null where unknown. */
  contextWindow: z.int().nullable(),
  /** Micro-dollars for a million tokens; null where unknown. */
  inputMicros: z.int().nullable(),
  outputMicros: z.int().nullable(),
  isLocal: z.boolean(),
  isDemo: z.boolean(),
  from: z.enum(["bundled", "user", "adhoc"]),
  /** Null where it can be used at once; else one line: what is missing and what to do. */
  problem: z.string().nullable(),
});
export type ProfileRow = z.infer<typeof profileRowSchema>;

/** A provider that can be named, whether it can be used or not. */
export const providerRowSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** How many are known. */
  models: z.int().nonnegative(),
  isLocal: z.boolean(),
  /** From the user's config.toml. */
  isOwn: z.boolean(),
  /** A key in the vault would be used. */
  takesKey: z.boolean(),
  /** Null where it can be used at once; else one line: what is missing and what to do. */
  problem: z.string().nullable(),
});
export type ProviderRow = z.infer<typeof providerRowSchema>;

/** A real model that can be had at once: a key in the environment or the vault, or a local server that answers. */
export const offerSchema = z.object({
  profile: z.string(),
  label: z.string(),
  /** Why it is offered: `OPENAI_API_KEY is set`, `Ollama answers on 127.0.0.1:11434`. */
  reason: z.string(),
  isLocal: z.boolean(),
});
export type Offer = z.infer<typeof offerSchema>;

/** A kept session. Times in milliseconds since 1970. */
export const sessionRowSchema = z.object({
  id: sessionIdSchema,
  folder: z.string(),
  title: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  /** Of all branches. */
  items: z.int(),
  /** An agent has it. */
  isOpen: z.boolean(),
  /** What of its journal was not whole, in one line; null where all of it is. */
  damage: z.string().nullable(),
});
export type SessionRow = z.infer<typeof sessionRowSchema>;

/** A key in the vault, without the key: `origin` is the only place it is sent to, `createdAt` is in milliseconds since 1970. */
export const vaultRowSchema = z.object({ id: z.string(), origin: z.string(), label: z.string(), createdAt: z.number() });
export type VaultRow = z.infer<typeof vaultRowSchema>;

/** One thing that was looked at. `bad` keeps something from working, `warning` is worth knowing; both name their remedy. */
export const findingSchema = z.object({ about: z.string(), state: z.enum(["well", "warning", "bad"]), text: z.string() });
export type Finding = z.infer<typeof findingSchema>;

/** Requests of one lane: under way, how many may be, and how many wait. */
export const laneRowSchema = z.object({
  id: z.string(),
  active: z.int(),
  limit: z.int(),
  waiting: z.int(),
  /** Milliseconds since 1970; null: it is not held back. */
  pausedUntil: z.number().nullable(),
});
export type LaneRow = z.infer<typeof laneRowSchema>;

/** Of a message that is only to be recognised. */
export const MESSAGE_SHOWN_CHARS = 300;
/** Newest messages that one answer holds. */
export const MESSAGES_MAX = 5_000;
/** Of copied text that is only to be recognised. */
export const BUFFER_SHOWN_CHARS = 300;
/** Places that one search tells. */
export const MATCHES_MAX = 5_000;

export const querySchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("profiles") }),
  /** What a profile's name and flags come to, before any agent is made with them. */
  z.object({ type: z.literal("profile.resolve"), profile: z.string().optional(), settings: profileSettingsSchema.optional() }),
  /** One profile with all that its row and the defaults add: by its name, a model's, or the absolute path of a file. */
  z.object({ type: z.literal("profile"), name: z.string().max(4096) }),
  /** What the next request would hold, and with this prompt. */
  z.object({ type: z.literal("tokens"), agent: agentIdSchema, prompt: z.string().max(1_000_000) }),
  z.object({ type: z.literal("offers") }),
  z.object({ type: z.literal("providers") }),
  z.object({ type: z.literal("sessions"), folder: z.string().optional() }),
  /** Older items of an agent's path: up to `limit` before `before`, oldest first. */
  z.object({ type: z.literal("items"), agent: agentIdSchema, before: itemIdSchema.optional(), limit: z.int().min(1).max(500) }),
  /** What the user said on an agent's path, newest first. */
  z.object({ type: z.literal("messages"), agent: agentIdSchema }),
  /** Every item of a kept session from the `from`th on, in the order they came, all branches; `limit` at most, fewer where they are long. */
  z.object({ type: z.literal("session.items"), session: sessionIdSchema, from: z.int().nonnegative(), limit: z.int().min(1).max(500) }),
  z.object({ type: z.literal("models"), provider: z.string() }),
  /** The newest `lines` lines of a terminal: plain, or with their colours as escape sequences. */
  z.object({
    type: z.literal("terminal.text"),
    terminal: terminalIdSchema,
    lines: z.int().min(1).max(10_000),
    isStyled: z.boolean().optional(),
  }),
  /** Rows of a terminal by their numbers, at most PAGE_ROWS_MAX; fewer where they are kept no more. */
  z.object({
    type: z.literal("terminal.rows"),
    terminal: terminalIdSchema,
    isAlternate: z.boolean(),
    from: z.int().nonnegative(),
    count: z.int().min(1).max(PAGE_ROWS_MAX),
  }),
  /** Where a pattern (`domain/pattern.ts`) stands in a terminal's rows before `end`; without a capital in it, case does not count. */
  z.object({
    type: z.literal("terminal.search"),
    terminal: terminalIdSchema,
    isAlternate: z.boolean(),
    pattern: z.string().min(1).max(500),
    end: z.int().nonnegative(),
  }),
  /** Commands that run without asking, oldest first. */
  z.object({ type: z.literal("rules") }),
  /** What was copied, newest first. */
  z.object({ type: z.literal("buffers") }),
  /** One of them whole; left out `buffer`: the newest. */
  z.object({ type: z.literal("buffer"), buffer: z.int().optional() }),
  z.object({ type: z.literal("workspaces") }),
  /** What was spent today and on the days before it, `days` in all, in all folders or in one. */
  z.object({ type: z.literal("usage"), days: z.int().min(1).max(3_660), folder: z.string().max(4096).optional() }),
  /** What the vault holds, without the secrets. */
  z.object({ type: z.literal("vault") }),
  /** What is well on this machine, and what is not. */
  z.object({ type: z.literal("doctor") }),
]);
export type Query = z.infer<typeof querySchema>;

export const answerValueSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("profiles"),
    rows: z.array(profileRowSchema),
    problems: z.array(z.string()),
    /** Where new agents start, and its other half. */
    defaultPair: z.tuple([z.string(), z.string()]),
    /** What `--fast` takes. */
    fast: z.string().optional(),
    /** Ids of those that were used lately, newest first. */
    recent: z.array(z.string()).optional(),
  }),
  z.object({
    type: z.literal("profile.resolve"),
    /** Null: it can be used. */
    problem: z.string().nullable(),
    /** Which the words could mean, where they mean several: each is good as `model`. */
    candidates: z.array(z.string()),
    /** As it would be written down; null where nothing was found. */
    file: profileFileSchema.nullable(),
    providerName: z.string(),
    modelName: z.string(),
    isLocal: z.boolean(),
  }),
  z.object({
    type: z.literal("profile"),
    /** Null where not even an address is known. */
    profile: profileSchema.nullable(),
    /** Where it was read from; null for one that was made of a model's name. */
    file: z.string().nullable(),
    /** Keys of a profile for Open Interpreter that have no meaning here, with the reason. */
    left: z.array(z.string()),
    problem: z.string().nullable(),
    notice: z.string().nullable(),
  }),
  z.object({
    type: z.literal("tokens"),
    /** Estimates: instructions, tools and the conversation; and the prompt by itself. */
    contextTokens: z.int(),
    promptTokens: z.int(),
    contextWindow: z.int().nullable(),
    /** Of sending both, without the answer; null where no price is known. */
    costMicros: z.int().nullable(),
  }),
  z.object({ type: z.literal("offers"), rows: z.array(offerSchema) }),
  z.object({ type: z.literal("providers"), rows: z.array(providerRowSchema) }),
  z.object({ type: z.literal("sessions"), rows: z.array(sessionRowSchema) }),
  z.object({ type: z.literal("items"), items: z.array(itemSchema), hasMore: z.boolean() }),
  z.object({
    type: z.literal("messages"),
    /** `text` is cut to MESSAGE_SHOWN_CHARS. */
    rows: z.array(z.object({ item: itemIdSchema, text: z.string(), at: z.number() })),
  }),
  z.object({
    type: z.literal("session.items"),
    row: sessionRowSchema,
    head: itemIdSchema.nullable(),
    items: z.array(itemSchema),
    /** Items of the session, all in all. */
    total: z.int(),
  }),
  /** `problem`: why the provider's own list is not among them, in one line. */
  z.object({ type: z.literal("models"), rows: z.array(modelSchema), problem: z.string().nullable().optional() }),
  z.object({ type: z.literal("terminal.text"), text: z.string() }),
  z.object({
    type: z.literal("terminal.rows"),
    generation: z.int(),
    cols: z.int(),
    oldest: z.int(),
    end: z.int(),
    from: z.int(),
    wrapped: z.array(z.boolean()).max(PAGE_ROWS_MAX),
    /** One for each of `wrapped`, packed as `domain/scrollback.ts` does; base64. */
    rows: z.string(),
  }),
  z.object({
    type: z.literal("terminal.search"),
    generation: z.int(),
    matches: z.array(z.object({ row: z.int(), col: z.int(), cells: z.int() })),
    isCut: z.boolean(),
    /** The pattern took too long: older lines were not looked at. */
    isUnfinished: z.boolean().optional(),
  }),
  z.object({ type: z.literal("rules"), rows: z.array(ruleSchema) }),
  z.object({
    type: z.literal("buffers"),
    /** `text` is cut to BUFFER_SHOWN_CHARS. */
    rows: z.array(z.object({ buffer: z.int(), text: z.string(), characters: z.int(), lines: z.int() })),
  }),
  /** Null: nothing was copied. */
  z.object({ type: z.literal("buffer"), text: z.string().nullable() }),
  z.object({
    type: z.literal("workspaces"),
    rows: z.array(z.object({ folder: z.string(), agents: z.int(), clients: z.int(), working: z.int() })),
  }),
  z.object({
    type: z.literal("vault"),
    rows: z.array(vaultRowSchema),
    warning: z.string().nullable(),
    /** What keeps its own key; null before there is one. */
    place: z.enum(vaultPlaces).nullable().optional(),
    /** Its passphrase has to be given before a key can be used. */
    isLocked: z.boolean().optional(),
  }),
  z.object({ type: z.literal("doctor"), rows: z.array(findingSchema) }),
  /** `today`: the server's day, as in the rows. */
  z.object({ type: z.literal("usage"), rows: z.array(usageRowSchema), today: z.string() }),
]);
export type AnswerValue = z.infer<typeof answerValueSchema>;

// Pulses --------------------------------------------------------------------------------------------------------------

/** Text so far as a difference: `text` stands from `offset` on. A pulse of another `part` starts anew. */
export const pulseSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("stream"),
    agent: agentIdSchema,
    turn: turnIdSchema,
    /** Counts the pieces of a turn; `kind` says what this one is. */
    part: z.int(),
    kind: z.enum(["text", "thought", "call"]),
    /** The tool's name where `kind` is `call`. */
    name: z.string().optional(),
    offset: z.int().nonnegative(),
    text: z.string(),
  }),
  z.object({ type: z.literal("streamEnded"), agent: agentIdSchema }),
  z.object({
    type: z.literal("queue"),
    agent: agentIdSchema,
    lane: z.string(),
    /** 0: next. */
    place: z.int().nonnegative(),
    /** Milliseconds since 1970, where a request that failed waits to be sent again. */
    retryAt: z.number().nullable(),
  }),
  z.object({ type: z.literal("lanes"), rows: z.array(laneRowSchema) }),
  /** A program rang in this terminal. */
  z.object({ type: z.literal("bell"), terminal: terminalIdSchema }),
  /** What a plain terminal is called by itself: its program's title, or what runs in its shell; empty: as what was started. Cleaned and bounded. */
  z.object({ type: z.literal("title"), terminal: terminalIdSchema, title: z.string() }),
  /** One line for the status row of whoever looks, such as an error on disk. */
  z.object({ type: z.literal("alert"), text: z.string() }),
  /** Spent since midnight, by all workspaces; after `until`, the next midnight, it is another day's. */
  z.object({ type: z.literal("spent"), costMicros: z.int().nonnegative(), isEstimated: z.boolean(), until: z.number() }),
  /** Something waits for the vault's passphrase, or does no more. To screens only. */
  z.object({ type: z.literal("unlock"), isWanted: z.boolean() }),
  /** A model that is being fetched to this machine: bytes, where they are counted. */
  z.object({
    type: z.literal("pull"),
    provider: z.string(),
    model: z.string(),
    status: z.string(),
    done: z.number().nonnegative().nullable(),
    total: z.number().nonnegative().nullable(),
  }),
]);
export type Pulse = z.infer<typeof pulseSchema>;

// Messages ------------------------------------------------------------------------------------------------------------

/** The first message of a client. Its shape never changes; fields may be added. */
export const helloSchema = z.object({
  type: z.literal("hello"),
  version: z.int(),
  /** Absolute. */
  folder: z.string(),
  /** The client's allow-listed variables and those that profiles name; kept in memory only. */
  env: z.record(z.string(), z.string()),
  /** The user's whole environment, for terminals of their own that this client opens; kept in memory only. Older clients do not bring it. */
  ownEnv: z.record(z.string(), z.string()).optional(),
  isOffline: z.boolean().optional(),
  /** `screen` wants streams and rows, `task` facts only, `query` neither. */
  role: z.enum(["screen", "task", "query"]),
});
export type Hello = z.infer<typeof helloSchema>;

export const clientMessageSchema = z.discriminatedUnion("type", [
  helloSchema,
  z.object({ type: z.literal("command"), id: z.int(), command: commandSchema }),
  z.object({ type: z.literal("query"), id: z.int(), query: querySchema }),
  /** Stops the server, or the workspace of the folder that `hello` named, for a query too. Never changes. */
  z.object({ type: z.literal("kill"), isAll: z.boolean() }),
  z.object({ type: z.literal("ls") }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

export const serverMessageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("welcome"), version: z.int(), epoch: z.string(), pid: z.int() }),
  z.object({
    type: z.literal("snapshot"),
    workspace: workspaceSchema,
    /** What opening it brought to light: cut tails, quarantined lines, crashed turns. One line each. */
    notices: z.array(z.string()),
    /** As it was set last; for a client that has just come. */
    sidebar: sidebarSchema.optional(),
    /** Where somebody looked last; for a client that has just come. */
    looksAt: lookSchema.optional(),
  }),
  z.object({ type: z.literal("fact"), fact: factSchema }),
  replySchema,
  z.object({ type: z.literal("answer"), id: z.int(), value: answerValueSchema }),
  z.object({ type: z.literal("refusal"), id: z.int(), reason: z.string() }),
  z.object({ type: z.literal("pulse"), pulse: pulseSchema }),
  z.object({ type: z.literal("ls"), rows: z.array(z.object({ folder: z.string(), agents: z.int(), clients: z.int(), working: z.int() })) }),
  /** The server closes the connection and says why. */
  z.object({ type: z.literal("bye"), reason: z.string() }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;
