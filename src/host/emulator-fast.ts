// The short way into the emulator: text, line ends and the common control sequences are written straight into its lines; what is
// left goes through its own parser. Both ways must show the same (test/host-terminal/emulator-fast.test.ts).
//
// Follows `InputHandler.print` and `lineFeed` and `BufferService.scroll` of @xterm/headless 6.0.0.

import { bytesOf, CELL_WORDS, COLOUR, codePointAt, HAS_EXTENDED, putCharacter, setCell, WIDTH_ONE, WIDTH_SHIFT } from "./emulator-cells.ts";
import type { Attributes, CsiParams, Insides, Line, ScreenBuffer } from "./emulator-insides.ts";
import { adoptLines, asLine, isLazy } from "./emulator-lazy-line.ts";
import { RAW_BYTES_MAX, RawLines } from "./emulator-raw-lines.ts";
import { type Row, RowCutter } from "./emulator-rows.ts";
import { SGR, SgrReader } from "./emulator-sgr.ts";
import { AFTER_ASCII, charProperties } from "./terminal-width.ts";

const HAS_CONTENT = 0x3f_ffff;

/** What lines share, words: large enough to be given back to the system (`MALLOC_MMAP_THRESHOLD_` of start-server.ts). */
const SLAB_WORDS = 34 * 1024;
/** About as much is read at a time; whoever asks for it looks at the clock in between. */
const SKIM_BYTES = 4096;
/** What erasing a screen counts as: it takes as long as so much text. */
const ERASING_BYTES = 1024;
/** Lines that the ring let go of and a later one can be made of. */
const SPARES_MAX = 64;
/** After a line that could not stay as its bytes: how many are printed before another is tried, at most. */
const PRINTED_MAX = 31;
/** More than a screen has. */
const ALL_ROWS = 1_000_000;

const ESC = 0x1b;
const STATE_ESCAPE = 1;
const STATE_STRINGS = new Set([7, 8, 13]);
/** Cursor movements and erasing: their handlers read nothing but the numbers. */
const CSI_FINALS = new Set([..."ABCDEFGHJKXd`f"].map((char) => char.charCodeAt(0)));
/** Among them those whose number is a count of work; more than this is the guard's to cut. */
const COUNTING = new Set([..."EFX"].map((char) => char.charCodeAt(0)));
const COUNT_MAX = 1000;
const ERASE_DISPLAY = 0x4a;
const ERASE_LINE = 0x4b;
const ERASE_CELLS = 0x58;
const BACKSPACE = 0x08;
const TAB = 0x09;
const SHIFT_OUT = 0x0e;
const SHIFT_IN = 0x0f;

export class FastParser {
  readonly #insides: Insides;
  readonly #sgr = new SgrReader();
  readonly #cutter = new RowCutter(this.#sgr);
  readonly #params: CsiParams = {
    length: 0,
    params: this.#sgr.params,
    hasSubParams: () => false,
    getSubParams: () => null,
    toArray: () => [...this.#params.params.subarray(0, this.#params.length)],
  };
  #blank = new Uint32Array(0);
  #blankBg = 0;
  /** A line without cells, of the library's making. */
  #model: Line | null = null;
  #slab = new Uint32Array(0);
  #slabAt = 0;
  readonly #spares: Line[] = [];
  #raw: RawLines | null = null;
  /** Lines that were printed since one was last tried as its bytes, and how many are before the next. */
  #printed = 0;
  #printNext = 0;
  /** Where `#run` stops, about. */
  #limit = 0;
  /** The screen's rows that may have changed since `forgetTouched`: from `touchedTop` to `touchedBottom`. */
  touchedTop = 0;
  touchedBottom = ALL_ROWS;

  constructor(insides: Insides) {
    this.#insides = insides;
    const service = insides._bufferService;
    const scroll = service.scroll.bind(service);
    service.scroll = (erase, isWrapped = false) => {
      this.touchAll();
      if (!this.#scrollAll(erase, isWrapped)) scroll(erase, isWrapped);
    };
  }

  touchAll(): void {
    this.touchedTop = 0;
    this.touchedBottom = ALL_ROWS;
  }

  forgetTouched(): void {
    this.touchedTop = ALL_ROWS;
    this.touchedBottom = -1;
  }

  #touch(y: number): void {
    if (y < this.touchedTop) this.touchedTop = y;
    if (y > this.touchedBottom) this.touchedBottom = y;
  }

