// Images beside a session's journal: kept once, checked, shared by a fork, gone with the session.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { IMAGE_BYTES_MAX, type KeptImage } from "../../src/domain/image.ts";
import type { FileContext } from "../../src/engine/ports.ts";
import { realFileOps } from "../../src/host/file-ops.ts";
import { createFiles } from "../../src/host/files.ts";
import { createImages } from "../../src/host/images.ts";
import { createJournals } from "../../src/host/journal.ts";
import { imagesIn } from "../../src/host/new-images.ts";
import { jpeg, png } from "../support/images.ts";
import { item, opened, sessionId, tempDir } from "./support.ts";

const one = sessionId("session-1");
const two = sessionId("session-2");

function imageIn(result: { ok: true; image: KeptImage } | { ok: false; problem: string }): KeptImage {
  assert.ok(result.ok, result.ok ? "" : result.problem);
  return result.image;
}

test("an image is kept once, private, under its digest, and read back as it was though its file has changed", async (t) => {
  const dir = tempDir(t);
  const images = createImages({ sessionsDir: join(dir, "sessions") });
  const file = join(dir, "shot.png");
  writeFileSync(file, png(640, 480, 100));
  const image = imageIn(await images.take(one, "shot.png", dir));
  assert.deepEqual(
    { ...image, digest: "" },
    { mime: "image/png", digest: "", bytes: 133, width: 640, height: 480, name: "shot.png", path: file },
  );
  assert.equal(imageIn(await images.take(one, `../${relative(join(dir, ".."), file)}`, dir)).digest, image.digest);
  const [kept, ...rest] = readdirSync(join(dir, "sessions"));
  assert.deepEqual([kept, rest], [`session-1.${image.digest}.image`, []]);
  assert.equal(statSync(join(dir, "sessions", kept ?? "")).mode & 0o777, 0o600);
  writeFileSync(file, "something else");
  assert.deepEqual(await images.read(one, image), png(640, 480, 100));
  assert.ok(images.has(one, image) && !images.has(two, image));
});

test("what is damaged, cut or gone is not shown; a name from outside leads nowhere else", async (t) => {
  const dir = tempDir(t);
  const images = createImages({ sessionsDir: dir });
  const image = imageIn(await images.keep(one, png(9, 9, 50), "/x/a.png"));
  const file = join(dir, `session-1.${image.digest}.image`);
  const bytes = readFileSync(file);
  bytes[60] = 1;
  writeFileSync(file, bytes);
  assert.equal(await images.read(one, image), null);
  writeFileSync(file, bytes.subarray(0, 20));
  assert.equal(await images.read(one, image), null);
  assert.ok(!images.has(one, image));
  rmSync(file);
  assert.equal(await images.read(one, image), null);
  assert.throws(() => images.has(one, { ...image, digest: "../../vault.json" }));
});

test("files that are no image, too large, a folder or a pipe are refused in a sentence, and nothing is kept", async (t) => {
  const dir = tempDir(t);
  const images = createImages({ sessionsDir: join(dir, "sessions") });
  writeFileSync(join(dir, "notes.png"), "just words");
  writeFileSync(join(dir, "big.png"), png(9, 9, IMAGE_BYTES_MAX));
  writeFileSync(join(dir, "huge.png"), png(9, 9, 9_000_000));
  execFileSync("mkfifo", [join(dir, "pipe.png")]);
  const problems: Record<string, RegExp> = {
    "notes.png": /^notes\.png is no PNG/,
    "big.png": /^big\.png has 3\.75 MB/,
    "huge.png": /^huge\.png has 8\.58 MB; an image may have at most 3\.75 MB/,
    ".": /could not be read: it is a folder/,
    "pipe.png": /could not be read: it is no regular file/,
    "none.png": /none\.png could not be read: it does not exist/,
    "~/no-such-image.png": new RegExp(`^${homedir()}/no-such-image\\.png could not be read`),
  };
  for (const [path, problem] of Object.entries(problems)) {
    const taken = await images.take(one, path, dir);
    assert.ok(!taken.ok, path);
    assert.match(taken.problem, problem);
  }
  assert.ok(!readdirSync(dir).includes("sessions") || readdirSync(join(dir, "sessions")).length === 0);
});

test("a full disk is said, and leaves no half image", async (t) => {
  const dir = tempDir(t);
  const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
  const ops = {
    ...realFileOps,
    writeSync: () => {
      throw full;
    },
  };
  const images = createImages({ sessionsDir: dir }, ops);
  const kept = await images.keep(one, png(9, 9), "/x/a.png");
  assert.deepEqual(kept, { ok: false, problem: "a.png could not be kept: the disk is full (ENOSPC)" });
  assert.deepEqual(readdirSync(dir), []);
});

