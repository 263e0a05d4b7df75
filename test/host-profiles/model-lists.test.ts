// The picker's two passes: what a provider lists itself, in whatever shape, over what the catalog knows.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Model } from "../../src/domain/profile.ts";
import { modelSchema } from "../../src/domain/profile.ts";
import { createModelLists } from "../../src/host/model-lists.ts";
import { matchCatalog, mergeModels } from "../../src/host/model-match.ts";
import { readModelList } from "../../src/host/model-shapes.ts";

const seed = (id: string, over: Partial<Model> = {}): Model => ({
  id,
  name: id.toUpperCase(),
  contextWindow: 1000,
  maxOutput: 100,
  input: ["text"],
  reasoning: "effort",
  efforts: ["low", "high"],
  price: { inputMicros: 1, outputMicros: 2 },
  ...over,
});

test("OpenAI's plain list, Anthropic's, Codex's, and the rich ones of OpenRouter, Groq and Mistral are read", () => {
  assert.deepEqual(readModelList({ object: "list", data: [{ id: "gpt-5.5", object: "model", owned_by: "openai" }] }), [{ id: "gpt-5.5" }]);
  assert.deepEqual(
    readModelList({
      data: [
        {
          type: "model",
          id: "claude-x",
          display_name: "Claude X",
          max_input_tokens: 200_000,
          max_tokens: 64_000,
          capabilities: {
            image_input: { supported: true },
            effort: { supported: true, low: { supported: true }, high: { supported: true }, xhigh: { supported: false } },
          },
        },
      ],
      has_more: false,
    }),
    [
      {
        id: "claude-x",
        name: "Claude X",
        contextWindow: 200_000,
        maxOutput: 64_000,
        input: ["text", "image"],
        reasoning: "effort",
        efforts: ["low", "high"],
      },
    ],
  );
  assert.deepEqual(
    readModelList({
      models: [
        {
          slug: "gpt-c",
          display_name: "GPT C",
          context_window: 272_000,
          supported_reasoning_levels: [{ effort: "low" }, { effort: "ultra" }],
          default_reasoning_level: "low",
          input_modalities: ["text", "image"],
          priority: 3,
          visibility: "hide",
        },
      ],
    }),
    [
      {
        id: "gpt-c",
        name: "GPT C",
        contextWindow: 272_000,
        input: ["text", "image"],
        reasoning: "effort",
        efforts: ["low"],
        defaultEffort: "low",
        priority: 3,
        isUnfit: true,
      },
    ],
  );
  const rich = readModelList({
    data: [
      {
        id: "a/b",
        name: "A: B\u001b[2J",
        context_length: 128_000,
        architecture: { input_modalities: ["text", "image", "file"], output_modalities: ["text"] },
        supported_parameters: ["tools", "reasoning"],
        pricing: { prompt: "0.0000025", completion: "0.00001", input_cache_read: "0.00000025" },
        top_provider: { max_completion_tokens: 16_384 },
      },
      { id: "no-tools", supported_parameters: ["temperature"] },
      { id: "groq", context_window: 131_072, max_completion_tokens: 32_768, active: false },
      { id: "mistral", max_context_length: 32_000, capabilities: { function_calling: true, vision: true } },
      { id: "odd", context_length: "much", pricing: { prompt: "-1" } },
      { name: "without an id" },
      { id: "a/b" },
    ],
  });
  assert.deepEqual(rich, [
    {
      id: "a/b",
      name: "A: B [2J",
      contextWindow: 128_000,
      maxOutput: 16_384,
      input: ["text", "image"],
      price: { inputMicros: 2_500_000, outputMicros: 10_000_000, cacheReadMicros: 250_000 },
    },
    { id: "no-tools", isUnfit: true },
    { id: "groq", contextWindow: 131_072, maxOutput: 32_768, isUnfit: true },
    { id: "mistral", contextWindow: 32_000, input: ["text", "image"] },
    { id: "odd" },
  ]);
  for (const wrong of [null, 3, "x", {}, { data: {} }, { error: { message: "no" } }, { data: [{ x: 1 }] }])
    assert.equal(readModelList(wrong), null);
});

test("what the provider says wins, the catalog fills the rest, and reasoning levels are never made up", () => {
  const merged = mergeModels(
    [
      { id: "new", reasoning: "effort", efforts: ["low"] },
      { id: "b", contextWindow: 5000 },
      { id: "a", price: { inputMicros: 9, outputMicros: 9 } },
      { id: "text-embedding-3" },
      { id: "silent", isUnfit: true },
      { id: "plain" },
    ],
    [seed("a"), seed("b"), seed("unlisted")],
  );
  for (const model of merged) modelSchema.parse(model);
  assert.deepEqual(
    merged.map((model) => [model.id, model.contextWindow, model.price?.inputMicros ?? null, model.reasoning, model.efforts]),
    [
      ["a", 1000, 9, "effort", ["low", "high"]],
      ["b", 5000, 1, "effort", ["low", "high"]],
      ["new", null, null, "effort", ["low"]],
      ["plain", null, null, "none", undefined],
      ["unlisted", 1000, 1, "effort", ["low", "high"]],
    ],
  );
});

