// The difference between two frames as bytes: one buffer, inside synchronized output (DEC 2026), as few moves and attributes as can be.

import { CELL_WORDS, CLUSTER, CONTINUATION, clusterText, cursorShapes, WIDE } from "../domain/cells.ts";
import type { FrameCursor } from "../ui/frame-types.ts";
import { ByteSink } from "./byte-sink.ts";
import { createPen } from "./pen.ts";
import { asciiFor, glyphKind, isSpacingMark, safeCluster, takesMarks } from "./safe-glyph.ts";
import type { TerminalTraits } from "./terminal-traits.ts";

/** What is to be on the screen: cells as in `domain/cells.ts`. */
export interface Picture {
  readonly cols: number;
  readonly rows: number;
  readonly words: Uint32Array;
  /** 1 where a row may differ from what was written; the writer clears it. */
  readonly dirty: Uint8Array;
  readonly cursor: FrameCursor | null;
  /** Of the window. */
  readonly title: string;
}

export interface Writer {
  /** Bytes that turn the screen into the picture; empty when it is that already. Valid until the next call. */
  write(picture: Picture): Uint8Array;
  /** Cells written by the last `write`. */
  readonly cells: number;
  /** The terminal may show anything from now on (resize, another program): everything is written again, without a clear. */
  forget(): void;
}

const SYNC_BEGIN = "\x1b[?2026h";
const SYNC_END = "\x1b[?2026l";
const HIDE = "\x1b[?25l";
const SHOW = "\x1b[?25h";
const PREFIX = SYNC_BEGIN.length + HIDE.length;
const TITLE_MAX = 200;
/** No cell looks so: what a cell was before the first frame. */
const UNKNOWN = 0xffff_ffff;
/** Cells of marks that are written with their letter. */
const MARKS_MAX = 4;
/** Blank cells at a row's end from which erasing is shorter than spaces. */
const ERASE_MIN = 4;
/** Cells that are rather written again than jumped over. */
const GAP_MAX = 3;

