// One message to several agents: who gets it is chosen, what it would cost is said, and nothing goes where it was not meant.

import assert from "node:assert/strict";
import { test } from "node:test";
import { composerText } from "../../src/ui/composer.ts";
import type { Effect } from "../../src/ui/effects.ts";
import { onAnswer, onRefusal } from "../../src/ui/ui.ts";
import { composerOf, topOverlay } from "../../src/ui/view.ts";
import { addAgent, agentId, openStage, paste, press, type Stage, screenText, show, testProfile, type } from "../support/ui-fixtures.ts";

function open(count = 3): Stage {
  const stage = openStage({ cols: 120 });
  const titles = ["planner", "fixer", "docs", "bench"];
  for (let at = 0; at < count; at += 1)
    addAgent(stage, { title: titles[at] ?? "more", profile: testProfile("fast"), ...(at === 2 ? { place: "tab" as const } : {}) });
  press(stage, "C-b", "1");
  return stage;
}

const sentTo = (effects: readonly Effect[]): [string, string][] =>
  effects.flatMap((effect) =>
    effect.type === "command" && effect.command.type === "prompt.send" ? [[effect.command.agent, effect.command.text]] : [],
  );

const asked = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) =>
    effect.type === "query" && effect.query.type === "tokens" ? [`${effect.query.agent} ${effect.query.prompt}`] : [],
  );

function tell(stage: Stage, number: number, costMicros: number | null, promptTokens = 10): Effect[] {
  return onAnswer(stage.ui, `estimate ${agentId(number)}`, {
    type: "tokens",
    contextTokens: 41_000,
    promptTokens,
    contextWindow: 200_000,
    costMicros,
  });
}

test("the agents of the tab get it, each with what sending would cost, and the sum of those chosen", () => {
  const stage = open();
  type(stage, "run the tests");
  const effects = press(stage, "C-b", "B");
  assert.deepEqual(asked(effects), ["agent-1 run the tests", "agent-2 run the tests", "agent-3 run the tests"]);
  tell(stage, 1, 120_000);
  tell(stage, 2, 10_000);
  tell(stage, 3, null);
  show(stage);
  assert.match(screenText(stage), /☑ ○ 1 planner +fast · model-1 .*~41k {2}~\$0\.12/);
  assert.match(screenText(stage), /☐ ○ 3 docs .*price unknown/);
  assert.match(screenText(stage), /2 agents · ~\$0\.13 to send, without the answers/);
  const sent = press(stage, "enter");
  assert.deepEqual(sentTo(sent), [
    ["agent-1", "run the tests"],
    ["agent-2", "run the tests"],
  ]);
  assert.equal(topOverlay(stage.ui), undefined);
  assert.equal(composerText(composerOf(stage.ui, agentId(1))), "");
  assert.match(screenText(stage), /sent to 2 agents/);
});

test("an agent goes in and out, all and none; what has no price is named", () => {
  const stage = open();
  press(stage, "C-b", "B");
  type(stage, "hello");
  press(stage, "tab");
  assert.deepEqual([...chosen(stage)], ["agent-2"]);
  press(stage, "down", "tab");
  assert.deepEqual([...chosen(stage)].sort(), ["agent-2", "agent-3"]);
  press(stage, "M-a");
  assert.equal(chosen(stage).size, 3);
  press(stage, "M-a");
  assert.deepEqual(sentTo(press(stage, "enter")), []);
  assert.match(screenText(stage), /nobody is chosen; tab puts the marked one in/);
  press(stage, "M-a");
  for (const number of [1, 2, 3]) tell(stage, number, number === 3 ? null : 1_000_000);
  for (const number of [1, 2, 3]) tell(stage, number, number === 3 ? null : 1_000_000);
  show(stage);
  assert.match(screenText(stage), /3 agents · ~\$2\.00 to send, without the answers · 1 without a known price/);
});

const chosen = (stage: Stage): Set<string> => {
  const overlay = topOverlay(stage.ui);
  assert.ok(overlay?.type === "broadcast");
  return overlay.chosen;
};

test("what is typed meanwhile is asked about once, when the answers have come; a refusal holds nothing up", () => {
  const stage = open();
  assert.equal(asked(press(stage, "C-b", "B")).length, 3);
  assert.deepEqual(asked(type(stage, "ab")), []);
  assert.deepEqual(asked(paste(stage, "cd")), []);
  tell(stage, 1, 1);
  tell(stage, 2, 1);
  onRefusal(stage.ui, `estimate ${agentId(3)}`, "that agent is closed");
  assert.deepEqual(asked(type(stage, "e")), ["agent-1 abcde", "agent-2 abcde", "agent-3 abcde"]);
  assert.match(screenText(stage), /not known/);
});

test("closing it gives the text back, and nothing is sent; commands, keys and nothing are not sent to several", () => {
  const stage = open();
  type(stage, "draft");
  press(stage, "C-b", "B");
  type(stage, " more");
  assert.deepEqual(sentTo(press(stage, "escape")), []);
  assert.equal(composerText(composerOf(stage.ui, agentId(1))), "draft more");
  press(stage, "C-u", "C-b", "B");
  assert.deepEqual(sentTo(press(stage, "enter")), []);
  assert.match(screenText(stage), /type the message first/);
  type(stage, "/reset");
  assert.deepEqual(sentTo(press(stage, "enter")), []);
  assert.match(screenText(stage), /commands go to one agent/);
  press(stage, "C-u");
  paste(stage, `look sk-ant-api03-${"A".repeat(40)}`);
  assert.deepEqual(sentTo(press(stage, "enter")), []);
  assert.match(screenText(stage), /there is an API key in it/);
});

test("side by side: panes of other tabs come into this one, which is tiled", () => {
  const stage = open();
  press(stage, "C-b", "B");
  type(stage, "hello");
  press(stage, "M-a");
  const effects = press(stage, "C-t");
  assert.equal(sentTo(effects).length, 3);
  const layout = effects.flatMap((effect) =>
    effect.type === "command" && effect.command.type !== "prompt.send" ? [effect.command.type] : [],
  );
  assert.deepEqual(layout, ["pane.move", "tab.tile"]);
  assert.equal(stage.workspace.tabs.length, 1);
  assert.match(screenText(stage), /sent to 3 agents/);
});

test("what goes to another tab is said; one agent alone has nobody to share with", () => {
  const stage = open();
  press(stage, "C-b", "B");
  type(stage, "hello");
  press(stage, "M-a", "enter");
  assert.match(screenText(stage), /sent to 3 agents, 1 of them in another tab/);
  const alone = open(1);
  press(alone, "C-b", "B");
  assert.equal(topOverlay(alone.ui), undefined);
  assert.match(screenText(alone), /there is no other agent; C-b % starts one/);
});

test("/broadcast TEXT opens it with the text, and several lines are several lines", () => {
  const stage = open();
  type(stage, "/broadcast one");
  press(stage, "enter");
  press(stage, "C-j");
  type(stage, "two");
  assert.deepEqual(sentTo(press(stage, "enter")), [
    ["agent-1", "one\ntwo"],
    ["agent-2", "one\ntwo"],
  ]);
});
