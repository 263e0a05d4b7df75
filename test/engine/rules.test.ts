// Saved rules in a turn: what is let through, what is asked all the same, and what is kept when a question is answered so.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentId } from "../../src/domain/ids.ts";
import { isAllowedBy, offerRule, plainWords, type Rule } from "../../src/domain/rule.ts";
import type { Sandbox } from "../../src/domain/workspace.ts";
import { runCommand } from "../../src/engine/commands.ts";
import type { Rules } from "../../src/engine/ports.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { callsExec, type FakeOptions, type FakeWorld, fakeWorld, says, spawn } from "../support/fake-ports.ts";

const sandbox: Sandbox = { mode: "workspace-write", network: true, writable: ["/work"] };

interface FakeRules extends Rules {
  kept: Rule[];
  isDiskFull: boolean;
}

/** As the host's, for programs that all lie in /bin. */
function fakeRules(): FakeRules {
  const read = (code: string) => {
    const command = plainWords(code);
    return command.ok ? { words: command.words, program: `/bin/${command.words[0]}` } : null;
  };
  const rules: FakeRules = {
    kept: [],
    isDiskFull: false,
    list: () => rules.kept,
    offer: (action) => {
      const found = action.type === "exec" ? read(action.code) : null;
      return found === null ? { problem: "it is no plain command" } : offerRule({ ...found, cwd: "/work" });
    },
    find: (action, { cwd, sandbox: under }) => {
      const found = action.type === "exec" ? read(action.code) : null;
      const rule = found === null ? undefined : rules.kept.find((each) => isAllowedBy(each, { ...found, cwd, sandbox: under }));
      return rule === undefined || found === null ? null : { rule, ...found, cwd };
    },
    keep: async ({ words, program, cwd }, width, under) => {
      if (rules.isDiskFull) return { ok: false, problem: "the disk is full" };
      const isOpen = width === "open";
      const id = `r${rules.kept.length + 1}`;
      const rule: Rule = { id, words: isOpen ? words.slice(0, 1) : words, isOpen, program, cwd, sandbox: under, at: 1 };
      rules.kept.push(rule);
      return { ok: true, rule };
    },
    remove: async (id) => {
      rules.kept = rules.kept.filter((rule) => rule.id !== id);
      return { ok: true };
    },
  };
  return rules;
}

interface Play {
  readonly world: FakeWorld;
  readonly engine: WorkspaceEngine;
  readonly agent: AgentId;
  readonly rules: FakeRules;
}

async function start(script: NonNullable<FakeOptions["script"]>): Promise<Play> {
  const rules = fakeRules();
  const world = fakeWorld({ script, rules, sandbox });
  const engine = await world.engine();
  return { world, engine, agent: await spawn(engine), rules };
}

const asked = async ({ world }: Play) => {
  const fact = await world.until((each) => each.type === "approval.asked");
  return fact.type === "approval.asked" ? fact.approval : assert.fail();
};

const npmTest: Rule = { id: "r4", words: ["npm", "test"], isOpen: false, program: "/bin/npm", cwd: "/work", sandbox, at: 1 };

test("a question carries the rule that it could have, and an answer with it keeps the rule before anything runs", async () => {
  const play = await start([callsExec("npm test"), says("done")]);
  const { world, engine, agent, rules } = play;
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "test it" });
  const approval = await asked(play);
  assert.deepEqual(approval.rule, { words: ["npm", "test"], program: "/bin/npm", cwd: "/work", canBeOpen: false });
  const answer = { type: "approval.answer", approval: approval.id, digest: approval.digest } as const;
  for (const wrong of [
    { ...answer, answer: "yes", keep: "open" },
    { ...answer, answer: "no", keep: "exact" },
    { ...answer, answer: "yes", keep: "exact", code: "npm publish" },
    { ...answer, answer: "yes", keep: "exact", digest: "other" },
  ] as const)
    assert.equal((await runCommand(engine, 1, wrong)).ok, false);
  assert.deepEqual([rules.kept.length, world.execs.length], [0, 0]);
  rules.isDiskFull = true;
  const refused = await runCommand(engine, 1, { ...answer, answer: "yes", keep: "exact" });
  assert.ok(!refused.ok && refused.reason === "the disk is full");
  assert.equal(world.execs.length, 0);
  rules.isDiskFull = false;
  const kept = await runCommand(engine, 1, { ...answer, answer: "yes", keep: "exact" });
  assert.ok(kept.ok && kept.note === "kept as rule r1: npm test");
  await world.until((fact) => fact.type === "turn.ended");
  assert.equal(world.execs[0]?.code, "npm test", "a person has seen it: it runs in the agent's own shell");
});

test("what a rule lets through is not asked, runs beside the agent's shell by absolute path, and says which rule it was", async () => {
  const play = await start([callsExec("npm test"), says("done"), callsExec("npm test; id"), says("hm")]);
  const { world, engine, agent, rules } = play;
  rules.kept.push(npmTest);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "test it" });
  const started = await world.until((fact) => fact.type === "tool.started");
  assert.ok(started.type === "tool.started" && started.rule === "npm test");
  await engine.synced(agent);
  const spec = world.opened.find(({ program }) => program.type === "command") ?? assert.fail("nothing was opened");
  assert.ok(spec.program.type === "command");
  assert.deepEqual(spec.program.argv.slice(0, 3), ["/bin/bash", "--noprofile", "--norc"]);
  assert.deepEqual(spec.program.argv.slice(5), ["/bin/npm", "/work", "npm", "test"]);
  assert.deepEqual([spec.cwd, spec.sandbox, spec.agent], ["/work", sandbox, agent]);
  world.endTerminal(spec.id, 0);
  await world.until((fact) => fact.type === "turn.ended");
  assert.deepEqual([world.execs.length, world.facts.some((fact) => fact.type === "approval.asked")], [0, false]);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "and more" });
  assert.match((await asked(play)).noRule ?? "", /no plain command/u);
  await runCommand(engine, 1, { type: "turn.interrupt", agent });
});

test("a rule that was taken away, and one for another sandbox, is asked about again", async () => {
  const play = await start([callsExec("npm test"), says("done")]);
  const { engine, agent, rules } = play;
  rules.kept.push({ ...npmTest, id: "r1", sandbox: { ...sandbox, network: false } }, { ...npmTest, id: "r2" });
  assert.ok((await runCommand(engine, 1, { type: "rule.remove", rule: "r2" })).ok);
  await runCommand(engine, 1, { type: "prompt.send", agent, text: "test it" });
  await asked(play);
  await runCommand(engine, 1, { type: "turn.interrupt", agent });
});
