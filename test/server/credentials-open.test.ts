// What a request carries: each kind of credential, only for its origin, renewed once where it is refused, however many ask.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { bearerAuth } from "../../src/catalog/auth.ts";
import { emptyConfig, parseConfig } from "../../src/host/config.ts";
import { createDoor } from "../../src/net/door.ts";
import { DoorError } from "../../src/net/door-error.ts";
import { fetchWithCredential } from "../../src/server/credentials-fetch.ts";
import { type CredentialQuery, createCredentialOpener, type SecretSources } from "../../src/server/credentials-open.ts";
import { type Ground, makeGround, serve } from "../host-auth/ground.ts";
import { verifySignature } from "../host-auth/sigv4.ts";

const door = createDoor();
after(() => door.close());

const plainEnv = { PATH: "/usr/bin:/bin", HOME: "/nowhere" };

function sourcesOf(given: { toml?: string; file?: string } & Partial<SecretSources>): SecretSources {
  const { toml, file = "/nowhere/config.toml", ...rest } = given;
  return {
    env: () => ({}),
    commandEnv: () => plainEnv,
    vault: { open: async () => ({ ok: false, problem: "nothing there" }), has: () => false, isLocked: false },
    config: () => (toml === undefined ? { config: emptyConfig, problems: [] } : parseConfig(toml, file)),
    signedIn: { accessToken: () => Promise.resolve({ ok: false as const, problem: "nobody is signed in" }) },
    nowMs: Date.now,
    ...rest,
  };
}

function queryOf(origin: string, more: Partial<CredentialQuery> = {}): CredentialQuery {
  return { provider: "mine", origin, auth: bearerAuth, credential: "command", isOffline: false, ...more };
}

/** A fetch as the models port makes it. */
async function fetchAs(sources: SecretSources, query: CredentialQuery): Promise<typeof globalThis.fetch> {
  const open = createCredentialOpener(sources);
  const opened = await open(query, null);
  assert.ok(opened.ok, opened.ok ? "" : opened.problem);
  const passage = { origin: query.origin, headers: {}, isOffline: false, isNamedByUser: true };
  return fetchWithCredential({ door, passage, query, open, opened });
}

function commandToml(origin: string, more = ""): string {
  return `[model_providers.mine]\nbase_url = "${origin}/v1"\nauth = { command = "./key"${more} }\n`;
}

/** Prints key-1, key-2 …, one more at each run. */
function countingKey(ground: Ground, more = ""): () => number {
  ground.script("key", `n=$(($(cat count 2>/dev/null) + 1)); echo $n > count; ${more} echo key-$n`);
  return () => (existsSync(join(ground.folder, "count")) ? Number(readFileSync(join(ground.folder, "count"), "utf8")) : 0);
}

test("one run of a command serves twenty who ask at once, and those who ask later, until its interval is over", async (context) => {
  const ground = makeGround(context);
  const runs = countingKey(ground, "sleep 0.1;");
  let nowMs = 1_000_000;
  const origin = "https://m.example";
  const open = createCredentialOpener(
    sourcesOf({ toml: commandToml(origin, ", refresh_interval_ms = 1000"), file: join(ground.folder, "config.toml"), nowMs: () => nowMs }),
  );
  const all = await Promise.all(Array.from({ length: 20 }, () => open(queryOf(origin), null)));
  assert.ok(all.every((one) => one.ok && one.attach.auth?.value === "Bearer key-1"));
  nowMs += 999;
  await open(queryOf(origin), null);
  assert.equal(runs(), 1);
  nowMs += 2;
  const later = await open(queryOf(origin), null);
  assert.ok(later.ok && later.attach.auth?.value === "Bearer key-2");
  assert.equal(runs(), 2);
});

test("after a 401 the command runs once more for all who were refused, and each request is sent once more", async (context) => {
  const ground = makeGround(context);
  const runs = countingKey(ground);
  const { origin, seen } = await serve(context, ({ headers }) => ({ status: headers.authorization === "Bearer key-2" ? 200 : 401 }));
  const sources = sourcesOf({ toml: commandToml(origin, ", refresh_interval_ms = 0"), file: join(ground.folder, "config.toml") });
  const fetch = await fetchAs(sources, queryOf(origin));
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => fetch(`${origin}/v1/x`, { method: "POST", body: `body ${index}` })),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(runs(), 2);
  assert.equal(seen.length, 16);
  assert.equal(seen.filter(({ body, headers }) => body === "body 3" && headers.authorization === "Bearer key-2").length, 1);
  // From then on the new one goes out at once.
  await fetch(`${origin}/v1/x`);
  assert.equal(seen.length, 17);
});

