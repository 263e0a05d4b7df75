// Frames on a byte stream: four bytes of length (big-endian, of the payload alone), one byte of kind, the payload.

import { Buffer, isUtf8 } from "node:buffer";

/** The payload is the JSON text of one message, UTF-8. */
const KIND_MESSAGE = 0;
/** The payload is changed terminal rows, as `domain/rows.ts` reads them. */
const KIND_ROWS = 1;
/**
 * The payload is keys for a terminal: a byte of length and the terminal's id, a byte of length and the chord (0: none), what is typed,
 * all UTF-8. No JSON and no reply: their echo is waited for.
 */
const KIND_KEYS = 2;

const HEADER_BYTES = 5;
export const MESSAGE_MAX_BYTES = 16 * 1024 * 1024;
export const ROWS_MAX_BYTES = 4 * 1024 * 1024;
export const KEYS_MAX_BYTES = 64 * 1024;
/** Of an id and a chord: their length is a character of UTF-8 too, so that the payload is checked in one go. */
const KEYS_PART_MAX_BYTES = 127;

export interface Keys {
  readonly terminal: string;
  readonly data: string;
  readonly chord?: string | undefined;
}

export type Frame =
  | { readonly type: "message"; readonly text: string }
  | { readonly type: "rows"; readonly bytes: Uint8Array }
  | { readonly type: "keys"; readonly keys: Keys }
  /** The stream cannot be read on; nothing follows. */
  | { readonly type: "bad"; readonly reason: string };

/** A whole frame for a message; null where the text is over the limit. */
export function encodeMessage(text: string): Buffer | null {
  const size = Buffer.byteLength(text);
  if (size > MESSAGE_MAX_BYTES) return null;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + size);
  frame.writeUInt32BE(size, 0);
  frame[4] = KIND_MESSAGE;
  frame.write(text, HEADER_BYTES);
  return frame;
}

/** A whole frame of rows; null where that is over the limit. */
export function encodeRowsFrame(rows: Uint8Array): Buffer | null {
  if (rows.length > ROWS_MAX_BYTES) return null;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + rows.length);
  frame.writeUInt32BE(rows.length, 0);
  frame[4] = KIND_ROWS;
  frame.set(rows, HEADER_BYTES);
  return frame;
}

/** A whole frame of keys; null where a part of it is over its limit. */
export function encodeKeysFrame({ terminal, data, chord = "" }: Keys): Buffer | null {
  const idSize = Buffer.byteLength(terminal);
  const chordSize = Buffer.byteLength(chord);
  const size = 2 + idSize + chordSize + Buffer.byteLength(data);
  if (idSize > KEYS_PART_MAX_BYTES || chordSize > KEYS_PART_MAX_BYTES || size > KEYS_MAX_BYTES) return null;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + size);
  frame.writeUInt32BE(size, 0);
  frame[4] = KIND_KEYS;
  frame[HEADER_BYTES] = idSize;
  frame.write(terminal, HEADER_BYTES + 1);
  frame[HEADER_BYTES + 1 + idSize] = chordSize;
  frame.write(chord, HEADER_BYTES + 2 + idSize);
  frame.write(data, HEADER_BYTES + 2 + idSize + chordSize);
  return frame;
}

/** Null where it is cut or no text. */
function decodeKeys(payload: Buffer): Keys | null {
  const idEnd = 1 + (payload[0] ?? 0);
  const chordEnd = idEnd + 1 + (payload[idEnd] ?? 0);
  if (chordEnd > payload.length || !isUtf8(payload)) return null;
  const chord = payload.toString("utf8", idEnd + 1, chordEnd);
  return {
    terminal: payload.toString("utf8", 1, idEnd),
    data: payload.toString("utf8", chordEnd),
    ...(chord === "" ? {} : { chord }),
  };
}

/** Cuts chunks, however they were split, into frames. A length is checked before a byte of its payload is kept. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = HEADER_BYTES;
  #isBad = false;

  /** The frames that `chunk` completes, in order. After a `bad` one there are no more. */
  *push(chunk: Buffer): Generator<Frame, void, undefined> {
    if (this.#isBad) return;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= this.#needed) {
      let data = this.#join();
      let at = 0;
      while (data.length - at >= HEADER_BYTES) {
        const size = data.readUInt32BE(at);
        const kind = data[at + 4];
        const problem = headerProblem(size, kind);
        if (problem !== null) {
          this.#isBad = true;
          this.#keep(Buffer.alloc(0), HEADER_BYTES);
          yield { type: "bad", reason: problem };
          return;
        }
        const end = at + HEADER_BYTES + size;
        if (end > data.length) break;
        const payload = data.subarray(at + HEADER_BYTES, end);
        at = end;
        yield this.#read(kind, payload);
        if (this.#isBad) return;
      }
      data = data.subarray(at);
      this.#keep(data, data.length < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + data.readUInt32BE(0));
    }
  }

  /** What an end of the stream at this point means: null between frames, else what was cut. */
  end(): string | null {
    if (this.#isBad || this.#held === 0) return null;
    return `the connection ended inside a frame (${this.#held} of ${this.#needed} bytes)`;
  }

  #read(kind: number | undefined, payload: Buffer): Frame {
    if (kind === KIND_ROWS) return { type: "rows", bytes: payload };
    const keys = kind === KIND_KEYS ? decodeKeys(payload) : null;
    if (keys !== null) return { type: "keys", keys };
    if (kind === KIND_MESSAGE && isUtf8(payload)) return { type: "message", text: payload.toString("utf8") };
    this.#isBad = true;
    return { type: "bad", reason: kind === KIND_KEYS ? "keys that are cut or not UTF-8 text" : "a message is not UTF-8 text" };
  }

  #join(): Buffer {
    const only = this.#chunks[0];
    return this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#held);
  }

  #keep(rest: Buffer, needed: number): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    this.#needed = needed;
  }
}

/** By kind. */
const LIMITS: readonly number[] = [MESSAGE_MAX_BYTES, ROWS_MAX_BYTES, KEYS_MAX_BYTES];

function headerProblem(size: number, kind: number | undefined): string | null {
  const limit = kind === undefined ? undefined : LIMITS[kind];
  if (limit === undefined) return `a frame of kind ${kind}, which is unknown here`;
  return size > limit ? `a frame of ${size} bytes, more than the limit of ${limit}` : null;
}
