// The composer: graphemes, words, rows, pastes, history.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  browseHistory,
  composerText,
  deleteTo,
  emptyComposer,
  insertPaste,
  insertText,
  layoutComposer,
  moveCursor,
  moveRow,
  setText,
  yank,
} from "../../src/ui/composer.ts";

function typed(text: string) {
  const composer = emptyComposer();
  for (const each of text) insertText(composer, each);
  return composer;
}

test("a character made of several code points is one step and one deletion", () => {
  const composer = typed("a👩‍👩‍👧é");
  assert.equal(composer.cells.length, 3);
  moveCursor(composer, "left");
  deleteTo(composer, "left", { isKept: false });
  assert.equal(composerText(composer), "aé");
});

test("a combining mark joins the letter before it", () => {
  const composer = typed("e\u0301x");
  assert.equal(composer.cells.length, 2);
  assert.equal(composerText(composer), "e\u0301x");
});

test("words are moved over and cut, and come back where they are put", () => {
  const composer = typed("fix the clock");
  deleteTo(composer, "wordLeft", { isKept: true });
  assert.equal(composerText(composer), "fix the ");
  moveCursor(composer, "wordLeft");
  moveCursor(composer, "wordLeft");
  assert.equal(composer.cursor, 0);
  yank(composer);
  assert.equal(composerText(composer), "clockfix the ");
});

test("Ctrl+K cuts to the end of the line, then the line break", () => {
  const composer = typed("one\ntwo");
  moveRow(composer, 40, -1);
  moveCursor(composer, "lineStart");
  deleteTo(composer, "lineEnd", { isKept: true });
  assert.equal(composerText(composer), "\ntwo");
  deleteTo(composer, "lineEnd", { isKept: true });
  assert.equal(composerText(composer), "two");
});

test("a paste of more than eight lines is one piece that is sent exactly as it was", () => {
  const text = Array.from({ length: 120 }, (_, at) => `  line ${at}\t\u200b`).join("\n");
  const composer = typed("see ");
  insertPaste(composer, text);
  insertText(composer, "!");
  assert.deepEqual(
    layoutComposer(composer, 60).rows.map((row) => row.text),
    ["see [pasted 120 lines]!"],
  );
  assert.equal(composerText(composer), `see ${text}!`);
  deleteTo(composer, "left", { isKept: false });
  deleteTo(composer, "left", { isKept: false });
  assert.equal(composerText(composer), "see ");
});

test("rows break at words, keep the cursor on the screen, and wide characters take two columns", () => {
  const composer = typed("the quick brown fox");
  assert.deepEqual(
    layoutComposer(composer, 10).rows.map((row) => row.text.trimEnd()),
    ["the quick", "brown fox"],
  );
  const wide = typed("日本語");
  const { rows, cursorRow, cursorCol } = layoutComposer(wide, 5);
  assert.deepEqual(
    rows.map((row) => row.text),
    ["日本", "語"],
  );
  assert.deepEqual([cursorRow, cursorCol], [1, 2]);
});

test("every cell stands in exactly one row, for any width", () => {
  const composer = typed("a bb  ccc 日本語 dddd\n\n eeeee   f");
  for (let width = 1; width < 30; width += 1) {
    const { rows, cursorRow, cursorCol } = layoutComposer(composer, width);
    const shown = rows.flatMap((row) => composer.cells.slice(row.start, row.end).map((cell) => cell.text)).join("");
    assert.equal(shown, composerText(composer).replaceAll("\n", ""));
    assert.ok(cursorRow < rows.length && cursorCol < Math.max(1, width));
  }
});

test("the history keeps what was being typed", () => {
  const composer = typed("draft");
  assert.equal(browseHistory(composer, ["one", "two"], 1), false);
  assert.ok(browseHistory(composer, ["one", "two"], -1));
  assert.equal(composerText(composer), "two");
  assert.ok(browseHistory(composer, ["one", "two"], -1));
  assert.equal(browseHistory(composer, ["one", "two"], -1), false);
  browseHistory(composer, ["one", "two"], 1);
  browseHistory(composer, ["one", "two"], 1);
  assert.equal(composerText(composer), "draft");
});

test("line ends of every kind become one", () => {
  const composer = emptyComposer();
  setText(composer, "a\r\nb\rc");
  assert.equal(composerText(composer), "a\nb\nc");
});
