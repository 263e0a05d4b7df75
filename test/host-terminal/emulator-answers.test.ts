// What programs ask of their terminal and are told, and what they ask for of the keyboard, the focus and the bell.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cursorShapes } from "../../src/domain/cells.ts";
import { makeEmulator } from "./emulator-ground.ts";

async function answersTo(data: string): Promise<string[]> {
  const { feed, answers } = await makeEmulator();
  feed(data);
  return answers;
}

test("who it is, is answered: DA1, DA2, DA3, XTVERSION", async () => {
  assert.deepEqual(await answersTo("\x1b[c\x1b[0c\x1b[>c\x1b[>0c\x1b[=c\x1b[>0q\x1b[>1c"), [
    "\x1b[?1;2c",
    "\x1b[?1;2c",
    "\x1b[>41;377;0c",
    "\x1b[>41;377;0c",
    "\x1bP!|00000000\x1b\\",
    "\x1bP>|Interpane\x1b\\",
  ]);
});

test("how it is, is answered: DSR, modes, sizes in cells and in pixels that divide by them", async () => {
  assert.deepEqual(
    await answersTo(
      "\x1b[5n\x1b[2;3H\x1b[6n\x1b[?6n\x1b[?1004h\x1b[?2026$p\x1b[?1004$p\x1b[?25$p\x1b[4$p\x1b[?9999$p\x1b[14t\x1b[16t\x1b[18t",
    ),
    [
      "\x1b[0n",
      "\x1b[2;3R",
      "\x1b[?2;3R",
      "\x1b[?2026;2$y",
      "\x1b[?1004;1$y",
      "\x1b[?25;1$y",
      "\x1b[4;2$y",
      "\x1b[?9999;0$y",
      "\x1b[4;80;160t",
      "\x1b[6;16;8t",
      "\x1b[8;5;20t",
    ],
  );
});

test("colours are answered: the text's, the ground's, the palette's, several in one question; setting one answers nothing", async () => {
  assert.deepEqual(
    await answersTo("\x1b]10;?\x07\x1b]11;?\x1b\\\x1b]12;?\x07\x1b]10;?;?\x07\x1b]4;1;?;231;?;300;?;x;?\x07\x1b]4;1;#ff0000\x07"),
    [
      "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
      "\x1b]11;rgb:0000/0000/0000\x1b\\",
      "\x1b]12;rgb:ffff/ffff/ffff\x1b\\",
      "\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
      "\x1b]11;rgb:0000/0000/0000\x1b\\",
      "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",
      "\x1b]4;231;rgb:ffff/ffff/ffff\x1b\\",
    ],
  );
  assert.deepEqual(await answersTo("\x1b[?996n"), ["\x1b[?997;1n"]);
});

test("capabilities are answered one by one, unknown ones as unknown", async () => {
  const hex = (text: string): string => Buffer.from(text).toString("hex");
  assert.deepEqual(await answersTo(`\x1bP+q${hex("Co")};${hex("Tc")};${hex("nope")};zz\x1b\\`), [
    `\x1bP1+r${hex("Co")}=323536\x1b\\\x1bP1+r${hex("Tc")}\x1b\\\x1bP0+r${hex("nope")}\x1b\\\x1bP0+r\x1b\\`,
  ]);
});

test("the style, the region and the cursor's shape of the moment are answered (DECRQSS)", async () => {
  const ask = "\x1bP$qm\x1b\\";
  assert.deepEqual(await answersTo(`${ask}\x1b[1;3;31;48;2;1;2;3m${ask}\x1b[0;4:3;58;5;9;97;101m${ask}\x1b[0;4;9;38;5;200m${ask}`), [
    "\x1bP1$r0m\x1b\\",
    "\x1bP1$r0;1;3;31;48:2::1:2:3m\x1b\\",
    "\x1bP1$r0;4:3;97;58:5:9;101m\x1b\\",
    "\x1bP1$r0;9;4;38:5:200m\x1b\\",
  ]);
  assert.deepEqual(await answersTo("\x1b[2;4r\x1bP$qr\x1b\\\x1b[5 q\x1bP$q q\x1b\\\x1bP$qnope\x1b\\"), [
    "\x1bP1$r2;4r\x1b\\",
    "\x1bP1$r5 q\x1b\\",
    "\x1bP0$r\x1b\\",
  ]);
});

