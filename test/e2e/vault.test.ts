// The vault under a passphrase, in the real program: scripts are refused with one sentence, a screen asks when a key is first needed.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeHome } from "../support/home.ts";
import { call, say as reply, startModelServer } from "../support/model-server.ts";
import { panes, say } from "./trip.ts";

const KEY = "sk-house-Vault0d1On2First3Screen4";
const PASSPHRASE = "correct horse battery";

test("a passphrase guards the keys: exec without a terminal ends with one sentence, a screen asks unseen, and nothing of it is left", async (t) => {
  let lock: (() => Promise<unknown>) | null = null;
  const script = async () => {
    await lock?.();
    return lock === null ? reply("Hello from the vault.") : call("exec", { language: "shell", code: "echo ran" });
  };
  const server = await startModelServer(script, { models: ["small"] });
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "house"\n[model_providers.house]\nname = "House"\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n`,
    profiles: { house: "provider: house\nmodel: small\n" },
  });
  t.after(home.close);
  const run = async (args: readonly string[], input = "") => home.start(args, { input }).ended;
  assert.equal((await run(["vault", "add", "house"], KEY)).code, 0);
  assert.match((await run(["vault", "list"])).err, /lies in a file.*vault protect passphrase/);
  const guarded = await run(["vault", "protect", "passphrase"], PASSPHRASE);
  assert.equal(guarded.code, 0, guarded.err);
  assert.equal(existsSync(join(home.root, "vault.key")), false);
  assert.equal((await run(["vault", "lock"])).code, 0);
  const refused = await run(["exec", "hello"]);
  assert.equal(refused.code, 4);
  assert.match(refused.err, /the vault is locked and there is no terminal.*interpane vault unlock/);
  assert.equal(server.requests.filter((request) => request.api !== null).length, 0);

  const program = home.open();
  await program.waitFor(/house answers/);
  say(program, "hello");
  await program.waitFor(/unlock the vault/);
  say(program, "wrong horse");
  await program.waitFor(/does not open the vault/);
  say(program, PASSPHRASE);
  await program.waitFor(/Hello from the vault/);
  assert.ok(!program.bytes().includes("horse"), "the passphrase was drawn");
  // Declined: the turn ends with a reason, and the program goes on.
  say(program, "/lock-vault");
  await program.waitFor(/the vault is locked/);
  say(program, "again");
  await program.waitFor(/unlock the vault/);
  // Whoever runs a task without a terminal is not kept waiting for somebody else's screen.
  assert.equal((await run(["exec", "hello"])).code, 4);
  program.key("escape");
  await program.waitFor(/✗ profile "house": the vault is locked/);
  assert.equal((await run(["vault", "unlock"], PASSPHRASE)).code, 0);
  assert.equal((await run(["exec", "hello"])).out, "Hello from the vault.\n");
  say(program, "once more");
  await program.waitFor(() => panes(program).split("Hello from the vault").length > 2);
  for (const [path, bytes] of home.files())
    for (const secret of [KEY, PASSPHRASE]) assert.ok(!bytes.includes(secret), `${secret} stands in ${path}`);
  // Locked in the middle of a task, on a server without a screen: refused here, not by the provider.
  program.kill("SIGHUP");
  await program.exited;
  lock = () => run(["vault", "lock"]);
  const stopped = await run(["exec", "-y", "go on"]);
  assert.deepEqual([stopped.code, stopped.out], [4, ""], stopped.err);
  assert.match(stopped.err, /the vault is locked/);
  const pid = home.serverPid();
  assert.ok(pid !== null);
  for (const file of ["environ", "cmdline"] as const) {
    if (existsSync(`/proc/${pid}/${file}`)) assert.ok(!readFileSync(`/proc/${pid}/${file}`, "utf8").includes("horse"), file);
  }
});
