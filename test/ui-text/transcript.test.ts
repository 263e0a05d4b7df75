// The transcript: what each item looks like, and that a frame costs only what changed.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { editedPreface } from "../../src/domain/edited-run.ts";
import { itemSchema, type TranscriptItem } from "../../src/domain/item.ts";
import { renderDiff } from "../../src/ui/diff-lines.ts";
import { loadHighlighter } from "../../src/ui/highlight.ts";
import { loadMarkdown } from "../../src/ui/markdown.ts";
import { fallbackTheme as theme } from "../../src/ui/theme.ts";
import { createTranscriptCache, layoutTranscript, type TranscriptInput } from "../../src/ui/transcript.ts";
import { chanceOf } from "../support/chance.ts";
import { anyText, faultOf, plainLines } from "./generate.ts";

before(async () => {
  await loadMarkdown();
  await loadHighlighter();
});

const source = { provider: "demo", origin: "", credential: "none", wire: "demo", model: "m", harness: "native" };
let count = 0;
function item(fields: Record<string, unknown>): TranscriptItem {
  count += 1;
  const own = fields["type"] === "user" || fields["type"] === "result" || fields["type"] === "notice" ? {} : { source };
  return itemSchema.parse({ id: `item-${count}`, parent: null, at: 0, turn: null, ...own, ...fields });
}
const user = (text: string) => item({ type: "user", text });
const text = (said: string) => item({ type: "text", text: said });
const call = (callId: string, action: object) => item({ type: "call", callId, name: "tool", arguments: "{}", action });
const exec = (callId: string, code: string, language = "shell") => call(callId, { type: "exec", language, code });
const result = (callId: string, fields: object = {}) => item({ type: "result", callId, outcome: "ok", text: "", ...fields });

function layout(items: readonly TranscriptItem[], over: Partial<TranscriptInput> = {}) {
  return layoutTranscript({
    items,
    live: [],
    running: null,
    now: 0,
    unfolded: new Set(),
    showThoughts: false,
    width: 48,
    theme,
    isAscii: false,
    cache: createTranscriptCache(),
    ...over,
  });
}
const show = (items: readonly TranscriptItem[], over: Partial<TranscriptInput> = {}) => plainLines(layout(items, over).lines);

test("an empty transcript has no lines", () => {
  assert.deepEqual([layout([]).lines, layout([]).anchors], [[], []]);
});

test("user, agent and tool calls stand as blocks with air between them", () => {
  const items = [
    user("why do the tests fail only in CI, and not here?"),
    text("They read the **clock** twice."),
    exec("a", 'grep -rn "Date.now" test/'),
    result("a", { text: "x\n".repeat(14), exitCode: 0, durationMs: 100 }),
    exec("b", "npm test"),
    result("b", { outcome: "failed", exitCode: 2, durationMs: 80_000, text: "no" }),
    user("again"),
  ];
  assert.deepEqual(show(items), [
    "› why do the tests fail only in CI, and not",
    "  here?",
    "",
    "  They read the clock twice.",
    "",
    '  ▸ shell  grep -rn "Date.no…  0.1 s  ✓ 14 lines',
    "  ▸ shell  npm test           1 m 20 s  ✗ exit 2",
    "",
    "› again",
  ]);
  assert.equal(show(items, { width: 60 })[4], '  ▸ shell  grep -rn "Date.now" test/       0.1 s  ✓ 14 lines');
});

test("every outcome has its own words, and marks that need no colour", () => {
  const line = (fields: object) =>
    show([exec("a", "ls"), result("a", fields)], { width: 40 })[0]
      ?.trimEnd()
      .replace(/^ {2}▸ shell {2}ls +/u, "");
  assert.equal(line({}), "✓ no output");
  assert.equal(line({ text: "one", durationMs: 12 }), "✓ 1 line");
  assert.equal(line({ outcome: "failed" }), "✗ failed");
  assert.equal(line({ outcome: "refused" }), "✗ refused");
  assert.equal(line({ outcome: "interrupted", durationMs: 2_000 }), "2 s  ✗ interrupted");
  assert.equal(line({ outcome: "timeout", durationMs: 120_000 }), "2 m  ✗ timed out");
  assert.equal(line({ outcome: "unknown" }), "? unknown");
});

