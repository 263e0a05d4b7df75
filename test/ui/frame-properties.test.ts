// A frame for any size and any workspace: it never throws, its boxes stay inside, its columns add up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyGrid } from "../../src/domain/cells.ts";
import { leaves } from "../../src/domain/layout.ts";
import { arrangeScreen } from "../../src/ui/geometry.ts";
import { frame, nextWakeMs, onPulse, onResize, viewCommand } from "../../src/ui/ui.ts";
import { chanceOf } from "../support/chance.ts";
import { assertSound, frameRows } from "../support/frame-text.ts";
import {
  addAgent,
  addItem,
  ask,
  click,
  demoProfile,
  endTurn,
  happen,
  openStage,
  openTerminal,
  paste,
  press,
  type Stage,
  send,
  startTurn,
  stream,
  testProfile,
  testSource,
  type as typeText,
  wait,
} from "../support/ui-fixtures.ts";

const titles = ["planner", "計画の担当者", "", "a very long name that never ends and goes on", "👩‍👩‍👧 team", "x\u202ey\u001b[31m"];
const texts = [
  "hello",
  "# Title\n\n- one\n- two\n\n```ts\nconst x = 1;\n```",
  "長い文章が続きます。".repeat(8),
  "a".repeat(300),
  "| a | b |\n|---|---|\n| 1 | 2 |",
  "\u001b]52;c;aGk=\u0007 and \u0000 nul",
];
const chords = [
  "C-b",
  "%",
  '"',
  "z",
  "o",
  "t",
  "m",
  "P",
  "?",
  "A",
  "a",
  "up",
  "down",
  "left",
  "right",
  "enter",
  "escape",
  "tab",
  "pageup",
  "pagedown",
  "C-c",
  "C-j",
  "C-r",
  "y",
  "n",
  "e",
  "/",
  "q",
  "x",
  "space",
  "C-w",
  "C-k",
  "C-y",
  "[",
  "1",
  "F",
  "f",
  "C-s",
];

function randomStage(seed: number): { stage: Stage; random: (below: number) => number } {
  const random = chanceOf(seed).below;
  const stage = openStage({
    cols: 1 + random(200),
    rows: 1 + random(60),
    isAscii: random(4) === 0,
  });
  if (random(2) === 0) onPulse(stage.ui, { type: "spent", costMicros: random(10_000_000), isEstimated: false, until: stage.now + 1 });
  const count = random(10);
  for (let at = 0; at < count; at += 1) {
    const profile =
      random(4) === 0
        ? demoProfile
        : testProfile(titles[random(3)] || "p", texts[0] ?? "m", random(2) === 0 ? { contextWindow: null } : {});
    const agent = addAgent(stage, {
      title: titles[random(titles.length)] ?? "",
      profile,
      place: (["row", "column", "tab"] as const)[random(5) === 0 ? 2 : random(2)] ?? "row",
    });
    for (let item = random(5); item > 0; item -= 1) {
      const text = texts[random(texts.length)] ?? "";
      if (random(3) === 0) addItem(stage, agent, { type: "user", text });
      else if (random(2) === 0) addItem(stage, agent, { type: "text", text, source: testSource });
      else
        addItem(stage, agent, {
          type: "call",
          callId: `c${item}`,
          name: "exec",
          arguments: "{}",
          action: { type: "exec", language: "shell", code: text },
          source: testSource,
        });
    }
    const state = random(5);
    if (state === 0) ask(stage, agent, texts[random(texts.length)] ?? "");
    else if (state === 1) startTurn(stage, agent);
    else if (state === 2) {
      startTurn(stage, agent);
      endTurn(stage, agent, "failed");
    }
    if (random(2) === 0) stream(stage, agent, texts[random(texts.length)] ?? "");
    if (random(3) === 0) {
      const terminal = openTerminal(stage, agent.number, agent.id);
      if (random(3) > 0) stage.ui.grids.set(terminal, emptyGrid(1 + random(120), 1 + random(40)));
    }
    happen(stage, {
      type: "usage.charged",
      agent: agent.id,
      request: "r",
      charge: {
        usage: {
          input: random(300_000),
          cacheRead: 0,
          cacheWrite: 0,
          output: random(9000),
          reasoning: 0,
          isEstimated: random(2) === 0,
        },
        costMicros: random(3) === 0 ? null : random(1e7),
        contextWindow: random(2) === 0 ? null : 200_000,
        provider: "p",
        model: "m",
      },
    });
  }
  onPulse(stage.ui, {
    type: "lanes",
    rows: [{ id: "openai", active: 1, limit: 4, waiting: random(9), pausedUntil: random(2) === 0 ? null : stage.now + 5000 }],
  });
  return { stage, random };
}

