// Walking, selecting and searching text cell by cell, as copy mode does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findInLine, type Motion, moveBy, wordAt } from "../../src/ui/copy-motion.ts";
import { matchAt, matchesOfRows, searchText, stepMatch } from "../../src/ui/copy-search.ts";
import { type Selection, selectedText } from "../../src/ui/copy-select.ts";
import { type CopyRow, type CopyText, type Position, rowOfLine } from "../../src/ui/copy-text.ts";
import { cutLine, wrapHard, wrapSpans } from "../../src/ui/wrap.ts";

/** Rows of text; one that begins with `\` goes on the row above. */
function textOf(...lines: string[]): CopyText {
  const rows: CopyRow[] = lines.map((line) => {
    const row = rowOfLine([{ text: line.replace(/^\\/u, ""), style: {} }]);
    return line.startsWith("\\") ? { ...row, joint: "" } : row;
  });
  return { first: 0, end: rows.length, row: (y) => rows[y] ?? null };
}

function walk(text: CopyText, from: [number, number], motion: Motion, steps: number): string {
  let at: Position = { x: from[0], y: from[1] };
  const seen: string[] = [];
  for (let i = 0; i < steps; i++) {
    at = moveBy(text, at, motion);
    seen.push(`${at.x},${at.y}`);
  }
  return seen.join(" ");
}

test("words, words by spaces, and their ends, over lines and empty lines", () => {
  const text = textOf("foo.bar  baz", "", "  qux-1 日本 x");
  assert.equal(walk(text, [0, 0], "wordNext", 9), "3,0 4,0 9,0 0,1 2,2 5,2 6,2 8,2 13,2");
  assert.equal(walk(text, [0, 0], "bigNext", 5), "9,0 0,1 2,2 8,2 13,2");
  assert.equal(walk(text, [13, 2], "wordBack", 9), "8,2 6,2 5,2 2,2 0,1 9,0 4,0 3,0 0,0");
  assert.equal(walk(text, [13, 2], "bigBack", 5), "8,2 2,2 0,1 9,0 0,0");
  assert.equal(walk(text, [0, 0], "wordEnd", 7), "2,0 3,0 6,0 11,0 4,2 5,2 6,2");
  assert.equal(walk(text, [0, 0], "bigEnd", 4), "6,0 11,0 6,2 10,2");
  assert.equal(walk(text, [13, 2], "wordNext", 2), "13,2 13,2", "there is nothing further");
  assert.equal(walk(text, [0, 0], "wordBack", 2), "0,0 0,0");
});

test("a word that a wrap has cut is one word, and a line its rows together", () => {
  const text = textOf("abc defg", "\\hij kl", "next");
  assert.equal(walk(text, [0, 0], "wordNext", 3), "4,0 4,1 0,2");
  assert.equal(walk(text, [4, 0], "wordEnd", 1), "2,1");
  assert.equal(walk(text, [4, 1], "wordBack", 1), "4,0");
  assert.equal(walk(text, [4, 1], "lineStart", 1), "0,0");
  assert.equal(walk(text, [1, 0], "lineEnd", 1), "5,1");
  assert.equal(walk(text, [7, 0], "right", 1), "0,1");
  assert.equal(walk(text, [5, 1], "right", 1), "5,1", "a line's end stops");
  assert.equal(walk(text, [0, 1], "left", 1), "7,0");
  assert.deepEqual(wordAt(text, { x: 6, y: 0 }), { from: { x: 4, y: 0 }, to: { x: 2, y: 1 } });
});

test("left and right step over a wide character whole; ^ goes to the first text", () => {
  const text = textOf("  日本a");
  assert.equal(walk(text, [2, 0], "right", 3), "4,0 6,0 6,0");
  assert.equal(walk(text, [6, 0], "left", 2), "4,0 2,0");
  assert.equal(walk(text, [6, 0], "lineText", 1), "2,0");
});

test("paragraphs are divided by empty lines", () => {
  const text = textOf("a", "b", "", "", "c", "d");
  assert.equal(walk(text, [0, 0], "paragraphNext", 2), "0,2 0,5");
  assert.equal(walk(text, [0, 5], "paragraphBack", 2), "0,3 0,0");
});

