// Turns whatever can go wrong between us and a provider into a `Failure`: what happened, whose fault, what to do.

import { parseJson } from "../domain/parse-json.ts";
import { type Failure, type FailureKind, failureKindSchema } from "../domain/stream.ts";
import type { Refusal } from "./guarded-fetch.ts";

/** What a failure's message may name. */
export interface FailureContext {
  readonly baseUrl: string;
  readonly model: string;
}

const MAX_PROVIDER_CHARS = 500;
const MAX_RETRY_AFTER_MS = 600_000;

/** Retried unless the provider says otherwise: it may well work the next time. */
const RETRYABLE: ReadonlySet<FailureKind> = new Set(["rate", "overloaded", "server", "network", "protocol", "idle"]);

/** An HTTP answer that was not 2xx. `now` is in milliseconds since 1970, for dates in `retry-after`. */
export function failureOfRefusal(refusal: Refusal, at: FailureContext, now: number): Failure {
  const { status, headers } = refusal;
  if (status >= 300 && status < 400) return redirectFailure(status, headers.get("location"), at);
  const said = readPayload(parseJson(refusal.body) ?? refusal.body);
  const kind = kindOf(status, said);
  const wish = headers.get("x-should-retry");
  const isPermanent = kind === "auth" || kind === "quota" || kind === "context" || kind === "policy" || kind === "missing";
  const isRetryable = isPermanent ? false : wish === "true" || (wish !== "false" && isRetryableStatus(status, kind));
  const retryAfterMs = readRetryAfter(headers, status, now);
  const requestId = readRequestId(headers);
  return {
    kind,
    message: messageOf(kind, status, said, at, requestId),
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(requestId === undefined ? {} : { requestId }),
    isRetryable,
  };
}

/** An error that came as an event inside a 200 stream: OpenRouter's error chunk, Anthropic's `error`, a failed response. */
export function failureOfPayload(payload: unknown, at: FailureContext): Failure {
  const said = readPayload(payload);
  const kind = kindOf(said.status, said);
  const requestId = cleanId(asRecord(payload).request_id);
  return {
    kind,
    message: messageOf(kind, said.status, said, at, requestId),
    ...(said.status === undefined ? {} : { status: said.status }),
    ...(requestId === undefined ? {} : { requestId }),
    isRetryable: RETRYABLE.has(kind),
  };
}

/** For a failure that came after the headers: the id under which the provider knows the request stood in them. */
export function withRequestId(failure: Failure, headers: Headers): Failure {
  const requestId = failure.requestId ?? readRequestId(headers);
  if (requestId === undefined || failure.requestId !== undefined || failure.kind === "interrupted") return failure;
  return { ...failure, message: `${failure.message} [request ${requestId}]`, requestId };
}

/** Something was thrown: by the door, the network, or the body while it was read. */
export function failureOfError(error: unknown, at: FailureContext): Failure {
  const door = findInChain(error, (e) => e.name === "DoorError");
  if (door !== undefined) return doorFailure(door, at);
  if (findInChain(error, (e) => /redirect/i.test(e.message)) !== undefined) return redirectFailure(undefined, null, at);
  const coded = findInChain(error, (e) => typeof e.code === "string" && /^[A-Z][A-Z0-9_]+$/.test(e.code));
  const code = coded?.code === undefined ? "" : String(coded.code);
  const tail = cleanText(deepest(error));
  return { kind: "network", message: networkMessage(code, tail, at), isRetryable: !code.startsWith("CERT_") && !code.includes("CERT") };
}

/** The stream itself broke its format's rules, or ended too soon. */
export function protocolFailure(what: string, at: FailureContext): Failure {
  return {
    kind: "protocol",
    message: `${originOf(at)}: ${what}; the reply is incomplete and nothing in it was run; send again, or choose another profile`,
    isRetryable: true,
  };
}

/** The user, or whoever owns the turn, stopped it. */
export function interruptedFailure(): Failure {
  return { kind: "interrupted", message: "interrupted before the reply was complete", isRetryable: false };
}

