// `replay`: what becomes of a transcript on its way to a target.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ItemOf, itemSchema, type Source, type TranscriptItem } from "../../src/domain/item.ts";
import { replay } from "../../src/wire/replay.ts";
import type { Message, ReplayTarget } from "../../src/wire/wire.ts";
import { chanceOf } from "../support/chance.ts";

const source: Source = {
  provider: "anthropic",
  origin: "https://api.anthropic.com",
  credential: "vault:a",
  wire: "messages",
  model: "claude",
  harness: "claude-code",
};
const chatTarget: ReplayTarget = {
  provider: "groq",
  origin: "https://api.groq.com",
  credential: "env:G",
  wire: "chat",
  model: "llama",
  harness: "native",
  takesImages: false,
};
const own: ReplayTarget = { ...source, takesImages: true };

let count = 0;
const base = () => ({ id: `i${++count}`, parent: null, at: 0, turn: null });
type Loose = { [key: string]: unknown };
const item = (value: Loose): TranscriptItem => itemSchema.parse({ ...base(), ...value });
const user = (text: string, more: Loose = {}) => item({ type: "user", text, ...more });
const thought = (text: string, more: Loose = {}) => item({ type: "thought", text, source, ...more });
const text = (words: string, more: Loose = {}) => item({ type: "text", text: words, source, ...more });
const call = (callId: string, more: Loose = {}) =>
  item({
    type: "call",
    callId,
    name: "Bash",
    arguments: '{"command":"ls"}',
    action: { type: "exec", language: "shell", code: "ls" },
    source,
    ...more,
  });
const result = (callId: string, words = "out", more: Loose = {}) => item({ type: "result", callId, outcome: "ok", text: words, ...more });
const notice = () => item({ type: "notice", kind: "info", text: "profile changed" });

const speak = (c: ItemOf<"call">) => ({
  name: "exec",
  arguments: JSON.stringify(c.action.type === "exec" ? { language: c.action.language, code: c.action.code } : {}),
});
const to = (items: TranscriptItem[], target = chatTarget): Message[] => replay(items, target, speak);
const shape = (messages: Message[]): string =>
  messages.map((m) => (m.type === "call" || m.type === "result" ? `${m.type}:${m.callId}` : m.type)).join(" ");

test("an equal source keeps seals and its own words", () => {
  const items = [user("a"), thought("hm", { seal: "S" }), call("toolu_1", { seal: "G" }), result("toolu_1")];
  assert.deepEqual(to(items, own), [
    { type: "user", text: "a", images: [] },
    { type: "thought", text: "hm", seal: "S" },
    { type: "call", callId: "toolu_1", name: "Bash", arguments: '{"command":"ls"}', seal: "G" },
    { type: "result", callId: "toolu_1", text: "out", isError: false, images: [] },
  ]);
});

for (const field of ["provider", "origin", "credential", "wire", "model"] as const) {
  test(`another ${field} sees neither seal nor reasoning`, () => {
    const target: ReplayTarget = { ...own, [field]: field === "wire" ? "chat" : "other" };
    const sent = JSON.stringify(
      to(
        [user("a"), thought("secret thought", { seal: "SEAL" }), text("b", { seal: "SEAL" }), call("c", { seal: "SEAL" }), result("c")],
        target,
      ),
    );
    assert.doesNotMatch(sent, /SEAL|secret thought/);
  });
}

test("another harness at the same source keeps reasoning, but a call spoken anew loses its seal", () => {
  const sent = to([user("a"), thought("hm", { seal: "S" }), call("c", { seal: "G" }), result("c")], { ...own, harness: "native" });
  assert.deepEqual(sent[1], { type: "thought", text: "hm", seal: "S" });
  assert.deepEqual(sent[2], { type: "call", callId: "c", name: "exec", arguments: '{"language":"shell","code":"ls"}' });
});

test("notices are never sent", () => {
  assert.equal(shape(to([notice(), user("a"), notice(), text("b"), notice()])), "user text");
});

test("what the user says between a call and its result waits", () => {
  assert.equal(
    shape(to([user("a"), call("x"), call("y"), user("hurry"), result("x"), notice(), user("now"), result("y"), text("b")])),
    "user call:x call:y result:x result:y user user text",
  );
});

test("a call without a result gets one that says so", () => {
  const sent = to([user("a"), call("x"), call("y"), result("y"), user("b")]);
  assert.equal(shape(sent), "user call:x call:y result:x result:y user");
  const orphan = sent[3];
  assert.ok(orphan?.type === "result" && orphan.isError && orphan.text.startsWith("not run: "));
});

