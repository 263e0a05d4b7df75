// Each row of the catalog as a request: to its own host over TLS, with the path, headers and body of its wire, its key in one header of
// its own requests and nowhere else. The hosts are stood in for by one server here, which has a certificate for all of them.

import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { bundledCatalog } from "../../src/catalog/bundled.ts";
import { listProviders, loadModels, modelsOf } from "../../src/catalog/catalog.ts";
import type { SessionId } from "../../src/domain/ids.ts";
import { itemSchema } from "../../src/domain/item.ts";
import type { Profile } from "../../src/domain/profile.ts";
import type { ModelEvent } from "../../src/domain/stream.ts";
import { harnessesFor, harnessFor, harnessOf } from "../../src/harness/table.ts";
import { systemClock } from "../../src/host/clock.ts";
import { parseConfig } from "../../src/host/config.ts";
import { buildProfile } from "../../src/host/profile-build.ts";
import { createDoor, type Door } from "../../src/net/door.ts";
import { createModels } from "../../src/server/models.ts";
import { makeCertificate } from "../support/certificate.ts";
import { fakeImages } from "../support/fake-ports.ts";
import { refuse } from "../support/model-checks.ts";
import { type ApiName, framesOf } from "../support/model-frames.ts";

await loadModels();
const rows = listProviders().filter((row) => row.wire !== "demo");
const region = "eu-west-1";
const urlOf = (baseUrl: string): URL => new URL(baseUrl.replace("{region}", region));
const envNames = [...new Set(rows.flatMap((row) => row.env))];
/** One for each environment name, and one for each row in the vault: no two are alike, and none is part of another. */
const env: Record<string, string> = Object.fromEntries(envNames.map((name, n) => [name, `sk-env-${1000 + n}-Zq+/=w%${name}`]));
const vaultKeys = new Map(rows.map((row, n) => [row.id, `sk-vault-${1000 + n}-Yp+/=v%${row.id}`]));
const allKeys = [...Object.values(env), ...vaultKeys.values()];

interface Seen {
  readonly host: string;
  /** The name asked for in TLS; null where there was none. */
  readonly servername: string | null;
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** All of it, as one text. */
  readonly raw: string;
}

const seen: Seen[] = [];
/** What the next requests are answered with: a reply, or a refusal that repeats all that it was told. */
let isRefusing = false;

const answer: http.RequestListener = (request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => (body += chunk));
  request.on("end", () => {
    const { headers, method = "", url = "", socket } = request;
    const servername = "servername" in socket && typeof socket.servername === "string" ? socket.servername : null;
    const raw = JSON.stringify([method, url, request.rawHeaders, body]);
    seen.push({ host: headers.host ?? "", servername, method, url, headers, body, raw });
    if (isRefusing) {
      const key = String(headers.authorization ?? headers["x-api-key"] ?? "");
      const message = `Incorrect API key provided: ${key}, ${encodeURIComponent(key)}, ${Buffer.from(key).toString("base64")}`;
      response.writeHead(401, { "content-type": "application/json", "x-request-id": `r-${key.replace(/^Bearer /, "")}` });
      response.end(JSON.stringify({ error: { message } }));
      return;
    }
    const api: ApiName = url.includes("/messages") ? "messages" : url.includes("/chat/") ? "chat" : "responses";
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const frame of framesOf(api, { steps: [{ type: "text", text: "here" }] }, "m"))
      if (frame.type === "frame") response.write(frame.text);
    response.end();
  });
};

const certificate = makeCertificate([...new Set(rows.map((row) => urlOf(row.baseUrl).hostname))]);
const tlsServer = https.createServer({ key: certificate.key, cert: certificate.cert }, answer);
const plainServer = http.createServer(answer);
let door: Door;

