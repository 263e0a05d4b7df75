// Markdown: what it looks like, what it must never let through, and that a growing text equals a whole one.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { highlightCode, loadHighlighter } from "../../src/ui/highlight.ts";
import { loadMarkdown, renderMarkdown } from "../../src/ui/markdown.ts";
import { createMarkdownStream } from "../../src/ui/markdown-stream.ts";
import { fallbackTheme as theme } from "../../src/ui/theme.ts";
import { chanceOf } from "../support/chance.ts";
import { anyDocument, anyText, faultOf, plainLines } from "./generate.ts";

const look = { isAscii: false };
const show = (text: string, width = 40) => plainLines(renderMarkdown(text, width, theme, look));
const spans = (text: string) => renderMarkdown(text, 80, theme, look).flat();

test("before the library is loaded text is shown as it is", () => {
  assert.deepEqual(show("# a\n\n**b**"), ["# a", "", "**b**"]);
});

test("in an open stream text becomes rich as soon as the library is there", async () => {
  const stream = createMarkdownStream(40, theme, look);
  assert.deepEqual(plainLines(stream.push("**a** b")), ["**a** b"]);
  await loadMarkdown();
  assert.deepEqual(plainLines(stream.push("**a** b")), ["a b"]);
});

before(async () => {
  // The first two tests run before anything is loaded; `before` only brings the colours.
  await loadHighlighter();
});

test("headings, emphasis, rules and quotes show without their marks", () => {
  assert.deepEqual(show("# One\ntwo **three** _four_ ~~five~~ `six`\n\n---\n\n> wise\n> words", 12), [
    "One",
    "",
    "two three",
    "four five",
    "six",
    "",
    "────────────",
    "",
    "▎ wise words",
  ]);
  assert.equal(spans("**x**")[0]?.style.bold, true);
  assert.equal(spans("_x_")[0]?.style.italic, true);
  assert.equal(spans("~~x~~")[0]?.style.strike, true);
});

test("lists nest, count and tick", () => {
  assert.deepEqual(show("Look:\n- a\n  - b\n- [x] done\n- [ ] open\n\n9. nine\n10. ten is longer than it fits", 20), [
    "Look:",
    "• a",
    "  • b",
    "☑ done",
    "☐ open",
    "",
    " 9. nine",
    "10. ten is longer",
    "    than it fits",
  ]);
  assert.deepEqual(plainLines(renderMarkdown("- a\n- [x] b", 20, theme, { isAscii: true })), ["- a", "[x] b"]);
});

test("a table is fitted to the width, and becomes pairs where it cannot be", () => {
  const table = "| File | Time |\n|:--|--:|\n| clock.ts | 9 ms |\n| a much longer name than that | 12 ms |";
  assert.deepEqual(show(table, 26), [
    "File               │  Time",
    "───────────────────┼──────",
    "clock.ts           │  9 ms",
    "                   │      ",
    "a much longer name │ 12 ms",
    "than that          │      ",
  ]);
  assert.ok(show(table, 60).includes("a much longer name than that │ 12 ms"));
  assert.deepEqual(show(table, 14), ["File: clock.ts", "Time: 9 ms", "", "File: a much", "  longer name", "  than that", "Time: 12 ms"]);
});

test("code keeps its lines, is cut at the edge with a mark, and is coloured", () => {
  assert.deepEqual(show("```ts\nconst answer = 42;\n\nreturn\n```", 14), [" const answer›", " ", " return"]);
  const code = 'const a = `x${1}`; // <b> & "c"\nfunction f() {}';
  const lines = highlightCode(code, "ts", theme);
  assert.equal(plainLines(lines).join("\n"), code);
  assert.equal(lines[0]?.[0]?.style, theme.roles["code.keyword"]);
  assert.equal(highlightCode("x", "no-such-language", theme)[0]?.[0]?.style, theme.roles.code);
});

test("links carry their address only where it is http, https or mail, and a lying text is answered", () => {
  assert.equal(spans("[docs](https://a.example/x)")[0]?.link, "https://a.example/x");
  assert.equal(spans("<me@a.example>")[0]?.link, "mailto:me@a.example");
  assert.deepEqual(show("[x](javascript:alert)"), ["x (javascript:alert)"]);
  assert.deepEqual(show("[x](file:///etc/passwd)"), ["x (file:///etc/passwd)"]);
  assert.ok(spans("[x](javascript:alert)").every((span) => span.link === undefined));
  assert.deepEqual(show("[https://bank.example](https://evil.example)", 60), ["https://bank.example (https://evil.example)"]);
  assert.deepEqual(show("[Date.now](https://mdn.example)", 60), ["Date.now"]);
  assert.deepEqual(show("![cat](https://a.example/cat.png)"), ["[image: cat]"]);
});

