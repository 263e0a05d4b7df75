// Coming and going: a prompt on the command line, two screens on one workspace, leaving with and without the agents.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeHome, packageDir, type TestHome } from "../support/home.ts";
import { untilEnded } from "../support/process-end.ts";
import type { Program } from "../support/pty-driver.ts";
import { answer, panes, say } from "./trip.ts";

test("a prompt on the command line is sent; a second screen shows the same, and the first answer counts for both", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const first = home.open({ args: ["run: echo given-$((40+2))"] });
  await first.waitFor(/y run +n refuse/);
  const second = home.open({ cols: 90, rows: 25 });
  await second.waitFor(/y run +n refuse/);
  await answer(second, "y");
  await Promise.all([first.waitFor(/given-42/), second.waitFor(/given-42/)]);
  await Promise.all([first.waitFor((text) => !text.includes("needs you")), second.waitFor((text) => !text.includes("needs you"))]);
  const { out } = await home.run(["ls", "--json"]);
  assert.deepEqual(
    (JSON.parse(out) as { folder: string; agents: number; clients: number }[]).map(({ folder, agents, clients }) => ({
      folder,
      agents,
      clients,
    })),
    [{ folder: home.folder, agents: 1, clients: 2 }],
  );
});

test("quitting asks where an agent works, ends it and leaves; kill --all ends the server; nothing runs on", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  say(program, "run: sleep 1234");
  await answer(program, "y");
  await program.waitFor(/◉ 1 run/);
  program.key("C-b", "Q");
  const asked = await program.waitFor(/1 agent is working/);
  assert.match(asked, /run: sleep 1234/);
  program.key("n");
  await program.waitFor((text) => !text.includes("1 agent is working"));
  program.key("C-b", "d");
  assert.equal((await program.exited).exitCode, 0);

  const pid = home.serverPid();
  assert.ok(pid !== null, "the server has left its agent alone");
  const killed = await home.run(["kill", "--all"]);
  assert.deepEqual({ code: killed.code, err: killed.err }, { code: 0, err: "stopped the server\n" });
  assert.equal(await untilEnded(pid), true);
  assert.equal((await home.run(["ls", "--json"])).out, "[]\n");

  const again = home.open();
  await again.waitFor(/○ 1 run: sleep/);
  assert.match(again.text(), /interrupted/);
});

/** What the program in the terminal that is typed into says its size is. */
async function sizeIn(program: Program, word: string): Promise<string> {
  program.type(`echo ${word}:$(stty size | tr ' ' x)\r`);
  const text = await program.waitFor((shown) => new RegExp(`${word}:\\d+x\\d+`).test(shown));
  return new RegExp(`${word}:(\\d+x\\d+)`).exec(text)?.[1] ?? "";
}

const COPYING = /copy \d+\/\d+/;

test("two screens: each its own tab, focus and scroll; a terminal is as large as the screen that was typed in last", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const first = home.open();
  await first.waitFor(/scripted model/);
  say(first, "tell me a story 120");
  await first.waitFor(/○ 1 tell me/);
  first.key("C-b", "T");
  await first.waitFor(/keys go to the program/);
  const second = home.open({ cols: 84, rows: 24 });
  // It begins where somebody looked last, and goes its own way.
  await second.waitFor(/keys go to the program/);
  second.key("C-b", "o");
  await second.waitFor((text) => !/keys go to the program/.test(text));
  assert.match(first.text(), /keys go to the program/);
  second.key("C-b", "c");
  await second.waitFor(/2 agent 2/);
  await second.waitFor((text) => !/ bash +no sandbox/.test(text));
  assert.match(first.text(), / bash +no sandbox/);
  second.key("C-b", "p");
  await second.waitFor(/ bash +no sandbox/);
  second.key("C-b", "[", "pageup");
  await second.waitFor(COPYING);
  assert.doesNotMatch(first.text(), COPYING);
  second.key("escape");
  await second.waitFor((text) => !COPYING.test(text));
  second.key("C-b", "o");
  await second.waitFor(/keys go to the program/);

  const small = await sizeIn(second, "small");
  // Who only looks sees the same cells in a larger place.
  await first.waitFor(/small:\d+x\d+/);
  assert.ok(first.text().includes(`small:${small}`));
  const large = await sizeIn(first, "large");
  assert.ok(Number(large.split("x")[0]) > Number(small.split("x")[0]) && Number(large.split("x")[1]) > Number(small.split("x")[1]), large);
  await second.waitFor(/large:\d+x\d+/);
  assert.equal(await sizeIn(second, "again"), small);
  // When it goes, the one that is left has its size back.
  second.key("C-b", "d");
  await second.exited;
  first.type("\r");
  assert.equal(await sizeIn(first, "alone"), large);
});

