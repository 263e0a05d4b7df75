// Stands before the emulator: cuts a program's bytes into small pieces and takes the harm out of hostile sequences.
//
// Measured with @xterm/headless 6.0.0 (docs of the traps: `CSI 2147483647 S` froze it for 8 s): numbers are clamped in place,
// strings (OSC, DCS, APC, PM, SOS) and control sequences have a bound, C1 controls in UTF-8 form become NUL, and a piece ends
// early when its sequences mean much work, so that whoever parses can look at the clock. OSC 133 comes out as a mark of its own.

export type GuardPiece =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** The text between `ESC ] 133 ;` and its end. */
  | { readonly type: "mark"; readonly text: string };

export const PIECE_BYTES_MAX = 4096;
const STRING_BYTES_MAX = 65_536;
const CSI_BYTES_MAX = 256;
const MARK_BYTES_MAX = 8192;
/** Cells or lines that the sequences of one piece may ask to be touched. */
const PIECE_WORK_MAX = 2000;
const NUMBER_MAX = 9999;

const ESC = 0x1b;
const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;

/** Finals whose number is a count of work: repeat, scroll, insert, delete, erase, tabs. */
const COUNTING = new Set([..."@bEFILMPSTXZ"].map((char) => char.charCodeAt(0)));

const MARK_START = [0x5d, 0x31, 0x33, 0x33, 0x3b]; // ]133;

export class EmulatorGuard {
  /** Counts above this mean the same as this: the longer side of the screen. */
  #countMax: number;
  /** Begin of a sequence whose end has not come yet. */
  #held: Uint8Array = new Uint8Array(0);
  #isString = false;
  #stringBytes = 0;
  #isDropping: "no" | "string" | "csi" = "no";
  #mark: number[] | null = null;
  #endsInC2 = false;
  /** What was let through last is a sequence without its end: the ESC that follows ends it, unless that is taken out. */
  #isOpen = false;

  constructor(cols: number, rows: number) {
    this.#countMax = Math.max(cols, rows);
  }

  resize(cols: number, rows: number): void {
    this.#countMax = Math.max(cols, rows);
  }

  /** Nothing has begun: what comes next need not pass here if it can do no harm. */
  get isIdle(): boolean {
    return this.#held.length === 0 && !this.#isString && this.#isDropping === "no" && this.#mark === null && !this.#endsInC2;
  }

