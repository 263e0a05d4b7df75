// What providers answer when they are asked for their models: OpenAI's, Anthropic's, Codex's and richer shapes, read into one.

import { z } from "zod";
import type { Model, Price } from "../domain/profile.ts";
import { effortSchema } from "../domain/stream.ts";

/** A field that is missing was not said. */
export interface LiveModel {
  readonly id: string;
  readonly name?: string;
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly input?: Model["input"];
  readonly reasoning?: Model["reasoning"];
  readonly efforts?: Model["efforts"];
  readonly defaultEffort?: Model["defaultEffort"];
  readonly price?: Price;
  readonly priority?: number;
  /** Says of itself that it is not to be offered: hidden, switched off, without tools, no text. */
  readonly isUnfit?: boolean;
}

const MODELS_MAX = 5_000;

const text = z.string().max(256).optional().catch(undefined);
const tokens = z.number().positive().nullish().catch(undefined);
const words = z.array(z.string()).nullish().catch(undefined);
const flag = z.boolean().nullish().catch(undefined);
const dollars = z.union([z.string(), z.number()]).optional().catch(undefined);
const supported = z
  .object({ supported: z.boolean().catch(false) })
  .optional()
  .catch(undefined);

/** OpenAI's `data` (platform.openai.com/docs/api-reference/models), and what OpenRouter, Groq, Mistral, Moonshot and others add. */
const openAiModel = z.object({
  id: z.string().min(1).max(256),
  name: text,
  display_name: text,
  context_length: tokens,
  context_window: tokens,
  max_context_length: tokens,
  max_model_len: tokens,
  max_completion_tokens: tokens,
  max_output_length: tokens,
  top_provider: z.object({ max_completion_tokens: tokens }).nullish().catch(undefined),
  architecture: z.object({ input_modalities: words, output_modalities: words }).nullish().catch(undefined),
  supported_parameters: words,
  pricing: z
    .object({ prompt: dollars, completion: dollars, input_cache_read: dollars, input_cache_write: dollars })
    .nullish()
    .catch(undefined),
  supports_image_in: flag,
  active: flag,
  // Anthropic's (docs.anthropic.com/en/api/models-list).
  type: text,
  max_input_tokens: tokens,
  max_tokens: tokens,
  capabilities: z
    .object({
      image_input: supported,
      effort: z.record(z.string(), z.unknown()).optional().catch(undefined),
      thinking: supported,
      // Mistral's.
      function_calling: flag,
      completion_chat: flag,
      vision: flag,
    })
    .nullish()
    .catch(undefined),
});
const openAiList = z.object({ data: z.array(z.unknown()).max(MODELS_MAX) });

const codexModel = z.object({
  slug: z.string().min(1).max(256),
  display_name: text,
  context_window: tokens,
  visibility: text,
  supported_reasoning_levels: z
    .array(z.object({ effort: z.string() }))
    .nullish()
    .catch(undefined),
  default_reasoning_level: text,
  input_modalities: words,
  priority: z.int().optional().catch(undefined),
});
const codexList = z.object({ models: z.array(z.unknown()).max(MODELS_MAX) });

/** Null where it is none of the shapes. An entry that cannot be read is left out; one list of nothing but those is no list. */
export function readModelList(body: unknown): LiveModel[] | null {
  // Together and a few others answer with the bare list.
  const openAi = openAiList.safeParse(Array.isArray(body) ? { data: body } : body);
  if (openAi.success) return readAll(openAi.data.data, openAiModel, fromOpenAi);
  const codex = codexList.safeParse(body);
  return codex.success ? readAll(codex.data.models, codexModel, fromCodex) : null;
}

function readAll<T>(entries: readonly unknown[], schema: z.ZodType<T>, make: (entry: T) => LiveModel): LiveModel[] | null {
  const seen = new Set<string>();
  const made = entries.flatMap((entry) => {
    const parsed = schema.safeParse(entry);
    if (!parsed.success) return [];
    const model = make(parsed.data);
    if (seen.has(model.id)) return [];
    seen.add(model.id);
    return [model];
  });
  return made.length === 0 && entries.length > 0 ? null : made;
}

