// The scripted model keeps the contract of a stream and says what the true output says.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { demoModel } from "../../src/demo/demo-model.ts";
import { itemSchema, type TranscriptItem } from "../../src/domain/item.ts";
import type { ModelEvent, ToolSpec } from "../../src/domain/stream.ts";

const exec: ToolSpec = { name: "exec", description: "", parameters: { type: "object" } };
const source = { provider: "demo", origin: "", credential: "none", wire: "demo", model: "scripted", harness: "native" };

function item(fields: Record<string, unknown>): TranscriptItem {
  return itemSchema.parse({ id: `i${Math.random()}`, parent: null, at: 0, turn: null, ...fields });
}
const user = (text: string): TranscriptItem => item({ type: "user", text });
const result = (outcome: string, text: string, exitCode?: number): TranscriptItem =>
  item({ type: "result", callId: "demo-1", outcome, text, ...(exitCode === undefined ? {} : { exitCode }) });
const call = item({
  type: "call",
  callId: "demo-1",
  name: "exec",
  arguments: "{}",
  action: { type: "exec", language: "shell", code: "x" },
  source,
});

async function ask(items: TranscriptItem[], tools: ToolSpec[] = [exec], signal = new AbortController().signal) {
  const events: ModelEvent[] = [];
  const sleeps: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    sleeps.push(ms);
    return Promise.resolve();
  };
  for await (const event of demoModel({ items, tools, signal, sleep })) events.push(event);
  const last = events.at(-1);
  const done = last?.type === "done" ? last : null;
  const text = done?.outputs.find((output) => output.type === "text")?.text ?? "";
  const made = done?.outputs.find((output) => output.type === "call");
  return {
    events,
    sleeps,
    last,
    done,
    text,
    call: made,
    code: made === undefined ? "" : (JSON.parse(made.arguments) as { code: string }).code,
  };
}

test("the question about the operating system streams words, then a call of exec, and stops for its result", async () => {
  const { events, done, text, call: made, sleeps } = await ask([user("what OS am I using?")]);
  const words = events.filter((event) => event.type === "text");
  assert.ok(words.length > 5);
  assert.equal(words.map((event) => event.delta).join(""), text);
  assert.equal(
    events
      .filter((event) => event.type === "call")
      .map((event) => event.delta)
      .join(""),
    made?.arguments,
  );
  assert.equal(made?.name, "exec");
  assert.equal(done?.stop, "calls");
  assert.equal(done?.usage.isEstimated, true);
  assert.ok(sleeps.every((ms) => ms === 25));
  assert.equal(events.filter((event) => event.type === "done" || event.type === "failed").length, 1);
});

test("its code runs here, and the answer states the true system, kernel and architecture", async () => {
  const { code } = await ask([user("what OS am I using?")]);
  const output = execFileSync("bash", ["-c", code], { encoding: "utf8" });
  const { text, done } = await ask([user("what OS am I using?"), call, result("ok", output, 0)]);
  assert.equal(done?.stop, "end");
  const uname = execFileSync("uname", ["-srm"], { encoding: "utf8" }).trim().split(" ");
  for (const part of uname) assert.ok(text.includes(part), `${text} lacks ${part}`);
  const pretty = /PRETTY_NAME="?([^"\n]+)/.exec(output)?.[1];
  if (pretty !== undefined) assert.ok(text.includes(pretty));
});

test("macOS is named from sw_vers", async () => {
  const output = "Darwin 25.1.0 arm64\nProductName:\t\tmacOS\nProductVersion:\t\t26.1\nBuildVersion:\t\t25B78\n";
  const { text } = await ask([user("what os?"), call, result("ok", output, 0)]);
  assert.match(text, /macOS 26\.1.*Darwin 25\.1\.0.*arm64/);
});

test("a refusal, a failure, an interruption, a time limit and a crash are each said as they are", async () => {
  const after = async (outcome: string, exitCode?: number): Promise<string> =>
    (await ask([user("what OS am I using?"), call, result(outcome, "boom", exitCode)])).text;
  assert.match(await after("refused"), /refused.*nothing was run/);
  assert.match(await after("failed", 3), /failed with exit code 3[\s\S]*boom/);
  assert.match(await after("interrupted"), /interrupted/);
  assert.match(await after("timeout"), /time limit/);
  assert.match(await after("unknown"), /nobody knows/);
});

