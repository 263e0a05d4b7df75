// The real program driven from outside: messages, waiting, capturing, tasks in an open workspace, kept sessions, going back.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeHome, type RunEnd, type TestHome } from "../support/home.ts";
import { answer, panes, say } from "./trip.ts";

async function ok(run: Promise<RunEnd>): Promise<string> {
  const { code, out, err } = await run;
  assert.equal(code, 0, err);
  return out;
}

interface AgentRow {
  readonly number: number;
  readonly title: string;
  readonly status: string;
  readonly session: string;
}

async function agentsOf(home: TestHome): Promise<AgentRow[]> {
  return JSON.parse(await ok(home.run(["ls", "--workspace", ".", "--json"]))) as AgentRow[];
}

test("a script sends, waits, captures and is told what happened, with a screen attached and after it has gone", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const nothing = await home.run(["send", "1", "hi"]);
  assert.equal(nothing.code, 1);
  assert.match(nothing.err, /is running/);
  assert.equal(home.serverPid(), null);

  const program = home.open();
  await program.waitFor(/scripted model/);
  assert.equal(await ok(home.ask(["send", "1", "tell me a story 9"])), "started\n");
  assert.equal(await ok(home.run(["wait", "1"])), "idle\n");
  await program.waitFor(/tell me a story 9/);
  const answered = await ok(home.ask(["send", "1", "--wait", "-"], { input: "tell me a story 11" }));
  assert.ok(answered.trim().length > 0);

  assert.equal(await ok(home.ask(["send", "1", "run: printf '\\033[31mred\\033[0m\\n'"])), "started\n");
  assert.equal(await ok(home.ask(["wait", "1", "--until", "waiting,idle"])), "waiting\n");
  assert.equal(await ok(home.ask(["send", "1", "tell me a story 12"])), "queued\n");
  const late = await home.ask(["wait", "1", "--timeout", "0.1"]);
  assert.deepEqual([late.code, late.out], [1, "waiting\n"]);
  await answer(program, "y");
  // Through the queue, not only to the end of the turn.
  assert.equal(await ok(home.ask(["wait", "1"])), "idle\n");
  const transcript = await ok(home.ask(["capture", "1"]));
  assert.match(transcript, /^> tell me a story 9[\s\S]*\* shell\n {4}printf[\s\S]* = ok[\s\S]*\| red[\s\S]*> tell me a story 12\n\n\S/);
  const coloured = await ok(home.ask(["capture", "1", "--face", "terminal", "--colors"]));
  assert.ok(coloured.includes("\u001b[0;31mred\u001b[0m"), JSON.stringify(coloured));
  const plain = await ok(home.ask(["capture", "1", "--face", "terminal"]));
  assert.match(plain, /\nred\n/);
  assert.ok(!plain.includes("\u001b"));

  program.key("C-b", "d");
  await program.exited;
  assert.equal(
    await ok(home.ask(["send", "1", "tell me a story 13", "--wait", "--json"])).then(
      (text) => (JSON.parse(text) as { outcome: string }).outcome,
    ),
    "done",
  );
  const elsewhere = join(home.folder, "deep/er");
  mkdirSync(elsewhere, { recursive: true });
  assert.equal(await ok(home.ask(["wait", "tell me a"], { cwd: elsewhere })), "idle\n");
  const again = home.open({ args: ["attach"], cwd: elsewhere });
  await again.waitFor(/story 13/);
});

test("exec --in-workspace works in a tab that people see, and the agent stays", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const none = await home.ask(["exec", "--in-workspace", "story 9"]);
  assert.equal(none.code, 1);
  const program = home.open();
  await program.waitFor(/scripted model/);
  const task = home.start(["exec", "--in-workspace", "run: echo from-the-task"]);
  await task.said(/waits for an answer on the screen/);
  program.key("C-b", "a");
  await answer(program, "y", /from-the-task/);
  const end = await task.ended;
  assert.equal(end.code, 0, end.err);
  assert.match(end.out, /from-the-task/);
  const rows = await agentsOf(home);
  assert.deepEqual(
    rows.map(({ number, status }) => [number, status]),
    [
      [1, "idle"],
      [2, "idle"],
    ],
  );
});

