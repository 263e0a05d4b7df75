// The table is the only place where keys and names stand, and it holds together.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { KeySetting } from "../../src/domain/key-setting.ts";
import { commandTable, keyListMarkdown } from "../../src/ui/commands.ts";
import { readKey, spelling } from "../../src/ui/key-name.ts";
import { bindKeys, resolveKey, typedText } from "../../src/ui/keys.ts";
import { chordOfTmux, tmuxKeys } from "../../src/ui/tmux-keys.ts";
import { addAgent, commandsOf, openStage, press, type } from "../support/ui-fixtures.ts";

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

test("the names that Open Interpreter's users know are there under %", () => {
  const names = new Set(commandTable.flatMap((row) => [row.slash, ...(row.aliases ?? [])]));
  for (const name of ["reset", "undo", "tokens", "verbose", "help"]) assert.ok(names.has(name), name);
});

const setting = (line: number, id: string, ...keys: string[]): KeySetting => ({ id, keys, where: `config.toml:${line}` });

test("the user's keys win over the table's, which is said until the loser is named too", () => {
  const taken = bindKeys(rows, [setting(2, "pane.zoom", "prefix Z", "F5"), setting(3, "profile.pick", "prefix x")]);
  assert.equal(resolveKey(taken, "prefix", "Z"), "pane.zoom");
  assert.equal(resolveKey(taken, "composer", "f5"), "pane.zoom");
  assert.equal(resolveKey(taken, "prefix", "z"), null, "its other keys are given up");
  assert.equal(resolveKey(taken, "prefix", "x"), "profile.pick");
  assert.deepEqual(taken.conflicts, [
    `config.toml:3: "prefix x" was pane.close's, which loses it; to say that this is meant, name pane.close in [keys] too, with another key or []`,
  ]);
  const meant = bindKeys(rows, [setting(3, "profile.pick", "prefix x"), setting(4, "pane.close")]);
  assert.deepEqual(meant.conflicts, []);
  assert.deepEqual(meant.keysOf.get("pane.close"), [], "a command may go without keys");
});

test("two of the user's own that want one key, unknown commands and misspelt keys are said with file and line", () => {
  const { conflicts, keysOf } = bindKeys(rows, [
    setting(5, "pane.next", "prefix N"),
    setting(6, "tab.next", "prefix N"),
    setting(7, "pane.zom", "prefix Z"),
    setting(8, "pane.zoom", "prefix pgup ", "M-S-C-Left", "prefx z", "S-a", "C-i", ""),
    setting(9, "pane.last", "nonsense"),
  ]);
  assert.deepEqual(conflicts.slice(0, 2), [
    `config.toml:7: keys: there is no command "pane.zom"; did you mean "pane.zoom"?`,
    `config.toml:8: keys: pane.zoom: "prefx z" is no key; did you mean pageup?; ${spelling}`.replace(/ did you mean pageup\?;/u, ""),
  ]);
  assert.match(conflicts[2] ?? "", /^config\.toml:8: .*"S-a": a shifted character is written as itself, A$/u);
  assert.match(conflicts[3] ?? "", /^config\.toml:8: .*"C-i" arrives as tab from a terminal; write "tab"$/u);
  assert.match(conflicts[4] ?? "", /^config\.toml:8: .*a key is empty/u);
  assert.match(conflicts[5] ?? "", /^config\.toml:9: .*"nonsense" is no key/u);
  assert.equal(conflicts[6], `config.toml:6: "prefix N" is given to pane.next already (config.toml:5); tab.next does not get it`);
  assert.match(conflicts[7] ?? "", /copy\.openUp/u, "what they take from the table's own is said");
  assert.equal(conflicts.length, 8);
  assert.deepEqual(keysOf.get("pane.zoom"), ["prefix pageup", "C-M-S-left"], "any order and tmux's names are understood");
  assert.deepEqual(keysOf.get("pane.last"), ["prefix ;"], "where no key can be read, the table's stay");
});

test("a question cannot be given a key that is meant for something else", () => {
  const { conflicts, keysOf } = bindKeys(rows, [setting(2, "approval.yes", "enter", "C-y", "o"), setting(3, "approval.no", "tab")]);
  assert.deepEqual(keysOf.get("approval.yes"), ["o"]);
  assert.deepEqual(keysOf.get("approval.no"), ["n"]);
  assert.equal(conflicts.length, 3);
  assert.match(conflicts[0] ?? "", /^config\.toml:2: keys: approval\.yes: "enter" cannot answer a question/u);
});

test("every key of the table is spelt as the settings spell it", () => {
  for (const row of rows) for (const key of row.keys) assert.deepEqual(readKey(key), { ok: true, key }, row.id);
});

test("each of tmux's keys behind the prefix is accounted for", (context) => {
  const bindings = bindKeys(rows);
  for (const { key, same, other, why } of tmuxKeys) {
    const id = resolveKey(bindings, "prefix", chordOfTmux(key));
    assert.equal(id, same ?? other ?? null, key);
    assert.ok(same !== undefined || why !== undefined, `${key}: a difference is explained`);
  }
  assert.equal(new Set(tmuxKeys.map(({ key }) => key)).size, tmuxKeys.length);
  const listed = spawnSync("sh", ["-c", "tmux -L interpane-keys -f /dev/null start-server \\; list-keys -T prefix"], { encoding: "utf8" });
  if (listed.status !== 0) return context.skip("there is no tmux here");
  const theirs = [...listed.stdout.matchAll(/^bind-key\s+(?:-r\s+)?-T prefix\s+(\S+)/gmu)].map(([, key]) =>
    (key ?? "").replace(/^\\(?=.)/u, ""),
  );
  assert.ok(theirs.length > 60, listed.stdout);
  const known = new Set(tmuxKeys.map(({ key }) => key));
  assert.deepEqual(
    theirs.filter((key) => !known.has(key)),
    [],
    "tmux's own list has no key that ours forgets",
  );
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

test("! and /sh give a command to the shell, not to the model; a key in it stops it", () => {
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  const sent = (text: string) => {
    type(stage, text);
    return commandsOf(press(stage, "enter"));
  };
  for (const text of ["! ls -la | wc", "!ls -la | wc", "/sh ls -la | wc"]) {
    assert.deepEqual(sent(text), [{ type: "shell.run", agent: agent.id, code: "ls -la | wc" }], text);
  }
  assert.deepEqual(sent("!! really"), [{ type: "prompt.send", agent: agent.id, text: "!! really" }]);
  assert.deepEqual(sent("! curl -H 'x-api-key: sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnop'"), []);
});
