// The picture of a screen.

import assert from "node:assert/strict";
import test from "node:test";
import { pictureOf, terminalOfCapture } from "../support/picture.ts";

test("a captured screen becomes the same picture each time, with its text, colours and lines", async () => {
  const capture = "\x1b[1;38;2;255;0;0mbold\x1b[0m <&>\n┌──┐ 你\n";
  const [first, second] = [pictureOf(await terminalOfCapture(capture)), pictureOf(await terminalOfCapture(capture))];
  assert.equal(first, second);
  assert.match(first, /\{color:#ff0000\}/);
  assert.match(first, /font-weight="bold"[^>]*>bold</);
  assert.match(first, />&#60;&#38;&#62;</);
  assert.match(first, />你</);
  assert.doesNotMatch(first, /[┌─┐]/, "lines are drawn, not set");
});
