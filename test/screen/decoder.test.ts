// Bytes in, input events out.

import assert from "node:assert/strict";
import test from "node:test";
import { createDecoder } from "../../src/screen/decoder.ts";
import type { InputEvent } from "../../src/ui/key-types.ts";
import { chanceOf } from "../support/chance.ts";

function decode(...chunks: (string | Uint8Array)[]): InputEvent[] {
  const events: InputEvent[] = [];
  const decoder = createDecoder((event) => events.push(event));
  for (const chunk of chunks) decoder.push(typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk);
  return events;
}

/** `chord raw` of each key. */
function keys(...chunks: (string | Uint8Array)[]): string[] {
  return decode(...chunks).map((event) => (event.type === "key" ? `${event.chord} ${JSON.stringify(event.raw)}` : event.type));
}

const E = "\\u001b";

test("plain keys, control keys and Alt have one spelling each", () => {
  assert.deepEqual(keys("aA%é你😀 "), ['a "a"', 'A "A"', '% "%"', 'é "é"', '你 "你"', '😀 "😀"', 'space " "']);
  assert.deepEqual(keys("\x02\t\r\n\x7f\b\0\x1c\x1f"), [
    'C-b "\\u0002"',
    'tab "\\t"',
    'enter "\\r"',
    'C-j "\\n"',
    'backspace "\x7f"',
    'C-h "\\b"',
    'C-space "\\u0000"',
    'C-\\ "\\u001c"',
    'C-_ "\\u001f"',
  ]);
  assert.deepEqual(keys("\x1ba\x1bé\x1b\r\x1b\x7f\x1b "), [
    `M-a "${E}a"`,
    `M-é "${E}é"`,
    `M-enter "${E}\\r"`,
    `M-backspace "${E}\x7f"`,
    `M-space "${E} "`,
  ]);
});

test("cursor and function keys are known in the ways of xterm, the Linux console and rxvt", () => {
  assert.deepEqual(keys("\x1b[A\x1bOA\x1b[1;5C\x1b[1;3D\x1b[H\x1b[4~\x1b[Z"), [
    `up "${E}[A"`,
    `up "${E}[A"`,
    `C-right "${E}[1;5C"`,
    `M-left "${E}[1;3D"`,
    `home "${E}[H"`,
    `end "${E}[F"`,
    `S-tab "${E}[Z"`,
  ]);
  assert.deepEqual(keys("\x1bOP\x1b[[A\x1b[11~\x1b[24~\x1b[3;2~\x1b[5;5~\x1b[a\x1b[1;2R"), [
    `f1 "${E}OP"`,
    `f1 "${E}OP"`,
    `f1 "${E}OP"`,
    `f12 "${E}[24~"`,
    `S-delete "${E}[3;2~"`,
    `C-pageup "${E}[5;5~"`,
    `S-up "${E}[1;2A"`,
    `S-f3 "${E}[1;2R"`,
  ]);
});

test("kitty and modifyOtherKeys keys become chords, with the bytes an old program expects", () => {
  assert.deepEqual(keys("\x1b[27u\x1b[98;5u\x1b[105;5u\x1b[13;2u\x1b[97;4u\x1b[97;6u\x1b[53:37;6u"), [
    `escape "${E}"`,
    'C-b "\\u0002"',
    'C-i "\\t"',
    'S-enter "\\r"',
    `M-A "${E}A"`,
    'C-A "\\u0001"',
    'C-% "%"',
  ]);
  assert.deepEqual(keys("\x1b[27;5;105~\x1b[27;2;13~\x1b[27;6;66~"), ['C-i "\\t"', 'S-enter "\\r"', 'C-B "\\u0002"']);
  assert.deepEqual(keys("\x1b[1089::99;5u"), ['C-c "\\u0003"'], "a chord on a Cyrillic layout means the key's place");
  assert.deepEqual(keys("\x1b[57414u\x1b[57400u\x1b[32;2u\x1b[127;2u\x1b[98;69u"), [
    'enter "\\r"',
    '1 "1"',
    'space " "',
    'backspace "\x7f"',
    'C-b "\\u0002"',
  ]);
  assert.deepEqual(keys("\x1b[97;1:3u\x1b[57441;2u\x1b[97;9u"), [], "releases, modifiers alone and Super are nobody's keys");
});

test("Esc needs no second press, and twice is twice", () => {
  const events: InputEvent[] = [];
  const decoder = createDecoder((event) => events.push(event));
  decoder.push(Buffer.from("\x1b"));
  assert.equal(events.length, 0);
  assert.equal(decoder.waitMs, 25);
  decoder.expire();
  assert.equal(decoder.waitMs, 0);
  decoder.push(Buffer.from("\x1b\x1b"));
  decoder.expire();
  assert.deepEqual(
    events.map((event) => event.type === "key" && event.chord),
    ["escape", "escape", "escape"],
  );
  assert.deepEqual(keys("\x1b\x1b[A"), [`escape "${E}"`, `up "${E}[A"`]);
});

