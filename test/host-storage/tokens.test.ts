// Token estimates: real counts from the worker, a rough rule when it fails, never an error and never a hang.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createTokens, encodingOf } from "../../src/host/tokens.ts";
import { tempDir } from "./support.ts";

test("tokens are counted as tiktoken counts them, special tokens as plain text, long texts by samples", async (t) => {
  const tokens = createTokens();
  t.after(() => tokens.close());
  assert.equal(await tokens.count("", "gpt-5"), 0);
  const [hello, special] = await Promise.all([tokens.count("hello world", "gpt-5"), tokens.count("<|endoftext|>", "claude-opus")]);
  assert.equal(hello, 2);
  assert.ok(special > 1);
  const line = "The quick brown fox jumps over the lazy dog.\n";
  const one = await tokens.count(line.repeat(1000), "gpt-5");
  const many = await tokens.count(line.repeat(50_000), "gpt-5");
  assert.ok(Math.abs(many / one - 50) < 0.5, `${many} against ${one}`);
});

test("a worker that cannot start, dies or hangs is replaced by characters ÷ 4", async (t) => {
  const dir = tempDir(t);
  const broken = join(dir, "broken.mjs");
  writeFileSync(broken, "throw new Error('no');");
  const silent = join(dir, "silent.mjs");
  writeFileSync(silent, "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {});");
  for (const [file, timeoutMs] of [
    [broken, 5000],
    [join(dir, "missing.mjs"), 5000],
    [silent, 20],
  ] as const) {
    const tokens = createTokens({ workerUrl: pathToFileURL(file), timeoutMs });
    const counts = [];
    for (let i = 0; i < 4; i += 1) counts.push(await tokens.count("x".repeat(41), "gpt-5"));
    assert.deepEqual(counts, [11, 11, 11, 11], file);
    await tokens.close();
  }
});

test("closing settles what was being counted", async (t) => {
  const silent = join(tempDir(t), "silent.mjs");
  writeFileSync(silent, "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {});");
  const tokens = createTokens({ workerUrl: pathToFileURL(silent) });
  const count = tokens.count("12345678", "gpt-5");
  await tokens.close();
  assert.equal(await count, 2);
  assert.equal(await tokens.count("12345678", "gpt-5"), 2);
});

test("only the older OpenAI models use the older encoding", () => {
  for (const model of ["gpt-4", "gpt-4-turbo", "openai/gpt-4-0613", "gpt-3.5-turbo"]) assert.equal(encodingOf(model), "cl100k_base", model);
  for (const model of ["gpt-4o", "gpt-4.1-mini", "gpt-5.5", "o3", "claude-opus-4-5", "qwen3-coder"])
    assert.equal(encodingOf(model), "o200k_base", model);
});