/** Rows of terminals come: a cursor moves, a size changes, a grid is there for the first time. */
function changeRows({ ui, workspace }: Stage, random: (below: number) => number): void {
  for (const { id } of workspace.terminals) {
    const grid = ui.grids.get(id);
    if (random(4) === 0) ui.grids.set(id, emptyGrid(1 + random(120), 1 + random(40)));
    else if (grid !== undefined) grid.cursor = { ...grid.cursor, x: random(grid.cols), y: random(grid.rows), isVisible: random(3) > 0 };
  }
}

function check(stage: Stage, seed: string, random: (below: number) => number): void {
  try {
    const drawn = frame(stage.ui);
    changeRows(stage, random);
    assert.deepEqual(frame(stage.ui, true), frame(stage.ui), "rows alone, drawn into the last frame, are what a whole one has");
    assertSound(drawn);
    frameRows(drawn);
    const wake = nextWakeMs(stage.ui);
    assert.ok(wake === null || (wake >= 1 && Number.isFinite(wake)), `wake ${wake}`);
    for (const terminal of viewCommand(stage.ui).terminals) assert.ok(terminal.cols >= 1 && terminal.rows >= 1);
    for (const parts of arrangeScreen(stage.ui).panes) {
      const inside = [parts.title, parts.body, parts.seam, parts.grid?.rect ?? null, parts.state, parts.composer].filter(
        (rect) => rect !== null,
      );
      const rows = inside.reduce((sum, rect) => sum + rect.height, 0);
      assert.ok(rows <= parts.rect.height, `${parts.pane}: parts of ${rows} rows in ${parts.rect.height}`);
    }
  } catch (error) {
    throw new Error(`seed ${seed} at ${stage.ui.cols}×${stage.ui.rows}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

test("a frame never throws and stays inside, for random workspaces, sizes and keys", () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const { stage, random } = randomStage(seed);
    check(stage, `${seed}`, random);
    for (let step = 0; step < 12; step += 1) {
      const what = random(10);
      if (what === 0) paste(stage, texts[random(texts.length)] ?? "");
      else if (what === 1) typeText(stage, "tell me /x");
      else if (what === 2) click(stage, random(200), random(60));
      else if (what === 3) wait(stage, random(2000));
      else if (what === 4) onResize(stage.ui, 1 + random(200), 1 + random(60));
      else if (what === 5)
        send(stage, {
          type: "mouse",
          action: random(2) === 0 ? "wheelup" : "wheeldown",
          button: "none",
          x: random(200),
          y: random(60),
          hasCtrl: false,
          hasShift: false,
          hasAlt: false,
        });
      else press(stage, chords[random(chords.length)] ?? "a", chords[random(chords.length)] ?? "a");
      check(stage, `${seed} step ${step}`, random);
    }
  }
});

test("every size from 1×1 to 200×60 gives a sound frame", () => {
  const stage = openStage({ cols: 1, rows: 1 });
  const random = chanceOf(1).below;
  const agents = [
    addAgent(stage, { title: "planner" }),
    addAgent(stage, { title: "fixer", place: "column" }),
    addAgent(stage, { title: "docs" }),
  ];
  const [first] = agents;
  assert.ok(first);
  addItem(stage, first, { type: "user", text: "go" });
  ask(stage, first, "uname -a\nls");
  for (let cols = 1; cols <= 200; cols += cols < 70 ? 1 : 13) {
    for (let rows = 1; rows <= 60; rows += rows < 12 ? 1 : 7) {
      onResize(stage.ui, cols, rows);
      check(stage, "sizes", random);
    }
  }
});

test("the panes of a tab and the lines between them fill their area exactly", () => {
  const stage = openStage({ cols: 173, rows: 51 });
  for (let at = 0; at < 9; at += 1) addAgent(stage, { title: `a${at}`, place: at % 3 === 0 ? "column" : "row" });
  press(stage, "C-b", "M-5");
  const { area, panes, dividers } = arrangeScreen(stage.ui);
  assert.equal(panes.length, leaves(stage.workspace.tabs[0]?.root ?? assert.fail("no tab")).length);
  const cells = new Set<string>();
  for (const rect of [...panes.map((parts) => parts.rect), ...dividers]) {
    for (let y = rect.y; y < rect.y + rect.height; y += 1) {
      for (let x = rect.x; x < rect.x + rect.width; x += 1) {
        assert.ok(!cells.has(`${x},${y}`), `two things at ${x},${y}`);
        cells.add(`${x},${y}`);
      }
    }
  }
  assert.equal(cells.size, area.width * area.height);
});
