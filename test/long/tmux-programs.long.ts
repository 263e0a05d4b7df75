// What real programs print looks in our panes as in tmux's: each is run once, and the bytes it wrote are shown to both, step by step.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { startProgram } from "../support/pty-driver.ts";
import { repositoryDir } from "../support/repository.ts";
import { makeShown } from "../support/shown-cells.ts";
import { differenceOf } from "../support/tmux-compare.ts";
import { TmuxPeer, tmuxVersion } from "../support/tmux-peer.ts";

const COLS = 90;
const ROWS = 28;
const folder = mkdtempSync(join(tmpdir(), "ip-programs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const text = join(folder, "text.txt");
writeFileSync(
  text,
  Array.from(
    { length: 300 },
    (_, i) => `${i} the quick brown fox, 漢字 and ünïcode, \tjumps over the lazy dog ${"again and again ".repeat(i % 9)}`,
  ).join("\n"),
);
const code = join(folder, "code.c");
writeFileSync(
  code,
  '#include <stdio.h>\n/* a comment */\nint main(void) {\n  for (int i = 0; i < 10; i++) printf("%d\\n", i);\n  return 0;\n}\n'.repeat(20),
);

interface Step {
  readonly keys: string;
  readonly shows: RegExp;
}

interface Recording {
  readonly name: string;
  readonly argv: readonly string[];
  readonly steps: readonly Step[];
  readonly env?: Readonly<Record<string, string>>;
}

const down = "\x1b[B";
const RECORDINGS: readonly Recording[] = [
  {
    name: "vim",
    argv: ["vim", "-u", "NONE", "-N", "-i", "NONE", "-c", "syntax on | set number hlsearch incsearch background=dark termguicolors", code],
    steps: [
      { keys: "", shows: /include/ },
      { keys: "/printf\r", shows: /printf/ },
      { keys: "nn\x06\x06", shows: /return/ },
      { keys: ":split\r", shows: /code\.c/ },
      { keys: "dd5jp:%s/int/long/g\r", shows: /long/ },
      { keys: "\x1b:set nowrap\rggVG>", shows: /include/ },
    ],
  },
  {
    name: "less",
    argv: ["less", "-S", text],
    steps: [
      { keys: "", shows: /0 the/ },
      { keys: "  ", shows: /60 the/ },
      { keys: "/250\r", shows: /250 the/ },
      { keys: "b", shows: /24\d the/ },
      { keys: "\x1b[C", shows: /2\d\d|fox|dog/ },
    ],
  },
  {
    name: "nano",
    argv: ["nano", "-I", text],
    steps: [
      { keys: "", shows: /text\.txt/ },
      { keys: `${down.repeat(30)}hello\r`, shows: /hello/ },
      { keys: "\x17lazy\r", shows: /lazy/ },
    ],
  },
  {
    name: "htop",
    argv: ["htop", "-d", "2"],
    steps: [
      { keys: "", shows: /Load average/ },
      { keys: down, shows: /PID/ },
      { keys: "\x1bOQ", shows: /Setup|Meters|PID/ },
    ],
  },
  {
    name: "mc",
    argv: ["mc", "--nosubshell", "-u", "-x", folder, folder],
    env: { HOME: folder },
    steps: [
      { keys: "", shows: /text\.txt/ },
      { keys: `${down}${down}\x1bOR`, shows: /Quit|Hex/ },
    ],
  },
  {
    name: "git log",
    argv: ["git", "-c", "core.pager=less -R", "-c", "color.ui=always", "log", "--graph", "--stat", "-40"],
    steps: [
      { keys: "", shows: /commit/ },
      { keys: "  ", shows: /\|/ },
    ],
  },
  {
    name: "tmux in tmux",
    argv: ["tmux", "-L", `inner-${process.pid}`, "-f", "/dev/null", "new", "-s", "in", "sh"],
    env: { SHELL: "/bin/sh" },
    steps: [
      { keys: "", shows: /\[in\]/ },
      { keys: "seq 40\r", shows: /40/ },
      { keys: "\x02%", shows: /│/ },
      { keys: "ls /\r", shows: /usr/ },
      { keys: '\x02"', shows: /─/ },
    ],
  },
  {
    name: "bash",
    argv: ["bash", "--norc", "-i"],
    steps: [
      { keys: "seq 100 | column; printf '\\e[1;31mred\\e[0m\\n'\r", shows: /red/ },
      {
        keys: "a long command line that wraps over the edge of the window again and again until it is two lines long".repeat(2),
        shows: /two lines/,
      },
      { keys: "\x01\x04\x04xyz", shows: /xyz/ },
    ],
  },
  {
    name: "Interpane itself",
    argv: [process.execPath, join(repositoryDir, "src/main.ts")],
    env: { INTERPANE_HOME: join(folder, "home"), HOME: folder },
    steps: [
      { keys: "", shows: /demo/ },
      { keys: "what OS am I using?\r", shows: /uname|approve|Run/i },
    ],
  },
];

const isThere = (program: string): boolean =>
  program.startsWith("/") || (process.env["PATH"] ?? "").split(delimiter).some((path) => existsSync(join(path, program)));

for (const { name, argv, steps, env } of RECORDINGS) {
  const program = argv[0] ?? "";
  const missing = tmuxVersion() === null ? "tmux is not installed" : isThere(program) ? false : `${program} is not installed`;
  test(`${name} looks as in tmux, step by step`, { skip: missing, timeout: 60_000 }, async (t) => {
    const peer = await TmuxPeer.start(COLS, ROWS);
    t.after(() => peer.close());
    const run = startProgram({ argv, cols: COLS, rows: ROWS, cwd: repositoryDir, env: { HOME: folder, ...env } });
    t.after(async () => {
      await run.close();
      if (name === "tmux in tmux") execFileSync("tmux", ["-L", `inner-${process.pid}`, "kill-server"], { stdio: "ignore" });
      if (env?.["INTERPANE_HOME"] !== undefined)
        execFileSync(process.execPath, [join(repositoryDir, "src/main.ts"), "kill", "--all"], {
          env: { ...process.env, ...env },
          stdio: "ignore",
        });
    });
    const shown = await makeShown(COLS, ROWS);
    await peer.feed(Buffer.from("\x1bc"));
    shown.feed(Buffer.from("\x1bc"));
    let given = 0;
    for (const [index, step] of steps.entries()) {
      run.type(step.keys);
      await run.waitFor(step.shows);
      await settled(() => run.bytes().length);
      const bytes = run.bytes().subarray(given);
      given += bytes.length;
      await peer.feed(bytes);
      const difference = differenceOf(shown.feed(bytes).cells, await peer.cells(), true);
      assert.equal(difference, null, `${name}, step ${index}: ${difference}`);
    }
    assert.ok(given > 200, `${name} wrote ${given} bytes`);
  });
}

/** Until nothing more has come for a moment: what is compared is what both were given, so that an early look is no error. */
async function settled(size: () => number): Promise<void> {
  for (let last = -1, rounds = 0; last !== size() && rounds < 20; rounds++) {
    last = size();
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
}
