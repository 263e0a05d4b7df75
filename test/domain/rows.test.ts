// Rows on the link: what goes in comes out, and no bytes can harm a grid.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BOLD,
  CELL_WORDS,
  CONTINUATION,
  clusterText,
  cursorShapes,
  emptyGrid,
  extraBits,
  extraOf,
  glyphOf,
  PALETTE,
  RGB,
  UNDERLINE_SHIFT,
  WIDE,
} from "../../src/domain/cells.ts";
import type { RowsUpdate } from "../../src/domain/rows.ts";
import { applyRows, decodeRows, encodeRows } from "../../src/domain/rows.ts";
import { chanceOf } from "../support/chance.ts";

function put(cells: Uint32Array, x: number, glyph: number, fg = 0, bg = 0, style = 0): void {
  cells.set([glyph, fg, bg, style], x * CELL_WORDS);
}

function rowOf(cols: number, random: () => number): Uint32Array {
  const cells = new Uint32Array(cols * CELL_WORDS);
  for (let x = 0; x < cols; x++) {
    const pick = random();
    const fg = pick < 0.2 ? PALETTE + 3 : pick < 0.3 ? RGB + 0x123456 : 0;
    const bg = pick > 0.9 ? PALETTE + 200 : 0;
    const style = pick > 0.8 ? (BOLD | (3 << UNDERLINE_SHIFT) | extraBits(RGB + 5, pick > 0.95 ? "https://example.org/ü" : "")) >>> 0 : 0;
    if (pick < 0.5) put(cells, x, 32 + Math.floor(random() * 90), fg, bg, style);
    else if (pick < 0.6 && x + 1 < cols) {
      put(cells, x, glyphOf(pick < 0.55 ? "👩‍💻" : "漢") | WIDE, fg, bg, style);
      put(cells, ++x, CONTINUATION, fg, bg, style);
    } else if (pick < 0.7) put(cells, x, glyphOf("e\u0301"), fg, bg, style);
  }
  return cells;
}

function updateOf(cols: number, rows: number, random: () => number): RowsUpdate {
  const changed = [];
  for (let y = 0; y < rows; y++) if (random() < 0.7) changed.push({ y, cells: rowOf(cols, random) });
  return {
    terminal: "terminal-ä1",
    version: Math.floor(random() * 2 ** 40),
    cols,
    rows,
    changed,
    isAlternate: random() < 0.5,
    screen: { base: 12, history: 7, mouse: "none" },
    isFull: random() < 0.5,
    cursor: {
      x: Math.floor(random() * cols),
      y: Math.floor(random() * rows),
      shape: cursorShapes[Math.floor(random() * cursorShapes.length)] ?? "bar",
      isVisible: random() < 0.5,
    },
  };
}

test("every update comes out of its bytes as it went in", () => {
  const random = chanceOf(7).next;
  for (let round = 0; round < 60; round++) {
    const update = updateOf(1 + Math.floor(random() * 90), 1 + Math.floor(random() * 30), random);
    const decoded = decodeRows(encodeRows(update));
    assert.ok(decoded.ok, decoded.ok ? "" : decoded.problem);
    assert.deepEqual({ ...decoded }, { ok: true, ...update });
  }
});

test("clusters, links and underline colours are carried as text, not as numbers of this process", () => {
  const cells = new Uint32Array(2 * CELL_WORDS);
  put(cells, 0, glyphOf("🇩🇪") | WIDE, 0, 0, extraBits(PALETTE + 1, "file:///x"));
  put(cells, 1, CONTINUATION);
  const bytes = encodeRows({
    terminal: "t",
    version: 1,
    cols: 2,
    rows: 1,
    cursor: { x: 2, y: 0, shape: "block", isVisible: true },
    isAlternate: false,
    screen: { base: 12, history: 7, mouse: "none" },
    isFull: true,
    changed: [{ y: 0, cells }],
  });
  const text = Buffer.from(bytes).toString("utf8");
  assert.ok(text.includes("🇩🇪") && text.includes("file:///x"));
  const decoded = decodeRows(bytes);
  assert.ok(decoded.ok);
  const words = decoded.changed[0]?.cells ?? new Uint32Array(0);
  assert.equal(clusterText(words[0] ?? 0), "🇩🇪");
  assert.deepEqual(extraOf(words[3] ?? 0), { underline: PALETTE + 1, link: "file:///x" });
});

test("a plain line costs about a byte a character, an empty one a few bytes", () => {
  const cells = new Uint32Array(80 * CELL_WORDS);
  for (let x = 0; x < 60; x++) put(cells, x, 97 + (x % 26));
  const base = {
    terminal: "t",
    version: 1,
    cols: 80,
    rows: 2,
    cursor: { x: 0, y: 0, shape: "block", isVisible: true },
    isAlternate: false,
    screen: { base: 12, history: 7, mouse: "none" },
    isFull: false,
  } as const;
  assert.ok(encodeRows({ ...base, changed: [{ y: 0, cells }] }).length < 110);
  assert.ok(encodeRows({ ...base, changed: [{ y: 0, cells: new Uint32Array(80 * CELL_WORDS) }] }).length < 58);
});

test("random and mutated bytes never throw, and what is taken from them fits the grid", () => {
  const random = chanceOf(99).next;
  const good = encodeRows(updateOf(40, 10, random));
  let taken = 0;
  for (let round = 0; round < 6000; round++) {
    let bytes: Uint8Array;
    if (round % 3 === 0) {
      bytes = Uint8Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256));
      if (round % 2 === 0) bytes.set([0x52, 1].slice(0, bytes.length));
    } else {
      bytes = good.slice(0, round % 5 === 0 ? Math.floor(random() * good.length) : good.length);
      for (let hits = 0; hits < 1 + random() * 4 && bytes.length > 0; hits++) {
        const at = Math.floor(random() * (random() < 0.5 ? Math.min(60, bytes.length) : bytes.length));
        bytes[at] = Math.floor(random() * 256);
      }
    }
    const decoded = decodeRows(bytes);
    if (!decoded.ok) continue;
    taken++;
    const grid = emptyGrid(40, 10);
    const isTaken = applyRows(grid, decoded);
    assert.equal(grid.words.length, grid.cols * grid.rows * CELL_WORDS);
    if (isTaken) assert.equal(grid.cols, decoded.cols);
    for (let i = 0; i < grid.words.length; i += CELL_WORDS) {
      const text = clusterText(grid.words[i] ?? 0);
      assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/);
    }
  }
  assert.ok(taken > 0, "some mutations stay readable");
});

test("a difference for another size is refused, a full update resizes the grid", () => {
  const grid = emptyGrid(10, 4);
  const update = updateOf(20, 5, chanceOf(3).next);
  assert.equal(applyRows(grid, { ...update, isFull: false }), false);
  assert.equal(grid.cols, 10);
  assert.equal(applyRows(grid, { ...update, isFull: true }), true);
  assert.deepEqual([grid.cols, grid.rows, grid.words.length], [20, 5, 20 * 5 * CELL_WORDS]);
  assert.equal(applyRows(grid, { ...update, isFull: false, changed: [{ y: 99, cells: new Uint32Array(20 * CELL_WORDS) }] }), true);
});
