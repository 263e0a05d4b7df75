// Opening a session of 100,000 items: from its journals to an engine that can be used, and what that takes in memory.
// Alone: node test/bench/session-open.ts [items]

import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentId, ItemId, PaneId, SessionId, TabId, TurnId } from "../../src/domain/ids.ts";
import type { NewItem } from "../../src/domain/item.ts";
import type { Fact, FactBody } from "../../src/domain/protocol.ts";
import type { WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { newId } from "../../src/host/ids.ts";
import { createJournals } from "../../src/host/journal.ts";
import { encodeFrame } from "../../src/host/journal-frame.ts";
import { workspaceFileName } from "../../src/host/paths.ts";
import { fakeWorld, profileOf, usage } from "../support/fake-ports.ts";
import { type Bench, type Figure, median } from "./figures.ts";
import { openGround, program, programProblem, untilServerEnded } from "./ground.ts";
import { probe, probePath } from "./probe.ts";

const ITEMS = 100_000;
const ROUNDS = 5;
const FOLDER = "/work";
/** A message and two calls with their results: what a turn of some work leaves. */
const TURN = ["user", "thought", "call", "result", "text", "call", "result", "text"] as const;

/** Part of the newest item, and the end of the status line. */
const NEWEST = ["this was so", "online"];

const own = fileURLToPath(import.meta.url);

export async function measureSessionOpen(items: number = ITEMS): Promise<readonly Figure[]> {
  const base = mkdtempSync(join(tmpdir(), "ip-bench-open-"));
  try {
    const { session, bytes } = writeHistory(storeIn(base), FOLDER, items);
    const whole = runOpening(base);
    // The first opening has left a checkpoint. From now on the files are as after any regular end.
    const rounds = Array.from({ length: ROUNDS }, () => runOpening(base));
    const small = mkdtempSync(join(base, "small-"));
    writeHistory(storeIn(small), FOLDER, 200);
    runOpening(small);
    const bare = runOpening(small).rssMb;
    const name = `a session of ${items.toLocaleString("en")} items (${Math.round(bytes / 1e6)} MB)`;
    const checkpoint = statSync(join(storeIn(base).sessionsDir, `${session}.checkpoint`)).size;
    return [
      ...(await measureScreen(name, items)),
      { name: `${name}: a usable engine`, value: median(rounds.map((round) => round.ms)), unit: "ms", target: 500 },
      { name: `${name}: without its checkpoint`, value: whole.ms, unit: "ms", note: "once, after damage or an update" },
      { name: `${name}: a page of 200 older items`, value: median(rounds.map((round) => round.pageMs)), unit: "ms" },
      { name: `${name}: memory beyond one of 200`, value: median(rounds.map((round) => round.rssMb)) - bare, unit: "MB" },
      { name: `${name}: the same without its checkpoint`, value: whole.rssMb - bare, unit: "MB", note: "once" },
      { name: `${name}: its checkpoint`, value: checkpoint / 1e6, unit: "MB" },
    ];
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** The built program, its server started too, until the newest item stands on the screen; empty where that cannot be seen here. */
async function measureScreen(name: string, items: number): Promise<Figure[]> {
  if (probePath() === null || programProblem() !== null) return [];
  const ground = openGround();
  try {
    writeHistory(ground.home, ground.folder, items);
    const first = async (): Promise<number> =>
      (await probe({ mode: "first", args: NEWEST, argv: [program], env: ground.env, cwd: ground.folder }))[0] ?? Number.NaN;
    const times: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const ms = await first();
      // The first start makes the checkpoint and fills the compile cache.
      if (round > 0) times.push(ms);
      await untilServerEnded(ground);
    }
    return [{ name: `${name}: on the screen, server started too`, value: median(times), unit: "ms", target: 500 }];
  } finally {
    ground.close();
  }
}

interface Store {
  readonly sessionsDir: string;
  readonly workspacesDir: string;
}

function storeIn(base: string): Store {
  return { sessionsDir: join(base, "sessions"), workspacesDir: join(base, "workspaces") };
}

interface Opening {
  readonly ms: number;
  readonly pageMs: number;
  readonly rssMb: number;
}

/** In a process of its own, so that nothing is warm but the files. */
function runOpening(base: string): Opening {
  const ran = spawnSync(process.execPath, ["--expose-gc", own, "--open", base], { encoding: "utf8", timeout: 120_000 });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return JSON.parse(ran.stdout) as Opening; // Written below.
}

async function open(base: string): Promise<Opening> {
  const world = fakeWorld();
  const journals = createJournals(storeIn(base));
  const startedAt = performance.now();
  const engine: WorkspaceEngine = await world.engine({ folder: FOLDER, ports: { ...world.ports, journals } });
  const ms = performance.now() - startedAt;
  const agent = engine.workspace.agents[0];
  const items = agent === undefined ? [] : (engine.workspace.items[agent.id] ?? []);
  if (agent === undefined || items.length === 0) throw new Error("the session did not open");
  globalThis.gc?.();
  const rssMb = process.memoryUsage().rss / 1e6;
  const pagedAt = performance.now();
  await engine.items(agent.id, items[0]?.id, 200);
  const pageMs = performance.now() - pagedAt;
  await engine.close();
  return { ms, pageMs, rssMb };
}

/** One agent in a workspace, with so many items, as turns leave them. */
function writeHistory(store: Store, folder: string, count: number): { readonly session: SessionId; readonly bytes: number } {
  const session = newId("s") as SessionId;
  const agent = newId("a") as AgentId;
  const profile = profileOf("fast");
  const sandbox = { mode: "full" as const, network: true, writable: [] };
  const files = {
    workspace: join(store.workspacesDir, workspaceFileName(folder)),
    session: join(store.sessionsDir, `${session}.jsonl`),
  };
  for (const file of Object.values(files)) mkdirSync(dirname(file), { mode: 0o700, recursive: true });
  let seq = 0;
  const line = (body: FactBody): Buffer => {
    seq += 1;
    const fact: Fact = { seq, at: 1_700_000_000_000 + seq, ...body };
    return encodeFrame(JSON.stringify(fact));
  };
  const rest = { cwd: folder, profile, head: null, since: seq, turn: null, queue: [], sandbox, terminal: null, isEphemeral: false };
  const pane = {
    type: "leaf" as const,
    pane: newId("p") as PaneId,
    content: { type: "agent" as const, agent, face: "transcript" as const },
  };
  const layout = [
    line({ type: "workspace.opened", folder }),
    line({ type: "agent.spawned", agent: { id: agent, number: 1, session, title: "bench", status: "idle", ...rest } }),
    line({ type: "tab.set", tab: { id: newId("w") as TabId, name: "", root: pane, zoomed: null } }),
  ];
  writeFileSync(files.workspace, Buffer.concat(layout), { mode: 0o600 });
  let bytes = 0;
  let pending: Buffer[] = [line({ type: "session.opened", agent, session, folder, title: "bench" })];
  const flush = (): void => {
    const block = Buffer.concat(pending);
    bytes += block.length;
    appendFileSync(files.session, block, { mode: 0o600 });
    pending = [];
  };
  let head: ItemId | null = null;
  let turn = newId("t") as TurnId;
  for (let n = 0; n < count; n += 1) {
    const kind = TURN[n % TURN.length] ?? "text";
    if (kind === "user") {
      turn = newId("t") as TurnId;
      pending.push(line({ type: "turn.queued", agent, turn, profile: profile.id }), line({ type: "turn.started", agent, turn }));
    }
    const id = newId("i") as ItemId;
    pending.push(line({ type: "item.added", agent, item: { ...bodyOf(kind, n), id, parent: head, at: 1_700_000_000_000 + n, turn } }));
    head = id;
    if (kind === "call") {
      const ids = { agent, turn, item: id, callId: `call-${n}` };
      pending.push(line({ type: "tool.started", ...ids, digest: "0".repeat(64), terminal: null }));
      pending.push(line({ type: "tool.ended", ...ids, outcome: "ok", durationMs: 12, exitCode: 0 }));
    }
    if (n % TURN.length === TURN.length - 1) {
      const charge = { usage, costMicros: 140, contextWindow: 1000, provider: "test", model: profile.model };
      pending.push(line({ type: "usage.charged", agent, request: newId("req"), charge }));
      pending.push(line({ type: "turn.ended", agent, turn, outcome: "done", durationMs: 3000 }));
    }
    if (pending.length > 1000) flush();
  }
  flush();
  return { session, bytes };
}

function bodyOf(kind: (typeof TURN)[number], n: number): NewItem {
  const { provider, origin, credential, wire, model, harness } = profileOf("fast");
  const source = { provider, origin, credential, wire, model, harness };
  switch (kind) {
    case "user":
      return { type: "user", text: `Please look at part ${n} and mend what is wrong with it. ${"Mind the tests. ".repeat(6)}` };
    case "thought":
      return { type: "thought", text: `The part ${n} may be wrong in several ways. ${"First I look, then I think. ".repeat(12)}`, source };
    case "text":
      return { type: "text", text: `Part ${n} is mended.\n\n${"- this was so, and now it is otherwise\n".repeat(14)}`, source };
    case "call": {
      const code = `sed -n 1,120p src/part-${n}.ts | head -40`;
      const action = { type: "exec" as const, language: "shell", code };
      return { type: "call", callId: `call-${n}`, name: "exec", arguments: JSON.stringify({ language: "shell", code }), action, source };
    }
    case "result":
      return {
        type: "result",
        callId: `call-${n - 1}`,
        outcome: "ok",
        text: `line of output ${n} of a file\n`.repeat(40),
        exitCode: 0,
        durationMs: 12,
      };
    default:
      return kind satisfies never;
  }
}

/** For the table of all benches. */
export const sessionOpen: Bench = {
  name: "sessions",
  help: "a session of 100,000 items is opened",
  run: () => measureSessionOpen(),
};

if (process.argv[1] === own) {
  const at = process.argv.indexOf("--open");
  if (at > 0) process.stdout.write(JSON.stringify(await open(process.argv[at + 1] ?? "")));
  else for (const figure of await measureSessionOpen(Number(process.argv[2] ?? ITEMS))) process.stdout.write(`${JSON.stringify(figure)}\n`);
}
