// Terminals of the user's own have the environment of whoever opened them; agents' shells have not, and nothing of it is written down.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { TerminalId } from "../../src/domain/ids.ts";
import { listFiles } from "../support/place.ts";
import { GUARD_MS } from "../support/until.ts";
import { makeGround } from "./ground.ts";

test("a plain terminal has its user's environment, an agent's shell has not, and no file of ours holds it", async () => {
  const ground = makeGround();
  try {
    const { PATH = "", HOME = "" } = ground.env;
    const own = { PATH, HOME, SHELL: "/bin/sh", DEPLOY_TOKEN: "tok-3141592653", "BASH_FUNC_greet%%": "() {  echo hi\n}", FAVOURITE: "a b" };
    const member = await ground.join({ ownEnv: { ...own, TERM: "dumb" } });
    const other = await ground.join({ ownEnv: { ...own, FAVOURITE: "another" } });
    const bare = await ground.join();
    await member.until("the first agent", () => (member.workspace()?.agents.length ?? 0) > 0);
    const seen = async (terminal: TerminalId, what: RegExp): Promise<void> => {
      const end = performance.now() + GUARD_MS;
      for (;;) {
        const answered = await member.caller.query<"terminal.text">({ type: "terminal.text", terminal, lines: 300 });
        const shown = answered.ok ? answered.value.text : answered.reason;
        if (what.test(shown)) return;
        assert.ok(performance.now() < end, `waited in vain for ${what}: ${shown}`);
      }
    };
    // Bare: a shell between drops what it cannot name.
    const argv = ["env"];
    const open = async (by: typeof member): Promise<TerminalId> => {
      const { terminal } = await by.command({ type: "terminal.open", place: { type: "tab" }, argv });
      assert.ok(terminal !== undefined);
      return terminal;
    };
    const first = await open(member);
    for (const line of [/^DEPLOY_TOKEN=tok-3141592653$/m, /^FAVOURITE=a b$/m, /^BASH_FUNC_greet%%=\(\) \{ {2}echo hi$/m])
      await seen(first, line);
    await seen(first, /^TERM=xterm-256color$/m);
    await seen(first, /^INTERPANE_TERMINAL=/m);
    await seen(await open(other), /^FAVOURITE=another$/m);
    // Whoever brought none: what the newest did.
    await seen(await open(bare), /^FAVOURITE=another$/m);
    // Run again, it is whose who asked for that.
    const again = await other.command({ type: "terminal.respawn", terminal: first });
    assert.ok(again.terminal !== undefined);
    await seen(again.terminal, /^FAVOURITE=another$/m);
    const [agent] = member.workspace()?.agents ?? [];
    assert.ok(agent !== undefined);
    const [pane] = member.workspace()?.tabs.flatMap(({ root }) => (root.type === "leaf" ? [root.pane] : [])) ?? [];
    assert.ok(pane !== undefined);
    await member.command({ type: "pane.face", pane, face: "terminal" });
    await member.until("the agent's shell", () => (member.workspace()?.agents[0]?.terminal ?? null) !== null);
    const shell = member.workspace()?.agents[0]?.terminal;
    assert.ok(shell);
    await seen(shell, /[$#%>] ?$/);
    await member.command({ type: "terminal.input", terminal: shell, data: "echo [$DEPLOY_TOKEN$FAVOURITE]\r" });
    await seen(shell, /^\[\]$/m);
    for (const file of listFiles(ground.root)) assert.ok(!readFileSync(file).includes("tok-3141592653"), file);
  } finally {
    await ground.close();
  }
});
