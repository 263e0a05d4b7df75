// What our emulator shows, in the words of test/support/tmux-peer.ts, so that both can be compared.

import type { CellGrid } from "../../src/domain/cells.ts";
import {
  BLINK,
  BOLD,
  CELL_WORDS,
  CONTINUATION,
  clusterText,
  DIM,
  extraOf,
  INVERSE,
  INVISIBLE,
  ITALIC,
  OVERLINE,
  RGB,
  STRIKE,
  UNDERLINE_MASK,
  UNDERLINE_SHIFT,
} from "../../src/domain/cells.ts";
import { createEmulator } from "../../src/host/emulator.ts";
import { EmulatorGuard } from "../../src/host/emulator-guard.ts";
import { type OutputSink, TerminalOutput } from "../../src/host/terminal-output.ts";
import type { PeerCell } from "./tmux-peer.ts";

export interface Shown {
  /** Takes bytes in as a terminal does, behind the guard; asks for the cursor's place at the end, as the peer does. */
  feed(bytes: Uint8Array): { readonly answer: string; readonly cells: PeerCell[][] };
}

export async function makeShown(cols: number, rows: number): Promise<Shown> {
  let answers = "";
  const emulator = await createEmulator({
    cols,
    rows,
    scrollbackRows: 2000,
    isDirect: true,
    colours: () => ({ foreground: 0xffffff, background: 0 }),
    onBell: () => {},
    onAnswer: (data) => {
      answers += data;
    },
    onTitle: () => {},
    onFolder: () => {},
  });
  const output = new TerminalOutput(new EmulatorGuard(cols, rows));
  const sink: OutputSink = {
    skim: (bytes, from) => emulator.skim(bytes, from),
    take(piece) {
      if (piece.type === "bytes") emulator.parse(piece.bytes);
    },
  };
  return {
    feed(bytes) {
      answers = "";
      output.push(Buffer.concat([bytes, Buffer.from("\x1b[6n")]));
      while (output.step(sink));
      const grid = emulator.grid();
      return { answer: answers, cells: Array.from({ length: rows }, (_, y) => rowOf(grid, y)) };
    },
  };
}

function rowOf(grid: Readonly<CellGrid>, y: number): PeerCell[] {
  const cells: PeerCell[] = [];
  for (let x = 0; x < grid.cols; x++) {
    const at = (y * grid.cols + x) * CELL_WORDS;
    const [glyph = 0, fg = 0, bg = 0, style = 0] = grid.words.subarray(at, at + CELL_WORDS);
    if (glyph !== CONTINUATION) cells.push({ text: clusterText(glyph) || " ", style: styleText(fg, bg, style) });
  }
  while (cells.at(-1)?.text === " " && cells.at(-1)?.style === "") cells.pop();
  return cells;
}

const FLAGS: readonly (readonly [number, string])[] = [
  [BOLD, "bold"],
  [DIM, "dim"],
  [ITALIC, "italic"],
  [BLINK, "blink"],
  [INVERSE, "inverse"],
  [INVISIBLE, "invisible"],
  [STRIKE, "strike"],
  [OVERLINE, "overline"],
];
const UNDERLINES = ["", "underline", "double", "curly", "dotted", "dashed"];

function styleText(fg: number, bg: number, style: number): string {
  const flags = FLAGS.filter(([bit]) => (style & bit) !== 0).map(([, name]) => name);
  const underline = UNDERLINES[(style & UNDERLINE_MASK) >> UNDERLINE_SHIFT] ?? "";
  if (underline !== "") flags.push(underline);
  const colour = (name: string, value: number): string => (value === 0 ? "" : `${name}${colourText(value)}`);
  return [...flags.sort(), colour("fg", fg), colour("bg", bg), colour("ul", extraOf(style).underline)].filter(Boolean).join(" ");
}

function colourText(value: number): string {
  if ((value & RGB) === 0) return `${value & 0xff}`;
  return `#${(value >> 16) & 0xff},${(value >> 8) & 0xff},${value & 0xff}`;
}
