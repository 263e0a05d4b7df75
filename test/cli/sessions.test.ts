// Kept conversations from the command line: which one is meant, what is shown, written, copied, deleted, carried on.

import assert from "node:assert/strict";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import { sessionMarkdown } from "../../src/cli/session-markdown.ts";
import type { TranscriptItem } from "../../src/domain/item.ts";
import { type SessionRow, sessionRowSchema } from "../../src/domain/protocol.ts";
import { type FakeClient, type FakeServer, startFakeServer } from "../client/fake-server.ts";
import { createFakeIo, type FakeIo } from "./fake-io.ts";

let server: FakeServer;
let folder: string;
before(async () => {
  server = await startFakeServer();
  folder = realpathSync(server.root);
});
after(() => server.close());

function io(over: Partial<Parameters<typeof createFakeIo>[0]> = {}): FakeIo {
  return createFakeIo({ root: server.root, ...over });
}

const row = (id: string, over: Partial<SessionRow> = {}): SessionRow =>
  sessionRowSchema.parse({
    id,
    folder: "/work",
    title: `about ${id}`,
    createdAt: 0,
    updatedAt: 60_000,
    items: 3,
    isOpen: false,
    damage: null,
    ...over,
  });
const rows = [row("s-aaaa1111"), row("s-aaaa2222"), row("s-bbbb3333", { isOpen: true })];
const source = { provider: "openai", origin: "", credential: "none", wire: "chat", model: "gpt", harness: "native" } as const;
const item = (id: string, parent: string | null, body: Record<string, unknown>): TranscriptItem =>
  ({ id, parent, at: 1, turn: null, ...body }) as unknown as TranscriptItem;
/** The second question was left behind. */
const items = [
  item("1", null, { type: "user", text: "how?" }),
  item("2", "1", { type: "text", text: "dead end", source }),
  item("3", "1", { type: "text", text: "so", source }),
];

async function answered(rowsToSend: readonly SessionRow[] = rows): Promise<FakeClient> {
  const client = await server.client();
  assert.equal(client.hello.role, "query");
  const { id } = await client.query("sessions");
  client.send({ type: "answer", id, value: { type: "sessions", rows: [...rowsToSend] } });
  return client;
}

/** Two pages. */
async function sendItems(client: FakeClient, of: SessionRow): Promise<void> {
  for (const [from, to] of [
    [0, 2],
    [2, 3],
  ] as const) {
    const { id, query } = await client.query("session.items");
    assert.deepEqual([query.session, query.from], [of.id, from]);
    client.send({
      type: "answer",
      id,
      value: { type: "session.items", row: of, head: items[2]?.id ?? null, items: items.slice(from, to), total: 3 },
    });
  }
}

test("an id may be cut short while one session begins so; several and none are said", async () => {
  for (const given of ["s-aaaa1", "aaaa1", "S-AAAA1111"]) {
    const own = io();
    const code = runCli(["sessions", "show", given], own);
    await sendItems(await answered(), rows[0] ?? assert.fail());
    assert.equal(await code, 0);
    assert.match(own.out(), /^about s-aaaa1111\ns-aaaa1111 · \/work · 1970-[^\n]*\n\n> how\?\n\nso\n$/);
  }
  for (const [given, message] of [
    ["s-aaaa", /2 sessions begin with s-aaaa; say more of it:\n {2}s-aaaa1111/],
    ["s-zz", /no session s-zz; interpane sessions list/],
  ] as const) {
    const own = io();
    const code = runCli(["sessions", "show", given], own);
    await answered();
    assert.equal(await code, 2);
    assert.match(own.err(), message);
  }
  const without = io();
  assert.equal(await runCli(["sessions", "export"], without), 2);
  assert.match(without.err(), /say which: interpane sessions export ID/);
});

