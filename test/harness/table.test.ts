// Which dialect a model is spoken to in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { listProviders, loadModels, modelsOf } from "../../src/catalog/catalog.ts";
import type { WireName } from "../../src/domain/item.ts";
import { harnessNameSchema } from "../../src/domain/profile.ts";
import { harnessesFor, harnessFor, harnessOf, isCompatible } from "../../src/harness/table.ts";

const provider = (id: string, baseUrl = `https://${id}.test/v1`, name = id) => ({ id, name, baseUrl });

const rows: readonly (readonly [WireName, ReturnType<typeof provider>, string, string])[] = [
  ["responses", provider("openai"), "gpt-5.5", "native"],
  ["responses", provider("ollama"), "qwen3:8b", "native"],
  ["responses", provider("openrouter"), "anthropic/claude-opus-4-8", "native"],
  ["messages", provider("anthropic"), "claude-opus-4-8", "claude-code"],
  ["messages", provider("minimax"), "MiniMax-M2.7", "claude-code"],
  ["chat", provider("openrouter"), "anthropic/claude-sonnet-4-6", "claude-code"],
  ["chat", provider("openrouter"), "openai/gpt-5.5", "native"],
  ["chat", provider("openrouter"), "moonshotai/kimi-k2", "kimi-cli"],
  ["chat", provider("mine", "https://api.moonshot.cn/v1"), "k2", "kimi-cli"],
  ["chat", provider("openrouter"), "qwen/qwen3-coder", "qwen-code"],
  ["chat", provider("groq"), "QwQ-32b", "qwen-code"],
  ["chat", provider("mine", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"), "plus", "qwen-code"],
  ["chat", provider("deepseek"), "v4", "deepseek-tui"],
  ["chat", provider("nvidia"), "deepseek-ai/DeepSeek-V3.2", "deepseek-tui"],
  ["chat", provider("mistral"), "devstral", "native"],
  ["demo", provider("demo"), "demo", "native"],
];
for (const [wire, from, model, expected] of rows) {
  test(`${model} of ${from.id} over ${wire} is spoken to in ${expected}`, () => {
    assert.equal(harnessFor({ wire, provider: from, model }), expected);
    assert.equal(isCompatible(wire, harnessFor({ wire, provider: from, model })), true);
  });
}

test("what a profile says wins", () => {
  assert.equal(harnessFor({ wire: "chat", provider: provider("deepseek"), model: "v4", explicit: "minimal" }), "minimal");
});

test("every name has its harness, and the compatibility table is Open Interpreter's", () => {
  for (const name of harnessNameSchema.options) assert.equal(harnessOf(name).name, name);
  assert.equal(isCompatible("responses", "claude-code"), false);
  assert.equal(isCompatible("messages", "native"), false);
  assert.equal(isCompatible("chat", "qwen-code"), true);
});

test("no row of the catalog, over any wire, is given a dialect that the table refuses", async () => {
  await loadModels();
  let asked = 0;
  for (const row of listProviders()) {
    for (const wire of ["responses", "chat", "messages"] as const) {
      for (const { id } of modelsOf(row.id)) {
        const harness = harnessFor({ wire: row.wire === "demo" ? "demo" : wire, provider: row, model: id });
        assert.ok(harnessesFor(row.wire === "demo" ? "demo" : wire).includes(harness), `${row.id}/${id} over ${wire}: ${harness}`);
        asked += 1;
      }
    }
  }
  assert.ok(asked > 9_000);
});
