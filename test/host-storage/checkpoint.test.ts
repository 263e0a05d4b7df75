// Checkpoints: with one, without one, or with a damaged one, a journal opens to the same; what it leaves on disk can still be read.

import assert from "node:assert/strict";
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { AgentId, ItemId } from "../../src/domain/ids.ts";
import type { Fact } from "../../src/domain/protocol.ts";
import { replaySession } from "../../src/domain/session-state.ts";
import { emptyWorkspace, type Workspace } from "../../src/domain/workspace.ts";
import { ItemStore } from "../../src/engine/item-store.ts";
import type { Journals } from "../../src/engine/ports.ts";
import { openSession } from "../../src/engine/recovery.ts";
import { type FileOps, realFileOps } from "../../src/host/file-ops.ts";
import { createJournals } from "../../src/host/journal.ts";
import { encodeFrame } from "../../src/host/journal-frame.ts";
import { chanceOf } from "../support/chance.ts";
import { keptItems, profileOf } from "../support/fake-ports.ts";
import { failure, item, opened, opsWith, randomHistory, sessionId, tempDir, titled, unsynced } from "./support.ts";

const NAME = { type: "session", session: sessionId("session-1") } as const;
const AGENT = "agent-9" as AgentId;

interface Ground {
  readonly journals: Journals;
  readonly dir: string;
  readonly file: string;
  readonly checkpoint: string;
  readonly problems: string[];
}

function make(t: TestContext, ops: FileOps = unsynced): Ground {
  const home = tempDir(t);
  const dir = join(home, "sessions");
  const problems: string[] = [];
  const journals = createJournals({ sessionsDir: dir, workspacesDir: join(home, "workspaces") }, ops, (text) => problems.push(text));
  return { journals, dir, file: join(dir, "session-1.jsonl"), checkpoint: join(dir, "session-1.checkpoint"), problems };
}

async function write(journals: Journals, facts: readonly Fact[]): Promise<void> {
  const { journal } = await journals.open(NAME);
  for (const fact of facts) journal.append(fact);
  await journal.close();
}

/** Long enough that a checkpoint is left at closing. */
const LONG: readonly Fact[] = [opened(1), ...Array.from({ length: 400 }, (_, n) => item(n + 2, `number ${n + 2} ${"x".repeat(n % 37)}`))];

/** Behind the checkpoint's back the first line says something else: whoever reads it has not used the checkpoint. Leaves all as it was. */
async function isUsed({ journals, dir, file, checkpoint }: Ground): Promise<boolean> {
  const bytes = readFileSync(file);
  const kept = readFileSync(checkpoint);
  const other = encodeFrame(JSON.stringify(opened(1, "FIRST TITLE")));
  writeFileSync(file, Buffer.concat([other, bytes.subarray(other.length)]));
  const { journal, state } = await journals.open(NAME);
  await journal.close();
  for (const name of readdirSync(dir)) if (name.includes(".damaged-")) rmSync(join(dir, name));
  writeFileSync(file, bytes);
  writeFileSync(checkpoint, kept);
  assert.ok(state.type === "session");
  return state.session.agent.title === "first title";
}

function workspaceWithAgent(): Workspace {
  const agent = {
    id: AGENT,
    number: 3,
    session: NAME.session,
    title: "spawned",
    cwd: "/spawned",
    profile: profileOf("base"),
    head: null,
    status: "idle" as const,
    since: 5,
    turn: null,
    queue: [],
    sandbox: { mode: "workspace-write" as const, network: true, writable: [] },
    terminal: null,
    isEphemeral: false,
  };
  const other = { id: "agent-8" as AgentId };
  return {
    ...emptyWorkspace("/work"),
    agents: [agent],
    items: { [AGENT]: [], [other.id]: [] },
    meters: {},
    approvals: [],
  };
}

/** The workspace that an opening gives, and the store of its items. */
async function opening(journals: Journals): Promise<{ workspace: Workspace; items: ItemStore; path: string[]; damage: readonly string[] }> {
  const workspace = workspaceWithAgent();
  const agent = workspace.agents[0];
  assert.ok(agent !== undefined);
  const session = await openSession(workspace, agent, journals);
  const path = (await session.items.path(agent.head)).map((one) => one.id);
  await session.journal.close();
  return { workspace, items: session.items, path, damage: session.damage };
}

