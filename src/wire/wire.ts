// The contract of this room: a request in neutral form goes in, model events come out; one file implements it per HTTP API.

import type { ScreenSize } from "../domain/computer.ts";
import type { Image } from "../domain/image.ts";
import type { ItemOf, Source, TranscriptItem } from "../domain/item.ts";
import type { Effort, ModelEvent, OutputSchema, Quirks, ReasoningControl, ToolSpec } from "../domain/stream.ts";

/** One entry of a request in neutral form, made by `replay` for exactly one target. */
export type Message =
  | { readonly type: "user"; readonly text: string; readonly images: readonly Image[] }
  | { readonly type: "thought"; readonly text: string; readonly seal?: string }
  | { readonly type: "text"; readonly text: string; readonly seal?: string }
  | { readonly type: "call"; readonly callId: string; readonly name: string; readonly arguments: string; readonly seal?: string }
  | {
      readonly type: "result";
      readonly callId: string;
      readonly text: string;
      readonly isError: boolean;
      readonly images: readonly Image[];
    };

/** All that a wire needs for one request besides a `fetch`. */
export interface WireRequest {
  readonly baseUrl: string;
  readonly model: string;
  readonly instructions: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolSpec[];
  /** How large the screen is as the model is shown it; left out: it has none. */
  readonly screen?: ScreenSize;
  /** A stable name of the conversation, for prompt caches; not a secret. */
  readonly cacheKey: string;
  readonly reasoning: ReasoningControl;
  readonly effort?: Effort;
  /** Tokens. */
  readonly maxTokens?: number;
  readonly temperature?: number;
  /** What the answer is to fit. A wire says it where the API and this schema allow. */
  readonly outputSchema?: OutputSchema;
  /** Appended to the query string. */
  readonly query?: Readonly<Record<string, string>>;
  readonly quirks: Quirks;
}

/** Asks a model. `signal` aborts; the stream then ends with a `failed` of kind `interrupted`. */
export type Wire = (request: WireRequest, fetch: typeof globalThis.fetch, signal: AbortSignal) => AsyncIterable<ModelEvent>;

/** Where a transcript is to be sent: what `replay` compares an item's source with. */
export interface ReplayTarget extends Source {
  readonly takesImages: boolean;
  /** It takes its reasoning back only behind the same words that it was thought behind; left out: it does not look. */
  readonly bindsThinking?: boolean;
}

export type Replay = (
  items: readonly TranscriptItem[],
  target: ReplayTarget,
  /** Speaks an old action in the target's dialect. */
  speak: (call: ItemOf<"call">) => { name: string; arguments: string },
) => Message[];
