// Every operation on every file fails once, in every way a disk fails: what stood there stands, the reason is named, and it works
// again when there is room again.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Fact } from "../../src/domain/protocol.ts";
import { replaySession } from "../../src/domain/session-state.ts";
import { type FileOps, realFileOps } from "../../src/host/file-ops.ts";
import { createJournals } from "../../src/host/journal.ts";
import { encodeFrame } from "../../src/host/journal-frame.ts";
import { openLedger } from "../../src/host/ledger.ts";
import { noteFolder, openState } from "../../src/host/state.ts";
import { openVault } from "../../src/host/vault.ts";
import { failure, item, opened, sessionId, tempDir } from "./support.ts";

const CODES = ["ENOSPC", "EIO", "EROFS", "EMFILE"];

interface Faults {
  readonly ops: FileOps;
  /** Operations so far. */
  count(): number;
  /** The `nth` operation from now on fails with `code`; closing never does. */
  arm(nth: number, code: string): void;
  disarm(): void;
}

function faults(): Faults {
  let count = 0;
  let failsAt = -1;
  let code = "";
  function step(): void {
    count += 1;
    if (count === failsAt) throw failure(code);
  }
  return {
    ops: {
      openSync: (path, flags, mode) => {
        step();
        return realFileOps.openSync(path, flags, mode);
      },
      writeSync: (fd, bytes, offset, length) => {
        step();
        return realFileOps.writeSync(fd, bytes, offset, length);
      },
      ftruncateSync: (fd, length) => {
        step();
        realFileOps.ftruncateSync(fd, length);
      },
      fsyncSync: step,
      fdatasync: async () => step(),
      renameSync: (from, to) => {
        step();
        realFileOps.renameSync(from, to);
      },
      closeSync: realFileOps.closeSync,
    },
    count: () => count,
    arm: (nth, wanted) => {
      failsAt = count + nth;
      code = wanted;
    },
    disarm: () => {
      failsAt = -1;
    },
  };
}

/** Runs a job with its first, second, … operation failing, until one of its runs meets no fault. */
async function eachFault(run: (nth: number) => Promise<"hit" | "through">): Promise<number> {
  for (let nth = 1; nth < 100; nth += 1) if ((await run(nth)) === "through") return nth - 1;
  throw new Error("it never came through");
}

function temporariesIn(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.endsWith(".tmp"));
}

for (const code of CODES) {
  test(`state: ${code} at any operation`, async (t) => {
    const dir = tempDir(t);
    const stateFile = join(dir, "state.json");
    const disk = faults();
    const store = await openState({ stateFile }, { ops: disk.ops });
    await store.updateState((state) => noteFolder(state, "/first", 1));
    const hits = await eachFault(async (nth) => {
      const before = readFileSync(stateFile, "utf8");
      disk.arm(nth, code);
      const at = disk.count();
      const result = await store
        .updateState((state) => noteFolder(state, `/during-${nth}`, nth))
        .then(
          () => null,
          (error: unknown) => error,
        );
      const wasHit = disk.count() >= at + nth;
      disk.disarm();
      const after = readFileSync(stateFile, "utf8");
      if (result !== null) {
        assert.match(String(result), new RegExp(`state.json could not be saved: .*\\(${code}\\)`));
        // Only the folder's own sync comes after the new file is in its place.
        if (after !== before) assert.equal(JSON.parse(after).recentFolders[0].folder, `/during-${nth}`);
      }
      JSON.parse(after);
      assert.deepEqual(temporariesIn(dir), [], `operation ${nth}`);
      await store.updateState((state) => noteFolder(state, "/again", nth));
      assert.equal(JSON.parse(readFileSync(stateFile, "utf8")).recentFolders[0].folder, "/again");
      return wasHit ? "hit" : "through";
    });
    assert.ok(hits >= 5, `open, write, sync, rename, folder: ${hits}`);
  });

  test(`vault: ${code} at any operation, of the first secret, of another, and of a removal`, async (t) => {
    await eachFault(async (nth) => {
      const dir = tempDir(t);
      const disk = faults();
      const paths = { vaultFile: join(dir, "vault.json"), vaultKeyFile: join(dir, "vault.key") };
      const origin = "https://api.test";
      const vault = await openVault(paths, { ops: disk.ops });
      disk.arm(nth, code);
      const at = disk.count();
      const first = await vault.add("one", origin, "secret-one");
      const second = await vault.add("two", origin, "secret-two");
      const removed = await vault.remove("one").catch((error: unknown) => error);
      const wasHit = disk.count() >= at + nth;
      disk.disarm();
      for (const result of [first, second]) {
        if (result.ok) continue;
        assert.match(result.problem, new RegExp(code), `operation ${nth}`);
        assert.doesNotMatch(result.problem, /secret-/);
      }
      if (removed instanceof Error) assert.match(removed.message, new RegExp(`could not be saved.*${code}`));
      const isHere = first.ok && removed !== true;
      const again = await openVault(paths);
      if (isHere && !(removed instanceof Error)) assert.deepEqual(await again.open("one", origin), { ok: true, secret: "secret-one" });
      if (second.ok) assert.deepEqual(await again.open("two", origin), { ok: true, secret: "secret-two" }, `operation ${nth}`);
      assert.deepEqual(await vault.add("three", origin, "secret-three"), { ok: true }, `operation ${nth}`);
      const last = await openVault(paths);
      assert.deepEqual(await last.open("three", origin), { ok: true, secret: "secret-three" });
      assert.deepEqual(last.problems, []);
      return wasHit ? "hit" : "through";
    });
  });

  test(`journal and checkpoint: ${code} at any operation of opening, appending, syncing, closing`, async (t) => {
    await eachFault(async (nth) => {
      const { wasHit } = await journalWithFault(t, nth, code, false);
      return wasHit ? "hit" : "through";
    });
  });

  test(`repair: ${code} at any operation costs no entry, and the next opening mends what is left`, async (t) => {
    await eachFault(async (nth) => {
      const { wasHit } = await journalWithFault(t, nth, code, true);
      return wasHit ? "hit" : "through";
    });
  });

  test(`ledger: what SQLite says of ${code} is told, and the charge is kept with the next one`, (t) => {
    const file = join(tempDir(t), "ledger.sqlite");
    const alerts: string[] = [];
    let isDown = false;
    const ledger = openLedger(file, (text) => alerts.push(text), {
      beforeWrite: () => {
        if (isDown) throw failure(code);
      },
    });
    const add = (request: string): void =>
      ledger.add({
        request,
        at: 5,
        folder: "/work",
        agent: "agent-1" as never,
        session: sessionId("session-1"),
        profile: "fast",
        charge: {
          usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 1, reasoning: 0, isEstimated: false },
          costMicros: 10,
          contextWindow: null,
          provider: "p",
          model: "m",
        },
      });
    add("one");
    isDown = true;
    add("two");
    assert.match(alerts.join(), new RegExp(`could not be kept.*\\(${code}\\); it is tried again`));
    assert.equal(ledger.spentSince(0).costMicros, 20, "what waits counts");
    isDown = false;
    add("three");
    ledger.close();
    const again = openLedger(file, () => {});
    assert.equal(again.spentSince(0).costMicros, 30);
    again.close();
  });
}

