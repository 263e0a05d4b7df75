// Reaching the server: one that runs, one that has to be started, and those that cannot be used.

import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clientEnv, keyNamesIn, ownEnv, serverEnv } from "../../src/client/client-env.ts";
import { type Connection, type ConnectOptions, connectToServer } from "../../src/client/connect.ts";
import { PROTOCOL_VERSION, type ServerMessage } from "../../src/domain/protocol.ts";
import { resolveHome } from "../../src/link/home.ts";
import { makeRoot, startFakeServer } from "./fake-server.ts";

function optionsFor(root: string, over: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    home: resolveHome({ INTERPANE_HOME: root }),
    folder: "/work",
    role: "task",
    helloEnv: { PATH: "/bin" },
    program: null,
    env: {
      PATH: process.env.PATH,
      HOME: "/nowhere",
      INTERPANE_HOME: root,
      OPENAI_API_KEY: "sk-secret",
      NODE_OPTIONS: "--title=x",
      LC_ALL: "C",
    },
    ...over,
  };
}

const smallServer = (...args: string[]) => ({ command: process.execPath, args: [join(import.meta.dirname, "small-server.ts"), ...args] });

/** Ends a small server and waits until its side is closed. */
function end(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.begin({ onMessage() {}, onRows() {}, onClose: () => resolve() });
    connection.link.send({ type: "kill", isAll: true });
  });
}

test("what follows welcome in the same read is handed over when the owner listens", async () => {
  const server = await startFakeServer();
  try {
    const connected = await connectToServer(optionsFor(server.root));
    assert.ok(connected.ok);
    const client = await server.client();
    assert.deepEqual(client.hello, { type: "hello", version: PROTOCOL_VERSION, folder: "/work", env: { PATH: "/bin" }, role: "task" });
    const got: ServerMessage[] = [];
    const closed = new Promise<void>((resolve) => {
      connected.connection.begin({ onMessage: (message) => got.push(message), onRows() {}, onClose: () => resolve() });
    });
    client.send({ type: "refusal", id: 1, reason: "later" });
    client.link.close();
    await closed;
    assert.deepEqual(
      got.map((message) => message.type),
      ["snapshot", "refusal"],
    );
  } finally {
    server.close();
  }
});

test("where nobody listens and none may be started, that is the answer", async () => {
  const root = makeRoot();
  const connected = await connectToServer(optionsFor(root));
  assert.ok(!connected.ok);
  assert.equal(connected.reason, "none");
  rmSync(root, { recursive: true });
});

test("a server of another version is told in one sentence with what to do; ls and kill still reach it", async () => {
  const server = await startFakeServer({ version: PROTOCOL_VERSION + 1 });
  try {
    const refused = await connectToServer(optionsFor(server.root));
    assert.ok(!refused.ok);
    assert.equal(refused.reason, "version");
    assert.match(refused.message, new RegExp(`version ${PROTOCOL_VERSION + 1} .* version ${PROTOCOL_VERSION}.*interpane kill --all`));
    assert.ok(!refused.message.includes("\n"));
    const any = await connectToServer(optionsFor(server.root, { takesAnyVersion: true, role: "query" }));
    assert.ok(any.ok);
    any.connection.link.close();
  } finally {
    server.close();
  }
});

test("a server that says bye instead of welcome is quoted", async () => {
  const server = await startFakeServer({
    greet(link) {
      link.send({ type: "bye", reason: "cannot open the workspace: no such folder" });
      link.close();
    },
  });
  try {
    const connected = await connectToServer(optionsFor(server.root));
    assert.ok(!connected.ok);
    assert.match(connected.message, /no such folder/);
  } finally {
    server.close();
  }
});

test("a server is started where there is none, with no key in its environment and in no folder of ours", async () => {
  const root = makeRoot();
  const connected = await connectToServer(optionsFor(root, { program: smallServer() }));
  assert.ok(connected.ok, connected.ok ? "" : connected.message);
  assert.notEqual(connected.connection.pid, process.pid);
  const given: unknown = JSON.parse(readFileSync(join(root, "given.json"), "utf8"));
  assert.ok(typeof given === "object" && given !== null && "names" in given && "environ" in given && "cwd" in given);
  assert.deepEqual(given.names, ["HOME", "INTERPANE_HOME", "LC_ALL", "MALLOC_MMAP_THRESHOLD_", "PATH"]);
  assert.ok(!String(given.environ).includes("sk-secret"));
  assert.equal(given.cwd, "/");
  await end(connected.connection);
  rmSync(root, { recursive: true });
});

