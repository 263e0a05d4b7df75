// The Messages API: its events to model events. The request is built in messages-body.ts.

import { z } from "zod";
import { parseJson } from "../domain/parse-json.ts";
import type { ModelEvent, StopReason, Usage } from "../domain/stream.ts";
import { postAnthropic } from "./anthropic-client.ts";
import { failureOfPayload, protocolFailure } from "./failures.ts";
import { type CallSlot, createGatherer, estimateUsage, isWholeObject, tokenCount, wholeTokens } from "./gather.ts";
import { messagesBody } from "./messages-body.ts";
import { COMPUTER, fromMember, withComputerBeta } from "./messages-computer.ts";
import { parseEvent, type ReplyReader, streamReply } from "./stream-reply.ts";
import type { Wire, WireRequest } from "./wire.ts";

/** Asks over `POST {baseUrl}/v1/messages`; a base that already ends in /v1 is taken as meant. */
export const messages: Wire = (request, fetch, signal) =>
  streamReply(
    (f, s) => postAnthropic(messagesBody(request), request, f, s),
    createReader(request),
    request,
    withComputerBeta(fetch, request),
    signal,
  );

const usageSchema = z.object({
  input_tokens: tokenCount,
  output_tokens: tokenCount,
  cache_creation_input_tokens: tokenCount,
  cache_read_input_tokens: tokenCount,
  output_tokens_details: z.object({ thinking_tokens: tokenCount, reasoning_tokens: tokenCount }).nullish().catch(null),
});
type RawUsage = z.infer<typeof usageSchema>;

const eventSchema = z.object({
  type: z.string().nullish(),
  index: z.number().nullish(),
  message: z.object({ usage: usageSchema.nullish().catch(null) }).nullish(),
  content_block: z
    .object({
      type: z.string(),
      text: z.string().nullish(),
      thinking: z.string().nullish(),
      signature: z.string().nullish(),
      data: z.string().nullish(),
      id: z.string().nullish(),
      name: z.string().nullish(),
      toolset_name: z.string().nullish(),
      input: z.unknown().optional(),
    })
    .nullish(),
  delta: z
    .object({
      type: z.string().nullish(),
      text: z.string().nullish(),
      thinking: z.string().nullish(),
      signature: z.string().nullish(),
      partial_json: z.string().nullish(),
      stop_reason: z.string().nullish(),
    })
    .nullish(),
  usage: usageSchema.nullish().catch(null),
});
type Event = z.infer<typeof eventSchema>;

const BEAT: ModelEvent = { type: "beat" };

/** A block that is still open. */
type Block =
  | { readonly type: "text" }
  | { readonly type: "thinking"; text: string; signature: string }
  | { readonly type: "call"; readonly slot: CallSlot; readonly index: number; readonly input: unknown; readonly member: string | null }
  | { readonly type: "other" };

