// Token estimates behind the engine's `Tokens` port: a lazily started worker counts, and a rough rule stands in for it.

import { Worker } from "node:worker_threads";
import type { Tokens } from "../engine/ports.ts";
import type { CountReply, CountRequest, Encoding } from "./tokens-worker.ts";

export interface TokenCounter extends Tokens {
  /** Ends the worker; what was being counted is estimated. */
  close(): Promise<void>;
}

export interface TokenOptions {
  /** The worker's file; tests bring a broken one. */
  readonly workerUrl?: URL;
  /** A count that takes longer is given up, with the worker that hangs on it. */
  readonly timeoutMs?: number;
  /** Without work for this long the worker goes, and its 70 MB with it (measured, o200k_base). */
  readonly idleMs?: number;
}

/** Characters above which a text is judged by samples. */
const SAMPLED_CHARS = 1024 * 1024;
const SAMPLES = 16;
const SAMPLE_CHARS = 16 * 1024;
/** After this many failures of the worker in a row there is no further try. */
const MAX_FAILURES = 3;

/** Source runs as `.ts`, the build as `.js`, and a worker's file is no import specifier that the compiler would rewrite. */
const ownSuffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
const defaultWorkerUrl = new URL(`./tokens-worker.${ownSuffix}`, import.meta.url);

interface Waiting {
  readonly settle: (tokens: number | null) => void;
  readonly timer: NodeJS.Timeout;
}

/** Starts nothing until the first count. */
export function createTokens(options: TokenOptions = {}): TokenCounter {
  const timeoutMs = options.timeoutMs ?? 5000;
  const idleMs = options.idleMs ?? 120_000;
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let idle: NodeJS.Timeout | undefined;
  let failures = 0;
  let nextId = 1;
  let isClosed = false;

  function start(): Worker {
    // No environment and no arguments of ours: the worker counts and knows nothing.
    const started = new Worker(options.workerUrl ?? defaultWorkerUrl, {
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    started.on("message", (reply: CountReply) => {
      if (reply.tokens !== null) failures = 0;
      settle(reply.id, reply.tokens);
    });
    started.on("error", () => drop(started));
    started.on("exit", () => drop(started));
    return started;
  }

  /** Whatever was being counted is estimated instead. */
  function drop(dead: Worker): void {
    if (worker !== dead) return;
    worker = null;
    failures += 1;
    void dead.terminate();
    for (const id of [...waiting.keys()]) settle(id, null);
  }

  function settle(id: number, tokens: number | null): void {
    const one = waiting.get(id);
    if (one === undefined) return;
    waiting.delete(id);
    clearTimeout(one.timer);
    if (waiting.size === 0) rest();
    one.settle(tokens);
  }

  /** An idle worker keeps no process alive, and goes after a while. */
  function rest(): void {
    worker?.unref();
    clearTimeout(idle);
    idle = setTimeout(() => {
      const resting = worker;
      worker = null;
      void resting?.terminate();
    }, idleMs);
    idle.unref();
  }

  function ask(text: string, encoding: Encoding): Promise<number | null> {
    if (isClosed || failures >= MAX_FAILURES) return Promise.resolve(null);
    return new Promise((resolve) => {
      clearTimeout(idle);
      try {
        worker ??= start();
      } catch {
        failures += 1;
        resolve(null);
        return;
      }
      const used = worker;
      const id = nextId;
      nextId += 1;
      waiting.set(id, { settle: resolve, timer: setTimeout(() => drop(used), timeoutMs) });
      used.ref();
      used.postMessage({ id, text, encoding } satisfies CountRequest);
    });
  }

  async function count(text: string, model: string): Promise<number> {
    if (text === "") return 0;
    const sample = sampleOf(text);
    const tokens = await ask(sample, encodingOf(model));
    if (tokens === null) return Math.ceil(text.length / 4);
    return sample.length === text.length ? tokens : Math.ceil((tokens * text.length) / sample.length);
  }

  return {
    count,
    async close() {
      isClosed = true;
      clearTimeout(idle);
      const last = worker;
      worker = null;
      for (const id of [...waiting.keys()]) settle(id, null);
      clearTimeout(idle);
      await last?.terminate();
    },
  };
}

/** Only the older OpenAI models use `cl100k_base`; for every other family the newer encoding is the closer guess. */
export function encodingOf(model: string): Encoding {
  return /(^|\/)(gpt-4(?![o.\d])|gpt-3\.5|gpt-35)/.test(model) ? "cl100k_base" : "o200k_base";
}

/** Evenly spread slices of a long text, else the text itself. */
function sampleOf(text: string): string {
  if (text.length <= SAMPLED_CHARS) return text;
  const step = (text.length - SAMPLE_CHARS) / (SAMPLES - 1);
  let sample = "";
  for (let i = 0; i < SAMPLES; i += 1) {
    const at = Math.floor(i * step);
    sample += text.slice(at, at + SAMPLE_CHARS);
  }
  return sample;
}
