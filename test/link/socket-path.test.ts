// One server for a home, whatever was left behind and however many start at once.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { resolveHome } from "../../src/link/home.ts";
import { listenAsLock, makePrivateFolder, socketPathOf } from "../../src/link/socket-path.ts";
import { compiledDir } from "../support/place.ts";

const root = mkdtempSync(join(tmpdir(), "interpane-lock-"));
after(() => rmSync(root, { recursive: true }));

const worker = join(import.meta.dirname, "lock-worker.ts");

interface Racer {
  readonly child: ChildProcess;
  readonly became: Promise<string>;
  readonly ended: Promise<void>;
}

function race(runDir: string): Racer {
  const child = spawn(process.execPath, [worker, runDir], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: compiledDir },
  });
  const became = new Promise<string>((resolve) => {
    child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once("exit", () => resolve("ended"));
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return { child, became, ended };
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

test("ten that start at once beside a left-over socket give one server", async () => {
  const runDir = join(root, "ten");
  const first = race(runDir);
  assert.equal(await first.became, "server");
  first.child.kill("SIGKILL");
  await first.ended;
  assert.ok(existsSync(socketPathOf(runDir)), "the killed server left its socket");
  const racers = Array.from({ length: 10 }, () => race(runDir));
  const results = await Promise.all(racers.map((racer) => racer.became));
  try {
    assert.deepEqual(results.toSorted(), ["server", ...Array.from({ length: 9 }, () => "running")].toSorted());
    assert.equal(await canConnect(socketPathOf(runDir)), true);
  } finally {
    for (const racer of racers) racer.child.stdin?.end();
    await Promise.all(racers.map((racer) => racer.ended));
  }
  assert.equal(existsSync(socketPathOf(runDir)), false, "a server that leaves takes its socket along");
});

test("the folder is 0700 and the socket 0600", async () => {
  const runDir = join(root, "modes", "run");
  const listening = await listenAsLock(runDir);
  assert.ok(listening.ok);
  assert.equal(statSync(runDir).mode & 0o777, 0o700);
  assert.equal(statSync(listening.socketPath).mode & 0o777, 0o600);
  listening.release();
});

test("a deleted socket does not let a second server in; a release does", async () => {
  const runDir = join(root, "deleted");
  const first = await listenAsLock(runDir);
  assert.ok(first.ok);
  rmSync(first.socketPath);
  const racer = race(runDir);
  assert.equal(await racer.became, "running");
  racer.child.stdin?.end();
  await racer.ended;
  first.release();
  const second = await listenAsLock(runDir);
  assert.ok(second.ok);
  second.release();
});

test("a file in the socket's place is replaced", async () => {
  const runDir = join(root, "file");
  assert.equal(makePrivateFolder(runDir), null);
  writeFileSync(socketPathOf(runDir), "not a socket");
  const listening = await listenAsLock(runDir);
  assert.ok(listening.ok);
  listening.release();
});

test("a folder that is a link, a file, or open to others' writing is refused with what to do", async () => {
  const real = join(root, "real");
  mkdirSync(real);
  const link = join(root, "link");
  symlinkSync(real, link);
  const file = join(root, "plain");
  writeFileSync(file, "");
  const open = join(root, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  for (const path of [link, file, open]) {
    const listening = await listenAsLock(path);
    assert.ok(!listening.ok && listening.reason === "unusable", path);
    assert.ok(listening.message.includes(path), listening.message);
  }
  const readable = join(root, "readable");
  mkdirSync(readable);
  chmodSync(readable, 0o755);
  assert.equal(makePrivateFolder(readable), null);
  assert.equal(statSync(readable).mode & 0o777, 0o700);
});

test("INTERPANE_HOME holds everything; without it the XDG folders count, and relative ones do not", () => {
  const own = resolveHome({ INTERPANE_HOME: "/h", XDG_STATE_HOME: "/elsewhere" });
  assert.equal(own.configFile, "/h/config.toml");
  assert.equal(own.runDir, "/h/run");
  assert.equal(own.vaultFile, "/h/vault.json");
  const xdg = resolveHome({ HOME: "/u", XDG_STATE_HOME: "relative", XDG_CONFIG_HOME: "/c", XDG_RUNTIME_DIR: "/run/user/1" });
  assert.equal(xdg.configFile, "/c/interpane/config.toml");
  assert.equal(xdg.stateFile, "/u/.local/state/interpane/state.json");
  // Gone at logout, missing under cron: a second server would start beside the first.
  assert.equal(xdg.runDir, "/u/.local/state/interpane/run");
});

test("a home whose name is too long for a socket gets a short folder, the same each time", () => {
  const long = { INTERPANE_HOME: `/${"x".repeat(120)}` };
  const { runDir } = resolveHome(long);
  assert.ok(Buffer.byteLength(socketPathOf(runDir)) <= 103, runDir);
  assert.equal(resolveHome({ ...long, TMPDIR: "/other" }).runDir, runDir);
  assert.notEqual(resolveHome({ INTERPANE_HOME: `/${"y".repeat(120)}` }).runDir, runDir);
});