test("whatever a session's facts say, a checkpoint of them opens to the same workspace as the facts themselves", async (t) => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const { journals, checkpoint } = make(t);
    const facts = randomHistory(seed, 900);
    const cut = 400 + seed * 31;
    await write(journals, facts.slice(0, cut));
    assert.ok(existsSync(checkpoint), `seed ${seed}`);
    const { journal } = await journals.open(NAME);
    for (const fact of facts.slice(cut, cut + 100)) journal.append(fact);
    await journal.close();
    const withIt = await opening(journals);
    rmSync(checkpoint);
    const without = await opening(journals);
    assert.deepEqual(withIt.workspace, without.workspace, `seed ${seed}`);
    assert.deepEqual(withIt.path, without.path, `seed ${seed}`);
    assert.deepEqual(await journals.read(NAME), facts.slice(0, cut + 100));
  }
});

test("what the session's facts did not set stays as the agent was spawned, with a checkpoint too", async (t) => {
  const { journals, checkpoint } = make(t);
  await write(journals, LONG);
  assert.ok(existsSync(checkpoint));
  const { workspace } = await opening(journals);
  const [agent] = workspace.agents;
  assert.equal(agent?.cwd, "/spawned");
  assert.equal(agent?.sandbox.mode, "workspace-write");
  assert.equal(agent?.profile.id, "base");
  assert.equal(agent?.title, "first title");
  assert.equal(workspace.seq, 401);
});

test("items long past are read from the file when they are asked for, whether the checkpoint has them or not", async (t) => {
  const { journals } = make(t);
  await write(journals, LONG);
  await write(journals, [item(500)]);
  const { journal, state, items } = await journals.open(NAME);
  assert.ok(state.type === "session");
  assert.equal(state.session.items.length, 200);
  const ids = ["item-2", "item-250", "item-401", "item-500", "item-nowhere"] as ItemId[];
  const found = await items.read(ids);
  assert.deepEqual(found.map((one) => one.id).sort(), ["item-2", "item-250", "item-401", "item-500"]);
  assert.deepEqual(
    found.find((one) => one.id === "item-250"),
    (LONG[249] as Extract<Fact, { type: "item.added" }>).item,
  );
  journal.append(item(501));
  assert.equal((await items.read(["item-501" as ItemId]))[0]?.id, "item-501", "one that was just appended");
  await journal.close();
});

test("the store holds a bounded number of bodies and reads the others again", async (t) => {
  const { journals } = make(t);
  const long = "y".repeat(100_000);
  await write(journals, [opened(1), ...Array.from({ length: 300 }, (_, n) => item(n + 2, `${n + 2} ${long}`))]);
  const { journal, items, state } = await journals.open(NAME);
  assert.ok(state.type === "session");
  const store = new ItemStore(items);
  const head = state.session.agent.head ?? null;
  assert.equal((await store.path(head)).length, 300);
  assert.equal((await store.path(head)).length, 300);
  assert.equal((await store.get("item-2" as ItemId))?.type, "user");
  const page = await store.page(head, "item-100" as ItemId, 10);
  assert.deepEqual([page.items[0]?.id, page.items.at(-1)?.id, page.hasMore], ["item-90", "item-99", true]);
  await journal.close();
});

test("a checkpoint that is cut, flipped, emptied, or another's is as if it were not there", async (t) => {
  const ground = make(t);
  const { journals, checkpoint, file } = ground;
  await write(journals, LONG);
  assert.equal(await isUsed(ground), true);
  const good = readFileSync(checkpoint);
  const before = await opening(journals);
  const journalBytes = readFileSync(file);
  const chance = chanceOf(7);
  const bad: [string, Buffer][] = [
    ["empty", Buffer.alloc(0)],
    ["of another version", Buffer.from(good.toString("latin1").replace("interpane-checkpoint 1 ", "interpane-checkpoint 9 "), "latin1")],
    ["longer", Buffer.concat([good, Buffer.from("x")])],
  ];
  for (let n = 0; n < 30; n += 1) {
    const at = chance.below(good.length);
    const flipped = Buffer.from(good);
    flipped.writeUInt8((flipped[at] ?? 0) ^ (1 << chance.below(8)), at);
    bad.push([`flipped at ${at}`, flipped], [`cut at ${at}`, good.subarray(0, at)]);
  }
  for (const [what, bytes] of bad) {
    writeFileSync(checkpoint, bytes, { mode: 0o600 });
    assert.equal(await isUsed(ground), false, what);
    writeFileSync(checkpoint, bytes, { mode: 0o600 });
    assert.deepEqual((await opening(journals)).damage, [], what);
    assert.deepEqual(readFileSync(checkpoint), good, `${what}: it was made anew`);
    assert.deepEqual(readFileSync(file), journalBytes);
  }
  assert.deepEqual((await opening(journals)).workspace, before.workspace);
});