test("closing the window, detaching and kill -9 change nothing for an agent at work", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const before = home.open({ args: ["tell me a long story 20000"] });
  await before.waitFor(/● 1 tell me/);
  const server = home.serverPid();
  before.key("C-b", "d");
  assert.equal((await before.exited).exitCode, 0);
  for (const signal of ["SIGHUP", "SIGKILL"] as const) {
    const program = home.open();
    await program.waitFor(/● 1 tell me/);
    await program.waitFor(
      () =>
        panes(program)
          .split("\n")
          .filter((line) => line.trim().length > 40).length > 4,
    );
    program.kill(signal);
    await program.exited;
    assert.equal(home.serverPid(), server);
    const { out } = await home.run(["ls", "--json"]);
    assert.deepEqual(JSON.parse(out), [{ folder: home.folder, agents: 1, clients: 0, working: 1 }]);
  }
});

test("quitting with agents at work: asked once and said plainly; then all is gone, and a new start has the workspace again", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  say(program, "run: sleep 4321");
  await answer(program, "y");
  await program.waitFor(/◉ 1 run/);
  program.key("C-b", "c");
  await program.waitFor(/2 agent 2/);
  const server = home.serverPid();
  assert.ok(server !== null);
  program.key("C-c", "C-c");
  const asked = await program.waitFor(/1 agent is working/);
  assert.match(asked, /1 run: sleep 4321/);
  assert.match(asked, /leave, they go on/);
  assert.match(asked, /stop them and quit/);
  program.key("q");
  assert.equal((await program.exited).exitCode, 0);
  assert.match(program.text(), /the workspace was stopped/);
  assert.equal(await untilEnded(server), true, "the server stays with nothing to do");
  assert.deepEqual(sleepers("4321"), []);

  const again = home.open();
  const text = await again.waitFor(/1 run: sleep[\s\S]*2 agent 2/);
  assert.doesNotMatch(text, /● /);
  assert.notEqual(home.serverPid(), server);
});

function sleepers(word: string): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && readOr(`/proc/${name}/cmdline`).startsWith(`sleep\0${word}\0`));
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function serversOf(home: TestHome): string[] {
  return readdirSync("/proc").filter(
    (name) =>
      readOr(`/proc/${name}/cmdline`).startsWith("interpane server") &&
      readOr(`/proc/${name}/environ`).includes(`INTERPANE_HOME=${home.root}\0`),
  );
}

test("eight starts at once give one server, and all of them are served", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const ends = await Promise.all(Array.from({ length: 8 }, () => home.run(["vault", "list", "--json"])));
  assert.deepEqual(
    ends.map(({ code, out, err }) => ({ code, out, err })),
    ends.map(() => ({ code: 0, out: "[]\n", err: "" })),
  );
  assert.equal(serversOf(home).length, 1);
});

/** The built program as another release would be: it differs in the version of the protocol alone. */
function otherRelease(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "ip-other-"));
  t.after(() => rmSync(dir, { recursive: true }));
  for (const name of ["dist", "profiles", "themes", "package.json"]) cpSync(join(packageDir, name), join(dir, name), { recursive: true });
  symlinkSync(join(packageDir, "node_modules"), join(dir, "node_modules"));
  for (const name of readdirSync(join(dir, "dist"), { recursive: true, encoding: "utf8" })) {
    const file = join(dir, "dist", name);
    if (!/\.c?js$/.test(name) || !/PROTOCOL_VERSION ?= ?\d+/.test(readFileSync(file, "utf8"))) continue;
    writeFileSync(file, readFileSync(file, "utf8").replace(/PROTOCOL_VERSION ?= ?\d+/, "PROTOCOL_VERSION=990"));
  }
  return join(dir, "dist/main.js");
}

test("a program of another version gets one sentence that says what to do; its ls and kill work", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  const server = home.serverPid();
  assert.ok(server !== null);
  const other = otherRelease(t);
  const run = (...args: string[]) => spawnSync(other, args, { cwd: home.folder, env: home.env, encoding: "utf8", timeout: 30_000 });

  const refused = run("exec", "what OS am I using?");
  assert.notEqual(refused.status, 0);
  assert.equal(refused.stderr.trim().split("\n").length, 1, refused.stderr);
  assert.match(refused.stderr, /speaks version \d+ of the protocol and this program version 990; .*interpane kill --all/);
  assert.deepEqual(JSON.parse(run("ls", "--json").stdout), [{ folder: home.folder, agents: 1, clients: 1, working: 0 }]);
  const killed = run("kill");
  assert.deepEqual({ status: killed.status, err: killed.stderr }, { status: 0, err: `stopped the workspace of ${home.folder}\n` });
  assert.equal((await program.exited).exitCode, 0);
  run("kill", "--all");
  assert.equal(await untilEnded(server), true);
});
