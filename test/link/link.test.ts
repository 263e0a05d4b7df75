// The link over a real socket: messages, rows, hostile peers, and ends.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ClientMessage, ServerMessage } from "../../src/domain/protocol.ts";
import { acceptLink, type ClientLink, connectLink, type ServerLink } from "../../src/link/link.ts";

const folder = mkdtempSync(join(tmpdir(), "interpane-link-"));
const socketPath = join(folder, "s");
let server: Server;
let onSocket: (socket: Socket) => void = () => {};

before(async () => {
  server = createServer((socket) => onSocket(socket));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function nextSocket(): Promise<Socket> {
  return new Promise((resolve) => {
    onSocket = resolve;
  });
}

async function pair(): Promise<{ client: ClientLink; server: ServerLink }> {
  const accepted = nextSocket();
  const client = await connectLink(socketPath);
  return { client, server: acceptLink(await accepted) };
}

interface Peer {
  readonly raw: Socket;
  readonly messages: ClientMessage[];
  /** Why the server's end was closed. */
  readonly closed: Promise<string>;
  /** All that the server wrote, once it ended. */
  readonly answer: Promise<Buffer>;
  readonly link: ServerLink;
}

/** A peer that writes bytes of its own choice to a server's end. */
async function rawPeer(): Promise<Peer> {
  const accepted = nextSocket();
  const raw = createConnection(socketPath);
  raw.on("error", () => {});
  const link = acceptLink(await accepted);
  const messages: ClientMessage[] = [];
  link.onMessage = (message) => messages.push(message);
  const closed = new Promise<string>((resolve) => {
    link.onClose = resolve;
  });
  const chunks: Buffer[] = [];
  const answer = new Promise<Buffer>((resolve) => {
    raw.on("data", (chunk: Buffer) => chunks.push(chunk));
    raw.on("close", () => resolve(Buffer.concat(chunks)));
  });
  return { raw, link, messages, closed, answer };
}

function frame(kind: number, payload: Buffer | string): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(body.length, 0);
  header[4] = kind;
  return Buffer.concat([header, body]);
}

test("messages and rows arrive whole, in order and in both directions", async () => {
  const { client, server: end } = await pair();
  const got: unknown[] = [];
  const done = Promise.withResolvers<void>();
  end.onMessage = (message) => {
    assert.deepEqual(message, { type: "query", id: 7, query: { type: "profiles" } });
    end.send({ type: "pulse", pulse: { type: "alert", text: "ü 漢 😀" } });
    end.sendRows(Uint8Array.of(1, 2, 3));
    end.send({ type: "refusal", id: 7, reason: "no" });
  };
  client.onMessage = (message) => {
    got.push(message);
    if (message.type === "refusal") done.resolve();
  };
  client.onRows = (bytes) => got.push([...bytes]);
  client.send({ type: "query", id: 7, query: { type: "profiles" } });
  await done.promise;
  assert.deepEqual(got, [
    { type: "pulse", pulse: { type: "alert", text: "ü 漢 😀" } },
    [1, 2, 3],
    { type: "refusal", id: 7, reason: "no" },
  ]);
  client.close();
});

test("keys go to the server as they are, behind what was sent before them, and a client that gets some drops the link", async () => {
  const { client, server: end } = await pair();
  const got: unknown[] = [];
  const [done, dropped] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  end.onMessage = (message) => got.push(message.type);
  end.onKeys = (keys) => {
    got.push(keys);
    if (keys.data === "b") done.resolve();
  };
  client.sendKeys({ terminal: "term-1", data: "a" });
  client.send({ type: "ls" });
  client.sendKeys({ terminal: "term-1", data: "b", chord: "M-b" });
  await done.promise;
  assert.deepEqual(got, [{ terminal: "term-1", data: "a" }, "ls", { terminal: "term-1", data: "b", chord: "M-b" }]);
  client.onClose = dropped.resolve;
  end.sendKeys({ terminal: "term-1", data: "c" });
  assert.equal(await dropped.promise, "keys, which only a client sends");
});

test("what is sent within a tick arrives in one read", async () => {
  const accepted = nextSocket();
  const raw = createConnection(socketPath);
  const link = acceptLink(await accepted);
  const reads: number[] = [];
  const end = new Promise<void>((resolve) => {
    raw.on("data", (chunk: Buffer) => reads.push(chunk.length));
    raw.on("close", () => resolve());
  });
  for (let at = 0; at < 50; at += 1) link.send({ type: "refusal", id: at, reason: "r" });
  link.close();
  await end;
  assert.equal(reads.length, 1);
});

const helloWithoutFolder = JSON.stringify({ type: "hello", version: 1, env: { SECRET: "sesame" }, role: "query" });
const hostile: Record<string, Buffer> = {
  "an unknown kind": frame(9, "x"),
  "rows from a client": frame(1, "x"),
  "a length of four gigabytes": Buffer.from([0xff, 0xff, 0xff, 0xff, 0]),
  "text that is not UTF-8": frame(0, Buffer.from([0x22, 0xff, 0x22])),
  "text that is not JSON": frame(0, "{"),
  "an unknown type": frame(0, '{"type":"nonsense"}'),
  "a message of the wrong shape": frame(0, helloWithoutFolder),
  "a message that is no object": frame(0, "[]"),
  "a message nested very deep": frame(0, `{"type":"command","id":1,"command":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
};
for (const [name, bytes] of Object.entries(hostile)) {
  test(`${name} is answered with one bye, which quotes nothing of it, and the peer is dropped`, async () => {
    const peer = await rawPeer();
    peer.raw.write(Buffer.concat([frame(0, '{"type":"ls"}'), bytes, frame(0, '{"type":"ls"}')]));
    const reason = await peer.closed;
    assert.notEqual(reason, "");
    assert.deepEqual(peer.messages, [{ type: "ls" }]);
    const answer = await peer.answer;
    assert.equal(answer.readUInt32BE(0), answer.length - 5);
    const bye: unknown = JSON.parse(answer.toString("utf8", 5));
    assert.deepEqual(bye, { type: "bye", reason });
    assert.ok(!reason.includes("sesame"));
    peer.link.send({ type: "bye", reason: "ignored after the end" });
    peer.link.sendRows(Uint8Array.of(1));
  });
}

test("a peer that ends inside a frame is named as cut, one that ends between frames is not", async () => {
  const cut = await rawPeer();
  cut.raw.end(frame(0, '{"type":"ls"}').subarray(0, 9));
  assert.match(await cut.closed, /inside a frame/);
  const plain = await rawPeer();
  plain.raw.end(frame(0, '{"type":"ls"}'));
  assert.equal(await plain.closed, "");
});

test("a peer that dies at once is an end and not an exception", async () => {
  const peer = await rawPeer();
  for (let at = 0; at < 100; at += 1) peer.link.send({ type: "refusal", id: at, reason: "x".repeat(10_000) });
  peer.raw.destroy();
  await peer.closed;
  peer.link.send({ type: "refusal", id: 1, reason: "after" });
  peer.link.close();
});

test("a peer that takes nothing is dropped before the memory is full of what waits for it", async () => {
  const peer = await rawPeer();
  peer.raw.pause();
  let sent = 0;
  let most = 0;
  let isClosed = false;
  void peer.closed.then(() => {
    isClosed = true;
  });
  while (!isClosed && sent < 200) {
    peer.link.send({ type: "refusal", id: sent, reason: "x".repeat(1024 * 1024) });
    most = Math.max(most, peer.link.bufferedBytes());
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(isClosed, true);
  assert.ok(most < 80 * 1024 * 1024, `${most}`);
  peer.raw.destroy();
});

test("a message that is too large for a frame ends the link and does not throw", async () => {
  const peer = await rawPeer();
  peer.raw.resume();
  peer.link.send({ type: "refusal", id: 1, reason: "x".repeat(17 * 1024 * 1024) });
  assert.match(await peer.closed, /too large/);
});

test("a client drops a server that breaks the protocol, and sends nothing for it", async () => {
  const accepted = nextSocket();
  const client = await connectLink(socketPath);
  const socket = await accepted;
  const got: ServerMessage[] = [];
  client.onMessage = (message) => got.push(message);
  const closed = new Promise<string>((resolve) => {
    client.onClose = resolve;
  });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(frame(0, '{"type":"fact","fact":{"type":"agent.closed","agent":"a","seq":0,"at":1}}'));
  assert.match(await closed, /unknown shape/);
  assert.deepEqual(got, []);
  assert.equal(Buffer.concat(chunks).length, 0);
  socket.destroy();
});

test("connecting where nobody listens rejects with the system's code", async () => {
  await assert.rejects(connectLink(join(folder, "none")), { code: "ENOENT" });
});
