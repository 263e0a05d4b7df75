// Shared by the storage tests: a temporary folder that goes with its test, and facts to store.

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type SessionId, sessionIdSchema } from "../../src/domain/ids.ts";
import { type Fact, factSchema } from "../../src/domain/protocol.ts";
import { type FileOps, realFileOps } from "../../src/host/file-ops.ts";

export function tempDir(t: TestContext): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "interpane-test-")));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
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
export function opsWith(changed: Partial<FileOps>): FileOps {
  return { ...realFileOps, ...changed };
}
