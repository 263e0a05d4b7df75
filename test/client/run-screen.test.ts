// A client with a screen, from its first byte to the terminal given back, against a server that speaks the protocol.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Connected, connectToServer } from "../../src/client/connect.ts";
import { runScreen, type ScreenRunOptions } from "../../src/client/run-screen.ts";
import { CELL_WORDS } from "../../src/domain/cells.ts";
import { agentIdSchema, itemIdSchema, paneIdSchema, tabIdSchema, terminalIdSchema, turnIdSchema } from "../../src/domain/ids.ts";
import { encodeRows } from "../../src/domain/rows.ts";
import { emptyWorkspace, terminalInfoSchema, type Workspace } from "../../src/domain/workspace.ts";
import { agentId, type FakeServer, makeAgent, startFakeServer } from "./fake-server.ts";

const pane = paneIdSchema.parse("pane-1");

const terminal = terminalIdSchema.parse("term-1");
/** Whether the pane shows a terminal instead of the agent. */
let showsTerminal = false;

function workspace(title = "planner"): Workspace {
  return {
    ...emptyWorkspace("/work"),
    seq: 1,
    agents: [makeAgent({ title })],
    items: { [agentId]: [] },
    tabs: [
      {
        id: tabIdSchema.parse("tab-1"),
        name: "1",
        zoomed: null,
        root: {
          type: "leaf",
          pane,
          content: showsTerminal ? { type: "terminal", terminal } : { type: "agent", agent: agentId, face: "transcript" },
        },
      },
    ],
    terminals: showsTerminal
      ? [
          terminalInfoSchema.parse({
            id: terminal,
            agent: null,
            title: "logs",
            cwd: "/",
            sandbox: { mode: "full", network: true, writable: [] },
            exitCode: null,
          }),
        ]
      : [],
  };
}

class FakeInput extends EventEmitter {
  isRaw = false;
  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
  resume(): void {}
  pause(): void {}
  type(keys: string): void {
    this.emit("data", Buffer.from(keys));
  }
}

class FakeOutput extends EventEmitter {
  readonly columns = 100;
  readonly rows = 30;
  text = "";
  #waiting: { wanted: string; resolve: () => void }[] = [];
  write(bytes: Uint8Array | string, done?: (error?: Error | null) => void): boolean {
    this.text += typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8");
    this.#waiting = this.#waiting.filter(({ wanted, resolve }) => {
      if (!this.text.includes(wanted)) return true;
      resolve();
      return false;
    });
    if (done !== undefined) setImmediate(done);
    return true;
  }
  /** Resolves when `wanted` has been written, now or later. */
  shows(wanted: string): Promise<void> {
    if (this.text.includes(wanted)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }
  clear(): void {
    this.text = "";
  }
}

let title = "planner";
let server: FakeServer;
before(async () => {
  server = await startFakeServer({ workspace: () => workspace(title) });
});
after(() => server.close());

function start(over: Partial<ScreenRunOptions> = {}) {
  const input = new FakeInput();
  const output = new FakeOutput();
  let connects = 0;
  const end = runScreen({
    connect(): Promise<Connected> {
      connects += 1;
      return connectToServer({ home: server.home, folder: "/work", env: {}, helloEnv: {}, role: "screen", program: null });
    },
    env: { TERM: "xterm-256color", LANG: "C.UTF-8" },
    input,
    output,
    themeFolders: [join(import.meta.dirname, "../../themes")],
    theme: null,
    prefix: null,
    userHome: null,
    opening: { prompt: null, images: [], profile: null, autoRun: false, isContinuing: false },
    problems: [],
    ...over,
  });
  return { input, output, end, connects: () => connects };
}

