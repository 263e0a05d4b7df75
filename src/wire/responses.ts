// The Responses API: neutral request to body, its events to model events. Fields as Open Interpreter 0.0.39 sends and reads them.

import { z } from "zod";
import { parseJson } from "../domain/parse-json.ts";
import type { ModelEvent, ModelOutput, StopReason, Usage } from "../domain/stream.ts";
import { type FailureContext, failureOfPayload, protocolFailure } from "./failures.ts";
import { createGatherer, estimateUsage, tokenCount, wholeTokens } from "./gather.ts";
import { postOpenAi, type ResponsesBody } from "./openai-client.ts";
import { openAiFormat } from "./output-format.ts";
import { parseEvent, type ReplyReader, streamReply } from "./stream-reply.ts";
import type { Message, Wire, WireRequest } from "./wire.ts";

/** Asks over `POST {baseUrl}/responses`. */
export const responses: Wire = (request, fetch, signal) =>
  streamReply((f, s) => postOpenAi("/responses", responsesBody(request), request, f, s), createReader(request), request, fetch, signal);

// Request ---------------------------------------------------------------------------------------------------------------

type InputItem = Extract<ResponsesBody["input"], readonly unknown[]>[number];

export function responsesBody(request: WireRequest): ResponsesBody {
  const { reasoning, effort, quirks } = request;
  const reasons = reasoning !== "none" && effort !== "none";
  const maxTokens = capTokens(request);
  const body: ResponsesBody = {
    model: request.model,
    instructions: request.instructions,
    input: request.messages.flatMap((message) => inputItems(message, quirks.noEncryptedReasoning === true)),
    store: false,
    stream: true,
    prompt_cache_key: request.cacheKey,
  };
  if (request.tools.length > 0) {
    body.tools = request.tools.map((tool) => ({
      type: "function",
      name: tool.name,
      description: tool.description,
      parameters: tool.parameters,
      strict: false,
    }));
    body.tool_choice = "auto";
    body.parallel_tool_calls = true;
  }
  if (reasons && quirks.noEncryptedReasoning !== true) body.include = ["reasoning.encrypted_content"];
  if (reasoning === "effort" && effort === "none") body.reasoning = { effort: "none" };
  if (reasons) body.reasoning = { ...(reasoning === "effort" && effort !== undefined ? { effort } : {}), summary: "auto" };
  const format = request.outputSchema === undefined ? null : openAiFormat(request.outputSchema);
  if (format !== null) body.text = { format: { type: "json_schema", ...format } };
  if (maxTokens !== undefined) body.max_output_tokens = maxTokens;
  if (request.temperature !== undefined) body.temperature = request.temperature;
  return dropFields(body, quirks.dropFields);
}

function inputItems(message: Message, isUnsealed: boolean): InputItem[] {
  switch (message.type) {
    case "user":
      return [{ type: "message", role: "user", content: [...textParts(message.text), ...imageParts(message.images)] }];
    case "text": {
      const phase = phaseOf(message.seal);
      return [
        {
          // Without an id, since nothing is stored there; the package's type wants one all the same.
          type: "message",
          role: "assistant",
          content: message.text,
          ...(phase === null ? {} : { phase }),
        },
      ];
    }
    case "thought": {
      const item = isUnsealed || message.seal === undefined ? undefined : reasoningItemSchema.safeParse(parseJson(message.seal)).data;
      if (item === undefined) return [];
      const { content, ...rest } = item;
      return [{ ...rest, ...(content === undefined ? {} : { content }) }];
    }
    case "call":
      return [{ type: "function_call", call_id: message.callId, name: message.name, arguments: message.arguments }];
    case "result":
      return [
        {
          type: "function_call_output",
          call_id: message.callId,
          output: message.images.length === 0 ? message.text : [...textParts(message.text), ...imageParts(message.images)],
        },
      ];
    default:
      return message satisfies never;
  }
}

type Images = Extract<Message, { type: "user" }>["images"];

const textParts = (text: string) => (text === "" ? [] : [{ type: "input_text" as const, text }]);
const imageParts = (images: Images) =>
  images.map((image) => ({
    type: "input_image" as const,
    detail: "auto" as const,
    image_url: `data:${image.mime};base64,${image.base64}`,
  }));

/** Exactly what may be sent back; the rest of an item (its status) is refused in input. */
const reasoningItemSchema = z.object({
  type: z.literal("reasoning"),
  id: z.string(),
  summary: z.array(z.object({ type: z.literal("summary_text"), text: z.string() })),
  content: z.array(z.object({ type: z.literal("reasoning_text"), text: z.string() })).optional(),
  encrypted_content: z.string(),
});

/** Newer models mark a message as commentary or final answer, and want the mark back. */
const phaseSchema = z.object({ phase: z.enum(["commentary", "final_answer"]) });
const phaseOf = (seal: string | undefined) => (seal === undefined ? null : (phaseSchema.safeParse(parseJson(seal)).data?.phase ?? null));

