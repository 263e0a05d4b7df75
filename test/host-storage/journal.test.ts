// Journals: what was appended is found again, whatever happens to the file or the disk in between.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Fact } from "../../src/domain/protocol.ts";
import { replaySession } from "../../src/domain/session-state.ts";
import type { Journals, OpenedJournal } from "../../src/engine/ports.ts";
import type { FileOps } from "../../src/host/file-ops.ts";
import { realFileOps } from "../../src/host/file-ops.ts";
import { createJournals, JournalError } from "../../src/host/journal.ts";
import { encodeFrame } from "../../src/host/journal-frame.ts";
import { failure, item, opened, opsWith, sessionId, tempDir, titled, unsynced } from "./support.ts";

const NAME = { type: "session", session: sessionId("session-1") } as const;

function make(t: TestContext, ops: FileOps = unsynced): { journals: Journals; dir: string; file: string } {
  const home = tempDir(t);
  const dir = join(home, "sessions");
  const journals = createJournals({ sessionsDir: dir, workspacesDir: join(home, "workspaces") }, ops);
  return { journals, dir, file: join(dir, "session-1.jsonl") };
}

async function fill(journals: Journals, facts: readonly Fact[]): Promise<void> {
  const { journal } = await journals.open(NAME);
  for (const fact of facts) journal.append(fact);
  await journal.synced();
  await journal.close();
}

type Reading = OpenedJournal & { readonly facts: Fact[] };

/** What an opening amounts to is what its facts say, every time. */
async function openAndRead(journals: Journals): Promise<Reading> {
  const result = await journals.open(NAME);
  const facts = await journals.read(NAME);
  const replay = replaySession(null);
  for (const fact of facts) replay.apply(fact);
  assert.deepEqual(result.state, { type: "session", session: replay.state() });
  return { ...result, facts };
}

async function reopen(journals: Journals): Promise<Reading> {
  const result = await openAndRead(journals);
  await result.journal.close();
  return result;
}

const FACTS: readonly Fact[] = [opened(1), item(2), item(3), titled(4, "better"), item(5)];
const lineOf = (fact: Fact): Buffer => encodeFrame(JSON.stringify(fact));

test("what was appended is read back in order, by open and by read, and the files are private", async (t) => {
  const { journals, dir, file } = make(t);
  await fill(journals, FACTS);
  assert.deepEqual(await journals.read(NAME), FACTS);
  const again = await reopen(journals);
  assert.deepEqual(again.facts, FACTS);
  assert.deepEqual(again.damage, []);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
});

