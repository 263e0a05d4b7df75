// However the client ends, its terminal is as it was: modes by what an emulator makes of the bytes, settings by `stty -g`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { AROUND, AROUND_JOB, assertRestored, said } from "../support/given-back.ts";
import { compiledDir } from "../support/place.ts";
import { type Program, startProgram } from "../support/pty-driver.ts";
import { until } from "../support/until.ts";

const FIXTURE = fileURLToPath(new URL("fixture-program.ts", import.meta.url));

function start(around: string): Program {
  return startProgram({
    argv: ["bash", "-c", around, "bash", process.execPath, FIXTURE],
    cols: 100,
    env: { NODE_COMPILE_CACHE: compiledDir },
  });
}

async function pidOf(program: Program): Promise<number> {
  return Number(/pid (\d+)/.exec(await program.waitFor(/pid \d+/))?.[1]);
}

const ENDS: Readonly<Record<string, { key?: string; signal?: NodeJS.Signals; says?: RegExp }>> = {
  "a close": { key: "q", says: /closed/ },
  "process.exit": { key: "x", says: /status 3/ },
  "an uncaught exception": { key: "t", says: /thrown on purpose[\s\S]*status 1/ },
  "an unhandled rejection": { key: "r", says: /rejected on purpose[\s\S]*status 1/ },
  SIGTERM: { signal: "SIGTERM", says: /status 143/ },
  SIGHUP: { signal: "SIGHUP", says: /status 129/ },
  SIGINT: { signal: "SIGINT", says: /status 130/ },
  SIGQUIT: { signal: "SIGQUIT", says: /status 131/ },
  SIGSEGV: { signal: "SIGSEGV", says: /status 139/ },
  SIGKILL: { signal: "SIGKILL", says: /status 137/ },
};

for (const [name, end] of Object.entries(ENDS)) {
  test(`the terminal is given back after ${name}`, async () => {
    const program = start(AROUND);
    try {
      const pid = await pidOf(program);
      await program.waitFor("background dark");
      assert.equal(program.modes().isAlternate, true);
      assert.equal(program.modes().mouse, "drag");
      assert.equal(program.modes().kittyDepth, 1);
      assert.equal(program.modes().titleDepth, 1);
      if (end.key !== undefined) program.key(end.key);
      else process.kill(pid, end.signal);
      await assertRestored(program);
      assert.match(said(program), end.says ?? /status/);
    } finally {
      await program.close();
    }
  });
}

test("a stop gives the terminal back and a continuation takes it again", async () => {
  const program = start(AROUND_JOB);
  try {
    const pid = await pidOf(program);
    await program.waitFor("background dark");
    process.kill(pid, "SIGTSTP");
    await program.waitFor("stopped");
    assert.equal(program.modes().isAlternate, false);
    assert.equal(program.modes().mouse, "none");
    program.type("\n");
    await program.waitFor(/pid \d+/);
    assert.equal(program.modes().kittyDepth, 1);
    program.key("a");
    await program.waitFor("key a");
    program.key("q");
    await assertRestored(program);
  } finally {
    await program.close();
  }
});

test("Ctrl-Z through suspend stops the job, and what is typed in between goes to the shell", async () => {
  const program = start(AROUND_JOB);
  try {
    await pidOf(program);
    await program.waitFor("background dark");
    program.key("C-z");
    await program.waitFor("stopped");
    program.type("typed at the shell\n");
    await program.waitFor((text) => /pid \d+/.test(text) && !text.includes("typed"));
    program.key("b", "q");
    await assertRestored(program);
  } finally {
    await program.close();
  }
});

test("a kill while the program is stopped writes nothing over the shell", async () => {
  const program = start(AROUND_JOB);
  try {
    const pid = await pidOf(program);
    await program.waitFor("background dark");
    process.kill(pid, "SIGTSTP");
    await program.waitFor("stopped");
    const before = program.bytes().length;
    process.kill(pid, "SIGKILL");
    program.type("\n");
    await program.waitFor("status");
    await assertRestored(program);
    assert.doesNotMatch(program.bytes().subarray(before).toString("latin1"), /1049/);
  } finally {
    await program.close();
  }
});

test("an editor gets the terminal in its usual state, and the frame comes back after it", async () => {
  const program = start(AROUND);
  try {
    await pidOf(program);
    await program.waitFor("background dark");
    program.key("e");
    const text = await program.waitFor(/icanon/);
    assert.doesNotMatch(text, /-icanon/);
    assert.equal(program.modes().isAlternate, false);
    program.type("words\r");
    await program.waitFor("back");
    assert.equal(program.modes().isAlternate, true);
    program.key("q");
    await assertRestored(program);
    assert.match(program.text(), /got words/);
  } finally {
    await program.close();
  }
});

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  test(`the terminal is given back after ${signal} in the middle of a flood of frames`, async () => {
    const program = start(AROUND);
    try {
      const pid = await pidOf(program);
      await program.waitFor("background dark");
      program.key("f");
      await program.waitFor(() => program.bytes().length > 1_000_000);
      process.kill(pid, signal);
      await assertRestored(program);
    } finally {
      await program.close();
    }
  });
}

test("no guard outlives its program, whether that closed or was killed", { skip: process.platform !== "linux" }, async () => {
  for (const way of ["q", "SIGKILL"] as const) {
    const program = start(AROUND);
    try {
      const pid = await pidOf(program);
      const guards = childrenOf(pid).filter((child) => isGuard(child));
      assert.equal(guards.length, 1);
      if (way === "q") program.key("q");
      else process.kill(pid, way);
      await assertRestored(program);
      // Its last act is the restored settings; what is left is its exit.
      await until("the guard has left", () => !guards.some((guard) => isGuard(guard)));
    } finally {
      await program.close();
    }
  }
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).map(Number);
}

function isGuard(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("interpane-guard");
  } catch {
    return false;
  }
}
