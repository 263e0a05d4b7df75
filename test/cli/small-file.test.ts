// Files that are named on the command line: read whole and bounded; what could keep us waiting is refused, a shell's `<(…)` is not.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readSmallFile } from "../../src/cli/small-file.ts";

const module_ = join(import.meta.dirname, "../../src/cli/small-file.ts");

test("a file is read up to its bound; what is none is said in words", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "interpane-small-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "x.json");
  writeFileSync(file, "grüße");
  assert.deepEqual(readSmallFile(file, "F", 7), { ok: true, text: "grüße" });
  const problem = (path: string, most = 100): string => {
    const read = readSmallFile(path, "F", most);
    return read.ok ? "" : read.message;
  };
  assert.equal(problem(file, 6), "F: it is too large; up to 6 bytes are taken");
  assert.equal(problem(join(folder, "none")), "F: there is no such file");
  assert.equal(problem(join(file, "x")), "F: a folder on the way to it is a file");
  assert.equal(problem(folder), "F: this is a folder");
  assert.equal(problem("/dev/zero"), "F: this is no file, but a pipe or a device");
  spawnSync("mkfifo", [join(folder, "pipe")]);
  assert.equal(problem(join(folder, "pipe")), "F: this is no file, but a pipe or a device");
});

test("what a shell hands over as <(…) is read to its end, however late that comes", () => {
  const code = `import(${JSON.stringify(module_)}).then((m) => console.log(JSON.stringify(m.readSmallFile(process.argv[1], "F", 20))))`;
  const read = (writer: string): string =>
    spawnSync("bash", ["-c", `"$0" -e "$1" <(${writer})`, process.execPath, code], { encoding: "utf8" }).stdout.trim();
  assert.equal(read("printf '{\"a\":'; sleep 0.1; printf 1}"), '{"ok":true,"text":"{\\"a\\":1}"}');
  assert.match(read("yes"), /too large; up to 20 bytes/);
});
