// Python and JavaScript that stay alive between pieces of code: real interpreters, in real ptys, beside a real shell.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Terminal } from "../../src/engine/ports.ts";
import { findInterpreter, INTERPRETERS } from "../../src/host/interpreter.ts";
import { probeSandbox } from "../../src/host/sandbox.ts";
import { isAlive } from "../../src/host/terminal-processes.ts";
import { makeGround, never, run, until } from "./ground.ts";

type Case = [code: string, output: string, exitCode: number];

async function check(terminal: Terminal, language: string, cases: readonly Case[]): Promise<void> {
  for (const [code, output, exitCode] of cases) {
    const result = await run(terminal, code, language);
    assert.deepEqual({ code, output: result.output, exitCode: result.exitCode }, { code, output, exitCode }, result.note);
    assert.equal(result.outcome, exitCode === 0 ? "ok" : "failed");
  }
}

test("Python keeps what was defined, shows the last value, and its tracebacks begin in the code", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  writeFileSync(join(ground.work, "beside.py"), "NAME = 'beside'\n");
  await check(terminal, "python", [
    ["import math, beside\nx = 41", "", 0],
    ["x + 1", "42\n", 0],
    ["x + 1;", "", 0],
    ["None", "", 0],
    ["def f():\n    return 1 / beside.missing\n", "", 0],
    ["print('one'); beside.NAME", "one\n'beside'\n", 0],
    ["import asyncio\nawait asyncio.sleep(0)\nasync def g():\n  return 'awaited'\nawait g()", "'awaited'\n", 0],
    ["import asyncio\nasyncio.run(g())", "'awaited'\n", 0],
    ["raise SystemExit(3)", "", 3],
    ["import sys; sys.exit('said')", "said\n", 1],
    ["print('grüße 漢字', end='')", "grüße 漢字", 0],
    ["!echo sub; exit 4", "sub\n[exit code 4]\n", 0],
    ["y = 5\n%matplotlib inline\ny", "[left out, since this is not IPython: %matplotlib inline]\n5\n", 0],
    ["import subprocess; subprocess.run('echo child', shell=True).returncode", "child\n0\n", 0],
    ["__name__", "'__main__'\n", 0],
    ["x = = 2", '  File "<python 16>", line 1\n    x = = 2\n        ^\nSyntaxError: invalid syntax\n', 1],
    ["", "", 0],
  ]);
  const failed = await run(terminal, "f()", "python");
  assert.match(
    failed.output,
    /^Traceback \(most recent call last\):\n {2}File "<python 18>", line 1, in <module>\n {4}f\(\)\n {2}File "<python 5>", line 2, in f\n {4}return 1 \/ beside\.missing\n/,
  );
  assert.doesNotMatch(failed.output, /driver/);
});

test("JavaScript keeps what was declared, awaits at the top, imports both ways, and may declare again", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  writeFileSync(join(ground.work, "beside.cjs"), "module.exports = 'beside';\n");
  writeFileSync(join(ground.work, "other.mjs"), "export const other = 2;\nexport default 1;\n");
  await check(terminal, "javascript", [
    ["const a = 1; let b = 2; a + b", "3\n", 0],
    ["const a = 5; [a, b]", "[ 5, 2 ]\n", 0],
    ["console.log(require('./beside.cjs'), `${1 + 1}`)", "beside 2\n", 0],
    [
      'import fs from "fs";\nimport one, { other as two } from "./other.mjs"\nimport * as all from "node:path";\n[fs.existsSync("/"), one, two, all.sep]',
      "[ true, 1, 2, '/' ]\n",
      0,
    ],
    ["(await import('./other.mjs')).other", "2\n", 0],
    [
      "const text = 'import(x) and export'; const more = `${'import'}(y)`; /* import z */ [text, more, /import (.)/.source]",
      "[ 'import(x) and export', 'import(y)', 'import (.)' ]\n",
      0,
    ],
    ["export const shown = 7; export default function named() { return shown }\nnamed()", "7\n", 0],
    ["class K { x() { return 1 } }\nnew K().x()", "1\n", 0],
    ["class K { x() { return 2 } }\nnew K().x()", "2\n", 0],
    ["setTimeout(() => console.log('late'), 20)", "late\n", 0],
    ["async function main() { await new Promise((r) => setTimeout(r, 5)); console.log('in main') }\nmain()", "in main\n", 0],
    ["process.exit(4)", "", 4],
    ["let q = ;", "SyntaxError: Unexpected token ';' (line 1)\n", 1],
    [
      "function g() { null.x }\ng()",
      "TypeError: Cannot read properties of null (reading 'x')\n    at g (javascript-14:1:21)\n    at javascript-14:2:1\n",
      1,
    ],
    ["throw 'a word'", "Uncaught 'a word'\n", 1],
    ["setTimeout(() => { throw new RangeError('later') }, 5)", "RangeError: later\n    at Timeout._onTimeout (javascript-16:1:26)\n", 1],
    ["Promise.reject(new Error('no'))", "Error: no\n    at javascript-17:1:16\n", 1],
    ["12n ** 2n", "144n\n", 0],
    ["[1, 2].map((n) => n * a)", "[ 5, 10 ]\n", 0],
    ["const big = { a: 1 };\nbig;", "", 0],
  ]);
  await check(terminal, "typescript", [["const z: number = a; enum E { A = 3 }\nz + E.A", "8\n", 0]]);
});