test("a fork has the images too, and each session takes its own along when it is deleted", async (t) => {
  const dir = tempDir(t);
  const paths = { sessionsDir: join(dir, "sessions"), workspacesDir: join(dir, "workspaces") };
  const journals = createJournals(paths);
  const images = createImages(paths);
  for (const session of [one, two]) {
    const { journal } = await journals.open({ type: "session", session });
    journal.append(opened(1));
    journal.append(item(2));
    await journal.synced();
    await journal.close();
  }
  const image = imageIn(await images.keep(one, jpeg(40, 30), "/x/a.jpg"));
  const gone: KeptImage = { ...image, digest: "0".repeat(64) };
  await images.copy(one, two, [image, image, gone]);
  assert.deepEqual((await journals.list()).map((row) => row.id).sort(), [one, two]);
  await journals.remove(one);
  assert.equal(await images.read(one, image), null);
  assert.deepEqual(await images.read(two, image), jpeg(40, 30));
  await journals.remove(two);
  assert.deepEqual(readdirSync(paths.sessionsDir), []);
});

test("what was attached and never sent goes with its agent; what any line names stays, also of a branch, a queue or damage", async (t) => {
  const dir = tempDir(t);
  const paths = { sessionsDir: join(dir, "sessions"), workspacesDir: join(dir, "workspaces") };
  const images = createImages(paths);
  const { journal } = await createJournals(paths).open({ type: "session", session: one });
  const shots = await Promise.all([1, 2, 3, 4].map(async (n) => imageIn(await images.keep(one, jpeg(40 + n, 30), `/x/${n}.jpg`))));
  const [sent, queued, damaged, unsent] = shots;
  assert.ok(sent && queued && damaged && unsent);
  journal.append(opened(1));
  journal.append(item(2, `names ${sent.digest}`));
  journal.append(item(3, `names ${queued.digest}`));
  await journal.synced();
  await journal.close();
  writeFileSync(join(paths.sessionsDir, `${one}.jsonl.damaged-1`), `1 99 00000000 {"torn ${damaged.digest}`);
  const other = imageIn(await images.keep(two, jpeg(77, 30), "/x/other.jpg"));
  await images.sweep(one);
  assert.deepEqual(
    shots.map((image) => images.has(one, image)),
    [true, true, true, false],
  );
  assert.equal(images.has(two, other), true, "another session's are its own affair");
  await createImages({ sessionsDir: join(dir, "nowhere") }).sweep(one);
});

test("the read tool gives a picture whole, by its bytes and not its name; one that is too large says so", async (t) => {
  const dir = tempDir(t);
  const files = createFiles({ privatePaths: [] });
  const at: FileContext = { cwd: dir, sandbox: { mode: "workspace-write", network: true, writable: [dir] } };
  writeFileSync(join(dir, "plot.dat"), jpeg(800, 600));
  writeFileSync(join(dir, "text.png"), "words\n");
  writeFileSync(join(dir, "big.png"), png(9, 9, IMAGE_BYTES_MAX));
  const read = await files.read("plot.dat", at);
  assert.ok(read.ok && read.image?.path === join(dir, "plot.dat") && jpeg(800, 600).equals(Buffer.from(read.image.bytes)));
  assert.deepEqual(await files.read("text.png", at), { ok: true, text: "words" });
  const big = await files.read("big.png", at);
  assert.match(big.ok ? "" : big.problem, /^big\.png has 3\.75 MB/);
});

test("images that a command wrote are found near its folder, old ones and those in hidden folders are not", async (t) => {
  const dir = tempDir(t);
  for (const folder of ["plots/a/b/c", ".cache", "node_modules"]) mkdirSync(join(dir, folder), { recursive: true });
  const before = new Date(Date.now() - 60_000);
  for (const name of [
    "old.png",
    "new.png",
    "plots/a/fig.SVG",
    "plots/a/b/c/deep.png",
    "plots/notes.txt",
    ".cache/x.png",
    "node_modules/y.png",
  ]) {
    writeFileSync(join(dir, name), "x");
    if (name === "old.png") utimesSync(join(dir, name), before, before);
  }
  assert.deepEqual(await imagesIn(dir, Date.now() - 30_000), ["new.png", "plots/a/fig.SVG"]);
  assert.deepEqual(await imagesIn(join(dir, "none"), 0), []);
});
