// What the screen says is what the keys do: hints whole or not at all, nothing said that is not so, no state without a way on.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentId, PaneId, PromptId, TabId } from "../../src/domain/ids.ts";
import type { Workspace } from "../../src/domain/workspace.ts";
import { frame, onAnswer, onSnapshot, viewCommand } from "../../src/ui/ui.ts";
import { focusedAgent, topOverlay } from "../../src/ui/view.ts";
import { frameRows } from "../support/frame-text.ts";
import {
  addAgent,
  addItem,
  agentId,
  ask,
  click,
  demoProfile,
  endTurn,
  happen,
  openStage,
  openTerminal,
  paneId,
  press,
  type Stage,
  show,
  startTurn,
  stream,
  type,
  wait,
} from "../support/ui-fixtures.ts";

const rows = (stage: Stage): string[] => frameRows(frame(stage.ui));
const screen = (stage: Stage): string => rows(stage).join("\n");

function queue(stage: Stage, agent: AgentId, text: string): void {
  happen(stage, { type: "prompt.queued", agent, prompt: { id: `q-${text}` as PromptId, text } });
}

test("what an interruption left queued is sent by Enter alone, and the message line says so", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  startTurn(stage, agent);
  queue(stage, agent.id, "second");
  endTurn(stage, agent, "interrupted");
  show(stage);
  assert.match(screen(stage), /enter sends what is queued, M-up takes it back/);
  const [effect] = press(stage, "enter");
  assert.ok(effect?.type === "command" && effect.command.type === "prompt.sendQueued" && effect.command.agent === agent.id);
});

test("quitting asks where a program of yours runs, and names it", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  openTerminal(stage, 7, null, "vim notes.txt");
  assert.deepEqual(press(stage, "C-b", "Q"), []);
  assert.equal(topOverlay(stage.ui)?.type, "confirm");
  assert.match(screen(stage), /1 program of yours runs/);
  assert.match(screen(stage), /vim notes\.txt/);
  assert.deepEqual(
    press(stage, "q").map((effect) => effect.type),
    ["quit"],
  );
});

test("quitting does not ask about a program that has ended", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  openTerminal(stage, 7, null, "make", { exitCode: 0 });
  assert.deepEqual(
    press(stage, "C-b", "Q").map((effect) => effect.type),
    ["quit"],
  );
});

test("the keys on an overlay's frame are whole or left out, and the one that closes stays longest", () => {
  for (const [cols, rowCount] of [
    [40, 12],
    [30, 10],
    [20, 6],
  ] as const) {
    for (const keys of [["C-b", "m"], ["C-b", "A"], ["C-b", "?"], ["C-b", "P"], ["C-b", "w"], ["e"]]) {
      const stage = openStage({ cols, rows: rowCount });
      ask(stage, addAgent(stage, { title: "one" }), "ls");
      wait(stage, 1_000);
      wait(stage, 1_000);
      press(stage, ...keys);
      if (topOverlay(stage.ui) === undefined) continue;
      const foot = rows(stage).findLast((line) => line.includes("└")) ?? "";
      assert.match(foot, /Esc (closes|back)/, `${cols}×${rowCount} ${keys.join(" ")}: ${foot}`);
      assert.match(foot, /(closes|back) ─*┘/u, foot);
    }
  }
});

test("a question in a box too narrow for it leaves its place among the lines out rather than cut it", () => {
  const stage = openStage({ cols: 20, rows: 7 });
  ask(stage, addAgent(stage, { title: "one" }), "a\nb\nc\nd\ne\nf\ng");
  wait(stage, 1_000);
  press(stage, "C-b", "A");
  assert.doesNotMatch(screen(stage), /li ?│|lin ?│|line ?│/u);
});

test("many questions use the room that the chosen one leaves, and are counted", () => {
  const stage = openStage({ cols: 160, rows: 48 });
  for (let number = 1; number <= 9; number += 1) ask(stage, addAgent(stage, { title: `a${number}` }), "ls");
  wait(stage, 1_000);
  press(stage, "C-b", "A");
  assert.equal(rows(stage).filter((line) => /│ ◆ \d a\d · run shell/u.test(line)).length, 9);
  assert.match(screen(stage), /questions · 1 of 9/);
});

