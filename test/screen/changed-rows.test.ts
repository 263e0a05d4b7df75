// Only the rows of a terminal that changed are composed again: the picture is the same as if all were.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CELL_WORDS, emptyGrid } from "../../src/domain/cells.ts";
import { applyRows, noScreen } from "../../src/domain/rows.ts";
import { createLayout } from "../../src/screen/blessed-layout.ts";
import { createCompositor } from "../../src/screen/compositor.ts";
import type { Box, Frame } from "../../src/ui/frame-types.ts";
import { graphemeWidth } from "../../src/ui/width.ts";
import { chanceOf } from "../support/chance.ts";

const [COLS, ROWS] = [40, 12];

test("a picture made of changed rows is the picture made of all rows, also under a box that opens, moves and closes", () => {
  const chance = chanceOf(11);
  const layout = createLayout();
  const kept = createCompositor(layout, graphemeWidth);
  const grids = [emptyGrid(20, 12), emptyGrid(20, 12)];
  let over: Box | null = null;
  for (let round = 0; round < 200; round += 1) {
    const grid = grids[chance.below(2)] ?? emptyGrid(1, 1);
    if (chance.below(10) === 0) {
      const [cols, rows] = [10 + chance.below(20), 5 + chance.below(15)];
      change(
        grid,
        cols,
        rows,
        Array.from({ length: rows }, (_, y) => y),
        true,
        round,
      );
    } else {
      const count = chance.below(3);
      const rows = new Set(Array.from({ length: count }, () => chance.below(grid.rows)));
      change(
        grid,
        grid.cols,
        grid.rows,
        [...rows].toSorted((a, b) => a - b),
        false,
        round,
      );
    }
    if (chance.below(5) === 0) {
      const rect = { x: chance.below(20), y: chance.below(6), width: 12, height: 4 };
      over =
        chance.below(2) === 0
          ? null
          : { id: "over", rect, z: 5, fill: {}, content: { type: "lines", lines: [[{ text: "over", style: {} }]] } };
    }
    const panes = grids.map((shown, pane): Box => {
      const rect = { x: pane * 20, y: 0, width: 20, height: 12 };
      const fill = chance.below(8) === 0 ? { bg: 0x0200_0000 | round } : {};
      return { id: `pane ${pane}`, rect, z: 0, fill, content: { type: "cells", grid: shown, top: chance.below(8) === 0 ? 1 : 0, left: 0 } };
    });
    const frame: Frame = { cols: COLS, rows: ROWS, boxes: over === null ? panes : [...panes, over], cursor: null, title: "" };
    const fresh = createCompositor(layout, graphemeWidth).compose(frame, COLS, ROWS);
    assert.deepEqual(kept.compose(frame, COLS, ROWS).words, fresh.words, `round ${round}`);
  }
});

test("a row that did not change is not looked at again", () => {
  const compositor = createCompositor(createLayout(), graphemeWidth);
  const grid = emptyGrid(COLS, ROWS);
  const box: Box = {
    id: "pane",
    rect: { x: 0, y: 0, width: COLS, height: ROWS },
    z: 0,
    fill: {},
    content: { type: "cells", grid, top: 0, left: 0 },
  };
  const frame: Frame = { cols: COLS, rows: ROWS, boxes: [box], cursor: null, title: "" };
  change(grid, COLS, ROWS, [0], true, 1);
  compositor.compose(frame, COLS, ROWS).dirty.fill(0);
  change(grid, COLS, ROWS, [3], false, 2);
  const { dirty } = compositor.compose(frame, COLS, ROWS);
  assert.deepEqual(
    [...dirty].flatMap((isDirty, y) => (isDirty ? [y] : [])),
    [3],
  );
});

function change(
  grid: ReturnType<typeof emptyGrid>,
  cols: number,
  rows: number,
  ys: readonly number[],
  isFull: boolean,
  round: number,
): void {
  const changed = ys.map((y) => {
    const cells = new Uint32Array(cols * CELL_WORDS);
    for (let x = 0; x < cols; x += 1) cells[x * CELL_WORDS] = 0x61 + ((x + y + round) % 26);
    return { y, cells };
  });
  const { cursor } = grid;
  assert.ok(applyRows(grid, { terminal: "t", version: round, cols, rows, cursor, isAlternate: false, screen: noScreen, isFull, changed }));
}
