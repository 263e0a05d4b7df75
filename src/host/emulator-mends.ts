// Where the library (6.0.0) does otherwise than xterm does, it is set right here. Each was found by comparing with tmux
// (test/long/tmux-sequences.long.ts), and each is pinned by a test of its own.

import type { EmulatorLine } from "./terminal-cells.ts";

type Params = (number | number[])[];

/** What is used of the library's public terminal. */
interface Terminal {
  readonly cols: number;
  readonly rows: number;
  readonly modes: { readonly originMode: boolean };
  readonly buffer: { readonly active: { readonly cursorX: number; readonly cursorY: number; readonly baseY: number } };
  readonly parser: {
    registerCsiHandler(id: { prefix?: string; final: string }, take: (params: Params) => boolean): unknown;
    registerEscHandler(id: { intermediates?: string; final: string }, take: () => boolean): unknown;
  };
}

export interface MendedBuffer {
  readonly lines: { get(index: number): EmulatorLine | undefined };
  readonly ybase: number;
  x: number;
  savedY: number;
  scrollTop: number;
  scrollBottom: number;
}

/** What a cell has beyond its three words: the underline's kind and colour, the link. */
export interface Extended {
  readonly _ext: number;
  urlId: number;
  clone(): Extended;
}

export interface MendedInsides {
  readonly _inputHandler: {
    readonly _curAttrData: { fg: number; bg: number; extended: Extended; updateExtended(): void };
    _resetBufferLine(y: number, respectProtect: boolean): void;
    scrollDown(params: { readonly params: readonly number[] }): void;
    screenAlignmentPattern(): void;
    saveCursor(): void;
    restoreCursor(): void;
  };
  readonly _bufferService: { readonly buffer: MendedBuffer };
}

export function areMendable(core: { readonly [Name in keyof MendedInsides]?: MendedInsides[Name] | undefined } | undefined): boolean {
  const handler = core?._inputHandler;
  const buffer = core?._bufferService?.buffer;
  return (
    typeof handler?._resetBufferLine === "function" &&
    typeof handler.scrollDown === "function" &&
    typeof handler.screenAlignmentPattern === "function" &&
    typeof handler.saveCursor === "function" &&
    typeof handler.restoreCursor === "function" &&
    typeof buffer?.scrollTop === "number" &&
    typeof buffer.savedY === "number"
  );
}

export function mendEmulator(term: Terminal, insides: MendedInsides, onAnswer: (data: string) => void): void {
  mendErasing(term, insides);
  mendSavedCursor(insides);
  const { parser } = term;
  const buffer = (): MendedBuffer => insides._bufferService.buffer;
  // CPR: never a column that is not there, and in origin mode counted from the region's top.
  const placeAnswer =
    (mark: string) =>
    (params: Params): boolean => {
      if (params[0] !== 6) return false;
      const { cursorX, cursorY } = term.buffer.active;
      const row = cursorY - (term.modes.originMode ? buffer().scrollTop : 0) + 1;
      onAnswer(`\x1b[${mark}${row};${Math.min(cursorX + 1, term.cols)}R`);
      return true;
    };
  parser.registerCsiHandler({ final: "n" }, placeAnswer(""));
  parser.registerCsiHandler({ prefix: "?", final: "n" }, placeAnswer("?"));
  // CBT does nothing after the last column was written.
  parser.registerCsiHandler({ final: "Z" }, () => {
    buffer().x = Math.min(buffer().x, term.cols - 1);
    return false;
  });
}

function mendErasing(term: Terminal, insides: MendedInsides): void {
  const { parser } = term;
  const handler = insides._inputHandler;
  // ED 1 from the last column looks for the line below at the wrong place, and throws where there is none. It erases whole lines.
  const eraseAbove = (params: Params): boolean => {
    const { cursorX, cursorY, baseY } = term.buffer.active;
    if (params[0] !== 1 || cursorX + 1 < term.cols) return false;
    for (let y = 0; y <= cursorY; y++) handler._resetBufferLine(y, false);
    const below = insides._bufferService.buffer.lines.get(baseY + cursorY + 1);
    if (below !== undefined) below.isWrapped = false;
    return true;
  };
  parser.registerCsiHandler({ final: "J" }, eraseAbove);
  parser.registerCsiHandler({ prefix: "?", final: "J" }, eraseAbove);
  // SD leaves out the background of the lines that come in.
  parser.registerCsiHandler({ final: "T" }, (params) => {
    const lines = params[0];
    if (params.length !== 1 || typeof lines !== "number") return false;
    handler.scrollDown({ params: [lines] });
    const { scrollTop, scrollBottom } = insides._bufferService.buffer;
    for (let y = scrollTop; y < scrollTop + Math.max(1, lines) && y <= scrollBottom; y++) handler._resetBufferLine(y, false);
    return true;
  });
  // DECALN keeps the region, and fills with the colours of the moment.
  parser.registerEscHandler({ intermediates: "#", final: "8" }, () => {
    const pen = handler._curAttrData;
    const { fg, bg } = pen;
    pen.fg = 0;
    pen.bg = 0;
    insides._bufferService.buffer.scrollTop = 0;
    insides._bufferService.buffer.scrollBottom = term.rows - 1;
    handler.screenAlignmentPattern();
    pen.fg = fg;
    pen.bg = bg;
    return true;
  });
}

/** The saved cursor's row counts from the top of the screen, and it keeps the kind and colour of an underline. */
function mendSavedCursor(insides: MendedInsides): void {
  const handler = insides._inputHandler;
  const saved = new WeakMap<MendedBuffer, { readonly row: number; readonly extended: Extended }>();
  const { saveCursor, restoreCursor } = handler;
  const buffer = (): MendedBuffer => insides._bufferService.buffer;
  handler.saveCursor = (): true => {
    saveCursor.call(handler);
    saved.set(buffer(), { row: buffer().savedY - buffer().ybase, extended: handler._curAttrData.extended.clone() });
    return true;
  };
  handler.restoreCursor = (): true => {
    const last = saved.get(buffer());
    if (last !== undefined) buffer().savedY = buffer().ybase + last.row;
    restoreCursor.call(handler);
    if (last === undefined) return true;
    handler._curAttrData.extended = last.extended.clone();
    handler._curAttrData.updateExtended();
    return true;
  };
}
