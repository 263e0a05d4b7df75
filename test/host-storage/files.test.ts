// The file tools: what an agent may touch, how it is told no, and that a file keeps all that was not asked to change.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { FileContext, FileResult, Files } from "../../src/engine/ports.ts";
import { type DoorOptions, holdParent, openInDir, replaceInDir } from "../../src/host/file-door.ts";
import { createFiles } from "../../src/host/files.ts";
import { tempDir } from "./support.ts";

interface Place {
  readonly root: string;
  readonly work: string;
  readonly outside: string;
  readonly home: string;
  readonly files: Files;
  readonly at: FileContext;
}

function place(t: TestContext, onOpened?: DoorOptions["onOpened"]): Place {
  const root = tempDir(t);
  const [work, outside, home] = [join(root, "work"), join(root, "outside"), join(root, "home")];
  for (const dir of [work, outside, home, join(home, "run")]) mkdirSync(dir);
  writeFileSync(join(home, "vault.json"), "sealed");
  writeFileSync(join(home, "run", "server.json"), "private");
  const privatePaths = [join(home, "vault.json"), join(home, "run")];
  const files = createFiles(onOpened === undefined ? { privatePaths } : { privatePaths, onOpened });
  return {
    root,
    work,
    outside,
    home,
    files,
    at: { cwd: work, sandbox: { mode: "workspace-write", network: true, writable: [work] } },
  };
}

function within(at: FileContext, mode: FileContext["sandbox"]["mode"]): FileContext {
  return { ...at, sandbox: { ...at.sandbox, mode } };
}

function textOf(result: FileResult): string {
  assert.ok(result.ok, result.ok ? "" : result.problem);
  return result.text;
}

function problemOf(result: FileResult): string {
  assert.ok(!result.ok, "expected a refusal");
  return result.problem;
}

const edit = (old: string, fresh: string, all = false) => [{ old, new: fresh, all }];

