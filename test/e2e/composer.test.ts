// Writing to an agent: several lines, pastes, history, and what is sent while it is busy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeHome } from "../support/home.ts";
import { say as reply, startModelServer } from "../support/model-server.ts";
import { say } from "./trip.ts";

/** What the user said in a recorded request, in order. */
function userTexts(body: unknown): string[] {
  const { messages } = body as { messages: { role: string; content: string | { text: string }[] }[] };
  return messages
    .filter((message) => message.role === "user")
    .map(({ content }) => (typeof content === "string" ? content : content.map((part) => part.text).join("")));
}

test("several lines and a paste are one message each; a busy agent queues what is sent; history brings it back", async (t) => {
  const gate = Promise.withResolvers<void>();
  const server = await startModelServer((_, n) =>
    n === 2
      ? {
          steps: [
            { type: "text", text: "Working on it. " },
            { type: "wait", until: gate.promise },
            { type: "text", text: "Ready." },
          ],
        }
      : reply(`Answer ${n}.`),
  );
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "fake"\n[model_providers.fake]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n`,
    profiles: { fake: "provider: fake\nmodel: test-model\n" },
  });
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/fake answers/);

  program.type("first line");
  program.key("C-j");
  program.type("second line");
  await program.waitFor((text) => text.includes("› first line") && text.includes("  second line"));
  assert.equal(server.requests.length, 0);
  program.key("enter");
  await program.waitFor(/Answer 0/);

  program.paste("one\ntwo\r\nthree");
  await program.waitFor(/three/);
  assert.equal(server.requests.length, 1, "a paste has sent itself");
  program.key("enter");
  await program.waitFor(/Answer 1/);

  say(program, "take your time");
  await program.waitFor(/Working on it/);
  say(program, "and then this");
  await program.waitFor(/queued: and then this/);
  program.type("taken back");
  program.key("enter");
  await program.waitFor(/queued: taken back/);
  program.key("M-up");
  await program.waitFor((text) => text.includes("› taken back") && !text.includes("queued: taken back"));
  program.key("C-u");
  gate.resolve();
  await program.waitFor(/Answer 3/);

  program.key("up");
  await program.waitFor(/› taken back|› and then this/);
  program.key("up", "up");
  await program.waitFor(/› take your time|› one/);
  const texts = userTexts(server.requests.at(-1)?.body);
  assert.deepEqual(texts, ["first line\nsecond line", "one\ntwo\nthree", "take your time", "and then this"]);
  assert.equal(server.requests.length, 4);
});
