// The table is the only place where keys and names stand, and it holds together.

import assert from "node:assert/strict";
import { test } from "node:test";
import { commandTable, keyListMarkdown } from "../../src/ui/commands.ts";
import { bindKeys, resolveKey, typedText } from "../../src/ui/keys.ts";

const rows = commandTable.map((row) => ({ id: row.id, keys: row.keys, mode: row.mode ?? ("composer" as const) }));

test("no two commands want the same key in the same place", () => {
  assert.deepEqual(bindKeys(rows).conflicts, []);
});

test("ids, names and aliases are unique", () => {
  const names = commandTable.flatMap((row) => [row.slash, ...(row.aliases ?? [])]).filter((name) => name !== undefined);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(rows.map((row) => row.id)).size, rows.length);
});

test("every command can be reached by a key or a name, and says what it does in a sentence", () => {
  for (const row of commandTable) {
    assert.ok(row.keys.length > 0 || row.slash !== undefined, row.id);
    assert.match(row.help, /^[A-Z].*\.$/u, row.id);
  }
});

test("the names of the seed's program are there under %", () => {
  const names = new Set(commandTable.flatMap((row) => [row.slash, ...(row.aliases ?? [])]));
  for (const name of ["reset", "undo", "tokens", "verbose", "help"]) assert.ok(names.has(name), name);
});

test("the user's keys win, and a clash and an unknown name are said", () => {
  const bindings = bindKeys(rows, {
    "pane.zoom": ["prefix Z", "f5"],
    "profile.pick": ["prefix z"],
    "pane.split": ["prefix s"],
    "pane.next": ["prefix x"],
  });
  assert.equal(resolveKey(bindings, "prefix", "Z"), "pane.zoom");
  assert.equal(resolveKey(bindings, "composer", "f5"), "pane.zoom");
  assert.equal(resolveKey(bindings, "prefix", "z"), "profile.pick");
  assert.equal(resolveKey(bindings, "prefix", "m"), null);
  assert.equal(resolveKey(bindings, "prefix", "x"), "pane.next");
  assert.equal(bindings.conflicts.length, 2);
  assert.match(bindings.conflicts.join("\n"), /no command "pane\.split"[\s\S]*"prefix x" belongs to pane\.next; pane\.close/u);
});

test("only what types is text", () => {
  assert.deepEqual(["a", "é", "👍🏽", "space", "-", "C", "S"].map(typedText), ["a", "é", "👍🏽", " ", "-", "C", "S"]);
  for (const chord of ["C-a", "M-x", "S-tab", "enter", "f12", "pageup", "C-M-left"]) assert.equal(typedText(chord), null, chord);
});

test("the printed list names every key and name", () => {
  const printed = keyListMarkdown();
  for (const row of commandTable) assert.ok(printed.includes(row.help.replace(/\|/g, "\\|")), row.id);
  assert.match(printed, /\| `C-b %` \| `\/new` \|/u);
});