test("going back to a message brings it into the composer; a fork goes on beside; both survive a restart of the server", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open({ cols: 160 });
  await program.waitFor(/scripted model/);
  for (const [at, text] of ["story 21", "story 22", "story 23"].entries()) {
    say(program, text);
    // Its answer has begun: the words alone stand in the composer too, while the agent is still idle.
    await program.waitFor((shown) => shown.split("Early that week").length === at + 2);
    await ok(home.ask(["wait", "1"]));
  }
  program.key("C-b", "u");
  await program.waitFor(/go back to before a message[\s\S]*story 23[\s\S]*story 22[\s\S]*story 21/);
  program.type("22");
  await program.waitFor((text) => /› 22/.test(text));
  program.key("enter");
  await program.waitFor((text) => /went back to before “story 22”/.test(text) && /› story 22/.test(text));
  assert.doesNotMatch(panes(program), /story 23/);
  const captured = await ok(home.run(["capture", "1"]));
  assert.match(captured, /> story 21[\s\S]*the shell keeps its state/);
  assert.doesNotMatch(captured, /> story 22/);

  program.key("C-b", "U");
  await program.waitFor(/forked from agent 1/);
  const before = await agentsOf(home);
  assert.match(before[1]?.title ?? "", /^story 21 · fork$/);
  await ok(home.ask(["send", "2", "--wait", "story 24"]));
  assert.match(await ok(home.ask(["capture", "2"])), /> story 21[\s\S]*> story 24/);
  assert.doesNotMatch(await ok(home.ask(["capture", "1"])), /story 24/);

  program.key("C-b", "d");
  await program.exited;
  await home.run(["kill", "--all"]);
  const after = home.open();
  await after.waitFor(/story 21/);
  assert.deepEqual(
    await agentsOf(home),
    before.map((row) => ({ ...row })),
  );
  assert.match(await ok(home.ask(["capture", "2"])), /> story 24/);
});

test("sessions are shown, exported, forked, carried on and deleted, and a deleted one is gone from the disk", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const secretWord = "xylophonic";
  await ok(home.run(["exec", `story 5 ${secretWord}`]));
  const [session] = JSON.parse(await ok(home.run(["sessions", "list", "--json"]))) as { id: string; isOpen: boolean }[];
  const id = session?.id ?? assert.fail();
  const short = id.slice(0, 14);
  assert.match(await ok(home.run(["sessions", "show", short])), new RegExp(`> story 5 ${secretWord}`));
  await ok(home.run(["sessions", "export", short, "-o", "out.md"]));
  assert.match(readFileSync(join(home.folder, "out.md"), "utf8"), new RegExp(`## You\\n\\nstory 5 ${secretWord}\\n\\n## demo`));
  const whole = JSON.parse(await ok(home.ask(["sessions", "export", short, "--format", "json"]))) as { items: { type: string }[] };
  assert.deepEqual(
    whole.items.map(({ type }) => type),
    ["user", "text"],
  );

  const fork = (await ok(home.run(["sessions", "fork", id]))).trim();
  await ok(home.ask(["exec", `--resume=${fork}`, "story 25"]));
  assert.match(await ok(home.ask(["sessions", "show", fork])), new RegExp(`> story 5 ${secretWord}[\\s\\S]*> story 25`));
  assert.doesNotMatch(await ok(home.ask(["sessions", "show", id])), /story 25/);

  const program = home.open({ args: ["--resume", fork] });
  await program.waitFor(/story 25/);
  const refused = await home.run(["sessions", "delete", fork, "--yes"]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /is open in .*close its agent first/);
  // Asked for again it is shown, not opened twice.
  const second = home.open({ args: ["sessions", "resume", fork] });
  await second.waitFor(/story 25/);
  assert.equal((await agentsOf(home)).length, 1);
  second.key("C-b", "d");
  program.key("C-b", "d");
  await Promise.all([program.exited, second.exited]);

  // A stopped workspace still names the agent: deleting its session leaves no ghost behind.
  await home.ask(["kill", "--all"]);
  await ok(home.ask(["sessions", "delete", fork, "--yes"]));
  await ok(home.ask(["sessions", "delete", id, "--yes"]));
  assert.deepEqual(JSON.parse(await ok(home.ask(["sessions", "list", "--json"]))), []);
  for (const [path, bytes] of home.files()) assert.ok(!bytes.includes(secretWord), path);
  const fresh = home.open();
  await fresh.waitFor(/scripted model/);
  assert.equal((await agentsOf(home)).length, 1);
});
