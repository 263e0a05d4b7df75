// The emulator behind one door: bytes in, cells and answers out. The only file that imports @xterm/headless (pinned to 6.0.0).
//
// It parses directly (`_inputHandler.parse`), which is faster than the public way and needs no timers; where a version does not
// have these insides, the public `write` and `getCell` are used instead.

import type { IBufferLine, Terminal as Xterm } from "@xterm/headless";
import type { CellGrid, CursorState } from "../domain/cells.ts";
import {
  BLINK,
  BOLD,
  CELL_WORDS,
  CONTINUATION,
  DIM,
  emptyGrid,
  glyphOf,
  INVERSE,
  INVISIBLE,
  ITALIC,
  OVERLINE,
  PALETTE,
  RGB,
  STRIKE,
  UNDERLINE_SHIFT,
  WIDE,
} from "../domain/cells.ts";
import { rowToSgr } from "../domain/cells-sgr.ts";
import type { ChangedRow, RowsUpdate } from "../domain/rows.ts";
import type { EmulatorLine } from "./terminal-cells.ts";
import { copyLine } from "./terminal-cells.ts";
import { cellWidth, charProperties } from "./terminal-width.ts";

export interface EmulatorOptions {
  readonly cols: number;
  readonly rows: number;
  readonly scrollbackRows: number;
  /** What a program gets that asks for the colours of text and background, `rgb:RRRR/GGGG/BBBB`. */
  readonly foreground: string;
  readonly background: string;
  /** False: only the public way, as with a version whose insides differ. */
  readonly isDirect: boolean;
  /** Answers to a program's questions (device attributes, cursor position …): bytes for the pty. */
  readonly onAnswer: (data: string) => void;
  readonly onTitle: (title: string) => void;
  /** OSC 7: the folder that a program says it is in. */
  readonly onFolder: (folder: string) => void;
}

const TITLE_CHARS_MAX = 200;
const LINK_CHARS_MAX = 2048;
const LINKS_MAX = 4096;

interface Extended {
  urlId: number;
  clone(): Extended;
}

/** What is used of the insides of 6.0.0. */
interface Insides {
  readonly _inputHandler: {
    parse(bytes: Uint8Array): undefined | Promise<boolean>;
    readonly _curAttrData: { extended: Extended; updateExtended(): void };
  };
  readonly _bufferService: {
    readonly buffer: { readonly lines: { get(index: number): EmulatorLine | undefined }; readonly ybase: number };
  };
  readonly coreService: {
    readonly isCursorHidden: boolean;
    readonly decPrivateModes: { readonly cursorStyle?: CursorState["shape"] | undefined };
  };
}

/** About 15 ms, once. */
export async function loadEmulator(): Promise<typeof import("@xterm/headless")> {
  // CommonJS: the names that Node finds in it are not all there are.
  const { default: library } = await import("@xterm/headless");
  return library;
}

/** Loads the library on first use. */
export async function createEmulator(options: EmulatorOptions): Promise<Emulator> {
  const library = await loadEmulator();
  return new Emulator(
    new library.Terminal({
      cols: options.cols,
      rows: options.rows,
      scrollback: options.scrollbackRows,
      allowProposedApi: true,
      logLevel: "off",
      windowOptions: { getWinSizeChars: true },
    }),
    options,
  );
}

export class Emulator {
  readonly #term: Xterm;
  readonly #insides: Insides | null;
  readonly #options: EmulatorOptions;
  readonly #links: string[] = [""];
  readonly #linkIds = new Map<string, number>();
  #grid: CellGrid;
  #scratch: Uint32Array;
  /** For each row, the version in which it changed last. */
  #rowVersions: number[];
  /** Below this version only a full update will do (the size changed). */
  #fullSince = 1;
  #version = 1;
  #isStale = true;
  #isAlternate = false;

