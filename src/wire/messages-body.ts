// A neutral request as the body of a Messages request: roles that alternate, results first, cache marks, thinking.

import { z } from "zod";
import type { Image } from "../domain/image.ts";
import { parseJson } from "../domain/parse-json.ts";
import type { Effort } from "../domain/stream.ts";
import type { MessagesBody } from "./anthropic-client.ts";
import { asMember, COMPUTER, computerEntry, computerVersion } from "./messages-computer.ts";
import { isConstrainable } from "./output-format.ts";
import { capTokens } from "./responses.ts";
import type { Message, WireRequest } from "./wire.ts";

type Param = MessagesBody["messages"][number];
type Block = Exclude<Param["content"], string>[number];
type ToolResult = Extract<Block, { type: "tool_result" }>;
interface Turn {
  readonly role: "user" | "assistant";
  readonly content: Block[];
}

const DEFAULT_MAX_TOKENS = 8192;
const CACHED = { type: "ephemeral" } as const;

export function messagesBody(request: WireRequest): MessagesBody {
  const computer = computerVersion(request);
  const turns = toTurns(request.messages, computer === "computer_toolset_20260801");
  const thinking = thinkingOf(request, turns);
  const maxTokens = capTokens(request) ?? DEFAULT_MAX_TOKENS;
  markLast(turns);
  const body: MessagesBody & { temperature?: number } = {
    model: request.model,
    max_tokens: maxTokens,
    messages: turns,
    stream: true,
    ...thinking,
  };
  const { outputSchema } = request;
  if (outputSchema !== undefined && isOwnApi(request.baseUrl) && takesAdaptive(request.model) && isConstrainable(outputSchema))
    body.output_config = { ...body.output_config, format: { type: "json_schema", schema: { ...outputSchema } } };
  if (request.instructions !== "") body.system = [{ type: "text", text: request.instructions, cache_control: CACHED }];
  if (request.tools.length > 0) {
    body.tools = request.tools.flatMap((tool): NonNullable<MessagesBody["tools"]> => {
      if (tool.builtin !== undefined) return computer === null ? [] : [computerEntry(computer, request.screen)];
      return [{ name: tool.name, description: tool.description, input_schema: tool.parameters }];
    });
    body.tool_choice = { type: "auto" };
  }
  // Refused together with thinking; the SDK's types no longer know it (1.10), other servers of this API do.
  if (request.temperature !== undefined && thinking.thinking === undefined) body.temperature = Math.min(1, request.temperature);
  return body;
}

/** Other servers that speak this API mostly do not know structured outputs. */
function isOwnApi(baseUrl: string): boolean {
  return URL.canParse(baseUrl) && new URL(baseUrl).hostname === "api.anthropic.com";
}

/** Neighbours of one role become one message; the first is a user's, and so is the last (newer models refuse a prefilled reply). */
function toTurns(messages: readonly Message[], hasToolset: boolean): Turn[] {
  const turns: Turn[] = [];
  /** Calls of the toolset: their results say so too, or are refused. */
  const members = new Set<string>();
  for (const message of messages) {
    const blocks = toBlocks(message, hasToolset ? members : null);
    if (blocks.length === 0) continue;
    const role = message.type === "user" || message.type === "result" ? "user" : "assistant";
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: blocks });
  }
  if (turns[0]?.role !== "user") turns.unshift({ role: "user", content: [{ type: "text", text: "(The conversation so far follows.)" }] });
  if (turns.at(-1)?.role === "assistant") turns.push({ role: "user", content: [{ type: "text", text: "Go on." }] });
  return turns;
}

