// The Chat Completions API: its many dialects' chunks to model events. The request is built in chat-body.ts.

import { z } from "zod";
import type { ModelEvent, ModelOutput, StopReason, Usage } from "../domain/stream.ts";
import { chatBody } from "./chat-body.ts";
import { failureOfPayload, protocolFailure } from "./failures.ts";
import { type CallSlot, createGatherer, estimateUsage, tokenCount, wholeTokens } from "./gather.ts";
import { postOpenAi } from "./openai-client.ts";
import { parseEvent, type ReplyReader, streamReply } from "./stream-reply.ts";
import type { Wire, WireRequest } from "./wire.ts";

/** Asks over `POST {baseUrl}/chat/completions`. */
export const chat: Wire = (request, fetch, signal) =>
  streamReply((f, s) => postOpenAi("/chat/completions", chatBody(request), request, f, s), createReader(request), request, fetch, signal);

const deltaCallSchema = z.object({
  index: z.number().nullish(),
  id: z.string().nullish(),
  function: z
    .object({ name: z.string().nullish(), arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish() })
    .nullish(),
  extra_content: z.unknown().optional(),
});
type DeltaCall = z.infer<typeof deltaCallSchema>;

const deltaSchema = z.object({
  /** Text, or parts (Mistral: text and thinking parts). */
  content: z.unknown().optional(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish().catch(null),
  reasoning_details: z.array(z.unknown()).nullish().catch(null),
  refusal: z.string().nullish(),
  tool_calls: z.array(deltaCallSchema).nullish(),
});
type Delta = z.infer<typeof deltaSchema>;

const usageSchema = z.object({
  prompt_tokens: tokenCount,
  completion_tokens: tokenCount,
  total_tokens: tokenCount,
  prompt_cache_hit_tokens: tokenCount,
  prompt_tokens_details: z.object({ cached_tokens: tokenCount, cache_write_tokens: tokenCount }).nullish().catch(null),
  completion_tokens_details: z.object({ reasoning_tokens: tokenCount }).nullish().catch(null),
});

const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        index: z.number().nullish(),
        delta: deltaSchema.nullish(),
        message: deltaSchema.nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: usageSchema.nullish().catch(null),
  error: z.unknown().optional(),
});

function createReader(request: WireRequest): ReplyReader {
  const gatherer = createGatherer();
  const calls = createCallGatherer(gatherer, request);
  let details: unknown[] = [];
  let usage: z.infer<typeof usageSchema> | null = null;
  let finish: string | null = null;
  let isRefusal = false;

  const readDelta = (delta: Delta): ModelEvent[] => {
    const made: ModelEvent[] = [];
    const thought = delta.reasoning_content || delta.reasoning || "";
    if (delta.reasoning_details) details.push(...delta.reasoning_details);
    if (thought !== "") made.push(gatherer.thought(thought));
    for (const part of contentParts(delta.content)) {
      if (part.type === "text") closeThought();
      if (part.text !== "") made.push(gatherer[part.type](part.text));
    }
    if (delta.refusal) {
      isRefusal = true;
      made.push(gatherer.text(delta.refusal));
    }
    if (delta.tool_calls && delta.tool_calls.length > 0) {
      closeThought();
      for (const call of delta.tool_calls) made.push(calls.take(call));
    }
    return made;
  };

  /** OpenRouter wants its details back as they came; they may hold encrypted parts and no text at all. */
  const closeThought = (): void => {
    if (details.length === 0) return;
    gatherer.thought("");
    gatherer.close(JSON.stringify({ reasoning_details: details }));
    details = [];
  };

  const done = (): ModelEvent => {
    if ((finish === "tool_calls" || finish === "function_call") && !gatherer.hasCalls()) {
      return { type: "failed", failure: protocolFailure("it said that it calls a tool, and sent no call", request) };
    }
    const outputs = sealLate(gatherer.outputs(), details);
    return {
      type: "done",
      outputs,
      usage: usage === null ? estimateUsage(request, outputs) : readUsage(usage),
      stop: stopOf(finish, gatherer.hasCalls(), isRefusal),
    };
  };

  return {
    read: (sse) => {
      if (sse.data === "[DONE]") {
        const isEmpty = finish === null && gatherer.outputs().length === 0;
        return isEmpty ? [{ type: "failed", failure: protocolFailure("the stream ended without an answer", request) }] : [done()];
      }
      const whole = parseEvent(sse);
      const chunk = chunkSchema.parse(whole);
      if (chunk.error) return [{ type: "failed", failure: failureOfPayload(whole, request) }];
      const choice = chunk.choices?.find((c) => (c.index ?? 0) === 0);
      if (chunk.usage?.prompt_tokens != null || chunk.usage?.completion_tokens != null) usage = chunk.usage;
      if (choice?.finish_reason) finish = choice.finish_reason;
      if (finish === "error")
        return [{ type: "failed", failure: failureOfPayload({ error: "the reply ended in an error without a reason" }, request) }];
      const delta = choice?.delta ?? choice?.message;
      const made = delta ? readDelta(delta) : [];
      return made.length === 0 ? [{ type: "beat" }] : made;
    },
    // Many servers close without `[DONE]`, and some break the connection doing so: a finish reason is what counts.
    end: (failure) =>
      finish !== null
        ? done()
        : { type: "failed", failure: failure ?? protocolFailure("the stream ended without a finish reason", request) },
  };
}

