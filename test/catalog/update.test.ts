// A newer catalog: what is taken from models.dev and from Moonshot, what never is, and what is told before anything is lost.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { listProviders, loadModels, wholeCatalog } from "../../src/catalog/catalog.ts";
import type { CatalogData } from "../../src/catalog/generate.ts";
import { collectFacts } from "../../src/catalog/models-dev.ts";
import { overrides } from "../../src/catalog/overrides.ts";
import { compareCatalogs, updateCatalog } from "../../src/catalog/update.ts";

before(loadModels);

const empty: CatalogData = { providers: [], models: {} };
const moonshot = { data: [{ id: "kimi-k9", context_length: 500_000, supports_image_in: true, supports_reasoning: true }] };

function model(id: string, over: object = {}): object {
  return {
    id,
    name: id.toUpperCase(),
    tool_call: true,
    reasoning: false,
    modalities: { input: ["text"], output: ["text"] },
    limit: { context: 1000, output: 100 },
    cost: { input: 1, output: 2 },
    ...over,
  };
}

function provider(id: string, over: object = {}, models: object[] = [model("m")]): object {
  const byId = Object.fromEntries(models.map((each) => [Reflect.get(each, "id"), each]));
  return {
    id,
    name: id,
    npm: "@ai-sdk/openai-compatible",
    api: `https://${id}.example/v1`,
    env: [`${id.toUpperCase()}_KEY`],
    models: byId,
    ...over,
  };
}

function api(...providers: object[]): Record<string, object> {
  return Object.fromEntries(providers.map((each) => [String(Reflect.get(each, "id")), each]));
}

function ids(source: unknown, known = empty): string[] {
  const collected = collectFacts(source, moonshot, known, overrides, "now");
  assert.ok(collected.ok, collected.ok ? "" : collected.problem);
  return collected.facts.providers.map((fact) => fact.id);
}

test("providers are taken by package, address and what is excluded; models by tool calling and text output", () => {
  const taken = ids(
    api(
      provider("good"),
      provider("unknown-sdk", { npm: "@ai-sdk/azure" }),
      provider("no-address", { api: undefined }),
      provider("hole", { api: "https://${ACCOUNT}.example/v1" }),
      provider("local", { api: "http://127.0.0.1:1234/v1" }),
      provider("plain", { api: "http://plain.example/v1" }),
      provider("privatemode-ai"),
      provider("deaf", {}, [model("a", { tool_call: false }), model("b", { modalities: { output: ["image"] } })]),
      provider("google", { npm: "@ai-sdk/google", api: undefined }),
      provider("groq", { npm: "@ai-sdk/groq", api: undefined }),
    ),
  );
  assert.deepEqual(taken, ["good", "google", "groq"]);
});

test("the Anthropic package speaks messages, all others chat, and an override has the last word", () => {
  const collected = collectFacts(
    api(provider("a", { npm: "@ai-sdk/anthropic" }), provider("b"), provider("openai", { npm: "@ai-sdk/openai", api: undefined })),
    moonshot,
    empty,
    overrides,
    "now",
  );
  assert.ok(collected.ok);
  assert.deepEqual(
    collected.facts.providers.map((fact) => [fact.id, fact.wire_api]),
    [
      ["a", "messages"],
      ["b", "chat"],
      ["openai", "responses"],
    ],
  );
});

test("a boolean makes no reasoning levels: they stay as they were known, or there are none", () => {
  const made = updateCatalog(
    {
      api: api(
        provider("openai", { npm: "@ai-sdk/openai" }, [
          model("gpt-5.5", { reasoning: true }),
          model("gpt-9", { reasoning: true }),
          model("gpt-5.4", { reasoning: false }),
        ]),
      ),
      moonshot,
    },
    wholeCatalog(),
    overrides,
    "now",
  );
  assert.ok(made.ok);
  const [fresh, ...known] = made.catalog.models["openai"] ?? [];
  assert.deepEqual([fresh?.id, fresh?.reasoning, fresh?.efforts, fresh?.defaultEffort], ["gpt-9", "none", undefined, undefined]);
  assert.deepEqual(known[0]?.efforts, ["none", "low", "medium", "high", "xhigh"]);
  assert.deepEqual([known[1]?.id, known[1]?.reasoning, known[1]?.efforts], ["gpt-5.4", "none", undefined]);
});

