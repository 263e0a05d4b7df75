// Keys as the bytes that a program gets: xterm's, the cursor keys' mode, modifyOtherKeys, and the kitty protocol.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type KeyWishes, keyBytes } from "../../src/host/terminal-keys.ts";
import { createDecoder } from "../../src/screen/decoder.ts";

const plain: KeyWishes = { kittyFlags: 0, otherKeys: 0, hasArrowMode: false, hasKeypadMode: false };

/** Chord and raw bytes as the screen's decoder gives them; the client leaves the chord out where it is the bytes. */
function pressed(bytes: string, wishes: Partial<KeyWishes>): string {
  let sent = "";
  const decoder = createDecoder((event) => {
    if (event.type !== "key") throw new Error(`${event.type} is no key`);
    sent += keyBytes(event.raw, event.chord === event.raw ? undefined : event.chord, { ...plain, ...wishes });
  });
  decoder.push(Buffer.from(bytes));
  decoder.expire();
  return sent;
}

function check(wishes: Partial<KeyWishes>, rows: readonly (readonly [pressed: string, sent: string])[]): void {
  for (const [bytes, sent] of rows) assert.equal(pressed(bytes, wishes), sent, JSON.stringify(bytes));
}

const UP = "\x1b[A";
const CTRL_UP = "\x1b[1;5A";
// As a kitty terminal sends them.
const CTRL_A = "\x1b[97;5u";
const CTRL_I = "\x1b[105;5u";
const CTRL_1 = "\x1b[49;5u";
const CTRL_SHIFT_A = "\x1b[97;6u";
const SHIFT_ENTER = "\x1b[13;2u";
const CTRL_ENTER = "\x1b[13;5u";
const ALT_ENTER = "\x1b[13;3u";

test("without any wish a program gets what xterm sends", () => {
  check({}, [
    ["a", "a"],
    ["é", "é"],
    ["\x1b", "\x1b"],
    ["\x01", "\x01"],
    [CTRL_A, "\x01"],
    [CTRL_I, "\t"],
    [SHIFT_ENTER, "\r"],
    [UP, UP],
    [CTRL_UP, CTRL_UP],
    ["\x1b[13;2R", ""],
    ["\x1bOP", "\x1bOP"],
  ]);
  assert.equal(keyBytes("echo hi\r", undefined, { ...plain, kittyFlags: 25 }), "echo hi\r");
});

test("in the cursor keys' mode they come with ESC O, but for those with modifiers", () => {
  check({ hasArrowMode: true }, [
    [UP, "\x1bOA"],
    ["\x1b[H", "\x1bOH"],
    ["\x1b[F", "\x1bOF"],
    ["\x1bOD", "\x1bOD"],
    [CTRL_UP, CTRL_UP],
    ["\x1b[5~", "\x1b[5~"],
    ["\x1b[Z", "\x1b[Z"],
    ["a", "a"],
  ]);
});

test("the keypad's keys come as such where the program asked for them, else as what stands on them", () => {
  const keys = ["\x1bOp", "\x1bOy", "\x1bOk", "\x1bOn", "\x1bOX", "\x1bOM"];
  check(
    {},
    keys.map((bytes, at): [string, string] => [bytes, ["0", "9", "+", ".", "=", "\r"][at] ?? ""]),
  );
  check(
    { hasKeypadMode: true },
    keys.map((bytes): [string, string] => [bytes, bytes]),
  );
  check({ hasKeypadMode: true, kittyFlags: 8 }, [
    ["\x1bOp", "\x1b[48u"],
    ["\x1bOM", "\x1b[13u"],
  ]);
});

test("the kitty protocol tells keys apart that share their bytes, and leaves text alone", () => {
  check({ kittyFlags: 1, hasArrowMode: true }, [
    ["a", "a"],
    ["A", "A"],
    ["é", "é"],
    [" ", " "],
    ["\r", "\r"],
    ["\t", "\t"],
    ["\x7f", "\x7f"],
    ["\x1b", "\x1b[27u"],
    ["\x01", "\x1b[97;5u"],
    ["\x1ba", "\x1b[97;3u"],
    ["\x1bA", "\x1b[97;4u"],
    ["\x00", "\x1b[32;5u"],
    [CTRL_I, CTRL_I],
    [CTRL_SHIFT_A, CTRL_SHIFT_A],
    [SHIFT_ENTER, SHIFT_ENTER],
    ["\x1b[Z", "\x1b[9;2u"],
    [UP, "\x1b[A"],
    [CTRL_UP, CTRL_UP],
    ["\x1bOP", "\x1b[P"],
    ["\x1bOR", "\x1b[13~"],
    ["\x1b[15~", "\x1b[15~"],
    ["\x1b[25~", "\x1b[57376u"],
    ["\x1b[3;5~", "\x1b[3;5~"],
  ]);
});

test("with kitty's flag for all keys every key is a sequence, with its text where that is asked for", () => {
  check({ kittyFlags: 9 }, [
    ["a", "\x1b[97u"],
    ["A", "\x1b[97;2u"],
    ["\r", "\x1b[13u"],
    [" ", "\x1b[32u"],
    ["%", "\x1b[37u"],
  ]);
  check({ kittyFlags: 25 }, [
    ["a", "\x1b[97;;97u"],
    ["A", "\x1b[97;2;65u"],
    ["é", "\x1b[233;;233u"],
    [" ", "\x1b[32;;32u"],
    ["\x01", "\x1b[97;5u"],
    ["\r", "\x1b[13u"],
  ]);
});

test("modifyOtherKeys: the first mode for what has no bytes of its own, the second for all with Ctrl or Alt", () => {
  check({ otherKeys: 1 }, [
    ["\x01", "\x01"],
    ["\x1ba", "\x1ba"],
    [CTRL_1, "\x1b[27;5;49~"],
    [SHIFT_ENTER, "\x1b[27;2;13~"],
    [CTRL_ENTER, "\x1b[27;5;13~"],
    [ALT_ENTER, "\x1b\r"],
    ["\x1b[Z", "\x1b[Z"],
    [UP, UP],
  ]);
  check({ otherKeys: 2 }, [
    ["a", "a"],
    ["A", "A"],
    ["\r", "\r"],
    ["\x01", "\x1b[27;5;97~"],
    ["\x1ba", "\x1b[27;3;97~"],
    [CTRL_I, "\x1b[27;5;105~"],
    [SHIFT_ENTER, "\x1b[27;2;13~"],
    [ALT_ENTER, "\x1b[27;3;13~"],
    ["\x1b[Z", "\x1b[Z"],
    [CTRL_UP, CTRL_UP],
  ]);
});
