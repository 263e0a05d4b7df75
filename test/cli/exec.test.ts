// `exec` against a server that speaks the protocol: what goes to stdout, what to stderr, and how it ends.

import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { after, before, test } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import { approvalIdSchema, itemIdSchema, turnIdSchema } from "../../src/domain/ids.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import type { Failure } from "../../src/domain/stream.ts";
import { approvalSchema } from "../../src/domain/workspace.ts";
import { agentId, type FakeClient, type FakeServer, makeAgent, startFakeServer } from "../client/fake-server.ts";
import { createFakeIo, type FakeIo } from "./fake-io.ts";

let server: FakeServer;
before(async () => {
  server = await startFakeServer();
});
after(() => server.close());

const turn = turnIdSchema.parse("turn-1");
const source = { provider: "p", origin: "", credential: "none", wire: "demo", model: "m", harness: "native" } as const;
let lastItem = 0;
function item(fields: Record<string, unknown>): TranscriptItem {
  lastItem += 1;
  return { id: itemIdSchema.parse(`item-${lastItem}`), parent: null, at: 1, turn, ...fields } as TranscriptItem;
}
const say = (client: FakeClient, text: string) =>
  client.fact({ type: "item.added", agent: agentId, item: item({ type: "text", text, source }) });

async function spawned(): Promise<{ client: FakeClient; spawn: Awaited<ReturnType<FakeClient["command"]>>["command"] }> {
  const client = await server.client();
  const { id, command } = await client.command("agent.spawn");
  client.fact({ type: "agent.spawned", agent: makeAgent({ isEphemeral: true }) });
  client.ok(id, { agent: agentId });
  return { client, spawn: command };
}

/** Answers up to the point where the turn runs. */
async function running(): Promise<{ client: FakeClient; prompt: string }> {
  const { client } = await spawned();
  const { id, command } = await client.command("prompt.send");
  client.ok(id);
  client.fact({ type: "turn.queued", agent: agentId, turn, profile: "demo" });
  return { client, prompt: command.text };
}

function end(client: FakeClient, outcome: "done" | "failed" | "interrupted" | "crashed", failure?: Failure): void {
  client.fact({ type: "turn.ended", agent: agentId, turn, outcome, durationMs: 5, ...(failure === undefined ? {} : { failure }) });
}

function ask(client: FakeClient, code: string): void {
  const approval = approvalSchema.parse({
    id: approvalIdSchema.parse("approval-1"),
    agent: agentId,
    turn,
    item: "item-1",
    action: { type: "exec", language: "shell", code },
    cwd: "/work",
    sandbox: { mode: "workspace-write", network: false, writable: [] },
    digest: "d1",
    askedAt: 1,
  });
  client.fact({ type: "approval.asked", agent: agentId, approval });
}

function io(over: Partial<Parameters<typeof createFakeIo>[0]> = {}): FakeIo {
  return createFakeIo({ root: server.root, ...over });
}

test("the answer goes to stdout, what led to it to stderr", async () => {
  const own = io();
  const code = runCli(["exec", "what", "OS"], own);
  const { client, prompt } = await running();
  assert.equal(prompt, "what OS");
  assert.equal(client.hello.role, "task");
  assert.equal(client.hello.folder, realpathSync(server.root));
  say(client, "Let me look.");
  client.fact({
    type: "item.added",
    agent: agentId,
    item: item({
      type: "call",
      callId: "c",
      name: "exec",
      arguments: "{}",
      action: { type: "exec", language: "shell", code: "uname -a\necho" },
      source,
    }),
  });
  client.fact({
    type: "item.added",
    agent: agentId,
    item: item({ type: "result", callId: "c", outcome: "failed", text: "secret output", exitCode: 2, durationMs: 1234 }),
  });
  client.fact({ type: "item.added", agent: agentId, item: item({ type: "notice", kind: "info", text: "a notice" }) });
  say(client, "Linux.");
  say(client, "Debian 12.\n");
  end(client, "done");
  assert.equal(await code, 0);
  assert.equal(own.out(), "Linux.\n\nDebian 12.\n");
  assert.equal(own.err(), "Let me look.\n> shell: uname -a (+1 lines)\n  failed, exit code 2, 1.2 s\n- a notice\n");
  assert.equal(await client.closed, "");
});

