// Small state: saved whole or not at all, private, and a damaged file is named, kept and survived.

import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { realFileOps } from "../../src/host/file-ops.ts";
import { openStore, StoreError } from "../../src/host/safe-file.ts";
import { noteFolder, noteProfile, noteSidebar, openState, sidebarFor } from "../../src/host/state.ts";
import { failure, opsWith, tempDir } from "./support.ts";

const schema = z.object({ names: z.array(z.string()) });
const defaults = (): z.infer<typeof schema> => ({ names: [] });
const AT = { now: () => Date.UTC(2026, 0, 2) };

test("what was saved is read again, the file and its copy are private, and no temporary stays", async (t) => {
  const dir = tempDir(t);
  const path = join(dir, "sub", "x.json");
  const store = await openStore(path, schema, defaults);
  assert.deepEqual(store.data(), { names: [] });
  await store.update((data) => void data.names.push("a"));
  chmodSync(path, 0o644);
  await store.update((data) => void data.names.push("b"));
  assert.deepEqual((await openStore(path, schema, defaults)).data(), { names: ["a", "b"] });
  assert.deepEqual(JSON.parse(readFileSync(`${path}.bak`, "utf8")), { names: ["a"] });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(dir, "sub")).sort(), ["x.json", "x.json.bak"]);
  assert.equal(statSync(join(dir, "sub")).mode & 0o777, 0o700);
});

test("two stores of one file that write at once lose nothing of each other", async (t) => {
  const path = join(tempDir(t), "x.json");
  const a = await openStore(path, schema, defaults);
  const b = await openStore(path, schema, defaults);
  const writes = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? a : b).update((data) => void data.names.push(String(i))));
  await Promise.all(writes);
  const names = (await openStore(path, schema, defaults)).data().names;
  assert.deepEqual(
    names.map(Number),
    Array.from({ length: 60 }, (_, i) => i),
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("a damaged file is replaced by its last good copy, kept aside, and named", async (t) => {
  const dir = tempDir(t);
  const path = join(dir, "x.json");
  const store = await openStore(path, schema, defaults);
  await store.update((data) => void data.names.push("a"));
  await store.update((data) => void data.names.push("b"));
  writeFileSync(path, '{"names": ["SECRET-VALUE", 7');
  const again = await openStore(path, schema, defaults, AT);
  assert.deepEqual(again.data(), { names: ["a"] });
  assert.match(
    again.problems.join(),
    /x\.json is damaged \(it is not JSON\); its last good copy x\.json\.bak is used; the damaged file was kept as x\.json\.corrupt-2026-01-02T00-00-00-000Z/,
  );
  assert.ok(!again.problems.join().includes("SECRET"));
  assert.ok(readdirSync(dir).includes("x.json.corrupt-2026-01-02T00-00-00-000Z"));
  await again.update((data) => void data.names.push("c"));
  const last = await openStore(path, schema, defaults);
  assert.deepEqual(last.data(), { names: ["a", "c"] });
  assert.deepEqual(last.problems, []);
});

test("a file of the wrong shape counts as damaged; where the copy is damaged too, both are kept and it starts anew", async (t) => {
  const dir = tempDir(t);
  const path = join(dir, "x.json");
  writeFileSync(path, '{"names": "SECRET"}');
  writeFileSync(`${path}.bak`, "");
  const store = await openStore(path, schema, defaults, AT);
  assert.deepEqual(store.data(), { names: [] });
  assert.match(store.problems.join(), /damaged \(names: invalid type\) and so is its copy; it starts anew/);
  assert.ok(!store.problems.join().includes("SECRET"));
  assert.deepEqual(readdirSync(dir).sort(), ["x.json.bak.corrupt-2026-01-02T00-00-00-000Z", "x.json.corrupt-2026-01-02T00-00-00-000Z"]);
});

test("a link is written through: it stays a link and its file is replaced, also where the file is not there yet", async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, "dotfiles"));
  const path = join(dir, "x.json");
  symlinkSync("dotfiles/real.json", path);
  const store = await openStore(path, schema, defaults);
  await store.update((data) => void data.names.push("a"));
  await store.update((data) => void data.names.push("b"));
  assert.equal(readlinkSync(path), "dotfiles/real.json");
  assert.ok(lstatSync(path).isSymbolicLink());
  assert.deepEqual(JSON.parse(readFileSync(join(dir, "dotfiles", "real.json"), "utf8")), { names: ["a", "b"] });
  assert.deepEqual(readdirSync(join(dir, "dotfiles")).sort(), ["real.json", "real.json.bak"]);
});

