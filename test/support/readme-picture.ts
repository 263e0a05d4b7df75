// Makes the picture of the README: the real program in a real pty, three agents of the demo at work.
//
//   npm run picture            writes docs/screen.svg; with --png, a PNG beside it

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pictureOf, savePicture } from "./picture.ts";
import { startProgram } from "./pty-driver.ts";
import { repositoryDir } from "./repository.ts";

const COLS = 140;
const ROWS = 38;

/** What stands in the folder's tests. */
const suites = { cart: ["adds up", "is empty at first"], orders: ["keep their number"], taxes: ["follow the country"] };

/** A home and a folder of work whose names are the same on every machine. */
function makeGround(root: string): { env: Record<string, string>; cwd: string } {
  const home = join(root, "home");
  const cwd = join(home, "code", "shop");
  const profiles = join(home, ".config/interpane/profiles");
  for (const dir of [join(cwd, "src"), join(cwd, "test"), profiles]) mkdirSync(dir, { recursive: true });
  writeFileSync(join(home, ".bashrc"), "PS1='\\W $ '\n");
  const pair = { fast: "smart", smart: "fast" };
  for (const [name, other] of Object.entries(pair))
    writeFileSync(join(profiles, `${name}.yaml`), `provider: demo\nmodel: scripted\npair: ${other}\n`);
  for (const [name, claims] of Object.entries(suites)) {
    const tests = claims.map((claim) => `test(${JSON.stringify(`${name} › ${claim}`)}, () => undefined);`);
    writeFileSync(join(cwd, "test", `${name}.test.mjs`), `import { test } from "node:test";\n${tests.join("\n")}\n`);
  }
  writeFileSync(join(cwd, "src/clock.js"), "// Every module asks here for the time.\nexport const now = () => Date.now();\n");
  return { env: { HOME: home, SHELL: "/bin/bash", TERM: "xterm-256color" }, cwd };
}

async function takePicture(root: string): Promise<string> {
  const { env, cwd } = makeGround(root);
  const main = join(repositoryDir, "src/main.ts");
  const program = startProgram({ argv: [process.execPath, main], env, cwd, cols: COLS, rows: ROWS });
  const say = (text: string) => {
    program.type(text);
    program.key("enter");
  };
  const allow = async () => {
    await program.waitFor(/y (run|allow)/);
    // A key that comes with the question answers nothing.
    await sleep(1000);
    program.key("y");
  };
  try {
    await program.waitFor(/all keys|what OS/i);
    say("/rename planner");
    await program.waitFor("1 planner");
    program.key("C-b", "f");
    await program.waitFor("planner ○ smart");
    say("run: node --test");
    await allow();
    await program.waitFor(/planner ○.*Done\./s);
    say("write a file src/clock.js with: // Every module asks here for the time.\nexport const now = () => clock.now();");
    await allow();
    await program.waitFor(/planner ○.*is written/s);
    program.key("C-b", "t");
    await program.waitFor("shop $");
    program.key("C-b", "t");
    await program.waitFor(/is written.*shop \$/s);

    program.key("C-b", "%");
    await program.waitFor("2 agent 2");
    say("/rename fixer");
    await program.waitFor("2 fixer");
    program.key("C-b", '"');
    await program.waitFor("3 agent 3");
    say("/rename docs");
    await program.waitFor("3 docs");
    say("show me a table");
    program.key("C-b", "up");
    say("run: sed -i 's/OrderId/PurchaseId/g' src/*.js");
    await program.waitFor(/y (run|allow)/);
    await program.waitFor("and one open");
    return pictureOf(program.screen(), { title: "interpane", hasCursor: true });
  } finally {
    await program.close();
    const end = startProgram({ argv: [process.execPath, main, "kill", "--all"], env, cwd });
    await end.exited;
    await end.close();
  }
}

// Not in /tmp: the sandbox shows an agent an empty one, and its prompt comes from a file of this home.
const root = mkdtempSync("/var/tmp/interpane-picture-");
try {
  const files = savePicture(join(repositoryDir, "docs/screen.svg"), await takePicture(root), process.argv.includes("--png"));
  console.log(files.join("\n"));
} finally {
  rmSync(root, { recursive: true, force: true });
}
