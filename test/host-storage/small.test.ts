// Ids, the clock and the log.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sessionIdSchema } from "../../src/domain/ids.ts";
import { systemClock } from "../../src/host/clock.ts";
import { newId } from "../../src/host/ids.ts";
import { openLog } from "../../src/host/log.ts";
import { userFiles } from "../../src/host/user-files.ts";
import { tempDir } from "./support.ts";

test("ids are unique, fit a session's file name, and refuse an odd prefix", () => {
  const ids = new Set(Array.from({ length: 5000 }, () => newId("session")));
  assert.equal(ids.size, 5000);
  for (const id of ids) assert.ok(sessionIdSchema.safeParse(id).success, id);
  assert.throws(() => newId("Agent 1"));
});

test("sleep ends at once when it is aborted, before or during, and never rejects", async () => {
  const controller = new AbortController();
  const long = systemClock.sleep(1e12, controller.signal);
  controller.abort();
  await long;
  await systemClock.sleep(1e12, controller.signal);
  await systemClock.sleep(-5);
  await systemClock.sleep(0);
});

test("a file of the user's own that is not there, or cannot be there, is said as it is", async (t) => {
  const folder = tempDir(t);
  const path = join(folder, "x.json");
  const problem = async (result: Promise<{ ok: boolean; problem?: string }>) => (await result).problem ?? "";
  assert.equal(await problem(userFiles.read(path)), `${path} is not there`);
  assert.match(await problem(userFiles.read(folder)), /is not a file/);
  assert.deepEqual(await userFiles.writeNew(path, "{}"), { ok: true });
  assert.match(await problem(userFiles.writeNew(path, "{}")), /is there already/);
  assert.equal(await problem(userFiles.writeNew(join(folder, "no/x.json"), "")), `the folder ${folder}/no is not there`);
  assert.equal(await problem(userFiles.writeNew(join(path, "x"), "")), `the folder ${path} is not there`);
});

test("log lines are redacted, one line each, private, and the file is bounded", (t) => {
  const dir = join(tempDir(t), "logs");
  const log = openLog(dir, "server.log", (text) => text.replaceAll("sk-secret", "[redacted]"), {
    maxBytes: 300,
    now: () => 0,
  });
  log.write("key sk-secret\nsecond line");
  assert.equal(readFileSync(join(dir, "server.log"), "utf8"), "1970-01-01T00:00:00.000Z key [redacted]⏎second line\n");
  for (let i = 0; i < 50; i += 1) log.write(`entry ${i}`);
  log.close();
  log.write("after the end");
  assert.deepEqual(readdirSync(dir).sort(), ["server.log", "server.log.1"]);
  for (const name of readdirSync(dir)) {
    assert.ok(statSync(join(dir, name)).size <= 300);
    assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600);
  }
  assert.ok(readFileSync(join(dir, "server.log"), "utf8").includes("entry 49"));
});

test("a log that cannot be written never throws, nor does a redactor that fails", (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, "file"), "");
  openLog(join(dir, "file", "logs"), "x.log", (text) => text).write("hello");
  mkdirSync(join(dir, "logs", "x.log"), { recursive: true });
  openLog(join(dir, "logs"), "x.log", (text) => text).write("hello");
  openLog(join(dir, "logs"), "y.log", () => {
    throw new Error("no");
  }).write("hello");
});