function toBlocks(message: Message, members: Set<string> | null): Block[] {
  switch (message.type) {
    case "user":
      return [...message.images.map(imageBlock), ...textBlock(message.text)];
    case "text":
      return textBlock(message.text);
    case "thought": {
      const block = message.seal === undefined ? undefined : thinkingSchema.safeParse(parseJson(message.seal)).data;
      return block === undefined ? [] : [block];
    }
    case "call": {
      const input = inputOf(message.arguments);
      const member = members === null ? null : asMember(message.name, input);
      if (member === null) return [{ type: "tool_use", id: message.callId, name: message.name, input }];
      members?.add(message.callId);
      return [{ type: "tool_use", id: message.callId, toolset_name: COMPUTER, ...member }];
    }
    case "result": {
      const content = [...textBlock(message.text), ...message.images.map(imageBlock)];
      const result: ToolResult = { type: "tool_result", tool_use_id: message.callId };
      if (members?.has(message.callId) === true) result.toolset_name = COMPUTER;
      if (content.length > 0) result.content = content;
      if (message.isError) result.is_error = true;
      return [result];
    }
    default:
      return message satisfies never;
  }
}

/** Blank text blocks are refused. */
const textBlock = (text: string) => (text.trim() === "" ? [] : [{ type: "text" as const, text }]);

const mimes = ["image/jpeg", "image/png", "image/gif", "image/webp"] as const;

function imageBlock(image: Image) {
  const mime = mimes.find((m) => m === image.mime);
  if (mime === undefined)
    return { type: "text" as const, text: `[an image of type ${image.mime} was left out: only JPEG, PNG, GIF and WebP can be shown]` };
  return { type: "image" as const, source: { type: "base64" as const, media_type: mime, data: image.base64 } };
}

const thinkingSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal("redacted_thinking"), data: z.string() }),
]);

const inputOf = (args: string): Record<string, unknown> => z.record(z.string(), z.unknown()).safeParse(parseJson(args)).data ?? {};

/** The cache covers all up to the mark; thinking blocks take none. */
function markLast(turns: Turn[]): void {
  const block = turns.at(-1)?.content.at(-1);
  if (block?.type === "text" || block?.type === "tool_result" || block?.type === "image") block.cache_control = CACHED;
}

// Thinking --------------------------------------------------------------------------------------------------------------

type Thinking = Pick<MessagesBody, "thinking" | "output_config">;

const BUDGETS: Readonly<Record<Exclude<Effort, "none">, number>> = {
  minimal: 1024,
  low: 4096,
  medium: 10_000,
  high: 20_000,
  xhigh: 28_000,
  max: 32_000,
};
/** The API's lower bound of a budget; and what must be left for the answer itself. */
const MIN_BUDGET = 1024;
const MIN_ANSWER = 1024;

/** Nothing is sent where the profile says nothing: the provider's default stands. */
function thinkingOf(request: WireRequest, turns: readonly Turn[]): Thinking {
  const { reasoning, effort, model } = request;
  if (reasoning === "none" || reasoning === "fixed" || effort === undefined || effort === "none") return {};
  if (reasoning === "effort" && takesAdaptive(model)) {
    return { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: effort === "minimal" ? "low" : effort } };
  }
  const room = (capTokens(request) ?? DEFAULT_MAX_TOKENS) - MIN_ANSWER;
  const budget = Math.min(BUDGETS[effort], room);
  if (budget < MIN_BUDGET || !mayStartThinking(turns)) return {};
  return { thinking: { type: "enabled", budget_tokens: budget } };
}

/** Opus and Sonnet since 4.6, and every family since 5 (Open Interpreter 0.0.39; the types of @anthropic-ai/sdk 1.10). */
function takesAdaptive(model: string): boolean {
  const version = /claude-(opus|sonnet|haiku|[a-z]+)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(model.toLowerCase());
  if (version === null) return false;
  const major = Number(version[2]);
  const minor = Number(version[3] ?? 0);
  return major >= 5 || (major === 4 && minor >= 6 && version[1] !== "haiku");
}

/**
 * With a thinking budget the newest reply, while its calls are being answered, must begin with a thinking block; it does not
 * when another model began this turn. Then this turn goes on without.
 */
function mayStartThinking(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  if (last?.role !== "user" || last.content[0]?.type !== "tool_result") return true;
  const first = turns.at(-2)?.content[0]?.type;
  return first === "thinking" || first === "redacted_thinking";
}
