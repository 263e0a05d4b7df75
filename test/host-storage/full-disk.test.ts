// A real file system that is really full: an engine on it says so, runs nothing unrecorded, and loses nothing.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, realpathSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { AgentId } from "../../src/domain/ids.ts";
import { runCommand } from "../../src/engine/commands.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { realFileOps } from "../../src/host/file-ops.ts";
import { createJournals } from "../../src/host/journal.ts";
import { openLedger } from "../../src/host/ledger.ts";
import { noteFolder, openState } from "../../src/host/state.ts";
import { asReopened, callsExec, type FakeWorld, fakeWorld, profileOf, says, spawn } from "../support/fake-ports.ts";

/** A string says why there is none. */
function mountSmallDisk(t: TestContext): { readonly dir: string } | string {
  if (process.getuid?.() !== 0) return "only root may mount a small file system";
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "interpane-small-")));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", dir], { encoding: "utf8" });
  t.after(() => {
    if (mounted.status === 0) spawnSync("umount", ["-l", dir]);
    rmSync(dir, { recursive: true, force: true });
  });
  return mounted.status === 0 ? { dir } : `no small file system can be mounted here: ${mounted.stderr || String(mounted.error)}`;
}

/** Takes all the room there is, to the last byte. */
function fill(file: string): void {
  const fd = openSync(file, "w");
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) if (writeSync(fd, Buffer.alloc(size)) < size) break;
    } catch (error) {
      assert.match(String(error), /ENOSPC/);
    }
  }
  closeSync(fd);
}

async function ask(world: FakeWorld, engine: WorkspaceEngine, agent: AgentId, text: string): Promise<void> {
  world.facts.length = 0;
  await runCommand(engine, 1, { type: "prompt.send", agent, text });
  await world.until((fact) => fact.type === "turn.ended");
  await engine.synced(agent);
}

test("a disk that is full: journals, ledger and state say so, keep what they had, and go on when there is room", async (t) => {
  const disk = mountSmallDisk(t);
  if (typeof disk === "string") return t.skip(disk);
  const { dir } = disk;
  const paths = { sessionsDir: join(dir, "sessions"), workspacesDir: join(dir, "workspaces") };
  const world = fakeWorld({ script: [says("one"), callsExec("make"), says("two"), callsExec("make"), says("three")] });
  const tell = (text: string): unknown => world.alerts.push(text);
  const ledger = openLedger(join(dir, "ledger.sqlite"), tell);
  const state = await openState({ stateFile: join(dir, "state.json") });
  await state.updateState((kept) => noteFolder(kept, "/before", 1));
  const engine = await world.engine({ ports: { ...world.ports, ledger, journals: createJournals(paths, realFileOps, tell) } });
  const agent = await spawn(engine, { autoRun: true });
  await ask(world, engine, agent, "before");

  const filler = join(dir, "filler");
  fill(filler);
  // More than the last page of the file has room for.
  await ask(world, engine, agent, "during".padEnd(20_000));
  assert.equal(world.execs.length, 0, "nothing runs whose start is not on disk");
  assert.ok(
    world.alerts.some((text) => /the disk is full \(ENOSPC\)/.test(text)),
    world.alerts.join(),
  );
  await assert.rejects(
    state.updateState((kept) => noteFolder(kept, `/${"during".repeat(2000)}`, 2)),
    /state\.json could not be saved: the disk is full \(ENOSPC\); what stood there before still stands/,
  );
  assert.equal(state.state().recentFolders[0]?.folder, "/before");

  rmSync(filler);
  await ask(world, engine, agent, "after");
  assert.equal(world.execs.length, 1);
  await state.updateState((kept) => noteFolder(kept, "/after", 3));
  await engine.close();
  ledger.close();

  const next = fakeWorld();
  const again = await next.engine({ ports: { ...next.ports, journals: createJournals(paths) } });
  assert.deepEqual(again.notices, []);
  assert.deepEqual(again.workspace, { ...asReopened(engine.workspace), seq: again.workspace.seq });
  const said = (await again.items(agent, undefined, 100)).items.flatMap((item) => (item.type === "user" ? [item.text.trim()] : []));
  assert.deepEqual(said, ["before", "during", "after"]);
  const charges = profileOf("fast").price === null ? 0 : again.workspace.meters[agent]?.costMicros;
  assert.equal(openLedger(join(dir, "ledger.sqlite"), tell).spentSince(0).costMicros, charges, "no cost is lost");
  await again.close();
});
