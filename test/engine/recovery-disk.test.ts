// A disk that fails while agents work: the user is told, nothing runs unrecorded, and once there is room again nothing is missing.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { AgentId } from "../../src/domain/ids.ts";
import { findAgent } from "../../src/domain/workspace.ts";
import { runCommand } from "../../src/engine/commands.ts";
import type { Journals } from "../../src/engine/ports.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { type FileOps, realFileOps } from "../../src/host/file-ops.ts";
import { createJournals } from "../../src/host/journal.ts";
import { asReopened, callsExec, type FakeWorld, fakeWorld, says, spawn } from "../support/fake-ports.ts";

async function ask(world: FakeWorld, engine: WorkspaceEngine, agent: AgentId, text: string): Promise<void> {
  world.facts.length = 0;
  await runCommand(engine, 1, { type: "prompt.send", agent, text });
  await world.until((fact) => fact.type === "turn.ended");
  // The turn's end is said before it is on disk.
  await engine.synced(agent);
}

test("what a full disk kept out of the journal goes in first once there is room, in its order", async () => {
  const world = fakeWorld({ script: [says("one"), says("two"), says("three")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  await ask(world, engine, agent, "first");
  world.breakDisk("append");
  await ask(world, engine, agent, "second");
  assert.deepEqual(world.alerts, ["disk full"], "said once, not at every step");
  world.mendDisk();
  await ask(world, engine, agent, "third");
  assert.match(world.alerts.at(-1) ?? "", /^the journal can be written again: all \d+ steps that it could not take are in it now$/);
  const seqs = [...world.disk.values()].flat().map((fact) => fact.seq);
  assert.deepEqual(
    seqs.toSorted((a, b) => a - b),
    Array.from({ length: Math.max(...seqs) }, (_, n) => n + 1),
    "nothing is missing",
  );
  const again = await fakeWorld({ disk: world.disk }).engine();
  assert.deepEqual(again.workspace, engine.workspace);
});

test("what was said while the disk was full is part of the conversation, also far up where only the journal is asked", async () => {
  const world = fakeWorld({ script: Array.from({ length: 5 }, (_, n) => says(`answer ${n}`)) });
  const engine = await world.engine();
  const agent = await spawn(engine);
  await ask(world, engine, agent, "kept");
  world.breakDisk("append");
  await ask(world, engine, agent, "only in memory");
  await ask(world, engine, agent, "also");
  const texts = world.requests.at(-1)?.items.flatMap((item) => (item.type === "user" ? [item.text] : []));
  assert.deepEqual(texts, ["kept", "only in memory", "also"]);
  const page = await engine.items(agent, undefined, 3);
  assert.deepEqual([page.items.length, page.hasMore], [3, true]);
});

test("closing with a disk that stays full says how much is lost", async () => {
  const world = fakeWorld({ script: [says("one")] });
  const engine = await world.engine();
  const agent = await spawn(engine);
  world.breakDisk("append");
  await ask(world, engine, agent, "first");
  await engine.close();
  assert.match(world.alerts.join(), /the last \d+ steps are lost: disk full/);
});

test("a session that cannot be read costs its agent, not the workspace", async () => {
  const world = fakeWorld({ script: [says("one")] });
  const engine = await world.engine();
  const [first, second] = [await spawn(engine), await spawn(engine)];
  const session = findAgent(engine.workspace, first)?.session;
  await engine.close();
  const next = fakeWorld({ disk: world.disk });
  const journals: Journals = {
    ...next.ports.journals,
    open: (name) =>
      name.type === "session" && name.session === session
        ? Promise.reject(new Error("the disk reported an input/output error (EIO)"))
        : next.ports.journals.open(name),
  };
  const again = await next.engine({ ports: { ...next.ports, journals } });
  assert.deepEqual(
    again.workspace.agents.map((agent) => agent.id),
    [second],
  );
  assert.match(again.notices.join(), new RegExp(`agent 1 .* was closed: .*EIO.*; its session ${session} is kept`));
});

test("an agent whose session cannot be made is not left behind", async () => {
  const world = fakeWorld();
  const journals: Journals = {
    ...world.ports.journals,
    open: (name) =>
      name.type === "session" ? Promise.reject(new Error("too many files are open (EMFILE)")) : world.ports.journals.open(name),
  };
  const engine = await world.engine({ ports: { ...world.ports, journals } });
  await assert.rejects(spawn(engine), /EMFILE/);
  assert.deepEqual(engine.workspace.agents, []);
});

type Place = "open" | "write" | "cut" | "sync" | "folder sync";

/** Real files whose operations fail with `code` at `place` while `isDown`. */
function failingOps(place: Place, code: string, disk: { isDown: boolean }): FileOps {
  const check = (at: Place): void => {
    if (disk.isDown && place === at) throw Object.assign(new Error(`${code}: simulated`), { code });
  };
  return {
    openSync: (path, flags, mode) => {
      // Folders are opened to be synced.
      if (flags !== 0) check("open");
      return realFileOps.openSync(path, flags, mode);
    },
    writeSync: (fd, bytes, offset, length) => {
      check("write");
      return realFileOps.writeSync(fd, bytes, offset, length);
    },
    ftruncateSync: (fd, length) => {
      check("cut");
      realFileOps.ftruncateSync(fd, length);
    },
    fsyncSync: (fd) => {
      check("folder sync");
      realFileOps.fsyncSync(fd);
    },
    fdatasync: async (fd) => {
      check("sync");
      await realFileOps.fdatasync(fd);
    },
    renameSync: realFileOps.renameSync,
    closeSync: realFileOps.closeSync,
  };
}

function homeOf(t: TestContext): { sessionsDir: string; workspacesDir: string } {
  const base = mkdtempSync(join(tmpdir(), "interpane-disk-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  return { sessionsDir: join(base, "sessions"), workspacesDir: join(base, "workspaces") };
}

for (const code of ["ENOSPC", "EIO", "EROFS", "EMFILE"]) {
  for (const place of ["open", "write", "cut", "sync", "folder sync"] as const) {
    test(`${code} at ${place}: told, nothing unrecorded runs, and nothing is missing when the disk works again`, async (t) => {
      const paths = homeOf(t);
      const disk = { isDown: false };
      const script = [says("one"), callsExec("make"), says("two"), callsExec("make"), says("three")];
      const world = fakeWorld({ script });
      const journals = createJournals(paths, failingOps(place, code, disk), (text) => world.alerts.push(text));
      const engine = await world.engine({ ports: { ...world.ports, journals } });
      const agent = await spawn(engine, { autoRun: true });
      await ask(world, engine, agent, "before");
      disk.isDown = true;
      // Opening is what a second agent needs.
      const second = await runCommand(engine, 1, { type: "agent.spawn", place: { type: "tab" } });
      assert.ok(second.ok);
      await ask(world, engine, agent, "during");
      const isHit = place !== "cut";
      if (isHit)
        assert.ok(
          world.alerts.some((text) => text.includes(code)),
          `${code} is named: ${world.alerts.join()}`,
        );
      if (place === "write" || place === "sync") assert.equal(world.execs.length, 0, "nothing ran that was not on disk");
      disk.isDown = false;
      await ask(world, engine, agent, "after");
      assert.ok(world.execs.length > 0, "work goes on");
      await engine.close();
      const live = engine.workspace;
      const next = fakeWorld();
      const again = await next.engine({ ports: { ...next.ports, journals: createJournals(paths) } });
      assert.deepEqual(again.notices, []);
      assert.deepEqual(again.workspace, { ...asReopened(live), seq: again.workspace.seq });
      const said = (await again.items(agent, undefined, 500)).items.flatMap((item) => (item.type === "user" ? [item.text] : []));
      assert.deepEqual(said, ["before", "during", "after"]);
      await again.close();
    });
  }
}
