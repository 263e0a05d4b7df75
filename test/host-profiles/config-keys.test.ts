// `[keys]` in config.toml: read with file and line, whatever way it is written; which commands there are is not its business.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/host/config.ts";

test("keys are read in the order of the file, with their lines, quoted or dotted, one or several or none", () => {
  const text = [
    'prefix = "C-a"',
    "",
    "[keys]",
    '"pane.zoom" = "prefix Z"',
    'pane.left = ["prefix left", "prefix h"]',
    '"tab.close" = []',
    '"tab.next" = false',
    "",
    "[lanes]",
    "concurrency = 2",
  ].join("\n");
  const { config, problems } = parseConfig(text, "/c/config.toml");
  assert.deepEqual(problems, []);
  assert.equal(config.prefix, "C-a");
  assert.deepEqual(config.keys, [
    { id: "pane.zoom", keys: ["prefix Z"], where: "/c/config.toml:4" },
    { id: "pane.left", keys: ["prefix left", "prefix h"], where: "/c/config.toml:5" },
    { id: "tab.close", keys: [], where: "/c/config.toml:6" },
    { id: "tab.next", keys: [], where: "/c/config.toml:7" },
  ]);
});

test("a value that is no key costs that line only", () => {
  const { config, problems } = parseConfig('[keys]\n"pane.zoom" = 3\n"pane.next" = ["f5", 6]\n"tab.next" = "f6"\n', "c.toml");
  assert.deepEqual(problems, [
    'c.toml:2: keys: pane.zoom is neither a key nor a list of keys; write "prefix z", ["prefix z", "f5"], or [] for none',
    'c.toml:3: keys: pane.next is neither a key nor a list of keys; write "prefix z", ["prefix z", "f5"], or [] for none',
  ]);
  assert.deepEqual(config.keys, [{ id: "tab.next", keys: ["f6"], where: "c.toml:4" }]);
});

test("a prefix that no terminal sends, or that is Enter or Tab to it, is refused", () => {
  for (const prefix of ["C-m", "C-i", "C-[", "C-@", "b", "M-B"]) {
    const { config, problems } = parseConfig(`prefix = "${prefix}"\n`, "c.toml");
    assert.equal(config.prefix, null, prefix);
    assert.match(problems.join("\n"), /^c\.toml:1: prefix is/u);
  }
  for (const prefix of ["C-a", "C-space", "M-x", "f12", "C-]"])
    assert.equal(parseConfig(`prefix = "${prefix}"\n`, "c.toml").config.prefix, prefix);
});
