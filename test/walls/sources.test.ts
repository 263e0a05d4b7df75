// What holds for every source file: one home for each library, no clock or chance in the pure rooms, nothing of one machine.

import assert from "node:assert/strict";
import { homedir } from "node:os";
import { test } from "node:test";
import { filesBelow, readText, repositoryDir, tableRows } from "../support/repository.ts";

const sources = filesBelow("src").filter((path) => path.endsWith(".ts"));

/** The source without its comments; strings that look like comments may go with them. */
function codeOf(path: string): string {
  return readText(path).replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, "");
}

const libraries = tableRows(readText("docs/dependencies.md"), "Package")
  .flatMap(([names = ""]) => names.split(","))
  .map((name) => name.trim())
  .filter((name) => name.endsWith("*"))
  .map((name) => name.slice(0, -1));

test("the libraries on which most rests have one home only", () => {
  const aws = ["@aws-sdk/credential-provider-node", "@smithy/signature-v4", "@aws-crypto/sha256-js"];
  for (const name of ["blessed", "node-pty", "@xterm/headless", "openai", "@anthropic-ai/sdk", "lowdb", "tiktoken", "p-queue", ...aws])
    assert.ok(libraries.includes(name), `docs/dependencies.md does not mark ${name} with *`);
});

for (const name of libraries) {
  test(`exactly one source file imports ${name}`, () => {
    const escaped = name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    // The last form: a name kept in a constant, so that the compiler does not read the library's types.
    const use = new RegExp(`(?:\\bfrom|\\bimport\\(?)\\s*"${escaped}(?:/[^"]*)?"|: string = "${escaped}/`);
    const users = sources.filter((path) => !path.endsWith(".d.ts") && use.test(codeOf(path)));
    assert.equal(users.length, 1, `imported in ${users.join(", ") || "no file"}; the others ask that one`);
  });
}

test("domain and ui have neither clock nor chance", () => {
  const impure = /\bMath\.random\b|\bDate\b|\bperformance\b|\bcrypto\b|\bglobalThis\b/;
  const found = sources.filter((path) => /^src\/(domain|ui)\//.test(path) && impure.test(codeOf(path)));
  assert.deepEqual(found, []);
});

test("every source file says in its first line what it is for", () => {
  const silent = [...sources, ...filesBelow("test"), ...filesBelow(".ci")].filter(
    (path) => /\.(ts|mjs)$/.test(path) && !/^(\/\/ \S|\/\*\* ?\S)/.test(readText(path)),
  );
  assert.deepEqual(silent, []);
});

test("no file holds a path of the machine it was written on", () => {
  const places = [repositoryDir, homedir()].filter((place) => place.split("/").length > 1 && place !== "/");
  const escaped = places.map((place) => place.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  const machine = new RegExp(`(?<![\\w.~-])(?:${escaped.join("|")})/`);
  const found = filesBelow().filter((path) => !/\.(png|sqlite)$/.test(path) && machine.test(readText(path)));
  assert.deepEqual(found, []);
});

test("package-lock.json names no registry, so that everybody's own is asked", () => {
  assert.doesNotMatch(readText("package-lock.json"), /"resolved":|https?:\/\/[^"]*\.tgz/);
});
