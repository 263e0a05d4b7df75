// The vault: a secret comes out only under its own id, for its own origin, with the right key.

import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openVault } from "../../src/host/vault.ts";
import { failure, opsWith, vaultPlace } from "./support.ts";

const OPENAI = "https://api.openai.com";
const SECRET = "sk-test-0123456789abcdef";

/** Changes the stored file as an attacker or an accident would. */
function tamper(file: string, change: (records: Record<string, string>[]) => void): void {
  const vault: { records: Record<string, string>[] } = JSON.parse(readFileSync(file, "utf8"));
  change(vault.records);
  writeFileSync(file, JSON.stringify(vault));
}

test("a secret comes back for its own origin after a restart, and stands nowhere in clear", async (t) => {
  const at = vaultPlace(t);
  const vault = await openVault(at);
  assert.deepEqual(readdirSync(at.dir), [], "opening makes nothing");
  assert.equal(vault.warning, null);
  assert.deepEqual(await vault.add("openai", OPENAI, SECRET, "pasted"), { ok: true });
  const again = await openVault(at);
  assert.deepEqual(await again.open("openai", OPENAI), { ok: true, secret: SECRET });
  assert.ok(again.has("openai") && again.has("openai", OPENAI) && !again.has("openai", "https://evil.example"));
  assert.deepEqual(
    again.list().map(({ id, origin, label }) => ({ id, origin, label })),
    [{ id: "openai", origin: OPENAI, label: "pasted" }],
  );
  for (const name of readdirSync(at.dir)) {
    assert.ok(!readFileSync(join(at.dir, name), "utf8").includes(SECRET), name);
    assert.equal(statSync(join(at.dir, name)).mode & 0o777, 0o600, name);
  }
});

test("another origin is refused with a sentence that names both, and similar ones are other origins", async (t) => {
  const vault = await openVault(vaultPlace(t));
  await vault.add("openai", OPENAI, SECRET);
  for (const other of [
    "http://api.openai.com",
    "https://api.openai.com:8443",
    "https://api.openai.com.evil.example",
    "https://API.openai.com",
    "",
  ]) {
    const result = await vault.open("openai", other);
    assert.ok(!result.ok && result.problem.includes(OPENAI) && !result.problem.includes(SECRET), other);
  }
  const missing = await vault.open("nothing", OPENAI);
  assert.ok(!missing.ok && /no key "nothing"; run: interpane vault add nothing/.test(missing.problem));
});

test("a record moved to another origin or id in the file does not open", async (t) => {
  const at = vaultPlace(t);
  const vault = await openVault(at);
  await vault.add("openai", OPENAI, SECRET);
  await vault.add("other", "https://evil.example", "mine");
  tamper(at.vaultFile, (records) => {
    for (const record of records) if (record.id === "openai") record.origin = "https://evil.example";
  });
  const moved = await (await openVault(at)).open("openai", "https://evil.example");
  assert.ok(!moved.ok && /changed or moved/.test(moved.problem));
  tamper(at.vaultFile, (records) => {
    const [first, second] = records;
    if (first && second) Object.assign(second, { nonce: first.nonce, ciphertext: first.ciphertext, tag: first.tag });
  });
  assert.equal((await (await openVault(at)).open("other", "https://evil.example")).ok, false);
});

test("a shortened tag does not open a record", async (t) => {
  const at = vaultPlace(t);
  await (await openVault(at)).add("openai", OPENAI, SECRET);
  tamper(at.vaultFile, (records) => {
    const record = records[0];
    if (record?.tag) record.tag = Buffer.from(record.tag, "base64").subarray(0, 4).toString("base64");
  });
  assert.equal((await (await openVault(at)).open("openai", OPENAI)).ok, false);
});

