// The sandbox: what it refuses, and that a shell inside it is still a shell. Skipped, and said, where the machine cannot enforce it.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Sandbox } from "../../src/domain/workspace.ts";
import { probeSandbox, probeSandboxBeside, sandboxArgv } from "../../src/host/sandbox.ts";
import { programOnPath } from "../../src/host/terminal-program.ts";
import { makeGround, run, until } from "./ground.ts";

const scratch = mkdtempSync(join(tmpdir(), "interpane-probe-"));
const probe = probeSandbox(scratch, process.env["PATH"] ?? "");
rmSync(scratch, { recursive: true, force: true });
const skip = probe.works ? false : (probe.problem ?? "no sandbox");

test("full is no wrapper, and the order of mounts hides what must be hidden", () => {
  const argv = ["bash", "-i"];
  const none = { protectedPaths: [], readablePaths: [], filterPath: null };
  assert.deepEqual(sandboxArgv({ mode: "full", network: false, writable: [] }, argv, none), argv);
  const wrapped = sandboxArgv({ mode: "workspace-write", network: false, writable: ["/usr"] }, argv, {
    ...none,
    protectedPaths: ["/etc", "/no/such"],
    readablePaths: ["/etc/hosts"],
  });
  const text = wrapped.join(" ");
  assert.ok(!wrapped.includes("--new-session") && !wrapped.includes("--share-net") && wrapped.includes("--cap-drop"));
  assert.ok(text.indexOf("--ro-bind / /") < text.indexOf("--dev /dev") && text.indexOf("--bind /usr /usr") < text.indexOf("--tmpfs /etc"));
  assert.ok(
    text.indexOf("--tmpfs /etc") < text.indexOf("--ro-bind /etc/hosts") && !text.includes("/no/such") && text.endsWith("-- bash -i"),
  );
  assert.ok(sandboxArgv({ mode: "workspace-write", network: true, writable: [] }, argv, none).includes("--share-net"));
  assert.ok(
    !sandboxArgv({ mode: "read-only", network: true, writable: ["/usr"] }, argv, none)
      .join(" ")
      .includes("--bind /usr /usr"),
  );
});

test("a probe beside other work finds what a blocking one finds, and leaves nothing behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "interpane-probe-"));
  try {
    const path = process.env["PATH"] ?? "";
    assert.deepEqual(await probeSandboxBeside(folder, path), probeSandbox(folder, path));
    assert.equal((await probeSandboxBeside(folder, "/nowhere")).works, false);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("probe-")),
      [],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a machine without bubblewrap gets full as its default, and one sentence why", async () => {
  await using ground = makeGround({ path: "/nowhere" });
  const { sandbox, problem } = ground.terminals.defaultSandbox(ground.work);
  assert.equal(sandbox.mode, "full");
  assert.match(problem ?? "", /bubblewrap is not installed.*install the package bubblewrap/);
  const terminal = ground.open({ sandbox: { mode: "read-only", network: true, writable: [] } });
  const result = await run(terminal, "touch ran");
  assert.equal(result.outcome, "failed");
  assert.match(result.note ?? "", /cannot be enforced here, so nothing was started/);
  assert.equal(existsSync(join(ground.work, "ran")), false);
});

