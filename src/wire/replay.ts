// Makes a transcript fit for one target: seals for an equal source only, ids and names the target accepts, every call answered once.

import { createHash } from "node:crypto";
import { pairResults } from "../domain/context.ts";
import { describeImage, type Image, type ItemImage, isKept } from "../domain/image.ts";
import type { ItemOf, Source, TranscriptItem, WireName } from "../domain/item.ts";
import type { Message, Replay, ReplayTarget } from "./wire.ts";

/**
 * What becomes of the items:
 * - reasoning goes only to an equal source (all of `Source` but the harness, which has no part in it); foreign reasoning is
 *   dropped: its conclusions stand in the text and calls after it, and models given it as text begin to imitate it;
 * - where the target binds reasoning to what stood before it, that goes which now stands behind a summary, or behind calls that are
 *   spoken anew: the request would be refused;
 * - a call keeps its own words where the harness is the same, else it is spoken anew; its seal stays only with its own words;
 * - results stand right after the reply they belong to, in the order of its calls; users' words that came between wait;
 * - a call without a result gets one that says so; results without a call, and second results, are dropped;
 * - a summary is told as the user's, in one message with the user's words after it: many chat templates refuse two in a row.
 * - half a character, where something was cut, becomes U+FFFD: it is no text, and APIs refuse the whole request for it.
 * For one target the messages of a path are a prefix of those of a longer path, wherever calls are closed.
 */
export const replay: Replay = (items, target, speak) => {
  const unbound = target.bindsThinking === true ? keptBySummary(items) : new Set<TranscriptItem>();
  const said = items.filter((item) => item.type !== "notice");
  const results = pairResults(said);
  const ids = createIdMap(target.wire);
  const messages: Message[] = [];
  for (let i = 0; i < said.length; ) {
    const item = said[i];
    if (item === undefined) break;
    if (item.type === "summary" || item.type === "user" || item.type === "result") {
      messages.push(...userMessages(said, i, target));
      i += 1;
      continue;
    }
    const reply = replyAt(said, i);
    const answers: Message[] = [];
    for (const part of withoutLooseThoughts(reply)) {
      if (part.type === "thought" && !unbound.has(part)) messages.push(...thoughtMessage(part, target));
      if (part.type === "text") messages.push(...textMessage(part, target));
      if (part.type !== "call") continue;
      const callId = ids.map(part.callId, isEqualSource(part.source, target));
      messages.push(callMessage(part, callId, target, speak));
      answers.push(resultMessage(results.get(part), callId, target));
    }
    messages.push(...answers);
    i += reply.length;
  }
  return messages.map(withWholeText);
};

/** Seals stay as they came, whatever is in them. */
function withWholeText(message: Message): Message {
  return message.type === "call"
    ? { ...message, arguments: message.arguments.toWellFormed() }
    : { ...message, text: message.text.toWellFormed() };
}

type Said = Exclude<TranscriptItem, { type: "notice" }>;
type Part = ItemOf<"thought"> | ItemOf<"text"> | ItemOf<"call">;

/** What a model made in one go: ends at a user's words or a result. */
function replyAt(items: readonly Said[], from: number): Part[] {
  const parts: Part[] = [];
  for (let i = from; i < items.length; i++) {
    const item = items[i];
    if (item === undefined || item.type === "user" || item.type === "result" || item.type === "summary") break;
    parts.push(item);
  }
  return parts;
}

/** Reasoning that nothing follows (a reply was cut there) is refused by both APIs that seal it. */
function withoutLooseThoughts(reply: readonly Part[]): readonly Part[] {
  const last = reply.findLastIndex((part) => part.type === "call" || (part.type === "text" && part.text !== ""));
  return reply.slice(0, last + 1);
}

function isEqualSource(a: Source, b: Source): boolean {
  return a.provider === b.provider && a.origin === b.origin && a.credential === b.credential && a.wire === b.wire && a.model === b.model;
}

/** What a summary left standing, from before it: the summary has the place of what it was said behind. */
function keptBySummary(items: readonly TranscriptItem[]): Set<TranscriptItem> {
  const [summary] = items;
  if (summary?.type !== "summary") return new Set();
  const first = items.findIndex((item) => item.parent === summary.id);
  return new Set(items.slice(1, first < 0 ? undefined : first));
}

function thoughtMessage(item: ItemOf<"thought">, target: ReplayTarget): Message[] {
  if (!isEqualSource(item.source, target)) return [];
  if (target.bindsThinking === true && item.source.harness !== target.harness) return [];
  return [{ type: "thought", text: item.text, ...(item.seal === undefined ? {} : { seal: item.seal }) }];
}

const CUT_MARK = "[this reply was cut off here]";

function textMessage(item: ItemOf<"text">, target: ReplayTarget): Message[] {
  if (item.text === "") return [];
  const text = item.isPartial === true ? `${item.text}\n\n${CUT_MARK}` : item.text;
  const seal = isEqualSource(item.source, target) ? item.seal : undefined;
  return [{ type: "text", text, ...(seal === undefined ? {} : { seal }) }];
}