  /** Takes `chunk` over: it is changed in place. The pieces are views of it and stay valid. */
  push(chunk: Uint8Array): GuardPiece[] {
    let bytes = chunk;
    if (this.#held.length > 0) {
      bytes = new Uint8Array(this.#held.length + chunk.length);
      bytes.set(this.#held);
      bytes.set(chunk, this.#held.length);
      this.#held = new Uint8Array(0);
    }
    this.#blankC1(bytes);
    const pieces: GuardPiece[] = [];
    let start = 0;
    let work = 0;
    let i = 0;
    const emit = (end: number): void => {
      for (let at = start; at < end; at += PIECE_BYTES_MAX) {
        pieces.push({ type: "bytes", bytes: bytes.subarray(at, Math.min(end, at + PIECE_BYTES_MAX)) });
      }
      work = 0;
    };
    while (i < bytes.length) {
      if (this.#mark !== null) {
        i = this.#takeMark(bytes, i, pieces);
        start = i;
        continue;
      }
      if (this.#isDropping !== "no") {
        i = this.#drop(bytes, i);
        start = i;
        continue;
      }
      if (this.#isString) {
        const end = this.#inString(bytes, i);
        if (this.#stringBytes > STRING_BYTES_MAX) {
          emit(i);
          pieces.push({ type: "bytes", bytes: Uint8Array.of(CAN) });
          this.#isString = false;
          this.#isDropping = "string";
          start = i;
          continue;
        }
        i = end;
        continue;
      }
      const escapeAt = bytes.indexOf(ESC, i);
      if (escapeAt < 0) {
        i = bytes.length;
        break;
      }
      i = escapeAt;
      const sequence = this.#sequence(bytes, escapeAt);
      switch (sequence.type) {
        case "held":
          emit(escapeAt);
          this.#held = bytes.slice(escapeAt);
          return pieces;
        case "mark":
          emit(escapeAt);
          this.#abort(pieces);
          this.#mark = [];
          i = escapeAt + 1 + MARK_START.length;
          start = i;
          break;
        case "string":
          this.#isOpen = false;
          this.#isString = true;
          this.#stringBytes = 0;
          i = escapeAt + 2;
          break;
        case "tooLong":
          emit(escapeAt);
          this.#abort(pieces);
          this.#isDropping = "csi";
          i = sequence.end;
          start = i;
          break;
        case "plain":
          this.#isOpen = sequence.isCut === true;
          i = sequence.end;
          work += sequence.work;
          if (work > PIECE_WORK_MAX) {
            emit(i);
            start = i;
          }
          break;
        default:
          return sequence satisfies never;
      }
    }
    emit(bytes.length);
    return pieces;
  }

  #abort(pieces: GuardPiece[]): void {
    if (this.#isOpen) pieces.push({ type: "bytes", bytes: Uint8Array.of(CAN) });
    this.#isOpen = false;
  }

  /** U+0080 … U+009F come as C2 80 … C2 9F; as NUL they keep their length and mean nothing anywhere. */
  #blankC1(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#endsInC2 && isC1Tail(bytes[0])) bytes[0] = 0;
    this.#endsInC2 = bytes[bytes.length - 1] === 0xc2;
    for (let at = bytes.indexOf(0xc2); at >= 0; at = bytes.indexOf(0xc2, at + 1)) {
      if (isC1Tail(bytes[at + 1])) bytes.fill(0, at, at + 2);
    }
  }

  #sequence(bytes: Uint8Array, escapeAt: number): Sequence {
    const second = bytes[escapeAt + 1];
    if (second === undefined) return { type: "held" };
    if (second === 0x5b) return this.#controlSequence(bytes, escapeAt + 2);
    if (second === 0x5d) {
      for (let k = 1; k < MARK_START.length; k++) {
        const byte = bytes[escapeAt + 1 + k];
        if (byte === undefined) return { type: "held" };
        if (byte !== MARK_START[k]) return { type: "string" };
      }
      return { type: "mark" };
    }
    // DCS, SOS, PM, APC.
    if (second === 0x50 || second === 0x58 || second === 0x5e || second === 0x5f) return { type: "string" };
    if (second === ESC) return { type: "plain", end: escapeAt + 1, work: 0, isCut: true };
    return { type: "plain", end: escapeAt + 2, work: 0 };
  }

  #controlSequence(bytes: Uint8Array, from: number): Sequence {
    let digits: number[] = [];
    const numbers: number[][] = [];
    for (let i = from; ; i++) {
      if (i - from > CSI_BYTES_MAX) return { type: "tooLong", end: i };
      const byte = bytes[i];
      if (byte === undefined) return { type: "held" };
      if (byte >= 0x30 && byte <= 0x39) {
        digits.push(i);
        continue;
      }
      // Other C0 controls are carried out within a sequence and do not end a number; nor does DEL, nor what is no UTF-8 and so is left out.
      if ((byte < 0x20 && byte !== ESC && byte !== CAN && byte !== SUB) || byte >= 0x7f) continue;
      if (digits.length > 0) numbers.push(digits);
      digits = [];
      if (byte === ESC) return { type: "plain", end: i, work: 0, isCut: true };
      if (byte === CAN || byte === SUB) return { type: "plain", end: i + 1, work: 0 };
      if (byte < 0x40 || byte > 0x7e) continue;
      const isCount = COUNTING.has(byte);
      let work = 0;
      for (const places of numbers) work += clampNumber(bytes, places, isCount ? this.#countMax : NUMBER_MAX);
      return { type: "plain", end: i + 1, work: isCount ? work : 1 };
    }
  }

  /** Where the string ends, or the end of the bytes; counts on the way. The end itself is left to the emulator. */
  #inString(bytes: Uint8Array, from: number): number {
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (byte === BEL || byte === CAN || byte === SUB) {
        this.#isString = false;
        return i + 1;
      }
      if (byte === ESC) {
        this.#isString = false;
        this.#isOpen = true;
        return i;
      }
      if (++this.#stringBytes > STRING_BYTES_MAX) return i;
    }
    return bytes.length;
  }

  #drop(bytes: Uint8Array, from: number): number {
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      const isEnd = byte === CAN || byte === SUB || (this.#isDropping === "string" ? byte === BEL : byte >= 0x40 && byte <= 0x7e);
      if (isEnd || byte === ESC) {
        this.#isDropping = "no";
        return byte === ESC ? i : i + 1;
      }
    }
    return bytes.length;
  }

  #takeMark(bytes: Uint8Array, from: number, pieces: GuardPiece[]): number {
    const mark = this.#mark ?? [];
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (byte !== BEL && byte !== ESC && byte !== CAN && byte !== SUB) {
        if (mark.length <= MARK_BYTES_MAX) mark.push(byte);
        continue;
      }
      this.#mark = null;
      const isWhole = (byte === BEL || byte === ESC) && mark.length <= MARK_BYTES_MAX;
      if (isWhole) pieces.push({ type: "mark", text: Buffer.from(mark).toString("utf8") });
      return byte === ESC ? i : i + 1;
    }
    return bytes.length;
  }
}

type Sequence =
  /** Its end lies in bytes to come. */
  | { readonly type: "held" }
  | { readonly type: "string" }
  | { readonly type: "mark" }
  | { readonly type: "tooLong"; readonly end: number }
  | { readonly type: "plain"; readonly end: number; readonly work: number; readonly isCut?: boolean };

function isC1Tail(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0x9f;
}

/** Writes a smaller number over a too large one, with zeros before it, so that the length stays. The value it has then. */
function clampNumber(bytes: Uint8Array, places: readonly number[], limit: number): number {
  let value = 0;
  for (const place of places) value = Math.min(value * 10 + (bytes[place] ?? 0x30) - 0x30, NUMBER_MAX + 1);
  if (value <= limit) return value;
  let rest = limit;
  for (let k = places.length - 1; k >= 0; k--) {
    bytes[places[k] ?? 0] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return limit;
}