  /**
   * Bytes that no guard has seen, from `from` on as far as the short way leads, a few kilobytes; where it stopped. What it takes can
   * do no harm: text, and control sequences with numbers that fit the screen.
   */
  skim(bytes: Uint8Array, from: number): number {
    return this.#isPlain() ? this.#run(bytes, from, from + SKIM_BYTES) : from;
  }

  parse(bytes: Uint8Array): void {
    const { _inputHandler: handler } = this.#insides;
    for (let at = 0; at < bytes.length; ) {
      if (this.#isPlain()) {
        const next = this.#run(bytes, at, bytes.length);
        if (next > at) {
          at = next;
          continue;
        }
      }
      const end = this.#parserEnd(bytes, at);
      this.touchAll();
      // Never a promise: no handler registered here is asynchronous.
      void handler.parse(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
      at = end;
    }
  }

  /** Nothing has begun, and no mode is on in which characters do more than fill the next cells. */
  #isPlain(): boolean {
    const { _inputHandler, _charsetService, coreService, optionsService } = this.#insides;
    return (
      _inputHandler._parser.currentState === 0 &&
      _inputHandler._utf8Decoder.interim[0] === 0 &&
      _charsetService.charset === undefined &&
      !coreService.modes.insertMode &&
      coreService.decPrivateModes.wraparound &&
      !optionsService.rawOptions.convertEol
    );
  }

