// Files of messages as Open Interpreter keeps them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { messagesToItems } from "../../src/domain/open-interpreter-messages.ts";
import { testSource } from "../support/ui-fixtures.ts";

const load = (value: unknown) => {
  let calls = 0;
  return messagesToItems(typeof value === "string" ? value : JSON.stringify(value), testSource, () => `c${++calls}`);
};

test("its messages, code and outputs become items; every call has one result", () => {
  const loaded = load([
    { role: "user", type: "message", content: "what OS?" },
    { role: "assistant", type: "message", content: "I will look." },
    { role: "assistant", type: "code", format: "python", content: "import platform" },
    { role: "computer", type: "console", format: "active_line", content: "1" },
    { role: "computer", type: "console", format: "output", content: "Linux" },
    { role: "computer", type: "console", format: "output", content: "6.1" },
    { role: "assistant", type: "code", format: "shell", content: "uname" },
    { role: "user", content: "and now?" },
  ]);
  assert.ok(loaded.ok);
  assert.deepEqual(
    loaded.items.map((item) => [item.type, item.type === "call" ? item.callId : "text" in item ? item.text : ""]),
    [
      ["user", "what OS?"],
      ["text", "I will look."],
      ["call", "c1"],
      ["result", "Linux\n6.1"],
      ["call", "c2"],
      ["result", ""],
      ["user", "and now?"],
    ],
  );
});

test("a mark of the byte order in front is none of the conversation", () => {
  assert.ok(load('\ufeff[{"role": "user", "type": "message", "content": "hi"}]').ok);
});

test("what is no such file is refused with a reason", () => {
  for (const wrong of ["{", "[]", '{"role": "user"}', '[{"role": "king", "content": "x"}]', '[{"role": "user", "content": " "}]']) {
    const loaded = load(wrong);
    assert.ok(!loaded.ok && loaded.problem.length > 10, wrong);
  }
});
