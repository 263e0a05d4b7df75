// Rows of cells as text with SGR sequences.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BOLD,
  CELL_WORDS,
  CONTINUATION,
  extraBits,
  glyphOf,
  INVERSE,
  PALETTE,
  RGB,
  UNDERLINE_SHIFT,
  WIDE,
} from "../../src/domain/cells.ts";
import { rowToSgr } from "../../src/domain/cells-sgr.ts";

type Cell = readonly [text: string | number, fg?: number, bg?: number, style?: number];

function row(...cells: Cell[]): Uint32Array {
  const words = new Uint32Array(cells.length * CELL_WORDS);
  cells.forEach(([text, fg = 0, bg = 0, style = 0], at) => {
    words.set([typeof text === "number" ? text : text === "" ? 0 : glyphOf(text), fg, bg, style], at * CELL_WORDS);
  });
  return words;
}

test("plain cells give plain text; what shows nothing at the end is cut where that is wished", () => {
  assert.equal(rowToSgr(row(["a"], [""], ["b"], [""], [" "]), { isCut: true }), "a b");
  assert.equal(rowToSgr(row(["a"], [""]), { isCut: false }), "a ");
  assert.equal(rowToSgr(row([""], [""]), { isCut: true }), "");
});

test("each change of colour or weight is one sequence that says all of it, and the row ends without any", () => {
  const cells = row(
    ["a", PALETTE | 1],
    ["b", PALETTE | 1],
    ["c", PALETTE | 9, PALETTE | 200, BOLD],
    ["d", RGB | 0x010203, 0, INVERSE | (3 << UNDERLINE_SHIFT)],
    ["e"],
  );
  assert.equal(rowToSgr(cells, { isCut: true }), "\u001b[0;31mab\u001b[0;1;91;48;5;200mc\u001b[0;4;7;38;2;1;2;3md\u001b[0me");
});

test("a coloured ground is not nothing; wide and joined glyphs come once, links not at all", () => {
  assert.equal(rowToSgr(row(["", 0, PALETTE | 4], [""]), { isCut: true }), "\u001b[0;44m \u001b[0m");
  const cells = row(
    [glyphOf("世") | WIDE],
    [CONTINUATION],
    [glyphOf("👍🏽") | WIDE],
    [CONTINUATION],
    ["x", 0, 0, extraBits(0, "https://example.com")],
  );
  assert.equal(rowToSgr(cells, { isCut: true }), "世👍🏽x");
});