export function capTokens(request: WireRequest): number | undefined {
  const { maxTokens, quirks } = request;
  if (maxTokens === undefined) return undefined;
  return quirks.maxTokensCap === undefined ? maxTokens : Math.min(maxTokens, quirks.maxTokensCap);
}

export function dropFields<T extends object>(body: T, fields: readonly string[] | undefined): T {
  const kept = { ...body };
  for (const field of fields ?? []) Reflect.deleteProperty(kept, field);
  return kept;
}

// Events ----------------------------------------------------------------------------------------------------------------

const partSchema = z.object({ type: z.string().nullish(), text: z.string().nullish(), refusal: z.string().nullish() });
const outputItemSchema = z.object({
  type: z.string(),
  id: z.string().nullish(),
  name: z.string().nullish(),
  call_id: z.string().nullish(),
  arguments: z.string().nullish(),
  content: z.array(partSchema).nullish(),
  summary: z.array(partSchema).nullish(),
  encrypted_content: z.string().nullish(),
  phase: z.string().nullish(),
  status: z.string().nullish().catch(null),
});
type OutputItem = z.infer<typeof outputItemSchema>;

const responseSchema = z.object({
  output: z.array(outputItemSchema).nullish(),
  error: z.unknown().optional(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  usage: z
    .object({
      input_tokens: tokenCount,
      output_tokens: tokenCount,
      input_tokens_details: z.object({ cached_tokens: tokenCount, cache_write_tokens: tokenCount }).nullish().catch(null),
      output_tokens_details: z.object({ reasoning_tokens: tokenCount }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
});
type Response = z.infer<typeof responseSchema>;

const eventSchema = z.object({
  type: z.string().nullish(),
  delta: z.string().nullish(),
  output_index: z.number().nullish(),
  summary_index: z.number().nullish(),
  item: outputItemSchema.nullish(),
  response: responseSchema.nullish(),
});
type Event = z.infer<typeof eventSchema>;

const BEAT: ModelEvent = { type: "beat" };

function createReader(request: WireRequest): ReplyReader {
  const at: FailureContext = request;
  const items = createItems();
  const shown = new Map<number, { index: number; name: string }>();

  const finish = (response: Response, stop: StopReason | null): ModelEvent => {
    const taken = items.finish(response.output ?? []);
    // Where the reply was cut, so was what stands open; elsewhere a thing of it was lost on the way.
    if (stop === null && taken.isIncomplete) {
      return { type: "failed", failure: protocolFailure("the reply was said to be complete, but a part that it began never ended", at) };
    }
    const gatherer = createGatherer();
    for (const [n, item] of taken.items.entries()) {
      const output = readItem(item, `call_${request.messages.length}_${n + 1}`);
      if (output !== null) gatherer.add(output);
    }
    const isRefusal = taken.items.some((item) => item.content?.some((part) => part.type === "refusal") === true);
    const outputs = gatherer.outputs();
    return {
      type: "done",
      outputs,
      usage: readUsage(response) ?? estimateUsage(request, outputs),
      stop: stop ?? (gatherer.hasCalls() ? "calls" : isRefusal ? "refusal" : "end"),
    };
  };

  const showCall = (event: Event): ModelEvent => {
    const key = event.output_index ?? 0;
    const known = shown.get(key) ?? { index: shown.size, name: "" };
    const call = event.item?.name ? { ...known, name: event.item.name } : known;
    shown.set(key, call);
    return { type: "call", ...call, delta: event.delta ?? "" };
  };

  const readOne = (event: Event, whole: unknown, name: string): ModelEvent => {
    switch (event.type ?? name) {
      case "response.output_text.delta":
      case "response.refusal.delta":
        if (!event.delta) return BEAT;
        items.grow(event, event.delta);
        return { type: "text", delta: event.delta };
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        return event.delta ? { type: "thought", delta: event.delta } : BEAT;
      case "response.reasoning_summary_part.added":
        return (event.summary_index ?? 0) > 0 ? { type: "thought", delta: "\n\n" } : BEAT;
      case "response.output_item.added":
        items.begin(event);
        return event.item?.type === "function_call" ? showCall(event) : BEAT;
      case "response.function_call_arguments.delta":
        return showCall(event);
      case "response.output_item.done":
        items.end(event);
        return BEAT;
      case "response.completed":
        return finish(event.response ?? {}, null);
      case "response.incomplete":
        return finish(event.response ?? {}, event.response?.incomplete_details?.reason === "content_filter" ? "refusal" : "length");
      case "response.failed":
        return {
          type: "failed",
          failure: failureOfPayload({ error: event.response?.error ?? "the response failed without a reason" }, at),
        };
      case "error":
        return { type: "failed", failure: failureOfPayload(whole, at) };
      default:
        return BEAT;
    }
  };

  return {
    read: (sse) => {
      if (sse.data === "[DONE]") return [];
      const whole = parseEvent(sse);
      const event = eventSchema.parse(whole);
      // Proxies put an error of their own into the stream, without a type.
      const isBareError = !event.type && sse.event === "" && typeof whole === "object" && whole !== null && "error" in whole;
      return [readOne(isBareError ? { ...event, type: "error" } : event, whole, sse.event)];
    },
    end: (failure) => ({ type: "failed", failure: failure ?? protocolFailure("the stream ended before response.completed", at) }),
  };
}

interface Items {
  begin(event: Event): void;
  grow(event: Event, text: string): void;
  end(event: Event): void;
  /** `final`: the items as the last event lists them, where it does. */
  finish(final: readonly OutputItem[]): { readonly items: readonly OutputItem[]; readonly isIncomplete: boolean };
}

/** The items of one reply, each once, whether they came one by one, only with the end, or twice. */
function createItems(): Items {
  const ended = new Map<string, OutputItem>();
  const open = new Map<string, { readonly item: OutputItem; text: string }>();
  let nameless = 0;
  const placeOf = (event: Event): string => String(event.output_index ?? "");
  /** Some servers give every item the index 0, others no id: together they tell one from another. Without both nothing is the same twice. */
  const keyOf = (event: Event, item: OutputItem): string => {
    const id = item.id || item.call_id;
    return event.output_index == null && !id ? `${++nameless}.` : `${placeOf(event)}/${id ?? ""}`;
  };

  return {
    begin: (event) => {
      const { item } = event;
      // What has neither place nor id could not be told from another at its end.
      const isNamed = event.output_index != null || Boolean(item?.id || item?.call_id);
      if (isNamed && (item?.type === "message" || item?.type === "function_call")) open.set(keyOf(event, item), { item, text: "" });
    },
    grow: (event, text) => {
      for (const [key, message] of open) if (key.startsWith(`${placeOf(event)}/`)) message.text += text;
    },
    end: (event) => {
      const { item } = event;
      if (!item) return;
      const key = keyOf(event, item);
      open.delete(key);
      // Ids may change between an item's begin and its end (seen at proxies); its place does not.
      const sibling = [...open.keys()].find((begun) => begun.startsWith(`${placeOf(event)}/`) && open.get(begun)?.item.type === item.type);
      if (sibling !== undefined && !ended.has(key)) open.delete(sibling);
      ended.set(key, item);
    },
    finish: (final) => {
      const cut = [...open.values()].flatMap(({ item, text }): OutputItem[] =>
        item.type === "message" && text !== "" ? [{ ...item, content: [{ type: "output_text", text }] }] : [],
      );
      const list = [...ended.values()];
      const isFinalFuller = final.length > list.length || (open.size > 0 && final.length > 0);
      const items = isFinalFuller ? final : [...list, ...cut];
      // A call that was cut is no call.
      return {
        items: items.filter((item) => item.type !== "function_call" || item.status !== "incomplete"),
        isIncomplete: open.size > 0 && !isFinalFuller,
      };
    },
  };
}

function readItem(item: OutputItem, madeUpId: string): ModelOutput | null {
  if (item.type === "function_call") {
    return { type: "call", callId: item.call_id || item.id || madeUpId, name: item.name ?? "", arguments: item.arguments ?? "" };
  }
  if (item.type === "message") {
    const text = (item.content ?? []).map((part) => part.text ?? part.refusal ?? "").join("");
    return { type: "text", text, ...(item.phase ? { seal: JSON.stringify({ phase: item.phase }) } : {}) };
  }
  if (item.type !== "reasoning") return null;
  const summary = item.summary ?? [];
  const parts = summary.length > 0 ? summary : (item.content ?? []);
  const text = parts.map((part) => part.text ?? "").join("\n\n");
  if (!item.encrypted_content || !item.id) return { type: "thought", text };
  const whole = {
    type: "reasoning",
    id: item.id,
    summary: summary.map((part) => ({ type: "summary_text", text: part.text ?? "" })),
    ...(item.content && item.content.length > 0
      ? { content: item.content.map((part) => ({ type: "reasoning_text", text: part.text ?? "" })) }
      : {}),
    encrypted_content: item.encrypted_content,
  };
  return { type: "thought", text, seal: JSON.stringify(whole) };
}

/** The reported input includes what came from the cache. */
function readUsage(response: Response): Usage | null {
  const usage = response.usage;
  if (!usage || (usage.input_tokens == null && usage.output_tokens == null)) return null;
  const cacheRead = wholeTokens(usage.input_tokens_details?.cached_tokens);
  const cacheWrite = wholeTokens(usage.input_tokens_details?.cache_write_tokens);
  return {
    input: Math.max(0, wholeTokens(usage.input_tokens) - cacheRead - cacheWrite),
    cacheRead,
    cacheWrite,
    output: wholeTokens(usage.output_tokens),
    reasoning: wholeTokens(usage.output_tokens_details?.reasoning_tokens),
    isEstimated: false,
  };
}