function originOf(at: FailureContext): string {
  try {
    return new URL(at.baseUrl).origin;
  } catch {
    return cleanText(at.baseUrl) || "the provider";
  }
}

// What the provider said ------------------------------------------------------------------------------------------------

interface Said {
  readonly text: string;
  readonly code: string;
  readonly type: string;
  readonly status: number | undefined;
}

/** Finds text, code and type in the shapes providers use: {error:{…}}, {error:"…"}, {message}, {detail}, [{error}], plain text. */
function readPayload(payload: unknown): Said {
  if (typeof payload === "string") {
    const parsed = parseJson(payload);
    if (parsed !== undefined && typeof parsed === "object") return readPayload(parsed);
    return { text: cleanText(stripMarkup(payload)), code: "", type: "", status: undefined };
  }
  const outer = asRecord(Array.isArray(payload) ? payload[0] : payload);
  const inner = asRecord(outer.error);
  const from = Object.keys(inner).length > 0 ? inner : outer;
  const metadata = asRecord(from.metadata);
  const texts = [from.message, outer.error, outer.message, outer.detail, metadata.raw].filter((t) => typeof t === "string" && t !== "");
  const text =
    typeof texts[0] === "string" ? texts[0] : Object.keys(outer).length > 0 ? (JSON.stringify(outer.detail ?? payload) ?? "") : "";
  const more = typeof metadata.raw === "string" && metadata.raw !== text ? ` (${metadata.raw})` : "";
  const number = [from.code, from.status, outer.status].map(Number).find((n) => Number.isInteger(n) && n >= 400 && n <= 599);
  return {
    text: cleanText(text + more),
    code: typeof from.code === "string" ? from.code : "",
    type: typeof from.type === "string" && from.type !== "error" ? from.type : "",
    status: number,
  };
}

const QUOTA =
  /insufficient_quota|billing_(hard_limit|not_active|error)|credit balance|insufficient (credits|balance|funds)|exceeded_current_quota|out of credits|payment required/i;