/** Details that came last of all belong to the thought before; where there is none, they go first, as reasoning does. */
function sealLate(outputs: ModelOutput[], details: readonly unknown[]): ModelOutput[] {
  if (details.length === 0) return outputs;
  const seal = JSON.stringify({ reasoning_details: details });
  const open = outputs.findLastIndex((output) => output.type === "thought" && output.seal === undefined);
  if (open < 0) return [{ type: "thought", text: "", seal }, ...outputs];
  return outputs.map((output, i) => (i === open ? { ...output, seal } : output));
}

/** Servers leave out index, id or both, or give every call the index 0; what belongs together is found all the same. */
function createCallGatherer(gatherer: ReturnType<typeof createGatherer>, request: WireRequest): { take(delta: DeltaCall): ModelEvent } {
  interface Open {
    readonly slot: CallSlot;
    readonly index: number;
    readonly key: number | null;
    hasOwnId: boolean;
  }
  const all: Open[] = [];

  const open = (delta: DeltaCall): Open => {
    const callId = delta.id || `call_${request.messages.length}_${all.length + 1}`;
    const made = gatherer.call({ callId, name: "", arguments: "" });
    const call: Open = { ...made, key: delta.index ?? null, hasOwnId: Boolean(delta.id) };
    all.push(call);
    return call;
  };
  const find = (delta: DeltaCall): Open | undefined => {
    const known = delta.index == null ? all.at(-1) : all.findLast((call) => call.key === delta.index);
    const isAnother =
      known !== undefined && Boolean(delta.id) && known.hasOwnId && delta.id !== known.slot.callId && Boolean(delta.function?.name);
    // Ollama's way: no index, no id, each call whole in one delta.
    const isWholeAgain = known !== undefined && delta.index == null && !delta.id && Boolean(delta.function?.name) && known.slot.name !== "";
    return isAnother || isWholeAgain ? undefined : known;
  };

  return {
    take: (delta) => {
      const call = find(delta) ?? open(delta);
      const { slot } = call;
      if (delta.id && !call.hasOwnId) {
        slot.callId = delta.id;
        call.hasOwnId = true;
      }
      if (delta.function?.name && slot.name !== delta.function.name) slot.name += delta.function.name;
      const given = delta.function?.arguments ?? "";
      const piece = typeof given === "string" ? given : JSON.stringify(given);
      slot.arguments += piece;
      // Google's thought signatures travel here and are refused when missing later.
      if (delta.extra_content != null) slot.seal = JSON.stringify({ extra_content: delta.extra_content });
      return { type: "call", index: call.index, name: slot.name, delta: piece };
    },
  };
}

const textPartSchema = z.object({ type: z.string().nullish(), text: z.string().nullish(), thinking: z.unknown().optional() });

function contentParts(content: unknown): { type: "text" | "thought"; text: string }[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (Array.isArray(content)) return content.flatMap(contentParts);
  const part = textPartSchema.safeParse(content).data;
  if (part === undefined) return [];
  if (part.type === "thinking") return contentParts(part.thinking ?? part.text).map(({ text }) => ({ type: "thought" as const, text }));
  return contentParts(part.text ?? "");
}

function stopOf(finish: string | null, hasCalls: boolean, isRefusal: boolean): StopReason {
  if (finish === "length" || finish === "max_tokens") return "length";
  if (finish === "content_filter") return "refusal";
  if (hasCalls) return "calls";
  return isRefusal ? "refusal" : "end";
}

/** The reported input includes the cached tokens; the reported output mostly includes reasoning, but not everywhere (xAI). */
function readUsage(usage: z.infer<typeof usageSchema>): Usage {
  const prompt = wholeTokens(usage.prompt_tokens);
  const completion = wholeTokens(usage.completion_tokens);
  const reasoning = wholeTokens(usage.completion_tokens_details?.reasoning_tokens);
  const cacheRead = wholeTokens(usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens);
  const cacheWrite = wholeTokens(usage.prompt_tokens_details?.cache_write_tokens);
  const isApart = reasoning > 0 && wholeTokens(usage.total_tokens) === prompt + completion + reasoning;
  return {
    input: Math.max(0, prompt - cacheRead - cacheWrite),
    cacheRead,
    cacheWrite,
    output: isApart ? completion + reasoning : completion,
    reasoning,
    isEstimated: false,
  };
}
