// The commands that look, keep a key, and stop.

import assert from "node:assert/strict";
import { realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runCli } from "../../src/cli/run-cli.ts";
import { sessionRowSchema } from "../../src/domain/protocol.ts";
import { type FakeServer, makeRoot, startFakeServer } from "../client/fake-server.ts";
import { createFakeIo, type FakeIo } from "./fake-io.ts";

let server: FakeServer;
before(async () => {
  server = await startFakeServer();
});
after(() => server.close());

function io(over: Partial<Parameters<typeof createFakeIo>[0]> = {}): FakeIo {
  return createFakeIo({ root: server.root, ...over });
}

const session = sessionRowSchema.parse({
  id: "s-1",
  folder: "/work",
  title: "a\u001b[2J title\nof two lines",
  createdAt: 1,
  updatedAt: 1_700_000_000_000,
  items: 3,
  isOpen: false,
  damage: null,
});

test("sessions list prints a table, and with --json one array of whole rows", async () => {
  for (const argv of [
    ["sessions", "list"],
    ["sessions", "list", "--json"],
  ]) {
    const own = io();
    const code = runCli(argv, own);
    const client = await server.client();
    const { id } = await client.query("sessions");
    assert.deepEqual(client.hello.env, {});
    client.send({ type: "answer", id, value: { type: "sessions", rows: [session] } });
    assert.equal(await code, 0);
    if (argv.includes("--json")) assert.deepEqual(JSON.parse(own.out()), [session]);
    else assert.match(own.out(), /^ID +UPDATED +ITEMS +FOLDER +TITLE\ns-1 +2023-11-\d\d \d\d:\d\d +3 +\/work +a\[2J title of two lines\n$/);
  }
});

test("a refused query is said and ends in 1", async () => {
  const own = io();
  const code = runCli(["sessions"], own);
  const client = await server.client();
  const { id } = await client.query("sessions");
  client.send({ type: "refusal", id, reason: "the disk is full" });
  assert.equal(await code, 1);
  assert.match(own.err(), /the disk is full/);
});

test("profile list says what each profile lacks, and problems on stderr", async () => {
  const own = io({ env: { OPENAI_API_KEY: "k" } });
  const code = runCli(["profile", "list"], own);
  const client = await server.client();
  assert.equal(client.hello.env.OPENAI_API_KEY, "k");
  const { id } = await client.query("profiles");
  const row = {
    id: "fast",
    provider: "openai",
    providerName: "OpenAI",
    model: "gpt",
    modelName: "GPT",
    pair: "smart",
    contextWindow: null,
    inputMicros: null,
    outputMicros: null,
    isLocal: false,
    isDemo: false,
    from: "bundled",
    problem: "OPENAI_API_KEY is not set",
  } as const;
  client.send({
    type: "answer",
    id,
    value: { type: "profiles", rows: [row], problems: ["mine.yaml:3: unknown key"], defaultPair: ["fast", "smart"] },
  });
  assert.equal(await code, 0);
  assert.match(own.out(), /fast +OpenAI +GPT +fast +OPENAI_API_KEY is not set/);
  assert.match(own.err(), /mine.yaml:3/);
});

test("doctor says what is well and what is not, and ends with 1 only where something is bad", async () => {
  for (const state of ["warning", "bad"] as const) {
    const own = io({ env: { TERM: "xterm-256color", LANG: "C.UTF-8" } });
    const code = runCli(["doctor"], own);
    const client = await server.client();
    const { id } = await client.query("doctor");
    client.send({
      type: "answer",
      id,
      value: { type: "doctor", rows: [{ about: "vault", state, text: "its key lies in\u001b[2J a file" }] },
    });
    assert.equal(await code, state === "bad" ? 1 : 0);
    assert.match(own.out(), /^ok +terminal +xterm-256color$/m);
    assert.match(own.out(), state === "bad" ? /^bad +vault/m : /^note +vault/m);
    assert.ok(!own.out().includes("\u001b"));
  }
});

test("ls shows what runs, and nothing where no server does", async () => {
  const own = io();
  const code = runCli(["ls", "--json"], own);
  const client = await server.client();
  await client.message("ls");
  const rows = [{ folder: "/work", agents: 2, clients: 1, working: 1 }];
  client.send({ type: "ls", rows });
  assert.equal(await code, 0);
  assert.deepEqual(JSON.parse(own.out()), rows);

  const root = makeRoot();
  const none = createFakeIo({ root });
  assert.equal(await runCli(["ls", "--json"], none), 0);
  assert.deepEqual(JSON.parse(none.out()), []);
  const nothing = createFakeIo({ root });
  assert.equal(await runCli(["kill", "--all"], nothing), 0);
  assert.match(nothing.err(), /no interpane server is running/);
  rmSync(root, { recursive: true });
});

test("ls --recent lists the folders opened lately that are still there, and starts nothing", async () => {
  const root = makeRoot();
  const recentFolders = [{ folder: root, at: 1_700_000_000_000 }, { folder: "/nowhere/at/all", at: 1_600_000_000_000 }, "not a row"];
  writeFileSync(join(root, "state.json"), JSON.stringify({ version: 1, recentFolders }));
  const own = createFakeIo({ root });
  assert.equal(await runCli(["ls", "--recent", "--json"], own), 0);
  assert.deepEqual(JSON.parse(own.out()), [recentFolders[0]]);
  writeFileSync(join(root, "state.json"), "{ torn");
  const torn = createFakeIo({ root });
  assert.equal(await runCli(["ls", "--recent"], torn), 0);
  assert.match(torn.out(), /no workspace was opened here yet/);
  rmSync(root, { recursive: true });
});

test("kill stops this folder's workspace where it runs, and opens none to stop it", async () => {
  const folder = realpathSync(server.root);
  const absent = io();
  const first = runCli(["kill"], absent);
  const asked = await server.client();
  assert.equal(asked.hello.role, "query");
  await asked.message("ls");
  asked.send({ type: "ls", rows: [{ folder: "/other", agents: 1, clients: 0, working: 0 }] });
  assert.equal(await first, 0);
  assert.match(absent.err(), /no workspace of/);

  const own = io();
  const second = runCli(["kill"], own);
  const looking = await server.client();
  await looking.message("ls");
  looking.send({ type: "ls", rows: [{ folder, agents: 1, clients: 0, working: 0 }] });
  const inside = await server.client();
  assert.deepEqual(await inside.message("kill"), { type: "kill", isAll: false });
  inside.send({ type: "bye", reason: "the workspace was stopped" });
  inside.link.close();
  assert.equal(await second, 0);
  assert.match(own.err(), /stopped the workspace/);
});

test("vault add takes a key unseen or from a pipe, never prints it, and says what the provider said", async () => {
  for (const over of [{ answers: ["  sk-secret-key \n"], isTerminal: true }, { piped: "sk-secret-key\n" }]) {
    const own = io(over);
    const code = runCli(["vault", "add", "openai"], own);
    const client = await server.client();
    client.send({ type: "answer", id: (await client.query("vault")).id, value: { type: "vault", rows: [], warning: null } });
    const { id, command } = await client.command("credential.add");
    assert.deepEqual(command, { type: "credential.add", provider: "openai", secret: "sk-secret-key", isUntested: false });
    client.ok(id, { note: "openai" });
    assert.equal(await code, 0);
    assert.ok(!`${own.out()}${own.err()}`.includes("sk-secret"));
  }
  const refused = io({ piped: "bad" });
  const code = runCli(["vault", "add", "openai", "--untested"], refused);
  const client = await server.client();
  client.send({ type: "answer", id: (await client.query("vault")).id, value: { type: "vault", rows: [], warning: null } });
  const { id, command } = await client.command("credential.add");
  assert.equal(command.isUntested, true);
  client.send({ type: "reply", id, ok: false, reason: "OpenAI refused the key (401)" });
  assert.equal(await code, 3);
  assert.match(refused.err(), /refused the key/);
  const misspelt = io({ piped: "x" });
  assert.equal(await runCli(["vault", "add", "opena"], misspelt), 2);
  assert.match(misspelt.err(), /did you mean "openai"/);
});

test("rules lists what runs without asking, and takes one away by its id", async () => {
  const sandbox = { mode: "workspace-write", network: false, writable: ["/w"] } as const;
  const rule = { id: "r2", words: ["git", "log", "a b"], isOpen: false, program: "/usr/bin/git", cwd: "/w/\u001b[2J", at: 0 };
  const rows = [{ ...rule, sandbox: { ...sandbox, writable: ["/w"] } }];
  for (const isJson of [false, true]) {
    const own = io();
    const code = runCli(["rules", ...(isJson ? ["--json"] : [])], own);
    const client = await server.client();
    const { id } = await client.query("rules");
    client.send({ type: "answer", id, value: { type: "rules", rows } });
    assert.equal(await code, 0);
    if (isJson) assert.deepEqual(JSON.parse(own.out()), rows);
    else assert.match(own.out(), /^ID +COMMAND.*\nr2 +git log 'a b' +.*\/usr\/bin\/git +workspace-write, no network/u);
    if (!isJson) assert.ok(!own.out().includes("\u001b"));
  }
  const own = io();
  const code = runCli(["rules", "remove", "r2"], own);
  const client = await server.client();
  const { id, command } = await client.command("rule.remove");
  assert.deepEqual(command, { type: "rule.remove", rule: "r2" });
  client.ok(id);
  assert.equal(await code, 0);
  for (const args of [["remove"], ["remove", "2"], ["remove", "r2; rm"], ["list", "r2"]])
    assert.equal(await runCli(["rules", ...args], io()), 2, args.join(" "));
});

test("providers lists the catalog's rows with a number of models, or the models of one", async () => {
  const all = io();
  assert.equal(await runCli(["providers", "--json"], all), 0);
  const rows = JSON.parse(all.out()) as { id: string; models: number }[];
  const openai = rows.find((row) => row.id === "openai");
  assert.ok(openai !== undefined);
  assert.deepEqual(Object.keys(openai), ["id", "name", "wire", "baseUrl", "env", "models"]);
  const one = io();
  assert.equal(await runCli(["providers", "openai", "--json"], one), 0);
  assert.equal((JSON.parse(one.out()) as unknown[]).length, openai.models);
  const wrong = io();
  assert.equal(await runCli(["providers", "opnai"], wrong), 2);
  assert.match(wrong.err(), /did you mean "openai"/);
});

test("the screen refuses where there is no terminal, in one sentence", async () => {
  const own = io({ piped: "x" });
  assert.equal(await runCli([], own), 2);
  assert.match(own.err(), /^interpane: the screen needs a terminal.*interpane exec.*\n$/);
});
