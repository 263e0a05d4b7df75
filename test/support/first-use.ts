// Makes docs/first-use.md: the real program in a real pty, the demo's model, and what the screen shows after each step.
//
//   node test/support/first-use.ts            writes the page

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { firstCommands, firstUse, leaving, type Step, type Stroke, strokesText } from "./first-use-steps.ts";
import { type Program, startProgram } from "./pty-driver.ts";
import { repositoryDir } from "./repository.ts";

const COLS = 100;
const ROWS = 26;
const main = join(repositoryDir, "src/main.ts");

const intro = `# A first use

Every line below was typed into the real program, and every screen is what it showed; the scripted model of the profile \`demo\`
answered, since no key was set. \`node test/support/first-use.ts\` makes this page anew.
`;

async function typeAll(program: Program, strokes: readonly Stroke[]): Promise<void> {
  for (const stroke of strokes) {
    if ("text" in stroke) program.type(stroke.text);
    else program.key(...stroke.chord);
    // Esc and a key right behind it would be one key with Alt.
    await sleep(300);
  }
}

async function walk(program: Program, step: Step): Promise<string> {
  if (step.isAnswer === true) await sleep(1200);
  await typeAll(program, step.strokes);
  await program.waitFor(step.until, 30_000);
  // What comes right behind it stands there too.
  await sleep(700);
  const lines = program.lines();
  return lines
    .map((each) => each.trimEnd())
    .join("\n")
    .replaceAll(release(), release().replace(/-.*/, ""))
    .replace(/^\n+|\n+$/g, "");
}

function section({ title, says, strokes }: Step, screen: string): string {
  const typed = strokes.length === 0 ? "$ interpane" : strokesText(strokes);
  const heading = title === "" ? "" : `\n## ${title}\n`;
  const words = says === "" ? "" : `\n${says}\n`;
  return `${heading}\nTyped: \`${typed}\`\n\n\`\`\`text\n${screen}\n\`\`\`\n${words}`;
}

async function write(root: string): Promise<string> {
  const home = join(root, "home");
  const cwd = join(home, "code", "shop");
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(home, ".bashrc"), "PS1='\\W $ '\n");
  const env = { HOME: home, SHELL: "/bin/bash", TERM: "xterm-256color" };
  const program = startProgram({ argv: [process.execPath, main], env, cwd, cols: COLS, rows: ROWS });
  const parts = [intro];
  try {
    for (const step of firstUse) parts.push(section(step, await walk(program, step)));
    await typeAll(program, leaving.strokes);
    await program.exited;
    parts.push(`\n## ${leaving.title}\n\nTyped: \`${strokesText(leaving.strokes)}\`\n\n${leaving.says}\n`);
    for (const { title, says, command } of firstCommands)
      parts.push(`\n## ${title}\n\n\`\`\`text\n$ ${command}\n${run(command, env, cwd)}\`\`\`\n\n${says}\n`);
    return parts.join("");
  } finally {
    await program.close();
    spawnSync(process.execPath, [main, "kill", "--all"], { env: { PATH: process.env["PATH"] ?? "", ...env }, cwd });
  }
}

/** In a shell in which \`interpane\` is this one. */
function run(command: string, env: Readonly<Record<string, string>>, cwd: string): string {
  const script = `interpane() { "${process.execPath}" "${main}" "$@"; }; ${command}`;
  const done = spawnSync("bash", ["-c", script], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", ...env },
    cwd,
    timeout: 60_000,
  });
  // What stood in columns does so again.
  const home = new RegExp(`${env["HOME"] ?? ""}(\\S*)( {2,}|)`, "g");
  const shorter = (_: string, rest: string, gap: string): string =>
    `~${rest}${gap === "" ? "" : gap + " ".repeat((env["HOME"] ?? "~").length - 1)}`;
  return done.stdout.replace(home, shorter).replaceAll(release(), release().replace(/-.*/, ""));
}

// Not in /tmp: the sandbox shows an agent one of its own, and its prompt comes from a file of this home.
const root = mkdtempSync("/var/tmp/interpane-first-use-");
try {
  const page = join(repositoryDir, "docs/first-use.md");
  writeFileSync(page, await write(root));
  console.log(page);
} finally {
  rmSync(root, { recursive: true, force: true });
}
