// Damage to a journal that has a checkpoint, to the checkpoint, or to both: it opens, every intact entry is found, and it goes on.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { ItemId } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import type { Fact } from "../../src/domain/protocol.ts";
import { replaySession, type SessionState } from "../../src/domain/session-state.ts";
import { ItemStore } from "../../src/engine/item-store.ts";
import { createJournals } from "../../src/host/journal.ts";
import { encodeFrame } from "../../src/host/journal-frame.ts";
import { item, randomHistory, sessionId, tempDir } from "../host-storage/support.ts";
import { chanceOf } from "../support/chance.ts";
import { rounds, seed } from "../support/long.ts";
import { mutations } from "../support/mutations.ts";

const NAME = { type: "session", session: sessionId("session-1") } as const;
const HISTORIES = 8;

interface Kept {
  readonly facts: readonly Fact[];
  readonly lines: readonly Buffer[];
  /** Entries that the checkpoint has. */
  readonly covered: number;
  readonly journal: Buffer;
  readonly checkpoint: Buffer;
}

function stateOf(facts: readonly Fact[]): SessionState {
  const replay = replaySession(null);
  for (const fact of facts) replay.apply(fact);
  return replay.state();
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

test("a damaged journal with a checkpoint, sound or damaged, opens with every intact entry", async (t) => {
  const home = tempDir(t);
  const paths = { sessionsDir: join(home, "sessions"), workspacesDir: join(home, "workspaces") };
  const file = join(paths.sessionsDir, "session-1.jsonl");
  const checkpointFile = join(paths.sessionsDir, "session-1.checkpoint");

  async function make(from: number): Promise<Kept> {
    rmSync(paths.sessionsDir, { recursive: true, force: true });
    const facts = randomHistory(from, 320);
    const covered = 220 + chanceOf(from).below(100);
    const first = await createJournals(paths).open(NAME);
    for (const fact of facts.slice(0, covered)) first.journal.append(fact);
    await first.journal.close();
    const checkpoint = await readFile(checkpointFile);
    const lines = facts.map((fact) => encodeFrame(JSON.stringify(fact)));
    return { facts, lines, covered, journal: Buffer.concat(lines), checkpoint };
  }
  const histories: Kept[] = [];
  for (let n = 0; n < HISTORIES; n += 1) histories.push(await make(seed + n));

  let recovered = 0;
  for (let round = 0; round < rounds({ short: 150, long: 5_000 }); round += 1) {
    const chance = chanceOf(seed + 1000 + round);
    const kept = chance.pick(histories);
    const done: string[] = [];
    let bytes: Buffer = kept.journal;
    for (let count = chance.below(3); count > 0; count -= 1) {
      const kind = chance.pick(Object.keys(mutations));
      bytes = mutations[kind]?.(bytes, chance) ?? bytes;
      done.push(`${kind} in the journal`);
    }
    let { checkpoint } = kept;
    if (chance.below(3) === 0) {
      const kind = chance.pick(Object.keys(mutations));
      checkpoint = mutations[kind]?.(checkpoint, chance) ?? checkpoint;
      done.push(`${kind} in the checkpoint`);
    }
    const where = `SEED=${seed} round ${round}: ${done.join(", ")}`;
    rmSync(paths.sessionsDir, { recursive: true, force: true });
    mkdirSync(paths.sessionsDir, { mode: 0o700 });
    writeFileSync(file, bytes, { mode: 0o600 });
    writeFileSync(checkpointFile, checkpoint, { mode: 0o600 });
    const intact = kept.facts.filter((_, index) => bytes.includes(kept.lines[index]?.subarray(0, -1) ?? ""));
    const items = intact.flatMap((fact) => (fact.type === "item.added" ? [fact.item] : []));

    const journals = createJournals(paths);
    const opened = await journals.open(NAME);
    const facts = await journals.read(NAME);
    assert.ok(opened.state.type === "session");
    const { session } = opened.state;
    // A checkpoint that is used knows also what the file has lost.
    const behind = facts.filter((fact) => fact.seq > kept.covered);
    const isWhole = isSame(session, stateOf(facts));
    assert.ok(isWhole || isSame(session, stateOf([...kept.facts.slice(0, kept.covered), ...behind])), `${where}: neither`);
    const seqs = new Set(facts.map((fact) => fact.seq));
    assert.deepEqual(
      intact.filter((fact) => !seqs.has(fact.seq)),
      [],
      `${where}: intact entries are gone`,
    );
    const found = new Map<string, TranscriptItem>((await opened.items.read(items.map(({ id }) => id))).map((one) => [one.id, one]));
    for (const one of items) assert.deepEqual(found.get(one.id), one, `${where}: ${one.id} is intact and was not found`);
    recovered += items.length;
    // Whatever the tree looks like now, walking it ends.
    const store = new ItemStore(opened.items);
    await store.path(session.agent.head ?? null);
    await store.page(session.agent.head ?? null, items[0]?.id as ItemId | undefined, 50);
    const next = 10_000 + round;
    opened.journal.append(item(next));
    await opened.journal.close();

    const again = await journals.open(NAME);
    assert.equal((await again.items.read([`item-${next}` as ItemId])).length, 1, where);
    await again.journal.close();
    const last = await journals.read(NAME);
    assert.equal(last.at(-1)?.seq, next, where);
  }
  t.diagnostic(`${recovered} intact items, all found`);
});
