// The door: nothing leaves for another origin, offline means loopback, and no credential but the row's own travels.

import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createDoor } from "../../src/net/door.ts";
import { DoorError } from "../../src/net/door-error.ts";
import { serveHttp } from "../support/loopback.ts";

const door = createDoor();
after(() => door.close());

/** A second origin that counts every byte and connection that reaches it. */
async function serveTrap(): Promise<{ origin: string; bytes: () => number; connections: () => number }> {
  let bytes = 0;
  let connections = 0;
  const { origin, server } = await serveHttp((request, response) => {
    bytes += 1;
    request.resume();
    response.end("trapped");
  });
  server.on("connection", (socket) => {
    connections += 1;
    socket.on("data", (chunk) => (bytes += chunk.length));
  });
  return { origin, bytes: () => bytes, connections: () => connections };
}

const plain = { auth: null, headers: {}, isOffline: false } as const;

async function refusal(promise: Promise<unknown>): Promise<DoorError> {
  const error = await promise.then(
    () => assert.fail("the request was let through"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DoorError, String(error));
  return error;
}

test("a request to its own origin passes with the row's credential and headers, and none that a library set", async () => {
  let seen: http.IncomingHttpHeaders = {};
  const { origin } = await serveHttp((request, response) => {
    seen = request.headers;
    response.setHeader("set-cookie", "a=b");
    response.end("ok");
  });
  const fetch = door.fetchFor({
    origin,
    auth: { header: "X-Api-Key", value: "ours" },
    headers: { "anthropic-version": "2023-06-01" },
    isOffline: false,
  });
  const response = await fetch(`${origin}/v1/messages`, {
    method: "POST",
    body: "{}",
    headers: {
      authorization: "Bearer theirs",
      "x-api-key": "theirs",
      cookie: "s=1",
      "proxy-authorization": "x",
      "x-stainless-os": "Linux",
      "user-agent": "SDK/1",
      "content-type": "application/json",
      accept: "text/event-stream",
    },
  });
  assert.equal(await response.text(), "ok");
  assert.equal(seen["x-api-key"], "ours");
  assert.equal(seen["anthropic-version"], "2023-06-01");
  assert.equal(seen.accept, "text/event-stream");
  assert.equal(seen["content-length"], "2");
  for (const gone of ["authorization", "cookie", "proxy-authorization", "x-stainless-os"]) assert.equal(seen[gone], undefined, gone);
  assert.equal(seen["user-agent"], "interpane");
  assert.equal(response.headers.get("set-cookie"), null);
});

test("a key or a header that no request can carry is said as that, once, and not as a broken connection", async () => {
  const { origin, connections } = await serveTrap();
  for (const value of ["Bearer two\nlines", "Bearer zero\u200bwidth", "Bearer nul\0"]) {
    const error = await refusal(door.fetchFor({ ...plain, origin, auth: { header: "authorization", value } })(origin));
    assert.deepEqual([error.reason, error.kind, error.isRetryable], ["credential", "auth", false]);
    assert.match(error.message, /^the key for http.* has a character that no request can carry/);
    assert.doesNotMatch(error.message, /Bearer|width|lines/);
  }
  const other = await refusal(door.fetchFor({ ...plain, origin, headers: { "X-Team": "grün\n" } })(origin));
  assert.deepEqual([other.kind, other.isRetryable], ["request", false]);
  assert.match(other.message, /the header x-team for http/);
  assert.equal(connections(), 0);
});

test("beta features that the user names in http_headers stand beside ours, each once", async () => {
  const { origin } = await serveHttp((request, response) => response.end(String(request.headers["anthropic-beta"])));
  const headers = { "Anthropic-Beta": "context-1m-2025-08-07, computer-use-2025-11-24" };
  const response = await door.fetchFor({ ...plain, origin, headers })(origin, {
    headers: { "anthropic-beta": "computer-use-2025-11-24" },
  });
  assert.equal(await response.text(), "computer-use-2025-11-24,context-1m-2025-08-07");
});

test("no address that is not exactly the origin passes, however near it looks, and nothing reaches it", async () => {
  const own = await serveHttp((_request, response) => response.end("own"));
  const trap = await serveTrap();
  const fetch = door.fetchFor({
    ...plain,
    origin: own.origin,
    auth: { header: "authorization", value: "Bearer sk-secret" },
  });
  const ownHost = new URL(own.origin).host;
  const near = [
    `${trap.origin}/v1`,
    `${trap.origin}/${own.origin}`,
    `http://${ownHost}@${new URL(trap.origin).host}/`,
    `${own.origin.replace("http:", "https:")}/`,
    `http://localhost:${own.port}/`,
    `http://127.0.0.2:${own.port}/`,
    `http://[::1]:${own.port}/`,
    `http://127.0.0.1.example.com:${own.port}/`,
    `${own.origin}1/`,
    `http://user:pass@${ownHost}/`,
    "file:///etc/passwd",
    "data:text/plain,x",
    "ftp://127.0.0.1/",
    "//x",
    "",
    `ws://${ownHost}/`,
    `${trap.origin}\\@${ownHost}/`,
    `${trap.origin}#${own.origin}`,
    `${trap.origin}?${own.origin}`,
  ];
  for (const address of near) {
    const error = await refusal(fetch(address, { method: "POST", body: "prompt" }));
    assert.equal(error.reason, "origin", address);
    assert.ok(!error.message.includes("sk-secret"));
  }
  assert.equal(trap.connections(), 0);
  assert.equal(await (await fetch(`${own.origin.toUpperCase().replace("HTTP", "http")}/x`)).text(), "own");
});

test("no redirect is followed and no byte reaches the second origin", async () => {
  const trap = await serveTrap();
  for (const status of [300, 301, 302, 303, 307, 308]) {
    const { origin } = await serveHttp((request, response) => {
      request.resume();
      response.writeHead(status, { location: `${trap.origin}/v1/chat/completions` });
      response.end();
    });
    const error = await refusal(
      door.fetchFor({ ...plain, origin })(`${origin}/v1/x`, { method: "POST", body: "the prompt", redirect: "follow" }),
    );
    assert.equal(error.reason, "redirect", String(status));
    assert.equal(error.failure.isRetryable, false);
  }
  assert.equal(trap.connections(), 0);
  assert.equal(trap.bytes(), 0);
});

test("offline refuses everything but loopback, and says so without a look-up", async () => {
  const foreign = [
    "https://api.openai.com",
    "http://10.0.0.1:80",
    "https://no-such-name.invalid",
    "http://0.0.0.0:1",
    "http://192.168.1.2",
    "http://localhost.evil.invalid",
    "http://127.0.0.1.evil.invalid",
    "http://[::ffff:7f00:1]",
    "http://128.0.0.1",
    "https://[::2]",
  ];
  for (const origin of foreign) {
    const error = await refusal(
      door.fetchFor({ ...plain, origin: new URL(origin).origin, isOffline: true, isNamedByUser: true })(`${origin}/v1`),
    );
    assert.equal(error.reason, "offline", origin);
    assert.equal(error.failure.kind, "offline");
  }
  const { origin, port } = await serveHttp((request, response) => response.end(request.headers.host));
  const fetchBy = (own: string): Promise<Response> => door.fetchFor({ ...plain, origin: own, isOffline: true })(`${own}/`);
  assert.equal(await (await fetchBy(origin)).text(), `127.0.0.1:${port}`);
  assert.equal(await (await fetchBy(`http://localhost:${port}`)).text(), `localhost:${port}`);
});

test("localhost is tried as 127.0.0.1 and, when nothing listens there, as ::1", async (context) => {
  const server = http.createServer((_request, response) => response.end("six"));
  const isListening = await new Promise<boolean>((resolve) => {
    server.on("error", () => resolve(false));
    server.listen({ port: 0, host: "::1", ipv6Only: true }, () => resolve(true));
  });
  if (!isListening) return context.skip("this machine has no ::1");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  assert.equal(await (await door.fetchFor({ ...plain, origin, isOffline: true })(origin, { method: "POST", body: "x" })).text(), "six");
});

test("plain http goes to loopback, and to private addresses only when the user's configuration names them", async () => {
  for (const origin of ["http://api.openai.com", "http://8.8.8.8", "http://10.1.2.3:8000", "http://169.254.169.254", "http://172.32.0.1"]) {
    assert.equal((await refusal(door.fetchFor({ ...plain, origin })(origin))).reason, "insecure", origin);
  }
  for (const origin of ["http://8.8.8.8", "http://169.254.169.254", "http://172.32.0.1", "http://192.169.0.1"]) {
    assert.equal((await refusal(door.fetchFor({ ...plain, origin, isNamedByUser: true })(origin))).reason, "insecure", origin);
  }
});

test("a private address that the user named passes the check", async () => {
  for (const origin of ["http://10.255.255.1:9", "http://192.168.7.7", "http://172.16.0.1", "http://100.64.1.1", "http://[fd00::1]:8000"]) {
    const pending = door.fetchFor({ ...plain, origin, isNamedByUser: true })(origin, { signal: AbortSignal.abort() });
    await assert.rejects(pending, { name: "AbortError" }, origin);
  }
});

test("the environment's proxies and base URLs are ignored", async () => {
  const trap = await serveTrap();
  const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "NODE_USE_ENV_PROXY"];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = name === "NODE_USE_ENV_PROXY" ? "1" : trap.origin;
  const own = createDoor();
  try {
    const { origin } = await serveHttp((_request, response) => response.end("direct"));
    assert.equal(await (await own.fetchFor({ ...plain, origin })(origin)).text(), "direct");
  } finally {
    own.close();
    names.forEach((name, index) => {
      if (before[index] === undefined) delete process.env[name];
      else process.env[name] = before[index];
    });
  }
  assert.equal(trap.connections(), 0);
});

