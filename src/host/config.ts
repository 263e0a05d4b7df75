// Reads the user's config.toml: never writes it, never throws, keeps every part that is right and names every part that is not.

import { readFileSync } from "node:fs";
import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import type { KeySetting } from "../domain/key-setting.ts";
import { type ShellName, shellNameSchema } from "../domain/profile.ts";
import { isLoopbackOrigin, originOf } from "../net/origin.ts";
import { type ModelProvider, modelProviderKeys, readModelProviders } from "./model-provider.ts";
import type { SignInSettings } from "./openai-sign-in.ts";
import { type SettingsFile, settingsProblem, settingsProblems } from "./settings-problem.ts";

export interface Config {
  readonly defaultProfile: string | null;
  /** Null where the file does not say: then `fast` and `smart`. */
  readonly defaultPair: readonly [string, string] | null;
  readonly prefix: string | null;
  readonly theme: string | null;
  /** The agents' shell; null: the user's own. */
  readonly shell: ShellName | null;
  /** In the order of the file. Which commands there are is for the user interface to say. */
  readonly keys: readonly KeySetting[];
  /** Lines that a terminal keeps above its screen. */
  readonly scrollback: number;
  /** Requests at once in one lane. */
  readonly laneConcurrency: number;
  readonly modelProviders: Readonly<Record<string, ModelProvider>>;
  /** Null: nobody can sign in. */
  readonly openaiSignIn: SignInSettings | null;
}

const LANE_CONCURRENCY = 4;
const SCROLLBACK_LINES = 10_000;

export const emptyConfig: Config = {
  defaultProfile: null,
  defaultPair: null,
  prefix: null,
  theme: null,
  shell: null,
  keys: [],
  scrollback: SCROLLBACK_LINES,
  laneConcurrency: LANE_CONCURRENCY,
  modelProviders: {},
  openaiSignIn: null,
};

const name = z.string().min(1).max(128);

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
    .regex(/^(?:C-[a-hj-ln-z\\\]^_]|C-space|M-[a-z]|f(?:[1-9]|1[0-2]))$/)
    .describe("the key before a command's key; default: `C-b`, inside tmux `C-a`"),
  keys: z.record(z.string(), z.unknown()).describe("keys of your own, by a command's id: [keys.md](keys.md) says how"),
  theme: name.describe("a file of `themes/`, without `.json`; default: dark or light, as the terminal's background is"),
  scrollback: z
    .int()
    .min(100)
    .max(1_000_000)
    .describe(`lines that a terminal keeps above its screen, for terminals opened from then on; default: ${SCROLLBACK_LINES}`),
  shell: shellNameSchema.describe("the agents' shell; default: your own (`SHELL`) where it is one of them, else bash"),
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
  openai_sign_in: z
    .strictObject({
      issuer: z
        .string()
        .refine((url) => isIssuer(url))
        .describe("the address of the OpenID provider that signs in"),
      client_id: z
        .string()
        .regex(/^[\x21-\x7e]{1,256}$/)
        .describe("the public client that is registered there for you; Interpane brings none, and uses no other product's"),
      callback_port: z
        .int()
        .min(0)
        .max(65_535)
        .optional()
        .describe("the port on 127.0.0.1 to which the browser comes back, at `/auth/callback`; default: any free one"),
    })
    .describe("signing in to an OpenAI account (`interpane login`); off until it is set"),
};

/** Codes and tokens go there. */
function isIssuer(url: string): boolean {
  const origin = originOf(url);
  return origin !== null && (origin.startsWith("https:") || isLoopbackOrigin(origin));
}

const topAllowed: Readonly<Record<keyof typeof topSchemas, string>> = {
  default_profile: "a profile's name in quotes",
  default_pair: 'two profile names, as in ["fast", "smart"]',
  prefix: 'a key such as "C-b" or "C-a"',
  keys: "a table of commands, each with a key in quotes, a list of keys, or [] for none",
  theme: "a theme's name in quotes",
  scrollback: "a whole number, 100 to 1000000",
  shell: '"bash", "zsh" or "fish"',
  lanes: "a table with concurrency",
  model_providers: "tables such as [model_providers.example]",
  openai_sign_in: "a table with issuer and client_id",
};

const laneAllowed = { concurrency: "a whole number, 1 to 64" };
const signInAllowed = {
  issuer: "an https address in quotes",
  client_id: "a client id in quotes",
  callback_port: "a whole number, 0 to 65535",
};

/** Every key that may be written, for the printed manual (`.ci/docs.mjs`): a schema's description says what it means. */
export const configKeys = {
  top: { schemas: topSchemas, allowed: topAllowed },
  lanes: { schemas: topSchemas.lanes.shape, allowed: laneAllowed },
  signIn: { schemas: topSchemas.openai_sign_in.shape, allowed: signInAllowed },
  ...modelProviderKeys,
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
      const inner = key === "lanes" ? laneAllowed : key === "openai_sign_in" ? signInAllowed : null;
      const allowed = inner === null ? topAllowed : { ...inner, [key]: topAllowed[key] };
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
    keys: readKeySettings(take("keys") ?? {}, from, problems),
    scrollback: take("scrollback") ?? SCROLLBACK_LINES,
    shell: take("shell") ?? null,
    laneConcurrency: take("lanes")?.concurrency ?? LANE_CONCURRENCY,
    modelProviders: readModelProviders(take("model_providers") ?? {}, from, problems),
    openaiSignIn: toSignIn(take("openai_sign_in")),
  };
  return { config, problems };
}

/** `"pane.zoom" = "prefix z"` and `pane.zoom = [...]` mean the same. */
function readKeySettings(table: object, from: SettingsFile, problems: string[], path: readonly string[] = ["keys"]): KeySetting[] {
  return Object.entries(table).flatMap(([part, value]: [string, unknown]): KeySetting[] => {
    const here = [...path, part];
    const line = from.lineOf(here);
    const id = here.slice(1).join(".");
    const keys = typeof value === "string" ? [value] : value === false ? [] : value;
    if (Array.isArray(keys) && keys.every((key) => typeof key === "string"))
      return [{ id, keys, where: `${from.file}${line === null ? "" : `:${line}`}` }];
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return readKeySettings(value, from, problems, here);
    problems.push(
      settingsProblem(from, line, `keys: ${id} is neither a key nor a list of keys; write "prefix z", ["prefix z", "f5"], or [] for none`),
    );
    return [];
  });
}

function toSignIn(table: z.infer<typeof topSchemas.openai_sign_in> | undefined): SignInSettings | null {
  if (table === undefined) return null;
  return { issuer: table.issuer, clientId: table.client_id, callbackPort: table.callback_port ?? 0 };
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