function fromOpenAi(entry: z.infer<typeof openAiModel>): LiveModel {
  const { architecture, supported_parameters: parameters, capabilities } = entry;
  const contextWindow =
    entry.context_length ?? entry.context_window ?? entry.max_context_length ?? entry.max_model_len ?? entry.max_input_tokens;
  const isAnthropic = entry.type === "model" && entry.display_name !== undefined;
  const maxOutput =
    entry.top_provider?.max_completion_tokens ??
    entry.max_completion_tokens ??
    entry.max_output_length ??
    (isAnthropic ? entry.max_tokens : undefined);
  const outputs = architecture?.output_modalities ?? [];
  const hasNoTools = parameters != null ? !parameters.includes("tools") : capabilities?.function_calling === false;
  const isUnfit = hasNoTools || entry.active === false || (outputs.length > 0 && !outputs.includes("text"));
  return {
    id: entry.id,
    ...(named(entry.display_name ?? entry.name) ?? {}),
    ...(contextWindow == null ? {} : { contextWindow: Math.floor(contextWindow) }),
    ...(maxOutput == null ? {} : { maxOutput: Math.floor(maxOutput) }),
    ...inputOf(architecture?.input_modalities, entry.supports_image_in ?? capabilities?.vision ?? capabilities?.image_input?.supported),
    ...effortsOf(
      Object.keys(capabilities?.effort ?? {}).filter((key) => isSupported(capabilities?.effort?.[key])),
      undefined,
    ),
    ...priceOf(entry.pricing ?? undefined),
    ...(isUnfit ? { isUnfit } : {}),
  };
}

function fromCodex(entry: z.infer<typeof codexModel>): LiveModel {
  const levels = entry.supported_reasoning_levels?.map((level) => level.effort) ?? [];
  return {
    id: entry.slug,
    ...(named(entry.display_name) ?? {}),
    ...(entry.context_window == null ? {} : { contextWindow: Math.floor(entry.context_window) }),
    ...inputOf(entry.input_modalities, undefined),
    ...effortsOf(levels, entry.default_reasoning_level),
    ...(entry.priority === undefined ? {} : { priority: entry.priority }),
    ...(entry.visibility !== undefined && entry.visibility !== "list" ? { isUnfit: true } : {}),
  };
}

function isSupported(value: unknown): boolean {
  return typeof value === "object" && value !== null && "supported" in value && value.supported === true;
}

/** One line, with nothing that a terminal would obey. */
function named(name: string | undefined): { name: string } | null {
  const line = (name ?? "").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line === "" ? null : { name: line };
}

function inputOf(modalities: readonly string[] | null | undefined, takesImages: boolean | null | undefined): Pick<LiveModel, "input"> {
  if (modalities == null && takesImages == null) return {};
  return { input: (modalities?.includes("image") ?? takesImages === true) ? ["text", "image"] : ["text"] };
}

/** Levels that are told by name; a mere "it reasons" makes none. */
function effortsOf(levels: readonly string[], level: string | undefined): Pick<LiveModel, "reasoning" | "efforts" | "defaultEffort"> {
  const efforts = levels.flatMap((each) => effortSchema.safeParse(each).data ?? []);
  if (efforts.length === 0) return {};
  const defaultEffort = effortSchema.safeParse(level).data;
  return { reasoning: "effort", efforts, ...(defaultEffort === undefined ? {} : { defaultEffort }) };
}

/** OpenRouter's figures are dollars for one token, as text. */
function priceOf(pricing: NonNullable<z.infer<typeof openAiModel>["pricing"]> | undefined): Pick<LiveModel, "price"> {
  const micros = (value: string | number | undefined): number | undefined => {
    const usd = value === undefined || value === "" ? Number.NaN : Number(value);
    return Number.isFinite(usd) && usd >= 0 && usd < 1 ? Math.round(usd * 1e12) : undefined;
  };
  const inputMicros = micros(pricing?.prompt);
  const outputMicros = micros(pricing?.completion);
  if (inputMicros === undefined || outputMicros === undefined) return {};
  const cacheReadMicros = micros(pricing?.input_cache_read);
  const cacheWriteMicros = micros(pricing?.input_cache_write);
  return {
    price: {
      inputMicros,
      outputMicros,
      ...(cacheReadMicros === undefined ? {} : { cacheReadMicros }),
      ...(cacheWriteMicros === undefined ? {} : { cacheWriteMicros }),
    },
  };
}
