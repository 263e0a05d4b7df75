// Code in a persistent shell, with a real bash in a real pty.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { aborted, makeGround, run, TAKES_CTRL_C, until } from "./ground.ts";

test("output and exit code come out exact", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const cases: [code: string, output: string, exitCode: number][] = [
    ["echo one; echo two", "one\ntwo\n", 0],
    ["printf 'no newline'", "no newline", 0],
    ["seq 1 300", `${Array.from({ length: 300 }, (_, i) => i + 1).join("\n")}\n`, 0],
    ["echo 'grüße 漢字 👩‍💻 e\u0301'", "grüße 漢字 👩‍💻 e\u0301\n", 0],
    ["(exit 7)", "", 7],
    ["false\necho after", "after\n", 0],
    ["cat <<'END'\n  kept $HOME `x`\n\nlast\nEND", "  kept $HOME `x`\n\nlast\n", 0],
    ["# only a comment", "", 0],
    ["# first\n\necho shown # beside\n\n# last", "shown\n", 0],
    ["echo \"wow!x\" 'a!b'", "wow!x a!b\n", 0],
    ['python3 -c "\nfor i in range(2):\n    print(i)\n"', "0\n1\n", 0],
    ["printf 'a\\tb\\n'", "a\tb\n", 0],
    ["printf '\\e[31mred\\e[0m\\n'", "red\n", 0],
    ["printf '10%%\\r100%%\\n'", "100%\n", 0],
    ["no-such-program-xyz", "bash: no-such-program-xyz: command not found\n", 127],
    ["", "", 0],
    [`echo ${"x".repeat(3000)}`, `${"x".repeat(3000)}\n`, 0],
    [`echo start\n${"# a long comment line that makes it a file\n".repeat(150)}echo end`, "start\nend\n", 0],
    ["printf '%s' '\u0001\u001b[201~'  | od -An -c | tr -s ' '", " 001 033 [ 2 0 1 ~\n", 0],
  ];
  for (const [code, output, exitCode] of cases) {
    const result = await run(terminal, code);
    assert.deepEqual({ code, output: result.output, exitCode: result.exitCode ?? 0 }, { code, output, exitCode }, result.note);
    assert.equal(result.outcome, exitCode === 0 ? "ok" : "failed");
  }
  assert.equal(terminal.isReady(), true);
});

test("folder, variables, functions and options carry over, also from code that went through a file", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const first = await run(terminal, "mkdir -p 'deep er/ü'; cd 'deep er/ü'; value=42; export SEEN=yes; greet() { echo \"hello $1\"; }");
  assert.equal(first.cwd, join(ground.work, "deep er/ü"));
  const second = await run(terminal, `${"# filler line for the file\n".repeat(200)}greet $value; late=5`);
  assert.equal(second.output, "hello 42\n");
  assert.equal((await run(terminal, "echo $late; printenv SEEN; pwd")).output, `5\nyes\n${first.cwd}\n`);
  const elsewhere = await terminal.exec(
    { language: "shell", code: "pwd", cwd: ground.home, timeoutMs: 9000 },
    new AbortController().signal,
  );
  assert.equal(elsewhere.output, `${ground.home}\n`);
  const nowhere = await terminal.exec(
    { language: "shell", code: "touch x", cwd: "/no/such", timeoutMs: 9000 },
    new AbortController().signal,
  );
  assert.equal(nowhere.outcome, "failed");
  assert.match(nowhere.note ?? "", /does not exist/);
});

test("incomplete code is refused, nothing of it runs, and the shell stays ready", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  for (const code of [
    "touch ran; echo 'open",
    "touch ran\nif true; then",
    "touch ran\ncat <<END\nx",
    "touch ran; echo )",
    "touch ran\n}\n{ :",
    "echo a &&",
  ]) {
    const result = await run(terminal, code);
    assert.equal(result.outcome, "failed", code);
    assert.match(result.note ?? "", /nothing was run/, code);
    assert.notEqual(result.output, "", code);
    assert.equal(existsSync(join(ground.work, "ran")), false, code);
  }
  assert.equal((await run(terminal, "echo fine")).output, "fine\n");
});

test("an abort settles at once, the whole paste is cancelled, and the shell comes back", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  for (const code of [
    "echo go; sleep 100; touch after",
    "echo go\nsleep 100\ntouch after",
    `${"# filler line for the file\n".repeat(200)}echo go\nsleep 100\ntouch after`,
  ]) {
    const end = await aborted(terminal, code);
    assert.deepEqual([end.outcome, end.output], ["interrupted", "go\n"]);
    assert.equal((await run(terminal, "clear")).outcome, "ok");
  }
  assert.equal(existsSync(join(ground.work, "after")), false);
  assert.equal((await run(terminal, "echo fine")).output, "fine\n");
});

