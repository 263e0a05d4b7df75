// The program whose power is cut: writes journals in FOLDER as fast as it can and says on its output what is on disk.
// node test/long/power-cut-writer.ts FOLDER [--no-sync]

import { join } from "node:path";
import type { SessionId } from "../../src/domain/ids.ts";
import type { Journal, Journals } from "../../src/engine/ports.ts";
import { type FileOps, realFileOps } from "../../src/host/file-ops.ts";
import { createJournals } from "../../src/host/journal.ts";
import { noteFolder, openState } from "../../src/host/state.ts";
import { item, opened } from "../host-storage/support.ts";

const SESSIONS = 4;
/** Entries of a session before another takes its place; enough for a checkpoint at its end. */
const ENTRIES = 600;
/** Older sessions are deleted, so that the disk does not fill. */
const KEPT = 24;

const [folder = "", flag] = process.argv.slice(2);
const noSync: FileOps = { ...realFileOps, fsyncSync: () => {}, fdatasync: async () => {} };
const ops = flag === "--no-sync" ? noSync : realFileOps;
const journals = createJournals({ sessionsDir: join(folder, "sessions"), workspacesDir: join(folder, "workspaces") }, ops);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const finished: SessionId[] = [];
let made = 0;

async function next(kept: Journals): Promise<{ readonly id: SessionId; readonly journal: Journal }> {
  made += 1;
  const id = `session-${made}` as SessionId;
  return { id, journal: (await kept.open({ type: "session", session: id })).journal };
}

async function keepWriting(): Promise<never> {
  for (;;) {
    const { id, journal } = await next(journals);
    journal.append(opened(1));
    for (let seq = 2; seq <= ENTRIES; seq += 1) {
      journal.append(item(seq));
      // Batches of several lengths, as turns make them.
      if (seq % (1 + (made % 5)) !== 0) continue;
      await journal.synced();
      say(`${id} ${seq}`);
    }
    await journal.close();
    say(`${id} ${ENTRIES}`);
    finished.push(id);
    const oldest = finished.length > KEPT ? finished.shift() : undefined;
    if (oldest === undefined) continue;
    say(`${oldest} gone`);
    await journals.remove(oldest);
  }
}

async function keepState(): Promise<never> {
  const store = await openState({ stateFile: join(folder, "state.json") }, { ops });
  for (let n = 1; ; n += 1) {
    await store.updateState((state) => noteFolder(state, `/folder-${n}`, n));
    say(`state ${n}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await Promise.all([...Array.from({ length: SESSIONS }, keepWriting), keepState()]);
