// Which box owns each cell: blessed's element tree and z-order, rendered to sentinels instead of text. The one file that knows blessed.

import { PassThrough, Writable } from "node:stream";
// Subpaths, because the package's main file loads 60 widgets that are not used here (22 ms against 15).
import blessedProgram from "blessed/lib/program.js";
import blessedBox, { type BlessedBox } from "blessed/lib/widgets/box.js";
import blessedScreen, { type BlessedCell } from "blessed/lib/widgets/screen.js";
import type { Box } from "../ui/frame-types.ts";

/** Owner of each cell, row by row: 0 for nobody, else the index in `boxes` plus one. */
export type Owners = Uint16Array;

export interface Layout {
  /** The result is overwritten by the next call. */
  ownersOf(cols: number, rows: number, boxes: readonly Box[]): Owners;
}

/** Bit 30 of an attribute is used by nobody in blessed; the low bits then carry the owner. */
const SENTINEL = 0x4000_0000;

export function createLayout(): Layout {
  const { screen, program } = openSilentScreen();
  const elements = new Map<string, BlessedBox>();
  let owners: Owners = new Uint16Array(0);

  screen.draw = () => {
    const { cols, rows } = program;
    for (let y = 0, at = 0; y < rows; y += 1) {
      const line = screen.lines[y];
      for (let x = 0; x < cols; x += 1, at += 1) {
        const cell = line?.[x];
        if (cell === undefined) continue;
        owners[at] = cell[0] & SENTINEL ? cell[0] & 0xffff : 0;
        cell[0] = 0;
      }
    }
  };

  return {
    ownersOf(cols, rows, boxes) {
      if (program.cols !== cols || program.rows !== rows || owners.length !== cols * rows) {
        program.cols = cols;
        program.rows = rows;
        owners = new Uint16Array(cols * rows);
        // Half of what blessed's own `alloc` makes: the other is the screen before, which only its `draw` reads.
        screen.lines = Array.from({ length: rows }, () => Array.from({ length: cols }, (): BlessedCell => [0, " "]));
      }
      const gone = new Set(elements.keys());
      const stacked = boxes.map((box, index) => ({ box, index })).sort((a, b) => a.box.z - b.box.z || a.index - b.index);
      for (const { box, index } of stacked) {
        const { x: left, y: top, width, height } = box.rect;
        const element = elements.get(box.id) ?? blessedBox({ screen, left, top, width, height });
        elements.set(box.id, element);
        gone.delete(box.id);
        Object.assign(element.position, { left, top, width, height });
        element.sattr = () => SENTINEL | (index + 1);
        screen.append(element); // append detaches first, so the children end up in this order
      }
      for (const id of gone) {
        elements.get(id)?.detach();
        elements.delete(id);
      }
      screen.render();
      return owners;
    },
  };
}

/**
 * A blessed screen on dummy streams: no terminfo (13 ms, and nothing here asks it), no enter sequence, no handlers on signals and exceptions
 * (`modes.ts` has its own; blessed's exit 0 on SIGTERM).
 */
function openSilentScreen() {
  blessedProgram._bound = true;
  blessedScreen._bound = true;
  const output = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { columns: 1, rows: 1 });
  // Program's constructor runs `tmux -V` where TMUX is set, for cursor sequences that are never written here.
  const { TMUX: tmux } = process.env;
  delete process.env["TMUX"];
  try {
    const program = blessedProgram({ input: new PassThrough(), output, tput: false, buffer: true, zero: true, terminal: "xterm" });
    program._tputSetup = true;
    program.isAlt = true;
    program.tput = { unicode: true, numbers: {}, strings: {}, features: {} };
    program.put = { clear: () => undefined };
    const screen = blessedScreen({ program, autoPadding: false });
    blessedScreen.instances.splice(0); // else the next screen's boxes would be given this one
    return { screen, program };
  } finally {
    if (tmux !== undefined) process.env["TMUX"] = tmux;
  }
}
