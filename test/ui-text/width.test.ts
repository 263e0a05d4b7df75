// Cells: what a terminal gives to each character.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanText } from "../../src/ui/clean.ts";
import { cutToWidth, graphemes, graphemeWidth, padToWidth, textWidth } from "../../src/ui/width.ts";
import { chanceOf } from "../support/chance.ts";
import { anyText } from "./generate.ts";

test("each kind of character has the cells that terminals give it", () => {
  const cases: [string, number][] = [
    ["", 0],
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["时间", 4],
    ["ｆ", 2],
    ["한", 2],
    ["\u1112\u1161\u11ab", 2],
    ["ｶ", 1],
    ["❤️", 2],
    ["❤", 1],
    ["⚠️", 2],
    ["✅", 2],
    ["👩‍👩‍👧‍👦", 2],
    ["👍🏽", 2],
    ["🇩🇪", 2],
    ["1️⃣", 2],
    ["›", 1],
    ["…", 1],
    ["●", 1],
    ["▓", 1],
    ["\u0000\u001b\u0085", 0],
    ["\u0301", 0],
    ["\u200b", 0],
    ["ไ", 1],
    ["กำ", 2],
    ["😀", 2],
  ];
  for (const [text, cells] of cases) assert.equal(textWidth(text), cells, JSON.stringify(text));
});

test("what is measured without the segmenter is measured as with it", () => {
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  for (let unit = 0x20; unit < 0xd800; unit++) {
    const text = `a${String.fromCharCode(unit, unit)}b`;
    const clusters = [...segmenter.segment(text)].map(({ segment }) => segment);
    assert.deepEqual(graphemes(text), clusters, unit.toString(16));
    // A mark of no width makes the segmenter and the table of East Asian width speak.
    assert.equal(textWidth(`${text}\u200b`), textWidth(text), unit.toString(16));
  }
});

test("a text is as wide as its graphemes together", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const text = anyText(chanceOf(seed).next, 30);
    const parts = graphemes(text);
    assert.equal(parts.join(""), text);
    assert.equal(
      textWidth(text),
      parts.reduce((sum, part) => sum + graphemeWidth(part), 0),
      JSON.stringify(text),
    );
  }
});

test("cutting leaves whole characters and puts the ellipsis only where something was cut", () => {
  assert.equal(cutToWidth("planner", 7), "planner");
  assert.equal(cutToWidth("planner", 5), "plan…");
  assert.equal(cutToWidth("时间时间", 4), "时…");
  assert.equal(cutToWidth("planner", 5, "..."), "pl...");
  assert.equal(cutToWidth("planner", 2, "..."), "pl");
  assert.equal(cutToWidth("planner", 0), "");
});

test("padding gives exactly the cells asked for, whatever the text", () => {
  assert.equal(padToWidth("ab", 4), "ab  ");
  assert.equal(padToWidth("时间", 3), "时…");
  for (let seed = 1; seed <= 200; seed++) {
    const random = chanceOf(seed).next;
    const text = cleanText(anyText(random, 20)).replaceAll("\n", " ");
    const width = Math.floor(random() * 30);
    assert.equal(textWidth(padToWidth(text, width)), width);
    assert.ok(textWidth(cutToWidth(text, width)) <= width);
  }
});
