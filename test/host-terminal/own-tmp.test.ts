// A sandboxed agent has one /tmp: what its file tools write there its code reads, and back; nobody else's, and not the machine's.

import assert from "node:assert/strict";
import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { AgentId } from "../../src/domain/ids.ts";
import type { Sandbox } from "../../src/domain/workspace.ts";
import type { FileContext, Files } from "../../src/engine/ports.ts";
import { createFiles } from "../../src/host/files.ts";
import { asSeen, inOwnTmp, resolveSeen } from "../../src/host/own-tmp.ts";
import { probeSandbox } from "../../src/host/sandbox.ts";
import { FULL, type Ground, makeGround, run } from "./ground.ts";

const scratch = mkdtempSync(join(tmpdir(), "interpane-probe-"));
const probe = probeSandbox(scratch, process.env["PATH"] ?? "");
rmSync(scratch, { recursive: true, force: true });
const skip = probe.works ? false : (probe.problem ?? "no sandbox");

const [one, two] = ["a-one", "a-two"] as [AgentId, AgentId];
const name = `interpane-own-tmp-${process.pid}`;

interface Side {
  readonly at: FileContext;
  readonly files: Files;
}

function sideOf(ground: Ground, agent: AgentId, sandbox: Sandbox): Side {
  const tmpFolder = ground.terminals.tmpFolder(agent);
  // As the server has it: the folder with everybody's /tmp is for no tool.
  return { at: { cwd: ground.work, sandbox, tmpFolder }, files: createFiles({ privatePaths: [ground.scratch] }) };
}

async function said(result: ReturnType<Files["read"]>): Promise<string> {
  const done = await result;
  return done.ok ? done.text : done.problem;
}

test("what a tool writes in /tmp the code reads, and back, also after the shell has ended", { skip }, async () => {
  await using ground = makeGround();
  const { sandbox } = ground.terminals.defaultSandbox(ground.work);
  const { at, files } = sideOf(ground, one, sandbox);
  assert.equal(await said(files.write(`/tmp/${name}/a.txt`, at, "from the tool\n", false)), `made /tmp/${name}/a.txt (+1 −0 lines)`);
  const env = { PATH: process.env["PATH"] ?? "", HOME: ground.home, SHELL: "/bin/bash", TMPDIR: "/var/elsewhere" };
  const terminal = ground.open({ sandbox, agent: one, env });
  const shell = await run(terminal, `cat /tmp/${name}/a.txt; cd /tmp/${name}; echo from the shell > b.txt; mktemp; pwd`);
  assert.match(shell.output, new RegExp(`^from the tool\\n/tmp/tmp\\.\\w+\\n/tmp/${name}\\n$`));
  assert.equal((await run(terminal, "open('c.txt', 'w').write('from python')", "python")).exitCode, 0);
  assert.equal(existsSync(`/tmp/${name}`), false, "nothing lies in the machine's /tmp");

  const there = { ...at, cwd: shell.cwd ?? "" };
  assert.equal(await said(files.read("b.txt", there)), "from the shell");
  assert.equal(await said(files.edit("b.txt", there, [{ old: "shell", new: "tool", all: false }])), "changed b.txt (+1 −1 lines)");
  assert.equal(await said(files.searchText("from the", there)), "a.txt:1: from the tool\nb.txt:1: from the tool");
  assert.ok(!(await said(files.searchFiles("*.txt", { ...at, cwd: "/" }, `/tmp/${name}`))).includes(at.tmpFolder ?? "-"));
  assert.match(await said(files.searchFiles(`/tmp/${name}/b*`, at)), new RegExp(`^/tmp/${name}/b\\.txt$`));
  assert.equal(await said(files.read("/tmp/none", at)), "/tmp/none does not exist");

  await terminal.close();
  const next = ground.open({ sandbox, agent: one, cwd: `/tmp/${name}` });
  assert.equal((await run(next, "pwd; cat b.txt")).output, `/tmp/${name}\nfrom the tool\n`);
  assert.equal((await run(next, "import os; os.getcwd()", "python")).output, `'/tmp/${name}'\n`);
  const lost = ground.open({ sandbox, agent: two, cwd: `/tmp/${name}` });
  assert.equal((await run(lost, "pwd")).output, "/tmp\n", "a folder that is gone gives way");
  ground.terminals.forget(one);
  assert.equal(existsSync(at.tmpFolder ?? ""), false);
});