const CONTEXT =
  /context_length_exceeded|context length|context window|prompt is too long|maximum context|input is too long|too many (input )?tokens|exceeds? the (model'?s )?(maximum )?(context|token limit)|request_too_large/i;
const POLICY = /content_policy|content_filter|moderation|cyber_policy|invalid_prompt|flagged|safety system|usage polic/i;
const AUTH = /authentication_error|permission_error|invalid_api_key|incorrect api key|unauthorized/i;
const RATE = /rate_limit|rate limit|too many requests/i;
const OVERLOADED = /overloaded|slow_down|over capacity|at capacity|no instances available/i;
const MISSING = /model_not_found|not_found_error|no such model|does not exist|no endpoints found/i;

function kindOf(status: number | undefined, said: Said): FailureKind {
  const words = `${said.code} ${said.type} ${said.text}`;
  if (status === 401) return "auth";
  if (status === 402) return "quota";
  if (status === 403) return POLICY.test(words) ? "policy" : QUOTA.test(words) ? "quota" : "auth";
  if (status === 404) return "missing";
  if (status === 413) return "context";
  if (status === 429) return QUOTA.test(words) ? "quota" : OVERLOADED.test(`${said.code} ${said.type}`) ? "overloaded" : "rate";
  if (status === 503 || status === 529) return "overloaded";
  if (QUOTA.test(words)) return "quota";
  if (CONTEXT.test(words) && !RATE.test(`${said.code} ${said.type}`)) return "context";
  if (status !== undefined && status >= 500) return OVERLOADED.test(words) ? "overloaded" : "server";
  if (status === 408) return "network";
  if (status === 425 || status === 409) return "server";
  if (POLICY.test(words)) return "policy";
  if (status === undefined) {
    if (AUTH.test(words)) return "auth";
    if (RATE.test(words)) return "rate";
    if (OVERLOADED.test(words)) return "overloaded";
    if (MISSING.test(words)) return "missing";
    if (/invalid_request|bad_request/i.test(words)) return "request";
    return "server";
  }
  return MISSING.test(words) ? "missing" : "request";
}

function isRetryableStatus(status: number, kind: FailureKind): boolean {
  return RETRYABLE.has(kind) || status === 408 || status === 409 || status === 425;
}

function messageOf(kind: FailureKind, status: number | undefined, said: Said, at: FailureContext, requestId: string | undefined): string {
  const origin = originOf(at);
  const number = status === undefined ? "" : ` (${status})`;
  const what = sentenceOf(kind, origin, number, at.model);
  const quote = said.text === "" ? "" : `; it said: ${said.text}`;
  const id = requestId === undefined ? "" : ` [request ${requestId}]`;
  return `${what[0]}${quote}; ${what[1]}${id}`;
}

/** What happened and whose fault, then what to do. */
function sentenceOf(kind: FailureKind, origin: string, number: string, model: string): readonly [string, string] {
  switch (kind) {
    case "auth":
      return [`${origin} refused the key${number}`, "check this profile's credential (interpane vault) and what it may be used for"];
    case "quota":
      return [`the account at ${origin} has no credit or quota left${number}`, "top it up there, or switch this agent to another profile"];
    case "rate":
      return [`${origin} limits how fast this key may ask${number}`, "wait a little, or switch this agent to another profile"];
    case "overloaded":
      return [`${origin} is overloaded${number}`, "the fault is on its side; wait a little, or switch this agent to another profile"];
    case "context":
      return [
        `the conversation is too long for ${model}${number}`,
        "compact it, start a new one, or switch to a model with a larger context",
      ];
    case "policy":
      return [`${origin} refused the content by its policy${number}`, "say it differently, or switch this agent to another profile"];
    case "missing":
      return [
        `${origin} does not know the model ${model} or this path${number}`,
        "check the profile's model, base_url and wire_api (many servers speak chat only)",
      ];
    case "request":
      return [`${origin} did not accept the request${number}`, "check the profile's settings (model, effort, max_tokens, wire_api)"];
    case "network":
      return [`${origin} gave up waiting for the request${number}`, "check the connection, then send again"];
    case "server":
    case "protocol":
    case "idle":
    case "offline":
    case "interrupted":
    case "budget":
    case "locked":
      return [`${origin} failed${number}`, "the fault is on its side; send again, or switch this agent to another profile"];
    default:
      return kind satisfies never;
  }
}

// Network and door ------------------------------------------------------------------------------------------------------

function networkMessage(code: string, tail: string, at: FailureContext): string {
  const origin = originOf(at);
  switch (code) {
    case "ECONNREFUSED":
      return `nothing answers at ${origin}; is it running? start it, or correct base_url`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name in ${origin} could not be looked up (${code}); check base_url and your connection`;
    case "ECONNRESET":
    case "EPIPE":
    case "UND_ERR_SOCKET":
      return `the connection to ${origin} was cut (${code}); the reply is incomplete and nothing in it was run; send again`;
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return `${origin} did not answer in time (${code}); check the connection, then send again`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `${origin} cannot be reached from here (${code}); check the network`;
    default:
      if (code.includes("CERT") || code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL")) {
        return `${origin} could not prove who it is (${code}); its certificate is wrong or something stands between; nothing was sent`;
      }
      return `the connection to ${origin} failed${code === "" ? "" : ` (${code})`}${tail === "" ? "" : `: ${tail}`}; check the connection, then send again`;
  }
}

/** The door's errors carry a whole message of their own, and a `kind` where they know one. */
function doorFailure(error: ErrorLike, at: FailureContext): Failure {
  const message = cleanText(error.message, 2000) || `a request to ${originOf(at)} was not let out`;
  const kind = failureKindSchema.safeParse(error.kind).data ?? "request";
  const isRetryable = typeof error.isRetryable === "boolean" ? error.isRetryable : kind === "idle" || kind === "network";
  return { kind, message, isRetryable };
}

function redirectFailure(status: number | undefined, location: string | null, at: FailureContext): Failure {
  const to = location === null ? "" : ` to ${cleanText(location, 200)}`;
  return {
    kind: "request",
    message:
      `${originOf(at)} answered with a redirect${status === undefined ? "" : ` (${status})`}${to}; redirects are refused, ` +
      "since the prompt and the key would go somewhere else; correct base_url",
    ...(status === undefined ? {} : { status }),
    isRetryable: false,
  };
}

// Waiting ---------------------------------------------------------------------------------------------------------------

/** Checked: 0 … 600,000 ms; longer wishes are cut to that; nonsense (negative, not a number, a year ahead, a past date) is absent. */
export function readRetryAfter(headers: Headers, status: number, now: number): number | undefined {
  const ms = number(headers.get("retry-after-ms"));
  if (ms !== undefined) return clampWait(ms);
  const after = headers.get("retry-after");
  if (after !== null) {
    const seconds = number(after);
    if (seconds !== undefined) return clampWait(seconds * 1000);
    const date = /[a-z]/i.test(after) ? Date.parse(after) : Number.NaN;
    return Number.isNaN(date) ? undefined : clampWait(date - now);
  }
  if (status !== 429) return undefined;
  const waits = [
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "anthropic-ratelimit-requests-reset",
    "anthropic-ratelimit-tokens-reset",
  ]
    .map((name) => readDuration(headers.get(name), now))
    .filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : clampWait(Math.min(...waits));
}

const DAY_MS = 86_400_000;

function clampWait(ms: number): number | undefined {
  if (!Number.isFinite(ms) || ms < 0 || ms > DAY_MS) return undefined;
  return Math.min(Math.round(ms), MAX_RETRY_AFTER_MS);
}

function number(text: string | null): number | undefined {
  return text !== null && /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

/** OpenAI writes "6m0s" or "120ms", Anthropic a date (RFC 3339): the pages of both on rate limits. */
function readDuration(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) {
    const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)].reduce((sum, [, n, unit]) => sum + Number(n) * (units[unit ?? ""] ?? 0), 0);
  }
  const seconds = number(text);
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) || date < now ? undefined : date - now;
}

// Small readers ---------------------------------------------------------------------------------------------------------

/** OpenAI and most others, Anthropic, Amazon, Azure; last the number that Cloudflare gives. */
const ID_HEADERS = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "cf-ray"];

function readRequestId(headers: Headers): string | undefined {
  return ID_HEADERS.map((name) => cleanId(headers.get(name))).find((id) => id !== undefined);
}

const cleanId = (id: unknown): string | undefined => (typeof id === "string" ? cleanText(id, 100) || undefined : undefined);

interface ErrorLike {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly kind?: unknown;
  readonly isRetryable?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** Walks `cause` and the parts of an AggregateError (both addresses of localhost refused). */
function chain(error: unknown, depth = 0): ErrorLike[] {
  if (!(error instanceof Error) || depth > 8) return [];
  const like: ErrorLike = error;
  const parts = Array.isArray(like.errors) ? like.errors.flatMap((part) => chain(part, depth + 1)) : [];
  return [like, ...chain(like.cause, depth + 1), ...parts];
}

function findInChain(error: unknown, matches: (e: ErrorLike) => boolean): ErrorLike | undefined {
  return chain(error).find(matches);
}

function deepest(error: unknown): string {
  const all = chain(error)
    .map((e) => e.message)
    .filter((message) => message !== "");
  return all.at(-1) ?? (error instanceof Error ? "" : String(error));
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A provider's error page is not worth showing as markup. */
function stripMarkup(text: string): string {
  if (!/^\s*</.test(text)) return text;
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  return title ?? text.replace(/<(script|style)[\s\S]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ");
}

/** One line, no control, bidi or other invisible characters, bounded. */
export function cleanText(text: string, maxChars = MAX_PROVIDER_CHARS): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...line];
  return characters.length <= maxChars ? line : `${characters.slice(0, maxChars - 1).join("")}…`;
}
