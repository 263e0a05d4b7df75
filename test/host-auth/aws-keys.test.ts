// AWS's credential chain, run in a process of its own: environment, files, a program, and what is said where there is nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { type AwsKeysResult, readAwsKeys } from "../../src/host/aws-keys.ts";
import { makeGround } from "./ground.ts";

const noMetadata = { AWS_EC2_METADATA_DISABLED: "true" };

function read(env: Record<string, string>, profile: string | null = null): Promise<AwsKeysResult> {
  return readAwsKeys({ profile, region: "us-east-1", env: { PATH: "/usr/bin:/bin", ...noMetadata, ...env } });
}

test("keys of the environment come first", async (context) => {
  const { folder } = makeGround(context);
  const env = { HOME: folder, AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "s-env", AWS_SESSION_TOKEN: "t-env" };
  const keys = { accessKeyId: "AKIDENV", secretAccessKey: "s-env", sessionToken: "t-env" };
  assert.deepEqual(await read(env), { ok: true, keys, expiresAtMs: null });
});

test("a profile's keys come from the shared files: default, AWS_PROFILE, or the one that config.toml names", async (context) => {
  const { folder, file } = makeGround(context);
  const lines = (name: string): string => `[${name}]\naws_access_key_id = AKID${name}\naws_secret_access_key = s-${name}\n`;
  file(".aws/credentials", `${lines("default")}${lines("work")}${lines("other")}`);
  const found = await Promise.all([
    read({ HOME: folder }),
    read({ HOME: folder, AWS_PROFILE: "work" }),
    read({ HOME: folder, AWS_PROFILE: "work" }, "other"),
  ]);
  assert.deepEqual(
    found.map((one) => (one.ok ? one.keys.accessKeyId : one.problem)),
    ["AKIDdefault", "AKIDwork", "AKIDother"],
  );
});

test("a profile's own program is run, inherits no descriptor; its keys' end is known; no key can be read off the process that asks", async (context) => {
  const { folder, file, script } = makeGround(context);
  const program = script(
    "creds",
    `ls -l /proc/self/fd > ${folder}/fds; tr '\\0' '\\n' < /proc/$(cut -d' ' -f4 /proc/$PPID/stat)/environ > ${folder}/environ; echo '{"Version":1,"AccessKeyId":"AKIDP","SecretAccessKey":"s-p","SessionToken":"t-p","Expiration":"2036-01-01T00:00:00Z"}'`,
  );
  file(".aws/config", `[default]\ncredential_process = ${program}\n`);
  const keys = { accessKeyId: "AKIDP", secretAccessKey: "s-p", sessionToken: "t-p" };
  const env = { HOME: folder, AWS_CONTAINER_AUTHORIZATION_TOKEN: "never-to-be-read" };
  assert.deepEqual(await read(env), { ok: true, keys, expiresAtMs: Date.parse("2036-01-01T00:00:00Z") });
  const environ = readFileSync(join(folder, "environ"), "utf8");
  assert.ok(environ.includes(`HOME=${folder}`) && !environ.includes("never-to-be-read"), environ);
  assert.ok(!readFileSync(join(folder, "fds"), "utf8").includes("ptmx"));
});

test("a container's keys come from the address that its environment names", async (context) => {
  const { folder } = makeGround(context);
  const server = http.createServer((request, response) => {
    const isRight = request.headers.authorization === "let-me";
    const body = { AccessKeyId: "AKIDC", SecretAccessKey: "s-c", Token: "t-c", Expiration: "2036-01-01T00:00:00Z" };
    response.writeHead(isRight ? 200 : 401, { "content-type": "application/json" }).end(isRight ? JSON.stringify(body) : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const found = await read({
    HOME: folder,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/keys`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "let-me",
  });
  assert.ok(found.ok, found.ok ? "" : found.problem);
  assert.equal(found.keys.accessKeyId, "AKIDC");
});

test("the instance's metadata server is asked last, and not at all where anything else gives keys", async (context) => {
  const { folder, file } = makeGround(context);
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.method === "PUT") return response.end("session-token");
    if (request.url?.endsWith("/security-credentials/")) return response.end("role");
    response.end(
      JSON.stringify({ Code: "Success", AccessKeyId: "AKIDI", SecretAccessKey: "s-i", Token: "t-i", Expiration: "2036-01-01T00:00:00Z" }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const env = { HOME: folder, AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}` };
  const instance = await read(env);
  assert.ok(instance.ok, instance.ok ? "" : instance.problem);
  assert.equal(instance.keys.accessKeyId, "AKIDI");
  assert.ok(asked.length > 0);
  asked.length = 0;
  file(".aws/credentials", "[default]\naws_access_key_id = AKIDF\naws_secret_access_key = s-f\n");
  const shared = await read(env);
  assert.ok(shared.ok && shared.keys.accessKeyId === "AKIDF");
  assert.deepEqual(asked, []);
});

test("where there are no keys the profile is named and what to do is said", async (context) => {
  const { folder, file } = makeGround(context);
  const none = await read({ HOME: folder, AWS_PROFILE: "work" });
  assert.ok(!none.ok);
  assert.match(
    none.problem,
    /^no AWS credentials for profile "work": .+; sign in \(aws sso login\), set AWS_PROFILE, or put a Bedrock key into/,
  );
  file(".aws/config", "[default]\ncredential_process = /bin/sleep 60\n");
  const slow = await readAwsKeys({ profile: null, region: "us-east-1", env: { HOME: folder, ...noMetadata }, timeoutMs: 700 });
  assert.ok(!slow.ok);
  assert.match(slow.problem, /AWS gave no credentials for profile "default" within 0\.7 s/);
});
