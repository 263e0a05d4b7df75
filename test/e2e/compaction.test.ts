// Compaction through the whole program: over HTTP after a provider's refusal, and on the screen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeHome } from "../support/home.ts";
import { call, fail, type Reply, say as reply, startModelServer } from "../support/model-server.ts";
import { panes, say } from "./trip.ts";

const shell = (code: string): Reply => call("exec", { language: "shell", code });
const tooLong = fail({
  type: "status",
  status: 400,
  body: {
    error: {
      code: "context_length_exceeded",
      type: "invalid_request_error",
      message: "This model's maximum context length is 8192 tokens",
    },
  },
});

for (const wire of ["chat", "responses", "messages"] as const) {
  test(`exec over ${wire} goes on after the provider says that the context is too long`, async (t) => {
    const server = await startModelServer([shell("seq 1 2000"), shell("echo second"), tooLong, reply("SUMMARY OF IT"), reply("All done.")]);
    t.after(server.close);
    const config = `default_profile = "fake"\n[model_providers.fake]\nbase_url = "${server.baseUrl}"\nwire_api = "${wire}"\n`;
    const home = makeHome({ config, profiles: { fake: "provider: fake\nmodel: m\n" } });
    t.after(home.close);
    const { code, out, err } = await (wire === "chat" ? home.run : home.ask)(["exec", "-y", "do the work"]);
    assert.deepEqual({ code, out }, { code: 0, out: "All done.\n" }, err);
    assert.match(err, /compacted: 3 items into a summary/);
    const bodies = server.requests.filter((request) => request.api !== null).map((request) => JSON.stringify(request.body));
    assert.equal(bodies.length, 5);
    assert.ok(bodies[3]?.includes("about to be compacted") && bodies[3].includes("seq 1 2000"));
    assert.ok(bodies[4]?.includes("SUMMARY OF IT") && bodies[4].includes("do the work") && bodies[4].includes("echo second"));
    assert.ok(!bodies[4]?.includes("seq 1 2000"));
    const kept = (await home.facts()).flatMap((fact) => (fact.type === "item.added" ? [fact.item.type] : []));
    assert.deepEqual(kept, ["user", "call", "result", "call", "result", "summary", "text"], "the original stays in the journal");
  });
}

test("/compact on the screen: one line says what became of how much, what was said stays above it", async (t) => {
  const server = await startModelServer([reply("the first answer"), reply("the second answer"), reply("SUMMARY OF IT")]);
  t.after(server.close);
  const config = `default_profile = "fake"\n[model_providers.fake]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n`;
  const home = makeHome({ config, profiles: { fake: "provider: fake\nmodel: m\n" } });
  t.after(home.close);
  const program = home.open({ args: ["--profile", "fake"] });
  await program.waitFor(/○ 1 /);
  for (const [words, answer] of [
    ["one", /the first answer/],
    ["two", /the second answer/],
  ] as const) {
    say(program, words);
    await program.waitFor(answer);
    await program.waitFor(/^ {5}idle /m);
  }
  say(program, "/compact");
  await program.waitFor(/compacted: 2 items → \d+ tokens/);
  assert.match(panes(program), /the first answer[\s\S]*▸ compacted: 2 items/);
  assert.ok(!panes(program).includes("SUMMARY OF IT"));
});
