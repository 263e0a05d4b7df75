// Replies of the three APIs as a broken or hostile server would send them: cut, reordered, doubled, mixed with nonsense, in any pieces.

import type { ModelOutput } from "../../src/domain/stream.ts";
import type { Chance } from "./chance.ts";
import { type ApiName, errorFrame, framesOf, type ScriptedReply, type Step } from "./model-frames.ts";

/**
 * What a client owes such a stream: `same`, the reply as if nothing had been done to it; `failed`; `whole`, either of these and
 * nothing between; `calls`, any end, but no call that would run and was not in the reply, and none of them twice; `any`, one end.
 */
export type Owed = "same" | "failed" | "whole" | "calls" | "any";

export interface FaultyStream {
  /** What was done, for the message of a failing check. */
  readonly what: string;
  readonly owed: Owed;
  readonly pieces: readonly Uint8Array[];
  /** Then the connection breaks; else the body ends as bodies do. */
  readonly isBroken: boolean;
}

const words = [
  "ls",
  "-la",
  "naïve",
  "日本語",
  "🙂👩‍👩‍👧",
  "\u0000",
  "\\n",
  '"',
  "\u2028",
  "{",
  "}",
  "data:",
  "a".repeat(300),
  "\r",
  "event: x",
  "",
];

function sentence(chance: Chance, most: number): string {
  return Array.from({ length: chance.below(most) + 1 }, () => chance.pick(words)).join(" ");
}

/** Reasoning, texts and calls as a model makes them, in any number but none. */
export function randomReply(chance: Chance): ScriptedReply {
  const steps: Step[] = [];
  if (chance.below(2) === 0)
    steps.push({ type: "thought", text: `so ${sentence(chance, 5)}`, ...(chance.below(2) === 0 ? { seal: "SEAL" } : {}) });
  if (chance.below(3) > 0) steps.push({ type: "text", text: `well ${sentence(chance, 8)}` });
  const calls = chance.below(4);
  for (let n = 0; n < calls; n++) {
    steps.push({ type: "call", name: "exec", id: `call_${n}`, arguments: { language: "shell", code: `echo ${n} ${sentence(chance, 6)}` } });
  }
  if (!steps.some((step) => step.type !== "thought")) steps.push({ type: "text", text: "done" });
  return { steps, ...(chance.below(4) === 0 ? { usage: null } : {}) };
}

export function framesIn(api: ApiName, reply: ScriptedReply): string[] {
  return [...framesOf(api, reply, "test-model")].map((frame) => (frame.type === "frame" ? frame.text : ""));
}

