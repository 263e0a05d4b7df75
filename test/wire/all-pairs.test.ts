// A conversation led in any dialect over any wire, sent on in any other over any other: 441 pairs, each body as strictly checked as its
// API checks it. Whether a profile may name the pair does not matter here: old journals hold what they hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../../src/domain/action.ts";
import { contextOf } from "../../src/domain/context.ts";
import { type ItemOf, itemSchema, type Source, type TranscriptItem } from "../../src/domain/item.ts";
import { type HarnessName, harnessNameSchema } from "../../src/domain/profile.ts";
import { harnessOf } from "../../src/harness/table.ts";
import { chatBody } from "../../src/wire/chat-body.ts";
import { messagesBody } from "../../src/wire/messages-body.ts";
import { replay } from "../../src/wire/replay.ts";
import { responsesBody } from "../../src/wire/responses.ts";
import type { Message, ReplayTarget } from "../../src/wire/wire.ts";
import { refuse } from "../support/model-checks.ts";
import { requestTo, wireNames } from "./ask.ts";

type Wire = (typeof wireNames)[number];
interface Place {
  readonly wire: Wire;
  readonly harness: HarnessName;
}
const places: readonly Place[] = wireNames.flatMap((wire) => harnessNameSchema.options.map((harness) => ({ wire, harness })));
const nameOf = ({ wire, harness }: Place): string => `${harness} over ${wire}`;

const sourceOf = ({ wire, harness }: Place): Source => {
  return { provider: wire, origin: `https://${wire}.test`, credential: `env:${wire}`, wire, model: `claude-opus-4-1-${wire}`, harness };
};

/** What an API of that wire would accept back, and nobody else may see. */
const seals: Readonly<Record<Wire, string>> = {
  responses: JSON.stringify({ type: "reasoning", id: "rs_1", summary: [], encrypted_content: "SEALED" }),
  chat: JSON.stringify({ reasoning_details: [{ type: "reasoning.encrypted", data: "SEALED" }] }),
  messages: JSON.stringify({ type: "thinking", thinking: "hm", signature: "SEALED" }),
};

const actions: readonly Action[] = [
  { type: "exec", language: "shell", code: "uname -a" },
  { type: "exec", language: "python", code: "print('x')", timeoutMs: 5000, cwd: "/tmp" },
  { type: "read", path: "a.ts", offset: 3, limit: 9 },
  { type: "write", path: "b.ts", content: "" },
  { type: "edit", path: "c.ts", edits: [{ old: "x", new: "y", all: true }] },
  { type: "search", kind: "text", pattern: "foo.*", glob: "*.ts" },
  { type: "search", kind: "files", pattern: "**/*.md \ud83d" },
  { type: "todo", items: [{ text: "look", state: "active" }] },
  { type: "ask", questions: [{ text: "which?", options: [{ label: "this" }], isMany: false }] },
];

/** Ids as servers really give them, and worse. */
const ids = ["call.1:odd", "functions.Shell:0", "", "a".repeat(90), "toolu_01", "toolu_01", "ü|id with spaces", "call_7"];
const png = { mime: "image/png", base64: "iVBORw0KGgo=", name: "shot.png" };

let count = 0;
let last: string | null = null;
function item(value: object): TranscriptItem {
  const made = itemSchema.parse({ id: `i${++count}`, parent: last, at: 0, turn: null, ...value });
  last = made.id;
  return made;
}

/** Reasoning sealed and not, parallel calls of every kind, refusals, pictures, an unreadable call, cut replies, calls left open. */
function conversation(place: Place, isCompacted: boolean): TranscriptItem[] {
  const source = sourceOf(place);
  const harness = harnessOf(place.harness);
  const made = (type: "thought" | "text", text: string, more: object = {}): TranscriptItem => item({ type, text, source, ...more });
  const call = (n: number, action: Action): ItemOf<"call"> => {
    const spoken = harness.speak(action, { name: "no such tool!", arguments: "{oops" });
    const callId = ids[n % ids.length] ?? "";
    const kept = item({
      type: "call",
      callId,
      ...spoken,
      action: harness.parse(spoken.name, spoken.arguments),
      source,
      seal: seals[place.wire],
    });
    assert.ok(kept.type === "call");
    return kept;
  };
  last = null;
  const items = [item({ type: "user", text: "what OS am I using?", images: [png] })];
  items.push(
    made("thought", "look first", { seal: seals[place.wire] }),
    made("text", "Looking \ud83d", { seal: '{"phase":"commentary"}' }),
  );
  const calls = actions.map((action, n) => call(n, action));
  const unreadable = call(actions.length, { type: "other", name: "x", problem: "unknown" });
  items.push(
    ...calls,
    unreadable,
    item({ type: "user", text: "said between" }),
    item({ type: "notice", kind: "info", text: "NEVER SENT" }),
  );
  const outcomes = ["ok", "failed", "refused", "interrupted", "timeout", "unknown"] as const;
  for (const [n, { callId }] of [...calls, unreadable].entries()) {
    const text = n === 2 ? "" : n === 3 ? "half of a pair \udc00" : "out\u0000put";
    items.push(item({ type: "result", callId, outcome: outcomes[n % 6], text, ...(n === 0 ? { images: [png] } : {}) }));
  }
  items.push(item({ type: "result", callId: "nobody asked", outcome: "ok", text: "stray" }));
  items.push(made("thought", "and so"), made("text", "Linux."));
  const kept = item({ type: "user", text: "" });
  items.push(kept, item({ type: "user", text: "and the kernel?" }), made("text", "It is ", { isPartial: true }));
  if (isCompacted) {
    const about = { text: "They asked what OS it is.", source, keptFrom: kept.id, replaces: 5, tokensBefore: 900, tokens: 9 };
    items.push(item({ type: "summary", ...about }));
  }
  items.push(made("text", ""), item({ type: "user", text: "go on" }), made("thought", "cut", { seal: seals[place.wire] }));
  return items;
}