function callMessage(item: ItemOf<"call">, callId: string, target: ReplayTarget, speak: Parameters<Replay>[2]): Message {
  const isOwnDialect = item.source.harness === target.harness;
  const spoken = isOwnDialect ? { name: item.name, arguments: item.arguments } : speak(item);
  const isVerbatim = spoken.name === item.name && spoken.arguments === item.arguments;
  const seal = isVerbatim && isEqualSource(item.source, target) ? item.seal : undefined;
  return {
    type: "call",
    callId,
    name: acceptableName(spoken.name),
    arguments: asObject(spoken.arguments),
    ...(seal === undefined ? {} : { seal }),
  };
}

const NOT_RUN = "not run: the turn ended before this call was answered";

function resultMessage(item: ItemOf<"result"> | undefined, callId: string, target: ReplayTarget): Message {
  if (item === undefined) return { type: "result", callId, text: NOT_RUN, isError: true, images: [] };
  const { text, images } = withImages(item.text, item.images ?? [], target.takesImages);
  return {
    type: "result",
    callId,
    text: text === "" && images.length === 0 ? "(no output)" : text,
    isError: item.outcome !== "ok",
    images,
  };
}

const SUMMARY_HEAD =
  "[The conversation so far was compacted. This is the summary of its older part; the newest messages follow word for word.]";
const SUMMARY_END = "[End of the summary.]";

/** The words of the user at `index`, a summary before them included; a summary that the user's words follow is told with those. */
function userMessages(said: readonly Said[], index: number, target: ReplayTarget): Message[] {
  const item = said[index];
  if (item?.type === "summary" && said[index + 1]?.type !== "user") return [{ type: "user", text: summaryText(item), images: [] }];
  if (item?.type !== "user") return [];
  const before = said[index - 1];
  const own = withImages(item.text, item.images ?? [], target.takesImages);
  const text = [...(before?.type === "summary" ? [summaryText(before)] : []), ...(own.text === "" ? [] : [own.text])].join("\n\n");
  return text === "" && own.images.length === 0 ? [] : [{ type: "user", text, images: own.images }];
}

function summaryText(item: ItemOf<"summary">): string {
  return [SUMMARY_HEAD, item.text.trim(), SUMMARY_END].join("\n\n");
}

/** Images that the target cannot be shown become lines that name them: it takes none, or their bytes were not brought along. */
function withImages(text: string, all: readonly ItemImage[], takesImages: boolean): { text: string; images: readonly Image[] } {
  const images = takesImages ? all.filter(hasBytes) : [];
  const marks = all.flatMap((image) => {
    if (takesImages && hasBytes(image)) return [];
    const why = takesImages ? "it is gone, or there are too many" : "this model takes no images";
    return [`[image left out (${why}): ${describeImage(image, "path")}]`];
  });
  return { text: [text, ...marks].filter((line) => line !== "").join("\n"), images };
}

function hasBytes(image: ItemImage): image is Image {
  return !isKept(image);
}

// What targets accept ---------------------------------------------------------------------------------------------------

/** Lengths: chat 40 and responses 64 as OpenAI's API enforces, messages 64 by its pattern. */
const ID_CHARS: Readonly<Record<WireName, number>> = { responses: 64, chat: 40, messages: 64, demo: 64 };

/** Ids that the target accepts, or over chat made itself (Kimi's `functions.Shell:0`), stay; others are rewritten; none is given twice. Depends on what came before only, so prefixes hold. */
function createIdMap(wire: WireName): { map(id: string, isOwn: boolean): string } {
  const maxChars = ID_CHARS[wire];
  const used = new Set<string>();
  const acceptable = (id: string, isOwn: boolean): string => {
    if (id.length <= maxChars && (isOwn && wire === "chat" ? /^[!-~]+$/ : /^[a-zA-Z0-9_-]+$/).test(id)) return id;
    const digest = createHash("sha256").update(id).digest("hex").slice(0, 12);
    return `${id.replace(/[^a-zA-Z0-9_-]+/g, "_").slice(0, maxChars - 20)}_${digest}`;
  };
  return {
    map: (id, isOwn) => {
      const wanted = acceptable(id, isOwn);
      let given = wanted;
      for (let n = 2; used.has(given); n++) given = `${wanted.slice(0, maxChars - 6)}_${n}`;
      used.add(given);
      return given;
    },
  };
}

/** All three APIs take these characters in a tool's name and no others. */
function acceptableName(name: string): string {
  return /^[a-zA-Z0-9_-]{1,64}$/.test(name) ? name : name.replace(/[^a-zA-Z0-9_-]+/g, "_").slice(0, 64) || "unnamed";
}

/** What a model meant as arguments may be no JSON at all; APIs and their chat templates take nothing but an object. */
function asObject(args: string): string {
  try {
    const parsed: unknown = JSON.parse(args);
    const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    // Escaped halves of characters would come out again where an API takes the object itself.
    if (isObject) return hasHalves(args, parsed) ? JSON.stringify(parsed, wholeStrings) : args;
  } catch {
    // Wrapped below.
  }
  return args.trim() === "" ? "{}" : JSON.stringify({ unreadable: args });
}

const hasHalves = (args: string, parsed: object): boolean =>
  /\\ud[89a-f]/i.test(args) && JSON.stringify(parsed) !== JSON.stringify(parsed, wholeStrings);
const wholeStrings = (_key: string, value: unknown): unknown => (typeof value === "string" ? value.toWellFormed() : value);
