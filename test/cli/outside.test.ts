// Driving a workspace from outside: which workspace, which agent, what became of a message, and when an agent rests.

import assert from "node:assert/strict";
import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import { findAgentNamed } from "../../src/cli/targets.ts";
import { agentIdSchema, promptIdSchema, turnIdSchema } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import type { FactBody } from "../../src/domain/protocol.ts";
import { type Agent, emptyWorkspace, terminalInfoSchema, type Workspace } from "../../src/domain/workspace.ts";
import { agentId, type FakeClient, type FakeServer, makeAgent, makeRoot, startFakeServer } from "../client/fake-server.ts";
import { createFakeIo, type FakeIo } from "./fake-io.ts";

const turn = turnIdSchema.parse("turn-1");
const other = agentIdSchema.parse("agent-2");
const prompt = promptIdSchema.parse("q-1");
const source = { provider: "p", origin: "", credential: "none", wire: "demo", model: "m", harness: "native" } as const;

interface Ground {
  readonly server: FakeServer;
  readonly folder: string;
  io(over?: Partial<Parameters<typeof createFakeIo>[0]>): FakeIo;
  /** Answers the question for what runs, and gives the connection that follows. */
  serve(folders?: readonly string[]): Promise<FakeClient>;
  ls(folders: readonly string[]): Promise<void>;
}

async function ground(t: TestContext, workspace: Partial<Workspace> = {}): Promise<Ground> {
  const agents = [makeAgent({ title: "fix the tests" }), makeAgent({ id: other, number: 2, title: "docs", status: "thinking", turn })];
  const server = await startFakeServer({ workspace: () => structuredClone({ ...emptyWorkspace(folder), seq: 100, agents, ...workspace }) });
  t.after(() => server.close());
  const folder = realpathSync(server.root);
  const ls = async (folders: readonly string[]): Promise<void> => {
    const client = await server.client();
    assert.equal(client.hello.role, "query");
    await client.message("ls");
    client.send({ type: "ls", rows: folders.map((each) => ({ folder: each, agents: 2, clients: 1, working: 1 })) });
  };
  return {
    server,
    folder,
    ls,
    io: (over = {}) => createFakeIo({ root: server.root, ...over }),
    async serve(folders = [folder]) {
      await ls(folders);
      const client = await server.client();
      assert.equal(client.hello.role, "task");
      // Looking changes nothing: no variables come along.
      assert.deepEqual(client.hello.env, {});
      return client;
    },
  };
}

let lastItem = 0;
function added(fields: Record<string, unknown>, agent = other): FactBody {
  lastItem += 1;
  return { type: "item.added", agent, item: { id: `i-${lastItem}`, parent: null, at: 1, turn, ...fields } as unknown as TranscriptItem };
}
const says = (text: string): FactBody => added({ type: "text", text, source });
const ended = (outcome: "done" | "failed" | "interrupted", of = turn): FactBody => ({
  type: "turn.ended",
  agent: other,
  turn: of,
  outcome,
  durationMs: 1,
  ...(outcome === "failed" ? { failure: { kind: "auth", message: "the key was refused", isRetryable: false } } : {}),
});

// Which workspace ---------------------------------------------------------------------------------------------------------

test("the nearest folder above this one that runs is meant; the only one elsewhere too; of several none is guessed", async (t) => {
  const { folder, io, ls, serve } = await ground(t);
  const inner = join(folder, "a/b");
  mkdirSync(inner, { recursive: true });
  for (const [cwd, folders, expected] of [
    [inner, ["/", folder, join(folder, "a-other")], folder],
    [inner, [folder, join(folder, "a")], join(folder, "a")],
    [folder, ["/elsewhere"], "/elsewhere"],
  ] as const) {
    const own = io({ cwd });
    const code = runCli(["wait", "1"], own);
    const client = await serve(folders);
    assert.equal(client.hello.folder, expected);
    assert.equal(await code, 0);
  }
  const several = io();
  const code = runCli(["wait", "1"], several);
  await ls(["/one", "/two"]);
  assert.equal(await code, 2);
  assert.match(several.err(), /several others are; say which with --workspace FOLDER:\n {2}\/one\n {2}\/two/);
  const none = io();
  const nothing = runCli(["capture", "1"], none);
  await ls([]);
  assert.equal(await nothing, 1);
  assert.match(none.err(), /no workspace of .* is running; interpane, there, starts one/);
});

