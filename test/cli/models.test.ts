// Models that the catalog does not hold are asked for through the server, and fetched through it, with progress on stderr.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import { type FakeServer, startFakeServer } from "../client/fake-server.ts";
import { createFakeIo, type FakeIo } from "./fake-io.ts";

let server: FakeServer;
before(async () => {
  server = await startFakeServer();
});
after(() => server.close());

function io(over: Partial<Parameters<typeof createFakeIo>[0]> = {}): FakeIo {
  return createFakeIo({ root: server.root, ...over });
}

const model = {
  id: "m",
  name: "M",
  contextWindow: null,
  maxOutput: null,
  input: ["text" as const],
  reasoning: "none" as const,
  price: null,
};

test("a provider of the user's own is asked for its models through the server", async () => {
  writeFileSync(join(server.root, "config.toml"), "[model_providers.my-gateway]\n[model_providers.my-nonsense]\n");
  const own = io();
  const code = runCli(["models", "--provider", "my-gateway", "--json"], own);
  const client = await server.client();
  const { id, query } = await client.query("models");
  assert.deepEqual(query, { type: "models", provider: "my-gateway" });
  client.send({ type: "answer", id, value: { type: "models", rows: [model], problem: null } });
  assert.equal(await code, 0);
  assert.deepEqual(JSON.parse(own.out()), [{ provider: "my-gateway", ...model }]);

  const unknown = io();
  const failed = runCli(["models", "--provider", "my-nonsense"], unknown);
  const second = await server.client();
  const asked = await second.query("models");
  second.send({ type: "answer", id: asked.id, value: { type: "models", rows: [], problem: 'provider "my-nonsense" is not known' } });
  assert.equal(await failed, 2);
  assert.match(unknown.err(), /is not known/);
});

test("models pull shows how far it is, and ends with what the server says", async () => {
  const own = io({ isTerminal: true });
  const code = runCli(["models", "pull", "ollama/gpt-oss:20b"], own);
  const client = await server.client();
  const { id, command } = await client.command("model.pull");
  assert.deepEqual(command, { type: "model.pull", provider: "ollama", model: "gpt-oss:20b" });
  client.send({
    type: "pulse",
    pulse: { type: "pull", provider: "ollama", model: "gpt-oss:20b", status: "pulling", done: 5e9, total: 20e9 },
  });
  client.ok(id, { note: "ollama/gpt-oss:20b is here" });
  assert.equal(await code, 0);
  assert.match(own.err(), /gpt-oss:20b █{5}░{15} 25% of 20\.0 GB/);
  assert.equal(own.out(), "ollama/gpt-oss:20b\n");

  const refused = io();
  const failed = runCli(["models", "pull", "ollama/nope"], refused);
  const second = await server.client();
  const asked = await second.command("model.pull");
  second.send({ type: "reply", id: asked.id, ok: false, reason: "Ollama could not fetch nope: file does not exist" });
  assert.equal(await failed, 1);
  assert.match(refused.err(), /file does not exist/);
});

test("a pull without a provider and a model says how it is written", async () => {
  for (const word of [[], ["gpt-oss"], ["/x"], ["ollama/"]]) {
    const own = io();
    assert.equal(await runCli(["models", "pull", ...word], own), 2);
    assert.match(own.err(), /interpane models pull ollama\/MODEL/);
  }
});
