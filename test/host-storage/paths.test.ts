// Names of journals, and private folders that really are.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ensurePrivateDir, workspaceFileName } from "../../src/host/paths.ts";
import { tempDir } from "./support.ts";

test("a private folder is made with its parents at 0700, and narrowed where it was wider", (t) => {
  const dir = join(tempDir(t), "a", "b");
  ensurePrivateDir(dir);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  chmodSync(dir, 0o755);
  ensurePrivateDir(dir);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
});

test("a link, a file, or another user's folder is no private folder, and the error says which", (t) => {
  const root = tempDir(t);
  mkdirSync(join(root, "real"));
  symlinkSync(join(root, "real"), join(root, "link"));
  writeFileSync(join(root, "file"), "");
  assert.throws(() => ensurePrivateDir(join(root, "link")), /is a symbolic link/);
  assert.throws(() => ensurePrivateDir(join(root, "file")), /is not a folder/);
  if (process.getuid?.() !== 0) assert.throws(() => ensurePrivateDir("/usr"), /belongs to user 0, not to you/);
});

test("a workspace's journal is named readably and apart from every other folder's", () => {
  assert.match(workspaceFileName("/home/me/My Shop!"), /^my-shop--[0-9a-f]{16}\.jsonl$/);
  assert.match(workspaceFileName("/"), /^root-[0-9a-f]{16}\.jsonl$/);
  assert.notEqual(workspaceFileName("/a/x"), workspaceFileName("/b/x"));
  assert.ok(Buffer.byteLength(workspaceFileName(`/${"ü".repeat(200)}`)) < 100);
});
