// `interpane catalog update` and what reads the file that it writes: nothing changes unless all went well.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { listProviders, loadModels, modelsOf, wholeCatalog } from "../../src/catalog/catalog.ts";
import { loadCatalog } from "../../src/catalog/user-catalog.ts";
import type { Io } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { createFakeIo, type FakeIo } from "./fake-io.ts";

before(loadModels);

/** models.dev's shape with all that the bundled catalog has, so that nothing is lost. */
function wholeApi(): Record<string, { id: string; models: Record<string, unknown> }> {
  const { providers, models } = wholeCatalog();
  const hosted = providers.filter((row) => row.baseUrl.startsWith("https:") && row.id !== "amazon-bedrock");
  const entries = hosted.map((row) => {
    const npm = row.wire === "messages" ? "@ai-sdk/anthropic" : "@ai-sdk/openai-compatible";
    const own = (models[row.id] ?? []).map((model) => [model.id, { id: model.id, name: model.name, tool_call: true, reasoning: true }]);
    return [row.id, { id: row.id, name: row.name, npm, api: row.baseUrl, env: row.env, models: Object.fromEntries(own) }] as const;
  });
  return Object.fromEntries(entries);
}

const live = { data: [{ id: "kimi-k2.6", context_length: 262_144 }] };

interface Place {
  readonly root: string;
  readonly file: string;
  io(over?: Partial<Parameters<typeof createFakeIo>[0]>): FakeIo;
  put(name: string, value: unknown): string;
}