test("with the wrong or no key file the vault says so and its file is untouched", async (t) => {
  const at = vaultPlace(t);
  await (await openVault(at)).add("openai", OPENAI, SECRET);
  const before = readFileSync(at.vaultFile);
  const key = readFileSync(at.vaultKeyFile, "utf8");
  for (const [content, expected] of [
    [`interpane-vault-key-1 ${Buffer.alloc(32, 7).toString("base64")}\n`, /is not the one this vault was made with/],
    ["nonsense", /holds no vault key/],
    [null, /is missing; put it back/],
  ] as const) {
    if (content === null) unlinkSync(at.vaultKeyFile);
    else writeFileSync(at.vaultKeyFile, content);
    const vault = await openVault(at);
    const result = await vault.open("openai", OPENAI);
    assert.ok(!result.ok);
    assert.match(result.problem, expected);
    assert.match(vault.warning ?? "", expected);
    const added = await vault.add("second", OPENAI, "other-secret");
    assert.ok(!added.ok && expected.test(added.problem));
    assert.deepEqual(readFileSync(at.vaultFile), before);
    assert.deepEqual(existsSync(at.vaultKeyFile), content !== null);
  }
  writeFileSync(at.vaultKeyFile, key, { mode: 0o600 });
  assert.equal((await (await openVault(at)).open("openai", OPENAI)).ok, true);
});

test("a key file brings a lasting warning; one that others could read is narrowed and named; a link is refused", async (t) => {
  const at = vaultPlace(t);
  const vault = await openVault(at);
  await vault.add("openai", OPENAI, SECRET);
  assert.match(vault.warning ?? "", /key lies in a file .*vault\.key.*interpane vault protect passphrase/);
  chmodSync(at.vaultKeyFile, 0o644);
  assert.match((await openVault(at)).warning ?? "", /could be read by others until now/);
  assert.equal(statSync(at.vaultKeyFile).mode & 0o777, 0o600);
  writeFileSync(join(at.dir, "elsewhere"), readFileSync(at.vaultKeyFile));
  unlinkSync(at.vaultKeyFile);
  symlinkSync("elsewhere", at.vaultKeyFile);
  assert.match((await openVault(at)).warning ?? "", /is a symbolic link/);
});

test("two first secrets at once end under one key", async (t) => {
  const at = vaultPlace(t);
  const vault = await openVault(at);
  const results = await Promise.all([vault.add("a", OPENAI, "one"), vault.add("b", OPENAI, "two")]);
  assert.ok(results.every((result) => result.ok));
  const again = await openVault(at);
  assert.deepEqual(
    [await again.open("a", OPENAI), await again.open("b", OPENAI)],
    [
      { ok: true, secret: "one" },
      { ok: true, secret: "two" },
    ],
  );
});

test("a removed secret is gone from the file and from its copy, and a replaced one is replaced", async (t) => {
  const at = vaultPlace(t);
  const vault = await openVault(at);
  await vault.add("openai", OPENAI, "old");
  await vault.add("openai", OPENAI, SECRET);
  assert.deepEqual(await vault.open("openai", OPENAI), { ok: true, secret: SECRET });
  assert.equal(await vault.remove("openai"), true);
  assert.equal(await vault.remove("openai"), false);
  for (const name of ["vault.json", "vault.json.bak"]) assert.ok(!readFileSync(join(at.dir, name), "utf8").includes("openai"), name);
});

test("names that cannot be bound are refused without showing the secret", async (t) => {
  const vault = await openVault(vaultPlace(t));
  for (const [id, origin, secret] of [
    ["a|b", OPENAI, SECRET],
    ["", OPENAI, SECRET],
    ["a", "https://api.openai.com/v1", SECRET],
    ["a", "api.openai.com", SECRET],
    ["a", "https://user:pw@api.openai.com", SECRET],
    ["a", OPENAI, "  "],
  ] as const) {
    const result = await vault.add(id, origin, secret);
    assert.ok(!result.ok && !result.problem.includes(SECRET), `${id} ${origin}`);
  }
});

test("a disk that is full refuses the secret, in a sentence without it, and the vault goes on", async (t) => {
  const at = vaultPlace(t);
  let isFull = true;
  const ops = opsWith({});
  const vault = await openVault(at, {
    ops: {
      ...ops,
      writeSync: (...args) => {
        if (isFull) throw failure("ENOSPC");
        return ops.writeSync(...args);
      },
    },
  });
  const result = await vault.add("openai", OPENAI, SECRET);
  assert.ok(!result.ok && /disk is full/.test(result.problem) && !result.problem.includes(SECRET));
  isFull = false;
  assert.deepEqual(await vault.add("openai", OPENAI, SECRET), { ok: true });
  vault.close();
  assert.equal((await vault.open("openai", OPENAI)).ok, false);
  assert.deepEqual(await (await openVault(at)).open("openai", OPENAI), { ok: true, secret: SECRET });
});
