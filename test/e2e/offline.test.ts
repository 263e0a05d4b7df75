// --offline: it stands on the screen, nothing but this machine is reached, and no name is looked up.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { makeHome } from "../support/home.ts";
import { say as reply, startModelServer } from "../support/model-server.ts";
import { answer, say } from "./trip.ts";

test("--offline: OFFLINE in the status line, a hosted profile is refused with a sentence, a local one answers, code has no network", async (t) => {
  const server = await startModelServer(reply("Local answer."));
  t.after(server.close);
  const home = makeHome({
    config: `default_profile = "demo"\n[model_providers.near]\nbase_url = "${server.baseUrl}"\nwire_api = "chat"\n[model_providers.far]\nbase_url = "https://model.test.invalid/v1"\nwire_api = "chat"\n`,
    profiles: { near: "provider: near\nmodel: m\n", far: "provider: far\nmodel: m\n" },
  });
  t.after(home.close);
  const program = home.open({ args: ["--offline"] });
  await program.waitFor(/OFFLINE/);
  say(program, "/profile far");
  await program.waitFor(/profile demo → far/);
  say(program, "hello");
  await program.waitFor(/offline: https:\/\/model\.test\.invalid is not on this machine/);
  say(program, "/profile near");
  await program.waitFor(/→ near/);
  say(program, "hello");
  await program.waitFor(/Local answer/);

  // What runs there is cut off too: a name server on this machine hears nothing.
  const heard: string[] = [];
  const udp = createSocket("udp4", (message) => heard.push(message.toString()));
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  t.after(() => udp.close());
  say(program, "/profile demo");
  await program.waitFor(/near → demo/);
  say(program, `run: echo hi > /dev/udp/127.0.0.1/${udp.address().port}; ip -brief address 2>/dev/null | wc -l; echo over`);
  const text = await program.waitFor(/needs you|not run|Not run/);
  if (/no network/.test(text)) {
    await answer(program, "y");
    await program.waitFor(/It printed|failed/);
  }
  assert.deepEqual(heard, []);
  const failures = (await home.facts()).flatMap((fact) =>
    fact.type === "turn.ended" && fact.failure !== undefined ? [fact.failure.kind] : [],
  );
  assert.deepEqual(failures, ["offline"]);
});
