// Questions are answered only by keys that were meant for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isAnswerable, QUIET_MS, SETTLE_MS } from "../../src/ui/approval-actions.ts";
import { composerText } from "../../src/ui/composer.ts";
import { frame, nextWakeMs, onFrameShown, onInput, onReply, onTick } from "../../src/ui/ui.ts";
import { composerOf } from "../../src/ui/view.ts";
import {
  addAgent,
  agentId,
  ask,
  commandsOf,
  happen,
  openStage,
  paste,
  press,
  type Stage,
  show,
  startTurn,
  type as typeText,
  wait,
} from "../support/ui-fixtures.ts";

function asked(code = "rm -rf build"): { stage: Stage; answers: () => unknown[] } {
  const stage = openStage();
  const agent = addAgent(stage, { title: "planner" });
  startTurn(stage, agent);
  stage.now += 10_000;
  ask(stage, agent, code);
  return { stage, answers: () => commandsOf(stage.asked).filter((command) => command.type === "approval.answer") };
}

const yes = { type: "key", chord: "y", raw: "y" } as const;

test("a key that came before the question was painted answers nothing", () => {
  const { stage, answers } = asked();
  onTick(stage.ui, stage.now);
  stage.asked.push(...onInput(stage.ui, yes));
  assert.deepEqual(answers(), []);
});

test("a drawn frame alone does not count: the client says when it was shown", () => {
  const { stage } = asked();
  frame(stage.ui);
  stage.now += 5_000;
  onTick(stage.ui, stage.now);
  assert.deepEqual(onInput(stage.ui, yes), []);
  onFrameShown(stage.ui);
  stage.now += SETTLE_MS;
  onTick(stage.ui, stage.now);
  assert.equal(onInput(stage.ui, yes).length, 1);
});

test("the key must come a moment after it was shown, and a quiet moment after the last typing", () => {
  const { stage, answers } = asked();
  show(stage);
  wait(stage, SETTLE_MS - 1);
  press(stage, "y");
  assert.deepEqual(answers(), []);
  wait(stage, 1);
  press(stage, "y");
  assert.equal(answers().length, 1);
});

test("y within 300 ms of sending a message approves nothing", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "planner" });
  startTurn(stage, agent);
  ask(stage, agent, "make");
  show(stage);
  wait(stage, 5_000);
  typeText(stage, "wait");
  press(stage, "enter");
  press(stage, "y");
  wait(stage, QUIET_MS - 1);
  press(stage, "y");
  assert.deepEqual(
    commandsOf(stage.asked).map((command) => command.type),
    ["prompt.send"],
  );
  wait(stage, 1);
  press(stage, "y");
  assert.equal(commandsOf(stage.asked).at(-1)?.type, "approval.answer");
});

test("with a message begun every key goes on into the message", () => {
  const { stage, answers } = asked();
  show(stage);
  wait(stage, 1_000);
  typeText(stage, "x");
  wait(stage, 5_000);
  typeText(stage, "yne");
  assert.deepEqual(answers(), []);
  assert.equal(composerText(composerOf(stage.ui, agentId(1))), "xyne");
});

test("Enter, Tab, space, capital letters and pastes never answer", () => {
  const { stage, answers } = asked();
  show(stage);
  wait(stage, 1_000);
  press(stage, "enter", "tab", "S-tab", "space", "C-y", "M-y");
  paste(stage, "y");
  assert.deepEqual(answers(), []);
});

test("one showing takes one answer: a second y does not meet the next question", () => {
  const { stage, answers } = asked();
  const agent = stage.workspace.agents[0] ?? assert.fail();
  show(stage);
  wait(stage, 1_000);
  press(stage, "y");
  ask(stage, agent, "rm -rf /");
  press(stage, "y", "y", "y");
  assert.equal(answers().length, 1);
});

