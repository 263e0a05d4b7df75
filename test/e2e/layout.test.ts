// Panes, tabs and the user's own programs through the whole program: the command line, the mouse, the keys of a settings file,
// and what a killed server leaves of it all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mainFile, makeHome } from "../support/home.ts";
import { untilEnded } from "../support/process-end.ts";
import type { Program } from "../support/pty-driver.ts";

/** The cells of the line between two panes side by side, in the row of their titles. */
const borderAt = (program: Program): number => (program.lines()[3] ?? "").indexOf("│", 25);

test("a command in a pane, from outside and inside; borders by mouse; a killed server gives the same layout back", async (t) => {
  const home = makeHome({ config: '[keys]\n"terminal.respawn" = "prefix G"\n"pane.zom" = "f9"\n' });
  t.after(home.close);
  const first = home.open({ args: ["run", "--", "sh", "-c", "echo from-$((40+2)); read -r line; exit 3"], cols: 140, rows: 40 });
  await first.waitFor(/config\.toml:3: keys: there is no command "pane\.zom"; did you mean "pane\.zoom"\?/);
  await first.waitFor(/from-42/);
  assert.match(first.lines()[0] ?? "", /1:agent 1 {2}2:echo from-/);

  first.key("C-b", "|");
  await first.waitFor(() => borderAt(first) > 0);
  const outside = await home.run(["run", "--", "cat"], { cwd: home.folder });
  assert.match(outside.out, /^x-\w+\n$/, outside.err);
  await first.waitFor(/3:cat/);
  // Inside a pane the same command asks the workspace that it stands in, and --exit waits for the end.
  first.type(`${mainFile} run --exit -- sh -c 'exit 5'; echo "code $?"`);
  first.key("enter");
  await first.waitFor(/sh -c exit 5 ended with 5\s+│?[\s\S]*code 1/);

  const border = borderAt(first);
  for (const [code, x, end] of [
    [0, border, "M"],
    [32, border + 9, "M"],
    [32, border + 20, "M"],
    [0, border + 20, "m"],
  ] as const)
    first.type(`\u001b[<${code};${x + 1};13${end}`);
  await first.waitFor(() => borderAt(first) === border + 20);
  first.key("C-b", ",");
  await first.waitFor(/name of the tab/);
  first.type("work");
  first.key("enter");
  await first.waitFor(/2:work/);
  first.key("C-b", "left");
  first.key("enter");
  await first.waitFor(/ended with 3 · C-b G runs it again/);

  const server = home.serverPid();
  assert.ok(server !== null);
  process.kill(server, "SIGKILL");
  assert.ok(await untilEnded(server));
  await first.waitFor(/the server was lost and is back/);
  // To the cell.
  await first.waitFor(() => /1:agent 1 {2}2:work {2}3:cat/.test(first.lines()[0] ?? "") && borderAt(first) === border + 20);
  await first.waitFor(/ended with the server · C-b G runs it again/);
  first.key("C-b", "G");
  await first.waitFor(/from-42/);
});

test("--exit leaves with the command, says how it ended, and leaves no agent that nobody used", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open({ args: ["run", "--exit", "--", "sh", "-c", "echo here-$((40+2)); read -r line; exit 4"] });
  await program.waitFor(/here-42/);
  program.key("enter");
  assert.equal((await program.exited).exitCode, 1);
  assert.match(program.text(), /ended with 4/);
  const { out } = await home.run(["ls", "--json"]);
  const rows: unknown = JSON.parse(out);
  assert.ok(Array.isArray(rows) && rows.every((row) => row.agents === 0), out);
});
