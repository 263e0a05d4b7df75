// The emulator behind one door: bytes in, cells and answers out. The only file that imports @xterm/headless (pinned to 6.0.0).
//
// It parses directly, which is faster than the public way and needs no timers, and the common bytes by `FastParser`; where a version
// does not have these insides, the public `write` and `getCell` are used instead.

import type { Terminal as Xterm } from "@xterm/headless";
import type { CellGrid, CursorShape, CursorState } from "../domain/cells.ts";
import { CELL_WORDS, emptyGrid } from "../domain/cells.ts";
import { rowToSgr } from "../domain/cells-sgr.ts";
import type { ChangedRow, MouseWish, RowsUpdate, ScreenState } from "../domain/rows.ts";
import { noScreen } from "../domain/rows.ts";
import type { TerminalColours } from "./emulator-answers.ts";
import { answerPrograms } from "./emulator-answers.ts";
import { EmulatorArchive } from "./emulator-archive.ts";
import { FastParser } from "./emulator-fast.ts";
import { FrameHold } from "./emulator-hold.ts";
import type { Insides, Lines } from "./emulator-insides.ts";
import { insidesOf } from "./emulator-insides.ts";
import { EmulatorKeyboard } from "./emulator-keyboard.ts";
import { EmulatorLinks } from "./emulator-links.ts";
import { mendEmulator } from "./emulator-mends.ts";
import { readPublicLine } from "./emulator-public-line.ts";
import { EmulatorReports } from "./emulator-reports.ts";
import type { LineSource } from "./scrollback.ts";
import { copyLine } from "./terminal-cells.ts";
import type { KeyWishes } from "./terminal-keys.ts";
import { printable } from "./terminal-text.ts";
import { cellWidth, charProperties } from "./terminal-width.ts";
import { Utf8Tail } from "./utf8-tail.ts";

export interface EmulatorOptions {
  readonly cols: number;
  readonly rows: number;
  readonly scrollbackRows: number;
  /** What a program gets that asks for the colours of text and background. */
  readonly colours: () => TerminalColours;
  /** False: only the public way, as with a version whose insides differ. */
  readonly isDirect: boolean;
  /** Answers to a program's questions (device attributes, cursor position …): bytes for the pty. */
  readonly onAnswer: (data: string) => void;
  readonly onTitle: (title: string) => void;
  /** OSC 7: the folder that a program says it is in. */
  readonly onFolder: (folder: string) => void;
  /** BEL, each one: a program may ring without end. */
  readonly onBell: () => void;
  /** Milliseconds of a clock that never goes back; left out: the process's own. */
  readonly now?: () => number;
}

const TITLE_CHARS_MAX = 200;

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
      windowOptions: { getWinSizeChars: true, getWinSizePixels: true, getCellSizePixels: true, pushTitle: true, popTitle: true },
    }),
    options,
  );
}

export class Emulator {
  readonly #term: Xterm;
  readonly #insides: Insides | null;
  readonly #parser: FastParser | null;
  readonly #archive: EmulatorArchive | null;
  readonly #keyboard: EmulatorKeyboard;
  readonly #reports: EmulatorReports;
  readonly #hold: FrameHold;
  readonly #options: EmulatorOptions;
  readonly #links: EmulatorLinks;
  readonly #tail = new Utf8Tail();
  #grid: CellGrid;
  #scratch: Uint32Array;
  /** For each row, the version in which it changed last. */
  #rowVersions: number[];
  /** Below this version only a full update will do (the size changed). */
  #fullSince = 1;
  #version = 1;
  #isStale = true;
  #isAlternate = false;
  #screen: ScreenState = noScreen;
  /** Lines that have gone from above, and the list that they are counted of. */
  #dropped = 0;
  #counted: { readonly lines: Lines; readonly stop: () => void } | null = null;
  #generation = 1;

