// A transcript as lines: items that stand, each drawn once and kept, and the reply that is being streamed.

import type { ItemOf, TranscriptItem } from "../domain/item.ts";
import { formatElapsed } from "./format.ts";
import type { Line } from "./frame-types.ts";
import { isHighlighterLoaded } from "./highlight.ts";
import { type Block, type ItemLook, marginOf } from "./item-look.ts";
import { isMarkdownLoaded } from "./markdown.ts";
import { createMarkdownStream, type MarkdownStream } from "./markdown-stream.ts";
import type { Theme } from "./theme.ts";
import { type CallState, renderCall, renderGrowingCall, renderOrphan } from "./transcript-call.ts";
import { renderNotice, renderSummary, renderText, renderThought, renderUser } from "./transcript-item.ts";

/** A piece of the running turn, as streamed so far. */
export interface LivePart {
  readonly kind: "text" | "thought" | "call";
  /** The tool's, where `kind` is `call`. */
  readonly name?: string;
  readonly text: string;
}

export interface TranscriptInput {
  /** The path to the head, oldest first. */
  readonly items: readonly TranscriptItem[];
  readonly live: readonly LivePart[];
  /** The call that runs now; `startedAt` in milliseconds since 1970. */
  readonly running: { readonly callId: string; readonly startedAt: number } | null;
  /** Milliseconds since 1970, for elapsed seconds. */
  readonly now: number;
  /** Ids of items that the user opened. */
  readonly unfolded: ReadonlySet<string>;
  readonly showThoughts: boolean;
  readonly width: number;
  readonly theme: Theme;
  readonly isAscii: boolean;
  /** One for each pane. */
  readonly cache: TranscriptCache;
}

export interface TranscriptLayout {
  /** Not to be changed: kept parts are shared between frames. */
  readonly lines: readonly Line[];
  /** First line of each item that is shown; a result is part of its call. */
  readonly anchors: readonly { readonly item: string; readonly line: number }[];
}

/** What was drawn, by item. Only `layoutTranscript` writes it. */
export interface TranscriptCache {
  look: string;
  theme: Theme | null;
  readonly blocks: Map<string, KeptBlock>;
  settled: Settled | null;
  readonly streams: MarkdownStream[];
}

interface KeptBlock {
  readonly item: TranscriptItem;
  readonly result: TranscriptItem | null;
  /** All else it depends on. */
  readonly key: string;
  readonly block: Block;
}

/** The items joined, for as long as they are the same. */
interface Settled extends TranscriptLayout {
  readonly items: readonly TranscriptItem[];
  readonly key: string;
  readonly unfolded: ReadonlySet<string>;
  readonly end: End | null;
}

/** What stands last, to decide on an empty line below it. */
interface End {
  readonly isCompact: boolean;
  readonly height: number;
}

export function createTranscriptCache(): TranscriptCache {
  return { look: "", theme: null, blocks: new Map(), settled: null, streams: [] };
}

/** An empty transcript gives no lines. No line is wider than `width`; all text in it is clean. */
export function layoutTranscript(input: TranscriptInput): TranscriptLayout {
  if (input.width < 1) return { lines: [], anchors: [] };
  forgetOtherLook(input);
  const settled = layoutItems(input);
  if (input.live.length === 0) {
    input.cache.streams.length = 0;
    return settled;
  }
  const lines = [...settled.lines];
  let end = settled.end;
  input.live.forEach((part, index) => {
    end = append(lines, renderLive(part, index, input), end);
  });
  return { lines, anchors: settled.anchors };
}

function forgetOtherLook({ cache, width, theme, isAscii }: TranscriptInput): void {
  const look = `${width} ${isAscii} ${isMarkdownLoaded()} ${isHighlighterLoaded()}`;
  if (cache.look === look && cache.theme === theme) return;
  cache.look = look;
  cache.theme = theme;
  cache.blocks.clear();
  cache.streams.length = 0;
  cache.settled = null;
}

function layoutItems(input: TranscriptInput): Settled {
  const { cache, items, unfolded, running, showThoughts } = input;
  const elapsed = running === null ? "" : formatElapsed(input.now - running.startedAt);
  const key = `${running?.callId ?? ""} ${elapsed} ${showThoughts}`;
  const kept = cache.settled;
  if (kept !== null && kept.key === key && isEqual(kept.unfolded, unfolded) && areSame(kept.items, items)) return kept;

  const results = matchResults(items);
  const lines: Line[] = [];
  const anchors: { item: string; line: number }[] = [];
  let end: End | null = null;
  for (const [at, item] of items.entries()) {
    if (item.type === "result" && results.matched.has(item)) continue;
    if (isTriedAgain(item, items[at + 1])) continue;
    const block = keptBlock(item, results.byCall.get(item) ?? null, input, elapsed);
    if (block.lines.length === 0) continue;
    end = append(lines, block, end);
    anchors.push({ item: item.id, line: lines.length - block.lines.length });
  }
  dropStrangers(cache, items);
  cache.settled = { items: [...items], key, unfolded: new Set(unfolded), lines, anchors, end };
  return cache.settled;
}

