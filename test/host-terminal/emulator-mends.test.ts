// Where the emulator's library does otherwise than xterm: what a program sees of it here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeShown } from "../support/shown-cells.ts";
import type { PeerCell } from "../support/tmux-peer.ts";

async function shownAfter(bytes: string, cols = 10, rows = 4): Promise<{ answer: string; text: string[]; cells: PeerCell[][] }> {
  const shown = await makeShown(cols, rows);
  const { answer, cells } = shown.feed(Buffer.from(bytes));
  return { answer, cells, text: cells.map((row) => row.map((cell) => cell.text).join("")) };
}

test("erasing what is above from the last cell of the screen erases it, and the terminal goes on", async () => {
  const { text, answer } = await shownAfter("one\r\ntwo\x1b[4;10H\x1b[1Jx");
  assert.deepEqual(text, ["", "", "", "         x"]);
  assert.equal(answer, "\x1b[4;10R");
});

test("the cursor is never said to stand in a column that is not there", async () => {
  assert.equal((await shownAfter("0123456789")).answer, "\x1b[1;10R");
});

test("in origin mode the cursor's place counts from the top of the region", async () => {
  assert.equal((await shownAfter("\x1b[2;4r\x1b[?6h\x1b[2;3H")).answer, "\x1b[2;3R");
});

test("lines that scroll in from above have the background of the moment", async () => {
  const { cells } = await shownAfter("\x1b[2;3r\x1b[44m\x1b[T");
  assert.equal(cells[0]?.length, 0, "outside the region nothing changes");
  assert.deepEqual([...new Set(cells[1]?.map((cell) => cell.style))], ["bg4"]);
  assert.equal(cells[2]?.length, 0);
});

test("the alignment pattern is plain and ends the region", async () => {
  const { cells, text, answer } = await shownAfter("\x1b[2;3r\x1b[1;41m\x1b#8\x1b[4;1H\n");
  assert.deepEqual(text, ["EEEEEEEEEE", "EEEEEEEEEE", "EEEEEEEEEE", "          "], "the last line scrolled the whole screen");
  assert.equal(cells[0]?.[0]?.style, "");
  assert.equal(answer, "\x1b[4;1R");
});

test("the saved cursor keeps the kind and colour of the underline, and its row on the screen", async () => {
  const { cells, answer } = await shownAfter("\x1b[4;1H\x1b[4:3;58;5;9m\x1b7\x1b[m\n\n\x1b8x");
  assert.equal(cells[3]?.[0]?.style, "curly ul9");
  assert.equal(answer, "\x1b[4;2R");
  const other = await shownAfter("\x1b[4:3m\x1b[?1049h\x1b[m\x1b[?1049lx");
  assert.equal(other.cells[0]?.[0]?.style, "curly");
});

test("SGR 59 gives the underline the colour of the text again", async () => {
  assert.equal((await shownAfter("\x1b[4;58;5;9m\x1b[59mx")).cells[0]?.[0]?.style, "underline");
});

test("a backward tab moves also after the last column was written", async () => {
  assert.equal((await shownAfter("0123456789\x1b[Z")).answer, "\x1b[1;9R");
});
