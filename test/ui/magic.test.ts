// `%` names as Open Interpreter's users type them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { onAnswer } from "../../src/ui/ui.ts";
import { addAgent, commandsOf, openStage, press, type Stage, screenText, type as typeText } from "../support/ui-fixtures.ts";

const enter = (stage: Stage, text: string) => {
  for (const letter of text) {
    if (letter === " ") press(stage, "space");
    else typeText(stage, letter);
  }
  return press(stage, "enter");
};

test("each % name asks for what it always did, with underscores or hyphens, and / means the same", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" }).id;
  const cases: readonly (readonly [string, object])[] = [
    ["%reset", { type: "session.reset", agent, isShellAnew: true }],
    ["%undo", { type: "session.undo", agent }],
    ["%auto_run", { type: "agent.setAutoRun", agent, isAutoRun: true }],
    ["/auto-run false", { type: "agent.setAutoRun", agent, isAutoRun: false }],
    ["%verbose true", { type: "agent.setVerbose", agent, isVerbose: true }],
    ["%verbose false", { type: "agent.setVerbose", agent, isVerbose: false }],
    ["%save_message", { type: "session.save", agent, format: "messages", path: "messages.json" }],
    ["%load_message my talk.json", { type: "session.load", agent, path: "my talk.json" }],
    ["%markdown out.md", { type: "session.save", agent, format: "markdown", path: "out.md" }],
  ];
  for (const [typed, wanted] of cases) assert.deepEqual(commandsOf(enter(stage, typed)), [wanted], typed);
  for (const typed of ["%% ls -l", "%%ls -l", "%%shell ls -l", "%sh ls -l"]) {
    const own = openStage();
    addAgent(own, { title: "one" });
    const [made] = commandsOf(enter(own, typed));
    assert.equal(made?.type === "shell.run" && made.code, "ls -l", typed);
  }
  // The sign alone is no message, and costs nothing.
  for (const typed of ["!", "%%", "%%shell", " ! "]) {
    const alone = openStage();
    addAgent(alone, { title: "one" });
    assert.deepEqual(commandsOf(enter(alone, typed)), [], typed);
    assert.match(screenText(alone), /say which command/u, typed);
  }
  assert.deepEqual(commandsOf(enter(stage, "%verbose perhaps")), []);
  assert.match(screenText(stage), /say true or false/u);
  enter(stage, "%info");
  assert.match(screenText(stage), /about this agent[\s\S]*data goes to/u);
  press(stage, "escape");
  enter(stage, "%help");
  assert.match(screenText(stage), /┌─ keys/u);
});

test("%tokens asks with the prompt that is named, and says count and cost of the next request", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" }).id;
  const [asked] = enter(stage, "%tokens write a poem");
  assert.deepEqual(asked?.type === "query" && asked.query, { type: "tokens", agent, prompt: "write a poem" });
  onAnswer(stage.ui, `tokens ${agent}`, {
    type: "tokens",
    contextTokens: 1200,
    promptTokens: 4,
    contextWindow: 400_000,
    costMicros: 3010,
  });
  assert.match(screenText(stage), /next request: context ~1\.2k \+ 4 of the prompt of 400k/u);
});
