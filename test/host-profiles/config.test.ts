// config.toml: every right part counts, every wrong one is named with its line, and nothing throws.

import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyConfig, parseConfig, providerHeaders, readConfig, tomlLineOf } from "../../src/host/config.ts";

test("no file is an empty configuration", () => {
  assert.deepEqual(readConfig("/nonexistent/interpane/config.toml"), { config: emptyConfig, problems: [] });
  assert.equal(readConfig("/").problems.length, 1);
});

test("all settings are read", () => {
  const { config, problems } = parseConfig(
    `
default_profile = "fast"
default_pair = ["a", "b"]
prefix = "C-a"
theme = "dark"
[lanes]
concurrency = 8
[model_providers.example]
name = "Example"
base_url = "https://api.example.com/v1/"
env_key = "EXAMPLE_API_KEY"
env_key_instructions = "ask Ada"
wire_api = "chat"
query_params = { "api-version" = "2" }
http_headers = { X-Team = "core" }
env_http_headers = { X-Org = "ORG", X-Blank = "BLANK", X-Team = "TEAM" }
request_max_retries = 2
stream_max_retries = 3
stream_idle_timeout_ms = 60000
`,
    "config.toml",
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [config.defaultProfile, config.defaultPair, config.prefix, config.theme, config.laneConcurrency],
    ["fast", ["a", "b"], "C-a", "dark", 8],
  );
  const example = config.modelProviders["example"];
  assert.ok(example !== undefined);
  assert.deepEqual(
    [example.baseUrl, example.wire, example.envKey, example.streamIdleTimeoutMs],
    ["https://api.example.com/v1", "chat", "EXAMPLE_API_KEY", 60_000],
  );
  assert.deepEqual(providerHeaders(example, { ORG: "acme", BLANK: " ", TEAM: "shell" }), {
    "X-Team": "shell",
    "X-Org": "acme",
  });
});

test("a mistake costs one setting and is named with line, what was given and what is allowed", () => {
  const { config, problems } = parseConfig(
    `theme = "dark"
prefix = "ctrl+b"
default_pear = ["a", "b"]
default_pair = ["a"]
[lanes]
concurrency = 0
paralel = 3
[model_providers.good]
base_url = "https://g.example"
[model_providers.bad]
base_url = "ftp://x"
base_ulr = "y"
env_key = "sk-this is a key"
`,
    "/home/u/config.toml",
  );
  assert.equal(config.theme, "dark");
  assert.deepEqual(Object.keys(config.modelProviders), ["good"]);
  const all = problems.join("\n");
  assert.match(all, /config\.toml:2: prefix is "ctrl\+b"; allowed: a key such as "C-b"/);
  assert.match(all, /config\.toml:3: unknown key "default_pear" \(did you mean "default_pair"\?\); allowed: default_profile, /);
  assert.match(all, /config\.toml:4: default_pair is .*allowed: two profile names/);
  assert.match(all, /config\.toml:6: concurrency is 0; allowed: a whole number, 1 to 64/);
  assert.match(all, /config\.toml:7: unknown key "paralel"/);
  assert.match(all, /config\.toml:11: base_url is "ftp:\/\/x"; allowed: an http or https address/);
  assert.match(all, /config\.toml:12: unknown key "base_ulr" \(did you mean "base_url"\?\)/);
  assert.match(all, /config\.toml:13: env_key is something else .*not the key itself/);
  assert.ok(!all.includes("sk-this"));
});

test("what is not TOML is one problem with its line, and shows nothing of the file", () => {
  const { config, problems } = parseConfig('a = 1\nkey = "sk-secret\n', "config.toml");
  assert.deepEqual(config, emptyConfig);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", /^config\.toml:2: this is not TOML: /);
  assert.ok(!problems[0]?.includes("sk-secret"));
});

test("keys that Open Interpreter knows and we do not use say what to do instead, and the provider still counts", () => {
  const { config, problems } = parseConfig(
    `[model_providers.mine]
base_url = "https://m.example"
experimental_bearer_token = "sk-secret"
supports_websockets = false
requires_openai_auth = true
[model_providers.mine.auth]
command = "token"
`,
    "config.toml",
  );
  assert.ok(config.modelProviders["mine"] !== undefined);
  assert.equal(problems.length, 3);
  assert.match(problems.join("\n"), /:3: experimental_bearer_token .*interpane vault add/);
  assert.match(problems.join("\n"), /:6: auth in \[model_providers\.mine\]: keys from a command cannot be used yet/);
  assert.ok(!problems.join("\n").includes("sk-secret"));
});

test("reserved ids are refused with another name", () => {
  const { config, problems } = parseConfig('[model_providers.openai]\nbase_url = "https://evil.example"\n', "config.toml");
  assert.deepEqual(config.modelProviders, {});
  assert.match(problems[0] ?? "", /config\.toml:1: .*\[model_providers\.my-openai\]/);
});

test("a header with a line break is refused", () => {
  assert.equal(parseConfig('[model_providers.m]\nhttp_headers = { X = "a\\r\\nB: c" }\n', "c").problems.length, 1);
});

test("lines are found for dotted keys, quoted keys and inline tables", () => {
  const text = 'a.b = 1\n["model_providers"."x.y"]\nhttp_headers = { K = 1 }\n# c = 2\n';
  assert.equal(tomlLineOf(text, ["a", "b"]), 1);
  assert.equal(tomlLineOf(text, ["model_providers", "x.y"]), 2);
  assert.equal(tomlLineOf(text, ["model_providers", "x.y", "http_headers", "K"]), 3);
  assert.equal(tomlLineOf(text, ["c"]), null);
});
