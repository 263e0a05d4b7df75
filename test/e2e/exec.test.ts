// One task without a screen: what goes to which stream, how it ends, what is kept.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { factSchema } from "../../src/domain/protocol.ts";
import { makeHome } from "../support/home.ts";
import { call, fail, type Reply, say as reply, startModelServer } from "../support/model-server.ts";

const shell = (code: string): Reply => call("exec", { language: "shell", code });

const fakeConfig = (baseUrl: string): string =>
  `default_profile = "fake"\n[model_providers.fake]\nbase_url = "${baseUrl}"\nwire_api = "chat"\n`;
const fakeProfile = { fake: "provider: fake\nmodel: m\n" };

test("the answer alone is on stdout, progress on stderr; a piped file is context; --json prints one event a line", async (t) => {
  const server = await startModelServer((_, n) =>
    n % 2 === 0
      ? { steps: [{ type: "text", text: "Let me look." }, ...shell("echo made > made.txt; ls").steps] }
      : reply("There is **one** file."),
  );
  t.after(server.close);
  const home = makeHome({ config: fakeConfig(server.baseUrl), profiles: fakeProfile });
  t.after(home.close);
  const { code, out, err } = await home.run(["exec", "-y", "what is here?"], { input: "a piped note" });
  assert.equal(err.includes("shell: echo made > made.txt; ls"), true, err);
  assert.deepEqual({ code, out }, { code: 0, out: "There is **one** file.\n" });
  assert.match(err, /Let me look\./);
  assert.ok(readdirSync(home.folder).includes("made.txt"));
  assert.ok(JSON.stringify(server.requests[0]?.body).includes("a piped note"));

  const json = await home.run(["exec", "-y", "--json", "again"]);
  assert.equal(json.code, 0);
  const facts = json.out
    .trimEnd()
    .split("\n")
    .map((line) => factSchema.parse(JSON.parse(line)));
  const types = facts.map((fact) => fact.type);
  assert.equal(types.at(-1), "turn.ended");
  for (const type of ["item.added", "tool.started", "tool.ended", "usage.charged"])
    assert.ok(
      types.some((one) => one === type),
      `no ${type}`,
    );
  assert.equal(json.err, "");
});

test("without -y and without a terminal code is refused, the model is told, and the exit code is 4", async (t) => {
  const server = await startModelServer([shell("touch never.txt"), reply("Then I cannot.")]);
  t.after(server.close);
  const home = makeHome({ config: fakeConfig(server.baseUrl), profiles: fakeProfile });
  t.after(home.close);
  const { code, out, err } = await home.run(["exec", "do it"]);
  assert.deepEqual({ code, out }, { code: 4, out: "Then I cannot.\n" });
  assert.match(err, /touch never\.txt/);
  assert.match(err, /no terminal to ask on; -y runs code without asking/);
  assert.match(
    JSON.stringify(server.requests[1]?.body),
    /The user refused to run this\. The reason given: nobody is there to approve code; this task runs without a person\. It did not run\./,
  );
  assert.ok(!readdirSync(home.folder).includes("never.txt"));

  // With a terminal it asks there.
  const asked = home.open({ args: ["exec", "do it"] });
  await asked.waitFor(/Then I cannot/);
  assert.equal((await asked.exited).exitCode, 0);
});

test("with a terminal exec asks on it; y runs, Ctrl-C interrupts and ends with 130", async (t) => {
  const server = await startModelServer((_, n) =>
    n === 0 || n === 2 ? shell(n === 0 ? "echo ran > asked.txt" : "sleep 100") : reply("It ran."),
  );
  t.after(server.close);
  const home = makeHome({ config: fakeConfig(server.baseUrl), profiles: fakeProfile });
  t.after(home.close);
  const asked = home.open({ args: ["exec", "do it"] });
  await asked.waitFor(/run it\? y or n:/);
  asked.type("y\r");
  await asked.waitFor(/It ran\./);
  assert.equal((await asked.exited).exitCode, 0);
  assert.ok(readdirSync(home.folder).includes("asked.txt"));

  const slow = home.open({ args: ["exec", "-y", "sleep"] });
  await slow.waitFor(/> shell: sleep 100/);
  slow.type("\x03");
  assert.equal((await slow.exited).exitCode, 130);
});

test("exit codes: 2 for a wrong profile or flag, 3 where the provider refuses or cannot be reached, 4 offline", async (t) => {
  const server = await startModelServer(fail({ type: "status", status: 401 }));
  t.after(server.close);
  const home = makeHome({
    config: fakeConfig(server.baseUrl),
    profiles: { ...fakeProfile, gone: "provider: gone\nmodel: m\nbase_url: http://127.0.0.1:9/v1\nwire_api: chat\n" },
    env: { OPENAI_API_KEY: "sk-proj-Never0d1On2First3Screen4" },
  });
  t.after(home.close);
  const [flag, profile, refused, offline] = await Promise.all([
    home.run(["exec", "--frobnicate", "x"]),
    home.ask(["exec", "-p", "nothing", "x"]),
    home.ask(["exec", "x"]),
    home.ask(["exec", "--offline", "-p", "openai", "x"]),
  ]);
  assert.deepEqual([flag.code, profile.code, refused.code, offline.code], [2, 2, 3, 4], JSON.stringify([flag, profile, refused, offline]));
  assert.match(profile.err, /"nothing" is no profile and no known model/);
  assert.match(refused.err, /401/);
  assert.match(offline.err, /offline: https:\/\/api\.openai\.com is not on this machine/);
  for (const { out } of [flag, profile, refused, offline]) assert.equal(out, "");
});

test("--continue carries the folder's latest conversation on; sessions list --json shows what was kept", async (t) => {
  const server = await startModelServer([reply("The word is plum."), reply("Plum, as I said.")]);
  t.after(server.close);
  const home = makeHome({ config: fakeConfig(server.baseUrl), profiles: fakeProfile });
  t.after(home.close);
  assert.equal((await home.run(["exec", "choose a word"])).code, 0);
  const second = await home.ask(["exec", "--continue", "which word?"]);
  assert.deepEqual({ code: second.code, out: second.out }, { code: 0, out: "Plum, as I said.\n" });
  const body = JSON.stringify(server.requests[1]?.body);
  for (const part of ["choose a word", "The word is plum.", "which word?"]) assert.ok(body.includes(part), body);
  const list = await home.ask(["sessions", "list", "--json"]);
  const rows = JSON.parse(list.out) as { folder: string; title: string; items: number }[];
  assert.equal(rows.length, 1);
  assert.equal(rows[0]?.folder, home.folder);
  assert.equal(rows[0]?.title, "choose a word");
  assert.ok((rows[0]?.items ?? 0) >= 4);
});

test("a server that is killed amid a task is a failed task: exit code 1, one sentence, and what was done is kept", async (t) => {
  const server = await startModelServer(shell("echo begun > begun.txt; sleep 60"));
  t.after(server.close);
  const home = makeHome({ config: fakeConfig(server.baseUrl), profiles: fakeProfile });
  t.after(home.close);
  const task = home.start(["exec", "-y", "go"]);
  await task.said(/> shell: echo begun/);
  const pid = home.serverPid();
  assert.ok(pid !== null);
  process.kill(pid, "SIGKILL");
  const { code, out, err } = await task.ended;
  assert.deepEqual({ code, out }, { code: 1, out: "" });
  assert.match(err, /the task was lost: /);
  const rows = JSON.parse((await home.ask(["sessions", "list", "--json"])).out) as { title: string }[];
  assert.deepEqual(
    rows.map(({ title }) => title),
    ["go"],
  );
});
