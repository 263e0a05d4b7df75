// Keys from a command: no shell, nothing inherited, a time limit, five ways to fail.

import assert from "node:assert/strict";
import { existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type AuthCommandResult, runAuthCommand } from "../../src/host/auth-command.ts";
import type { AuthCommand } from "../../src/host/model-provider.ts";
import { openPty } from "../../src/host/pty.ts";
import { until } from "../support/until.ts";
import { makeGround } from "./ground.ts";

const env = { PATH: "/usr/bin:/bin", HOME: "/nowhere" };

function run(context: TestContext, body: string, more: Partial<AuthCommand> = {}): Promise<AuthCommandResult> {
  const ground = makeGround(context);
  ground.script("key", body);
  const auth = { command: "./key", args: [], timeoutMs: 5000, refreshIntervalMs: 0, cwd: ground.folder, ...more };
  return runAuthCommand(auth, env);
}

function problemOf(result: AuthCommandResult): [string, string] {
  return result.ok ? assert.fail("it gave a key") : [result.type, result.problem];
}

test("a command's key is its standard output, trimmed; its arguments pass no shell and it reads nothing", async (context) => {
  const result = await run(context, 'read -r line && echo "was given $line"; printf "  %s|%s\\n" "$1" "$2"', { args: ["$HOME", "a b;c"] });
  assert.deepEqual(result, { ok: true, secret: "$HOME|a b;c" });
});

test("a bare name is found on the PATH, a path with a slash from its folder, which is where it runs", async (context) => {
  const ground = makeGround(context);
  const folder = join(ground.folder, "work");
  ground.script("work/bin/key", "pwd");
  const auth = { args: [], timeoutMs: 5000, refreshIntervalMs: 0, cwd: folder };
  assert.deepEqual(await runAuthCommand({ ...auth, command: "bin/key" }, env), { ok: true, secret: folder });
  assert.deepEqual(await runAuthCommand({ ...auth, command: "key" }, { ...env, PATH: join(folder, "bin") }), { ok: true, secret: folder });
});

test("a command sees the environment it is given and no other, and inherits no descriptor, an agent's terminal least of all", async (context) => {
  const ground = makeGround(context);
  const own = openSync(join(ground.folder, "."), "r");
  const pty = await openPty({ argv: ["/bin/cat"], cwd: "/", env, cols: 80, rows: 24 }, { onData() {}, onExit() {} });
  context.after(() => pty.close());
  assert.ok(own > 2);
  process.env["INTERPANE_TEST_SECRET"] = "sk-parent";
  const out = join(ground.folder, "seen");
  const result = await run(context, `exec /bin/bash -c 'ls -l /proc/$$/fd > "$0"; env >> "$0"; echo key' "${out}"`);
  assert.equal(result.ok, true);
  const seen = readFileSync(out, "utf8");
  assert.ok(!seen.includes("ptmx") && !seen.includes(`-> ${ground.folder}\n`), seen);
  assert.ok(seen.includes("HOME=/nowhere") && !seen.includes("sk-parent"), seen);
});

test("the five failures differ, say what to do, and never hold what was printed as the key", async (context) => {
  const stuck = await run(context, `echo $$ > pid; echo sk-half; sleep 60 & wait`, { timeoutMs: 300 });
  assert.deepEqual(problemOf(stuck)[0], "timeout");
  assert.match(problemOf(stuck)[1], /"\.\/key" did not end within 0\.3 s and was killed.*raise timeout_ms/);
  assert.match(
    problemOf(await run(context, "", { command: "./nothing" }))[1],
    /"\.\/nothing" did not start: it is no program that may be run/,
  );
  assert.match(problemOf(await run(context, "", { command: "no-such-program-here" }))[1], /did not start: it is not on the PATH/);
  assert.match(problemOf(await run(context, "", { cwd: "/no/such/folder", command: "cat" }))[1], /did not start/);
  const failed = problemOf(await run(context, "echo sk-half; printf 'not \\033[31mlogged\\007 in\\n%0999d' 0 >&2; exit 3"));
  assert.equal(failed[0], "failed");
  assert.match(failed[1], /failed with exit code 3; it said: not logged in 0+…; run it by hand/);
  assert.ok(failed[1].length < 500);
  assert.deepEqual(problemOf(await run(context, "printf '\\xff\\xfe'"))[0], "not-text");
  assert.deepEqual(problemOf(await run(context, "printf 'a\\nb'"))[0], "not-text");
  assert.deepEqual(problemOf(await run(context, "echo"))[0], "empty");
  assert.ok(![stuck, failed].some((one) => JSON.stringify(one).includes("sk-half")));
});

test("after its time limit nothing of a command is left", async (context) => {
  const ground = makeGround(context);
  ground.script("key", "sleep 61 & echo $! > pid; wait");
  // Long enough for it to have begun, however slow the machine.
  const pidFile = join(ground.folder, "pid");
  const isBegun = (): boolean => existsSync(pidFile) && readFileSync(pidFile, "utf8").endsWith("\n");
  for (let timeoutMs = 200; !isBegun(); timeoutMs *= 4)
    await runAuthCommand({ command: "./key", args: [], timeoutMs, refreshIntervalMs: 0, cwd: ground.folder }, env);
  const pid = readFileSync(pidFile, "utf8").trim();
  const isGone = (): boolean => !existsSync(`/proc/${pid}`) || /\bState:\s+Z/.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  await until("it is gone", isGone);
});