test("the flags reach the agent, and only those that were given", async () => {
  const code = runCli(["exec", "-y", "--offline", "--continue", "--profile", "smart", "go"], io());
  const { client, spawn } = await spawned();
  assert.deepEqual(spawn, {
    type: "agent.spawn",
    place: { type: "nowhere" },
    isEphemeral: true,
    cwd: realpathSync(server.root),
    autoRun: true,
    isOffline: true,
    profile: "smart",
    session: "latest",
  });
  // Another task's offline is not the whole workspace's.
  assert.equal(client.hello.isOffline, undefined);
  client.ok((await client.command("prompt.send")).id);
  end(client, "done");
  assert.equal(await code, 0);
  const plain = runCli(["exec", "go"], io());
  const second = await spawned();
  assert.deepEqual(Object.keys(second.spawn).toSorted(), ["cwd", "isEphemeral", "place", "type"]);
  second.client.ok((await second.client.command("prompt.send")).id);
  end(second.client, "done");
  await plain;
});

test("with --json every fact of the agent is one line on stdout, others' are not", async () => {
  const own = io();
  const code = runCli(["exec", "--json", "go"], own);
  const { client } = await running();
  client.fact({ type: "workspace.offlineSet", isOffline: false });
  say(client, "two\nlines");
  end(client, "done");
  assert.equal(await code, 0);
  const types = own
    .out()
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { type: string }).type);
  assert.deepEqual(types, ["agent.spawned", "turn.queued", "item.added", "turn.ended"]);
  assert.equal(own.err(), "");
});

test("without a terminal code is refused, the model is told, and the exit code says so", async () => {
  const own = io();
  const code = runCli(["exec", "go"], own);
  const { client } = await running();
  ask(client, "rm -rf /");
  const { id, command } = await client.command("approval.answer");
  assert.equal(command.answer, "no");
  assert.equal(command.digest, "d1");
  assert.match(command.reason ?? "", /without a person/);
  client.ok(id);
  say(client, "I was not allowed to.");
  end(client, "done");
  assert.equal(await code, 4);
  assert.equal(own.out(), "I was not allowed to.\n");
  assert.match(own.err(), /rm -rf \/[\s\S]*-y/);
});

test("in lines each turn has its own end: what was refused earlier does not colour a later one; -i goes with the first message", async () => {
  const own = io({ piped: "one\ntwo\n" });
  const code = runCli(["--plain", "-i", "a.png"], own);
  const { client } = await spawned();
  const shot = { digest: "d".repeat(64), mime: "image/png", bytes: 9, width: 1, height: 1, name: "a.png", path: "/a.png" } as const;
  client.ok((await client.command("image.attach")).id, { images: [shot] });
  const first = await client.command("prompt.send");
  assert.deepEqual([first.command.text, first.command.images], ["one", [shot]]);
  client.ok(first.id);
  ask(client, "rm -rf /");
  client.ok((await client.command("approval.answer")).id);
  end(client, "done");
  const second = await client.command("prompt.send");
  assert.deepEqual([second.command.text, second.command.images], ["two", undefined]);
  client.ok(second.id);
  say(client, "fine");
  end(client, "done");
  assert.equal(await code, 0);
});

