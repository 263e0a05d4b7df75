// What a local server tells of each of its models beside the name: whether it sees images, takes tools, and how much it holds.
//
// Ollama: POST /api/show, GET /api/ps (docs.ollama.com/api, openapi.yaml, 2026). LM Studio: GET /api/v0/models from 0.3.6 on,
// GET /api/v1/models from 0.4.0 on (lmstudio.ai/docs/developer/rest, 2026). What is not told stays unknown; nothing here fails.

import { z } from "zod";

export interface LocalDetails {
  readonly takesImages: boolean;
  /** Null: not told. */
  readonly hasTools: boolean | null;
  readonly contextWindow: number | null;
  /** It could hold so much, and may be given less. */
  readonly isContextMost?: boolean;
  readonly isEmbedding: boolean;
}

export interface LocalAsk {
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
}

/** By what a model's files are called and hold: these do not change for one digest. */
export type ShownModels = Map<string, LocalDetails>;

/** So many models are asked for one by one; the others stay as they are listed. */
const SHOWN_MAX = 64;
const KEPT_MAX = 512;
/** What Ollama gives a model where nobody says more and the GPU has less than 24 GiB (docs/context-length.mdx of its repository, 2026). */
export const OLLAMA_LEAST_TOKENS = 4096;

const tokens = z.number().int().positive().optional().catch(undefined);

// Ollama --------------------------------------------------------------------------------------------------------------

const showSchema = z.object({
  capabilities: z.array(z.string()).optional().catch(undefined),
  model_info: z.record(z.string(), z.unknown()).optional().catch(undefined),
  parameters: z.string().optional().catch(undefined),
});
const runningSchema = z.object({ models: z.array(z.object({ name: z.string(), context_length: tokens })) });

export async function ollamaDetails(
  ask: LocalAsk,
  models: readonly { readonly name: string; readonly digest?: string | undefined }[],
  shown: ShownModels,
): Promise<Map<string, LocalDetails>> {
  const found = new Map<string, LocalDetails>();
  const running = await runningContexts(ask);
  await Promise.all(
    models.slice(0, SHOWN_MAX).map(async ({ name, digest }) => {
      const key = `${name} ${digest ?? ""}`;
      const details = (digest === undefined ? undefined : shown.get(key)) ?? (await showModel(ask, name));
      if (details === null) return;
      if (digest !== undefined) keep(shown, key, details);
      const given = running.get(name);
      found.set(name, given === undefined ? details : { ...details, contextWindow: given, isContextMost: false });
    }),
  );
  return found;
}

function keep(shown: ShownModels, key: string, details: LocalDetails): void {
  shown.delete(key);
  shown.set(key, details);
  for (const oldest of shown.keys()) {
    if (shown.size <= KEPT_MAX) break;
    shown.delete(oldest);
  }
}

async function showModel({ post }: LocalAsk, model: string): Promise<LocalDetails | null> {
  const body = showSchema.safeParse(await post("/api/show", { model }).catch(() => null));
  if (!body.success) return null;
  const { capabilities, model_info: info = {}, parameters = "" } = body.data;
  const arch = typeof info["general.architecture"] === "string" ? info["general.architecture"] : "";
  const own = tokens.parse(info[`${arch}.context_length`]) ?? null;
  // What the model was set up with counts over what it could hold.
  const set = /^\s*num_ctx\s+(\d+)/m.exec(parameters)?.[1];
  return {
    takesImages: capabilities?.includes("vision") ?? false,
    hasTools: capabilities?.includes("tools") ?? null,
    contextWindow: set === undefined ? own : Number(set),
    isContextMost: set === undefined && own !== null && own > OLLAMA_LEAST_TOKENS,
    isEmbedding: capabilities?.includes("embedding") === true && !capabilities.includes("completion"),
  };
}

/** A model that runs has been given so much, whatever it could hold. */
async function runningContexts({ get }: LocalAsk): Promise<Map<string, number>> {
  const body = runningSchema.safeParse(await get("/api/ps").catch(() => null));
  const rows = body.success ? body.data.models : [];
  return new Map(rows.flatMap(({ name, context_length }) => (context_length === undefined ? [] : [[name, context_length] as const])));
}

// LM Studio -----------------------------------------------------------------------------------------------------------

const v0Schema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      type: z.string().catch(""),
      max_context_length: tokens,
      loaded_context_length: tokens,
    }),
  ),
});
const v1Schema = z.object({
  models: z.array(
    z.object({
      key: z.string(),
      type: z.string().catch(""),
      max_context_length: tokens,
      loaded_instances: z.array(z.object({ config: z.object({ context_length: tokens }) })).catch([]),
      capabilities: z
        .object({ vision: z.boolean().catch(false) })
        .optional()
        .catch(undefined),
    }),
  ),
});

export async function lmStudioDetails({ get }: LocalAsk): Promise<Map<string, LocalDetails>> {
  const v1 = v1Schema.safeParse(await get("/api/v1/models").catch(() => null));
  if (v1.success && v1.data.models.length > 0) {
    return new Map(
      v1.data.models.map(({ key, type, max_context_length, loaded_instances, capabilities }) => [
        key,
        {
          takesImages: capabilities?.vision ?? false,
          // Others can be given tools too: it only says what a model was trained for.
          hasTools: null,
          contextWindow: loaded_instances[0]?.config.context_length ?? max_context_length ?? null,
          isEmbedding: type === "embedding",
        },
      ]),
    );
  }
  const v0 = v0Schema.safeParse(await get("/api/v0/models").catch(() => null));
  if (!v0.success) return new Map();
  return new Map(
    v0.data.data.map(({ id, type, max_context_length, loaded_context_length }) => [
      id,
      {
        takesImages: type === "vlm",
        hasTools: null,
        contextWindow: loaded_context_length ?? max_context_length ?? null,
        isEmbedding: type === "embeddings",
      },
    ]),
  );
}
