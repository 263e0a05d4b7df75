// What a terminal is called by itself: the title of its program, or what runs in its shell, and never one of a program that has gone.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { TerminalName } from "../../src/host/terminal-name.ts";
import { programName } from "../../src/host/terminal-processes.ts";
import { makeEmulator } from "./emulator-ground.ts";

const SHELL = 10;

test("a title is shown while who said it is in the foreground, else what runs, else what the shell said", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let foreground = SHELL;
  const names: string[] = [];
  let searches = 0;
  const programs = new Map([
    [20, "htop"],
    [30, "vim"],
  ]);
  const name = new TerminalName({
    foreground: () => foreground,
    first: () => SHELL,
    nameOf: (group) => programs.get(group) ?? null,
    memberOf: (group) => {
      searches += 1;
      return group === 50 ? "less" : null;
    },
    onName: (next) => names.push(next),
  });
  const looks = (group: number, title?: string): string => {
    foreground = group;
    if (title === undefined) name.touch();
    else name.titled(title);
    t.mock.timers.tick(200);
    return name.name;
  };
  assert.equal(looks(SHELL), "");
  assert.equal(looks(20), "htop");
  assert.equal(looks(SHELL, "me@box: ~"), "me@box: ~");
  assert.equal(looks(20), "htop");
  // The title comes just before the shell gives the terminal away: it is the program's.
  assert.equal(looks(30, "vim notes"), "vim notes");
  assert.equal(looks(30), "vim notes");
  assert.equal(looks(30, ""), "vim");
  looks(30, "left behind");
  assert.equal(looks(SHELL), "me@box: ~");
  assert.equal(looks(30), "vim");
  // One whose name cannot be read keeps the last.
  assert.equal(looks(40), "vim");
  // `cat file | less`: who leads the group has ended, and the others are looked for once.
  assert.deepEqual([looks(50), looks(50), looks(50)], ["less", "less", "less"]);
  assert.equal(searches, 2);
  const told = names.length;
  for (let i = 0; i < 1000; i++) name.titled(`frame ${i}`);
  t.mock.timers.tick(200);
  assert.deepEqual(names.slice(told), ["frame 999"]);
  name.titled("late");
  name.close();
  t.mock.timers.tick(200);
  assert.equal(name.name, "frame 999");
});

test("a title comes without controls and bounded, and a program can put the one before it back", async () => {
  const { feed, titles } = await makeEmulator();
  feed("\x1b]0;one\x07\x1b[22;2t\x1b]2;\u202etwo\u200b\x1b\\\x1b[23;2t");
  assert.deepEqual(titles, ["one", "two", "one"]);
  feed(`\x1b]2;${"long ".repeat(1000)}\x07`);
  assert.ok((titles.at(-1) ?? "").length <= 200);
  feed("\x1b]2;\x07");
  assert.equal(titles.at(-1), "");
});

test("a program is called as the file that was started", { skip: process.platform !== "linux" }, async () => {
  const child = spawn(process.execPath, ["-e", "process.stdout.write('up'); setInterval(() => {}, 1000)"], { argv0: "-/opt/bin/thing" });
  try {
    await once(child.stdout, "data");
    assert.equal(programName(child.pid ?? 0), "thing");
    assert.equal(programName(2 ** 30), null);
  } finally {
    child.kill("SIGKILL");
  }
});