before(async () => {
  for (const server of [tlsServer, plainServer]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const portOf = (server: http.Server): number => (server.address() as AddressInfo).port;
  // Every name leads here; who the server must prove to be stays what the request says.
  class Tls extends https.Agent {
    override createConnection(...[options, done]: Parameters<https.Agent["createConnection"]>) {
      return super.createConnection({ ...options, host: "127.0.0.1", port: portOf(tlsServer) }, done);
    }
  }
  class Plain extends http.Agent {
    override createConnection(...[options, done]: Parameters<http.Agent["createConnection"]>) {
      return super.createConnection({ ...options, host: "127.0.0.1", port: portOf(plainServer) }, done);
    }
  }
  door = createDoor({
    connections: () => ({ http: new Plain({ keepAlive: true }), https: new Tls({ keepAlive: true, ca: certificate.cert }) }),
  });
});
after(() => {
  door.close();
  for (const server of [tlsServer, plainServer]) {
    server.closeAllConnections();
    server.close();
  }
});

const { config } = parseConfig("", "/nowhere/config.toml");

function profileOf(row: (typeof rows)[number], credential: Profile["credential"] | undefined): Profile {
  const models = modelsOf(row.id);
  const model = models.find((each) => each.reasoning === "effort") ?? models[0];
  const built = buildProfile(
    {
      id: row.id,
      from: "bundled",
      file: {
        provider: row.id,
        model: model?.id ?? "local-model",
        ...(model?.reasoning === "effort" ? { reasoning_effort: "high" as const } : {}),
        ...(credential === undefined ? {} : { credential }),
      },
    },
    {
      catalog: bundledCatalog,
      config,
      env: { ...env, AWS_REGION: region },
      hasVaultKey: (id) => vaultKeys.has(id),
      chooseHarness: harnessFor,
      harnessesFor,
      local: [],
      listed: new Map(),
    },
  );
  assert.equal(built.problem, null);
  assert.ok(built.profile !== null);
  return built.profile;
}

async function ask(profile: Profile): Promise<ModelEvent[]> {
  const models = createModels({
    images: fakeImages(),
    door,
    clock: systemClock,
    config: () => parseConfig("", "/nowhere/config.toml"),
    secrets: {
      env: () => env,
      commandEnv: () => ({}),
      vault: { isLocked: false, has: () => true, open: async (id) => ({ ok: true, secret: vaultKeys.get(id) ?? "" }) },
      config: () => parseConfig("", "/nowhere/config.toml"),
      signedIn: { accessToken: () => Promise.resolve({ ok: false, problem: "nobody" }) },
      nowMs: Date.now,
    },
  });
  const items = [itemSchema.parse({ id: "i1", parent: null, at: 0, turn: null, type: "user", text: "what OS am I using?" })];
  const tools = harnessOf(profile.harness).tools({ tools: ["interpreter", "editor"] });
  const request = { profile, session: "s-1" as SessionId, instructions: "Be brief.", items, tools, isOffline: false };
  const events: ModelEvent[] = [];
  for await (const event of models.stream(request, new AbortController().signal)) events.push(event);
  return events;
}

/** Reads like the documents do (Open Interpreter's page on providers, "Wire APIs" and "Authentication"), not like the code. */
const paths: Readonly<Record<ApiName, string>> = { responses: "/responses", chat: "/chat/completions", messages: "/v1/messages" };
const expectedPath = (wire: ApiName, base: URL): string =>
  (wire === "messages" ? base.pathname.replace(/\/v1\/?$/, "") : base.pathname).replace(/\/$/, "") + paths[wire];

const always = ["accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent"];

function check(row: (typeof rows)[number], profile: Profile, key: string | null): void {
  assert.equal(seen.length, 1, "one request");
  const [request] = seen.splice(0);
  assert.ok(request !== undefined && profile.wire !== "demo");
  const base = urlOf(row.baseUrl);
  assert.equal(request.host, base.host);
  assert.equal(request.servername, base.protocol === "https:" ? base.hostname : null, "the host that must prove itself");
  assert.equal(`${request.method} ${request.url}`, `POST ${expectedPath(profile.wire, base)}`);
  const { headers } = request;
  const ofWire = profile.wire === "messages" ? ["anthropic-version"] : [];
  const ofKey = key === null ? [] : [profile.wire === "messages" ? "x-api-key" : "authorization"];
  assert.deepEqual(Object.keys(headers).sort(), [...always, ...ofWire, ...ofKey].sort());
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers.accept, "text/event-stream");
  assert.equal(headers["user-agent"], "interpane");
  if (profile.wire === "messages") assert.equal(headers["anthropic-version"], "2023-06-01");
  if (key !== null) assert.equal(headers[ofKey[0] ?? ""], profile.wire === "messages" ? key : `Bearer ${key}`);
  const body: unknown = JSON.parse(request.body);
  assert.equal(refuse(profile.wire, body), null);
  assert.ok(typeof body === "object" && body !== null && "model" in body);
  assert.equal(body.model, profile.model);
  for (const field of row.quirks.dropFields ?? []) assert.ok(!(field in body), `${field} is refused there`);
  checkKeys(request.raw, key);
}

/** Its own key once, and none of the others. */
function checkKeys(text: string, key: string | null): void {
  const held = allKeys.filter((each) => text.includes(JSON.stringify(each).slice(1, -1)));
  assert.deepEqual(held, key === null ? [] : [key]);
  if (key !== null) assert.equal(text.split(JSON.stringify(key).slice(1, -1)).length, 2, "once");
}

test("there are 120 rows, and this file asks all of them", () => assert.equal(rows.length, 120));

for (const row of rows) {
  const name = row.env[0];
  test(`${row.id}: a request goes to ${urlOf(row.baseUrl).host} over ${row.wire}, with ${name ?? "no key"} and with the vault's key`, async () => {
    isRefusing = false;
    const ways: readonly (readonly [Profile["credential"] | undefined, string | null])[] =
      row.auth.type === "none" || name === undefined
        ? [["none", null]]
        : [
            [`env:${name}`, env[name] ?? ""],
            [`vault:${row.id}`, vaultKeys.get(row.id) ?? ""],
          ];
    for (const [credential, key] of ways) {
      const profile = profileOf(row, credential);
      const events = await ask(profile);
      const end = events.at(-1);
      assert.equal(end?.type, "done", end?.type === "failed" ? end.failure.message : "");
      checkKeys(JSON.stringify(events), null);
      check(row, profile, key);
    }
  });

  if (row.auth.type === "none") continue;
  test(`${row.id}: a refusal that repeats the key is told without it`, async () => {
    isRefusing = true;
    for (const credential of [`env:${name ?? ""}`, `vault:${row.id}`] as const) {
      const end = (await ask(profileOf(row, credential))).at(-1);
      seen.splice(0);
      assert.ok(end?.type === "failed" && end.failure.kind === "auth");
      const told = JSON.stringify(end);
      checkKeys(told, null);
      assert.doesNotMatch(told, /sk-(env|vault)-/);
      assert.match(end.failure.message, /Incorrect API key provided: (Bearer )?\[secret\]/);
    }
  });
}
