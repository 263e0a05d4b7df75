// `login`, `logout` and `profile preset`, against a server of the test's own.

import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import { parseProfile } from "../../src/host/profile-files.ts";
import { type FakeClient, type FakeServer, startFakeServer } from "../client/fake-server.ts";
import { createFakeIo, type FakeIo } from "./fake-io.ts";

let server: FakeServer;
before(async () => {
  server = await startFakeServer();
});
after(() => server.close());

function io(over: Partial<Parameters<typeof createFakeIo>[0]> = {}): FakeIo {
  return createFakeIo({ root: server.root, ...over });
}

async function vaultIs(client: FakeClient, isLocked: boolean): Promise<void> {
  const { id } = await client.query("vault");
  client.send({ type: "answer", id, value: { type: "vault", rows: [], warning: null, isLocked } });
}

test("login prints the page on stdout, waits for the browser, and says where the token is sent", async () => {
  const own = io();
  const code = runCli(["login"], own);
  const client = await server.client();
  await vaultIs(client, false);
  const begun = await client.command("account.signIn");
  assert.equal(begun.command.provider, "openai");
  client.ok(begun.id, { note: "https://issuer.example/auth?x=1" });
  const waiting = await client.command("account.signedIn");
  assert.equal(own.out(), "https://issuer.example/auth?x=1\n");
  client.ok(waiting.id, { note: "https://api.openai.com" });
  assert.equal(await code, 0);
  assert.match(own.err(), /sent to https:\/\/api\.openai\.com alone/);
});

test("what stands against signing in or out is one sentence and an exit code", async () => {
  const off = io();
  const code = runCli(["login", "openai"], off);
  const client = await server.client();
  await vaultIs(client, false);
  const { id } = await client.command("account.signIn");
  client.send({ type: "reply", id, ok: false, reason: "signing in is off" });
  assert.equal(await code, 2);
  assert.match(off.err(), /signing in is off/);
  const locked = io();
  const third = runCli(["login"], locked);
  const late = await server.client();
  await vaultIs(late, true);
  assert.equal(await third, 4, "before the browser is sent anywhere");
  assert.match(locked.err(), /the vault is locked/);
  const out = io();
  const second = runCli(["logout"], out);
  const other = await server.client();
  const asked = await other.command("account.signOut");
  other.send({ type: "reply", id: asked.id, ok: false, reason: 'nobody is signed in for "openai"' });
  assert.equal(await second, 2);
  assert.match(out.err(), /nobody is signed in/);
});

test("the preset openai_api_key is a right profile of the user's own that only they can read, written once", async () => {
  const own = io();
  assert.equal(await runCli(["profile", "preset", "openai-api-key"], own), 0);
  const file = own.out().trim();
  const parsed = parseProfile(readFileSync(file, "utf8"), file);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.problems.join());
  assert.deepEqual([parsed.file.provider, parsed.file.credential], ["openai", "env:OPENAI_API_KEY"]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(own.err(), /config\.toml was not touched\. Use it with: interpane --profile openai_api_key/);
  assert.match(own.err(), /OPENAI_API_KEY is not set/);
  writeFileSync(file, "mine");
  const again = io();
  assert.equal(await runCli(["profile", "preset", "openai_api_key"], again), 2);
  assert.match(again.err(), /is there already and was left as it is/);
  assert.equal(readFileSync(file, "utf8"), "mine");
  const misspelt = io();
  assert.equal(await runCli(["profile", "preset", "openai_key"], misspelt), 2);
  assert.match(misspelt.err(), /did you mean "openai_api_key"|there is: openai_api_key/);
});
