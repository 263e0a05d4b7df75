// An emulator behind its guard, as a terminal has it, fed and looked at by tests.

import { CELL_WORDS, type CellGrid, clusterText } from "../../src/domain/cells.ts";
import type { Emulator } from "../../src/host/emulator.ts";
import { createEmulator } from "../../src/host/emulator.ts";
import type { TerminalColours } from "../../src/host/emulator-answers.ts";
import { EmulatorGuard } from "../../src/host/emulator-guard.ts";
import { type OutputSink, TerminalOutput } from "../../src/host/terminal-output.ts";

export interface EmulatorGround {
  readonly emulator: Emulator;
  readonly answers: string[];
  readonly titles: string[];
  readonly folders: string[];
  readonly marks: string[];
  readonly bells: string[];
  feed(data: string | Uint8Array): void;
}

export async function makeEmulator(
  cols = 20,
  rows = 5,
  isDirect = true,
  now?: () => number,
  colours: () => TerminalColours = () => ({ foreground: 0xffffff, background: 0 }),
): Promise<EmulatorGround> {
  const answers: string[] = [];
  const titles: string[] = [];
  const folders: string[] = [];
  const marks: string[] = [];
  const bells: string[] = [];
  const emulator = await createEmulator({
    cols,
    rows,
    scrollbackRows: 1000,
    isDirect,
    colours,
    onBell: () => bells.push("bell"),
    ...(now === undefined ? {} : { now }),
    onAnswer: (data) => answers.push(data),
    onTitle: (title) => titles.push(title),
    onFolder: (folder) => folders.push(folder),
  });
  const output = new TerminalOutput(new EmulatorGuard(cols, rows));
  const sink: OutputSink = {
    skim: (bytes, from) => emulator.skim(bytes, from),
    take(piece) {
      if (piece.type === "mark") marks.push(piece.text);
      else emulator.parse(piece.bytes);
    },
  };
  return {
    emulator,
    answers,
    titles,
    folders,
    marks,
    bells,
    feed(data) {
      output.push(Buffer.from(data));
      while (output.step(sink));
    },
  };
}

export function cellAt(
  grid: Readonly<CellGrid>,
  x: number,
  y: number,
): { text: string; glyph: number; fg: number; bg: number; style: number } {
  const at = (y * grid.cols + x) * CELL_WORDS;
  const [glyph = 0, fg = 0, bg = 0, style = 0] = grid.words.subarray(at, at + CELL_WORDS);
  return { text: clusterText(glyph), glyph, fg, bg, style };
}
