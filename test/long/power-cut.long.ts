// Power cuts: a file system on a loop device is copied while the journals on it are written, and the copy is mounted. What the
// program had said is on disk must be in the copy. Without fsync it must not be: else this would prove nothing.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type SessionId, sessionIdSchema } from "../../src/domain/ids.ts";
import { createJournals } from "../../src/host/journal.ts";
import { openState } from "../../src/host/state.ts";
import { type Chance, chanceOf } from "../support/chance.ts";
import { rounds, seed } from "../support/long.ts";

const IMAGE_MB = 64;
const LIFE_MS_MAX = 120;
const writerFile = fileURLToPath(new URL("./power-cut-writer.ts", import.meta.url));

interface Disk {
  readonly base: string;
  readonly image: string;
  readonly mountPoint: string;
}

function run(command: string, ...args: string[]): string | null {
  const done = spawnSync(command, args, { encoding: "utf8" });
  return done.status === 0 ? null : `${command} ${args.join(" ")}: ${done.stderr || String(done.error)}`.trim();
}

/** A string says why there is none. */
function makeDisk(t: TestContext): Disk | string {
  if (process.getuid?.() !== 0) return "cannot run: only root may mount a loop device";
  const base = realpathSync(mkdtempSync(join(tmpdir(), "interpane-power-")));
  const disk = { base, image: join(base, "disk.img"), mountPoint: join(base, "disk") };
  mkdirSync(disk.mountPoint);
  t.after(() => {
    run("umount", "-l", disk.mountPoint);
    rmSync(base, { recursive: true, force: true });
  });
  const problem =
    run("truncate", "-s", `${IMAGE_MB}M`, disk.image) ??
    run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", disk.image) ??
    run("mount", "-o", "loop", disk.image, disk.mountPoint);
  return problem === null ? disk : `cannot run: no ext4 file system can be mounted from a file here: ${problem}`;
}

/** What the writer has said, up to now. */
class Writer {
  readonly #child: ChildProcess;
  /** The newest entry on disk of each session that was not deleted. */
  readonly sessions = new Map<string, number>();
  /** Their deletion has begun: they may be there or not. */
  readonly gone = new Set<string>();
  state = 0;
  #errors = "";

  constructor(disk: Disk, flags: readonly string[]) {
    this.#child = spawn(process.execPath, [writerFile, disk.mountPoint, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stderr?.on("data", (text) => {
      this.#errors += String(text);
    });
    if (this.#child.stdout === null) throw new Error("no output");
    createInterface(this.#child.stdout).on("line", (line) => this.#take(line));
  }

  #take(line: string): void {
    const [name = "", what = ""] = line.split(" ");
    if (name === "state") this.state = Number(what);
    else if (what === "gone") {
      this.gone.add(name);
      this.sessions.delete(name);
    } else this.sessions.set(name, Number(what));
  }

  pause(): void {
    assert.equal(this.#child.exitCode, null, `the writer ended: ${this.#errors}`);
    this.#child.kill("SIGSTOP");
  }

  goOn(): void {
    this.#child.kill("SIGCONT");
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await ended;
  }
}

interface Cut {
  readonly acknowledged: number;
  readonly lost: string[];
}

/** What of the acknowledged is not in a copy of the disk as it is at this moment. */
async function cutPower(disk: Disk, writer: Writer, where: string): Promise<Cut> {
  const copy = join(disk.base, "copy.img");
  const mountPoint = join(disk.base, "copy");
  writer.pause();
  // What it has said before it was stopped has come by now.
  await sleep(5);
  const sessions = new Map(writer.sessions);
  const gone = new Set(writer.gone);
  const { state } = writer;
  // No sync: what the kernel has not written is not on the disk.
  const copied = run("cp", "--sparse=always", disk.image, copy);
  writer.goOn();
  assert.equal(copied, null);
  mkdirSync(mountPoint, { recursive: true });
  assert.equal(run("mount", "-o", "loop", copy, mountPoint), null, `${where}: the file system itself is broken`);
  try {
    return await compare(mountPoint, sessions, gone, state, where);
  } finally {
    run("umount", mountPoint);
    rmSync(copy);
  }
}

async function compare(
  dir: string,
  sessions: ReadonlyMap<string, number>,
  gone: ReadonlySet<string>,
  state: number,
  where: string,
): Promise<Cut> {
  const journals = createJournals({ sessionsDir: join(dir, "sessions"), workspacesDir: join(dir, "workspaces") });
  const lost: string[] = [];
  let acknowledged = 0;
  for (const [id, newest] of sessions) {
    acknowledged += newest;
    const name = { type: "session", session: sessionIdSchema.parse(id) } as const;
    const opened = await journals.open(name);
    const facts = await journals.read(name);
    const seqs = new Set(facts.map((fact) => fact.seq));
    for (let seq = 1; seq <= newest; seq += 1) if (!seqs.has(seq)) lost.push(`${id} ${seq}`);
    if (opened.state.type === "session" && opened.state.session.seq < newest) lost.push(`${id}: its state`);
    await opened.journal.close();
  }
  for (const row of await journals.list()) {
    if (!gone.has(row.id)) continue;
    // Half deleted is deleted another time.
    await journals.remove(row.id as SessionId);
  }
  const kept = await openState({ stateFile: join(dir, "state.json") });
  const newest = kept.state().recentFolders[0]?.at ?? 0;
  acknowledged += 1;
  if (newest < state) lost.push(`state ${state}, found ${newest}: ${kept.problems.join()} (${where})`);
  return { acknowledged, lost };
}

async function cutOften(disk: Disk, writer: Writer, times: number, chance: Chance): Promise<Cut> {
  const all: Cut = { acknowledged: 0, lost: [] };
  let acknowledged = 0;
  for (let round = 1; round <= times; round += 1) {
    await sleep(chance.below(LIFE_MS_MAX));
    const cut = await cutPower(disk, writer, `SEED=${seed} cut ${round}`);
    acknowledged += cut.acknowledged;
    all.lost.push(...cut.lost);
  }
  return { ...all, acknowledged };
}

test("power cuts lose nothing that was acknowledged", async (t) => {
  const disk = makeDisk(t);
  if (typeof disk === "string") return t.skip(disk);
  const writer = new Writer(disk, []);
  try {
    while (writer.sessions.size === 0) await sleep(10);
    const times = rounds({ short: 8, long: 200 });
    const cut = await cutOften(disk, writer, times, chanceOf(seed));
    t.diagnostic(`${times} power cuts, ${cut.acknowledged} acknowledged entries looked for, ${cut.lost.length} lost`);
    assert.deepEqual(cut.lost.slice(0, 20), [], `SEED=${seed}`);
    assert.ok(cut.acknowledged > times * 10, "too little was written to prove anything");
  } finally {
    await writer.end();
  }
});

test("without fsync the same cuts lose entries: the check can see what it is for", async (t) => {
  const disk = makeDisk(t);
  if (typeof disk === "string") return t.skip(disk);
  const writer = new Writer(disk, ["--no-sync"]);
  try {
    while (writer.sessions.size === 0) await sleep(10);
    const times = rounds({ short: 3, long: 20 });
    const cut = await cutOften(disk, writer, times, chanceOf(seed));
    t.diagnostic(`${times} power cuts without fsync, ${cut.acknowledged} acknowledged entries looked for, ${cut.lost.length} lost`);
    assert.ok(cut.lost.length > 0, "nothing was lost although nothing was synced");
  } finally {
    await writer.end();
  }
});
