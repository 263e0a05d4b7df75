// A missing model is fetched with its progress told, and every way that it can fail is a sentence.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { type PullProgress, pullModel } from "../../src/host/local-pull.ts";
import { createDoor } from "../../src/net/door.ts";
import { serveHttp } from "../support/loopback.ts";
import { until } from "../support/until.ts";

const door = createDoor();
after(() => door.close());

async function serve(answer: (request: http.IncomingMessage, body: string, response: http.ServerResponse) => void): Promise<string> {
  const { origin } = await serveHttp((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => answer(request, body, response));
  });
  return origin;
}

interface Given {
  readonly provider?: string;
  readonly model?: string;
  readonly env?: Record<string, string>;
  readonly childEnv?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

function pull(given: Given): Promise<string | null> {
  return pullModel(door, {
    provider: "ollama",
    model: "qwen3:4b",
    env: {},
    childEnv: { PATH: "/usr/bin:/bin" },
    signal: new AbortController().signal,
    onProgress: () => {},
    ...given,
  });
}

const lines = (...objects: object[]): string => objects.map((each) => `${JSON.stringify(each)}\n`).join("");

test("Ollama's stream is read to its success, and its layers are one sum", async () => {
  let asked = "";
  const ollama = await serve((request, body, response) => {
    asked = `${request.method} ${request.url} ${body}`;
    const text = lines(
      { status: "pulling manifest" },
      { status: "pulling a", digest: "a", total: 100 },
      { status: "pulling a", digest: "a", total: 100, completed: 60 },
      { status: "pulling b", digest: "b", total: 50, completed: 50 },
      { status: "success" },
    );
    // Cut where no line ends.
    response.write(text.slice(0, 40));
    response.end(text.slice(40));
  });
  const seen: PullProgress[] = [];
  assert.equal(await pull({ env: { OLLAMA_HOST: ollama }, onProgress: (progress) => void seen.push(progress) }), null);
  assert.equal(asked, 'POST /api/pull {"model":"qwen3:4b","stream":true}');
  assert.deepEqual(seen, [
    { status: "pulling manifest", done: null, total: null },
    { status: "pulling a", done: 0, total: 100 },
    { status: "pulling a", done: 60, total: 100 },
    { status: "pulling b", done: 110, total: 150 },
  ]);
});

test("an error inside a 200, a stream without an end, nonsense and a server that is not there are sentences", async () => {
  const answers: [string, RegExp][] = [
    [
      lines({ status: "pulling manifest" }, { error: "pull model manifest: file does not exist\u001b[2J" }),
      /could not fetch qwen3:4b: .*does not exist$/,
    ],
    [lines({ status: "pulling manifest" }), /broke off before qwen3:4b was whole/],
    ["<html>", /is it Ollama that answers/],
    ["", /broke off/],
  ];
  for (const [body, said] of answers) {
    const url = await serve((_, __, response) => response.end(body));
    assert.match((await pull({ env: { OLLAMA_HOST: url } })) ?? "", said);
  }
  const missing = await serve((_, __, response) => {
    response.statusCode = 404;
    response.end(lines({ error: "model not found" }));
  });
  assert.match((await pull({ env: { OLLAMA_HOST: missing } })) ?? "", /model not found/);
  assert.match((await pull({ env: { OLLAMA_HOST: "127.0.0.1:1" } })) ?? "", /does not answer on 127\.0\.0\.1:1 .*start it: ollama serve/);
});

test("whoever asked may stop it", async () => {
  const stop = new AbortController();
  const url = await serve((_, __, response) => {
    response.write(lines({ status: "pulling manifest" }));
  });
  const ended = pull({ env: { OLLAMA_HOST: url }, signal: stop.signal, onProgress: () => stop.abort() });
  assert.match((await ended) ?? "", /stopped; run it again, it goes on/);
});

test("what is no local provider, no model's name, or in a cloud is refused before anything is asked", async () => {
  assert.match((await pull({ provider: "openai" })) ?? "", /cannot be fetched to this machine/);
  for (const model of ["--help", "../../etc", "a b", "", "a;b"]) assert.match((await pull({ model })) ?? "", /is no name of a model/);
  assert.match((await pull({ model: "kimi-k2:cloud" })) ?? "", /runs in a cloud/);
  assert.match((await pull({ provider: "jan" })) ?? "", /open Jan, Hub/);
});

function fakeLms(context: TestContext, body: string): { dir: string; PATH: string } {
  const dir = mkdtempSync(join(tmpdir(), "interpane-lms-"));
  context.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "lms"), `#!/bin/sh\n${body}\n`);
  chmodSync(join(dir, "lms"), 0o755);
  return { dir, PATH: `${dir}:/usr/bin:/bin` };
}