test("a provider is matched by id, Anthropic's identity, address, name, environment name; only the same place has the same prices", () => {
  const row = (id: string, over: object = {}): { id: string; name: string; baseUrl: string; env: string[] } => ({
    id,
    name: id,
    baseUrl: `https://${id}.example/v1`,
    env: [],
    ...over,
  });
  const catalog = [
    row("anthropic", { name: "Anthropic", baseUrl: "https://api.anthropic.com", env: ["ANTHROPIC_API_KEY"] }),
    row("groq", { name: "Groq", baseUrl: "https://api.groq.com/openai/v1", env: ["GROQ_API_KEY"] }),
  ];
  const match = (over: object): unknown => matchCatalog(row("mine", over), catalog);
  assert.deepEqual(matchCatalog(row("groq"), catalog), { id: "groq", isSamePlace: false });
  assert.deepEqual(match({ name: "ANTHROPIC" }), { id: "anthropic", isSamePlace: false });
  assert.deepEqual(match({ baseUrl: "https://api.anthropic.com/v1/" }), { id: "anthropic", isSamePlace: true });
  assert.deepEqual(match({ name: "x", baseUrl: "https://api.anthropic.com.evil.example" }), null);
  assert.deepEqual(match({ baseUrl: "https://API.groq.com/openai/v1/" }), { id: "groq", isSamePlace: true });
  assert.deepEqual(match({ name: "groq" }), { id: "groq", isSamePlace: false });
  assert.deepEqual(match({ env: ["GROQ_API_KEY"] }), { id: "groq", isSamePlace: false });
  assert.equal(match({}), null);
});

interface FakeProvider {
  readonly fetch: typeof globalThis.fetch;
  readonly asked: (string | null)[];
}

function answering(...answers: (() => Response | Promise<Response>)[]): FakeProvider {
  const asked: (string | null)[] = [];
  return {
    asked,
    fetch: async (_, init) => {
      asked.push(new Headers(init?.headers).get("if-none-match"));
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      assert.ok(answer !== undefined);
      return answer();
    },
  };
}

const list = (id: string, etag?: string): Response => Response.json({ data: [{ id }] }, { headers: etag === undefined ? {} : { etag } });

test("a list is kept for 300 s, then asked for by its ETag, and one provider's never serves another", async () => {
  let now = 0;
  const lists = createModelLists(() => now);
  const a = answering(
    () => list("one", '"v1"'),
    () => new Response(null, { status: 304 }),
    () => list("two"),
  );
  const ask = (key: string, from: FakeProvider) => lists.list({ key, name: "A", url: "https://a.example/models", fetch: from.fetch });
  const [first, same] = await Promise.all([ask("a", a), ask("a", a)]);
  assert.equal(first, same);
  now = 299_999;
  assert.deepEqual((await ask("a", a)).models, [{ id: "one" }]);
  assert.deepEqual(a.asked, [null]);
  now = 300_000;
  assert.deepEqual(await ask("a", a).then(({ models, problem }) => ({ models, problem })), { models: [{ id: "one" }], problem: null });
  assert.deepEqual(a.asked, [null, '"v1"']);
  const b = answering(() => list("other"));
  assert.deepEqual((await ask("b", b)).models, [{ id: "other" }]);
  assert.deepEqual(b.asked, [null]);
  now = 700_000;
  assert.deepEqual((await ask("a", a)).models, [{ id: "two" }]);
});

test("a failure is one line, the last list stands, and the provider is not asked again at once", async () => {
  let now = 0;
  const lists = createModelLists(() => now, 50);
  const cases: [() => Response | Promise<Response>, RegExp][] = [
    [() => new Response("", { status: 401 }), /^P refused the key .*\(401\); what the catalog knows is shown$/],
    [() => new Response("", { status: 404 }), /has no list of models/],
    [() => new Response("<html>"), /not JSON/],
    [() => Response.json({ data: [] }), /listed no models/],
    [() => Response.json({ hello: 1 }), /no list of models that is known here/],
    [() => Promise.reject(new Error("nothing listens at https://p.example")), /nothing listens/],
  ];
  for (const [index, [answer, said]] of cases.entries()) {
    const from = answering(answer);
    const ask = () => lists.list({ key: `p${index}`, name: "P", url: "https://p.example/models", fetch: from.fetch });
    const failed = await ask();
    assert.equal(failed.models, null);
    assert.match(failed.problem ?? "", said);
    await ask();
    assert.equal(from.asked.length, 1);
  }
  const from = answering(
    () => list("one"),
    () => new Response("", { status: 500 }),
  );
  const ask = () => lists.list({ key: "kept", name: "P", url: "https://p.example/models", fetch: from.fetch });
  await ask();
  now = 300_000;
  const { models, problem } = await ask();
  assert.deepEqual(models, [{ id: "one" }]);
  assert.match(problem ?? "", /answered 500 .*; its last list is shown/);
});

test("a provider that says nothing is given up", async () => {
  const lists = createModelLists(() => 0, 20);
  const fetch: typeof globalThis.fetch = (_, init) =>
    new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)));
  // Its own timer does not hold the process.
  const alive = setTimeout(() => {}, 60_000);
  const { problem } = await lists.list({ key: "k", name: "P", url: "https://p.example/models", fetch });
  clearTimeout(alive);
  assert.match(problem ?? "", /did not list its models within 0\.02 s/);
});