test("HTML is text, a line break in it a line break, and entities cannot smuggle controls", () => {
  assert.deepEqual(show("a <b>bold</b><br>c <!-- hidden --> d"), ["a <b>bold</b>", "c <!-- hidden --> d"]);
  assert.deepEqual(show("<div>\nhi\n</div>"), ["<div>", "hi", "</div>"]);
  assert.deepEqual(show("&lt;b&gt; &amp;lt; &#27;[31m&#x202e;x"), ["<b> &lt; x"]);
  assert.deepEqual(show('[a]: http://b.example "t"')[0]?.startsWith("[a]:"), true);
});

test("a fence or an entity may have any name, those that every object has too", () => {
  for (const name of ["constructor", "__proto__", "toString"])
    assert.deepEqual(
      show(`~~~${name}\nx\n~~~`).map((line) => line.trim()),
      ["x"],
      name,
    );
  assert.deepEqual(show("&toString; &valueOf; &amp;"), ["&toString; &valueOf; &"]);
});

test("no line is too wide and nothing unclean comes through, whatever the text and width", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = chanceOf(seed).next;
    const text = anyText(random, 50);
    const width = 1 + Math.floor(random() * 60);
    assert.equal(faultOf(renderMarkdown(text, width, theme, look), width), null, `seed ${seed}`);
  }
});

test("hostile nesting and runs of marks are shown as text, at once", () => {
  for (const piece of [">", "> ", "- ", "[", "![", "*", "**a", "`", "<", "|", "|-", "_a", "~~", "1. ", "\\", "&", "](", "a\n-", "  - "]) {
    assert.equal(faultOf(renderMarkdown(piece.repeat(3_000), 40, theme, look), 40), null);
  }
});

test("a text that grows piece by piece ends as the whole text would be shown", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = chanceOf(seed).next;
    const text = anyDocument(random, 6);
    const stream = createMarkdownStream(44, theme, look);
    let at = 0;
    while (at < text.length) {
      at = Math.min(text.length, at + 1 + Math.floor(random() * 12));
      assert.equal(faultOf(stream.push(text.slice(0, at)), 44), null, `seed ${seed} at ${at}`);
    }
    assert.deepEqual(plainLines(stream.push(text)), plainLines(renderMarkdown(text, 44, theme, look)), `seed ${seed}`);
  }
});

test("at every empty line between blocks a growing text equals the whole text so far", () => {
  for (let seed = 100; seed <= 130; seed++) {
    const text = anyDocument(chanceOf(seed).next, 8);
    const stream = createMarkdownStream(50, theme, look);
    for (let at = text.indexOf("\n\n"); at >= 0; at = text.indexOf("\n\n", at + 1)) {
      const sofar = text.slice(0, at + 2);
      assert.deepEqual(plainLines(stream.push(sofar)), plainLines(renderMarkdown(sofar, 50, theme, look)), `seed ${seed} at ${at}`);
    }
  }
});

test("hostile text may be cut anywhere while it grows", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const text = anyText(chanceOf(seed).next, 40);
    const stream = createMarkdownStream(30, theme, { isAscii: true, margin: 2 });
    for (let at = 0; at <= text.length; at++) assert.equal(faultOf(stream.push(text.slice(0, at)), 30), null, `seed ${seed} at ${at}`);
  }
});

test("half-written marks do not flash", () => {
  const stream = createMarkdownStream(40, theme, look);
  assert.deepEqual(plainLines(stream.push("This is **bo")), ["This is bo"]);
  assert.deepEqual(plainLines(stream.push("This is **bold** and `co")), ["This is bold and co"]);
  assert.deepEqual(plainLines(stream.push("This is **bold** and `code`:\n-")), ["This is bold and code:"]);
  assert.deepEqual(plainLines(stream.push("This is **bold** and `code`:\n- a")), ["This is bold and code:", "• a"]);
  const code = createMarkdownStream(40, theme, look);
  assert.deepEqual(plainLines(code.push("```js\nconst a = `x\n\ny **z")), [" const a = `x", " ", " y **z"]);
});

test("a stream forgets the old text when another begins, and an equal text costs nothing", () => {
  const stream = createMarkdownStream(40, theme, look);
  stream.push("one\n\ntwo\n\nthree");
  assert.deepEqual(plainLines(stream.push("four")), ["four"]);
  assert.equal(stream.push("four"), stream.push("four"));
  assert.deepEqual(stream.push(""), []);
});
