// Terminals as the server uses them: rows for the link, sizes, programs of the user's own, endings.

import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clusterText, emptyGrid } from "../../src/domain/cells.ts";
import type { TerminalId } from "../../src/domain/ids.ts";
import { applyRows, decodeRows } from "../../src/domain/rows.ts";
import { isAlive, sendSignal } from "../../src/host/terminal-processes.ts";
import { FULL, makeGround, run, until } from "./ground.ts";

test("what a terminal shows crosses as rows, each change told", async () => {
  await using ground = makeGround();
  const changed = new Set<string>();
  ground.terminals.onChange((id) => changed.add(id));
  const terminal = ground.open();
  assert.equal(ground.terminals.rowsSince("nobody" as TerminalId, 0), null);
  await run(terminal, "clear; printf '\\e[32mgreen\\e[0m\\n'");
  assert.ok(changed.has(terminal.id));
  const grid = emptyGrid(1, 1);
  const all = ground.terminals.rowsSince(terminal.id, 0);
  assert.ok(all !== null);
  const decoded = decodeRows(all.bytes);
  assert.ok(decoded.ok && decoded.terminal === terminal.id && applyRows(grid, decoded));
  assert.deepEqual(grid.words, ground.terminals.grid(terminal.id)?.words);
  let first = "";
  for (let x = 0; x < 5; x++) first += clusterText(grid.words[x * 4] ?? 0);
  assert.equal(first, "green");
  assert.equal(ground.terminals.rowsSince(terminal.id, all.version), null);
});

test("the program learns of a new size, also of one that came before it ran", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  terminal.resize(101, 31);
  assert.equal((await run(terminal, "stty size")).output, "31 101\n");
  ground.terminals.resize(terminal.id, 60, 20);
  assert.equal((await run(terminal, "stty size")).output, "20 60\n");
  for (const [cols, rows] of [
    [0, 0],
    [-5, 3],
    [1e9, 1e9],
    [Number.NaN, 4],
    [20, 5],
  ] as const)
    terminal.resize(cols, rows);
  assert.equal((await run(terminal, "stty size; echo fine")).output, "5 20\nfine\n");
});

test("a resize in the middle of a command does not disturb its result", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const running = run(terminal, "for i in $(seq 1 40); do echo line $i; sleep 0.01; done");
  for (let size = 30; size < 130; size += 5) {
    terminal.resize(size, 5 + (size % 20));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const result = await running;
  assert.equal(result.output, `${Array.from({ length: 40 }, (_, i) => `line ${i + 1}`).join("\n")}\n`);
  assert.equal((await run(terminal, "echo next")).output, "next\n");
});

test("a program of the user's own gets keys, ends with its code, and takes no code of an agent", async () => {
  await using ground = makeGround();
  const terminal = ground.open({ program: { type: "command", argv: ["bash", "-c", 'read line; echo "got $line"; exit 5'] } });
  terminal.write("typed early\r");
  await until("it ends", () => ground.ends.has(terminal.id));
  assert.equal(ground.ends.get(terminal.id), 5);
  assert.match(terminal.text(5), /got typed early/);
  assert.match((await run(terminal, "echo x")).note ?? "", /no shell/);
  terminal.write("after");
  terminal.resize(50, 10);
  const missing = ground.open({ program: { type: "command", argv: ["no-such-program-xyz"] } });
  await until("it ends", () => ground.ends.has(missing.id));
  assert.equal(ground.ends.get(missing.id), 127);
  assert.match(missing.text(3), /no-such-program-xyz: not found on the PATH/);
});

test("a shell that the user has ended starts again at a key", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  await run(terminal, "true");
  terminal.write("exit 4\r");
  await until("it is said", () => /shell ended with 4; a key or the next command starts it again/.test(terminal.text(5)));
  assert.equal(ground.ends.has(terminal.id), false);
  terminal.write("x");
  await until("a new prompt stands", () => /[$#]\s*$/.test(terminal.text(1)));
  assert.equal((await run(terminal, "echo again")).output, "again\n");
});

test("private files are private and go with the terminal; a process that left it is named", async () => {
  const survivors: string[] = [];
  await using ground = makeGround({ onSurvivors: (_, processes) => survivors.push(...processes) });
  const terminal = ground.open();
  const { output } = await run(
    terminal,
    "(setsid bash -c 'echo $BASHPID; exec sleep 77' &); sleep 66 & echo $!; wait -n 2>/dev/null; sleep 0.2",
    "shell",
    800,
  );
  const pids = output
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 1);
  const own = join(ground.scratch, `terminal-${terminal.id}`);
  assert.equal(statSync(ground.scratch).mode & 0o777, 0o700);
  assert.equal(statSync(own).mode & 0o777, 0o700);
  for (const entry of readdirSync(own, { withFileTypes: true })) {
    assert.equal(statSync(join(own, entry.name)).mode & 0o777, entry.isDirectory() ? 0o700 : 0o600, entry.name);
  }
  await terminal.close();
  await terminal.close();
  assert.equal(existsSync(own), false);
  try {
    assert.equal(survivors.length, 1);
    assert.match(survivors[0] ?? "", /^\d+ sleep$/);
    assert.equal(pids.filter(isAlive).length, 1, "only the one in a session of its own lives");
  } finally {
    for (const line of survivors) sendSignal(Number(line.split(" ")[0]), "SIGKILL");
  }
  assert.equal(ground.terminals.rowsSince(terminal.id, 0), null);
});

test("nine shells work at the same time", async () => {
  await using ground = makeGround();
  const terminals = Array.from({ length: 9 }, () => ground.open());
  const results = await Promise.all(
    terminals.map((terminal, i) => run(terminal, `for n in 1 2 3; do echo ${i}-$n; done; seq 1 2000 | tail -1`)),
  );
  results.forEach((result, i) => {
    assert.equal(result.output, `${i}-1\n${i}-2\n${i}-3\n2000\n`);
  });
});

test("strings that are dropped do not count as waiting: a flood of them never stops its terminal", async () => {
  await using ground = makeGround();
  // Each of them is longer than the guard lets through, and something stands between them.
  const code = `x=$(head -c 100000 /dev/zero | tr '\\0' x); i=0; while [ $i -lt 30 ]; do printf '\\033]0;%s\\007between ' "$x"; i=$((i+1)); done; printf 'it lives'; exec sleep 600`;
  const terminal = ground.open({ program: { type: "command", argv: ["sh", "-c", code] }, sandbox: FULL });
  await until("all of it was read", () => terminal.text(20).endsWith("it lives"));
});