test("a journal that is shorter than its checkpoint says, or another's, is read whole", async (t) => {
  const ground = make(t);
  const { journals, checkpoint, file } = ground;
  await write(journals, LONG);
  const bytes = readFileSync(file);
  const good = readFileSync(checkpoint);
  for (const cut of [bytes.length - 1, bytes.length - 20, 5000, 0]) {
    writeFileSync(checkpoint, good);
    writeFileSync(file, bytes.subarray(0, cut));
    if (cut > 1000) assert.equal(await isUsed(ground), false, `cut at ${cut}`);
    writeFileSync(checkpoint, good);
    await write(journals, [item(900)]);
    const facts = await journals.read(NAME);
    assert.deepEqual(facts, [...LONG.slice(0, facts.length - 1), item(900)]);
  }
  writeFileSync(checkpoint, good);
  writeFileSync(file, Buffer.concat([opened(1), item(2, "someone else's")].map((fact) => encodeFrame(JSON.stringify(fact)))));
  assert.equal((await opening(journals)).path.length, 1);
});

test("an item whose line is damaged is left out, said, and the conversation around it stays in one piece", async (t) => {
  const { journals, checkpoint, file, problems } = make(t);
  await write(journals, LONG);
  const bytes = readFileSync(file);
  bytes.write("#", bytes.indexOf('"item-150"') + 3);
  writeFileSync(file, bytes);
  const first = await opening(journals);
  assert.equal(first.path.length, 399);
  assert.ok(!first.path.includes("item-150") && first.path.includes("item-2"));
  assert.match(problems.join(), /1 older message cannot be read; the journal is looked through when it is next opened/);
  assert.equal(existsSync(checkpoint), false, "it is not trusted any more");
  const second = await opening(journals);
  assert.match(second.damage.join(), /damaged bytes at offset \d+ set aside/);
  assert.deepEqual(second.path, first.path, "a hole does not part the conversation, however it is found");
  const third = await opening(journals);
  assert.deepEqual(third.damage, []);
  assert.deepEqual(third.path, first.path);
});

test("lines that have changed places are found where they stand now", async (t) => {
  const { journals, file } = make(t);
  await write(journals, LONG);
  const lines = readFileSync(file, "utf8").split("\n");
  const [a, b] = [lines[60] ?? "", lines[99] ?? ""];
  lines[60] = b;
  lines[99] = a;
  writeFileSync(file, lines.join("\n"));
  const { path, items } = await opening(journals);
  assert.equal(path.length, 400);
  assert.equal((await items.get("item-61" as ItemId))?.id, "item-61");
});

test("a line repeated behind the checkpoint counts once", async (t) => {
  const { journals, file } = make(t);
  await write(journals, LONG);
  appendFileSync(file, encodeFrame(JSON.stringify(item(100, LONG[99] === undefined ? "" : `number 100 ${"x".repeat(98 % 37)}`))));
  const { path, workspace } = await opening(journals);
  assert.equal(path.length, 400);
  assert.equal(workspace.agents[0]?.head, "item-401");
  assert.deepEqual(await journals.read(NAME), LONG);
});

test("a torn end behind the checkpoint is cut and named, and the checkpoint still serves", async (t) => {
  const ground = make(t);
  const { journals, file } = ground;
  await write(journals, LONG);
  appendFileSync(file, encodeFrame(JSON.stringify(item(403))).subarray(0, 40));
  assert.equal(await isUsed(ground), true);
  const { journal, damage } = await journals.open(NAME);
  assert.match(damage.join(), /the last entry was unfinished \(40 bytes\) and was cut off/);
  journal.append(item(403));
  await journal.close();
  assert.deepEqual(await journals.read(NAME), [...LONG, item(403)]);
});

test("entries of a newer version are named at every opening, also out of a checkpoint", async (t) => {
  const ground = make(t);
  const { journals, file } = ground;
  await write(journals, LONG.slice(0, 300));
  appendFileSync(file, encodeFrame(JSON.stringify({ seq: 301, at: 5, type: "agent.danced", agent: "agent-1" })));
  await write(journals, LONG.slice(301));
  assert.equal(await isUsed(ground), true);
  const { damage } = await opening(journals);
  assert.match(damage.join(), /1 entry of type "agent\.danced" cannot be read by this version/);
});

