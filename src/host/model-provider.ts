// A `[model_providers.<id>]` table of config.toml: its keys, defaults and caps, and what may not stand together.

import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import type { WireName } from "../domain/item.ts";
import { originOf } from "../net/origin.ts";
import { type SettingsFile, settingsProblem, settingsProblems } from "./settings-problem.ts";

/** A program that prints a token, run without a shell. */
export interface AuthCommand {
  /** A bare name is looked up in PATH; a relative path with a separator lies under `cwd`. */
  readonly command: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** After so long the token is asked for again; 0: only after a 401. */
  readonly refreshIntervalMs: number;
  /** Absolute: a relative one is taken from the folder of config.toml. */
  readonly cwd: string;
}

/** Where Amazon's own chain of credentials begins; null: as its environment and files say. */
export interface AwsSettings {
  readonly profile: string | null;
  readonly region: string | null;
}

/** A provider of the user's own, or the settings of `amazon-bedrock`. */
export interface ModelProvider {
  readonly id: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly wire: Exclude<WireName, "demo">;
  /** The environment name that holds its key; null: none is needed, or another field or the vault has it. */
  readonly envKey: string | null;
  /** Said to the user when that name is not set. */
  readonly envKeyInstructions: string | null;
  /** A secret from the file itself: given to the door, never to a profile, a journal or a log. `envKey` comes before it. */
  readonly bearerToken: string | null;
  readonly auth: AuthCommand | null;
  /** Of `amazon-bedrock` alone. */
  readonly aws: AwsSettings | null;
  /** The signed-in OpenAI account is its credential, where no other is named. */
  readonly requiresOpenaiAuth: boolean;
  /** May hold secrets: given to the door, never to a profile, a journal or a log. */
  readonly httpHeaders: Readonly<Record<string, string>>;
  /** Header → environment name; skipped where that is unset or blank, wins over `httpHeaders`. */
  readonly envHttpHeaders: Readonly<Record<string, string>>;
  readonly queryParams: Readonly<Record<string, string>>;
  /** Times that a request is sent again after no answer or a 5xx, beside the first. */
  readonly requestMaxRetries: number;
  /** Times that a request is sent again after its stream broke, beside the first. */
  readonly streamMaxRetries: number;
  readonly streamIdleTimeoutMs: number;
}

// Defaults and caps of Open Interpreter 0.0.39.
const REQUEST_MAX_RETRIES = 4;
const STREAM_MAX_RETRIES = 5;
const RETRIES_CAP = 100;
const STREAM_IDLE_TIMEOUT_MS = 300_000;
const AUTH_TIMEOUT_MS = 5_000;
const AUTH_REFRESH_INTERVAL_MS = 300_000;
const DAY_MS = 86_400_000;

const BEDROCK = "amazon-bedrock";
const BEDROCK_BASE_URL = "https://bedrock-mantle.{region}.api.aws/openai/v1";

const plain = z.string().regex(/^[^\r\n\0]*$/);
// The catalog has a name that begins with a digit.
const variable = z.string().regex(/^[A-Za-z0-9_]+$/);
const headerMap = z.record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/), plain);
const retries = z.int().min(0);

const authCommandSchema = z.strictObject({
  command: z.string().regex(/\S/).describe("the program; it prints the token and nothing else, and is run without a shell"),
  args: z.array(z.string()).optional().describe("its arguments; default: none"),
  timeout_ms: z.int().min(1).max(600_000).optional().describe(`how long it may take; default: ${AUTH_TIMEOUT_MS}`),
  refresh_interval_ms: z
    .int()
    .min(0)
    .max(30 * DAY_MS)
    .optional()
    .describe(`when the token is asked for again; 0: only when it was refused; default: ${AUTH_REFRESH_INTERVAL_MS}`),
  cwd: z.string().regex(/\S/).optional().describe("where it runs; default: the folder of config.toml"),
});

