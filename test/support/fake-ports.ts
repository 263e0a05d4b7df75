// The engine's ports without a world: journals in memory, a scripted model, terminals that answer from a table, a clock to turn.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { apply } from "../../src/domain/apply.ts";
import type { AgentId, ItemId, SessionId } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import type { Profile } from "../../src/domain/profile.ts";
import type { Command, Fact } from "../../src/domain/protocol.ts";
import { replaySession } from "../../src/domain/session-state.ts";
import type { ModelEvent, Usage } from "../../src/domain/stream.ts";
import { emptyWorkspace, type Sandbox, type Workspace } from "../../src/domain/workspace.ts";
import type { CommandResult } from "../../src/engine/command-result.ts";
import { runCommand } from "../../src/engine/commands.ts";
import { createLanes } from "../../src/engine/lanes.ts";
import type {
  ExecRequest,
  ExecResult,
  ImageResult,
  JournalName,
  JournalState,
  KeptItems,
  ModelRequest,
  Ports,
  Terminal,
  TerminalSpec,
} from "../../src/engine/ports.ts";
import { type EngineOptions, WorkspaceEngine } from "../../src/engine/workspace-engine.ts";
import { profileWith } from "./profile.ts";

export const usage: Usage = { input: 100, cacheRead: 0, cacheWrite: 0, output: 20, reasoning: 0, isEstimated: false };

export function profileOf(id: string, over: Partial<Profile> = {}): Profile {
  return profileWith({
    id,
    model: `${id}-model`,
    modelName: `${id} model`,
    contextWindow: 1000,
    price: { inputMicros: 1_000_000, outputMicros: 2_000_000 },
    isLocal: true,
    from: "adhoc",
    ...over,
  });
}

export function says(text: string): ModelEvent[] {
  return [
    { type: "text", delta: text },
    { type: "done", outputs: [{ type: "text", text }], usage, stop: "end" },
  ];
}

export function callsExec(code: string, callId = "call-1"): ModelEvent[] {
  const args = JSON.stringify({ language: "shell", code });
  return [{ type: "done", outputs: [{ type: "call", callId, name: "exec", arguments: args }], usage, stop: "calls" }];
}

