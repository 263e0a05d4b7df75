// Profiles: what a name means, which key goes where, and what is said when something is missing or wrong.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { loadModels, modelsOf } from "../../src/catalog/catalog.ts";
import { type Profile, profileSchema } from "../../src/domain/profile.ts";
import { offerSchema, profileRowSchema, providerRowSchema } from "../../src/domain/protocol.ts";
import type { HostProfiles } from "../../src/host/profiles.ts";
import { bundledDir, localServer, makeWorld } from "./world.ts";

before(loadModels);

function use(profiles: HostProfiles, name: string, active?: Profile): Profile {
  const resolved = profiles.resolve(name, active);
  assert.ok(resolved.ok, resolved.ok ? "" : resolved.problem);
  return profileSchema.parse(resolved.profile);
}

function refuse(profiles: HostProfiles, name: string, active?: Profile): string {
  const resolved = profiles.resolve(name, active);
  assert.ok(!resolved.ok, `${name} resolved`);
  return resolved.problem;
}

test("every bundled profile is read, and those with a catalog provider name a model that it has", (context) => {
  const { profiles } = makeWorld(context);
  const { rows, problems } = profiles.rows();
  assert.deepEqual(problems, []);
  assert.deepEqual(rows.map((row) => row.id).toSorted(), [
    "anthropic",
    "bedrock",
    "custom",
    "demo",
    "fast",
    "lmstudio",
    "nvidia",
    "ollama",
    "openai",
    "openrouter",
    "smart",
  ]);
  assert.equal(readdirSync(bundledDir).length, rows.length);
  for (const row of rows) {
    profileRowSchema.parse(row);
    if (!["custom", "ollama", "lmstudio"].includes(row.id))
      assert.ok(
        modelsOf(row.provider).some(({ id }) => id === row.model),
        row.id,
      );
  }
});

test("without a key the problem names the profile, the variable, the origin and the command", (context) => {
  const { profiles } = makeWorld(context);
  const expected =
    'profile "fast": OPENAI_API_KEY is not set and the vault has no key for https://api.openai.com; run: interpane vault add openai';
  assert.equal(refuse(profiles, "fast"), expected);
  assert.equal(profiles.rows().rows.find((row) => row.id === "fast")?.problem, expected.slice('profile "fast": '.length));
  assert.equal(profiles.rows().rows.find((row) => row.id === "demo")?.problem, null);
});

test("a key in the environment or in the vault makes a profile usable, by reference only", (context) => {
  const byEnv = use(makeWorld(context, { env: { OPENAI_API_KEY: "sk-secret" } }).profiles, "fast");
  assert.equal(byEnv.credential, "env:OPENAI_API_KEY");
  assert.ok(!JSON.stringify(byEnv).includes("sk-secret"));
  assert.equal(byEnv.price?.inputMicros, 750_000);
  assert.equal(byEnv.contextWindow, 400_000);
  assert.equal(byEnv.pair, "smart");
  assert.equal(use(makeWorld(context, { vault: ["openai https://api.openai.com"] }).profiles, "smart").credential, "vault:openai");
  assert.match(
    refuse(makeWorld(context, { vault: ["openai https://evil.example"], env: { OPENAI_API_KEY: " " } }).profiles, "smart"),
    /is not set/,
  );
});

test("the demo needs nothing", (context) => {
  const demo = use(makeWorld(context).profiles, "demo");
  assert.deepEqual([demo.wire, demo.origin, demo.credential, demo.isLocal, demo.contextWindow], ["demo", "", "none", true, 32_000]);
});

test("all keys of a profile file arrive where they belong", (context) => {
  const { profiles } = makeWorld(context, {
    env: { MY_KEY: "x" },
    files: {
      "deep.yaml":
        "provider: openai\nmodel: gpt-5.5\ncredential: env:MY_KEY\npair: fast\nreasoning_effort: high\nmax_tokens: 32000\n" +
        "context_window: 1000000\ntemperature: 0.2\nharness: minimal\ntools: [interpreter]\nauto_run: true\nmax_budget: 5.00\n",
    },
  });
  const deep = use(profiles, "deep");
  assert.deepEqual(
    [
      deep.credential,
      deep.effort,
      deep.maxTokens,
      deep.contextWindow,
      deep.temperature,
      deep.harness,
      deep.tools,
      deep.autoRun,
      deep.maxBudgetMicros,
      deep.from,
    ],
    ["env:MY_KEY", "high", 32_000, 1_000_000, 0.2, "minimal", ["interpreter"], true, 5_000_000, "user"],
  );
});

