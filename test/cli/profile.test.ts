// `interpane profile …` as far as it works on files: add, edit, remove, import, and what is refused.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { profileWord } from "../../src/cli/profile-word.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { createFakeIo, type FakeIo } from "./fake-io.ts";

interface Ground {
  readonly root: string;
  readonly profiles: string;
  io(over?: Partial<Parameters<typeof createFakeIo>[0]>): FakeIo;
}

function ground(context: TestContext): Ground {
  const root = mkdtempSync(join(tmpdir(), "interpane-profile-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  return { root, profiles: join(root, "profiles"), io: (over) => createFakeIo({ root, env: { HOME: root }, ...over }) };
}

test("add writes a checked file of the user's own, and never over one that is there", async (context) => {
  const { profiles, io } = ground(context);
  const own = io();
  const words = ["profile", "add", "work", "provider=anthropic", "model=claude-opus-4-7", "max_budget=5", "tools=interpreter,search"];
  assert.equal(await runCli([...words, "auto-run=false"], own), 0, own.err());
  const file = join(profiles, "work.yaml");
  assert.equal(own.out(), `${file}\n`);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, "utf8");
  assert.match(text, /^provider: anthropic\nmodel: claude-opus-4-7\nmax_budget: 5\n/);
  assert.match(text, /tools:\n +- interpreter\n +- search/);
  assert.deepEqual(readdirSync(profiles), ["work.yaml"]);

  writeFileSync(join(profiles, "../elsewhere.yaml"), "provider: openai\nmodel: gpt-5.4\n");
  for (const [given, said] of [
    [words, /you have a profile "work" already/],
    [["profile", "add", "x", "provider=openai"], /model is missing/],
    [["profile", "add", "x", "provider=openai", "modle=a"], /did you mean "model"\?/],
    [["profile", "add", "x", "provider=openai", "model=a", "temperature=hot"], /temperature is "hot"; allowed: a number from 0 to 2/],
    [["profile", "add", "x", "provider=openai", "model=a", "credential=sk-0123456789"], /credential is something else \(not shown/],
    [["profile", "add", "../x", "provider=openai", "model=a"], /cannot be a profile's name/],
    [["profile", "add", "x.yaml", "provider=openai", "model=a"], /"x\.yaml" is a file's name; write the profile's: x$/m],
    [["profile", "add", "x.json", "provider=openai", "model=a"], /write the profile's: x$/m],
    [["profile", "add", "y".repeat(65), "provider=openai", "model=a"], /cannot be a profile's name: up to 64 letters/],
    [["profile", "use", join(profiles, "../elsewhere.yaml")], /is a file; make it a profile of yours first: interpane profile import/],
    [["profile", "pair", "fast", join(profiles, "../elsewhere.yaml")], /is a file; make it a profile of yours first/],
    [["exec", "--save-profile", "x".repeat(57), "hi"], /up to 56 letters, digits/],
    [["profile", "add", "x", "nonsense"], /no KEY=VALUE/],
    [["profile", "remove", "smart"], /those that came with Interpane stay/],
    [["profile", "edit", "work"], /needs a terminal/],
    [["profile", "shwo"], /list, show, add/],
  ] as const) {
    const failed = io();
    assert.equal(await runCli([...given], failed), 2, given.join(" "));
    assert.match(failed.err(), said);
    assert.ok(!failed.err().includes("sk-0123456789"));
  }
  assert.equal(readFileSync(file, "utf8"), text);
  assert.equal(await runCli(["profile", "add", "work", "--yes", "provider=openai", "model=gpt-5.5"], io()), 0);
  assert.match(readFileSync(file, "utf8"), /gpt-5\.5/);
  const settings = ["max_tokens=900", "context_window=9000", "max_output=900", "temperature=0.5", "max_budget=2.5", "images=true"];
  const all = io();
  assert.equal(
    await runCli(["profile", "add", "work", "--yes", "provider=openai", "model=m", ...settings, "offline=false"], all),
    0,
    all.err(),
  );
  for (const setting of settings) assert.ok(readFileSync(file, "utf8").includes(`\n${setting.replace("=", ": ")}\n`), setting);
  assert.equal(await runCli(["profile", "remove", "work"], io({ answers: ["n"] })), 4);
  assert.ok(existsSync(file));
  assert.equal(await runCli(["profile", "remove", "work", "--yes"], io()), 0);
  assert.ok(!existsSync(file));
});

test("edit works on a copy: a wrong one is shown again or put aside, a right one takes its place, a bundled one becomes the user's", async (context) => {
  const { root, profiles, io } = ground(context);
  const editor = join(root, "editor.sh");
  const edit = (script: string): Record<string, string> => {
    writeFileSync(editor, `#!/bin/sh\n${script}\n`);
    chmodSync(editor, 0o755);
    return { HOME: root, EDITOR: editor };
  };
  const wrong = io({ env: edit('echo "modle: x" >> "$1"'), answers: ["n"], isTerminal: true });
  assert.equal(await runCli(["profile", "edit", "smart"], wrong), 2);
  assert.match(wrong.err(), /unknown key "modle" \(did you mean "model"\?\)/);
  assert.match(readFileSync(join(profiles, "smart.rejected"), "utf8"), /modle: x/);
  assert.ok(!existsSync(join(profiles, "smart.yaml")));

  // Wrong first, mended when asked again.
  const twice = `if grep -q modle "$1"; then sed -i 's/^modle.*/max_tokens: 100/' "$1"; else echo "modle: x" >> "$1"; fi`;
  const mended = io({ env: edit(twice), answers: ["y"], isTerminal: true });
  assert.equal(await runCli(["profile", "edit", "smart"], mended), 0, mended.err());
  assert.match(readFileSync(join(profiles, "smart.yaml"), "utf8"), /max_tokens: 100/);

  const same = io({ env: edit("true"), answers: [], isTerminal: true });
  assert.equal(await runCli(["profile", "edit", "smart"], same), 0);
  assert.match(same.err(), /nothing was changed/);
  const failing = io({ env: edit("exit 3"), answers: [], isTerminal: true });
  assert.equal(await runCli(["profile", "edit", "smart"], failing), 1);
  const raced = io({
    env: edit(`echo "max_budget: 1" >> "$1"; echo "# by somebody else" >> ${join(profiles, "smart.yaml")}`),
    answers: [],
    isTerminal: true,
  });
  assert.equal(await runCli(["profile", "edit", "smart"], raced), 2);
  assert.match(raced.err(), /changed by something else meanwhile/);
});

test("import makes a profile of Open Interpreter's the user's own, lists what is left out, and never runs Python", async (context) => {
  const { root, profiles, io } = ground(context);
  const theirs = join(root, ".config/open-interpreter/profiles");
  mkdirSync(theirs, { recursive: true });
  const key = "sk-proj-0123456789abcdef";
  writeFileSync(
    join(theirs, "my_profile.yaml"),
    `llm:\n  model: openai/x\n  api_base: https://llm.example.com/v1\n  api_key: ${key}\n  supports_functions: true\ncustom_instructions: "Be brief."\nversion: 0.2.5\n`,
  );
  writeFileSync(join(theirs, "evil.py"), `open(${JSON.stringify(join(root, "ran"))}, "w")`);
  const own = io();
  assert.equal(await runCli(["profile", "import", "my_profile", "mine"], own), 0, own.err());
  const text = readFileSync(join(profiles, "mine.yaml"), "utf8");
  assert.match(
    text,
    /provider: custom\nmodel: x\nbase_url: https:\/\/llm\.example\.com\/v1\nwire_api: chat\ncustom_instructions: Be brief\./,
  );
  assert.match(own.err(), /left out: llm\.supports_functions: /);
  assert.match(own.err(), /its api_key was not taken over; .*credential: env:NAME/);
  assert.ok(!text.includes(key) && !own.err().includes(key) && !own.out().includes(key));

  const again = io();
  assert.equal(await runCli(["profile", "import", "my_profile", "mine"], again), 2);
  assert.match(again.err(), /already/);
  for (const word of ["evil.py", "evil", join(theirs, "evil.py")]) {
    const python = io();
    assert.equal(await runCli(["profile", "import", word], python), 2);
    assert.match(python.err(), /is never executed/);
  }
  const used = io();
  assert.equal(await runCli(["exec", "--profile", "evil.py", "hello"], used), 2);
  assert.match(used.err(), /is never executed/);
  assert.ok(!existsSync(join(root, "ran")));
  spawnSync("mkfifo", [join(theirs, "pipe.yaml")]);
  mkdirSync(join(theirs, "folder.yaml"));
  for (const [word, why] of [
    ["pipe.yaml", /this is no file, but a pipe/],
    ["folder.yaml", /this is a folder/],
  ] as const) {
    const odd = io();
    assert.equal(await runCli(["profile", "import", word], odd), 2);
    assert.match(odd.err(), why);
  }
  const url = io();
  assert.equal(await runCli(["profile", "import", "https://example.com/x.yaml"], url), 2);
  assert.match(url.err(), /is an address/);
});

test("what stands behind --profile is a name, or a file that is told whole", (context) => {
  const { root, profiles, io } = ground(context);
  const theirs = join(root, ".config/open-interpreter/profiles");
  for (const folder of [profiles, theirs, join(root, "here")]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(profiles, "own.yaml"), "");
  writeFileSync(join(theirs, "theirs.yaml"), "");
  writeFileSync(join(theirs, "own.yaml"), "");
  writeFileSync(join(root, "here", "my_profile.yaml"), "");
  const own = io({ cwd: join(root, "here") });
  const name = (word: string): string => {
    const named = profileWord(own, word);
    return named.ok ? named.name : `! ${named.message}`;
  };
  assert.equal(name("my_profile.yaml"), join(root, "here/my_profile.yaml"));
  assert.equal(name("./my_profile.yaml"), join(root, "here/my_profile.yaml"));
  assert.equal(name("~/here/my_profile.yaml"), join(root, "here/my_profile.yaml"));
  assert.equal(name("theirs"), join(theirs, "theirs.yaml"));
  assert.equal(name("own"), "own");
  assert.equal(name("smart"), "smart");
  assert.equal(name("fast.yaml"), "fast");
  assert.equal(name("openrouter/anthropic/claude-opus-4.7"), "openrouter/anthropic/claude-opus-4.7");
  assert.match(name("./none.yaml"), /^! there is no file/);
  assert.match(name("none.yaml"), /^! there is no file none\.yaml here, in .*profiles.* no profile "none"; interpane profile list/);
});
