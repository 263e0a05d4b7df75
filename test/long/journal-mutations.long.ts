// Journals as damage may leave them: cut, flipped, zeroed, repeated, torn apart. Each opens, loses only what was hit, and goes on.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Fact } from "../../src/domain/protocol.ts";
import { runCommand } from "../../src/engine/commands.ts";
import { openWorkspaceState } from "../../src/engine/recovery.ts";
import { createJournals } from "../../src/host/journal.ts";
import { encodeFrame } from "../../src/host/journal-frame.ts";
import { workspaceFileName } from "../../src/host/paths.ts";
import { tempDir } from "../host-storage/support.ts";
import { chanceOf } from "../support/chance.ts";
import { callsExec, fakeWorld, says, spawn } from "../support/fake-ports.ts";
import { rounds, seed } from "../support/long.ts";
import { mutations } from "../support/mutations.ts";

/** What two agents with a few turns leave behind: the facts of each journal, by its file. */
async function history(): Promise<Map<string, Fact[]>> {
  const world = fakeWorld({
    script: [callsExec("make"), says("built – “ünïcode”"), says('1 5 00000000 {"type":"item.added"}'), says("third")],
  });
  const engine = await world.engine();
  for (const prompt of ["build it", "what then?", "and now?"]) {
    const agent = await spawn(engine, { autoRun: true });
    world.facts.length = 0;
    await runCommand(engine, 1, { type: "prompt.send", agent, text: prompt });
    await world.until((fact) => fact.type === "turn.ended");
  }
  return new Map(
    [...world.disk].map(([name, facts]) => {
      const [kind = "", id = ""] = name.split(" ");
      return [kind === "workspace" ? join("workspaces", workspaceFileName(id)) : join("sessions", `${id}.jsonl`), facts];
    }),
  );
}

/** Nothing but whole lines, in any order. */
function hasOnly(bytes: Buffer, lines: readonly Buffer[]): boolean {
  const known = new Set(lines.map((line) => line.toString("latin1")));
  return bytes
    .toString("latin1")
    .split(/(?<=\n)/)
    .every((line) => line === "" || known.has(line) || known.has(`${line}\n`));
}

const bySeq = (facts: readonly Fact[]): Fact[] => facts.toSorted((a, b) => a.seq - b.seq);

test("mutated journals open, lose only what was hit, say so, and take new entries", async (t) => {
  const files = await history();
  const folder = "/work";
  for (let round = 0; round < rounds({ short: 200, long: 5_000 }); round += 1) {
    const chance = chanceOf(seed + round);
    const home = tempDir(t);
    const paths = { sessionsDir: join(home, "sessions"), workspacesDir: join(home, "workspaces") };
    for (const dir of Object.values(paths)) mkdirSync(dir, { mode: 0o700 });
    const done: string[] = [];
    const left = new Map<string, Fact[]>();
    /** What was hit has left no trace: whole lines are gone, to the byte. */
    const traceless = new Set<string>();
    for (const [file, facts] of files) {
      const lines = facts.map((fact) => encodeFrame(JSON.stringify(fact)));
      let bytes: Buffer = Buffer.concat(lines);
      for (let count = chance.below(3); count > 0; count -= 1) {
        const kind = chance.pick(Object.keys(mutations));
        bytes = mutations[kind]?.(bytes, chance) ?? bytes;
        done.push(`${kind} in ${file}`);
      }
      // Whole but for its newline is whole.
      const whole = lines.map((line) => bytes.includes(line.subarray(0, -1)));
      left.set(
        file,
        facts.filter((_, index) => whole[index]),
      );
      if (hasOnly(bytes, lines)) traceless.add(file);
      writeFileSync(join(home, file), bytes, { mode: 0o600 });
    }
    const where = `SEED=${seed} round ${round}: ${done.join(", ")}`;

    const journals = createJournals(paths);
    for (const [file, facts] of files) {
      const session = /^sessions\/(.+)\.jsonl$/.exec(file)?.[1];
      const name =
        session === undefined ? ({ type: "workspace", folder } as const) : ({ type: "session", session: session as never } as const);
      const opened = await journals.open(name);
      await opened.journal.close();
      const found = await journals.read(name);
      // Lines that changed places are as good as they were, and read in the order in which they stand now.
      assert.deepEqual(bySeq(found), left.get(file), `${where}: not exactly what was left of ${file}`);
      const hasHole = bySeq(found).some((fact, index) => fact.seq !== facts[index]?.seq);
      assert.ok(!hasHole || opened.damage.length > 0 || traceless.has(file), `${where}: a hole in ${file} that nobody was told of`);
      const again = await journals.open(name);
      await again.journal.close();
      assert.deepEqual(again.damage, [], `${where}: damage that had been mended`);
      assert.deepEqual(await journals.read(name), found, `${where}: the second opening changed something`);
    }

    // A history with holes is still a history: what is left of it can be shown, and goes on.
    const state = await openWorkspaceState(folder, journals);
    state.journal.append({ type: "workspace.offlineSet", isOffline: true, seq: 1_000_000, at: 1 });
    for (const session of state.sessions.values()) await session.journal.close();
    await state.journal.close();
    assert.equal((await journals.read({ type: "workspace", folder })).at(-1)?.seq, 1_000_000, where);
    rmSync(home, { recursive: true });
  }
});
