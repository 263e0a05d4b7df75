// Peers that break the protocol, are of another version, or say nothing: each is told and dropped, the server goes on.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { PROTOCOL_VERSION } from "../../src/domain/protocol.ts";
import { isRunning, untilEnded } from "../support/process-end.ts";
import { firstAgent, frame, type Member, makeGround, type Raw, type ServerGround } from "./ground.ts";

async function stand(t: TestContext): Promise<{ ground: ServerGround; good: Member }> {
  const ground = makeGround();
  t.after(ground.close);
  return { ground, good: await ground.join() };
}

/** The good client's link still carries commands and facts. */
async function assertServes(good: Member): Promise<void> {
  await good.until("an agent", () => good.workspace()?.agents.length !== 0);
  const reply = await good.command({ type: "agent.rename", agent: firstAgent(good), title: `at ${performance.now()}` });
  await good.until("its fact", () => (good.workspace()?.seq ?? 0) >= reply.seq);
  assert.ok(isRunning(good.serverPid));
}

function byeOf(raw: Raw): string {
  const last = raw.messages().at(-1);
  assert.equal(last?.type, "bye", JSON.stringify(raw.messages().map(({ type }) => type)));
  return String(last?.["reason"]);
}

const deep = `{"type":"command","id":1,"command":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
const afterHello: Readonly<Record<string, { bytes: Buffer | object; says: RegExp }>> = {
  "a second hello": {
    bytes: { type: "hello", version: PROTOCOL_VERSION, folder: "/", env: {}, role: "query" },
    says: /hello was said already/,
  },
  "an unknown kind": { bytes: frame(7, "x"), says: /kind 7/ },
  rows: { bytes: frame(1, "x"), says: /terminal rows/ },
  "an oversized frame": { bytes: Buffer.from([0x7f, 0xff, 0xff, 0xff, 0]), says: /more than the limit/ },
  "JSON nested very deep": { bytes: frame(0, deep), says: /unknown shape|too deep/ },
  "a command of no known type": { bytes: { type: "command", id: 1, command: { type: "agent.explode" } }, says: /unknown shape/ },
  "sizes out of bounds": {
    bytes: { type: "command", id: 1, command: { type: "client.view", cols: 1e9, rows: -4, terminals: [], agents: [], isActive: true } },
    says: /unknown shape/,
  },
  "text that is no JSON": { bytes: frame(0, "{]"), says: /not JSON/ },
};

test("whatever a client sends after its hello, it is told what was wrong and dropped; others notice nothing", async (t) => {
  const { ground, good } = await stand(t);
  for (const [name, { bytes, says }] of Object.entries(afterHello)) {
    const raw = await ground.raw();
    raw.hello();
    await raw.until("a snapshot", () => raw.messages().some(({ type }) => type === "snapshot"));
    if (Buffer.isBuffer(bytes)) raw.socket.write(bytes);
    else raw.send(bytes);
    await raw.closed;
    assert.match(byeOf(raw), says, name);
  }
  await assertServes(good);
});

test("whoever does not begin with a good hello is told and dropped", async (t) => {
  const { ground, good } = await stand(t);
  const first: Readonly<Record<string, { message: object; says: RegExp }>> = {
    "another message": { message: { type: "ls" }, says: /first message must be hello/ },
    "no folder": { message: { type: "hello", version: PROTOCOL_VERSION, env: {}, role: "screen" }, says: /unknown shape \(folder/ },
    "a relative folder": {
      message: { type: "hello", version: PROTOCOL_VERSION, folder: "x/y", env: {}, role: "screen" },
      says: /absolute path/,
    },
    "a folder with a zero": {
      message: { type: "hello", version: PROTOCOL_VERSION, folder: "/a\0b", env: {}, role: "task" },
      says: /absolute path/,
    },
  };
  for (const [name, { message, says }] of Object.entries(first)) {
    const raw = await ground.raw();
    raw.send(message);
    await raw.closed;
    assert.match(byeOf(raw), says, name);
  }
  // Half a hello, then the end.
  const half = await ground.raw();
  half.socket.end(frame(0, '{"type":"hello","version":1}').subarray(0, 12));
  await half.closed;
  assert.deepEqual(half.messages(), []);
  await assertServes(good);
});

test("a client of another version gets one sentence that says what to do; it may still list and stop", async (t) => {
  const { ground, good } = await stand(t);
  const screen = await ground.raw();
  screen.hello({ version: PROTOCOL_VERSION + 7, somethingNew: { a: 1 } });
  await screen.closed;
  assert.deepEqual(
    screen.messages().map(({ type }) => type),
    ["welcome", "bye"],
  );
  assert.match(byeOf(screen), /speaks version \d+ .* the client version \d+; .*interpane kill --all/);

  const query = await ground.raw();
  query.hello({ version: PROTOCOL_VERSION + 7, role: "query" });
  query.send({ type: "ls" });
  await query.until("the list", () => query.messages().some(({ type }) => type === "ls"));
  assert.deepEqual(query.messages().at(-1)?.["rows"], [{ folder: ground.folder, agents: 1, clients: 1, working: 0 }]);
  query.send({ type: "kill", isAll: false });
  await query.closed;
  assert.match(byeOf(query), /workspace was stopped/);
  assert.match(await good.caller.closed, /workspace was stopped/);

  const all = await ground.raw();
  all.hello({ version: PROTOCOL_VERSION + 7, role: "query" });
  all.send({ type: "kill", isAll: true });
  await all.closed;
  assert.ok(await untilEnded(good.serverPid));
});

test("a thousand connections that say nothing keep nobody out", async (t) => {
  const { ground, good } = await stand(t);
  const silent: Raw[] = [];
  for (let at = 0; at < 1000; at += 1) silent.push(await ground.raw());
  const late = await ground.join({ role: "task" });
  await assertServes(late);
  await assertServes(good);
  const [first] = silent;
  assert.ok(first !== undefined);
  await first.closed;
  assert.match(byeOf(first), /too many connections wait/);
});

test("a client that asks faster than it is answered, and reads nothing, waits; it is answered all the same in the end", async (t) => {
  const { ground, good } = await stand(t);
  await assertServes(good);
  const raw = await ground.raw();
  raw.hello({ role: "task" });
  await raw.until("a snapshot", () => raw.messages().some(({ type }) => type === "snapshot"));
  const COUNT = 3000;
  const agent = firstAgent(good);
  const asked = Array.from({ length: COUNT }, (_, id) =>
    frame(0, JSON.stringify({ type: "command", id, command: { type: "agent.rename", agent, title: `t${id}` } })),
  );
  raw.socket.write(Buffer.concat(asked));
  await raw.until("all replies", () => raw.messages().filter(({ type }) => type === "reply").length === COUNT, 60_000);
  await assertServes(good);
});

test("a workspace that is being stopped is not opened a second time before its journals are closed", async (t) => {
  const { ground, good } = await stand(t);
  await good.until("an agent", () => good.workspace()?.agents.length === 1);
  await good.command({ type: "prompt.send", agent: firstAgent(good), text: "tell me a long story 2000" });
  const stop = await ground.raw();
  stop.hello({ role: "query" });
  stop.send({ type: "kill", isAll: false });
  // Comes while the engine is closing, or after: in both cases it gets a whole workspace, or a bye that says why not.
  const next = await Promise.all(Array.from({ length: 5 }, () => ground.raw()));
  for (const raw of next) raw.hello({ role: "task" });
  for (const raw of next) {
    await raw.until("a snapshot or a bye", () => raw.messages().some(({ type }) => type === "snapshot" || type === "bye"));
  }
  await good.caller.closed;
  const after = await ground.join();
  assert.equal(after.workspace()?.agents.length, 1);
  assert.equal(after.workspace()?.agents[0]?.status, "idle");
  await assertServes(after);
});
