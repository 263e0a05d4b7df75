// Signing in at an OpenID provider that nobody here wrote: PKCE, loopback callback, renewal by one for all, one origin for the token.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { bearerAuth } from "../../src/catalog/auth.ts";
import { parseConfig } from "../../src/host/config.ts";
import { openVault, type Vault } from "../../src/host/vault.ts";
import { createDoor } from "../../src/net/door.ts";
import { signInTargetOf } from "../../src/server/credentials.ts";
import { type CredentialQuery, createCredentialOpener } from "../../src/server/credentials-open.ts";
import { createSignIns, type SignIns } from "../../src/server/credentials-sign-in.ts";
import { serve } from "../host-auth/ground.ts";
import { CLIENT_ID, type Oidc, signInAt, startOidc } from "../host-auth/oidc.ts";

const door = createDoor();
after(() => door.close());

const API = "https://api.openai.com";

interface Stage {
  readonly oidc: Oidc;
  readonly vault: Vault;
  readonly vaultFile: string;
  readonly signIns: SignIns;
  readonly said: string[];
  /** Moves our own clock. */
  pass(ms: number): void;
  ask(refused?: string | null, more?: Partial<CredentialQuery>): ReturnType<ReturnType<typeof createCredentialOpener>>;
}

async function makeStage(context: TestContext, more: { issuer?: string; toml?: string; waitMs?: number } = {}): Promise<Stage> {
  const oidc = await startOidc(context);
  const folder = mkdtempSync(join(tmpdir(), "interpane-sign-in-"));
  const vaultFile = join(folder, "vault.json");
  const vault = await openVault({ vaultFile, vaultKeyFile: join(folder, "vault.key") });
  const toml = `${more.toml ?? ""}\n[openai_sign_in]\nissuer = "${more.issuer ?? oidc.issuer}"\nclient_id = "${CLIENT_ID}"\n`;
  const config = (): ReturnType<typeof parseConfig> => parseConfig(toml, "/nowhere/config.toml");
  assert.deepEqual(config().problems, []);
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const said: string[] = [];
  const signIns = createSignIns({
    door,
    vault,
    config,
    targetOf: (id) => signInTargetOf(id, config()),
    nowMs,
    say: (text) => said.push(text),
    ...(more.waitMs === undefined ? {} : { waitMs: more.waitMs }),
  });
  const open = createCredentialOpener({ env: () => ({}), commandEnv: () => ({}), vault, config, signedIn: signIns, nowMs });
  context.after(() => {
    signIns.close();
    vault.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const query: CredentialQuery = { provider: "openai", origin: API, auth: bearerAuth, credential: "sign-in", isOffline: false };
  return {
    oidc,
    vault,
    vaultFile,
    signIns,
    said,
    pass: (ms) => {
      aheadMs += ms;
    },
    ask: (refused = null, changes = {}) => open({ ...query, ...changes }, refused),
  };
}

async function signIn({ signIns }: Stage, provider = "openai"): Promise<{ url: URL; page: { status: number; text: string } }> {
  const begun = await signIns.begin(provider, false);
  assert.ok(begun.ok, begun.ok ? "" : begun.reason);
  const page = await signInAt(begun.url);
  return { url: new URL(begun.url), page };
}

function tokenOf(opened: Awaited<ReturnType<Stage["ask"]>>): string {
  assert.ok(opened.ok, opened.ok ? "" : opened.problem);
  return opened.attach.auth?.value.replace("Bearer ", "") ?? "";
}

function problemOf(opened: Awaited<ReturnType<Stage["ask"]>>): string {
  return opened.ok ? assert.fail("it was opened") : opened.problem;
}

test("signing in by code with PKCE S256 yields a token that the issuer knows, kept for OpenAI's origin alone", async (context) => {
  const stage = await makeStage(context);
  assert.match(problemOf(await stage.ask()), /nobody is signed in for https:\/\/api\.openai\.com; run: interpane login openai/);
  const { url, page } = await signIn(stage);
  assert.deepEqual([page.status, page.text], [200, "Signed in. You can close this page.\n"]);
  assert.deepEqual(await stage.signIns.ended("openai"), { ok: true, origin: API });
  assert.equal(url.searchParams.get("code_challenge_method"), "S256");
  assert.match(url.searchParams.get("redirect_uri") ?? "", /^http:\/\/127\.0\.0\.1:\d+\/auth\/callback$/);
  const token = tokenOf(await stage.ask());
  assert.ok(await stage.oidc.isGood(token));
  assert.deepEqual(
    stage.vault.list().map(({ id, origin }) => [id, origin]),
    [
      ["sign-in-refresh.openai", stage.oidc.issuer],
      ["sign-in.openai", API],
    ],
  );
  assert.ok(!readFileSync(stage.vaultFile, "utf8").includes(token));
});

test("the token goes to providers that say so and to their exact origin, never to another that has no key", async (context) => {
  const toml =
    '[model_providers.gate]\nbase_url = "https://gate.example/v1"\nrequires_openai_auth = true\n[model_providers.plain]\nbase_url = "https://plain.example"\n';
  const stage = await makeStage(context, { toml });
  await signIn(stage);
  const others: Partial<CredentialQuery>[] = [
    { origin: "https://api.openai.com.evil.example" },
    { origin: "http://api.openai.com" },
    { origin: "http://localhost:11434", provider: "ollama" },
    { origin: "https://plain.example", provider: "plain" },
    // It says so, but nobody has signed in for it.
    { origin: "https://gate.example", provider: "gate" },
    { origin: API, provider: "gate" },
  ];
  for (const other of others) assert.equal((await stage.ask(null, other)).ok, false, JSON.stringify(other));
  assert.equal((await stage.signIns.begin("plain", false)).ok, false);
  await signIn(stage, "gate");
  const gate = tokenOf(await stage.ask(null, { origin: "https://gate.example", provider: "gate" }));
  assert.notEqual(gate, tokenOf(await stage.ask()));
});

test("a token near its end is renewed once, however many ask, and the new one is kept", async (context) => {
  const stage = await makeStage(context);
  await signIn(stage);
  const first = tokenOf(await stage.ask());
  stage.pass(56 * 60_000);
  const renewed = await Promise.all(Array.from({ length: 12 }, () => stage.ask()));
  assert.equal(new Set(renewed.map(tokenOf)).size, 1);
  const second = tokenOf(await stage.ask());
  assert.notEqual(second, first);
  assert.ok(await stage.oidc.isGood(second));
  // One for the code, one for the renewal.
  assert.equal(stage.oidc.asked.filter((one) => one === "POST /token").length, 2);
  // The refresh token was replaced: the next renewal works too.
  stage.pass(56 * 60_000);
  assert.ok(await stage.oidc.isGood(tokenOf(await stage.ask())));
});

test("a token that the provider refused is renewed once for all whom it refused", async (context) => {
  const stage = await makeStage(context);
  await signIn(stage);
  const opened = await stage.ask();
  assert.ok(opened.ok);
  const renewed = await Promise.all(Array.from({ length: 5 }, () => stage.ask(opened.stamp)));
  const late = await stage.ask(opened.stamp);
  assert.equal(new Set([...renewed, late].map(tokenOf)).size, 1);
  assert.notEqual(tokenOf(late), tokenOf(opened));
  assert.equal(stage.oidc.asked.filter((one) => one === "POST /token").length, 2);
});

test("a session that the issuer has ended says so and what to run; signing out forgets both tokens and ends the session there", async (context) => {
  const stage = await makeStage(context);
  await signIn(stage);
  const token = tokenOf(await stage.ask());
  assert.equal(await stage.signIns.end("openai", false), true);
  assert.deepEqual(stage.vault.list(), []);
  assert.equal(await stage.oidc.isGood(token), false);
  assert.equal(await stage.signIns.end("openai", false), false);
  await signIn(stage);
  tokenOf(await stage.ask());
  assert.equal(await stage.vault.remove("sign-in.openai"), true);
  assert.match(problemOf(await stage.ask()), /nobody is signed in/);
  await signIn(stage);
  await stage.vault.add("sign-in-refresh.openai", stage.oidc.issuer, "used-up-long-ago");
  stage.pass(3_600_000);
  assert.match(
    problemOf(await stage.ask()),
    /^the sign-in has ended \(expired, revoked or used elsewhere\): .+ gave no token \(400\); it said: invalid_grant.+; run: interpane login openai$/,
  );
});

test("the callback hears only who knows the state, and only once", async (context) => {
  const stage = await makeStage(context);
  const begun = await stage.signIns.begin("openai", false);
  assert.ok(begun.ok);
  const callback = new URL(begun.url).searchParams.get("redirect_uri") ?? "";
  assert.equal((await fetch(`${callback}?code=stolen&state=guess`)).status, 400);
  assert.equal((await fetch(`${callback}?code=stolen`)).status, 400);
  assert.equal((await fetch(callback.replace("/auth/callback", "/other"))).status, 404);
  const state = new URL(begun.url).searchParams.get("state") ?? "";
  assert.equal((await fetch(`${callback}?code=stolen&state=${state}&iss=https://evil.example`)).status, 400);
  const wrong = await fetch(`${callback}?code=made-up&state=${state}`);
  assert.match(await wrong.text(), /Not signed in: .+ it said: invalid_grant/);
  const ended = await stage.signIns.ended("openai");
  assert.ok(!ended.ok);
  assert.match(ended.reason, /start again: interpane login openai/);
  await assert.rejects(fetch(`${callback}?code=x&state=${state}`));
});

test("a refusal on the page, nobody coming back, and a second attempt each end the wait with a sentence", async (context) => {
  const stage = await makeStage(context, { waitMs: 60 });
  assert.ok((await stage.signIns.begin("openai", false)).ok);
  const late = await stage.signIns.ended("openai");
  assert.match(late.ok ? "" : late.reason, /nobody came back from the sign-in page/);
  const patient = await makeStage(context);
  const begun = await patient.signIns.begin("openai", false);
  assert.ok(begun.ok);
  const first = patient.signIns.ended("openai");
  const again = await patient.signIns.begin("openai", false);
  assert.ok(again.ok);
  assert.deepEqual(await first, { ok: false, reason: "another sign-in has taken its place" });
  const { searchParams } = new URL(again.url);
  await fetch(`${searchParams.get("redirect_uri")}?error=access_denied&state=${searchParams.get("state")}`);
  const refused = await patient.signIns.ended("openai");
  assert.match(refused.ok ? "" : refused.reason, /the sign-in page refused: access_denied; start again/);
});

test("an issuer that would have tokens fetched elsewhere, or that is not who it says, is not trusted", async (context) => {
  const lies = [
    { token_endpoint: "https://evil.example/token" },
    { issuer: "https://evil.example" },
    { authorization_endpoint: "http://evil.example/auth" },
  ];
  for (const lie of lies) {
    const { origin } = await serve(context, ({ headers }) => {
      const own = `http://${headers.host}`;
      const document = { issuer: own, authorization_endpoint: `${own}/auth`, token_endpoint: `${own}/token`, ...lie };
      return { status: 200, body: JSON.stringify(document) };
    });
    const stage = await makeStage(context, { issuer: origin });
    const begun = await stage.signIns.begin("openai", false);
    assert.ok(!begun.ok, JSON.stringify(lie));
    assert.match(begun.reason, /evil\.example|without https/);
  }
});

test("without an issuer and a client id signing in is off and says how to switch it on", async (context) => {
  const { vault } = await makeStage(context);
  const config = (): ReturnType<typeof parseConfig> => parseConfig("", "/nowhere/config.toml");
  const off = createSignIns({ door, vault, config, targetOf: (id) => signInTargetOf(id, config()), nowMs: Date.now, say: () => {} });
  const begun = await off.begin("openai", false);
  assert.match(begun.ok ? "" : begun.reason, /signing in is off: set issuer and client_id under \[openai_sign_in\]/);
});
