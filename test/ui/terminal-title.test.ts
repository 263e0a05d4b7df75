// How a plain terminal is called on the screen: its user's name for it, its program's title, what was started.

import assert from "node:assert/strict";
import { test } from "node:test";
import { frame, onPulse } from "../../src/ui/ui.ts";
import { frameRows } from "../support/frame-text.ts";
import { happen, openStage, openTerminal, paneId } from "../support/ui-fixtures.ts";

test("a program's title is shown cleaned on pane and tab, a name of the user's wins, and what has ended is called as it was started", () => {
  const stage = openStage({ cols: 100, rows: 12 });
  const terminal = openTerminal(stage, 1, null, "npm run dev");
  happen(stage, {
    type: "tab.set",
    tab: { id: "tab-9" as never, name: "", zoomed: null, root: { type: "leaf", pane: paneId(9), content: { type: "terminal", terminal } } },
  });
  const shown = () => frameRows(frame(stage.ui)).join("\n");
  const titled = (title: string) => onPulse(stage.ui, { type: "title", terminal, title });
  assert.match(shown(), / npm run dev {2,}no sandbox/);
  titled("\u001b]0;x\u0007serv\u202eing\n  on 8080");
  assert.match(shown(), /1:serving on 8080/);
  assert.match(shown(), / serving on 8080 {2,}no sandbox/);
  titled("a title that no line has room for ".repeat(20));
  assert.match(shown(), /…\s+no sandbox/);
  titled("");
  assert.match(shown(), / npm run dev {2,}no sandbox/);
  titled("serving");
  happen(stage, { type: "terminal.titled", terminal, title: "the server" });
  assert.match(shown(), / the server {2,}no sandbox/);
  const other = openTerminal(stage, 2, null, "make test");
  happen(stage, {
    type: "tab.set",
    tab: {
      id: "tab-9" as never,
      name: "",
      zoomed: null,
      root: { type: "leaf", pane: paneId(9), content: { type: "terminal", terminal: other } },
    },
  });
  onPulse(stage.ui, { type: "title", terminal: other, title: "half way" });
  assert.match(shown(), / half way {2,}/);
  happen(stage, { type: "terminal.ended", terminal: other, exitCode: 2 });
  assert.match(shown(), / make test {2,}ended with 2/);
  happen(stage, { type: "terminal.closed", terminal: other });
  assert.equal(stage.ui.titles.size, 1);
});
