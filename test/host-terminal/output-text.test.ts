// What a model is given for what was printed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OutputText } from "../../src/host/output-text.ts";

function textOf(...parts: string[]): string {
  const output = new OutputText("the terminal");
  for (const part of parts) output.push(Buffer.from(part));
  return output.text();
}

test("plain text is exact, with and without a last newline", () => {
  assert.equal(textOf("a\r\nb\r\n"), "a\nb\n");
  assert.equal(textOf("no end"), "no end");
  assert.equal(textOf("\r\n\r\n  x\t y  \r\n"), "\n\n  x\t y  \n");
  assert.equal(textOf("ü", "漢"), "ü漢");
});

test("characters and sequences cut between chunks are whole again", () => {
  const bytes = Buffer.from("\x1b[31mü漢👍\x1b[0m\x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\r\n");
  const output = new OutputText("the terminal");
  for (const byte of bytes) output.push(Uint8Array.of(byte));
  assert.equal(output.text(), "ü漢👍link\n");
});

test("carriage returns, backspaces and erasing are resolved", () => {
  assert.equal(textOf("10%\r50%\r100%\r\n"), "100%\n");
  assert.equal(textOf("long line\rshort\x1b[K\r\n"), "short\n");
  assert.equal(textOf("abc\b\bX\r\n"), "aXc\n");
  assert.equal(textOf("one\r\ntwo\r\n\x1b[2A\x1b[2KONE\r\n\r\nthree\r\n"), "ONE\ntwo\nthree\n");
  assert.equal(textOf("a\x1b[5Gb\r\n"), "a   b\n");
  assert.equal(textOf("a\r\nb\r\n\x1b[2A\x1b[Jc\r\n"), "c\n");
});

test("head and tail are kept, the cut is named with its true size", () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i}`);
  const whole = `${lines.join("\n")}\n`;
  const text = textOf(...lines.map((line) => `${line}\r\n`));
  const found = /\n… (\d+) lines \((\d+) characters\) cut; the whole output is in the terminal …\n/.exec(text);
  assert.ok(found);
  assert.ok(whole.startsWith(text.slice(0, found.index)));
  const tail = text.slice(found.index + found[0].length);
  assert.ok(whole.endsWith(tail));
  assert.equal(found.index + Number(found[2]) + tail.length, whole.length);
  assert.ok(text.length < 16_200 && text.length > 15_000);
});

test("a line without end is bounded too", () => {
  const output = new OutputText("the terminal");
  for (let i = 0; i < 200; i++) output.push(Buffer.from("漢👍x".repeat(5000)));
  const text = output.text();
  assert.ok(text.length < 16_200);
  assert.doesNotMatch(text, /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
});

test("full-screen programs are summed up", () => {
  assert.equal(
    textOf("x\x1b[?1049h\x1b[2J\x1b[Hlots\r\nof\r\nit", "\x1b[?1049ly\r\n"),
    "x\n[a full-screen program ran here; what it drew is not kept]\ny\n",
  );
});
