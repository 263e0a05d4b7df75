// Several clients of one workspace: the same state for all, each with its own place, sizes by the one that typed last.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fact } from "../../src/domain/protocol.ts";
import { firstAgent, type Member, makeGround, openTerminal } from "./ground.ts";

test("a snapshot and the facts after it give every client the same workspace, whenever it came", async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const first = await ground.join();
  await first.until("the first agent", () => first.workspace()?.agents.length === 1);
  const agent = firstAgent(first);
  const late: Member[] = [];
  await first.command({ type: "prompt.send", agent, text: "tell me a story 40" });
  for (let at = 0; at < 6; at += 1) {
    late.push(await ground.join({ role: at % 2 === 0 ? "screen" : "task" }));
    await first.command({ type: "agent.rename", agent, title: `name ${at}` });
    await first.command({ type: "agent.spawn", place: { type: "tab" }, profile: "demo" });
  }
  const ended = (fact: Fact): boolean => fact.type === "turn.ended";
  await first.until("the end of the turn", () => first.facts.some(ended));
  const last = await first.command({ type: "tab.rename", tab: first.workspace()?.tabs[0]?.id ?? never(), name: "the last fact" });
  for (const member of [first, ...late]) {
    await member.until("the last fact", () => (member.workspace()?.seq ?? 0) >= last.seq);
    assert.deepEqual(member.workspace(), first.workspace());
  }
});

function never(): never {
  throw new Error("the workspace has no tab");
}

test("a question that one client answers is gone for the other; its later answer is refused and says why", async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const [one, other] = [await ground.join(), await ground.join()];
  await one.until("an agent", () => one.workspace()?.agents.length === 1);
  await one.command({ type: "prompt.send", agent: firstAgent(one), text: "run: echo once >> ran.txt" });
  for (const member of [one, other]) await member.until("the question", () => member.workspace()?.approvals.length === 1);
  const { id, digest } = one.workspace()?.approvals[0] ?? never();
  const answers = await Promise.all(
    [one, other].map((member) => member.caller.command({ type: "approval.answer", approval: id, answer: "yes", digest })),
  );
  assert.deepEqual(answers.map((reply) => reply.ok).toSorted(), [false, true]);
  assert.match(answers.flatMap((reply) => (reply.ok ? [] : [reply.reason])).join(), /answered already/);
  for (const member of [one, other]) {
    await member.until("the end", () => member.facts.some((fact) => fact.type === "turn.ended"));
    assert.equal(member.facts.filter((fact) => fact.type === "tool.started").length, 1);
    assert.deepEqual(member.workspace()?.approvals, []);
  }
});

test("a terminal has the size of the client that typed last; when that one leaves, of the one before it", async (t) => {
  const ground = makeGround();
  t.after(ground.close);
  const [one, other] = [await ground.join(), await ground.join()];
  const terminal = await openTerminal(one, "while read -r x; do stty size; done");
  const newest = (member: Member): string => {
    const update = member.rows.findLast((rows) => rows.terminal === terminal);
    return update === undefined ? "none" : `${update.cols}x${update.rows}`;
  };
  await one.show({ terminals: [{ terminal, cols: 70, rows: 20 }], isActive: true });
  await one.until("70x20", () => newest(one) === "70x20");
  // A view of somebody who does not type changes nothing.
  await other.show({ terminals: [{ terminal, cols: 40, rows: 10 }], isActive: false });
  await other.until("rows", () => newest(other) === "70x20");
  await other.show({ terminals: [{ terminal, cols: 40, rows: 10 }], isActive: true });
  for (const member of [one, other]) await member.until("40x10", () => newest(member) === "40x10");
  // Its next view without a key does not take it back.
  await one.show({ terminals: [{ terminal, cols: 71, rows: 21 }], isActive: false });
  await one.caller.query<"terminal.text">({ type: "terminal.text", terminal, lines: 1 });
  assert.equal(newest(one), "40x10");
  // A key into the terminal is typing, whatever the last view said.
  one.type(terminal, "\r");
  for (const member of [one, other]) await member.until("71x21", () => newest(member) === "71x21");
  await other.show({ terminals: [{ terminal, cols: 40, rows: 10 }], isActive: true });
  await one.until("40x10 again", () => newest(one) === "40x10");
  await other.leave();
  await one.until("71x21 after the other left", () => newest(one) === "71x21");
});