test("a small pane of the demo says what it is, what to try and how to go on, whole", () => {
  for (const [cols, rowCount] of [
    [40, 12],
    [60, 16],
    [44, 13],
  ] as const) {
    const stage = openStage({ cols, rows: rowCount });
    addAgent(stage, { title: "one", profile: demoProfile });
    show(stage);
    const text = screen(stage).replace(/\s+/g, " ");
    assert.match(text, /scripted model, not an AI/, `${cols}×${rowCount}`);
    assert.match(text, /what OS am I using\?/, `${cols}×${rowCount}`);
    assert.match(text, /API key/, `${cols}×${rowCount}`);
  }
});

test("nothing below an open overlay claims the keys", () => {
  const stage = openStage({ cols: 160, rows: 60 });
  ask(stage, addAgent(stage, { title: "one" }), "ls");
  wait(stage, 1_000);
  wait(stage, 1_000);
  assert.match(screen(stage), /typing writes a message/);
  press(stage, "e");
  assert.equal(topOverlay(stage.ui)?.type, "editor");
  assert.doesNotMatch(screen(stage), /typing writes a message|y run/);
});

test("several notices say how many there are and where, before the first of them", () => {
  const stage = openStage({ cols: 80 });
  const workspace: Workspace = stage.workspace;
  onSnapshot(stage.ui, workspace, ["x".repeat(200), "two", "three"]);
  show(stage);
  assert.match(rows(stage).at(-1) ?? "", /^ 3 notices, C-b ~ shows them: x/);
});

test("the key form says where the key goes", () => {
  const stage = openStage();
  addAgent(stage, { title: "one", profile: demoProfile });
  type(stage, "/key");
  press(stage, "enter");
  assert.match(screen(stage), /key {3}paste or type it here/);
});

test("the list of keys finds what is typed, by key, name and words, and says where nothing fits", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  press(stage, "C-b", "?");
  assert.match(screen(stage), /type to find/);
  type(stage, "quit ag");
  assert.match(screen(stage), /C-b Q {2}\/quit/);
  assert.doesNotMatch(screen(stage), /C-b %/);
  press(stage, "C-u");
  type(stage, "xyzzy");
  assert.match(screen(stage), /nothing fits/);
  press(stage, "C-u");
  press(stage, "?");
  assert.equal(topOverlay(stage.ui), undefined);
});

test("a screen begins where somebody looked last, as far as that is still there, and tells where it looks", () => {
  const first = openStage();
  for (const [title, place] of [
    ["one", "row"],
    ["two", "row"],
    ["three", "tab"],
    ["four", "row"],
  ] as const)
    addAgent(first, { title, place });
  press(first, "C-b", "1", "C-b", "right", "C-b", "2", "C-b", "left", "C-b", "1");
  const { looksAt } = viewCommand(first.ui);
  assert.deepEqual(looksAt, { tab: "tab-1", panes: ["pane-2", "pane-3"] });
  const later = openStage();
  later.ui.workspace = null;
  onSnapshot(later.ui, structuredClone(first.workspace), [], undefined, looksAt);
  assert.deepEqual(viewCommand(later.ui).looksAt, looksAt);
  const gone = openStage();
  gone.ui.workspace = null;
  onSnapshot(gone.ui, structuredClone(first.workspace), [], undefined, { tab: "tab-9" as TabId, panes: ["pane-9" as PaneId] });
  assert.equal(viewCommand(gone.ui).looksAt?.tab, "tab-2");
});

test("a key behind the prefix that can do nothing here says why", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  const said = (...keys: string[]): string => {
    press(stage, "C-b", ...keys);
    return rows(stage).at(-1) ?? "";
  };
  for (const key of ["o", "{", "}", "C-o", "E", "z"]) assert.match(said(key), /this tab has one pane/, key);
  for (const key of ["left", "right", "up", "down", "S-left"]) assert.match(said(key), /there is no pane at that side/, key);
  for (const key of ["n", "p"]) assert.match(said(key), /there is one tab/, key);
  assert.match(said("l"), /there is no tab that you came from/);
  assert.match(said("R"), /run the program again: not in this pane/);
});

