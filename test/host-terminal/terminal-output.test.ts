// What a program printed goes in pieces to the emulator, in order, and past the guard where it could do harm.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EmulatorGuard } from "../../src/host/emulator-guard.ts";
import { type OutputSink, TerminalOutput } from "../../src/host/terminal-output.ts";
import { chanceOf } from "../support/chance.ts";
import { makeEmulator } from "./emulator-ground.ts";

/** Its sink takes text without an escape the short way, and notes what it got. */
function makeSink(): { sink: OutputSink; seen: string[] } {
  const seen: string[] = [];
  const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
  const sink: OutputSink = {
    skim(bytes, from) {
      const escapeAt = bytes.indexOf(0x1b, from);
      const end = escapeAt < 0 ? bytes.length : escapeAt;
      if (end > from) seen.push(`skimmed ${textOf(bytes.subarray(from, end))}`);
      return end;
    },
    take: (piece) => seen.push(piece.type === "mark" ? `mark ${piece.text}` : `guarded ${textOf(piece.bytes)}`),
  };
  return { sink, seen };
}

test("text goes the short way; a sequence goes past the guard until it is whole, and bytes are counted until they are looked at", () => {
  const output = new TerminalOutput(new EmulatorGuard(80, 24));
  const { sink, seen } = makeSink();
  output.push(Buffer.from("one\x1b]133;"));
  output.push(Buffer.from("D;0\x07"));
  output.push(Buffer.from("two"));
  assert.equal(output.bytes, 16);
  assert.equal(output.isEmpty, false);
  assert.ok(output.step(sink));
  assert.equal(output.bytes, 13);
  while (output.step(sink));
  assert.deepEqual(seen, ["skimmed one", "mark D;0", "skimmed two"]);
  assert.deepEqual([output.bytes, output.isEmpty], [0, true]);
});

test("what is cut off at the end can be taken out, to stand before what comes next; anything else is handed on first", () => {
  const cutOf = (...chunks: (string | Buffer)[]): string | null => {
    const output = new TerminalOutput(new EmulatorGuard(80, 24));
    const { sink } = makeSink();
    for (const chunk of chunks) output.push(Buffer.from(chunk as string));
    output.step(sink);
    const cut = output.takeCut();
    assert.ok(cut === null || (output.isEmpty && output.bytes === 0));
    return cut === null ? null : Buffer.from(cut).toString("latin1");
  };
  assert.equal(cutOf("text"), "");
  for (const cut of ["\x1b", "\x1b[", "\x1b[38;2;1"]) assert.equal(cutOf(`text${cut}`), cut);
  for (const whole of ["\x1bc", "\x1b]0;t", "\x1b[?2", "\x1b[1m", `\x1b[${"1;".repeat(40)}`])
    assert.equal(cutOf(`text${whole}`), null, whole);
  assert.equal(cutOf("text\x1b[", "more"), null);
});

test("a number that would keep the emulator busy does not go the short way", async () => {
  const { emulator } = await makeEmulator(20, 5);
  for (const harmless of ["plain\r\n", "\x1b[3;4H", "\x1b[1;31m", "\x1b[2J", "\x1b[900X"]) {
    const bytes = Buffer.from(harmless);
    assert.equal(emulator.skim(bytes, 0), bytes.length, JSON.stringify(harmless));
  }
  for (const other of ["\x1b[2147483647S", "\x1b[9999X", "\x1b[99999H", "\x1b]0;t\x07", "\x1bc", "\u0085", "\x1b[", "\x1b[?25l", "\xc3"])
    assert.equal(emulator.skim(Buffer.from(other, "latin1"), 0), 0, JSON.stringify(other));
});

test("however a stream is cut, the screen is the same", async () => {
  const chance = chanceOf(5);
  const text = "plain\r\n\x1b[31mréd\x1b[m \x1b]0;title\x07 👩‍💻\r\n\x1b[?25l\x1b[2;3Hx\x1b[K\x1bPq#0\x1b\\ “q”\r\n".repeat(6);
  const bytes = Buffer.from(text);
  const whole = await makeEmulator(16, 4);
  whole.feed(text);
  for (let round = 0; round < 30; round++) {
    const cut = await makeEmulator(16, 4);
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + 1 + chance.below(40));
      cut.feed(bytes.subarray(at, end));
      at = end;
    }
    assert.deepEqual(cut.emulator.grid().words, whole.emulator.grid().words);
    assert.equal(cut.emulator.text(100), whole.emulator.text(100));
  }
});
