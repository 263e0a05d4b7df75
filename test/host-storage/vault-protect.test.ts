// What keeps the vault's own key: a passphrase, a keyring, a file; changed at any time, interrupted at any step.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Keyring } from "../../src/host/keyring.ts";
import { openVault } from "../../src/host/vault.ts";
import { failure, opsWith, unsynced, vaultPlace } from "./support.ts";

const OPENAI = "https://api.openai.com";
const SECRET = "sk-test-0123456789abcdef";
/** The real cost would take seconds here. */
const cost = { memoryKib: 64, passes: 1, lanes: 1 };
const KEPT = { ok: true, secret: SECRET };

interface FakeKeyring extends Keyring {
  readonly entries: Map<string, string>;
  problem: string | null;
}

function fakeKeyring(): FakeKeyring {
  const entries = new Map<string, string>();
  const keyring: FakeKeyring = {
    name: "the test's keyring",
    entries,
    problem: null,
    store: async (entry, secret) => {
      if (keyring.problem === null) entries.set(entry, secret);
      return keyring.problem;
    },
    lookup: async (entry) => {
      const secret = entries.get(entry);
      if (keyring.problem !== null) return { ok: false, problem: keyring.problem };
      return secret === undefined ? { ok: false, problem: "not found" } : { ok: true, secret };
    },
    remove: async (entry) => {
      if (keyring.problem === null) entries.delete(entry);
      return keyring.problem;
    },
  };
  return keyring;
}

function stored(at: { vaultFile: string }): { key: { type: string } & Record<string, unknown>; left?: unknown } {
  return JSON.parse(readFileSync(at.vaultFile, "utf8"));
}

test("a passphrase takes the key file's place: only it opens the vault, which locks again, and nothing of it stands on disk", async (t) => {
  const at = vaultPlace(t);
  const vault = await openVault(at);
  await vault.add("openai", OPENAI, SECRET);
  copyFileSync(at.vaultKeyFile, join(at.dir, "stolen.key"));
  assert.deepEqual(await vault.protect({ type: "passphrase", passphrase: "correct horse" }, null), { ok: true });
  assert.equal(vault.warning, null);
  assert.deepEqual(readdirSync(at.dir).sort(), ["stolen.key", "vault.json", "vault.json.bak"]);
  for (const name of ["vault.json", "vault.json.bak"]) {
    const { key, left }: ReturnType<typeof stored> = JSON.parse(readFileSync(join(at.dir, name), "utf8"));
    assert.deepEqual([key.type, key["memoryKib"], key["passes"], key["lanes"]], ["passphrase", 65_536, 3, 4]);
    assert.ok(left === undefined || name.endsWith(".bak"));
    assert.ok(!readFileSync(join(at.dir, name), "utf8").includes("horse"));
  }
  assert.deepEqual(await vault.open("openai", OPENAI), KEPT, "whoever has set it need not type it again");
  assert.deepEqual(await vault.lock(), { ok: true });
  assert.deepEqual([vault.isLocked, vault.protection, vault.warning], [true, "passphrase", null]);

  const again = await openVault(at);
  const shut = await again.open("openai", OPENAI);
  assert.ok(!shut.ok && /locked.*\/unlock.*interpane vault unlock/.test(shut.problem));
  const added = await again.add("other", OPENAI, "another");
  assert.ok(!added.ok && /locked/.test(added.problem));
  assert.ok(again.has("openai", OPENAI) && again.list().length === 1, "what is kept is no secret");
  const wrong = await again.unlock("wrong horse");
  assert.ok(!wrong.ok && /does not open the vault/.test(wrong.problem) && !wrong.problem.includes("horse"));
  assert.equal(again.isLocked, true);
  assert.deepEqual(await again.unlock("correct horse"), { ok: true });
  assert.deepEqual(await again.open("openai", OPENAI), KEPT);

  // The key that lay in the file was another one: a copy of it is worth nothing.
  writeFileSync(at.vaultFile, JSON.stringify({ ...stored(at), key: { type: "file" } }));
  copyFileSync(join(at.dir, "stolen.key"), at.vaultKeyFile);
  assert.match((await openVault(at)).warning ?? "", /not the one this vault was made with/);
});

