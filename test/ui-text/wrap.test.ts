// Lines of bounded width.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanText } from "../../src/ui/clean.ts";
import { cutLine, lineWidth, padLine, wrapHard, wrapSpans, wrapText } from "../../src/ui/wrap.ts";
import { chanceOf } from "../support/chance.ts";
import { anyText, faultOf, plainLines } from "./generate.ts";

const style = {};
const wrap = (text: string, width: number) => plainLines(wrapText(text, width, style));

test("text wraps at words, and only what is too long is broken", () => {
  assert.deepEqual(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
  assert.deepEqual(wrap("an /extremely/long/path", 10), ["an", "/extremely", "/long/path"]);
  assert.deepEqual(wrap("  keep\n\nindent", 20), ["  keep", "", "indent"]);
  assert.deepEqual(wrap("", 10), [""]);
  assert.deepEqual(wrap("x", 0), []);
});

test("lines may end between wide characters but do not begin with closing punctuation", () => {
  assert.deepEqual(wrap("时间时间时间", 5), ["时间", "时间", "时间"]);
  assert.deepEqual(wrap("一二三。四", 7), ["一二", "三。四"]);
  assert.deepEqual(wrap("时", 1), ["?"]);
});

test("a word keeps together over several spans and their styles", () => {
  const bold = { bold: true };
  const lines = wrapSpans(
    [
      { text: "say foo", style },
      { text: "bar", style: bold },
      { text: "baz now", style },
    ],
    9,
  );
  assert.deepEqual(plainLines(lines), ["say", "foobarbaz", "now"]);
  assert.equal(lines[1]?.[1]?.style, bold);
});

test("the indent stands before every line and goes where there is no room for it", () => {
  const indent = { first: [{ text: "- ", style }], rest: [{ text: "  ", style }] };
  assert.deepEqual(plainLines(wrapSpans([{ text: "one two three", style }], 8, indent)), ["- one", "  two", "  three"]);
  assert.deepEqual(plainLines(wrapSpans([{ text: "ab", style }], 2, indent)), ["ab"]);
});

test("no line is wider than asked for and no word is lost, whatever the text", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = chanceOf(seed).next;
    const text = cleanText(anyText(random, 30));
    const width = 2 + Math.floor(random() * 40);
    const lines = wrapText(text, width, style);
    assert.equal(faultOf(lines, width), null);
    assert.equal(plainLines(lines).join("").replace(/\s/gu, ""), text.replace(/\s/gu, ""));
    const hard = wrapHard([{ text, style }], width);
    assert.equal(faultOf(hard, width), null);
    assert.equal(plainLines(hard).join(""), text.replaceAll("\n", ""));
  }
});

test("a run of spaces cannot push text out of sight when wrapped hard", () => {
  assert.deepEqual(plainLines(wrapHard([{ text: `ls${" ".repeat(9)};rm`, style }], 5)), ["ls   ", "     ", " ;rm"]);
});

test("a cut line carries its mark and a padded one has exactly its width", () => {
  const line = [
    { text: "abc", style },
    { text: "时间", style },
  ];
  assert.deepEqual(plainLines([cutLine(line, 6, { text: "›", style })]), ["abc时›"]);
  assert.equal(cutLine(line, 7), line);
  assert.equal(lineWidth(padLine(line, 12)), 12);
  assert.equal(lineWidth(padLine(line, 4)), 3);
});
