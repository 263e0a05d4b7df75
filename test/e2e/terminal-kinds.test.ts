// The whole program on every kind of terminal that people have: what it may be sent, what stands on it, and that it is given back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AROUND, assertRestored } from "../support/given-back.ts";
import { mainFile, makeHome } from "../support/home.ts";
import { startProgram } from "../support/pty-driver.ts";

interface Kind {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly colours: "truecolor" | "256" | "16" | "none";
  readonly isAscii?: boolean;
  /** Links, titles, pasting in brackets, the mouse. */
  readonly isCapable?: boolean;
}

const plain = { COLORTERM: "", LANG: "C.UTF-8" };
const kinds: readonly Kind[] = [
  { name: "xterm-256color with true colours", env: { ...plain, TERM: "xterm-256color", COLORTERM: "truecolor" }, colours: "truecolor" },
  { name: "xterm-256color", env: { ...plain, TERM: "xterm-256color" }, colours: "256" },
  { name: "tmux-256color", env: { ...plain, TERM: "tmux-256color" }, colours: "256" },
  { name: "screen", env: { ...plain, TERM: "screen" }, colours: "16" },
  { name: "linux", env: { ...plain, TERM: "linux" }, colours: "16", isCapable: false },
  { name: "NO_COLOR", env: { ...plain, TERM: "xterm-256color", COLORTERM: "truecolor", NO_COLOR: "1" }, colours: "none" },
  { name: "without UTF-8", env: { ...plain, TERM: "xterm-256color", LANG: "C", LC_ALL: "C" }, colours: "256", isAscii: true },
];

test("on every kind of terminal the frame stands, in its colours and characters, and all is given back", async (t) => {
  const home = makeHome();
  t.after(home.close);
  for (const { name, env, colours, isAscii = false, isCapable = true } of kinds) {
    const program = startProgram({
      argv: ["bash", "-c", AROUND, "around", mainFile],
      cwd: home.folder,
      env: { ...home.env, ...env },
      cols: 110,
      rows: 30,
    });
    try {
      await program.waitFor((text) => text.includes("scripted model") && /C-b \? keys/.test(text) && text.includes("AGENTS"));
      assert.match(program.lines()[0] ?? "", /^ interpane {2}/, name);
      // A resize repaints, without a flash.
      const before = program.bytes().length;
      program.resize(104, 24);
      await program.waitFor((text) => text.includes("AGENTS") && /C-b \? keys/.test(program.lines()[23] ?? ""));
      const drawn = program.bytes().subarray(before).toString("latin1");
      assert.doesNotMatch(drawn, /\x1b\[[0-3]?J|\x1bc|\x1b\[\?1049/, `${name}: the screen is not cleared`);
      const said = program.bytes().toString("latin1");
      assert.equal(/[34]8;2;/.test(said), colours === "truecolor", `${name}: true colours`);
      assert.equal(/[34]8;5;/.test(said), colours === "256", `${name}: 256 colours`);
      if (colours === "16") assert.match(said, /\x1b\[(?:\d+;)*(?:3|9)[0-7]m/, name);
      if (colours === "none") assert.doesNotMatch(said, /\x1b\[(?:\d+;)*(?:[349][0-7]|10[0-7])(?:;\d+)*m/, `${name}: no colour at all`);
      const frames = said.slice(said.indexOf("\x1b[?1049h"));
      assert.equal(/[\x80-\xff]/.test(frames), !isAscii, `${name}: characters beyond ASCII`);
      assert.equal(/\x1b\]|\x1b\[\?(?:1000|2004)h|\x1b\[>/.test(frames), isCapable, `${name}: more than a console knows`);
      assert.equal(program.modes().isSynchronizing, false);
      program.key("C-b", "d");
      await assertRestored(program);
    } finally {
      await program.close();
    }
  }
  for (const TERM of ["dumb", ""]) {
    const program = startProgram({ argv: ["env", `TERM=${TERM}`, mainFile], cwd: home.folder, env: { ...home.env, ...plain } });
    const { exitCode } = await program.exited;
    assert.equal(exitCode, 2);
    assert.match(program.text().replace(/\s+/g, " "), new RegExp(`interpane: TERM is "${TERM}", and the screen needs a terminal that can`));
    assert.doesNotMatch(program.bytes().toString("latin1"), /\x1b/);
    await program.close();
  }
});
