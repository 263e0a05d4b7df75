// What is set for good from inside: the pair, and the sidebar.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrangeScreen } from "../../src/ui/geometry.ts";
import { frame, onAnswer, onSnapshot } from "../../src/ui/ui.ts";
import { frameRows } from "../support/frame-text.ts";
import { addAgent, commandsOf, openStage, press, type Stage, testProfile, testRows, type as typeText } from "../support/ui-fixtures.ts";

const enter = (stage: Stage, text: string) => {
  for (const letter of text) {
    if (letter === " ") press(stage, "space");
    else typeText(stage, letter);
  }
  return commandsOf(press(stage, "enter"));
};
const sidebarOf = (stage: Stage) => arrangeScreen(stage.ui).sidebar;

test("/pair sets the two profiles of the pair, and alone says which they are", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  onAnswer(stage.ui, "profiles", { type: "profiles", rows: testRows, problems: [], defaultPair: ["fast", "smart"] });
  assert.deepEqual(enter(stage, "/pair ollama smart"), [{ type: "profiles.setPair", fast: "ollama", smart: "smart" }]);
  assert.deepEqual(enter(stage, "/pair ollama"), []);
  assert.match(frameRows(frame(stage.ui)).join("\n"), /the pair is fast and smart; to set it: \/pair FAST SMART/u);
});

test("a message for the other half goes to the default pair's where the profile names none", () => {
  const stage = openStage();
  addAgent(stage, { title: "one", profile: testProfile("fast", "m", { pair: null }) });
  onAnswer(stage.ui, "profiles", { type: "profiles", rows: testRows, problems: [], defaultPair: ["fast", "ollama"] });
  typeText(stage, "hello");
  const [sent] = commandsOf(press(stage, "C-b", "F"));
  assert.deepEqual([sent?.type, sent?.type === "prompt.send" && sent.profile], ["prompt.send", "ollama"]);
});

test("the sidebar is hidden, shown, made wider and narrower within bounds, and the server is told", () => {
  const stage = openStage({ cols: 120, rows: 30 });
  addAgent(stage, { title: "one" });
  const width = sidebarOf(stage)?.width;
  assert.equal(width, 24);
  assert.deepEqual(commandsOf(press(stage, "C-b", "b")), [{ type: "client.sidebar", cols: null, isHidden: true }]);
  assert.equal(sidebarOf(stage), null);
  assert.equal(arrangeScreen(stage.ui).area.width, 120);
  assert.deepEqual(enter(stage, "/sidebar wider"), [{ type: "client.sidebar", cols: 26, isHidden: false }]);
  assert.equal(sidebarOf(stage)?.width, 26);
  assert.deepEqual(enter(stage, "/sidebar 999"), [{ type: "client.sidebar", cols: 60, isHidden: false }]);
  assert.equal(sidebarOf(stage)?.width, 59);
  assert.deepEqual(enter(stage, "/sidebar 1"), [{ type: "client.sidebar", cols: 16, isHidden: false }]);
  assert.deepEqual(enter(stage, "/sidebar sideways"), []);
  assert.deepEqual(enter(stage, "/sidebar auto"), [{ type: "client.sidebar", cols: null, isHidden: false }]);
  assert.equal(sidebarOf(stage)?.width, 24);
});

test("a new screen starts as the sidebar was set last; what was set on this screen stays when the server is back", () => {
  const stage = openStage({ cols: 120, rows: 30 });
  addAgent(stage, { title: "one" });
  onSnapshot(stage.ui, stage.workspace, [], { cols: 40, isHidden: false });
  assert.equal(sidebarOf(stage)?.width, 40);
  enter(stage, "/sidebar off");
  onSnapshot(stage.ui, stage.workspace, [], { cols: 40, isHidden: false });
  assert.equal(sidebarOf(stage), null);
});
