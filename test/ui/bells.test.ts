// A bell in a terminal: marks until somebody has looked, and the user's own bell where the window is not in use.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TerminalId } from "../../src/domain/ids.ts";
import { onPulse, viewCommand } from "../../src/ui/ui.ts";
import {
  addAgent,
  commandsOf,
  happen,
  openStage,
  openTerminal,
  paneId,
  press,
  type Stage,
  screenText,
  send,
} from "../support/ui-fixtures.ts";

/** An agent with a shell in the first tab, a plain terminal in the second; the first is shown. */
function stageWithTwoTabs(): { stage: Stage; shell: TerminalId; plain: TerminalId } {
  const stage = openStage({ cols: 120, rows: 20 });
  const agent = addAgent(stage, { title: "one" });
  const shell = openTerminal(stage, 1, agent.id, "sh");
  const plain = openTerminal(stage, 2, null, "htop");
  happen(stage, {
    type: "tab.set",
    tab: {
      id: "tab-9" as never,
      name: "other",
      zoomed: null,
      root: { type: "leaf", pane: paneId(9), content: { type: "terminal", terminal: plain } },
    },
  });
  press(stage, "C-b", "1");
  return { stage, shell, plain };
}

test("a bell marks the tab and the agent that nobody looks at, until somebody does", () => {
  const { stage, shell, plain } = stageWithTwoTabs();
  assert.match(screenText(stage), /2:other {2}/);
  assert.deepEqual(onPulse(stage.ui, { type: "bell", terminal: plain }), []);
  assert.match(screenText(stage), /2:other !/);
  press(stage, "C-b", "2");
  assert.doesNotMatch(screenText(stage), /!/);
  onPulse(stage.ui, { type: "bell", terminal: shell });
  assert.match(screenText(stage), /1:one !/);
  assert.match(screenText(stage), /!○ 1 one/);
  // In the pane that has the focus it is heard as it comes.
  onPulse(stage.ui, { type: "bell", terminal: plain });
  assert.doesNotMatch(screenText(stage), /2:other !/);
  press(stage, "C-b", "1");
  assert.doesNotMatch(screenText(stage), /!/);
});

test("while the window is not in use the user's terminal rings, once, and the pane says so", () => {
  const { stage, plain } = stageWithTwoTabs();
  press(stage, "C-b", "2");
  send(stage, { type: "focus", isFocused: false });
  assert.deepEqual(onPulse(stage.ui, { type: "bell", terminal: plain }), [{ type: "bell" }]);
  assert.deepEqual(onPulse(stage.ui, { type: "bell", terminal: plain }), []);
  assert.match(screenText(stage), /htop bell/);
  send(stage, { type: "focus", isFocused: true });
  assert.doesNotMatch(screenText(stage), /bell/);
  assert.deepEqual(onPulse(stage.ui, { type: "bell", terminal: "term-99" as TerminalId }), []);
});

test("the server is told whose keys go where, and the colours that the user sees", () => {
  const { stage, plain } = stageWithTwoTabs();
  assert.equal(viewCommand(stage.ui).focused, null);
  press(stage, "C-b", "2");
  assert.equal(viewCommand(stage.ui).focused, plain);
  send(stage, { type: "focus", isFocused: false });
  assert.equal(viewCommand(stage.ui).focused, null);
  send(stage, { type: "background", isDark: false, rgb: 0xfdf6e3 });
  assert.equal(viewCommand(stage.ui).colours?.background, 0xfdf6e3);
  assert.deepEqual(commandsOf(press(stage, "x")), [{ type: "terminal.input", terminal: plain, data: "x" }]);
});