test("LM Studio's program is run as it is, and what it says of a failure is passed on", async (context) => {
  const good = fakeLms(context, 'echo "$@" > "$(dirname "$0")/argv"');
  assert.equal(await pull({ provider: "lmstudio", model: "openai/gpt-oss-20b", childEnv: { PATH: good.PATH } }), null);
  assert.equal(readFileSync(join(good.dir, "argv"), "utf8"), "get --yes openai/gpt-oss-20b\n");
  const bad = fakeLms(context, "echo no such model >&2; exit 3");
  assert.match((await pull({ provider: "lmstudio", childEnv: { PATH: bad.PATH } })) ?? "", /exit code 3: no such model/);
  assert.match(
    (await pull({ provider: "lmstudio", childEnv: { PATH: "/nowhere", HOME: "/nowhere" } })) ?? "",
    /lms is neither on the PATH/,
  );
});

test("how far lms is stands in the bar that it draws over itself, in whatever pieces it comes", async (context) => {
  const bar = (share: string, done: string): string =>
    `\\r⠋ [██        ] ${share}% | ${done} / 13.40 GB | 50.00 MB/s | ETA 02:10   \\033[u`;
  const pieces = [
    bar("0.00", "  0 B "),
    bar("41.00", "  5.49 GB").slice(0, 30),
    bar("41.00", "  5.49 GB").slice(30),
    bar("100.00", " 13.40 GB"),
  ];
  const [start, half, rest, end] = pieces.map((piece) => `printf '${piece.replaceAll("%", "%%")}'; sleep 0.02`);
  // The last bar comes when the one before it was seen: together they would be one piece.
  const lms = fakeLms(context, [start, half, rest, 'until [ -e "$(dirname "$0")/seen" ]; do sleep 0.01; done', end].join("\n"));
  const seen: PullProgress[] = [];
  const onProgress = (progress: PullProgress): void => {
    seen.push(progress);
    if (progress.done === 5_494_000_000) writeFileSync(join(lms.dir, "seen"), "");
  };
  assert.equal(await pull({ provider: "lmstudio", childEnv: { PATH: lms.PATH }, onProgress }), null);
  const figures = seen.map(({ done, total }) => [done, total]);
  assert.deepEqual(figures.at(0), [null, null]);
  assert.ok(
    figures.some(([done, total]) => done === 5_494_000_000 && total === 13_400_000_000),
    JSON.stringify(figures),
  );
  assert.deepEqual(figures.at(-1), [13_400_000_000, 13_400_000_000]);
});

test("lms is ended with whoever asked", async (context) => {
  const stop = new AbortController();
  const lms = fakeLms(context, 'echo $$ > "$(dirname "$0")/pid"; printf \'\\r 1.00%% |  1.00 GB /  2.00 GB\'; exec sleep 600');
  const ended = pull({
    provider: "lmstudio",
    childEnv: { PATH: lms.PATH },
    signal: stop.signal,
    onProgress: ({ done }) => done !== null && stop.abort(),
  });
  assert.match((await ended) ?? "", /stopped; run it again/);
  const pid = Number(readFileSync(join(lms.dir, "pid"), "utf8"));
  // Killed; only its parent may still have to notice.
  await until("it has ended", () => !isAlive(pid));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
