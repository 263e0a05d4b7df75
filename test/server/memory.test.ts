// What the server remembers between runs: the default pair, recent profiles, how the sidebar was set.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { leaves } from "../../src/domain/layout.ts";
import type { Pulse } from "../../src/domain/protocol.ts";
import { untilEnded } from "../support/process-end.ts";
import { until } from "../support/until.ts";
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

test("where somebody looked last is where the next screen begins, also after the server was killed; a passive screen changes nothing", async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const screen = await ground.join();
  assert.equal(screen.looksAt(), null);
  await screen.command({ type: "agent.spawn", place: { type: "tab" } });
  const [first, second] = screen.workspace()?.tabs ?? [];
  assert.ok(first !== undefined && second !== undefined);
  const panes = [first, second].flatMap((tab) => leaves(tab.root).map((leaf) => leaf.pane));
  await screen.show({ isActive: true, looksAt: { tab: first.id, panes } });
  const passive = await ground.join();
  assert.deepEqual(passive.looksAt(), { tab: first.id, panes });
  await passive.show({ isActive: false, looksAt: { tab: second.id, panes } });
  assert.deepEqual((await ground.join()).looksAt(), { tab: first.id, panes });
  await screen.leave();
  await until("it is on disk", () => readFileSync(ground.home.stateFile, "utf8").includes(first.id));
  process.kill(passive.serverPid, "SIGKILL");
  assert.ok(await untilEnded(passive.serverPid));
  assert.deepEqual((await ground.join()).looksAt(), { tab: first.id, panes });
});

test("a screen that comes back is told how full the lanes are, and what was spent today, without a request being made", async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const screen = await ground.join();
  await screen.command({ type: "prompt.send", agent: firstAgent(screen), text: "hello" });
  await screen.until("the answer", () => screen.facts.some((fact) => fact.type === "turn.ended"));
  const later = await ground.join();
  await later.show({});
  const told = (type: Pulse["type"]) => later.pulses.find((pulse) => pulse.type === type);
  await later.until("both", () => told("lanes") !== undefined && told("spent") !== undefined);
  const [lanes, spent] = [told("lanes"), told("spent")];
  assert.ok(lanes?.type === "lanes" && lanes.rows.some(({ id }) => id === "demo"));
  assert.ok(spent?.type === "spent" && spent.costMicros === 0);
  const usage = await later.caller.query({ type: "usage", days: 1 });
  assert.ok(usage.ok);
  assert.deepEqual(
    usage.value.rows.map(({ day, profile, provider, requests }) => [day, profile, provider, requests]),
    [[usage.value.today, "demo", "demo", 1]],
  );
});
