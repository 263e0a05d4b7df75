// Fetches a model that a local server does not have yet: Ollama's stream of progress, or LM Studio's own program.

import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../domain/message-of.ts";
import { parseJson } from "../domain/parse-json.ts";
import type { Door } from "../net/door.ts";
import { cleanLine, runClosedChild } from "./closed-child.ts";
import { isCloudModel, isLocalId, type LocalId, localBaseUrl, localServerName, localStartHint } from "./local-servers.ts";
import { programOnPath } from "./terminal-program.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface PullProgress {
  /** The server's own word for what it does, one line. */
  readonly status: string;
  /** Bytes; null where nothing is counted. */
  readonly done: number | null;
  readonly total: number | null;
}

export interface PullRequest {
  readonly provider: string;
  readonly model: string;
  readonly env: Env;
  /** Of programs that are started; no key in it. */
  readonly childEnv: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullProgress) => void;
}

/** The longest silence of Ollama's stream, ms: it checks a large file without a word. */
const IDLE_MS = 300_000;
const LINE_CHARS_MAX = 64 * 1024;
const LMS_MS = 6 * 3_600_000;

/** Resolves with null when the model is there, else with a sentence. Never rejects. */
export async function pullModel(door: Door, request: PullRequest): Promise<string | null> {
  const { provider, model } = request;
  if (!isLocalId(provider)) return `models of ${provider} cannot be fetched to this machine; ollama and lmstudio can`;
  // Never an option of a program's, never a path.
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,255}$/.test(model) || model.includes(".."))
    return `"${cleanLine(model, 80)}" is no name of a model`;
  if (isCloudModel(model)) return `${model} runs in a cloud; there is nothing to fetch`;
  switch (provider) {
    case "ollama":
      return pullFromOllama(door, request, provider);
    case "lmstudio":
      return pullWithLms(request);
    case "jan":
      return `Jan fetches models itself: open Jan, Hub, and look for ${model}`;
    default:
      return provider satisfies never;
  }
}

const lineSchema = z.object({
  status: z.string().catch(""),
  digest: z.string().optional(),
  total: z.number().nonnegative().optional(),
  completed: z.number().nonnegative().optional(),
  error: z.string().optional(),
});

/** Its stream is one JSON object a line (status, digest, total, completed) up to "success"; an error comes with status 200. */
async function pullFromOllama(door: Door, request: PullRequest, id: LocalId): Promise<string | null> {
  const { model, env, signal, onProgress } = request;
  const { origin } = new URL(localBaseUrl(id, env));
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), IDLE_MS);
  const fetch = door.fetchFor({ origin, auth: null, headers: {}, isOffline: true, headersMs: IDLE_MS });
  const name = localServerName(id);
  try {
    const response = await fetch(`${origin}/api/pull`, {
      method: "POST",
      body: JSON.stringify({ model, stream: true }),
      signal: AbortSignal.any([signal, idle.signal]),
    });
    if (response.body === null) return `${name} answered ${response.status} and nothing more`;
    const layers = new Map<string, { done: number; total: number }>();
    for await (const line of linesOf(response.body)) {
      clearTimeout(timer);
      timer = setTimeout(() => idle.abort(), IDLE_MS);
      const parsed = lineSchema.safeParse(parseJson(line));
      if (!parsed.success) return `${name} sent a line that is not its format; is it Ollama that answers at ${origin}?`;
      const { status, digest, total, completed, error } = parsed.data;
      if (error !== undefined) return `${name} could not fetch ${model}: ${cleanLine(error, 300)}`;
      if (status === "success") return null;
      if (digest !== undefined && total !== undefined) layers.set(digest, { done: Math.min(completed ?? 0, total), total });
      onProgress({ status: cleanLine(status, 80), ...sumOf(layers) });
    }
    if (!response.ok) return `${name} answered ${response.status}`;
    return `${name} broke off before ${model} was whole; run it again, it goes on where it stopped`;
  } catch (error) {
    if (signal.aborted) return "stopped; run it again, it goes on where it stopped";
    if (idle.signal.aborted) return `${name} said nothing for ${IDLE_MS / 60_000} minutes; run it again, it goes on where it stopped`;
    const why = messageOf(error);
    return `${name} does not answer on ${new URL(origin).host} (${cleanLine(why, 200)}); ${localStartHint(id)}`;
  } finally {
    clearTimeout(timer);
  }
}

function sumOf(layers: ReadonlyMap<string, { done: number; total: number }>): { done: number | null; total: number | null } {
  if (layers.size === 0) return { done: null, total: null };
  let done = 0;
  let total = 0;
  for (const layer of layers.values()) {
    done += layer.done;
    total += layer.total;
  }
  return { done, total };
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LINE_CHARS_MAX) throw new Error("a line without an end");
    for (const line of lines) if (line.trim() !== "") yield line;
  }
  if (rest.trim() !== "") yield rest;
}

async function pullWithLms(request: PullRequest): Promise<string | null> {
  const { model, childEnv, env, signal, onProgress } = request;
  const home = env["HOME"] ?? childEnv["HOME"] ?? "";
  const program = programOnPath("lms", childEnv["PATH"] ?? "/usr/bin:/bin") ?? programOnPath(join(home, ".lmstudio/bin/lms"), "");
  if (program === null) return "LM Studio's program lms is neither on the PATH nor in ~/.lmstudio/bin; run: npx lmstudio install-cli";
  onProgress({ status: "lms get", done: null, total: null });
  const onOutput = readLmsProgress(onProgress);
  const argv = [program, "get", "--yes", model] as const;
  const end = await runClosedChild({ argv: [...argv], cwd: "/", env: childEnv, timeoutMs: LMS_MS, signal, onOutput });
  if (signal.aborted) return "stopped; run it again, it goes on where it stopped";
  if (end.type === "timeout") return `lms get ${model} did not end and was stopped; run it by hand to see why`;
  if (end.type === "not-started") return `lms did not start: ${end.reason}`;
  if (end.exitCode === 0) return null;
  const said = cleanLine(end.stderr, 300) || cleanLine(lastLine(new TextDecoder().decode(end.stdout)), 300);
  return `lms get ${model} failed with exit code ${end.exitCode}${said === "" ? "" : `: ${said}`}`;
}

const LMS_TAIL_CHARS = 400;
const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Its bar, drawn over itself in pieces: `[███  ] 41.00% | 5.50 GB / 13.40 GB | …` (read in lmstudio-ai/lms, ProgressBar.ts, 2026). */
function readLmsProgress(onProgress: PullRequest["onProgress"]): (text: string) => void {
  let tail = "";
  let told = "";
  return (text) => {
    tail = (tail + text).slice(-LMS_TAIL_CHARS);
    const found = [...tail.matchAll(/(\d{1,3}(?:\.\d+)?)% \| +([\d.]+) ([KMGT]?B) \/ +([\d.]+) ([KMGT]?B)/g)].at(-1);
    if (found === undefined || found[0] === told) return;
    told = found[0];
    const total = Math.round(Number(found[4]) * (UNITS[found[5] ?? ""] ?? 1));
    // The share is told more finely than the bytes.
    const done = Math.min(total, Math.round((total * Number(found[1])) / 100));
    if (Number.isFinite(total)) onProgress({ status: "lms get", done, total });
  };
}

const lastLine = (text: string): string =>
  text
    .trimEnd()
    .split(/[\r\n]/)
    .at(-1) ?? "";
