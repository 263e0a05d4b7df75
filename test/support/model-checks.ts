// What the three real APIs refuse with a 400, checked strictly: role order, ids, results after calls, shapes.

import { z } from "zod";
import type { ApiName } from "./model-frames.ts";

/** Null where the body would be accepted, else the reason. */
export function refuse(api: ApiName, body: unknown): string | null {
  try {
    if (api === "responses") checkResponses(body);
    if (api === "chat") checkChat(body);
    if (api === "messages") checkMessages(body);
    return null;
  } catch (error) {
    return error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);
  }
}

function demand(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const objectJson = z.string().refine((text) => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}, "arguments must be a JSON object");
const parameters = z.looseObject({ type: z.literal("object"), properties: z.record(z.string(), z.unknown()) });
const filled = z.string().min(1);

// Responses -------------------------------------------------------------------------------------------------------------

const inputPart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("input_text"), text: filled }),
  z.strictObject({ type: z.literal("input_image"), image_url: z.string().startsWith("data:image/"), detail: z.string() }),
]);
const callId = z.string().min(1).max(64);

const responsesBody = z.strictObject({
  model: filled,
  instructions: z.string(),
  input: z
    .array(
      z.discriminatedUnion("type", [
        z.strictObject({
          type: z.literal("message"),
          role: z.enum(["user", "assistant"]),
          content: z.union([filled, z.array(inputPart).min(1)]),
          phase: z.enum(["commentary", "final_answer"]).optional(),
        }),
        z.strictObject({
          type: z.literal("reasoning"),
          id: z.string().startsWith("rs_"),
          summary: z.array(z.strictObject({ type: z.literal("summary_text"), text: z.string() })),
          content: z.array(z.unknown()).optional(),
          encrypted_content: filled,
        }),
        z.strictObject({ type: z.literal("function_call"), call_id: callId, name: toolName, arguments: objectJson }),
        z.strictObject({
          type: z.literal("function_call_output"),
          call_id: callId,
          output: z.union([z.string(), z.array(inputPart).min(1)]),
        }),
      ]),
    )
    .min(1),
  store: z.literal(false),
  stream: z.literal(true),
  prompt_cache_key: filled,
  tools: z
    .array(z.strictObject({ type: z.literal("function"), name: toolName, description: filled, parameters, strict: z.boolean() }))
    .min(1)
    .optional(),
  tool_choice: z.literal("auto").optional(),
  parallel_tool_calls: z.boolean().optional(),
  include: z.array(z.literal("reasoning.encrypted_content")).optional(),
  reasoning: z
    .strictObject({
      effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]).optional(),
      summary: z.literal("auto").optional(),
    })
    .optional(),
  max_output_tokens: z.int().min(16).optional(),
  text: z
    .strictObject({
      format: z.strictObject({ type: z.literal("json_schema"), name: toolName, schema: parameters, strict: z.boolean() }),
    })
    .optional(),
  temperature: z.number().optional(),
});

function checkResponses(body: unknown): void {
  const { input } = responsesBody.parse(body);
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const [i, item] of input.entries()) {
    if (item.type === "function_call") {
      demand(!seen.has(item.call_id), `call id ${item.call_id} comes twice`);
      seen.add(item.call_id);
      open.add(item.call_id);
    } else if (item.type === "function_call_output") {
      demand(open.delete(item.call_id), `No tool call found for function call output with call_id ${item.call_id}.`);
    } else if (item.type === "message" && item.role === "user") {
      demand(open.size === 0, `No tool output found for function call ${[...open].join(", ")}.`);
    } else if (item.type === "reasoning") {
      const next = input[i + 1];
      demand(
        next !== undefined && next.type !== "function_call_output" && !(next.type === "message" && next.role === "user"),
        `Item '${item.id}' of type 'reasoning' was provided without its required following item.`,
      );
    }
  }
  demand(open.size === 0, `No tool output found for function call ${[...open].join(", ")}.`);
}

// Chat ------------------------------------------------------------------------------------------------------------------

const chatPart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: filled }),
  z.strictObject({ type: z.literal("image_url"), image_url: z.strictObject({ url: z.string().startsWith("data:image/") }) }),
]);

