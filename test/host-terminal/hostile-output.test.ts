// What a command printed, whatever it was, leaves the shell able to run the next one and to tell its output exactly.

import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HOSTILE } from "../support/hostile.ts";
import { makeGround, run } from "./ground.ts";

test("after any of 200 hostile sequences the next command runs and its output is exact", async () => {
  await using ground = makeGround();
  const wrong: string[] = [];
  let terminal = ground.open();
  for (const [n, sequence] of HOSTILE.entries()) {
    writeFileSync(join(ground.work, "sequence"), sequence);
    const first = await run(terminal, "cat sequence", "shell", 3000);
    const second = await run(terminal, `echo next-${n}`, "shell", 3000);
    if (first.outcome === "ok" && second.output === `next-${n}\n`) continue;
    wrong.push(`${JSON.stringify(sequence)}: ${JSON.stringify([first.outcome, second.outcome, second.output, second.note])}`);
    await terminal.close();
    terminal = ground.open();
  }
  assert.deepEqual(wrong, []);
});

for (const name of ["bash", "zsh", "fish"] as const) {
  const skip = existsSync(`/usr/bin/${name}`) || existsSync(`/bin/${name}`) ? false : `${name} is not installed`;
  test(`after all of them at once it is the same in ${name}`, { skip }, async () => {
    await using ground = makeGround();
    const terminal = ground.open({ program: { type: "shell", name } });
    writeFileSync(join(ground.work, "all"), HOSTILE.join("\r\n"));
    await run(terminal, "cat all", "shell", 5000);
    const second = await run(terminal, "echo next", "shell", 5000);
    assert.deepEqual([second.outcome, second.output], ["ok", "next\n"], second.note);
  });
}
