// Connections before their hello.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Hello, PROTOCOL_VERSION } from "../../src/domain/protocol.ts";
import { createWaitingRoom } from "../../src/server/waiting-room.ts";
import { until } from "../support/until.ts";
import { frame } from "./ground.ts";

async function stand(t: TestContext, helloLimitMs: number, onAccepted: () => void = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), "ipw-"));
  const hellos: Hello[] = [];
  const room = createWaitingRoom({ onHello: (_, hello) => hellos.push(hello), helloLimitMs });
  const server = createServer((socket) => {
    room.accept(socket);
    onAccepted();
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
  const sockets = new Set<Socket>();
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const connect = () => {
    const socket = createConnection(join(folder, "s"));
    sockets.add(socket);
    socket.on("error", () => {});
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
    });
    return { socket, said: new Promise<string>((resolve) => socket.once("close", () => resolve(text))) };
  };
  return { room, hellos, connect };
}

const hello = frame(0, JSON.stringify({ type: "hello", version: PROTOCOL_VERSION, folder: "/w", env: {}, role: "task" }));

test("who says nothing in time is told so and dropped; who said hello in time stays", async (t) => {
  const { hellos, connect } = await stand(t, 400);
  const silent = connect();
  const half = connect();
  half.socket.write(hello.subarray(0, 20));
  const good = connect();
  good.socket.write(hello);
  for (const late of [silent, half]) assert.match(await late.said, /"type":"bye","reason":"no hello within 0.4 s"/);
  assert.equal(hellos.length, 1);
  assert.equal(good.socket.readyState, "open");
});

test("a hello that came during a standstill counts, though its time was over before it could be read", async (t) => {
  const standStill = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
  const { hellos, connect } = await stand(t, 20, standStill);
  const good = connect();
  good.socket.write(hello);
  let said: string | null = null;
  void good.said.then((text) => {
    said = text;
  });
  await until("it was heard or turned away", () => hellos.length > 0 || said !== null);
  assert.deepEqual([hellos.length, said], [1, null]);
});

test("with too many waiting the one that has waited longest goes; all go when the server is stopped", async (t) => {
  const { room, connect } = await stand(t, 60_000);
  const crowd = Array.from({ length: 65 }, () => connect());
  assert.match((await crowd[0]?.said) ?? "", /too many connections/);
  room.close();
  for (const one of crowd.slice(1)) assert.match(await one.said, /server was stopped/);
});
