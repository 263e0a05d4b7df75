// Keys that come before the answer: after a split, and after a message.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findLeaf, replaceContent } from "../../src/domain/layout.ts";
import { composerText } from "../../src/ui/composer.ts";
import type { Effect } from "../../src/ui/effects.ts";
import { holdKeys, onOpened } from "../../src/ui/type-ahead.ts";
import { frame, onInput, onReply, onTick } from "../../src/ui/ui.ts";
import { activeTab, composerOf } from "../../src/ui/view.ts";
import { frameRows } from "../support/frame-text.ts";
import { addAgent, commandsOf, happen, openStage, paneId, type Stage } from "../support/ui-fixtures.ts";

/** Without the answers that the stage gives by itself. */
function press(stage: Stage, ...chords: string[]): Effect[] {
  onTick(stage.ui, stage.now);
  return chords.flatMap((chord) => onInput(stage.ui, { type: "key", chord, raw: chord }));
}

function answer(stage: Stage, effect: Effect | undefined, reply: { ok: true; pane: number } | { ok: false }): Effect[] {
  assert.ok(effect?.type === "command");
  return onReply(
    stage.ui,
    effect.purpose,
    reply.ok ? { type: "reply", id: 1, ok: true, seq: 1, pane: paneId(reply.pane) } : { type: "reply", id: 1, ok: false, reason: "no" },
  );
}

test("what is typed after a split goes to the new agent once its pane stands; a second split splits that one", () => {
  const stage = openStage();
  const one = addAgent(stage, { title: "one" });
  const [split] = press(stage, "C-b", "%");
  assert.deepEqual(press(stage, "l", "s", "C-b", "%", "x"), []);
  const two = addAgent(stage, { title: "two" });
  const more = answer(stage, split, { ok: true, pane: 2 });
  assert.equal(composerText(composerOf(stage.ui, one.id)), "");
  assert.equal(composerText(composerOf(stage.ui, two.id)), "ls");
  assert.deepEqual(
    commandsOf(more).map((command) => (command.type === "agent.spawn" && command.place.type === "beside" ? command.place.pane : null)),
    [paneId(2)],
  );
  const three = addAgent(stage, { title: "three" });
  answer(stage, more[0], { ok: true, pane: 3 });
  assert.equal(composerText(composerOf(stage.ui, three.id)), "x");
});

test("a split that is refused takes what was typed for it along; a server that does not answer holds no key for long", () => {
  const stage = openStage();
  const one = addAgent(stage, { title: "one" });
  const [refused] = press(stage, "C-b", "%");
  press(stage, "a");
  answer(stage, refused, { ok: false });
  assert.equal(composerText(composerOf(stage.ui, one.id)), "");
  press(stage, "C-b", "%", "b");
  assert.equal(composerText(composerOf(stage.ui, one.id)), "");
  stage.now += 1_500;
  press(stage, "c");
  assert.equal(composerText(composerOf(stage.ui, one.id)), "bc");
});

test("Esc right after Enter interrupts the message that was sent, before any fact of its turn has come", () => {
  const stage = openStage();
  const { id } = addAgent(stage, { title: "one" });
  assert.deepEqual(
    commandsOf(press(stage, "h", "i", "enter")).map((command) => command.type),
    ["prompt.send"],
  );
  assert.deepEqual(commandsOf(press(stage, "escape")), [{ type: "turn.interrupt", agent: id }]);
});

test("the face turned twice in a row turns twice, and the key after it is for what is there then", () => {
  const stage = openStage();
  const { id } = addAgent(stage, { title: "one" });
  press(stage, "h", "i", "enter");
  const [first] = press(stage, "C-b", "t");
  assert.deepEqual(press(stage, "C-b", "t", "escape"), []);
  showFace(stage, "terminal");
  const [second] = answer(stage, first, { ok: true, pane: 1 });
  assert.deepEqual(faces(first, second), ["terminal", "both"]);
  showFace(stage, "both");
  assert.deepEqual(commandsOf(answer(stage, second, { ok: true, pane: 1 })), [{ type: "turn.interrupt", agent: id }]);
});

function faces(...effects: readonly (Effect | undefined)[]): unknown[] {
  return commandsOf(effects.filter((effect) => effect !== undefined)).map((each) => (each.type === "pane.face" ? each.face : each));
}

function showFace(stage: Stage, face: "terminal" | "both"): void {
  const tab = activeTab(stage.ui) ?? assert.fail("no tab");
  const leaf = findLeaf(tab.root, paneId(1));
  assert.ok(leaf?.content.type === "agent");
  happen(stage, { type: "tab.set", tab: { ...tab, root: replaceContent(tab.root, paneId(1), { ...leaf.content, face }) } });
}

test("before its first agent a new workspace says that one is coming, and not that there is none", () => {
  const stage = openStage();
  const shown = () => frameRows(frame(stage.ui)).join("\n");
  holdKeys(stage.ui);
  assert.match(shown(), /the first agent is being started/);
  assert.doesNotMatch(shown(), /no agent here/);
  onOpened(stage.ui);
  assert.match(shown(), /no agent here; C-b c starts one/);
});
