// A whole request of the models port with a credential that has to be made first: signed for Bedrock, or printed by a command.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { bearerAuth } from "../../src/catalog/auth.ts";
import type { SessionId } from "../../src/domain/ids.ts";
import type { Profile } from "../../src/domain/profile.ts";
import type { ModelEvent } from "../../src/domain/stream.ts";
import type { ModelRequest } from "../../src/engine/ports.ts";
import { systemClock } from "../../src/host/clock.ts";
import { parseConfig } from "../../src/host/config.ts";
import { createDoor } from "../../src/net/door.ts";
import type { SecretSources } from "../../src/server/credentials-open.ts";
import { createModels } from "../../src/server/models.ts";
import { makeGround, serve } from "../host-auth/ground.ts";
import { verifySignature } from "../host-auth/sigv4.ts";
import { fakeImages } from "../support/fake-ports.ts";
import { profileWith } from "../support/profile.ts";

const door = createDoor();
after(() => door.close());

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

const answered = [
  { type: "response.output_text.delta", delta: "hello" },
  {
    type: "response.completed",
    response: {
      status: "completed",
      output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "hello" }] }],
      usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
    },
  },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join("");
const stream = { status: 200, headers: { "content-type": "text/event-stream" }, body: answered };

function profileOf(origin: string, more: Partial<Profile>): Profile {
  return profileWith({
    provider: "mine",
    wire: "responses",
    baseUrl: `${origin}/openai/v1`,
    origin,
    auth: bearerAuth,
    credential: "command",
    model: "openai.gpt-5.5",
    modelName: "GPT-5.5",
    reasoning: "effort",
    tools: ["interpreter"],
    ...more,
  });
}

async function ask(
  profile: Profile,
  sources: Partial<SecretSources>,
  toml = "",
  file = "/nowhere/config.toml",
  more: Partial<ModelRequest> = {},
): Promise<ModelEvent> {
  const config = (): ReturnType<typeof parseConfig> => parseConfig(toml, file);
  const secrets: SecretSources = {
    env: () => ({}),
    commandEnv: () => ({ PATH: "/usr/bin:/bin" }),
    vault: { isLocked: false, open: async () => ({ ok: false, problem: "nothing there" }), has: () => false },
    config,
    signedIn: { accessToken: () => Promise.resolve({ ok: false, problem: "nobody is signed in" }) },
    nowMs: Date.now,
    ...sources,
  };
  const models = createModels({ door, clock: systemClock, secrets, config, images: fakeImages() });
  const session = "s-test" as SessionId;
  const request = { profile, session, instructions: "be brief", items: [], tools: [], isOffline: false, ...more };
  let last: ModelEvent | null = null;
  for await (const event of models.stream(request, new AbortController().signal)) last = event;
  assert.ok(last !== null);
  return last;
}

test("the profile of Bedrock streams an answer from a server that takes nothing but a right signature", async (context: TestContext) => {
  const { origin, seen } = await serve(context, (request) => {
    const { problem, service } = verifySignature(request, () => keys.secretAccessKey, Date.now());
    return problem === null && service === "bedrock-mantle" ? stream : { status: 403, body: JSON.stringify({ message: problem }) };
  });
  const aws = {
    regionOf: () => "us-west-2",
    readKeys: () => Promise.resolve({ ok: true, keys, expiresAtMs: null } as const),
  };
  const done = await ask(profileOf(origin, { provider: "amazon-bedrock", credential: "aws" }), { aws });
  assert.equal(done.type, "done", JSON.stringify(done));
  assert.equal(seen[0]?.url, "/openai/v1/responses");
  assert.deepEqual(
    seen[0]?.headers.authorization
      ?.match(/Credential=[^,]+/)?.[0]
      ?.split("/")
      .slice(2),
    ["us-west-2", "bedrock-mantle", "aws4_request"],
  );
});

test("an expired signature ends a turn with its own sentence, not with that of a refused key", async (context: TestContext) => {
  const { origin } = await serve(context, () => ({ status: 403, body: '{"message":"Signature expired: x is now earlier than y"}' }));
  const aws = {
    regionOf: () => "us-west-2",
    readKeys: () => Promise.resolve({ ok: true, keys, expiresAtMs: null } as const),
  };
  const failed = await ask(profileOf(origin, { provider: "amazon-bedrock", credential: "aws" }), { aws });
  assert.ok(failed.type === "failed");
  assert.match(failed.failure.message, /AWS refused the request because its signature/);
  assert.deepEqual([failed.failure.kind, failed.failure.isRetryable], ["auth", false]);
});

test("a command's key that is refused is renewed within the same turn, and a command that fails ends it by name", async (context: TestContext) => {
  const ground = makeGround(context);
  ground.script("key", "test -e once && echo good || echo stale; touch once");
  const { origin, seen } = await serve(context, ({ headers }) => (headers.authorization === "Bearer good" ? stream : { status: 401 }));
  const toml = `[model_providers.mine]\nbase_url = "${origin}/openai/v1"\nauth = { command = "./key" }\n`;
  const file = join(ground.folder, "config.toml");
  const done = await ask(profileOf(origin, {}), {}, toml, file);
  assert.equal(done.type, "done", JSON.stringify(done));
  assert.deepEqual(
    seen.map(({ headers }) => headers.authorization),
    ["Bearer stale", "Bearer good"],
  );
  ground.script("key", "echo 'please log in' >&2; exit 1");
  const failed = await ask(profileOf(origin, {}), {}, toml, file);
  assert.ok(failed.type === "failed");
  assert.match(
    failed.failure.message,
    /^profile "p": the key command "\.\/key" failed with exit code 1; it said: please log in; run it by hand/,
  );
  assert.equal(failed.failure.isRetryable, false);
  assert.equal(seen.length, 2);
});

