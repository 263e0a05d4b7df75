// Coming and going: a prompt on the command line, two screens on one workspace, leaving with and without the agents.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeHome, waitForEnd } from "../support/home.ts";
import { answer, say } from "./trip.ts";

test("a prompt on the command line is sent; a second screen shows the same, and the first answer counts for both", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const first = home.open({ args: ["run: echo given-$((40+2))"] });
  await first.waitFor(/y run/);
  const second = home.open({ cols: 90, rows: 25 });
  await second.waitFor(/y run/);
  await answer(second, "y");
  await Promise.all([first.waitFor(/given-42/), second.waitFor(/given-42/)]);
  await Promise.all([first.waitFor((text) => !text.includes("needs you")), second.waitFor((text) => !text.includes("needs you"))]);
  const { out } = await home.run(["ls", "--json"]);
  assert.deepEqual(
    (JSON.parse(out) as { folder: string; agents: number; clients: number }[]).map(({ folder, agents, clients }) => ({
      folder,
      agents,
      clients,
    })),
    [{ folder: home.folder, agents: 1, clients: 2 }],
  );
});

test("quitting asks where an agent works, ends it and leaves; kill --all ends the server; nothing runs on", async (t) => {
  const home = makeHome();
  t.after(home.close);
  const program = home.open();
  await program.waitFor(/scripted model/);
  say(program, "run: sleep 1234");
  await answer(program, "y");
  await program.waitFor(/◉ 1 run/);
  program.key("C-b", "Q");
  const asked = await program.waitFor(/1 agent is working/);
  assert.match(asked, /run: sleep 1234/);
  program.key("n");
  await program.waitFor((text) => !text.includes("1 agent is working"));
  program.key("C-b", "d");
  assert.equal((await program.exited).exitCode, 0);

  const pid = home.serverPid();
  assert.ok(pid !== null, "the server has left its agent alone");
  const killed = await home.run(["kill", "--all"]);
  assert.deepEqual({ code: killed.code, err: killed.err }, { code: 0, err: "stopped the server\n" });
  assert.equal(await waitForEnd(pid, 5000), true);
  assert.equal((await home.run(["ls", "--json"])).out, "[]\n");

  const again = home.open();
  await again.waitFor(/○ 1 run: sleep/);
  assert.match(again.text(), /interrupted/);
});