test("a server that takes the request and says nothing is given up", async () => {
  const { origin } = await serveHttp(() => {});
  const error = await refusal(door.fetchFor({ ...plain, origin, headersMs: 20 })(origin));
  assert.equal(error.reason, "silent");
  assert.equal(error.failure.isRetryable, true);
  assert.doesNotMatch(String(error), /timed? ?out/i);
});

test("nothing listening, and an answer that is no HTTP, each get one clear message", async () => {
  const { origin, server } = await serveHttp(() => {});
  await new Promise((resolve) => server.close(resolve));
  const refused = await refusal(door.fetchFor({ ...plain, origin })(origin));
  assert.match(refused.message, /nothing listens at http:\/\/127\.0\.0\.1:\d+/);
  const raw = await serveHttp((_request, response) => void response.socket?.end("SSH-2.0-x\r\n"));
  assert.match((await refusal(door.fetchFor({ ...plain, origin: raw.origin })(raw.origin))).message, /does not speak HTTP/);
});

test("an aborted request rejects with the signal's reason, before and after the headers", async () => {
  const { origin } = await serveHttp((_request, response) => response.write("part"));
  const fetch = door.fetchFor({ ...plain, origin });
  await assert.rejects(fetch(origin, { signal: AbortSignal.abort() }), { name: "AbortError" });
  const abort = new AbortController();
  const response = await fetch(origin, { signal: abort.signal });
  const reader = response.body?.getReader();
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), "part");
  abort.abort();
  await assert.rejects(async () => reader?.read(), { name: "AbortError" });
});