test("workspace-write writes inside only, hides what is protected, and has no rights to undo it", { skip }, async () => {
  const outer = mkdtempSync(join(tmpdir(), "interpane-outer-"));
  mkdirSync(join(outer, "vault"));
  writeFileSync(join(outer, "vault", "vault.json"), "top secret");
  writeFileSync(join(outer, "key"), "key secret");
  await using ground = makeGround({ protectedPaths: [join(outer, "vault"), join(outer, "key")] });
  try {
    const { sandbox, problem } = ground.terminals.defaultSandbox(ground.work);
    assert.deepEqual([sandbox, problem], [{ mode: "workspace-write", network: true, writable: [ground.work] } satisfies Sandbox, null]);
    symlinkSync(ground.home, join(ground.work, "way-out"));
    const terminal = ground.open({ sandbox });
    assert.equal((await run(terminal, "echo in > file; cat file")).output, "in\n");
    assert.equal(readFileSync(join(ground.work, "file"), "utf8"), "in\n");
    for (const place of [ground.home, ground.scratch, outer, "/etc", "/usr", "way-out"]) {
      const result = await run(terminal, `echo out > '${place}/interpane-new'`);
      const path = place.startsWith("/") ? place : join(ground.work, place);
      assert.equal(existsSync(join(path, "interpane-new")), false, place);
      if (!place.startsWith(tmpdir())) assert.notEqual(result.exitCode, 0, place);
    }
    const secrets = await run(
      terminal,
      `cat '${outer}/vault/vault.json' '${outer}/key'; ls '${ground.scratch}'; grep CapEff /proc/self/status; mount -o remount,rw / ; echo $?; ls /proc | grep -c '^[0-9]'`,
    );
    assert.doesNotMatch(secrets.output, /secret/);
    assert.match(secrets.output, /CapEff:\s*0+$/m);
    assert.ok(Number(secrets.output.trim().split("\n").at(-1)) < 20, "processes outside are not seen");
    assert.equal(
      (await run(terminal, 'for fd in /proc/$$/fd/*; do [ -e $fd ] && echo -n "${fd##*/} "; done')).output.replace(" 255", ""),
      "0 1 2 ",
    );
    const own = `/tmp/interpane-own-${process.pid}`;
    assert.equal((await run(terminal, `print('py', open('${own}','w').write('abc'))`, "python")).output, "py 3\n");
    assert.equal(existsSync(own), false, "/tmp is its own");
  } finally {
    rmSync(outer, { recursive: true, force: true });
  }
});

test("a hidden folder stays hidden, whatever comes into it or takes another's place while a shell is open", { skip }, async () => {
  const outer = mkdtempSync(join(tmpdir(), "interpane-outer-"));
  const hidden = join(outer, "ours");
  mkdirSync(hidden);
  writeFileSync(join(hidden, "vault.json"), "an old secret");
  writeFileSync(join(outer, "seen"), "seen");
  await using ground = makeGround({ protectedPaths: [hidden] });
  try {
    const terminal = ground.open({ sandbox: { mode: "workspace-write", network: true, writable: [ground.work, outer] } });
    const look = async (): Promise<string> => (await run(terminal, `cat '${outer}/seen' '${hidden}'/*`)).output;
    assert.match(await look(), /seen/, "what lies beside it can be read");
    writeFileSync(join(hidden, "vault.key"), "a late secret");
    writeFileSync(join(hidden, "new"), "a new secret");
    renameSync(join(hidden, "new"), join(hidden, "vault.json"));
    assert.doesNotMatch(await look(), /secret/);
  } finally {
    rmSync(outer, { recursive: true, force: true });
  }
});

test("read-only writes nothing, also not inside", { skip }, async () => {
  await using ground = makeGround();
  const terminal = ground.open({ sandbox: { mode: "read-only", network: true, writable: [ground.work] } });
  assert.notEqual((await run(terminal, "touch here")).exitCode, 0);
  assert.equal(existsSync(join(ground.work, "here")), false);
});

test("Ctrl-C, background jobs and time limits act inside as outside", { skip }, async () => {
  await using ground = makeGround();
  const { sandbox } = ground.terminals.defaultSandbox(ground.work);
  const terminal = ground.open({ sandbox });
  await run(terminal, "true");
  assert.doesNotMatch(terminal.text(30), /no job control|cannot set terminal/i);
  assert.match((await run(terminal, "sleep 50 & jobs; kill %1")).output, /Running\s+sleep 50/);
  const abort = new AbortController();
  const running = run(terminal, "echo go; sleep 100", "shell", 60_000, abort.signal);
  await until("it runs", () => /^go$/m.test(terminal.text(3)));
  abort.abort();
  assert.equal((await running).outcome, "interrupted");
  await until("the prompt is back", () => terminal.isReady());
  const ended = await run(terminal, "exit 2");
  assert.deepEqual([ended.exitCode, ended.output.replace("exit\n", "")], [2, ""]);
  assert.equal((await run(terminal, "echo again")).output, "again\n");
  // Ended with the terminal.
  const left = await run(terminal, "(setsid sleep 1234 &); until pgrep -f '^sleep 1234'; do sleep 0.01; done");
  assert.match(left.output, /\d/);
});