export function createWriter(traits: TerminalTraits): Writer {
  const sink = new ByteSink();
  const pen = createPen(traits);
  const clusterBytes = new Map<number, Uint8Array>();
  let [cols, rows] = [0, 0];
  let last: Uint32Array = new Uint32Array(0);
  let lastBytes = Buffer.from(last.buffer);
  let nextBytes = lastBytes;
  let nextWords = last;
  // Where the terminal's cursor is: `cursorX` is `cols` where only the row is known, `cursorY` -1 where nothing is.
  let [cursorX, cursorY] = [0, -1];
  let [isCursorShown, isCursorKnown] = [false, false];
  let shape = "";
  let title: string | null = null;
  let cells = 0;

  function fit(picture: Picture): void {
    if (picture.words !== nextWords) {
      nextWords = picture.words;
      nextBytes = Buffer.from(nextWords.buffer, nextWords.byteOffset, nextWords.byteLength);
    }
    if (picture.cols === cols && picture.rows === rows) return;
    [cols, rows] = [picture.cols, picture.rows];
    last = new Uint32Array(cols * rows * CELL_WORDS).fill(UNKNOWN);
    lastBytes = Buffer.from(last.buffer);
    picture.dirty.fill(1);
    cursorY = -1;
  }

  function differs(at: number): boolean {
    return (
      last[at] !== nextWords[at] ||
      last[at + 1] !== nextWords[at + 1] ||
      last[at + 2] !== nextWords[at + 2] ||
      last[at + 3] !== nextWords[at + 3]
    );
  }

  /** First cell of the row's blank end, all of one background; `cols` where there is none. */
  function blankFrom(y: number): number {
    const rowStart = y * cols * CELL_WORDS;
    let at = rowStart + (cols - 1) * CELL_WORDS;
    const bg = nextWords[at + 2] ?? 0;
    if (bg !== 0 && !traits.erasesWithBackground) return cols;
    while (at >= rowStart) {
      const glyph = nextWords[at];
      if ((glyph !== 0 && glyph !== 0x20) || nextWords[at + 2] !== bg || nextWords[at + 3] !== 0) break;
      at -= CELL_WORDS;
    }
    return (at - rowStart) / CELL_WORDS + 1;
  }

  function writeRow(y: number): void {
    const rowStart = y * cols * CELL_WORDS;
    const tail = blankFrom(y);
    let isForced = false;
    for (let x = 0; x < tail; ) {
      const at = rowStart + x * CELL_WORDS;
      const glyph = nextWords[at] ?? 0;
      const isWide = (glyph & WIDE) !== 0 && x + 1 < cols && nextWords[at + CELL_WORDS] === CONTINUATION;
      const width = isWide ? 2 : 1;
      const isLetter = glyph >= 0x900 && traits.isUtf8;
      const marks = isLetter ? marksAfter(nextWords, at, width, cols - x) : 0;
      // Marks that stood here may stand in the letter's own cell.
      const hadMarks = isLetter ? marksAfter(last, at, width, cols - x) : 0;
      if (hadMarks > marks && differsWithin(at, width + hadMarks)) isForced = true;
      if (marks > 0) {
        if (isForced || differsWithin(at, width + marks)) {
          moveTo(x, y);
          isForced = writeMarked(at, width + marks);
          cells += width + marks;
        }
        x += width + marks;
        continue;
      }
      if (isForced || differs(at) || (isWide && differs(at + CELL_WORDS))) {
        moveTo(x, y);
        isForced = writeCell(at, glyph, width);
        cells += width;
        if (!isForced && width === 1) x += writeAlike(at + CELL_WORDS, Math.min(tail, cols - 1) - x - 1);
      }
      x += width;
    }
    writeTail(y, tail, isForced);
  }

  function writeTail(y: number, tail: number, isForced: boolean): void {
    const rowStart = y * cols * CELL_WORDS;
    let x = tail;
    if (!isForced) while (x < cols && !differs(rowStart + x * CELL_WORDS)) x += 1;
    if (x >= cols) return;
    const bg = nextWords[rowStart + x * CELL_WORDS + 2] ?? 0;
    moveTo(x, y);
    pen.set(sink, pen.fg === -1 ? 0 : pen.fg, bg, 0);
    cells += cols - x;
    if (cols - x >= ERASE_MIN) {
      sink.ascii("\x1b[K");
      return;
    }
    for (; x < cols; x += 1) sink.byte(0x20);
    cursorX = cols;
  }

  /** Writes one cell where the cursor stands; true where the next one has to be written too, whatever it was. */
  function writeCell(at: number, glyph: number, width: number): boolean {
    pen.set(sink, nextWords[at + 1] ?? 0, nextWords[at + 2] ?? 0, nextWords[at + 3] ?? 0);
    const code = glyph & ~WIDE;
    if (code < 0x7f && code >= 0x20) {
      sink.byte(code);
      if (glyph & WIDE && width === 2) sink.byte(0x20);
    } else if (code === 0 || code === CONTINUATION || (glyph & WIDE && width === 1)) {
      sink.byte(0x20); // half of a wide cell alone shows nothing
    } else if (!traits.isUtf8) {
      sink.ascii(asciiFor(clusterText(code)).padEnd(width, "?"));
    } else if (code & CLUSTER) {
      return writeRisky(clusterBytesOf(code), width);
    } else {
      const kind = glyphKind(code);
      if (kind === "risky") return writeRisky(Buffer.from(String.fromCodePoint(code)), width);
      sink.utf8(kind === "plain" ? code : 0xfffd);
      if (kind === "unsafe" && width === 2) sink.byte(0x20);
    }
    advance(width);
    return false;
  }

  /** ASCII cells that have changed and look like the one before them, the common run: how many were written, at most `max`. */
  function writeAlike(from: number, max: number): number {
    const { fg, bg, style } = pen;
    sink.reserve(Math.max(0, max));
    const { bytes } = sink;
    let length = sink.length;
    let at = from;
    for (const end = from + max * CELL_WORDS; at < end; at += CELL_WORDS) {
      const glyph = nextWords[at] ?? 0;
      if (glyph < 0x20 || glyph > 0x7e || nextWords[at + 1] !== fg || nextWords[at + 2] !== bg || nextWords[at + 3] !== style) break;
      if (!differs(at)) break;
      bytes[length++] = glyph;
    }
    const count = (at - from) / CELL_WORDS;
    sink.length = length;
    cursorX += count;
    cells += count;
    return count;
  }

  /** How many of the cells behind the letter at `at` are spacing marks of it. */
  function marksAfter(words: Uint32Array, at: number, width: number, left: number): number {
    let count = 0;
    const first = at + width * CELL_WORDS;
    while (count < Math.min(left - width, MARKS_MAX) && isSpacingMark(firstCode(words[first + count * CELL_WORDS] ?? 0))) count += 1;
    return count > 0 && takesMarks(firstCode(words[at] ?? 0)) ? count : 0;
  }

  function differsWithin(at: number, count: number): boolean {
    for (let i = 0; i < count; i += 1) if (differs(at + i * CELL_WORDS)) return true;
    return false;
  }

  /** A letter with the marks in the cells behind it, as one. */
  function writeMarked(at: number, width: number): boolean {
    pen.set(sink, nextWords[at + 1] ?? 0, nextWords[at + 2] ?? 0, nextWords[at + 3] ?? 0);
    let text = "";
    for (let i = 0; i < width; i += 1) {
      const glyph = (nextWords[at + i * CELL_WORDS] ?? 0) & ~WIDE;
      if (glyph !== CONTINUATION) text += clusterText(glyph);
    }
    return writeRisky(Buffer.from(safeCluster(text) || "\ufffd"), width);
  }

  /** Terminals disagree about its width: clear its cells first, then place what follows by column. */
  function writeRisky(bytes: Uint8Array, width: number): boolean {
    sink.ascii(width === 1 ? " \x1b[D" : `${" ".repeat(width)}\x1b[${width}D`);
    if (cursorX + width >= cols) {
      // In the last columns the spaces left the cursor elsewhere.
      sink.ascii("\x1b[");
      sink.number(cursorX + 1);
      sink.byte(0x47);
    }
    sink.reserve(bytes.length);
    sink.bytes.set(bytes, sink.length);
    sink.length += bytes.length;
    // The row is still known, but for a terminal that wraps all the same at its edge.
    if (cursorX + width >= cols - 1) cursorY = -1;
    cursorX = cols;
    return true;
  }

  function clusterBytesOf(code: number): Uint8Array {
    let bytes = clusterBytes.get(code);
    if (bytes === undefined) {
      bytes = Buffer.from(safeCluster(clusterText(code)) || "\ufffd");
      clusterBytes.set(code, bytes);
    }
    return bytes;
  }

  function advance(width: number): void {
    cursorX += width;
    if (cursorX > cols) cursorX = cols;
  }

  function moveTo(x: number, y: number): void {
    if (cursorY === y) {
      if (cursorX === x && x < cols) return;
      if (cursorX < x && cursorX < cols) {
        if (fillGap(x, y)) return;
        sink.ascii("\x1b[");
        if (x - cursorX > 1) sink.number(x - cursorX);
        sink.byte(0x43);
      } else if (x === 0) {
        sink.byte(0x0d);
      } else {
        sink.ascii("\x1b[");
        sink.number(x + 1);
        sink.byte(0x47);
      }
    } else if (x === 0 && cursorY >= 0 && y === cursorY + 1) {
      sink.ascii("\r\n");
    } else {
      sink.ascii("\x1b[");
      if (y > 0) sink.number(y + 1);
      if (x > 0) {
        sink.byte(0x3b);
        sink.number(x + 1);
      }
      sink.byte(0x48);
    }
    [cursorX, cursorY] = [x, y];
  }

  /** Writes the few unchanged ASCII cells up to `x` again, if the pen suits all of them. */
  function fillGap(x: number, y: number): boolean {
    if (x - cursorX > GAP_MAX) return false;
    const rowStart = y * cols * CELL_WORDS;
    for (let at = rowStart + cursorX * CELL_WORDS; at < rowStart + x * CELL_WORDS; at += CELL_WORDS) {
      const glyph = nextWords[at] ?? 0;
      const isAscii = glyph === 0 || (glyph >= 0x20 && glyph < 0x7f);
      if (!isAscii || nextWords[at + 1] !== pen.fg || nextWords[at + 2] !== pen.bg || nextWords[at + 3] !== pen.style) return false;
    }
    for (; cursorX < x; cursorX += 1) sink.byte(nextWords[rowStart + cursorX * CELL_WORDS] || 0x20);
    return true;
  }

  function writeTitle(next: string): void {
    if (next === title || (next === "" && title === null)) return;
    title = next;
    if (!traits.isCapable) return;
    sink.ascii("\x1b]2;");
    const text = next.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "").slice(0, TITLE_MAX);
    sink.text(traits.isUtf8 ? text : Array.from(text, asciiFor).join(""));
    sink.ascii("\x1b\\");
  }

  function writeCursor(cursor: FrameCursor | null): void {
    if (cursor === null || cursor.x < 0 || cursor.y < 0 || cursor.x >= cols || cursor.y >= rows) {
      if (isCursorShown || !isCursorKnown) sink.ascii(HIDE);
      isCursorShown = false;
    } else {
      if (cursorX !== cursor.x || cursorY !== cursor.y) moveToCursor(cursor);
      if (shape !== cursor.shape) {
        shape = cursor.shape;
        if (traits.isCapable) sink.ascii(`\x1b[${cursorShapes.indexOf(cursor.shape)} q`);
      }
      if (!isCursorShown) sink.ascii(SHOW);
      isCursorShown = true;
    }
    isCursorKnown = true;
  }

  /** Without the gap filling: that would count as painting. */
  function moveToCursor(cursor: FrameCursor): void {
    if (cursorY === cursor.y && cursorX < cols && cursor.x > cursorX) {
      sink.ascii(`\x1b[${cursor.x - cursorX > 1 ? cursor.x - cursorX : ""}C`);
      cursorX = cursor.x;
    } else {
      moveTo(cursor.x, cursor.y);
    }
  }

  /** The paint goes between hiding and showing the cursor, for terminals that know no DEC 2026. */
  function frameBytes(paintedTo: number): Uint8Array {
    if (paintedTo === PREFIX) return sink.bytes.subarray(PREFIX, sink.length);
    sink.ascii(SYNC_END);
    const wasHidden = !wasCursorShown && isCursorKnownBefore;
    const start = wasHidden ? PREFIX - SYNC_BEGIN.length : 0;
    sink.bytes.write(wasHidden ? SYNC_BEGIN : SYNC_BEGIN + HIDE, start, "latin1");
    return sink.bytes.subarray(start, sink.length);
  }

  let [wasCursorShown, isCursorKnownBefore] = [false, false];

  return {
    get cells() {
      return cells;
    },
    write(picture) {
      fit(picture);
      cells = 0;
      sink.length = PREFIX;
      [wasCursorShown, isCursorKnownBefore] = [isCursorShown, isCursorKnown];
      const rowBytes = cols * CELL_WORDS * 4;
      for (let y = 0; y < rows; y += 1) {
        if (picture.dirty[y] === 0) continue;
        picture.dirty[y] = 0;
        const [from, to] = [y * rowBytes, (y + 1) * rowBytes];
        if (nextBytes.compare(lastBytes, from, to, from, to) === 0) continue;
        writeRow(y);
        nextBytes.copy(lastBytes, from, from, to);
      }
      const paintedTo = sink.length;
      if (paintedTo > PREFIX) [isCursorShown, isCursorKnown] = [false, true];
      writeTitle(picture.title);
      writeCursor(picture.cursor);
      return frameBytes(paintedTo);
    },
    forget() {
      cols = 0; // the next `fit` starts afresh
      pen.forget();
      [isCursorShown, isCursorKnown] = [false, false];
      [shape, title] = ["", null];
    },
  };
}

/** Of a cell's text, without its width. */
function firstCode(glyph: number): number {
  const code = glyph & ~WIDE;
  return code & CLUSTER ? (clusterText(code).codePointAt(0) ?? 0) : code;
}
