// Untrusted text: nothing that acts on a terminal, hides or reorders comes through.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanLine, cleanText, revealText } from "../../src/ui/clean.ts";
import { chanceOf } from "../support/chance.ts";
import { anyText } from "./generate.ts";

const forbidden =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200c\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e0fff}]|\p{Surrogate}/u;

test("escape sequences go whole, in both spellings", () => {
  assert.equal(cleanText("a\u001b[1;31mb\u001b[0m"), "ab");
  assert.equal(cleanText("a\u009b31mb"), "ab");
  assert.equal(cleanText("a\u001b]0;owned\u0007b"), "ab");
  assert.equal(cleanText("a\u001b]52;c;aGk=\u001b\\b"), "ab");
  assert.equal(cleanText("a\u009d0;t\u009cb"), "ab");
  assert.equal(cleanText("a\u001bP1$r0m\u001b\\b\u001b(Bc\u001b7d"), "abcd");
});

test("an escape sequence that never ends does not swallow the text after it", () => {
  assert.equal(cleanText("\u001b]0;rm -rf ~ is next"), "0;rm -rf ~ is next");
  assert.equal(cleanText("a\u001b]8;;http://x\nb"), "a8;;http://x\nb");
  assert.equal(cleanText("end\u001b"), "end");
});

test("line ends become one kind and tabs reach the next stop", () => {
  assert.equal(cleanText("a\r\nb\rc\u2028d"), "a\nb\nc\nd");
  assert.equal(cleanText("\tx\nab\ty"), "    x\nab  y");
  assert.equal(cleanLine("  a\n\t b  "), "a b");
});

test("hidden and reordering characters go, emoji stay joined", () => {
  assert.equal(cleanText("pay\u202ella\u202c\u200b \u{e0041}\u{e0042}x\ufeff"), "paylla x");
  assert.equal(cleanText("👩‍👩‍👧‍👦 ❤️ 1️⃣ 🇩🇪 ❤️‍🔥"), "👩‍👩‍👧‍👦 ❤️ 1️⃣ 🇩🇪 ❤️‍🔥");
  assert.equal(cleanText("a\u200db\ufe0f"), "ab");
  assert.equal(cleanText("\ud83d alone"), "\ufffd alone");
  assert.ok(cleanText(`e${"\u0301".repeat(500)}`).length < 10);
});

test("whatever comes in, nothing forbidden goes out, and cleaning twice changes nothing", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const clean = cleanText(anyText(chanceOf(seed).next, 40));
    assert.ok(!forbidden.test(clean), JSON.stringify(clean));
    assert.equal(cleanText(clean), clean);
  }
});

test("cleaning hostile text takes time in proportion to its length", () => {
  for (const piece of ["\u001b]", "\u001b[", "\u001b[0", "\u009d", "\u001bP0", "\u0301", "\u200d", "👩\u200d", "\ufe0f\u200d"])
    cleanText(piece.repeat(100_000));
});

test("for an approval nothing is dropped and nothing stays hidden", () => {
  assert.equal(revealText("echo hi\n  ls"), "echo hi\n  ls");
  assert.equal(revealText("ls\u001b[8m; rm -rf ~\u001b[0m"), "ls␛[8m; rm -rf ~␛[0m");
  assert.equal(revealText("a\rb\tc\u0007\u007f"), "a\\rb\\tc␇␡");
  assert.equal(revealText("x\u202ey\u200bz\u00a0w"), "x\\u202ey\\u200bz\\u00a0w");
  assert.equal(revealText("\u{e0041}\ud800"), "\\u{e0041}\\ud800");
  assert.equal(revealText(`a${" ".repeat(200)}b`), `a${" ".repeat(200)}b`);
  for (let seed = 1; seed <= 300; seed++) {
    const text = anyText(chanceOf(seed).next, 40);
    const shown = revealText(text);
    assert.ok(!forbidden.test(shown), JSON.stringify(shown));
    const visible = text.match(/[\x21-\x7e]/gu)?.length ?? 0;
    assert.ok((shown.match(/[\x21-\x7e]/gu)?.length ?? 0) >= visible);
    assert.ok(shown.length >= text.length);
  }
});