test("the workspace is shown, what it shows is told to the server, and detaching gives the terminal back", async () => {
  const { input, output, end } = start();
  const client = await server.client();
  assert.equal(client.hello.role, "screen");
  await client.query("profiles");
  await output.shows("planner");
  const { command } = await client.command("client.view");
  assert.deepEqual([command.cols, command.rows, command.agents], [100, 30, [agentId]]);
  assert.equal(input.isRaw, true);
  client.fact({ type: "agent.titled", agent: agentId, title: "renamed" });
  await output.shows("renamed");
  input.type("\u0002d");
  assert.deepEqual(await end, { ok: true, message: null });
  assert.equal(await client.closed, "");
  assert.equal(input.isRaw, false);
  assert.ok(output.text.includes("\u001b[?1049h") && output.text.lastIndexOf("\u001b[?1049l") > output.text.lastIndexOf("\u001b[?1049h"));
});

test("a first frame waits for its terminals' rows, and comes all the same where they stay away", async () => {
  showsTerminal = true;
  try {
    const { input, output, end } = start();
    const client = await server.client();
    const { command } = await client.command("client.view");
    const [shown] = command.terminals;
    assert.equal(shown?.terminal, terminal);
    await output.shows("logs");
    const { cols = 1, rows = 1 } = shown ?? {};
    const cells = new Uint32Array(cols * CELL_WORDS);
    for (const [x, char] of [..."late rows"].entries()) cells[x * CELL_WORDS] = char.charCodeAt(0);
    const cursor = { x: 0, y: 0, shape: "block", isVisible: false } as const;
    const screen = { base: 0, history: 0, mouse: "none" } as const;
    const changed = [{ y: 0, cells }];
    client.link.sendRows(encodeRows({ terminal, version: 1, cols, rows, cursor, isAlternate: false, screen, isFull: true, changed }));
    await output.shows("late rows");
    input.type("\u0002d");
    await end;
  } finally {
    showsTerminal = false;
  }
});

test("what is typed is sent, and a refusal gives it back", async () => {
  const { input, output, end } = start();
  const client = await server.client();
  await output.shows("planner");
  input.type("hello there\r");
  const { id, command } = await client.command("prompt.send");
  assert.equal(command.text, "hello there");
  output.clear();
  client.send({ type: "reply", id, ok: false, reason: "the budget is spent" });
  await output.shows("budget");
  await output.shows("hello");
  input.type("\u0002d");
  await end;
});

test("a server that dies is reached again, once; a second death ends with a sentence", async () => {
  const { output, end, connects } = start();
  const first = await server.client();
  await output.shows("planner");
  title = "survivor";
  output.clear();
  first.link.close();
  const second = await server.client();
  await output.shows("survivor");
  await output.shows("back");
  assert.equal((await second.command("client.view")).command.cols, 100);
  title = "planner";
  second.link.close();
  const ended = await end;
  assert.equal(ended.ok, false);
  assert.match(ended.message ?? "", /lost twice/);
  assert.equal(connects(), 2);
});

test("a server that says why it closes is obeyed, not started again", async () => {
  const { output, end, connects } = start();
  const client = await server.client();
  await output.shows("planner");
  client.send({ type: "bye", reason: "the workspace was stopped" });
  client.link.close();
  assert.deepEqual(await end, { ok: true, message: "the workspace was stopped" });
  assert.equal(connects(), 1);
});

test("where the server cannot be reached the terminal is given back and the reason returned", async () => {
  const { input, output, end } = start({ connect: () => Promise.resolve({ ok: false, reason: "failed", message: "the disk is full" }) });
  assert.deepEqual(await end, { ok: false, message: "the disk is full" });
  assert.equal(input.isRaw, false);
  assert.ok(output.text.endsWith("\u001b[?1049l") || output.text.lastIndexOf("\u001b[?1049l") > output.text.lastIndexOf("\u001b[?1049h"));
});

test("the prompt of the arguments is sent when the workspace has its first agent, once", async () => {
  const { input, output, end } = start({
    opening: { prompt: "fix it", images: [], profile: "smart", autoRun: false, isContinuing: false },
  });
  const client = await server.client();
  const chosen = await client.command("agent.useProfile");
  assert.equal(chosen.command.profile, "smart");
  client.ok(chosen.id);
  assert.equal((await client.command("prompt.send")).command.text, "fix it");
  client.fact({ type: "agent.titled", agent: agentId, title: "renamed" });
  await output.shows("renamed");
  assert.equal(client.received.filter((one) => one.type === "command" && one.command.type === "prompt.send").length, 1);
  input.type("\u0002d");
  await end;
});