test("Ctrl-C ends the code and keeps the state, also of a loop that never looks up; a crash says so and the next code starts anew", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const loops = { python: "kept = 1\nprint('go')\nwhile True: pass", javascript: "var kept = 1; console.log('go'); while (true);" };
  for (const [language, loop] of Object.entries(loops)) {
    const abort = new AbortController();
    const running = run(terminal, loop, language, 60_000, abort.signal);
    await until("it has begun", () => /^go$/m.test(terminal.text(4)));
    assert.equal(terminal.isReady(), false);
    abort.abort();
    const result = await running;
    assert.deepEqual([result.outcome, result.output], ["interrupted", "go\n"]);
    await until("it is ready", () => terminal.isReady());
    assert.equal((await run(terminal, "kept", language)).output, "1\n");
    assert.equal((await run(terminal, "clear")).outcome, "ok");
  }
  const late = await run(terminal, "await new Promise((r) => setTimeout(r, 60000))", "javascript", 200);
  assert.equal(late.outcome, "timeout");
  const crash = await run(terminal, "import os; os._exit(9)", "python");
  assert.deepEqual([crash.outcome, crash.exitCode], ["failed", 9]);
  assert.match(crash.note ?? "", /Python itself ended with 9; the next code starts it anew/);
  assert.match((await run(terminal, "kept", "python")).output, /NameError: name 'kept' is not defined/);
});

test("Ctrl-C ends JavaScript that never leaves its microtasks; what heeds nothing is ended itself, and the next code says what is lost", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const interrupt = async (code: string) => {
    const abort = new AbortController();
    const running = run(terminal, code, "javascript", 60_000, abort.signal);
    await until("it has begun", () => /^go$/m.test(terminal.text(4)));
    abort.abort();
    const result = await running;
    assert.equal(result.outcome, "interrupted");
    return result;
  };
  await run(terminal, "var kept = 1; process.nextTick(() => {}); queueMicrotask(() => {}); await null", "javascript");
  for (const loop of ["while (true) await null", "(async () => { for (;;) await 1 })()"]) {
    const { note } = await interrupt(`console.log("go"); ${loop}`);
    assert.match(note ?? "", /JavaScript keeps its variables/);
    await until("it is ready", () => terminal.isReady());
    assert.equal((await run(terminal, "await new Promise((r) => setTimeout(r, 5)); kept", "javascript")).output, "1\n");
    assert.equal((await run(terminal, "clear")).outcome, "ok");
  }
  // After a timer nothing of ours stands around it.
  const deaf = await interrupt("await new Promise((r) => setTimeout(r, 5)); console.log('go'); while (true) await null");
  assert.match(deaf.note ?? "", /JavaScript has not stopped yet/);
  assert.doesNotMatch(deaf.note ?? "", /keeps/);
  const next = await run(terminal, "typeof kept", "javascript");
  assert.deepEqual([next.outcome, next.output], ["ok", "'undefined'\n"], next.note);
  assert.match(next.note ?? "", /JavaScript did not stop at Ctrl-C and was ended; .*without .*variables/);
});