test("kitty's flags are pushed, set, popped and told, each screen has its own, and what cannot be honoured is not promised", async () => {
  const { feed, answers, emulator } = await makeEmulator();
  const asked = (data: string): string[] => {
    answers.length = 0;
    feed(`${data}\x1b[?u`);
    return [...answers];
  };
  assert.deepEqual(asked(""), ["\x1b[?0u"]);
  assert.deepEqual(asked("\x1b[>1u"), ["\x1b[?1u"]);
  // 2 (releases) and 4 (other layouts' keys) do not come from a screen.
  assert.deepEqual(asked("\x1b[>31u"), ["\x1b[?25u"]);
  assert.deepEqual(asked("\x1b[=8;3u"), ["\x1b[?17u"]);
  assert.deepEqual(asked("\x1b[=8;2u"), ["\x1b[?25u"]);
  assert.deepEqual(asked("\x1b[?1049h"), ["\x1b[?0u"]);
  assert.deepEqual(asked("\x1b[=1u"), ["\x1b[?1u"]);
  assert.deepEqual(asked("\x1b[?1049l"), ["\x1b[?25u"]);
  assert.deepEqual(asked("\x1b[<u"), ["\x1b[?1u"]);
  assert.deepEqual(asked("\x1b[<9u"), ["\x1b[?0u"]);
  for (let i = 0; i < 1000; i++) feed("\x1b[>1u");
  assert.deepEqual(asked("\x1b[<9999u"), ["\x1b[?0u"]);
  feed("\x1b[>1u");
  emulator.resetWishes();
  assert.deepEqual(asked(""), ["\x1b[?0u"]);
  assert.deepEqual(asked("\x1b[>1u\x1bc"), ["\x1b[?0u"]);
});

test("modifyOtherKeys is switched, told and forgotten", async () => {
  const { feed, answers, emulator } = await makeEmulator();
  const modes: number[] = [];
  for (const data of ["", "\x1b[>4;2m", "\x1b[>4;1m", "\x1b[>4m", "\x1b[>4;2m\x1b[>4n", "\x1b[>4;2m\x1bc"]) {
    feed(`${data}\x1b[?4m`);
    modes.push(emulator.wishes.keys.otherKeys);
  }
  assert.deepEqual(modes, [0, 2, 1, 0, 0, 0]);
  assert.deepEqual(
    answers,
    modes.map((mode) => `\x1b[>4;${mode}m`),
  );
});

test("the cursor keys' mode, focus events and the mouse are known as the program asked for them", async () => {
  const { feed, emulator } = await makeEmulator();
  feed("\x1b[?1h\x1b[?1004h\x1b[?1002h\x1b[?1006h\x1b[?2004h");
  const { keys, hasFocusEvents, mouse, mouseEncoding, isBracketed } = emulator.wishes;
  assert.deepEqual([keys.hasArrowMode, hasFocusEvents, mouse, mouseEncoding, isBracketed], [true, true, "drag", "SGR", true]);
  feed("\x1b=");
  assert.equal(emulator.wishes.keys.hasKeypadMode, true);
  feed("\x1b>");
  assert.equal(emulator.wishes.keys.hasKeypadMode, false);
});

test("the cursor's shape is what the program asked for, blinking or not, and the terminal's own where it asked for none", async () => {
  const { feed, emulator, answers } = await makeEmulator();
  const shapes = ["", "\x1b[1 q", "\x1b[2 q", "\x1b[3 q", "\x1b[4 q", "\x1b[5 q", "\x1b[6 q", "\x1b[0 q", "\x1b[6 q\x1bc"].map((data) => {
    feed(`${data}\x1bP$q q\x1b\\`);
    emulator.refresh();
    return emulator.grid().cursor.shape;
  });
  assert.deepEqual(shapes, [...cursorShapes, "default", "default"]);
  assert.deepEqual(
    answers,
    [0, 1, 2, 3, 4, 5, 6, 0, 0].map((shape) => `\x1bP1$r${shape} q\x1b\\`),
  );
});