test("reading shows plain lines, bounded by lines and bytes, and says how to go on", async (t) => {
  const { files, at, work } = place(t);
  writeFileSync(join(work, "long.txt"), Array.from({ length: 5000 }, (_, i) => `line ${i + 1}`).join("\n"));
  const first = textOf(await files.read("long.txt", at)).split("\n");
  assert.equal(first.length, 2001);
  assert.equal(first[1999], "line 2000");
  assert.equal(first[2000], "[lines 1 to 2000 of long.txt; there is more: go on with offset 2001]");
  assert.equal(textOf(await files.read("long.txt", at, 4999)), "line 4999\nline 5000");
  assert.equal(
    textOf(await files.read("long.txt", at, 10, 2)),
    "line 10\nline 11\n[lines 10 to 11 of long.txt; there is more: go on with offset 12]",
  );
  assert.equal(textOf(await files.read("long.txt", at, 6000)), "[long.txt has 5000 lines; there is no line 6000]");
  writeFileSync(join(work, "wide.txt"), `${"x".repeat(40_000)}\n${"y".repeat(40_000)}\n`);
  assert.match(textOf(await files.read("wide.txt", at)), /^x{40000}\n\[lines 1 to 1 of wide\.txt; there is more: go on with offset 2\]$/);
  writeFileSync(join(work, "one.txt"), "ü".repeat(500_000));
  const cut = textOf(await files.read("one.txt", at));
  assert.ok(Buffer.byteLength(cut) < 66_000);
  assert.match(cut, /ü\n\[line 1 of one\.txt is longer than 64 KB and was cut here/);
  writeFileSync(join(work, "empty.txt"), "");
  assert.equal(textOf(await files.read("empty.txt", at)), "[empty.txt is empty]");
});

test("what is no text, no file, or not there is said in a sentence", async (t) => {
  const { files, at, work } = place(t);
  writeFileSync(join(work, "pic.png"), Buffer.from([0x89, 0x50, 0, 1]));
  execFileSync("mkfifo", [join(work, "pipe")]);
  assert.match(problemOf(await files.read("pic.png", at)), /pic\.png is not a text file/);
  assert.match(problemOf(await files.edit("pic.png", at, edit("a", "b"))), /not a text file/);
  assert.match(problemOf(await files.read("pipe", at)), /is not a regular file/);
  assert.match(problemOf(await files.read(".", at)), /is a folder/);
  assert.match(problemOf(await files.read("nothing", at)), /nothing does not exist/);
  assert.match(problemOf(await files.edit("nothing", at, edit("a", "b"))), /nothing does not exist/);
  assert.match(problemOf(await files.read("", at)), /path is empty/);
  assert.match(problemOf(await files.read("a\0b", at)), /zero byte/);
  writeFileSync(join(work, "latin.txt"), Buffer.from([0x66, 0xfc, 0x72]));
  assert.match(problemOf(await files.edit("latin.txt", at, edit("f", "g"))), /not UTF-8/);
  assert.match(problemOf(await files.read("pic.png/x", at)), /not a folder/);
});

test("reading is allowed anywhere but for what is ours and /proc, in every mode and by every name", async (t) => {
  const { files, at, outside, home, work } = place(t);
  writeFileSync(join(outside, "x"), "free");
  symlinkSync(join(home, "vault.json"), join(work, "link"));
  linkSync(join(home, "vault.json"), join(work, "hard"));
  writeFileSync(join(home, "vault.json.bak"), "old");
  for (const mode of ["read-only", "workspace-write", "full"] as const) {
    const here = within(at, mode);
    assert.equal(textOf(await files.read(join(outside, "x"), here)), "free");
    for (const path of [join(home, "vault.json"), join(home, "vault.json.bak"), join(home, "run", "server.json"), "link", "hard"]) {
      assert.match(problemOf(await files.read(path, here)), /belongs to Interpane/, path);
    }
    assert.match(problemOf(await files.read("/proc/self/environ", here)), /is not opened by the file tools/);
    assert.match(problemOf(await files.write(join(home, "vault.json"), here, "x", false)), /belongs to Interpane|read-only/);
  }
  assert.ok(!textOf(await files.searchText("sealed|private", { ...at, cwd: home })).includes(":1:"));
});

test("writing makes a file and its folders, appends, replaces, keeps the mode, and reports the difference", async (t) => {
  const { files, at, work } = place(t);
  const made = await files.write("a/b/c.txt", at, "one\n", false);
  assert.equal(textOf(made), "made a/b/c.txt (+1 −0 lines)");
  assert.ok(made.ok && made.diff);
  assert.deepEqual(made.diff, { path: "a/b/c.txt", added: 1, removed: 0, patch: "@@ -0,0 +1 @@\n+one" });
  await files.write("a/b/c.txt", at, "two\n", true);
  chmodSync(join(work, "a/b/c.txt"), 0o755);
  assert.equal(textOf(await files.write("a/b/c.txt", at, "one\n2\n", false)), "changed a/b/c.txt (+1 −1 lines)");
  assert.equal(readFileSync(join(work, "a/b/c.txt"), "utf8"), "one\n2\n");
  assert.equal(statSync(join(work, "a/b/c.txt")).mode & 0o777, 0o755);
  assert.deepEqual(readdirSync(join(work, "a/b")), ["c.txt"]);
});

test("a preview shows the same difference and touches nothing", async (t) => {
  const { files, at, work, outside } = place(t);
  writeFileSync(join(work, "x"), "a\nb\n");
  const shown = await files.preview("x", at, { edits: edit("b", "B") });
  assert.ok(shown.ok && shown.diff?.patch.includes("-b\n+B"));
  assert.equal(readFileSync(join(work, "x"), "utf8"), "a\nb\n");
  assert.match(textOf(await files.preview("new/deep/y", at, { content: "1\n", append: false })), /^would make new\/deep\/y/);
  assert.deepEqual(readdirSync(work), ["x"]);
  assert.match(problemOf(await files.preview(join(outside, "new/y"), at, { content: "", append: false })), /lies outside/);
});

test("outside of what may be written every way in is refused, and nothing is left behind", async (t) => {
  const { files, at, work, outside } = place(t);
  writeFileSync(join(outside, "x"), "free");
  symlinkSync(outside, join(work, "dir-link"));
  symlinkSync(join(outside, "x"), join(work, "file-link"));
  symlinkSync(join(outside, "new"), join(work, "dangling"));
  symlinkSync("loop", join(work, "loop"));
  for (const path of [join(outside, "x"), "../outside/x", "dir-link/x", "dir-link/deep/new", "file-link", "dangling"]) {
    assert.match(problemOf(await files.write(path, at, "changed", false)), /lies outside of what this agent may write/, path);
    if (!path.includes("new") && path !== "dangling") {
      assert.match(problemOf(await files.edit(path, at, edit("free", "taken"))), /lies outside/, path);
    }
  }
  assert.match(problemOf(await files.write("loop", at, "", false)), /too many links/);
  assert.match(problemOf(await files.write(`${work}-more`, at, "", false)), /lies outside/);
  assert.match(problemOf(await files.write("x", within(at, "read-only"), "", false)), /sandbox is read-only/);
  assert.match(problemOf(await files.write(".interpane/config.toml", at, "", false)), /settings in \.interpane are the user's/);
  assert.deepEqual(readdirSync(outside), ["x"]);
  assert.equal(readFileSync(join(outside, "x"), "utf8"), "free");
  assert.equal(textOf(await files.write(join(outside, "y"), within(at, "full"), "ok\n", false)).startsWith("made"), true);
});

test("a link inside of what may be written stays a link, and its file is changed", async (t) => {
  const { files, at, work } = place(t);
  mkdirSync(join(work, "real"));
  writeFileSync(join(work, "real", "x"), "a");
  symlinkSync("real/x", join(work, "link"));
  textOf(await files.edit("link", at, edit("a", "b")));
  assert.ok(lstatSync(join(work, "link")).isSymbolicLink());
  assert.equal(readFileSync(join(work, "real", "x"), "utf8"), "b");
});

test("a folder swapped for a link between opening and checking cannot lead a write or a read astray", async (t) => {
  let swap: (() => void) | null = null;
  const { files, at, work, outside, home } = place(t, () => {
    swap?.();
  });
  mkdirSync(join(work, "d"));
  writeFileSync(join(work, "d", "x"), "a");
  swap = () => {
    swap = null;
    renameSync(join(work, "d"), join(work, "moved"));
    symlinkSync(outside, join(work, "d"));
  };
  // What was opened is what is written: the folder that was moved, not the one that the link names.
  textOf(await files.write("d/x", at, "b", false));
  assert.deepEqual(readdirSync(outside), []);
  assert.equal(readFileSync(join(work, "moved", "x"), "utf8"), "b");
  writeFileSync(join(work, "plain"), "harmless");
  swap = () => {
    swap = null;
    unlinkSync(join(work, "plain"));
    symlinkSync(join(home, "vault.json"), join(work, "plain"));
  };
  const result = await files.read("plain", at);
  assert.ok(!result.ok || result.text === "harmless");
});

test("a folder swapped for a link after it was checked does not lead the write away", {
  skip: process.platform !== "linux",
}, (t) => {
  const { at, work, outside } = place(t);
  mkdirSync(join(work, "d"));
  const { dir, name } = holdParent(join(work, "d", "x"), at, false, { privatePaths: [] });
  t.after(() => closeSync(dir.fd));
  renameSync(join(work, "d"), join(work, "moved"));
  symlinkSync(outside, join(work, "d"));
  replaceInDir(dir, name, Buffer.from("b"), null);
  assert.deepEqual(readdirSync(outside), []);
  assert.deepEqual(readdirSync(join(work, "moved")), ["x"]);
});

test("a link that another process swaps all the time never lets a write out", async (t) => {
  const { files, at, work, outside } = place(t);
  mkdirSync(join(work, "d"));
  const { spawn } = await import("node:child_process");
  const script = `
    const fs = require("node:fs"); const [work, outside] = process.argv.slice(1);
    process.stdout.write("ready");
    for (;;) { try {
      fs.renameSync(work + "/d", work + "/kept"); fs.symlinkSync(outside, work + "/d");
      fs.unlinkSync(work + "/d"); fs.renameSync(work + "/kept", work + "/d");
    } catch {} }`;
  const racer = spawn(process.execPath, ["-e", script, work, outside], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => racer.once("exit", resolve));
  try {
    await new Promise((resolve) => racer.stdout.once("data", resolve));
    let written = 0;
    for (let i = 0; i < 800; i += 1) {
      const result = await files.write(`d/f${i % 10}`, at, `${i}`, false);
      if (result.ok) written += 1;
    }
    assert.ok(written > 0, "some writes must have hit the folder itself");
  } finally {
    racer.kill("SIGKILL");
    await ended;
  }
  assert.deepEqual(readdirSync(outside), []);
});

test("a file that somebody else changed or made after it was read is not overwritten", (t) => {
  const { at, work } = place(t);
  const path = join(work, "x");
  writeFileSync(path, "a");
  const options = { privatePaths: [] };
  const { dir, name } = holdParent(path, at, false, options);
  t.after(() => closeSync(dir.fd));
  const opened = openInDir(dir, name, options);
  assert.ok(opened);
  closeSync(opened.fd);
  writeFileSync(path, "a and more");
  assert.throws(
    () => replaceInDir(dir, name, Buffer.from("b"), opened.stat),
    /was changed by somebody else in the meantime; read it again/,
  );
  assert.throws(() => replaceInDir(dir, name, Buffer.from("b"), null), /was made by somebody else in the meantime; read it first/);
  assert.equal(readFileSync(path, "utf8"), "a and more");
  assert.deepEqual(readdirSync(work), ["x"]);
});

test("no descriptor stays open, whatever was asked for and however it ended", {
  skip: process.platform !== "linux",
}, async (t) => {
  const { files, at, work, outside, home } = place(t);
  writeFileSync(join(work, "x"), "a\n");
  writeFileSync(join(work, "bin"), Buffer.alloc(10));
  const before = readdirSync("/proc/self/fd").length;
  for (let i = 0; i < 5; i += 1) {
    for (const path of ["x", "bin", "missing", ".", join(home, "vault.json"), join(outside, "y"), "x/y", "new/deep/z"]) {
      await files.read(path, at);
      await files.preview(path, at, { content: "b", append: true });
      await files.edit(path, at, edit("a", "a!"));
      await files.write(path, at, "b", true);
      await files.searchText("a", at, path);
      await files.searchFiles("*", at, path);
    }
  }
  assert.equal(readdirSync("/proc/self/fd").length, before);
});

test("an edit must match exactly and once, and what went wrong is explained", async (t) => {
  const { files, at, work } = place(t);
  const path = join(work, "x.ts");
  const content = "function one() {\n  return 1;\n}\nfunction two() {\n  return 1;\n}\n";
  writeFileSync(path, content);
  assert.equal(
    problemOf(await files.edit("x.ts", at, edit("return 1;", "return 2;"))),
    "x.ts: the old text was found 2 times (lines 2, 5); give more of what is around it, or replace all",
  );
  assert.match(
    problemOf(await files.edit("x.ts", at, edit("    return 1;", "x"))),
    /not found; it must match exactly\. Line 2 begins like it, but its spaces differ: " {2}return 1;"/,
  );
  assert.match(problemOf(await files.edit("x.ts", at, edit("function twoo() {", "x"))), /The nearest is line 4: "function two\(\) \{"/);
  assert.match(problemOf(await files.edit("x.ts", at, edit("zzzz", "x"))), /must match exactly$/);
  assert.match(problemOf(await files.edit("x.ts", at, edit("one", "one"))), /are the same/);
  assert.match(problemOf(await files.edit("x.ts", at, edit("", "x"))), /old text is empty/);
  assert.match(
    problemOf(await files.edit("x.ts", at, [...edit("one", "uno"), ...edit("nope-nope", "x")])),
    /edit 2 of 2: .*; none was made/,
  );
  assert.equal(readFileSync(path, "utf8"), content);
  textOf(await files.edit("x.ts", at, [...edit("return 1;", "return $&$1;", true), ...edit("one", "uno")]));
  assert.equal(readFileSync(path, "utf8"), content.replaceAll("1;", () => "$&$1;").replace("one", "uno"));
  textOf(await files.edit("fresh.ts", at, edit("", "made\n")));
  assert.equal(readFileSync(join(work, "fresh.ts"), "utf8"), "made\n");
});

test("line ends, a byte order mark and mixed line ends stay as they were", async (t) => {
  const { files, at, work } = place(t);
  const path = join(work, "x");
  writeFileSync(path, "\u{feff}a\r\nb\r\nc\r\n");
  assert.equal(textOf(await files.read("x", at)), "a\nb\nc");
  textOf(await files.edit("x", at, edit("a\nb", "a\nB\nB")));
  assert.equal(readFileSync(path, "utf8"), "\u{feff}a\r\nB\r\nB\r\nc\r\n");
  textOf(await files.write("x", at, "1\n2\n", false));
  assert.equal(readFileSync(path, "utf8"), "\u{feff}1\r\n2\r\n");
  textOf(await files.write("x", at, "3\n", true));
  assert.equal(readFileSync(path, "utf8"), "\u{feff}1\r\n2\r\n3\r\n");
  writeFileSync(path, "a\r\nb\nc\r\nd\n\n\r\ne");
  textOf(await files.edit("x", at, edit("\nd\n", "\nD\n")));
  assert.equal(readFileSync(path, "utf8"), "a\r\nb\nc\nD\n\n\r\ne");
});

test("text search finds lines, leaves out what git ignores, and says what was wrong or cut", async (t) => {
  const { files, at, work, outside } = place(t);
  for (const dir of ["src/deep", "node_modules/m", ".git", "build", "out"]) mkdirSync(join(work, dir), { recursive: true });
  for (const file of [
    "src/a.ts",
    "src/deep/b.js",
    "node_modules/m/x.ts",
    ".git/x",
    "build/x.ts",
    "out/keep.ts",
    "out/x.ts",
    "src/skip.log",
  ]) {
    writeFileSync(join(work, file), "first\nconst Needle = 1;\r\n");
  }
  writeFileSync(join(work, ".gitignore"), "# no\n/build/\n*.log\nout/*\n!out/keep.ts\n");
  writeFileSync(join(work, "bin"), Buffer.from("Needle\0"));
  symlinkSync(outside, join(work, "link"));
  writeFileSync(join(outside, "far.ts"), "Needle");
  assert.deepEqual(textOf(await files.searchText("N[e]+dle =", at)).split("\n"), [
    "out/keep.ts:2: const Needle = 1;",
    "src/a.ts:2: const Needle = 1;",
    "src/deep/b.js:2: const Needle = 1;",
  ]);
  assert.equal(textOf(await files.searchText("(?i)needle", at, "src", "*.{js,mjs}")), "src/deep/b.js:2: const Needle = 1;");
  assert.equal(textOf(await files.searchText("Needle$", at, join(outside, "far.ts"))), `${join(outside, "far.ts")}:1: Needle`);
  assert.equal(textOf(await files.searchText("nothing", at)), 'no line matches "nothing"');
  assert.match(problemOf(await files.searchText("(", at)), /"\(" is not a regular expression .*Unterminated group/);
  assert.match(problemOf(await files.searchText("x", at, "missing")), /is not a folder that can be read/);
  writeFileSync(join(work, "src/a.ts"), "Needle\n".repeat(500));
  const many = textOf(await files.searchText("Needle", at, "src")).split("\n");
  assert.equal(many.length, 201);
  assert.match(many[200] ?? "", /only the first 200 matches/);
});

test("a pattern that would backtrack for ever is ended and named", async (t) => {
  const { files, at, work } = place(t);
  writeFileSync(join(work, "evil.txt"), `${"a".repeat(60)}!\n`);
  assert.match(textOf(await files.searchText("^(a+)+$", at)), /took too long on evil\.txt/);
});

test("name search takes globs of every kind, newest first, and names what was cut", async (t) => {
  const { files, at, work } = place(t);
  mkdirSync(join(work, "src/deep"), { recursive: true });
  for (const file of ["src/a.ts", "src/deep/b.ts", "src/deep/c.tsx", "[x].md"]) writeFileSync(join(work, file), "");
  const found = async (pattern: string, path?: string): Promise<string[]> =>
    textOf(await files.searchFiles(pattern, at, path))
      .split("\n")
      .sort();
  assert.deepEqual(await found("*.ts"), ["src/a.ts", "src/deep/b.ts"]);
  assert.deepEqual(await found("src/*.ts"), ["src/a.ts"]);
  assert.deepEqual(await found("**/*.ts{,x}"), ["src/a.ts", "src/deep/b.ts", "src/deep/c.tsx"]);
  assert.deepEqual(await found("?.ts", "src/deep"), ["src/deep/b.ts"]);
  assert.deepEqual(await found(`${work}/src/**/[a-b].ts`), ["src/a.ts", "src/deep/b.ts"]);
  assert.deepEqual(await found("\\[x\\].md"), ["[x].md"]);
  assert.deepEqual(await found("*.rs"), ['no file matches "*.rs"']);
  assert.match(problemOf(await files.searchFiles("{a,b}".repeat(10), at)), /fewer braces/);
});

test("a file removed while it is open is not shown as if it stood there", {
  skip: process.platform !== "linux",
}, async (t) => {
  let remove: (() => void) | null = null;
  const { files, at, work } = place(t, () => remove?.());
  writeFileSync(join(work, "x"), "a");
  remove = () => rmSync(join(work, "x"), { force: true });
  assert.match(problemOf(await files.read("x", at)), /was removed while it was opened/);
  assert.ok(!existsSync(join(work, "x")));
});
