// A list of what is to do and a question stand in the transcript where the user reads them, whatever the model writes into them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../../src/domain/action.ts";
import { itemSchema } from "../../src/domain/item.ts";
import { fallbackTheme as theme } from "../../src/ui/theme.ts";
import { renderCall } from "../../src/ui/transcript-call.ts";

function shown(action: Action, width: number, isAscii: boolean): string[] {
  const source = { provider: "p", origin: "", credential: "none", wire: "chat", model: "m", harness: "native" };
  const item = itemSchema.parse({
    id: "i",
    parent: null,
    at: 0,
    turn: null,
    type: "call",
    callId: "c",
    name: "todo",
    arguments: "{}",
    action,
    source,
  });
  assert.ok(item.type === "call");
  const { lines } = renderCall(item, { result: null, isUnfolded: false, elapsedMs: null }, { width, theme, isAscii });
  return lines.map((line) =>
    line
      .map((span) => span.text)
      .join("")
      .trimEnd(),
  );
}

const list = (...items: (readonly [string, "pending" | "active" | "done"])[]): Action => {
  return { type: "todo", items: items.map(([text, state]) => ({ text, state })) };
};

test("a list says how far it is, and shows each entry with its state", () => {
  const todo = list(["look", "done"], ["mend the \u001b[31mdoor\u202e\n", "active"], ["test", "pending"]);
  assert.deepEqual(shown(todo, 60, false), ["  ▾ todo   1 of 3 done · mend the door", "    ☑ look", "    ▸ mend the door", "    ☐ test"]);
  assert.deepEqual(shown(todo, 60, true).slice(1), ["    [x] look", "    [>] mend the door", "    [ ] test"]);
});

test("a long list is cut and says so, and no entry is wider than its pane", () => {
  const lines = shown(list(...Array.from({ length: 40 }, (_, n) => [`entry ${n} ${"long ".repeat(30)}`, "pending"] as const)), 40, false);
  assert.equal(lines.length, 17);
  assert.match(lines.at(-1) ?? "", /25/);
  for (const line of lines) assert.ok(line.length <= 40, line);
});

test("a question is told in its line", () => {
  const ask: Action = {
    type: "ask",
    questions: [
      { text: "Push it?", options: [], isMany: false },
      { text: "Where?", options: [], isMany: false },
    ],
  };
  assert.match(shown(ask, 60, false)[0] ?? "", /ask {4}Push it\? … \+1$/);
});
