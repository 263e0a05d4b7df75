// Frames and layouts for the tests of this room.

import type { Layout } from "../../src/screen/blessed-layout.ts";
import type { Box, Frame, Line, Style } from "../../src/ui/frame-types.ts";

export function line(text: string, style: Style = {}): Line {
  return [{ text, style }];
}

export function textBox(
  id: string,
  [x, y, width, height]: readonly [number, number, number, number],
  lines: readonly Line[],
  over: Partial<Box> = {},
): Box {
  return { id, rect: { x, y, width, height }, z: 0, fill: {}, content: { type: "lines", lines }, ...over };
}

export function frameOf(cols: number, rows: number, boxes: readonly Box[], over: Partial<Frame> = {}): Frame {
  return { cols, rows, boxes, cursor: null, title: "", ...over };
}

/** The painter's way, to compare blessed's with. */
export function plainLayout(): Layout {
  return {
    ownersOf(cols, rows, boxes) {
      const owners = new Uint16Array(cols * rows);
      const stacked = boxes.map((box, index) => ({ box, index })).sort((a, b) => a.box.z - b.box.z || a.index - b.index);
      for (const { box, index } of stacked) {
        const { x, y, width, height } = box.rect;
        for (let row = Math.max(0, y); row < Math.min(rows, y + height); row += 1) {
          for (let col = Math.max(0, x); col < Math.min(cols, x + width); col += 1) owners[row * cols + col] = index + 1;
        }
      }
      return owners;
    },
  };
}