test("export writes the path as Markdown, or all branches as JSON, and never over a file", async () => {
  const file = join(folder, "out.md");
  for (const [argv, name] of [
    [["-o", "out.md"], "out.md"],
    [["--format", "json", "--output=all.json"], "all.json"],
  ] as const) {
    const own = io();
    const code = runCli(["sessions", "export", "aaaa1", ...argv], own);
    await sendItems(await answered(), rows[0] ?? assert.fail());
    assert.equal(await code, 0);
    assert.equal(own.out(), "");
    assert.ok(existsSync(join(folder, name)));
  }
  assert.match(readFileSync(file, "utf8"), /## You\n\nhow\?\n\n## openai · gpt\n\nso\n$/);
  const whole = JSON.parse(readFileSync(join(folder, "all.json"), "utf8")) as { session: SessionRow; head: string; items: unknown[] };
  assert.deepEqual([whole.session.id, whole.head, whole.items.length], ["s-aaaa1111", "3", 3]);
  writeFileSync(file, "mine");
  const own = io();
  const code = runCli(["sessions", "export", "aaaa1", "-o", "out.md"], own);
  await sendItems(await answered(), rows[0] ?? assert.fail());
  assert.equal(await code, 1);
  assert.match(own.err(), /out\.md: it is there already/);
  assert.equal(readFileSync(file, "utf8"), "mine");
  const wrong = io();
  const refused = runCli(["sessions", "export", "aaaa1", "--format", "pdf"], wrong);
  await answered();
  assert.equal(await refused, 2);
});

test("delete asks, takes --yes, never takes an open session, and says no without a terminal", async () => {
  for (const [argv, over, expected, isSent] of [
    [["aaaa1", "--yes"], {}, 0, true],
    [["aaaa1"], { answers: ["y"], isTerminal: true }, 0, true],
    [["aaaa1"], { answers: [""], isTerminal: true }, 130, false],
    [["aaaa1"], {}, 2, false],
    [["bbbb", "--yes"], {}, 1, false],
  ] as const) {
    const own = io(over as { answers?: string[]; isTerminal?: boolean });
    const code = runCli(["sessions", "delete", ...argv], own);
    const client = await answered();
    if (isSent) {
      const { id, command } = await client.command("session.delete");
      assert.equal(command.session, "s-aaaa1111");
      client.ok(id);
    }
    assert.equal(await code, expected, `${argv.join(" ")}: ${own.err()}`);
    await client.closed;
    assert.equal(
      client.received.some((message) => message.type === "command"),
      isSent,
    );
  }
});

test("fork prints the new session's id and nothing else", async () => {
  const own = io();
  const code = runCli(["sessions", "fork", "bbbb"], own);
  const client = await answered();
  const { id, command } = await client.command("session.copy");
  assert.equal(command.session, "s-bbbb3333");
  client.ok(id, { session: row("s-new").id });
  assert.equal(await code, 0);
  assert.equal(own.out(), "s-new\n");
  assert.equal(own.err(), "");
});

test("a flag of another verb is refused, not dropped", async () => {
  for (const [argv, message] of [
    [["sessions", "delete", "aaaa1", "--json"], /--json works with: sessions list, show, fork/],
    [["sessions", "export", "aaaa1", "--json"], /did you mean --format json\?/],
    [["sessions", "show", "aaaa1", "-o", "x"], /--output works with: sessions export/],
    [["sessions", "list", "aaaa1"], /did you mean: interpane sessions show aaaa1/],
  ] as const) {
    const own = io();
    assert.equal(await runCli(argv, own), 2);
    assert.match(own.err(), message);
  }
});

test("exec --resume carries the named conversation on; without an id and a terminal it says what to do", async () => {
  const own = io();
  const code = runCli(["exec", "--resume", "s-aaaa2", "go"], own);
  await answered();
  const client = await server.client();
  const { id, command } = await client.command("agent.spawn");
  assert.equal(command.session, "s-aaaa2222");
  client.send({ type: "reply", id, ok: false, reason: "enough" });
  assert.equal(await code, 2);

  const asks = io({ answers: ["2"], isTerminal: true });
  const chosen = runCli(["exec", "go", "--resume"], asks);
  await answered([row("s-cccc", { folder }), row("s-dddd", { folder }), ...rows]);
  const second = await server.client();
  const spawn = await second.command("agent.spawn");
  assert.equal(spawn.command.session, "s-dddd");
  assert.doesNotMatch(asks.questions[0] ?? "", /s-aaaa/);
  second.send({ type: "reply", id: spawn.id, ok: false, reason: "enough" });
  await chosen;

  const none = io();
  const refused = runCli(["exec", "--resume", "--", "go"], none);
  await answered();
  assert.equal(await refused, 2);
  assert.match(none.err(), /say which: --resume ID.*--continue takes this folder's latest/);
});

test("in Markdown no code and no output can close its own fence", () => {
  const path = [
    item("1", null, { type: "user", text: "go" }),
    item("2", "1", {
      type: "call",
      callId: "c",
      name: "exec",
      arguments: "",
      action: { type: "exec", language: "shell", code: "cat <<E\n```\nE" },
      source,
    }),
    item("3", "2", { type: "result", callId: "c", outcome: "failed", exitCode: 1, text: "````\n# not a heading" }),
    item("4", "3", { type: "notice", kind: "info", text: "a notice" }),
    item("5", "4", { type: "text", text: "half", isPartial: true, source }),
  ];
  const text = sessionMarkdown(rows[0] ?? assert.fail(), path);
  assert.match(text, /\*\*shell\*\*\n\n````shell\ncat <<E\n```\nE\n````\n/);
  assert.match(text, /\*failed, exit code 1\*\n\n`````\n````\n# not a heading\n`````\n/);
  assert.match(text, /> \*a notice\*\n\nhalf\n\n\*\(cut off here\)\*\n$/);
});