test("a wrong profile is one clear error with file, line, what was given and what is allowed; the others still load", (context) => {
  const { profiles, userDir } = makeWorld(context, {
    files: {
      "typo.yaml": "# mine\nprovider: openai\nmodle: gpt-5.5\nmodel: gpt-5.5\n",
      "type.yaml": "provider: openai\nmodel: gpt-5.5\nmax_tokens: lots\ntemperature: 7\ntools:\n  - interpreter\n  - browser\n",
      "missing.yaml": "provider: openai\n",
      "broken.yaml": "provider: openai\nmodel: [a\n",
      "twice.yaml": "provider: openai\nmodel: a\nmodel: b\n",
      "tag.yaml": "provider: openai\nmodel: !!js/function a\n",
      "secret.yaml": "provider: openai\nmodel: gpt-5.5\ncredential: sk-very-secret\n",
      "list.yaml": "- a\n",
      "empty.yaml": "",
      "good.yaml": "provider: demo\nmodel: scripted\n",
      "old.py": "print()",
      "bad name.yaml": "provider: demo\nmodel: scripted\n",
    },
  });
  const { rows, problems } = profiles.rows();
  const at = (name: string): string => problems.filter((problem) => problem.startsWith(join(userDir, name))).join("\n");
  assert.match(at("typo.yaml"), /typo\.yaml:3: unknown key "modle" \(did you mean "model"\?\); allowed: provider, model, /);
  assert.match(at("type.yaml"), /type\.yaml:3: max_tokens is "lots"; allowed: a whole number above 0/);
  assert.match(at("type.yaml"), /type\.yaml:4: temperature is 7; allowed: a number from 0 to 2/);
  assert.match(at("type.yaml"), /type\.yaml:7: tools is "browser"; allowed: a list of interpreter, editor, search/);
  assert.match(at("missing.yaml"), /missing\.yaml:1: model is missing; needed: a model's id/);
  assert.match(at("broken.yaml"), /broken\.yaml:\d: /);
  assert.match(at("twice.yaml"), /twice\.yaml:3: a key stands here a second time/);
  assert.match(at("tag.yaml"), /tag\.yaml:2: tags/);
  assert.match(
    at("secret.yaml"),
    /secret\.yaml:3: credential is something else.*allowed: none, env:NAME, vault:ID, command, config, aws or sign-in/,
  );
  assert.ok(!problems.join("\n").includes("sk-very-secret"));
  assert.match(at("list.yaml"), /needed: provider and model/);
  assert.match(at("empty.yaml"), /needed: provider and model/);
  assert.match(at("old.py"), /never executed/);
  assert.match(at("bad name.yaml"), /rename the file/);
  assert.ok(rows.some((row) => row.id === "good" && row.problem === null));
  assert.ok(rows.some((row) => row.id === "demo"));
  assert.match(refuse(profiles, "typo"), /typo\.yaml:3/);
});

test("a file that changes is read again, one that appears is found, one that goes is gone", (context) => {
  const { profiles, write, userDir } = makeWorld(context, {
    files: { "mine.yaml": "provider: demo\nmodel: scripted\n" },
  });
  assert.equal(use(profiles, "mine").temperature, null);
  write("mine.yaml", "provider: demo\nmodel: scripted\ntemperature: 1\n");
  utimesSync(join(userDir, "mine.yaml"), 1, 1);
  assert.equal(use(profiles, "mine").temperature, 1);
  write("new.yml", "provider: demo\nmodel: scripted\n");
  assert.equal(use(profiles, "new").id, "new");
});

test("a user's profile takes the place of the bundled one of that name, even when it is wrong", (context) => {
  const { profiles } = makeWorld(context, {
    files: { "fast.yaml": "provider: demo\nmodel: scripted\n", "demo.yaml": "provider: demo\n" },
  });
  assert.equal(use(profiles, "fast").wire, "demo");
  assert.match(refuse(profiles, "demo"), /model is missing/);
});

test("provider/model means exactly that; a model the catalog does not know is used with a notice", (context) => {
  const { profiles } = makeWorld(context, { env: { ANTHROPIC_API_KEY: "x", OPENROUTER_API_KEY: "y" } });
  const known = use(profiles, "anthropic/claude-haiku-4-5");
  assert.deepEqual(
    [known.id, known.from, known.wire, known.pair],
    ["anthropic/claude-haiku-4-5", "adhoc", "messages", "anthropic/claude-opus-4-7"],
  );
  assert.equal(use(profiles, "openrouter/anthropic/claude-opus-4.7").model, "anthropic/claude-opus-4.7");
  const unknown = profiles.resolve("anthropic/claude-next");
  assert.ok(unknown.ok && unknown.profile.contextWindow === null && unknown.profile.price === null);
  assert.match(unknown.notice ?? "", /does not know claude-next of Anthropic: context window and price are unknown/);
});

test("a bare model name means the active provider's, then the only provider with it and a key, else a list of candidates", (context) => {
  const { profiles } = makeWorld(context, { env: { OPENROUTER_API_KEY: "y", OPENAI_API_KEY: "x" } });
  const active = use(profiles, "openrouter");
  assert.equal(use(profiles, "anthropic/claude-opus-4.7", active).provider, "openrouter");
  assert.equal(use(profiles, "gpt-5.5").provider, "openai");
  const several = makeWorld(context, {
    env: { OPENAI_API_KEY: "x", HELICONE_API_KEY: "y", REQUESTY_API_KEY: "z" },
  }).profiles;
  assert.match(refuse(several, "gpt-5.1"), /several providers; write one of: openai\/gpt-5\.1, .*helicone\/gpt-5\.1/);
  assert.match(refuse(makeWorld(context).profiles, "gpt-5.5"), /openai\/gpt-5\.5.*interpane vault add/);
  assert.match(refuse(profiles, "fats"), /no profile and no known model \(did you mean "fast"\?\).*PROVIDER\/MODEL/);
});

test("a key under a name that several providers share is offered for each and taken by none", async (context) => {
  const { profiles } = makeWorld(context, { env: { GITHUB_TOKEN: "x", HF_TOKEN: "y" } });
  assert.deepEqual(profiles.defaultPair(), ["demo", "demo"]);
  const offers = await profiles.offers();
  assert.match(
    offers.find((offer) => offer.profile.startsWith("github-models/"))?.reason ?? "",
    /GITHUB_TOKEN is set; GitHub Copilot uses that name too/,
  );
  assert.ok(offers.some((offer) => offer.profile.startsWith("huggingface/")));
  assert.ok(!profiles.resolve("gpt-4o-mini").ok);
});

test("a key is never attached to another origin by itself, only where the profile names it", (context) => {
  const foreign = "provider: openai\nmodel: gpt-5.5\nbase_url: https://gateway.example/v1\n";
  const env = { OPENAI_API_KEY: "x", GATEWAY_KEY: "y" };
  const { profiles } = makeWorld(context, {
    env,
    files: {
      "a.yaml": foreign,
      "b.yaml": `${foreign}credential: env:GATEWAY_KEY\n`,
      "c.yaml": `${foreign}credential: none\n`,
    },
  });
  assert.match(refuse(profiles, "a"), /base_url is https:\/\/gateway\.example, so OPENAI_API_KEY is not sent there by itself/);
  const named = use(profiles, "b");
  assert.deepEqual([named.credential, named.origin, named.price], ["env:GATEWAY_KEY", "https://gateway.example", null]);
  assert.equal(use(profiles, "c").credential, "none");
  const vault = makeWorld(context, {
    env,
    files: { "a.yaml": foreign },
    vault: ["openai https://gateway.example"],
  }).profiles;
  assert.equal(use(vault, "a").credential, "vault:openai");
  const near = makeWorld(context, {
    env,
    files: { "a.yaml": "provider: openai\nmodel: gpt-5.5\nbase_url: https://api.openai.com:8443/v1\n" },
  }).profiles;
  assert.match(refuse(near, "a"), /is not sent there/);
});

test("an explicit credential that is missing is named with its remedy", (context) => {
  const text = (credential: string): string => `provider: openai\nmodel: gpt-5.5\ncredential: ${credential}\n`;
  const { profiles } = makeWorld(context, {
    env: { OPENAI_API_KEY: "x" },
    files: { "e.yaml": text("env:NOPE"), "v.yaml": text("vault:work"), "c.yaml": text("command") },
  });
  assert.match(refuse(profiles, "e"), /profile "e": NOPE is not set/);
  assert.match(refuse(profiles, "v"), /no key "work" for https:\/\/api\.openai\.com; run: interpane vault add work/);
  assert.match(refuse(profiles, "c"), /credential is command, but \[model_providers\.openai\] in config\.toml has no auth/);
});

test("a provider's own command, token or sign-in is its credential by reference, and goes to its own address only", (context) => {
  const toml =
    '[model_providers.a]\nbase_url = "https://a.example"\nauth = { command = "t" }\n' +
    '[model_providers.b]\nbase_url = "https://b.example"\nexperimental_bearer_token = "sk-secret"\n' +
    '[model_providers.c]\nbase_url = "https://c.example"\nrequires_openai_auth = true\n' +
    '[model_providers.d]\nbase_url = "https://d.example"\n';
  const away = (provider: string, credential: string): string =>
    `provider: ${provider}\nmodel: m\ncredential: ${credential}\nbase_url: https://evil.example\n`;
  const files = { "ea.yaml": away("a", "command"), "eb.yaml": away("b", "config"), "ec.yaml": away("c", "sign-in") };
  assert.match(
    refuse(makeWorld(context, { toml }).profiles, "c/m"),
    /nobody is signed in for https:\/\/c\.example; run: interpane login c/,
  );
  const { profiles } = makeWorld(context, { toml, files, vault: ["sign-in.c https://c.example"] });
  const credentials = ["a/m", "b/m", "c/m", "d/m"].map((name) => use(profiles, name).credential);
  assert.deepEqual(credentials, ["command", "config", "sign-in", "none"]);
  assert.ok(!JSON.stringify(use(profiles, "b/m")).includes("sk-secret"));
  for (const id of Object.keys(files)) assert.match(refuse(profiles, id.slice(0, 2)), /is not sent to https:\/\/evil\.example/);
  const wrong = makeWorld(context, { toml, files: { "w.yaml": "provider: d\nmodel: m\ncredential: aws\n" } });
  assert.match(refuse(wrong.profiles, "w"), /for amazon-bedrock alone/);
});

test("a provider of config.toml, or a base_url alone, is enough for a custom endpoint", (context) => {
  const toml = '[model_providers.custom]\nname = "Mine"\nbase_url = "https://m.example/v1/"\nenv_key = "M_KEY"\nwire_api = "chat"\n';
  const configured = use(makeWorld(context, { toml, env: { M_KEY: "x" } }).profiles, "custom");
  assert.deepEqual(
    [configured.providerName, configured.wire, configured.baseUrl, configured.credential],
    ["Mine", "chat", "https://m.example/v1", "env:M_KEY"],
  );
  assert.match(refuse(makeWorld(context, { toml }).profiles, "custom"), /M_KEY is not set/);
  const { profiles } = makeWorld(context, {
    files: { "gate.yaml": "provider: gate\nmodel: m\nbase_url: http://localhost:9/v1\nwire_api: messages\n" },
  });
  assert.deepEqual(
    [use(profiles, "gate").auth.header, use(profiles, "gate").isLocal, use(profiles, "gate").credential],
    ["x-api-key", true, "none"],
  );
  assert.match(refuse(profiles, "custom"), /\[model_providers\.custom\] with base_url/);
});

test("an entry of config.toml that takes a catalog id brings its own address and not that row's key", (context) => {
  const toml = '[model_providers.anthropic]\nbase_url = "https://proxy.example"\nwire_api = "messages"\n';
  const profile = use(makeWorld(context, { toml, env: { ANTHROPIC_API_KEY: "x" } }).profiles, "anthropic");
  assert.deepEqual([profile.origin, profile.credential], ["https://proxy.example", "none"]);
});

test("Amazon Bedrock takes its region from config.toml, then the environment, then the AWS profile, and its key before AWS's chain", (context) => {
  const at = (given: Parameters<typeof makeWorld>[1]): string[] => {
    const { origin, credential } = use(makeWorld(context, given).profiles, "bedrock");
    return [origin, credential];
  };
  const origin = (region: string): string => `https://bedrock-mantle.${region}.api.aws`;
  assert.deepEqual(at({ env: { AWS_REGION: "eu-west-1", AWS_BEARER_TOKEN_BEDROCK: "x" } }), [
    origin("eu-west-1"),
    "env:AWS_BEARER_TOKEN_BEDROCK",
  ]);
  assert.deepEqual(at({ env: { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-east-1" } }), [origin("eu-west-1"), "aws"]);
  assert.deepEqual(at({ env: { AWS_DEFAULT_REGION: "us-east-1" } }), [origin("us-east-1"), "aws"]);
  const toml = '[model_providers.amazon-bedrock.aws]\nregion = "sa-east-1"\nprofile = "work"\n';
  assert.deepEqual(at({ toml, env: { AWS_REGION: "eu-west-1" } }), [origin("sa-east-1"), "aws"]);
  const home = mkdtempSync(join(tmpdir(), "interpane-aws-"));
  context.after(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, ".aws"));
  writeFileSync(join(home, ".aws", "config"), "[default]\nregion = us-east-2\n[profile work]\nregion = eu-north-1\n");
  assert.deepEqual(at({ env: { HOME: home } }), [origin("us-east-2"), "aws"]);
  assert.deepEqual(at({ env: { HOME: home, AWS_PROFILE: "work" } }), [origin("eu-north-1"), "aws"]);
  assert.match(
    refuse(makeWorld(context, { env: { AWS_REGION: "mars-1" } }).profiles, "bedrock"),
    /not to be had in region "mars-1" \(from AWS_REGION\)/,
  );
  assert.match(refuse(makeWorld(context, {}).profiles, "bedrock"), /no AWS region is known; set AWS_REGION/);
});

test("an unknown provider is told what was meant", (context) => {
  const { profiles } = makeWorld(context, { files: { "x.yaml": "provider: antropic\nmodel: m\n" } });
  assert.match(refuse(profiles, "x"), /provider "antropic" is not known \(did you mean "anthropic"\?\)/);
});

test("an offline profile goes to this machine only, and a cloud model of Ollama is not on it", (context) => {
  const { profiles } = makeWorld(context, {
    env: { OPENAI_API_KEY: "x" },
    files: {
      "far.yaml": "provider: openai\nmodel: gpt-5.5\noffline: true\n",
      "cloud.yaml": "provider: ollama\nmodel: gpt-oss:120b-cloud\noffline: true\n",
      "plain.yaml": "provider: x\nmodel: m\nbase_url: http://8.8.8.8/v1\n",
    },
  });
  assert.match(refuse(profiles, "far"), /offline: true, but https:\/\/api\.openai\.com is not on this machine/);
  assert.match(refuse(profiles, "cloud"), /Ollama's cloud/);
  assert.match(refuse(profiles, "plain"), /plain http/);
  assert.equal(use(profiles, "ollama").isOffline, true);
  const cloud = profiles.resolve("ollama/gpt-oss:120b-cloud");
  assert.ok(cloud.ok && !cloud.profile.isLocal && /leaves this machine/.test(cloud.notice ?? ""));
});

test("the default pair is the user's, else fast and smart, else made from what there is, else the demo", async (context) => {
  const pairOf = (given: Parameters<typeof makeWorld>[1]): [string, string] => makeWorld(context, given).profiles.defaultPair();
  assert.deepEqual(pairOf({}), ["demo", "demo"]);
  assert.deepEqual(pairOf({ env: { OPENAI_API_KEY: "x" } }), ["fast", "smart"]);
  assert.deepEqual(pairOf({ env: { ANTHROPIC_API_KEY: "x" } }), ["anthropic/claude-haiku-4-5", "anthropic/claude-opus-4-7"]);
  assert.deepEqual(pairOf({ vault: ["deepseek https://api.deepseek.com"] }), ["deepseek/deepseek-v4-flash", "deepseek/deepseek-v4-pro"]);
  assert.deepEqual(pairOf({ toml: 'default_pair = ["anthropic", "smart"]', env: { ANTHROPIC_API_KEY: "x" } }), ["anthropic", "anthropic"]);
  assert.deepEqual(pairOf({ toml: 'default_profile = "demo"', env: { OPENAI_API_KEY: "x" } }), ["demo", "demo"]);
  const { profiles } = makeWorld(context, { local: [localServer(["qwen3:4b", "qwen3:32b"])] });
  assert.deepEqual(profiles.defaultPair(), ["demo", "demo"]);
  await profiles.lookAround();
  assert.deepEqual(profiles.defaultPair(), ["ollama/qwen3:4b", "ollama/qwen3:32b"]);
});

test("what was set from inside counts where config.toml says nothing, and what cannot be used is said", (context) => {
  const world = (given: Parameters<typeof makeWorld>[1]) => makeWorld(context, { env: { OPENAI_API_KEY: "x" }, ...given }).profiles;
  const remembered = { defaultPair: ["openai/gpt-5.4", "demo"] as const };
  assert.deepEqual(world({ remembered }).defaultPair(), ["openai/gpt-5.4", "demo"]);
  assert.deepEqual(world({ remembered, toml: 'default_pair = ["fast", "smart"]' }).defaultPair(), ["fast", "smart"]);
  assert.deepEqual(world({ remembered, toml: 'default_profile = "smart"' }).defaultPair(), ["smart", "fast"]);
  assert.deepEqual(world({ remembered: { ...remembered, defaultProfile: "smart" } }).defaultPair(), ["smart", "fast"]);
  const lost = world({ remembered: { ...remembered, defaultProfile: "gone" } });
  assert.deepEqual(lost.defaultPair(), ["openai/gpt-5.4", "demo"]);
  assert.match(lost.rows().problems.join("\n"), /interpane profile use.* cannot be used: "gone" is no profile/);
  const half = world({ remembered: { defaultPair: ["gone", "demo"] } });
  assert.deepEqual(half.defaultPair(), ["demo", "demo"]);
  assert.match(half.rows().problems.join("\n"), /interpane profile pair.* cannot be used whole/);
});

test("--fast is the pair's fast half, also where new agents start on the other one or outside of it", (context) => {
  const fastOf = (given: Parameters<typeof makeWorld>[1]): string =>
    makeWorld(context, { env: { OPENAI_API_KEY: "x" }, ...given }).profiles.fastHalf();
  const remembered = { defaultPair: ["openai/gpt-5.4", "smart"] as const };
  assert.equal(fastOf({}), "fast");
  assert.equal(fastOf({ toml: 'default_profile = "smart"' }), "fast");
  assert.equal(fastOf({ remembered: { defaultProfile: "smart" } }), "fast");
  assert.equal(fastOf({ remembered: { ...remembered, defaultProfile: "smart" } }), "openai/gpt-5.4");
  assert.equal(fastOf({ remembered, toml: 'default_pair = ["demo", "smart"]' }), "demo");
  assert.equal(fastOf({ toml: 'default_profile = "demo"' }), "demo");
  // What was set, or nothing: the other half costs more, and a stand-in nobody has chosen.
  assert.equal(fastOf({ remembered: { defaultPair: ["gone", "smart"] } }), "gone");
  assert.equal(fastOf({ toml: 'default_profile = "gone"' }), "gone");
});

test("a model without a file that was used lately has a row, each but once, and none where its provider is unknown", (context) => {
  const recent = ["openai/gpt-5.4", "fast", "nowhere/model", "openai/gpt-5.4"];
  const { rows } = makeWorld(context, { env: { OPENAI_API_KEY: "x" }, remembered: { recent: recent.slice(0, 3) } }).profiles.rows();
  assert.deepEqual(
    rows.filter((row) => row.from === "adhoc").map((row) => [row.id, row.problem]),
    [["openai/gpt-5.4", null]],
  );
  assert.equal(rows.filter((row) => row.id === "fast").length, 1);
});

test("a default of the user's that cannot be used is said, not passed over", (context) => {
  const { profiles } = makeWorld(context, { toml: 'default_profile = "nope"', env: { OPENAI_API_KEY: "x" } });
  assert.match(profiles.rows().problems.join("\n"), /default_profile cannot be used: "nope" is no profile/);
  // What stands in for it is none of the user's.
  assert.match(profiles.defaultProblem() ?? "", /default_profile cannot be used/);
  assert.equal(makeWorld(context).profiles.defaultProblem(), null);
  // Nor does it become a profile by what is said over it.
  assert.match(profiles.examine(undefined, { temperature: 0.5 }).problem ?? "", /default_profile cannot be used/);
  for (const settings of [{ model: "gpt-5.4" }, { provider: "openai" }, { base_url: "http://localhost:1/v1", model: "m" }])
    assert.equal(profiles.examine(undefined, settings).problem, null, JSON.stringify(settings));
  const half = makeWorld(context, { toml: 'default_pair = ["demo", "nope"]' }).profiles;
  assert.deepEqual([half.defaultPair()[0], half.defaultProblem(), half.rows().problems.length], ["demo", null, 1]);
});

test("what can be had is offered, sure things first, with the reason", async (context) => {
  const { profiles } = makeWorld(context, {
    env: { OPENROUTER_API_KEY: "x", ANTHROPIC_API_KEY: "x", MINIMAX_API_KEY: "x" },
    vault: ["openai https://api.openai.com"],
    local: [localServer(["qwen3:4b"])],
  });
  const offers = (await profiles.offers()).map((offer) => offerSchema.parse(offer));
  assert.deepEqual(
    offers.slice(0, 4).map((offer) => offer.profile),
    ["openai/gpt-5.4-mini", "anthropic/claude-haiku-4-5", "openrouter/anthropic/claude-haiku-4.5", "ollama/qwen3:4b"],
  );
  assert.equal(offers[0]?.reason, "the vault has a key for https://api.openai.com");
  assert.equal(offers[1]?.reason, "ANTHROPIC_API_KEY is set");
  assert.equal(offers[3]?.reason, "Ollama answers on localhost:11434 with 1 model");
  assert.equal(offers.filter((offer) => offer.profile.startsWith("minimax")).length, 4);
  for (const offer of offers) use(profiles, offer.profile);
});

test("a local server's models resolve by provider/model, stand in the list, and an old Ollama is spoken to by chat", async (context) => {
  const { profiles } = makeWorld(context, { local: [localServer(["qwen3:4b"], "0.12.0")] });
  assert.equal(use(profiles, "ollama/qwen3:4b").wire, "responses");
  await profiles.offers();
  assert.equal(use(profiles, "ollama/qwen3:4b").wire, "chat");
  assert.equal(use(profiles, "qwen3:4b").provider, "ollama");
  const { rows } = profiles.rows();
  assert.ok(rows.some((row) => row.id === "ollama/qwen3:4b" && row.problem === null && row.isLocal));
  assert.match(
    rows.find((row) => row.id === "ollama")?.problem ?? "",
    /does not have gpt-oss:20b; run: interpane models pull ollama\/gpt-oss:20b, or use ollama\/qwen3:4b/,
  );
  assert.deepEqual(
    profiles.models("ollama").map((model) => model.id),
    ["qwen3:4b"],
  );
});

test("a local server that was silent is a warning in the list and no refusal", async (context) => {
  const { profiles } = makeWorld(context, { local: [{ ...localServer([]), isAnswering: false }] });
  await profiles.lookAround();
  assert.match(
    profiles.rows().rows.find((row) => row.id === "ollama")?.problem ?? "",
    /does not answer on localhost:11434; start it: ollama serve/,
  );
  assert.equal(use(profiles, "ollama").model, "gpt-oss:20b");
});

test("the environment names that the user's files name are known", (context) => {
  const toml = '[model_providers.a]\nbase_url = "https://a.example"\nenv_key = "A_KEY"\nenv_http_headers = { X-Org = "A_ORG" }\n';
  const { profiles } = makeWorld(context, {
    toml,
    files: { "b.yaml": "provider: a\nmodel: m\ncredential: env:B_KEY\n" },
  });
  assert.deepEqual(profiles.envNames().toSorted(), ["A_KEY", "A_ORG", "B_KEY"]);
});

test("a provider's own env_key that is not set stops it, whatever the vault has; its retries reach the profile", (context) => {
  const toml =
    '[model_providers.gw]\nbase_url = "http://10.0.0.5:8080/v1"\nenv_key = "GW_KEY"\nenv_key_instructions = "ask Ada"\nstream_max_retries = 0\n';
  const unset = makeWorld(context, { toml, vault: ["gw http://10.0.0.5:8080"] });
  assert.equal(refuse(unset.profiles, "gw/m"), 'profile "gw/m": GW_KEY is not set, which config.toml names as its env_key; ask Ada');
  const { profiles } = makeWorld(context, { toml, env: { GW_KEY: "k" } });
  const resolved = profiles.resolve("gw/m");
  assert.ok(resolved.ok);
  assert.deepEqual([resolved.profile.credential, resolved.profile.retries], ["env:GW_KEY", { request: 4, stream: 0 }]);
  assert.match(resolved.notice ?? "", /http:\/\/10\.0\.0\.5:8080 is plain http: whoever shares that network can read/);
});

test("what the user says of Bedrock's credentials leaves its row as the catalog has it", (context) => {
  const { profiles } = makeWorld(context, { toml: '[model_providers.amazon-bedrock.aws]\nregion = "eu-central-1"\n' });
  assert.ok(profiles.models("amazon-bedrock").length > 0);
  assert.ok(profiles.rows().rows.some((row) => row.id === "bedrock" && row.providerName === "Amazon Bedrock"));
});

test("Jan needs no table and no key; an Ollama that is too old for responses is asked over chat, and that is said", (context) => {
  const jan = use(makeWorld(context).profiles, "jan/jan-v1-4b");
  assert.deepEqual([jan.wire, jan.baseUrl, jan.credential, jan.isLocal], ["chat", "http://127.0.0.1:1337/v1", "none", true]);
});

test("what an Ollama model could hold is not taken for what it will be given, unless the profile says so", async (context) => {
  const server = localServer(["qwen3:4b"], "0.20.0");
  const models = server.models.map((model) => ({ ...model, contextWindow: 131_072, isContextMost: true }));
  const files = { "told.yaml": "provider: ollama\nmodel: qwen3:4b\ncontext_window: 64000\n" };
  const { profiles } = makeWorld(context, { local: [{ ...server, models }], files });
  await profiles.lookAround();
  const found = profiles.resolve("ollama/qwen3:4b");
  assert.match(
    (found.ok ? found.notice : "") ?? "",
    /could hold 131072 tokens, but Ollama gives a model 4096 .*OLLAMA_CONTEXT_LENGTH=64000/,
  );
  const told = profiles.resolve("told");
  assert.ok(told.ok && told.profile.contextWindow === 64_000);
  assert.doesNotMatch(told.notice ?? "", /could hold/);
});

test("what a local server lacks is told with the command that fetches it", async (context) => {
  const { profiles } = makeWorld(context, { local: [localServer(["qwen3:4b"], "0.12.0")] });
  await profiles.lookAround();
  const resolved = profiles.resolve("ollama/qwen3:4b");
  assert.ok(resolved.ok);
  assert.equal(resolved.profile.wire, "chat");
  assert.match(resolved.notice ?? "", /Ollama 0\.12\.0 is older than 0\.13\.4/);
  const row = profiles.rows().rows.find((each) => each.id === "ollama");
  assert.match(row?.problem ?? "", /does not have \S+; run: interpane models pull ollama\/\S+, or use ollama\/qwen3:4b/);
});

test("a dialect that does not go over a profile's wire is refused with those that do", (context) => {
  const file = (wire: string, harness: string): string =>
    `provider: mine\nmodel: m\nbase_url: http://localhost:9/v1\ncredential: none\nwire_api: ${wire}\nharness: ${harness}\n`;
  const { profiles } = makeWorld(context, {
    files: {
      "a.yaml": file("messages", "native"),
      "b.yaml": file("responses", "kimi-cli"),
      "c.yaml": file("chat", "claude-code"),
      "d.yaml": file("messages", "minimal"),
    },
  });
  assert.equal(
    refuse(profiles, "a"),
    'profile "a": harness "native" does not go over messages; allowed there: claude-code, claude-code-bare, minimal; name one of these, or leave it out',
  );
  assert.match(refuse(profiles, "b"), /harness "kimi-cli" does not go over responses; allowed there: native, minimal;/);
  assert.equal(use(profiles, "c").harness, "claude-code");
  assert.equal(use(profiles, "d").harness, "minimal");
});

test("all providers can be listed: what can be used first, then the user's own, each with what is missing and whether a key would help", async (context) => {
  const toml = `
[model_providers.gateway]
name = "Gateway"
base_url = "https://gw.example/v1"
env_key = "GATEWAY_KEY"
env_key_instructions = "ask the platform team"
[model_providers.plain]
base_url = "https://plain.example/v1"
`;
  const env = { ANTHROPIC_API_KEY: "k" };
  const silent = { ...localServer([]), isAnswering: false, fast: null, smart: null };
  const local = [
    localServer(["qwen3:4b"]),
    { ...silent, provider: "jan" as const, name: "Jan" },
    { ...silent, provider: "lmstudio" as const, name: "LM Studio" },
  ];
  const { profiles } = makeWorld(context, { toml, env, local });
  await profiles.lookAround();
  const rows = profiles.providers().map((row) => providerRowSchema.parse(row));
  const find = (id: string) => rows.find((row) => row.id === id);
  assert.ok(rows.length >= 121, `${rows.length} providers`);
  const usable = rows.filter((row) => row.problem === null).map((row) => row.id);
  assert.deepEqual(usable.toSorted(), ["anthropic", "ollama", "plain"]);
  assert.deepEqual(
    rows.slice(0, 4).map((row) => row.id),
    [...usable, "gateway"],
  );
  assert.deepEqual(find("gateway"), {
    id: "gateway",
    name: "Gateway",
    models: 0,
    isLocal: false,
    isOwn: true,
    takesKey: false,
    problem: "GATEWAY_KEY is not set, which config.toml names as its env_key; ask the platform team",
  });
  assert.match(find("deepseek")?.problem ?? "", /^DEEPSEEK_API_KEY is not set and the vault has no key for https:\/\/api\.deepseek\.com/);
  assert.equal(find("deepseek")?.takesKey, true);
  assert.equal(find("ollama")?.models, 1);
  assert.match(find("jan")?.problem ?? "", /Jan does not answer/);
  assert.equal(find("jan")?.takesKey, false);
  assert.equal(find("demo"), undefined);
});
