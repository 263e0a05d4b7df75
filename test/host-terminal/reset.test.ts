// %reset on real programs: what Python, Node and the shell held is gone, and their processes too.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { runCommand } from "../../src/engine/commands.ts";
import { fakeWorld, spawn } from "../support/fake-ports.ts";
import { FULL, makeGround } from "./ground.ts";

test("reset ends real interpreters and the shell: what they held is gone; clear leaves them alone", async () => {
  await using ground = makeGround();
  const env = { PATH: process.env["PATH"] ?? "", HOME: ground.home, SHELL: "/bin/bash", LANG: "C.UTF-8" };
  const world = fakeWorld({ sandbox: FULL });
  const defaultSandbox = () => ({ sandbox: FULL, problem: null });
  const engine = await world.engine({
    folder: ground.work,
    shellEnv: () => env,
    ports: { ...world.ports, terminals: { ...ground.terminals, defaultSandbox } },
  });
  const agent = await spawn(engine, { autoRun: true });
  const run = async (language: string, code: string): Promise<string> => {
    const shell = await engine.shellOf(agent);
    return (await shell.exec({ language, code, timeoutMs: 30_000 }, new AbortController().signal)).output.trim();
  };
  const reset = async (isShellAnew: boolean): Promise<void> => {
    const reply = await runCommand(engine, 1, { type: "session.reset", agent, ...(isShellAnew ? { isShellAnew } : {}) });
    assert.ok(reply.ok);
  };
  const pids = [
    await run("python", "held = 41; import os; os.getpid()"),
    await run("js", "var held = 42; process.pid"),
    await run("shell", "held=43; echo $$"),
  ];
  await reset(false);
  assert.deepEqual([await run("python", "held"), await run("js", "held"), await run("shell", "echo $held")], ["41", "42", "43"]);
  await reset(true);
  for (const pid of pids) assert.ok(/^\d+$/.test(pid) && !existsSync(`/proc/${pid}`), `process ${pid} is gone`);
  assert.match(await run("python", "held"), /NameError/);
  assert.match(await run("js", "held"), /ReferenceError/);
  assert.equal(await run("shell", "echo [$held]"), "[]");
  await engine.close();
});
