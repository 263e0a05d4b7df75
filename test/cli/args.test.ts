// The command line's words and flags.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Arguments, parseArguments } from "../../src/cli/args.ts";
import { commandTable } from "../../src/cli/command-table.ts";
import { flagTable } from "../../src/cli/flag-table.ts";
import { helpText } from "../../src/cli/help.ts";
import { oldFlags } from "../../src/cli/old-flags.ts";

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
  assert.match(refuse("--in-workspace"), /works with: interpane exec/);
  assert.match(refuse("ls", "--profile", "x"), /does not work with "ls"/);
});

test("a value that is missing, or one too many, is refused", () => {
  assert.match(refuse("--profile"), /--profile NAME/);
  assert.match(refuse("exec", "--cwd", "--json"), /--cwd FOLDER/);
  assert.match(refuse("--offline=yes"), /takes no value/);
  assert.match(refuse("--fast", "--local"), /--fast and --local were both given/);
  assert.match(refuse("--local", "--api_base", "x"), /--local and --api-base/);
});

test("a misspelt command is not sent to a model as a prompt; a sentence is", () => {
  assert.match(refuse("sesions"), /did you mean "sessions"\?.*interpane -- sesions/);
  assert.match(refuse("exce", "hello"), /"exec".*interpane -- exce hello$/);
  assert.equal(parse("list the files here").command, "screen");
  assert.equal(parse("execs", "are", "great", "things").command, "screen");
});

test("a command with verbs takes its own only", () => {
  assert.equal(parse("sessions").verb, "list");
  assert.equal(parse("sessions", "list", "--json").flags.json, true);
  assert.match(refuse("sessions", "burn"), /unknown; there is: list, show, resume, fork, export, delete; usage: interpane sessions/);
  assert.match(refuse("vault", "open"), /unknown; there is: list, add, remove, protect, unlock, lock; usage: interpane vault list/);
  assert.match(refuse("vault", "add", "a", "b"), /"b" is too much/);
});

test("--resume takes an id behind it, or stands alone before a prompt", () => {
  assert.equal(parse("--resume").flags.resume, "");
  assert.deepEqual(parse("--resume", "fix", "the", "tests").words, ["fix", "the", "tests"]);
  assert.equal(parse("--resume", "s-0mhx3k2q1", "go", "on").flags.resume, "s-0mhx3k2q1");
  assert.equal(parse("exec", "--resume=0mhx", "go on").flags.resume, "0mhx");
  assert.match(refuse("--resume", "--continue"), /both/);
});

function pageOf(name?: string): string {
  return helpText(name) ?? assert.fail(`no page about ${name}`);
}

test("the first page of help names every command and every flag of a task on 80 by 24; a command's own shows all that is its own", () => {
  const text = pageOf();
  const lines = text.trimEnd().split("\n");
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 80, line);
  const words = text.split(/\s+/);
  for (const row of commandTable) if (row.group !== null && row.name !== "screen") assert.ok(words.includes(row.name), row.name);
  const isOfTask = (flag: (typeof flagTable)[number]) => flag.where.includes("screen") || flag.where.includes("exec");
  for (const flag of flagTable)
    if (isOfTask(flag) && flag.key !== "help" && flag.key !== "version") assert.ok(words.includes(`--${flag.name}`), flag.name);
  assert.equal(helpText("nonsense"), null);
  const all = pageOf("flags");
  for (const flag of flagTable) assert.equal(all.includes(`--${flag.name} `), isOfTask(flag), flag.name);
  for (const row of commandTable) {
    if (row.name === "screen") continue;
    const own = pageOf(row.name);
    for (const line of own.split("\n")) assert.ok(line.length <= 80 || /examples:|interpane /.test(line), line);
    assert.ok(own.includes(`interpane ${row.usage}`));
    for (const flag of flagTable) {
      // What a flag's own line begins with; an example may name it too.
      const isSaid = own.split("\n").some((line) => line.slice(4).startsWith(`--${flag.name} `));
      assert.equal(isSaid, flag.where.includes(row.name), `${row.name} --${flag.name}`);
    }
  }
  assert.deepEqual(parse("exec", "--help"), { ...parse("help", "exec") });
});

