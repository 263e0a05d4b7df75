// Languages that run through a file: which command, which package brings it, and pages that are shown on a desktop.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { desktopOpener } from "../../src/host/desktop.ts";
import { LANGUAGE_NAMES, languageOf } from "../../src/host/terminal-languages.ts";
import { managerOf, missingProgram } from "../../src/host/terminal-packages.ts";
import { type Ground, makeGround, run, until } from "./ground.ts";

/** A program that says how it was called, and what its last argument holds. */
function stub(ground: Ground, name: string): void {
  const folder = join(ground.home, "bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), '#!/bin/sh\nfor last; do :; done\necho "${0##*/} $*"\ncat "$last"\n');
  chmodSync(join(folder, name), 0o755);
}

test("each language is given to its program as a file, with arguments that make it ask nothing", async () => {
  await using ground = makeGround();
  const cases: [language: string, program: string, extension: string][] = [
    ["powershell", "pwsh", "ps1"],
    ["applescript", "osascript", "applescript"],
    ["ruby", "ruby", "rb"],
    ["r", "Rscript", "R"],
    ["php", "php", "php"],
    ["java", "java", "java"],
    ["lua", "lua", "lua"],
  ];
  for (const [, program] of cases) stub(ground, program);
  const env = { PATH: `${join(ground.home, "bin")}:/usr/bin:/bin`, HOME: ground.home, LANG: "C.UTF-8", SHELL: "/bin/bash" };
  const terminal = ground.open({ env });
  const said: Record<string, string> = {};
  for (const [language, program, extension] of cases) {
    const { output } = await run(terminal, "the code", language);
    const [first = "", ...code] = output.trimEnd().split("\n");
    assert.match(first, new RegExp(`^${program} .*cell-\\d+\\.${extension}$`), language);
    said[language] = first.replace(/\S*cell-\d+/, "cell");
    assert.equal(code.at(-1), "the code");
  }
  assert.match(said["powershell"] ?? "", /-NoLogo -NoProfile -NonInteractive -File/);
});

test("a program that is there and ends with 127 is not said to be missing", async () => {
  await using ground = makeGround();
  stub(ground, "ruby");
  writeFileSync(join(ground.home, "bin/ruby"), "#!/bin/sh\nexit 127\n");
  const env = { PATH: `${join(ground.home, "bin")}:/usr/bin:/bin`, HOME: ground.home, LANG: "C.UTF-8", SHELL: "/bin/bash" };
  const terminal = ground.open({ env });
  const there = await run(terminal, "exit 127", "ruby");
  assert.deepEqual([there.exitCode, there.note], [127, undefined]);
  await run(terminal, "PATH=/usr/bin:/bin");
  rmSync(join(ground.home, "bin/ruby"));
  const gone = await run(terminal, "x", "lua");
  if (gone.exitCode === 127) assert.match(gone.note ?? "", /lua was not found/);
});

test("names mean the agent's own shell where that is it, else a program of that name", () => {
  const typeOf = (name: string, shell: "bash" | "zsh" | "fish") => languageOf(name, shell)?.type;
  assert.deepEqual([typeOf("bash", "bash"), typeOf("zsh", "zsh"), typeOf("fish", "fish"), typeOf("shell", "fish")], Array(4).fill("shell"));
  assert.deepEqual([typeOf("bash", "fish"), typeOf("sh", "fish"), typeOf("bash", "zsh"), typeOf("zsh", "bash")], Array(4).fill("file"));
  assert.deepEqual([typeOf("sh", "bash"), typeOf("sh", "zsh")], ["shell", "shell"]);
  for (const name of ["python", "javascript", "typescript", "ruby", "r", "java", "perl", "php", "html", "powershell", "applescript"]) {
    assert.ok(LANGUAGE_NAMES.includes(name), name);
  }
});

test("a missing program is named with the package of the machine's own package manager", () => {
  const packages = { apt: "r-base-core", dnf: "R", brew: "r" };
  assert.match(missingProgram("Rscript", packages, "brew"), /^Rscript was not found on the shell's PATH; install it with: brew install r$/);
  assert.match(missingProgram("Rscript", packages, "dnf"), /sudo dnf install R$/);
  assert.match(missingProgram("Rscript", packages, "pacman"), /sudo pacman -S r-base-core$/);
  assert.match(missingProgram("osascript", "AppleScript comes with macOS and runs nowhere else", "apt"), /runs nowhere else$/);
  assert.deepEqual(
    ["ID=debian\n", "ID=ubuntu\nID_LIKE=debian\n", 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', "ID=arch\n", "ID=alpine\n", ""].map(
      managerOf,
    ),
    ["apt", "apt", "dnf", "pacman", "apk", "apt"],
  );
});

test("a page is written and shown where there is a desktop, and only written where there is none, or no network is allowed", async () => {
  await using ground = makeGround();
  mkdirSync(join(ground.home, "bin"));
  const seen = join(ground.home, "seen");
  writeFileSync(join(ground.home, "bin", "xdg-open"), `#!/bin/sh\ncat "$1" > ${seen}.part; mv ${seen}.part ${seen}\n`, { mode: 0o755 });
  const env = { PATH: `${join(ground.home, "bin")}:/usr/bin:/bin`, HOME: ground.home, LANG: "C.UTF-8", SHELL: "/bin/bash" };
  const page = "<h1>hi</h1>";
  const plain = await run(ground.open({ env }), page, "html");
  assert.match(plain.note ?? "", /was written to \/.*document-1\.html, where it stays while this terminal is open$/);
  const closed = { mode: "full", network: false, writable: [] } as const;
  const cut = await run(ground.open({ env: { ...env, DISPLAY: ":9" }, sandbox: { ...closed, writable: [] } }), page, "html");
  assert.doesNotMatch(cut.note ?? "", /opened/);
  assert.equal(existsSync(seen), false);
  const shown = await run(ground.open({ env: { ...env, DISPLAY: ":9" } }), page, "html");
  assert.match(shown.note ?? "", /, and opened in the browser$/);
  await until("it is shown", () => existsSync(seen));
  assert.equal(readFileSync(seen, "utf8"), `${page}\n`);
  assert.equal(desktopOpener({ PATH: env.PATH }, "linux"), null);
});