/** One entry a request: events, or a function of the request. */
export type Script = (readonly ModelEvent[] | ((request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>))[];

export interface FakeWorld {
  readonly ports: Ports;
  /** Journals as they stand on "disk"; hand the same map to the next world for a restart. */
  readonly disk: Map<string, Fact[]>;
  readonly requests: ModelRequest[];
  readonly execs: ExecRequest[];
  /** What terminals were opened with, and what was typed into them, oldest first. */
  readonly opened: TerminalSpec[];
  readonly typed: { readonly terminal: Terminal["id"]; readonly data: string }[];
  /** Its program ends by itself. */
  readonly endTerminal: (id: Terminal["id"], exitCode: number) => void;
  readonly slept: number[];
  /** Facts as they were published. */
  readonly facts: Fact[];
  readonly alerts: string[];
  /** What the user named and saved, by its path. */
  readonly userFiles: Map<string, string>;
  engine(over?: Partial<EngineOptions>): Promise<WorkspaceEngine>;
  /** Resolves at the next published fact that fits; at once if one has come already. */
  until(fits: (fact: Fact) => boolean): Promise<Fact>;
  /** Makes every later sync of a journal fail, or every append. */
  breakDisk(where?: "sync" | "append"): void;
  /** There is room again. */
  mendDisk(): void;
}

export interface FakeOptions {
  readonly script?: Script;
  readonly disk?: Map<string, Fact[]>;
  readonly exec?: (request: ExecRequest, signal: AbortSignal) => Promise<ExecResult>;
  readonly profiles?: readonly Profile[];
  readonly sandbox?: Sandbox;
  /** What every command is found to have written. */
  readonly newImages?: readonly string[];
  readonly computer?: Ports["computer"];
  readonly rules?: Ports["rules"];
}

const fullSandbox: Sandbox = { mode: "full", network: true, writable: [] };

export function fakeWorld(options: FakeOptions = {}): FakeWorld {
  const disk = options.disk ?? new Map<string, Fact[]>();
  const requests: ModelRequest[] = [];
  const execs: ExecRequest[] = [];
  const opened: TerminalSpec[] = [];
  const typed: { terminal: Terminal["id"]; data: string }[] = [];
  const userFiles = new Map<string, string>();
  const endings = new Map<Terminal["id"], (exitCode: number) => void>();
  const slept: number[] = [];
  const facts: Fact[] = [];
  const alerts: string[] = [];
  const waiting: { fits: (fact: Fact) => boolean; resolve: (fact: Fact) => void }[] = [];
  const script = [...(options.script ?? [])];
  const profiles = options.profiles ?? [profileOf("fast", { pair: "smart" }), profileOf("smart", { pair: "fast" })];
  let now = 1_000_000;
  let ids = disk.size * 1000;
  let broken: "sync" | "append" | null = null;

  const nameOf = (name: JournalName): string => (name.type === "workspace" ? `workspace ${name.folder}` : `session ${name.session}`);

  const ports: Ports = {
    clock: {
      now: () => (now += 1),
      sleep: async (ms) => {
        slept.push(ms);
        now += ms;
        await new Promise((resolve) => setImmediate(resolve));
      },
    },
    newId: <Id extends string>(prefix: string) => `${prefix}-${++ids}` as Id,
    random: () => 0.5,
    journals: {
      open: async (name) => {
        const entries = disk.get(nameOf(name)) ?? [];
        disk.set(nameOf(name), entries);
        return {
          state: stateOf(name, structuredClone(entries)),
          items: keptItems(entries),
          damage: [],
          journal: {
            append: (fact) => {
              if (broken === "append") throw new Error("disk full");
              entries.push(structuredClone(fact));
            },
            synced: async () => {
              if (broken === "sync") throw new Error("disk full");
            },
            close: async () => {},
          },
        };
      },
      read: async (name) => structuredClone(disk.get(nameOf(name)) ?? []),
      list: async () =>
        [...disk.keys()]
          .filter((key) => key.startsWith("session "))
          .map((key) => ({
            id: key.slice(8) as SessionId,
            folder: "/work",
            title: "kept",
            createdAt: 0,
            updatedAt: 0,
            items: 0,
            isOpen: false,
            damage: null,
          })),
      remove: async () => {},
    },
    models: {
      stream: async function* (request, signal) {
        const { onTrace, ...data } = request;
        requests.push({ ...structuredClone(data), ...(onTrace === undefined ? {} : { onTrace }) });
        const step = script.shift() ?? says("nothing more is scripted");
        yield* typeof step === "function" ? step(request, signal) : step;
      },
    },
    credentials: {
      add: async () => ({ ok: true, profile: "smart" }),
      remove: async () => false,
      list: () => ({ rows: [], warning: null, place: null, isLocked: false }),
      signIn: async () => ({ ok: false, reason: "signing in is not faked" }),
      signedIn: async () => ({ ok: false, reason: "signing in is not faked" }),
      signOut: async () => false,
    },
    terminals: {
      open: (spec, onEnd) => {
        opened.push(spec);
        endings.set(spec.id, onEnd);
        return fakeTerminal(spec.id, onEnd);
      },
      shellName: (wanted) => wanted ?? "bash",
      tmpFolder: (agent) => `/scratch/tmp-${agent}`,
      forget: () => {},
      defaultSandbox: () => ({ sandbox: options.sandbox ?? fullSandbox, problem: null }),
    },
    files: {
      read: async (path) => ({ ok: true, text: `content of ${path}` }),
      write: async (path) => ({ ok: true, text: `wrote ${path}` }),
      edit: async (path) => ({ ok: true, text: `edited ${path}` }),
      preview: async (path) => ({ ok: true, text: "", diff: { path, added: 1, removed: 0, patch: "+new" } }),
      searchText: async () => ({ ok: true, text: "" }),
      searchFiles: async () => ({ ok: true, text: "" }),
      newImages: async () => [...(options.newImages ?? [])],
    },
    images: fakeImages(),
    userFiles: {
      writeNew: async (path, text) => {
        if (userFiles.has(path)) return { ok: false, problem: `${path} is there already` };
        userFiles.set(path, text);
        return { ok: true };
      },
      read: async (path) => {
        const text = userFiles.get(path);
        return text === undefined ? { ok: false, problem: `${path} is not there` } : { ok: true, text };
      },
    },
    computer: options.computer ?? {
      look: async () => ({ ok: false, problem: "there is no screen" }),
      run: async () => ({ ok: false, problem: "there is no screen" }),
    },
    profiles: {
      resolve: (name) => {
        const profile = profiles.find((one) => one.id === (name ?? "fast"));
        return profile === undefined ? { ok: false, problem: `no profile ${name}` } : { ok: true, profile };
      },
      examine: () => ({
        type: "profile.resolve",
        problem: "the fake examines nothing",
        candidates: [],
        file: null,
        providerName: "",
        modelName: "",
        isLocal: false,
      }),
      lookAround: async () => {},
      defaultPair: () => ["fast", "smart"],
      fastHalf: () => "fast",
      defaultProblem: () => null,
      rows: () => ({ rows: [], problems: [] }),
      models: () => [],
      providers: () => [],
      offers: async () => [],
    },
    rules: options.rules ?? {
      list: () => [],
      offer: () => ({ problem: "the fake keeps no rules" }),
      find: () => null,
      keep: async () => ({ ok: false, problem: "the fake keeps no rules" }),
      remove: async () => ({ ok: false, problem: "the fake keeps no rules" }),
    },
    tokens: { count: async (text) => Math.ceil(text.length / 4) },
    ledger: { add: () => {}, spentSince: () => ({ costMicros: 0, isEstimated: false }), usage: () => [] },
  };

  function fakeTerminal(id: Terminal["id"], onEnd: (exitCode: number) => void): Terminal {
    return {
      id,
      exec: async (request, signal) => {
        execs.push(request);
        return options.exec?.(request, signal) ?? { outcome: "ok", exitCode: 0, output: "out", durationMs: 1 };
      },
      isReady: () => true,
      write: (data) => void typed.push({ terminal: id, data }),
      resize: () => {},
      rows: () => null,
      search: async () => null,
      hold: () => {},
      paste: () => true,
      mouse: () => {},
      text: () => "",
      resetInterpreters: async () => {},
      close: async () => onEnd(0),
    };
  }

  return {
    ports,
    disk,
    requests,
    execs,
    opened,
    typed,
    endTerminal: (id, exitCode) => endings.get(id)?.(exitCode),
    slept,
    facts,
    userFiles,
    alerts,
    engine: (over = {}) =>
      WorkspaceEngine.open({
        folder: "/work",
        ports,
        lanes: createLanes(ports.clock, () => {}),
        isOffline: false,
        laneOf: (profile) => ({ key: profile.origin, label: profile.provider, limit: 4 }),
        shellEnv: () => ({}),
        platform: { os: "TestOS" },
        onFact: (fact) => {
          facts.push(structuredClone(fact));
          for (const one of waiting.filter((candidate) => candidate.fits(fact))) {
            waiting.splice(waiting.indexOf(one), 1);
            one.resolve(fact);
          }
        },
        onStream: () => {},
        onSnapshot: () => {},
        onAlert: (text) => void alerts.push(text),
        ...over,
      }),
    until: (fits) => {
      const found = facts.find(fits);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => waiting.push({ fits, resolve }));
    },
    breakDisk: (where = "sync") => {
      broken = where;
    },
    mendDisk: () => {
      broken = null;
    },
  };
}