test("results without a call, and second results, are dropped", () => {
  assert.equal(
    shape(to([result("ghost"), user("a"), call("x"), result("x"), result("x", "again"), text("b")])),
    "user call:x result:x text",
  );
});

test("ids that come again are told apart, each with its own result", () => {
  const sent = to([user("a"), call("call_0"), result("call_0", "first"), user("b"), call("call_0"), result("call_0", "second")]);
  const ids = sent.flatMap((m) => (m.type === "call" ? [m.callId] : []));
  assert.equal(new Set(ids).size, 2);
  const results = sent.flatMap((m) => (m.type === "result" ? [[m.callId, m.text]] : []));
  assert.deepEqual(results, [
    [ids[0], "first"],
    [ids[1], "second"],
  ]);
});

test("a result goes to the newest turn's call when an older one was never answered", () => {
  const sent = to([user("a"), call("x"), user("b"), call("x"), result("x", "mine")]);
  const results = sent.flatMap((m) => (m.type === "result" ? [m.text] : []));
  assert.match(results[0] ?? "", /^not run/);
  assert.equal(results[1], "mine");
});

test("ids fit the target: pattern, length, one for one, the same each time", () => {
  const odd = [
    "functions.Shell:0",
    "functions.Shell/0",
    "x".repeat(100),
    `${"x".repeat(99)}y`,
    "é",
    "",
    "a b",
    "functions_Shell_0",
    "call_ok-1",
  ];
  const items = odd.flatMap((id) => [user("q"), call(id), result(id)]);
  for (const [wire, pattern] of [
    ["messages", /^[a-zA-Z0-9_-]{1,64}$/],
    ["chat", /^[a-zA-Z0-9_-]{1,40}$/],
    ["responses", /^[a-zA-Z0-9_-]{1,64}$/],
  ] as const) {
    const sent = to(items, { ...chatTarget, wire });
    const ids = sent.flatMap((m) => (m.type === "call" ? [m.callId] : []));
    for (const id of ids) assert.match(id, pattern);
    assert.equal(new Set(ids).size, odd.length);
    assert.deepEqual(
      sent.flatMap((m) => (m.type === "result" ? [m.callId] : [])),
      ids,
    );
    assert.equal(ids.at(-1), "call_ok-1");
    assert.deepEqual(to(items, { ...chatTarget, wire }), sent);
  }
});

test("an id that the target made itself stays as it was", () => {
  const kimi: Source = {
    provider: "moonshot",
    origin: "https://api.moonshot.ai",
    credential: "env:K",
    wire: "chat",
    model: "kimi",
    harness: "kimi-cli",
  };
  assert.equal(
    shape(to([user("a"), call("functions.Shell:0", { source: kimi }), result("functions.Shell:0")], { ...kimi, takesImages: false })),
    "user call:functions.Shell:0 result:functions.Shell:0",
  );
});

test("arguments are always a JSON object, names always acceptable", () => {
  const odd = (args: string, name = "Bash") =>
    to([user("a"), call("x", { name, arguments: args, action: { type: "other", name, problem: "?" } }), result("x")], own)[1];
  for (const args of ['{"a', "[1]", '"text"', "", "null", "ls -la"]) {
    const sent = odd(args);
    assert.ok(sent?.type === "call");
    assert.equal(typeof JSON.parse(sent.arguments), "object");
    assert.ok(!Array.isArray(JSON.parse(sent.arguments)) && JSON.parse(sent.arguments) !== null);
    if (args.length > 3 && args !== "null") assert.ok(sent.arguments.includes(JSON.stringify(args).slice(1, -1)), "the words are kept");
  }
  const named = odd("{}", "my tool<|channel|>x");
  assert.ok(named?.type === "call" && /^[a-zA-Z0-9_-]{1,64}$/.test(named.name));
});

test("pictures become placeholders where the model has no eyes", () => {
  const image = { mime: "image/png", base64: "AAAA", name: "shot.png" };
  const items = [user("look", { images: [image] }), call("x"), result("x", "", { images: [image] })];
  const blind = to(items);
  assert.ok(blind[0]?.type === "user" && blind[0].images.length === 0 && /image left out .*takes no images.*shot\.png/.test(blind[0].text));
  assert.ok(blind[2]?.type === "result" && blind[2].text.includes("shot.png"));
  const seeing = to(items, own);
  assert.ok(seeing[0]?.type === "user" && seeing[0].images.length === 1 && seeing[0].text === "look");
});