test("each action says what it does in one line", () => {
  const line = (action: object) => show([call("a", action)], { width: 60 })[0]?.trim();
  assert.equal(line({ type: "exec", language: "python", code: "\nimport os\nprint(os)\n" }), "▸ python import os … +1 line");
  assert.equal(line({ type: "read", path: "a.ts" }), "▸ read   a.ts");
  assert.equal(line({ type: "read", path: "a.ts", offset: 10, limit: 5 }), "▸ read   a.ts:10-14");
  assert.equal(line({ type: "write", path: "a.ts", content: "x" }), "▸ write  a.ts");
  assert.equal(line({ type: "search", kind: "text", pattern: "now", path: "src" }), '▸ grep   "now" in src');
  assert.equal(line({ type: "search", kind: "files", pattern: "*.ts" }), "▸ find   *.ts");
  assert.equal(line({ type: "other", name: "fly", problem: "there is no tool fly" }), "▸ fly    there is no tool fly");
});

test("an edit shows its counts and a short diff, all of it when unfolded", () => {
  const patch = `@@ -1,2 +1,20 @@\n keep\n-old\n${Array.from({ length: 19 }, (_, at) => `+new ${at}`).join("\n")}\n`;
  const items = [
    call("a", { type: "edit", path: "a.ts", edits: [{ old: "x", new: "y", all: false }] }),
    result("a", { diff: { path: "a.ts", added: 19, removed: 1, patch } }),
  ];
  const folded = show(items);
  assert.match(folded[0] ?? "", /^ {2}▾ edit {3}a\.ts +\+19 −1$/u);
  assert.deepEqual(folded.slice(1, 4), ["     1   keep", "     2 - old", "     2 + new 0"]);
  assert.equal(folded.length, 9);
  assert.equal(folded.at(-1)?.trim(), "⋯ 14 lines more");
  assert.equal(show(items, { unfolded: new Set([items[0]?.id ?? ""]) }).length, 22);
});

test("an unfolded call shows the code whole and the output bounded", () => {
  const items = [
    exec("a", "for i in 1 2; do\n  echo $i\ndone"),
    result("a", { text: Array.from({ length: 500 }, (_, at) => `out ${at}`).join("\n") }),
  ];
  const lines = show(items, { unfolded: new Set([items[0]?.id ?? ""]) });
  assert.deepEqual(lines.slice(1, 6), ["    for i in 1 2; do", "      echo $i", "    done", "", "    out 0"]);
  assert.ok(lines.includes("    ⋯ 300 lines more"));
  assert.equal(lines.at(-1), "    out 499");
});

test("a running call counts whole seconds", () => {
  const items = [exec("a", "sleep 9")];
  const line = (now: number) => show(items, { running: { callId: "a", startedAt: 1_000 }, now })[0];
  assert.match(line(4_500) ?? "", /3 s ●$/u);
  assert.match(line(62_000) ?? "", /1 m 1 s ●$/u);
});

test("thoughts are one dim line until they are opened, and nothing where the provider hid them", () => {
  const thought = item({ type: "thought", text: "First **this**.\nThen that." });
  assert.deepEqual(show([thought]), ["  ▸ thought  First this. Then that."]);
  assert.deepEqual(show([thought], { showThoughts: true }), ["  ▾ thought", "    First **this**.", "    Then that."]);
  assert.deepEqual(show([thought], { unfolded: new Set([thought.id]) }).length, 3);
  assert.deepEqual(show([item({ type: "thought", text: " ", seal: "x" })]), []);
});

