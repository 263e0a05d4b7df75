// What is wrong gets one clear message where it belongs; the other agents go on; the terminal is given back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeHome } from "../support/home.ts";
import { call, type Fault, fail, type Reply, say as reply, startModelServer } from "../support/model-server.ts";
import { untilEnded } from "../support/process-end.ts";
import type { Program } from "../support/pty-driver.ts";
import { answer, panes, say, sidebar, split } from "./trip.ts";

const table = (baseUrl: string, id = "fake"): string => `[model_providers.${id}]\nbase_url = "${baseUrl}"\nwire_api = "chat"\n`;
const profile = "provider: fake\nmodel: m\n";

test("a wrong profile, theme or setting costs itself: one message with file, line and remedy, and the rest works", async (t) => {
  const server = await startModelServer(reply("All the same."));
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "good"\nprefx = "C-a"\n${table(server.baseUrl)}`,
    profiles: { good: profile, bad: "provider: fake\nmodel: m\ntemprature: 0.3\n", worse: "provider: [\n" },
  });
  t.after(home.close);
  const program = home.open();
  const text = await program.waitFor((seen) => seen.includes("good answers") && seen.includes("config.toml"));
  assert.match(text, /config\.toml:2: .*prefx/);
  say(program, "/profile bad");
  const bad = await program.waitFor(/bad\.yaml:3/);
  assert.match(bad.replace(/\s+│? */g, " "), /temprature/);
  say(program, "hello");
  await program.waitFor(/All the same/);
  // The picker names what cannot be used, and what can stands there too.
  const list = await home.run(["profile", "list"]);
  assert.equal(list.code, 0);
  assert.match(list.err, /bad\.yaml:3: .*"temprature".*temperature/);
  assert.match(list.err, /worse\.yaml:/);
  assert.match(list.out, /^good /m);

  const broken = makeHome({ config: 'theme = "mine"\n' });
  t.after(broken.close);
  broken.write("themes/mine.json", '{ "roles": { "text": 7 ');
  const other = broken.open();
  const shown = await other.waitFor((seen) => seen.includes("scripted model") && seen.includes("mine.json"));
  assert.match(shown, /mine\.json/);
});

interface Trouble {
  readonly name: string;
  readonly fault?: Fault;
  readonly first?: Reply;
  /** What stands in the pane. */
  readonly said: RegExp;
  readonly outcome: "failed" | "done";
}

const troubles: readonly Trouble[] = [
  {
    name: "a refused key (401)",
    fault: { type: "status", status: 401, body: { error: { message: "bad key" } } },
    said: /✗ .*401/,
    outcome: "failed",
  },
  {
    name: "a body that is no error of any API (400)",
    fault: { type: "status", status: 400, body: "<html>nginx</html>" },
    said: /✗ .*400/,
    outcome: "failed",
  },
  {
    name: "429 with Retry-After, then an answer",
    fault: { type: "status", status: 429, headers: { "retry-after": "1" } },
    said: /trying again in [12] s[\s\S]*Recovered/,
    outcome: "done",
  },
  { name: "500, then an answer", fault: { type: "status", status: 500 }, said: /trying again[\s\S]*Recovered/, outcome: "done" },
  { name: "a stream that is cut, then an answer", fault: { type: "cut", after: 3 }, said: /trying again[\s\S]*Recovered/, outcome: "done" },
  {
    name: "a stream that ends too soon, then an answer",
    fault: { type: "end", after: 3 },
    said: /trying again[\s\S]*Recovered/,
    outcome: "done",
  },
  {
    name: "half a tool call, then an answer",
    first: { ...call("exec", { language: "shell", code: "touch half.txt" }), fault: { type: "halfCall" } },
    said: /trying again[\s\S]*Recovered/,
    outcome: "done",
  },
  {
    name: "arguments that are not JSON: the model is told",
    first: call("exec", '{"language": "shell", "code'),
    said: /Recovered/,
    outcome: "done",
  },
  {
    name: "a tool that nobody offered: the model is told",
    first: call("teleport", { to: "moon" }),
    said: /teleport[\s\S]*Recovered/,
    outcome: "done",
  },
];

test("whatever a provider does wrong, its pane says it once, the next pane does not notice, and no half call runs", async (t) => {
  // One server for each trouble, all in one workspace: a trouble of one agent is not another's.
  const servers = await Promise.all(
    troubles.map(({ fault, first }) =>
      startModelServer([first ?? fail(fault ?? { type: "end" }), reply("Recovered.")], { isStrict: false }),
    ),
  );
  t.after(() => Promise.all(servers.map((server) => server.close())));
  // Tries that end by themselves would be a race.
  const busy = await startModelServer(fail({ type: "status", status: 429, headers: { "retry-after": "500" } }));
  t.after(busy.close);
  const tables = servers.map((server, index) => table(server.baseUrl, `p${index}`));
  const profiles = Object.fromEntries(troubles.map((_, index) => [`t${index}`, `provider: p${index}\nmodel: m\n`]));
  const home = makeHome({
    config: `default_profile = "demo"\n${tables.join("")}${table(busy.baseUrl, "busy")}`,
    profiles: { ...profiles, busy: "provider: busy\nmodel: m\n" },
  });
  t.after(home.close);
  const tasks = troubles.map((trouble, index) =>
    (index === 0 ? home.run : home.ask)(["exec", "-p", `t${index}`, "hello"]).then((end) => ({ trouble, end })),
  );
  for (const { trouble, end } of await Promise.all(tasks)) {
    assert.equal(end.code, trouble.outcome === "done" ? 0 : 3, `${trouble.name}: ${JSON.stringify(end)}`);
    assert.equal(end.out, trouble.outcome === "done" ? "Recovered.\n" : "", trouble.name);
  }
  const bodies = (index: number): string => JSON.stringify(servers[index]?.requests[1]?.body);
  assert.match(bodies(7), /not JSON|JSON/);
  assert.match(bodies(8), /teleport/);
  const facts = await home.facts();
  assert.deepEqual(
    facts.filter((fact) => fact.type === "tool.started" && fact.terminal !== null),
    [],
  );

  // On the screen: the agent's own pane, its title, the sidebar; the neighbour works.
  const program = home.open();
  await program.waitFor(/scripted model/);
  say(program, "/profile busy");
  await program.waitFor(/→ busy/);
  say(program, "hello");
  await program.waitFor(/trying again/);
  await split(program, "%", 2);
  say(program, "show me a table");
  await program.waitFor(/○ 2 show me/);
  program.key("C-b", "left");
  program.key("escape");
  await program.waitFor((text) => /interrupted/.test(text) && /○ 1 hello/.test(text));
});

test("code that ends its shell says so, and the next command has a new one; an endless one is interrupted", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  say(program, "run: kept=1; exit 3");
  await answer(program, "y");
  await program.waitFor(/That failed with exit code 3/);
  say(program, "run: kill -9 $$");
  await answer(program, "y");
  await program.waitFor(/137/);
  say(program, 'run: echo "new shell [$kept]"');
  await answer(program, "y");
  await program.waitFor(/new shell \[\]/);
  say(program, "run: while true; do :; done");
  await answer(program, "y");
  await program.waitFor(/◉ 1 run/);
  program.key("escape");
  await program.waitFor(/○ 1 run/);
  const results = (await home.facts()).flatMap((fact) => (fact.type === "item.added" && fact.item.type === "result" ? [fact.item] : []));
  assert.deepEqual(
    results.map(({ outcome, exitCode }) => [outcome, exitCode]),
    [
      ["failed", 3],
      ["failed", 137],
      ["ok", 0],
      ["interrupted", undefined],
    ],
  );
  assert.match(results[0]?.text ?? "", /the shell ended with 3/);
});

test("a flood in one terminal keeps neither keys nor other agents waiting", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open({ cols: 160 });
  await program.waitFor(/scripted model/);
  say(program, "run: yes flood");
  await answer(program, "y");
  program.key("C-b", "t");
  await program.waitFor(/flood\s*\n.*flood\s*\n.*flood/);
  await split(program, "%", 2);
  say(program, "run: echo still-$((40+2))");
  await answer(program, "y");
  await program.waitFor(/still-42/);
  assert.match(sidebar(program), /◉ 1 run/);
  program.key("C-b", "left", "C-b", "t");
  program.key("C-b", "t");
  await program.waitFor(/Esc interrupts/);
  program.key("escape");
  await program.waitFor(/○ 1 run/);
});

test("a terminal of 20×5 gets one sentence or one pane and loses nothing; a storm of sizes amid a stream ends in a whole screen", async (t) => {
  const gate = Promise.withResolvers<void>();
  const words = Array.from({ length: 400 }, (_, n) => `w${n}`).join(" ");
  const server = await startModelServer(() => ({
    steps: [
      { type: "text", text: words },
      { type: "wait", until: gate.promise },
      { type: "text", text: " the-end" },
    ],
    tokensPerSecond: 400,
  }));
  t.after(server.close);
  const home = makeHome({ config: `default_profile = "fake"\n${table(server.baseUrl)}`, profiles: { fake: profile } });
  t.after(home.close);
  const program = home.open({ cols: 20, rows: 5 });
  await program.waitFor(/1 agent 1/);
  program.resize(19, 5);
  await program.waitFor(/needs\s+20×5/);
  program.resize(20, 5);
  await program.waitFor(/1 agent 1/);
  program.resize(100, 30);
  await program.waitFor(/fake answers/);
  say(program, "go");
  await program.waitFor(/w20/);
  for (let n = 0; n < 60; n += 1) {
    program.resize(20 + ((n * 37) % 160), 3 + ((n * 13) % 50));
    // As a window that is dragged does: some drawing lies between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  program.resize(110, 30);
  gate.resolve();
  const text = await program.waitFor((seen) => seen.includes("the-end") && seen.includes("C-b ? keys"));
  assert.match(text, /w399/);
  assert.match(text, /›/);
  assert.equal(text.split("\n").filter((line) => line.includes("C-b ? keys")).length, 1);
  assert.equal(sidebar(program).match(/AGENTS/g)?.length, 1);
});

test("a window closed by force takes nothing with it: the client ends, its agent goes on", async (t) => {
  const gate = Promise.withResolvers<void>();
  const server = await startModelServer(() => ({
    steps: [
      { type: "text", text: "before " },
      { type: "wait", until: gate.promise },
      { type: "text", text: "after" },
    ],
  }));
  t.after(server.close);
  const home = makeHome({ config: `default_profile = "fake"\n${table(server.baseUrl)}`, profiles: { fake: profile } });
  t.after(home.close);
  const program: Program = home.open();
  await program.waitFor(/fake answers/);
  say(program, "go");
  await program.waitFor(/before/);
  program.kill("SIGHUP");
  await program.exited;
  assert.ok(!program.modes().isAlternate, "the alternate screen was left on");
  assert.equal(await untilEnded(program.pid), true);
  gate.resolve();
  const again = home.open();
  await again.waitFor(/before after/);
  assert.ok(panes(again).includes("before after"));
});
