// The scripted model that needs no key: streams what the scripts say, with real tool calls. It is no AI and says so.

import type { TranscriptItem } from "../domain/item.ts";
import type { ModelEvent, ModelOutput, ToolSpec } from "../domain/stream.ts";
import { planReply, type Reply } from "./scripts.ts";

export interface DemoRequest {
  /** The path from the root to the head, oldest first. */
  readonly items: readonly TranscriptItem[];
  readonly tools: readonly ToolSpec[];
  readonly signal: AbortSignal;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Whole pieces at once instead of word by word. */
  readonly isCalm?: boolean;
}

/** About what a hosted model streams. */
const TOKENS_PER_SECOND = 40;

/** Keeps the contract of `ModelEvent`: never throws, ends with exactly one `done` or `failed`. */
export async function* demoModel(request: DemoRequest): AsyncGenerator<ModelEvent, void, void> {
  const reply = planReply(request.items, request.tools);
  const pauseMs = 1000 / (reply.tokensPerSecond ?? TOKENS_PER_SECOND);
  for (const event of pieces(reply, request.isCalm === true)) {
    if (request.isCalm !== true) await request.sleep(pauseMs, request.signal);
    if (request.signal.aborted) {
      yield { type: "failed", failure: { kind: "interrupted", message: "interrupted", isRetryable: false } };
      return;
    }
    yield event;
  }
  yield doneEvent(reply, request);
}

function* pieces(reply: Reply, isCalm: boolean): Generator<ModelEvent, void, void> {
  if (reply.text !== "") {
    if (isCalm) yield { type: "text", delta: reply.text };
    else for (const [word] of reply.text.matchAll(/\s*\S+\s*$|\s*\S+/g)) yield { type: "text", delta: word };
  }
  if (reply.call === undefined) return;
  const { name, arguments: json } = reply.call;
  const size = isCalm ? json.length : 24;
  for (let at = 0; at < json.length; at += size) yield { type: "call", index: 0, name, delta: json.slice(at, at + size) };
}

function doneEvent(reply: Reply, { items, tools }: DemoRequest): ModelEvent {
  const outputs: ModelOutput[] = reply.text === "" ? [] : [{ type: "text", text: reply.text }];
  if (reply.call !== undefined) {
    // Unique within the conversation, and the same whenever the same path is asked again.
    outputs.push({
      type: "call",
      callId: `demo-${items.length}`,
      name: reply.call.name,
      arguments: reply.call.arguments,
    });
  }
  const written = outputs.reduce((sum, output) => sum + (output.type === "call" ? output.arguments.length : output.text.length), 0);
  return {
    type: "done",
    outputs,
    stop: reply.call === undefined ? "end" : "calls",
    usage: {
      input: tokensOf(sizeOf(items) + JSON.stringify(tools).length),
      output: tokensOf(written),
      cacheRead: 0,
      cacheWrite: 0,
      reasoning: 0,
      isEstimated: true,
    },
  };
}

function sizeOf(items: readonly TranscriptItem[]): number {
  return items.reduce((sum, item) => {
    if (item.type === "notice") return sum;
    return sum + (item.type === "call" ? item.arguments.length : item.text.length);
  }, 0);
}

/** Characters ÷ 4, the usual rule of thumb. */
function tokensOf(characters: number): number {
  return Math.ceil(characters / 4);
}
