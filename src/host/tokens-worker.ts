// The worker thread that counts tokens: the only place where tiktoken is loaded, one encoder for each encoding.

import { parentPort } from "node:worker_threads";
import { Tiktoken } from "tiktoken/lite";

export type Encoding = "o200k_base" | "cl100k_base";

export interface CountRequest {
  readonly id: number;
  readonly text: string;
  readonly encoding: Encoding;
}

export interface CountReply {
  readonly id: number;
  /** Null where counting failed. */
  readonly tokens: number | null;
}

/** Creating many encoders of one encoding crashes tiktoken (dqbd/tiktoken#35): each is made once and kept. */
const encoders = new Map<Encoding, Promise<Tiktoken>>();

/** Byte-pair encoding takes quadratic time over one long word; pieces this long bound it and move the count by next to nothing. */
const PIECE_CHARS = 4096;

async function makeEncoder(encoding: Encoding): Promise<Tiktoken> {
  const ranks =
    encoding === "o200k_base"
      ? await import("tiktoken/encoders/o200k_base.json", { with: { type: "json" } })
      : await import("tiktoken/encoders/cl100k_base.json", { with: { type: "json" } });
  const { bpe_ranks, special_tokens, pat_str } = ranks.default;
  return new Tiktoken(bpe_ranks, special_tokens, pat_str);
}

async function count({ text, encoding }: CountRequest): Promise<number> {
  const encoder = encoders.get(encoding) ?? makeEncoder(encoding);
  encoders.set(encoding, encoder);
  const ready = await encoder;
  let tokens = 0;
  // "Ordinary": text that looks like a special token is text.
  for (let at = 0; at < text.length; at += PIECE_CHARS) tokens += ready.encode_ordinary(text.slice(at, at + PIECE_CHARS)).length;
  return tokens;
}

// Null only where this file is loaded outside a worker, which nobody does.
const port = parentPort;
port?.on("message", (request: CountRequest) => {
  count(request).then(
    (tokens) => port.postMessage({ id: request.id, tokens } satisfies CountReply),
    () => port.postMessage({ id: request.id, tokens: null } satisfies CountReply),
  );
});
