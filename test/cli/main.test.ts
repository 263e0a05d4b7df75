// The program itself, as a process: how it starts, prints and ends.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { turnIdSchema } from "../../src/domain/ids.ts";
import { agentId, type FakeServer, makeAgent, startFakeServer } from "../client/fake-server.ts";

const packageDir = join(import.meta.dirname, "../..");
const main = join(packageDir, "src/main.ts");
let server: FakeServer;
before(async () => {
  server = await startFakeServer();
});
after(() => server.close());

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
}

function run(args: readonly string[], over: { cwd?: string; env?: Record<string, string>; input?: string } = {}): Run {
  const env = { PATH: process.env.PATH, HOME: server.root, INTERPANE_HOME: server.root, ...over.env };
  const child = spawn(process.execPath, [main, ...args], { cwd: over.cwd ?? server.root, env, stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  child.stdin?.on("error", () => {});
  if (over.input !== "open") child.stdin?.end(over.input ?? "");
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, out, err }));
  });
  return { child, ended };
}

test("--version prints the package's version and nothing else", async () => {
  const { code, out, err } = await run(["--version"]).ended;
  const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")) as { version: string };
  assert.deepEqual({ code, out, err }, { code: 0, out: `${version}\n`, err: "" });
});

test("a wrong flag and a missing terminal end in 2 with one line, without a warning of Node's", async () => {
  for (const args of [["--frobnicate"], []]) {
    const { code, out, err } = await run(args).ended;
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.equal(err.split("\n").length, 2, err);
  }
});

test("an output that cannot be written is said and ends in 1: half an answer is none", { skip: !existsSync("/dev/full") }, async () => {
  const env = { PATH: process.env.PATH, HOME: server.root, INTERPANE_HOME: server.root };
  const line = `exec "${process.execPath}" "${main}" completion bash > /dev/full`;
  const { status, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", env });
  assert.deepEqual([status, stderr.split("\n").length], [1, 2], stderr);
  assert.match(stderr, /^interpane: standard output could not be written: ENOSPC/);
});

test("a folder that is gone is named, wherever it is not needed all works, and what cannot be said on stderr stops nothing", () => {
  const env = { PATH: process.env.PATH, HOME: server.root, INTERPANE_HOME: server.root };
  const stand = (args: string, unset = "") => {
    const gone = join(server.root, "gone");
    const line = `mkdir "${gone}" && cd "${gone}" && rmdir "${gone}" && ${unset} exec "${process.execPath}" "${main}" ${args}`;
    return spawnSync("sh", ["-c", line], { encoding: "utf8", env });
  };
  const lost = stand("exec hi");
  assert.equal(lost.status, 2, lost.stderr);
  assert.match(lost.stderr, /^interpane: cannot stand in \/.*\/gone: there is no such folder\n$/);
  assert.match(stand("completion bash").stdout, /complete -F/);
  assert.match(stand("exec hi", "unset PWD;").stderr, /^interpane: cannot stand in \/.*gone.*: there is no such folder\n$/);
  if (!existsSync("/dev/full")) return;
  const unheard = spawnSync("sh", ["-c", `exec "${process.execPath}" "${main}" -dt completion bash 2> /dev/full`], {
    encoding: "utf8",
    env,
  });
  assert.deepEqual([unheard.status, /complete -F/.test(unheard.stdout)], [0, true]);
});

const turn = turnIdSchema.parse("turn-1");

test("exec runs to its end as a process: a piped file is context, and under npm the folder is the user's", async () => {
  const { ended } = run(["exec", "explain"], {
    cwd: packageDir,
    env: { npm_lifecycle_event: "start", INIT_CWD: server.root },
    input: "a log",
  });
  const client = await server.client();
  assert.equal(client.hello.folder, realpathSync(server.root));
  const spawned = await client.command("agent.spawn");
  client.fact({ type: "agent.spawned", agent: makeAgent({ isEphemeral: true }) });
  client.ok(spawned.id, { agent: agentId });
  const sent = await client.command("prompt.send");
  assert.equal(sent.command.text, "explain\n\na log");
  client.ok(sent.id);
  client.fact({ type: "turn.ended", agent: agentId, turn, outcome: "done", durationMs: 1 });
  assert.deepEqual(await ended, { code: 0, out: "", err: "" });
});

test("SIGINT interrupts the turn and the process ends in 130", async () => {
  const { child, ended } = run(["exec", "go"]);
  const client = await server.client();
  client.ok((await client.command("agent.spawn")).id, { agent: agentId });
  client.ok((await client.command("prompt.send")).id);
  child.kill("SIGINT");
  await client.command("turn.interrupt");
  client.fact({ type: "turn.ended", agent: agentId, turn, outcome: "interrupted", durationMs: 1 });
  assert.equal((await ended).code, 130);
});

test("output that nobody reads ends the task without a word", async () => {
  const { child, ended } = run(["exec", "--json", "go"]);
  child.stdout?.destroy();
  const client = await server.client();
  const { id } = await client.command("agent.spawn");
  client.fact({ type: "agent.spawned", agent: makeAgent({ isEphemeral: true }) });
  client.ok(id, { agent: agentId });
  const { code, err } = await ended;
  assert.equal(err, "");
  assert.equal(code, 130);
});