const authCommandAllowed: Readonly<Record<keyof z.infer<typeof authCommandSchema>, string>> = {
  command: "a program's name or path in quotes",
  args: "a list of texts",
  timeout_ms: "a whole number of milliseconds, 1 to 600000",
  refresh_interval_ms: "a whole number of milliseconds, 0 or more",
  cwd: "a folder in quotes",
};

const awsSchema = z.strictObject({
  profile: z.string().regex(/\S/).optional().describe("a profile of your AWS configuration; default: as AWS_PROFILE says"),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
    .optional()
    .describe("the region; default: as AWS_REGION or that profile says"),
});

const awsAllowed: Readonly<Record<keyof z.infer<typeof awsSchema>, string>> = {
  profile: "a profile's name in quotes",
  region: 'a region such as "eu-central-1"',
};

const providerSchema = z.strictObject({
  name: z.string().regex(/\S/).optional().describe("its name on the screen; default: the id"),
  base_url: z
    .string()
    .refine((url) => originOf(url) !== null)
    .optional()
    .describe("the address before `/responses`, `/chat/completions` or `/messages`; default: OpenAI's"),
  env_key: variable
    .optional()
    .describe("the environment variable that holds its key; it must be set then; default: none is needed, or the vault has it"),
  env_key_instructions: z.string().optional().describe("shown where that variable is not set"),
  experimental_bearer_token: plain
    .regex(/\S/)
    .optional()
    .describe("the key itself; said with a warning, because whoever reads this file can use it: prefer `env_key` or the vault"),
  wire_api: z.enum(["responses", "chat", "messages"]).optional().describe("the HTTP API that it speaks; default: `responses`"),
  query_params: z.record(z.string(), z.string()).optional().describe("added to the query of every request"),
  http_headers: headerMap.optional().describe("sent with every request"),
  env_http_headers: z
    .record(z.string(), variable)
    .optional()
    .describe("headers whose values come from environment variables; an unset one is left out"),
  request_max_retries: retries
    .optional()
    .describe(`how often a request is sent again that got no answer or a 5xx, ${RETRIES_CAP} at most; default: ${REQUEST_MAX_RETRIES}`),
  stream_max_retries: retries
    .optional()
    .describe(`how often a request is sent again whose answer broke off, ${RETRIES_CAP} at most; default: ${STREAM_MAX_RETRIES}`),
  stream_idle_timeout_ms: z
    .int()
    .min(1000)
    .max(DAY_MS)
    .optional()
    .describe(`the longest silence of a stream before it counts as broken; default: ${STREAM_IDLE_TIMEOUT_MS}`),
  requires_openai_auth: z.boolean().optional().describe("true: the signed-in OpenAI account is its credential; default: `false`"),
  auth: authCommandSchema.optional().describe("a program that prints its token"),
  aws: awsSchema.optional().describe("of `amazon-bedrock` alone: profile and region"),
});

const providerAllowed: Readonly<Record<keyof z.infer<typeof providerSchema>, string>> = {
  name: "a name in quotes",
  base_url: "an http or https address in quotes",
  env_key: "the name of an environment variable, not the key itself",
  env_key_instructions: "a text in quotes",
  experimental_bearer_token: "a key in quotes",
  wire_api: '"responses", "chat" or "messages"',
  query_params: "a table of texts",
  http_headers: "a table of header names and texts",
  env_http_headers: "a table of header names and environment names",
  request_max_retries: `a whole number, 0 to ${RETRIES_CAP}`,
  stream_max_retries: `a whole number, 0 to ${RETRIES_CAP}`,
  stream_idle_timeout_ms: "a whole number of milliseconds, 1000 or more",
  requires_openai_auth: "true or false",
  auth: "a table with command",
  aws: "a table with profile and region",
};

/** Keys whose value may be a secret and is never shown. */
const hidden: readonly string[] = ["env_key", "http_headers", "query_params", "experimental_bearer_token", "args"];

