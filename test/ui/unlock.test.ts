// The vault's passphrase on the screen: asked for when something waits for it, never where it could be taken for other typing.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerValue, Pulse } from "../../src/domain/protocol.ts";
import { frame, onAnswer, onInput, onPulse, onReply } from "../../src/ui/ui.ts";
import { composerOf, topOverlay } from "../../src/ui/view.ts";
import {
  addAgent,
  agentId,
  commandsOf,
  openStage,
  paste,
  press,
  type Stage,
  screenText,
  send,
  startTurn,
  type,
  wait,
} from "../support/ui-fixtures.ts";

const SECRET = "correct horse battery";
const wanted = (stage: Stage, isWanted = true) => onPulse(stage.ui, { type: "unlock", isWanted } satisfies Pulse);
/** Without the stage, which would answer at once. */
const enter = (stage: Stage) => onInput(stage.ui, { type: "key", chord: "enter", raw: "\r" });
const ok = { type: "reply", id: 1, ok: true, seq: 1, note: "the vault is open" } as const;

function locked(): Stage {
  const stage = openStage();
  startTurn(stage, addAgent(stage, { title: "api" }));
  wait(stage, 5_000);
  wanted(stage);
  return stage;
}

test("what waits for the passphrase asks for it unseen; it goes to the server once, and is gone from the screen's memory after", () => {
  const stage = locked();
  assert.match(screenText(stage), /unlock the vault[\s\S]*a request waits for a key/);
  assert.match(screenText(stage), /1 needs you/);
  assert.match(screenText(stage), /NEEDS YOU[\s\S]*\/unlock the vault/);
  type(stage, SECRET.slice(0, 8));
  paste(stage, `${SECRET.slice(8)}\n`);
  assert.match(screenText(stage), /passphrase +•{21}/);
  assert.ok(!screenText(stage).includes("horse"));
  assert.deepEqual(commandsOf(enter(stage)), [{ type: "vault.unlock", passphrase: SECRET }]);
  assert.match(screenText(stage), /one moment/);
  assert.deepEqual(enter(stage), [], "one try at a time");
  press(stage, "x");
  onReply(stage.ui, "unlock", { type: "reply", id: 1, ok: false, reason: "this passphrase does not open the vault" });
  assert.match(screenText(stage), /does not open the vault/);
  assert.deepEqual(commandsOf(enter(stage)), [], "the wrong one is forgotten");
  type(stage, SECRET);
  enter(stage);
  onReply(stage.ui, "unlock", ok);
  wanted(stage, false);
  assert.equal(topOverlay(stage.ui), undefined);
  assert.doesNotMatch(screenText(stage), /needs you|unlock the vault/);
  assert.match(screenText(stage), /the vault is open/);
  press(stage, "up");
  const everything = JSON.stringify(stage.ui.view, (_, value: unknown) => (value instanceof Map ? [...value] : value));
  assert.ok(!everything.includes("horse"), "nothing of it is in the history, the composers or a buffer");
});

test("escape says no to what waits; an end of the waiting closes the field by itself", () => {
  const stage = locked();
  assert.deepEqual(commandsOf(press(stage, "escape")), [{ type: "vault.decline" }]);
  assert.equal(topOverlay(stage.ui), undefined);
  const other = locked();
  type(other, "half a pass");
  wanted(other, false);
  assert.equal(topOverlay(other.ui), undefined);
});

test("the field does not open under typing, over another overlay or a program; it is counted, and found by the key for what needs you", () => {
  for (const busy of ["typing", "list", "program"] as const) {
    const stage = openStage();
    const agent = addAgent(stage, { title: "api" });
    if (busy === "typing") type(stage, "half a sent");
    if (busy === "list") press(stage, "C-b", "?");
    if (busy === "program") press(stage, "C-b", "t");
    const before = topOverlay(stage.ui)?.type;
    wanted(stage);
    assert.equal(topOverlay(stage.ui)?.type, before, busy);
    type(stage, "x");
    assert.ok(busy !== "typing" || composerOf(stage.ui, agent.id).cells.length === "half a sent".length + 1);
    assert.match(frame(stage.ui).title, /1 needs you/);
    if (busy === "list") press(stage, "escape");
    press(stage, "C-b", "a");
    assert.equal(topOverlay(stage.ui)?.type, "passphrase", busy);
  }
});

test("a key that is being added waits below the passphrase", () => {
  const stage = openStage();
  addAgent(stage, { title: "api" });
  paste(stage, "sk-proj-Paste0d1On2First3Screen4");
  enter(stage);
  wanted(stage);
  type(stage, SECRET);
  enter(stage);
  onReply(stage.ui, "unlock", ok);
  wanted(stage, false);
  assert.equal(topOverlay(stage.ui)?.type, "key");
});

test("/unlock asks only where there is something to unlock, and closing it then tells the server nothing", () => {
  const stage = openStage();
  addAgent(stage, { title: "api" });
  type(stage, "/unlock");
  const asked = press(stage, "enter");
  assert.deepEqual(
    asked.map((effect) => effect.type === "query" && effect.query.type),
    ["vault"],
  );
  const state: AnswerValue = { type: "vault", rows: [], warning: null, place: "file" };
  onAnswer(stage.ui, "unlock", { ...state, isLocked: false });
  assert.match(screenText(stage), /the vault is not locked/);
  onAnswer(stage.ui, "unlock", { ...state, place: "passphrase", isLocked: true });
  assert.equal(topOverlay(stage.ui)?.type, "passphrase");
  assert.deepEqual(commandsOf(press(stage, "escape")), []);
  type(stage, "/lock-vault");
  assert.deepEqual(commandsOf(press(stage, "enter")), [{ type: "vault.lock" }]);
  send(stage, { type: "focus", isFocused: false });
  assert.ok(
    wanted(stage).some((effect) => effect.type === "bell"),
    "whoever looks elsewhere is called",
  );
  assert.equal(stage.workspace.agents[0]?.id, agentId(1));
});
