// What `--verbose` shows of one request: what is sent, what comes back and how long it took, with secrets out.

import { messageOf } from "../domain/message-of.ts";
import type { ModelEvent } from "../domain/stream.ts";
import { createRedactor } from "../net/redact.ts";

/** Of a body: its beginning and its end. */
const HEAD_CHARS = 3000;
const TAIL_CHARS = 1500;

export interface Trace {
  /** Says each request that goes through, before the door puts a key on it, and how it was answered. */
  around(fetch: typeof globalThis.fetch): typeof globalThis.fetch;
  /** Says the reply when it has ended. */
  told(events: AsyncIterable<ModelEvent>): AsyncIterable<ModelEvent>;
}

export function createTrace(say: (text: string) => void, secrets: () => readonly string[]): Trace {
  // Redacted before it is cut: half a secret is not found any more.
  const tell = (head: string, body = ""): void => {
    const { redact } = createRedactor(secrets());
    say(redact(head) + bounded(redact(body)));
  };
  const startedAt = performance.now();
  const since = (): string => duration(performance.now() - startedAt);
  return {
    around: (fetch) => async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      tell(`→ ${init?.method ?? "GET"} ${withoutQuery(url)}\n`, bodyText(init?.body));
      const askedAt = performance.now();
      try {
        const response = await fetch(input, init);
        const id = response.headers.get("x-request-id") ?? response.headers.get("request-id");
        tell(`← ${response.status} after ${duration(performance.now() - askedAt)}${id === null ? "" : `, request ${id}`}`);
        return response;
      } catch (error) {
        tell(`← nothing after ${duration(performance.now() - askedAt)}: ${messageOf(error)}`);
        throw error;
      }
    },
    async *told(events) {
      let first: string | null = null;
      for await (const event of events) {
        if (event.type === "text" || event.type === "thought" || event.type === "call") first ??= since();
        if (event.type === "done") tell(`← ${endText(event, first, since())}\n`, JSON.stringify(event.outputs.map(shown), null, 1));
        if (event.type === "failed") tell(`← failed after ${since()} (${event.failure.kind}): ${event.failure.message}`);
        yield event;
      }
    },
  };
}

function endText({ usage, stop }: Extract<ModelEvent, { type: "done" }>, first: string | null, total: string): string {
  const { input, cacheRead, cacheWrite, output, isEstimated } = usage;
  const tokens = `${input + cacheRead + cacheWrite} tokens in (${cacheRead} cached), ${output} out${isEstimated ? ", estimated" : ""}`;
  return `first word after ${first ?? "–"}, whole after ${total}; ${tokens}; ended with ${stop}`;
}

/** A seal is for the provider alone. */
function shown(output: Extract<ModelEvent, { type: "done" }>["outputs"][number]): object {
  const { seal: _, ...rest } = output;
  return rest;
}

/** A provider of the user's own may have a key in its query. */
function withoutQuery(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? url : `${url.slice(0, at)}?…`;
}

function bodyText(body: unknown): string {
  if (typeof body !== "string") return body === null || body === undefined ? "" : "(a body that is no text)";
  try {
    return JSON.stringify(JSON.parse(body), null, 1);
  } catch {
    return body;
  }
}

function bounded(text: string): string {
  if (text.length <= HEAD_CHARS + TAIL_CHARS) return text;
  return `${text.slice(0, HEAD_CHARS)}\n[… ${text.length - HEAD_CHARS - TAIL_CHARS} characters …]\n${text.slice(-TAIL_CHARS)}`;
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
