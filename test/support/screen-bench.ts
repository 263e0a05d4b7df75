// Measures composing and writing frames at 240×67 with 16 panes: medians in ms and bytes. Run: node test/support/screen-bench.ts

import { CELL_WORDS, type CellGrid, emptyGrid, RGB } from "../../src/domain/cells.ts";
import { applyRows, type ChangedRow, noScreen, type RowsUpdate } from "../../src/domain/rows.ts";
import { createLayout } from "../../src/screen/blessed-layout.ts";
import { createCompositor } from "../../src/screen/compositor.ts";
import { traitsOf } from "../../src/screen/terminal-traits.ts";
import { createWriter } from "../../src/screen/writer.ts";
import type { Box, Frame, Line } from "../../src/ui/frame-types.ts";
import { graphemeWidth } from "../../src/ui/width.ts";

const [COLS, ROWS, ACROSS, DOWN] = [240, 67, 4, 4];

export interface ScreenFigures {
  readonly name: string;
  readonly ms: number;
  readonly bytes: number;
}

export function measureScreen(rounds = 300): ScreenFigures[] {
  return [
    measure(
      "one line of text changed, 16 text panes",
      rounds,
      textFrame((pane, row, round) => (pane === 5 && row === 3 ? `changed ${round} times` : `line ${row} of ${pane}`)),
    ),
    measure(
      "one line of a terminal changed, 16 terminals",
      rounds,
      gridFrame((words, pane, round) => {
        if (pane === 5)
          "changed".split("").forEach((char, i) => {
            words[(4 * 60 + i) * CELL_WORDS] = char.charCodeAt(0) + (round % 2);
          });
      }),
    ),
    measure(
      "all scroll, 16 text panes",
      rounds,
      textFrame((pane, row, round) => `line ${row + round} of pane ${pane}: ${"word ".repeat((row + round) % 9)}`),
    ),
    measure(
      "everything in truecolour, 16 terminals",
      rounds,
      gridFrame((words, pane, round) => {
        for (let i = 0; i < words.length; i += CELL_WORDS) {
          words[i] = 0x21 + ((i / CELL_WORDS + round) % 90);
          words[i + 1] = (RGB | ((Math.floor(i / 64) * 977 + round * 31 + pane) & 0xffffff)) >>> 0;
        }
      }),
    ),
    measure(
      "nothing changed, 16 terminals",
      rounds,
      gridFrame(() => undefined),
    ),
    measure("a popup opens and closes over 16 terminals", rounds, withPopup(gridFrame(() => undefined))),
  ];
}

type FrameOf = (round: number) => Frame;

function measure(name: string, rounds: number, frameOf: FrameOf): ScreenFigures {
  const traits = traitsOf({ TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "C.UTF-8" });
  const compositor = createCompositor(createLayout(), graphemeWidth);
  const writer = createWriter(traits);
  const times: number[] = [];
  const sizes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const frame = frameOf(round);
    const from = performance.now();
    const bytes = writer.write(compositor.compose(frame, COLS, ROWS));
    if (round > rounds / 3) {
      times.push(performance.now() - from);
      sizes.push(bytes.length);
    }
  }
  return { name, ms: median(times), bytes: median(sizes) };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function paneRect(pane: number) {
  const [width, height] = [COLS / ACROSS, Math.floor(ROWS / DOWN)];
  return { x: (pane % ACROSS) * width, y: Math.floor(pane / ACROSS) * height, width, height };
}

function textFrame(textOf: (pane: number, row: number, round: number) => string): FrameOf {
  const kept = new Map<string, Line>();
  return (round) => {
    const boxes = Array.from({ length: ACROSS * DOWN }, (_, pane): Box => {
      const rect = paneRect(pane);
      const lines = Array.from({ length: rect.height }, (_, row) => {
        const text = textOf(pane, row, round);
        const known = kept.get(text);
        if (known !== undefined) return known;
        const line: Line = [{ text, style: row % 3 ? {} : { fg: RGB | 0x80c0ff } }];
        kept.set(text, line);
        return line;
      });
      return { id: `${pane}`, rect, z: 0, fill: {}, content: { type: "lines", lines } };
    });
    return { cols: COLS, rows: ROWS, boxes, cursor: { x: 3, y: 3, shape: "block" }, title: "bench" };
  };
}

function gridFrame(change: (words: Uint32Array, pane: number, round: number) => void): FrameOf {
  const grids = Array.from({ length: ACROSS * DOWN }, (_, pane) => {
    const grid = emptyGrid(paneRect(pane).width, paneRect(pane).height);
    for (let i = 0; i < grid.words.length; i += CELL_WORDS) grid.words[i] = 0x61 + ((i / CELL_WORDS) % 26);
    return grid;
  });
  return (round) => {
    grids.forEach((grid, pane) => {
      const next = grid.words.slice();
      change(next, pane, round);
      applyRows(grid, changeOf(grid, next));
    });
    const boxes = grids.map(
      (grid, pane): Box => ({ id: `${pane}`, rect: paneRect(pane), z: 0, fill: {}, content: { type: "cells", grid, top: 0, left: 0 } }),
    );
    return { cols: COLS, rows: ROWS, boxes, cursor: null, title: "bench" };
  };
}

/** As it comes over the link: the rows that differ. */
function changeOf(grid: CellGrid, next: Uint32Array): RowsUpdate {
  const stride = grid.cols * CELL_WORDS;
  const changed: ChangedRow[] = [];
  for (let y = 0; y < grid.rows; y += 1) {
    const cells = next.subarray(y * stride, (y + 1) * stride);
    if (cells.some((word, at) => word !== grid.words[y * stride + at])) changed.push({ y, cells });
  }
  const { cols, rows, cursor } = grid;
  return { terminal: "t", version: 1, cols, rows, cursor, isAlternate: false, screen: noScreen, isFull: false, changed };
}

function withPopup(under: FrameOf): FrameOf {
  return (round) => {
    const frame = under(round);
    if (round % 2) return frame;
    const lines = Array.from({ length: 20 }, (_, row): Line => [{ text: `choice ${row}`, style: {} }]);
    return {
      ...frame,
      boxes: [
        ...frame.boxes,
        {
          id: "popup",
          rect: { x: 70, y: 20, width: 100, height: 20 },
          z: 5,
          fill: { bg: RGB | 0x202030 },
          content: { type: "lines", lines },
        },
      ],
    };
  };
}

if (import.meta.main) {
  for (const { name, ms, bytes } of measureScreen())
    console.log(`${ms.toFixed(3).padStart(8)} ms  ${String(bytes).padStart(7)} bytes  ${name}`);
}
