// Copied text in the server: newest first, bounded, gone with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BUFFER_SHOWN_CHARS } from "../../src/domain/protocol.ts";
import { createPasteBuffers } from "../../src/server/paste-buffers.ts";

test("the newest is the one that is pasted; the same text again comes to the top and is no second one", () => {
  const buffers = createPasteBuffers();
  assert.equal(buffers.text(), null);
  const first = buffers.add("first\nline");
  buffers.add("second");
  assert.equal(buffers.text(), "second");
  assert.equal(buffers.text(first), "first\nline");
  buffers.add("first\nline");
  assert.equal(buffers.text(first), null, "its number is gone with its old place");
  assert.deepEqual(
    buffers.rows().map(({ text, lines, characters }) => [text, lines, characters]),
    [
      ["first\nline", 2, 10],
      ["second", 1, 6],
    ],
  );
});

test("old ones go when there are many or they are large; the newest stays whatever its size", () => {
  const buffers = createPasteBuffers();
  for (let i = 0; i < 80; i++) buffers.add(`text ${i}`);
  assert.equal(buffers.rows().length, 50);
  buffers.add("x".repeat(40 * 1024 * 1024));
  const rows = buffers.rows();
  assert.equal(rows.length, 1);
  assert.equal(rows[0]?.text.length, BUFFER_SHOWN_CHARS);
  const small = buffers.add("small");
  assert.deepEqual(
    buffers.rows().map(({ text }) => text),
    ["small"],
  );
  assert.equal(buffers.remove(small), true);
  assert.equal(buffers.remove(small), false);
});
