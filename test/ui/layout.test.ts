// The layout as a user drives it: keys, mouse, lists, the locked screen, and screens that are too small.

import assert from "node:assert/strict";
import { test } from "node:test";
import { leaves, replaceContent } from "../../src/domain/layout.ts";
import { arrangeScreen } from "../../src/ui/geometry.ts";
import { frame, nextWakeMs, onResize, sayProblems } from "../../src/ui/ui.ts";
import { activeTab, focusedPane, topOverlay } from "../../src/ui/view.ts";
import {
  addAgent,
  agentId,
  click,
  commandsOf,
  happen,
  mouse,
  openStage,
  paneId,
  paste,
  press,
  type Stage,
  type,
  wait,
} from "../support/ui-fixtures.ts";

/** Two rows: one pane above, two below. */
function threePanes(options: { cols?: number; rows?: number } = {}): Stage {
  const stage = openStage({ cols: 160, rows: 48, ...options });
  addAgent(stage, { title: "one" });
  addAgent(stage, { title: "two", place: "column" });
  addAgent(stage, { title: "three", place: "row" });
  press(stage, "C-b", "up");
  return stage;
}

const focused = (stage: Stage) => focusedPane(stage.ui)?.pane;
const order = (stage: Stage) => leaves(activeTab(stage.ui)?.root ?? assert.fail("no tab")).map((leaf) => leaf.pane);
const rectOf = (stage: Stage, number: number) =>
  arrangeScreen(stage.ui).panes.find((parts) => parts.pane === paneId(number))?.rect ?? assert.fail(`pane ${number} is not shown`);
const alert = (stage: Stage) => stage.ui.view.alert?.text ?? "";

function screen(stage: Stage): string {
  return frame(stage.ui)
    .boxes.flatMap(({ content }) => (content.type === "lines" ? content.lines : []))
    .map((line) => line.map((span) => span.text).join(""))
    .join("\n");
}

test("the last pane and the last tab are a key away, there and back", () => {
  const stage = threePanes();
  press(stage, "C-b", "down");
  assert.equal(focused(stage), paneId(2));
  press(stage, "C-b", ";");
  assert.equal(focused(stage), paneId(1));
  press(stage, "C-b", ";");
  assert.equal(focused(stage), paneId(2));
  press(stage, "C-b", "c");
  const tabs = stage.workspace.tabs.map((tab) => tab.id);
  assert.equal(activeTab(stage.ui)?.id, tabs[1]);
  press(stage, "C-b", "l");
  assert.equal(activeTab(stage.ui)?.id, tabs[0]);
  press(stage, "C-b", "l");
  assert.equal(activeTab(stage.ui)?.id, tabs[1]);
});

test("arrows repeat without the prefix for half a second, and a key that is typed ends it", () => {
  const stage = threePanes();
  press(stage, "C-b", "down");
  stage.now += 400;
  press(stage, "right");
  assert.equal(focused(stage), paneId(3), "repeated");
  stage.now += 600;
  press(stage, "left");
  assert.equal(focused(stage), paneId(3), "too late: the key is the message's");
  press(stage, "C-b", "left");
  type(stage, "x");
  press(stage, "right");
  assert.equal(focused(stage), paneId(2), "what was typed ended it");
});

test("a key moves the border by its cells, and stops where a pane could no longer be read", () => {
  const stage = threePanes();
  const { height } = rectOf(stage, 1);
  press(stage, "C-b", "C-down");
  assert.equal(rectOf(stage, 1).height, height + 1);
  press(stage, "C-down", "C-down");
  assert.equal(rectOf(stage, 1).height, height + 3, "repeated");
  press(stage, "C-b", "M-up");
  assert.equal(rectOf(stage, 1).height, height - 2);
  press(stage, "C-b", ...Array.from({ length: 40 }, () => "M-down"));
  assert.equal(rectOf(stage, 2).height, 2);
  press(stage, "C-b", ...Array.from({ length: 40 }, () => "M-up"));
  assert.equal(rectOf(stage, 1).height, 2);
});

test("a drag on a border moves it with the mouse, one command at a time, and ends with the button", () => {
  const stage = threePanes();
  const { dividers } = arrangeScreen(stage.ui);
  const between = dividers.find((each) => each.direction === "row") ?? assert.fail("no border");
  const y = between.y + 3;
  const before = focused(stage);
  assert.deepEqual(commandsOf(mouse(stage, "press", between.x, y)), []);
  mouse(stage, "move", between.x + 7, y);
  assert.equal(rectOf(stage, 2).width, between.x + 7 - rectOf(stage, 2).x);
  mouse(stage, "move", 0, y);
  assert.equal(rectOf(stage, 2).width, 8, "as far as it can be read");
  mouse(stage, "release", between.x, y);
  assert.equal(rectOf(stage, 2).width, between.x - rectOf(stage, 2).x);
  assert.deepEqual(commandsOf(mouse(stage, "move", between.x + 9, y)), [], "the button is up");
  assert.equal(focused(stage), before, "a drag moves no focus");
  click(stage, rectOf(stage, 3).x + 2, rectOf(stage, 3).y + 2);
  assert.equal(focused(stage), paneId(3));
});

