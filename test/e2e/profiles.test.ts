// Changing who answers in the middle of a conversation: the picker over the pane, the pair, and what the new model is given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeHome } from "../support/home.ts";
import { call, say as reply, startModelServer } from "../support/model-server.ts";
import { answer, say, sidebar } from "./trip.ts";

const wires = ["chat", "messages", "responses"] as const;

test("one key picks another profile, the next turn uses it on another wire, and calls with their results come along", async (t) => {
  const server = await startModelServer((request, n) =>
    n === 0 ? call("exec", { language: "shell", code: "echo blue-$((6*7))" }, "call_first") : reply(`Answer ${n} over ${request.api}.`),
  );
  t.after(server.close);
  const tables = wires.map(
    (wire) => `[model_providers.p-${wire}]\nname = "P ${wire}"\nbase_url = "${server.baseUrl}"\nwire_api = "${wire}"\n`,
  );
  const home = makeHome({
    config: `default_profile = "on-chat"\n${tables.join("")}`,
    profiles: {
      "on-chat": "provider: p-chat\nmodel: one\npair: on-messages\n",
      "on-messages": "provider: p-messages\nmodel: two\npair: on-chat\n",
      "on-responses": "provider: p-responses\nmodel: three\n",
    },
  });
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/on-chat answers: one at P chat/);
  say(program, "what colour?");
  await answer(program, "y", /echo blue/);
  await program.waitFor(/Answer 1 over chat/);

  program.key("C-b", "m");
  await program.waitFor((text) => text.includes("on-responses") && text.includes("on-messages"));
  program.type("onresp");
  await program.waitFor((text) => text.includes("on-responses") && !text.includes("on-messages"));
  program.key("enter");
  await program.waitFor(/profile on-chat → on-responses/);
  assert.match(sidebar(program), /on-respo/);
  say(program, "and now?");
  await program.waitFor(/Answer 2 over responses/);

  program.key("C-b", "m");
  await program.waitFor(/on-messages/);
  program.type("onchat");
  await program.waitFor((text) => !text.includes("on-messages"));
  program.key("enter");
  await program.waitFor(/profile on-responses → on-chat/);
  // The pair's key: to the other half, on the third wire.
  program.key("C-b", "f");
  await program.waitFor(/profile on-chat → on-messages/);
  say(program, "and here?");
  await program.waitFor(/Answer 3 over messages/);

  // The picker asks for lists of models besides.
  const asked = server.requests.filter((request) => request.api !== null);
  const bodies = asked.map((request) => JSON.stringify(request.body));
  assert.deepEqual(
    asked.map((request) => request.api),
    ["chat", "chat", "responses", "messages"],
  );
  for (const body of bodies.slice(2)) {
    // Whatever the shape: what was asked, what was run, what it printed, what was answered.
    for (const part of ["what colour?", "echo blue-$((6*7))", "blue-42", "Answer 1 over chat."])
      assert.ok(body.includes(part), `${part} is missing in ${body}`);
  }
  assert.match(bodies[2] ?? "", /"type":"function_call_output"/);
  assert.match(bodies[3] ?? "", /"type":"tool_result"/);
  // What the model is called with is the target's own.
  assert.deepEqual(
    asked.map(({ body }) => (body as { model: string }).model),
    ["one", "one", "three", "two"],
  );
});

test("a new agent starts on the fast half of the pair that config.toml names; a swap while it works waits for the next turn", async (t) => {
  const gate = Promise.withResolvers<void>();
  const server = await startModelServer((_, n) => ({
    steps: [
      { type: "text", text: `Answer ${n} begins. ` },
      ...(n === 0 ? [{ type: "wait" as const, until: gate.promise }] : []),
      { type: "text", text: "Done." },
    ],
    usage: { input: 1200, output: 34 },
  }));
  t.after(server.close);
  const home = makeHome({
    config: `default_pair = ["quick", "careful"]\n[model_providers.fake]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n`,
    profiles: {
      quick: "provider: fake\nmodel: q-1\ncontext_window: 10000\n",
      careful: "provider: fake\nmodel: c-1\ncontext_window: 10000\n",
    },
  });
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/quick answers/);
  say(program, "go");
  await program.waitFor(/Answer 0 begins/);
  program.key("C-b", "f");
  await program.waitFor(/profile quick → careful.*from the next turn on/);
  gate.resolve();
  // What the provider reports is no estimate: no ~.
  await program.waitFor(/ ↑1\.2k ↓34 +1\.2k\/10k/);
  say(program, "again");
  await program.waitFor(/Answer 1 begins\. Done/);
  assert.deepEqual(
    server.requests.map(({ body }) => (body as { model: string }).model),
    ["q-1", "c-1"],
  );
  program.key("C-b", "%");
  await program.waitFor(/○ 2 agent 2/);
  assert.match(sidebar(program), /○ 2 agent 2 +quick/);
});
