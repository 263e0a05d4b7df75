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
import { itemSchema, outcomeSchema } from "./item.ts";
import { directionSchema, faceSchema } from "./layout.ts";
import { chargeSchema } from "./meter.ts";
import { modelSchema, profileSchema } from "./profile.ts";
import { failureSchema } from "./stream.ts";
import {
  agentSchema,
  approvalSchema,
  queuedPromptSchema,
  sandboxSchema,
  tabSchema,
  terminalInfoSchema,
  workspaceSchema,
} from "./workspace.ts";

/** Raised whenever a message below changes its meaning. `hello`, `ls` and `kill` never change. */
export const PROTOCOL_VERSION = 1;

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
  z.object({ type: z.literal("terminal.opened"), terminal: terminalInfoSchema }),
  /** Its program ended; the pane stays until it is closed. */
  z.object({ type: z.literal("terminal.ended"), terminal: terminalIdSchema, exitCode: z.int() }),
  z.object({ type: z.literal("terminal.closed"), terminal: terminalIdSchema }),
] as const;

/** Facts of a session's journal. */
const sessionFacts = [
  z.object({ type: z.literal("session.opened"), agent: agentIdSchema, session: sessionIdSchema, folder: z.string(), title: z.string() }),
  z.object({ type: z.literal("agent.titled"), agent: agentIdSchema, title: z.string() }),
  z.object({ type: z.literal("agent.profileUsed"), agent: agentIdSchema, profile: profileSchema }),
  z.object({ type: z.literal("agent.sandboxSet"), agent: agentIdSchema, sandbox: sandboxSchema }),
  z.object({ type: z.literal("agent.moved"), agent: agentIdSchema, cwd: z.string() }),
  z.object({ type: z.literal("agent.headMoved"), agent: agentIdSchema, head: itemIdSchema.nullable() }),
  z.object({ type: z.literal("prompt.queued"), agent: agentIdSchema, prompt: queuedPromptSchema }),
  /** With the turn that it starts; without one it was taken back. */
  z.object({ type: z.literal("prompt.taken"), agent: agentIdSchema, prompt: promptIdSchema, turn: turnIdSchema.optional() }),
  z.object({ type: z.literal("turn.queued"), agent: agentIdSchema, turn: turnIdSchema, profile: z.string() }),
  /** The lane granted a slot; also said anew when a request is sent again. */
  z.object({ type: z.literal("turn.started"), agent: agentIdSchema, turn: turnIdSchema }),
  z.object({ type: z.literal("turn.stopping"), agent: agentIdSchema, turn: turnIdSchema }),
  z.object({
    type: z.literal("turn.ended"),
    agent: agentIdSchema,
    turn: turnIdSchema,
    outcome: turnOutcomeSchema,
    failure: failureSchema.optional(),
    durationMs: z.number(),
    /** The turn is over, but a process that it started does not end: shown as stopping until `agent.settled`. */
    isStopping: z.boolean().optional(),
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

export const commandSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("agent.spawn"),
    place: placeSchema,
    /** A profile's id or a model's name; left out: the fast half of the default pair. */
    profile: z.string().optional(),
    cwd: z.string().optional(),
    title: z.string().optional(),
    /** Carry a kept session on: its id, or `latest` of this folder. */
    session: z.string().optional(),
    autoRun: z.boolean().optional(),
    isOffline: z.boolean().optional(),
    isEphemeral: z.boolean().optional(),
  }),
  z.object({ type: z.literal("agent.close"), agent: agentIdSchema }),
  z.object({ type: z.literal("agent.rename"), agent: agentIdSchema, title: z.string().min(1).max(80) }),
  z.object({ type: z.literal("agent.useProfile"), agent: agentIdSchema, profile: z.string() }),
  /** To the other half of the pair of the agent's profile. */
  z.object({ type: z.literal("agent.swapPair"), agent: agentIdSchema }),
  z.object({ type: z.literal("prompt.send"), agent: agentIdSchema, text: z.string().min(1), profile: z.string().optional() }),
  /** Takes the newest queued prompt back; the reply's note holds its text. */
  z.object({ type: z.literal("prompt.takeBack"), agent: agentIdSchema }),
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
  }),
  z.object({ type: z.literal("session.reset"), agent: agentIdSchema }),
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
  z.object({ type: z.literal("tab.tile"), tab: tabIdSchema }),
  z.object({ type: z.literal("tab.rename"), tab: tabIdSchema, name: z.string().max(40) }),
  /** A plain terminal of the user's own: no sandbox. Left out `argv`: the login shell. */
  z.object({ type: z.literal("terminal.open"), place: placeSchema, argv: z.array(z.string()).optional(), cwd: z.string().optional() }),
  z.object({ type: z.literal("terminal.input"), terminal: terminalIdSchema, data: z.string() }),
  z.object({ type: z.literal("workspace.setOffline"), isOffline: z.boolean() }),
  /** Tests the key against the provider, keeps it in the vault bound to the origin, and replies with the profile that uses it. */
  z.object({ type: z.literal("credential.add"), provider: z.string(), secret: z.string().min(1), isUntested: z.boolean().optional() }),
  z.object({ type: z.literal("credential.remove"), id: z.string() }),
  /** Begins to sign in an account; the reply's note is the page to open in a browser. */
  z.object({ type: z.literal("account.signIn"), provider: z.string() }),
  /** Replies when the browser has come back; the note is the origin that the account is now sent to. */
  z.object({ type: z.literal("account.signedIn"), provider: z.string() }),
  z.object({ type: z.literal("account.signOut"), provider: z.string() }),
  /** Has a server on this machine fetch a model that it lacks; `pull` pulses tell whoever asked how far it is. Makes no fact. */
  z.object({ type: z.literal("model.pull"), provider: z.string().max(64), model: z.string().min(1).max(256) }),
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
  }),
]);
export type Command = z.infer<typeof commandSchema>;
export type CommandType = Command["type"];

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
  }),
  z.object({ type: z.literal("reply"), id: z.int(), ok: z.literal(false), reason: z.string() }),
]);
export type Reply = z.infer<typeof replySchema>;

