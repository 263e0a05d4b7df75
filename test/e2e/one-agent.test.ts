// The main trip of one agent: a question, code that a person allows, its true answer; refusing, editing, interrupting.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Fact } from "../../src/domain/protocol.ts";
import { makeHome } from "../support/home.ts";
import { answer, isAnswerable, panes, say, sidebar } from "./trip.ts";

const code = "uname -srm; cat /etc/os-release 2>/dev/null || sw_vers";

test("the demo asks the system itself: exact code shown, run in the agent's own terminal, the true answer", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  say(program, "what OS am I using?");
  await program.waitFor(/I will ask the system/);
  const asked = await answer(program, "y", /y run/);
  assert.ok(asked.includes(code), asked);
  assert.match(asked, /run shell in .*shop/);
  assert.match(asked, /◆ 1 what OS/);
  assert.match(asked, /NEEDS YOU\s+│[^\n]*\n ◆ 1 run shell/);
  const told = await program.waitFor(/○ 1 what OS/);
  assert.ok(
    told.includes(`kernel Linux ${release()}`) ||
      told
        .replace(/\n[^│]*│/g, "")
        .replace(/ +/g, " ")
        .includes(release()),
    told,
  );
  assert.match(told, /↑~[\d.]+k? ↓~\d+ +~[\d.]+k?\/32k ▓.* \$0\.00/);
  program.key("C-b", "t");
  const terminal = await program.waitFor((text) => text.includes(code) && text.includes("keys go to the program"));
  assert.ok(terminal.includes(release()), terminal);
  assert.match(terminal, new RegExp(`[$#] ${code.slice(0, 10)}`));

  // The same terminal is the user's too: what is typed there stays for the agent.
  program.type("color=teal\r");
  await program.waitFor(/color=teal/);
  program.key("C-b", "t", "C-b", "t");
  await program.waitFor(/enter|› /);
  say(program, "run: echo the color is $color");
  await answer(program, "y");
  await program.waitFor(/the color is teal/);

  const facts = await home.facts();
  const order = facts.filter((fact) =>
    ["approval.asked", "approval.answered", "tool.started", "tool.ended", "turn.ended"].includes(fact.type),
  );
  assert.deepEqual(
    order.slice(0, 5).map((fact) => fact.type),
    ["approval.asked", "approval.answered", "tool.started", "tool.ended", "turn.ended"],
  );
});

test("n refuses and the model is told; e edits, and what was edited is what runs; the model is told that too", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  say(program, "run: touch refused.txt");
  await answer(program, "n");
  await program.waitFor(/You refused, so nothing was run/);
  assert.throws(() => readFileSync(join(home.folder, "refused.txt")));

  say(program, "run: echo first");
  await answer(program, "e");
  await program.waitFor(/C-s/);
  program.key("C-u");
  program.type("echo second > edited.txt; cat edited.txt");
  program.key("C-s");
  await program.waitFor(/○ 1 run/);
  assert.equal(readFileSync(join(home.folder, "edited.txt"), "utf8"), "second\n");
  const results = (await home.facts()).flatMap((fact) => (fact.type === "item.added" && fact.item.type === "result" ? [fact.item] : []));
  assert.match(results[0]?.text ?? "", /The user refused to run this/);
  assert.match(results[1]?.text ?? "", /The user changed the code[\s\S]*second/);
});

test("typing on just as a question appears answers nothing, and neither do Enter and Tab; the message is what was typed", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  say(program, "run: touch ran.txt");
  // Keys at every moment around the question's first frame.
  const asked = program.waitFor(/needs you/);
  program.type("yes yy");
  await asked;
  program.type("yny");
  await program.waitFor((text) => text.includes("› yes yyyny") && text.includes("send or clear the message first"));
  program.key("C-u");
  await program.waitFor(() => isAnswerable(program));
  // The word that comes after them tells that they were taken.
  program.key("tab", "enter");
  program.type("taken");
  await program.waitFor(/› taken/);
  program.key("C-u");
  await program.waitFor((text) => !text.includes("› taken") && isAnswerable(program));
  program.key("n");
  await program.waitFor(/You refused/);
  const facts = await home.facts();
  const answers = facts.flatMap((fact) => (fact.type === "approval.answered" ? [fact.answer] : []));
  assert.deepEqual(answers, ["no"]);
  assert.ok(!facts.some((fact) => fact.type === "tool.started" || fact.type === "prompt.queued"));
});

test("Esc: the stream stops, a running command gets Ctrl-C, the turn ends at once; a stubborn process shows as stopping", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);

  say(program, "tell me a long story 5000");
  await program.waitFor(
    () =>
      !panes(program).includes("This is the demo") &&
      panes(program)
        .split("\n")
        .filter((line) => line.trim().length > 40).length > 4,
  );
  program.key("escape");
  await program.waitFor((text) => /○ 1 tell me/.test(text) && text.includes("interrupted"));

  say(program, "run: sleep 100");
  await answer(program, "y");
  await program.waitFor(/◉ 1 tell me/);
  program.key("escape");
  await program.waitFor(/○ 1 tell me/);

  // In the same shell, so the one before has given its prompt back.
  say(program, "run: trap '' INT; touch deaf; sleep 100");
  await answer(program, "y");
  // It counts as running before the shell has come to the trap. The seconds that are shown make it look again.
  await program.waitFor(() => existsSync(join(home.folder, "deaf")));
  program.key("escape");
  await program.waitFor(/◑ 1 tell me/);
  await program.waitFor(/○ 1 tell me/);

  const facts = await home.facts();
  const ends = facts.filter((fact): fact is Extract<Fact, { type: "turn.ended" }> => fact.type === "turn.ended");
  assert.deepEqual(
    ends.map(({ outcome }) => outcome),
    ["interrupted", "interrupted", "interrupted"],
  );
  // Of the command that heeds Ctrl-C too, on a machine that is slow enough.
  assert.deepEqual([ends[0]?.isStopping ?? false, ends[2]?.isStopping], [false, true]);
  const results = facts.filter((fact) => fact.type === "item.added" && fact.item.type === "result");
  assert.deepEqual(
    results.map((fact) => fact.type === "item.added" && fact.item.type === "result" && fact.item.outcome),
    ["interrupted", "interrupted"],
  );
  // 200 ms from Esc is the aim; from the tool's end to the turn's is the part that the engine adds.
  for (const [index, result] of results.entries()) {
    const end = ends[index + 1];
    t.diagnostic(`from the interrupted result to the turn's end: ${(end?.at ?? 0) - result.at} ms`);
  }
  assert.ok(sidebar(program).includes("idle"));
});