test("a key that is refused is named by where it came from, never by its value", async (context: TestContext) => {
  const { origin } = await serve(context, () => ({
    status: 401,
    body: '{"error":{"message":"bad key"}}',
    headers: { "x-request-id": "r-1" },
  }));
  const toml = `[model_providers.mine]\nbase_url = "${origin}/v1"\nexperimental_bearer_token = "sk-in-file"\n`;
  const env = (): Record<string, string> => ({ MINE_KEY: "sk-in-env" });
  const vault = { isLocked: false, open: async () => ({ ok: true, secret: "sk-in-vault" }) as const, has: () => true };
  const said = new Map<string, string>();
  for (const credential of ["env:MINE_KEY", "vault:mine", "config", "none"]) {
    const failed = await ask(profileOf(origin, { credential }), { env, vault }, toml);
    assert.ok(failed.type === "failed" && failed.failure.kind === "auth" && !failed.failure.isRetryable);
    said.set(credential, failed.failure.message);
  }
  assert.match(
    said.get("env:MINE_KEY") ?? "",
    /refused the key \(401\); it said: bad key; .*\[request r-1\]; the key is the one in MINE_KEY$/,
  );
  assert.match(said.get("vault:mine") ?? "", /the vault's "mine", replaced by: interpane vault add mine$/);
  assert.match(said.get("config") ?? "", /experimental_bearer_token of \[model_providers\.mine\]/);
  assert.match(said.get("none") ?? "", /no key was sent/);
  assert.ok(![...said.values()].some((text) => text.includes("sk-in")));
});

test("interrupting while a key command runs ends the turn at once", async (context: TestContext) => {
  const ground = makeGround(context);
  ground.script("key", "sleep 30");
  const toml = '[model_providers.mine]\nbase_url = "https://m.example"\nauth = { command = "./key", timeout_ms = 400 }\n';
  const config = (): ReturnType<typeof parseConfig> => parseConfig(toml, join(ground.folder, "config.toml"));
  const secrets: SecretSources = {
    env: () => ({}),
    commandEnv: () => ({ PATH: "/usr/bin:/bin" }),
    vault: { isLocked: false, open: async () => ({ ok: false, problem: "" }), has: () => false },
    config,
    signedIn: { accessToken: () => Promise.resolve({ ok: false, problem: "" }) },
    nowMs: Date.now,
  };
  const models = createModels({ door, clock: systemClock, secrets, config, images: fakeImages() });
  const stop = new AbortController();
  const profile = profileOf("https://m.example", {});
  const request = { profile, session: "s" as SessionId, instructions: "", items: [], tools: [], isOffline: false };
  const events: ModelEvent[] = [];
  const reading = (async () => {
    for await (const event of models.stream(request, stop.signal)) events.push(event);
  })();
  stop.abort();
  await reading;
  assert.deepEqual(
    events.map((event) => (event.type === "failed" ? event.failure.kind : event.type)),
    ["interrupted"],
  );
});

test("a verbose agent is told request, response and times, and no secret: neither the key that goes along nor one in the text", async (context: TestContext) => {
  const { origin, seen } = await serve(context, () => stream);
  const key = "sk-a-key-of-this-test";
  const env = () => ({ MINE_KEY: key, PATH: "/usr/bin:/bin" });
  const said: string[] = [];
  // Where the text is cut, the key lies across the cut.
  const instructions = `${"y".repeat(2970)} ${key} ${"z".repeat(4000)} ${key}`;
  const more = { instructions, onTrace: (text: string) => void said.push(text) };
  const done = await ask(profileOf(origin, { credential: "env:MINE_KEY" }), { env }, "", "/nowhere/config.toml", more);
  assert.equal(done.type, "done", JSON.stringify(done));
  assert.equal(seen[0]?.headers.authorization, `Bearer ${key}`);
  assert.equal(said.length, 3);
  const [request = "", response = "", end = ""] = said;
  assert.match(request, /^→ POST http:\/\/127\.0\.0\.1:\d+\/openai\/v1\/responses\n[\s\S]*"model": "openai\.gpt-5\.5"[\s\S]*characters …/);
  assert.match(response, /^← 200 after \d+ ms/);
  assert.match(end, /first word after \d+ ms, whole after \d+ ms; 3 tokens in \(0 cached\), 1 out; ended with end\n[\s\S]*"hello"/);
  assert.ok(!said.join("").includes("sk-a-key"), request);
});

test("a temperature is left out for the Claude models that refuse a request with one, and sent to all others", async (context: TestContext) => {
  const { origin, seen } = await serve(context, () => stream);
  const models = {
    "claude-opus-4-6": 0.3,
    "anthropic/claude-sonnet-4.5": 0.3,
    "claude-haiku-4-5-20251001": 0.3,
    "gpt-5.5": 0.3,
    "claude-opus-4-7": undefined,
    "claude-opus-4-8-20260301": undefined,
    "anthropic/claude-sonnet-5": undefined,
    "eu.anthropic.claude-opus-5-5-v1:0": undefined,
    "claude-fable-5": undefined,
    "claude-mythos-preview": undefined,
  } as const;
  for (const model of Object.keys(models)) await ask(profileOf(origin, { credential: "none", model, temperature: 0.3 }), {});
  const sent = seen.map((request) => JSON.parse(request.body.toString()) as { model: string; temperature?: number });
  assert.deepEqual(Object.fromEntries(sent.map(({ model, temperature }) => [model, temperature])), models);
});