/** Every path that ends in `.png` is an image of one pixel; another is none. Kept in memory, by session and digest. */
export function fakeImages(): Ports["images"] {
  const kept = new Map<string, Uint8Array>();
  const keyOf = (session: string, image: { digest: string }): string => `${session} ${image.digest}`;
  const keep = (session: string, bytes: Uint8Array, path: string): ImageResult => {
    if (!path.endsWith(".png")) return { ok: false, problem: `${path} is no image` };
    const digest = createHash("sha256").update(path).digest("hex");
    const name = path.split("/").at(-1) ?? path;
    const image = { mime: "image/png" as const, digest, bytes: bytes.length, width: 1, height: 1, name, path };
    kept.set(keyOf(session, image), bytes);
    return { ok: true, image };
  };
  return {
    sweep: async () => {},
    take: async (session, path) => keep(session, Buffer.from(path), path),
    keep: async (session, bytes, path) => keep(session, bytes, path),
    has: (session, image) => kept.has(keyOf(session, image)),
    read: async (session, image) => kept.get(keyOf(session, image)) ?? null,
    copy: async (from, to, images) => {
      for (const image of images) {
        const bytes = kept.get(keyOf(from, image));
        if (bytes !== undefined) kept.set(keyOf(to, image), bytes);
      }
    },
  };
}

