// The text of a terminal with its colours: scrollback too, wrapped lines joined, the same words as the plain text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmulator } from "../../src/host/emulator.ts";

for (const isDirect of [true, false]) {
  test(`colours of scrolled and wrapped lines are told (${isDirect ? "directly" : "the public way"})`, async () => {
    const emulator = await createEmulator({
      cols: 10,
      rows: 3,
      scrollbackRows: 100,
      isDirect,
      colours: () => ({ foreground: 0xffffff, background: 0 }),
      onBell: () => {},
      onAnswer: () => {},
      onTitle: () => {},
      onFolder: () => {},
    });
    emulator.parse(Buffer.from("\u001b[31mred line that wraps\u001b[0m\r\nplain\r\n\u001b[1mbold\u001b[0m \r\n\r\nlast\r\n"));
    await emulator.settled();
    const styled = emulator.text(100, { isStyled: true });
    assert.equal(styled.replaceAll(/\u001b\[[\d;]*m/g, ""), emulator.text(100).replaceAll(/ +$/gm, ""));
    assert.match(styled, /^\u001b\[0;31mred line t\u001b\[0m\u001b\[0;31mhat wraps\u001b\[0m\nplain\n\u001b\[0;1mbold\u001b\[0m\n\nlast$/);
    assert.equal(emulator.text(1, { isStyled: true }), "last");
    emulator.close();
  });
}
