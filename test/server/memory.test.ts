// What the server remembers between runs: the default pair, recent profiles, how the sidebar was set.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { untilEnded } from "../support/process-end.ts";
import { firstAgent, type Member, makeGround } from "./ground.ts";

test("a pair, a default profile, recents and the sidebar outlive the server; config.toml wins over what was set", async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  mkdirSync(ground.home.profilesDir, { recursive: true });
  for (const name of ["one", "two", "three"])
    writeFileSync(join(ground.home.profilesDir, `${name}.yaml`), "provider: demo\nmodel: scripted\n");
  const profiles = async (member: Member) => {
    const answer = await member.caller.query({ type: "profiles" });
    assert.ok(answer.ok);
    return answer.value;
  };
  const spawned = async (member: Member): Promise<string> => {
    const { agent } = await member.command({ type: "agent.spawn", place: { type: "tab" } });
    return member.workspace()?.agents.find((each) => each.id === agent)?.profile.id ?? "";
  };

  const screen = await ground.join();
  const agent = firstAgent(screen);
  assert.equal(screen.sidebar(), null);
  await screen.command({ type: "profiles.setPair", fast: "one", smart: "two" });
  assert.equal(await spawned(screen), "one");
  await screen.command({ type: "agent.useProfile", agent, profile: "one" });
  // No file of the three names a pair: the default one says which the other half is.
  await screen.command({ type: "agent.swapPair", agent });
  assert.equal(screen.workspace()?.agents[0]?.profile.id, "two");
  await screen.command({ type: "profiles.setDefault", profile: "three" });
  assert.equal(await spawned(screen), "three");
  await assert.rejects(screen.command({ type: "profiles.setPair", fast: "one", smart: "nothing" }), /"nothing" is no profile/);
  await screen.command({ type: "client.sidebar", cols: 40, isHidden: true });
  assert.deepEqual((await profiles(screen)).recent, ["two", "one"]);

  const described = await screen.caller.query({ type: "profile", name: join(ground.home.profilesDir, "one.yaml") });
  assert.ok(described.ok && described.value.problem === null && described.value.profile?.id === "one");
  const unknown = await screen.caller.query({ type: "profile", name: "nothing" });
  assert.ok(unknown.ok && unknown.value.profile === null && /is no profile/.test(unknown.value.problem ?? ""));

  // A connection without a workspace may set the pair too, as the command line does; it has no sidebar.
  const query = await ground.join({ role: "query" });
  assert.ok((await query.caller.command({ type: "profiles.setPair", fast: "two", smart: "one" })).ok);
  assert.equal((await query.caller.command({ type: "client.sidebar", cols: 40, isHidden: true })).ok, false);
  process.kill(screen.serverPid, "SIGTERM");
  assert.ok(await untilEnded(screen.serverPid));

  const other = join(ground.root, "..", "other");
  mkdirSync(other);
  const later = await ground.join({ folder: other });
  assert.deepEqual(later.sidebar(), { cols: 40, isHidden: true });
  assert.equal(later.workspace()?.agents[0]?.profile.id, "two");
  const { recent, defaultPair } = await profiles(later);
  assert.deepEqual(
    [recent, defaultPair],
    [
      ["two", "one"],
      ["two", "one"],
    ],
  );

  process.kill(later.serverPid, "SIGTERM");
  assert.ok(await untilEnded(later.serverPid));
  writeFileSync(ground.home.configFile, 'default_pair = ["three", "one"]\n');
  const last = await ground.join({ folder: other });
  assert.deepEqual((await profiles(last)).defaultPair, ["three", "one"]);
  await assert.rejects(last.command({ type: "profiles.setPair", fast: "one", smart: "two" }), /config\.toml says default_pair/);
});
