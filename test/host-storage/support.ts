// Shared by the storage tests: a temporary folder that goes with its test, and facts to store.

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type SessionId, sessionIdSchema } from "../../src/domain/ids.ts";
import { type Fact, factSchema } from "../../src/domain/protocol.ts";
import { type FileOps, realFileOps } from "../../src/host/file-ops.ts";
import { chanceOf } from "../support/chance.ts";
import { profileOf } from "../support/fake-ports.ts";

export function tempDir(t: TestContext): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "interpane-test-")));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Where a vault lies, before there is one. */
export function vaultPlace(t: TestContext): { dir: string; vaultFile: string; vaultKeyFile: string } {
  const dir = tempDir(t);
  return { dir, vaultFile: join(dir, "vault.json"), vaultKeyFile: join(dir, "vault.key") };
}

export function sessionId(id: string): SessionId {
  return sessionIdSchema.parse(id);
}

export function opened(seq: number, title = "first title"): Fact {
  return factSchema.parse({
    seq,
    at: 1000 + seq,
    type: "session.opened",
    agent: "agent-1",
    session: "session-1",
    folder: "/home/ann/shop",
    title,
  });
}

export function titled(seq: number, title: string): Fact {
  return factSchema.parse({ seq, at: 1000 + seq, type: "agent.titled", agent: "agent-1", title });
}

export function item(seq: number, text = `text ${seq} – ünïcode "quoted" \n 1 5 00000000 {"type":"item.added"}`): Fact {
  return factSchema.parse({
    seq,
    at: 1000 + seq,
    type: "item.added",
    agent: "agent-1",
    item: {
      id: `item-${seq}`,
      parent: seq > 1 ? `item-${seq - 1}` : null,
      at: 1000 + seq,
      turn: null,
      type: "user",
      text,
    },
  });
}

export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

/** Real operations, some replaced. */
/** Whoever reads a file does not see whether it was synced: where that is not the question, nobody waits for the disk. */
export const unsynced: FileOps = { ...realFileOps, fsyncSync() {}, fdatasync: () => Promise.resolve() };

export function opsWith(changed: Partial<FileOps>): FileOps {
  return { ...realFileOps, ...changed };
}

/** A history in which everything that a session's facts can say is said. */
export function randomHistory(seed: number, length: number): Fact[] {
  const chance = chanceOf(seed);
  const facts: Fact[] = [opened(1)];
  const items: string[] = [];
  let head: string | null = null;
  const sandbox = { mode: "read-only", network: false, writable: [] };
  for (let seq = 2; seq <= length; seq += 1) {
    const ids = { seq, at: 1000 + seq, agent: "agent-1" };
    const turn = `turn-${Math.floor(seq / 7)}`;
    const add = (body: object): Fact => factSchema.parse({ ...ids, ...body });
    const makers: (() => Fact)[] = [
      () => titled(seq, `title ${seq}`),
      () => add({ type: "agent.moved", cwd: `/moved/${seq}` }),
      () => add({ type: "agent.profileUsed", profile: profileOf(`profile-${seq}`) }),
      () => add({ type: "agent.sandboxSet", sandbox }),
      () => {
        head = chance.below(3) === 0 || items.length === 0 ? null : chance.pick(items);
        return add({ type: "agent.headMoved", head });
      },
      () => add({ type: "prompt.queued", prompt: { id: `prompt-${seq % 5}`, text: `prompt ${seq}` } }),
      () => add({ type: "prompt.taken", prompt: `prompt-${chance.below(5)}` }),
      () => add({ type: "turn.queued", turn, profile: "base" }),
      () => add({ type: "turn.started", turn }),
      () => add({ type: "turn.ended", turn, outcome: chance.pick(["done", "failed"]), durationMs: 1, isStopping: chance.below(2) === 0 }),
      () => add({ type: "agent.settled" }),
      () =>
        add({
          type: "approval.asked",
          approval: {
            id: `ask-${seq}`,
            agent: "agent-1",
            turn,
            item: "item-1",
            action: { type: "exec", language: "shell", code: "ls" },
            cwd: "/",
            sandbox,
            digest: "d",
            askedAt: seq,
          },
        }),
      () => add({ type: "approval.answered", approval: `ask-${seq - 1 - chance.below(9)}`, answer: "no", by: "user" }),
      () => {
        const usage = { input: seq, cacheRead: 1, cacheWrite: 2, output: 3, reasoning: 0, isEstimated: chance.below(9) === 0 };
        const charge = { usage, costMicros: chance.below(5) === 0 ? null : 7, contextWindow: 1000, provider: "p", model: "m" };
        return add({ type: "usage.charged", request: `req-${seq}`, charge });
      },
    ];
    if (chance.below(2) === 0) {
      const id = `item-${seq}`;
      items.push(id);
      facts.push(add({ type: "item.added", item: { id, parent: head, at: seq, turn: null, type: "user", text: `text ${seq}` } }));
      head = id;
    } else facts.push(chance.pick(makers)());
  }
  return facts;
}
