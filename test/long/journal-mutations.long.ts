// Journals as damage may leave them: cut, flipped, zeroed, repeated, torn apart. Each opens, loses only what was hit, and goes on.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Fact } from "../../src/domain/protocol.ts";
import { openWorkspaceState } from "../../src/engine/recovery.ts";
import { createJournals } from "../../src/host/journal.ts";
import { encodeFrame } from "../../src/host/journal-frame.ts";
import { workspaceFileName } from "../../src/host/paths.ts";
import { tempDir } from "../host-storage/support.ts";
import { callsExec, fakeWorld, says, spawn } from "../support/fake-ports.ts";
import { type Chance, chanceOf, rounds, seed } from "../support/long.ts";

/** What two agents with a few turns leave behind: the facts of each journal, by its file. */
async function history(): Promise<Map<string, Fact[]>> {
  const world = fakeWorld({
    script: [callsExec("make"), says("built – “ünïcode”"), says('1 5 00000000 {"type":"item.added"}'), says("third")],
  });
  const engine = await world.engine();
  for (const prompt of ["build it", "what then?", "and now?"]) {
    const agent = await spawn(engine, { autoRun: true });
    world.facts.length = 0;
    await engine.command(1, { type: "prompt.send", agent, text: prompt });
    await world.until((fact) => fact.type === "turn.ended");
  }
  return new Map(
    [...world.disk].map(([name, facts]) => {
      const [kind = "", id = ""] = name.split(" ");
      return [kind === "workspace" ? join("workspaces", workspaceFileName(id)) : join("sessions", `${id}.jsonl`), facts];
    }),
  );
}

type Mutation = (bytes: Buffer, chance: Chance) => Buffer;

const around = (bytes: Buffer, chance: Chance): [number, number] => {
  const from = chance.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + chance.below(200))];
};

const mutations: Readonly<Record<string, Mutation>> = {
  "cut off": (bytes, chance) => bytes.subarray(0, chance.below(bytes.length + 1)),
  "head lost": (bytes, chance) => bytes.subarray(chance.below(Math.min(bytes.length, 400) + 1)),
  "bits flipped": (bytes, chance) => {
    const copy = Buffer.from(bytes);
    for (let left = 1 + chance.below(4); left > 0 && copy.length > 0; left -= 1) {
      const at = chance.below(copy.length);
      copy.writeUInt8((copy[at] ?? 0) ^ (1 << chance.below(8)), at);
    }
    return copy;
  },
  "zeros written over": (bytes, chance) => Buffer.from(bytes).fill(0, ...around(bytes, chance)),
  "zeros at the end": (bytes, chance) => Buffer.concat([bytes, Buffer.alloc(1 + chance.below(4096))]),
  "a piece lost": (bytes, chance) => {
    const [from, to] = around(bytes, chance);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  "a piece repeated": (bytes, chance) => {
    const [from, to] = around(bytes, chance);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  "noise between": (bytes, chance) => {
    const at = chance.below(bytes.length + 1);
    const noise = Buffer.from(Array.from({ length: 1 + chance.below(60) }, () => chance.below(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  "newlines as Windows has them": (bytes) => Buffer.from(bytes.toString("latin1").replaceAll("\n", "\r\n"), "latin1"),
};

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
      if (bytes.equals(Buffer.concat(lines.filter((_, index) => whole[index])))) traceless.add(file);
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
      assert.deepEqual(found, left.get(file), `${where}: not exactly what was left of ${file}`);
      const hasHole = found.some((fact, index) => fact.seq !== facts[index]?.seq);
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
