// What may stand alone in a cell, by Unicode's own properties.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type GlyphKind, glyphKind } from "../../src/screen/safe-glyph.ts";

const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{M}\u1160-\u11ff\ufffe\uffff]/u;
const risky = /[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{Co}\p{Cn}\p{Regional_Indicator}]/u;

test("every character's kind is what Unicode says of it, also where no table of Unicode's is asked", () => {
  // Two of Latin-1 are pictures by their property, and one cell wide in every terminal.
  const copyright = [0xa9, 0xae];
  for (let code = 0; code <= 0x1_ffff; code += 1) {
    const text = String.fromCodePoint(code);
    const expected: GlyphKind = unsafe.test(text) ? "unsafe" : risky.test(text) && !copyright.includes(code) ? "risky" : "plain";
    if (glyphKind(code) !== expected) assert.equal(glyphKind(code), expected, `U+${code.toString(16)}`);
  }
});