test("notices are dim, failures marked, and long ones readable to their end", () => {
  assert.deepEqual(show([item({ type: "notice", kind: "profile", text: "profile is now smart" })]), ["  · profile is now smart"]);
  const lines = show([
    item({ type: "notice", kind: "failed", text: "anthropic refused the key (401); run: interpane vault add anthropic" }),
  ]);
  assert.deepEqual(lines, ["  ✗ anthropic refused the key (401); run:", "    interpane vault add anthropic"]);
});

test("a reply that was cut off says so", () => {
  assert.deepEqual(show([item({ type: "text", text: "half a sen", isPartial: true })]), ["  half a sen", "  ⋯ cut off here"]);
});

test("a result belongs to the newest call above it, and one without a call still shows", () => {
  const items = [
    result("gone", { text: "a\nb" }),
    exec("a", "one"),
    result("a", { text: "1" }),
    exec("a", "two"),
    result("a", { text: "1\n2" }),
  ];
  const lines = show(items);
  assert.match(lines[0] ?? "", /· result +✓ 2 lines$/u);
  assert.match(lines[1] ?? "", /one +✓ 1 line$/u);
  assert.match(lines[2] ?? "", /two +✓ 2 lines$/u);
});

test("anchors name the first line of each item", () => {
  const items = [user("a"), text("b\n\nc"), exec("x", "ls"), result("x"), user("d")];
  const { lines, anchors } = layout(items);
  const at = anchors.map(({ item: id, line }) => [items.findIndex((one) => one.id === id), plainLines(lines)[line]?.trim().slice(0, 7)]);
  assert.deepEqual(at, [
    [0, "› a"],
    [1, "b"],
    [2, "▸ shell"],
    [4, "› d"],
  ]);
});

test("what is being streamed stands below what is finished", () => {
  const live = [
    { kind: "thought" as const, text: "first\nnow this" },
    { kind: "text" as const, text: "It is **so" },
    { kind: "call" as const, name: "shell", text: '{"language":"shell","code":"ls -la\\n| wc' },
  ];
  assert.deepEqual(show([user("hi")], { live }), ["› hi", "", "  ▸ thinking  now this", "", "  It is so", "", "  ▸ shell  ls -la | wc"]);
  assert.deepEqual(show([], { live: [{ kind: "thought", text: "" }] }), []);
});

test("an unchanged transcript is the same lines, and a new item leaves the old ones as they are", () => {
  const cache = createTranscriptCache();
  const items = [user("a"), text("# b\n\nc")];
  const first = layout(items, { cache });
  assert.equal(layout(items, { cache }).lines, first.lines);
  items.push(text("d"));
  const second = layout(items, { cache });
  assert.equal(second.lines[2], first.lines[2]);
  assert.equal(plainLines(second.lines).at(-1), "  d");
  assert.notEqual(layout(items, { cache, width: 30 }).lines[2], first.lines[2]);
});

test("a call that gets its result, and an item that is unfolded, are drawn anew", () => {
  const cache = createTranscriptCache();
  const items: TranscriptItem[] = [exec("a", "ls")];
  assert.deepEqual(show(items, { cache }), ["  ▸ shell  ls"]);
  items.push(result("a", { text: "out" }));
  assert.match(show(items, { cache })[0] ?? "", /✓ 1 line$/u);
  const unfolded = new Set<string>();
  show(items, { cache, unfolded });
  unfolded.add(items[0]?.id ?? "");
  assert.ok(show(items, { cache, unfolded }).includes("    out"));
});

test("what fell off the path is let go", () => {
  const cache = createTranscriptCache();
  layout(
    Array.from({ length: 200 }, () => user("x")),
    { cache },
  );
  layout([user("y")], { cache });
  assert.equal(cache.blocks.size, 1);
});

