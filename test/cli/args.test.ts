// The command line's words and flags.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Arguments, commandTable, flagTable, helpText, parseArguments } from "../../src/cli/args.ts";

function parse(...argv: string[]): Arguments {
  const parsed = parseArguments(argv);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.message);
  return parsed.value;
}

function refuse(...argv: string[]): string {
  const parsed = parseArguments(argv);
  assert.ok(!parsed.ok, JSON.stringify(parsed));
  return parsed.message;
}

test("words without a command are the prompt of the screen", () => {
  assert.equal(parse().command, "screen");
  assert.deepEqual(parse("why", "do", "tests", "fail").words, ["why", "do", "tests", "fail"]);
});

test("hyphens and underscores, aliases, and values behind = or a space mean the same", () => {
  for (const argv of [["--auto-run"], ["--auto_run"], ["-y"]]) assert.equal(parse(...argv, "exec", "x").flags.autoRun, true);
  for (const argv of [["--profile", "fast"], ["--profile=fast"], ["-p", "fast"], ["-p=fast"]])
    assert.equal(parse("exec", ...argv, "x").flags.profile, "fast");
});

test("flags may stand before the command, behind it, and behind the prompt", () => {
  const expected = parse("exec", "--json", "-m", "gpt", "hello", "there");
  assert.deepEqual(parse("--json", "exec", "-m", "gpt", "hello", "there"), expected);
  assert.deepEqual(parse("exec", "hello", "there", "--json", "-m", "gpt"), expected);
});

test("after -- nothing is a flag or a command", () => {
  assert.deepEqual(parse("--", "exec", "-y"), { ...parse(), words: ["exec", "-y"] });
  assert.deepEqual(parse("exec", "--", "--json").words, ["--json"]);
  assert.equal(parse("exec", "--", "--json").flags.json, false);
});

test("an unknown flag names the nearest one", () => {
  assert.match(refuse("--modle", "x"), /--modle is not a flag.*--model/);
  assert.match(refuse("--auto_rum"), /--auto-run/);
  assert.match(refuse("--zzzzzzzz"), /--help/);
  assert.match(refuse("-q"), /-q is not a flag/);
});

test("a flag in the wrong place says where it works", () => {
  assert.match(refuse("--json"), /works with: interpane exec/);
  assert.match(refuse("ls", "--profile", "x"), /does not work with "ls"/);
});

test("a value that is missing, or one too many, is refused", () => {
  assert.match(refuse("--profile"), /--profile NAME/);
  assert.match(refuse("exec", "--cwd", "--json"), /--cwd FOLDER/);
  assert.match(refuse("--offline=yes"), /takes no value/);
  assert.match(refuse("--profile", "a", "--model", "b"), /both/);
});

test("a misspelt command is not sent to a model as a prompt; a sentence is", () => {
  assert.match(refuse("sesions"), /did you mean "sessions"\?.*interpane -- sesions/);
  assert.match(refuse("exce", "hello"), /"exec"/);
  assert.equal(parse("list the files here").command, "screen");
  assert.equal(parse("execs", "are", "great", "things").command, "screen");
});

test("a command with verbs takes its own only", () => {
  assert.equal(parse("sessions").verb, "list");
  assert.equal(parse("sessions", "list", "--json").flags.json, true);
  assert.match(refuse("sessions", "burn"), /unknown; there is: list, show, resume, fork, export, delete; usage: interpane sessions/);
  assert.match(refuse("vault", "open"), /unknown; there is: list, add, remove; usage: interpane vault list/);
  assert.match(refuse("vault", "add", "a", "b"), /"b" is too much/);
});

test("--resume takes an id behind it, or stands alone before a prompt", () => {
  assert.equal(parse("--resume").flags.resume, "");
  assert.deepEqual(parse("--resume", "fix", "the", "tests").words, ["fix", "the", "tests"]);
  assert.equal(parse("--resume", "s-0mhx3k2q1", "go", "on").flags.resume, "s-0mhx3k2q1");
  assert.equal(parse("exec", "--resume=0mhx", "go on").flags.resume, "0mhx");
  assert.match(refuse("--resume", "--continue"), /both/);
});

test("help shows every command, and every flag of the screen, on 80 by 24; a command's help all that is its own", () => {
  const text = helpText();
  const lines = text.trimEnd().split("\n");
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 80, line);
  for (const row of commandTable) if (row.isFlagToo !== true && row.isSaidBefore !== true) assert.ok(text.includes(row.usage), row.usage);
  for (const flag of flagTable) if (flag.where.includes("screen")) assert.ok(text.includes(`--${flag.name}`), flag.name);
  for (const row of commandTable) {
    if (row.name === "screen") continue;
    const own = helpText(row.name);
    assert.ok(own.includes(`interpane ${row.usage}`));
    for (const flag of flagTable)
      assert.equal(own.includes(`--${flag.name} `), flag.where.includes(row.name), `${row.name} --${flag.name}`);
  }
  assert.deepEqual(parse("exec", "--help"), { ...parse("help", "exec") });
});
