// What a shell offers while one types: by itself, and in the real shells that are here.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { commandTable } from "../../src/cli/command-table.ts";
import { complete, completionLines } from "../../src/cli/completion.ts";
import { completionScripts } from "../../src/cli/completion-scripts.ts";
import { flagTable } from "../../src/cli/flag-table.ts";

const packageDir = join(import.meta.dirname, "../..");

function makeRoot(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "interpane-complete-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ["profiles", "sessions"]) mkdirSync(join(root, folder));
  writeFileSync(join(root, "profiles", "workbench.yaml"), "provider: demo\nmodel: scripted\n");
  writeFileSync(join(root, "sessions", "s-0mhx7abc.jsonl"), "");
  writeFileSync(join(root, "config.toml"), '[model_providers.our-gateway]\nbase_url = "https://llm.example.com"\n');
  writeFileSync(join(root, "state.json"), JSON.stringify({ recentFolders: [{ folder: root, at: 1 }] }));
  return root;
}

test("commands, verbs, flags and their values are offered where they may stand, and nothing where a prompt is typed", async (context) => {
  const root = makeRoot(context);
  const env = { INTERPANE_HOME: root };
  const offer = async (...words: string[]) => {
    const { candidates, paths } = await complete(words, { env, packageDir });
    return [...candidates.map((each) => each.word), ...(paths === null ? [] : [`:${paths}`])];
  };
  assert.deepEqual(
    await offer(""),
    commandTable.flatMap(({ name }) => (name === "screen" ? [] : [name])),
  );
  assert.deepEqual(await offer("prof"), ["profile"]);
  assert.deepEqual(await offer("profile", "sh"), ["show"]);
  assert.deepEqual(await offer("profile", "show", "work"), ["workbench", ":files"]);
  // As Open Interpreter's users write them.
  assert.deepEqual(await offer("exec", "--max_"), ["--max_tokens", "--max_output", "--max_budget"]);
  assert.deepEqual(await offer("exec", "--api_k"), ["--api_key"]);
  assert.deepEqual(await offer("exec", "-ab", "u", "--save_p"), ["--save_profile"]);
  assert.deepEqual(await offer("-cw", "9", "prof"), ["profile"]);
  assert.deepEqual(await offer("exec", "--tools", "editor,s"), ["editor,search"]);
  assert.deepEqual(await offer("-p", "work"), ["workbench", ":files"]);
  assert.deepEqual(await offer("--profile=work"), ["--profile=workbench", ":files"]);
  assert.deepEqual(await offer("exec", "--output-s"), ["--output-schema"]);
  assert.deepEqual(await offer("exec", "--output-schema", ""), [":files"]);
  assert.deepEqual(await offer("send", "2", "-i", ""), [":files"]);
  assert.deepEqual(await offer("vault", "add", "our"), ["our-gateway"]);
  assert.deepEqual(await offer("providers", "anthro"), ["anthropic"]);
  assert.ok((await offer("--model", "openai/gpt-5.5")).includes("openai/gpt-5.5"));
  assert.ok((await offer("--model", "open")).includes("openai/"));
  assert.deepEqual(await offer("sessions", "show", ""), ["s-0mhx7abc"]);
  assert.deepEqual(await offer("attach", ""), [root, ":folders"]);
  assert.deepEqual(await offer("exec", "write a"), []);
  assert.deepEqual(await offer("exec", "--", "--prof"), []);
  assert.deepEqual(await offer("wait", "--until", "w"), ["waiting"]);
  // The command is known behind flags and their values too, and a flag is offered only where it works.
  for (const row of commandTable) {
    const wanted = flagTable.filter((flag) => flag.where.includes(row.name)).map((flag) => `--${flag.name}`);
    assert.deepEqual(await offer(...(row.name === "screen" ? [] : [row.name]), "--"), wanted, row.name);
  }
  assert.ok((await offer("--cwd", "/tmp", "kill", "--a")).includes("--all"));
});

test("what stands in a name drives no terminal", () => {
  const lines = completionLines({ candidates: [{ word: "a\u001b[2Jb\n:files", help: "x\ty" }], paths: null });
  assert.equal(lines, "a [2Jb :files\tx y\n");
});

const has = (shell: string): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;

function shellGround(context: TestContext): { root: string; env: Record<string, string>; script(shell: "bash" | "zsh" | "fish"): string } {
  const root = makeRoot(context);
  const bin = join(root, "bin");
  mkdirSync(bin);
  const program = join(bin, "interpane");
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(packageDir, "src/main.ts")}' "$@"\n`);
  chmodSync(program, 0o755);
  const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: root, INTERPANE_HOME: root, LANG: "C.UTF-8", TERM: "dumb" };
  return {
    root,
    env,
    script(shell) {
      const file = join(root, `script.${shell}`);
      writeFileSync(file, completionScripts[shell]);
      return file;
    },
  };
}

test("bash completes commands, profiles, and models with a colon and a slash in them", (context) => {
  const { root, env, script } = shellGround(context);
  const ask = (line: string): string[] => {
    const text = `source '${script("bash")}'; COMP_LINE=$1; COMP_POINT=\${#1}; _interpane interpane 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync("bash", ["--noprofile", "--norc", "-c", text, "bash", line], { env, cwd: root, encoding: "utf8" });
    return out.split("\n").filter((word) => word !== "");
  };
  assert.deepEqual(ask("interpane prof"), ["profile"]);
  assert.ok(ask("interpane exec --profile work").includes("workbench"));
  // What bash has taken for a word of its own before the colon is not written twice.
  assert.ok(ask("interpane --model ollama-cloud/gpt-oss:").every((word) => !word.includes("ollama-cloud")));
  assert.ok(ask("interpane --model openai/gpt-5.").includes("openai/gpt-5.5"));
  assert.ok(ask("interpane profile import conf").includes("config.toml"));
});

test("zsh is given each word with its help", { skip: !has("zsh") && "zsh is not installed" }, (context) => {
  const { root, env, script } = shellGround(context);
  const text = `compdef() { : }; _files() { print -- FILES }; _describe() { print -l -- "\${(@P)2}" }
    source '${script("zsh")}'; words=("\${@}"); CURRENT=$#; _interpane`;
  const out = execFileSync("zsh", ["-f", "-c", text, "zsh", "interpane", "exec", "--profile", "work"], {
    env,
    cwd: root,
    encoding: "utf8",
  });
  assert.deepEqual(out.trim().split("\n").toSorted(), ["FILES", "workbench:your profile"]);
});

test("fish offers them with their help", { skip: !has("fish") && "fish is not installed" }, (context) => {
  const { root, env, script } = shellGround(context);
  const ask = (line: string): string =>
    execFileSync("fish", ["--no-config", "-c", `source '${script("fish")}'; complete -C '${line}'`], { env, cwd: root, encoding: "utf8" });
  assert.match(ask("interpane prof"), /^profile\t/mu);
  assert.match(ask("interpane exec --profile work"), /^workbench\tyour profile$/mu);
  assert.match(ask("interpane exec --output-s"), /^--output-schema\t/mu);
});
