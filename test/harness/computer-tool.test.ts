// The computer tool's arguments: every action, both ways, and what a hostile or confused model may send.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComputerAction } from "../../src/domain/computer.ts";
import { harnessOf } from "../../src/harness/table.ts";

const harness = harnessOf("claude-code");
const parse = (args: object) => harness.parse("computer", JSON.stringify(args));

function does(args: object): ComputerAction {
  const action = parse(args);
  assert.equal(action.type, "computer", JSON.stringify(action));
  return action.type === "computer" ? action.does : assert.fail();
}

function problemOf(args: object): string {
  const action = parse(args);
  return action.type === "other" ? action.problem : assert.fail(`taken: ${JSON.stringify(action)}`);
}

const EVERY: readonly (readonly [object, ComputerAction])[] = [
  [{ action: "screenshot" }, { type: "screenshot" }],
  [
    { action: "zoom", region: [1, 2, 30, 40] },
    { type: "zoom", region: [1, 2, 30, 40] },
  ],
  [
    { action: "left_click", coordinate: [412, 300] },
    { type: "click", button: "left", count: 1, at: [412, 300] },
  ],
  [{ action: "left_click" }, { type: "click", button: "left", count: 1 }],
  [
    { action: "right_click", coordinate: [1, 2] },
    { type: "click", button: "right", count: 1, at: [1, 2] },
  ],
  [
    { action: "middle_click", coordinate: [1, 2] },
    { type: "click", button: "middle", count: 1, at: [1, 2] },
  ],
  [
    { action: "double_click", coordinate: [1, 2] },
    { type: "click", button: "left", count: 2, at: [1, 2] },
  ],
  [
    { action: "triple_click", coordinate: [1, 2], text: "Ctrl+shift" },
    { type: "click", button: "left", count: 3, at: [1, 2], hold: ["ctrl", "shift"] },
  ],
  [
    { action: "left_click_drag", start_coordinate: [1, 2], coordinate: [3, 4] },
    { type: "drag", from: [1, 2], to: [3, 4] },
  ],
  [
    { action: "mouse_move", coordinate: [3, 4] },
    { type: "move", to: [3, 4] },
  ],
  [{ action: "left_mouse_down" }, { type: "press" }],
  [{ action: "left_mouse_up" }, { type: "release" }],
  [{ action: "cursor_position" }, { type: "position" }],
  [
    { action: "scroll", coordinate: [3, 4], scroll_direction: "down", scroll_amount: 5 },
    { type: "scroll", direction: "down", clicks: 5, at: [3, 4] },
  ],
  [
    { action: "type", text: "--help; $(reboot) “é” 👋\n" },
    { type: "type", text: "--help; $(reboot) “é” 👋\n" },
  ],
  [
    { action: "key", text: "ctrl+S" },
    { type: "keys", chords: ["Control_L+s"], times: 1 },
  ],
  [
    { action: "key", text: "Tab", repeat: 4 },
    { type: "keys", chords: ["Tab"], times: 4 },
  ],
  [
    { action: "hold_key", text: "shift", duration: 1.5 },
    { type: "holdKey", chord: "Shift_L", ms: 1500 },
  ],
  [
    { action: "wait", duration: 2 },
    { type: "wait", ms: 2000 },
  ],
];

test("every action of the tool is understood, and said again it means the same", () => {
  for (const [args, expected] of EVERY) {
    assert.deepEqual(does(args), expected);
    const spoken = harness.speak({ type: "computer", does: expected });
    assert.equal(spoken.name, "computer");
    assert.deepEqual(does(JSON.parse(spoken.arguments)), expected, spoken.arguments);
  }
});

test("it is offered with gui alone, under no other tool", () => {
  for (const name of ["claude-code", "claude-code-bare"] as const) {
    const names = (tools: Parameters<typeof harness.tools>[0]["tools"]) =>
      harnessOf(name)
        .tools({ tools })
        .map((tool) => tool.builtin);
    assert.ok(names(["interpreter", "gui"]).includes("computer"));
    assert.ok(!names(["interpreter", "editor", "search"]).includes("computer"));
  }
});

