// A frame as text: boxes painted by height into a grid of characters, and what a sound frame keeps to.

import assert from "node:assert/strict";
import { CELL_WORDS, CONTINUATION, clusterText } from "../../src/domain/cells.ts";
import type { Box, Frame } from "../../src/ui/frame-types.ts";
import { graphemes, graphemeWidth } from "../../src/ui/width.ts";

/** The rows of a frame; a wide character takes its two cells, spaces at the end are dropped. */
export function frameRows(frame: Frame): string[] {
  const cells: string[][] = Array.from({ length: frame.rows }, () => Array.from({ length: frame.cols }, () => " "));
  for (const box of [...frame.boxes].sort((a, b) => a.z - b.z)) paint(box, cells);
  return cells.map((row) => row.join("").trimEnd());
}

function put(cells: string[][], x: number, y: number, text: string, width: number): void {
  const row = cells[y];
  if (row === undefined || x < 0 || x + width > row.length) return;
  // Half of a wide character that is painted over shows as a space.
  if (row[x] === "" && x > 0) row[x - 1] = " ";
  row[x] = text;
  if (width === 2) row[x + 1] = "";
  if (row[x + width] === "") row[x + width] = " ";
}

function paint(box: Box, cells: string[][]): void {
  const { rect } = box;
  for (let y = rect.y; y < rect.y + rect.height; y += 1) for (let x = rect.x; x < rect.x + rect.width; x += 1) put(cells, x, y, " ", 1);
  if (box.content.type === "lines") {
    box.content.lines.slice(0, rect.height).forEach((line, index) => {
      let x = rect.x;
      for (const span of line) {
        for (const cluster of graphemes(span.text)) {
          const width = graphemeWidth(cluster);
          if (x + width > rect.x + rect.width) return;
          put(cells, x, rect.y + index, cluster, width);
          x += width;
        }
      }
    });
    return;
  }
  const { grid, top, left } = box.content;
  for (let row = 0; row < Math.min(rect.height, grid.rows - top); row += 1) {
    for (let column = 0; column < Math.min(rect.width, grid.cols - left); column += 1) {
      const glyph = grid.words[((row + top) * grid.cols + column + left) * CELL_WORDS] ?? 0;
      if (glyph !== CONTINUATION) put(cells, rect.x + column, rect.y + row, clusterText(glyph) || " ", 1);
    }
  }
}

const control = /[\p{Cc}]/u;

/** Boxes inside the frame with ids of their own, clean text, a cursor on the screen. */
export function assertSound(frame: Frame): void {
  const ids = new Set<string>();
  for (const box of frame.boxes) {
    const { x, y, width, height } = box.rect;
    const where = `${box.id} ${JSON.stringify(box.rect)} in ${frame.cols}×${frame.rows}`;
    assert.ok(!ids.has(box.id), `two boxes are called ${box.id}`);
    ids.add(box.id);
    assert.ok([x, y, width, height].every(Number.isInteger), where);
    assert.ok(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= frame.cols && y + height <= frame.rows, where);
    if (box.content.type !== "lines") continue;
    assert.ok(box.content.lines.length <= Math.max(height, 1) || box.id !== "", where);
    for (const line of box.content.lines) {
      for (const span of line) assert.ok(!control.test(span.text), `${where}: ${JSON.stringify(span.text)}`);
    }
  }
  const { cursor } = frame;
  if (cursor !== null)
    assert.ok(
      cursor.x >= 0 && cursor.x < frame.cols && cursor.y >= 0 && cursor.y < frame.rows,
      `cursor ${JSON.stringify(cursor)} in ${frame.cols}×${frame.rows}`,
    );
}
