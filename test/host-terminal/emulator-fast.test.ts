// The short way into the emulator shows what its own parser shows. More of it: test/long/emulator-fast.long.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Emulator } from "../../src/host/emulator.ts";
import { createEmulator } from "../../src/host/emulator.ts";
import { compareBothWays, makeSide, randomStream } from "../support/both-ways.ts";
import { chanceOf } from "../support/chance.ts";

test("random streams look the same by both ways, however they are cut", async () => {
  await compareBothWays(60, 1);
});

test("what every program prints stays on the short way: the parser is not asked", async () => {
  const { insides, parse } = await makeSide(40, 5, true);
  let asked = 0;
  const handler = insides._inputHandler as { parse: (bytes: Uint8Array) => undefined | Promise<boolean> };
  const own = handler.parse.bind(handler);
  handler.parse = (bytes) => {
    asked += 1;
    return own(bytes);
  };
  parse(
    Buffer.from(
      "plain text\r\n\x1b[01;34mfolder\x1b[0m\tfile\r\n\x1b[38;2;1;2;3;48;5;9mtrue\x1b[m 日本語 café 👍\r\n\x1b[3;4H\x1b[K\x1b[2Jdone",
    ),
  );
  assert.equal(asked, 0);
  parse(Buffer.from("\x1b[?25l"));
  assert.equal(asked, 1, "and what is counted here is what the parser is asked");
});

test("what changed is what a whole comparison finds, whichever rows the short way says it touched", async () => {
  const chance = chanceOf(7);
  for (let round = 0; round < 40; round++) {
    const [cols, rows] = [2 + chance.below(20), 1 + chance.below(8)];
    const stepwise = await emulatorOf(cols, rows);
    const atOnce = await emulatorOf(cols, rows);
    for (let step = 0; step < 25; step++) {
      const bytes = randomStream(chance, 1 + chance.below(3));
      stepwise.parse(bytes);
      atOnce.parse(bytes);
      stepwise.refresh();
    }
    assert.deepEqual(stepwise.grid().words, atOnce.grid().words, `round ${round}`);
  }
});

function emulatorOf(cols: number, rows: number): Promise<Emulator> {
  const nothing = (): void => {};
  const said = { onAnswer: nothing, onTitle: nothing, onFolder: nothing };
  return createEmulator({
    cols,
    rows,
    scrollbackRows: 20,
    colours: () => ({ foreground: 0, background: 0 }),
    onBell: () => {},
    isDirect: true,
    ...said,
  });
}
