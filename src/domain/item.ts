// The tree of a conversation: every item names its parent, an agent's head names the newest; the context is the path between.

import { z } from "zod";
import { actionSchema } from "./action.ts";
import { itemIdSchema, turnIdSchema } from "./ids.ts";
import { type ItemImage, itemImageSchema } from "./image.ts";

export const wireNameSchema = z.enum(["responses", "chat", "messages", "demo"]);
/** The HTTP API a provider speaks; `demo` is the built-in scripted model, which speaks none. */
export type WireName = z.infer<typeof wireNameSchema>;

/** Where a model-made item came from. A seal is shown again only to an equal source. */
export const sourceSchema = z.object({
  provider: z.string(),
  origin: z.string(),
  credential: z.string(),
  wire: wireNameSchema,
  model: z.string(),
  harness: z.string(),
});
export type Source = z.infer<typeof sourceSchema>;

/** Opaque data of the provider (encrypted reasoning, a signature), JSON text, never interpreted by us. */
export const sealSchema = z.string();

const base = {
  id: itemIdSchema,
  parent: itemIdSchema.nullable(),
  /** Milliseconds since 1970, by the engine's clock. */
  at: z.number(),
  turn: turnIdSchema.nullable(),
};

export const outcomeSchema = z.enum(["ok", "failed", "refused", "interrupted", "timeout", "unknown"]);
/** How a tool call ended; `unknown` means the server died while it ran, and it is never run again by itself. */
export type ToolOutcome = z.infer<typeof outcomeSchema>;

export const diffSchema = z.object({
  path: z.string(),
  added: z.int(),
  removed: z.int(),
  /** Unified diff, without file headers. */
  patch: z.string(),
});
export type FileDiff = z.infer<typeof diffSchema>;

export const noticeKindSchema = z.enum([
  "profile",
  "interrupted",
  "failed",
  "retried",
  "crashed",
  "reset",
  "damage",
  "shell",
  "offline",
  "budget",
  "trace",
  "info",
]);

export const itemSchema = z.discriminatedUnion("type", [
  z.object({ ...base, type: z.literal("user"), text: z.string(), images: z.array(itemImageSchema).optional() }),
  z.object({ ...base, type: z.literal("thought"), text: z.string(), source: sourceSchema, seal: sealSchema.optional() }),
  z.object({
    ...base,
    type: z.literal("text"),
    text: z.string(),
    source: sourceSchema,
    seal: sealSchema.optional(),
    /** True where the reply was cut (interrupted, failed): kept for the user, marked for the model. */
    isPartial: z.boolean().optional(),
  }),
  z.object({
    ...base,
    type: z.literal("call"),
    callId: z.string(),
    name: z.string(),
    /** The arguments as the model wrote them, JSON text or what was meant to be. */
    arguments: z.string(),
    action: actionSchema,
    source: sourceSchema,
    seal: sealSchema.optional(),
  }),
  z.object({
    ...base,
    type: z.literal("result"),
    callId: z.string(),
    outcome: outcomeSchema,
    /** What the model is given: bounded, head and tail kept, the cut named. */
    text: z.string(),
    exitCode: z.int().optional(),
    durationMs: z.number().optional(),
    /** The code that ran, where the user changed it. */
    ran: z.string().optional(),
    diff: diffSchema.optional(),
    images: z.array(itemImageSchema).optional(),
  }),
  /** Stands for all of the path before `keptFrom`, made by a model from it; see `contextOf`. What it replaces stays on the path. */
  z.object({
    ...base,
    type: z.literal("summary"),
    text: z.string(),
    source: sourceSchema,
    /** The first item that stays word for word; it stands before the summary on the path. */
    keptFrom: itemIdSchema,
    /** How many items it stands for. */
    replaces: z.int().nonnegative(),
    /** Tokens that the context filled before, as far as known. */
    tokensBefore: z.int().nonnegative(),
    /** Tokens of the summary itself, as the provider counted them or estimated. */
    tokens: z.int().nonnegative(),
  }),
  /** Said to the user; never sent to a model. */
  z.object({ ...base, type: z.literal("notice"), kind: noticeKindSchema, text: z.string() }),
]);

export type TranscriptItem = z.infer<typeof itemSchema>;
export type ItemOf<T extends TranscriptItem["type"]> = Extract<TranscriptItem, { type: T }>;

/** An item as its maker knows it, before it has a place in the tree. */
export type NewItem = TranscriptItem extends infer T
  ? T extends TranscriptItem
    ? Omit<T, "id" | "parent" | "at" | "turn">
    : never
  : never;

/** The images that a model is shown with it. */
export function imagesOf(item: TranscriptItem): readonly ItemImage[] {
  return item.type === "user" || item.type === "result" ? (item.images ?? []) : [];
}