/** Keys that Open Interpreter knows and we do not use: each says what to do instead. */
const refusedKeys: Readonly<Record<string, string>> = {
  supports_websockets: "websockets are not used; take this key out",
  websocket_connect_timeout_ms: "websockets are not used; take this key out",
  supports_standalone_web_search: "web search is not used; take this key out",
};

const reservedIds: readonly string[] = ["openai", "ollama", "lmstudio", "jan", "demo"];

/** Which credentials exclude each other (the rules of Open Interpreter 0.0.39). */
const conflicts: readonly (readonly [string, readonly string[]])[] = [
  ["auth", ["env_key", "experimental_bearer_token", "requires_openai_auth"]],
  ["aws", ["env_key", "experimental_bearer_token", "auth", "requires_openai_auth", "supports_websockets"]],
];

const bedrockKeys: readonly string[] = ["name", "aws"];

/** Every key that may be written, for the printed manual (`.ci/docs.mjs`): a schema's description says what it means. */
export const modelProviderKeys = {
  provider: { schemas: providerSchema.shape, allowed: providerAllowed },
  auth: { schemas: authCommandSchema.shape, allowed: authCommandAllowed },
  aws: { schemas: awsSchema.shape, allowed: awsAllowed },
  refused: refusedKeys,
  reserved: reservedIds,
};

/** Those tables that are right; for each that is not, lines into `problems`. */
export function readModelProviders(
  tables: Readonly<Record<string, unknown>>,
  from: SettingsFile,
  problems: string[],
): Record<string, ModelProvider> {
  const providers: Record<string, ModelProvider> = {};
  for (const [id, table] of Object.entries(tables)) {
    const provider = readModelProvider(id, table, from, problems);
    if (provider !== null) providers[id] = provider;
  }
  return providers;
}

function readModelProvider(id: string, table: unknown, from: SettingsFile, problems: string[]): ModelProvider | null {
  const path = ["model_providers", id];
  const say = (message: string, at: readonly string[] = path): void => void problems.push(settingsProblem(from, from.lineOf(at), message));
  const refused = idProblem(id);
  if (refused !== null) {
    say(refused);
    return null;
  }
  const given: Record<string, unknown> = typeof table === "object" && table !== null && !Array.isArray(table) ? { ...table } : {};
  const clash = conflictOf(id, given);
  if (clash !== null) {
    say(clash.message, [...path, clash.key]);
    return null;
  }
  for (const key of Object.keys(given).filter((each) => Object.hasOwn(refusedKeys, each))) {
    if (given[key] !== false) say(`${key} in [model_providers.${id}]: ${refusedKeys[key]}`, [...path, key]);
    delete given[key];
  }
  const parsed = providerSchema.safeParse(given);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const inner = issue.path[0] === "auth" ? authCommandAllowed : issue.path[0] === "aws" ? awsAllowed : {};
      // Inside `auth` and `aws` an unknown key is told that table's keys.
      const allowed = issue.code === "unrecognized_keys" && issue.path.length > 0 ? inner : { ...providerAllowed, ...inner };
      problems.push(...settingsProblems([issue], { ...from, allowed, hidden }, path));
    }
    return null;
  }
  for (const key of ["request_max_retries", "stream_max_retries"] as const) {
    const count = parsed.data[key];
    if (count !== undefined && count > RETRIES_CAP) say(`${key} is ${count}; ${RETRIES_CAP} is used, the most there is`, [...path, key]);
  }
  if (parsed.data.experimental_bearer_token !== undefined) {
    const better = `better: take it out and run: interpane vault add ${id}`;
    say(`experimental_bearer_token in [model_providers.${id}] keeps a key in a file that others may read or copy; ${better}`, [
      ...path,
      "experimental_bearer_token",
    ]);
  }
  return toProvider(id, parsed.data, from.file);
}

