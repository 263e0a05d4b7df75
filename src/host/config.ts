// Reads the user's config.toml: never writes it, never throws, keeps every part that is right and names every part that is not.

import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import type { WireName } from "../domain/item.ts";
import { originOf } from "../net/origin.ts";
import { type SettingsFile, settingsProblem, settingsProblems } from "./settings-problem.ts";

/** A `[model_providers.<id>]` of the user's own. */
export interface ModelProvider {
  readonly id: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly wire: Exclude<WireName, "demo">;
  /** The environment name that holds its key; null: none is needed, or the vault has it. */
  readonly envKey: string | null;
  /** Said to the user when that name is not set. */
  readonly envKeyInstructions: string | null;
  /** May hold secrets: given to the door, never to a profile, a journal or a log. */
  readonly httpHeaders: Readonly<Record<string, string>>;
  /** Header → environment name; skipped where that is unset or blank, wins over `httpHeaders`. */
  readonly envHttpHeaders: Readonly<Record<string, string>>;
  readonly queryParams: Readonly<Record<string, string>>;
  readonly requestMaxRetries: number | null;
  readonly streamMaxRetries: number | null;
  readonly streamIdleTimeoutMs: number | null;
}

export interface Config {
  readonly defaultProfile: string | null;
  /** Null where the file does not say: then `fast` and `smart`. */
  readonly defaultPair: readonly [string, string] | null;
  readonly prefix: string | null;
  readonly theme: string | null;
  /** Requests at once in one lane. */
  readonly laneConcurrency: number;
  readonly modelProviders: Readonly<Record<string, ModelProvider>>;
}

export const LANE_CONCURRENCY = 4;

export const emptyConfig: Config = {
  defaultProfile: null,
  defaultPair: null,
  prefix: null,
  theme: null,
  laneConcurrency: LANE_CONCURRENCY,
  modelProviders: {},
};

const name = z.string().min(1).max(128);
const headerMap = z.record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/), z.string().regex(/^[^\r\n\0]*$/));
const retries = z.int().min(0).max(100);

/** Each top-level key by itself, so that one mistake costs one setting. */
const topSchemas = {
  default_profile: name.describe(
    "the profile that new agents start on, with its pair's other half as the smart one; default: the fast half of `default_pair`",
  ),
  default_pair: z
    .tuple([name, name])
    .describe('the fast and the smart profile; default: `["fast", "smart"]`, or what a key or a local server makes possible'),
  prefix: z
    .string()
    .regex(/^(C-[a-z@\\\]^_ ]|M-[a-z])$/)
    .describe("the key before a command's key; default: `C-b`, inside tmux `C-a`"),
  theme: name.describe("a file of `themes/`, without `.json`; default: dark or light, as the terminal's background is"),
  lanes: z
    .strictObject({
      concurrency: z
        .int()
        .min(1)
        .max(64)
        .optional()
        .describe(`requests at once that share a key; the others wait in line; default: ${LANE_CONCURRENCY}`),
    })
    .describe("how requests are queued"),
  model_providers: z.record(z.string(), z.unknown()).describe("providers of your own"),
};

const topAllowed: Readonly<Record<keyof typeof topSchemas, string>> = {
  default_profile: "a profile's name in quotes",
  default_pair: 'two profile names, as in ["fast", "smart"]',
  prefix: 'a key such as "C-b" or "C-a"',
  theme: "a theme's name in quotes",
  lanes: "a table with concurrency",
  model_providers: "tables such as [model_providers.example]",
};

const laneAllowed = { concurrency: "a whole number, 1 to 64" };