  constructor(term: Xterm, options: EmulatorOptions) {
    this.#term = term;
    this.#options = options;
    this.#insides = options.isDirect ? insidesOf(term) : null;
    this.#parser = this.#insides === null ? null : new FastParser(this.#insides);
    this.#archive = this.#insides === null ? null : new EmulatorArchive(this.#insides);
    this.#grid = emptyGrid(options.cols, options.rows);
    this.#scratch = new Uint32Array(options.cols * CELL_WORDS);
    this.#rowVersions = new Array<number>(options.rows).fill(1);
    term.unicode.register({ version: "interpane", wcwidth: cellWidth, charProperties });
    term.unicode.activeVersion = "interpane";
    term.onData(options.onAnswer);
    term.onBinary(options.onAnswer);
    term.onTitleChange((title) => options.onTitle(printable(title, TITLE_CHARS_MAX)));
    term.onBell(options.onBell);
    answerPrograms(term, {
      onAnswer: options.onAnswer,
      colours: options.colours,
      attributes: () => this.#insides?._inputHandler._curAttrData ?? null,
      cursorShape: () => this.#readCursor().shape,
    });
    this.#keyboard = new EmulatorKeyboard(term, options.onAnswer);
    this.#reports = new EmulatorReports(term, options.onAnswer, options.colours);
    this.#hold = new FrameHold(term, options.now ?? (() => performance.now()), () => this.#showBetween());
    this.#takeSayings();
    this.#links = new EmulatorLinks(term, () => this.#insides?._inputHandler._curAttrData ?? null);
    this.#countDropped();
    if (this.#insides !== null) mendEmulator(term, this.#insides, options.onAnswer);
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
  parse(piece: Uint8Array): void {
    const bytes = this.#tail.join(piece);
    if (bytes.length === 0) return;
    this.#isStale = true;
    if (this.#parser === null) {
      this.#term.write(bytes);
      return;
    }
    try {
      this.#parser.parse(bytes);
    } catch (error) {
      this.#startAgain(error);
    }
  }

  /** Bytes that no guard has seen, from `from` on, a few kilobytes: how far they can do no harm and were parsed. The rest is for the guard. */
  skim(bytes: Uint8Array, from: number): number {
    if (this.#parser === null || !this.#tail.isEmpty) return from;
    this.#isStale = true;
    try {
      return this.#parser.skim(bytes, from);
    } catch (error) {
      this.#startAgain(error);
      return bytes.length;
    }
  }

  #startAgain(error: unknown): void {
    this.#term.reset();
    this.#parser?.touchAll();
    this.#term.write(`[the terminal was reset: ${printable(error instanceof Error ? error.message : String(error), 200)}]\r\n`);
  }

  /** Text of our own, between what the program prints. */
  say(text: string): void {
    this.parse(Buffer.from(`\x1b[0m\x1b[2m${printable(text, 2000)}\x1b[0m\r\n`));
  }

  resize(cols: number, rows: number): void {
    if (cols === this.cols && rows === this.rows) return;
    // Lines are laid anew: their numbers mean others.
    if (cols !== this.cols) this.#generation++;
    // A line is laid anew where the width changes; where only the height does, the screen may reach further up.
    if (cols === this.cols) this.#archive?.releaseFrom(this.#term.buffer.normal.baseY - rows);
    else this.#archive?.releaseAll();
    this.#term.resize(cols, rows);
    this.#parser?.touchAll();
    this.#hold.release();
    this.#isStale = true;
  }

  /** What the packed rows hold, without the objects that stand for them. */
  get packedBytes(): number {
    return this.#archive?.packedBytes ?? 0;
  }

  /** Packs some of the rows far above the screen; how many, 0 where nothing is left. To be called while nothing else is to be done. */
  packSome(): number {
    const rows = this.#archive?.packSome() ?? 0;
    if (rows === 0) this.#parser?.rest();
    return rows;
  }

  // What changed ------------------------------------------------------------------------------------------------------

  /** Compares the screen with what was seen last. Its number grows by one where something differs. */
  refresh(): number {
    if (!this.#isStale || this.#hold.waitMs > 0) return this.#version;
    // The public way parses later, on its own timer.
    this.#isStale = this.#insides === null;
    const next = this.#version + 1;
    let isChanged = this.#takeSize(next);
    const { cols, rows } = this;
    const stride = cols * CELL_WORDS;
    // The parser knows which rows may differ: all of them after most sequences, one after a key's echo.
    const top = isChanged ? 0 : (this.#parser?.touchedTop ?? 0);
    const bottom = isChanged ? rows - 1 : Math.min(rows - 1, this.#parser?.touchedBottom ?? rows);
    this.#parser?.forgetTouched();
    for (let y = top; y <= bottom; y++) {
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
    const screen = this.#readScreen();
    const before = this.#screen;
    if (screen.base !== before.base || screen.history !== before.history || screen.mouse !== before.mouse) isChanged = true;
    this.#screen = screen;
    this.#grid.cursor = cursor;
    this.#isAlternate = isAlternate;
    if (isChanged) this.#version = next;
    return this.#version;
  }

  /** How long the screen stays as it was seen last, ms: a program is in the middle of a frame of its own. 0: it does not. */
  get holdMs(): number {
    return this.#hold.waitMs;
  }

  /** A program that begins its next frame has just ended one: it is seen, also where the two stand in one piece. */
  #showBetween(): void {
    this.refresh();
    this.#isStale = true;
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
    return {
      terminal,
      version,
      cols,
      rows,
      cursor: this.#grid.cursor,
      isAlternate: this.#isAlternate,
      screen: this.#screen,
      isFull,
      changed,
    };
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
    const linkOf = (id: number): string => this.#links.address(id);
    if (this.#insides !== null) copyLine(this.#insides._bufferService.buffer.lines.get(y), linkOf, into, 0, this.cols);
    else readPublicLine(this.#term.buffer.active.getLine(y), into, this.cols);
  }

  #readCursor(): CursorState {
    const buffer = this.#term.buffer.active;
    const core = this.#insides?.coreService;
    return {
      x: Math.min(buffer.cursorX, this.cols),
      y: buffer.cursorY,
      shape: shapeOf(core?.decPrivateModes),
      isVisible: core === undefined || !core.isCursorHidden,
    };
  }

  // Lines by their numbers ----------------------------------------------------------------------------------------------

  /** All lines of the usual or of the alternate screen. To be used at once: it is a view of what goes on. */
  lines(isAlternate: boolean): LineSource {
    this.#countDropped();
    const buffer = isAlternate ? this.#term.buffer.alternate : this.#term.buffer.normal;
    const inner = isAlternate ? this.#insides?._bufferService.buffers.alt.lines : this.#insides?._bufferService.buffers.normal.lines;
    const oldest = isAlternate ? 0 : this.#dropped;
    const linkOf = (id: number): string => this.#links.address(id);
    return {
      generation: this.#generation,
      cols: this.cols,
      oldest,
      end: oldest + buffer.length,
      readRow: (row, into) => {
        if (inner !== undefined) copyLine(inner.get(row - oldest), linkOf, into, 0, this.cols);
        else readPublicLine(buffer.getLine(row - oldest), into, this.cols);
      },
      isWrapped: (row) => row > oldest && buffer.getLine(row - oldest)?.isWrapped === true,
      text: (row) => buffer.getLine(row - oldest)?.translateToString(false) ?? "",
    };
  }

  /** The program has asked for no protocol of the keyboard. */
  get hasPlainKeys(): boolean {
    const { kittyFlags, otherKeys } = this.#keyboard;
    return kittyFlags === 0 && otherKeys === 0;
  }

  /** What the program has asked for, as it stands after the last byte that was parsed. */
  get wishes(): {
    readonly mouse: MouseWish;
    readonly mouseEncoding: string;
    readonly isBracketed: boolean;
    readonly isAlternate: boolean;
    readonly hasFocusEvents: boolean;
    readonly keys: KeyWishes;
  } {
    const { mouseTrackingMode, bracketedPasteMode, applicationCursorKeysMode, applicationKeypadMode, sendFocusMode } = this.#term.modes;
    const mouse = { none: "none", x10: "press", vt200: "buttons", drag: "drag", any: "move" } as const;
    const { kittyFlags, otherKeys } = this.#keyboard;
    return {
      mouse: mouse[mouseTrackingMode],
      mouseEncoding: this.#insides?.coreMouseService.activeEncoding ?? "DEFAULT",
      isBracketed: bracketedPasteMode,
      isAlternate: this.#term.buffer.active.type === "alternate",
      hasFocusEvents: sendFocusMode,
      keys: { kittyFlags, otherKeys, hasArrowMode: applicationCursorKeysMode, hasKeypadMode: applicationKeypadMode },
    };
  }

  /** What a program left switched on that has ended. */
  resetWishes(): void {
    this.#keyboard.reset();
    this.#reports.reset();
  }

  /** Tells a program that wants to know; its pty has the size already. */
  tellSize(): void {
    this.#reports.resized();
  }

  /** What `colours` gives may have changed. */
  tellColours(): void {
    this.#reports.recoloured();
  }

  #readScreen(): ScreenState {
    this.#countDropped();
    const { active } = this.#term.buffer;
    const history = active.baseY;
    return { base: history + (active.type === "alternate" ? 0 : this.#dropped), history, mouse: this.wishes.mouse };
  }

  /** The public way does not tell of lines that go; with it, numbers mean something else once the oldest have gone. */
  #countDropped(): void {
    const lines = this.#insides?._bufferService.buffers.normal.lines;
    if (lines === undefined || this.#counted?.lines === lines) return;
    // A reset has made another list.
    if (this.#counted !== null) this.#generation++;
    this.#counted?.stop();
    const listening = lines.onTrim((count) => {
      this.#dropped += count;
    });
    this.#counted = { lines, stop: () => listening.dispose() };
  }

  // What a program asks and says --------------------------------------------------------------------------------------

  #takeSayings(): void {
    const { parser } = this.#term;
    // The clipboard is never a program's to read or write (OSC 52).
    parser.registerOscHandler(52, () => true);
    parser.registerOscHandler(7, (data) => {
      const folder = folderOf(data);
      if (folder !== null) this.#options.onFolder(folder);
      return true;
    });
  }
}

function shapeOf(modes: Insides["coreService"]["decPrivateModes"] | undefined): CursorShape {
  const style = modes?.cursorStyle;
  if (style === undefined) return "default";
  if (modes?.cursorBlink !== true) return style;
  return ({ block: "blinkingBlock", underline: "blinkingUnderline", bar: "blinkingBar" } as const)[style];
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
