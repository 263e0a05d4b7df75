// 10,000 resizes of terminals that scroll, flood and end meanwhile: no crash, the last size right. Once through the server, which passes
// on as many as it has time for, and once straight to the pty and the emulator, which take each of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TerminalId } from "../../src/domain/ids.ts";
import type { Command } from "../../src/domain/protocol.ts";
import { makeGround as makeTerminals, until } from "../host-terminal/ground.ts";
import { type Member, makeGround, openTerminal } from "../server/ground.ts";
import { chanceOf } from "../support/chance.ts";
import { isRunning } from "../support/process-end.ts";

const ROUNDS = Number(process.env["INTERPANE_LONG_RESIZES"] ?? 10_000);

type View = Extract<Command, { type: "client.view" }>;

async function textOf(member: Member, terminal: TerminalId): Promise<string> {
  const answer = await member.caller.query<"terminal.text">({ type: "terminal.text", terminal, lines: 200 });
  return answer.ok ? answer.value.text : answer.reason;
}

/** There is no event for what a program prints: it is asked until it fits. */
async function untilText(member: Member, terminal: TerminalId, what: RegExp): Promise<void> {
  for (const deadline = performance.now() + 30_000; ; ) {
    const text = await textOf(member, terminal);
    if (what.test(text)) return;
    assert.ok(performance.now() < deadline, `waited for ${what} in:\n${text.slice(-500)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test(`${ROUNDS} resizes, also after exit: no crash, the last size right`, { timeout: 600_000 }, async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const member = await ground.join();
  // A full scrollback of lines that wrap, one that floods all the while, one that tells its size, one that ends in the middle.
  const long = await openTerminal(
    member,
    'i=0; while [ $i -lt 12000 ]; do i=$((i+1)); echo "$i ................................................................................................"; done; echo filled; while read -r x; do stty size; done',
  );
  const flood = await openTerminal(member, "while :; do seq 1 10000; done");
  const asked = await openTerminal(member, 'while read -r x; do echo "size $(stty size)"; done');
  const ending = await openTerminal(member, "read -r x; exit 3");
  await untilText(member, long, /filled/);
  const terminals = [long, flood, asked, ending];

  const view = (cols: number, rows: number): View => ({
    type: "client.view",
    cols: 160,
    rows: 50,
    agents: [],
    isActive: true,
    terminals: terminals.map((terminal) => ({ terminal, cols, rows })),
  });
  const from = performance.now();
  const chance = chanceOf(12345);
  const random = (most: number): number => 1 + chance.below(most);
  let open: Promise<unknown>[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [cols, rows] = round % 97 === 0 ? [1000, 1000] : round % 89 === 0 ? [1, 1] : [random(300), random(100)];
    open.push(member.command(view(cols, rows)));
    if (round === Math.floor(ROUNDS / 2)) await member.command({ type: "terminal.input", terminal: ending, data: "\r" });
    if (open.length < 100) continue;
    await Promise.all(open);
    open = [];
  }
  await Promise.all(open);
  await member.command(view(91, 37));
  t.diagnostic(`${((performance.now() - from) / ROUNDS).toFixed(2)} ms a resize of four terminals`);

  await member.until("the end of one", () => member.workspace()?.terminals.find(({ id }) => id === ending)?.exitCode === 3);
  for (const terminal of [long, flood, asked])
    await member.until("the last size", () => {
      const newest = member.rows.findLast((rows) => rows.terminal === terminal);
      return newest?.cols === 91 && newest.rows === 37;
    });
  await member.command({ type: "terminal.input", terminal: asked, data: "\r" });
  await untilText(member, asked, /size 37 91/);
  // Only the one that has ended is shown any more.
  for (let round = 0; round < 200; round += 1)
    await member.show({ terminals: [{ terminal: ending, cols: random(300), rows: random(100) }], isActive: true });
  assert.ok(isRunning(member.serverPid));
  await untilText(member, asked, /size 37 91/);
});

test(`${ROUNDS} resizes of the pty itself, in the middle of which its program ends`, { timeout: 600_000 }, async () => {
  await using ground = makeTerminals();
  const command = (script: string) => ground.open({ program: { type: "command", argv: ["/bin/sh", "-c", script] } });
  // A reused descriptor must not be resized in place of the one that was closed: others come and go all the while.
  const ending = command("read -r x; exit 3");
  const asked = command('while read -r x; do echo "size $(stty size)"; done');
  await until("both run", () => ground.terminals.grid(ending.id) !== null && ground.terminals.grid(asked.id) !== null);
  for (let round = 1; round <= ROUNDS; round += 1) {
    ending.resize(1 + (round % 997), 1 + (round % 499));
    asked.resize(1 + ((round * 7) % 300), 1 + ((round * 3) % 100));
    if (round === Math.floor(ROUNDS / 2)) ending.write("\r");
    if (round % 1000 === 0) void command("exit 0");
    if (round % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  asked.resize(93, 41);
  await until("one has ended", () => ground.ends.get(ending.id) === 3);
  for (let round = 0; round < 200; round += 1) ending.resize(2 + round, 3 + round);
  asked.write("\r");
  await until("the size is told", () => /size 41 93/.test(asked.text(10)));
  assert.deepEqual([ground.terminals.grid(asked.id)?.cols, ground.terminals.grid(asked.id)?.rows], [93, 41]);
  assert.deepEqual([ground.terminals.grid(ending.id)?.cols, ground.terminals.grid(ending.id)?.rows], [201, 202]);
});