/** The frame from which on the reply counts as complete; chat's `[DONE]` and usage come after it. */
function lastWord(api: ApiName, frames: readonly string[]): number {
  if (api !== "chat") return frames.length - 1;
  return frames.findIndex((frame) => /"finish_reason":"/.test(frame));
}

type Shaken = Pick<FaultyStream, "what" | "owed"> & { readonly frames: readonly string[]; readonly isBroken?: boolean };
type Fault = (api: ApiName, frames: readonly string[], chance: Chance) => Shaken;

const unknownFrames: Readonly<Record<ApiName, readonly string[]>> = {
  responses: [
    'event: response.brand_new\ndata: {"type":"response.brand_new","delta":"x"}\n\n',
    'data: {"type":"response.in_progress"}\n\n',
  ],
  chat: ['data: {"choices":[]}\n\n', 'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{}}]}\n\n'],
  messages: ['event: ping\ndata: {"type":"ping"}\n\n', 'event: brand_new\ndata: {"type":"brand_new","index":99}\n\n'],
};
const comments = [
  ": keep-alive\n\n",
  ":\n",
  ": data: {}\n\n",
  "\n\n\n",
  "id: 7\n",
  "retry: 1\n",
  "nonsense without a colon\n\n",
  `: ${"x".repeat(5000)}\n\n`,
];
const garbage = [
  "data: {oops\n\n",
  "data: no json\n\n",
  'data: {"a":1}{"b":2}\n\n',
  "data: \u0000\u0001\n\n",
  "data\n\n",
  "data: []\n\n",
  "data: 3\n\n",
  'data: "x"\n\n',
  "data: null\n\n",
];

const put = (frames: readonly string[], at: number, more: string): string[] => [...frames.slice(0, at), more, ...frames.slice(at)];
const any = (list: readonly string[], chance: Chance): number => chance.below(list.length);
/** Where a lost or doubled event can be told from a good stream: chat says of nothing where it ends, and loses what is lost. */
const structured = (api: ApiName): Owed => (api === "responses" ? "whole" : api === "messages" ? "calls" : "any");

const faults: Readonly<Record<string, Fault>> = {
  nothing: (_, frames) => ({ what: "nothing", owed: "same", frames }),
  noise: (api, frames, chance) => {
    let made = [...frames];
    for (let n = chance.below(6); n >= 0; n--)
      made = put(made, chance.below(made.length), chance.pick([...unknownFrames[api], ...comments]));
    return { what: "events and comments that mean nothing", owed: "same", frames: made };
  },
  lineEnds: (_, frames, chance) => {
    const end = chance.pick(["\r\n", "\r"]);
    return { what: "other line ends", owed: "same", frames: [`\uFEFF`, ...frames.map((frame) => frame.replaceAll("\n", end))] };
  },
  garbage: (api, frames, chance) => {
    const at = chance.below(lastWord(api, frames) + 1);
    const what = chance.pick(garbage);
    return { what: `${JSON.stringify(what)} before event ${at}`, owed: "failed", frames: put(frames, at, what) };
  },
  error: (api, frames, chance) => {
    const at = chance.below(lastWord(api, frames) + 1);
    return { what: `an error before event ${at}`, owed: "failed", frames: put(frames, at, errorFrame(api, "brimstone", "server_error")) };
  },
  cutBefore: (api, frames, chance) => {
    const at = chance.below(lastWord(api, frames) + 1);
    return { what: `cut before event ${at}`, owed: "failed", frames: frames.slice(0, at), isBroken: chance.below(2) === 0 };
  },
  cutAnywhere: (_, frames, chance) => {
    const text = frames.join("");
    const at = chance.below(text.length);
    return { what: `cut after ${at} characters`, owed: "whole", frames: [text.slice(0, at)], isBroken: chance.below(2) === 0 };
  },
  drop: (api, frames, chance) => {
    const at = any(frames, chance);
    return { what: `event ${at} lost: ${frames[at]}`, owed: structured(api), frames: frames.toSpliced(at, 1) };
  },
  double: (api, frames, chance) => {
    const at = any(frames, chance);
    return { what: `event ${at} doubled: ${frames[at]}`, owed: structured(api), frames: put(frames, at, frames[at] ?? "") };
  },
  swap: (api, frames, chance) => {
    const at = chance.below(Math.max(1, frames.length - 1));
    const made = frames.toSpliced(at, 2, ...frames.slice(at, at + 2).reverse());
    return { what: `events ${at} and ${at + 1} swapped: ${frames[at]}`, owed: structured(api), frames: made };
  },
  shuffle: (_, frames, chance) => {
    const made = [...frames];
    for (let n = 0; n < 10; n++) made.push(...made.splice(any(made, chance), 1));
    return { what: "shuffled", owed: "any", frames: made };
  },
  mix: (api, frames, chance) => {
    const other = framesIn(api, randomReply(chance));
    const made: string[] = [];
    const left = [[...frames], other];
    while (left.some((list) => list.length > 0)) made.push(chance.pick(left.filter((list) => list.length > 0)).shift() ?? "");
    return { what: "two replies in one stream", owed: "any", frames: made };
  },
  value: (_, frames, chance) => {
    const at = any(frames, chance);
    const frame = frames[at] ?? "";
    const start = frame.indexOf("{");
    if (start < 0) return { what: "nothing", owed: "same", frames };
    const changed = changeOne(JSON.parse(frame.slice(start)), chance);
    const made = `${frame.slice(0, start)}${JSON.stringify(changed)}\n\n`;
    return { what: `event ${at} became ${made.slice(0, 300)}`, owed: "any", frames: frames.toSpliced(at, 1, made) };
  },
  bytes: (_, frames, chance) => {
    let text = frames.join("");
    for (let n = chance.below(8); n >= 0; n--) {
      const at = chance.below(text.length);
      const length = chance.below(20);
      const insert = chance.pick(["", "\u0000", "\n", "\n\n", "data: ", "{", "}", '"', ",", "null", "\ud800", text.slice(at, at + 50)]);
      text = text.slice(0, at) + insert + text.slice(at + length);
    }
    return { what: "characters lost and put in", owed: "any", frames: [text] };
  },
  flips: (_, frames) => ({ what: "bits flipped", owed: "any", frames }),
};
export const faultNames: readonly string[] = Object.keys(faults);

const strange = [null, 0, -1, 1.5, 1e308, "", "x", [], {}, true, [[[{}]]], { error: "x" }, "\u0000", "__proto__", 1e16];

/** One value somewhere inside becomes another one, or is lost. */
function changeOne(value: unknown, chance: Chance): unknown {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0 || chance.below(4) === 0) return chance.pick(strange);
  const key = chance.pick(Object.keys(value));
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    if (name !== key) return [[name, inner]];
    return chance.below(6) === 0 ? [] : [[name, changeOne(inner, chance)]];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

export function faultyStream(api: ApiName, name: string, reply: ScriptedReply, chance: Chance): FaultyStream {
  const fault = faults[name];
  if (fault === undefined) throw new Error(`no fault is called ${name}`);
  const { what, owed, frames, isBroken = false } = fault(api, framesIn(api, reply), chance);
  const bytes = new TextEncoder().encode(frames.join(""));
  if (name === "flips") for (let n = chance.below(6); n >= 0; n--) bytes[chance.below(bytes.length)] = chance.below(256);
  return { what: `${name}: ${what}`, owed, pieces: inPieces(bytes, chance), isBroken };
}

/** Cut anywhere: within a character, a line end, an event. */
function inPieces(bytes: Uint8Array, chance: Chance): Uint8Array[] {
  const most = chance.pick([7, 100, 3000, bytes.length + 1]);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + chance.below(most);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** A `fetch` that answers with such a stream, without a network. */
export function fetchOf({ pieces, isBroken }: Pick<FaultyStream, "pieces" | "isBroken">): typeof globalThis.fetch {
  return async () => {
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces[at++];
        if (piece !== undefined) controller.enqueue(piece);
        else if (isBroken) controller.error(Object.assign(new Error("cut"), { code: "ECONNRESET" }));
        else controller.close();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

/** The calls that would run: those whose arguments are a JSON object. */
export function callsThatRun(outputs: readonly ModelOutput[]): string[] {
  return outputs.flatMap((output) => {
    if (output.type !== "call") return [];
    try {
      const args: unknown = JSON.parse(output.arguments === "" ? "{}" : output.arguments);
      return typeof args === "object" && args !== null ? [`${output.name} ${output.arguments}`] : [];
    } catch {
      return [];
    }
  });
}
