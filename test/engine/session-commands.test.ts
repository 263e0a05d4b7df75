// Back to an earlier message, on from there in a fork, and what becomes of a prompt.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentId, ItemId } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import { findAgent } from "../../src/domain/workspace.ts";
import { messagesOf } from "../../src/engine/session-commands.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { type Commander, callsExec, commanderOf, type FakeOptions, type FakeWorld, fakeWorld, says, spawn } from "../support/fake-ports.ts";

interface Ground extends Commander {
  readonly world: FakeWorld;
  readonly engine: WorkspaceEngine;
  readonly agent: AgentId;
  /** Says something and waits for the end of its turn. */
  say(text: string, agent?: AgentId): Promise<void>;
  path(agent?: AgentId): Promise<TranscriptItem[]>;
  texts(agent?: AgentId): Promise<string[]>;
}

async function start(options: FakeOptions = {}): Promise<Ground> {
  const world = fakeWorld(options);
  const engine = await world.engine();
  const agent = await spawn(engine);
  const commander = commanderOf(engine);
  const { run } = commander;
  const path = async (of = agent) => (await engine.items(of, undefined, 500)).items;
  return {
    world,
    engine,
    agent,
    ...commander,
    path,
    async say(text, of = agent) {
      const { turn } = await run({ type: "prompt.send", agent: of, text });
      await world.until((fact) => fact.type === "turn.ended" && fact.turn === turn);
    },
    texts: async (of) => (await path(of)).flatMap((item) => ("text" in item ? [item.text] : [])),
  };
}

const users = (items: readonly TranscriptItem[]): ItemId[] => items.flatMap((item) => (item.type === "user" ? [item.id] : []));

test("rewinding goes to before the message and gives its text back; a notice says that the shell is not rewound", async () => {
  const { world, engine, agent, run, say, path, texts } = await start({ script: [says("one!"), says("two!"), says("other!")] });
  await say("one");
  await say("two");
  const [, second] = users(await path());
  const result = await run({ type: "session.rewind", agent, item: second ?? assert.fail() });
  assert.equal(result.note, "two");
  const after = await texts();
  assert.deepEqual(after.slice(0, 2), ["one", "one!"]);
  assert.match(after[2] ?? "", /before “two”.*the shell keeps its state/);
  await say("another two");
  assert.deepEqual(
    world.requests.at(-1)?.items.flatMap((item) => (item.type === "user" ? [item.text] : [])),
    ["one", "another two"],
  );
  assert.deepEqual(
    (await messagesOf(engine, agent)).map((row) => row.text),
    ["another two", "one"],
  );
  // A restart finds the same branch.
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.equal(findAgent(again.workspace, agent)?.head, findAgent(engine.workspace, agent)?.head);
});

test("rewinding to the very first message leaves an empty context", async () => {
  const { world, agent, run, say, path } = await start({ script: [says("one!"), says("new!")] });
  await say("one");
  await run({ type: "session.rewind", agent, item: users(await path())[0] ?? assert.fail() });
  await say("new");
  assert.deepEqual(
    world.requests.at(-1)?.items.flatMap((item) => (item.type === "user" ? [item.text] : [])),
    ["new"],
  );
});

test("what is no message on the path is refused, and so is rewinding an agent that works", async () => {
  const { world, agent, run, refused, say, path } = await start({
    script: [says("one!"), says("two!"), callsExec("sleep 1"), says("end")],
  });
  await say("one");
  await say("two");
  const [first, second] = users(await path());
  const answer = (await path()).find((item) => item.type === "text");
  assert.match(await refused({ type: "session.rewind", agent, item: answer?.id ?? assert.fail() }), /no message of yours/);
  await run({ type: "session.rewind", agent, item: second ?? assert.fail() });
  assert.match(await refused({ type: "session.rewind", agent, item: second ?? assert.fail() }), /no message of yours/);
  await run({ type: "prompt.send", agent, text: "go" });
  await world.until((fact) => fact.type === "approval.asked");
  assert.match(await refused({ type: "session.rewind", agent, item: first ?? assert.fail() }), /works; interrupt it first/);
});

test("a fork has the path in a session and an agent of its own, beside the first one, and both go on apart", async () => {
  const { world, engine, agent, run, say, texts } = await start({ script: [says("one!"), says("left!"), says("right!")] });
  await say("one");
  const forked = await run({ type: "session.fork", agent });
  const fork = forked.agent ?? assert.fail();
  assert.equal(forked.note, undefined);
  const [original, copy] = [findAgent(engine.workspace, agent), findAgent(engine.workspace, fork)];
  assert.notEqual(copy?.session, original?.session);
  assert.equal(copy?.session, forked.session);
  assert.match(copy?.title ?? "", / · fork$/);
  assert.equal(copy?.profile.id, original?.profile.id);
  assert.equal(engine.workspace.tabs.length, 1);
  assert.equal(engine.workspace.tabs[0]?.root.type, "split");
  await say("left");
  await say("right", fork);
  assert.deepEqual(await texts(), ["one", "one!", "left", "left!"]);
  const forkTexts = await texts(fork);
  assert.deepEqual([...forkTexts.slice(0, 2), ...forkTexts.slice(3)], ["one", "one!", "right", "right!"]);
  assert.match(forkTexts[2] ?? "", /forked from agent 1.*a shell of its own/);
  // What was spent before is counted once.
  assert.equal(engine.workspace.meters[fork]?.requests, 1);
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.deepEqual((await again.items(fork, undefined, 500)).items, (await engine.items(fork, undefined, 500)).items);
});

