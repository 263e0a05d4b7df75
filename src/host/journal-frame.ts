// How one journal entry stands in its file, and how entries are found again in damaged bytes.
//
// A line is `1 <length> <crc32> <json>\n`: format version, byte length of the JSON, CRC-32 of the JSON as 8 hex digits.
// An entry is intact when its head can be read and length and CRC agree; its newline may be missing at the very end.

import { crc32 } from "node:zlib";

const NEWLINE = 0x0a;
const SPACE = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
/** `1 ` + up to 10 digits + ` ` + 8 hex digits + ` `. */
const MAX_HEAD_BYTES = 22;

export function encodeFrame(json: string): Buffer {
  const length = Buffer.byteLength(json);
  const body = Buffer.from(json);
  const head = `1 ${length} ${crc32(body).toString(16).padStart(8, "0")} `;
  return Buffer.concat([Buffer.from(head, "latin1"), body, Buffer.from("\n", "latin1")]);
}

export interface Frame {
  /** Where the JSON begins and ends; the CRC told apart identical entries. */
  readonly start: number;
  readonly end: number;
  readonly crc: number;
  /** After the newline, or `end` where it is missing. */
  readonly next: number;
}

/** The intact entry that begins exactly at `at`, else null. */
export function readFrame(bytes: Buffer, at: number): Frame | null {
  if (bytes[at] !== 0x31 || bytes[at + 1] !== SPACE) return null;
  let length = 0;
  let i = at + 2;
  const headEnd = Math.min(bytes.length, at + MAX_HEAD_BYTES);
  for (; i < headEnd; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte < DIGIT_0 || byte > DIGIT_9) break;
    length = length * 10 + (byte - DIGIT_0);
  }
  if (bytes[i] !== SPACE || length === 0) return null;
  const crc = readHex8(bytes, i + 1);
  if (crc < 0 || bytes[i + 9] !== SPACE) return null;
  const start = i + 10;
  const end = start + length;
  if (end > bytes.length || crc32(bytes.subarray(start, end)) !== crc) return null;
  return { start, end, crc, next: bytes[end] === NEWLINE ? end + 1 : end };
}

/** Eight lower-case hex digits as a number, or -1. */
function readHex8(bytes: Buffer, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i += 1) {
    const byte = bytes[i] ?? 0;
    let digit: number;
    if (byte >= DIGIT_0 && byte <= DIGIT_9) digit = byte - DIGIT_0;
    else if (byte >= 0x61 && byte <= 0x66) digit = byte - 0x57;
    else return -1;
    value = value * 16 + digit;
  }
  return value;
}

/**
 * The next place at or after `from` where an intact entry begins, or the end. Also looks inside lines, since a lost newline
 * joins two of them. It cannot mistake quoted text for an entry: inside a JSON string every `"` has a backslash before it, so
 * what stands there is no JSON object with a key.
 */
export function findFrame(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf("1 ", from, "latin1"); at !== -1; at = bytes.indexOf("1 ", at + 1, "latin1")) {
    if (readFrame(bytes, at) !== null) return at;
  }
  return bytes.length;
}
