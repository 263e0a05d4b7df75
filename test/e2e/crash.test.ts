// What kill -9 costs: of the client nothing, of the server the turns that were open; and the terminal is given back.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mainFile, makeHome } from "../support/home.ts";
import { startModelServer } from "../support/model-server.ts";
import { untilEnded } from "../support/process-end.ts";
import { type Program, startProgram } from "../support/pty-driver.ts";
import { answer, panes, say, sidebar, split } from "./trip.ts";

/** As a terminal is before anything has run in it. */
function assertGivenBack(program: Program): void {
  const { isAlternate, isCursorVisible, hasBracketedPaste, mouse, hasFocusEvents, isSynchronizing, kittyDepth, modifyOtherKeys } =
    program.modes();
  assert.deepEqual(
    { isAlternate, isCursorVisible, hasBracketedPaste, mouse, hasFocusEvents, isSynchronizing, kittyDepth, modifyOtherKeys },
    {
      isAlternate: false,
      isCursorVisible: true,
      hasBracketedPaste: false,
      mouse: "none",
      hasFocusEvents: false,
      isSynchronizing: false,
      kittyDepth: 0,
      modifyOtherKeys: 0,
    },
  );
}

test("kill -9 of the client: its agents go on, attaching again shows everything, and the terminal was given back", async (t) => {
  const gate = Promise.withResolvers<void>();
  const server = await startModelServer(() => ({
    steps: [
      { type: "text", text: "the first half " },
      { type: "wait", until: gate.promise },
      { type: "text", text: "and the second" },
    ],
  }));
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "fake"\n[model_providers.fake]\nbase_url = "${server.baseUrl}"\nwire_api = "messages"\n`,
    profiles: { fake: "provider: fake\nmodel: m\n" },
  });
  t.after(home.close);
  const first = home.open();
  await first.waitFor(/fake answers/);
  await split(first, "%", 2);
  say(first, "hello");
  await first.waitFor(/the first half/);
  first.kill("SIGKILL");
  await first.exited;

  const second = home.open();
  const text = await second.waitFor(/the first half/);
  assert.match(text, /1 agent 1/);
  assert.match(sidebar(second), /● 2 hello/);
  gate.resolve();
  await second.waitFor(/and the second/);
  second.key("C-b", "d");
  assert.equal((await second.exited).exitCode, 0);
  assertGivenBack(second);

  const third = home.open();
  await third.waitFor((seen) => seen.includes("the first half") && seen.includes("and the second") && /○ 2 hello/.test(seen));
});

test("kill -9 of the client gives its terminal back, and what is typed then goes to the shell below", async (t) => {
  const home = makeHome();
  t.after(home.close);
  // Whatever kills the client, somebody else still has the terminal and looks at it.
  const settles = "until stty -a | cmp -s before -; do sleep 0.02; done";
  const script = `stty -a > before; ${mainFile}; ${settles}; echo settings are back; read -r line; echo "read: $line"`;
  const shell = startProgram({ argv: ["/bin/sh", "-c", script], cwd: home.folder, env: home.env });
  t.after(shell.close);
  await shell.waitFor(/scripted model/);
  const pid = clientBelow(shell.pid);
  process.kill(pid, "SIGKILL");
  await shell.waitFor(/settings are back/);
  assertGivenBack(shell);
  shell.type("hello below\r");
  await shell.waitFor(/read: hello below/);
});

test("kill -9 of the server amid a command: the next start shows every finished item, says that the turn crashed, and runs nothing again", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  say(program, "run: echo finished-work");
  await answer(program, "y");
  await program.waitFor(/It printed/);
  await program.waitFor(/○ 1 run/);
  await split(program, '"', 2);
  say(program, "run: echo once >> runs.txt; echo begun-$((1+1)); sleep 60");
  await answer(program, "y");
  program.key("C-b", "t");
  await program.waitFor(/begun-2/);
  program.key("C-b", "t");
  await program.waitFor(/enter queues a message/);
  const pid = home.serverPid();
  assert.ok(pid !== null);
  process.kill(pid, "SIGKILL");
  assert.ok(await untilEnded(pid));

  // The screen finds a new server by itself and says what happened.
  const text = await program.waitFor(/interpane stopped in the middle of this turn/);
  assert.match(text, /finished-work/);
  await program.waitFor(/the server was lost and is back/);
  assert.match(sidebar(program), /○ 1 run/);
  assert.notEqual(home.serverPid(), pid);
  program.key("C-b", "d");
  await program.exited;

  const again = home.open();
  const seen = await again.waitFor(/interpane stopped in the middle of this turn/);
  assert.match(seen, /finished-work/);
  assert.match(seen, /nothing was run again/);
  assert.equal(readFileSync(join(home.folder, "runs.txt"), "utf8"), "once\n");
  const facts = await home.facts();
  assert.deepEqual(
    facts.flatMap((fact) => (fact.type === "turn.ended" ? [fact.outcome] : [])),
    ["done", "crashed"],
  );
  assert.equal(facts.filter((fact) => fact.type === "tool.started").length, 2);
  // And it goes on.
  say(again, "run: echo alive-$((40+2))");
  await answer(again, "y");
  await again.waitFor(/alive-42/);
  assert.ok(panes(again).includes("alive-42"));
});

function clientBelow(parent: number): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ").map(Number);
  const found = children.find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("interpane"));
  if (found === undefined) throw new Error(`no interpane among the children of ${parent}: ${children.join(" ")}`);
  return found;
}
