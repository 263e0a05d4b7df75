// Frames in, bytes out, read back by an emulator.

import assert from "node:assert/strict";
import test from "node:test";
import { CELL_WORDS, CONTINUATION, clusterText, emptyGrid, extraBits, glyphOf, RGB, WIDE } from "../../src/domain/cells.ts";
import { createCompositor } from "../../src/screen/compositor.ts";
import { type TerminalTraits, traitsOf } from "../../src/screen/terminal-traits.ts";
import { createWriter } from "../../src/screen/writer.ts";
import type { Box, Frame } from "../../src/ui/frame-types.ts";
import { graphemeWidth } from "../../src/ui/width.ts";
import { chanceOf } from "../support/chance.ts";
import { createOuterTerminal } from "../support/outer-terminal.ts";
import { frameOf, line, plainLayout, textBox } from "./frames.ts";

const MODERN = traitsOf({ TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "C.UTF-8" });

function painter(traits: TerminalTraits = MODERN, cols = 40, rows = 8) {
  const outer = createOuterTerminal(cols, rows);
  const compositor = createCompositor(plainLayout(), graphemeWidth);
  const writer = createWriter(traits);
  return {
    outer,
    writer,
    compose: (frame: Frame) => compositor.compose(frame, frame.cols, frame.rows),
    /** The bytes that were written for it. */
    async draw(frame: Frame): Promise<string> {
      const bytes = Buffer.from(writer.write(compositor.compose(frame, frame.cols, frame.rows)));
      await outer.write("\x1b[?7l");
      await outer.write(bytes);
      return bytes.toString("utf8");
    },
  };
}

test("text, colours and attributes arrive as they were meant", async () => {
  const { draw, outer } = painter();
  const style = { fg: RGB | 0x123456, bg: RGB | 0x654321, bold: true, italic: true, underline: true, strike: true };
  await draw(
    frameOf(40, 8, [
      textBox(
        "a",
        [2, 1, 20, 3],
        [
          [
            { text: "hello ", style },
            { text: "plain", style: {} },
          ],
        ],
        { fill: { bg: RGB | 0x111111 } },
      ),
    ]),
  );
  assert.equal(outer.lines()[1], "  hello plain         ".padEnd(22));
  assert.deepEqual(outer.cell(2, 1), {
    text: "h",
    width: 1,
    fg: "#123456",
    bg: "#654321",
    isBold: true,
    isDim: false,
    isItalic: true,
    isUnderline: true,
    isInverse: false,
    isStrike: true,
  });
  assert.equal(outer.cell(9, 1).isBold, false);
  assert.equal(outer.cell(9, 1).bg, "#111111", "what a span leaves open is the box's");
  assert.equal(outer.cell(20, 3).bg, "#111111");
  assert.equal(outer.cell(22, 3).bg, null);
});