/** Some entries, of which one may be damaged, then more with a fault at the `nth` operation; what fails is tried again as the engine does. */
async function journalWithFault(t: TestContext, nth: number, code: string, isDamaged: boolean): Promise<{ wasHit: boolean }> {
  const home = tempDir(t);
  const paths = { sessionsDir: join(home, "sessions"), workspacesDir: join(home, "workspaces") };
  const name = { type: "session", session: sessionId("session-1") } as const;
  const file = join(paths.sessionsDir, "session-1.jsonl");
  const disk = faults();
  const problems: string[] = [];
  const where = `${code} at operation ${nth}`;

  const first: Fact[] = [opened(1), ...Array.from({ length: 250 }, (_, n) => item(n + 2))];
  mkdirSync(paths.sessionsDir, { mode: 0o700 });
  const bytes = Buffer.concat(first.map((fact) => encodeFrame(JSON.stringify(fact))));
  if (isDamaged) bytes.write("#", bytes.indexOf('"id":"item-3"') + 7);
  // The end of a line that a crash has cut.
  writeFileSync(file, Buffer.concat([bytes, Buffer.from("1 500 0123")]), { mode: 0o600 });

  const journals = createJournals(paths, disk.ops, (text) => problems.push(text));
  const at = disk.count();
  disk.arm(nth, code);
  const { journal, damage: said } = await journals.open(name);
  const failures: string[] = [...problems, ...said];
  const more = Array.from({ length: 12 }, (_, n) => item(300 + n));
  let acknowledged = 0;
  for (const [n, fact] of more.entries()) {
    for (let tries = 0; ; tries += 1) {
      try {
        journal.append(fact);
        break;
      } catch (error) {
        failures.push(String(error));
        assert.ok(tries < 3, `${where}: ${String(error)}`);
      }
    }
    if (n % 4 !== 0) continue;
    await journal.synced().then(
      () => {
        acknowledged = n + 1;
      },
      (error: unknown) => failures.push(String(error)),
    );
  }
  await journal.close().catch((error: unknown) => failures.push(String(error)));
  failures.push(...problems);
  const wasHit = disk.count() >= at + nth;
  disk.disarm();
  assert.deepEqual(temporariesIn(paths.sessionsDir), [], where);
  if (wasHit)
    assert.ok(
      failures.some((text) => text.includes(code)),
      `${where}: nobody was told: ${failures.join(" | ")}`,
    );

  const last = await createJournals(paths).open(name);
  const facts = await createJournals(paths).read(name);
  const replay = replaySession(null);
  for (const fact of facts) replay.apply(fact);
  assert.deepEqual(last.state, { type: "session", session: replay.state() }, where);
  await last.journal.close();
  const seqs = new Set(facts.map((fact) => fact.seq));
  for (const fact of [...first, ...more.slice(0, acknowledged)])
    assert.ok(seqs.has(fact.seq) || (isDamaged && fact.seq === 3), `${where}: entry ${fact.seq} of ${basename(file)} is lost`);
  assert.equal(seqs.size, facts.length, `${where}: no entry counts twice`);
  assert.deepEqual((await createJournals(paths).open(name)).damage, [], `${where}: mended by now`);
  return { wasHit };
}