test("in a terminal of your own a key for agents says so", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  const terminal = openTerminal(stage, 7, null);
  const tab = stage.workspace.tabs[0];
  assert.ok(tab !== undefined);
  const root = { type: "leaf", pane: paneId(7), content: { type: "terminal", terminal } } as const;
  happen(stage, { type: "tab.set", tab: { ...tab, root } });
  for (const [key, title] of [
    ["m", "profile"],
    ["t", "face"],
    ["f", "fast / smart"],
    ["u", "go back"],
  ] as const) {
    press(stage, "C-b", key);
    assert.match(rows(stage).at(-1) ?? "", new RegExp(`^ ${title}.*: not in this pane`), key);
  }
});

test("Enter alone answers no question, and says what does", () => {
  const stage = openStage();
  ask(stage, addAgent(stage, { title: "one" }), "ls");
  wait(stage, 1_000);
  wait(stage, 1_000);
  assert.deepEqual(press(stage, "enter"), []);
  assert.match(rows(stage).at(-1) ?? "", /a question is answered with y or n/);
});

test("a history without messages says so, and panes to be brought here stand at the edge", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  press(stage, "C-r");
  assert.match(screen(stage), /nothing was said yet/);
  press(stage, "escape");
  addAgent(stage, { title: "two", place: "tab" });
  press(stage, "C-b", "J");
  assert.match(screen(stage), /│ {3}○ 2 two/u);
});

test("a sum of money is never cut, however narrow the screen", () => {
  for (const cols of [24, 30, 40, 60, 100]) {
    const stage = openStage({ cols, rows: 14 });
    addAgent(stage, { title: "one" });
    press(stage, "C-b", "S");
    const row = { provider: "openrouter", model: "a-model-with-a-long-name", requests: 2, inputTokens: 41_200, outputTokens: 900 };
    const more = { day: "2026-11-20", profile: "smart", costMicros: 12_340_000, unpriced: 0, isEstimated: true };
    onAnswer(stage.ui, "usage", { type: "usage", today: "2026-11-20", rows: [{ ...row, ...more }] });
    assert.equal(screen(stage).split("~$12.34").length - 1, 3, `${cols} columns: ${screen(stage)}`);
  }
});

test("on a narrow screen a broadcast names its agents and what each would cost", () => {
  const stage = openStage({ cols: 30, rows: 12 });
  addAgent(stage, { title: "planner" });
  addAgent(stage, { title: "fixer" });
  press(stage, "C-b", "B");
  for (const number of [1, 2])
    onAnswer(stage.ui, `estimate ${agentId(number)}`, {
      type: "tokens",
      contextTokens: 9,
      promptTokens: 0,
      contextWindow: null,
      costMicros: 120_000,
    });
  assert.match(screen(stage), /1 planner.* ~\$0\.12/);
  assert.match(screen(stage), /2 fixer.* ~\$0\.12/);
});

test("names after a slash say how many there are where not all are in sight", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  type(stage, "/");
  assert.match(screen(stage), /1-8 of \d+/);
  press(stage, ...Array.from({ length: 9 }, () => "down"));
  assert.match(screen(stage), /3-10 of \d+/);
  type(stage, "rena");
  assert.doesNotMatch(screen(stage), /\d+-\d+ of/);
});

test("in a narrow box the keys lose their words one by one, from the last; the status line keeps its halves apart", () => {
  const seen: string[] = [];
  for (const cols of [140, 100, 80, 74, 70, 66, 62, 60]) {
    const stage = openStage({ cols, rows: 14 });
    addAgent(stage, { title: "one" });
    const offer = { words: ["npm", "test"], program: "/usr/bin/npm", cwd: "/home/ann/code/shop", canBeOpen: false };
    ask(stage, addAgent(stage, { title: "two" }), "npm test", { rule: offer });
    press(stage, "C-b", "right");
    wait(stage, 1_000);
    wait(stage, 1_000);
    seen.push(/└─ (y.*?) ?─*┘/u.exec(screen(stage))?.[1]?.trim() ?? "");
    assert.match(rows(stage).at(-1) ?? "", /\S {3,}ask|\S {3,}online/, `${cols} columns`);
  }
  for (const words of seen) assert.match(words, /^y( run)? {2}n( refuse)? {2}e( edit)? {2}a/);
  assert.ok(
    seen.some((words) => /^y run {2}n refuse {2}e edit {2}a$/.test(words)),
    seen.join(" | "),
  );
  assert.match(seen[0] ?? "", /a always/);
});