test("a fork from a message stands before it; a turn that runs stays behind", async () => {
  const { world, agent, run, say, path, texts } = await start({ script: [says("one!"), callsExec("sleep 1"), says("end")] });
  await say("one");
  await run({ type: "prompt.send", agent, text: "two" });
  await world.until((fact) => fact.type === "approval.asked");
  const whole = await run({ type: "session.fork", agent });
  assert.deepEqual((await texts(whole.agent)).slice(0, -1), ["one", "one!"]);
  const before = await run({ type: "session.fork", agent, item: users(await path())[0] ?? assert.fail(), place: { type: "tab" } });
  assert.equal(before.note, "one");
  assert.deepEqual(
    (await path(before.agent)).map((item) => item.type),
    ["notice"],
  );
});

test("a disk that takes no copy refuses the fork, and no agent is left of it", async () => {
  const { world, engine, agent, refused, say } = await start({ script: [says("one!")] });
  await say("one");
  world.breakDisk("append");
  assert.match(await refused({ type: "session.fork", agent }), /could not be copied: disk full/);
  assert.equal(engine.workspace.agents.length, 1);
});

test("a kept session is copied whole on its path; an unknown one is refused, and so is deleting an open one", async () => {
  const { world, engine, agent, run, refused, say } = await start({ script: [says("one!")] });
  await say("one");
  const session = findAgent(engine.workspace, agent)?.session ?? assert.fail();
  const copied = await run({ type: "session.copy", session });
  const resumed = await run({ type: "agent.spawn", place: { type: "tab" }, session: copied.session ?? assert.fail() });
  const items = (await engine.items(resumed.agent ?? assert.fail(), undefined, 10)).items;
  assert.deepEqual(
    items.map((item) => item.type),
    ["user", "text"],
  );
  const unknown = "s-unknown" as typeof session;
  assert.match(await refused({ type: "session.copy", session: unknown }), /no session s-unknown/);
  assert.match(await refused({ type: "session.delete", session: unknown }), /no session s-unknown/);
  const removed: string[] = [];
  world.ports.journals.list = async () => [
    { id: session, folder: "/work", title: "", createdAt: 0, updatedAt: 0, items: 2, isOpen: true, damage: null },
    { id: unknown, folder: "/work", title: "", createdAt: 0, updatedAt: 0, items: 2, isOpen: false, damage: null },
  ];
  world.ports.journals.remove = async (one) => void removed.push(one);
  assert.match(await refused({ type: "session.delete", session }), /is open in \/work; close its agent first/);
  await run({ type: "session.delete", session: unknown });
  assert.deepEqual(removed, [unknown]);
});

test("a reply says what became of a prompt: a turn, or a place in the queue that names its turn when it is taken", async () => {
  const { world, agent, run } = await start({ script: [callsExec("ls"), says("one!"), says("two!")] });
  const first = await run({ type: "prompt.send", agent, text: "one" });
  assert.ok(first.turn !== undefined && first.prompt === undefined);
  const second = await run({ type: "prompt.send", agent, text: "two" });
  assert.ok(second.turn === undefined && second.prompt !== undefined && second.note === "queued");
  const third = await run({ type: "prompt.send", agent, text: "three" });
  await run({ type: "prompt.takeBack", agent });
  const back = await world.until((fact) => fact.type === "prompt.taken" && fact.prompt === third.prompt);
  assert.ok(back.type === "prompt.taken" && back.turn === undefined);
  const asked = await world.until((fact) => fact.type === "approval.asked");
  assert.ok(asked.type === "approval.asked");
  await run({ type: "approval.answer", approval: asked.approval.id, answer: "no", digest: asked.approval.digest });
  const taken = await world.until((fact) => fact.type === "prompt.taken" && fact.prompt === second.prompt);
  assert.ok(taken.type === "prompt.taken" && taken.turn !== undefined);
  const ended = await world.until((fact) => fact.type === "turn.ended" && fact.turn === taken.turn);
  assert.ok(ended.type === "turn.ended" && ended.outcome === "done");
});

test("an agent whose session was deleted while its workspace was closed does not come back as an empty one", async () => {
  const { world, engine, agent, run, say } = await start({ script: [says("one!")] });
  await say("one");
  const other = await run({ type: "agent.spawn", place: { type: "tab" } });
  world.disk.delete(`session ${findAgent(engine.workspace, agent)?.session}`);
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.deepEqual(
    again.workspace.agents.map(({ id }) => id),
    [other.agent],
  );
  assert.equal(again.workspace.tabs.length, 1);
});

test("closing an agent that nobody has used leaves no empty session; one that was used keeps its own", async () => {
  const { world, engine, agent, run, say } = await start({ script: [says("one!")] });
  const removed: string[] = [];
  world.ports.journals.remove = async (one) => void removed.push(one);
  await say("one");
  const unused = await run({ type: "agent.spawn", place: { type: "tab" } });
  const session = findAgent(engine.workspace, unused.agent ?? assert.fail())?.session;
  await run({ type: "agent.close", agent: unused.agent ?? assert.fail() });
  await run({ type: "agent.close", agent });
  assert.deepEqual(removed, [session]);
});
