// A terminal that another client's screen has sized: larger or smaller than its place here, and when this screen asks for its own size.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CELL_WORDS, emptyGrid, glyphOf } from "../../src/domain/cells.ts";
import type { TerminalId } from "../../src/domain/ids.ts";
import { frame, isSizedByOther, onTick, viewCommand } from "../../src/ui/ui.ts";
import { assertSound, frameRows } from "../support/frame-text.ts";
import { happen, openStage, openTerminal, paneId, press, START, type Stage, send } from "../support/ui-fixtures.ts";

function stageWithTerminal(): { stage: Stage; terminal: TerminalId } {
  const stage = openStage({ cols: 80, rows: 12 });
  const terminal = openTerminal(stage, 1, null, "sh");
  happen(stage, {
    type: "tab.set",
    tab: {
      id: "tab-1" as never,
      name: "1",
      zoomed: null,
      root: { type: "leaf", pane: paneId(1), content: { type: "terminal", terminal } },
    },
  });
  return { stage, terminal };
}

/** Each cell tells its row and column: A0, B7 … */
function putGrid(stage: Stage, terminal: TerminalId, cols: number, rows: number, cursor: { x: number; y: number }): void {
  const grid = emptyGrid(cols, rows);
  for (let y = 0; y < rows; y += 1)
    for (let x = 0; x < cols; x += 1)
      grid.words[(y * cols + x) * CELL_WORDS] = glyphOf(x % 2 === 0 ? String.fromCharCode(65 + (y % 26)) : String(x % 10));
  Object.assign(grid.cursor, cursor);
  stage.ui.grids.set(terminal, grid);
}

test("a larger grid is cropped around its cursor, a smaller one stands in the corner of an empty place", () => {
  const { stage, terminal } = stageWithTerminal();
  const own = viewCommand(stage.ui).terminals[0];
  assert.ok(own !== undefined);
  for (const [cols, rows] of [
    [own.cols * 2, own.rows * 3],
    [own.cols - 30, own.rows - 4],
    [2, 2],
    [own.cols * 2, 2],
    [2, own.rows * 2],
    [1000, 1000],
  ] as const) {
    for (const cursor of [
      { x: 0, y: 0 },
      { x: cols - 1, y: rows - 1 },
      { x: Math.floor(cols / 2), y: Math.floor(rows / 2) },
    ]) {
      putGrid(stage, terminal, cols, rows, cursor);
      const drawn = frame(stage.ui);
      assertSound(drawn);
      const at = drawn.cursor;
      assert.ok(at !== null, `${cols}x${rows} cursor ${cursor.x},${cursor.y}`);
      const cell = frameRows(drawn)[at.y]?.[at.x];
      const expected = cursor.x % 2 === 0 ? String.fromCharCode(65 + (cursor.y % 26)) : String(cursor.x % 10);
      assert.equal(cell, expected, `under the cursor of ${cols}x${rows} at ${cursor.x},${cursor.y}`);
    }
  }
  putGrid(stage, terminal, 4, 2, { x: 0, y: 0 });
  const rows = frameRows(frame(stage.ui));
  const from = rows.findIndex((row) => row.includes("A1A3"));
  assert.deepEqual([rows[from]?.trim(), rows[from + 1]?.trim(), rows[from + 2]?.trim()], ["A1A3", "B1B3", ""]);
});

test("a screen is active from a key, a click or the focus on, for a moment; only then it asks for its size back", () => {
  const { stage, terminal } = stageWithTerminal();
  const { ui } = stage;
  assert.equal(viewCommand(ui).isActive, false);
  for (const event of [
    { type: "focus", isFocused: true },
    { type: "key", chord: "x", raw: "x" },
    { type: "paste", text: "p" },
  ] as const) {
    stage.now += 60_000;
    send(stage, event);
    assert.equal(viewCommand(ui).isActive, true, event.type);
    stage.now += 1_500;
    onTick(ui, stage.now);
    assert.equal(viewCommand(ui).isActive, false, event.type);
  }
  stage.now += 60_000;
  send(stage, { type: "focus", isFocused: false });
  send(stage, { type: "background", isDark: true });
  assert.equal(viewCommand(ui).isActive, false);
  const view = viewCommand(ui);
  assert.equal(isSizedByOther(ui, view), false);
  putGrid(stage, terminal, 20, 5, { x: 0, y: 0 });
  assert.equal(isSizedByOther(ui, view), true);
  const own = view.terminals[0];
  putGrid(stage, terminal, own?.cols ?? 0, own?.rows ?? 0, { x: 0, y: 0 });
  assert.equal(isSizedByOther(ui, view), false);
  press(stage, "x");
  assert.ok(stage.now > START);
});