test("a cut reply is marked, an empty one left out, reasoning that nothing follows dropped", () => {
  const sent = to(
    [
      user("a"),
      thought("hm", { seal: "S" }),
      text("half of", { isPartial: true }),
      user("b"),
      thought("lost", { seal: "S" }),
      text("", { isPartial: true }),
      user("c"),
    ],
    own,
  );
  assert.equal(shape(sent), "user thought text user user");
  assert.ok(sent[2]?.type === "text" && sent[2].text.startsWith("half of") && sent[2].text.includes("cut off"));
});

test("a result that says nothing says so", () => {
  const sent = to([user("a"), call("x"), result("x", "", { outcome: "failed" })]);
  assert.deepEqual(sent[2], { type: "result", callId: "x", text: "(no output)", isError: true, images: [] });
});

test("for one target, what was sent stays a prefix, wherever calls are closed", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = chanceOf(seed).below;
    const items: TranscriptItem[] = [];
    let open: string[] = [];
    const closedAt: number[] = [];
    const sources: Source[] = [source, chatTarget, { ...source, model: "other" }];
    for (let n = 0; n < 30; n++) {
      const from = sources[random(sources.length)] ?? source;
      const kind = random(7);
      if (open.length > 0 && kind > 2) items.push(result(open.shift() ?? ""));
      else if (kind === 0) items.push(user(`u${n}`));
      else if (kind === 1) items.push(notice());
      else if (open.length === 0 && kind === 2) items.push(thought(`t${n}`, { source: from, seal: "S" }));
      else if (open.length === 0 && kind === 3) items.push(text(`w${n}`, { source: from, isPartial: random(3) === 0 }));
      else {
        const id = ["a", "b", "toolu:1", `c${n}`][random(4)] ?? "a";
        items.push(call(open.includes(id) ? `d${n}` : id, { source: from }));
        open = [...open, open.includes(id) ? `d${n}` : id];
      }
      // Pictures of the path as they would be asked with: no call is open, and a reply is asked for after a user or a result.
      const last = items.at(-1)?.type;
      if (open.length === 0 && (last === "user" || last === "result")) closedAt.push(items.length);
    }
    for (const target of [own, chatTarget]) {
      const whole = to(items, target);
      for (const at of closedAt) {
        const part = to(items.slice(0, at), target);
        assert.deepEqual(whole.slice(0, part.length), part, `seed ${seed}, item ${at}`);
      }
      const open = new Set<string>();
      for (const m of whole) {
        if (m.type === "call") open.add(m.callId);
        if (m.type === "result") assert.ok(open.delete(m.callId), `seed ${seed}`);
        if (m.type === "user") assert.equal(open.size, 0, `seed ${seed}`);
      }
      assert.equal(open.size, 0);
    }
  }
});

test("a target that binds reasoning is not given what now stands behind a summary or behind calls in other words", () => {
  const bound: ReplayTarget = { ...own, bindsThinking: true };
  const summary = item({ type: "summary", text: "they talked", source, keptFrom: "k", replaces: 2, tokens: 10, tokensBefore: 900 });
  const kept = [user("go on"), thought("before it", { seal: "OLD" }), call("c1"), result("c1")];
  const after = item({ ...user("next"), parent: summary.id });
  const later = [thought("after it", { seal: "NEW" }), text("done")];
  const seals = (target: ReplayTarget, items: TranscriptItem[]) =>
    to(items, target).flatMap((message) => (message.type === "thought" ? [message.seal] : []));
  assert.deepEqual(seals(own, [summary, ...kept, after, ...later]), ["OLD", "NEW"]);
  assert.deepEqual(seals(bound, [summary, ...kept, after, ...later]), ["NEW"]);
  assert.deepEqual(seals(bound, [summary, ...kept]), [], "at once after the summary");
  assert.deepEqual(seals(bound, kept), ["OLD"], "without a summary nothing is lost");
  // What followed was thought behind what is sent now: with each reply the messages before it stay the same.
  const before = to([summary, ...kept, after], bound);
  assert.deepEqual(to([summary, ...kept, after, ...later], bound).slice(0, before.length), before);
  const otherHarness = { ...source, harness: "native" };
  assert.deepEqual(seals(bound, [user("a"), thought("spoken otherwise", { seal: "S", source: otherHarness }), text("b")]), []);
  assert.deepEqual(seals(own, [user("a"), thought("spoken otherwise", { seal: "S", source: otherHarness }), text("b")]), ["S"]);
});
