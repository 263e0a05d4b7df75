// The vault's passphrase on the command line: typed unseen or piped in, asked for where it is needed, never printed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import type { AnswerValue, Reply } from "../../src/domain/protocol.ts";
import { type FakeClient, type FakeServer, startFakeServer } from "../client/fake-server.ts";
import { createFakeIo, type FakeIo } from "./fake-io.ts";

type VaultAnswer = Extract<AnswerValue, { type: "vault" }>;
const SECRETS = ["correct horse", "a new passphrase"];
let server: FakeServer;
before(async () => {
  server = await startFakeServer();
});
after(() => server.close());

interface Run {
  readonly io: FakeIo;
  readonly client: FakeClient;
  readonly code: Promise<number>;
}

async function run(
  argv: readonly string[],
  over: Partial<Parameters<typeof createFakeIo>[0]>,
  state: Partial<VaultAnswer> = {},
): Promise<Run> {
  const io = createFakeIo({ root: server.root, isTerminal: over.answers !== undefined, ...over });
  const code = runCli(["vault", ...argv], io);
  const client = await server.client();
  const asked = await client.query("vault");
  client.send({ type: "answer", id: asked.id, value: { type: "vault", rows: [], warning: null, ...state } });
  return { io, client, code };
}

function unseen({ io }: Pick<Run, "io">): void {
  for (const secret of SECRETS) assert.ok(!`${io.out()}${io.err()}`.includes(secret));
}

function refused(id: number, reason: string): Reply {
  return { type: "reply", id, ok: false, reason };
}

test("protect passphrase asks twice, or takes the lines of a pipe; a present passphrase comes first", async () => {
  for (const over of [{ answers: ["a new passphrase", "a new passphrase"] }, { piped: "a new passphrase\n" }]) {
    const first = await run(["protect", "passphrase"], over, { place: "file" });
    const { id, command } = await first.client.command("vault.protect");
    assert.deepEqual(command, { type: "vault.protect", place: "passphrase", passphrase: "a new passphrase" });
    first.client.ok(id);
    assert.equal(await first.code, 0);
    assert.match(first.io.err(), /under the passphrase now/);
    unseen(first);
  }
  for (const over of [
    { answers: ["correct horse", "a new passphrase", "a new passphrase"] },
    { piped: "correct horse\r\na new passphrase\r\n" },
  ]) {
    const change = await run(["protect", "passphrase"], over, { place: "passphrase" });
    const { id, command } = await change.client.command("vault.protect");
    assert.deepEqual([command.current, command.passphrase], ["correct horse", "a new passphrase"]);
    change.client.send(refused(id, "this passphrase does not open the vault"));
    assert.equal(await change.code, 4);
    unseen(change);
  }
  const away = await run(["protect", "file"], { piped: "correct horse" }, { place: "passphrase" });
  const { id, command } = await away.client.command("vault.protect");
  assert.deepEqual(command, { type: "vault.protect", place: "file", current: "correct horse" });
  away.client.ok(id);
  assert.equal(await away.code, 0);
});

test("what is missing, differs, or was given as a word is refused before anything is sent, and not repeated", async () => {
  const differs = await run(["protect", "passphrase"], { answers: ["a new passphrase", "another"] });
  assert.equal(await differs.code, 2);
  assert.match(differs.io.err(), /the two differ/);
  const nothing = await run(["protect", "passphrase"], { answers: [""] });
  assert.equal(await nothing.code, 4);
  const piped = await run(["protect", "passphrase"], { piped: "one line\n" }, { place: "passphrase" });
  assert.equal(await piped.code, 2);
  assert.match(piped.io.err(), /two lines are expected on stdin/);
  const none = await run(["unlock"], {}, { isLocked: true, place: "passphrase" });
  assert.equal(await none.code, 2);
  assert.match(none.io.err(), /interpane vault unlock < FILE/);
  for (const ended of [differs, nothing, piped, none]) assert.ok(ended.client.received.every(({ type }) => type !== "command"));
  for (const argv of [
    ["unlock", "correct horse"],
    ["lock", "correct horse"],
    ["protect", "correct horse"],
  ]) {
    const io = createFakeIo({ root: server.root });
    assert.equal(await runCli(["vault", ...argv], io), 2);
    unseen({ io });
  }
});

test("unlock asks again after a wrong passphrase, three times in all; a pipe gets one try", async () => {
  const locked = { isLocked: true, place: "passphrase" } as const;
  const typed = await run(["unlock"], { answers: ["wrong", "wrong again", "correct horse"] }, locked);
  // What is locked is asked for once more before the question.
  const again = await typed.client.query("vault");
  typed.client.send({ type: "answer", id: again.id, value: { type: "vault", rows: [], warning: null, ...locked } });
  for (const passphrase of ["wrong", "wrong again", "correct horse"]) {
    const { id, command } = await typed.client.command("vault.unlock");
    assert.equal(command.passphrase, passphrase);
    if (passphrase === "correct horse") typed.client.ok(id);
    else typed.client.send(refused(id, "this passphrase does not open the vault"));
  }
  assert.equal(await typed.code, 0);
  unseen(typed);
  const piped = await run(["unlock"], { piped: "wrong\n" }, locked);
  const { id } = await piped.client.command("vault.unlock");
  piped.client.send(refused(id, "this passphrase does not open the vault"));
  assert.equal(await piped.code, 4);
  const open = await run(["unlock"], { answers: [] }, { isLocked: false, place: "passphrase" });
  assert.equal(await open.code, 0);
  assert.match(open.io.err(), /not locked/);
});