test("clients that start at once share one server", async () => {
  const root = makeRoot();
  const all = await Promise.all(Array.from({ length: 4 }, () => connectToServer(optionsFor(root, { program: smallServer() }))));
  const pids = all.map((one) => (one.ok ? one.connection.pid : one.message));
  assert.equal(new Set(pids).size, 1, pids.join("\n"));
  const [first, ...rest] = all;
  for (const one of rest) if (one.ok) one.connection.link.close();
  assert.ok(first?.ok);
  await end(first.connection);
  rmSync(root, { recursive: true });
});

test("a server that cannot start is told with its exit code and the end of its log, of this start alone", async () => {
  const root = makeRoot();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const connected = await connectToServer(optionsFor(root, { program: smallServer("fail") }));
    assert.ok(!connected.ok);
    assert.match(connected.message, /code 2/);
    assert.equal(connected.message.split("the disk is full").length, 2);
  }
  const missing = await connectToServer(optionsFor(root, { program: { command: "/nowhere/node", args: [] } }));
  assert.ok(!missing.ok);
  assert.match(missing.message, /could not be started/);
  rmSync(root, { recursive: true });
});

test("a server that is just leaving is replaced by a new one", async () => {
  const root = makeRoot();
  let greeted = 0;
  const old = await startFakeServer({
    root,
    greet(link) {
      greeted += 1;
      link.close();
      old.close();
    },
  });
  const connected = await connectToServer(optionsFor(root, { program: smallServer() }));
  assert.ok(connected.ok, connected.ok ? "" : connected.message);
  assert.equal(greeted, 1);
  assert.equal(connected.connection.epoch, "small");
  await end(connected.connection);
  rmSync(root, { recursive: true });
});

test("hello brings the shell's variables and the keys that are named, and nothing else", () => {
  const env = {
    PATH: "/bin",
    LC_ALL: "C",
    EDITOR: "vi",
    OPENAI_API_KEY: "k",
    OTHER_API_KEY: "o",
    AWS_SECRET_ACCESS_KEY: "a",
    LD_PRELOAD: "x",
    EMPTY: "",
  };
  assert.deepEqual(clientEnv(env, ["OPENAI_API_KEY", "EMPTY"]), { PATH: "/bin", LC_ALL: "C", EDITOR: "vi", OPENAI_API_KEY: "k" });
  assert.deepEqual(serverEnv(env), { PATH: "/bin", LC_ALL: "C" });
});

test("terminals of the user's own get the whole environment, without what the outer terminal and npm say of themselves", () => {
  const own = { PATH: "/bin", MY_TOKEN: "t", EMPTY: "", SSH_TTY: "/dev/pts/1", LD_PRELOAD: "x", npm_config_registry: "r", INIT_CWD: "/a" };
  const outer = {
    TERM: "xterm-kitty",
    TERM_PROGRAM_VERSION: "1",
    KITTY_WINDOW_ID: "1",
    TMUX: "/tmp/x,1,0",
    LINES: "3",
    PWD: "/a",
    GPG_TTY: "/d",
  };
  assert.deepEqual(ownEnv({ ...own, ...outer }), own);
  const { npm_config_registry: _registry, INIT_CWD: _stood, ...left } = own;
  assert.deepEqual(ownEnv({ ...own, ...outer, npm_command: "exec", npm_lifecycle_event: "npx" }), left);
});

test("the names of keys are found in profiles and in config.toml", () => {
  assert.deepEqual(keyNamesIn("provider: openai\ncredential: env:MY_KEY\n"), ["MY_KEY"]);
  assert.deepEqual(keyNamesIn('[model_providers.x]\nenv_key = "X_KEY"\n'), ["X_KEY"]);
  const headers =
    '[model_providers.x]\nenv_http_headers = { A = "A_VAR", "B" = \'B_VAR\' }\n[model_providers.y.env_http_headers]\nC = "C_VAR"\n[z]\nd = "NO"\n';
  assert.deepEqual(keyNamesIn(headers), ["A_VAR", "B_VAR", "C_VAR"]);
  assert.deepEqual(keyNamesIn('env_key = "302AI_API_KEY"\n'), ["302AI_API_KEY"]);
});
