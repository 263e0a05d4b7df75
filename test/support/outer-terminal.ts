// A terminal emulator as the user's own terminal would be: takes what a program writes, tells what is seen and which modes are on.

import xterm from "@xterm/headless";
import { type CursorShape, cursorShapes } from "../../src/domain/cells.ts";
import { cellWidth, charProperties } from "../../src/host/terminal-width.ts";

export interface OuterCell {
  readonly text: string;
  readonly width: number;
  /** Palette index, `#rrggbb`, or null for the terminal's own. */
  readonly fg: number | string | null;
  readonly bg: number | string | null;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isItalic: boolean;
  readonly isUnderline: boolean;
  readonly isInverse: boolean;
  readonly isStrike: boolean;
}

export interface OuterModes {
  readonly isAlternate: boolean;
  readonly isCursorVisible: boolean;
  readonly hasBracketedPaste: boolean;
  readonly mouse: "none" | "x10" | "vt200" | "drag" | "any";
  readonly hasSgrMouse: boolean;
  readonly hasFocusEvents: boolean;
  readonly hasWraparound: boolean;
  readonly isSynchronizing: boolean;
  readonly hasKeypadMode: boolean;
  /** As the last DECSCUSR set it. */
  readonly cursorShape: CursorShape;
  /** Entries on the kitty keyboard stack of the screen that is shown. */
  readonly kittyDepth: number;
  readonly modifyOtherKeys: number;
  readonly titleDepth: number;
}

export interface OuterTerminal {
  readonly cols: number;
  readonly rows: number;
  /** Resolves when the bytes have been read into the screen. */
  write(bytes: Uint8Array | string): Promise<void>;
  resize(cols: number, rows: number): void;
  /** Rows as seen, without blanks at their ends. */
  lines(): string[];
  text(): string;
  cell(x: number, y: number): OuterCell;
  cursor(): { x: number; y: number };
  modes(): OuterModes;
  title(): string;
  /** Everything that was put into the clipboard with OSC 52. */
  copied(): readonly string[];
  close(): void;
}

/** `answer` gets what the terminal replies to queries (DA, OSC 11 …). */
export function createOuterTerminal(cols: number, rows: number, answer: (text: string) => void = () => undefined): OuterTerminal {
  const term = new xterm.Terminal({
    cols,
    rows,
    scrollback: 2000,
    allowProposedApi: true,
    logLevel: "off",
    windowOptions: { pushTitle: true, popTitle: true },
  });
  term.unicode.register({ version: "interpane", wcwidth: cellWidth, charProperties });
  term.unicode.activeVersion = "interpane";
  term.onData(answer);

  // What the emulator does not track or answer by itself.
  let isCursorVisible = true;
  let hasSgrMouse = false;
  let modifyOtherKeys = 0;
  let titleDepth = 0;
  let title = "";
  let cursorShape: CursorShape = "default";
  const copied: string[] = [];
  const kitty = { normal: 0, alternate: 0 };
  const parser = term.parser;
  const setMode = (isOn: boolean) => (params: (number | number[])[]) => {
    if (params.includes(25)) isCursorVisible = isOn;
    if (params.includes(1006)) hasSgrMouse = isOn;
    return false;
  };
  parser.registerCsiHandler({ prefix: "?", final: "h" }, setMode(true));
  parser.registerCsiHandler({ prefix: "?", final: "l" }, setMode(false));
  parser.registerCsiHandler({ intermediates: " ", final: "q" }, (params) => {
    cursorShape = cursorShapes[Number(params[0] ?? 0)] ?? "default";
    return false;
  });
  parser.registerCsiHandler({ prefix: ">", final: "u" }, () => {
    kitty[term.buffer.active.type] += 1;
    return true;
  });
  parser.registerCsiHandler({ prefix: "<", final: "u" }, () => {
    kitty[term.buffer.active.type] = Math.max(0, kitty[term.buffer.active.type] - 1);
    return true;
  });
  parser.registerCsiHandler({ prefix: "?", final: "u" }, () => {
    answer("\x1b[?0u");
    return true;
  });
  parser.registerCsiHandler({ prefix: ">", final: "m" }, (params) => {
    if (params[0] === 4) modifyOtherKeys = Number(params[1] ?? 0);
    return true;
  });
  parser.registerCsiHandler({ final: "t" }, (params) => {
    if (params[0] === 22) titleDepth += 1;
    if (params[0] === 23) titleDepth -= 1;
    return true;
  });
  parser.registerOscHandler(11, (data) => {
    if (data === "?") answer("\x1b]11;rgb:1010/1010/1818\x1b\\");
    return true;
  });
  parser.registerOscHandler(52, (data) => {
    copied.push(Buffer.from(data.slice(data.indexOf(";") + 1), "base64").toString("utf8"));
    return true;
  });
  term.onTitleChange((next) => {
    title = next;
  });

  const lines = () => {
    const buffer = term.buffer.active;
    // The alternate screen's lines keep what stood beyond the edge when they were cut.
    return Array.from({ length: term.rows }, (_, y) => buffer.getLine(buffer.baseY + y)?.translateToString(true, 0, term.cols) ?? "");
  };

  return {
    get cols() {
      return term.cols;
    },
    get rows() {
      return term.rows;
    },
    write: (bytes) => new Promise((resolve) => term.write(bytes, resolve)),
    resize: (newCols, newRows) => term.resize(newCols, newRows),
    lines,
    text: () => lines().join("\n"),
    cell(x, y) {
      const buffer = term.buffer.active;
      const cell = buffer.getLine(buffer.baseY + y)?.getCell(x);
      if (cell === undefined) throw new Error(`no cell at ${x},${y}: the terminal has ${term.cols}×${term.rows}`);
      const color = (isDefault: boolean, isRgb: boolean, value: number) =>
        isDefault ? null : isRgb ? `#${value.toString(16).padStart(6, "0")}` : value;
      return {
        text: cell.getChars(),
        width: cell.getWidth(),
        fg: color(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
        bg: color(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
        isBold: cell.isBold() !== 0,
        isDim: cell.isDim() !== 0,
        isItalic: cell.isItalic() !== 0,
        isUnderline: cell.isUnderline() !== 0,
        isInverse: cell.isInverse() !== 0,
        isStrike: cell.isStrikethrough() !== 0,
      };
    },
    cursor: () => ({ x: term.buffer.active.cursorX, y: term.buffer.active.cursorY }),
    modes: () => ({
      isAlternate: term.buffer.active.type === "alternate",
      isCursorVisible,
      hasBracketedPaste: term.modes.bracketedPasteMode,
      mouse: term.modes.mouseTrackingMode,
      hasSgrMouse,
      hasFocusEvents: term.modes.sendFocusMode,
      hasWraparound: term.modes.wraparoundMode,
      isSynchronizing: term.modes.synchronizedOutputMode,
      hasKeypadMode: term.modes.applicationKeypadMode,
      cursorShape,
      kittyDepth: kitty[term.buffer.active.type],
      modifyOtherKeys,
      titleDepth,
    }),
    title: () => title,
    copied: () => copied,
    close: () => term.dispose(),
  };
}