for (const [what, ops] of [
  [
    "the disk fills in the middle",
    opsWith({
      writeSync: (fd, bytes, offset, length) => {
        if (offset > 0) throw failure("ENOSPC");
        return realFileOps.writeSync(fd, bytes, offset, Math.min(length, 4));
      },
    }),
  ],
  [
    "the sync fails",
    opsWith({
      fsyncSync: () => {
        throw failure("EIO");
      },
    }),
  ],
  [
    "bytes vanish without an error",
    opsWith({
      writeSync: (fd, bytes, offset, length) => {
        realFileOps.writeSync(fd, bytes, offset, length - 3);
        return length;
      },
    }),
  ],
  [
    "the rename fails",
    opsWith({
      renameSync: () => {
        throw failure("EROFS");
      },
    }),
  ],
] as const) {
  test(`when ${what}, the old content stands, memory agrees with it, and no temporary stays`, async (t) => {
    const dir = tempDir(t);
    const path = join(dir, "x.json");
    await (await openStore(path, schema, defaults)).update((data) => void data.names.push("good"));
    const store = await openStore(path, schema, defaults, { ops });
    await assert.rejects(
      store.update((data) => void data.names.push("new")),
      (error) => error instanceof StoreError && /could not be saved: .*what stood there before still stands/.test(error.message),
    );
    assert.deepEqual(store.data(), { names: ["good"] });
    assert.deepEqual((await openStore(path, schema, defaults)).data(), { names: ["good"] });
    assert.deepEqual(
      readdirSync(dir).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });
}

test("data of the wrong shape is refused before it reaches the disk", async (t) => {
  const path = join(tempDir(t), "x.json");
  const store = await openStore(path, schema, defaults);
  await assert.rejects(
    store.update((data) => void Object.assign(data, { names: [7] })),
    /wrong shape: names\.0: invalid type/,
  );
  assert.deepEqual(store.data(), { names: [] });
});

test("a file that may not be read is an error, not an empty beginning", async (t) => {
  const path = join(tempDir(t), "x.json");
  mkdirSync(path);
  await assert.rejects(
    openStore(path, schema, defaults),
    (error) => error instanceof StoreError && /could not be read: it is a folder/.test(error.message),
  );
});

test("state keeps what a newer version added, and recents are newest first without repeats", async (t) => {
  const stateFile = join(tempDir(t), "state.json");
  const store = await openState({ stateFile });
  await store.updateState((state) => noteFolder(state, "/a", 1));
  await store.updateState((state) => noteFolder(state, "/b", 2));
  writeFileSync(stateFile, readFileSync(stateFile, "utf8").replace("{", '{"fromTheFuture": 7,'));
  await store.updateState((state) => noteFolder(state, "/a", 3));
  const file: unknown = JSON.parse(readFileSync(stateFile, "utf8"));
  assert.ok(typeof file === "object" && file !== null && "fromTheFuture" in file);
  assert.deepEqual(
    store.state().recentFolders.map((recent) => recent.folder),
    ["/a", "/b"],
  );
});

test("a new folder's sidebar is the one that was set last; a state of an older version is read", async (t) => {
  const stateFile = join(tempDir(t), "state.json");
  const older = { version: 1, recentFolders: [], recentProfiles: [], defaultPair: null, trustedFolders: [], layoutHints: {} };
  writeFileSync(stateFile, JSON.stringify(older));
  const store = await openState({ stateFile });
  assert.deepEqual(store.problems, []);
  assert.equal(sidebarFor(store.state(), "/a"), null);
  await store.updateState((state) => noteSidebar(state, "/a", { cols: 40, isHidden: false }, 1));
  await store.updateState((state) => noteSidebar(state, "/b", { cols: null, isHidden: true }, 2));
  const again = await openState({ stateFile });
  assert.deepEqual(sidebarFor(again.state(), "/a"), { cols: 40, isHidden: false });
  assert.deepEqual(sidebarFor(again.state(), "/new"), { cols: null, isHidden: true });
  await store.updateState((state) => {
    for (let n = 0; n < 60; n += 1) noteSidebar(state, `/many-${n}`, { cols: 20, isHidden: false }, 10 + n);
    for (const name of ["one", "two", "one"]) noteProfile(state, name, 3);
  });
  assert.equal(Object.keys(store.state().layoutHints).length, 50);
  assert.equal(sidebarFor(store.state(), "/many-59")?.cols, 20);
  assert.deepEqual(
    store.state().recentProfiles.map((recent) => recent.profile),
    ["one", "two"],
  );
});