test("a narrow pane drops the time first, then the outcome, never the verb", () => {
  const items = [exec("a", "npm run build"), result("a", { durationMs: 2_000, text: "x" })];
  assert.equal(show(items, { width: 36 })[0], "  ▸ shell  npm run build    ✓ 1 line");
  assert.match(show(items, { width: 14 })[0] ?? "", /^▸ shell/u);
});

test("no line is too wide and nothing unclean comes through, whatever the items and the width", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = chanceOf(seed).next;
    const any = () => anyText(random, 12);
    const items = [
      user(any()),
      item({ type: "thought", text: any() }),
      text(any()),
      exec("a", any(), any()),
      result("a", { text: any(), durationMs: 2_000 }),
      call("b", { type: "edit", path: any(), edits: [{ old: "a", new: "b", all: false }] }),
      result("b", { diff: { path: any(), added: 1, removed: 1, patch: `@@ -1 +1 @@ ${any()}\n-${any()}\n+${any()}` } }),
      call("c", { type: "other", name: any(), problem: any() }),
      item({ type: "notice", kind: "failed", text: any() }),
      result("z", { text: any() }),
    ];
    const width = 1 + Math.floor(random() * 60);
    const unfolded = random() < 0.5 ? new Set<string>(items.map((one) => one.id)) : new Set<string>();
    const live = [
      { kind: "thought" as const, text: any() },
      { kind: "text" as const, text: any() },
      { kind: "call" as const, name: any(), text: any() },
    ];
    const { lines } = layout(items, { width, unfolded, live, isAscii: random() < 0.5, running: { callId: "c", startedAt: 0 }, now: 5_000 });
    assert.equal(faultOf(lines, width), null, `seed ${seed}`);
  }
});

test("a diff numbers its lines by file, marks its hunks, and says what it leaves out", () => {
  const patch = "@@ -3,3 +3,3 @@\n a\n-b\n+c\n d\n@@ -90,2 +90,2 @@ function f\n-x\n+y\n\\ No newline at end of file\n";
  assert.deepEqual(plainLines(renderDiff(patch, 30, theme, { maxLines: 50 })), [
    " 3   a",
    " 4 - b",
    " 4 + c",
    " 5   d",
    "⋯ function f",
    "90 - x",
    "90 + y",
    "\\ No newline at end of file",
  ]);
  assert.deepEqual(plainLines(renderDiff(patch, 30, theme, { maxLines: 3 })), [" 3   a", " 4 - b", "⋯ 6 lines more"]);
  assert.deepEqual(plainLines(renderDiff("+0123456789abcdef", 12, theme, { maxLines: 3, isAscii: true })), ["+ 012345678>"]);
});

test("a call whose code the user changed shows what ran, says so, and counts its output alone", () => {
  const asked = exec("c1", "rm -rf build");
  const changed = result("c1", { text: `${editedPreface("ls -l")}total 4\na.txt`, ran: "ls -l" });
  const lines = show([asked, changed]).join("\n");
  assert.match(lines, /shell +ls -l · edited +✓ 2 lines/);
  assert.doesNotMatch(lines, /rm -rf/);
});

test("a program that prints the words of a changed call changes nothing of what is shown", () => {
  const lines = show([exec("c1", "cat notes"), result("c1", { text: `${editedPreface("rm -rf /")}a` })]).join("\n");
  assert.match(lines, /shell +cat notes +✓ 5 lines/);
  assert.doesNotMatch(lines, /edited/);
});

test("of tries one after the other the newest is shown; one that stands alone stays", () => {
  const retried = (text: string, turn = "t1") => item({ type: "notice", kind: "retried", text, turn });
  const lines = show([
    user("hi"),
    retried("down (2 of 5)"),
    retried("down (3 of 5)"),
    retried("down (4 of 5)"),
    retried("down (2 of 5)", "t2"),
    text("ok"),
  ]).join("\n");
  assert.doesNotMatch(lines, /3 of 5/);
  assert.match(lines, /4 of 5[\s\S]*2 of 5[\s\S]*ok/);
});
