// How many tokens a context fills: what the provider said of its last request and a guess for what came since.

import type { ItemId } from "../domain/ids.ts";
import { imageTokens } from "../domain/image.ts";
import type { TranscriptItem, WireName } from "../domain/item.ts";
import { imagesOf } from "../domain/item.ts";
import type { Profile } from "../domain/profile.ts";
import type { Tokens } from "./ports.ts";

/** What the context filled up to and with an item of the path, by the provider's own count; in memory only. */
export interface MeasuredContext {
  readonly head: ItemId;
  readonly tokens: number;
  readonly model: string;
}

/** Of the window, without the room for the reply, this much may be filled before the context is compacted. */
const FILL = 0.85;
/** Where a profile does not say how long a reply may be. */
const REPLY_TOKENS = 32_000;
/** Role, ids and marks around an item. */
const ITEM_TOKENS = 8;

/** Tokens above which a context is compacted before the next request; null where the window is unknown. */
export function contextLimit(profile: Profile): number | null {
  const { contextWindow, maxTokens } = profile;
  if (contextWindow === null) return null;
  return Math.floor(FILL * (contextWindow - Math.min(maxTokens ?? REPLY_TOKENS, contextWindow / 4)));
}

/** Three bytes a token: more than English or code needs, about what other scripts do. */
export function guessTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

export function guessItemTokens(item: TranscriptItem): number {
  return guessTokens(textOf(item)) + tokensOfImages(item, null) + ITEM_TOKENS;
}

/** By the wire's own formula; where it is open, by that which counts more. */
function tokensOfImages(item: TranscriptItem, wire: WireName | null): number {
  const wires = wire === null ? ["chat", "messages"] : [wire];
  return imagesOf(item).reduce((sum, image) => sum + Math.max(...wires.map((each) => imageTokens(image, each))), 0);
}

export interface ContextSize {
  /** The whole path, and the context that is cut from it. */
  readonly path: readonly TranscriptItem[];
  readonly context: readonly TranscriptItem[];
  readonly measured: MeasuredContext | null;
  readonly model: string;
  readonly wire: WireName;
  /** Instructions and tools: counted where nothing was measured. */
  readonly overhead: string;
}

/** Cheap where the guess stays under `limit`; only what comes near it is counted. Without a limit always the guess. */
export async function countContext(size: ContextSize, limit: number | null, tokens: Tokens): Promise<number> {
  const { fresh, base } = sinceMeasured(size);
  const overhead = base === null ? size.overhead : "";
  const guess = (base ?? 0) + guessTokens(overhead) + fresh.reduce((sum, item) => sum + guessItemTokens(item), 0);
  if (limit === null || guess <= limit) return guess;
  const images = fresh.reduce((sum, item) => sum + tokensOfImages(item, size.wire), 0);
  const counted = await tokens.count([overhead, ...fresh.map(textOf)].join("\n"), size.model);
  return (base ?? 0) + counted + images + fresh.length * ITEM_TOKENS;
}

/** A measurement holds while its head is on the path, no newer summary cut it, and the same model counts. */
function sinceMeasured(size: ContextSize): { readonly fresh: readonly TranscriptItem[]; readonly base: number | null } {
  const { measured, path } = size;
  const at = measured === null || measured.model !== size.model ? -1 : path.findLastIndex((item) => item.id === measured.head);
  const isCut = path.findLastIndex((item) => item.type === "summary") > at;
  if (measured === null || at < 0 || isCut) return { fresh: size.context, base: null };
  return { fresh: path.slice(at + 1), base: measured.tokens };
}

function textOf(item: TranscriptItem): string {
  switch (item.type) {
    case "user":
    case "thought":
    case "text":
    case "result":
    case "summary":
      return item.text;
    case "call":
      return `${item.name} ${item.arguments}`;
    case "notice":
      return "";
    default:
      return item satisfies never;
  }
}