test("a key that is refused again is not asked for a third time, and the refusal is the provider's own", async (context) => {
  const ground = makeGround(context);
  const runs = countingKey(ground);
  const { origin, seen } = await serve(context, () => ({ status: 401, body: "go away" }));
  const fetch = await fetchAs(sourcesOf({ toml: commandToml(origin), file: join(ground.folder, "config.toml") }), queryOf(origin));
  const answer = await fetch(`${origin}/v1/x`, { method: "POST", body: "{}" });
  assert.deepEqual([answer.status, await answer.text(), runs(), seen.length], [401, "go away", 2, 2]);
});

test("a renewal that fails says both what the provider and what the command said", async (context) => {
  const ground = makeGround(context);
  ground.script("key", 'test -e once && { echo "log in first" >&2; exit 4; }; touch once; echo key-1');
  const { origin } = await serve(context, () => ({ status: 401 }));
  const fetch = await fetchAs(sourcesOf({ toml: commandToml(origin), file: join(ground.folder, "config.toml") }), queryOf(origin));
  const error = await fetch(`${origin}/v1/x`).catch((reason: unknown) => reason);
  assert.ok(error instanceof DoorError);
  assert.match(
    error.message,
    /refused the key \(401\), and a new one could not be had: the key command "\.\/key" failed with exit code 4; it said: log in/,
  );
  assert.deepEqual([error.kind, error.isRetryable], ["auth", false]);
});

test("a redirect is not followed, neither by the first request nor by the one with a renewed key", async (context) => {
  const ground = makeGround(context);
  countingKey(ground);
  const trap = await serve(context, () => ({ status: 200 }));
  for (const status of [301, 302, 303, 307, 308]) {
    for (const first of [401, status]) {
      const { origin, seen } = await serve(context, (_, count) => ({
        status: count === 1 ? first : status,
        headers: { location: `${trap.origin}/v1/x` },
      }));
      const fetch = await fetchAs(sourcesOf({ toml: commandToml(origin), file: join(ground.folder, "config.toml") }), queryOf(origin));
      const error = await fetch(`${origin}/v1/x`, { method: "POST", body: "the prompt" }).catch((reason: unknown) => reason);
      assert.ok(error instanceof DoorError && error.reason === "redirect", String(error));
      assert.equal(seen.length, first === 401 ? 2 : 1);
    }
  }
  assert.equal(trap.seen.length, 0);
});

test("no key of a provider goes to another origin than its own, whatever a profile asks for", async (context) => {
  const ground = makeGround(context);
  const runs = countingKey(ground);
  const file = join(ground.folder, "config.toml");
  const toml = `${commandToml("https://m.example")}[model_providers.token]\nbase_url = "https://t.example"\nexperimental_bearer_token = "sk-file"\n`;
  const open = createCredentialOpener(sourcesOf({ toml, file }));
  const refused = [
    queryOf("https://evil.example"),
    queryOf("https://m.example:444"),
    queryOf("http://m.example"),
    queryOf("https://m.example", { provider: "unknown" }),
    queryOf("https://t.example.evil.example", { provider: "token", credential: "config" }),
    queryOf("https://m.example", { credential: "config" }),
    queryOf("https://m.example", { credential: "aws" }),
    queryOf("https://bedrock-mantle.us-east-1.api.aws.evil.example", { provider: "amazon-bedrock", credential: "aws" }),
    queryOf("https://bedrock-mantle.us-gov-west-1.api.aws", { provider: "amazon-bedrock", credential: "aws" }),
  ];
  for (const query of refused) assert.equal((await open(query, null)).ok, false, JSON.stringify(query));
  assert.equal(runs(), 0);
  const own = await open(queryOf("https://t.example", { provider: "token", credential: "config" }), null);
  assert.ok(own.ok && own.attach.auth?.value === "Bearer sk-file");
});

test("offline nothing runs and nothing is looked up for an origin that is not this machine", async (context) => {
  const ground = makeGround(context);
  const runs = countingKey(ground);
  const open = createCredentialOpener(sourcesOf({ toml: commandToml("https://m.example"), file: join(ground.folder, "config.toml") }));
  const offline = await open(queryOf("https://m.example", { isOffline: true }), null);
  assert.ok(!offline.ok);
  assert.match(offline.problem, /^offline: https:\/\/m\.example is not on this machine, and no key is fetched/);
  assert.equal(runs(), 0);
});

test("a variable that is named and unset is a hard stop that says which, with the provider's own instructions", async () => {
  const toml =
    '[model_providers.mine]\nbase_url = "https://m.example"\nenv_key = "MINE_KEY"\nenv_key_instructions = "Get one at https://m.example/keys"\n';
  const open = createCredentialOpener(sourcesOf({ toml, env: () => ({ MINE_KEY: "  " }) }));
  const unset = await open(queryOf("https://m.example", { credential: "env:MINE_KEY" }), null);
  assert.deepEqual(unset, { ok: false, problem: "MINE_KEY is not set; Get one at https://m.example/keys" });
});

// AWS -----------------------------------------------------------------------------------------------------------------

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: "session-1" };
const bedrock = { provider: "amazon-bedrock", credential: "aws" } as const;

