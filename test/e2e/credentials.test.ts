// Keys that have to be made first, in the whole program: a command's, an account's, AWS's.

import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CLIENT_ID, signInAt, startOidc } from "../host-auth/oidc.ts";
import { makeHome } from "../support/home.ts";
import { say as reply, startModelServer } from "../support/model-server.ts";

const profile = { gate: "provider: gate\nmodel: m\n" };

test("a command's key answers a prompt; it runs once for three tasks at once, sees no key, and inherits no descriptor", async (t) => {
  const server = await startModelServer([reply("one"), reply("two"), reply("three")]);
  t.after(server.close);
  const config = `default_profile = "gate"\n[model_providers.gate]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\nauth = { command = "./key.sh", args = ["a b"] }\n`;
  const home = makeHome({ config, profiles: profile, env: { OPENAI_API_KEY: "sk-never", AWS_SECRET_ACCESS_KEY: "never-aws" } });
  t.after(home.close);
  const seen = join(home.root, "seen");
  chmodSync(
    home.write(
      "key.sh",
      `#!/bin/bash\nsleep 0.3\n(echo run; env) >> '${seen}'\nls -l /proc/$$/fd >> '${seen}'\necho "key-for-$1" | tr ' ' _\n`,
    ),
    0o755,
  );
  const ends = await Promise.all([home.run(["exec", "1"]), home.run(["exec", "2"]), home.run(["exec", "3"])]);
  for (const { code, err } of ends) assert.equal(code, 0, err);
  for (const { headers } of server.requests) assert.equal(headers.authorization, "Bearer key-for-a_b");
  const told = readFileSync(seen, "utf8");
  assert.equal(told.match(/^run$/gm)?.length, 1);
  assert.ok(!told.includes("never"), told);
  // 255 is bash's own: the script it reads.
  assert.deepEqual([...told.matchAll(/ (\d+) -> /g)].map((match) => match[1]).toSorted(), ["0", "1", "2", "255"], told);
  const log = [...home.files()].filter(([, bytes]) => bytes.includes("key-for-a"));
  assert.deepEqual(
    log.map(([path]) => path).filter((path) => !path.endsWith("key.sh")),
    [],
  );
});

test("a command that fails, and a variable that is not set, end the task with 2 or 3 and a sentence", async (t) => {
  const config =
    '[model_providers.gate]\nbase_url = "http://127.0.0.1:9/v1"\nwire_api = "chat"\nauth = { command = "false" }\n' +
    '[model_providers.named]\nbase_url = "http://127.0.0.1:9/v1"\nenv_key = "NAMED_KEY"\nenv_key_instructions = "ask Ann for one"\n';
  const home = makeHome({ config, profiles: { ...profile, named: "provider: named\nmodel: m\n" } });
  t.after(home.close);
  const [failed, unset] = await Promise.all([home.run(["exec", "-p", "gate", "x"]), home.run(["exec", "-p", "named", "x"])]);
  assert.match(failed.err, /the key command "false" failed with exit code 1, and said nothing; run it by hand/);
  assert.match(unset.err, /NAMED_KEY is not set.*ask Ann for one/);
  assert.deepEqual([failed.code, unset.code], [3, 2], failed.err + unset.err);
});

test("login signs in at an OpenID provider, the account answers a prompt, and logout ends it", async (t) => {
  const server = await startModelServer([reply("signed in")]);
  t.after(server.close);
  const oidc = await startOidc(t);
  const config =
    `[openai_sign_in]\nissuer = "${oidc.issuer}"\nclient_id = "${CLIENT_ID}"\n` +
    `[model_providers.gate]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\nrequires_openai_auth = true\n`;
  const home = makeHome({ config, profiles: profile });
  t.after(home.close);
  const before = await home.run(["exec", "-p", "gate", "x"]);
  assert.equal(before.code, 2);
  assert.match(before.err, /nobody is signed in for http:\/\/127\.0\.0\.1:\d+; run: interpane login gate/);
  const login = home.start(["login", "gate"]);
  let page = "";
  login.child.stdout?.on("data", (chunk: Buffer) => (page += chunk.toString()));
  await login.said(/code_challenge=[^\n]+\n/);
  assert.equal((await signInAt(page.trim())).status, 200);
  const ended = await login.ended;
  assert.equal(ended.code, 0, ended.err);
  const answered = await home.ask(["exec", "-p", "gate", "x"]);
  assert.deepEqual([answered.code, answered.out], [0, "signed in\n"], answered.err);
  const token = server.requests[0]?.headers.authorization?.replace("Bearer ", "") ?? "";
  assert.ok(await oidc.isGood(token));
  assert.ok(![...home.files().values()].some((bytes) => bytes.includes(token)));
  assert.equal((await home.run(["logout", "gate"])).code, 0);
  assert.equal(await oidc.isGood(token), false);
  assert.equal((await home.ask(["exec", "-p", "gate", "x"])).code, 2);
});

test("the bedrock profile names its region and says what is missing where AWS has no credentials", async (t) => {
  const home = makeHome({ env: { AWS_EC2_METADATA_DISABLED: "true", AWS_PROFILE: "work" } });
  t.after(home.close);
  const nowhere = await home.run(["exec", "-p", "bedrock", "x"]);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /no AWS region is known; set AWS_REGION/);
  const keyless = await home.ask(["exec", "-p", "bedrock", "x"], { env: { AWS_REGION: "eu-west-2" } });
  assert.equal(keyless.code, 3);
  assert.match(keyless.err, /no AWS credentials for profile "work": .*sign in \(aws sso login\)/);
  const offline = await home.ask(["exec", "--offline", "-p", "bedrock", "x"], { env: { AWS_REGION: "eu-west-2" } });
  assert.equal(offline.code, 4, offline.err);
  assert.ok(!existsSync(join(home.env["HOME"] ?? "/", ".aws")));
});