test("a profile that cannot be used is told nothing of the prompt, and neither is another: it waits in the message", async () => {
  const { input, output, end } = start({
    opening: { prompt: "for one alone", images: [], profile: "smart", autoRun: false, isContinuing: false },
  });
  const client = await server.client();
  const chosen = await client.command("agent.useProfile");
  client.send({ type: "reply", id: chosen.id, ok: false, reason: "smart has no key" });
  await output.shows("smart has no key");
  await output.shows("for one alone");
  input.type("\u0002d");
  await end;
  assert.ok(client.received.every((one) => one.type !== "command" || one.command.type !== "prompt.send"));
});

test("what is typed before a new agent stands is for that one; detaching does not wait for it", async () => {
  const opening = { prompt: null, images: [], profile: null, autoRun: false, isContinuing: true };
  const { input, output, end } = start({ opening });
  await output.shows("\u001b[?1049h");
  // Maybe before there is a workspace at all.
  input.type("carry ");
  const client = await server.client();
  const spawn = await client.command("agent.spawn");
  await output.shows("planner");
  input.type("on\r");
  const second = agentIdSchema.parse("agent-2");
  const tab = {
    id: tabIdSchema.parse("tab-2"),
    name: "2",
    zoomed: null,
    root: { type: "leaf", pane: paneIdSchema.parse("pane-2"), content: { type: "agent", agent: second, face: "transcript" } },
  } as const;
  client.fact({ type: "agent.spawned", agent: makeAgent({ id: second, number: 2, title: "carried" }) });
  client.fact({ type: "tab.set", tab });
  client.ok(spawn.id, { agent: second });
  assert.equal((await client.command("agent.close")).command.agent, agentId);
  const { command } = await client.command("prompt.send");
  assert.deepEqual([command.agent, command.text], [second, "carry on"]);
  input.type("\u0002d");
  await end;

  const other = start({ opening });
  const silent = await server.client();
  await silent.command("agent.spawn");
  other.input.type("text\u0002d");
  assert.deepEqual(await other.end, { ok: true, message: null });
});

test("at rest nothing is written", async () => {
  const { input, output, end } = start();
  const client = await server.client();
  await client.command("client.view");
  await output.shows("planner");
  // Whatever the first frames asked for has been answered and drawn.
  for (const type of ["profiles", "offers"] as const) {
    const { id } = await client.query(type);
    client.send(
      type === "offers"
        ? { type: "answer", id, value: { type, rows: [] } }
        : { type: "answer", id, value: { type, rows: [], problems: [], defaultPair: ["demo", "demo"] } },
    );
  }
  client.fact({ type: "agent.titled", agent: agentId, title: "settled" });
  await output.shows("settled");
  // The last of it comes late on a busy machine; what never rests has no such while.
  for (let looks = 0; looks === 0 || output.text !== ""; looks += 1) {
    assert.ok(looks < 20, output.text);
    output.clear();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  input.type("\u0002d");
  await end;
});

test("a theme that is wrong is told on the screen", async () => {
  const { input, output, end } = start({ theme: "absent" });
  await server.client();
  await output.shows("absent");
  input.type("\u0002d");
  await end;
});

test("answers are rendered as Markdown, whose parser is loaded after the first frame", async () => {
  const { input, output, end } = start();
  const client = await server.client();
  await output.shows("planner");
  const source = { provider: "demo", origin: "", credential: "none", wire: "demo", model: "scripted", harness: "native" } as const;
  const item = { id: itemIdSchema.parse("i-1"), parent: null, at: 1, turn: turnIdSchema.parse("t-1"), type: "text", source } as const;
  client.fact({ type: "item.added", agent: agentId, item: { ...item, text: "* first\n* second" } });
  await output.shows("•");
  input.type("\u0002d");
  await end;
});