  constructor(term: Xterm, options: EmulatorOptions) {
    this.#term = term;
    this.#options = options;
    this.#insides = options.isDirect ? insidesOf(term) : null;
    this.#grid = emptyGrid(options.cols, options.rows);
    this.#scratch = new Uint32Array(options.cols * CELL_WORDS);
    this.#rowVersions = new Array<number>(options.rows).fill(1);
    term.unicode.register({ version: "interpane", wcwidth: cellWidth, charProperties });
    term.unicode.activeVersion = "interpane";
    term.onData(options.onAnswer);
    term.onBinary(options.onAnswer);
    term.onTitleChange((title) => options.onTitle(printable(title, TITLE_CHARS_MAX)));
    this.#answerMore();
    this.#takeLinks();
  }

  get isDirect(): boolean {
    return this.#insides !== null;
  }

  get cols(): number {
    return this.#term.cols;
  }

  get rows(): number {
    return this.#term.rows;
  }

  /** The cursor's place among all lines that are held; null while the public way has bytes waiting. */
  get cursorAt(): { x: number; line: number } {
    const buffer = this.#term.buffer.active;
    return { x: buffer.cursorX, line: buffer.baseY + buffer.cursorY };
  }

  /** Bytes that the guard has let through, at most a few kilobytes at a time. */
  parse(bytes: Uint8Array): void {
    this.#isStale = true;
    if (this.#insides === null) {
      this.#term.write(bytes);
      return;
    }
    try {
      // Never a promise: no handler registered here is asynchronous.
      void this.#insides._inputHandler.parse(bytes);
    } catch (error) {
      this.#term.reset();
      this.#term.write(`[the terminal was reset: ${printable(error instanceof Error ? error.message : String(error), 200)}]\r\n`);
    }
  }

  /** Text of our own, between what the program prints. */
  say(text: string): void {
    this.parse(Buffer.from(`\x1b[0m\x1b[2m${printable(text, 2000)}\x1b[0m\r\n`));
  }

  resize(cols: number, rows: number): void {
    if (cols === this.cols && rows === this.rows) return;
    this.#term.resize(cols, rows);
    this.#isStale = true;
  }

  // What changed ------------------------------------------------------------------------------------------------------