function createReader(request: WireRequest): ReplyReader {
  const gatherer = createGatherer();
  const blocks = new Map<number, Block>();
  let usage: RawUsage | null = null;
  let stop: string | null = null;
  let calls = 0;

  const failed = (what: string): ModelEvent => ({ type: "failed", failure: protocolFailure(what, request) });

  const startBlock = (event: Event): ModelEvent[] => {
    const block = event.content_block;
    const key = event.index ?? 0;
    // Some servers forget to end a block before the next one.
    const problem = endAll();
    if (problem !== null) return [problem];
    switch (block?.type) {
      case "text":
        blocks.set(key, { type: "text" });
        return block.text ? [gatherer.text(block.text)] : [BEAT];
      case "thinking":
        blocks.set(key, { type: "thinking", text: block.thinking ?? "", signature: block.signature ?? "" });
        return block.thinking ? [gatherer.thought(block.thinking)] : [BEAT];
      case "redacted_thinking":
        blocks.set(key, { type: "other" });
        gatherer.add({ type: "thought", text: "", seal: JSON.stringify({ type: "redacted_thinking", data: block.data ?? "" }) });
        return [BEAT];
      case "tool_use": {
        const callId = block.id || `call_${request.messages.length}_${++calls}`;
        const member = block.toolset_name === COMPUTER ? (block.name ?? "") : null;
        const { slot, index } = gatherer.call({ callId, name: member === null ? (block.name ?? "") : COMPUTER, arguments: "" });
        blocks.set(key, { type: "call", slot, index, input: block.input, member });
        return [{ type: "call", index, name: slot.name, delta: "" }];
      }
      default:
        blocks.set(key, { type: "other" });
        return [BEAT];
    }
  };

  const growBlock = (event: Event): ModelEvent => {
    const block = blocks.get(event.index ?? 0);
    const delta = event.delta;
    if (!delta) return BEAT;
    if (delta.partial_json && block?.type !== "call" && block?.type !== "other")
      return failed("it sent a piece of a tool call that it had not begun");
    if (block === undefined) return BEAT;
    if (block.type === "text" && delta.text) return gatherer.text(delta.text);
    if (block.type === "thinking") {
      if (delta.signature) block.signature += delta.signature;
      if (!delta.thinking) return BEAT;
      block.text += delta.thinking;
      return gatherer.thought(delta.thinking);
    }
    if (block.type === "call" && delta.partial_json) {
      block.slot.arguments += delta.partial_json;
      return { type: "call", index: block.index, name: block.slot.name, delta: delta.partial_json };
    }
    return BEAT;
  };

  const endBlock = (key: number): ModelEvent => {
    const block = blocks.get(key);
    blocks.delete(key);
    if (block?.type === "thinking") {
      // With display "omitted" there is a signature and no text.
      if (block.text === "") gatherer.thought("");
      gatherer.close(
        block.signature === "" ? undefined : JSON.stringify({ type: "thinking", thinking: block.text, signature: block.signature }),
      );
    }
    if (block?.type === "text") gatherer.close();
    // Some servers put the whole input into the start and send no deltas.
    if (block?.type === "call" && block.slot.arguments === "") block.slot.arguments = JSON.stringify(block.input ?? {});
    if (block?.type === "call" && block.member !== null) block.slot.arguments = fromMember(block.member, block.slot.arguments);
    return BEAT;
  };

  /** Ends what was never ended; a call only where its arguments are whole. */
  const endAll = (): ModelEvent | null => {
    for (const [key, block] of blocks) {
      if (block.type === "call" && !isWholeObject(block.slot.arguments)) return failed("it began a tool call and never ended it");
      endBlock(key);
    }
    gatherer.close();
    return null;
  };

  const readOne = (event: Event, whole: unknown, name: string): ModelEvent[] => {
    switch (event.type ?? name) {
      case "message_start":
        usage = event.message?.usage ?? null;
        return [BEAT];
      case "content_block_start":
        return startBlock(event);
      case "content_block_delta":
        return [growBlock(event)];
      case "content_block_stop":
        return [endBlock(event.index ?? 0)];
      case "message_delta":
        if (event.delta?.stop_reason) stop = event.delta.stop_reason;
        if (event.usage) usage = mergeUsage(usage, event.usage);
        return [BEAT];
      case "message_stop": {
        const problem = stop === "max_tokens" ? null : endAll();
        if (problem !== null) return [problem];
        const outputs = gatherer.outputs();
        if (stop === null && outputs.length === 0) return [failed("the stream ended without an answer")];
        if (stop === "tool_use" && !gatherer.hasCalls()) return [failed("it said that it calls a tool, and sent no call")];
        return [
          {
            type: "done",
            outputs,
            usage: usage === null ? estimateUsage(request, outputs) : readUsage(usage),
            stop: stopOf(stop, gatherer.hasCalls()),
          },
        ];
      }
      case "error":
        return [{ type: "failed", failure: failureOfPayload(whole, request) }];
      default:
        return [BEAT];
    }
  };

  return {
    read: (sse) => {
      if (sse.data === "[DONE]") return [];
      // An error's data may be plain text.
      const whole = sse.event === "error" ? (parseJson(sse.data) ?? sse.data) : parseEvent(sse);
      if (sse.event === "error") return readOne({ type: "error" }, whole, "error");
      const event = eventSchema.parse(whole);
      const isBareError = !event.type && sse.event === "" && typeof whole === "object" && whole !== null && "error" in whole;
      return readOne(isBareError ? { ...event, type: "error" } : event, whole, sse.event);
    },
    end: (failure) => ({ type: "failed", failure: failure ?? protocolFailure("the stream ended before message_stop", request) }),
  };
}

/** Counts in `message_delta` are cumulative: each replaces what came before. */
function mergeUsage(before: RawUsage | null, after: RawUsage): RawUsage {
  return {
    input_tokens: after.input_tokens ?? before?.input_tokens,
    output_tokens: after.output_tokens ?? before?.output_tokens,
    cache_creation_input_tokens: after.cache_creation_input_tokens ?? before?.cache_creation_input_tokens,
    cache_read_input_tokens: after.cache_read_input_tokens ?? before?.cache_read_input_tokens,
    output_tokens_details: after.output_tokens_details ?? before?.output_tokens_details,
  };
}

/** The reported input excludes both cached counts already. */
function readUsage(usage: RawUsage): Usage {
  return {
    input: wholeTokens(usage.input_tokens),
    cacheRead: wholeTokens(usage.cache_read_input_tokens),
    cacheWrite: wholeTokens(usage.cache_creation_input_tokens),
    output: wholeTokens(usage.output_tokens),
    reasoning: wholeTokens(usage.output_tokens_details?.thinking_tokens ?? usage.output_tokens_details?.reasoning_tokens),
    isEstimated: false,
  };
}

function stopOf(stop: string | null, hasCalls: boolean): StopReason {
  if (stop === "max_tokens" || stop === "model_context_window_exceeded") return "length";
  if (stop === "refusal") return "refusal";
  return hasCalls ? "calls" : "end";
}