test("--workspace names one exactly; one that does not run is never opened for it", async (t) => {
  const { folder, io, ls } = await ground(t);
  mkdirSync(join(folder, "sub"));
  const own = io();
  const code = runCli(["send", "1", "hi", "--workspace", "sub"], own);
  await ls([folder]);
  assert.equal(await code, 1);
  assert.match(own.err(), new RegExp(`no workspace of ${join(folder, "sub")} is running; these are:\\n  ${folder}`));
});

test("without a server the commands say that nothing runs, and start none", async (t) => {
  const root = makeRoot();
  t.after(() => rmSync(root, { recursive: true }));
  for (const argv of [
    ["send", "1", "hi"],
    ["capture", "1"],
    ["wait", "1"],
    ["ls", "--workspace", "."],
    ["exec", "--in-workspace", "hi"],
  ]) {
    const own = createFakeIo({ root });
    assert.equal(await runCli(argv, own), 1, argv.join(" "));
    assert.match(own.err(), /is running/);
  }
});

test("attach needs a terminal, and says what runs where this folder does not", async (t) => {
  const { io, ls } = await ground(t);
  const piped = io({ piped: "" });
  assert.equal(await runCli(["attach"], piped), 2);
  assert.match(piped.err(), /needs a terminal/);
  const own = io({ answers: [], isTerminal: true });
  const code = runCli(["attach"], own);
  await ls(["/one", "/two"]);
  assert.equal(await code, 2);
  assert.match(own.err(), /say which: interpane attach FOLDER:\n {2}\/one/);
});

// Which agent -------------------------------------------------------------------------------------------------------------

