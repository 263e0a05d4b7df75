// A scripted reply as the server-sent events of each of the three APIs, shaped as the real ones send them.

export type ApiName = "responses" | "chat" | "messages";

export type Step =
  /** Streamed word by word. */
  | { readonly type: "text"; readonly text: string }
  /** `seal` becomes encrypted content, a signature, or (chat) reasoning details. */
  | { readonly type: "thought"; readonly text: string; readonly seal?: string }
  /** A string is sent as it is, JSON or not. */
  | { readonly type: "call"; readonly name: string; readonly arguments: string | object; readonly id?: string; readonly toolset?: string }
  /** The stream waits there until the promise settles. */
  | { readonly type: "wait"; readonly until: Promise<unknown> }
  /** Written as it stands, such as an oddity of some provider. */
  | { readonly type: "raw"; readonly frame: string };

export interface ScriptedUsage {
  /** All input, the cached included. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

export interface ScriptedReply {
  readonly steps: Iterable<Step>;
  /** Null: none is reported. Left out: some plausible numbers. */
  readonly usage?: ScriptedUsage | null;
  readonly stop?: "end" | "calls" | "length" | "refusal";
}

/** What is written in one go; `isDelta` paces, `wait` holds. */
export type Frame =
  | { readonly type: "frame"; readonly text: string; readonly isDelta: boolean; readonly halfCall?: boolean }
  | { readonly type: "wait"; readonly until: Promise<unknown> };

const DEFAULT_USAGE: ScriptedUsage = { input: 100, output: 20, cacheRead: 40 };

export function framesOf(api: ApiName, reply: ScriptedReply, model: string): Iterable<Frame> {
  switch (api) {
    case "responses":
      return responsesFrames(reply, model);
    case "chat":
      return chatFrames(reply, model);
    case "messages":
      return messagesFrames(reply, model);
    default:
      return api satisfies never;
  }
}

/** An error as this API sends it inside a stream that began well. */
export function errorFrame(api: ApiName, message: string, code: string): string {
  switch (api) {
    case "responses":
      return named("error", { type: "error", code, message, param: null, sequence_number: 99 });
    case "chat":
      return data({
        id: "x",
        object: "chat.completion.chunk",
        error: { code, message },
        choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }],
      });
    case "messages":
      return named("error", { type: "error", error: { type: code, message } });
    default:
      return api satisfies never;
  }
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const named = (event: string, value: unknown): string => `event: ${event}\n${data(value)}`;
const frame = (text: string, isDelta = false): Extract<Frame, { type: "frame" }> => ({ type: "frame", text, isDelta });
const words = (text: string): string[] => text.match(/\S+\s*|\s+/g) ?? [];
const argumentsOf = (step: Extract<Step, { type: "call" }>): string =>
  typeof step.arguments === "string" ? step.arguments : JSON.stringify(step.arguments);
/** In two pieces, so that a call can be cut between them. */
const halves = (text: string): [string, string] => [text.slice(0, Math.ceil(text.length / 2)), text.slice(Math.ceil(text.length / 2))];

function* responsesFrames(reply: ScriptedReply, model: string): Generator<Frame> {
  const usage = reply.usage === undefined ? DEFAULT_USAGE : reply.usage;
  let index = -1;
  yield frame(
    named("response.created", { type: "response.created", response: { id: "resp_1", model, status: "in_progress", output: [] } }),
  );
  for (const step of reply.steps) {
    if (step.type === "wait") {
      yield step;
      continue;
    }
    if (step.type === "raw") {
      yield frame(step.frame);
      continue;
    }
    index += 1;
    const added = (item: object): Frame =>
      frame(named("response.output_item.added", { type: "response.output_item.added", output_index: index, item }));
    const ended = (item: object): Frame =>
      frame(named("response.output_item.done", { type: "response.output_item.done", output_index: index, item }));
    if (step.type === "text") {
      yield added({ type: "message", id: `msg_${index}`, role: "assistant", content: [] });
      for (const word of words(step.text)) {
        yield frame(
          named("response.output_text.delta", {
            type: "response.output_text.delta",
            item_id: `msg_${index}`,
            output_index: index,
            content_index: 0,
            delta: word,
          }),
          true,
        );
      }
      yield ended({
        type: "message",
        id: `msg_${index}`,
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: step.text, annotations: [] }],
      });
    }
    if (step.type === "thought") {
      yield added({ type: "reasoning", id: `rs_${index}`, summary: [] });
      for (const word of words(step.text)) {
        yield frame(
          named("response.reasoning_summary_text.delta", {
            type: "response.reasoning_summary_text.delta",
            output_index: index,
            summary_index: 0,
            delta: word,
          }),
          true,
        );
      }
      yield ended({
        type: "reasoning",
        id: `rs_${index}`,
        summary: step.text === "" ? [] : [{ type: "summary_text", text: step.text }],
        ...(step.seal === undefined ? {} : { encrypted_content: step.seal }),
        status: "completed",
      });
    }
    if (step.type === "call") {
      const item = { type: "function_call", id: `fc_${index}`, call_id: step.id ?? `call_r${index}`, name: step.name };
      yield added({ ...item, arguments: "" });
      for (const [n, half] of halves(argumentsOf(step)).entries()) {
        yield {
          ...frame(
            named("response.function_call_arguments.delta", {
              type: "response.function_call_arguments.delta",
              output_index: index,
              delta: half,
            }),
            true,
          ),
          halfCall: n === 0,
        };
      }
      yield ended({ ...item, arguments: argumentsOf(step), status: "completed" });
    }
  }
  const reported =
    usage === null
      ? null
      : {
          input_tokens: usage.input,
          output_tokens: usage.output,
          total_tokens: usage.input + usage.output,
          input_tokens_details: {
            cached_tokens: usage.cacheRead ?? 0,
            ...(usage.cacheWrite === undefined ? {} : { cache_write_tokens: usage.cacheWrite }),
          },
          output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
        };
  const isCut = reply.stop === "length" || reply.stop === "refusal";
  const type = isCut ? "response.incomplete" : "response.completed";
  yield frame(
    named(type, {
      type,
      response: {
        id: "resp_1",
        model,
        status: isCut ? "incomplete" : "completed",
        output: [],
        usage: reported,
        error: null,
        incomplete_details: isCut ? { reason: reply.stop === "length" ? "max_output_tokens" : "content_filter" } : null,
      },
    }),
  );
}