test("on a terminal y runs the code, whole and with what hides in it shown; Enter alone does not", async () => {
  for (const [line, answer, expected] of [
    ["y", "yes", 0],
    [" Yes ", "yes", 0],
    ["", "no", 4],
    ["n", "no", 4],
    ["yolo", "no", 4],
  ] as const) {
    const own = io({ answers: [line], isTerminal: true });
    const code = runCli(["exec", "go"], own);
    const { client } = await running();
    ask(client, "echo a\u202eb\u200b\u001b[2J\necho c");
    const { id, command } = await client.command("approval.answer");
    assert.equal(command.answer, answer);
    client.ok(id);
    end(client, "done");
    assert.equal(await code, expected);
    assert.match(
      own.questions[0] ?? "",
      /run shell in \/work \(workspace-write, no network\)\n {2}\| echo a\\u\{202e\}b\\u\{200b\}\\u\{1b\}\[2J\n {2}\| echo c\n/,
    );
  }
});

const failure = (kind: Failure["kind"]): Failure => ({ kind, message: `it said ${kind}`, isRetryable: false });
for (const [kind, expected] of [
  ["auth", 3],
  ["network", 3],
  ["rate", 3],
  ["offline", 4],
  ["budget", 4],
  ["locked", 4],
  ["interrupted", 130],
] as const) {
  test(`a turn that failed by ${kind} ends in ${expected} with its message`, async () => {
    const own = io();
    const code = runCli(["exec", "go"], own);
    const { client } = await running();
    const said = failure(kind).message;
    client.fact({ type: "item.added", agent: agentId, item: item({ type: "notice", kind: "failed", text: said }) });
    end(client, "failed", failure(kind));
    assert.equal(await code, expected);
    assert.equal(own.err().split(said).length, 2, `said once: ${own.err()}`);
  });
}

test("a refused spawn is a matter of usage, a lost server a failed task", async () => {
  const refused = io();
  const first = runCli(["exec", "--profile", "nope", "go"], refused);
  const client = await server.client();
  const { id } = await client.command("agent.spawn");
  client.send({ type: "reply", id, ok: false, reason: 'profile "nope" is not there; did you mean "fast"?' });
  assert.equal(await first, 2);
  assert.match(refused.err(), /did you mean "fast"/);

  const lost = io();
  const second = runCli(["exec", "go"], lost);
  const other = (await running()).client;
  other.send({ type: "bye", reason: "the server was stopped" });
  other.link.close();
  assert.equal(await second, 1);
  assert.match(lost.err(), /the server was stopped/);
});

test("Ctrl-C interrupts the turn and ends in 130; a second one does not wait", async () => {
  const polite = io();
  const first = runCli(["exec", "go"], polite);
  const one = (await running()).client;
  polite.interrupt();
  await one.command("turn.interrupt");
  end(one, "interrupted");
  assert.equal(await first, 130);

  const hasty = io();
  const second = runCli(["exec", "go"], hasty);
  const two = (await running()).client;
  hasty.interrupt();
  await two.command("turn.interrupt");
  hasty.interrupt();
  assert.equal(await second, 130);
  assert.equal(await two.closed, "");
});

test("when nobody reads the output the task ends quietly", async () => {
  const own = io();
  const code = runCli(["exec", "go"], own);
  const { client } = await running();
  own.closeOutput();
  assert.equal(await code, 130);
  assert.equal(own.err(), "");
  await client.closed;
});

test("the prompt may come from standard input, or be joined by it", async () => {
  for (const [argv, piped, expected] of [
    [["exec", "-"], "from a pipe\n", "from a pipe"],
    [["exec"], "from a pipe", "from a pipe"],
    [["exec", "explain", "this"], "a log\n", "explain this\n\na log"],
  ] as const) {
    const code = runCli(argv, io({ piped }));
    const { client, prompt } = await running();
    assert.equal(prompt, expected);
    end(client, "done");
    assert.equal(await code, 0);
  }
});

test("an empty prompt, bytes that are no text, and a folder that is not there are refused before anything starts", async () => {
  const noAnswers: string[] = [];
  for (const [argv, over, message] of [
    [["exec"], {}, /needs a prompt/],
    [["hello"], { answers: noAnswers, isTerminal: true, env: { TERM: "dumb" } }, /TERM is "dumb".*or talk in lines: interpane --plain/],
    [["--stdin"], {}, /nothing comes on standard input; pipe the message in/],
    [["exec", "-"], {}, /nothing comes on standard input/],
    [["hello"], { piped: "hi" }, /standard input is none; .*echo "…" \| interpane --stdin/],
    [["exec", "-"], { piped: "  \n" }, /empty/],
    [["exec", "--api_key", " ", "x"], {}, /--api-key: the key is empty/],
    [["exec", "--api_key", "sk-two\nlines", "x"], {}, /--api-key: there is a blank, a line end or another character in it that no key has/],
    [["exec", "--model", "lmstudio/", "x"], {}, /--model lmstudio\/: say which model, as in lmstudio\/MODEL/],
    [["exec", "x"], { piped: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0) }, /no text/],
    [["exec", "--cwd", "/nowhere/at/all", "x"], {}, /cannot stand in \/nowhere\/at\/all: there is no such folder$/m],
    [["exec", "--output-schema", "/", "x"], {}, /--output-schema \/: this is a folder/],
  ] as const) {
    const own = io(over);
    assert.equal(await runCli(argv, own), 2);
    assert.match(own.err(), message);
  }
});

test("what a model says cannot drive the terminal it is printed on; a pipe gets it to the letter", async () => {
  const hostile = "a\u001b]52;c;eA==\u0007b\u202ec";
  for (const isTerminal of [true, false]) {
    const own = io({ isTerminal });
    const code = runCli(["exec", "go"], own);
    const { client } = await running();
    say(client, hostile);
    end(client, "done");
    await code;
    assert.equal(own.out(), isTerminal ? "a]52;c;eA==bc\n" : `${hostile}\n`);
  }
});

test("a session that is carried on does not print its past as the answer", async () => {
  const own = io();
  const code = runCli(["exec", "--continue", "go"], own);
  const client = await server.client();
  const { id } = await client.command("agent.spawn");
  client.fact({ type: "agent.spawned", agent: makeAgent({ isEphemeral: true }) });
  say(client, "old words");
  client.ok(id, { agent: agentId });
  client.ok((await client.command("prompt.send")).id);
  say(client, "new words");
  end(client, "done");
  assert.equal(await code, 0);
  assert.equal(own.out(), "new words\n");
});