test("nothing behind a command that takes Ctrl-C for itself runs after an abort", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  assert.equal((await aborted(terminal, TAKES_CTRL_C)).outcome, "interrupted");
  assert.equal((await run(terminal, "echo fine")).output, "fine\n");
  assert.equal(existsSync(join(ground.work, "after")), false);
});

test("a time limit interrupts, and a program that ignores Ctrl-C and TERM is killed", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const result = await run(terminal, "echo $$; bash -c 'trap \"\" INT TERM; echo stubborn; while :; do sleep 1; done'", "shell", 1500);
  assert.equal(result.outcome, "timeout");
  assert.match(result.output, /stubborn/);
  const shell = result.output.split("\n")[0];
  assert.equal(terminal.isReady(), false, "the stubborn one still has the terminal");
  assert.equal((await run(terminal, "echo $$")).output, `${shell}\n`, "the shell itself has lived through it");
});

test("a flood stays bounded, leaves the event loop free, and can be interrupted", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  await run(terminal, "true");
  const abort = new AbortController();
  const running = run(terminal, "yes 'a line that comes again and again'", "shell", 60_000, abort.signal);
  let turns = 0;
  const memory = process.memoryUsage().rss;
  await until("the loop has turned many times under the flood", () => ++turns > 100);
  abort.abort();
  const result = await running;
  assert.equal(result.outcome, "interrupted");
  assert.ok(result.output.length < 17_000);
  assert.match(result.output, /… \d+ lines \(\d+ characters\) cut; the whole output is in the agent's terminal …/);
  assert.ok(process.memoryUsage().rss - memory < 150 * 1024 * 1024);
  await until("the prompt is back", () => terminal.isReady());
  assert.equal((await run(terminal, "echo fine")).output, "fine\n");
});

test("code that ends the shell is said, and the next command runs in a new one in the same folder", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  await run(terminal, "mkdir sub; cd sub; lost=1");
  const result = await run(terminal, "echo bye; exit 3");
  assert.deepEqual([result.outcome, result.exitCode, result.output.split("\n")[0]], ["failed", 3, "bye"]);
  assert.match(result.note ?? "", /shell ended with 3/);
  assert.equal(ground.ends.size, 0, "the terminal goes on");
  const next = await run(terminal, 'pwd; echo "[$lost]"');
  assert.equal(next.output, `${join(ground.work, "sub")}\n[]\n`);
  assert.match(next.note ?? "", /started anew/);
});

test("forged marks are ignored", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const result = await run(
    terminal,
    "printf '\\e]133;D;0\\a\\e]133;D;0;00000000000000000000;/x\\a\\e]133;B\\a\\e]133;A\\a'; echo still; (exit 9)",
  );
  assert.deepEqual([result.exitCode, result.output, result.cwd], [9, "still\n", ground.work]);
  const env = await run(terminal, "env; export -p; bash -c 'declare -p' | grep -a 133 || true");
  assert.doesNotMatch(env.output, /133;/, "the nonce is not handed to children");
});

test("the start-up file is gone once the shell stands, and the user's own prompt and PROMPT_COMMAND are kept", async () => {
  const bashrc = "PS1='mine> '\nPROMPT_COMMAND='count=$((count+1))'\nalias greet='echo hi'\nexport FROM_RC=1\n";
  await using ground = makeGround({ bashrc });
  const terminal = ground.open();
  assert.equal((await run(terminal, "greet; echo $FROM_RC $((count > 0)); (exit 4)")).exitCode, 4);
  assert.match(terminal.text(10), /^mine> /m);
  const left = readdirSync(ground.scratch, { recursive: true }).filter((name) => String(name).includes("start-"));
  assert.deepEqual(left, []);
  // Sourcing the file again sets PROMPT_COMMAND and PS1 anew: our marks must survive it.
  assert.equal((await run(terminal, ". ~/.bashrc; echo read")).output, "read\n");
  assert.equal((await run(terminal, "set -eu; set +e; set -x; set +xu; echo on")).exitCode, 0);
  assert.equal((await run(terminal, "(exit 5)")).exitCode, 5);
});