const providerSchema = z.strictObject({
  name: z.string().regex(/\S/).optional().describe("its name on the screen; default: the id"),
  base_url: z
    .string()
    .refine((url) => originOf(url) !== null)
    .optional()
    .describe("the address before `/responses`, `/chat/completions` or `/messages`; default: OpenAI's"),
  env_key: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .optional()
    .describe("the environment variable that holds its key; default: none is needed, or the vault has it"),
  env_key_instructions: z.string().optional().describe("shown where that variable is not set"),
  wire_api: z.enum(["responses", "chat", "messages"]).optional().describe("the HTTP API that it speaks; default: `responses`"),
  query_params: z.record(z.string(), z.string()).optional().describe("added to the query of every request"),
  http_headers: headerMap.optional().describe("sent with every request"),
  env_http_headers: z
    .record(z.string(), z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
    .optional()
    .describe("headers whose values come from environment variables; an unset one is left out"),
  request_max_retries: retries.optional().describe("accepted, not used yet: a failed request is tried again up to 5 times"),
  stream_max_retries: retries.optional().describe("accepted, not used yet: a broken stream is tried again up to 5 times"),
  stream_idle_timeout_ms: z
    .int()
    .min(1000)
    .max(86_400_000)
    .optional()
    .describe("the longest silence of a stream before it counts as broken; default: 300000"),
});

const providerAllowed: Readonly<Record<keyof z.infer<typeof providerSchema>, string>> = {
  name: "a name in quotes",
  base_url: "an http or https address in quotes",
  env_key: "the name of an environment variable, not the key itself",
  env_key_instructions: "a text in quotes",
  wire_api: '"responses", "chat" or "messages"',
  query_params: "a table of texts",
  http_headers: "a table of header names and texts",
  env_http_headers: "a table of header names and environment names",
  request_max_retries: "a whole number, 0 to 100",
  stream_max_retries: "a whole number, 0 to 100",
  stream_idle_timeout_ms: "a whole number of milliseconds, 1000 or more",
};

/** Keys that Open Interpreter knows and we do not use: each says what to do instead. */
const refusedKeys: Readonly<Record<string, string>> = {
  experimental_bearer_token: "a key does not belong into this file; take it out and run: interpane vault add",
  auth: "keys from a command cannot be used yet; use env_key or the vault",
  aws: "Amazon Bedrock cannot be used yet",
  requires_openai_auth: "signing in to OpenAI cannot be used; use env_key or the vault",
  supports_websockets: "websockets are not used; take this key out",
  websocket_connect_timeout_ms: "websockets are not used; take this key out",
  supports_standalone_web_search: "web search is not used; take this key out",
};

const reservedIds: readonly string[] = ["openai", "ollama", "lmstudio", "amazon-bedrock", "demo"];

/** Every key that may be written, for the printed manual (`.ci/docs.mjs`): a schema's description says what it means. */
export const configKeys = {
  top: { schemas: topSchemas, allowed: topAllowed },
  lanes: { schemas: topSchemas.lanes.shape, allowed: laneAllowed },
  provider: { schemas: providerSchema.shape, allowed: providerAllowed },
  refused: refusedKeys,
  reserved: reservedIds,
};

export interface ReadConfig {
  readonly config: Config;
  /** One line for each thing that is wrong: file, line, what was given, what is allowed. */
  readonly problems: readonly string[];
}

/** A file that does not exist is an empty one. */
export function readConfig(file: string): ReadConfig {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return {
      config: emptyConfig,
      problems: isMissing ? [] : [`${file}: cannot be read; check that it is a file of yours`],
    };
  }
  return parseConfig(text, file);
}

export function parseConfig(text: string, file: string): ReadConfig {
  let value: Record<string, unknown>;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with the lines around the mistake, which may hold a secret.
    const what = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "unreadable";
    return {
      config: emptyConfig,
      problems: [settingsProblem({ file }, error.line, `this is not TOML: ${what}; nothing in this file counts until it is mended`)],
    };
  }
  const from: SettingsFile = { file, value, allowed: topAllowed, lineOf: (path) => tomlLineOf(text, path) };
  const problems: string[] = [];
  const take = <K extends keyof typeof topSchemas>(key: K): z.infer<(typeof topSchemas)[K]> | undefined => {
    if (!(key in value)) return undefined;
    const parsed = topSchemas[key].safeParse(value[key]);
    if (!parsed.success) {
      const allowed = key === "lanes" ? { ...laneAllowed, lanes: topAllowed.lanes } : topAllowed;
      problems.push(...settingsProblems(parsed.error.issues, { ...from, allowed }, [key]));
      return undefined;
    }
    // The schema of this very key made it; TypeScript cannot follow the index.
    return parsed.data as z.infer<(typeof topSchemas)[K]>;
  };
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(topSchemas, key));
  if (unknown.length > 0) problems.push(...settingsProblems([{ code: "unrecognized_keys", keys: unknown, path: [], message: "" }], from));
  const config: Config = {
    defaultProfile: take("default_profile") ?? null,
    defaultPair: take("default_pair") ?? null,
    prefix: take("prefix") ?? null,
    theme: take("theme") ?? null,
    laneConcurrency: take("lanes")?.concurrency ?? LANE_CONCURRENCY,
    modelProviders: readProviders(take("model_providers") ?? {}, from, problems),
  };
  return { config, problems };
}

