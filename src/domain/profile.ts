// Profiles, providers and models: who answers an agent, where, and under which credential. References only, never a secret.

import { z } from "zod";
import { wireNameSchema } from "./item.ts";
import { effortSchema, quirksSchema, reasoningControlSchema } from "./stream.ts";

/** US dollars are kept as integer micro-dollars everywhere; prices are micro-dollars for one million tokens. */
export const priceSchema = z.object({
  inputMicros: z.int().nonnegative(),
  outputMicros: z.int().nonnegative(),
  cacheReadMicros: z.int().nonnegative().optional(),
  cacheWriteMicros: z.int().nonnegative().optional(),
});
export type Price = z.infer<typeof priceSchema>;

export const modelSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  /** Tokens; null where no source says, as in `maxOutput`. */
  contextWindow: z.int().positive().nullable(),
  /** It could hold so much; a local server may give it less, which is known once it runs. */
  isContextMost: z.boolean().optional(),
  maxOutput: z.int().positive().nullable(),
  input: z.array(z.enum(["text", "image"])),
  reasoning: reasoningControlSchema,
  /** The levels the model takes, where `reasoning` is `effort`. */
  efforts: z.array(effortSchema).optional(),
  defaultEffort: effortSchema.optional(),
  price: priceSchema.nullable(),
  /** Lower comes first in the picker. */
  priority: z.int().optional(),
});
export type Model = z.infer<typeof modelSchema>;

/** How a key travels: the header's name and what stands before the key in it. */
export const authSchema = z.object({
  type: z.enum(["none", "header"]),
  header: z.string().optional(),
  prefix: z.string().optional(),
  /** Sent with every request, such as a version. */
  headers: z.record(z.string(), z.string()).optional(),
});
export type Auth = z.infer<typeof authSchema>;

export const providerSchema = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  wire: wireNameSchema,
  baseUrl: z.string(),
  auth: authSchema,
  /** Environment names that may hold this provider's key, best first. A name never decides where a key is sent. */
  env: z.array(z.string()),
  /** Runs on this machine and needs no key. */
  isLocal: z.boolean(),
  quirks: quirksSchema,
  models: z.array(modelSchema),
});
export type Provider = z.infer<typeof providerSchema>;

/**
 * Where a key comes from: `none`, `env:NAME`, `vault:ID`, `command` (the provider's `auth`), `config` (a token in config.toml),
 * `aws` (Amazon's own chain, signed), `sign-in` (an OpenAI account).
 */
export const credentialSchema = z.string().regex(/^(none|command|config|aws|sign-in|env:[A-Za-z0-9_]+|vault:[A-Za-z0-9._-]{1,64})$/);
export type Credential = z.infer<typeof credentialSchema>;

export const toolNameSchema = z.enum(["interpreter", "editor", "search", "gui"]);
export type ToolName = z.infer<typeof toolNameSchema>;

/** The shells that an agent can have. */
export const shellNameSchema = z.enum(["bash", "zsh", "fish"]);
export type ShellName = z.infer<typeof shellNameSchema>;

export const harnessNameSchema = z.enum(["native", "claude-code", "claude-code-bare", "kimi-cli", "qwen-code", "deepseek-tui", "minimal"]);
export type HarnessName = z.infer<typeof harnessNameSchema>;

/** Characters. */
const CUSTOM_INSTRUCTIONS_MAX = 20_000;

/**
 * A profile file as the user writes it (YAML; `docs/profiles.md`). Unknown keys are refused.
 * The file's name without `.yaml` is the profile's id.
 */
