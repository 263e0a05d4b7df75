// Rows far above the screen are packed: nobody sees a difference, and they cost a fraction.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Emulator } from "../../src/host/emulator.ts";
import { createEmulator } from "../../src/host/emulator.ts";
import { type Chance, chanceOf } from "../support/chance.ts";

const SCROLLBACK = 2000;
/** A line with a control in it is printed at once; others stay the bytes that they are until somebody looks. */
const PRINTED_END = "\0\r\n";

test("packed rows read, search, wrap, scroll and resize like those that never were", async () => {
  const chance = chanceOf(3);
  for (let round = 0; round < 3; round++) {
    const [cols, rows] = [10 + chance.below(60), 2 + chance.below(20)];
    const packing = await emulatorOf(cols, rows);
    const plain = await emulatorOf(cols, rows);
    const printed = await emulatorOf(cols, rows);
    let packed = 0;
    for (let step = 0; step < 8; step++) {
      const bytes = Buffer.from(lines(chance, 100 + chance.below(700)));
      for (const emulator of [packing, plain])
        for (let at = 0; at < bytes.length; at += 4000) emulator.parse(bytes.subarray(at, at + 4000));
      printed.parse(Buffer.from(bytes.toString().replaceAll("\r\n", PRINTED_END)));
      for (let more = packing.packSome(); more > 0; more = packing.packSome()) packed += more;
      if (chance.below(3) === 0) {
        const size = [10 + chance.below(60), 2 + chance.below(40)] as const;
        for (const emulator of [packing, plain, printed]) emulator.resize(...size);
      }
      assertSame(packing, plain, `round ${round}, step ${step}`);
      assertSame(printed, plain, `round ${round}, step ${step}, printed`);
    }
    assert.ok(packed > 500, `${packed} rows were packed`);
  }
});

test("what has been looked at is packed again, and what is packed is not packed twice", async () => {
  const emulator = await emulatorOf(80, 10);
  emulator.parse(Buffer.from(`some text of a line${PRINTED_END}`.repeat(1500)));
  let first = 0;
  for (let more = emulator.packSome(); more > 0; more = emulator.packSome()) first += more;
  assert.ok(first >= 1024);
  assert.equal(emulator.packSome(), 0);
  assert.match(emulator.text(1400), /^some text of a line\n/);
  let again = 0;
  for (let more = emulator.packSome(); more > 0; more = emulator.packSome()) again += more;
  assert.ok(again >= 512, `${again} rows were packed again`);
});

test("a terminal's packed rows take a tenth of the memory", async () => {
  const emulator = await emulatorOf(120, 10);
  emulator.parse(Buffer.from(`${"x".repeat(119)}${PRINTED_END}`.repeat(SCROLLBACK + 10)));
  const before = emulator.packedBytes;
  let rows = 0;
  for (let more = emulator.packSome(); more > 0; more = emulator.packSome()) rows += more;
  const each = (emulator.packedBytes - before) / rows;
  assert.ok(each < 144, `${each} bytes a row, where it had ${120 * 12}`);
});

test("whole lines of a flood stay the bytes that they are, and nothing is left to pack", async () => {
  const emulator = await emulatorOf(80, 10);
  emulator.parse(Buffer.from("one \x1b[31mred\x1b[m line, caf\u00e9\r\n".repeat(1500)));
  assert.equal(emulator.packSome(), 0);
  assert.match(emulator.text(1400), /^one red line, café\none /);
  assert.equal(emulator.packSome(), 0, "what somebody has looked at is its bytes again");
});

test("a piece larger than any that a terminal gets is taken all the same", async () => {
  const emulator = await emulatorOf(80, 10);
  emulator.parse(Buffer.from("a line of the piece\r\n".repeat(20_000)));
  assert.match(emulator.text(1400), /^(a line of the piece\n){1399}a line of the piece$/);
});

test("a line that was written to after it had come as bytes keeps what was written", async () => {
  const emulator = await emulatorOf(80, 10);
  const edited = "the line\r\n\x1b[3A\x1b[4CX\x1b[3B\r";
  emulator.parse(Buffer.from(`${"begin\r\n".repeat(20)}${edited.repeat(1500)}`));
  const text = emulator.text(1400);
  assert.match(text, /^the Xine\nthe Xine\n/);
  for (let packed = 0; packed < 1000; ) {
    const more = emulator.packSome();
    assert.ok(more > 0);
    packed += more;
  }
  assert.equal(emulator.text(1400), text);
});

function assertSame(packing: Emulator, plain: Emulator, where: string): void {
  assert.deepEqual(packing.grid().words, plain.grid().words, where);
  const [a, b] = [packing.lines(false), plain.lines(false)];
  assert.equal(a.end - a.oldest, b.end - b.oldest, where);
  const [left, right] = [new Uint32Array(packing.cols * 4), new Uint32Array(packing.cols * 4)];
  for (let row = 0; row < a.end - a.oldest; row += 1) {
    a.readRow(a.oldest + row, left);
    b.readRow(b.oldest + row, right);
    assert.deepEqual(left, right, `${where}, row ${row}`);
    assert.equal(a.isWrapped(a.oldest + row), b.isWrapped(b.oldest + row), `${where}, row ${row} wraps`);
    assert.equal(a.text(a.oldest + row), b.text(b.oldest + row), `${where}, row ${row}`);
  }
}

function lines(chance: Chance, count: number): string {
  const words = [
    "plain",
    "日本語",
    "café",
    "e\u0301",
    "👩‍💻",
    "\x1b[31mred\x1b[0m",
    "\x1b[38;2;1;2;3;48;5;7mtrue\x1b[m",
    "\x1b[4:3;58;2;9;8;7mcurl\x1b[0m",
    "\x1b[1;7m!\x1b[m",
    "   ",
    "\x1b[44m\x1b[K\x1b[0m",
    "\x1b]8;;https://example.org/\x1b\\link\x1b]8;;\x1b\\",
  ];
  let text = "";
  for (let i = 0; i < count; i++) {
    for (let word = chance.below(12); word > 0; word--) text += `${chance.pick(words)} `;
    text += "\r\n";
  }
  return text;
}

function emulatorOf(cols: number, rows: number): Promise<Emulator> {
  const nothing = (): void => {};
  const said = { onAnswer: nothing, onTitle: nothing, onFolder: nothing };
  return createEmulator({
    cols,
    rows,
    scrollbackRows: SCROLLBACK,
    colours: () => ({ foreground: 0, background: 0 }),
    onBell: () => {},
    isDirect: true,
    ...said,
  });
}
