// Collects the pieces of one reply into finished outputs, in the order the model made them, and estimates what was not reported.

import { z } from "zod";
import { imageTokens } from "../domain/image.ts";
import { parseJson } from "../domain/parse-json.ts";
import type { ModelEvent, ModelOutput, Usage } from "../domain/stream.ts";
import type { WireRequest } from "./wire.ts";

export interface CallSlot {
  callId: string;
  name: string;
  arguments: string;
  seal?: string;
}

export interface Gatherer {
  /** Adds to the open text, or opens one; returns the event that shows it. */
  text(delta: string): ModelEvent;
  thought(delta: string): ModelEvent;
  /** Ends the open text or thought and gives it its seal. */
  close(seal?: string): void;
  /** Puts a finished thing in its place. */
  add(output: ModelOutput): void;
  /** Opens a call; its fields may be filled in until the end. */
  call(slot: CallSlot): { slot: CallSlot; index: number };
  /** Everything so far; empty texts and thoughts without a seal are left out. */
  outputs(): ModelOutput[];
  hasCalls(): boolean;
}

export function createGatherer(): Gatherer {
  const outputs: (ModelOutput | { readonly type: "slot"; readonly slot: CallSlot })[] = [];
  let open: { readonly type: "text" | "thought"; readonly pieces: string[] } | null = null;
  let calls = 0;

  const close = (seal?: string): void => {
    if (open === null) return;
    outputs.push({ type: open.type, text: open.pieces.join(""), ...(seal === undefined ? {} : { seal }) });
    open = null;
  };
  const extend = (type: "text" | "thought", delta: string): ModelEvent => {
    if (open !== null && open.type !== type) close();
    open ??= { type, pieces: [] };
    if (delta === "") return { type: "beat" };
    open.pieces.push(delta);
    return { type, delta };
  };

  return {
    text: (delta) => extend("text", delta),
    thought: (delta) => extend("thought", delta),
    close,
    add: (output) => {
      close();
      if (output.type === "call") calls += 1;
      outputs.push(output);
    },
    call: (slot) => {
      close();
      outputs.push({ type: "slot", slot });
      calls += 1;
      return { slot, index: calls - 1 };
    },
    outputs: () => {
      close();
      return outputs
        .map((output): ModelOutput => (output.type === "slot" ? { type: "call", ...output.slot } : output))
        .filter((output) => output.type === "call" || output.text !== "" || output.seal !== undefined);
    },
    hasCalls: () => calls > 0,
  };
}

/** A number of tokens as a server tells it; what is no number, or below zero, was not told: no reply fails for its bill. */
export const tokenCount = z.number().nonnegative().nullish().catch(null);

const COUNT_MAX = 1e12;

/** A whole number that can be added up, whatever was told. */
export function wholeTokens(count: number | null | undefined): number {
  return Math.min(Math.round(count ?? 0), COUNT_MAX);
}

/** A call whose end nobody told may only be taken where its arguments are whole by themselves. */
export function isWholeObject(args: string): boolean {
  const parsed = parseJson(args);
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
}

const CHARS_PER_TOKEN = 4;

/** For providers that report no usage: characters by four. */
export function estimateUsage(request: WireRequest, outputs: readonly ModelOutput[]): Usage {
  let chars = request.instructions.length + (request.tools.length === 0 ? 0 : JSON.stringify(request.tools).length);
  let images = 0;
  for (const message of request.messages) {
    chars += message.type === "call" ? message.name.length + message.arguments.length : message.text.length;
    if (message.type === "user" || message.type === "result") images += sum(message.images.map((image) => imageTokens(image, "chat")));
  }
  const thought = sum(outputs.map((o) => (o.type === "thought" ? o.text.length : 0)));
  const said = sum(outputs.map((o) => (o.type === "call" ? o.name.length + o.arguments.length : o.type === "text" ? o.text.length : 0)));
  return {
    input: tokens(chars) + images,
    cacheRead: 0,
    cacheWrite: 0,
    output: tokens(thought + said),
    reasoning: tokens(thought),
    isEstimated: true,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
const tokens = (chars: number): number => Math.ceil(chars / CHARS_PER_TOKEN);
