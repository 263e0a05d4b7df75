// A provider's own list of models is asked for with its own key, at its own address, and stands over what the catalog knows.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { bundledCatalog } from "../../src/catalog/bundled.ts";
import { loadModels } from "../../src/catalog/catalog.ts";
import { harnessesFor } from "../../src/harness/table.ts";
import { parseConfig } from "../../src/host/config.ts";
import { createProfiles, type HostProfiles } from "../../src/host/profiles.ts";
import { createDoor } from "../../src/net/door.ts";
import { createCredentialOpener } from "../../src/server/credentials-open.ts";
import { createModelPicker, type ListModels } from "../../src/server/model-picker.ts";

before(loadModels);

interface Place {
  readonly list: ListModels;
  readonly profiles: HostProfiles;
  readonly asked: http.IncomingMessage[];
}

async function place(context: TestContext, table: string, env: Record<string, string>, answer: object): Promise<Place> {
  const asked: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const userDir = mkdtempSync(join(tmpdir(), "interpane-picker-"));
  const door = createDoor();
  context.after(() => {
    door.close();
    server.closeAllConnections();
    server.close();
    rmSync(userDir, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const read = parseConfig(`[model_providers.gate]\nbase_url = "${url}"\n${table}\n`, "config.toml");
  assert.deepEqual(read.problems, []);
  const profiles = createProfiles({
    bundledDir: userDir,
    userDir,
    config: () => read,
    catalog: bundledCatalog,
    chooseHarness: () => "native",
    harnessesFor,
    env: () => env,
    hasVaultKey: () => false,
    probeLocal: async () => [],
  });
  const open = createCredentialOpener({
    env: () => env,
    commandEnv: () => ({}),
    vault: { isLocked: false, open: async () => ({ ok: false, problem: "no vault here" }), has: () => false },
    config: () => read,
    signedIn: { accessToken: async () => ({ ok: false, problem: "nobody is signed in" }) },
    nowMs: () => 0,
  });
  return { list: createModelPicker({ door, open, profiles, config: () => read, env: () => env, nowMs: () => 0 }), profiles, asked };
}

test("the list is asked for with the provider's key, headers and query, filled from the catalog, and known to profiles from then on", async (context) => {
  const env = { GROQ_API_KEY: "sk-gate", TEAM: "core" };
  const table = 'env_key = "GROQ_API_KEY"\nwire_api = "chat"\nquery_params = { v = "2" }\nenv_http_headers = { X-Team = "TEAM" }';
  const answer = { data: [{ id: "brand-new", context_length: 4096 }, { id: "openai/gpt-oss-20b" }] };
  const { list, profiles, asked } = await place(context, table, env, answer);
  const { rows, problem } = await list("gate", false);
  assert.equal(problem, null);
  assert.equal(asked[0]?.url, "/v1/models?v=2");
  assert.equal(asked[0]?.headers.authorization, "Bearer sk-gate");
  assert.equal(asked[0]?.headers["x-team"], "core");
  assert.equal(rows.find((model) => model.id === "brand-new")?.contextWindow, 4096);
  const known = rows.find((model) => model.id === "openai/gpt-oss-20b");
  assert.equal(known?.contextWindow, 131_072);
  // Another place than Groq's own: its prices are not known.
  assert.equal(known?.price, null);
  const resolved = profiles.resolve("gate/brand-new");
  assert.ok(resolved.ok);
  assert.equal(resolved.profile.contextWindow, 4096);
  await list("gate", false);
  assert.equal(asked.length, 1);
});

test("the Messages API is asked at its own path, with its own header and version", async (context) => {
  const table = 'env_key = "GATE_KEY"\nwire_api = "messages"';
  const { list, asked } = await place(context, table, { GATE_KEY: "sk-gate" }, { data: [{ type: "model", id: "m", display_name: "M" }] });
  const { rows } = await list("gate", false);
  assert.deepEqual(
    rows.map((model) => [model.id, model.name]),
    [["m", "M"]],
  );
  assert.equal(asked[0]?.url, "/v1/models?limit=1000");
  assert.deepEqual(
    [asked[0]?.headers["x-api-key"], asked[0]?.headers["anthropic-version"], asked[0]?.headers.authorization],
    ["sk-gate", "2023-06-01", undefined],
  );
});

test("without a key nothing is asked and the reason is one line; offline a hosted provider is not asked either", async (context) => {
  const { list, asked } = await place(context, 'env_key = "GATE_KEY"', {}, {});
  assert.match((await list("gate", false)).problem ?? "", /GATE_KEY is not set/);
  assert.match((await list("nonsense", false)).problem ?? "", /"nonsense" is not known/);
  const away = await place(context, "", { OPENAI_API_KEY: "sk-o" }, {});
  const { rows, problem } = await away.list("openai", true);
  assert.match(problem ?? "", /^offline: /);
  assert.equal(rows.length, 40);
  assert.equal(asked.length + away.asked.length, 0);
});