function stateOf(name: JournalName, entries: readonly Fact[]): JournalState {
  if (name.type === "session") {
    const session = replaySession(null);
    for (const fact of entries) session.apply(fact);
    return { type: "session", session: session.state() };
  }
  const workspace = emptyWorkspace(name.folder);
  for (const fact of entries) apply(workspace, fact);
  return { type: "workspace", workspace };
}

/** The items among journal entries, those to come included. */
export function keptItems(entries: readonly Fact[]): KeptItems {
  const all = (): TranscriptItem[] => entries.flatMap((fact) => (fact.type === "item.added" ? [fact.item] : []));
  const find = (id: string): TranscriptItem | undefined => all().findLast((item) => item.id === id);
  return {
    count: () => all().length,
    has: (id) => find(id) !== undefined,
    parentOf: (id) => find(id)?.parent ?? null,
    typeOf: (id) => find(id)?.type ?? null,
    path: (head, { from, before, limit = Number.POSITIVE_INFINITY }) => {
      const path: ItemId[] = [];
      for (let item = find(head); item !== undefined; item = item.parent === null ? undefined : find(item.parent)) path.unshift(item.id);
      const end = before === undefined || !path.includes(before) ? path.length : path.indexOf(before);
      const start = from === undefined ? 0 : Math.max(0, path.indexOf(from));
      return path.slice(Math.max(start, end - limit), end);
    },
    nearest: (head, type) => {
      for (let item = find(head); item !== undefined; item = item.parent === null ? undefined : find(item.parent))
        if (item.type === type) return item.id;
      return null;
    },
    read: async (ids) => structuredClone(all().filter((item) => ids.includes(item.id))),
  };
}

/** An agent in a tab of its own, ready for prompts. */
export async function spawn(engine: WorkspaceEngine, over: { autoRun?: boolean; profile?: string } = {}): Promise<AgentId> {
  const result = await runCommand(engine, 1, { type: "agent.spawn", place: { type: "tab" }, ...over });
  if (!result.ok || result.agent === undefined) throw new Error(`spawn refused: ${JSON.stringify(result)}`);
  return result.agent;
}

/** What the next server makes of it: leave to run code was given for the time of this one. */
export function asReopened(workspace: Workspace): Workspace {
  return { ...workspace, agents: workspace.agents.map((agent) => (agent.isAutoRun === true ? { ...agent, isAutoRun: null } : agent)) };
}

/** Sends commands and says at once where one is not answered as it should be. */
export interface Commander {
  run(command: Command): Promise<CommandResult & { ok: true }>;
  /** The reason of the refusal. */
  refused(command: Command): Promise<string>;
}

export function commanderOf(engine: WorkspaceEngine): Commander {
  return {
    async run(command) {
      const result = await runCommand(engine, 1, command);
      assert.ok(result.ok, result.ok ? "" : result.reason);
      return result;
    },
    async refused(command) {
      const result = await runCommand(engine, 1, command);
      assert.ok(!result.ok);
      return result.reason;
    },
  };
}