test("changing or taking away a passphrase wants the present one, though the vault is open; the old one opens nothing after", async (t) => {
  const at = vaultPlace(t);
  const vault = await openVault(at, { cost });
  assert.deepEqual(await vault.protect({ type: "passphrase", passphrase: "grüße aus köln" }, null), { ok: true }, "before any key");
  await vault.add("openai", OPENAI, SECRET);
  const before = readFileSync(at.vaultFile);
  for (const current of [null, "", "something else"]) {
    const refused = await vault.protect({ type: "passphrase", passphrase: "a new passphrase" }, current);
    assert.ok(!refused.ok, String(current));
    const taken = await vault.protect({ type: "file" }, current);
    assert.ok(!taken.ok);
  }
  const short = await vault.protect({ type: "passphrase", passphrase: "short" }, "grüße aus köln");
  assert.ok(!short.ok && /at least 8 characters/.test(short.problem));
  assert.deepEqual(readFileSync(at.vaultFile), before);
  // The same accents, composed otherwise.
  assert.deepEqual(await vault.protect({ type: "passphrase", passphrase: "a new passphrase" }, "grüße aus köln".normalize("NFD")), {
    ok: true,
  });
  const again = await openVault(at, { cost });
  assert.equal((await again.unlock("grüße aus köln")).ok, false);
  assert.equal((await again.unlock("a new passphrase")).ok, true);
  assert.deepEqual(await again.protect({ type: "file" }, "a new passphrase"), { ok: true });
  assert.match(again.warning ?? "", /lies in a file/);
  // Of an empty vault nothing can be read.
  const emptied = await openVault(vaultPlace(t));
  await emptied.add("openai", OPENAI, SECRET);
  assert.match(emptied.warning ?? "", /lies in a file/);
  await emptied.remove("openai");
  assert.equal(emptied.warning, null);
  assert.deepEqual(await (await openVault(at, { cost })).open("openai", OPENAI), KEPT);
  const twice = await again.protect({ type: "file" }, null);
  assert.ok(!twice.ok && /so already/.test(twice.problem));
  const unlockable = await again.lock();
  assert.ok(!unlockable.ok && /no passphrase/.test(unlockable.problem));
});

test("a damaged passphrase record or a copy's record opens nothing and changes nothing", async (t) => {
  const at = vaultPlace(t);
  const vault = await openVault(at, { cost });
  await vault.protect({ type: "passphrase", passphrase: "correct horse" }, null);
  await vault.add("openai", OPENAI, SECRET);
  const whole = readFileSync(at.vaultFile, "utf8");
  const { key } = stored(at);
  for (const changed of [
    { ...key, salt: Buffer.alloc(16).toString("base64") },
    { ...key, tag: Buffer.alloc(16).toString("base64") },
  ]) {
    writeFileSync(at.vaultFile, JSON.stringify({ ...JSON.parse(whole), key: changed }));
    const opened = await openVault(at, { cost });
    const result = await opened.unlock("correct horse");
    assert.ok(!result.ok && /does not open the vault.*damaged/.test(result.problem));
  }
  // Another vault's key record, with its passphrase: it opens, and belongs to other records.
  const other = vaultPlace(t);
  const second = await openVault(other, { cost });
  await second.protect({ type: "passphrase", passphrase: "another horse" }, null);
  writeFileSync(at.vaultFile, JSON.stringify({ ...JSON.parse(whole), key: stored(other).key }));
  const mixed = await (await openVault(at, { cost })).unlock("another horse");
  assert.ok(!mixed.ok && /do not belong together/.test(mixed.problem));
  writeFileSync(at.vaultFile, "{ torn");
  const fromCopy = await openVault(at, { cost });
  assert.equal((await fromCopy.unlock("correct horse")).ok, true, "the copy beside it has the same key");
});

test("a change of what keeps the key, interrupted at any step, leaves the old way or the new one; the next start ends it", async (t) => {
  const counted = async (limit: number | null, from: "file" | "keyring"): Promise<number> => {
    const at = vaultPlace(t);
    const keyring = fakeKeyring();
    const first = await openVault(at, { ops: unsynced, keyring: () => (from === "keyring" ? keyring : null) });
    await first.add("openai", OPENAI, SECRET);
    await first.add("other", "https://other.example", "second secret");
    let steps = 0;
    // Each operation on disk, and each call of the keyring, is a step; from one on nothing works any more.
    const step = (): void => {
      steps += 1;
      if (limit !== null && steps > limit) throw failure("EIO");
    };
    const dying = opsWith({
      ...unsynced,
      openSync: after(step, unsynced.openSync),
      writeSync: after(step, unsynced.writeSync),
      renameSync: after(step, unsynced.renameSync),
      fsyncSync: () => step(),
    });
    const stepping = (): Keyring => ({
      ...keyring,
      store: async (...args) => (isDead(step) ? "dead" : keyring.store(...args)),
      lookup: async (...args) => (isDead(step) ? { ok: false, problem: "dead" } : keyring.lookup(...args)),
      remove: async (...args) => (isDead(step) ? "dead" : keyring.remove(...args)),
    });
    const to = from === "file" ? "keyring" : "file";
    const changing = await openVault(at, { ops: dying, keyring: stepping }).catch(() => null);
    await changing?.protect({ type: to }, null);
    const next = await openVault(at, { keyring: () => keyring });
    assert.deepEqual(await next.open("openai", OPENAI), KEPT, `${from} after ${limit} steps`);
    assert.equal((await next.open("other", "https://other.example")).ok, true);
    assert.equal(stored(at).left, undefined, `${from} after ${limit} steps`);
    if (from === "file" && next.protection === "keyring")
      assert.equal(existsSync(at.vaultKeyFile), false, `${from} after ${limit} steps: the file is gone`);
    if (limit === null) assert.deepEqual([next.protection, [...keyring.entries].length], [to, to === "keyring" ? 1 : 0]);
    return steps;
  };
  for (const from of ["file", "keyring"] as const) {
    const all = await counted(null, from);
    assert.ok(all > 20, `${all} steps`);
    for (let limit = 0; limit < all; limit += 1) await counted(limit, from);
  }
});