test("Ctrl-C ends JavaScript that waits between its steps: its timers go with it, those of code before stay", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  await run(terminal, "var n = 0, seen = []; setInterval(() => { n += 1 }, 5); undefined", "javascript");
  const loops = [
    "for (;;) { await new Promise((r) => setTimeout(r, 5)); seen.push(1); console.log('go') }",
    "setInterval(() => { seen.push(1); console.log('go') }, 5); await new Promise(() => {})",
    "const { setTimeout: wait } = require('node:timers/promises'); for (;;) { await wait(5, 0); seen.push(1); console.log('go') }",
    "import { setTimeout as later } from 'timers/promises'; for (;;) { await later(5); seen.push(1); console.log('go') }",
    "setInterval(() => seen.push(1), 5); console.log('go'); for (;;);",
    "const again = () => setImmediate(() => { if (seen.push(1) === 1) console.log('go'); again() }); again(); await new Promise(() => {})",
  ];
  for (const loop of loops) {
    const abort = new AbortController();
    const running = run(terminal, loop, "javascript", 60_000, abort.signal);
    await until("it has begun", () => /^go$/m.test(terminal.text(8)));
    abort.abort();
    const result = await running;
    assert.deepEqual([result.outcome, /keeps its variables/.test(result.note ?? "")], ["interrupted", true], result.note);
    await until("it is ready", () => terminal.isReady());
    await run(terminal, "n = 0; seen = []", "javascript");
    await new Promise((resolve) => setTimeout(resolve, 60));
    const after = await run(terminal, "[seen.length, n > 0]", "javascript");
    assert.equal(after.output, "[ 0, true ]\n", loop);
    assert.equal((await run(terminal, "clear")).outcome, "ok");
  }
  const { output } = await run(
    terminal,
    "const t = require('util').promisify(setTimeout); [await t(1, 'value'), setTimeout.length]",
    "javascript",
  );
  assert.equal(output, "[ 'value', 2 ]\n");
});

test("an interpreter that ended between two pieces of code is started anew for the next one, which says so", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  await run(terminal, "kept = 1; import os, threading; threading.Timer(0.1, lambda: os._exit(3)).start()", "python");
  await new Promise((resolve) => setTimeout(resolve, 400));
  const next = await run(terminal, "'kept' in globals()", "python");
  assert.deepEqual([next.outcome, next.output], ["ok", "False\n"], next.note);
  assert.match(next.note ?? "", /Python had ended with 3; .*without .*variables/);
});

test("Ctrl-C in the middle of what JavaScript writes takes nothing of its voice", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  for (const code of ["while (true) process.stdout.write('words ')", "while (true) process.stderr.write('words ')"]) {
    for (let round = 0; round < 4; round += 1) {
      const abort = new AbortController();
      const running = run(terminal, code, "javascript", 60_000, abort.signal);
      await until("it writes", () => /words words/.test(terminal.text(4)));
      abort.abort();
      await running;
      await until("it is ready", () => terminal.isReady());
      const told = await run(terminal, "process.stderr.write('heard, '); 'and seen'", "javascript");
      assert.equal(told.output, "heard, 'and seen'\n");
      assert.equal((await run(terminal, "clear")).outcome, "ok");
    }
  }
  const ways =
    "process.stdout.write(new Uint8Array([97, 98]), () => console.log('told')); process.stdout.write('c3a90a', 'hex'); undefined";
  assert.equal((await run(terminal, ways, "javascript")).output, "ab\u00e9\ntold\n");
  assert.match((await run(terminal, "process.stdout.write(7)", "javascript")).output, /must be of type string/);
});

