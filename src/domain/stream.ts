// The contract between a wire and the engine: what streams out of a model, and how a stream ends.

import { z } from "zod";

/** Tokens of one request as the provider reported them, or as estimated. `input` excludes the two cached counts, on every wire. */
export const usageSchema = z.object({
  input: z.int().nonnegative(),
  cacheRead: z.int().nonnegative(),
  cacheWrite: z.int().nonnegative(),
  /** Includes `reasoning`. */
  output: z.int().nonnegative(),
  reasoning: z.int().nonnegative(),
  isEstimated: z.boolean(),
});
export type Usage = z.infer<typeof usageSchema>;

export const failureKindSchema = z.enum([
  "auth",
  "quota",
  "rate",
  "overloaded",
  "context",
  "policy",
  "request",
  "missing",
  "server",
  "network",
  "protocol",
  "idle",
  "offline",
  "interrupted",
  "budget",
  "locked",
]);
export type FailureKind = z.infer<typeof failureKindSchema>;

/** Why a stream failed. `message` is whole and safe to show: what happened, whose fault, what to do; never a secret. */
export const failureSchema = z.object({
  kind: failureKindSchema,
  message: z.string(),
  status: z.int().optional(),
  /** The provider's own wish, checked: 0 … 600,000; absent where it sent none or nonsense. */
  retryAfterMs: z.number().optional(),
  requestId: z.string().optional(),
  isRetryable: z.boolean(),
});
export type Failure = z.infer<typeof failureSchema>;

/** One finished piece of a reply, in the order the model made them. */
export type ModelOutput =
  | { readonly type: "thought"; readonly text: string; readonly seal?: string }
  | { readonly type: "text"; readonly text: string; readonly seal?: string }
  | { readonly type: "call"; readonly callId: string; readonly name: string; readonly arguments: string; readonly seal?: string };

/** Why a finished reply stopped: at its end, to wait for call results, at the output limit, or refused by a filter. */
export type StopReason = "end" | "calls" | "length" | "refusal";

/**
 * A stream never throws and ends with exactly one `done` or `failed`, after which nothing follows.
 * `beat` says that an event was parsed which shows nothing; it feeds the idle timer.
 */
export type ModelEvent =
  | { readonly type: "text"; readonly delta: string }
  | { readonly type: "thought"; readonly delta: string }
  | { readonly type: "call"; readonly index: number; readonly name: string; readonly delta: string }
  | { readonly type: "beat" }
  | { readonly type: "done"; readonly outputs: readonly ModelOutput[]; readonly usage: Usage; readonly stop: StopReason }
  | { readonly type: "failed"; readonly failure: Failure };

/** A tool as it is offered to the model: JSON Schema (object) for its parameters. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: { readonly type: "object"; readonly [key: string]: unknown };
  /** The API has this one itself, under a name and with parameters of its own. */
  readonly builtin?: "computer";
}

/** A JSON Schema for an answer. */
export type OutputSchema = Readonly<Record<string, unknown>>;

export const effortSchema = z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]);
export type Effort = z.infer<typeof effortSchema>;

/** How a model's reasoning can be steered; data in its row. */
export const reasoningControlSchema = z.enum(["none", "fixed", "effort", "thinking_toggle", "thinking_budget"]);
export type ReasoningControl = z.infer<typeof reasoningControlSchema>;

/** Oddities of a provider, as data in its row; every field off by default. */
export const quirksSchema = z.object({
  /** chat: these request fields are refused and left out. */
  dropFields: z.array(z.string()).optional(),
  /** chat: the role for instructions is `system` (default) or `developer`. */
  instructionsRole: z.enum(["system", "developer"]).optional(),
  /** chat: name of the output limit field. */
  maxTokensField: z.enum(["max_tokens", "max_completion_tokens"]).optional(),
  /** chat: does not take `stream_options`. */
  noStreamOptions: z.boolean().optional(),
  /** chat: `reasoning_content` must be sent back on assistant messages. */
  sendsReasoningBack: z.boolean().optional(),
  /** An upper limit on the output limit, tokens. */
  maxTokensCap: z.int().positive().optional(),
  /** responses: encrypted reasoning is neither asked for nor sent. */
  noEncryptedReasoning: z.boolean().optional(),
});
export type Quirks = z.infer<typeof quirksSchema>;