export const profileFileSchema = z.strictObject({
  provider: z.string().min(1).describe("where the model runs"),
  model: z.string().min(1).describe("the model's id at that provider; one that the catalog does not know is used with a notice"),
  credential: credentialSchema
    .optional()
    .describe("where the key comes from: a reference, never the key itself; default: the provider's environment variable, else the vault"),
  pair: z.string().optional().describe("the other half of its fast/smart pair (`C-b f`)"),
  reasoning_effort: effortSchema.optional().describe("how long the model thinks before it answers; default: the model's own"),
  max_tokens: z.int().positive().optional().describe("the longest reply, in tokens; default: the provider's own"),
  context_window: z.int().positive().optional().describe("the tokens that fit into one conversation; default: the catalog's figure"),
  max_output: z
    .int()
    .min(200)
    .max(16_000)
    .optional()
    .describe(
      "the characters of a command's output that the model is given, its beginning and its end; default: `16000`, or what fits a quarter of a small context window",
    ),
  temperature: z.number().min(0).max(2).optional().describe("how freely the model chooses its words; default: the provider's own"),
  images: z.boolean().optional().describe("whether the model can be shown images; default: what the catalog or the server says, else no"),
  harness: harnessNameSchema
    .optional()
    .describe("the names and parameters of the tools, as the model's family knows them; default: what suits the model"),
  shell: shellNameSchema
    .optional()
    .describe("the agent's shell; default: `shell` in config.toml, else your own where it is one of them, else bash"),
  tools: z
    .array(toolNameSchema)
    .optional()
    .describe(
      "what the agent may ask for: `interpreter` runs code, `editor` files, `search` finding, `gui` the screen (docs/os-mode.md); default: `[interpreter, editor]`",
    ),
  os: z
    .boolean()
    .optional()
    .describe("true: the agent may use your screen, mouse and keyboard (docs/os-mode.md): `gui` among its tools; default: `false`"),
  auto_run: z.boolean().optional().describe("true: code runs without asking; default: `false`"),
  max_budget: z.number().positive().optional().describe("what one agent may spend before it stops; default: no limit"),
  offline: z.boolean().optional().describe("true: usable only with a server on this machine; default: `false`"),
  base_url: z
    .url()
    .optional()
    .describe("another address than the provider's; the provider's key is not sent there; default: the provider's"),
  wire_api: z.enum(["responses", "chat", "messages"]).optional().describe("the HTTP API that the address speaks; default: the provider's"),
  custom_instructions: z
    .string()
    .min(1)
    .max(CUSTOM_INSTRUCTIONS_MAX)
    .optional()
    .describe("wishes of yours that every conversation begins with, after Interpane's own instructions"),
});
export type ProfileFile = z.infer<typeof profileFileSchema>;

/** What one run asks for over its profile: the flags of the command line. */
export const profileSettingsSchema = profileFileSchema.omit({ pair: true, auto_run: true, offline: true }).partial();
export type ProfileSettings = z.infer<typeof profileSettingsSchema>;

/** False: they stand over whatever profile is meant, and choose none. */
export function namesModel(settings: ProfileSettings | undefined): boolean {
  return settings?.model !== undefined || settings?.provider !== undefined || settings?.base_url !== undefined;
}

/** A profile with all that its row and the defaults add: what a turn copies when it starts. Still no secret in it. */
export const profileSchema = z.object({
  /** The file's name, or `provider/model` where there is no file. */
  id: z.string().min(1),
  provider: z.string(),
  providerName: z.string(),
  wire: wireNameSchema,
  baseUrl: z.string(),
  /** Scheme, host and port of `baseUrl`: what a secret is bound to. Empty for the demo. */
  origin: z.string(),
  auth: authSchema,
  credential: credentialSchema,
  model: z.string(),
  modelName: z.string(),
  harness: harnessNameSchema,
  pair: z.string().nullable(),
  effort: effortSchema.nullable(),
  reasoning: reasoningControlSchema,
  /** Tokens; null where unknown. */
  contextWindow: z.int().positive().nullable(),
  maxTokens: z.int().positive().nullable(),
  /** Characters of a command's output that the model is given; left out: as much as a terminal hands over. */
  maxOutput: z.int().positive().optional(),
  temperature: z.number().nullable(),
  takesImages: z.boolean(),
  price: priceSchema.nullable(),
  tools: z.array(toolNameSchema),
  /** Left out: the user's own, where an agent can have it. */
  shell: shellNameSchema.optional(),
  /** Said to the model after the harness's own prompt. */
  instructions: z.string().optional(),
  autoRun: z.boolean(),
  /** Micro-dollars for one agent; null: no limit. */
  maxBudgetMicros: z.int().positive().nullable(),
  /** May be used with loopback only. */
  isOffline: z.boolean(),
  isLocal: z.boolean(),
  quirks: quirksSchema,
  /** Times that a request is sent again, by what went wrong; left out: `backoff.ts` says. */
  retries: z.object({ request: z.int().min(0).max(100), stream: z.int().min(0).max(100) }).optional(),
  /** Where it was read from: bundled, user, or made on the spot. */
  from: z.enum(["bundled", "user", "adhoc"]),
});
export type Profile = z.infer<typeof profileSchema>;

/** Which profile the fast/smart key leads to: the profile's own pair, else the other one of the default pair; null where there is none. */
export function otherHalf(profile: Profile, [fast, smart]: readonly [string, string]): string | null {
  if (profile.pair !== null || fast === smart) return profile.pair;
  return profile.id === fast ? smart : fast;
}