function idProblem(id: string): string | null {
  if (reservedIds.includes(id))
    return `[model_providers.${id}] is a name of ours; give yours another one, such as [model_providers.my-${id}]`;
  if (id === "ollama-chat") return `"ollama-chat" is no longer a provider; use "ollama", or give yours another id and wire_api = "chat"`;
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id) ? null : "the id of a provider is letters, digits, dots, hyphens and underscores";
}

function conflictOf(id: string, given: Readonly<Record<string, unknown>>): { key: string; message: string } | null {
  const has = (key: string): boolean => Object.hasOwn(given, key) && given[key] !== false;
  const place = `in [model_providers.${id}]`;
  for (const [one, others] of conflicts) {
    const other = has(one) ? others.find(has) : undefined;
    if (other !== undefined) return { key: other, message: `${other} and ${one} ${place} exclude each other; keep one of them` };
  }
  if (id !== BEDROCK) {
    const aws = { key: "aws", message: `aws ${place} is for amazon-bedrock alone; name the table [model_providers.${BEDROCK}.aws]` };
    return has("aws") ? aws : null;
  }
  const foreign = Object.keys(given).find((key) => Object.hasOwn(providerAllowed, key) && !bedrockKeys.includes(key));
  if (foreign === undefined) return null;
  const instead = `only aws.profile and aws.region can be set for it; for another address choose another id`;
  return { key: foreign, message: `${foreign} ${place}: ${instead}` };
}

function toProvider(id: string, table: z.infer<typeof providerSchema>, file: string): ModelProvider {
  const { auth, aws } = table;
  // As in Open Interpreter: without an address it is OpenAI's.
  const baseUrl = table.base_url ?? (id === BEDROCK ? BEDROCK_BASE_URL : "https://api.openai.com/v1");
  return {
    id,
    name: table.name?.trim() ?? (id === BEDROCK ? "Amazon Bedrock" : id),
    baseUrl: baseUrl.replace(/\/+$/, ""),
    wire: table.wire_api ?? "responses",
    envKey: table.env_key ?? null,
    envKeyInstructions: table.env_key_instructions ?? null,
    bearerToken: table.experimental_bearer_token?.trim() ?? null,
    auth: auth === undefined ? null : toAuthCommand(auth, file),
    aws: aws === undefined ? null : { profile: aws.profile ?? null, region: aws.region ?? null },
    requiresOpenaiAuth: table.requires_openai_auth ?? false,
    httpHeaders: table.http_headers ?? {},
    envHttpHeaders: table.env_http_headers ?? {},
    queryParams: table.query_params ?? {},
    requestMaxRetries: Math.min(table.request_max_retries ?? REQUEST_MAX_RETRIES, RETRIES_CAP),
    streamMaxRetries: Math.min(table.stream_max_retries ?? STREAM_MAX_RETRIES, RETRIES_CAP),
    streamIdleTimeoutMs: table.stream_idle_timeout_ms ?? STREAM_IDLE_TIMEOUT_MS,
  };
}

function toAuthCommand(table: z.infer<typeof authCommandSchema>, file: string): AuthCommand {
  const cwd = (table.cwd ?? ".").replace(/^~(?=\/|$)/, homedir());
  return {
    command: table.command.trim(),
    args: table.args ?? [],
    timeoutMs: table.timeout_ms ?? AUTH_TIMEOUT_MS,
    refreshIntervalMs: table.refresh_interval_ms ?? AUTH_REFRESH_INTERVAL_MS,
    cwd: isAbsolute(cwd) ? cwd : resolve(join(dirname(file), cwd)),
  };
}

/** Headers of a provider's own table, with those from the environment filled in. They may be secret. */
export function providerHeaders(provider: ModelProvider, env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const headers: Record<string, string> = { ...provider.httpHeaders };
  for (const [header, name] of Object.entries(provider.envHttpHeaders)) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== "" && !/[\r\n\0]/.test(value)) headers[header] = value;
  }
  return headers;
}
