// What others write (programs, models, tools, titles, names of files and folders) never drives the user's own terminal.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeHome } from "../support/home.ts";
import { HOSTILE, sentKinds } from "../support/hostile.ts";
import { call, say as reply, startModelServer } from "../support/model-server.ts";
import { answer, say } from "./trip.ts";

test("200 hostile sequences by five ways leave the user's terminal as it was", async (t) => {
  assert.ok(HOSTILE.length >= 200, `${HOSTILE.length}`);
  const all = HOSTILE.join("\r\n");
  const server = await startModelServer((request) => {
    const asked = JSON.stringify(request.body);
    const count = (word: string): number => asked.split(word).length - 1;
    if (count("say it") > 0 && count("run it") === 0 && count("name it") === 0) return reply(`${all}\n\nmodel-end`);
    if (count("run it") > 0 && count("name it") === 0) {
      return count("tool-end") === 0 ? call("exec", { language: "shell", code: "cat hostile.txt; echo tool-''end" }) : reply("ran-end");
    }
    if (count("name it") > 0)
      return count("write-end") === 0 && count("refused") === 0
        ? call("exec", { language: "shell", code: "ls -a --show-control-chars names; echo write-''end" })
        : reply("named-end");
    return reply("**calm** _start_ `code` [link](https://example.org/) ~~gone~~");
  });
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "fake"\n[model_providers.fake]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n`,
    profiles: { fake: "provider: fake\nmodel: m\n" },
  });
  t.after(home.close);
  // Names may hold anything but NUL and the slash.
  const evil = (text: string): string => text.replace(/[/\0]/g, "").slice(0, 60);
  const folder = join(home.folder, `folder${evil(HOSTILE[0] ?? "")}${evil("\x1b]52;c;b3duZWQ=\x07\x1b[?1003h")}`);
  mkdirSync(join(folder, "names"), { recursive: true });
  for (const [n, sequence] of HOSTILE.entries()) writeFileSync(join(folder, "names", `${n}${evil(sequence)}`), "");
  const titles = HOSTILE.map((sequence) => `\x1b]2;${sequence}\x1b\\`).join("\r\n");
  writeFileSync(join(folder, "hostile.txt"), `${all}\x18\x1b\\\x1b[0m\r\n${titles}\x1b\\\r\n\x1b]2;plain title\x1b\\\r\n`);

  const program = home.open({ cwd: folder, cols: 120, rows: 36 });
  await program.waitFor(/fake/);
  say(program, "hello");
  await program.waitFor(/calm/);
  const kinds = sentKinds(program.bytes());
  // The cursor's shape is that of the program in use, while it is; it is looked at when all is given back.
  const modesNow = () => ({ ...program.modes(), cursorShape: null });
  const was = { modes: modesNow(), title: program.title() };
  const check = (sink: string): void => {
    assert.deepEqual(modesNow(), was.modes, sink);
    assert.deepEqual(program.copied(), [], sink);
    const foreign = [...sentKinds(program.bytes())].filter((kind) => !kinds.has(kind) && !CALM.test(kind));
    assert.deepEqual(foreign, [], `${sink}: nothing of a kind that we do not send ourselves`);
    assert.doesNotMatch(program.title(), /owned|rm -rf/, sink);
  };
  say(program, "say it");
  await program.waitFor(/model-end/);
  check("model");
  say(program, "run it");
  await answer(program, "y");
  await program.waitFor(/ran-end/);
  check("tool output");
  say(program, "name it");
  await answer(program, "y");
  await program.waitFor(/named-end/);
  check("file names");
  program.key("C-b", "t");
  await program.waitFor(/write-end/);
  check("program, title");
  program.key("C-b", "d");
  await program.exited;
  assert.equal(program.modes().cursorShape, "default");
});

/** What our own frames are made of, whether or not the calm start had needed it: places, styles, erasing, the cursor, links. */
const CALM = /^(?:CSI [ABCDHGdmKJX]|CSI \?(?:25|2026)[hl]|CSI q|OSC 8)$/;
