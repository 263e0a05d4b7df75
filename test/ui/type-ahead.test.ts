// Keys that come before the answer: after a split, and after a message.

import assert from "node:assert/strict";
import { test } from "node:test";
import { composerText } from "../../src/ui/composer.ts";
import type { Effect } from "../../src/ui/effects.ts";
import { onInput, onReply, onTick } from "../../src/ui/ui.ts";
import { composerOf } from "../../src/ui/view.ts";
import { addAgent, commandsOf, openStage, paneId, type Stage } from "../support/ui-fixtures.ts";

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