test("the workspace may lie in /tmp itself; a read-only agent still has both", { skip }, async () => {
  await using ground = makeGround();
  assert.ok(ground.work.startsWith("/tmp/"), "the case needs a workspace there");
  writeFileSync(join(ground.work, "kept"), "in the workspace");
  const sandbox: Sandbox = { mode: "read-only", network: true, writable: [ground.work] };
  const { at, files } = sideOf(ground, one, sandbox);
  const terminal = ground.open({ sandbox, agent: one });
  assert.equal((await run(terminal, "cat kept; touch new 2>/dev/null || echo no; echo x > /tmp/x")).output, "in the workspaceno\n");
  assert.equal(await said(files.read("kept", at)), "in the workspace");
  assert.equal(await said(files.read("/tmp/x", at)), "x");
  assert.match(await said(files.write("kept", at, "changed", false)), /sandbox is read-only/);
  assert.match(await said(files.write("/tmp/y", at, "y", false)), /^made/);
});

test("links mean what they mean to the code, and none leads out", { skip }, async () => {
  await using ground = makeGround();
  const { sandbox } = ground.terminals.defaultSandbox(ground.work);
  const { at, files } = sideOf(ground, one, sandbox);
  const other = sideOf(ground, two, sandbox);
  await other.files.write("/tmp/secret", other.at, "of another agent", false);
  const terminal = ground.open({ sandbox, agent: one });
  await run(
    terminal,
    `mkdir /tmp/d; echo real > /tmp/d/real; ln -s /tmp/d /tmp/link; ln -s /tmp/d/real in-tmp; ln -s ../tmp-a-two/secret /tmp/up
     ln -s ${at.tmpFolder?.replace("a-one", "a-two")}/secret /tmp/there; ln -s /etc/interpane-test /tmp/out; ln -s loop /tmp/loop`,
  );
  assert.equal(await said(files.read("/tmp/link/real", at)), "real");
  assert.equal(await said(files.read("in-tmp", at)), "real");
  assert.match(await said(files.write("in-tmp", at, "new", false)), /^changed/);
  assert.equal((await run(terminal, "cat /tmp/d/real")).output, "new");
  for (const path of ["/tmp/up", "/tmp/there", join(other.at.tmpFolder ?? "", "secret")])
    assert.doesNotMatch(await said(files.read(path, at)), /of another agent/);
  for (const path of ["/tmp/out", "/tmp/../etc/interpane-test", "/etc/interpane-test"])
    assert.match(await said(files.write(path, at, "x", false)), /was not written|belongs to Interpane/, path);
  assert.match(await said(files.read("/tmp/loop", at)), /too many links/);
  // A second name of a file that is nobody's.
  const vault = join(ground.folder, "vault.json");
  writeFileSync(vault, "sealed");
  linkSync(vault, join(at.tmpFolder ?? "", "twin"));
  const strict = createFiles({ privatePaths: [ground.scratch, vault] });
  assert.match(await said(strict.read("/tmp/twin", at)), /belongs to Interpane/);
});

test("images that code writes in /tmp are named by their whole path, and in it by their name", { skip }, async () => {
  await using ground = makeGround();
  const { sandbox } = ground.terminals.defaultSandbox(ground.work);
  const { at, files } = sideOf(ground, one, sandbox);
  const terminal = ground.open({ sandbox, agent: one });
  const since = Date.now();
  await run(terminal, "mkdir /tmp/plots; touch here.png /tmp/a.png /tmp/plots/b.svg");
  assert.deepEqual(await files.newImages(at, since), ["here.png", "/tmp/a.png", "/tmp/plots/b.svg"]);
  assert.deepEqual(await files.newImages({ ...at, cwd: "/tmp/plots" }, since), ["/tmp/a.png", "b.svg"]);
  assert.deepEqual(await files.newImages({ cwd: ground.work, sandbox: FULL }, since), ["here.png"]);
});

test("a path is followed link by link in the agent's own view", () => {
  const folder = mkdtempSync(join(tmpdir(), "interpane-view-"));
  try {
    const tmp = { folder: join(folder, "own"), writable: ["/tmp/work"] };
    mkdirSync(tmp.folder);
    symlinkSync("/tmp/b", join(tmp.folder, "a"));
    symlinkSync("../../etc", join(tmp.folder, "b"));
    symlinkSync("/tmp/work/x", join(tmp.folder, "w"));
    for (const [path, real] of [
      ["/tmp", tmp.folder],
      ["/tmp/new/file", join(tmp.folder, "new/file")],
      ["/tmp/a/hostname", "/etc/hostname"],
      ["/tmp/w", "/tmp/work/x"],
      ["/tmp/work", "/tmp/work"],
      ["/tmpfile", "/tmpfile"],
    ] as const)
      assert.equal(resolveSeen(path, tmp), real);
    assert.equal(inOwnTmp("/tmp/workshop", tmp), join(tmp.folder, "workshop"));
    assert.equal(asSeen(join(tmp.folder, "x"), tmp), "/tmp/x");
    assert.equal(asSeen(`${tmp.folder}-other`, tmp), `${tmp.folder}-other`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
