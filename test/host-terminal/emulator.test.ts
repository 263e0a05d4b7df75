// The emulator behind its guard: cells, answers, differences, and what hostile bytes cannot do.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BOLD,
  CELL_WORDS,
  CONTINUATION,
  clusterText,
  emptyGrid,
  extraOf,
  INVERSE,
  ITALIC,
  PALETTE,
  RGB,
  UNDERLINE_MASK,
  UNDERLINE_SHIFT,
  WIDE,
} from "../../src/domain/cells.ts";
import { applyRows, decodeRows, encodeRows } from "../../src/domain/rows.ts";
import { EmulatorGuard, PIECE_BYTES_MAX } from "../../src/host/emulator-guard.ts";
import { cellWidth } from "../../src/host/terminal-width.ts";
import { chanceOf } from "../support/chance.ts";
import { cellAt, makeEmulator } from "./emulator-ground.ts";

test("text, colours, styles and links become cells", async () => {
  const { emulator, feed } = await makeEmulator();
  assert.equal(emulator.isDirect, true, "the insides of the pinned version are as expected");
  feed(
    "a\x1b[1;3;7;38;5;200;48;2;1;2;3mb\x1b[0m\x1b[4:3;58;2;9;8;7mc\x1b[0;31;92md\x1b[0m\x1b]8;;https://example.org/\x1b\\e\x1b]8;;\x1b\\f",
  );
  const grid = emulator.grid();
  assert.deepEqual(cellAt(grid, 0, 0), { text: "a", glyph: 97, fg: 0, bg: 0, style: 0 });
  assert.deepEqual(cellAt(grid, 1, 0), { text: "b", glyph: 98, fg: PALETTE | 200, bg: RGB | 0x010203, style: BOLD | ITALIC | INVERSE });
  const curly = cellAt(grid, 2, 0);
  assert.equal((curly.style & UNDERLINE_MASK) >> UNDERLINE_SHIFT, 3);
  assert.equal(extraOf(curly.style).underline, RGB | 0x090807);
  assert.equal(cellAt(grid, 3, 0).fg, PALETTE | 10);
  assert.equal(extraOf(cellAt(grid, 4, 0).style).link, "https://example.org/");
  assert.equal(cellAt(grid, 4, 0).style & UNDERLINE_MASK, 0);
  assert.equal(cellAt(grid, 5, 0).style, 0);
});

test("the public way shows the same text and colours", async () => {
  const direct = await makeEmulator();
  const open = await makeEmulator(20, 5, false);
  for (const { feed } of [direct, open]) feed("plain \x1b[1;32;44mgreen\x1b[0m 漢字\r\n\x1b[38;2;9;9;9m\x1b[4mx");
  await open.emulator.settled();
  assert.deepEqual(open.emulator.grid().words, direct.emulator.grid().words);
});

test("a character is whole wherever its bytes are cut", async () => {
  const text = "a\u2013b \u201cq\u201d \u2026 👩‍💻 é क्षि ❤️ \u2022";
  const bytes = Buffer.from(text);
  const { emulator, feed } = await makeEmulator(40);
  feed(text);
  for (let cut = 1; cut < bytes.length; cut++) {
    const pieces = await makeEmulator(40);
    pieces.feed(bytes.subarray(0, cut));
    pieces.feed(bytes.subarray(cut));
    assert.deepEqual(pieces.emulator.grid().words, emulator.grid().words, `cut at ${cut}`);
  }
});

test("wide, joined and combining characters fill the cells that today's Unicode says", async () => {
  const { emulator, feed } = await makeEmulator(40);
  feed("漢|e\u0301|👩‍💻|🇩🇪|❤️|✅|👍🏽|한|\u200bz");
  const grid = emulator.grid();
  const found: string[] = [];
  for (let x = 0; x < 26; x++) {
    const { text, glyph } = cellAt(grid, x, 0);
    if (glyph !== CONTINUATION && text !== "") found.push(`${text}${glyph & WIDE ? 2 : 1}`);
  }
  assert.deepEqual(found, [
    "漢2",
    "|1",
    "e\u03011",
    "|1",
    "👩‍💻2",
    "|1",
    "🇩🇪2",
    "|1",
    "❤️2",
    "|1",
    "✅2",
    "|1",
    "👍🏽2",
    "|1",
    "한2",
    "|\u200b1",
    "z1",
  ]);
  assert.deepEqual(
    [cellWidth(0x41), cellWidth(0x6f22), cellWidth(0x301), cellWidth(0x1f600), cellWidth(0xad), cellWidth(7)],
    [1, 2, 0, 2, 1, 0],
  );
});

test("thousands of marks on one letter do not grow a cell without end", async () => {
  const { emulator, feed } = await makeEmulator();
  feed(`a${"\u0301".repeat(50_000)}`);
  const grid = emulator.grid();
  for (let i = 0; i < grid.words.length; i += CELL_WORDS) assert.ok(clusterText(grid.words[i] ?? 0).length <= 64);
});