// Queries -------------------------------------------------------------------------------------------------------------

export const profileRowSchema = z.object({
  id: z.string(),
  provider: z.string(),
  providerName: z.string(),
  model: z.string(),
  modelName: z.string(),
  pair: z.string().nullable(),
  contextWindow: z.int().nullable(),
  inputMicros: z.int().nullable(),
  outputMicros: z.int().nullable(),
  isLocal: z.boolean(),
  isDemo: z.boolean(),
  from: z.enum(["bundled", "user", "adhoc"]),
  /** Null where it can be used at once; else one line: what is missing and what to do. */
  problem: z.string().nullable(),
});
export type ProfileRow = z.infer<typeof profileRowSchema>;

/** A real model that can be had at once: a key in the environment or the vault, or a local server that answers. */
export const offerSchema = z.object({
  profile: z.string(),
  label: z.string(),
  /** Why it is offered: `OPENAI_API_KEY is set`, `Ollama answers on 127.0.0.1:11434`. */
  reason: z.string(),
  isLocal: z.boolean(),
});
export type Offer = z.infer<typeof offerSchema>;

export const sessionRowSchema = z.object({
  id: sessionIdSchema,
  folder: z.string(),
  title: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  items: z.int(),
  isOpen: z.boolean(),
  damage: z.string().nullable(),
});
export type SessionRow = z.infer<typeof sessionRowSchema>;

export const vaultRowSchema = z.object({ id: z.string(), origin: z.string(), label: z.string(), createdAt: z.number() });
export type VaultRow = z.infer<typeof vaultRowSchema>;

/** One thing that was looked at. `bad` keeps something from working, `warning` is worth knowing; both name their remedy. */
export const findingSchema = z.object({ about: z.string(), state: z.enum(["well", "warning", "bad"]), text: z.string() });
export type Finding = z.infer<typeof findingSchema>;

export const laneRowSchema = z.object({
  id: z.string(),
  active: z.int(),
  limit: z.int(),
  waiting: z.int(),
  pausedUntil: z.number().nullable(),
});
export type LaneRow = z.infer<typeof laneRowSchema>;

/** Of a message that is only to be recognised. */
export const MESSAGE_SHOWN_CHARS = 300;
/** Newest messages that one answer holds. */
export const MESSAGES_MAX = 5_000;

export const querySchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("profiles") }),
  z.object({ type: z.literal("offers") }),
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
  z.object({ type: z.literal("workspaces") }),
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
    defaultPair: z.tuple([z.string(), z.string()]),
  }),
  z.object({ type: z.literal("offers"), rows: z.array(offerSchema) }),
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
    type: z.literal("workspaces"),
    rows: z.array(z.object({ folder: z.string(), agents: z.int(), clients: z.int(), working: z.int() })),
  }),
  z.object({ type: z.literal("vault"), rows: z.array(vaultRowSchema), warning: z.string().nullable() }),
  z.object({ type: z.literal("doctor"), rows: z.array(findingSchema) }),
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
    place: z.int().nonnegative(),
    retryAt: z.number().nullable(),
  }),
  z.object({ type: z.literal("lanes"), rows: z.array(laneRowSchema) }),
  /** One line for the status row of whoever looks, such as an error on disk. */
  z.object({ type: z.literal("alert"), text: z.string() }),
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
