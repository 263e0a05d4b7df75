// Images end to end: from the command line and from a drop on the terminal to each wire, through a restart and a change of profile.

import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeHome } from "../support/home.ts";
import { png } from "../support/images.ts";
import { call, say as reply, startModelServer } from "../support/model-server.ts";
import { say } from "./trip.ts";

const first = png(640, 480);
const second = png(30, 20);

const profileText = (wire: string, images: boolean): string =>
  `provider: fake\nmodel: m\nwire_api: ${wire}\n${images ? "images: true\n" : ""}`;

test("-i shows images to the model on every wire, as each wants them; a model without eyes refuses before anything is sent", async (t) => {
  const plot = call("exec", { language: "shell", code: "mkdir plots && cp b.png plots/new.png" });
  const server = await startModelServer((_, n) => (n === 3 ? plot : reply("I see.")));
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "chat"\n[model_providers.fake]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n`,
    profiles: {
      chat: profileText("chat", true),
      messages: profileText("messages", true),
      responses: profileText("responses", true),
      blind: profileText("chat", false),
    },
  });
  t.after(home.close);
  writeFileSync(join(home.folder, "my shot.png"), first);
  writeFileSync(join(home.folder, "b.png"), second);
  const wires = ["chat", "messages", "responses"];
  for (const wire of wires) {
    const done = await (wire === "chat" ? home.run : home.ask)(["exec", "-p", wire, "-i", "my shot.png", "--image=b.png", "what is it?"]);
    assert.deepEqual({ code: done.code, out: done.out }, { code: 0, out: "I see.\n" }, done.err);
  }
  const bodies = server.requests.map((request) => JSON.stringify(request.body));
  for (const bytes of [first, second]) {
    const data = bytes.toString("base64");
    assert.ok(bodies[0]?.includes(`{"type":"image_url","image_url":{"url":"data:image/png;base64,${data}"}}`));
    assert.ok(bodies[1]?.includes(`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"${data}"}`));
    assert.ok(bodies[2]?.includes(`{"type":"input_image","detail":"auto","image_url":"data:image/png;base64,${data}"}`));
  }

  assert.ok(!JSON.stringify(await home.facts()).includes(first.toString("base64")));

  // What code writes is named to the model, in the sandbox too.
  const before = server.requests.length;
  const plotted = await home.ask(["exec", "-y", "-p", "chat", "plot it"]);
  assert.deepEqual({ code: plotted.code, out: plotted.out }, { code: 0, out: "I see.\n" }, plotted.err);
  assert.match(JSON.stringify(server.requests[before + 1]?.body), /\[image written: plots\/new\.png\]/);
  const asked = server.requests.length;

  const blind = await home.ask(["exec", "-p", "blind", "-i", "b.png", "what is it?"]);
  assert.equal(blind.code, 2);
  assert.match(blind.err, /not sent: fake's m takes no images.*take the image out, or use another profile/);
  writeFileSync(join(home.folder, "words.png"), "just words");
  const words = await home.ask(["exec", "-i", "words.png", "what is it?"]);
  assert.equal(words.code, 2);
  assert.match(words.err, /words\.png is no PNG, JPEG, GIF or WebP image/);
  assert.equal(server.requests.length, asked);
});

test("a file dropped on the terminal is shown to the model, also after a crash and when the file is gone; a text-only model is told its name", async (t) => {
  const server = await startModelServer((_, n) => reply(`Answer ${n}.`));
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "eyes"\n[model_providers.fake]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n`,
    profiles: { eyes: `${profileText("chat", true)}pair: blind\n`, blind: `${profileText("chat", false)}pair: eyes\n` },
  });
  t.after(home.close);
  const file = join(home.folder, "My Shot.png");
  writeFileSync(file, first);
  let program = home.open();
  await program.waitFor(/eyes answers/);
  program.type("look:");
  program.paste(`'${file}' `);
  await program.waitFor(/look: \[image My Shot\.png 640×480\]/);
  rmSync(file);
  say(program, " what is it?");
  await program.waitFor(/Answer 0/);
  await program.waitFor(/\[image: .*My Shot\.png, PNG 640×480, 33\s+bytes\]/s);
  const data = first.toString("base64");
  const bodyOf = (n: number): string => JSON.stringify(server.requests[n]?.body);
  assert.ok(bodyOf(0).includes(data));
  assert.ok(bodyOf(0).includes("look: [image My Shot.png] what is it?"));

  process.kill(home.serverPid() ?? 0, "SIGKILL");
  await program.waitFor(/the server was lost and is back/);
  say(program, "and now?");
  await program.waitFor(/Answer 1/);
  assert.ok(bodyOf(1).includes(data));

  program.key("C-b", "f");
  await program.waitFor(/profile eyes → blind/);
  say(program, "go on");
  await program.waitFor(/Answer 2/);
  assert.ok(!bodyOf(2).includes(data));
  assert.match(bodyOf(2), /image left out \(this model takes no images\): .*My Shot\.png, PNG 640×480/);
  program.key("C-d");
  await program.exited;

  // `-i` without a prompt waits in the message for its words.
  writeFileSync(join(home.folder, "b.png"), second);
  program = home.open({ args: ["-i", "b.png"] });
  await program.waitFor(/\[image b\.png 30×20\]/);
  const [session = ""] = readdirSync(join(home.root, "sessions"));
  assert.match(session, /^s-/);
});