test("what was said of one message goes when the next one is begun", () => {
  const stage = openStage();
  addAgent(stage, { title: "one" });
  type(stage, "/zzz");
  press(stage, "enter");
  assert.match(screen(stage), /there is no command \/zzz/);
  type(stage, "y");
  assert.match(screen(stage), /there is no command \/zzz/);
  press(stage, "C-c");
  type(stage, "n");
  assert.doesNotMatch(screen(stage), /there is no command/);
});

test("the place to edit a line of code is not as high as one for a page", () => {
  const heights = ["ls", Array.from({ length: 60 }, () => "echo").join("\n")].map((code) => {
    const stage = openStage({ cols: 120, rows: 50 });
    ask(stage, addAgent(stage, { title: "one" }), code);
    wait(stage, 1_000);
    wait(stage, 1_000);
    press(stage, "e");
    const all = rows(stage);
    return all.findIndex((line) => line.includes("C-s runs it")) - all.findIndex((line) => line.includes("edit, then run"));
  });
  assert.ok((heights[0] ?? 99) <= 10 && (heights[1] ?? 0) >= 25, heights.join(" "));
});

test("an agent that waits to try again does not claim to think", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  startTurn(stage, agent);
  wait(stage, 2_000);
  assert.match(screen(stage), /thinking · 2 s/);
  addItem(stage, agent, { type: "notice", kind: "retried", text: "the provider is down; trying again in 6 s (2 of 5)" });
  wait(stage, 1_000);
  assert.match(screen(stage), /trying again · 3 s/);
  assert.doesNotMatch(screen(stage), /thinking/);
  stream(stage, agent, "here");
  wait(stage, 1_000);
  assert.match(screen(stage), /thinking · 4 s/);
});

test("where an agent has failed the message line says how to go on, and the key does it", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  type(stage, "hello there");
  press(stage, "enter");
  startTurn(stage, agent);
  endTurn(stage, agent, "failed");
  show(stage);
  assert.match(screen(stage), /↑ brings the message back, C-b m another profile/);
  press(stage, "up");
  assert.match(screen(stage), /› hello there/);
});

test("however many tabs and agents there are, the one in use is named, and those out of sight are counted", () => {
  for (const cols of [60, 80, 99, 110]) {
    const stage = openStage({ cols, rows: 14 });
    for (let number = 1; number <= 12; number += 1) addAgent(stage, { title: `agent ${number}`, place: "tab" });
    for (const number of [1, 7, 12]) {
      press(stage, "C-b", "w");
      type(stage, `${number}:`);
      press(stage, "enter");
      const agent = focusedAgent(stage.ui)?.number ?? 0;
      const [top = "", side = ""] = rows(stage);
      assert.match(top, new RegExp(` ${agent}:agent ${agent}( |$)`), `${cols} columns, tab ${agent}: ${top}`);
      assert.ok(top.length <= cols && / \+$| \+ /.test(top), top);
      if (cols < 100) assert.match(side, new RegExp(` ${agent} agent ${agent} `), side);
      else
        assert.match(
          rows(stage)
            .map((line) => line.slice(0, 22))
            .join("\n"),
          new RegExp(` ${agent} agent ${agent} `),
        );
      if (agent === 12 && cols < 110) assert.match(top, /‹\d+ /, top);
    }
  }
});

test("a click on a tab that stands further on goes to it", () => {
  const stage = openStage({ cols: 80, rows: 24 });
  for (let number = 1; number <= 12; number += 1) addAgent(stage, { title: `agent ${number}`, place: "tab" });
  const top = rows(stage)[0] ?? "";
  const [label = ""] = /\d+:agent \d+/.exec(top) ?? [];
  click(stage, top.indexOf(label) + 1, 0);
  assert.equal(`${focusedAgent(stage.ui)?.number}:agent ${focusedAgent(stage.ui)?.number}`, label);
});