test("an answer that is cut in the middle is an error, not an end", async () => {
  const { origin } = await serveHttp((_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half", () => response.socket?.destroy());
  });
  const response = await door.fetchFor({ ...plain, origin })(origin);
  const error = await refusal(response.text());
  assert.equal(error.reason, "network");
});

test("a long streamed answer arrives whole, also for a slow reader, and a compressed one is understood", async () => {
  const chunk = "x".repeat(70_000);
  const { origin } = await serveHttp((request, response) => {
    if (request.url === "/gzip") {
      response.setHeader("content-encoding", "gzip");
      response.end(gzipSync("hello"));
      return;
    }
    for (let index = 0; index < 20; index += 1) response.write(chunk);
    response.end();
  });
  const fetch = door.fetchFor({ ...plain, origin });
  let length = 0;
  for await (const part of (await fetch(origin)).body ?? []) {
    length += part.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(length, 20 * chunk.length);
  assert.equal(await (await fetch(`${origin}/gzip`)).text(), "hello");
});

test("an error answer is handed on whole with its headers", async () => {
  const { origin } = await serveHttp((_request, response) => {
    response.writeHead(429, { "retry-after": "2", "x-request-id": "r1" });
    response.end('{"error":{"message":"slow down"}}');
  });
  const response = await door.fetchFor({ ...plain, origin })(`${origin}/v1`, { method: "POST", body: "{}" });
  assert.equal(response.status, 429);
  assert.equal(response.headers.get("retry-after"), "2");
  assert.equal(((await response.json()) as { error: { message: string } }).error.message, "slow down");
});