/** Its last call was never answered: the server died, or the user left. */
function openEnd(place: Place): TranscriptItem[] {
  const { name, arguments: args } = harnessOf(place.harness).speak({ type: "exec", language: "shell", code: "sleep 9" });
  const source = sourceOf(place);
  return [item({ type: "call", callId: "toolu_01", name, arguments: args, action: harnessOf(place.harness).parse(name, args), source })];
}

function bodyOf(target: ReplayTarget, wire: Wire, harness: HarnessName, items: readonly TranscriptItem[]): unknown {
  const dialect = harnessOf(harness);
  const messages: readonly Message[] = replay(items, target, (old) =>
    dialect.speak(old.action, { name: old.name, arguments: old.arguments }),
  );
  const request = requestTo("https://x.test/v1", {
    model: target.model,
    messages,
    tools: dialect.tools({ tools: ["interpreter", "editor", "search"] }),
    reasoning: "effort",
    effort: "high",
    maxTokens: 30_000,
    quirks: { sendsReasoningBack: true },
  });
  const made = { responses: responsesBody, chat: chatBody, messages: messagesBody }[wire](request);
  return JSON.parse(JSON.stringify(made));
}

for (const to of places) {
  test(`what was said in each dialect over each wire goes on in ${nameOf(to)}`, () => {
    for (const from of places) {
      for (const isCompacted of [false, true]) {
        const first = contextOf(conversation(from, isCompacted));
        const third = places[(places.indexOf(from) + 5) % places.length] ?? from;
        // As it stands; with a call open at its end; and after a while somewhere else.
        for (const items of [first, [...first, ...openEnd(from)], [...first, ...conversation(third, false), ...openEnd(to)]]) {
          for (const takesImages of items === first ? [true, false] : [true]) {
            const what = `${nameOf(from)} → ${nameOf(to)}${isCompacted ? ", compacted" : ""}`;
            const body = bodyOf({ ...sourceOf(to), takesImages }, to.wire, to.harness, items);
            const text = JSON.stringify(body);
            assert.equal(refuse(to.wire, body), null, what);
            assert.ok(!text.includes("NEVER SENT"), what);
            assert.equal(text.includes("iVBORw0KGgo="), takesImages && !(isCompacted && items.length <= first.length + 1), what);
            assert.doesNotMatch(text, /\\ud[89a-f][0-9a-f]{2}/, `half a character is no text: ${what}`);
            const isOwn = items.some((each) => "source" in each && each.source.wire === to.wire);
            if (!isOwn) assert.ok(!text.includes("SEALED"), `a seal left its source: ${what}`);
            checkNames(body, to.harness, what);
          }
        }
      }
    }
  });
}

/** Every old call is spoken in words that the target offers, or that it keeps for what nobody understood. */
function checkNames(body: unknown, harness: HarnessName, what: string): void {
  const known = new Set(
    harnessOf(harness)
      .tools({ tools: ["interpreter", "editor", "search"] })
      .map((tool) => tool.name),
  );
  const text = JSON.stringify(body);
  const spoken = [
    ...text.matchAll(/"type":"(?:function_call|tool_use)"[^{}]*?"name":"([^"]+)"|"function":\{"name":"([^"]+)","arguments"/g),
  ];
  assert.ok(spoken.length > 0 || !text.includes("uname -a"), what);
  for (const [, a, b] of spoken) {
    const name = a ?? b ?? "";
    assert.ok(known.has(name) || harnessOf(harness).parse(name, "{}").type === "other" || understood(harness, name), `${name}: ${what}`);
  }
}

/** Offered to nobody, but understood. */
const understood = (harness: HarnessName, name: string): boolean => {
  const action = harnessOf(harness).parse(name, "{}");
  return action.type !== "other" || !/there is no tool named/.test(action.problem);
};
