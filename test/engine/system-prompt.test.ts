// What a model is told first.

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemPrompt } from "../../src/engine/system-prompt.ts";
import { testProfile } from "../support/ui-fixtures.ts";

test("a profile's own instructions follow its dialect's prompt, which stays the same without them", () => {
  const context = { cwd: "/work", os: "Linux", shell: "bash" };
  const plain = systemPrompt(testProfile("one"), context);
  assert.ok(plain.includes("/work"));
  assert.equal(
    systemPrompt(testProfile("one", "m", { instructions: "Be brief." }), context)
      .slice(plain.length)
      .split("\n")
      .at(-1),
    "Be brief.",
  );
});
