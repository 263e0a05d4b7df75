// Nine agents on one screen: tiling, focus, zoom, closing; all at work at the same time, each with its own things.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeHome } from "../support/home.ts";
import { startModelServer } from "../support/model-server.ts";
import { answer, panes, say, sidebar, split } from "./trip.ts";

test("nine agents stream at once, each in its own pane, with its own shell and folder; zoom, focus, close", async (t) => {
  const gate = Promise.withResolvers<void>();
  const started: string[] = [];
  const all = Promise.withResolvers<void>();
  const server = await startModelServer((request) => {
    const body = JSON.stringify(request.body);
    const name = /word-(\d)/.exec(body)?.[1] ?? "?";
    started.push(name);
    if (started.length === 9) all.resolve();
    return {
      steps: [
        { type: "text", text: `begin-${name} ` },
        { type: "wait", until: gate.promise },
        { type: "text", text: `end-${name}` },
      ],
    };
  });
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "fake"\n[lanes]\nconcurrency = 9\n[model_providers.fake]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n`,
    profiles: { fake: "provider: fake\nmodel: m\n" },
  });
  t.after(home.close);
  const program = home.open({ cols: 200, rows: 60 });
  await program.waitFor(/fake answers/);
  for (let number = 2; number <= 9; number += 1) {
    await split(program, number % 2 === 0 ? "%" : '"', number);
    program.key("C-b", "M-5");
  }
  for (let number = 1; number <= 9; number += 1) {
    program.key("C-b", String(number));
    program.type(`word-${number}`);
    await program.waitFor(new RegExp(`› word-${number}`));
    program.key("enter");
  }
  await all.promise;
  // All at once: each pane shows its own words while none has ended.
  const streaming = await program.waitFor((text) => [1, 2, 3, 4, 5, 6, 7, 8, 9].every((number) => text.includes(`begin-${number}`)));
  assert.ok(!streaming.includes("end-"));
  assert.equal((sidebar(program).match(/●/g) ?? []).length, 9, sidebar(program));
  assert.deepEqual(started.toSorted(), ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  gate.resolve();
  await program.waitFor((text) => [1, 2, 3, 4, 5, 6, 7, 8, 9].every((number) => text.includes(`end-${number}`)));

  program.key("C-b", "5", "C-b", "z");
  await program.waitFor((text) => text.includes("zoomed") && text.includes("end-5") && !text.includes("end-6"));
  program.key("C-b", "z");
  await program.waitFor((text) => text.includes("end-6"));
  program.key("C-b", "x");
  await program.waitFor(/close 5 word-5\?/);
  program.key("y");
  await program.waitFor((text) => !text.includes("end-5"));
  assert.doesNotMatch(sidebar(program), /word-5/);
  assert.match(sidebar(program), /word-6/);
});

test("each agent has its own shell: folder and variables of one are not another's; statuses stand in the sidebar", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open({ cols: 160 });
  await program.waitFor(/scripted model/);
  say(program, "run: mkdir inner; cd inner; mine=one");
  await answer(program, "y");
  await program.waitFor(/○ 1 run/);
  await split(program, "%", 2);
  say(program, 'run: echo "[$mine]" $(basename $PWD) $$ $(readlink /proc/self/ns/pid)');
  await answer(program, "y");
  await program.waitFor(/○ 2 run/);
  program.key("C-b", "left");
  say(program, 'run: echo "[$mine]" $(basename $PWD) $$ $(readlink /proc/self/ns/pid)');
  await program.waitFor(/NEEDS YOU/);
  assert.match(sidebar(program), /◆ 1 run/);
  assert.match(sidebar(program), /○ 2 run/);
  await answer(program, "y");
  await program.waitFor(/○ 1 run/);
  const printed = (await home.facts()).flatMap((fact) =>
    fact.type === "item.added" && fact.item.type === "result" ? [fact.item.text] : [],
  );
  // A new agent stands where the focused one stands.
  assert.match(printed[1] ?? "", /^\[\] (inner|shop) /);
  assert.match(printed[2] ?? "", /^\[one\] inner /);
  const [other, mine] = [printed[1], printed[2]].map((text) => text?.trim().split(" ").slice(2).join(" "));
  assert.notEqual(other, mine, "both are the same process");
  assert.ok(panes(program).includes("[one] inner"));
});
