// Which computer tool a model takes, how large a screen it is shown, and what a click on the picture means on the screen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ComputerAction, computerTitle, computerWords } from "../../src/domain/computer.ts";
import { computerToolOf, fitScreen, fromScreen, screenLimits, toScreen } from "../../src/domain/computer-tool.ts";

test("each Claude model has the form of the tool that Anthropic's docs name for it, others and other wires none", () => {
  const expected = {
    "claude-opus-5-5": "computer_toolset_20260801",
    "claude-sonnet-5-5": "computer_toolset_20260801",
    "claude-haiku-5-5": "computer_toolset_20260801",
    "claude-fable-5": "computer_toolset_20260801",
    "claude-mythos-5-1": "computer_toolset_20260801",
    "claude-opus-5": "computer_toolset_20260801",
    "claude-sonnet-5": "computer_toolset_20260801",
    "claude-opus-4-8": "computer_toolset_20260801",
    "claude-opus-4-7": "computer_20251124",
    "claude-opus-4-6-thinking": "computer_20251124",
    "anthropic/claude-sonnet-4.6": "computer_20251124",
    "claude-opus-4-5-20251101": "computer_20251124",
    "claude-sonnet-4-5-20250929": "computer_20250124",
    "claude-haiku-4-5": "computer_20250124",
    "claude-opus-4-1-20250805": "computer_20250124",
    "claude-opus-4-20250514": "computer_20250124",
    "claude-sonnet-4-0": "computer_20250124",
    "claude-3-5-haiku-20241022": null,
    "claude-3-7-sonnet-20250219": null,
    "gpt-5.5": null,
    "MiniMax-M2": null,
    "not-claude-opus-at-all": null,
  } as const;
  for (const [model, version] of Object.entries(expected)) assert.equal(computerToolOf("messages", model), version, model);
  for (const wire of ["chat", "responses", "demo"] as const) assert.equal(computerToolOf(wire, "claude-opus-4-8"), null);
});

test("a screen is shown as large as the model sees it whole, its shape kept, and never larger than it is", () => {
  const older = screenLimits("claude-sonnet-4-6");
  const newer = screenLimits("claude-opus-4-7");
  assert.deepEqual(fitScreen({ width: 1024, height: 768 }, older), { width: 1024, height: 768 });
  assert.deepEqual(fitScreen({ width: 1512, height: 982 }, older), { width: 1330, height: 864 });
  assert.deepEqual(fitScreen({ width: 3840, height: 2160 }, newer), { width: 1920, height: 1080 });
  for (const limits of [older, newer])
    for (const [width, height] of [
      [7680, 4320],
      [3440, 1440],
      [1080, 1920],
      [32_767, 20],
      [1, 1],
    ] as const) {
      const shown = fitScreen({ width, height }, limits);
      assert.ok(shown.width <= Math.min(width, limits.sideMax) && shown.height <= Math.min(height, limits.sideMax));
      assert.ok(shown.width * shown.height <= limits.pixelsMax && shown.width >= 1 && shown.height >= 1);
    }
});

test("every pixel of the picture means one of the screen that shows there, and comes back as itself", () => {
  const screen = { width: 2560, height: 1440 };
  const shown = fitScreen(screen, screenLimits("claude-sonnet-4-5"));
  for (let x = 0; x < shown.width; x += 7)
    for (let y = 0; y < shown.height; y += 11) {
      const point = toScreen([x, y], shown, screen);
      assert.ok(point[0] < screen.width && point[1] < screen.height);
      assert.deepEqual(fromScreen(point, shown, screen), [x, y]);
    }
  assert.deepEqual(toScreen([0, 0], screen, screen), [0, 0]);
  assert.deepEqual(toScreen([2559, 1439], screen, screen), [2559, 1439]);
});

test("what would be done is said with place, keys and the exact text", () => {
  const words: readonly (readonly [ComputerAction, string])[] = [
    [{ type: "click", button: "left", count: 1, at: [412, 300] }, "click left at 412, 300"],
    [{ type: "click", button: "right", count: 1 }, "click right where the pointer is"],
    [{ type: "click", button: "left", count: 2, at: [1, 2], hold: ["ctrl", "shift"] }, "double-click left at 1, 2 holding ctrl+shift"],
    [{ type: "drag", from: [1, 2], to: [3, 4] }, "drag from 1, 2 to 3, 4"],
    [{ type: "scroll", direction: "down", clicks: 3, at: [5, 6] }, "scroll down 3 clicks at 5, 6"],
    [{ type: "type", text: " rm -rf ~\n" }, "type “ rm -rf ~\n”"],
    [{ type: "keys", chords: ["Control_L+s"], times: 3 }, "press Control_L+s 3 times"],
    [{ type: "holdKey", chord: "space", ms: 1500 }, "hold space for 1.5 s"],
    [{ type: "zoom", region: [0, 0, 10, 20] }, "look closely at 0, 0 to 10, 20"],
  ];
  for (const [action, said] of words) assert.equal(computerWords(action), said);
  assert.equal(computerTitle({ type: "type", text: "ab\nc" }), "type 4 characters");
});