test("the answer names the digest that was shown, and a refused one may be given again", () => {
  const { stage } = asked();
  show(stage);
  wait(stage, 1_000);
  onTick(stage.ui, stage.now);
  const [effect] = onInput(stage.ui, yes);
  assert.ok(effect?.type === "command" && effect.command.type === "approval.answer");
  assert.equal(effect.command.digest, stage.workspace.approvals[0]?.digest);
  assert.deepEqual(onInput(stage.ui, yes), []);
  onReply(stage.ui, effect.purpose, { type: "reply", id: 1, ok: false, reason: "the code has changed" });
  show(stage);
  wait(stage, SETTLE_MS);
  assert.equal(onInput(stage.ui, yes).length, 1);
});

test("only the focused pane's question answers to its keys", () => {
  const stage = openStage({ cols: 160 });
  const first = addAgent(stage, { title: "one" });
  const second = addAgent(stage, { title: "two" });
  startTurn(stage, first);
  ask(stage, second, "make");
  show(stage);
  wait(stage, 1_000);
  press(stage, "n");
  assert.deepEqual(commandsOf(stage.asked), []);
  assert.equal(composerText(composerOf(stage.ui, first.id)), "n");
});

test("in the inbox a question that was just chosen has to be painted there first", () => {
  const stage = openStage({ cols: 160, rows: 40 });
  const one = addAgent(stage, { title: "one" });
  const two = addAgent(stage, { title: "two" });
  ask(stage, one, "make");
  const second = ask(stage, two, "rm -rf /");
  show(stage);
  wait(stage, 5_000);
  press(stage, "C-b", "A");
  wait(stage, 1_000);
  onTick(stage.ui, stage.now);
  onInput(stage.ui, { type: "key", chord: "down", raw: "" });
  assert.deepEqual(onInput(stage.ui, yes), []);
  show(stage);
  wait(stage, SETTLE_MS);
  const [effect] = onInput(stage.ui, yes);
  assert.ok(effect?.type === "command" && effect.command.type === "approval.answer" && effect.command.approval === second);
});

test("a question answered elsewhere moves the inbox on, and its next one is not answered by the same key", () => {
  const stage = openStage({ cols: 160, rows: 40 });
  const one = addAgent(stage, { title: "one" });
  const two = addAgent(stage, { title: "two" });
  const first = ask(stage, one, "make");
  ask(stage, two, "rm -rf /");
  show(stage);
  wait(stage, 5_000);
  press(stage, "C-b", "A");
  wait(stage, 1_000);
  happen(stage, { type: "approval.answered", agent: one.id, approval: first, answer: "no", by: "user" });
  onTick(stage.ui, stage.now);
  assert.deepEqual(onInput(stage.ui, yes), []);
});

test("edited code is sent with a yes; unchanged it is sent without", () => {
  const { stage, answers } = asked("ls");
  show(stage);
  wait(stage, 1_000);
  press(stage, "e", "C-s");
  assert.equal((answers()[0] as { code?: string }).code, undefined);
  const again = asked("ls");
  show(again.stage);
  wait(again.stage, 1_000);
  press(again.stage, "e");
  typeText(again.stage, " -l");
  press(again.stage, "enter", "C-s");
  assert.equal((again.answers()[0] as { code?: string }).code, "ls -l\n");
});

test("the keys light up by themselves: the client is told when to draw again", () => {
  const { stage } = asked();
  show(stage);
  const approval = stage.workspace.approvals[0] ?? assert.fail();
  assert.equal(isAnswerable(stage.ui, approval), false);
  assert.equal(nextWakeMs(stage.ui), SETTLE_MS);
  wait(stage, SETTLE_MS);
  assert.equal(isAnswerable(stage.ui, approval), true);
  assert.equal(nextWakeMs(stage.ui), null);
});

test("code that does not fit has to be read to its end before it is allowed; it can be refused at once", () => {
  const code = Array.from({ length: 60 }, (_, at) => `echo ${at}`).join("\n");
  const { stage, answers } = asked(code);
  show(stage);
  wait(stage, 1_000);
  press(stage, "y");
  assert.deepEqual(answers(), []);
  press(stage, "pagedown", "pagedown", "pagedown");
  press(stage, "y");
  assert.equal(answers().length, 1);
  const other = asked(code);
  show(other.stage);
  wait(other.stage, 1_000);
  press(other.stage, "n");
  assert.equal(other.answers().length, 1);
});