for (const name of ["zsh", "fish"] as const) {
  const missing = skip !== false ? skip : programOnPath(name, process.env["PATH"] ?? "") === null ? `${name} is not installed` : false;
  test(`${name} stands, runs and is interrupted inside as outside`, { skip: missing }, async () => {
    await using ground = makeGround();
    const { sandbox } = ground.terminals.defaultSandbox(ground.work);
    const terminal = ground.open({ sandbox, program: { type: "shell", name } });
    assert.equal((await run(terminal, "echo in > new; cat new; sh -c 'echo out > ../new' 2>/dev/null")).output, "in\n");
    assert.equal(existsSync(join(ground.folder, "new")), false);
    const abort = new AbortController();
    const running = run(terminal, "echo go; sleep 100", "shell", 60_000, abort.signal);
    await until("it runs", () => /^go$/m.test(terminal.text(3)));
    abort.abort();
    assert.equal((await running).outcome, "interrupted");
    await until("the prompt is back", () => terminal.isReady());
    assert.equal((await run(terminal, "echo again")).output, "again\n");
  });
}

const noFish = programOnPath("fish", process.env["PATH"] ?? "") === null ? "fish is not installed" : false;

test("fish inside reads the user's settings, writes its variables elsewhere, and complains of nothing", {
  skip: skip || noFish,
}, async () => {
  // Not below /tmp, which is another one inside.
  const home = mkdtempSync("/var/tmp/interpane-fish-");
  try {
    const settings = join(home, ".config", "fish");
    for (const folder of [settings, join(home, ".local", "share", "fish")]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(settings, "config.fish"), "set -U counted (math $counted + 1)\nset -g from_config yes\n");
    writeFileSync(join(settings, "fish_variables"), "# VERSION: 3.0\nSETUVAR counted:41\n");
    writeFileSync(join(home, ".config", "other"), "seen");
    await using ground = makeGround();
    const { sandbox } = ground.terminals.defaultSandbox(ground.work);
    const env = { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8", SHELL: "/bin/bash" };
    const terminal = ground.open({ sandbox, env, program: { type: "shell", name: "fish" } });
    const result = await run(terminal, "echo $counted $from_config; set -q XDG_CONFIG_HOME; echo $status; cat ~/.config/other");
    assert.equal(result.output, "42 yes\n1\nseen");
    assert.doesNotMatch(terminal.text(50), /error|Read-only/i);
    assert.match(readFileSync(join(settings, "fish_variables"), "utf8"), /counted:41/);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test("a program inside cannot type into its terminal", { skip }, async () => {
  await using ground = makeGround();
  const { sandbox } = ground.terminals.defaultSandbox(ground.work);
  const terminal = ground.open({ sandbox });
  const code =
    "import fcntl\nfor request in (0x5412, 0x541C, 0x100005412):\n  try:\n    fcntl.ioctl(0, request & 0xffffffff, b'x')\n    print('typed')\n  except OSError as error:\n    print(error.errno)\n";
  assert.equal((await run(terminal, code, "python")).output, "1\n1\n1\n");
});

test("without network there is none but loopback", { skip }, async () => {
  await using ground = makeGround();
  const terminal = ground.open({ sandbox: { mode: "workspace-write", network: false, writable: [ground.work] } });
  assert.equal((await run(terminal, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")).output, "lo\n");
});