  /** Compares the screen with what was seen last. Its number grows by one where something differs. */
  refresh(): number {
    if (!this.#isStale) return this.#version;
    // The public way parses later, on its own timer.
    this.#isStale = this.#insides === null;
    const next = this.#version + 1;
    let isChanged = this.#takeSize(next);
    const { cols, rows } = this;
    const stride = cols * CELL_WORDS;
    for (let y = 0; y < rows; y++) {
      this.#readRow(y, this.#scratch);
      if (isSame(this.#grid.words, y * stride, this.#scratch)) continue;
      this.#grid.words.set(this.#scratch, y * stride);
      this.#rowVersions[y] = next;
      isChanged = true;
    }
    const cursor = this.#readCursor();
    const was = this.#grid.cursor;
    const isAlternate = this.#term.buffer.active.type === "alternate";
    if (
      cursor.x !== was.x ||
      cursor.y !== was.y ||
      cursor.shape !== was.shape ||
      cursor.isVisible !== was.isVisible ||
      isAlternate !== this.#isAlternate
    ) {
      isChanged = true;
    }
    this.#grid.cursor = cursor;
    this.#isAlternate = isAlternate;
    if (isChanged) this.#version = next;
    return this.#version;
  }

  /** The rows that changed after `since` (0: all of them), or null where there is nothing newer. */
  changesSince(terminal: string, since: number): RowsUpdate | null {
    const version = this.refresh();
    if (since >= version) return null;
    const isFull = since < this.#fullSince;
    const { cols, rows, words } = this.#grid;
    const stride = cols * CELL_WORDS;
    const changed: ChangedRow[] = [];
    for (let y = 0; y < rows; y++) {
      if (isFull || (this.#rowVersions[y] ?? 0) > since) changed.push({ y, cells: words.subarray(y * stride, (y + 1) * stride) });
    }
    return { terminal, version, cols, rows, cursor: this.#grid.cursor, isAlternate: this.#isAlternate, isFull, changed };
  }

  /** The screen as it is. Read only: it is the emulator's own copy and changes with the next `refresh`. */
  grid(): Readonly<CellGrid> {
    this.refresh();
    return this.#grid;
  }

  /** The newest lines as plain text, or with SGR sequences; wrapped ones joined, empty ones at the end left out. */
  text(lines: number, options: { readonly isStyled: boolean } = { isStyled: false }): string {
    const buffer = this.#term.buffer.active;
    let last = buffer.length - 1;
    while (last >= 0 && (buffer.getLine(last)?.translateToString(true) ?? "") === "") last--;
    const found: string[] = [];
    let tail = "";
    for (let y = last; y >= 0 && found.length < lines; y--) {
      const line = buffer.getLine(y);
      if (line === undefined) break;
      const isNextWrapped = buffer.getLine(y + 1)?.isWrapped === true && y < last;
      tail = (options.isStyled ? this.#styledLine(y, !isNextWrapped) : line.translateToString(!isNextWrapped)) + tail;
      if (line.isWrapped && y > 0) continue;
      found.push(tail);
      tail = "";
    }
    return found.reverse().join("\n");
  }

  /** `y` counts from the oldest line that is kept. */
  #styledLine(y: number, isCut: boolean): string {
    const words = new Uint32Array(this.cols * CELL_WORDS);
    this.#readLine(y, words);
    return rowToSgr(words, { isCut });
  }

  /** For tests and the public way: resolves when all that was given has been parsed. */
  settled(): Promise<void> {
    return this.#insides !== null ? Promise.resolve() : new Promise((resolve) => this.#term.write("", resolve));
  }

  close(): void {
    this.#term.dispose();
  }

  #takeSize(next: number): boolean {
    const { cols, rows } = this;
    if (this.#grid.cols === cols && this.#grid.rows === rows) return false;
    this.#grid = emptyGrid(cols, rows);
    this.#scratch = new Uint32Array(cols * CELL_WORDS);
    this.#rowVersions = new Array<number>(rows).fill(next);
    this.#fullSince = next;
    return true;
  }

  /** `y` counts from the top of the screen. */
  #readRow(y: number, into: Uint32Array): void {
    const base = this.#insides?._bufferService.buffer.ybase ?? this.#term.buffer.active.baseY;
    this.#readLine(base + y, into);
  }

  /** `y` counts from the oldest line that is kept. */
  #readLine(y: number, into: Uint32Array): void {
    const linkOf = (id: number): string => this.#links[id] ?? "";
    if (this.#insides !== null) copyLine(this.#insides._bufferService.buffer.lines.get(y), linkOf, into, 0, this.cols);
    else readPublicLine(this.#term.buffer.active.getLine(y), into, this.cols);
  }

  #readCursor(): CursorState {
    const buffer = this.#term.buffer.active;
    const core = this.#insides?.coreService;
    return {
      x: Math.min(buffer.cursorX, this.cols),
      y: buffer.cursorY,
      shape: core?.decPrivateModes.cursorStyle ?? "block",
      isVisible: core === undefined || !core.isCursorHidden,
    };
  }

  // What a program asks and says --------------------------------------------------------------------------------------

  #answerMore(): void {
    const { parser } = this.#term;
    const { onAnswer, onFolder, foreground, background } = this.#options;
    const answerColour = (ident: number, colour: string): void => {
      parser.registerOscHandler(ident, (data) => {
        if (data === "?") onAnswer(`\x1b]${ident};${colour}\x1b\\`);
        return true;
      });
    };
    answerColour(10, foreground);
    answerColour(11, background);
    answerColour(12, foreground);
    const answered = (text: string): true => {
      onAnswer(text);
      return true;
    };
    // XTVERSION, and XTGETTCAP (nothing known).
    parser.registerCsiHandler({ prefix: ">", final: "q" }, () => answered("\x1bP>|Interpane\x1b\\"));
    parser.registerDcsHandler({ intermediates: "+", final: "q" }, () => answered("\x1bP0+r\x1b\\"));
    // The clipboard is never a program's to read or write (OSC 52).
    parser.registerOscHandler(52, () => true);
    parser.registerOscHandler(7, (data) => {
      const folder = folderOf(data);
      if (folder !== null) onFolder(folder);
      return true;
    });
  }

  /**
   * OSC 8 with a table of our own: the library's puts a marker on every line of a link and looks through all of them for each
   * character, which an unclosed link before a flood turns into minutes.
   */
  #takeLinks(): void {
    this.#term.parser.registerOscHandler(8, (data) => {
      if (this.#insides === null) return true;
      const semicolon = data.indexOf(";");
      const uri = semicolon < 0 ? "" : data.slice(semicolon + 1);
      const attributes = this.#insides._inputHandler._curAttrData;
      attributes.extended = attributes.extended.clone();
      attributes.extended.urlId = this.#linkId(uri);
      attributes.updateExtended();
      return true;
    });
  }

  #linkId(uri: string): number {
    if (!/^(https?|mailto|file):/i.test(uri) || uri.length > LINK_CHARS_MAX || printable(uri, LINK_CHARS_MAX) !== uri) return 0;
    const known = this.#linkIds.get(uri);
    if (known !== undefined) return known;
    if (this.#links.length > LINKS_MAX) return 0;
    this.#links.push(uri);
    this.#linkIds.set(uri, this.#links.length - 1);
    return this.#links.length - 1;
  }
}

/** Looks before it trusts: another version may have other insides. */
function insidesOf(term: Xterm): Insides | null {
  // The public type hides `_core`; every member that is used is checked below.
  const core = (term as unknown as { _core?: Partial<Insides> })._core;
  const handler = core?._inputHandler;
  const line = core?._bufferService?.buffer?.lines?.get(0);
  const isKnown =
    typeof handler?.parse === "function" &&
    typeof handler._curAttrData?.updateExtended === "function" &&
    typeof handler._curAttrData.extended?.clone === "function" &&
    line?._data instanceof Uint32Array &&
    line._data.length === line.length * 3 &&
    typeof line._combined === "object" &&
    typeof line._extendedAttrs === "object" &&
    typeof core?.coreService?.isCursorHidden === "boolean" &&
    typeof core.coreService.decPrivateModes === "object";
  return isKnown ? (core as Insides) : null;
}

function readPublicLine(line: IBufferLine | undefined, into: Uint32Array, cols: number): void {
  into.fill(0);
  for (let x = 0; x < cols; x++) {
    const cell = line?.getCell(x);
    if (cell === undefined) continue;
    const width = cell.getWidth();
    const text = cell.getChars();
    const at = x * CELL_WORDS;
    into[at] = width === 0 ? CONTINUATION : text === "" ? 0 : glyphOf(text.slice(0, 64)) | (width === 2 ? WIDE : 0);
    into[at + 1] = cell.isFgRGB() ? RGB | cell.getFgColor() : cell.isFgPalette() ? PALETTE | cell.getFgColor() : 0;
    into[at + 2] = cell.isBgRGB() ? RGB | cell.getBgColor() : cell.isBgPalette() ? PALETTE | cell.getBgColor() : 0;
    into[at + 3] =
      (cell.isBold() ? BOLD : 0) |
      (cell.isDim() ? DIM : 0) |
      (cell.isItalic() ? ITALIC : 0) |
      (cell.isBlink() ? BLINK : 0) |
      (cell.isInverse() ? INVERSE : 0) |
      (cell.isInvisible() ? INVISIBLE : 0) |
      (cell.isStrikethrough() ? STRIKE : 0) |
      (cell.isOverline() ? OVERLINE : 0) |
      (cell.isUnderline() ? 1 << UNDERLINE_SHIFT : 0);
  }
}

function isSame(words: Uint32Array, from: number, row: Uint32Array): boolean {
  for (let i = 0; i < row.length; i++) if (words[from + i] !== row[i]) return false;
  return true;
}

/** The path of `file://host/path`, or null. */
function folderOf(data: string): string | null {
  const found = /^file:\/\/[^/]*(\/.*)$/.exec(data)?.[1];
  if (found === undefined) return null;
  try {
    const folder = decodeURIComponent(found);
    return printable(folder, 4096) === folder ? folder : null;
  } catch {
    return null;
  }
}

function printable(text: string, charsMax: number): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").slice(0, charsMax);
}
