// config.toml: every right part counts, every wrong one is named with its line, and nothing throws.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { emptyConfig, parseConfig, readConfig, tomlLineOf } from "../../src/host/config.ts";
import { createConfigReader } from "../../src/host/config-reader.ts";
import { providerHeaders } from "../../src/host/model-provider.ts";

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

test("a table that says little gets Open Interpreter's defaults", () => {
  const { config, problems } = parseConfig("[model_providers.mine]\n", "/home/u/config.toml");
  assert.deepEqual(problems, []);
  const mine = config.modelProviders["mine"];
  assert.deepEqual(
    [mine?.name, mine?.baseUrl, mine?.wire, mine?.requestMaxRetries, mine?.streamMaxRetries, mine?.streamIdleTimeoutMs],
    ["mine", "https://api.openai.com/v1", "responses", 4, 5, 300_000],
  );
  assert.deepEqual([mine?.envKey, mine?.bearerToken, mine?.auth, mine?.aws, mine?.requiresOpenaiAuth], [null, null, null, null, false]);
});

test("every kind of credential is read: a command, AWS, an OpenAI sign-in, and a token in the file, which is warned of and not shown", () => {
  const { config, problems } = parseConfig(
    `[model_providers.gateway]
base_url = "https://g.example/v1"
[model_providers.gateway.auth]
command = "bin/token"
args = ["print", "--raw"]
refresh_interval_ms = 0
cwd = "tools"
[model_providers.short]
base_url = "https://s.example/v1"
auth = { command = "token" }
[model_providers.amazon-bedrock.aws]
profile = "work"
region = "eu-central-1"
[model_providers.signed]
requires_openai_auth = true
[model_providers.token]
experimental_bearer_token = "sk-secret"
`,
    "/home/u/config.toml",
  );
  const { gateway, short, signed, token, ...rest } = config.modelProviders;
  assert.deepEqual(gateway?.auth, {
    command: "bin/token",
    args: ["print", "--raw"],
    timeoutMs: 5_000,
    refreshIntervalMs: 0,
    cwd: "/home/u/tools",
  });
  assert.deepEqual(short?.auth, { command: "token", args: [], timeoutMs: 5_000, refreshIntervalMs: 300_000, cwd: "/home/u" });
  assert.deepEqual(rest["amazon-bedrock"]?.aws, { profile: "work", region: "eu-central-1" });
  assert.equal(signed?.requiresOpenaiAuth, true);
  assert.equal(token?.bearerToken, "sk-secret");
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", /config\.toml:17: experimental_bearer_token .*interpane vault add token/);
  assert.ok(!problems.join().includes("sk-secret"));
});

test("credentials that exclude each other are an error with its line, and the table does not count", () => {
  const both = (one: string, other: string): { ids: string[]; said: string } => {
    const { config, problems } = parseConfig(`[model_providers.m]\n${one}\n${other}\n`, "c.toml");
    return { ids: Object.keys(config.modelProviders), said: problems.join("\n") };
  };
  const auth = 'auth = { command = "t" }';
  for (const other of ['env_key = "K"', 'experimental_bearer_token = "t"', "requires_openai_auth = true"]) {
    const { ids, said } = both(auth, other);
    assert.deepEqual(ids, [], other);
    assert.match(said, new RegExp(`^c\\.toml:3: ${other.split(" ")[0]} and auth in \\[model_providers\\.m\\] exclude each other`));
  }
  assert.deepEqual(both(auth, "requires_openai_auth = false").ids, ["m"]);
  const bedrock = parseConfig('[model_providers.amazon-bedrock]\nenv_key = "K"\naws = { region = "eu-west-1" }\n', "c.toml");
  assert.match(bedrock.problems.join("\n"), /c\.toml:2: env_key and aws .* exclude each other/);
  assert.match(both('aws = { region = "eu-west-1" }', "").said, /c\.toml:2: aws .* is for amazon-bedrock alone/);
  const moved = parseConfig('[model_providers.amazon-bedrock]\nbase_url = "https://x.example"\n', "c.toml");
  assert.match(moved.problems.join("\n"), /c\.toml:2: base_url .* only aws\.profile and aws\.region/);
});

test("mistakes inside auth and aws are named with their line and that table's keys", () => {
  const { config, problems } = parseConfig(
    `[model_providers.a.auth]
comand = "t"
[model_providers.b.auth]
command = "t"
timeout_ms = 0
[model_providers.amazon-bedrock.aws]
region = "Frankfurt"
`,
    "c.toml",
  );
  assert.deepEqual(config.modelProviders, {});
  const said = problems.join("\n");
  assert.match(said, /c\.toml:2: unknown key "comand" \(did you mean "command"\?\); allowed: command, args, /);
  assert.match(said, /c\.toml:1: command is missing; needed: a program's name/);
  assert.match(said, /c\.toml:5: timeout_ms is 0; allowed: a whole number of milliseconds, 1 to 600000/);
  assert.match(said, /c\.toml:7: region is "Frankfurt"; allowed: a region such as/);
});

test("more retries than the cap are the cap, which is said", () => {
  const { config, problems } = parseConfig("[model_providers.m]\nrequest_max_retries = 500\nstream_max_retries = 0\n", "c.toml");
  assert.deepEqual([config.modelProviders["m"]?.requestMaxRetries, config.modelProviders["m"]?.streamMaxRetries], [100, 0]);
  assert.deepEqual(problems, ["c.toml:2: request_max_retries is 500; 100 is used, the most there is"]);
});

test("keys that Open Interpreter knows and we do not use say what to do instead, and the provider still counts", () => {
  const { config, problems } = parseConfig(
    `[model_providers.mine]
supports_websockets = false
websocket_connect_timeout_ms = 15000
`,
    "config.toml",
  );
  assert.ok(config.modelProviders["mine"] !== undefined);
  assert.deepEqual(problems, [
    "config.toml:3: websocket_connect_timeout_ms in [model_providers.mine]: websockets are not used; take this key out",
  ]);
});

test("reserved ids are refused with another name", () => {
  const { config, problems } = parseConfig('[model_providers.openai]\nbase_url = "https://evil.example"\n', "config.toml");
  assert.deepEqual(config.modelProviders, {});
  assert.match(problems[0] ?? "", /config\.toml:1: .*\[model_providers\.my-openai\]/);
  for (const id of ["ollama", "lmstudio", "ollama-chat"]) {
    const refused = parseConfig(`[model_providers.${id}]\n`, "c.toml");
    assert.deepEqual([refused.config.modelProviders, refused.problems.length], [{}, 1], id);
  }
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

test("what a script writes counts for the task that it runs right then, and a file that stays is read once", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "interpane-config-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "config.toml");
  const read = createConfigReader(file);
  assert.equal(read().config.theme, null);
  for (const [second, theme] of ["dark", "pale"].entries()) {
    writeFileSync(file, `theme = "${theme}"\n`);
    // As the clock of the file system would have it where its steps are long.
    utimesSync(file, 1000 + second, 1000 + second);
    assert.equal(read().config.theme, theme);
    assert.equal(read(), read());
  }
  rmSync(file);
  assert.equal(read().config.theme, null);
});