test("f, F, t and T look on their line, over its rows, and go on when repeated", () => {
  const text = textOf("a.b.c", "\\.d", "x.y");
  const find = (x: number, y: number, key: "f" | "F" | "t" | "T", isRepeat = false) =>
    findInLine(text, { x, y }, { key, character: ".", isRepeat });
  assert.deepEqual(find(0, 0, "f"), { x: 1, y: 0 });
  assert.deepEqual(find(3, 0, "f"), { x: 0, y: 1 });
  assert.equal(find(0, 1, "f"), null, "the next line is another one");
  assert.deepEqual(find(0, 0, "t"), { x: 0, y: 0 });
  assert.deepEqual(find(0, 0, "t", true), { x: 2, y: 0 });
  assert.deepEqual(find(1, 1, "F"), { x: 0, y: 1 });
  assert.deepEqual(find(1, 1, "T"), { x: 1, y: 1 });
  assert.deepEqual(find(1, 1, "T", true), { x: 4, y: 0 });
});

const select = (text: CopyText, from: [number, number], to: [number, number], unit: Selection["unit"]): string =>
  selectedText(text, { anchor: { x: from[0], y: from[1] }, cursor: { x: to[0], y: to[1] }, unit });

test("what is selected comes out without false line ends and without blanks that were never there", () => {
  const text = textOf("first line  ", "abc defg ", "\\hij kl", "", "日本語 end");
  assert.equal(select(text, [6, 0], [2, 2], "cell"), "line\nabc defg hij");
  assert.equal(select(text, [2, 2], [6, 0], "cell"), "line\nabc defg hij", "either way round");
  assert.equal(select(text, [0, 3], [2, 4], "cell"), "\n日本");
  assert.equal(select(text, [3, 4], [3, 4], "cell"), "本", "on the right half is on the character");
  assert.equal(select(text, [1, 2], [1, 2], "line"), "abc defg hij kl");
  assert.equal(select(text, [5, 1], [5, 1], "word"), "defg");
  assert.equal(select(text, [1, 0], [5, 1], "word"), "first line\nabc defg");
  assert.equal(select(text, [1, 0], [3, 2], "block"), "irs\nbc\nij");
  assert.equal(select(text, [3, 2], [1, 0], "block"), "irs\nbc\nij");
});

test("a transcript's lines give the words that were wrapped, without margins and marks, and what a cut line hides", () => {
  const style = {};
  const mark = { text: "> ", style, isChrome: true } as const;
  const rest = { text: "  ", style, isChrome: true } as const;
  const words = "one two  three four supercalifragilistic 日本語日本語日本語 end";
  const code = cutLine(
    [
      { text: " ", style, isChrome: true },
      { text: "const x = 'a long line of code';", style },
    ],
    16,
    { text: "›", style },
  );
  for (let width = 8; width < 40; width++) {
    const lines = [...wrapSpans([{ text: words, style }], width, { first: [mark], rest: [rest] }), code];
    const rows = lines.map(rowOfLine);
    const text: CopyText = { first: 0, end: rows.length, row: (y) => rows[y] ?? null };
    const all = select(text, [0, 0], [0, rows.length - 1], "line");
    assert.equal(all, `${words}\nconst x = 'a long line of code';`, `at ${width}`);
    const hard = wrapHard([{ text: words, style }], width).map(rowOfLine);
    assert.equal(select({ first: 0, end: hard.length, row: (y) => hard[y] ?? null }, [0, 0], [0, hard.length - 1], "line"), words);
  }
});

test("a search finds over the rows of a line, tells places and counts, and goes around the ends", () => {
  const text = textOf("Needle in ne", "\\edle hay", "日本 NEEDLE");
  const found = searchText(text, "needle");
  assert.deepEqual(found.starts, [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 5, y: 2 },
  ]);
  assert.deepEqual(found.parts.get(1), [{ from: 0, to: 4, index: 1 }]);
  assert.deepEqual(searchText(text, "NEE").starts, [{ x: 5, y: 2 }]);
  assert.deepEqual(searchText(text, "").starts, []);
  assert.equal(stepMatch(found, { x: 0, y: 0 }, 1), 1);
  assert.equal(stepMatch(found, { x: 5, y: 2 }, 1), 0);
  assert.equal(stepMatch(found, { x: 0, y: 0 }, -1), 2);
  assert.equal(stepMatch(found, { x: 2, y: 1 }, -1), 1);
  assert.equal(matchAt(found, { x: 3, y: 1 }), 1);
  assert.equal(matchAt(found, { x: 5, y: 1 }), -1);
  const rows = matchesOfRows([{ row: 4, col: 8, cells: 6 }], 10, { isCut: false, isUnfinished: false });
  assert.deepEqual([rows.parts.get(4), rows.parts.get(5)], [[{ from: 8, to: 10, index: 0 }], [{ from: 0, to: 4, index: 0 }]]);
});
