// A neutral request as the body of a Chat Completions request, with the provider's quirks.

import { z } from "zod";
import { parseJson } from "../domain/parse-json.ts";
import type { ChatBody } from "./openai-client.ts";
import { openAiFormat } from "./output-format.ts";
import { capTokens, dropFields } from "./responses.ts";
import type { Message, WireRequest } from "./wire.ts";

/** Fields that the package's types do not know but providers do. */
interface ChatExtras {
  thinking?: { type: "enabled" | "disabled" };
}

type ChatMessage = ChatBody["messages"][number];
type AssistantMessage = Extract<ChatMessage, { role: "assistant" }> & { reasoning_content?: string; reasoning_details?: unknown[] };

export function chatBody(request: WireRequest): ChatBody {
  const { quirks, effort, reasoning } = request;
  const role = quirks.instructionsRole ?? "system";
  const body: ChatBody & ChatExtras = {
    model: request.model,
    messages: [
      ...(request.instructions === "" ? [] : [{ role, content: request.instructions }]),
      ...chatMessages(request.messages, quirks.sendsReasoningBack === true),
    ],
    stream: true,
  };
  if (quirks.noStreamOptions !== true) body.stream_options = { include_usage: true };
  if (request.tools.length > 0) {
    body.tools = request.tools.map((tool) => ({
      type: "function",
      function: { name: tool.name, description: tool.description, parameters: tool.parameters },
    }));
    body.tool_choice = "auto";
    body.parallel_tool_calls = true;
  }
  const maxTokens = capTokens(request);
  if (maxTokens !== undefined) body[quirks.maxTokensField ?? "max_tokens"] = maxTokens;
  if (request.temperature !== undefined) body.temperature = request.temperature;
  if (reasoning === "effort" && effort !== undefined) body.reasoning_effort = effort;
  if (reasoning === "thinking_toggle" && effort !== undefined) body.thinking = { type: effort === "none" ? "disabled" : "enabled" };
  const format = request.outputSchema === undefined ? null : openAiFormat(request.outputSchema);
  if (format !== null) body.response_format = { type: "json_schema", json_schema: format };
  return dropFields(body, quirks.dropFields);
}

type MessageOf<T extends Message["type"]> = Extract<Message, { type: T }>;

/** One assistant message holds a whole reply; pictures of results follow in a user message, since a tool message takes none. */
function chatMessages(messages: readonly Message[], sendsReasoningBack: boolean): ChatMessage[] {
  const made: ChatMessage[] = [];
  for (let i = 0; i < messages.length; ) {
    const message = messages[i];
    if (message === undefined) break;
    if (message.type === "user") {
      made.push(userMessage(message));
      i += 1;
      continue;
    }
    if (message.type === "result") {
      const results = takeWhile(messages, i, (m) => m.type === "result");
      made.push(...results.map((r): ChatMessage => ({ role: "tool", tool_call_id: r.callId, content: r.text })));
      const images = results.flatMap((r) => r.images);
      if (images.length > 0) made.push(userMessage({ type: "user", text: "The images that the tool calls above returned:", images }));
      i += results.length;
      continue;
    }
    const reply = takeWhile(messages, i, isReplyPart);
    const assistant = assistantMessage(reply, sendsReasoningBack);
    if (assistant !== null) made.push(assistant);
    i += reply.length;
  }
  return made;
}

function userMessage(message: MessageOf<"user">): ChatMessage {
  if (message.images.length === 0) return { role: "user", content: message.text };
  return {
    role: "user",
    content: [
      ...(message.text === "" ? [] : [{ type: "text" as const, text: message.text }]),
      ...message.images.map((image) => ({ type: "image_url" as const, image_url: { url: `data:${image.mime};base64,${image.base64}` } })),
    ],
  };
}

function assistantMessage(
  reply: readonly (MessageOf<"thought"> | MessageOf<"text"> | MessageOf<"call">)[],
  sendsReasoningBack: boolean,
): ChatMessage | null {
  const text = reply
    .filter((part) => part.type === "text")
    .map((part) => part.text)
    .join("\n\n");
  const calls = reply.filter((part) => part.type === "call");
  const thoughts = reply.filter((part) => part.type === "thought");
  if (text === "" && calls.length === 0) return null;
  const assistant: AssistantMessage = { role: "assistant", content: text === "" ? null : text };
  if (calls.length > 0) {
    assistant.tool_calls = calls.map((call) => ({
      id: call.callId,
      type: "function",
      function: { name: call.name, arguments: call.arguments },
      ...extraContent(call.seal),
    }));
  }
  const details = thoughts.flatMap((thought) => reasoningDetails(thought.seal));
  if (details.length > 0) assistant.reasoning_details = details;
  // Such providers refuse a message with calls that lacks the field, so it is there even when another model made the reply.
  if (sendsReasoningBack && (thoughts.length > 0 || calls.length > 0)) {
    assistant.reasoning_content = thoughts.map((thought) => thought.text).join("\n\n");
  }
  return assistant;
}

const detailsSchema = z.object({ reasoning_details: z.array(z.unknown()) });
const extraSchema = z.object({ extra_content: z.unknown() });

const reasoningDetails = (seal: string | undefined): unknown[] =>
  seal === undefined ? [] : (detailsSchema.safeParse(parseJson(seal)).data?.reasoning_details ?? []);
const extraContent = (seal: string | undefined): { extra_content?: unknown } =>
  seal === undefined ? {} : (extraSchema.safeParse(parseJson(seal)).data ?? {});

function isReplyPart(message: Message): message is MessageOf<"thought"> | MessageOf<"text"> | MessageOf<"call"> {
  return message.type !== "user" && message.type !== "result";
}

function takeWhile<T extends Message>(messages: readonly Message[], from: number, belongs: (m: Message) => m is T): T[] {
  const taken: T[] = [];
  for (let i = from; i < messages.length; i++) {
    const message = messages[i];
    if (message === undefined || !belongs(message)) break;
    taken.push(message);
  }
  return taken;
}