test("an interpreter that cannot start says why, and one that is not there is named with its package", async () => {
  await using ground = makeGround();
  const folder = join(ground.home, "bin");
  mkdirSync(folder);
  writeFileSync(join(folder, "python3"), "#!/bin/bash\necho 'too old for this'; exit 1\n", { mode: 0o755 });
  for (const name of ["bash", "sh", "node"]) symlinkSync(name === "node" ? process.execPath : `/bin/${name}`, join(folder, name));
  const env = { PATH: folder, HOME: ground.home, LANG: "C.UTF-8", SHELL: "/bin/bash" };
  const old = await run(ground.open({ env }), "1", "python");
  assert.deepEqual([old.outcome, old.note], ["failed", "Python could not be started: too old for this"]);
  rmSync(join(folder, "python3"));
  const none = await run(ground.open({ env }), "1", "python");
  assert.match(none.note ?? "", /^python3 was not found on the shell's PATH; install it with: /);
  rmSync(join(folder, "node"));
  assert.equal((await run(ground.open({ env }), "1 + 1", "javascript")).output, "2\n", "Interpane's own stands in");
});

test("code and output stand in the agent's terminal, in order with the shell's, and nothing of the shell's is lost", async () => {
  await using ground = makeGround({ bashrc: "PS1='two\\nlines> '\n" });
  const terminal = ground.open();
  await run(terminal, "printf 'no newline'");
  await run(terminal, "for i in range(2):\n    print(i)\n\n'\x1b[31m'", "python");
  await run(terminal, "echo shell");
  assert.equal(
    terminal.text(40).trimEnd(),
    "two\nlines> printf 'no newline'\nno newline\n>>> for i in range(2):\n...     print(i)\n... \n... '^[[31m'\n0\n1\n'\\x1b[31m'\n\ntwo\nlines> echo shell\nshell\ntwo\nlines>",
  );
  assert.equal((await run(terminal, "1", "js")).output, "1\n");
});

test("input() reads what the user types into the terminal", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const asking = run(terminal, "name = input('who? ')\nname.upper()", "python");
  await until("it asks", () => /^who\? $/m.test(`${terminal.text(1)}`) || /who\?/.test(terminal.text(2).split("\n").at(-1) ?? ""));
  terminal.write("anna\r");
  assert.match((await asking).output, /who\? anna\n'ANNA'\n$/);
  await until("it is ready", () => terminal.isReady());
});

test("an interpreter follows the shell's folder, keeps one of its own otherwise, and starts with the shell's environment", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  const where = "import os; os.getcwd()";
  mkdirSync(join(ground.work, "sub"));
  assert.equal((await run(terminal, where, "python")).output, `'${ground.work}'\n`);
  const result = await run(terminal, "os.chdir('sub')", "python");
  assert.equal(result.cwd, ground.work, "the shell's");
  assert.equal((await run(terminal, where, "python")).output, `'${ground.work}/sub'\n`);
  await run(terminal, "cd ..");
  assert.equal((await run(terminal, where, "python")).output, `'${ground.folder}'\n`);
  const there = await terminal.exec({ language: "python", code: where, cwd: ground.home, timeoutMs: 9000 }, never);
  assert.equal(there.output, `'${ground.home}'\n`);
  const nowhere = await terminal.exec({ language: "python", code: where, cwd: "/no/such", timeoutMs: 9000 }, never);
  assert.match(nowhere.note ?? "", /does not exist/);
  mkdirSync(join(ground.home, "bin"));
  writeFileSync(join(ground.home, "bin", "python3"), '#!/bin/sh\nMINE=yes exec /usr/bin/env -u MINE_TOO python3.mine "$@"\n', {
    mode: 0o755,
  });
  writeFileSync(
    join(ground.home, "bin", "python3.mine"),
    `#!/bin/sh\nexec ${(await run(terminal, "command -v python3")).output.trim()} "$@"\n`,
    { mode: 0o755 },
  );
  await run(terminal, 'PATH="$HOME/bin:$PATH"');
  const other = await run(terminal, "import os; os.environ.get('MINE')", "python");
  assert.match(other.note ?? "", /Python goes on as .*; run %reset in it to start anew as .*\/home\/bin\/python3/);
  assert.equal(other.output, "");
  await run(terminal, "%reset", "python");
  assert.equal((await run(terminal, "import os; os.environ['MINE']", "python")).output, "'yes'\n");
});

