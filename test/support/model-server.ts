// A model provider for tests on 127.0.0.1: speaks the three APIs by script, with faults, and records what it was asked.
// Also a program: node test/support/model-server.ts --port 0 --tokens-per-second 100 [--words 500]

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTick, setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { refuse } from "./model-checks.ts";
import { type ApiName, errorFrame, framesOf, type ScriptedReply, type Step } from "./model-frames.ts";

export type { ApiName, ScriptedReply, ScriptedUsage, Step } from "./model-frames.ts";

/** `after` counts written events; left out: at the first moment. */
export type Fault =
  | {
      readonly type: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | object;
    }
  | { readonly type: "redirect"; readonly location: string; readonly status?: 301 | 302 | 307 | 308 }
  /** The connection is destroyed. */
  | { readonly type: "cut"; readonly after?: number }
  /** The body ends cleanly, too soon. */
  | { readonly type: "end"; readonly after?: number }
  /** Nothing more is written until the client leaves. */
  | { readonly type: "stall"; readonly after?: number }
  /** An event whose data is not JSON; the rest follows. */
  | { readonly type: "malformed"; readonly after?: number }
  /** An error as the API sends it inside a stream. */
  | { readonly type: "error"; readonly after?: number; readonly message?: string; readonly code?: string }
  /** Keep-alive comments only, then nothing until the client leaves. */
  | { readonly type: "comments"; readonly count: number }
  /** The body ends cleanly in the middle of the first call's arguments. */
  | { readonly type: "halfCall" }
  /** Everything is written in pieces of so many bytes. */
  | { readonly type: "drip"; readonly bytes: number };

export interface Reply extends ScriptedReply {
  readonly fault?: Fault;
  readonly tokensPerSecond?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RecordedRequest {
  readonly api: ApiName | null;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, or the text where it is none. */
  readonly body: unknown;
  /** Settles when the response is over, however it ended. */
  readonly closed: Promise<void>;
}

/** One reply for all; a list, whose last is repeated; or a function of the request and its number from 0. */
export type Script = Reply | readonly Reply[] | ((request: RecordedRequest, n: number) => Reply | Promise<Reply>);

export interface ModelServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What a profile says: with `/v1`, which all three wires take. */
  readonly baseUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** Resolves with the nth request, from 0, once it has come. */
  request(n: number): Promise<RecordedRequest>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServerOptions {
  readonly port?: number;
  /** Answer 400 to what the real API would refuse; on unless said otherwise. */
  readonly isStrict?: boolean;
  /** Answered to `GET /v1/models`. */
  readonly models?: readonly string[];
}

export const say = (text: string): Reply => ({ steps: [{ type: "text", text }] });
export const call = (name: string, args: string | object, id?: string): Reply => ({
  steps: [{ type: "call", name, arguments: args, ...(id === undefined ? {} : { id }) }],
});
export const fail = (fault: Fault): Reply => ({ steps: [{ type: "text", text: "one two three four" }], fault });

export async function startModelServer(script: Script, options: ServerOptions = {}): Promise<ModelServer> {
  const requests: RecordedRequest[] = [];
  const waiting: { n: number; resolve: (request: RecordedRequest) => void }[] = [];

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
      response.end(String(error));
    });
  });

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await record(incoming, response);
    const n = requests.push(request) - 1;
    for (const waiter of waiting.filter((w) => w.n === n)) waiter.resolve(request);
    if (request.api === null) return answerOther(request, response, options);
    const problem = options.isStrict === false ? null : refuse(request.api, request.body);
    if (problem !== null) return sendJson(response, 400, { error: { type: "invalid_request_error", message: problem } });
    const asked = requests.filter((r) => r.api !== null).indexOf(request);
    await stream(await pick(script, request, asked), request.api, modelOf(request.body), response);
  };

  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // Never a pipe: a port was asked for.
  const url = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    url,
    baseUrl: `${url}/v1`,
    requests,
    request: (n) => {
      const known = requests[n];
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve) => waiting.push({ n, resolve }));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function pick(script: Script, request: RecordedRequest, n: number): Promise<Reply> {
  if (typeof script === "function") return script(request, n);
  if (!isList(script)) return script;
  const reply = script[Math.min(n, script.length - 1)];
  if (reply === undefined) throw new Error("the script is empty");
  return reply;
}

const isList = (script: Reply | readonly Reply[]): script is readonly Reply[] => Array.isArray(script);

async function record(incoming: IncomingMessage, response: ServerResponse): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  const url = incoming.url ?? "/";
  const closed = Promise.withResolvers<void>();
  response.once("close", () => closed.resolve());
  return { api: apiOf(url), method: incoming.method ?? "GET", url, headers: incoming.headers, body: parseOr(text), closed: closed.promise };
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function apiOf(url: string): ApiName | null {
  const path = url.split("?")[0] ?? "";
  if (path.endsWith("/responses")) return "responses";
  if (path.endsWith("/chat/completions")) return "chat";
  return path.endsWith("/messages") ? "messages" : null;
}