test("a journal file that was readable by others is made private when it is opened", async (t) => {
  const { journals, file } = make(t);
  await fill(journals, FACTS);
  chmodSync(file, 0o644);
  await reopen(journals);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("a line is format version, byte length, crc and json", async (t) => {
  const { journals, file } = make(t);
  await fill(journals, [titled(1, "ü")]);
  const json = JSON.stringify(titled(1, "ü"));
  const [version, length, crc, ...rest] = readFileSync(file, "utf8").trimEnd().split(" ");
  assert.equal(version, "1");
  assert.equal(Number(length), Buffer.byteLength(json));
  assert.match(crc ?? "", /^[0-9a-f]{8}$/);
  assert.equal(rest.join(" "), json);
});

test("a journal cut at every byte opens with every entry that was whole before the cut, and takes new ones", async (t) => {
  const { journals, dir, file } = make(t);
  mkdirSync(dir, { mode: 0o700 });
  const lines = FACTS.slice(0, 3).map(lineOf);
  const whole = Buffer.concat(lines);
  for (let cut = 0; cut <= whole.length; cut += 1) {
    writeFileSync(file, whole.subarray(0, cut), { mode: 0o600 });
    let expected = 0;
    // An entry is whole once its json is, with or without its newline.
    for (let end = (lines[0]?.length ?? 0) - 1; expected < lines.length && end <= cut; end += lines[expected]?.length ?? 0) expected += 1;
    const { journal, facts, damage } = await openAndRead(journals);
    assert.deepEqual(facts, FACTS.slice(0, expected), `cut at ${cut}`);
    const used = lines.slice(0, expected).reduce((sum, line) => sum + line.length, 0);
    assert.equal(damage.length, cut > used ? 1 : 0, `cut at ${cut}: ${damage.join()}`);
    journal.append(item(9));
    await journal.close();
    const after = await reopen(journals);
    assert.deepEqual(after.facts, [...FACTS.slice(0, expected), item(9)], `after a cut at ${cut}`);
    assert.deepEqual(after.damage, []);
  }
  assert.deepEqual(readdirSync(dir), ["session-1.jsonl"]);
});

test("any flipped bit costs at most the entry it lies in; its bytes are set aside and named once", async (t) => {
  const { journals, dir, file } = make(t);
  mkdirSync(dir, { mode: 0o700 });
  const lines = FACTS.slice(0, 3).map(lineOf);
  const whole = Buffer.concat(lines);
  // Every byte, one bit of each.
  for (let at = 0; at < whole.length; at += 1) {
    const flipped = Buffer.from(whole);
    flipped.writeUInt8((flipped[at] ?? 0) ^ (1 << (at % 8)), at);
    writeFileSync(file, flipped, { mode: 0o600 });
    const first = await openAndRead(journals);
    await first.journal.close();
    let hit = 0;
    for (let end = lines[0]?.length ?? 0; at >= end; end += lines[hit]?.length ?? 0) hit += 1;
    const kept = FACTS.slice(0, 3).filter((_, index) => index !== hit);
    // A flipped newline hurts no entry.
    const isNewline = whole[at] === 0x0a;
    assert.deepEqual(first.facts, isNewline ? FACTS.slice(0, 3) : kept, `flipped at ${at}`);
    assert.equal(first.damage.length, 1, `flipped at ${at}`);
    const second = await reopen(journals);
    assert.deepEqual(second.facts, first.facts);
    assert.deepEqual(second.damage, [], `second opening after a flip at ${at}`);
    const isCut = at === whole.length - 1;
    assert.equal(existsSync(`${file}.damaged-1`), !isCut, `set aside after a flip at ${at}`);
    rmSync(`${file}.damaged-1`, { force: true });
  }
});

test("damaged bytes are copied as they were before the journal loses them", async (t) => {
  const { journals, file } = make(t);
  await fill(journals, FACTS);
  const bytes = readFileSync(file);
  const line = lineOf(item(3));
  const at = bytes.indexOf(line);
  bytes.fill("#", at + 30, at + 40);
  writeFileSync(file, bytes);
  const { facts, damage } = await reopen(journals);
  assert.deepEqual(
    facts.map((fact) => fact.seq),
    [1, 2, 4, 5],
  );
  assert.match(
    damage[0] ?? "",
    /^session-1\.jsonl: \d+ damaged bytes at offset \d+ set aside in session-1\.jsonl\.damaged-1; every other entry was kept$/,
  );
  const aside = `${file}.damaged-1`;
  assert.deepEqual(readFileSync(aside), bytes.subarray(at, at + line.length));
  assert.equal(statSync(aside).mode & 0o777, 0o600);
  const row = (await journals.list())[0];
  assert.match(row?.damage ?? "", /set aside: 1/);
});

test("zeros that a crash left at the end are cut, and zeros in the middle cost nothing but themselves", async (t) => {
  const { journals, file } = make(t);
  await fill(journals, FACTS.slice(0, 2));
  appendFileSync(file, Buffer.alloc(4096));
  assert.match((await reopen(journals)).damage[0] ?? "", /4096 bytes\) and was cut off/);
  appendFileSync(file, Buffer.concat([Buffer.alloc(4096), lineOf(item(3))]));
  assert.deepEqual((await reopen(journals)).facts, FACTS.slice(0, 3));
});

test("quoted journal lines inside a damaged entry are never taken for entries", async (t) => {
  const { journals, file } = make(t);
  const evil = encodeFrame(JSON.stringify(titled(9, "forged"))).toString();
  await fill(journals, [opened(1), item(2, `look: ${evil} and {} 1 2 99bb3ab0 {}\n${evil}`), item(3)]);
  const bytes = readFileSync(file);
  bytes.write("X", bytes.indexOf('"item-2"') + 1);
  writeFileSync(file, bytes);
  const { facts } = await reopen(journals);
  assert.deepEqual(facts, [opened(1), item(3)]);
});

test("an entry of a type that this version does not know stays on disk, is skipped and named, also through a repair", async (t) => {
  const { journals, file } = make(t);
  await fill(journals, [opened(1)]);
  const newer = encodeFrame(JSON.stringify({ seq: 2, at: 5, type: "agent.danced", agent: "agent-1" }));
  appendFileSync(file, Buffer.concat([newer, lineOf(item(3))]));
  const first = await reopen(journals);
  assert.deepEqual(first.facts, [opened(1), item(3)]);
  assert.match(first.damage.join(), /1 entry of type "agent\.danced" cannot be read by this version; kept on disk, skipped here/);
  appendFileSync(file, Buffer.concat([Buffer.from("garbage\n"), lineOf(item(4))]));
  assert.deepEqual((await reopen(journals)).facts, [opened(1), item(3), item(4)]);
  assert.ok(readFileSync(file).includes(newer));
});

test("one fdatasync serves all who wait, and whoever comes during it waits for the next", async (t) => {
  const calls: (() => void)[] = [];
  const { journals } = make(t, opsWith({ fdatasync: () => new Promise<void>((resolve) => void calls.push(resolve)) }));
  const { journal } = await journals.open(NAME);
  const done: string[] = [];
  journal.append(opened(1));
  const a = journal.synced().then(() => done.push("a"));
  journal.append(item(2));
  const b = journal.synced().then(() => done.push("b"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(calls.length, 1);
  journal.append(item(3));
  const c = journal.synced().then(() => done.push("c"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(calls.length, 1);
  calls[0]?.();
  await Promise.all([a, b]);
  assert.deepEqual(done, ["a", "b"]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(calls.length, 2);
  calls[1]?.();
  await c;
  await journal.synced();
  assert.equal(calls.length, 2, "nothing new, nothing to sync");
  await journal.close();
});

for (const code of ["EIO", "ENOSPC", "EROFS"]) {
  test(`after a failed fdatasync (${code}) the unsynced entries go to a new segment, and none is lost or doubled`, async (t) => {
    let fails = 0;
    const { journals, dir, file } = make(
      t,
      opsWith({
        fdatasync: async (fd) => {
          if (fails-- > 0) throw failure(code);
          await realFileOps.fdatasync(fd);
        },
      }),
    );
    const { journal } = await journals.open(NAME);
    journal.append(opened(1));
    await journal.synced();
    journal.append(item(2));
    journal.append(item(3));
    fails = 1;
    await assert.rejects(journal.synced(), (error) => error instanceof JournalError && error.code === code && error.message.includes(code));
    journal.append(item(4));
    await journal.synced();
    await journal.close();
    assert.deepEqual(readdirSync(dir).sort(), ["session-1.2.jsonl", "session-1.jsonl"]);
    const second = readFileSync(join(dir, "session-1.2.jsonl"));
    assert.deepEqual(second, Buffer.concat([item(2), item(3), item(4)].map(lineOf)));
    assert.deepEqual((await reopen(journals)).facts, [opened(1), item(2), item(3), item(4)]);
    // The first segment really did lose its unsynced pages.
    writeFileSync(file, lineOf(opened(1)));
    assert.deepEqual((await reopen(journals)).facts, [opened(1), item(2), item(3), item(4)]);
    // It lost one in the middle of what was not synced.
    writeFileSync(file, Buffer.concat([lineOf(opened(1)), Buffer.alloc(lineOf(item(2)).length), lineOf(item(3))]));
    assert.deepEqual((await reopen(journals)).facts, [opened(1), item(2), item(3), item(4)]);
    const row = (await journals.list())[0];
    assert.equal(row?.items, 3);
    assert.equal(statSync(join(dir, "session-1.2.jsonl")).mode & 0o777, 0o600);
  });
}

test("asking again after a failed sync tries anew and succeeds once the disk works", async (t) => {
  let isDown = true;
  const { journals } = make(
    t,
    opsWith({
      fdatasync: async (fd) => (isDown ? Promise.reject(failure("EIO")) : realFileOps.fdatasync(fd)),
    }),
  );
  const { journal } = await journals.open(NAME);
  journal.append(opened(1));
  await assert.rejects(journal.synced(), JournalError);
  await assert.rejects(journal.synced(), JournalError);
  isDown = false;
  await journal.synced();
  await journal.close();
  assert.deepEqual((await reopen(journals)).facts, [opened(1)]);
});

test("a disk that fills in the middle of a line leaves no half line, and the journal goes on when there is room", async (t) => {
  let room = Number.POSITIVE_INFINITY;
  const { journals, dir, file } = make(
    t,
    opsWith({
      writeSync: (fd, bytes, offset, length) => {
        if (room <= 0) throw failure("ENOSPC");
        const count = Math.min(length, room, 7);
        room -= count;
        return realFileOps.writeSync(fd, bytes, offset, count);
      },
    }),
  );
  const { journal } = await journals.open(NAME);
  journal.append(opened(1));
  room = 20;
  assert.throws(
    () => journal.append(item(2)),
    (error) => error instanceof JournalError && /disk is full/.test(error.message),
  );
  assert.deepEqual(readFileSync(file), lineOf(opened(1)));
  room = Number.POSITIVE_INFINITY;
  journal.append(item(3));
  await journal.close();
  assert.deepEqual(readdirSync(dir), ["session-1.jsonl"]);
  const { facts, damage } = await reopen(journals);
  assert.deepEqual(facts, [opened(1), item(3)]);
  assert.deepEqual(damage, []);
});

test("where a half line cannot be taken back, the journal goes on in a new segment", async (t) => {
  let isBad = false;
  const { journals } = make(
    t,
    opsWith({
      writeSync: (fd, bytes, offset, length) => {
        if (isBad && offset > 0) throw failure("EIO");
        return realFileOps.writeSync(fd, bytes, offset, isBad ? 9 : length);
      },
      ftruncateSync: (fd, length) => (isBad ? assert.fail("no") : realFileOps.ftruncateSync(fd, length)),
    }),
  );
  const { journal } = await journals.open(NAME);
  journal.append(opened(1));
  isBad = true;
  assert.throws(() => journal.append(item(2)), JournalError);
  assert.throws(() => journal.append(item(2)), JournalError);
  isBad = false;
  journal.append(item(2));
  await journal.synced();
  await journal.close();
  const { facts, damage } = await reopen(journals);
  assert.deepEqual(facts, [opened(1), item(2)]);
  assert.equal(damage.length, 1);
});

test("an entry that stands in its file twice counts once", async (t) => {
  const { journals } = make(t);
  await fill(journals, [opened(1), item(2), item(2), item(3)]);
  assert.deepEqual((await reopen(journals)).facts, [opened(1), item(2), item(3)]);
});

test("a session that was carried into a workspace with lower numbers keeps its own order", async (t) => {
  const { journals } = make(t);
  const moved = [opened(40), item(41), item(3), item(41, "another 41"), item(42)];
  await fill(journals, [...moved, item(41)]);
  assert.deepEqual((await reopen(journals)).facts, moved, "an exact repeat is dropped");
});

test("the list names each session with its newest title, its counts and whether it is open, newest first", async (t) => {
  const { journals, dir } = make(t);
  await fill(journals, FACTS);
  const other = { type: "session", session: sessionId("other") } as const;
  const { journal } = await journals.open(other);
  journal.append(opened(90));
  const rows = await journals.list();
  assert.deepEqual(
    rows.map((row) => [row.id, row.title, row.folder, row.items, row.isOpen, row.createdAt, row.updatedAt, row.damage]),
    [
      ["other", "first title", "/home/ann/shop", 0, true, 1090, 1090, null],
      ["session-1", "better", "/home/ann/shop", 3, false, 1001, 1005, null],
    ],
  );
  journal.append(item(91));
  assert.equal((await journals.list())[0]?.items, 1, "a row is not stale");
  await journal.close();
  writeFileSync(join(dir, "broken.jsonl"), "nothing of sense");
  const broken = (await journals.list()).find((row) => row.id === "broken");
  assert.equal(broken?.damage, "no entry names this session");
});

test("removing a session removes every file of it and nothing of others", async (t) => {
  const { journals, dir } = make(t);
  await fill(journals, FACTS);
  for (const name of ["session-1.2.jsonl", "session-1.jsonl.damaged-1", "session-12.jsonl"]) writeFileSync(join(dir, name), "");
  const { journal } = await journals.open(NAME);
  await assert.rejects(journals.remove(NAME.session), /is open; close its agent first/);
  await journal.close();
  await journals.remove(NAME.session);
  assert.deepEqual(readdirSync(dir), ["session-12.jsonl"]);
  await journals.remove(NAME.session);
});

test("a journal can be opened once at a time, and again after it was closed", async (t) => {
  const { journals } = make(t);
  const { journal } = await journals.open(NAME);
  await assert.rejects(journals.open(NAME), /open already/);
  await journal.close();
  await reopen(journals);
});

test("reading a journal that is not there gives nothing and makes nothing", async (t) => {
  const { journals, dir } = make(t);
  assert.deepEqual(await journals.read(NAME), []);
  assert.deepEqual(await journals.list(), []);
  assert.equal(existsSync(dir), false);
});

test("two workspaces whose folders share a name have two journals", async (t) => {
  const { journals } = make(t);
  const a = await journals.open({ type: "workspace", folder: "/a/shop" });
  const b = await journals.open({ type: "workspace", folder: "/b/shop" });
  a.journal.append({ seq: 1, at: 1, type: "workspace.opened", folder: "/a/shop" });
  await a.journal.close();
  await b.journal.close();
  assert.equal((await journals.read({ type: "workspace", folder: "/a/shop" })).length, 1);
  assert.equal((await journals.read({ type: "workspace", folder: "/b/shop" })).length, 0);
});

test("a process that is killed loses nothing that it appended", async (t) => {
  const { journals, dir } = make(t);
  const module = new URL("../../src/host/journal.ts", import.meta.url).href;
  const script = `
    const { createJournals } = await import(${JSON.stringify(module)});
    const { journal } = await createJournals({ sessionsDir: ${JSON.stringify(dir)}, workspacesDir: "" }).open(${JSON.stringify(NAME)});
    for (const fact of ${JSON.stringify(FACTS)}) journal.append(fact);
    process.kill(process.pid, "SIGKILL");`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(child.signal, "SIGKILL", child.stderr);
  const { facts, damage } = await reopen(journals);
  assert.deepEqual(facts, FACTS);
  assert.deepEqual(damage, []);
});
