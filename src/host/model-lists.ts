// The first pass of the picker: asks providers for their own lists of models, and keeps each for a while.

import { type LiveModel, readModelList } from "./model-shapes.ts";

export interface ModelListRequest {
  /** Tells one list from another: provider, address and credential; two of them never share a list. */
  readonly key: string;
  readonly name: string;
  readonly url: string;
  /** Reaches that provider only, with its own key. */
  readonly fetch: typeof globalThis.fetch;
}

export interface ModelList {
  /** Null where none was ever had. */
  readonly models: readonly LiveModel[] | null;
  /** Why it is not fresh; null: it is. */
  readonly problem: string | null;
}

export interface ModelLists {
  /** Never rejects; a second question while one is under way waits for it. */
  list(request: ModelListRequest): Promise<ModelList>;
  /** The list while it is fresh, without asking anybody. */
  fresh(key: string): readonly LiveModel[] | null;
}

const LIMIT_MS = 5_000;
const TTL_MS = 300_000;
/** A provider that failed is not asked again at every key that is typed. */
const FAILED_TTL_MS = 10_000;
const BYTES_MAX = 16 * 1024 * 1024;
const LISTS_MAX = 64;

interface Kept {
  readonly models: readonly LiveModel[] | null;
  readonly etag: string | null;
  readonly problem: string | null;
  readonly until: number;
}

export function createModelLists(now: () => number, limitMs = LIMIT_MS): ModelLists {
  const kept = new Map<string, Kept>();
  const asking = new Map<string, Promise<ModelList>>();

  const ask = async (request: ModelListRequest): Promise<ModelList> => {
    const before = kept.get(request.key) ?? null;
    const next = await fetchList(request, before, now, limitMs);
    kept.delete(request.key);
    kept.set(request.key, next);
    for (const oldest of kept.keys()) {
      if (kept.size <= LISTS_MAX) break;
      kept.delete(oldest);
    }
    return next;
  };

  return {
    async list(request) {
      const have = kept.get(request.key);
      if (have !== undefined && now() < have.until) return have;
      const under = asking.get(request.key) ?? ask(request).finally(() => asking.delete(request.key));
      asking.set(request.key, under);
      return under;
    },
    fresh(key) {
      const have = kept.get(key);
      return have !== undefined && now() < have.until ? have.models : null;
    },
  };
}

async function fetchList({ name, url, fetch }: ModelListRequest, before: Kept | null, now: () => number, limitMs: number): Promise<Kept> {
  const failed = (why: string): Kept => {
    const stands = before?.models == null ? "what the catalog knows is shown" : "its last list is shown";
    return {
      models: before?.models ?? null,
      etag: before?.etag ?? null,
      problem: `${name} ${why}; ${stands}`,
      until: now() + FAILED_TTL_MS,
    };
  };
  const signal = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(url, {
      signal,
      headers: { accept: "application/json", ...(before?.etag == null ? {} : { "if-none-match": before.etag }) },
    });
    if (response.status === 304 && before?.models != null) {
      await response.body?.cancel();
      return { ...before, problem: null, until: now() + TTL_MS };
    }
    if (!response.ok) {
      await response.body?.cancel();
      return failed(refusalText(response.status));
    }
    const models = readModelList(await readJson(response));
    if (models === null) return failed("answered with no list of models that is known here");
    if (models.length === 0) return failed("listed no models");
    return { models, etag: response.headers.get("etag"), problem: null, until: now() + TTL_MS };
  } catch (error) {
    if (signal.aborted) return failed(`did not list its models within ${limitMs / 1000} s`);
    return failed(`could not be asked for its models: ${error instanceof Error ? error.message : "it broke off"}`);
  }
}

function refusalText(status: number): string {
  if (status === 401 || status === 403) return `refused the key when it was asked for its models (${status})`;
  if (status === 404 || status === 405) return `has no list of models (${status})`;
  return `answered ${status} when it was asked for its models`;
}

/** Throws where it is too long or not JSON. */
async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > BYTES_MAX) throw new Error("its list is too long");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Error("its list is not JSON");
  }
}