test("Alt with a bracket is a key once nothing follows", () => {
  for (const char of ["[", "]", "O", "P", "_"]) {
    const events: InputEvent[] = [];
    const decoder = createDecoder((event) => events.push(event));
    decoder.push(Buffer.from(`\x1b${char}`));
    assert.equal(decoder.waitMs, 100);
    decoder.expire();
    assert.deepEqual(events, [{ type: "key", chord: `M-${char}`, raw: `\x1b${char}` }]);
  }
});

test("the mouse and the focus are told in cells from 0", () => {
  const [press, drag, release, wheel] = decode("\x1b[<0;1;2M\x1b[<40;5;6M\x1b[<0;5;6m\x1b[<81;3;4M");
  const none = { hasCtrl: false, hasShift: false, hasAlt: false };
  assert.deepEqual(press, { type: "mouse", action: "press", button: "left", x: 0, y: 1, ...none });
  assert.deepEqual(drag, { type: "mouse", action: "move", button: "left", x: 4, y: 5, ...none, hasAlt: true });
  assert.deepEqual(release, { type: "mouse", action: "release", button: "left", x: 4, y: 5, ...none });
  assert.deepEqual(wheel, { type: "mouse", action: "wheeldown", button: "none", x: 2, y: 3, ...none, hasCtrl: true });
  assert.deepEqual(decode("\x1b[I\x1b[O"), [
    { type: "focus", isFocused: true },
    { type: "focus", isFocused: false },
  ]);
  assert.deepEqual(
    decode("\x1b[M\x20\x21\x22a").map((event) => event.type),
    ["mouse", "key"],
    "the oldest encoding is understood too",
  );
});

test("a key beside a mouse event in one chunk loses neither", () => {
  assert.deepEqual(
    decode("a\x1b[<0;1;1Mb").map((event) => event.type),
    ["key", "mouse", "key"],
  );
});

test("what the terminal answers is never typed", () => {
  const replies = [
    "\x1b[?62;22;52c",
    "\x1b[>1;4000;21c",
    "\x1b[0n",
    "\x1b[12;40R",
    "\x1b[?1u",
    "\x1b[?2026;2$y",
    "\x1b[8;24;80t",
    "\x1b]10;rgb:ff/ff/ff\x07",
    "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",
    "\x1bP>|xterm(390)\x1b\\",
    "\x1bP1+r5463=38\x1b\\",
    "\x1b_Gi=1;OK\x1b\\",
    "\x1b[?997;3n",
    "\x1bP!|00000000\x1b\\",
    "\x1b[4;2$y",
    "\x1b[?2031;0$y",
    "\x1b[?31u",
    "\x1b[>4;2m",
    "\x1b[1;1R",
    "\x1b[1;120R",
    "\x1b[?3;9R",
    "\x1b[4;600;800t",
    "\x1b[6;16;8t",
    "\x1b]L\x1b\\",
    "\x1b]l\x1b\\",
    "\x1b]12;rgb:ff/ff/ff\x1b\\",
    "\x1b]52;c;aGk=\x1b\\",
    "\x1b]52;c;\x07",
    "\x1bP0+r\x1b\\",
    "\x1bP1$r0;1m\x1b\\",
    "\x1b[?1;2;4c\x1b[>65;7600;1c",
  ];
  assert.deepEqual(decode(...replies), []);
  assert.deepEqual(
    decode(`${replies.join("")}x`).map((event) => event.type === "key" && event.chord),
    ["x"],
  );
  // F3 with a modifier is no report.
  assert.deepEqual(
    decode("\x1b[1;2R\x1b[1;8R\x1bOR").map((event) => event.type === "key" && event.chord),
    ["S-f3", "C-M-S-f3", "f3"],
  );
  for (let cut = 1; cut < 12; cut += 1) {
    for (const reply of replies) {
      const bytes = Buffer.from(reply);
      if (cut < bytes.length) assert.deepEqual(decode(bytes.subarray(0, cut), bytes.subarray(cut)), [], JSON.stringify(reply));
    }
  }
});

test("the background is told as dark or light", () => {
  const told = (reply: string) => decode(reply);
  assert.deepEqual(told("\x1b]11;rgb:1010/1010/1818\x1b\\"), [{ type: "background", isDark: true, rgb: 0x101018 }]);
  assert.deepEqual(told("\x1b]11;rgb:ff/f8/e0\x07"), [{ type: "background", isDark: false, rgb: 0xfff8e0 }]);
  assert.deepEqual(told("\x1b]11;rgba:ffff/ffff/ffff/ffff\x1b\\"), [{ type: "background", isDark: false, rgb: 0xffffff }]);
  assert.deepEqual(told("\x1b[?997;2n"), [{ type: "background", isDark: false }]);
  assert.deepEqual(told("\x1b]11;nonsense\x1b\\"), []);
});

