// Thousands of connections that send what is almost right: each is told or just ended, the server and its other client go on, and
// nothing of them is left in the server.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { PROTOCOL_VERSION } from "../../src/domain/protocol.ts";
import { firstAgent, frame, type Member, makeGround, memoryOf, type Raw, type ServerGround } from "../server/ground.ts";
import { chanceOf } from "../support/chance.ts";
import { isRunning } from "../support/process-end.ts";

const ROUNDS = Number(process.env["INTERPANE_LONG_FUZZ"] ?? 5_000);
const AT_ONCE = 20;
const MB = 1024 * 1024;

type Random = (most: number) => number;

/** A conversation as a client would lead it. */
function conversation(folder: string, agent: string, random: Random): Buffer[] {
  const role = ["screen", "task", "query"][random(3)];
  const hello = { type: "hello", version: PROTOCOL_VERSION + (random(5) === 0 ? 1 : 0), folder, env: { LANG: "C" }, role };
  const commands = [
    { type: "agent.rename", agent, title: "fuzz" },
    { type: "client.view", cols: 80, rows: 24, terminals: [{ terminal: "x-none", cols: 80, rows: 24 }], agents: [agent], isActive: true },
    { type: "terminal.input", terminal: "x-none", data: "\u0000\u001b" },
    { type: "pane.resize", pane: "p-none", direction: "row", share: 0.5 },
    { type: "approval.answer", approval: "none", answer: "yes", digest: "" },
    { type: "turn.interrupt", agent },
  ];
  const messages: unknown[] = [hello];
  for (let at = random(6); at > 0; at -= 1) messages.push({ type: "command", id: at, command: commands[random(commands.length)] });
  if (random(3) === 0) messages.push({ type: "query", id: 99, query: { type: "items", agent, limit: 10 } });
  if (random(3) === 0) messages.push({ type: "ls" });
  const keys = Array.from({ length: random(3) }, () => frame(2, "\u0006x-none\u0003C-x\u0018"));
  return [...messages.map((message) => frame(0, JSON.stringify(message))), ...keys];
}

function mutate(bytes: Buffer, random: Random): Buffer {
  const at = random(bytes.length);
  const copy = Buffer.from(bytes);
  switch (random(8)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
      return copy;
    case 2:
      copy.writeUInt32BE(random(2 ** 32), Math.min(at, Math.max(0, copy.length - 4)));
      return copy;
    case 3:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(random(at + 1))]);
    case 4:
      return Buffer.concat([copy, Buffer.from(Array.from({ length: random(200) }, () => random(256)))]);
    case 5:
      return copy.fill(0, at, Math.min(copy.length, at + random(64)));
    case 6:
      return Buffer.concat([copy.subarray(at), copy.subarray(0, at)]);
    default:
      return copy;
  }
}

async function one(ground: ServerGround, agent: string, seed: number): Promise<void> {
  const random = chanceOf(seed).below;
  const raw: Raw = await ground.raw();
  const bytes = mutate(Buffer.concat(conversation(ground.folder, agent, random)), random);
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random(random(4) === 0 ? 7 : 5000);
    raw.socket.write(bytes.subarray(at, at + size));
    at += size;
    if (random(6) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (random(3) === 0) raw.socket.destroy();
  else raw.socket.end();
  await raw.closed;
}

async function assertServes(good: Member, what: string): Promise<void> {
  const reply = await good.command({ type: "agent.rename", agent: firstAgent(good), title: what });
  await good.until("its fact", () => (good.workspace()?.seq ?? 0) >= reply.seq);
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

test(`${ROUNDS} fuzzed connections: the server goes on and keeps nothing of them`, { timeout: 600_000 }, async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const good = await ground.join();
  await good.until("an agent", () => good.workspace()?.agents.length === 1);
  const agent = firstAgent(good);
  const base = Number(process.env["INTERPANE_SEED"] ?? 1);
  const round = async (from: number, to: number): Promise<void> => {
    for (let seed = from; seed < to; seed += AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, to - seed) }, (_, at) => one(ground, agent, base + seed + at)));
      assert.ok(isRunning(good.serverPid), `the server died at seeds ${base + seed} to ${base + seed + AT_ONCE}`);
    }
  };
  await round(0, Math.floor(ROUNDS / 5));
  await assertServes(good, "a fifth");
  const [descriptors, memory] = [descriptorsOf(good.serverPid), memoryOf(good.serverPid)];
  await round(Math.floor(ROUNDS / 5), ROUNDS);
  await assertServes(good, "all");
  const grown = (memoryOf(good.serverPid) - memory) / MB;
  t.diagnostic(`grown by ${grown.toFixed(0)} MB, descriptors ${descriptors} → ${descriptorsOf(good.serverPid)}`);
  // Whoever was told why it is dropped has half a second to read it.
  for (const deadline = performance.now() + 10_000; descriptorsOf(good.serverPid) > descriptors + 2; ) {
    assert.ok(performance.now() < deadline, "descriptors are left");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(grown < 80, `${grown} MB`);
  const rows = await good.caller.query<"workspaces">({ type: "workspaces" });
  assert.deepEqual(rows.ok && rows.value.rows.map(({ clients }) => clients), [1]);
});