test("while a disk fails in the middle of a session, items are read from where they went, then and after", async (t) => {
  let fails = 0;
  const { journals, dir } = make(
    t,
    opsWith({ fdatasync: async (fd) => (fails-- > 0 ? Promise.reject(failure("EIO")) : realFileOps.fdatasync(fd)) }),
  );
  const { journal, items } = await journals.open(NAME);
  const store = new ItemStore(items);
  for (const fact of LONG.slice(0, 300)) journal.append(fact);
  await journal.synced();
  journal.append(item(302));
  journal.append(item(303));
  fails = 1;
  await assert.rejects(journal.synced());
  assert.equal((await items.read(["item-302" as ItemId]))[0]?.id, "item-302");
  journal.append(item(304));
  await journal.synced();
  const ids = ["item-303", "item-304", "item-50"] as ItemId[];
  assert.deepEqual(
    (await store.read(ids)).map((one) => one.id),
    ids,
  );
  await journal.close();
  assert.deepEqual(readdirSync(dir).sort(), ["session-1.2.jsonl", "session-1.checkpoint", "session-1.jsonl"]);
  const again = await journals.open(NAME);
  assert.equal((await again.items.read(ids)).length, 3);
  await again.journal.close();
});

for (const code of ["ENOSPC", "EIO", "EROFS", "EMFILE"]) {
  for (const at of ["open", "write", "sync", "rename"]) {
    test(`a checkpoint that cannot be written (${code} at ${at}) leaves the old one, is named once, and costs the journal nothing`, async (t) => {
      let isDown = false;
      const broken = new Set<number>();
      const down = (what: string): boolean => isDown && what === at;
      const { journals, dir, checkpoint, problems } = make(
        t,
        opsWith({
          openSync: (path, flags, mode) => {
            const isOurs = path.includes(".checkpoint");
            if (isOurs && down("open")) throw failure(code);
            const fd = realFileOps.openSync(path, flags, mode);
            if (isOurs) broken.add(fd);
            else broken.delete(fd);
            return fd;
          },
          writeSync: (fd, bytes, offset, length) => {
            if (broken.has(fd) && down("write")) throw failure(code);
            return realFileOps.writeSync(fd, bytes, offset, length);
          },
          fdatasync: async (fd) => (broken.has(fd) && down("sync") ? Promise.reject(failure(code)) : realFileOps.fdatasync(fd)),
          renameSync: (from, to) => {
            if (to.endsWith(".checkpoint") && down("rename")) throw failure(code);
            realFileOps.renameSync(from, to);
          },
        }),
      );
      await write(journals, LONG);
      const good = readFileSync(checkpoint);
      isDown = true;
      const more = Array.from({ length: 250 }, (_, n) => item(500 + n));
      await write(journals, more);
      assert.deepEqual(readFileSync(checkpoint), good);
      assert.match(problems.join(), new RegExp(`^session-1: the checkpoint could not be written: .*\\(${code}\\); its journal is whole`));
      assert.equal(problems.length, 1);
      assert.deepEqual(readdirSync(dir).sort(), ["session-1.checkpoint", "session-1.jsonl"]);
      isDown = false;
      await write(journals, more.slice(0, 1));
      assert.notDeepEqual(readFileSync(checkpoint), good, "there is room again");
      assert.equal(statSync(checkpoint).mode & 0o777, 0o600);
    });
  }
}

test("the list is the same with a checkpoint as without, and looks only at what came after it", async (t) => {
  const { journals, checkpoint, dir } = make(t);
  await write(journals, LONG);
  await write(journals, [titled(402, "newest"), item(403)]);
  const fresh = (): Journals => createJournals({ sessionsDir: dir, workspacesDir: "" });
  assert.ok(existsSync(checkpoint));
  const withIt = await fresh().list();
  rmSync(checkpoint);
  assert.deepEqual(withIt, await fresh().list());
  assert.deepEqual(
    withIt.map((row) => [row.title, row.items, row.createdAt, row.updatedAt]),
    [["newest", 401, 1001, 1403]],
  );
});