test("every command has examples, and each of them is taken as it stands", () => {
  for (const row of commandTable) {
    assert.ok(row.examples.length > 0, row.name);
    for (const example of row.examples) {
      const command = example.split("|").at(-1)?.trim() ?? "";
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
      assert.equal(words[0], "interpane", example);
      assert.equal(parse(...words.slice(1)).command, row.name, example);
      assert.ok(pageOf(row.name === "screen" ? "exec" : row.name).includes(example) || row.name === "screen", example);
    }
  }
});

test("every flag of Open Interpreter is taken with hyphens and with underscores, at the top and on exec", () => {
  const line =
    "-y --auto-run --auto_run --verbose --max_tokens=5 --max-tokens=5 -x 5 --context_window=9 -cw 9 --stdin -s --api_base=u -ab u";
  const more =
    "--api-base=u --api_key=k -ak k --save-profile=n --save_profile=n --tools=a --os --model=m --profile=p -t 1 -xo 300 -b 2 -pl";
  for (const words of [[], ["exec"]]) {
    const { flags } = parse(...words, ...`${line} ${more}`.split(" "));
    assert.deepEqual(
      [flags.autoRun, flags.verbose, flags.maxTokens, flags.contextWindow, flags.stdin, flags.apiBase, flags.apiKey, flags.saveProfile],
      [true, true, "5", "9", true, "u", "k", "n"],
    );
    assert.deepEqual(
      [flags.tools, flags.os, flags.model, flags.profile, flags.temperature, flags.maxOutput, flags.maxBudget, flags.plain],
      ["a", true, "m", "p", "1", "300", "2", true],
    );
  }
});

test("switches may stand behind one hyphen together, and a number right behind its letter, as they could", () => {
  const { flags } = parse("-yvs", "-x1000", "-t0.5", "-cw3000", "-b.5", "hello");
  assert.deepEqual([flags.autoRun, flags.verbose, flags.stdin], [true, true, true]);
  assert.deepEqual([flags.maxTokens, flags.temperature, flags.contextWindow, flags.maxBudget], ["1000", "0.5", "3000", ".5"]);
  assert.match(refuse("-lf"), /--fast and --local were both given/);
  // Whatever takes a word does not take the rest of a slip.
  for (const slip of ["-modl", "-yp", "-mgpt", "-y1", "-pbig"]) assert.match(refuse(slip), new RegExp(`^${slip} is not a flag`));
  assert.match(refuse("--MODL", "x"), /did you mean --model\?/);
  assert.match(refuse("-o", "hello"), /Open Interpreter's -o is --offline/);
  assert.match(refuse("exec", "-o", "hello"), /--offline/);
});

test("a flag of Open Interpreter that is none here says what to do instead; one that needs nothing is passed over", () => {
  assert.match(refuse("--conversations"), /--conversations is not a flag here: interpane sessions/);
  assert.match(refuse("--safe_mode", "ask"), /sandbox/);
  const { notes, words } = parse("--disable_telemetry", "-ml", "hello");
  assert.equal(notes.length, 2);
  assert.deepEqual(words, ["hello"]);
  for (const { name, short } of oldFlags) {
    assert.ok(!flagTable.some((flag) => flag.name === name), name);
    assert.ok(!flagTable.some((flag) => short !== undefined && (flag.alias === short || flag.old?.includes(short))), name);
  }
});

test("no two flags of one command share a letter", () => {
  for (const { name } of commandTable) {
    const letters = flagTable.filter((flag) => flag.where.includes(name)).flatMap((flag) => [flag.alias ?? [], flag.old ?? []].flat());
    assert.equal(new Set(letters).size, letters.length, name);
  }
});

test("run takes a command behind -- with flags of its own, and asks where a prompt could be meant", () => {
  const parsed = parseArguments(["run", "--exit", "--", "ls", "-l", "--json", "--"]);
  assert.ok(parsed.ok);
  assert.deepEqual([parsed.value.command, parsed.value.flags.exit, parsed.value.words], ["run", true, ["ls", "-l", "--json", "--"]]);
  const unsure = parseArguments(["run", "the", "tests"]);
  assert.ok(!unsure.ok);
  assert.match(unsure.message, /interpane run -- the tests, or interpane "run the tests"/);
  const prompt = parseArguments(["run the tests"]);
  assert.ok(prompt.ok && prompt.value.command === "screen");
  assert.ok(!parseArguments(["run"]).ok);
});