test("panes swap by order and by side, rotate under the focus, and Space lays them out anew", () => {
  const stage = threePanes();
  press(stage, "C-b", "}");
  assert.deepEqual(order(stage), [2, 1, 3].map(paneId));
  assert.equal(focused(stage), paneId(1), "the focus goes along");
  press(stage, "C-b", "{");
  press(stage, "C-b", "down");
  press(stage, "C-b", "S-right");
  assert.deepEqual(order(stage), [1, 3, 2].map(paneId));
  press(stage, "C-b", "C-o");
  assert.deepEqual(order(stage), [3, 2, 1].map(paneId));
  assert.equal(focused(stage), paneId(1), "the focus stays in its place on the screen");
  press(stage, "C-b", "M-o");
  assert.deepEqual(order(stage), [1, 3, 2].map(paneId));
  const seen = new Set<string>();
  for (let press_ = 0; press_ < 5; press_ += 1) {
    press(stage, "C-b", "space");
    seen.add(alert(stage));
  }
  assert.deepEqual(seen, new Set(["even-horizontal", "even-vertical", "main-horizontal", "main-vertical", "tiled"]));
  press(stage, "C-b", "M-1");
  press(stage, "C-b", ...Array.from({ length: 4 }, () => "M-left"));
  press(stage, "C-b", "E");
  const widths = [1, 2, 3].map((number) => rectOf(stage, number).width);
  assert.ok(Math.max(...widths) - Math.min(...widths) <= 1, widths.join(" "));
});

test("a pane goes into a tab of its own and is brought back from the list", () => {
  const stage = threePanes();
  press(stage, "C-b", "!");
  assert.equal(stage.workspace.tabs.length, 2);
  assert.deepEqual(order(stage), [paneId(1)], "the focus went along");
  press(stage, "C-b", "J");
  type(stage, "three");
  press(stage, "enter");
  assert.deepEqual(order(stage), [1, 3].map(paneId));
  assert.equal(focused(stage), paneId(3));
  press(stage, "C-b", "!");
  press(stage, "C-b", "!");
  assert.equal(stage.workspace.tabs.length, 3, "a pane that has its tab to itself stays");
});

test("the list of tabs and panes goes to either", () => {
  const stage = threePanes();
  press(stage, "C-b", "c");
  press(stage, "C-b", "w");
  assert.match(screen(stage), /1:one.*3 panes[\s\S]*2 two[\s\S]*2:new 4/u);
  type(stage, "two");
  press(stage, "enter");
  assert.equal(focused(stage), paneId(2));
  assert.equal(activeTab(stage.ui)?.id, stage.workspace.tabs[0]?.id);
});

test("numbers stand over the panes for a moment; a digit goes there, any other key is typed", () => {
  const stage = threePanes();
  press(stage, "C-b", "q");
  assert.ok(screen(stage).includes("█"));
  assert.ok((nextWakeMs(stage.ui) ?? Number.POSITIVE_INFINITY) <= 2_000, "they go by themselves");
  press(stage, "3");
  assert.equal(focused(stage), paneId(3));
  assert.ok(!screen(stage).includes("█"));
  press(stage, "C-b", "q");
  press(stage, "x");
  assert.match(screen(stage), /› x/u);
  press(stage, "C-b", "q");
  wait(stage, 2_001);
  assert.ok(!screen(stage).includes("█"));
  press(stage, "1");
  assert.equal(focused(stage), paneId(3), "too late");
});

test("agents, terminals and tabs are named in a line that holds the present name", () => {
  const stage = threePanes();
  press(stage, "C-b", ",");
  assert.equal(topOverlay(stage.ui)?.type, "line");
  press(stage, "C-u");
  paste(stage, "my\ntab");
  press(stage, "enter");
  assert.equal(activeTab(stage.ui)?.name, "my tab");
  press(stage, "C-b", "$");
  type(stage, "!");
  const [renamed] = commandsOf(press(stage, "enter"));
  assert.deepEqual(renamed, { type: "agent.rename", agent: agentId(1), title: "one!" });
  press(stage, "C-b", "|");
  press(stage, "C-b", "$");
  press(stage, "C-u", "s", "h", "enter");
  assert.equal(stage.workspace.terminals[0]?.title, "sh");
  press(stage, "C-b", ",", "x", "escape");
  assert.equal(activeTab(stage.ui)?.name, "my tab", "Esc changes nothing");
});