test("removing a session removes its checkpoint, and what a crash left half made", async (t) => {
  const { journals, dir } = make(t);
  await write(journals, LONG);
  writeFileSync(join(dir, ".session-1.checkpoint.abc.tmp"), "half");
  writeFileSync(join(dir, ".session-12.checkpoint.abc.tmp"), "another's");
  await journals.remove(NAME.session);
  assert.deepEqual(readdirSync(dir), [".session-12.checkpoint.abc.tmp"]);
});

test("what a crash left half made is gone at the next opening, and nothing of other sessions with it", async (t) => {
  const { journals, dir } = make(t);
  await write(journals, LONG);
  writeFileSync(join(dir, ".session-1.checkpoint.abc.tmp"), "half");
  writeFileSync(join(dir, ".session-1.jsonl.abc.tmp"), "half");
  writeFileSync(join(dir, ".session-12.checkpoint.abc.tmp"), "another's");
  await opening(journals);
  assert.deepEqual(readdirSync(dir).sort(), [".session-12.checkpoint.abc.tmp", "session-1.checkpoint", "session-1.jsonl"]);
});

test("a workspace's journal has a checkpoint too", async (t) => {
  const { journals } = make(t);
  const name = { type: "workspace", folder: "/work" } as const;
  const { journal } = await journals.open(name);
  for (let seq = 1; seq <= 300; seq += 1) journal.append({ seq, at: seq, type: "workspace.offlineSet", isOffline: seq % 3 === 0 });
  await journal.close();
  const again = await journals.open(name);
  assert.ok(again.state.type === "workspace");
  assert.deepEqual(again.state.workspace, { ...emptyWorkspace("/work"), seq: 300, isOffline: true });
  again.state.workspace.seq = 7;
  again.journal.append({ seq: 301, at: 1, type: "workspace.offlineSet", isOffline: false });
  await again.journal.close();
  const last = await journals.open(name);
  assert.ok(last.state.type === "workspace" && last.state.workspace.seq === 301, "what was given away is not what is kept");
  await last.journal.close();
});

test("paths, pages and the nearest of a type are those of the plain tree, from memory and from the file", async (t) => {
  for (let seed = 1; seed <= 8; seed += 1) {
    const { journals } = make(t);
    const facts = randomHistory(seed, 400);
    await write(journals, facts);
    const plain = keptItems(facts);
    const { journal, items } = await journals.open(NAME);
    const store = new ItemStore(items);
    const ids = facts.flatMap((fact) => (fact.type === "item.added" ? [fact.item.id] : []));
    const chance = chanceOf(seed);
    for (let n = 0; n < 200; n += 1) {
      const head = chance.pick(ids);
      const range = {
        ...(chance.below(3) === 0 ? { from: chance.pick(ids) } : {}),
        ...(chance.below(3) === 0 ? { before: chance.pick(ids) } : {}),
        ...(chance.below(3) === 0 ? { limit: 1 + chance.below(20) } : {}),
      };
      assert.deepEqual(items.path(head, range), plain.path(head, range), `seed ${seed} ${head} ${JSON.stringify(range)}`);
      assert.equal(items.parentOf(head), plain.parentOf(head));
      assert.equal(items.nearest(head, "user"), plain.nearest(head, "user"));
      assert.equal(items.nearest(head, "call"), null);
      const page = await store.page(head, undefined, 7);
      const path = plain.path(head, {});
      assert.deepEqual([page.items.map((one) => one.id), page.hasMore], [path.slice(-7), path.length > 7]);
    }
    await journal.close();
  }
});

test("a long session leaves checkpoints while it runs, so that a crash costs little reading, and what comes meanwhile is kept", async (t) => {
  const ground = make(t);
  const { journals, checkpoint, dir } = ground;
  const { journal } = await journals.open(NAME);
  const facts = [opened(1), ...Array.from({ length: 2_500 }, (_, n) => item(n + 2, "short"))];
  for (const fact of facts) journal.append(fact);
  await journal.synced();
  let next = 3_000;
  while (!existsSync(checkpoint)) {
    journal.append(item(next));
    facts.push(item(next));
    next += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  journal.append(item(next));
  facts.push(item(next));
  // As a crash leaves it: the journal was never closed. Another server looks at the same files.
  const others = createJournals({ sessionsDir: dir, workspacesDir: "" });
  assert.equal(await isUsed({ ...ground, journals: others }), true);
  const replay = replaySession(null);
  for (const fact of facts) replay.apply(fact);
  const again = await others.open(NAME);
  assert.deepEqual(again.state, { type: "session", session: replay.state() });
  await again.journal.close();
  await journal.close();
});