test("an agent is found by number, id, title or the beginning of one; what could be several is not guessed", () => {
  const agents: Agent[] = [
    makeAgent({ title: "Fix the tests" }),
    makeAgent({ id: other, number: 2, title: "fix" }),
    makeAgent({ id: agentIdSchema.parse("agent-3"), number: 3, title: "fix the docs" }),
    makeAgent({ id: agentIdSchema.parse("agent-4"), number: 4, title: "of an exec", isEphemeral: true }),
  ];
  const workspace = { ...emptyWorkspace("/work"), agents };
  const find = (name: string): number | string => {
    const found = findAgentNamed(workspace, name);
    return found.ok ? found.agent.number : found.message;
  };
  assert.deepEqual(["2", "agent-3", "fix", "FIX THE T", "fix the docs"].map(find), [2, 3, 2, 1, 3]);
  assert.match(String(find("fix the")), /several agents of \/work; take a number:\n {2}1 Fix the tests \(idle\)\n {2}3 fix the docs/);
  for (const name of ["4", "of an exec", "7", ""]) assert.match(String(find(name)), /has no agent "/);
  assert.match(String(findAgentNamed(emptyWorkspace("/w"), "1").ok), /false/);
});

test("ls --workspace lists the agents, and with --json what a script can rely on", async (t) => {
  const { io, serve, folder } = await ground(t);
  const own = io();
  const code = runCli(["ls", "--workspace", "."], own);
  await serve([folder]);
  assert.equal(await code, 0);
  assert.match(own.out(), /^AGENT +STATUS +PROFILE +OF +TITLE\n1 +idle +demo +fix the tests\n2 +thinking +demo +docs\n$/);
  const json = io();
  const second = runCli(["ls", "--workspace", ".", "--json"], json);
  await serve([folder]);
  await second;
  assert.deepEqual(Object.keys((JSON.parse(json.out()) as object[])[0] ?? {}), [
    "id",
    "number",
    "title",
    "status",
    "profile",
    "model",
    "cwd",
    "session",
    "turn",
    "queued",
    "isEphemeral",
  ]);
});

// Sending -----------------------------------------------------------------------------------------------------------------

test("send says whether the message started a turn or waits, and takes - alone from standard input", async (t) => {
  const { io, serve } = await ground(t);
  for (const [argv, over, reply, expected, text] of [
    [["send", "1", "hello", "you"], {}, { turn }, "started\n", "hello you"],
    [["send", "docs", "-"], { piped: "from a pipe\n" }, { prompt }, "queued\n", "from a pipe"],
    [["send", "1", "not this"], { piped: "a loop feeds on it" }, { turn }, "started\n", "not this"],
  ] as const) {
    const own = io(over);
    const code = runCli(argv, own);
    const client = await serve();
    const { id, command } = await client.command("prompt.send");
    assert.equal(command.text, text);
    client.ok(id, reply);
    assert.equal(await code, 0);
    assert.equal(own.out(), expected);
    await client.closed;
  }
  const shot = { digest: "d".repeat(64), mime: "image/png", bytes: 9, width: 1, height: 1, name: "a.png", path: "/a.png" } as const;
  const shown = io();
  const code = runCli(["send", "1", "-i", "a.png", "look"], shown);
  const client = await serve();
  const attached = await client.command("image.attach");
  assert.equal(attached.command.path, join(shown.cwd, "a.png"));
  client.ok(attached.id, { images: [shot] });
  const sent = await client.command("prompt.send");
  assert.deepEqual(sent.command.images, [shot]);
  client.ok(sent.id, { turn });
  assert.equal(await code, 0);
  const refused = io();
  const refusing = runCli(["send", "1", "-i", "none.png", "look"], refused);
  const second = await serve();
  second.send({ type: "reply", id: (await second.command("image.attach")).id, ok: false, reason: "none.png is not there" });
  assert.equal(await refusing, 2);
  assert.match(refused.err(), /none\.png is not there/);
  const empty = io();
  assert.equal(await runCli(["send", "1", " "], empty), 2);
  assert.equal(await runCli(["send", "1"], empty), 2);
});

test("an unknown profile is a matter of usage; any other refusal a failure", async (t) => {
  const { io, serve } = await ground(t);
  for (const [argv, expected] of [
    [["send", "1", "hi", "--profile", "nope"], 2],
    [["send", "1", "hi"], 1],
  ] as const) {
    const own = io();
    const code = runCli(argv, own);
    const client = await serve();
    const { id } = await client.command("prompt.send");
    client.send({ type: "reply", id, ok: false, reason: "no such thing" });
    assert.equal(await code, expected);
    assert.match(own.err(), /no such thing/);
  }
});

test("send --wait prints the answer of its own turn and of no other, after the queue too", async (t) => {
  const { io, serve } = await ground(t);
  const own = io();
  const code = runCli(["send", "2", "--wait", "next"], own);
  const client = await serve();
  client.fact(says("the turn before says this"));
  const { id } = await client.command("prompt.send");
  client.fact({ type: "prompt.queued", agent: other, prompt: { id: prompt, text: "next" } });
  client.ok(id, { prompt });
  client.fact(says("and this"));
  client.fact(ended("done"));
  const next = turnIdSchema.parse("turn-2");
  client.fact({ type: "prompt.taken", agent: other, prompt, turn: next });
  client.fact({ type: "turn.queued", agent: other, turn: next, profile: "demo" });
  for (const [type, more] of [
    ["user", { text: "next" }],
    ["text", { text: "let me look", source }],
    ["call", { callId: "c", name: "exec", arguments: "{}", action: { type: "exec", language: "shell", code: "ls" }, source }],
    ["result", { callId: "c", outcome: "ok", text: "files" }],
    ["text", { text: "It is done.\n", source }],
  ] as const)
    client.fact(added({ type, ...more, turn: next }));
  client.fact(ended("done", next));
  assert.equal(await code, 0);
  assert.equal(own.out(), "It is done.\n");
  assert.equal(own.err(), "");
});

test("send --wait: a failed turn, one that was taken back, a closed agent and Ctrl-C each end as they should", async (t) => {
  const { io, serve } = await ground(t);
  const begin = async (argv: readonly string[]): Promise<{ own: FakeIo; code: Promise<number>; client: FakeClient }> => {
    const own = io();
    const code = runCli(argv, own);
    const client = await serve();
    client.ok((await client.command("prompt.send")).id, { turn });
    return { own, code, client };
  };
  const failed = await begin(["send", "2", "--wait", "go", "--json"]);
  failed.client.fact(says("half of it"));
  failed.client.fact(ended("failed"));
  assert.equal(await failed.code, 3);
  const said = JSON.parse(failed.own.out()) as Record<string, unknown>;
  assert.deepEqual([said["outcome"], said["answer"], said["turn"]], ["failed", "half of it", "turn-1"]);
  assert.match(failed.own.err(), /the key was refused/);

  const closed = await begin(["send", "2", "--wait", "go"]);
  closed.client.fact({ type: "agent.closed", agent: other });
  assert.equal(await closed.code, 1);
  assert.match(closed.own.err(), /agent 2 was closed/);

  const left = await begin(["send", "2", "--wait", "go"]);
  left.own.interrupt();
  assert.equal(await left.code, 130);
  assert.ok(!left.client.received.some((message) => message.type === "command" && message.command.type === "turn.interrupt"));

  const own = io();
  const code = runCli(["send", "2", "--wait", "go"], own);
  const client = await serve();
  client.ok((await client.command("prompt.send")).id, { prompt });
  client.fact({ type: "prompt.taken", agent: other, prompt });
  assert.equal(await code, 1);
  assert.match(own.err(), /taken back/);
});

// Waiting -----------------------------------------------------------------------------------------------------------------

test("wait ends at once where the state is there, else with the fact that brings it", async (t) => {
  const { io, serve } = await ground(t);
  const asked = {
    type: "approval.asked",
    agent: other,
    approval: {
      id: "ask-1",
      agent: other,
      turn,
      item: "i",
      action: { type: "exec", language: "shell", code: "ls" },
      cwd: "/",
      sandbox: { mode: "full", network: true, writable: [] },
      digest: "d",
      askedAt: 1,
    },
  } as unknown as FactBody;
  for (const [argv, facts, expected, printed] of [
    [["wait", "1"], [], 0, "idle\n"],
    [["wait", "1", "--until", "done"], [], 0, "idle\n"],
    [["wait", "2"], [ended("done")], 0, "idle\n"],
    [["wait", "2", "--until", "done"], [ended("failed")], 1, "failed\n"],
    [["wait", "2", "--until", "done"], [ended("interrupted")], 1, "idle\n"],
    [["wait", "2", "--until", "waiting"], [says("hm"), asked], 0, "waiting\n"],
    [["wait", "2", "--until", "idle,waiting"], [asked], 0, "waiting\n"],
  ] as const) {
    const own = io();
    const code = runCli(argv, own);
    const client = await serve();
    for (const fact of facts) client.fact(fact);
    assert.equal(await code, expected, argv.join(" "));
    assert.equal(own.out(), printed, argv.join(" "));
  }
});

test("an agent that goes on with its queue is not idle in between; after an interruption the queue stands and it is", async (t) => {
  const agents = [makeAgent({ id: other, number: 2, status: "thinking", turn, queue: [{ id: prompt, text: "next" }] })];
  const { io, serve } = await ground(t, { agents });
  const next = turnIdSchema.parse("turn-2");
  const own = io();
  const code = runCli(["wait", "2"], own);
  const client = await serve();
  client.fact(ended("done"));
  client.fact({ type: "prompt.taken", agent: other, prompt, turn: next });
  client.fact(added({ type: "user", text: "next", turn: next }));
  client.fact({ type: "turn.queued", agent: other, turn: next, profile: "demo" });
  client.fact({ type: "turn.started", agent: other, turn: next });
  assert.equal(own.out(), "");
  client.fact(ended("done", next));
  assert.equal(await code, 0);
  assert.equal(own.out(), "idle\n");

  const stopped = io();
  const second = runCli(["wait", "2"], stopped);
  (await serve()).fact(ended("interrupted"));
  assert.equal(await second, 1);
  assert.match(stopped.err(), /its turn was interrupted/);
});

test("wait gives up after --timeout, and refuses what is no state or no time", async (t) => {
  const { io, serve } = await ground(t);
  const own = io();
  const code = runCli(["wait", "2", "--timeout", "0", "--json"], own);
  await serve();
  assert.equal(await code, 1);
  assert.equal((JSON.parse(own.out()) as { status: string }).status, "thinking");
  assert.match(own.err(), /agent 2 is thinking, and not idle after 0 s/);
  for (const [argv, message] of [
    [["wait", "1", "--until", "waitin"], /did you mean waiting\?/],
    [["wait", "1", "--timeout", "soon"], /--timeout soon: give seconds/],
    [["wait"], /something is missing; usage: interpane wait AGENT/],
  ] as const) {
    const wrong = io();
    assert.equal(await runCli(argv, wrong), 2);
    assert.match(wrong.err(), message);
  }
});

// Capturing ---------------------------------------------------------------------------------------------------------------

const item = (body: FactBody): TranscriptItem => (body.type === "item.added" ? body.item : assert.fail());

test("a transcript is plain text that can drive no terminal; --colors adds colours; pages are fetched until it is whole", async (t) => {
  const { io, serve } = await ground(t);
  const first = [item(added({ type: "user", text: "two\nlines" }))];
  const second = [
    item(
      added({
        type: "call",
        callId: "c",
        name: "exec",
        arguments: "{}",
        action: { type: "exec", language: "shell", code: "ls\npwd" },
        source,
      }),
    ),
    item(added({ type: "result", callId: "c", outcome: "failed", exitCode: 2, text: "a\u001b[2Jb\u202e" })),
    item(says("**Done.**")),
  ];
  for (const [argv, expected] of [
    [["capture", "2"], "> two\n> lines\n\n* shell\n    ls\n    pwd\n  = failed, exit code 2\n  | a[2Jb\n\n**Done.**\n"],
    [["capture", "2", "--lines", "2"], "\n**Done.**\n"],
    [["capture", "2", "--colors", "--lines", "3"], "\u001b[2m  | a[2Jb\u001b[0m\n\n**Done.**\n"],
  ] as const) {
    const own = io();
    const code = runCli(argv, own);
    const client = await serve();
    const newest = await client.query("items");
    assert.equal(newest.query.before, undefined);
    client.send({ type: "answer", id: newest.id, value: { type: "items", items: second, hasMore: true } });
    if (!argv.includes("--lines" as never)) {
      const older = await client.query("items");
      assert.equal(older.query.before, second[0]?.id);
      client.send({ type: "answer", id: older.id, value: { type: "items", items: first, hasMore: false } });
    }
    assert.equal(await code, 0);
    assert.equal(own.out(), expected);
  }
  const json = io();
  const code = runCli(["capture", "2", "--json"], json);
  const client = await serve();
  client.send({ type: "answer", id: (await client.query("items")).id, value: { type: "items", items: second, hasMore: false } });
  await code;
  const seen = JSON.parse(json.out()) as { agent: { number: number }; items: TranscriptItem[] };
  assert.equal(seen.agent.number, 2);
  assert.deepEqual(seen.items, second);
});

test("a terminal is plain text, or with the colours alone; an agent without one says so", async (t) => {
  const terminal = terminalInfoSchema.parse({
    id: "x-1",
    agent: other,
    title: "shell 2",
    cwd: "/work",
    sandbox: { mode: "full", network: true, writable: [] },
    exitCode: null,
  });
  const agents = [makeAgent(), makeAgent({ id: other, number: 2, terminal: terminal.id })];
  const { io, serve } = await ground(t, { agents, terminals: [terminal] });
  const styled = "\u001b[0;31mred\u001b[0m\u001b]52;c;x\u0007";
  for (const [argv, isStyled, expected] of [
    [["capture", "2", "--face", "terminal", "--colors"], true, "\u001b[0;31mred\u001b[0m]52;c;x\n"],
    [["capture", "2", "--face", "terminal"], undefined, "[0;31mred[0m]52;c;x\n"],
  ] as const) {
    const own = io();
    const code = runCli(argv, own);
    const client = await serve();
    const { id, query } = await client.query("terminal.text");
    assert.deepEqual([query.terminal, query.isStyled], [terminal.id, isStyled]);
    client.send({ type: "answer", id, value: { type: "terminal.text", text: styled } });
    assert.equal(await code, 0);
    assert.equal(own.out(), expected);
  }
  const none = io();
  const code = runCli(["capture", "1", "--face", "terminal"], none);
  await serve();
  assert.equal(await code, 1);
  assert.match(none.err(), /agent 1 has no terminal yet/);
  for (const argv of [
    ["capture", "1", "--face", "both"],
    ["capture", "1", "--lines", "0"],
    ["capture", "1", "--json", "--colors"],
  ])
    assert.equal(await runCli(argv, io()), 2);
});

// A task in a workspace ---------------------------------------------------------------------------------------------------

test("exec --in-workspace gives the agent a tab that stays, leaves questions to its screen, and prints the answer", async (t) => {
  const { io, ls, server, folder } = await ground(t);
  const own = io();
  const code = runCli(["exec", "--in-workspace", "go"], own);
  await ls([folder]);
  const client = await server.client();
  const { id, command } = await client.command("agent.spawn");
  assert.deepEqual(command, { type: "agent.spawn", place: { type: "tab" }, cwd: folder });
  client.fact({ type: "agent.spawned", agent: makeAgent({ id: agentId, number: 3 }) });
  client.ok(id, { agent: agentId });
  client.ok((await client.command("prompt.send")).id, { turn });
  client.fact({
    type: "approval.asked",
    agent: agentId,
    approval: {
      id: "ask-1",
      agent: agentId,
      turn,
      item: "i",
      action: { type: "exec", language: "shell", code: "make" },
      cwd: "/w",
      sandbox: { mode: "full", network: true, writable: [] },
      digest: "d",
      askedAt: 1,
    },
  } as unknown as FactBody);
  client.fact(added({ type: "text", text: "built", source }, agentId));
  client.fact({ type: "turn.ended", agent: agentId, turn, outcome: "done", durationMs: 1 });
  assert.equal(await code, 0);
  assert.equal(own.out(), "built\n");
  assert.match(own.err(), /run shell in \/w[\s\S]*\| make\nwaits for an answer on the screen/);
  assert.ok(!client.received.some((message) => message.type === "command" && message.command.type === "approval.answer"));
});