test("a command runs in a pane: by its name, or in the line that is asked for", () => {
  const stage = threePanes();
  const [named] = commandsOf(press(stage, ..."/run htop -d 5", "enter").filter((effect) => effect.type === "command")).filter(
    (each) => each.type === "terminal.open",
  );
  assert.ok(named?.type === "terminal.open");
  assert.deepEqual(named.argv, ["sh", "-c", "htop -d 5"]);
  press(stage, "C-b", "M-r");
  type(stage, "ls | less");
  const [asked] = commandsOf(press(stage, "enter"));
  assert.ok(asked?.type === "terminal.open");
  assert.deepEqual(asked.argv, ["sh", "-c", "ls | less"]);
  assert.equal(asked.cwd, stage.workspace.folder);
});

test("a program that has ended says how and what can be done, takes no keys, and closes without a question", () => {
  const stage = threePanes();
  press(stage, "C-b", "|");
  const terminal = stage.workspace.terminals[0]?.id ?? assert.fail("no terminal");
  assert.equal(commandsOf(press(stage, "a"))[0]?.type, "terminal.input");
  const [ask] = [press(stage, "C-b", "R"), topOverlay(stage.ui)].slice(1);
  assert.ok(ask !== undefined && "type" in ask && ask.type === "confirm", "it still runs: asked first");
  press(stage, "escape");
  happen(stage, { type: "terminal.ended", terminal, exitCode: 3 });
  assert.match(screen(stage), /ended with 3 · C-b R runs it again · C-b x closes/u);
  assert.deepEqual(commandsOf([...press(stage, "a"), ...paste(stage, "b")]), []);
  assert.match(alert(stage), /program has ended; C-b R runs it again/u);
  assert.deepEqual(commandsOf(press(stage, "C-b", "R")), [{ type: "terminal.respawn", terminal }]);
  assert.equal(commandsOf(press(stage, "C-b", "x"))[0]?.type, "pane.close");
  happen(stage, { type: "terminal.ended", terminal, exitCode: -1, isLost: true });
  assert.match(screen(stage), /ended with the server/u);
});

test("in a terminal face whose shell has ended a key starts a new one, and nothing is typed where nobody sees it", () => {
  const stage = threePanes();
  happen(stage, {
    type: "tab.set",
    tab: {
      ...(activeTab(stage.ui) ?? assert.fail("no tab")),
      root: replaceContent(activeTab(stage.ui)?.root ?? assert.fail("no tab"), paneId(1), {
        type: "agent",
        agent: agentId(1),
        face: "terminal",
      }),
    },
  });
  assert.match(screen(stage), /any key starts the shell/u);
  assert.deepEqual(commandsOf(press(stage, "r", "m")).slice(0, 1), [{ type: "pane.face", pane: paneId(1), face: "terminal" }]);
  press(stage, "enter");
  paste(stage, "rm -rf .");
  assert.equal(stage.ui.view.composers.get(agentId(1))?.cells.length ?? 0, 0);
});

test("a locked screen passes every key on, the prefix key too, says so, and one key ends it", () => {
  const stage = threePanes();
  press(stage, "C-b", "|");
  press(stage, "C-b", "L");
  assert.match(screen(stage), /locked every key goes to the pane {2}f12 unlocks/u);
  const keys = ["C-b", "?", "C-a", "escape", "f1", "M-1"];
  const sent = keys.flatMap((key) => commandsOf(press(stage, key)));
  assert.equal(sent.length, keys.length);
  assert.ok(sent.every((command) => command.type === "terminal.input"));
  assert.equal(topOverlay(stage.ui), undefined);
  assert.deepEqual(commandsOf(press(stage, "f12")), []);
  press(stage, "C-b", "?");
  assert.equal(topOverlay(stage.ui)?.type, "text");
});

test("a screen without a key to unlock it cannot be locked", () => {
  const stage = openStage({ keys: [{ id: "pane.unlock", keys: [], where: "config.toml:3" }] });
  addAgent(stage, { title: "one" });
  press(stage, "C-b", "L");
  assert.equal(stage.ui.view.isLocked, false);
  assert.match(alert(stage), /no key would end it/u);
});

test("in a synchronised tab a message goes to every agent of it, and the panes say so", () => {
  const stage = threePanes();
  press(stage, "C-b", "M-s");
  assert.match(screen(stage), /1 one ○ sync/u);
  type(stage, "status?");
  const sent = commandsOf(press(stage, "enter"));
  assert.deepEqual(
    sent.map((command) => (command.type === "prompt.send" ? command.agent : command.type)),
    [1, 2, 3].map(agentId),
  );
  press(stage, "C-b", "M-s");
  assert.notEqual(alert(stage), "");
  press(stage, "C-b", "down");
  assert.equal(alert(stage), "", "it was said of another moment");
  type(stage, "alone");
  assert.equal(commandsOf(press(stage, "enter")).length, 1);
});

