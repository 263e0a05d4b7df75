// One HTTP request over node:http as a `Response`. Used by the door alone.
//
// Not the global fetch: that obeys NODE_USE_ENV_PROXY, resolves names by itself, and has limits of its own (300 s for headers
// and between chunks) that cannot be set without a second library.

import type * as Http from "node:http";
import type * as Https from "node:https";
import type { LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import { codeOf, DoorError, networkError } from "./door-error.ts";

export interface Sending {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  readonly signal: AbortSignal | null;
  /** Addresses or names to connect to, in order; the next is tried when nothing listens. */
  readonly hosts: readonly string[];
  readonly lookup: LookupFunction | null;
  readonly connectMs: number;
  readonly headersMs: number;
}

// Not imported: that reads every property of a module, and one of node:http's loads undici, 27 ms of the server's start that
// nobody uses (measured with Node 24.21). Loaded at the first request.
const http = (): typeof Http => process.getBuiltinModule("node:http");
const https = (): typeof Https => process.getBuiltinModule("node:https");

export interface Agents {
  readonly http: Http.Agent;
  readonly https: Https.Agent;
}

export function openAgents(): Agents {
  // No `proxyEnv`: agents of our own ignore the environment's proxies.
  return { http: new (http().Agent)({ keepAlive: true }), https: new (https().Agent)({ keepAlive: true }) };
}

/** Resolves at the answer's headers. Rejects with `DoorError`, or with the signal's reason when it aborts. */
export async function sendRequest(sending: Sending, agents: Agents): Promise<Response> {
  const { origin } = sending.url;
  sending.signal?.throwIfAborted();
  let hasRetried = false;
  for (let index = 0; ; ) {
    const host = sending.hosts[index];
    if (host === undefined) throw new DoorError("network", `${origin} names no host`);
    const outcome = await attempt(sending, agents, host);
    if (outcome.type === "answer") return await toResponse(outcome.message, sending);
    if (codeOf(outcome.error) === "ECONNREFUSED" && index + 1 < sending.hosts.length) {
      index += 1;
      continue;
    }
    // A kept connection that the server had closed meanwhile: nothing was read, so once more on a new one.
    if (outcome.isStaleSocket && !hasRetried) {
      hasRetried = true;
      continue;
    }
    sending.signal?.throwIfAborted();
    throw networkError(origin, outcome.error);
  }
}

type Attempt =
  | { readonly type: "answer"; readonly message: Http.IncomingMessage }
  | { readonly type: "failed"; readonly error: unknown; readonly isStaleSocket: boolean };

function attempt(sending: Sending, agents: Agents, host: string): Promise<Attempt> {
  const { url, signal } = sending;
  const isTls = url.protocol === "https:";
  return new Promise((resolve) => {
    const request = (isTls ? https() : http()).request({
      agent: isTls ? agents.https : agents.http,
      host,
      port: url.port === "" ? (isTls ? 443 : 80) : Number(url.port),
      path: url.pathname + url.search,
      method: sending.method,
      headers: { ...sending.headers, host: url.host },
      // RFC 6066 knows names only; an address is checked against the certificate all the same.
      ...(isTls ? { servername: /^\[|^[\d.]+$/.test(url.hostname) ? "" : url.hostname, rejectUnauthorized: true } : {}),
      ...(sending.lookup === null ? {} : { lookup: sending.lookup }),
    });
    const stopTimers = limitTime(request, sending);
    const abort = (): void => void request.destroy(new Error("aborted"));
    const finish = (outcome: Attempt): void => {
      stopTimers();
      signal?.removeEventListener("abort", abort);
      resolve(outcome);
    };
    request.on("response", (message) => finish({ type: "answer", message }));
    request.on("error", (error) => {
      finish({ type: "failed", error, isStaleSocket: request.reusedSocket && codeOf(error) === "ECONNRESET" });
    });
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    if (sending.body === null) request.end();
    else request.end(sending.body);
  });
}

/** Ends a request that gets no connection or no headers in time. Returns what stops the timers. */
function limitTime(request: Http.ClientRequest, { url, connectMs, headersMs }: Sending): () => void {
  const connecting = setTimeout(() => {
    request.destroy(new DoorError("silent", `${url.origin} took no connection within ${seconds(connectMs)}`, true));
  }, connectMs);
  const waiting = setTimeout(() => {
    request.destroy(
      new DoorError("silent", `${url.origin} took the request but did not begin to answer within ${seconds(headersMs)}`, true),
    );
  }, headersMs);
  request.on("socket", (socket) => {
    if (!socket.connecting) clearTimeout(connecting);
    else socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => clearTimeout(connecting));
  });
  return () => {
    clearTimeout(connecting);
    clearTimeout(waiting);
  };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

const bodiless: readonly number[] = [101, 204, 205, 304];

async function toResponse(message: Http.IncomingMessage, { url, signal }: Sending): Promise<Response> {
  const status = message.statusCode ?? 0;
  if (status >= 300 && status < 400) {
    message.destroy();
    throw new DoorError("redirect", `${url.origin} answered with a redirect (${status}), which is never followed; check the base URL`);
  }
  const headers = new Headers();
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index] ?? "";
    if (name.toLowerCase() === "set-cookie") continue;
    headers.append(name, message.rawHeaders[index + 1] ?? "");
  }
  if (status < 200 || status > 599) {
    message.destroy();
    throw new DoorError("network", `${url.origin} answered with the status ${status}, which HTTP does not know`);
  }
  if (bodiless.includes(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  const source = await decoded(message, headers);
  return new Response(bodyStream(source, message, url.origin, signal), {
    status,
    statusText: message.statusMessage ?? "",
    headers,
  });
}

/** We ask for no compression; a server that compresses all the same is understood. */
async function decoded(message: Http.IncomingMessage, headers: Headers): Promise<Readable> {
  const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (coding === "identity" || coding === "") return message;
  const zlib = await import("node:zlib");
  const decoder = coding === "br" ? zlib.createBrotliDecompress() : coding === "gzip" || coding === "deflate" ? zlib.createUnzip() : null;
  if (decoder === null) return message;
  headers.delete("content-encoding");
  headers.delete("content-length");
  message.on("error", (error) => decoder.destroy(error));
  decoder.on("close", () => message.destroy());
  return message.pipe(decoder);
}

function bodyStream(
  source: Readable,
  message: Http.IncomingMessage,
  origin: string,
  signal: AbortSignal | null,
): ReadableStream<Uint8Array> {
  let hasEnded = false;
  const abort = (): void => void source.destroy(new Error("aborted"));
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (error: unknown): void => {
          if (hasEnded) return;
          hasEnded = true;
          signal?.removeEventListener("abort", abort);
          if (error === null) controller.close();
          else controller.error(signal?.aborted ? signal.reason : networkError(origin, error));
        };
        source.on("data", (chunk: Uint8Array) => {
          if (hasEnded) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) source.pause();
        });
        source.on("end", () => end(message.complete ? null : new Error("cut")));
        source.on("error", end);
        source.on("close", () => end(new Error("cut")));
        source.pause();
        if (signal?.aborted) abort();
        else signal?.addEventListener("abort", abort, { once: true });
      },
      pull() {
        source.resume();
      },
      cancel() {
        hasEnded = true;
        signal?.removeEventListener("abort", abort);
        source.destroy();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
  );
}