const chatBody = z.looseObject({
  model: filled,
  messages: z
    .array(
      z.discriminatedUnion("role", [
        z.strictObject({ role: z.enum(["system", "developer"]), content: filled }),
        z.strictObject({ role: z.literal("user"), content: z.union([filled, z.array(chatPart).min(1)]) }),
        z.strictObject({
          role: z.literal("assistant"),
          content: z.string().min(1).nullable(),
          tool_calls: z
            .array(
              z.strictObject({
                id: z.string().min(1).max(40),
                type: z.literal("function"),
                function: z.strictObject({ name: toolName, arguments: objectJson }),
                extra_content: z.unknown().optional(),
              }),
            )
            .min(1)
            .optional(),
          reasoning_content: z.string().optional(),
          reasoning_details: z.array(z.unknown()).optional(),
        }),
        z.strictObject({ role: z.literal("tool"), tool_call_id: z.string().min(1), content: z.string() }),
      ]),
    )
    .min(1),
  stream: z.literal(true),
  tools: z
    .array(z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: toolName, description: filled, parameters }) }))
    .min(1)
    .optional(),
});

function checkChat(body: unknown): void {
  const { messages, tools, ...rest } = chatBody.parse(body);
  demand(tools !== undefined || !("parallel_tool_calls" in rest), "'parallel_tool_calls' is only allowed when 'tools' are specified.");
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const [i, message] of messages.entries()) {
    if (message.role === "tool") {
      demand(
        open.delete(message.tool_call_id),
        `messages with role 'tool' must be a response to a preceding message with 'tool_calls' (${message.tool_call_id})`,
      );
      continue;
    }
    demand(open.size === 0, `An assistant message with 'tool_calls' must be followed by tool messages: ${[...open].join(", ")}`);
    demand((message.role !== "system" && message.role !== "developer") || i === 0, "instructions come first");
    if (message.role !== "assistant") continue;
    demand(message.content !== null || message.tool_calls !== undefined, "an assistant message needs content or tool_calls");
    for (const call of message.tool_calls ?? []) {
      demand(!seen.has(call.id), `tool call id ${call.id} comes twice`);
      seen.add(call.id);
      open.add(call.id);
    }
  }
  demand(open.size === 0, `tool calls were not answered: ${[...open].join(", ")}`);
}

// Messages --------------------------------------------------------------------------------------------------------------

const cacheControl = z.strictObject({ type: z.literal("ephemeral") }).optional();
const text = z.strictObject({
  type: z.literal("text"),
  text: z.string().regex(/\S/, "text content blocks must contain non-whitespace text"),
  cache_control: cacheControl,
});
const image = z.strictObject({
  type: z.literal("image"),
  cache_control: cacheControl,
  source: z.strictObject({
    type: z.literal("base64"),
    media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]),
    data: filled,
  }),
});
const useId = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);

const messagesBody = z.strictObject({
  model: filled,
  max_tokens: z.int().positive(),
  stream: z.literal(true),
  system: z.array(text).min(1).optional(),
  messages: z
    .array(
      z.discriminatedUnion("role", [
        z.strictObject({
          role: z.literal("user"),
          content: z
            .array(
              z.discriminatedUnion("type", [
                text,
                image,
                z.strictObject({
                  type: z.literal("tool_result"),
                  tool_use_id: useId,
                  content: z
                    .array(z.union([text, image]))
                    .min(1)
                    .optional(),
                  is_error: z.boolean().optional(),
                  toolset_name: z.literal("computer").optional(),
                  cache_control: cacheControl,
                }),
              ]),
            )
            .min(1),
        }),
        z.strictObject({
          role: z.literal("assistant"),
          content: z
            .array(
              z.discriminatedUnion("type", [
                text,
                z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: filled }),
                z.strictObject({ type: z.literal("redacted_thinking"), data: filled }),
                z.strictObject({
                  type: z.literal("tool_use"),
                  id: useId,
                  name: toolName,
                  input: z.record(z.string(), z.unknown()),
                  toolset_name: z.literal("computer").optional(),
                }),
              ]),
            )
            .min(1),
        }),
      ]),
    )
    .min(1),
  tools: z
    .array(
      z.union([
        z.strictObject({ name: toolName, description: filled, input_schema: parameters }),
        z.strictObject({ type: z.literal("computer_toolset_20260801") }),
        z.strictObject({
          type: z.enum(["computer_20251124", "computer_20250124"]),
          name: z.literal("computer"),
          display_width_px: z.int().positive(),
          display_height_px: z.int().positive(),
          enable_zoom: z.literal(true).optional(),
        }),
      ]),
    )
    .min(1)
    .optional(),
  tool_choice: z.strictObject({ type: z.literal("auto") }).optional(),
  thinking: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("enabled"), budget_tokens: z.int().min(1024) }),
      z.strictObject({ type: z.literal("adaptive"), display: z.string().optional() }),
    ])
    .optional(),
  output_config: z
    .strictObject({
      effort: z.enum(["low", "medium", "high", "xhigh", "max"]).optional(),
      format: z.strictObject({ type: z.literal("json_schema"), schema: parameters }).optional(),
    })
    .optional(),
  temperature: z.number().min(0).max(1).optional(),
});