function modelOf(body: unknown): string {
  return typeof body === "object" && body !== null && "model" in body && typeof body.model === "string" ? body.model : "unnamed";
}

function answerOther(request: RecordedRequest, response: ServerResponse, options: ServerOptions): void {
  if (/\/models(\?|$)/.test(request.url)) {
    sendJson(response, 200, { object: "list", data: (options.models ?? ["test-model"]).map((id) => ({ id, object: "model" })) });
  } else {
    sendJson(response, 404, { error: { message: `no such path: ${request.url}` } });
  }
}

function sendJson(response: ServerResponse, status: number, body: string | object, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, {
    "content-type": typeof body === "string" ? "text/plain" : "application/json",
    "x-request-id": "req_test",
    ...headers,
  });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

async function stream(reply: Reply, api: ApiName, model: string, response: ServerResponse): Promise<void> {
  const { fault } = reply;
  if (fault?.type === "status")
    return sendJson(response, fault.status, fault.body ?? { error: { message: `status ${fault.status}` } }, fault.headers);
  if (fault?.type === "redirect") return sendJson(response, fault.status ?? 307, "", { location: fault.location });
  const over = Promise.withResolvers<void>();
  response.once("close", () => over.resolve());
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-request-id": "req_test",
    ...reply.headers,
  });
  response.flushHeaders();
  const write = (text: string): Promise<void> => writeText(response, text, fault?.type === "drip" ? fault.bytes : null, over.promise);
  if (fault?.type === "comments") {
    for (let i = 0; i < fault.count; i++) await write(": keep-alive\n\n");
    return over.promise;
  }
  const startedAt = performance.now();
  let written = 0;
  let deltas = 0;
  for (const frame of framesOf(api, reply, model)) {
    if (response.destroyed) return;
    if (fault !== undefined && placeOf(fault) === written && (await breakStream(fault, api, response, over.promise))) return;
    if (frame.type === "wait") {
      await Promise.race([frame.until, over.promise]);
      continue;
    }
    if (frame.isDelta && reply.tokensPerSecond !== undefined) {
      deltas += 1;
      const dueMs = startedAt + (deltas * 1000) / reply.tokensPerSecond - performance.now();
      if (dueMs > 0) await Promise.race([sleep(dueMs), over.promise]);
    }
    await write(frame.text);
    written += 1;
    if (fault?.type === "halfCall" && frame.halfCall === true) break;
  }
  response.end();
}

function placeOf(fault: Fault): number | null {
  switch (fault.type) {
    case "cut":
    case "end":
    case "stall":
    case "malformed":
    case "error":
      return fault.after ?? 0;
    default:
      return null;
  }
}

/** True where the stream is over with it. */
async function breakStream(fault: Fault, api: ApiName, response: ServerResponse, over: Promise<void>): Promise<boolean> {
  switch (fault.type) {
    case "cut":
      // What was written before should arrive before.
      await nextTick();
      response.destroy();
      return true;
    case "end":
      response.end();
      return true;
    case "stall":
      await over;
      return true;
    case "malformed":
      response.write('event: broken\ndata: {"type": "response.output_text.delta", "del\n\n');
      return false;
    case "error":
      response.end(errorFrame(api, fault.message ?? "upstream failed", fault.code ?? "server_error"));
      return true;
    default:
      return false;
  }
}

async function writeText(response: ServerResponse, text: string, bytes: number | null, over: Promise<void>): Promise<void> {
  if (bytes === null) {
    if (!response.write(text) && !response.destroyed) await Promise.race([once(response, "drain"), over]);
    return;
  }
  const all = Buffer.from(text);
  for (let at = 0; at < all.length && !response.destroyed; at += bytes) {
    response.write(all.subarray(at, at + bytes));
    await nextTick();
  }
}

// The program -----------------------------------------------------------------------------------------------------------

const WORDS = "the quick brown fox reads a file, runs the tests and writes down what it found in the old garden behind the house".split(
  " ",
);

/** So many words, in paragraphs. */
export function* wordSteps(count: number): Generator<Step> {
  for (let n = 1; n <= count; n++) yield { type: "text", text: `${WORDS[n % WORDS.length] ?? "word"}${n % 60 === 0 ? ".\n\n" : " "}` };
}

/** For benches: one long text of words, not one text a word. */
function longText(count: number): string {
  return [...wordSteps(count)].map((step) => (step.type === "text" ? step.text : "")).join("");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      "tokens-per-second": { type: "string", default: "100" },
      words: { type: "string", default: "200000" },
    },
  });
  const text = longText(Number(values.words));
  const server = await startModelServer(
    { ...say(text), tokensPerSecond: Number(values["tokens-per-second"]) },
    { port: Number(values.port), isStrict: false },
  );
  process.stdout.write(`${server.baseUrl}\n`);
}
