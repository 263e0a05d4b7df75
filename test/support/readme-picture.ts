// Makes the picture of the README: the real program in a real pty, three agents of the demo at work.
//
//   npm run picture            writes docs/screen.svg; with --png, a PNG beside it

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
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
  for (const [name, other] of Object.entries(pair)) writeFileSync(join(profiles, `${name}.yaml`), `provider: demo\nmodel: scripted\npair: ${other}\n`);
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
    await program.waitFor("y run");
    // A key that comes with the question answers nothing.
    await sleep(1000);
    program.key("y");
  };
  try {
    await program.waitFor(/all keys|what OS/i);
    say("/rename planner");
    await program.waitFor("1 planner");
    say("write a file src/clock.js with: // Every module asks here for the time; tests may set it.\nexport const now = () => clock.now();");
    await allow();
    await program.waitFor("is written");
    say("run: node --test");
    await allow();
    await program.waitFor("Done.");
    program.key("C-b", "%");
    await program.waitFor("2 agent 2");
    say("/rename fixer");
    await program.waitFor("2 fixer");
    program.key("C-b", '"');
    await program.waitFor("3 agent 3");
    say("/rename docs");
    await program.waitFor("3 docs");
    say("show me a table");
    await program.waitFor("kept |");
    return "";
  } finally {
    console.log(program.text());
    await program.close();
    const end = startProgram({ argv: [process.execPath, main, "kill", "--all"], env, cwd });
    await end.exited;
    await end.close();
  }
}

const root = mkdtempSync(join(tmpdir(), "interpane-picture-"));
try {
  const svg = await takePicture(root);
  if (svg !== "") console.log(savePicture(join(repositoryDir, "docs/screen.svg"), svg, process.argv.includes("--png")).join("\n"));
} finally {
  rmSync(root, { recursive: true, force: true });
}
void pictureOf;
