// Local servers are found on loopback only, quickly, and what they pass on to a cloud is not called local.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { localBaseUrl, probeLocalServers } from "../../src/host/local-servers.ts";
import { createDoor } from "../../src/net/door.ts";
import { serveHttp } from "../support/loopback.ts";

const door = createDoor();
after(() => door.close());

async function serve(answers: Readonly<Record<string, unknown>>): Promise<string> {
  const { origin } = await serveHttp((request, response) => {
    const answer = answers[request.url ?? ""];
    if (answer === "hang") return;
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer ?? {}));
  });
  return origin;
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

test("Ollama says of each model whether it sees, takes tools and how much it holds; asked once for one digest", async () => {
  const asked: string[] = [];
  const show: Readonly<Record<string, unknown>> = {
    "llava:7b": { capabilities: ["completion", "vision"], model_info: { "general.architecture": "llama", "llama.context_length": 4096 } },
    "gemma4:4b": {
      capabilities: ["completion", "tools", "vision"],
      model_info: { "general.architecture": "gemma4", "gemma4.context_length": 131072 },
      parameters: "temperature 0.7\nnum_ctx    16384",
    },
    "qwen3:32b": { capabilities: ["completion", "tools"], model_info: { "general.architecture": "qwen3", "qwen3.context_length": 40960 } },
    "vectors:1b": { capabilities: ["embedding"], model_info: {} },
    "odd:1b": { capabilities: 7, model_info: "?" },
    "phi4:14b": { capabilities: ["completion", "tools"], model_info: { "general.architecture": "phi3", "phi3.context_length": 16384 } },
  };
  const models = Object.keys(show).map((name, n) => ({ name, size: (n + 1) * 1e9, digest: `d${n}` }));
  const { origin } = await serveHttp((request, response) => {
    const answer = (body: unknown): void => void response.end(JSON.stringify(body));
    if (request.url === "/api/version") return answer({ version: "0.20.1" });
    if (request.url === "/api/tags") return answer({ models: [...models, { name: "gone:1b", size: 9e9, digest: "dx" }] });
    if (request.url === "/api/ps") return answer({ models: [{ name: "qwen3:32b", context_length: 8192 }] });
    let sent = "";
    request.on("data", (chunk) => (sent += String(chunk)));
    request.on("end", () => {
      const { model } = JSON.parse(sent) as { model: string };
      assert.deepEqual([request.url, request.method], ["/api/show", "POST"]);
      asked.push(model);
      if (show[model] === undefined) response.statusCode = 404;
      answer(show[model] ?? { error: "no such model" });
    });
  });
  const env = {
    INTERPANE_OLLAMA_URL: origin,
    INTERPANE_LMSTUDIO_URL: closed,
    INTERPANE_JAN_URL: closed,
  };
  const shown = new Map();
  const [found] = await probeLocalServers(door, env, 5000, shown);
  assert.deepEqual(
    found?.models.map(({ id, name, input, contextWindow }) => [id, name, input.includes("image"), contextWindow]),
    [
      ["llava:7b", "llava:7b (no tools)", true, 4096],
      ["gemma4:4b", "gemma4:4b", true, 16384],
      ["qwen3:32b", "qwen3:32b", false, 8192],
      ["odd:1b", "odd:1b", false, null],
      ["phi4:14b", "phi4:14b", false, 16384],
      ["gone:1b", "gone:1b", false, null],
    ],
  );
  assert.deepEqual([found?.fast, found?.smart], ["gemma4:4b", "gone:1b"]);
  // Only of one that does not run, was not set up, and could hold more than the least that Ollama gives.
  assert.deepEqual(
    found?.models.filter((model) => model.isContextMost === true).map((model) => model.id),
    ["phi4:14b"],
  );
  assert.equal(asked.length, 7);
  await probeLocalServers(door, env, 5000, shown);
  assert.deepEqual(asked.slice(7), ["gone:1b"], "only what was not answered is asked again");
});

test("LM Studio's models say what they see and hold, in its newer and its older list; Jan is asked for neither", async () => {
  const v1 = {
    models: [
      {
        type: "llm",
        key: "google/gemma-3-4b",
        max_context_length: 131072,
        loaded_instances: [{ id: "x", config: { context_length: 8192 } }],
        capabilities: { vision: true, trained_for_tool_use: false },
      },
      { type: "embedding", key: "vectors", max_context_length: 2048, loaded_instances: [] },
    ],
  };
  const v0 = {
    data: [
      { id: "google/gemma-3-4b", type: "vlm", state: "not-loaded", max_context_length: 32768 },
      { id: "vectors", type: "embeddings", max_context_length: 2048 },
    ],
  };
  const list = { data: [{ id: "google/gemma-3-4b" }, { id: "vectors" }, { id: "other" }] };
  for (const [answers, contextWindow] of [
    [{ "/v1/models": list, "/api/v1/models": v1 }, 8192],
    [{ "/v1/models": list, "/api/v0/models": v0 }, 32768],
  ] as const) {
    const url = await serve(answers);
    const found = await probeLocalServers(door, { OLLAMA_HOST: closed, INTERPANE_LMSTUDIO_URL: url, INTERPANE_JAN_URL: url }, 5000);
    assert.deepEqual(
      found[1]?.models.map((model) => [model.id, model.input.includes("image"), model.contextWindow]),
      [
        ["google/gemma-3-4b", true, contextWindow],
        ["other", false, null],
      ],
    );
    assert.deepEqual(found[2]?.models.length, 3);
  }
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

test("three servers at once are each found at a port of their own", async () => {
  const ollama = await serve({ "/api/version": { version: "0.20.1" }, "/api/tags": { models: [{ name: "qwen3:4b", size: 3e9 }] } });
  const lmstudio = await serve({ "/v1/models": { data: [{ id: "openai/gpt-oss-20b" }] } });
  const jan = await serve({ "/v1/models": { data: [{ id: "jan-v1-4b" }] } });
  const found = await probeLocalServers(door, { OLLAMA_HOST: ollama, INTERPANE_LMSTUDIO_URL: lmstudio, INTERPANE_JAN_URL: jan });
  assert.deepEqual(
    found.map(({ provider, baseUrl, models }) => [provider, baseUrl, models.map((model) => model.id)]),
    [
      ["ollama", `${ollama}/v1`, ["qwen3:4b"]],
      ["lmstudio", `${lmstudio}/v1`, ["openai/gpt-oss-20b"]],
      ["jan", `${jan}/v1`, ["jan-v1-4b"]],
    ],
  );
});
