// What all wires share: one request, its events read to the end, and the promise that a stream never throws and ends once.

import { z } from "zod";
import { messageOf } from "../domain/message-of.ts";
import { parseJson } from "../domain/parse-json.ts";
import type { Failure, ModelEvent } from "../domain/stream.ts";
import {
  cleanText,
  type FailureContext,
  failureOfError,
  failureOfPayload,
  failureOfRefusal,
  interruptedFailure,
  protocolFailure,
  withRequestId,
} from "./failures.ts";
import { guardFetch, readBounded } from "./guarded-fetch.ts";
import { readSse, type SseEvent, StreamFormatError } from "./sse.ts";

/** What a wire makes of its events. Both functions may return any number of events; `done` or `failed` ends the stream. */
export interface ReplyReader {
  read(event: SseEvent): readonly ModelEvent[];
  /** The body ended, or broke with `failure`, without `done` or `failed` before. */
  end(failure: Failure | null): ModelEvent;
}

export type Post = (fetch: typeof globalThis.fetch, signal: AbortSignal) => Promise<Response>;

export async function* streamReply(
  post: Post,
  reader: ReplyReader,
  at: FailureContext,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void, void> {
  // Ends the request with us, whatever the reason: also when the consumer stops listening.
  const own = new AbortController();
  const abort = (): void => own.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const opened = await open(post, at, fetch, own.signal);
    if (opened.type === "failed") {
      yield opened;
      return;
    }
    for await (const event of readReply(opened.body, reader, at, own.signal)) {
      yield event.type === "failed" ? { type: "failed", failure: withRequestId(event.failure, opened.headers) } : event;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    own.abort();
  }
}

type Opened =
  | { readonly type: "open"; readonly body: ReadableStream<Uint8Array>; readonly headers: Headers }
  | { readonly type: "failed"; readonly failure: Failure };

async function open(post: Post, at: FailureContext, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<Opened> {
  const guarded = guardFetch(fetch);
  const failed = (failure: Failure): Opened => ({ type: "failed", failure });
  if (signal.aborted) return failed(interruptedFailure());
  try {
    const response = await untilAborted(post(guarded.fetch, signal), signal);
    if (response === null) return failed(interruptedFailure());
    return await checkResponse(response, at);
  } catch (error) {
    if (signal.aborted) return failed(interruptedFailure());
    const ending = guarded.ending();
    if (ending?.type === "refused") return failed(failureOfRefusal(ending.refusal, at, Date.now()));
    return failed(failureOfError(ending?.type === "broken" ? ending.error : error, at));
  }
}

/** A 200 that is no stream: an error as plain JSON, or a web page where the API was expected. */
async function checkResponse(response: Response, at: FailureContext): Promise<Opened> {
  const { headers } = response;
  const failed = (failure: Failure): Opened => ({ type: "failed", failure: withRequestId(failure, headers) });
  const type = (headers.get("content-type") ?? "").toLowerCase();
  if (type.includes("application/json") || type.includes("text/html")) {
    const body = await readBounded(response);
    const parsed = parseJson(body);
    const hasError = typeof parsed === "object" && parsed !== null && "error" in parsed && parsed.error !== null;
    if (hasError) return failed(failureOfPayload(parsed, at));
    const what = type.includes("html") ? "a web page" : "plain JSON";
    return failed({ ...protocolFailure(`it answered with ${what} instead of a stream; base_url may be wrong`, at), isRetryable: false });
  }
  if (response.body === null) return failed(protocolFailure("it answered without a body", at));
  return { type: "open", body: response.body, headers };
}

async function* readReply(
  body: ReadableStream<Uint8Array>,
  reader: ReplyReader,
  at: FailureContext,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void, void> {
  const events = readSse(body, signal);
  const held = createHold();
  let broken: Failure | null = null;
  try {
    for (;;) {
      const next = await events.next();
      if (next.done === true || signal.aborted) break;
      const all = readSafely(reader, next.value, at);
      held.take(next.value, all);
      for (const made of all) {
        if (made.type === "done") await drain(events);
        yield made;
        if (made.type === "done" || made.type === "failed") return;
      }
    }
  } catch (error) {
    broken = error instanceof StreamFormatError ? protocolFailure(error.message, at) : failureOfError(error, at);
  } finally {
    // Also when the consumer stops listening.
    void events.return().catch(() => undefined);
  }
  yield signal.aborted ? { type: "failed", failure: interruptedFailure() } : reader.end(broken);
}

/** No model's output comes near it (the longest of the catalog is some megabytes); a stream that goes on is broken or hostile. */
const MAX_REPLY_CHARS = 64 * 1024 * 1024;

/** Bounds what a reply makes us keep: what it shows by its length, what it does not (signatures, whole items) by that of its event. */
function createHold(): { take(event: SseEvent, made: readonly ModelEvent[]): void } {
  let chars = 0;
  return {
    take: (event, made) => {
      const isShown = made.every((m) => m.type === "text" || m.type === "thought" || m.type === "call");
      chars += isShown ? made.reduce((sum, m) => sum + ("delta" in m ? m.delta.length + 16 : 0), 0) : event.data.length;
      if (chars > MAX_REPLY_CHARS) throw new StreamFormatError("its reply is longer than 64 MB");
    },
  };
}

const DRAIN_MS = 50;

/** Reads what still stands behind the last event, mostly nothing but the end: a body left unread costs the connection, and the next request a new one. */
async function drain(events: AsyncGenerator<SseEvent>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<{ readonly done: true }>();
  const timer = setTimeout(() => resolve({ done: true }), DRAIN_MS);
  try {
    for (let next: { readonly done?: boolean } = {}; next.done !== true; ) next = await Promise.race([events.next(), late]);
  } catch {
    // The reply is whole; how its connection ends is of no account.
  } finally {
    clearTimeout(timer);
  }
}

/** A chunk that is not what its format promises ends the stream; a bug of ours does so too, rather than throwing into the turn. */
function readSafely(reader: ReplyReader, event: SseEvent, at: FailureContext): readonly ModelEvent[] {
  try {
    return reader.read(event);
  } catch (error) {
    const what = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    return [{ type: "failed", failure: protocolFailure(`it sent an event that cannot be read (${cleanText(what, 200)})`, at) }];
  }
}

/** Parses an event's data; throws `StreamFormatError` on what is not JSON. */
export function parseEvent(event: SseEvent): unknown {
  const parsed = parseJson(event.data);
  if (parsed === undefined) throw new StreamFormatError("its data is not JSON");
  return parsed;
}

/** Null where `signal` aborts first; a response that comes late is thrown away. */
async function untilAborted(pending: Promise<Response>, signal: AbortSignal): Promise<Response | null> {
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  const onAbort = (): void => resolve(null);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const first = await Promise.race([pending, aborted]);
    if (first === null) pending.then((late) => late.body?.cancel()).catch(() => undefined);
    return first;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
