// Finds model servers that run on this machine (Ollama, LM Studio, Jan) and what they hold. Asks loopback only.

import { z } from "zod";
import type { Model, Provider } from "../domain/profile.ts";
import type { Door } from "../net/door.ts";
import { isLoopbackOrigin, originOf } from "../net/origin.ts";
import { type LocalAsk, type LocalDetails, lmStudioDetails, ollamaDetails, type ShownModels } from "./local-details.ts";

export type LocalId = "ollama" | "lmstudio" | "jan";
const localIds: readonly LocalId[] = ["ollama", "lmstudio", "jan"];

export function isLocalId(id: string): id is LocalId {
  return id === "ollama" || id === "lmstudio" || id === "jan";
}

export interface LocalServer {
  readonly provider: LocalId;
  readonly name: string;
  /** With `/v1`, as the wires take it. */
  readonly baseUrl: string;
  readonly isAnswering: boolean;
  /** Ollama's own; null where it does not say. */
  readonly version: string | null;
  /** What is on this machine's disk: models that the server only passes on to a cloud are left out. */
  readonly models: readonly Model[];
  /** The smallest and the largest of `models` by size, where sizes are told; else the first. */
  readonly fast: string | null;
  readonly smart: string | null;
}

type Env = Readonly<Record<string, string | undefined>>;

const names: Readonly<Record<LocalId, string>> = { ollama: "Ollama", lmstudio: "LM Studio", jan: "Jan" };
const defaults: Readonly<Record<LocalId, string>> = {
  ollama: "http://localhost:11434",
  lmstudio: "http://localhost:1234",
  jan: "http://127.0.0.1:1337",
};
const variables: Readonly<Record<LocalId, readonly string[]>> = {
  ollama: ["INTERPANE_OLLAMA_URL", "OLLAMA_HOST"],
  lmstudio: ["INTERPANE_LMSTUDIO_URL"],
  jan: ["INTERPANE_JAN_URL"],
};
const startHints: Readonly<Record<LocalId, string>> = {
  ollama: "start it: ollama serve",
  lmstudio: "start it, and its server: lms server start",
  jan: "start Jan, and in its settings the local API server",
};
const fetchHints: Readonly<Record<LocalId, string>> = {
  ollama: "run: interpane models pull ollama/",
  lmstudio: "run: interpane models pull lmstudio/",
  jan: "fetch it in Jan's Hub: ",
};

/** What to do where it does not run. */
export function localStartHint(id: LocalId): string {
  return startHints[id];
}

/** What to do where it has no such model. */
export function localFetchHint(id: LocalId, model: string): string {
  return `${fetchHints[id]}${model}`;
}

/** Jan is in no catalog: its models are whatever it has on disk. Its server speaks chat (jan.ai/docs, "Local API Server"). */
export const janRow: Omit<Provider, "models"> = {
  id: "jan",
  name: names.jan,
  wire: "chat",
  baseUrl: `${defaults.jan}/v1`,
  auth: { type: "none" },
  env: [],
  isLocal: true,
  quirks: {},
};

export function localServerName(id: LocalId): string {
  return names[id];
}

/** Where a local server is asked: the environment may say, but only for loopback; anything else is another machine and is ignored. */
export function localBaseUrl(id: LocalId, env: Env): string {
  for (const variable of variables[id]) {
    const origin = loopbackOrigin(env[variable]?.trim() ?? "", id);
    if (origin !== null) return `${origin}/v1`;
  }
  return `${defaults[id]}/v1`;
}

/** Reads `host`, `host:port`, `:port`, `port` and addresses, as Ollama does; 0.0.0.0 is where a server listens, so loopback for us. */
function loopbackOrigin(text: string, id: LocalId): string | null {
  if (text === "") return null;
  // A number alone is a port.
  const short = /^:?\d{1,5}$/.test(text) ? `127.0.0.1:${text.replace(":", "")}` : text;
  const whole = /^https?:\/\//i.test(text) ? text : `http://${short}`;
  if (!URL.canParse(whole)) return null;
  const url = new URL(whole);
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  if (url.port === "" && !/^https?:/i.test(text)) url.port = new URL(defaults[id]).port;
  const origin = originOf(url.href);
  return origin !== null && isLoopbackOrigin(origin) ? origin : null;
}

/** Nobody at home says so at once; who has taken the connection may be loading a model, or the machine is busy. */
const LIMIT_MS = 2_000;

/** Asks all at once; a server that is slower than `limitMs` counts as not answering. Never rejects. */
export async function probeLocalServers(
  door: Door,
  env: Env,
  limitMs = LIMIT_MS,
  /** What was shown of models before: it is not asked again. */
  shown: ShownModels = new Map(),
): Promise<LocalServer[]> {
  return Promise.all(localIds.map((id) => probe(door, id, localBaseUrl(id, env), limitMs, shown)));
}