function after<A extends unknown[], R>(step: () => void, then: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    step();
    return then(...args);
  };
}

function isDead(step: () => void): boolean {
  try {
    step();
    return false;
  } catch {
    return true;
  }
}

test("a key file that cannot be taken away is said, and taken at the next start", async (t) => {
  const at = vaultPlace(t);
  const vault = await openVault(at, { cost });
  await vault.add("openai", OPENAI, SECRET);
  const { left: _, ...file } = { left: null, ...stored(at) };
  await vault.protect({ type: "passphrase", passphrase: "correct horse" }, null);
  // As a crash between the new file and the removal leaves it.
  writeFileSync(at.vaultFile, JSON.stringify({ ...stored(at), left: [{ type: "file" }] }));
  mkdirSync(at.vaultKeyFile);
  writeFileSync(join(at.vaultKeyFile, "in the way"), "");
  const stuck = await openVault(at);
  assert.equal((await stuck.unlock("correct horse")).ok, true);
  assert.match(stuck.problems.join("\n"), /former key .*could not be taken away/);
  assert.ok(file.key.type === "file");
});

test("the first key goes into a keyring that works, and into a file where it does not", async (t) => {
  const good = vaultPlace(t);
  const keyring = fakeKeyring();
  const vault = await openVault(good, { keyring: () => keyring });
  await vault.add("openai", OPENAI, SECRET);
  assert.deepEqual([vault.protection, vault.warning, readdirSync(good.dir)], ["keyring", null, ["vault.json"]]);
  const key = [...keyring.entries.values()][0] ?? "";
  assert.ok(key.length === 64 && !readFileSync(good.vaultFile, "utf8").includes(key));
  assert.deepEqual(await (await openVault(good, { keyring: () => keyring })).open("openai", OPENAI), KEPT);

  keyring.problem = "the keyring is locked";
  const away = await openVault(good, { keyring: () => keyring });
  assert.equal(away.warning, null, "nothing is asked before a key is needed");
  const shut = await away.open("openai", OPENAI);
  assert.ok(!shut.ok && /the test's keyring.*the keyring is locked.*try again/.test(shut.problem));
  assert.match(away.warning ?? "", /the keyring is locked/);
  keyring.problem = null;
  assert.deepEqual(await away.open("openai", OPENAI), KEPT, "it is tried again");
  assert.equal(away.warning, null);
  keyring.entries.clear();
  const lost = await (await openVault(good, { keyring: () => keyring })).open("openai", OPENAI);
  assert.ok(!lost.ok && /not found.*add the keys anew/.test(lost.problem));

  const own = vaultPlace(t);
  const apart = await openVault(own, { keyring: () => fakeKeyring(), triesKeyring: false });
  await apart.add("openai", OPENAI, SECRET);
  assert.equal(apart.protection, "file", "a folder of one's own holds its key itself");

  const bad = vaultPlace(t);
  const lying = fakeKeyring();
  lying.store = async (entry) => {
    lying.entries.set(entry, "00");
    return null;
  };
  const second = await openVault(bad, { keyring: () => lying });
  await second.add("openai", OPENAI, SECRET);
  assert.deepEqual([second.protection, lying.entries.size], ["file", 0], "what does not come back is not kept there");
  const wanted = await second.protect({ type: "keyring" }, null);
  assert.ok(!wanted.ok && /something else came back/.test(wanted.problem));
  const none = await (await openVault(bad)).protect({ type: "keyring" }, null);
  assert.ok(!none.ok && /secret-tool/.test(none.problem));
});
