// How a byte stream is cut into frames, whatever its chunks.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  encodeKeysFrame,
  encodeMessage,
  encodeRowsFrame,
  type Frame,
  FrameReader,
  KEYS_MAX_BYTES,
  type Keys,
  MESSAGE_MAX_BYTES,
  ROWS_MAX_BYTES,
} from "../../src/link/frames.ts";
import { chanceOf } from "../support/chance.ts";

function message(text: string): Buffer {
  const frame = encodeMessage(text);
  assert.ok(frame !== null);
  return frame;
}

function rows(bytes: Uint8Array): Buffer {
  const frame = encodeRowsFrame(bytes);
  assert.ok(frame !== null);
  return frame;
}

function keys(typed: Keys): Buffer {
  const frame = encodeKeysFrame(typed);
  assert.ok(frame !== null);
  return frame;
}

function readAll(chunks: readonly Buffer[]): { frames: Frame[]; end: string | null } {
  const reader = new FrameReader();
  const frames = chunks.flatMap((chunk) => [...reader.push(chunk)]);
  return {
    frames: frames.map((frame) => (frame.type === "rows" ? { type: "rows", bytes: Uint8Array.from(frame.bytes) } : frame)),
    end: reader.end(),
  };
}

test("any split of the stream gives the same frames", () => {
  const stream = Buffer.concat([
    message('{"type":"ls"}'),
    rows(new Uint8Array()),
    message(""),
    rows(Uint8Array.from({ length: 700 }, (_, at) => at)),
    keys({ terminal: "term-1", data: "ü" }),
    message('"ü 漢 😀"'),
    keys({ terminal: "term-漢", data: "\u0001", chord: "C-a" }),
    message("x".repeat(3000)),
  ]);
  const whole = readAll([stream]);
  assert.equal(whole.frames.length, 8);
  assert.equal(whole.end, null);
  for (let seed = 1; seed <= 300; seed += 1) {
    const next = chanceOf(seed).next;
    const most = seed % 3 === 0 ? 4 : 900;
    const chunks: Buffer[] = [];
    for (let at = 0; at < stream.length; ) {
      const size = Math.floor(next() * most);
      chunks.push(stream.subarray(at, at + size));
      at += size;
    }
    assert.deepEqual(readAll(chunks), whole, `seed ${seed}`);
  }
});

test("a stream cut at any byte gives the frames before the cut and says that it was cut", () => {
  const stream = Buffer.concat([message('{"a":1}'), rows(Uint8Array.of(1, 2, 3))]);
  const first = 5 + 7;
  for (let cut = 1; cut < stream.length; cut += 1) {
    const { frames, end } = readAll([stream.subarray(0, cut)]);
    assert.equal(frames.length, cut >= first ? 1 : 0, `cut at ${cut}`);
    assert.equal(end === null, cut === first, `cut at ${cut}`);
  }
});

test("a length over the limit is refused by its header alone", () => {
  for (const [kind, limit] of [
    [0, MESSAGE_MAX_BYTES],
    [1, ROWS_MAX_BYTES],
    [2, KEYS_MAX_BYTES],
  ] as const) {
    const header = Buffer.alloc(5);
    header.writeUInt32BE(limit + 1, 0);
    header[4] = kind;
    const { frames } = readAll([header]);
    assert.deepEqual(
      frames.map((frame) => frame.type),
      ["bad"],
    );
  }
  assert.equal(encodeRowsFrame(new Uint8Array(ROWS_MAX_BYTES + 1)), null);
});

test("keys come out as they went in; too many are no frame", () => {
  const typed: Keys[] = [
    { terminal: "t", data: "" },
    { terminal: "term-2", data: "\u001b[A", chord: "up" },
    { terminal: "漢".repeat(42), data: "👩‍💻", chord: "M-ü" },
  ];
  const { frames } = readAll(typed.map(keys));
  assert.deepEqual(
    frames,
    typed.map((each) => ({ type: "keys", keys: each })),
  );
  assert.equal(encodeKeysFrame({ terminal: "t", data: "x".repeat(KEYS_MAX_BYTES) }), null);
  assert.equal(encodeKeysFrame({ terminal: "t".repeat(128), data: "" }), null);
  assert.equal(encodeKeysFrame({ terminal: "t", data: "", chord: "c".repeat(128) }), null);
});

test("an unknown kind, text that is not UTF-8 and keys that are cut end the stream, and nothing after them is read", () => {
  const unknown = Buffer.from([0, 0, 0, 1, 7, 0]);
  const notText = Buffer.from([0, 0, 0, 2, 0, 0xc3, 0x28]);
  const noKeys = [[], [1], [1, 0x74], [1, 0x74, 9, 0x63], [200, 0x74, 0], [1, 0x74, 0, 0xff]].map((payload) =>
    Buffer.from([0, 0, 0, payload.length, 2, ...payload]),
  );
  for (const bad of [unknown, notText, ...noKeys]) {
    const { frames, end } = readAll([Buffer.concat([message("1"), bad, message("2")]), message("3")]);
    assert.deepEqual(
      frames.map((frame) => frame.type),
      ["message", "bad"],
    );
    assert.equal(end, null);
  }
});
