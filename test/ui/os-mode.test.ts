// What is shown of an agent at the screen: the question before each action, the line of it, and that no sandbox holds it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../../src/domain/action.ts";
import { actionWords } from "../../src/ui/action-words.ts";
import { frame } from "../../src/ui/ui.ts";
import { frameRows } from "../support/frame-text.ts";
import { addAgent, ask, openStage, startTurn, testProfile } from "../support/ui-fixtures.ts";

function screenWith(action: Action): string {
  const stage = openStage();
  const agent = addAgent(stage, { title: "clicker", profile: testProfile("eyes", "claude-opus-4-8", { tools: ["interpreter", "gui"] }) });
  startTurn(stage, agent);
  ask(stage, agent, "", { action });
  return frameRows(frame(stage.ui)).join("\n");
}

test("the question names the place on the screen, or the exact text with what hides in it, and no sandbox", () => {
  const clicked = screenWith({ type: "computer", does: { type: "click", button: "left", count: 1, at: [412, 300] } });
  assert.match(clicked, /click left at 412, 300 on your screen · no sandbox/);
  const typed = screenWith({ type: "computer", does: { type: "type", text: "rm -rf ~ \u202e\n second" } });
  assert.match(typed, /type 18 characters on your screen · no sandbox/);
  assert.match(typed, /rm -rf ~ \\u202e/);
  assert.match(typed, / second/);
  assert.match(typed, /ask · your screen · workspace-write/);
});

test("each action is one line", () => {
  const line = actionWords({ type: "computer", does: { type: "type", text: "a\nb\u001b[31m" } }, { isAscii: false });
  assert.deepEqual(line, { verb: "screen", what: "type “a⏎b”" });
});