test("nothing changed writes nothing, and the first frame needs no clear", async () => {
  const { draw } = painter();
  const frame = () =>
    frameOf(40, 8, [textBox("a", [0, 0, 40, 8], [line("one"), line("two 你好")])], { cursor: { x: 1, y: 1, shape: "bar" }, title: "t" });
  const first = await draw(frame());
  assert.match(first, /^\x1b\[\?2026h\x1b\[\?25l/);
  assert.doesNotMatch(first, /\x1b\[\d?J/);
  assert.ok(first.endsWith("\x1b[?2026l"));
  assert.equal(await draw(frame()), "");
});

test("one changed line costs its change, one moved cursor a move", async () => {
  const { draw, outer } = painter();
  const frame = (text: string, x: number) =>
    frameOf(40, 8, [textBox("a", [0, 0, 40, 8], [line("one"), line(text)])], { cursor: { x, y: 3, shape: "block" } });
  await draw(frame("two is here", 0));
  assert.ok((await draw(frame("two is gone", 0))).length <= 64);
  assert.equal(await draw(frame("two is gone", 7)), "\x1b[7C");
  assert.equal(outer.lines()[1], "two is gone");
  assert.deepEqual(outer.cursor(), { x: 7, y: 3 });
});

test("a resized or forgotten screen is written whole inside one synchronized block, without a clear", async () => {
  const { draw, writer, outer } = painter();
  const frame = frameOf(40, 8, [textBox("a", [0, 0, 40, 8], [line("one")])]);
  await draw(frame);
  writer.forget();
  await outer.write("\x1b[2;3Hgarbage of another program\x1b[5;1Hmore");
  const bytes = await draw(frame);
  assert.doesNotMatch(bytes, /\x1b\[\d?J/);
  assert.equal(bytes.split("\x1b[?2026h").length, 2);
  assert.equal(outer.text().trimEnd(), "one");
});

test("wide characters are cut at a box's edge and under another box to a space", async () => {
  const { draw, outer } = painter();
  await draw(
    frameOf(40, 8, [
      textBox("under", [0, 0, 7, 2], [line("你好你好你"), line("a你好你")]),
      textBox("over", [1, 0, 2, 1], [line("XX")], { z: 1 }),
    ]),
  );
  assert.deepEqual(outer.lines().slice(0, 2), [" XX 你", "a你好你"]);
  await draw(frameOf(40, 8, [textBox("under", [0, 0, 7, 2], [line("你好你好你"), line("a你好你")])]));
  assert.equal(outer.lines()[0], "你好你");
});

test("a program's rows are shown from their offset, cut, and filled where the grid ends", async () => {
  const { draw, outer } = painter();
  const grid = emptyGrid(6, 3);
  const put = (x: number, y: number, text: string, width: 1 | 2) => {
    const at = (y * grid.cols + x) * CELL_WORDS;
    grid.words[at] = (glyphOf(text) | (width === 2 ? WIDE : 0)) >>> 0;
    if (width === 2) grid.words[at + CELL_WORDS] = CONTINUATION;
  };
  put(0, 1, "你", 2);
  put(2, 1, "b", 1);
  put(5, 2, "z", 1);
  const box = (left: number): Box => ({
    id: "t",
    rect: { x: 1, y: 0, width: 8, height: 4 },
    z: 0,
    fill: { bg: RGB | 0x222222 },
    content: { type: "cells", grid, top: 1, left },
  });
  await draw(frameOf(40, 8, [box(0)]));
  assert.deepEqual(
    outer
      .lines()
      .slice(0, 3)
      .map((row) => row.trimEnd()),
    [" 你b", "      z", ""],
  );
  assert.equal(outer.cell(8, 3).bg, "#222222");
  await draw(frameOf(40, 8, [box(1)]));
  assert.equal(outer.lines()[0]?.trimEnd(), "  b", "half of a wide cell is a space");
  put(3, 1, "c", 1); // changed in place, the frame's objects are the same
  await draw(frameOf(40, 8, [box(1)]));
  assert.equal(outer.lines()[0]?.trimEnd(), "  bc");
});

test("no control, bidi or zero-width character of any content reaches the terminal", async () => {
  const hostile = [
    "\x1b",
    "\x07",
    "\n",
    "\r",
    "\x7f",
    "\x9b",
    "\x9d",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u200f",
    "\ufeff",
    "\u{e0041}",
    "\u0301",
    "\u2028",
    "\u061c",
  ];
  const { draw, outer } = painter(MODERN, 40, 4);
  const grid = emptyGrid(40, 2);
  hostile.forEach((char, index) => {
    grid.words[index * CELL_WORDS] = char.codePointAt(0) ?? 0;
    grid.words[(40 + index * 2) * CELL_WORDS] = glyphOf(`a${char}`);
  });
  const text = `${hostile.join("x")}end`;
  const bytes = await draw(
    frameOf(
      40,
      4,
      [
        { id: "grid", rect: { x: 0, y: 0, width: 40, height: 2 }, z: 0, fill: {}, content: { type: "cells", grid, top: 0, left: 0 } },
        textBox("text", [0, 2, 40, 2], [[{ text, style: {}, link: "https://example.org/\x1b\\\x1b]52;c;AAAA\x07" }]]),
      ],
      { title: "a\x1b]52;c;AAAA\x07b\u202e" },
    ),
  );
  // Only our own sequences: CSI, OSC 2 and OSC 8, and the row's own line ends.
  const content = bytes
    .replace(/\x1b\[[?\d;: ]*[A-Za-z]/g, "")
    .replace(/\x1b\](2|8);[^\x1b\x07]*\x1b\\/g, "")
    .replace(/\r\n/g, "");
  assert.doesNotMatch(content, /[\p{Cc}\p{Cf}\u2028]/u);
  assert.doesNotMatch(bytes, /\x1b\]52|example/);
  assert.deepEqual(outer.copied(), []);
  assert.match(outer.lines()[2] ?? "", /end/);
});

test("clusters whose width terminals disagree on leave their neighbours in place", async () => {
  const { draw, outer } = painter();
  const texts = ["👩‍👩‍👧|", "❤️|⚠️|✅|1️⃣|", "🇩🇪|🏴󠁧󠁢󠁥󠁮󠁧󠁿|", "é|ño|नमस्ते|"];
  await draw(
    frameOf(40, 8, [
      textBox(
        "a",
        [0, 0, 40, 8],
        texts.map((text) => line(text)),
      ),
    ]),
  );
  for (const [y, text] of texts.entries()) {
    let x = 0;
    for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
      if (segment === "|") assert.equal(outer.cell(x, y).text, "|", `${text} at ${x}`);
      x += graphemeWidth(segment);
    }
  }
  // A terminal that takes them for narrower than we do still gets each bar at its column.
  const bytes = await painter().draw(frameOf(40, 8, [textBox("a", [0, 0, 40, 8], [line("❤️|")])]));
  assert.match(bytes, /❤️\x1b\[3G\|/);
});

test("a vowel sign that goes takes its letter along: a terminal may have put both into one cell", async () => {
  const { draw, outer } = painter();
  const grid = emptyGrid(6, 1);
  const frame = (text: string) => {
    for (const [x, char] of [...text].entries()) grid.words[x * CELL_WORDS] = char.codePointAt(0) ?? 0;
    const rect = { x: 0, y: 0, width: 6, height: 1 };
    return frameOf(40, 8, [{ id: "g", rect, z: 0, fill: {}, content: { type: "cells", grid, top: 0, left: 0 } }]);
  };
  assert.match(await draw(frame("हिन्दी")), /हि\x1b\[3G/);
  const changed = await draw(frame("हxन्दी"));
  assert.match(changed, /हx/);
  assert.match(outer.lines()[0] ?? "", /^हx/);
  assert.match(await draw(frame("हिन्दी")), /हि\x1b\[3G/);
});

test("links are written for four schemes only, and closed", async () => {
  const { draw } = painter();
  const frame = (link: string) =>
    frameOf(40, 8, [
      textBox(
        "a",
        [0, 0, 40, 1],
        [
          [
            { text: "here", style: {}, link },
            { text: " after", style: {} },
          ],
        ],
      ),
    ]);
  const bytes = await draw(frame("https://example.org/ü?q=1"));
  assert.match(bytes, /\x1b\]8;id=\d+;https:\/\/example\.org\/%C3%BC\?q=1\x1b\\here\x1b\]8;;\x1b\\ after/);
  assert.doesNotMatch(await draw(frame("javascript:alert(1)")), /javascript/);
});

test("a terminal with fewer colours gets the nearest, and text never takes its background's", async () => {
  const style = { fg: RGB | 0xff8700, bg: RGB | 0x101010 };
  const frame = (over: object = style) => frameOf(40, 8, [textBox("a", [0, 0, 40, 8], [line("x", over)])]);
  const sgr = async (env: Record<string, string>, over?: object) =>
    /\x1b\[([\d;]*)mx/.exec(await painter(traitsOf({ LANG: "C.UTF-8", ...env })).draw(frame(over)))?.[1];
  assert.equal(await sgr({ TERM: "xterm-256color", COLORTERM: "truecolor" }), "38;2;255;135;0;48;2;16;16;16");
  assert.equal(await sgr({ TERM: "xterm-256color" }), "38;5;208;48;5;233");
  assert.equal(await sgr({ TERM: "xterm" }), "33;40");
  assert.equal(await sgr({ TERM: "xterm-256color", COLORTERM: "truecolor", NO_COLOR: "1" }, { ...style, bold: true }), "1");
  assert.equal(await sgr({ TERM: "xterm" }, { fg: RGB | 0x111111, bg: RGB | 0x151515 }), "97;40");
  assert.equal(traitsOf({ TERM: "xterm-256color", NO_COLOR: "" }).depth, "256", "an empty NO_COLOR counts as none");
});

test("without UTF-8 everything is ASCII and keeps its columns", async () => {
  const { draw, outer } = painter(traitsOf({ TERM: "xterm", LC_ALL: "C", LANG: "en_US.UTF-8" }));
  const bytes = await draw(frameOf(40, 8, [textBox("a", [0, 0, 40, 8], [line("● é │─┐ 你|"), line("▓▓░ ◆ ✗…")])]));
  assert.match(bytes, /^[\x00-\x7e]*$/);
  assert.deepEqual(outer.lines().slice(0, 2), ["* e |-+ ??|", "##: ! x~"]);
});

test("curly and coloured underlines go to terminals that are known for them, plain ones to the rest", async () => {
  const grid = emptyGrid(4, 1);
  grid.words[0] = 0x61;
  grid.words[3] = ((3 << 3) | extraBits(RGB | 0xff0000, "")) >>> 0;
  const frame = frameOf(40, 8, [
    { id: "g", rect: { x: 0, y: 0, width: 4, height: 1 }, z: 0, fill: {}, content: { type: "cells", grid, top: 0, left: 0 } },
  ]);
  assert.match(await painter().draw(frame), /\x1b\[4:3;58:2::255:0:0ma/);
  assert.match(await painter(traitsOf({ TERM: "xterm-256color", LANG: "C.UTF-8" })).draw(frame), /\x1b\[4ma/);
});

test("whatever frames follow each other, the terminal shows the last one", async () => {
  const random = chanceOf(11).below;
  const pieces = ["a", "bc", " ", "    ", "你", "好", "é", "│", "─", "❤️", "👩‍👩‍👧", "✅", "▓", "\u00e9\u0301", "long words here "];
  for (const [cols, rows] of [
    [30, 6],
    [17, 9],
  ] as const) {
    const { draw, outer, compose } = painter(MODERN, cols, rows);
    const textLine = () =>
      Array.from({ length: random(6) }, () => ({
        text: Array.from({ length: random(5) }, () => pieces[random(pieces.length)] ?? "").join(""),
        style: random(2) ? {} : { fg: random(2) ? RGB | random(0xffffff) : 0, bold: random(2) === 0, inverse: random(4) === 0 },
      }));
    for (let round = 0; round < 120; round += 1) {
      const boxes = Array.from({ length: 1 + random(3) }, (_, index) =>
        textBox(
          `${index}`,
          index === 0 ? [0, 0, cols, rows] : [random(cols), random(rows), random(12), random(4)],
          Array.from({ length: rows }, textLine),
          { z: index, fill: random(3) ? {} : { bg: RGB | random(0xffffff) } },
        ),
      );
      const frame = frameOf(cols, rows, boxes, { cursor: random(3) ? { x: random(cols), y: random(rows), shape: "block" } : null });
      await draw(frame);
      const { words } = compose(frame);
      for (let at = 0; at < cols * rows; at += 1) {
        const [x, y] = [at % cols, Math.floor(at / cols)];
        const [glyph = 0, , bg = 0, style = 0] = words.subarray(at * CELL_WORDS, at * CELL_WORDS + CELL_WORDS);
        if (glyph === CONTINUATION) continue;
        const shown = outer.cell(x, y);
        const where = `round ${round} at ${x},${y}\n${outer.text()}`;
        assert.equal(shown.text || " ", clusterText((glyph & ~WIDE) >>> 0) || " ", where);
        assert.equal(shown.bg, bg === 0 ? null : `#${(bg & 0xffffff).toString(16).padStart(6, "0")}`, where);
        assert.equal(shown.isInverse, (style & 128) !== 0, where);
      }
      if (frame.cursor !== null) assert.deepEqual(outer.cursor(), { x: frame.cursor.x, y: frame.cursor.y });
    }
  }
});