/** A toolset's calls are known only where it is declared, and each result names the toolset of its call. */
function checkToolset(messages: z.output<typeof messagesBody>["messages"], isDeclared: boolean): void {
  const members = new Set<string>();
  for (const message of messages) {
    for (const block of message.content) {
      if (block.type === "tool_use" && block.toolset_name !== undefined) {
        demand(isDeclared, `toolset ${block.toolset_name} is not declared`);
        demand(!("action" in block.input), "a member takes no action");
        members.add(block.id);
      }
      if (block.type === "tool_result")
        demand(members.has(block.tool_use_id) === (block.toolset_name !== undefined), `toolset_name of the result ${block.tool_use_id}`);
    }
  }
}

function checkMessages(body: unknown): void {
  const { messages, tools, thinking, temperature, max_tokens: maxTokens } = messagesBody.parse(body);
  checkToolset(messages, tools?.some((tool) => "type" in tool && tool.type === "computer_toolset_20260801") ?? false);
  demand(thinking === undefined || temperature === undefined, "temperature may only be set when thinking is off");
  demand(thinking?.type !== "enabled" || thinking.budget_tokens < maxTokens, "max_tokens must be greater than thinking.budget_tokens");
  demand(messages[0]?.role === "user", "first message must use the user role");
  demand(messages.at(-1)?.role === "user", "this model does not support assistant message prefill");
  demand((JSON.stringify(body).match(/"cache_control"/g) ?? []).length <= 4, "a maximum of 4 blocks with cache_control may be provided");
  const seen = new Set<string>();
  let open: string[] = [];
  for (const [i, message] of messages.entries()) {
    demand(message.role !== messages[i - 1]?.role, `messages.${i}: roles must alternate`);
    if (message.role === "user") {
      const results = message.content.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []));
      const first = message.content.findIndex((block) => block.type !== "tool_result");
      demand(
        first < 0 || message.content.slice(first).every((block) => block.type !== "tool_result"),
        `messages.${i}: tool_result blocks come first`,
      );
      demand(
        results.every((id) => open.includes(id)),
        `messages.${i}: unexpected tool_use_id in tool_result: ${results.join(", ")}`,
      );
      demand(
        open.every((id) => results.includes(id)) && results.length === open.length,
        `messages.${i}: tool_use ids without tool_result: ${open.join(", ")}`,
      );
      open = [];
      continue;
    }
    const last = message.content.at(-1)?.type;
    demand(
      last !== "thinking" && last !== "redacted_thinking",
      `messages.${i}: the final block of an assistant message cannot be thinking`,
    );
    open = message.content.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
    for (const id of open) {
      demand(!seen.has(id), `messages.${i}: tool_use ids must be unique: ${id}`);
      seen.add(id);
    }
    const isLoop = i === messages.length - 2 && open.length > 0 && thinking?.type === "enabled";
    const first = message.content[0]?.type;
    demand(
      !isLoop || first === "thinking" || first === "redacted_thinking",
      `messages.${i}: expected thinking, found ${first ?? "nothing"}`,
    );
  }
}