test("a result of an earlier question does not answer a new one", async () => {
  const { done } = await ask([user("what OS am I using?"), call, result("ok", "Linux 1 x86_64"), user("what time is it?")]);
  assert.equal(done?.stop, "calls");
});

test("run: takes a command verbatim, several lines too", async () => {
  const { code } = await ask([user("run: echo 'what os?'\necho two ")]);
  assert.equal(code, "echo 'what os?'\necho two");
  const { text } = await ask([user("run: x"), call, result("ok", "a ``` b", 0)]);
  assert.ok(text.includes("````\na ``` b\n````"));
  const short = await ask([user("python: x")]);
  assert.deepEqual(short.code, "x");
});

test("a file is written through a write tool where there is one, else through the shell with the text quoted", async (context) => {
  const write: ToolSpec = {
    name: "write",
    description: "",
    parameters: { type: "object", properties: { path: {}, content: {} } },
  };
  const prompt = user('write a file notes.txt with it\'s \\ "done"');
  const byTool = await ask([prompt], [exec, write]);
  assert.equal(byTool.call?.name, "write");
  assert.deepEqual(JSON.parse(byTool.call?.arguments ?? ""), { path: "notes.txt", content: 'it\'s \\ "done"\n' });
  const { code } = await ask([user("write a file f.txt with it's $HOME \\n `x`")]);
  const folder = mkdtempSync(join(tmpdir(), "interpane-demo-"));
  context.after(() => rmSync(folder, { recursive: true }));
  execFileSync("bash", ["-c", code], { cwd: folder });
  assert.equal(readFileSync(join(folder, "f.txt"), "utf8"), "it's $HOME \\n `x`\n");
});

test("disk, files, time and git read what the commands really print", async () => {
  const real = async (prompt: string): Promise<string> => {
    const { code } = await ask([user(prompt)]);
    const output = execFileSync("bash", ["-c", code], { encoding: "utf8", cwd: import.meta.dirname });
    return (await ask([user(prompt), call, result("ok", output, 0)])).text;
  };
  assert.match(await real("how much disk space is left?"), /GB.*free on/);
  assert.match(await real("how many files are here?"), /\*\*\d+\*\* files/);
  assert.match(await real("list the files"), /entries[\s\S]*demo-model\.test\.ts/);
  assert.match(await real("what time is it?"), /\d\d/);
  const git = "## main...origin/main\n M a.ts\n?? b.ts\n";
  assert.match((await ask([user("show git status"), call, result("ok", git, 0)])).text, /main.*\*\*2\*\* paths differ/);
});

test("a story has as many words as were asked for, at the rate that was asked for", async () => {
  const { text, sleeps } = await ask([user("tell me a long story 123 at 100")]);
  assert.equal(text.split(/\s+/).length, 123);
  assert.ok(sleeps.every((ms) => ms === 10));
  assert.equal((await ask([user("tell me a long story")])).text.split(/\s+/).length, 400);
});

test("anything else gets the plain words: scripted, no AI, what it can do, how to add a real model", async () => {
  const { text, done } = await ask([user("please refactor everything")]);
  for (const part of ["scripted", "not an AI", "OPENAI_API_KEY", "interpane vault add", "Ollama"]) assert.ok(text.includes(part), part);
  assert.equal(done?.stop, "end");
});

test("without a tool to run code it says so and calls nothing", async () => {
  const { call: made, text } = await ask([user("what OS am I using?")], []);
  assert.equal(made, undefined);
  assert.match(text, /no tool/);
});

test("an abort ends the stream as interrupted, and nothing follows", async () => {
  const abort = new AbortController();
  const events: ModelEvent[] = [];
  for await (const event of demoModel({
    items: [user("tell me a long story")],
    tools: [],
    signal: abort.signal,
    sleep: async () => {},
  })) {
    events.push(event);
    if (events.length === 5) abort.abort();
  }
  assert.equal(events.length, 6);
  const last = events[5];
  assert.ok(last?.type === "failed" && last.failure.kind === "interrupted");
});

test("calm, it sends whole pieces without waiting", async () => {
  const events: ModelEvent[] = [];
  const sleep = (): Promise<void> => assert.fail("slept");
  for await (const event of demoModel({
    items: [user("what OS?")],
    tools: [exec],
    signal: new AbortController().signal,
    sleep,
    isCalm: true,
  }))
    events.push(event);
  assert.deepEqual(
    events.map((event) => event.type),
    ["text", "call", "done"],
  );
});

test("an empty conversation gets the introduction", async () => {
  assert.match((await ask([])).text, /not an AI/);
});
