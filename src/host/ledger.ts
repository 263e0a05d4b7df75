// What every request cost, once each, in SQLite: the only record of spending that outlives sessions.

import { closeSync, constants, fchmodSync, openSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { UsageRow } from "../domain/usage.ts";
import type { Ledger } from "../engine/ports.ts";
import { errorCode, plainReason } from "./file-ops.ts";
import { ensurePrivateDir } from "./paths.ts";

type Entry = Parameters<Ledger["add"]>[0];

export interface OpenLedger extends Ledger {
  close(): void;
}

export interface LedgerOptions {
  readonly now?: () => number;
  /** Called before SQLite is; tests let it fail as a disk would. */
  readonly beforeWrite?: () => void;
}

/** What could not be written is kept in memory and tried again with the next charge, up to this many. */
const MAX_PENDING = 1000;
/** SQLite's own numbers for a damaged file: SQLITE_CORRUPT, SQLITE_NOTADB (sqlite3.h). */
const DAMAGED = new Set([11, 26]);

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 1000;
  CREATE TABLE IF NOT EXISTS charges (
    request TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    folder TEXT NOT NULL,
    agent TEXT NOT NULL,
    session TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost_micros INTEGER,
    is_estimated INTEGER NOT NULL,
    profile TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE INDEX IF NOT EXISTS charges_at ON charges (at);
`;
/** The table's shape. 1: without `profile`. */
const SHAPE = 2;

interface Open {
  readonly db: DatabaseSync;
  readonly insert: StatementSync;
  readonly spent: StatementSync;
  readonly usage: StatementSync;
}

/** The file is opened at first use. `onAlert` is told, in one line, whatever goes wrong; nothing here throws. */
export function openLedger(file: string, onAlert: (text: string) => void, options: LedgerOptions = {}): OpenLedger {
  const now = options.now ?? Date.now;
  let opened: Open | null = null;
  let isClosed = false;
  const pending = new Map<string, Entry>();

  function use<R>(job: (open: Open) => R): R {
    try {
      opened ??= openDatabase(file);
      return job(opened);
    } catch (error) {
      if (!isDamage(error)) throw error;
      opened?.db.close();
      opened = null;
      onAlert(`the ledger was damaged and is kept as ${moveAside(file, now())}; a new one was begun, earlier spending is not counted`);
      opened = openDatabase(file);
      return job(opened);
    }
  }

  function add(entry: Entry): void {
    pending.set(entry.request, entry);
    if (isClosed) return;
    try {
      options.beforeWrite?.();
      use((open) => {
        for (const [request, waiting] of pending) {
          insert(open, waiting);
          pending.delete(request);
        }
      });
    } catch (error) {
      if (pending.size > MAX_PENDING) {
        for (const oldest of pending.keys()) {
          pending.delete(oldest);
          break;
        }
      }
      onAlert(`the cost of a request could not be kept in ${file}: ${plainReason(error)}; it is tried again with the next one`);
    }
  }

  function spentSince(at: number): { costMicros: number; isEstimated: boolean } {
    let costMicros = 0;
    let isEstimated = false;
    try {
      if (!isClosed) {
        const row = use((open) => open.spent.get(Math.floor(at)));
        costMicros = Number(row?.cost ?? 0);
        isEstimated = Number(row?.estimated ?? 0) > 0;
      }
    } catch (error) {
      onAlert(`the ledger ${file} could not be read: ${plainReason(error)}`);
    }
    for (const entry of pending.values()) {
      if (entry.at < at || entry.charge.costMicros === null) continue;
      costMicros += entry.charge.costMicros;
      isEstimated ||= entry.charge.usage.isEstimated;
    }
    return { costMicros, isEstimated };
  }

  function usage(since: number, folder?: string): UsageRow[] {
    try {
      return isClosed ? [] : use((open) => open.usage.all(Math.floor(since), folder ?? null).map(rowOf));
    } catch (error) {
      onAlert(`the ledger ${file} could not be read: ${plainReason(error)}`);
      return [];
    }
  }

  return {
    add,
    spentSince,
    usage,
    close() {
      isClosed = true;
      opened?.db.close();
      opened = null;
    },
  };
}

function rowOf(row: Record<string, unknown>): UsageRow {
  const { cost } = row;
  return {
    day: String(row["day"]),
    profile: String(row["profile"]),
    provider: String(row["provider"]),
    model: String(row["model"]),
    requests: Number(row["requests"]),
    inputTokens: Number(row["sent"]),
    outputTokens: Number(row["output"]),
    costMicros: cost === null ? null : Number(cost),
    unpriced: Number(row["unpriced"]),
    isEstimated: Number(row["estimated"]) > 0,
  };
}

function insert(open: Open, { request, at, folder, agent, session, profile, charge }: Entry): void {
  const { usage } = charge;
  open.insert.run(
    request,
    Math.floor(at),
    folder,
    agent,
    session,
    charge.provider,
    charge.model,
    usage.input,
    usage.cacheRead,
    usage.cacheWrite,
    usage.output,
    usage.reasoning,
    charge.costMicros,
    usage.isEstimated ? 1 : 0,
    profile,
  );
}

function openDatabase(file: string): Open {
  // Loaded here so that a process which never spends never loads it. Node 24.21 prints no warning for it; a test watches that.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  ensurePrivateDir(dirname(file));
  // SQLite gives -wal and -shm the mode of the database, which it would otherwise make by the umask.
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  fchmodSync(fd, 0o600);
  closeSync(fd);
  const db = new DatabaseSync(file);
  try {
    db.exec(SCHEMA);
    if (db.prepare("SELECT 1 FROM pragma_table_info('charges') WHERE name = 'profile'").get() === undefined)
      db.exec("ALTER TABLE charges ADD COLUMN profile TEXT NOT NULL DEFAULT ''");
    db.exec(`PRAGMA user_version = ${SHAPE}`);
    const check = db.prepare("PRAGMA quick_check(1)").get();
    if (check?.quick_check !== "ok") throw Object.assign(new Error("the ledger's pages do not fit together"), { errcode: 11 });
    return {
      db,
      insert: db.prepare("INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request) DO NOTHING"),
      // Requests without a price cost nothing that we know of; an estimate among them does not make the sum one.
      spent: db.prepare(`
        SELECT coalesce(sum(cost_micros), 0) AS cost, coalesce(max(is_estimated), 0) AS estimated
        FROM charges WHERE at >= ? AND cost_micros IS NOT NULL`),
      // The dearest of a day first.
      usage: db.prepare(`
        SELECT date(at / 1000, 'unixepoch', 'localtime') AS day, profile, provider, model, count(*) AS requests,
          sum(input + cache_read + cache_write) AS sent, sum(output) AS output, sum(cost_micros) AS cost,
          count(*) - count(cost_micros) AS unpriced, max(is_estimated) AS estimated
        FROM charges WHERE at >= ?1 AND (?2 IS NULL OR folder = ?2)
        GROUP BY day, profile, provider, model
        ORDER BY day DESC, coalesce(cost, -1) DESC, requests DESC, profile, provider, model`),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A table of another shape under our name is as useless as a damaged file: also moved aside. */
function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (/no such (column|table)|has \d+ columns but/.test(error.message)) return true;
  // The low byte of an extended code is the plain one.
  return "errcode" in error && typeof error.errcode === "number" && DAMAGED.has(error.errcode & 0xff);
}

function moveAside(file: string, at: number): string {
  const stamp = new Date(at).toISOString().replaceAll(/[:.]/g, "-");
  let aside = `${file}.damaged-${stamp}`;
  for (let n = 1; statSync(aside, { throwIfNoEntry: false }) !== undefined; n += 1) aside = `${file}.damaged-${stamp}-${n}`;
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      renameSync(`${file}${suffix}`, `${aside}${suffix}`);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
  return aside;
}