  /** How much of what this way does not know goes to the parser. More would be right too, but slower. */
  #parserEnd(bytes: Uint8Array, at: number): number {
    const { _parser, _utf8Decoder } = this.#insides._inputHandler;
    // The whole run, since its first character may join what is there already.
    if (_utf8Decoder.interim[0] !== 0) return textEnd(bytes, at);
    const state = _parser.currentState;
    if (state === STATE_ESCAPE) return at + 1;
    if (STATE_STRINGS.has(state)) return stringEnd(bytes, at);
    if (state !== 0) return at + 1;
    const byte = bytes[at] ?? 0;
    if (byte === ESC) return sequenceEnd(bytes, at);
    if (byte < 0x20 || byte === 0x7f) return at + 1;
    return textEnd(bytes, at);
  }

  /** From `at` on as far as this way leads, to the end of what begins before `limit`. */
  #run(bytes: Uint8Array, from: number, limit: number): number {
    const { _inputHandler: handler } = this.#insides;
    const { _parser: parser } = handler;
    this.#limit = Math.min(limit, bytes.length);
    let at = from;
    while (at < this.#limit) {
      const byte = bytes[at] ?? 0;
      if (byte >= 0x20) {
        const next = byte === 0x7f ? at : this.#print(bytes, at);
        if (next === at) return at;
        at = next;
      } else if (byte === 0x0a) {
        const isFresh = this.#lineFeed(handler._activeBuffer);
        parser.precedingJoinState = 0;
        at++;
        if (isFresh && handler._activeBuffer.x === 0 && at < this.#limit) at = this.#skipLines(bytes, at);
      } else if (byte === 0x0d) {
        handler._activeBuffer.x = 0;
        parser.precedingJoinState = 0;
        at++;
      } else if (byte === ESC) {
        if (bytes[at + 1] !== 0x5b) return at;
        const next = this.#controlSequence(bytes, at + 2);
        if (next < 0) return at;
        at = next;
      } else {
        if (byte !== BACKSPACE && byte !== TAB) this.touchAll();
        parser._executeHandlers[byte]?.();
        parser.precedingJoinState = 0;
        at++;
        if (byte === SHIFT_OUT || byte === SHIFT_IN) return at;
      }
    }
    return at;
  }

  // Text --------------------------------------------------------------------------------------------------------------

  /** Characters from `from` on; gives back where it stopped: a control, or what it leaves to the parser. */
  #print(bytes: Uint8Array, from: number): number {
    const { _inputHandler: handler, _bufferService: service } = this.#insides;
    const { _parser: parser, _curAttrData: attributes, _activeBuffer: buffer } = handler;
    const { fg, bg } = attributes;
    const { cols } = service;
    const isExtended = (bg & HAS_EXTENDED) !== 0;
    if ((bytes[from] ?? 0) >= 0x80 && codePointAt(bytes, from) < 0xa0) return from;
    this.#touch(buffer.y);
    let line = currentLine(buffer);
    let data = line._data;
    let join = parser.precedingJoinState;
    let x = buffer.x;
    let at = from;
    if (x > 0 && (data[(x - 1) * CELL_WORDS] ?? 0) >>> WIDTH_SHIFT === 2) setCell(line, x - 1, WIDTH_ONE, attributes);
    while (at < bytes.length) {
      let byte = bytes[at] ?? 0;
      if (byte < 0x20 || byte === 0x7f) break;
      if (byte < 0x80) {
        if (x >= cols) {
          line = this.#nextLine(buffer);
          data = line._data;
          x = 0;
        }
        const limit = Math.min(bytes.length, at + cols - x);
        const start = at;
        let word = x * CELL_WORDS;
        while (byte >= 0x20 && byte < 0x7f) {
          data[word] = byte | WIDTH_ONE;
          data[word + 1] = fg;
          data[word + 2] = bg;
          word += CELL_WORDS;
          at++;
          if (at === limit) break;
          byte = bytes[at] ?? 0;
        }
        if (isExtended) for (let i = at - start; i-- > 0; ) line._extendedAttrs[x + i] = attributes.extended;
        x += at - start;
        join = AFTER_ASCII;
        continue;
      }
      const code = codePointAt(bytes, at);
      if (code < 0xa0) break;
      const info = charProperties(code, join);
      const width = (info >> 1) & 3;
      const isJoined = (info & 1) !== 0;
      const oldWidth = isJoined ? (join >> 1) & 3 : 0;
      if (x + width - oldWidth > cols) {
        const before = line;
        const left = x - oldWidth;
        line = this.#nextLine(buffer);
        data = line._data;
        x = oldWidth;
        // One that widens past the edge moves to the next line.
        if (oldWidth > 0) line.copyCellsFrom(before, left, 0, oldWidth, false);
        for (let i = left; i < cols; i++) setCell(before, i, WIDTH_ONE, attributes);
      }
      x = putCharacter(line, x, code, info, oldWidth, attributes);
      join = info;
      at += bytesOf(code);
    }
    buffer.x = x;
    parser.precedingJoinState = join;
    if (x < cols && at > from) {
      const right = data[x * CELL_WORDS] ?? 0;
      if (right >>> WIDTH_SHIFT === 0 && (right & HAS_CONTENT) === 0) setCell(line, x, WIDTH_ONE, attributes);
    }
    return at;
  }

  // Lines -------------------------------------------------------------------------------------------------------------

  /** True where the cursor is on a line then that has just been made, below all others. */
  #lineFeed(buffer: ScreenBuffer): boolean {
    const { _bufferService: service, _inputHandler: handler } = this.#insides;
    const y = buffer.y + 1;
    let isFresh = false;
    if (y === buffer.scrollBottom + 1) {
      const erase = handler._eraseAttrData();
      this.touchAll();
      isFresh = this.#scrollAll(erase, false);
      if (!isFresh) service.scroll(erase, false);
    } else if (y < service.rows) {
      buffer.y = y;
      currentLine(buffer).isWrapped = false;
    }
    if (buffer.x >= service.cols) buffer.x--;
    return isFresh;
  }

  /** Where a character goes that does not fit. */
  #nextLine(buffer: ScreenBuffer): Line {
    const { _bufferService: service, _inputHandler: handler } = this.#insides;
    const y = buffer.y + 1;
    if (y === buffer.scrollBottom + 1) {
      service.scroll(handler._eraseAttrData(), true);
      return currentLine(buffer);
    }
    buffer.y = Math.min(y, service.rows - 1);
    this.#touch(buffer.y);
    const line = currentLine(buffer);
    line.isWrapped = true;
    return line;
  }

  /** Lets go of what is kept for the next flood. */
  rest(): void {
    this.#spares.length = 0;
    this.#raw?.rest();
  }

  /** The common case: the whole screen scrolls. In a full ring the oldest line's memory becomes the newest's. */
  #scrollAll(erase: Attributes, isWrapped: boolean): boolean {
    const service = this.#insides._bufferService;
    const { buffer, cols } = service;
    const { lines } = buffer;
    const isFull = lines.length === lines.maxLength;
    const isWhole = buffer.scrollTop === 0 && buffer.ybase + buffer.scrollBottom === lines.length - 1;
    if (!isWhole || service.isUserScrolling || erase.fg !== 0) return false;
    const size = cols * CELL_WORDS;
    if (this.#blank.length !== size || this.#blankBg !== erase.bg) this.#makeBlank(cols, erase.bg);
    let line = isFull ? lines.recycle() : this.#newLine(buffer, size);
    if (isFull && isLazy(line)) {
      this.#raw?.drop(line);
      line = this.#spares.pop() ?? this.#newLine(buffer, size);
      lines.set(lines.length - 1, line);
    }
    if (line._data.length === size) line._data.set(this.#blank);
    else line._data = this.#blank.slice();
    line.length = cols;
    if (hasAny(line._combined)) line._combined = {};
    if (hasAny(line._extendedAttrs)) line._extendedAttrs = {};
    line.isWrapped = isWrapped;
    if (!isFull) {
      lines.push(line);
      buffer.ybase++;
    }
    buffer.ydisp = buffer.ybase;
    return true;
  }

  /** One whose memory lies with that of its neighbours, so that it can be given back with theirs when they are packed. */
  #newLine(buffer: ScreenBuffer, size: number): Line {
    const model = this.#modelOf(buffer);
    if (this.#slabAt + size > this.#slab.length) {
      this.#slab = new Uint32Array(Math.max(SLAB_WORDS, size));
      this.#slabAt = 0;
    }
    const line = model.clone();
    line._data = this.#slab.subarray(this.#slabAt, this.#slabAt + size);
    this.#slabAt += size;
    return line;
  }

  #modelOf(buffer: ScreenBuffer): Line {
    if (this.#model === null) {
      this.#model = currentLine(buffer).clone();
      this.#model._data = new Uint32Array(0);
      this.#model._combined = {};
      this.#model._extendedAttrs = {};
    }
    return this.#model;
  }

  #makeBlank(cols: number, bg: number): void {
    this.#blankBg = bg;
    if (this.#blank.length !== cols * CELL_WORDS) this.#blank = new Uint32Array(cols * CELL_WORDS);
    for (let word = 0; word < this.#blank.length; word += CELL_WORDS) {
      this.#blank[word] = WIDTH_ONE;
      this.#blank[word + 2] = bg;
    }
  }

  // Lines that stay as their bytes ------------------------------------------------------------------------------------

  /**
   * Whole lines from `from` on, where the cursor stands at the beginning of a fresh line at the bottom and all scrolls: each is put
   * above the fresh line as the bytes that it is. Where it stopped: at a line that is cut off, or does something else.
   */
  #skipLines(bytes: Uint8Array, from: number): number {
    const { _inputHandler: handler, _bufferService: service } = this.#insides;
    const { _activeBuffer: buffer, _curAttrData: attributes } = handler;
    const isPossible = buffer === service.buffers.normal && buffer.lines.maxLength > 1;
    if (this.#printed < this.#printNext || !isPossible) {
      this.#printed++;
      return from;
    }
    this.#raw ??= this.#newRawLines();
    const raw = this.#raw;
    const end = Math.min(bytes.length, this.#limit + SKIM_BYTES, from + RAW_BYTES_MAX);
    raw.reserve(end - from);
    const fresh = currentLine(buffer);
    const cutter = this.#cutter;
    let at = from;
    while (at < this.#limit) {
      const { fg, bg } = attributes;
      const lineEnd = cutter.cut(bytes, at, end, service.cols, attributes, this.#blankBg);
      if (lineEnd < 0 || (attributes.bg & COLOUR) !== this.#blankBg) {
        attributes.fg = fg;
        attributes.bg = bg;
        break;
      }
      for (let i = 0; i < cutter.count; i++) this.#putRow(raw, fresh, cutter.rows[i], from, i > 0);
      at = lineEnd + 2;
    }
    this.#printed = 0;
    if (at === from) {
      this.#printNext = Math.min(PRINTED_MAX, this.#printNext * 2 + 1);
      return from;
    }
    this.#printNext = 0;
    raw.keep(bytes.subarray(from, at));
    buffer.ydisp = buffer.ybase;
    return at;
  }

  /** Above the fresh line at the bottom; the oldest line makes room. */
  #putRow(raw: RawLines, fresh: Line, row: Row | undefined, from: number, isWrapped: boolean): void {
    const { buffer, cols } = this.#insides._bufferService;
    const { lines } = buffer;
    let oldest: Line | undefined;
    if (row === undefined) return;
    if (lines.length === lines.maxLength) {
      oldest = lines.recycle();
      if (!isLazy(oldest) && this.#spares.length < SPARES_MAX) this.#spares.push(oldest);
    } else {
      lines.push(fresh);
      buffer.ybase++;
    }
    lines.set(lines.length - 1, fresh);
    row.at -= from;
    row.end -= from;
    lines.set(lines.length - 2, asLine(raw.make(oldest, cols, row, isWrapped)));
  }

  #newRawLines(): RawLines {
    const model = this.#modelOf(this.#insides._bufferService.buffer);
    adoptLines(model);
    return new RawLines(model);
  }

  // Control sequences -------------------------------------------------------------------------------------------------

  /** `from` is behind `ESC [`. Where the sequence ends, or -1: it is for the parser. */
  #controlSequence(bytes: Uint8Array, from: number): number {
    const count = this.#sgr.read(bytes, from);
    if (count === 0) return -1;
    const { end } = this.#sgr;
    const final = bytes[end] ?? 0;
    if (final !== SGR && !CSI_FINALS.has(final)) return -1;
    if (COUNTING.has(final) && (this.#sgr.params[0] ?? 0) > COUNT_MAX) return -1;
    this.#params.length = count;
    if (final !== SGR || !this.#sgr.apply(this.#insides._inputHandler._curAttrData, count)) this.#dispatch(final);
    this.#insides._inputHandler._parser.precedingJoinState = 0;
    return end + 1;
  }

  #dispatch(final: number): void {
    if (final === ERASE_LINE || final === ERASE_CELLS) this.#touch(this.#insides._inputHandler._activeBuffer.y);
    else if (final === ERASE_DISPLAY) {
      this.touchAll();
      this.#limit -= ERASING_BYTES;
    }
    const handlers = this.#insides._inputHandler._parser._csiHandlers[final] ?? [];
    for (let i = handlers.length - 1; i >= 0; i--) if (handlers[i]?.(this.#params) === true) return;
  }
}

function currentLine(buffer: ScreenBuffer): Line {
  const line = buffer.lines.get(buffer.ybase + buffer.y);
  if (line === undefined) throw new Error(`the screen has no line ${buffer.y}`);
  return line;
}

function hasAny(map: object): boolean {
  for (const _ in map) return true;
  return false;
}

function textEnd(bytes: Uint8Array, from: number): number {
  let end = from + 1;
  while (end < bytes.length && (bytes[end] ?? 0) >= 0x20) end++;
  return end;
}

/** Behind the byte that ends or breaks a string (OSC, DCS …); its `ESC \` ends with the next byte. */
function stringEnd(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x07 || byte === 0x18 || byte === 0x1a || byte === ESC) return i + 1;
  }
  return bytes.length;
}

function sequenceEnd(bytes: Uint8Array, escapeAt: number): number {
  const second = bytes[escapeAt + 1];
  if (second === undefined) return bytes.length;
  if (second === 0x5d || second === 0x50 || second === 0x58 || second === 0x5e || second === 0x5f) return stringEnd(bytes, escapeAt + 2);
  let i = second === 0x5b ? escapeAt + 2 : escapeAt + 1;
  const lastMiddle = second === 0x5b ? 0x3f : 0x2f;
  for (; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x20 || byte > lastMiddle) return i + 1;
  }
  return bytes.length;
}
