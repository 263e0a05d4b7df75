// Flags over a profile: which model, provider and address they come to, and which keys may go along.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadModels } from "../../src/catalog/catalog.ts";
import type { Profile, ProfileSettings } from "../../src/domain/profile.ts";
import type { HostProfiles } from "../../src/host/profiles.ts";
import { localServer, makeWorld } from "./world.ts";

before(loadModels);

const env = { OPENAI_API_KEY: "sk-o", GIVEN_1_API_KEY: "sk-given" };
const work = "provider: openai\nmodel: gpt-5.5\ntemperature: 0.4\nmax_tokens: 9000\nreasoning_effort: high\n";

function use(profiles: HostProfiles, name: string | undefined, settings: ProfileSettings): Profile {
  const resolved = profiles.resolve(name, undefined, settings);
  assert.ok(resolved.ok, resolved.ok ? "" : resolved.problem);
  return resolved.profile;
}

function refuse(profiles: HostProfiles, name: string | undefined, settings: ProfileSettings): string {
  const resolved = profiles.resolve(name, undefined, settings);
  assert.ok(!resolved.ok, "it resolved");
  return resolved.problem;
}

test("a flag wins over the profile, and the rest of the profile stays", (context) => {
  const { profiles } = makeWorld(context, { env, files: { "work.yaml": work } });
  const used = use(profiles, "work", { temperature: 1, max_tokens: 100, context_window: 2000, tools: ["search"], max_output: 500 });
  assert.deepEqual(
    [used.id, used.model, used.temperature, used.maxTokens, used.contextWindow, used.tools, used.maxOutput, used.effort],
    ["work", "gpt-5.5", 1, 100, 2000, ["search"], 500, "high"],
  );
});

test("of a small context window one command's output takes a quarter at most", (context) => {
  const { profiles } = makeWorld(context, { env, files: { "work.yaml": work } });
  const outputOf = (settings: ProfileSettings) => use(profiles, "work", { max_tokens: 100, ...settings }).maxOutput;
  assert.deepEqual(
    [outputOf({ context_window: 3000 }), outputOf({ context_window: 500 }), outputOf({ context_window: 3000, max_output: 2800 })],
    [2250, 600, 2800],
  );
  assert.deepEqual([outputOf({ context_window: 128_000 }), outputOf({})], [undefined, undefined]);
});

test("without a profile flags stand over the default one", (context) => {
  const { profiles } = makeWorld(context, { env, toml: 'default_profile = "work"\n', files: { "work.yaml": work } });
  assert.deepEqual([use(profiles, undefined, { temperature: 1 }).id, use(profiles, undefined, {}).temperature], ["work", 0.4]);
});

test("a bare model is the default profile's provider's; with a profile, that one's, and its other settings stay", (context) => {
  const { profiles } = makeWorld(context, { env, files: { "work.yaml": work } });
  const bare = use(profiles, undefined, { model: "gpt-4o" });
  assert.deepEqual([bare.id, bare.provider, bare.from], ["openai/gpt-4o", "openai", "adhoc"]);
  const over = use(profiles, "work", { model: "gpt-4o" });
  assert.deepEqual([over.id, over.model, over.temperature, over.maxTokens], ["openai/gpt-4o", "gpt-4o", 0.4, 9000]);
  // Nobody knows it: it is the profile's provider's all the same.
  assert.equal(use(profiles, "work", { model: "gpt-99" }).id, "openai/gpt-99");
  assert.equal(use(profiles, undefined, { model: "gpt-5.99" }).id, "openai/gpt-5.99");
  assert.match(refuse(makeWorld(context).profiles, undefined, { model: "gpt-99" }), /no known model; to use it all the same/);
});

test("a short name or a slip is answered with what it was most likely meant for", (context) => {
  const { profiles } = makeWorld(context, { env });
  const sonnets = ["anthropic/claude-3-5-sonnet-20240620", "anthropic/claude-3-5-sonnet-20241022"];
  const short = profiles.examine(undefined, { model: "claude-3-5-sonnet" });
  assert.deepEqual(short.candidates, sonnets);
  assert.match(short.problem ?? "", /no known model; similar: anthropic\/claude-3-5-sonnet/);
  // Also where somebody whom the user has no key of calls one exactly so.
  assert.deepEqual(profiles.examine(undefined, { model: "claude-3.5-sonnet" }).candidates, [...sonnets, "qiniu-ai/claude-3.5-sonnet"]);
  assert.match(refuse(profiles, undefined, { model: "gpt-4oo" }), /similar: openai\/gpt-4o; to use it all the same, write openai\/gpt-4oo/);
  assert.equal(use(profiles, undefined, { model: "openai/gpt-4oo" }).model, "gpt-4oo");
});

test("a model of several providers is a problem with its candidates", (context) => {
  const { profiles } = makeWorld(context);
  const examined = profiles.examine(undefined, { model: "gpt-4o" });
  assert.ok(examined.problem !== null && examined.candidates.includes("openai/gpt-4o") && examined.candidates.length > 2);
  for (const candidate of examined.candidates) assert.equal(profiles.examine(undefined, { model: candidate }).file?.model, "gpt-4o");
});