test("keys are what people and models call them, and X11 knows them", () => {
  const chords: Readonly<Record<string, string>> = {
    Return: "Return",
    enter: "Return",
    ESC: "Escape",
    "alt+Tab": "Alt_L+Tab",
    "cmd+space": "Super_L+space",
    "ctrl++": "Control_L+plus",
    "+": "plus",
    "-": "minus",
    "ctrl+-": "Control_L+minus",
    a: "a",
    A: "A",
    "ctrl+shift+T": "Control_L+Shift_L+t",
    f5: "F5",
    pagedown: "Page_Down",
    "?": "question",
    é: "U00E9",
    XF86AudioPlay: "XF86AudioPlay",
  };
  for (const [text, chord] of Object.entries(chords))
    assert.deepEqual(does({ action: "key", text }), { type: "keys", chords: [chord], times: 1 }, text);
  assert.deepEqual(does({ action: "key", text: "Down Down Return" }), { type: "keys", chords: ["Down", "Down", "Return"], times: 1 });
  assert.deepEqual(does({ action: "key", text: " " }), { type: "keys", chords: ["space"], times: 1 });
});

test("nothing becomes an option, a path or a second command, and nothing goes on without end", () => {
  const hostile: readonly object[] = [
    {},
    { action: "format_disk" },
    { action: "constructor" },
    { action: "key" },
    { action: "key", text: "" },
    { action: "key", text: "--window" },
    { action: "key", text: "-x" },
    { action: "key", text: "ctrl+--delay" },
    { action: "key", text: "ctrl+" },
    { action: "key", text: "a;reboot" },
    { action: "key", text: "__proto__-" },
    { action: "key", text: "F25" },
    { action: "key", text: "\u202e" },
    { action: "key", text: "x".repeat(200) },
    { action: "key", text: "a ".repeat(21) },
    { action: "key", text: "a", repeat: 101 },
    { action: "key", text: "a", repeat: -1 },
    { action: "key", text: "a", repeat: 1e308 },
    { action: "type" },
    { action: "type", text: "" },
    { action: "type", text: "\u001b[201~" },
    { action: "type", text: "a\u0000b" },
    { action: "type", text: "\r" },
    { action: "type", text: "\ud800" },
    { action: "type", text: "x".repeat(10_001) },
    { action: "left_click", coordinate: [1] },
    { action: "left_click", coordinate: [1, 2, 3] },
    { action: "left_click", coordinate: [-1, 2] },
    { action: "left_click", coordinate: [1e9, 2] },
    { action: "left_click", coordinate: ["1; reboot", 2] },
    { action: "left_click", coordinate: "412,300" },
    { action: "left_click", coordinate: [1, 2], text: "--help" },
    { action: "left_click", coordinate: [1, 2], text: "Return" },
    { action: "left_click_drag", coordinate: [1, 2] },
    { action: "mouse_move" },
    { action: "zoom" },
    { action: "zoom", region: [10, 10, 10, 20] },
    { action: "zoom", region: [10, 10, 5, 20] },
    { action: "zoom", region: [-5, 0, 5, 20] },
    { action: "scroll", scroll_direction: "down" },
    { action: "scroll", scroll_direction: "down", scroll_amount: 1e6 },
    { action: "scroll", scroll_direction: "down", scroll_amount: 0 },
    { action: "scroll", scroll_direction: "sideways", scroll_amount: 1 },
    { action: "wait" },
    { action: "wait", duration: 301 },
    { action: "wait", duration: -1 },
    { action: "hold_key", text: "shift" },
    { action: "hold_key", text: "shift", duration: 0 },
    { action: "hold_key", text: "-k", duration: 1 },
  ];
  for (const args of hostile) assert.match(problemOf(args), /nothing was run/, JSON.stringify(args));
  // JSON has no such numbers; a model's text may.
  assert.equal(harness.parse("computer", '{"action":"wait","duration":1e999}').type, "other");
});

test("other families read in their own way what was done; the smallest, that has only a shell, as a text", () => {
  const action = { type: "computer", does: { type: "type", text: "it's\nEOF" } } as const;
  for (const name of ["native", "kimi-cli", "qwen-code", "deepseek-tui", "claude-code-bare"] as const)
    assert.deepEqual(JSON.parse(harnessOf(name).speak(action).arguments), { action: "type", text: "it's\nEOF" });
  assert.equal(JSON.parse(harnessOf("minimal").speak(action).arguments).command, "cat <<'EOF'\ntype “it's\nEOF”\nEOF");
});

test("a model that misnames a tool is not told of the screen, which it may not have", () => {
  const action = harness.parse("launch", "{}");
  assert.ok(action.type === "other" && /the tools are: .*Bash/.test(action.problem) && !action.problem.includes("computer"));
});