function* chatFrames(reply: ScriptedReply, model: string): Generator<Frame> {
  const usage = reply.usage === undefined ? DEFAULT_USAGE : reply.usage;
  const chunk = (delta: object, finish: string | null = null): string =>
    data({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model, choices: [{ index: 0, delta, finish_reason: finish }] });
  let calls = 0;
  yield frame(chunk({ role: "assistant", content: "" }));
  for (const step of reply.steps) {
    if (step.type === "wait") {
      yield step;
      continue;
    }
    if (step.type === "raw") {
      yield frame(step.frame);
      continue;
    }
    if (step.type === "text") for (const word of words(step.text)) yield frame(chunk({ content: word }), true);
    if (step.type === "thought") {
      for (const word of words(step.text)) yield frame(chunk({ reasoning_content: word }), true);
      if (step.seal !== undefined) yield frame(chunk({ reasoning_details: [{ type: "reasoning.encrypted", data: step.seal }] }));
    }
    if (step.type === "call") {
      const index = calls++;
      yield frame(
        chunk({ tool_calls: [{ index, id: step.id ?? `call_c${index}`, type: "function", function: { name: step.name, arguments: "" } }] }),
      );
      for (const [n, half] of halves(argumentsOf(step)).entries()) {
        yield { ...frame(chunk({ tool_calls: [{ index, function: { arguments: half } }] }), true), halfCall: n === 0 };
      }
    }
  }
  const finishes = { end: "stop", calls: "tool_calls", length: "length", refusal: "content_filter" } as const;
  yield frame(chunk({}, finishes[reply.stop ?? (calls > 0 ? "calls" : "end")]));
  if (usage !== null) {
    yield frame(
      data({
        id: "chatcmpl-1",
        object: "chat.completion.chunk",
        created: 1,
        model,
        choices: [],
        usage: {
          prompt_tokens: usage.input,
          completion_tokens: usage.output,
          total_tokens: usage.input + usage.output,
          prompt_tokens_details: {
            cached_tokens: usage.cacheRead ?? 0,
            ...(usage.cacheWrite === undefined ? {} : { cache_write_tokens: usage.cacheWrite }),
          },
          completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
        },
      }),
    );
  }
  yield frame("data: [DONE]\n\n");
}

function* messagesFrames(reply: ScriptedReply, model: string): Generator<Frame> {
  const usage = reply.usage === undefined ? DEFAULT_USAGE : reply.usage;
  const input =
    usage === null
      ? null
      : {
          input_tokens: usage.input - (usage.cacheRead ?? 0) - (usage.cacheWrite ?? 0),
          cache_read_input_tokens: usage.cacheRead ?? 0,
          cache_creation_input_tokens: usage.cacheWrite ?? 0,
          output_tokens: 1,
        };
  let index = -1;
  let calls = 0;
  yield frame(
    named("message_start", {
      type: "message_start",
      message: { id: "msg_1", type: "message", role: "assistant", model, content: [], usage: input },
    }),
  );
  yield frame(named("ping", { type: "ping" }));
  for (const step of reply.steps) {
    if (step.type === "wait") {
      yield step;
      continue;
    }
    if (step.type === "raw") {
      yield frame(step.frame);
      continue;
    }
    index += 1;
    const start = (block: object): Frame =>
      frame(named("content_block_start", { type: "content_block_start", index, content_block: block }));
    const delta = (value: object) => frame(named("content_block_delta", { type: "content_block_delta", index, delta: value }), true);
    if (step.type === "text") {
      yield start({ type: "text", text: "" });
      for (const word of words(step.text)) yield delta({ type: "text_delta", text: word });
    }
    if (step.type === "thought" && step.text === "" && step.seal !== undefined) {
      yield start({ type: "redacted_thinking", data: step.seal });
    } else if (step.type === "thought") {
      yield start({ type: "thinking", thinking: "", signature: "" });
      for (const word of words(step.text)) yield delta({ type: "thinking_delta", thinking: word });
      if (step.seal !== undefined) yield delta({ type: "signature_delta", signature: step.seal });
    }
    if (step.type === "call") {
      const toolset = step.toolset === undefined ? {} : { toolset_name: step.toolset };
      yield start({ type: "tool_use", id: step.id ?? `toolu_m${calls}`, name: step.name, input: {}, ...toolset });
      for (const [n, half] of halves(argumentsOf(step)).entries()) {
        yield { ...delta({ type: "input_json_delta", partial_json: half }), halfCall: n === 0 };
      }
      calls += 1;
    }
    yield frame(named("content_block_stop", { type: "content_block_stop", index }));
  }
  const stops = { end: "end_turn", calls: "tool_use", length: "max_tokens", refusal: "refusal" } as const;
  yield frame(
    named("message_delta", {
      type: "message_delta",
      delta: { stop_reason: stops[reply.stop ?? (calls > 0 ? "calls" : "end")], stop_sequence: null },
      ...(usage === null ? {} : { usage: { output_tokens: usage.output } }),
    }),
  );
  yield frame(named("message_stop", { type: "message_stop" }));
}