async function probe(door: Door, id: LocalId, baseUrl: string, limitMs: number, shown: ShownModels): Promise<LocalServer> {
  const origin = new URL(baseUrl).origin;
  const fetch = door.fetchFor({
    origin,
    auth: null,
    headers: {},
    isOffline: true,
    connectMs: limitMs,
    headersMs: limitMs,
  });
  // One limit for the whole probe, bodies included.
  const signal = AbortSignal.timeout(limitMs);
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`${origin}${path}`, { ...init, signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`status ${response.status}`);
    }
    return response.json();
  };
  const local: LocalAsk = {
    get: (path) => ask(path),
    post: (path, body) => ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  };
  const silent: LocalServer = {
    provider: id,
    name: names[id],
    baseUrl,
    isAnswering: false,
    version: null,
    models: [],
    fast: null,
    smart: null,
  };
  try {
    return { ...silent, ...(id === "ollama" ? await askOllama(local, shown) : await askList(local, id)), isAnswering: true };
  } catch {
    return silent;
  }
}

type Found = Pick<LocalServer, "version" | "models" | "fast" | "smart">;

const versionSchema = z.object({ version: z.string().max(64) });
const tagsSchema = z.object({
  models: z
    .array(
      z.object({
        name: z.string().min(1).max(256),
        size: z.number().nonnegative().catch(0),
        digest: z.string().optional().catch(undefined),
        remote_model: z.string().optional().catch(undefined),
        remote_host: z.string().optional().catch(undefined),
        details: z
          .object({ family: z.string().catch("") })
          .optional()
          .catch(undefined),
      }),
    )
    .nullable(),
});
const listSchema = z.object({ data: z.array(z.object({ id: z.string().min(1).max(256) })) });

async function askOllama(ask: LocalAsk, shown: ShownModels): Promise<Found> {
  const version = versionSchema.safeParse(await ask.get("/api/version"));
  const tags = tagsSchema.parse(await ask.get("/api/tags")).models ?? [];
  const listed = tags.filter(({ name, remote_model, remote_host, details }) => {
    return !remote_model && !remote_host && !isCloudModel(name) && !isEmbedding(`${name} ${details?.family ?? ""}`);
  });
  const details = await ollamaDetails(ask, listed, shown);
  const own = listed.filter(({ name }) => details.get(name)?.isEmbedding !== true);
  // A model that takes no tools can only talk: it is offered, but not chosen.
  const able = own.filter(({ name }) => details.get(name)?.hasTools !== false);
  const bySize = (able.length > 0 ? able : own).toSorted((a, b) => a.size - b.size);
  return {
    version: version.success ? version.data.version : null,
    models: own.map(({ name }) => localModel(name, details.get(name))),
    fast: bySize[0]?.name ?? null,
    smart: bySize.at(-1)?.name ?? null,
  };
}

/** LM Studio and Jan. */
async function askList(ask: LocalAsk, id: LocalId): Promise<Found> {
  const listed = listSchema.parse(await ask.get("/v1/models")).data.map((row) => row.id);
  const details = id === "lmstudio" ? await lmStudioDetails(ask) : new Map<string, LocalDetails>();
  const ids = listed.filter((model) => !isEmbedding(model) && details.get(model)?.isEmbedding !== true);
  const models = ids.map((model) => localModel(model, details.get(model)));
  return { version: null, models, fast: ids[0] ?? null, smart: ids[0] ?? null };
}

/** Ollama passes these on to its own cloud: what is said to them leaves the machine (docs.ollama.com/cloud, 2026). */
export function isCloudModel(id: string): boolean {
  return /[:-]cloud$/.test(id);
}

function isEmbedding(words: string): boolean {
  return /embed|\bbert\b|nomic-bert|rerank/i.test(words);
}

function localModel(id: string, details: LocalDetails | undefined): Model {
  return {
    id,
    name: details?.hasTools === false ? `${id} (no tools)` : id,
    contextWindow: details?.contextWindow ?? null,
    ...(details?.isContextMost === true ? { isContextMost: true } : {}),
    maxOutput: null,
    input: details?.takesImages === true ? ["text", "image"] : ["text"],
    reasoning: "none",
    price: { inputMicros: 0, outputMicros: 0 },
  };
}

export const OLLAMA_RESPONSES_FROM = "0.13.4";

/** Ollama speaks the Responses API from 0.13.4 on; what tells no version is taken to be newer, as Open Interpreter 0.0.39 does. */
export function speaksResponses(server: LocalServer): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/
    .exec(server.version ?? "")
    ?.slice(1)
    .map(Number);
  if (server.provider !== "ollama" || parts === undefined || parts.every((part) => part === 0)) return true;
  const [major = 0, minor = 0, patch = 0] = parts;
  return major > 0 || minor > 13 || (minor === 13 && patch >= 4);
}