test("a program that asked is told its new size (2048) and another colour scheme (2031), and no other one", async () => {
  let background = 0;
  const { feed, emulator, answers } = await makeEmulator(20, 5, true, undefined, () => ({ foreground: 0x808080, background }));
  const told = (change: () => void): string[] => {
    answers.length = 0;
    change();
    return [...answers];
  };
  const resize = (cols: number) => () => {
    emulator.resize(cols, 5);
    emulator.tellSize();
  };
  const recolour = (next: number) => () => {
    background = next;
    emulator.tellColours();
  };
  assert.deepEqual(told(resize(30)), []);
  assert.deepEqual(told(recolour(0xffffff)), []);
  assert.deepEqual(
    told(() => feed("\x1b[?2031$p\x1b[?2048$p\x1b[?2031;2048h\x1b[?2031$p\x1b[?2048$p\x1b[?2048h")),
    ["\x1b[?2031;2$y", "\x1b[?2048;2$y", "\x1b[48;5;30;80;240t", "\x1b[?2031;1$y", "\x1b[?2048;1$y"],
  );
  assert.deepEqual(told(resize(40)), ["\x1b[48;5;40;80;320t"]);
  assert.deepEqual(told(recolour(0x202020)), ["\x1b[?997;1n"]);
  assert.deepEqual(told(recolour(0x101010)), [], "still dark");
  assert.deepEqual(told(recolour(0xf0f0f0)), ["\x1b[?997;2n"]);
  feed("\x1b[?2048l");
  assert.deepEqual(told(resize(50)), []);
  emulator.resetWishes();
  assert.deepEqual(told(recolour(0)), []);
  feed("\x1b[?2048h\x1bc");
  assert.deepEqual(told(resize(60)), []);
});

test("a bell is heard", async () => {
  const { feed, bells } = await makeEmulator();
  feed("a\x07b\x1b]0;title\x07");
  assert.deepEqual(bells, ["bell"]);
});

test("a program's frame is seen whole: nothing of it before its end, all of it after", async () => {
  const { feed, emulator } = await makeEmulator(20, 5, true, () => 0);
  feed("old");
  const before = emulator.refresh();
  feed("\x1b[?2026h\rnew ");
  assert.equal(emulator.refresh(), before);
  assert.ok(emulator.holdMs > 0);
  feed("text\x1b[?2026l");
  assert.equal(emulator.holdMs, 0);
  assert.ok(emulator.refresh() > before);
  assert.equal(emulator.text(1), "new text");
});

test("a frame that is not ended is shown after a while, and a size that changes shows it at once", async () => {
  let at = 0;
  const { feed, emulator } = await makeEmulator(20, 5, true, () => at);
  const before = emulator.refresh();
  feed("\x1b[?2026hheld");
  // Said again it is not longer.
  at = 150;
  feed("\x1b[?2026h");
  assert.equal(emulator.refresh(), before);
  at = 201;
  const shown = emulator.refresh();
  assert.ok(shown > before);
  feed("\x1b[?2026l\x1b[?2026h more");
  emulator.refresh();
  assert.ok(emulator.holdMs > 0);
  emulator.resize(30, 5);
  assert.equal(emulator.holdMs, 0);
  assert.ok(emulator.refresh() > shown);
});

test("a program that begins its next frame with the end of the last one is seen all the same", async () => {
  let at = 0;
  const { feed, emulator } = await makeEmulator(20, 5, true, () => at);
  let version = emulator.refresh();
  for (let frame = 0; frame < 5; frame++) {
    at += 20;
    feed(`\x1b[?2026h\rframe ${frame}\x1b[?2026l\x1b[?2026h\rtorn`);
    // What is seen is the whole frame, not what was begun after it.
    assert.ok(emulator.refresh() > version, `frame ${frame}`);
    version = emulator.refresh();
    const row = emulator.grid().words.filter((_, word) => word % 4 === 0 && word < 7 * 4);
    assert.equal(String.fromCharCode(...row), `frame ${frame}`);
    feed("\x1b[?2026l");
  }
});