function readProviders(tables: Readonly<Record<string, unknown>>, from: SettingsFile, problems: string[]): Record<string, ModelProvider> {
  const providers: Record<string, ModelProvider> = {};
  for (const [id, table] of Object.entries(tables)) {
    const path = ["model_providers", id];
    const say = (message: string, at: readonly string[] = path): void =>
      void problems.push(settingsProblem(from, from.lineOf(at), message));
    if (reservedIds.includes(id)) {
      say(`[model_providers.${id}] is a name of ours; give yours another one, such as [model_providers.my-${id}]`);
      continue;
    }
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id)) {
      say("the id of a provider is letters, digits, dots, hyphens and underscores");
      continue;
    }
    const given: Record<string, unknown> = typeof table === "object" && table !== null && !Array.isArray(table) ? { ...table } : {};
    for (const key of Object.keys(given).filter((each) => Object.hasOwn(refusedKeys, each))) {
      if (given[key] !== false) say(`${key} in [model_providers.${id}]: ${refusedKeys[key]}`, [...path, key]);
      delete given[key];
    }
    const parsed = providerSchema.safeParse(given);
    if (parsed.success) providers[id] = toProvider(id, parsed.data);
    else
      problems.push(
        ...settingsProblems(parsed.error.issues, { ...from, allowed: providerAllowed, hidden: ["env_key", "http_headers"] }, path),
      );
  }
  return providers;
}

function toProvider(id: string, table: z.infer<typeof providerSchema>): ModelProvider {
  return {
    id,
    name: table.name?.trim() ?? id,
    // As in Open Interpreter: without an address it is OpenAI's.
    baseUrl: (table.base_url ?? "https://api.openai.com/v1").replace(/\/+$/, ""),
    wire: table.wire_api ?? "responses",
    envKey: table.env_key ?? null,
    envKeyInstructions: table.env_key_instructions ?? null,
    httpHeaders: table.http_headers ?? {},
    envHttpHeaders: table.env_http_headers ?? {},
    queryParams: table.query_params ?? {},
    requestMaxRetries: table.request_max_retries ?? null,
    streamMaxRetries: table.stream_max_retries ?? null,
    streamIdleTimeoutMs: table.stream_idle_timeout_ms ?? null,
  };
}

/** Headers of a provider's own table, with those from the environment filled in. They may be secret. */
export function providerHeaders(provider: ModelProvider, env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const headers: Record<string, string> = { ...provider.httpHeaders };
  for (const [header, variable] of Object.entries(provider.envHttpHeaders)) {
    const value = env[variable]?.trim();
    if (value !== undefined && value !== "" && !/[\r\n\0]/.test(value)) headers[header] = value;
  }
  return headers;
}

/** The line of a key. smol-toml keeps no positions, so headers and keys are looked for; inline tables give their own line. */
export function tomlLineOf(text: string, path: readonly PropertyKey[]): number | null {
  let best: { line: number; depth: number } | null = null;
  let table: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[\[?\s*([^\]#]+?)\s*\]\]?/.exec(line);
    const key = header === null ? /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(line) : null;
    if (header !== null) table = keyParts(header[1] ?? "");
    else if (key === null) continue;
    const here = key === null ? table : [...table, ...keyParts(key[1] ?? "")];
    const depth = here.length;
    if (depth <= path.length && here.every((part, at) => part === path[at]) && depth > (best?.depth ?? 0))
      best = { line: index + 1, depth };
  }
  return best?.line ?? null;
}

function keyParts(dotted: string): string[] {
  return [...dotted.matchAll(/"([^"]*)"|'([^']*)'|([^.\s"']+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? "");
}
