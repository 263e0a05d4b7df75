// The journals of sessions and workspaces: opening, reading, listing, removing.

import { rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type SessionId, sessionIdSchema } from "../domain/ids.ts";
import type { Fact, SessionRow } from "../domain/protocol.ts";
import type { JournalName, Journals, OpenedJournal } from "../engine/ports.ts";
import { type FileOps, plainReason, realFileOps, syncDir } from "./file-ops.ts";
import { JournalError, JournalFile, segmentPath } from "./journal-file.ts";
import { createJournalItems } from "./journal-items.ts";
import { count, namesIn, readFromCheckpoint, readSegment, readWhole, removeHalfMade, segmentsOf } from "./journal-repair.ts";
import { SessionRows } from "./journal-rows.ts";
import { type Entry, mergeSegments, scanEntries } from "./journal-scan.ts";
import { ensurePrivateDir, type Paths, workspaceFileName } from "./paths.ts";

export { JournalError } from "./journal-file.ts";

/**
 * All methods but `append` are asynchronous; failures are `JournalError`s. One process may use a folder at a time. `onProblem` gets
 * one line for the user where something failed that no call waits for: a checkpoint, a damaged line that was come upon.
 */
export function createJournals(
  paths: Pick<Paths, "sessionsDir" | "workspacesDir">,
  ops: FileOps = realFileOps,
  onProblem: (text: string) => void = () => {},
): Journals {
  /** Stems of journals that are open, or being opened or removed. */
  const inUse = new Set<string>();
  const rows = new SessionRows(paths.sessionsDir);

  function stemOf(name: JournalName): string {
    if (name.type === "workspace") return join(paths.workspacesDir, workspaceFileName(name.folder).replace(/\.jsonl$/, ""));
    // The brand promises this; a path is worth a second look.
    if (!sessionIdSchema.safeParse(name.session).success) throw new JournalError(`"${name.session}" is no session id`);
    return join(paths.sessionsDir, name.session);
  }

  async function open(name: JournalName): Promise<OpenedJournal> {
    const stem = stemOf(name);
    if (inUse.has(stem)) throw new JournalError(`${basename(stem)}: the journal is open already`);
    inUse.add(stem);
    try {
      ensurePrivateDir(dirname(stem));
      removeHalfMade(stem);
      const segments = segmentsOf(stem);
      const start = (await readFromCheckpoint(name, stem, segments, ops)) ?? (await readWhole(name, stem, segments, ops));
      const { contents, marks, unknown, fresh, damage } = start;
      const onClose = (): void => void inUse.delete(stem);
      const journal = new JournalFile({ stem, segment: segments.at(-1) ?? 1, contents, marks, unknown, fresh, ops, onClose, onProblem });
      const items = createJournalItems({
        stem,
        index: contents.index,
        unsyncedLine: (number) => journal.unsyncedLine(number),
        onDistrust: (lost) => {
          journal.distrust();
          if (lost > 0)
            onProblem(
              `${basename(stem)}: ${count(lost, "older message")} cannot be read; the journal is looked through when it is next opened`,
            );
        },
      });
      return { journal, state: contents.state(), items, damage };
    } catch (error) {
      inUse.delete(stem);
      throw asJournalError(stem, "opened", error);
    }
  }

  async function read(name: JournalName): Promise<Fact[]> {
    const stem = stemOf(name);
    try {
      const scans: Entry[][] = [];
      for (const segment of segmentsOf(stem)) scans.push(await scanEntries(await readSegment(segmentPath(stem, segment))));
      return mergeSegments(scans).map((entry) => entry.fact);
    } catch (error) {
      throw asJournalError(stem, "read", error);
    }
  }

  async function list(): Promise<SessionRow[]> {
    return rows.list((session) => inUse.has(join(paths.sessionsDir, session)));
  }

  /** Deletes the conversation whole: every segment, and what was set aside as damaged. */
  async function remove(session: SessionId): Promise<void> {
    const stem = stemOf({ type: "session", session });
    if (inUse.has(stem)) throw new JournalError(`${session}: the session is open; close its agent first`);
    try {
      // A session id has no dot, so these prefixes belong to no other session; the second is of files that a crash left half made.
      const files = namesIn(paths.sessionsDir).filter((file) => file.startsWith(`${session}.`) || file.startsWith(`.${session}.`));
      for (const file of files) rmSync(join(paths.sessionsDir, file));
      if (files.length > 0) syncDir(ops, paths.sessionsDir);
    } catch (error) {
      throw asJournalError(stem, "removed", error);
    }
  }

  return { open, read, list, remove };
}

function asJournalError(stem: string, verb: string, error: unknown): JournalError {
  if (error instanceof JournalError) return error;
  return new JournalError(`${basename(stem)}: the journal could not be ${verb}: ${plainReason(error)}`, error);
}