test("a key that is given for the run makes a bare name its maker's, as Open Interpreter had it", (context) => {
  const { profiles } = makeWorld(context, { env: { GIVEN_1_API_KEY: "sk-given" } });
  const used = use(profiles, undefined, { model: "gpt-4o", credential: "env:GIVEN_1_API_KEY" });
  assert.deepEqual([used.origin, used.credential], ["https://api.openai.com", "env:GIVEN_1_API_KEY"]);
  assert.equal(use(profiles, undefined, { model: "claude-opus-4-7", credential: "env:GIVEN_1_API_KEY" }).provider, "anthropic");
});

test("another provider keeps nothing of the profile that was bound to the old one", (context) => {
  const files = {
    "own.yaml": `${work}base_url: https://gate.example/v1\ncredential: env:OPENAI_API_KEY\nwire_api: chat\nharness: minimal\n`,
  };
  const { profiles } = makeWorld(context, { env: { ...env, ANTHROPIC_API_KEY: "sk-a" }, files });
  const used = use(profiles, "own", { model: "anthropic/claude-opus-4-7" });
  assert.deepEqual(
    [used.origin, used.credential, used.wire, used.harness, used.temperature],
    ["https://api.anthropic.com", "env:ANTHROPIC_API_KEY", "messages", "native", 0.4],
  );
  // At the same provider with another model its address and key stay.
  const same = use(profiles, "own", { model: "gpt-4o" });
  assert.deepEqual([same.origin, same.credential, same.wire], ["https://gate.example", "env:OPENAI_API_KEY", "chat"]);
});

test("a provider alone takes its fast model; one that is not known is told what was meant", (context) => {
  const { profiles } = makeWorld(context, { env: { ANTHROPIC_API_KEY: "sk-a" } });
  assert.equal(use(profiles, undefined, { provider: "anthropic" }).model, "claude-haiku-4-5");
  assert.equal(use(profiles, undefined, { provider: "anthropic", model: "claude-opus-4-7" }).model, "claude-opus-4-7");
  assert.match(refuse(profiles, undefined, { provider: "antropic" }), /did you mean "anthropic"/);
});

test("an address of nobody's is a provider of its own over the Responses API, without any key but the given one", (context) => {
  const { profiles } = makeWorld(context, { env });
  const used = use(profiles, undefined, { base_url: "http://127.0.0.1:8000/v1", model: "mine" });
  assert.deepEqual([used.provider, used.wire, used.credential, used.model], ["127.0.0.1:8000", "responses", "none", "mine"]);
  const keyed = use(profiles, undefined, {
    base_url: "https://gate.example/v1",
    model: "mine",
    wire_api: "chat",
    credential: "env:GIVEN_1_API_KEY",
  });
  assert.deepEqual([keyed.wire, keyed.credential, keyed.auth.header], ["chat", "env:GIVEN_1_API_KEY", "authorization"]);
  assert.equal(use(profiles, undefined, { base_url: "https://api.anthropic.com", model: "x", credential: "none" }).wire, "messages");
  assert.match(refuse(profiles, undefined, { base_url: "http://127.0.0.1:8000/v1" }), /--model MODEL/);
});

test("an address of a known provider's is that provider with its key; over a profile its key stays behind", (context) => {
  const { profiles } = makeWorld(context, { env, files: { "work.yaml": `${work}credential: env:OPENAI_API_KEY\n` } });
  const known = use(profiles, undefined, { base_url: "https://api.openai.com/v1/", model: "gpt-4o" });
  assert.deepEqual([known.provider, known.wire, known.credential], ["openai", "responses", "env:OPENAI_API_KEY"]);
  assert.match(refuse(profiles, "work", { base_url: "https://evil.example/v1" }), /OPENAI_API_KEY is not sent there by itself/);
  const moved = use(profiles, "work", { base_url: "https://gate.example/v1", credential: "env:GIVEN_1_API_KEY" });
  assert.deepEqual([moved.origin, moved.credential, moved.model], ["https://gate.example", "env:GIVEN_1_API_KEY", "gpt-5.5"]);
});

test("the context window must be larger than the longest reply, whoever says which", (context) => {
  const files = { "small.yaml": "provider: openai\nmodel: gpt-5.5\ncontext_window: 1000\nmax_tokens: 1000\n" };
  const { profiles } = makeWorld(context, { env, files });
  assert.match(refuse(profiles, "small", {}), /max_tokens is 1000, and its context_window is 1000/);
  assert.match(refuse(profiles, undefined, { model: "gpt-4o", max_tokens: 500_000 }), /context_window is 128000/);
  assert.equal(use(profiles, "small", { context_window: 3000 }).contextWindow, 3000);
});

test("a local server's model is found by its name alone", async (context) => {
  const { profiles } = makeWorld(context, { local: [localServer(["qwen3:8b"])] });
  await profiles.lookAround();
  assert.equal(use(profiles, undefined, { model: "qwen3:8b" }).id, "ollama/qwen3:8b");
});

test("what is in force can be written down, and read again means the same", (context) => {
  const { profiles, write } = makeWorld(context, { env, files: { "work.yaml": work } });
  const { file } = profiles.examine("work", { temperature: 1, model: "gpt-4o" });
  write("again.yaml", JSON.stringify(file));
  const [one, two] = [use(profiles, "work", { temperature: 1, model: "gpt-4o" }), use(profiles, "again", {})];
  assert.deepEqual({ ...two, id: one.id, from: one.from }, one);
});
