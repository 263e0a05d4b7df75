// Local servers are found on loopback only, quickly, and what they pass on to a cloud is not called local.

import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { localBaseUrl, probeLocalServers } from "../../src/host/local-servers.ts";
import { createDoor } from "../../src/net/door.ts";

const door = createDoor();
const servers: http.Server[] = [];
after(() => {
  door.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answers: Readonly<Record<string, unknown>>): Promise<string> {
  const server = http.createServer((request, response) => {
    const answer = answers[request.url ?? ""];
    if (answer === "hang") return;
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port that nothing listens on. */
const closed = "http://127.0.0.1:1";

test("Ollama's models are found, without embeddings and without what runs in a cloud; the sizes choose fast and smart", async () => {
  const ollama = await serve({
    "/api/version": { version: "0.20.1" },
    "/api/tags": {
      models: [
        { name: "qwen3:32b", size: 20e9 },
        { name: "qwen3:4b", size: 3e9 },
        { name: "gpt-oss:120b-cloud", size: 300 },
        { name: "kimi", size: 1, remote_host: "https://ollama.com" },
        { name: "nomic-embed-text:latest", size: 1e8, details: { family: "nomic-bert" } },
      ],
    },
  });
  const [found] = await probeLocalServers(door, {
    INTERPANE_OLLAMA_URL: ollama,
    INTERPANE_LMSTUDIO_URL: closed,
    INTERPANE_JAN_URL: closed,
  });
  assert.ok(found?.isAnswering);
  assert.deepEqual(
    found.models.map((model) => model.id),
    ["qwen3:32b", "qwen3:4b"],
  );
  assert.deepEqual([found.fast, found.smart, found.version, found.baseUrl], ["qwen3:4b", "qwen3:32b", "0.20.1", `${ollama}/v1`]);
});

test("LM Studio's models are found", async () => {
  const lmstudio = await serve({
    "/v1/models": { data: [{ id: "openai/gpt-oss-20b" }, { id: "text-embedding-nomic" }] },
  });
  const found = (await probeLocalServers(door, { OLLAMA_HOST: closed, INTERPANE_LMSTUDIO_URL: lmstudio, INTERPANE_JAN_URL: closed }))[1];
  assert.deepEqual(
    found?.models.map((model) => model.id),
    ["openai/gpt-oss-20b"],
  );
});

test("nothing there, nonsense, and silence all mean: not answering", async () => {
  const nonsense = await serve({ "/api/version": "no", "/api/tags": { models: 3 }, "/v1/models": "<html>" });
  const silent = await serve({ "/api/version": "hang", "/v1/models": "hang" });
  for (const url of [closed, nonsense, silent]) {
    const found = await probeLocalServers(door, { OLLAMA_HOST: url, INTERPANE_LMSTUDIO_URL: url, INTERPANE_JAN_URL: url }, 100);
    assert.deepEqual(
      found.map((server) => server.isAnswering),
      [false, false, false],
      url,
    );
  }
});

test("the environment may move a local server, but only on loopback", () => {
  const at = (host: string): string => localBaseUrl("ollama", { OLLAMA_HOST: host });
  assert.equal(at("127.0.0.1:9999"), "http://127.0.0.1:9999/v1");
  assert.equal(at(":9999"), "http://127.0.0.1:9999/v1");
  assert.equal(at("0.0.0.0"), "http://127.0.0.1:11434/v1");
  assert.equal(at("0.0.0.0:8080"), "http://127.0.0.1:8080/v1");
  assert.equal(at("http://localhost:5000/"), "http://localhost:5000/v1");
  assert.equal(at("[::1]:7000"), "http://[::1]:7000/v1");
  for (const foreign of ["evil.example", "http://10.0.0.2:11434", "https://ollama.com", "127.0.0.1.evil.example:1", "", "::::"]) {
    assert.equal(at(foreign), "http://localhost:11434/v1", foreign);
  }
});

test("Jan's models are found beside those of the others, and a port alone says where", async () => {
  const jan = await serve({ "/v1/models": { data: [{ id: "jan-v1-4b" }] } });
  const found = await probeLocalServers(door, {
    OLLAMA_HOST: closed,
    INTERPANE_LMSTUDIO_URL: closed,
    INTERPANE_JAN_URL: new URL(jan).port,
  });
  assert.deepEqual(
    found.map((server) => [server.provider, server.isAnswering]),
    [
      ["ollama", false],
      ["lmstudio", false],
      ["jan", true],
    ],
  );
  assert.deepEqual([found[2]?.fast, found[2]?.baseUrl], ["jan-v1-4b", `${jan}/v1`]);
  assert.equal(localBaseUrl("jan", {}), "http://127.0.0.1:1337/v1");
  assert.equal(localBaseUrl("jan", { INTERPANE_JAN_URL: "https://jan.example" }), "http://127.0.0.1:1337/v1");
});
