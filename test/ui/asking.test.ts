// An agent whose turn ended with a question of the model waits for the user, as one with an approval does, until the next message.

import assert from "node:assert/strict";
import { test } from "node:test";
import { frame } from "../../src/ui/ui.ts";
import { focusedAgent } from "../../src/ui/view.ts";
import { addAgent, endAsking, endTurn, openStage, press, screenText, send, startTurn } from "../support/ui-fixtures.ts";

test("it is counted, listed and found by the key for the next that needs you, and a bell rings where nobody looks", () => {
  const stage = openStage();
  const one = addAgent(stage, { title: "one" });
  addAgent(stage, { title: "two", place: "tab" });
  press(stage, "C-b", "2");
  const bells = (): number => stage.asked.filter((effect) => effect.type === "bell").length;
  startTurn(stage, one);
  endTurn(stage, one);
  assert.doesNotMatch(screenText(stage), /needs you/);
  send(stage, { type: "focus", isFocused: false });
  const before = bells();
  startTurn(stage, one);
  endAsking(stage, one);
  assert.equal(bells(), before + 1);
  assert.match(screenText(stage), /1 needs you/);
  assert.match(screenText(stage), /◆ 1 asks you/);
  assert.match(frame(stage.ui).title, /1 needs you/);
  press(stage, "C-b", "a");
  assert.equal(focusedAgent(stage.ui)?.id, one.id);
  assert.match(screenText(stage), /your answer/);
  startTurn(stage, one);
  assert.doesNotMatch(screenText(stage), /needs you|asks you/);
});
