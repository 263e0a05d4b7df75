// What happens to programs when the server is killed by force: sandboxed ones end with it, whatever they do; others get HUP, and what
// stayed is named by the next server.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { AgentId } from "../../src/domain/ids.ts";
import { firstAgent, type Member, makeGround, openTerminal, type ServerGround } from "../server/ground.ts";
import { isRunning, untilEnded } from "../support/process-end.ts";
import { GUARD_MS } from "../support/until.ts";

/** Processes whose command line holds a word that no other has. */
function processesWith(word: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const isThere = readFileSync(`/proc/${name}/cmdline`, "latin1").split("\0").includes(word) && isRunning(Number(name));
      return isThere ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

async function untilCount(word: string, count: number): Promise<number[]> {
  const deadline = performance.now() + GUARD_MS;
  for (;;) {
    const found = processesWith(word);
    if (found.length === count || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stand(t: TestContext): Promise<{ ground: ServerGround; member: Member }> {
  const ground = makeGround();
  t.after(ground.close);
  const member = await ground.join();
  await member.until("an agent", () => member.workspace()?.agents.length === 1);
  return { ground, member };
}

/** Lets the agent run code as a person would. */
async function allow(member: Member, agent: AgentId, code: string): Promise<void> {
  await member.command({ type: "prompt.send", agent, text: `run: ${code}` });
  await member.until("the question", () => member.workspace()?.approvals.length === 1);
  const approval = member.workspace()?.approvals[0];
  assert.ok(approval !== undefined);
  await member.command({ type: "approval.answer", approval: approval.id, answer: "yes", digest: approval.digest });
}

/** A word for `sleep` that is a number and nobody else's. */
function aWhile(): string {
  return `${90_000 + (process.pid % 9_000)}.${Math.floor(Math.random() * 1e9)}`;
}

test("server killed by force: nothing of a sandboxed agent is left, ignoring HUP and setsid included", async (t) => {
  const { member } = await stand(t);
  if (member.workspace()?.agents[0]?.sandbox.mode === "full") return t.skip("no sandbox works on this machine");
  const word = aWhile();
  const code = [
    `sleep ${word} &`,
    `(trap '' HUP INT TERM; exec setsid sleep ${word}) &`,
    `nohup setsid sh -c "trap '' HUP; sleep ${word} & wait" >/dev/null 2>&1 &`,
    // A daemon: twice forked, a session of its own, nothing of ours in its environment.
    `(env -i setsid sh -c "(sleep ${word} </dev/null >/dev/null 2>&1 &)" &)`,
    `trap '' HUP; sleep ${word}`,
  ].join("\n");
  await allow(member, firstAgent(member), code);
  const before = await untilCount(word, 5);
  assert.equal(before.length, 5);
  process.kill(member.serverPid, "SIGKILL");
  const from = performance.now();
  const left = await untilCount(word, 0);
  // The aim is 2 s.
  t.diagnostic(`gone after ${(performance.now() - from).toFixed(0)} ms`);
  for (const pid of left) process.kill(pid, "SIGKILL");
  assert.deepEqual(left, []);
});

/** The processes `sleep` that doctor names as left behind. */
async function sleepsInDoctor({ caller }: Member): Promise<number[]> {
  const examined = await caller.query({ type: "doctor" });
  assert.ok(examined.ok);
  return examined.value.rows
    .flatMap(({ about, text }) => (about === "processes" ? [/^sleep \((\d+)\)/.exec(text)] : []))
    .flatMap((found) => (found === null ? [] : [Number(found[1])]))
    .toSorted();
}

test("unsandboxed programs get HUP; the next server names what stayed, until that has ended, and so does doctor", async (t) => {
  const { ground, member } = await stand(t);
  const [plain, stubborn] = [aWhile(), aWhile()];
  await openTerminal(member, `sleep ${plain}`);
  await openTerminal(member, `trap '' HUP; sleep ${stubborn}`);
  await openTerminal(member, `setsid sleep ${stubborn}; sleep ${plain}`);
  // A shell's background job gets HUP with its shell.
  await openTerminal(member, `sleep ${plain} & wait`);
  assert.equal((await untilCount(plain, 2)).length, 2);
  const stayed = await untilCount(stubborn, 2);
  assert.equal(stayed.length, 2);
  t.after(() => {
    for (const pid of [...processesWith(stubborn), ...processesWith(plain)]) process.kill(pid, "SIGKILL");
  });
  process.kill(member.serverPid, "SIGKILL");
  assert.ok(await untilEnded(member.serverPid));
  assert.deepEqual(await untilCount(plain, 0), []);

  const next = await ground.join();
  assert.notEqual(next.serverPid, member.serverPid);
  for (const pid of stayed)
    assert.ok(
      next.notices.some((notice) => notice.includes(`sleep (process ${pid},`) && notice.includes(`kill ${pid}`)),
      next.notices.join("\n"),
    );
  assert.deepEqual(await sleepsInDoctor(next), stayed.toSorted());
  for (const pid of stayed) process.kill(pid, "SIGKILL");
  for (const pid of stayed) assert.ok(await untilEnded(pid));
  assert.deepEqual(await sleepsInDoctor(next), []);
  const third = await ground.join();
  assert.deepEqual(
    third.notices.filter((notice) => notice.includes("sleep (process")),
    [],
  );
});