test("questions are answered, the clipboard is not", async () => {
  const { answers, feed, folders, titles } = await makeEmulator();
  feed("\x1b[c\x1b[6n\x1b]11;?\x07\x1b[>q\x1b[18t\x1b[?2004$p\x1bP+q544e\x1b\\");
  assert.deepEqual(answers, [
    "\x1b[?1;2c",
    "\x1b[1;1R",
    "\x1b]11;rgb:0000/0000/0000\x1b\\",
    "\x1bP>|Interpane\x1b\\",
    "\x1b[8;5;20t",
    "\x1b[?2004;2$y",
    "\x1bP1+r544e=787465726D2D323536636F6C6F72\x1b\\",
  ]);
  answers.length = 0;
  feed("\x1b]52;c;?\x07\x1b]52;c;aGk=\x07\x1b]0;ti\u202etle\x07\x1b]7;file://host/tmp/a%20b\x07\x1b]7;file://h/%0a\x07\x1b[21t");
  assert.deepEqual([answers, titles, folders], [[], ["title"], ["/tmp/a b"]]);
});

test("marks come out in order and only whole ones", async () => {
  const { marks, feed, emulator } = await makeEmulator();
  for (const byte of Buffer.from("x\x1b]133;C;n\x07y\x1b]133;D;0;n;/a\x1b\\z\x1b]133;A\x18w")) feed(Uint8Array.of(byte));
  assert.deepEqual(marks, ["C;n", "D;0;n;/a"]);
  assert.equal(emulator.text(1), "xyzw");
});

test("differences name the rows that changed, and applied to a copy they give the same screen", async () => {
  const { emulator, feed } = await makeEmulator(30, 8);
  const copy = emptyGrid(30, 8);
  let version = 0;
  const sync = (): number => {
    const update = emulator.changesSince("t", version);
    if (update === null) return 0;
    const decoded = decodeRows(encodeRows(update));
    assert.ok(decoded.ok);
    assert.equal(applyRows(copy, decoded), true);
    version = update.version;
    assert.deepEqual(copy.words, emulator.grid().words);
    assert.deepEqual(copy.cursor, emulator.grid().cursor);
    return update.changed.length;
  };
  assert.equal(sync(), 8);
  assert.equal(sync(), 0);
  feed("hello");
  assert.equal(sync(), 1);
  feed("\x1b[5;1Hthere\x1b[?25l\x1b[4 q");
  assert.equal(sync(), 1);
  assert.deepEqual([copy.cursor.isVisible, copy.cursor.shape], [false, "underline"]);
  feed("\r\n".repeat(10));
  sync();
  emulator.resize(50, 4);
  assert.equal(sync(), 4);
  assert.equal(copy.cols, 50);
  feed("\x1b[?1049hfull");
  assert.equal(emulator.changesSince("t", version)?.isAlternate, true);
});

test("text joins wrapped lines and reflows with the width", async () => {
  const { emulator, feed } = await makeEmulator(10, 4);
  feed(`first\r\n${"0123456789".repeat(2)}ab\r\nlast`);
  assert.equal(emulator.text(2), "01234567890123456789ab\nlast");
  emulator.resize(40, 4);
  assert.equal(emulator.text(9), "first\n01234567890123456789ab\nlast");
});

test("the guard changes nothing that is harmless, however the bytes are cut", async () => {
  const harmless = Buffer.from(
    "plain \x1b[1;31mred\x1b[0m ü€漢👍\r\n\x1b]0;title\x07\x1b]8;;http://x/\x1b\\l\x1b]8;;\x1b\\\x1bP$qm\x1b\\\x1b(B\x1b7\x1b8\x1b[?1049h\x1b[?1049l\x1b[10;20H\x1b[1\n0Cend",
  );
  for (let size = 1; size < 20; size++) {
    const guard = new EmulatorGuard(80, 24);
    const out: Uint8Array[] = [];
    for (let at = 0; at < harmless.length; at += size) {
      for (const piece of guard.push(Buffer.from(harmless.subarray(at, at + size))))
        if (piece.type === "bytes") out.push(Buffer.from(piece.bytes));
    }
    assert.deepEqual(Buffer.concat(out), harmless, `cut every ${size}`);
  }
});