function place(context: TestContext): Place {
  const root = mkdtempSync(join(tmpdir(), "interpane-catalog-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  return {
    root,
    file: join(root, "catalog.json"),
    io: (over = {}) => createFakeIo({ root, ...over }),
    put(name, value) {
      writeFileSync(join(root, name), typeof value === "string" ? value : JSON.stringify(value));
      return name;
    },
  };
}

test("models prints every model with its provider, or those of one, and providers 120 rows", async (context) => {
  const at = place(context);
  const all = at.io();
  assert.equal(await runCli(["models", "--json"], all), 0);
  const rows = JSON.parse(all.out()) as { provider: string; id: string }[];
  assert.equal(rows.length, 3037);
  const one = at.io();
  assert.equal(await runCli(["models", "--provider", "groq", "--json"], one), 0);
  assert.deepEqual(
    JSON.parse(one.out()),
    rows.filter((row) => row.provider === "groq"),
  );
  const table = at.io();
  assert.equal(await runCli(["models", "--provider=openai"], table), 0);
  assert.match(table.out(), /^MODEL +NAME +CONTEXT +OUTPUT +TAKES +REASONING +\$ IN\/M/);
  assert.match(table.out(), /gpt-5\.5 +GPT-5\.5 +1050000 +128000 +text\+image +effort none\/low\/medium\/high\/xhigh +5\.00 +30\.00/);
  const providers = at.io();
  assert.equal(await runCli(["providers", "--json"], providers), 0);
  assert.equal((JSON.parse(providers.out()) as unknown[]).length, 120);
  const wrong = at.io();
  assert.equal(await runCli(["models", "--provider", "opnai"], wrong), 2);
  assert.match(wrong.err(), /did you mean "openai"/);
});

test("no key, no answer, an error, no JSON and an empty list change nothing and fail", async (context) => {
  const at = place(context);
  const from = at.put("api.json", wholeApi());
  const answer = (response: () => Response): Io["fetchTo"] => {
    return () => Promise.resolve(() => Promise.resolve(response()));
  };
  const cases: [string[], Partial<Parameters<typeof createFakeIo>[0]>, number, RegExp][] = [
    [["--from", from], {}, 2, /set MOONSHOT_API_KEY or KIMI_API_KEY/],
    [
      ["--from", from],
      { env: { KIMI_API_KEY: "k" }, fetchTo: answer(() => new Response("no", { status: 401 })) },
      3,
      /moonshot\.ai answered 401/,
    ],
    [["--from", from], { env: { KIMI_API_KEY: "k" }, fetchTo: answer(() => Response.json({ data: [] })) }, 1, /Moonshot's list is empty/],
    [["--moonshot", at.put("live.json", live)], {}, 3, /no network in this test/],
    [["--moonshot", "live.json"], { fetchTo: answer(() => new Response("<html>")) }, 1, /models\.dev\/api\.json is not JSON/],
    [["--from", at.put("bad.json", "{"), "--moonshot", "live.json"], {}, 1, /bad\.json is not JSON/],
    [["--from", "nothing.json", "--moonshot", "live.json"], {}, 2, /nothing\.json cannot be read/],
    [["--from", at.put("empty.json", {}), "--moonshot", "live.json"], {}, 1, /no provider in it can be used/],
  ];
  for (const [argv, over, code, said] of cases) {
    const own = at.io(over);
    assert.equal(await runCli(["catalog", "update", ...argv], own), code, argv.join(" "));
    assert.match(own.err(), said);
    assert.match(own.err(), /the catalog is as it was/);
  }
  assert.ok(!readdirSync(at.root).some((name) => name.startsWith("catalog.json")));
});

test("a key goes to Moonshot alone, models.dev gets none", async (context) => {
  const at = place(context);
  const asked: [string, string | null][] = [];
  const own = at.io({
    env: { MOONSHOT_API_KEY: "sk-moon", KIMI_API_KEY: "sk-kimi" },
    fetchTo: (origin, key) => {
      asked.push([origin, key]);
      return Promise.resolve(() => Promise.resolve(Response.json(origin.includes("moonshot") ? live : wholeApi())));
    },
  });
  assert.equal(await runCli(["catalog", "update"], own), 0);
  assert.deepEqual(asked, [
    ["https://models.dev", null],
    ["https://api.moonshot.ai", "sk-moon"],
  ]);
  assert.ok(!`${own.out()}${own.err()}${readFileSync(at.file, "utf8")}`.includes("sk-"));
});

test("what vanished is listed and needs --accept; then the file is whole, and read over the bundled rows", async (context) => {
  const at = place(context);
  const api = wholeApi();
  delete api["zeldoc"];
  delete api["groq"]?.models[Object.keys(api["groq"]?.models ?? {})[0] ?? ""];
  api["brand-new"] = { ...api["deepseek"], id: "brand-new", name: "Brand New", api: "https://new.example/v1", env: ["NEW_KEY"] } as never;
  at.put("live.json", live);
  const argv = ["catalog", "update", "--from", at.put("api.json", api), "--moonshot", "live.json"];
  const refused = at.io();
  assert.equal(await runCli(argv, refused), 4);
  assert.match(refused.out(), /^- groq: 18 → 17 models; gone: /m);
  assert.match(refused.out(), /^- zeldoc: vanished, with 1 model$/m);
  assert.match(refused.out(), /^\+ brand-new: new, https:\/\/new\.example\/v1/m);
  assert.match(refused.err(), /2 lines begin with "-"; .*--accept/);
  assert.ok(!readdirSync(at.root).includes("catalog.json"));

  const taken = at.io();
  assert.equal(await runCli([...argv, "--accept"], taken), 0);
  assert.match(taken.out(), /120 providers, 3039 models: .*catalog\.json/);
  assert.deepEqual(
    readdirSync(at.root).filter((name) => name.startsWith("catalog.json")),
    ["catalog.json"],
  );
  const shown = at.io();
  assert.equal(await runCli(["providers", "--json"], shown), 0);
  const rows = JSON.parse(shown.out()) as { id: string; wire: string; env: string[] }[];
  assert.ok(!rows.some((row) => row.id === "zeldoc"));
  assert.deepEqual(rows.find((row) => row.id === "brand-new")?.env, ["NEW_KEY"]);
  assert.ok(["openai", "amazon-bedrock", "ollama", "lmstudio"].every((id) => rows.some((row) => row.id === id)));
  assert.equal(listProviders().at(-1)?.id, "demo");
  assert.equal(modelsOf("demo").length, 1);
  const again = at.io();
  assert.equal(await runCli(argv, again), 0, again.out());
});

test("a broken file is named and ignored, and cannot change how a key travels or where a built-in provider is", async (context) => {
  const at = place(context);
  const before = listProviders();
  const row = { id: "x", name: "X", wire: "chat", baseUrl: "https://x.example", env: [] };
  for (const [text, why] of [
    ["{", /catalog\.json is ignored.*it is not JSON.*interpane catalog update/],
    [JSON.stringify({ asOf: "x", providers: [{ ...row, wire: "smoke" }], models: {} }), /is ignored.*providers\.0\.wire/],
    [JSON.stringify({ asOf: "x", providers: [{ ...row, baseUrl: "http://x.example" }], models: {} }), /is ignored.*baseUrl/],
    [JSON.stringify({ asOf: "x", providers: [], models: { x: [{ id: 3 }] } }), /is ignored.*models\.x\.0\.id/],
  ] as const) {
    at.put("catalog.json", text);
    assert.match((await loadCatalog(at.file)) ?? "", why);
    assert.equal(listProviders(), before);
  }
  const evil = { id: "openai", name: "OpenAI", wire: "chat", baseUrl: "https://evil.example", env: ["OPENAI_API_KEY"] };
  at.put("catalog.json", { asOf: "x", providers: [evil, { ...row, auth: { type: "header", header: "x-evil" } }], models: {} });
  assert.equal(await loadCatalog(at.file), null);
  assert.equal(listProviders().find((each) => each.id === "openai")?.baseUrl, "https://api.openai.com/v1");
  assert.equal(listProviders().find((each) => each.id === "x")?.auth.header, "authorization");
});