async function bedrockAt(
  context: TestContext,
  answer: Parameters<typeof serve>[1],
  more: { readKeys?: NonNullable<SecretSources["aws"]>["readKeys"]; nowMs?: () => number } = {},
): Promise<{ origin: string; seen: Awaited<ReturnType<typeof serve>>["seen"]; send: () => Promise<Response> }> {
  const { origin, seen } = await serve(context, answer);
  const readKeys = more.readKeys ?? (() => Promise.resolve({ ok: true, keys, expiresAtMs: null } as const));
  const aws = { regionOf: (at: string) => (at === origin ? "eu-central-1" : null), readKeys };
  const sources = sourcesOf({ aws, ...(more.nowMs === undefined ? {} : { nowMs: more.nowMs }) });
  const query = queryOf(origin, bedrock);
  const open = createCredentialOpener(sources);
  const opened = await open(query, null);
  assert.ok(opened.ok);
  const passage = { origin, headers: { "x-own": "1", session_id: "s" }, isOffline: false };
  const fetch = fetchWithCredential({ door, passage, query, open, opened });
  const body = JSON.stringify({ model: "openai.gpt-5.5", input: "Grüße 🙂" });
  const headers = { "content-type": "application/json", authorization: "Bearer placeholder" };
  return { origin, seen, send: () => fetch(`${origin}/openai/v1/responses?b=2&a=1%20x&a=0`, { method: "POST", body, headers }) };
}

test("a request to Bedrock carries a signature that AWS's published algorithm verifies, over body, query and headers", async (context) => {
  const { seen, send } = await bedrockAt(context, () => ({ status: 200 }));
  assert.equal((await send()).status, 200);
  const [request] = seen;
  assert.ok(request !== undefined);
  const verified = verifySignature(request, () => keys.secretAccessKey, Date.now());
  assert.deepEqual(
    [verified.problem, verified.region, verified.service, verified.accessKeyId],
    [null, "eu-central-1", "bedrock-mantle", keys.accessKeyId],
  );
  for (const name of ["host", "x-amz-date", "x-amz-security-token", "x-own", "content-type", "content-length"])
    assert.ok(verified.signedHeaders.includes(name), name);
  assert.equal(request.headers["session_id"], undefined);
  assert.equal(request.headers["x-amz-security-token"], "session-1");
  assert.ok(!JSON.stringify(request).includes(keys.secretAccessKey));
  const changed = [
    { ...request, body: `${request.body} ` },
    { ...request, url: `${request.url}&c=3` },
    { ...request, method: "PUT" },
  ];
  for (const one of changed)
    assert.equal(verifySignature(one, () => keys.secretAccessKey, Date.now()).problem, "the signature does not match");
});

test("keys that AWS refuses are looked up once more, and the request signed and sent anew", async (context) => {
  let reads = 0;
  const readKeys = (): Promise<{ ok: true; keys: typeof keys; expiresAtMs: null }> => {
    reads += 1;
    return Promise.resolve({ ok: true, keys: { ...keys, accessKeyId: `AKID${reads}` }, expiresAtMs: null });
  };
  const { seen, send } = await bedrockAt(
    context,
    (request) => ({ status: verifySignature(request, () => keys.secretAccessKey, Date.now()).accessKeyId === "AKID2" ? 200 : 403 }),
    { readKeys },
  );
  assert.equal((await send()).status, 200);
  assert.deepEqual([reads, seen.length], [2, 2]);
});

test("an expired signature has a sentence of its own: the clock, or the session", async (context) => {
  const answer = { status: 403, body: '{"message":"Signature expired: 20260101T000000Z is now earlier than 20260102T000000Z"}' };
  const late = new Date(Date.now() + 3_600_000).toUTCString();
  const skewed = await bedrockAt(context, () => ({ ...answer, headers: { date: late } }), { nowMs: () => Date.now() - 3_600_000 });
  const clock = await skewed.send().catch((reason: unknown) => reason);
  assert.ok(clock instanceof DoorError);
  assert.match(clock.message, /its signature has expired: this machine's clock is 3[56]\d\d s slow; set the clock/);
  const session = await bedrockAt(context, () => ({
    status: 401,
    body: '{"message":"The security token included in the request is expired"}',
  }));
  const ended = await session.send().catch((reason: unknown) => reason);
  assert.ok(ended instanceof DoorError);
  assert.match(ended.message, /the session behind it has expired; sign in again \(aws sso login\)/);
});

test("a refusal of AWS's that is no expiry keeps what it said", async (context) => {
  const { send } = await bedrockAt(context, () => ({ status: 403, body: '{"message":"not authorized to perform bedrock:InvokeModel"}' }));
  const answer = await send();
  assert.deepEqual([answer.status, await answer.json()], [403, { message: "not authorized to perform bedrock:InvokeModel" }]);
});
