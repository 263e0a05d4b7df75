// One row for each kept session, from a quick look at its journal: no entry is parsed but the few that name it.

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type SessionId, sessionIdSchema } from "../domain/ids.ts";
import type { Fact, FactType, SessionRow } from "../domain/protocol.ts";
import { readSummary, type SessionName } from "./checkpoint.ts";
import { errorCode, plainReason } from "./file-ops.ts";
import { nameAfter } from "./journal-contents.ts";
import { readFrame } from "./journal-frame.ts";
import { namesIn, readBehind } from "./journal-repair.ts";
import { checkFact, mergeSegments, scanEntries } from "./journal-scan.ts";

/** Only the bytes that came after the checkpoint are looked through. */
async function lookFromCheckpoint(stem: string, files: Files, paths: readonly string[]): Promise<SessionName | null> {
  const summary = await readSummary(stem);
  const mark = summary?.segments.at(-1);
  const path = paths.at(-1);
  if (summary == null || summary.name === null || mark === undefined || path === undefined) return null;
  const isSame = summary.segments.length === paths.length && summary.segments.every(({ segment }) => files.segments[segment] !== undefined);
  const tail = isSame ? await readBehind(path, mark, true) : null;
  return tail === null ? null : lookOn(summary.name, tail);
}

type Look = Omit<SessionRow, "isOpen">;

interface Files {
  /** Segments in order. */
  readonly segments: string[];
  damaged: number;
}

const FILE_NAME = /^([a-z0-9-]{1,64})(?:\.([1-9]\d{0,5}))?\.jsonl(\.damaged-\d+)?$/;

/** Remembers what it saw for as long as a session's files do not change. */
export class SessionRows {
  readonly #dir: string;
  readonly #seen = new Map<string, { key: string; look: Look }>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Newest first. A session that cannot be read has a row too, with the reason as its damage. */
  async list(isOpen: (session: SessionId) => boolean): Promise<SessionRow[]> {
    const rows: SessionRow[] = [];
    const sessions = this.#sessions();
    for (const [id, files] of sessions) {
      const session = sessionIdSchema.parse(id);
      const look = await this.#look(session, files);
      if (look !== null) rows.push({ ...look, isOpen: isOpen(session) });
    }
    for (const id of this.#seen.keys()) if (!sessions.has(id)) this.#seen.delete(id);
    return rows.sort((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? -1 : 1));
  }

  #sessions(): Map<string, Files> {
    const sessions = new Map<string, Files>();
    for (const name of namesIn(this.#dir)) {
      const match = FILE_NAME.exec(name);
      const id = match?.[1];
      if (match === null || id === undefined) continue;
      const files = sessions.get(id) ?? { segments: [], damaged: 0 };
      sessions.set(id, files);
      if (match[3] === undefined) files.segments[Number(match[2] ?? 1)] = name;
      else files.damaged += 1;
    }
    return sessions;
  }

  async #look(id: SessionId, files: Files): Promise<Look | null> {
    // The array is sparse: an index is a segment's number.
    const names = files.segments.filter((name) => name !== undefined);
    if (names.length === 0) return null;
    const paths = names.map((name) => join(this.#dir, name));
    let updatedAt = 0;
    try {
      const stats = await Promise.all(paths.map((path) => stat(path)));
      updatedAt = Math.max(...stats.map((one) => one.mtimeMs));
      const key = [...stats.map((one) => `${one.ino} ${one.size} ${one.mtimeMs}`), files.damaged].join(",");
      const seen = this.#seen.get(id);
      if (seen?.key === key) return seen.look;
      const seenNow = (await lookFromCheckpoint(join(this.#dir, id), files, paths)) ?? (await lookAtWhole(paths));
      const damage = files.damaged === 0 ? null : `damaged parts were set aside: ${files.damaged}`;
      const look: Look =
        seenNow === null ? { ...unreadable(id, updatedAt), damage: damage ?? "no entry names this session" } : { id, ...seenNow, damage };
      this.#seen.set(id, { key, look });
      return look;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return null;
      return { ...unreadable(id, updatedAt), damage: plainReason(error) };
    }
  }
}

async function lookAtWhole(paths: readonly string[]): Promise<SessionName | null> {
  const bytes = await Promise.all(paths.map((path) => readFile(path)));
  const first = bytes[0];
  return bytes.length === 1 && first !== undefined ? lookAtBytes(first) : lookAtAll(bytes);
}

/**
 * Searches the raw bytes. That is exact, since inside a JSON string a quote always has a backslash before it: `"type":"…"` can
 * only be a real key and its value.
 */
function lookAtBytes(bytes: Buffer): SessionName | null {
  const opened = factAt(bytes, bytes.indexOf(mark("session.opened"), 0, "latin1"));
  if (opened?.type !== "session.opened") return null;
  const { folder, title, at } = opened;
  return lookOn({ folder, title, createdAt: at, updatedAt: at, items: 0 }, bytes);
}

/** What the entries in `bytes` make of the name. */
function lookOn(name: SessionName, bytes: Buffer): SessionName {
  const titled = factAt(bytes, bytes.lastIndexOf(mark("agent.titled"), undefined, "latin1"));
  const last = lastFact(bytes);
  let { items } = name;
  const item = mark("item.added");
  for (let at = bytes.indexOf(item, 0, "latin1"); at !== -1; at = bytes.indexOf(item, at + item.length, "latin1")) items += 1;
  return { ...name, ...(titled?.type === "agent.titled" ? { title: titled.title } : {}), updatedAt: last?.at ?? name.updatedAt, items };
}

/** A journal of several segments is rare (a disk failed once) and holds repeats: it is read properly. */
async function lookAtAll(segments: readonly Buffer[]): Promise<SessionName | null> {
  const scans = [];
  for (const bytes of segments) scans.push(await scanEntries(bytes));
  return mergeSegments(scans).reduce<SessionName | null>((name, { fact }) => nameAfter(name, fact), null);
}

function mark(type: FactType): string {
  return `"type":"${type}"`;
}

/** The fact in whose line `at` lies. */
function factAt(bytes: Buffer, at: number): Fact | null {
  if (at < 0) return null;
  const frame = readFrame(bytes, bytes.lastIndexOf(0x0a, at) + 1);
  return frame === null ? null : checkFact(JSON.parse(bytes.toString("utf8", frame.start, frame.end)));
}

/** The newest intact entry among the last few lines. */
function lastFact(bytes: Buffer): Fact | null {
  let end = bytes.length - 1;
  for (let tries = 0; tries < 8 && end > 0; tries += 1) {
    const fact = factAt(bytes, end - 1);
    if (fact !== null) return fact;
    end = bytes.lastIndexOf(0x0a, end - 1);
  }
  return null;
}

function unreadable(id: SessionId, updatedAt: number): Omit<Look, "damage"> {
  return { id, folder: "", title: "(unreadable)", createdAt: updatedAt, updatedAt, items: 0 };
}
