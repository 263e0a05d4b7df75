// zsh and fish as an agent's shell, each real, in a real pty: what bash does in exec.test.ts.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ShellName } from "../../src/domain/profile.ts";
import { findShell } from "../../src/host/shell-kinds.ts";
import { fishQuoted } from "../../src/host/shell-quoting.ts";
import { programOnPath } from "../../src/host/terminal-program.ts";
import { aborted, type Ground, makeGround, run, TAKES_CTRL_C, until } from "./ground.ts";

const path = process.env["PATH"] ?? "";
const skipOf = (name: ShellName): string | false => (programOnPath(name, path) === null ? `${name} is not installed` : false);
const open = (ground: Ground, name: ShellName) => ground.open({ program: { type: "shell", name } });

type Case = [code: string, output: string, exitCode: number];

const BOTH: Case[] = [
  ["echo one; echo two", "one\ntwo\n", 0],
  ["printf 'no newline'", "no newline", 0],
  ["seq 1 300", `${Array.from({ length: 300 }, (_, i) => i + 1).join("\n")}\n`, 0],
  ["echo 'grüße 漢字 👩‍💻 e\u0301'", "grüße 漢字 👩‍💻 e\u0301\n", 0],
  ["sh -c 'exit 7'", "", 7],
  ["false\necho after", "after\n", 0],
  ["# only a comment", "", 0],
  ["# first\n\necho shown # beside\n\n# last", "shown\n", 0],
  ["echo \"wow!x\" 'a!b'", "wow!x a!b\n", 0],
  ['python3 -c "\nfor i in range(2):\n    print(i)\n"', "0\n1\n", 0],
  ["printf 'a\\tb\\n'", "a\tb\n", 0],
  ["echo '\t'x", "\tx\n", 0],
  ["printf '\\e[31mred\\e[0m\\n'", "red\n", 0],
  ["", "", 0],
  [`echo ${"x".repeat(3000)}`, `${"x".repeat(3000)}\n`, 0],
  [`echo start\n${"# a long comment line that makes it a file\n".repeat(150)}echo end`, "start\nend\n", 0],
];

const OWN: Readonly<Record<"zsh" | "fish", Case[]>> = {
  zsh: [
    ["cat <<'END'\n  kept $HOME `x`\n\nlast\nEND", "  kept $HOME `x`\n\nlast\n", 0],
    ["no-such-program-xyz", "zsh: command not found: no-such-program-xyz\n", 127],
    ["for i in 1 2; do\n  echo $i\ndone", "1\n2\n", 0],
    ["touch keep; rm *; ls", "", 0],
  ],
  fish: [
    ["for i in 1 2\n  echo $i\nend", "1\n2\n", 0],
    ["set -l a (printf 'x\\ny\\n'); count $a", "2\n", 0],
    ["if test 1 = 2; echo no; else; echo yes; end", "yes\n", 0],
  ],
};

for (const name of ["zsh", "fish"] as const) {
  const skip = skipOf(name);

  test(`${name}: output and exit code come out exact`, { skip }, async () => {
    await using ground = makeGround();
    const terminal = open(ground, name);
    for (const [code, output, exitCode] of [...BOTH, ...OWN[name]]) {
      const result = await run(terminal, code);
      assert.deepEqual({ code, output: result.output, exitCode: result.exitCode ?? 0 }, { code, output, exitCode }, result.note);
    }
    assert.equal(terminal.isReady(), true);
  });

  test(`${name}: folder, variables and functions carry over, also from code that went through a file`, { skip }, async () => {
    await using ground = makeGround();
    const terminal = open(ground, name);
    const define =
      name === "zsh"
        ? 'value=42; export SEEN=yes; greet() { echo "hello $1"; }'
        : 'set value 42; set -x SEEN yes; function greet; echo "hello $argv[1]"; end';
    const first = await run(terminal, `mkdir -p 'deep er/ü'; cd 'deep er/ü'; ${define}`);
    assert.equal(first.cwd, join(ground.work, "deep er/ü"), first.note);
    const second = await run(terminal, `${"# filler line for the file\n".repeat(200)}greet $value`);
    assert.equal(second.output, "hello 42\n");
    assert.equal((await run(terminal, "printenv SEEN; pwd")).output, `yes\n${first.cwd}\n`);
    const there = await terminal.exec(
      { language: "shell", code: "pwd\npwd", cwd: ground.home, timeoutMs: 9000 },
      new AbortController().signal,
    );
    assert.equal(there.output, `${ground.home}\n${ground.home}\n`);
  });

  test(`${name}: incomplete code is refused, nothing of it runs, and the shell stays ready`, { skip }, async () => {
    await using ground = makeGround();
    const terminal = open(ground, name);
    const codes =
      name === "zsh"
        ? ["touch ran; echo 'open", "touch ran\nif true; then", "touch ran\ncat <<END\nx", "touch ran; echo )", "touch ran\n}\n{ :"]
        : ["touch ran; echo 'open", "touch ran\nif true", "touch ran; echo )", "touch ran\nend\nbegin", "begin"];
    for (const code of codes) {
      const result = await run(terminal, code);
      assert.equal(result.outcome, "failed", code);
      assert.equal(existsSync(join(ground.work, "ran")), false, code);
      assert.match(result.note ?? "", /nothing was run/, code);
    }
    assert.equal((await run(terminal, "echo fine")).output, "fine\n");
  });

  test(`${name}: an abort settles at once, all of the code is cancelled, and the shell comes back`, { skip }, async () => {
    await using ground = makeGround();
    const terminal = open(ground, name);
    for (const code of ["echo go; sleep 100; touch after", "echo go\nsleep 100\ntouch after"]) {
      const end = await aborted(terminal, code);
      assert.deepEqual([end.outcome, end.output], ["interrupted", "go\n"]);
      assert.equal((await run(terminal, "clear")).outcome, "ok");
    }
    assert.equal(existsSync(join(ground.work, "after")), false);
    assert.equal((await run(terminal, "echo fine")).output, "fine\n");
  });

  test(`${name}: nothing behind a command that takes Ctrl-C for itself runs after an abort`, { skip }, async () => {
    await using ground = makeGround();
    const terminal = open(ground, name);
    assert.equal((await aborted(terminal, TAKES_CTRL_C)).outcome, "interrupted");
    assert.equal((await run(terminal, "echo fine")).output, "fine\n");
    assert.equal(existsSync(join(ground.work, "after")), false);
  });

  test(`${name}: a shell in which the user types is left alone, and one that ended is started anew`, { skip }, async () => {
    await using ground = makeGround();
    const terminal = open(ground, name);
    await run(terminal, "mkdir sub; cd sub");
    terminal.write("half a li");
    const beside = await run(terminal, "pwd");
    assert.match(beside.note ?? "", /busy with a line that is being typed/);
    assert.equal(beside.output, `${ground.work}/sub\n`);
    terminal.write("\x03");
    await until("the line is given up", () => terminal.isReady());
    const end = await run(terminal, "echo bye; exit 3");
    assert.deepEqual([end.outcome, end.exitCode, end.output.split("\n")[0]], ["failed", 3, "bye"]);
    assert.equal((await run(terminal, "pwd")).output, `${ground.work}/sub\n`);
  });

  test(`${name}: marks of a program are not believed`, { skip }, async () => {
    await using ground = makeGround();
    const terminal = open(ground, name);
    const result = await run(terminal, "printf '\\e]133;D;0\\a\\e]133;D;0;0123456789abcdef;/x\\a'; sh -c 'sleep 0.1; echo late; exit 4'");
    assert.deepEqual([result.output, result.exitCode], ["late\n", 4]);
  });
}

