// Inside a real tmux: our prefix gives way to tmux's, the screen is what tmux captures, and the terminal is sane afterwards.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { mainFile, makeHome } from "../support/home.ts";
import { startProgram } from "../support/pty-driver.ts";

const hasTmux = spawnSync("tmux", ["-V"]).status === 0;

test("inside tmux the prefix is C-a, capture-pane shows the screen, and detaching leaves the terminal as it was", {
  skip: hasTmux ? false : "tmux is not installed",
}, async (t) => {
  const home = makeHome();
  const socket = join(home.root, "tmux.sock");
  const tmux = (...args: string[]): string =>
    execFileSync("tmux", ["-S", socket, ...args], { encoding: "utf8", env: { ...home.env, TERM: "xterm-256color" } });
  const outer = startProgram({
    argv: [
      "tmux",
      "-u",
      "-S",
      socket,
      "-f",
      "/dev/null",
      "new-session",
      "-s",
      "e2e",
      `stty -a > ${home.root}/before; ${mainFile}; stty -a > ${home.root}/after; cmp ${home.root}/before ${home.root}/after && echo sane-again; cat`,
    ],
    cwd: home.folder,
    env: home.env,
    cols: 120,
    rows: 37,
  });
  t.after(async () => {
    // Its socket lies in the home.
    spawnSync("tmux", ["-S", socket, "kill-server"]);
    await outer.close();
    await home.close();
  });
  await outer.waitFor((text) => /C-a \? keys/.test(text) && text.includes("scripted model"));
  assert.match(tmux("capture-pane", "-p", "-t", "e2e"), /This is the demo: a scripted model, not an AI/);
  outer.key("C-a", "?");
  await outer.waitFor(/C-a %/);
  outer.key("escape");
  await outer.waitFor((text) => !text.includes("C-a %"));
  outer.key("C-a", "d");
  await outer.waitFor(/sane-again/);
  assert.doesNotMatch(tmux("capture-pane", "-p", "-t", "e2e"), /AGENTS/);
  assert.equal(tmux("display-message", "-p", "-t", "e2e", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").trim(), "0 0 1");
});