/** Of tries one after the other the newest says it all. */
function isTriedAgain(item: TranscriptItem, next: TranscriptItem | undefined): boolean {
  const isTry = item.type === "notice" && item.kind === "retried";
  return isTry && next?.type === "notice" && next.kind === "retried" && next.turn === item.turn;
}

interface MatchedResults {
  readonly byCall: ReadonlyMap<TranscriptItem, ItemOf<"result">>;
  readonly matched: ReadonlySet<TranscriptItem>;
}

/** A result belongs to the newest call above it with its id; providers exist that use an id again. */
function matchResults(items: readonly TranscriptItem[]): MatchedResults {
  const open = new Map<string, TranscriptItem>();
  const byCall = new Map<TranscriptItem, ItemOf<"result">>();
  const matched = new Set<TranscriptItem>();
  for (const item of items) {
    if (item.type === "call") open.set(item.callId, item);
    const call = item.type === "result" ? open.get(item.callId) : undefined;
    if (item.type !== "result" || call === undefined) continue;
    byCall.set(call, item);
    matched.add(item);
    open.delete(item.callId);
  }
  return { byCall, matched };
}

function isEqual(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}

/** The same items in the same order. The array itself may have changed in place, so it is compared with a copy. */
function areSame(before: readonly TranscriptItem[], items: readonly TranscriptItem[]): boolean {
  return before.length === items.length && before.every((item, index) => item === items[index]);
}

function keptBlock(item: TranscriptItem, result: ItemOf<"result"> | null, input: TranscriptInput, elapsed: string): Block {
  const isRunning = item.type === "call" && result === null && input.running?.callId === item.callId;
  const isUnfolded = input.unfolded.has(item.id) || (item.type === "thought" && input.showThoughts);
  const key = `${isUnfolded} ${isRunning ? elapsed : ""}`;
  const kept = input.cache.blocks.get(item.id);
  if (kept !== undefined && kept.item === item && kept.result === result && kept.key === key) return kept.block;
  const elapsedMs = isRunning && input.running !== null ? input.now - input.running.startedAt : null;
  const block = renderItem(item, { result, isUnfolded, elapsedMs }, input);
  input.cache.blocks.set(item.id, { item, result, key, block });
  return block;
}

function renderItem(item: TranscriptItem, state: CallState, look: ItemLook): Block {
  switch (item.type) {
    case "user":
      return renderUser(item, look);
    case "text":
      return renderText(item, look);
    case "thought":
      return renderThought(item.text, state.isUnfolded, look);
    case "call":
      return renderCall(item, state, look);
    case "result":
      return renderOrphan(item, look);
    case "summary":
      return renderSummary(item, state.isUnfolded, look);
    case "notice":
      return renderNotice(item, look);
    default:
      return item satisfies never;
  }
}

/** After an undo or a window of items that moved on, what is no longer on the path is let go. */
function dropStrangers(cache: TranscriptCache, items: readonly TranscriptItem[]): void {
  if (cache.blocks.size <= items.length + 50) return;
  const wanted = new Set<string>(items.map((item) => item.id));
  for (const id of cache.blocks.keys()) if (!wanted.has(id)) cache.blocks.delete(id);
}

function renderLive(part: LivePart, index: number, input: TranscriptInput): Block {
  switch (part.kind) {
    case "text": {
      const options = { isAscii: input.isAscii, margin: marginOf(input.width) };
      const stream = input.cache.streams[index] ?? createMarkdownStream(input.width, input.theme, options);
      input.cache.streams[index] = stream;
      return { lines: stream.push(part.text), isCompact: false };
    }
    case "thought":
      return input.showThoughts
        ? renderThought(part.text, true, input, "thinking")
        : renderThought(newestThought(part.text), false, input, "thinking");
    case "call":
      return renderGrowingCall(part.name ?? "", part.text, input);
    default:
      return part.kind satisfies never;
  }
}

/** What the model thinks now: the line it is at. */
function newestThought(text: string): string {
  const tail = text.slice(-600).trimEnd();
  return tail.slice(tail.lastIndexOf("\n") + 1);
}

/** One empty line between blocks, none between compact ones that follow a single line. */
function append(lines: Line[], block: Block, above: End | null): End | null {
  if (block.lines.length === 0) return above;
  if (above !== null && !(above.isCompact && above.height === 1 && block.isCompact)) lines.push([]);
  for (const line of block.lines) lines.push(line);
  return { isCompact: block.isCompact, height: block.lines.length };
}