test("zsh: the user's files are read from where they are, prompt and hooks stay, ZDOTDIR is the user's", {
  skip: skipOf("zsh"),
}, async () => {
  await using ground = makeGround({
    files: {
      ".zshenv": "export ZDOTDIR=$HOME/conf\nexport FROM_ENV=1\n",
      "conf/.zshrc":
        "PROMPT='mine> '\nprecmd() { seen=$?; PROMPT='mine> ' }\nalias greet='echo hello'\nHISTFILE=$ZDOTDIR/hist\nzle-line-init() { : }\nzle -N zle-line-init\n",
    },
  });
  const terminal = open(ground, "zsh");
  const result = await run(terminal, "(exit 5)");
  assert.equal(result.exitCode, 5, result.note);
  assert.match(terminal.text(3), /mine> $/m);
  const seen = await run(terminal, "greet; echo $seen $FROM_ENV $ZDOTDIR $HISTFILE; zsh -ic 'echo $ZDOTDIR; greet'");
  const conf = join(ground.home, "conf");
  assert.equal(seen.output, `hello\n5 1 ${conf} ${conf}/hist\n${conf}\nhello\n`);
  assert.deepEqual(
    readdirSync(ground.scratch)
      .flatMap((name) => (name.startsWith("terminal-") ? readdirSync(join(ground.scratch, name)) : []))
      .filter((name) => name.startsWith("start")),
    [],
    "the start-up files are gone",
  );
});

test("zsh: without a ZDOTDIR there is none afterwards", { skip: skipOf("zsh") }, async () => {
  await using ground = makeGround({ files: { ".zshrc": "from=home\n" } });
  assert.equal((await run(open(ground, "zsh"), "echo $from ${ZDOTDIR-none}; sh -c 'echo ${ZDOTDIR-none}'")).output, "home none\nnone\n");
});

test("fish: the user's configuration is read, its prompt and events stay", { skip: skipOf("fish") }, async () => {
  await using ground = makeGround({
    files: {
      ".config/fish/config.fish":
        "function fish_prompt\n  set -g seen $status\n  echo\n  echo -n 'mine> '\nend\nset -g fish_greeting hi there\nabbr -a fine 'echo not fine'\nfunction greet; echo hello; end\n",
    },
  });
  const terminal = open(ground, "fish");
  assert.equal((await run(terminal, "sh -c 'exit 5'")).exitCode, 5);
  assert.match(terminal.text(3), /mine> $/m);
  assert.equal((await run(terminal, "echo $seen; greet")).output, "5\nhello\n");
});

test("the user's own shell is taken where it is one of the three, else bash; one that is named must be there", () => {
  const env = { PATH: path, SHELL: "/bin/dash" };
  const named = (found: ReturnType<typeof findShell>) => (found.ok ? found.kind.name : found.problem);
  assert.equal(named(findShell(undefined, env)), "bash");
  if (skipOf("zsh") === false) assert.equal(named(findShell(undefined, { ...env, SHELL: programOnPath("zsh", path) ?? "" })), "zsh");
  assert.equal(named(findShell(undefined, { PATH: "/usr/bin", SHELL: "/nowhere/fish" })) === "fish", skipOf("fish") === false);
  assert.equal(named(findShell("bash", { ...env, SHELL: "/usr/bin/zsh" })), "bash");
});

test("words are quoted for fish so that they come out again", { skip: skipOf("fish") }, async () => {
  await using ground = makeGround();
  const terminal = open(ground, "fish");
  const words = ["plain", "it's", "a\\", "\\'", "a\\\\b $HOME (x) *", ""];
  const result = await run(terminal, `printf '%s\\n' ${words.map(fishQuoted).join(" ")}`);
  assert.equal(result.output, `${words.join("\n")}\n`);
});
