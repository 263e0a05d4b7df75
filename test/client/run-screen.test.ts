// A client with a screen, from its first byte to the terminal given back, against a server that speaks the protocol.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Connected, connectToServer } from "../../src/client/connect.ts";
import { runScreen, type ScreenRunOptions } from "../../src/client/run-screen.ts";
import { itemIdSchema, paneIdSchema, tabIdSchema, turnIdSchema } from "../../src/domain/ids.ts";
import { emptyWorkspace, type Workspace } from "../../src/domain/workspace.ts";
import { agentId, type FakeServer, makeAgent, startFakeServer } from "./fake-server.ts";

const pane = paneIdSchema.parse("pane-1");

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
        root: { type: "leaf", pane, content: { type: "agent", agent: agentId, face: "transcript" } },
      },
    ],
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
    opening: { prompt: null, profile: null, autoRun: false, isContinuing: false },
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
  const { input, output, end } = start({ opening: { prompt: "fix it", profile: "smart", autoRun: false, isContinuing: false } });
  const client = await server.client();
  assert.equal((await client.command("agent.useProfile")).command.profile, "smart");
  assert.equal((await client.command("prompt.send")).command.text, "fix it");
  client.fact({ type: "agent.titled", agent: agentId, title: "renamed" });
  await output.shows("renamed");
  assert.equal(client.received.filter((one) => one.type === "command" && one.command.type === "prompt.send").length, 1);
  input.type("\u0002d");
  await end;
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
  await new Promise((resolve) => setTimeout(resolve, 100));
  output.clear();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(output.text, "");
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