test("numbers are clamped, C1 controls blanked, endless strings and sequences dropped, pieces kept small", () => {
  const guard = new EmulatorGuard(80, 24);
  const through = (text: string): string =>
    Buffer.concat(
      guard.push(Buffer.from(text)).map((piece) => (piece.type === "bytes" ? Buffer.from(piece.bytes) : Buffer.from(""))),
    ).toString("utf8");
  assert.equal(through("\x1b[2147483647S\x1b[999999999b\x1b[70L"), "\x1b[0000000080S\x1b[000000080b\x1b[70L");
  assert.equal(through("\x1b[123456;7H\x1b[38;2;1;2;300000m"), "\x1b[009999;7H\x1b[38;2;1;2;009999m");
  // The emulator leaves out DEL and what is no UTF-8, so that digits around them are one number.
  const raw = Buffer.from("\x1b[9\x7f9\x009\xc39\xff9999I", "latin1");
  const [piece] = guard.push(Uint8Array.from(raw));
  assert.ok(piece?.type === "bytes");
  assert.equal(
    Buffer.from(piece.bytes)
      .toString("latin1")
      .replace(/[^\x20-\x7e\x1b]/g, ""),
    "\x1b[00000080I",
  );
  assert.equal(through("a\u009b5Sb\u009d0;x\u009cc"), "a\0\x005Sb\0\x000;x\0\0c");
  const cut = [Uint8Array.of(0xc2), Uint8Array.of(0x9b, 0x41)].flatMap((bytes) => guard.push(bytes));
  assert.deepEqual(
    cut.map((piece) => (piece.type === "bytes" ? [...piece.bytes] : [])),
    [[0xc2], [0, 0x41]],
  );
  const long = through(`\x1b]0;${"x".repeat(200_000)}\x07after`);
  assert.ok(long.length < 70_000 && long.endsWith("\x18after"));
  assert.equal(through(`\x1b[${"1;".repeat(5000)}mafter`), "after");
  for (const piece of guard.push(Buffer.alloc(100_000, "x"))) assert.ok(piece.type === "bytes" && piece.bytes.length <= PIECE_BYTES_MAX);
  assert.ok(guard.push(Buffer.from("\x1b[80S".repeat(500))).length > 10, "much work is cut into more pieces");
});

test("hostile sequences do not stall: each piece is short work", async () => {
  const { emulator } = await makeEmulator(120, 40);
  const guard = new EmulatorGuard(120, 40);
  const attacks = [
    ...[..."SLTMIZb@PX"].map((final) => `x\x1b[2147483647${final}`.repeat(300)),
    `\x1b]8;;http://x/\x1b\\${"link\r\n".repeat(3000)}`,
    `\x1b]8;id=${"a".repeat(1000)};http://y\x1b\\z`.repeat(50),
    "\x1bP$q".repeat(3000),
    "\x1b[?1049h\x1b[?1049l".repeat(500),
    "\x1b#8".repeat(500),
    "\x1bc".repeat(100),
  ];
  let pieces = 0;
  const startedAt = performance.now();
  for (const attack of attacks) {
    for (const piece of guard.push(Buffer.from(attack))) {
      if (piece.type !== "bytes") continue;
      emulator.parse(piece.bytes);
      pieces++;
    }
  }
  // Unguarded, the first of these alone takes eight seconds.
  assert.ok((performance.now() - startedAt) / pieces < 100, "a piece takes milliseconds");
  emulator.parse(Buffer.from("\x1bcalive"));
  assert.equal(emulator.text(1), "alive");
});

test("what the guard takes out still ends the sequence before it, so that nothing of that goes on behind", async () => {
  const { feed, emulator } = await makeEmulator();
  const tooLong = `\x1b[${"1;".repeat(3000)}m`;
  for (const takenOut of [tooLong, "\x1b]133;A\x07"]) {
    for (const open of ["\x1b[9999999999", "\x1b]2;a title", "\x1bPq", "\x1b"]) {
      feed("\x1bc");
      for (const byte of Buffer.from(`${open}${takenOut}Ix`)) feed(Uint8Array.of(byte));
      assert.equal(emulator.text(1), "Ix", JSON.stringify(`${open}${takenOut}`.slice(0, 30)));
    }
  }
});

test("random bytes harm nothing", async () => {
  const { emulator, feed } = await makeEmulator(40, 10);
  const { below } = chanceOf(12345);
  const spice = [
    "\x1b[",
    "\x1b]",
    "\x1bP",
    "\x1b_",
    ";",
    "999999",
    "\x07",
    "\x1b\\",
    "漢",
    "\u009b",
    "m",
    "H",
    "J",
    "\x1b[?1049h",
    "\u200d",
    "👩",
    "I",
    "b",
    "\x7f",
    "\x1b]133;A\x07",
    `\x1b[${"1;".repeat(200)}m`,
  ];
  for (let round = 0; round < 300; round++) {
    const parts: Buffer[] = [];
    for (let i = 0; i < 60; i++)
      parts.push(below(2) === 0 ? Buffer.from(spice[below(spice.length)] ?? "") : Buffer.from([below(256), below(256)]));
    feed(Buffer.concat(parts));
    const update = emulator.changesSince("t", 0);
    assert.ok(update !== null);
    const decoded = decodeRows(encodeRows(update));
    assert.ok(decoded.ok, decoded.ok ? "" : decoded.problem);
  }
});

test("erasing up to the last cell of the last line erases, and resets nothing", async () => {
  const { emulator, feed } = await makeEmulator(6, 2);
  feed("old\r\nlonger\x1b[1J");
  assert.equal(emulator.text(5), "");
  feed("\x1b[Hx");
  assert.equal(emulator.text(5), "x");
});