test("while a program has the terminal, code runs beside it, unseen; keys go to whoever has the screen", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  await run(terminal, "true");
  terminal.write("cat\r");
  await until("cat runs", () => /[#$] cat$/m.test(terminal.text(3)));
  const result = await run(terminal, "print('un' + 'seen')", "python");
  assert.equal(result.output, "unseen\n");
  assert.match(result.note ?? "", /busy with cat, so this ran beside it, unseen/);
  assert.doesNotMatch(terminal.text(10), /unseen/);
  terminal.write("to cat\r");
  await until("cat says it", () => /to cat\nto cat/.test(terminal.text(5)));
  terminal.write("\x04");
  await until("the prompt is back", () => terminal.isReady());
});

test("a reset ends the interpreters and leaves the shell; closing the terminal leaves no process and no file", async () => {
  const ground = makeGround();
  const terminal = ground.open();
  await run(terminal, "stays=1");
  const pid = Number((await run(terminal, "x = 1\nimport os; os.getpid()", "python")).output);
  await terminal.resetInterpreters();
  assert.equal(isAlive(pid), false);
  assert.match((await run(terminal, "x", "python")).output, /NameError/);
  assert.equal((await run(terminal, "echo $stays")).output, "1\n");
  const node = Number((await run(terminal, "process.pid", "javascript")).output);
  assert.ok(isAlive(node));
  await ground[Symbol.asyncDispose]();
  assert.equal(isAlive(node), false);
  assert.equal(existsSync(ground.folder), false);
});

const system = "/usr/bin:/bin";
const hasPlots = spawnSync("python3", ["-c", "import matplotlib"], { env: { PATH: system } }).status === 0;

test("figures become files whose paths are printed, those that the code wrote itself only once", {
  skip: hasPlots ? false : "matplotlib is not installed",
}, async () => {
  await using ground = makeGround();
  const terminal = ground.open({ env: { PATH: system, HOME: ground.home, LANG: "C.UTF-8", SHELL: "/bin/bash" } });
  const figure = (number: number): string => `[figure written: ${join(ground.work, `figure-${number}.png`)}]\n`;
  await check(terminal, "python", [
    ["import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", figure(1), 0],
    ["_ = plt.plot([3, 4]); plt.savefig('mine.png')", "", 0],
    ["plt.show()", "", 0],
    ["_ = plt.plot([5, 6])", figure(2), 0],
    ["1", "1\n", 0],
    ["plt.title('now with a title'); plt.show()", figure(2), 0],
    ["plt.show()", "", 0],
  ]);
  assert.deepEqual(readdirSync(ground.work).sort(), ["figure-1.png", "figure-2.png", "mine.png"]);
});

const scratch = mkdtempSync(join(tmpdir(), "interpane-probe-"));
const probe = probeSandbox(scratch, process.env["PATH"] ?? "");
rmSync(scratch, { recursive: true, force: true });

test("interpreters are in the sandbox, survive Ctrl-C there, and share /tmp with the shell", {
  skip: probe.works ? false : (probe.problem ?? "no sandbox"),
}, async () => {
  await using ground = makeGround();
  const { sandbox } = ground.terminals.defaultSandbox(ground.work);
  const terminal = ground.open({ sandbox });
  const outside = await run(terminal, "open('/etc/interpane-test', 'w')", "python");
  assert.match(outside.output, /Read-only file system/);
  assert.equal((await run(terminal, "kept = open('/tmp/shared', 'w').write('from python')", "python")).exitCode, 0);
  assert.equal(
    (await run(terminal, "cat /tmp/shared; mkdir -p /tmp/locked/in; touch /tmp/locked/in/x; chmod 500 /tmp/locked/in")).output,
    "from python",
  );
  assert.equal((await run(terminal, "require('fs').readFileSync('/tmp/shared', 'utf8')", "js")).output, "'from python'\n");
  for (const [language, loop] of [
    ["python", "print('go')\nwhile True: pass"],
    ["js", "console.log('go'); while (true);"],
  ] as const) {
    const abort = new AbortController();
    const running = run(terminal, loop, language, 60_000, abort.signal);
    await until("it has begun", () => /^go$/m.test(terminal.text(4)));
    abort.abort();
    assert.equal((await running).outcome, "interrupted");
    await until("it is ready", () => terminal.isReady());
    await run(terminal, "clear");
  }
  assert.equal((await run(terminal, "kept", "python")).output, "11\n");
  await ground.terminals.closeAll();
  assert.deepEqual(
    readdirSync(ground.scratch).filter((name) => name.startsWith("terminal-")),
    [],
  );
});

test("a program that lies where the sandbox shows the agent's own /tmp is passed over for the next on the PATH", () => {
  const folder = mkdtempSync(join(tmpdir(), "interpane-hidden-"));
  try {
    writeFileSync(join(folder, "node"), "", { mode: 0o755 });
    const path = `${folder}:${dirname(process.execPath)}`;
    assert.equal(
      findInterpreter(INTERPRETERS.javascript, path, () => true),
      join(folder, "node"),
    );
    assert.equal(
      findInterpreter(INTERPRETERS.javascript, path, (at) => !at.startsWith(folder)),
      join(dirname(process.execPath), "node"),
    );
    assert.equal(
      findInterpreter(INTERPRETERS.javascript, folder, () => false),
      null,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
