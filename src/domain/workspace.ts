// The shared state: what every client draws and what a journal rebuilds. Changed by `apply` alone.

import { z } from "zod";
import { actionSchema } from "./action.ts";
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
import { itemSchema } from "./item.ts";
import { layoutNodeSchema } from "./layout.ts";
import { meterSchema } from "./meter.ts";
import { profileSchema } from "./profile.ts";

/** How many items of each agent a workspace holds; the engine's item store has the rest. */
export const ITEMS_HELD = 200;

/**
 * `queued`: its request waits for its lane. `thinking`: a model is asked. `running`: an action, or a command of the user's own, runs.
 * `waiting`: for an answer of the user's. `stopping`: the turn is over, a process it started does not end. `failed`: the last turn did.
 */
export const statusSchema = z.enum(["idle", "queued", "thinking", "running", "waiting", "stopping", "failed"]);
export type Status = z.infer<typeof statusSchema>;

/** What the shell, the interpreters and the file tools of an agent may touch. */
export const sandboxModeSchema = z.enum(["read-only", "workspace-write", "full"]);

export const sandboxSchema = z.object({
  mode: sandboxModeSchema,
  network: z.boolean(),
  /** Folders that may be written, absolute. */
  writable: z.array(z.string()),
});
export type Sandbox = z.infer<typeof sandboxSchema>;

export const queuedPromptSchema = z.object({
  id: promptIdSchema,
  text: z.string(),
  images: z.array(keptImageSchema).max(IMAGES_MAX).optional(),
  /** Only this message goes to another profile. */
  profile: z.string().optional(),
});
export type QueuedPrompt = z.infer<typeof queuedPromptSchema>;

export const agentSchema = z.object({
  id: agentIdSchema,
  /** 1, 2, 3 …: what the user sees and types. Never reused within a workspace while its agent lives. */
  number: z.int().positive(),
  session: sessionIdSchema,
  title: z.string(),
  cwd: z.string(),
  profile: profileSchema,
  head: itemIdSchema.nullable(),
  status: statusSchema,
  /** When `status` became what it is, ms. */
  since: z.number(),
  turn: turnIdSchema.nullable(),
  queue: z.array(queuedPromptSchema),
  sandbox: sandboxSchema,
  /** The agent's own shell, once it has been started. */
  terminal: terminalIdSchema.nullable(),
  /** Set for this agent alone, over what its profile says; null or left out: the profile says. */
  isAutoRun: z.boolean().nullable().optional(),
  /** Ends with the connection that spawned it (`exec`); it stands in no pane. */
  isEphemeral: z.boolean(),
});
export type Agent = z.infer<typeof agentSchema>;

/** What a saved rule for a question would be (`domain/rule.ts`); the sandbox is the question's. */
export const ruleOfferSchema = z.object({
  words: z.array(z.string()).min(1),
  /** Absolute, with all links followed. */
  program: z.string(),
  /** All links followed, as it was when the question was asked. */
  cwd: z.string(),
  /** The program only reads and prints: any words may follow. */
  canBeOpen: z.boolean(),
});
export type RuleOffer = z.infer<typeof ruleOfferSchema>;

export const approvalSchema = z.object({
  id: approvalIdSchema,
  agent: agentIdSchema,
  turn: turnIdSchema,
  item: itemIdSchema,
  action: actionSchema,
  cwd: z.string(),
  sandbox: sandboxSchema,
  /** SHA-256 over code, folder and sandbox: what an answer approves. */
  digest: z.string(),
  /** For an edit or a write: what would change, unified diff. */
  patch: z.string().optional(),
  /** Milliseconds since 1970. */
  askedAt: z.number(),
  /** Left out: there can be no rule for it, and `noRule` may say why. */
  rule: ruleOfferSchema.optional(),
  noRule: z.string().optional(),
});
export type Approval = z.infer<typeof approvalSchema>;

export const terminalInfoSchema = z.object({
  id: terminalIdSchema,
  /** Whose shell it is; null for a plain terminal of the user's own. */
  agent: agentIdSchema.nullable(),
  title: z.string(),
  cwd: z.string(),
  sandbox: sandboxSchema,
  /** Null while its program runs. */
  exitCode: z.int().nullable(),
  /** Of a plain terminal: what runs in it. Older journals do not say. */
  argv: z.array(z.string()).optional(),
  /** The user has given it its title. */
  isNamed: z.boolean().optional(),
  /** It is the user's own shell: its end closes the pane, and it is started anew with the workspace. */
  isShell: z.boolean().optional(),
  /** Its program ended with the server that ran it; `exitCode` says nothing then. */
  isLost: z.boolean().optional(),
});
export type TerminalInfo = z.infer<typeof terminalInfoSchema>;

export const tabSchema = z.object({
  id: tabIdSchema,
  name: z.string(),
  root: layoutNodeSchema,
  /** The pane that fills the tab; shared by all clients. */
  zoomed: paneIdSchema.nullable(),
  /** What is typed into one of its terminals goes to all of them, and a message to all its agents. */
  isSynced: z.boolean().optional(),
});
export type Tab = z.infer<typeof tabSchema>;

export const workspaceSchema = z.object({
  folder: z.string(),
  seq: z.int().nonnegative(),
  isOffline: z.boolean(),
  agents: z.array(agentSchema),
  tabs: z.array(tabSchema),
  items: z.record(z.string(), z.array(itemSchema)),
  approvals: z.array(approvalSchema),
  meters: z.record(z.string(), meterSchema),
  terminals: z.array(terminalInfoSchema),
});
export type Workspace = z.infer<typeof workspaceSchema>;

export function emptyWorkspace(folder: string): Workspace {
  return { folder, seq: 0, isOffline: false, agents: [], tabs: [], items: {}, approvals: [], meters: {}, terminals: [] };
}

export function findAgent(workspace: Workspace, id: string): Agent | undefined {
  return workspace.agents.find((agent) => agent.id === id);
}