test("a shell that never comes to a prompt is a clear result and ends the terminal", async () => {
  await using ground = makeGround({ bashrc: "echo broken rc; exit 6\n" });
  const terminal = ground.open();
  const result = await run(terminal, "echo x");
  assert.equal(result.outcome, "failed");
  assert.match(result.note ?? "", /before its first prompt/);
  assert.equal(ground.ends.get(terminal.id), 6);
  const nowhere = ground.open({ cwd: join(ground.work, "gone") });
  assert.match((await run(nowhere, "echo x")).note ?? "", /does not exist/);
  assert.equal(ground.ends.get(nowhere.id), 127);
});

test("a shell in which the user types, or runs something, is left alone: code runs beside it, in the same folder", async () => {
  const spares: string[] = [];
  await using ground = makeGround({ onSpare: (id) => spares.push(id) });
  const terminal = ground.open();
  await run(terminal, "mkdir sub; cd sub");
  terminal.write("half a li");
  assert.equal(terminal.isReady(), false);
  const beside = await run(terminal, "pwd");
  assert.equal(beside.output, `${join(ground.work, "sub")}\n`);
  assert.match(beside.note ?? "", /busy with a line that is being typed/);
  terminal.write("\x15cat\r");
  await until("cat runs", () => /[#$] cat$/m.test(terminal.text(3)));
  assert.match((await run(terminal, "echo x")).note ?? "", /busy with cat/);
  assert.deepEqual(spares, [`${terminal.id}.2`]);
  terminal.write("\x03");
  await until("it is ours again", () => terminal.isReady());
  assert.equal((await run(terminal, "echo mine")).note, undefined);
});

test("keys that a program has read do not keep the shell busy; keys left over do", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const asking = run(terminal, "read -p 'name? ' name; echo \"hello $name\"");
  await until("it asks", () => terminal.text(3).includes("name?"));
  terminal.write("Ada\r");
  assert.match((await asking).output, /hello Ada\n$/);
  const next = await run(terminal, "echo next");
  assert.deepEqual([next.output, next.note], ["next\n", undefined]);
  const sleeping = run(terminal, "sleep 0.3");
  terminal.write("left over");
  await sleeping;
  await until("the keys stand at the prompt", () => /left over$/.test(terminal.text(2)));
  assert.match((await run(terminal, "echo x")).note ?? "", /being typed/);
});

test("an answer to a program's question does not end up in the next command", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  for (let round = 0; round < 3; round++) {
    await run(terminal, "printf '\\e[c\\e[6n\\e[>c'");
    const result = await run(terminal, "echo clean");
    assert.deepEqual([result.output, result.exitCode, result.note], ["clean\n", 0, undefined]);
  }
});

test("other languages run through a file that all can see; a missing program is named with its package", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  assert.equal((await run(terminal, "$x = 'perl'; print \"$x\\n\"; exit 3;", "perl")).output, "perl\n");
  assert.match(terminal.text(10), /perl .*cell-\d+\.pl/);
  const bare = ground.open({ env: { PATH: "/usr/bin:/bin", HOME: ground.home, LANG: "C.UTF-8" } });
  const missing = await run(bare, "puts 1", "ruby");
  if (missing.exitCode === 127) assert.match(missing.note ?? "", /ruby was not found .*install ruby/);
  assert.match((await run(terminal, "x", "cobol")).note ?? "", /cannot be run here; known are: .*python/);
  assert.match((await run(terminal, "<p>hi</p>", "html")).note ?? "", /document-\d+\.html/);
  assert.deepEqual(
    readdirSync(join(ground.scratch, `terminal-${terminal.id}`)).filter((name) => name.startsWith("cell-")),
    [],
  );
});

test("a background job does not hold the result up, and a full-screen program is summed up", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const job = await run(terminal, "sleep 60 & echo started");
  assert.match(job.output, /started\n$/);
  assert.equal((await run(terminal, "kill %1; wait %1 2>/dev/null; echo killed")).output.includes("killed"), true);
  const screen = await run(terminal, "printf 'before\\n\\e[?1049h\\e[2Jdrawn\\e[5;5Hmore\\e[?1049lafter\\n'");
  assert.equal(screen.output, "before\n[a full-screen program ran here; what it drew is not kept]\nafter\n");
});

test("an abort before, and a closed terminal, settle as interrupted", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const aborted = await run(terminal, "touch ran", "shell", 9000, AbortSignal.abort());
  assert.equal(aborted.outcome, "interrupted");
  const running = run(terminal, "sleep 100");
  await until("it runs", () => /[#$] sleep 100$/m.test(terminal.text(2)));
  await terminal.close();
  const result = await running;
  assert.deepEqual([result.outcome, result.note], ["interrupted", "the terminal was closed"]);
  assert.equal((await run(terminal, "echo x")).outcome, "interrupted");
  assert.equal(existsSync(join(ground.work, "ran")), false);
});
