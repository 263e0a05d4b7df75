// Shared by this folder's tests: a request with defaults, and a stream read to its end.

import assert from "node:assert/strict";
import type { ModelEvent, ToolSpec } from "../../src/domain/stream.ts";
import { chat } from "../../src/wire/chat.ts";
import { messages } from "../../src/wire/messages.ts";
import { responses } from "../../src/wire/responses.ts";
import type { Message, Wire, WireRequest } from "../../src/wire/wire.ts";

export const wires = { responses, chat, messages } as const;
export const wireNames = ["responses", "chat", "messages"] as const;

export const shellTool: ToolSpec = {
  name: "exec",
  description: "Runs code.",
  parameters: {
    type: "object",
    properties: { language: { type: "string" }, code: { type: "string" } },
    required: ["language", "code"],
    additionalProperties: false,
  },
};

export function user(text: string): Message {
  return { type: "user", text, images: [] };
}

export function requestTo(baseUrl: string, more: Partial<WireRequest> = {}): WireRequest {
  return {
    baseUrl,
    model: "test-model",
    instructions: "Be brief.",
    messages: [user("hello")],
    tools: [shellTool],
    cacheKey: "session-1",
    reasoning: "none",
    quirks: {},
    ...more,
  };
}

export interface Heard {
  readonly events: readonly ModelEvent[];
  readonly end: Extract<ModelEvent, { type: "done" | "failed" }>;
}

/** Reads to the end and checks what every stream promises: one end, nothing after it. */
export async function ask(
  wire: Wire,
  request: WireRequest,
  signal = new AbortController().signal,
  fetch = globalThis.fetch,
): Promise<Heard> {
  const events: ModelEvent[] = [];
  for await (const event of wire(request, fetch, signal)) events.push(event);
  const ends = events.filter((e) => e.type === "done" || e.type === "failed");
  assert.equal(ends.length, 1, "exactly one end");
  const end = events.at(-1);
  assert.ok(end?.type === "done" || end?.type === "failed", "the end is last");
  return { events, end };
}

export function finished(heard: Heard): Extract<ModelEvent, { type: "done" }> {
  assert.equal(heard.end.type, "done", heard.end.type === "failed" ? heard.end.failure.message : "");
  assert.ok(heard.end.type === "done");
  return heard.end;
}

export function failure(heard: Heard) {
  assert.ok(heard.end.type === "failed", `ended in ${heard.end.type}`);
  return heard.end.failure;
}

export function textOf(heard: Heard): string {
  return heard.events.map((e) => (e.type === "text" ? e.delta : "")).join("");
}
