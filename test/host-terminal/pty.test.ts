// The pty's promises: nothing inherited, nothing lost, nothing after the end, nothing left behind.

import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Pty } from "../../src/host/pty.ts";
import { openPty } from "../../src/host/pty.ts";
import { isAlive, sendSignal } from "../../src/host/terminal-processes.ts";
import { until } from "./ground.ts";

const ENV = { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8" };

interface Opened {
  readonly pty: Pty;
  readonly out: () => string;
  readonly exitCode: () => number | null;
}

async function open(argv: string[], env: Record<string, string> = ENV, markedBy?: string): Promise<Opened> {
  const chunks: Uint8Array[] = [];
  let exitCode: number | null = null;
  const pty = await openPty(
    { argv, cwd: "/", env, cols: 80, rows: 24, ...(markedBy === undefined ? {} : { markedBy }) },
    {
      onData: (bytes) => chunks.push(bytes),
      onExit: (code) => {
        exitCode = code;
      },
    },
  );
  return { pty, out: () => Buffer.concat(chunks).toString("utf8"), exitCode: () => exitCode };
}

test("twenty children see no descriptor above 2, whatever gaps and masters their parent has", async () => {
  const held = Array.from({ length: 40 }, () => openSync("/dev/null", "r"));
  const parents: Opened[] = [];
  try {
    for (let i = 0; i < 20; i++) parents.push(await open(["sleep", "60"]));
    // Gaps: node-pty itself stops closing at the first one.
    for (const fd of held.splice(0, 20)) closeSync(fd);
    const children = await Promise.all(
      Array.from({ length: 20 }, () =>
        open(["bash", "--norc", "-c", 'for fd in /proc/$$/fd/*; do [ -e "$fd" ] && printf "%s " "${fd##*/}"; done']),
      ),
    );
    await Promise.all(children.map(({ pty }) => pty.ended));
    for (const child of children) assert.equal(child.out().trim(), "0 1 2");
  } finally {
    for (const fd of held) closeSync(fd);
    await Promise.all(parents.map(({ pty }) => pty.close()));
  }
});

test("the environment is the one that was given", async () => {
  process.env["INTERPANE_TEST_SECRET"] = "leaked";
  const { pty, out } = await open(["env"], { PATH: ENV.PATH, GIVEN: "a b" });
  await pty.ended;
  delete process.env["INTERPANE_TEST_SECRET"];
  const names = out()
    .split("\r\n")
    .map((line) => line.split("=")[0] ?? "")
    .filter((name) => name !== "");
  assert.deepEqual(names.filter((name) => !["OLDPWD", "SHLVL", "_"].includes(name)).sort(), ["GIVEN", "PATH", "PWD", "TERM"]);
  assert.match(out(), /TERM=xterm-256color/);
});

test("all output arrives before the end, also when reading was paused across it", async () => {
  const { pty, out, exitCode } = await open(["bash", "-c", "seq 1 400; exit 9"]);
  pty.pause();
  await pty.ended;
  assert.equal(exitCode(), 9);
  const lines = out().trimEnd().split("\r\n");
  assert.ok(lines.length === 400 && lines.at(-1) === "400", `${lines.length} lines, last ${lines.at(-1)}`);
});

test("a paste of 8 MB arrives whole and in order, and does not block", async () => {
  const { pty, out } = await open(["bash", "-c", "stty raw -echo; echo ready; head -c 8388612 | sha256sum"]);
  await until("it reads", () => out().includes("ready"));
  const paste = Buffer.alloc(8 * 1024 * 1024);
  for (let i = 0; i < paste.length; i++) paste[i] = 32 + ((i * 7 + (i >> 8)) % 90);
  pty.write(paste);
  assert.ok(pty.inputBytes > 0, "it waits instead of blocking");
  pty.write("last");
  await pty.ended;
  const { createHash } = await import("node:crypto");
  assert.match(out(), new RegExp(createHash("sha256").update(paste).update("last").digest("hex")));
});

test("after the end, writing, resizing, pausing and closing do nothing", async () => {
  const { pty } = await open(["true"]);
  await pty.ended;
  assert.equal(pty.isOpen, false);
  pty.write("x");
  pty.resize(10, 10);
  pty.pause();
  pty.resume();
  pty.signalForeground("SIGKILL");
  assert.deepEqual([pty.inputBytes, pty.foregroundGroup(), await pty.close()], [0, null, []]);
});

test("resizing refuses what is no size and reaches the program", async () => {
  const { pty, out } = await open(["bash", "-c", "trap 'stty size' WINCH; echo ready; while :; do read -t 0.05; done"]);
  await until("it waits", () => out().includes("ready"));
  for (const [cols, rows] of [
    [0, 5],
    [5, -1],
    [Number.NaN, 5],
    [1.5, 2],
  ] as const)
    pty.resize(cols, rows);
  pty.resize(101, 33);
  await until("the program knows", () => out().includes("33 101"));
  await pty.close();
});

test("close leaves no process of the session, HUP ignored or not, and names those that left it", async () => {
  const script =
    "bash -c 'trap \"\" HUP TERM; echo one $$; while :; do sleep 9; done' & (setsid bash -c 'echo two $$; exec sleep 99' &) ; sleep 98 & echo three $!; wait";
  const { pty, out } = await open(["bash", "-i", "-c", script], { ...ENV, MARKED: `only-this-pty-${process.pid}` }, "MARKED");
  await until("all three run", () => /one \d+/.test(out()) && /two \d+/.test(out()) && /three \d+/.test(out()));
  const pidOf = (name: string): number => Number(new RegExp(`${name} (\\d+)`).exec(out())?.[1]);
  try {
    const survivors = await pty.close();
    assert.equal(isAlive(pty.pid), false);
    assert.equal(isAlive(pidOf("one")), false, "it ignored HUP and was killed");
    assert.equal(isAlive(pidOf("three")), false);
    // It has a session of its own and another parent: only its environment says where it came from.
    assert.equal(isAlive(pidOf("two")), true);
    assert.deepEqual(
      survivors.map((row) => row.pid),
      [pidOf("two")],
    );
  } finally {
    sendSignal(pidOf("two"), "SIGKILL");
  }
});

test("only one file imports node-pty, one the emulator", () => {
  for (const [library, only] of [
    ["node-pty", "pty.ts"],
    ["@xterm/headless", "emulator.ts"],
  ] as const) {
    for (const file of ["pty.ts", "emulator.ts", "terminal.ts", "terminals.ts", "terminal-code.ts", "sandbox.ts", "shell-exec.ts"]) {
      const text = readFileSync(new URL(`../../src/host/${file}`, import.meta.url), "utf8");
      assert.equal(new RegExp(`(from|import\\() ?"${library}"`).test(text), file === only, `${file}: ${library}`);
    }
  }
});
