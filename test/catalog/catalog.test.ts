// The bundled rows fit the domain, are what the generator makes, and their picks exist.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { z } from "zod";
import { catalogAsOf, findProvider, listProviders, loadModels, modelsOf } from "../../src/catalog/catalog.ts";
import { factsSchema, generateCatalog, normalBaseUrl } from "../../src/catalog/generate.ts";
import { preferredPair } from "../../src/catalog/preferred.ts";
import { modelSchema, providerSchema } from "../../src/domain/profile.ts";

before(loadModels);

test("every bundled row and model fits the domain's schemas, and ids are unique", () => {
  const ids = new Set<string>();
  for (const row of listProviders()) {
    providerSchema.parse({ ...row, models: [] });
    assert.ok(!ids.has(row.id), row.id);
    ids.add(row.id);
    const models = z.array(modelSchema).parse(modelsOf(row.id));
    assert.equal(new Set(models.map((model) => model.id)).size, models.length, row.id);
  }
  assert.ok(ids.size >= 117);
  assert.notEqual(catalogAsOf(), "");
});

test("the models of each provider are those that the file has, whether asked for or not", () => {
  const text = readFileSync(new URL("../../src/catalog/models.data.json", import.meta.url), "utf8");
  const whole = JSON.parse(text) as Record<string, unknown>;
  assert.ok(Object.keys(whole).length > 100);
  for (const [provider, models] of Object.entries(whole)) assert.deepEqual(modelsOf(provider), models, provider);
  assert.deepEqual(modelsOf("nobody"), []);
  assert.deepEqual(modelsOf("toString"), []);
});

test("a base URL is one that its wire can add a path to", () => {
  for (const row of listProviders()) {
    if (row.wire === "demo") continue;
    assert.doesNotMatch(row.baseUrl, /\/$|\/chat\/completions|\/responses$/, row.id);
    if (row.wire === "messages") assert.doesNotMatch(row.baseUrl, /\/v1$/, row.id);
    const host = new URL(row.baseUrl.replace("{region}", "region"));
    assert.ok(host.protocol === "https:" || row.isLocal, row.id);
  }
  assert.equal(normalBaseUrl("https://api.minimax.io/anthropic/v1", "messages"), "https://api.minimax.io/anthropic");
  assert.equal(normalBaseUrl("https://api.tbox.cn/api/llm/v1/chat/completions", "chat"), "https://api.tbox.cn/api/llm/v1");
});

test("how a key travels is data: bearer by default, x-api-key with a version for messages, none for local servers", () => {
  assert.deepEqual(findProvider("openai")?.auth, { type: "header", header: "authorization", prefix: "Bearer " });
  assert.equal(findProvider("anthropic")?.auth.header, "x-api-key");
  assert.deepEqual(findProvider("minimax")?.auth.headers, { "anthropic-version": "2023-06-01" });
  assert.equal(findProvider("ollama")?.auth.type, "none");
  assert.equal(findProvider("lmstudio")?.isLocal, true);
});

test("oddities are data: groq's refused fields and cap, deepseek's reasoning", () => {
  assert.equal(findProvider("groq")?.quirks.maxTokensCap, 32_768);
  assert.ok(findProvider("groq")?.quirks.dropFields?.includes("parallel_tool_calls"));
  assert.equal(findProvider("deepseek")?.quirks.sendsReasoningBack, true);
});

test("the demo is a row like any other", () => {
  assert.equal(findProvider("demo")?.wire, "demo");
  assert.deepEqual(modelsOf("demo").find(({ id }) => id === "scripted")?.price, { inputMicros: 0, outputMicros: 0 });
});

test("a row's own name comes before one that it shares", () => {
  assert.deepEqual(findProvider("zai")?.env, ["ZAI_API_KEY", "ZHIPU_API_KEY"]);
});

test("each provider with models has a fast and a smart one that exist", () => {
  for (const row of listProviders()) {
    const ids = modelsOf(row.id).map(({ id }) => id);
    const pair = preferredPair(row.id, modelsOf(row.id));
    if (ids.length === 0) assert.equal(pair, null);
    else assert.ok(pair !== null && ids.includes(pair.fast) && ids.includes(pair.smart), row.id);
  }
});

test("the generator keeps money as whole micro-dollars and what it does not know as null", () => {
  const facts = factsSchema.parse({
    as_of: "x",
    providers: [
      {
        id: "p",
        name: "P",
        base_url: "https://p.example/v1/",
        wire_api: "chat",
        env: ["SHARED", "P_KEY"],
        models: [
          {
            id: "a",
            name: "A",
            context: 1000,
            input: ["text", "image", "video"],
            reasoning: "effort",
            efforts: ["low"],
            effort: "low",
            usd_per_mtok: { input: 0.075, output: 1.1, cache_read: 0.0028, reasoning: 9 },
            status: "deprecated",
          },
          { id: "b", name: "B", context: 0, input: ["text"], reasoning: "none", usd_per_mtok: { input: 1 } },
        ],
      },
      { id: "q", name: "Q", base_url: "https://q.example", wire_api: "messages", env: ["SHARED"], models: [] },
    ],
  });
  const { providers, models } = generateCatalog(facts);
  assert.deepEqual(
    providers.map((row) => row.id),
    ["p", "q", "demo"],
  );
  assert.deepEqual(providers[0]?.env, ["P_KEY", "SHARED"]);
  assert.deepEqual(models["p"]?.[0], {
    id: "a",
    name: "A",
    contextWindow: 1000,
    maxOutput: null,
    input: ["text", "image"],
    reasoning: "effort",
    efforts: ["low"],
    defaultEffort: "low",
    price: { inputMicros: 75_000, outputMicros: 1_100_000, cacheReadMicros: 2_800 },
    priority: 900,
  });
  assert.equal(models["p"]?.[1]?.contextWindow, null);
  assert.equal(models["p"]?.[1]?.price, null);
});

test("unknown providers and names from Object's prototype have no models", () => {
  assert.deepEqual(modelsOf("nope"), []);
  assert.deepEqual(modelsOf("constructor"), []);
  assert.equal(findProvider("__proto__"), undefined);
});
