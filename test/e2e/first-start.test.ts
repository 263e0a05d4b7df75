// The first minutes of a new user: nothing configured, a key found, a model server found, a key pasted.

import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { makeHome, packageDir } from "../support/home.ts";
import { say as reply, startModelServer } from "../support/model-server.ts";
import type { Program } from "../support/pty-driver.ts";
import { panes, say, sidebar } from "./trip.ts";

test("with no key and no network the demo says what it is and how a real model is added, in the folder one stood in under npm", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open({ cwd: packageDir, env: { INIT_CWD: home.folder, npm_lifecycle_event: "start", npm_command: "start" } });
  const text = await program.waitFor(/a scripted model, not an AI/);
  assert.match(text, /paste an API key/);
  assert.match(text, /start Ollama or LM Studio/);
  assert.match(text, /what OS am I using\?/);
  assert.ok(text.includes(home.folder), `the workspace is not ${home.folder}:\n${text}`);
  assert.match(sidebar(program), /○ 1 agent 1 +demo\n +idle/);
  program.key("C-b", "Q");
  await program.exited;

  // With -y in a new folder: what is typed at once is for the agent that is there, which asks nothing.
  const other = join(home.folder, "other");
  mkdirSync(other);
  const auto = home.open({ args: ["-y"], cwd: other });
  await auto.waitFor(() => auto.modes().isAlternate);
  say(auto, "run: echo typed-$((40+2))");
  await auto.waitFor(/typed-42/);
  assert.match(sidebar(auto), /[●◉○] 1 run: echo/);
  assert.doesNotMatch(auto.text(), / 2 (?:run|agent)/);
});

test("a key in the environment that the catalog knows is offered first, and taken with Enter; the key is not on the screen", async (t) => {
  const home = makeHome({ env: { GROQ_API_KEY: "gsk_only0for1this2test3of4nothing" }, config: 'default_profile = "demo"\n' });
  t.after(home.close);
  const program = home.open();
  const text = await program.waitFor(/ready to use/);
  assert.match(text, /1 use Groq · .*GROQ_API_KEY is set/);
  program.key("enter");
  await program.waitFor(/○ 1 agent 1 +groq/);
  assert.ok(!program.bytes().includes("gsk_only0"), "the key was written to the terminal");
});

test("an Ollama that answers on loopback is found, and is who answers where nothing else was set up", async (t) => {
  const asked: string[] = [];
  const ollama = createServer((request, response) => {
    asked.push(request.url ?? "");
    const body =
      request.url === "/api/version"
        ? { version: "0.20.0" }
        : request.url === "/api/tags"
          ? { models: [{ name: "tiny:1b", size: 5, details: { family: "llama" } }] }
          : null;
    response.writeHead(body === null ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(body ?? { error: { message: "model-is-here" } }));
  });
  await new Promise<void>((resolve) => ollama.listen(0, "127.0.0.1", resolve));
  t.after(() => ollama.close());
  // Listening on TCP: never a pipe.
  const { port } = ollama.address() as AddressInfo;
  const home = makeHome({ env: { INTERPANE_OLLAMA_URL: "", OLLAMA_HOST: `127.0.0.1:${port}` } });
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/tiny:1b at Ollama/);
  say(program, "hello");
  await program.waitFor(/model-is-here/);
  assert.deepEqual(
    asked.filter((url) => url.startsWith("/v1")),
    ["/v1/responses"],
  );
});

test("a key pasted on the first screen is tested, kept encrypted in a 0600 vault, and used there", async (t) => {
  const key = "sk-proj-Paste0d1On2First3Screen4";
  const server = await startModelServer(reply("Hello from the tested key."), { models: ["small"] });
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "demo"\n[model_providers.house]\nname = "House"\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n`,
    profiles: { house: "provider: house\nmodel: small\n" },
  });
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  program.paste(key);
  await program.waitFor(/whose key is it/);
  assert.ok(!program.bytes().includes(key), "the key was drawn");
  await program.waitFor(/House/);
  await chooseProvider(program, "House");
  program.key("enter");
  await program.waitFor(/○ 1 agent 1 +house/);
  say(program, "hello");
  await program.waitFor(/Hello from the tested key/);
  const test = server.requests.find((request) => request.url === "/v1/models");
  const used = server.requests.find((request) => request.api === "chat");
  for (const request of [test, used]) assert.equal(request?.headers.authorization, `Bearer ${key}`);
  assert.equal(statSync(join(home.root, "vault.json")).mode & 0o777, 0o600);
  for (const [path, bytes] of home.files()) assert.ok(!bytes.includes(key), `the key stands in ${path}`);
  assert.ok(!program.bytes().includes(key), "the key was drawn");
  assert.ok(!panes(program).includes("Paste0d1"));
});

test("a key that its provider refuses is not kept, and the sentence says so", async (t) => {
  const provider = createServer((_, response) => void response.writeHead(401).end());
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  t.after(() => provider.close());
  const { port } = provider.address() as AddressInfo;
  const home = makeHome({
    config: `default_profile = "demo"\n[model_providers.house]\nname = "House"\nbase_url = "http://127.0.0.1:${port}/v1"\n`,
    profiles: { house: "provider: house\nmodel: small\n" },
  });
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  program.paste("sk-proj-Wrong0d1On2First3Screen4");
  await program.waitFor(/House/);
  await chooseProvider(program, "House");
  program.key("enter");
  await program.waitFor(/House refused the key \(401\)/);
  program.key("escape");
  await program.waitFor((text) => !text.includes("whose key is it"));
  assert.match(sidebar(program), /agent 1 +demo/);
  assert.ok(![...home.files().keys()].some((path) => path.endsWith("vault.json")));
});

async function chooseProvider(program: Program, name: string): Promise<void> {
  while (!program.text().includes(`› ${name}`)) {
    const before = program.text();
    program.key("up");
    await program.waitFor((text) => text !== before);
  }
}