test("only what is called like a key is a key's name", () => {
  const made = collectFacts(api(provider("cf", { env: ["CF_ACCOUNT_ID", "CF_API_TOKEN", "bad name"] })), moonshot, empty, overrides, "now");
  assert.ok(made.ok);
  assert.deepEqual(made.facts.providers[0]?.env, ["CF_API_TOKEN"]);
});

test("Moonshot's live list adds what models.dev does not know, and no reasoning control", () => {
  const made = updateCatalog(
    { api: api(provider("moonshotai", {}, [model("kimi-k2.6", { reasoning: true })])), moonshot },
    wholeCatalog(),
    overrides,
    "now",
  );
  assert.ok(made.ok);
  const models = made.catalog.models["moonshotai"] ?? [];
  assert.deepEqual(
    models.map((each) => [each.id, each.reasoning]),
    [
      ["kimi-k2.6", "effort"],
      ["kimi-k9", "none"],
    ],
  );
  assert.deepEqual(
    [models[1]?.name, models[1]?.contextWindow, models[1]?.input, models[1]?.price],
    ["Kimi K9", 500_000, ["text", "image"], null],
  );
});

test("what is built in stays, also where the sources do not have it", () => {
  const made = updateCatalog({ api: api(provider("good")), moonshot }, wholeCatalog(), overrides, "now");
  assert.ok(made.ok);
  assert.deepEqual(
    made.catalog.providers.map((row) => row.id),
    ["openai", "amazon-bedrock", "ollama", "lmstudio", "good", "demo"],
  );
  assert.equal(made.catalog.models["amazon-bedrock"]?.length, 2);
  assert.equal(made.changes.losses.length, listProviders().length - 5);
});

test("a wrong shape anywhere and an empty list fail the whole, with the place named", () => {
  const problem = (source: unknown, live: unknown = moonshot): string => {
    const made = updateCatalog({ api: source, moonshot: live }, empty, overrides, "now");
    assert.ok(!made.ok);
    return made.problem;
  };
  assert.match(problem([]), /models\.dev: its shape/);
  assert.match(problem({ error: "down" }), /models\.dev: its shape .*error/);
  assert.match(problem(api(provider("good"), provider("bad", { models: { m: { name: 3 } } }))), /bad\.models\.m/);
  assert.match(problem({}), /no provider in it can be used/);
  assert.match(problem(api(provider("good")), { data: [] }), /Moonshot's list is empty/);
  assert.match(problem(api(provider("good")), { error: { message: "no" } }), /Moonshot's list: its shape/);
});

test("a lost provider, a lost model, a moved address and another key's name are losses; new ones are not", () => {
  const make = (...providers: object[]): CatalogData => {
    const made = updateCatalog({ api: api(...providers), moonshot }, empty, overrides, "now");
    assert.ok(made.ok);
    return made.catalog;
  };
  const old = make(provider("a", {}, [model("x"), model("y")]), provider("b"), provider("c"));
  const now = make(
    provider("a", { api: "https://evil.example/v1", env: ["B_KEY"] }, [model("x"), model("z")]),
    provider("c", { npm: "@ai-sdk/anthropic" }),
    provider("d"),
  );
  const { losses, gains } = compareCatalogs(old, now);
  assert.deepEqual(losses, [
    "a: its address was https://a.example/v1 and is now https://evil.example/v1",
    "a: its key came from A_KEY and comes from B_KEY",
    "a: 2 → 2 models; gone: y",
    "b: vanished, with 1 model",
    "c: its address was https://c.example/v1 and is now https://c.example",
    "c: its wire was chat and is now messages",
  ]);
  assert.deepEqual(gains, ["a: new: z", "d: new, https://d.example/v1, with 1 model"]);
  assert.deepEqual(compareCatalogs(old, old), { losses: [], gains: [] });
});
