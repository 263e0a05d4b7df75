// Saved rules against what lies on the disk, and what one lets through: a fresh bash in the agent's sandbox.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Action } from "../../src/domain/action.ts";
import type { AgentId } from "../../src/domain/ids.ts";
import type { Agent, Sandbox } from "../../src/domain/workspace.ts";
import type { RuledCommand } from "../../src/engine/ports.ts";
import { runRuled } from "../../src/engine/rule-run.ts";
import { systemClock } from "../../src/host/clock.ts";
import { createRules } from "../../src/host/rules.ts";
import { emptyState, openState, type State, type StateStore } from "../../src/host/state.ts";
import { makeGround, never } from "./ground.ts";

function memory(): StateStore & { now: State } {
  const now = emptyState();
  return { now, state: () => now, updateState: async (change) => change(now), problems: [] };
}

const exec = (code: string, over: Partial<Extract<Action, { type: "exec" }>> = {}): Action => ({
  type: "exec",
  language: "shell",
  code,
  ...over,
});

interface Yard extends Disposable {
  readonly work: string;
  readonly bin: string;
  readonly sandbox: Sandbox;
}

function makeYard(): Yard {
  const folder = realpathSync(mkdtempSync(join(process.env["HOME"] ?? tmpdir(), ".interpane-rules-")));
  const [work, bin] = [join(folder, "work"), join(folder, "bin")];
  for (const path of [work, bin]) mkdirSync(path);
  return {
    work,
    bin,
    sandbox: { mode: "workspace-write", network: false, writable: [work] },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function program(path: string, text = '#!/bin/sh\necho it ran: "$@"\n'): string {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

test("a rule is offered, kept, counts until it is taken away, and is on the disk in between", async () => {
  using yard = makeYard();
  program(join(yard.bin, "check"));
  const paths = { stateFile: join(yard.bin, "state.json") };
  const rules = createRules(await openState(paths), () => 5);
  const ground = { cwd: yard.work, sandbox: yard.sandbox, path: `${yard.bin}:/usr/bin:/bin` };
  assert.equal(rules.find(exec("check all"), ground), null);
  const offer = rules.offer(exec("check all"), ground);
  assert.deepEqual(offer, { words: ["check", "all"], program: join(yard.bin, "check"), cwd: yard.work, canBeOpen: false });
  assert.ok(!("problem" in offer));
  const kept = await rules.keep(offer, "open", yard.sandbox);
  assert.ok(kept.ok && kept.rule.id === "r1" && !kept.rule.isOpen, "never wider than was offered");
  assert.ok((await rules.keep(offer, "exact", yard.sandbox)).ok);
  assert.equal(rules.list().length, 1, "the same one is kept once");
  const again = createRules(await openState(paths), () => 6);
  assert.equal(again.find(exec("check all"), ground)?.rule.id, "r1");
  assert.equal(again.find(exec("check 'all'"), ground)?.rule.id, "r1");
  for (const code of ["check", "check all more", "check  'all '", "check all; id", "check all\nid", "check al", "CHECK all", "check all #"])
    assert.equal(again.find(exec(code), ground), null, code);
  assert.equal(again.find(exec("check all", { cwd: "/etc" }), ground), null);
  assert.equal(again.find(exec("check all", { language: "python" }), ground), null);
  assert.equal(again.find({ type: "write", path: "x", content: "check all" }, ground), null);
  assert.deepEqual(await again.remove("r7"), { ok: false, problem: "there is no rule r7" });
  assert.ok((await again.remove("r1")).ok);
  assert.equal(again.find(exec("check all"), ground), null);
});

test("there is no rule for a program that the agent could change, or that is not there", () => {
  using yard = makeYard();
  const rules = createRules(memory(), () => 1);
  const path = `${yard.work}/bin:${yard.bin}:/usr/bin:/bin`;
  const ground = { cwd: yard.work, sandbox: yard.sandbox, path };
  const problemOf = (code: string, over = {}): string => {
    const offer = rules.offer(exec(code), { ...ground, ...over });
    return "problem" in offer ? offer.problem : "";
  };
  mkdirSync(join(yard.work, "bin"));
  program(join(yard.work, "bin", "mine"));
  program(join(yard.bin, "both"));
  assert.equal(problemOf("both"), "", "an empty place before it is none that it is taken from");
  program(join(yard.work, "bin", "both"));
  assert.match(problemOf("both"), /lies where the agent may write/u);
  assert.match(problemOf("mine"), /lies where the agent may write/u);
  assert.match(problemOf("./run"), /lies where the agent may write/u);
  assert.match(problemOf(`${yard.work}/bin/mine`), /lies where the agent may write/u);
  symlinkSync(join(yard.work, "bin", "mine"), join(yard.bin, "linked"));
  assert.match(problemOf("linked"), /lies where the agent may write/u);
  symlinkSync("/bin/sh", join(yard.bin, "harmless"));
  assert.match(problemOf("harmless x"), /runs other code/u);
  assert.match(problemOf("no-such-program"), /no program on the PATH/u);
  assert.match(problemOf("cd src"), /no program on the PATH/u);
  assert.match(problemOf("ls", { path: "bin:/usr/bin" }), /not absolute/u);
  assert.match(problemOf("ls", { path: ":/usr/bin" }), /not absolute/u);
  assert.match(problemOf("ls", { sandbox: { mode: "full", network: true, writable: [] } }), /needs a sandbox/u);
  assert.match(problemOf("ls", { cwd: "/tmp/elsewhere" }), /no rule reaches/u);
  assert.match(problemOf("ls\u200b"), /not plain ASCII/u);
});

test("a rule does not count once its program or its folder leads elsewhere, nor one that says more than is known", async () => {
  using yard = makeYard();
  const store = memory();
  const rules = createRules(store, () => 1);
  const here = join(yard.work, "here");
  mkdirSync(here);
  program(join(yard.bin, "real"));
  program(join(yard.bin, "other"));
  symlinkSync(join(yard.bin, "real"), join(yard.bin, "tool"));
  const ground = { cwd: here, sandbox: yard.sandbox, path: yard.bin };
  const offer = rules.offer(exec("tool x"), ground);
  assert.ok(!("problem" in offer) && offer.program === join(yard.bin, "real"));
  await rules.keep(offer, "exact", yard.sandbox);
  const found = () => rules.find(exec("tool x"), ground) !== null;
  assert.equal(found(), true);
  rmSync(join(yard.bin, "tool"));
  symlinkSync(join(yard.bin, "other"), join(yard.bin, "tool"));
  assert.equal(found(), false);
  rmSync(join(yard.bin, "tool"));
  symlinkSync(join(yard.bin, "real"), join(yard.bin, "tool"));
  assert.equal(found(), true);
  rmSync(here, { recursive: true });
  assert.equal(found(), false);
  symlinkSync("/etc", here);
  assert.equal(found(), false);
  rmSync(here);
  mkdirSync(here);
  assert.equal(found(), true);
  store.now.rules = (store.now.rules ?? []).map((rule) => ({ ...(rule as object), onlyWhen: "somebody looks" }));
  assert.equal(found(), false);
});

const agent = (id: string): Agent => ({ id: id as AgentId }) as Agent;

test("what a rule lets through runs in a fresh bash, in its sandbox, whatever the environment would have bash do", async (context) => {
  await using ground = makeGround();
  using yard = makeYard();
  if (ground.terminals.defaultSandbox(yard.work).problem !== null) return context.skip("no sandbox");
  const tool = program(
    join(yard.bin, "tool"),
    '#!/bin/sh\necho "as $0 with $# $1|$2"; echo in > inside; echo out > ../outside; ls() { :; }; command -v ls; exit 3\n',
  );
  writeFileSync(join(yard.work, "evil"), "echo BASH_ENV was read; /bin() { :; }\n");
  const run = (
    words: string[],
    over: { timeoutMs?: number; signal?: AbortSignal; env?: Record<string, string>; program?: string; cwd?: string } = {},
  ) => {
    const rule: RuledCommand["rule"] = { id: "r1", words, isOpen: false, program: tool, cwd: yard.work, sandbox: yard.sandbox, at: 1 };
    return runRuled(
      { rule, words, program: over.program ?? tool, cwd: over.cwd ?? yard.work },
      {
        ports: {
          terminals: ground.terminals,
          newId: <Id extends string>(prefix: string) => `${prefix}-${Math.random().toString(36).slice(2)}` as Id,
          clock: systemClock,
        },
        agent: agent("a-1"),
        env: { PATH: "/usr/bin:/bin", HOME: ground.home, LANG: "C.UTF-8", ...over.env },
        signal: over.signal ?? never,
        timeoutMs: over.timeoutMs ?? 20_000,
      },
    );
  };
  const env = {
    BASH_ENV: join(yard.work, "evil"),
    ENV: join(yard.work, "evil"),
    "BASH_FUNC_exec%%": "() { echo a function stood in; }",
    SHELLOPTS: "xtrace",
  };
  const result = await run(["tool", "a b; id $(id)", "*"], { env });
  assert.deepEqual([result.outcome, result.exitCode], ["failed", 3]);
  assert.match(result.output, /with 2 a b; id \$\(id\)\|\*/u);
  assert.doesNotMatch(result.output, /BASH_ENV was read|stood in|^\+/mu);
  assert.equal(readFileSync(join(yard.work, "inside"), "utf8"), "in\n");
  assert.equal(existsSync(join(yard.work, "..", "outside")), false);
  // The folder was swapped between the look and the run.
  symlinkSync("/etc", join(yard.work, "swapped"));
  const swapped = await run(["pwd"], { program: "/usr/bin/pwd", cwd: join(yard.work, "swapped") });
  assert.deepEqual([swapped.exitCode, /nothing was run/u.test(swapped.output)], [126, true]);
  // Nobody answers what it asks, and it ends when it is to.
  assert.equal((await run(["cat"], { program: "/usr/bin/cat" })).output.trim(), "");
  assert.equal((await run(["sleep", "60"], { program: "/usr/bin/sleep", timeoutMs: 50 })).outcome, "timeout");
  const stop = new AbortController();
  const running = run(["sleep", "60"], { program: "/usr/bin/sleep", signal: stop.signal });
  stop.abort();
  assert.equal((await running).outcome, "interrupted");
});

test("no sandboxed program changes our folders, though they lie where it may write", async (context) => {
  using yard = makeYard();
  const ours = join(yard.work, "state");
  mkdirSync(ours);
  writeFileSync(join(ours, "state.json"), "mine");
  await using ground = makeGround({ readOnlyPaths: [ours] });
  if (ground.terminals.defaultSandbox(yard.work).problem !== null) return context.skip("no sandbox");
  const shell = ground.open({ sandbox: yard.sandbox, cwd: yard.work });
  const code =
    "echo x > state/state.json; rm -f state/state.json; mv state away; echo y > state/new; echo fine > beside; cat state/state.json";
  const { output } = await shell.exec({ language: "shell", code, timeoutMs: 20_000 }, never);
  assert.match(output, /mine$/u);
  assert.equal(readFileSync(join(ours, "state.json"), "utf8"), "mine");
  assert.equal(existsSync(join(ours, "new")), false);
  assert.ok(existsSync(join(yard.work, "beside")));
});