test("a torn reply is dropped in silence, and the next key counts", () => {
  const events: InputEvent[] = [];
  const decoder = createDecoder((event) => events.push(event));
  for (const torn of ["\x1b]11;rgb:10", "\x1b[?62;2", "\x1bP>|xte"]) {
    decoder.push(Buffer.from(torn));
    assert.equal(decoder.waitMs, 500);
    decoder.expire();
  }
  decoder.push(Buffer.from("a"));
  assert.deepEqual(events, [{ type: "key", chord: "a", raw: "a" }]);
});

test("bytes that are no UTF-8 show as replacement characters and swallow nothing", () => {
  assert.deepEqual(keys(Buffer.from([0xff, 0x61])), ['\ufffd "\ufffd"', 'a "a"']);
  assert.deepEqual(keys(Buffer.from([0xe4, 0xbd, 0x61])), ['\ufffd "\ufffd"', 'a "a"']);
  assert.deepEqual(keys(Buffer.from([0xc2, 0x9b, 0x61])), ['a "a"'], "C1 controls are no text");
});

test("a paste is one event, with its line ends made one and its content left alone", () => {
  assert.deepEqual(decode("\x1b[200~one\r\ntwo\rthree\x1b[A\x03\x1b[201~x"), [
    { type: "paste", text: "one\ntwo\nthree\x1b[A\x03" },
    { type: "key", chord: "x", raw: "x" },
  ]);
  assert.deepEqual(decode("\x1b[200~\x1b[201~"), []);
});

test("a paste whose end is lost is delivered after a silence, and typing works again", () => {
  const events: InputEvent[] = [];
  const decoder = createDecoder((event) => events.push(event));
  decoder.push(Buffer.from("\x1b[200~lost end \x1b[20"));
  assert.equal(decoder.waitMs, 1000);
  decoder.expire();
  decoder.push(Buffer.from("a"));
  assert.deepEqual(events, [
    { type: "paste", text: "lost end \x1b[20" },
    { type: "key", chord: "a", raw: "a" },
  ]);
});

test("a paste of 16 MB in small chunks costs in proportion to its length", () => {
  const line = Buffer.from("\x1b[201 not the end é\n".repeat(200));
  const events: InputEvent[] = [];
  const decoder = createDecoder((event) => events.push(event));
  decoder.push(Buffer.from("\x1b[200~"));
  const count = Math.ceil((16 * 1024 * 1024) / line.length);
  for (let i = 0; i < count; i += 1) decoder.push(line);
  decoder.push(Buffer.from("\x1b[201~"));
  const [paste] = events;
  assert.equal(paste?.type === "paste" ? Buffer.byteLength(paste.text) : 0, count * line.length);
});

test("any split of any stream gives the same events", () => {
  const pieces = [
    "a",
    "é",
    "你",
    "😀",
    "\x1bé",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1bOP",
    "\x1b[<0;10;20M",
    "\x1b[<35;1;1m",
    "\x1b[I",
    "\x1b[98;5u",
    "\x1b[27;5;105~",
    "\x1b[[B",
    "\x1b]11;rgb:1/2/3\x1b\\",
    "\x1b]11;rgb:ffff/ffff/ffff\x07",
    "\x1b[?62;1c",
    "\x1bP1$r0m\x1b\\",
    "\x1b[200~é paste\r\n\x1b[201\x1b[201~",
    "\x1b\x1b",
    "\x03",
    '\x1b[M !"',
    "\x1b[200~",
    "\x1b[201~",
    "\x1b[",
    "\x1b",
    "\x18",
    "\u202e",
    "\x1b]0;torn\x1b[B",
  ].map((text) => Buffer.from(text));
  const random = chanceOf(7).below;
  for (let round = 0; round < 400; round += 1) {
    const stream = Buffer.concat(
      Array.from({ length: 1 + random(12) }, () =>
        random(8) === 0 ? Buffer.from([random(256), random(256)]) : (pieces[random(pieces.length)] ?? Buffer.alloc(0)),
      ),
    );
    const whole = decode(stream);
    const split: Buffer[] = [];
    for (let at = 0; at < stream.length; ) {
      const size = round % 4 === 0 ? 1 : 1 + random(7);
      split.push(stream.subarray(at, at + size));
      at += size;
    }
    assert.deepEqual(decode(...split), whole, `round ${round}: ${JSON.stringify(stream.toString("latin1"))}`);
  }
});
