// Server-sent events out of a response body: comments dropped, `[DONE]` kept, sizes bounded. Both SDKs' own decoders hide one of these.

export interface SseEvent {
  /** The event's name, empty where the server gave none. */
  readonly event: string;
  readonly data: string;
}

/** The stream broke the rules of its own format; the message says how. */
export class StreamFormatError extends Error {
  override readonly name = "StreamFormatError";
}

/** No real event comes near it; a server that sends more is broken or hostile. */
const MAX_EVENT_CHARS = 64 * 1024 * 1024;

/**
 * Yields every event that carries data. An event cut off by the end of the body is yielded as far as it came, so that
 * whoever parses its data sees that it is broken. Rejects with what the body rejects with, or `StreamFormatError`.
 * Stops early, without an error, when `signal` aborts; releases the body in every case.
 */
export async function* readSse(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<SseEvent, void, void> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  const decoder = new TextDecoder();
  const lines = createLines();
  const events = createEvents();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      for (const line of done ? lines.end(decoder.decode()) : lines.push(decoder.decode(value, { stream: true }))) {
        const event = events.take(line);
        if (event !== null) yield event;
      }
      if (done) break;
    }
    const last = signal.aborted ? null : events.take("");
    if (last !== null) yield last;
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

/** Splits text into lines at LF, CR and CRLF, also where a pair is cut between two pieces. */
function createLines(): { push(text: string): string[]; end(text: string): string[] } {
  let pieces: string[] = [];
  let chars = 0;
  let isAfterCr = false;

  const push = (given: string): string[] => {
    const text = isAfterCr && given.startsWith("\n") ? given.slice(1) : given;
    if (given !== "") isAfterCr = given.endsWith("\r");
    const found = text.split(/\r\n|\n|\r/);
    const rest = found.pop() ?? "";
    if (found.length > 0 && pieces.length > 0) {
      found[0] = pieces.join("") + (found[0] ?? "");
      pieces = [];
      chars = 0;
    }
    if (rest !== "") {
      pieces.push(rest);
      chars += rest.length;
      if (chars > MAX_EVENT_CHARS) throw new StreamFormatError("one line of the stream is longer than 64 MB");
    }
    return found;
  };

  return {
    push,
    end: (text) => {
      const found = push(text);
      if (pieces.length > 0) found.push(pieces.join(""));
      pieces = [];
      return found;
    },
  };
}

function createEvents(): { take(line: string): SseEvent | null } {
  let event = "";
  let data: string[] = [];
  let chars = 0;

  return {
    take: (line) => {
      if (line === "") {
        const whole = data.length === 0 ? null : { event, data: data.join("\n") };
        event = "";
        data = [];
        chars = 0;
        return whole;
      }
      const colon = line.indexOf(":");
      if (colon === 0) return null;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
      if (field === "event") event = value;
      if (field === "data") {
        data.push(value);
        chars += value.length;
        if (chars > MAX_EVENT_CHARS) throw new StreamFormatError("one event of the stream is longer than 64 MB");
      }
      return null;
    },
  };
}