test("hints and the list of keys name the keys in force", () => {
  const stage = openStage({
    cols: 160,
    rows: 48,
    keys: [
      { id: "pane.close", keys: ["prefix X"], where: "config.toml:2" },
      { id: "profile.pick", keys: [], where: "config.toml:3" },
      { id: "help.open", keys: ["f1"], where: "config.toml:4" },
    ],
  });
  addAgent(stage, { title: "one" });
  assert.match(screen(stage), /f1 keys {2}f fast\/smart/u);
  assert.match(screen(stage), /\/profile another profile/u, "what has no key is called by its name");
  press(stage, "C-b");
  assert.match(screen(stage), /X close/u);
  assert.doesNotMatch(screen(stage), /m profile/u);
  press(stage, "escape", "f1");
  for (let page = 0; page < 3; page += 1) press(stage, "pagedown");
  assert.match(screen(stage), /C-b X {2}\/close/u);
});

test("mistakes in the user's keys are said at once and kept among the notices", () => {
  const setting = (id: string, line: number) => ({ id, keys: ["f5"], where: `/home/ann/config.toml:${line}` });
  const stage = openStage({ keys: [setting("pane.zom", 9), setting("pane.nxt", 10)] });
  addAgent(stage, { title: "one" });
  sayProblems(stage.ui, stage.ui.bindings.conflicts);
  assert.match(screen(stage), /2 problems, C-b ~ lists them: .*config\.toml:9: keys/u);
  assert.match(stage.ui.view.notices.join("\n"), /config\.toml:9: keys: there is no command "pane\.zom"; did you mean "pane\.zoom"\?/u);
});

test("a pane that is too small to be split says so and stays whole", () => {
  const stage = openStage({ cols: 62, rows: 14 });
  addAgent(stage, { title: "one" });
  for (let count = 0; count < 6; count += 1) press(stage, "C-b", "%");
  const { panes, isCrowded } = arrangeScreen(stage.ui);
  assert.equal(isCrowded, false);
  assert.ok(panes.every(({ rect }) => rect.width >= 8));
  assert.match(alert(stage), /no room to split: this pane has \d+×\d+ cells; C-b c opens a tab/u);
});

test("a tab whose panes have no room on a small screen shows the focused one, says so, and reaches all by the same keys", () => {
  const stage = openStage({ cols: 200, rows: 60 });
  addAgent(stage, { title: "one" });
  for (let count = 2; count <= 20; count += 1) addAgent(stage, { title: `a${count}`, place: "row" });
  press(stage, "C-b", "M-1");
  assert.equal(arrangeScreen(stage.ui).panes.length, 20);
  onResize(stage.ui, 70, 24);
  const { panes, isCrowded } = arrangeScreen(stage.ui);
  assert.ok(isCrowded);
  assert.deepEqual(
    panes.map((parts) => parts.pane),
    [focused(stage)],
  );
  assert.match(screen(stage), /1 of 20 panes: no room for all/u);
  press(stage, "C-b", "right");
  assert.equal(focused(stage), paneId(2));
  assert.match(screen(stage), /2 of 20 panes/u);
  press(stage, "C-b", "C-right");
  assert.match(alert(stage), /one pane is shown at a time here/u);
  onResize(stage.ui, 200, 60);
  assert.equal(arrangeScreen(stage.ui).panes.length, 20);
});

test("what is typed can be seen in the lowest pane there is", () => {
  const stage = openStage({ cols: 120, rows: 30 });
  addAgent(stage, { title: "one" });
  addAgent(stage, { title: "two", place: "column" });
  press(stage, "C-b", "down");
  press(stage, "C-b", ...Array.from({ length: 20 }, () => "M-down"));
  assert.equal(rectOf(stage, 2).height, 2);
  type(stage, "seen");
  assert.match(screen(stage), /› seen/u);
});

test("closing asks with what would be lost: of a tab, all its panes", () => {
  const stage = threePanes();
  press(stage, "C-b", "|");
  press(stage, "C-b", "&");
  const overlay = topOverlay(stage.ui);
  assert.ok(overlay?.type === "confirm");
  assert.equal(overlay.title, "close the tab with 4 panes?");
  assert.ok(overlay.lines.includes("  bash"), overlay.lines.join("\n"));
  assert.deepEqual(commandsOf(press(stage, "y")), [{ type: "tab.close", tab: stage.workspace.tabs[0]?.id }]);
});
