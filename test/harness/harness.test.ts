// All dialects: what is said is understood, what cannot be understood is answered, nothing throws.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { type Action, actionSchema } from "../../src/domain/action.ts";
import { type HarnessName, harnessNameSchema, type ToolName } from "../../src/domain/profile.ts";
import { harnessOf } from "../../src/harness/table.ts";
import { chanceOf } from "../support/chance.ts";

const names = harnessNameSchema.options;
const all: readonly ToolName[] = ["interpreter", "editor", "search"];

/** What a dialect has words for; the rest it says in the nearest that does the same. */
function canSay(name: HarnessName, action: Action): boolean {
  const isShell = action.type === "exec" && action.language === "shell" && action.cwd === undefined;
  if (name === "minimal") return isShell && (action.timeoutMs === undefined || action.timeoutMs % 1000 === 0);
  if (name === "claude-code-bare") return isShell || action.type === "read" || action.type === "edit";
  if (action.type === "write" && action.append !== undefined) return name === "native" || name === "kimi-cli";
  if (name === "deepseek-tui" && action.type === "search" && action.kind === "files") return /[*?[\]{}]/.test(action.pattern);
  return action.type !== "other";
}

function randomAction(random: (n: number) => number): Action {
  const pick = <T>(list: readonly [T, ...T[]]): T => list[random(list.length)] ?? list[0];
  const text = (): string =>
    pick(["ls -la", "a\nb\n", 'it\'s "quoted" \\ $HOME `x`', "naïve 日本 👩‍👩‍👧", '{"json": true}', "\t\u0007\u2028", "EOF\nEOF", "'"]);
  const path = (): string => pick(["a.ts", "/tmp/x y/z", "src/é.ts", "-rf", "~/.config"]);
  const maybe = <K extends string, V>(key: K, value: V): { [P in K]?: V } | object => (random(2) === 0 ? {} : { [key]: value });
  const edit = () => ({ old: text(), new: text(), all: random(2) === 0 });
  const made = pick<() => object>([
    () => ({
      type: "exec",
      language: pick(["shell", "shell", "shell", "python", "javascript", "ruby"]),
      code: text(),
      ...maybe("timeoutMs", pick([1000, 60_000, 1500, 1])),
      ...maybe("cwd", path()),
    }),
    () => ({ type: "read", path: path(), ...maybe("offset", 1 + random(50)), ...maybe("limit", 1 + random(50)) }),
    () => ({ type: "write", path: path(), content: pick(["", text()]), ...maybe("append", random(2) === 0) }),
    () => ({ type: "edit", path: path(), edits: Array.from({ length: 1 + random(3) }, edit) }),
    () => ({ type: "search", kind: "files", pattern: pick(["**/*.ts", "README", "{a,b}?"]), ...maybe("path", path()) }),
    () => ({
      type: "search",
      kind: "text",
      pattern: pick(["foo.*bar", "^\\s+$", "(?i:x)"]),
      ...maybe("path", path()),
      ...maybe("glob", "*.{ts,js}"),
    }),
    () => ({
      type: "todo",
      items: Array.from({ length: random(4) }, () => ({ text: text(), state: pick(["pending", "active", "done"]) })),
    }),
    () => ({
      type: "ask",
      questions: Array.from({ length: 1 + random(3) }, () => ({
        text: text(),
        options: Array.from({ length: random(4) }, () => ({ label: text(), ...maybe("detail", text()) })),
        isMany: random(2) === 0,
      })),
    }),
  ])();
  return actionSchema.parse(made);
}

for (const name of names) {
  const harness = harnessOf(name);

  test(`${name}: an action that is spoken is understood as the same action`, () => {
    let said = 0;
    for (let seed = 1; seed <= 600; seed++) {
      const action = randomAction(chanceOf(seed).below);
      const spoken = harness.speak(action);
      assert.ok(typeof JSON.parse(spoken.arguments) === "object");
      const understood = harness.parse(spoken.name, spoken.arguments);
      if (!canSay(name, action)) {
        assert.notEqual(understood.type, "other", `${JSON.stringify(action)} as ${JSON.stringify(spoken)}`);
        continue;
      }
      said += 1;
      assert.deepEqual(understood, action, JSON.stringify(spoken));
    }
    assert.ok(said > 10);
  });

  test(`${name}: what it says most of the time, it also offers`, () => {
    const offered = harness.tools({ tools: all }).map((t) => t.name);
    for (let seed = 1; seed <= 200; seed++) {
      const spoken = harness.speak(randomAction(chanceOf(seed).below));
      assert.ok(offered.includes(spoken.name) || spoken.name === "MultiEdit", spoken.name);
    }
  });

  test(`${name}: nothing that a model can write throws; the answer says what to send`, () => {
    const tools = harness.tools({ tools: all });
    const odd = [
      "",
      "{",
      "null",
      "[]",
      "42",
      '"text"',
      '"{\\"a\\": 1}"',
      '{"a":1}',
      '{"command":null}',
      '{"command":["ls"]}',
      '{"__proto__":{"x":1}}',
      '{"constructor":1}',
      "\u0000",
      "{}".repeat(3),
    ];
    for (const tool of [...tools.map((t) => t.name), "nothing", "", "__proto__", "constructor", "toString", "x".repeat(10_000)]) {
      for (const args of odd) {
        const action = actionSchema.parse(harness.parse(tool, args));
        if (action.type !== "other") continue;
        assert.ok(action.problem.length > 10 && action.problem.length < 1000, action.problem.slice(0, 200));
      }
    }
    const [first] = tools;
    assert.ok(first);
    const required = first.parameters["required"];
    assert.ok(Array.isArray(required) && required.length > 0);
    const missing = harness.parse(first.name, "{}");
    assert.ok(
      missing.type === "other" && missing.problem.includes(String(required[0])) && missing.problem.includes("JSON object {"),
      JSON.stringify(missing),
    );
    const broken = harness.parse(first.name, `{"${String(required[0])}": "ls`);
    assert.ok(broken.type === "other" && /not JSON/.test(broken.problem) && /nothing was run/.test(broken.problem));
    const unknown = harness.parse("launch_missiles", "{}");
    assert.ok(
      unknown.type === "other" && unknown.problem.includes("launch_missiles") && tools.every((t) => unknown.problem.includes(t.name)),
    );
  });

  test(`${name}: offers are JSON schemas with acceptable names, in a fixed order, by group`, () => {
    const tools = harness.tools({ tools: all });
    assert.deepEqual(tools, harness.tools({ tools: [...all].reverse() }));
    for (const tool of tools) {
      assert.match(tool.name, /^[a-zA-Z0-9_-]{1,64}$/);
      assert.ok(tool.description.length > 10);
      assert.equal(tool.parameters.type, "object");
      assert.doesNotMatch(JSON.stringify(tool.parameters), /\$schema|~standard/);
    }
    assert.deepEqual(harness.tools({ tools: [] }), []);
    const withExec = harness.tools({ tools: ["interpreter"] }).some((t) => t.name === "exec");
    assert.equal(withExec, name !== "minimal" && name !== "claude-code-bare", "all but the bare ones offer exec");
  });

  test(`${name}: the prompt says where the agent is, and is the same each time`, () => {
    const context = { cwd: "/home/u/shop", os: "Debian GNU/Linux 12", shell: "zsh" };
    const prompt = harness.prompt(context);
    for (const word of Object.values(context)) assert.ok(prompt.includes(word));
    assert.equal(harness.prompt(context), prompt);
    assert.ok(harness.prompt({ ...context, date: "2026-10-01" }).includes("2026-10-01"));
    assert.ok(prompt.length < 5000);
    for (const tool of harness.tools({ tools: all }).filter((t) => t.name !== "exec"))
      if (name === "native") assert.ok(prompt.includes(tool.name));
  });

  test(`${name}: a call that nobody understood is spoken in its own words`, () => {
    const original = { name: "odd", arguments: "{oops" };
    assert.deepEqual(harness.speak({ type: "other", name: "odd", problem: "?" }, original), original);
    assert.deepEqual(harness.speak({ type: "other", name: "odd", problem: "?" }), { name: "odd", arguments: "{}" });
  });
}

const parse = (name: HarnessName, tool: string, args: object) => harnessOf(name).parse(tool, JSON.stringify(args));

test("a language may have any name, those that every object has too", () => {
  for (const language of ["constructor", "__proto__", "toString", "hasOwnProperty", "日本", " Python ", ""]) {
    for (const name of names) {
      const action = actionSchema.parse(parse(name, "exec", { language, code: "x" }));
      if (action.type !== "exec") continue;
      assert.equal(action.language, language.trim().toLowerCase());
      assert.doesNotMatch(JSON.stringify(harnessOf(name).speak(action)), /native code|\[object/);
    }
  }
});

test("small slips of models are understood: case, numbers and booleans as text, null, arguments encoded twice", () => {
  assert.deepEqual(parse("claude-code", "bash", { command: "ls", timeout: "5000", description: null }), {
    type: "exec",
    language: "shell",
    code: "ls",
    timeoutMs: 5000,
  });
  assert.deepEqual(parse("claude-code", "Edit", { file_path: "a", old_string: "x", new_string: "y", replace_all: "True" }), {
    type: "edit",
    path: "a",
    edits: [{ old: "x", new: "y", all: true }],
  });
  assert.deepEqual(harnessOf("native").parse("functions.exec", JSON.stringify('{"language":"Python3","code":"1"}')), {
    type: "exec",
    language: "python",
    code: "1",
  });
  assert.deepEqual(parse("native", "edit", { path: "a", edits: '[{"old":"x","new":"y"}]' }), {
    type: "edit",
    path: "a",
    edits: [{ old: "x", new: "y", all: false }],
  });
});

test("each dialect counts lines and time in its own way", () => {
  assert.deepEqual(parse("claude-code", "Read", { file_path: "a", offset: 0, limit: 5 }), { type: "read", path: "a", limit: 5 });
  assert.deepEqual(parse("qwen-code", "read_file", { file_path: "a", offset: 0 }), { type: "read", path: "a", offset: 1 });
  assert.deepEqual(parse("kimi-cli", "ReadFile", { path: "a", line_offset: 7, n_lines: 2 }), {
    type: "read",
    path: "a",
    offset: 7,
    limit: 2,
  });
  assert.deepEqual(parse("kimi-cli", "Shell", { command: "ls", timeout: 60 }), {
    type: "exec",
    language: "shell",
    code: "ls",
    timeoutMs: 60_000,
  });
  assert.deepEqual(parse("minimal", "bash", { command: "ls", timeout: 2 }), {
    type: "exec",
    language: "shell",
    code: "ls",
    timeoutMs: 2000,
  });
  assert.deepEqual(parse("deepseek-tui", "file_search", { query: "clock" }), { type: "search", kind: "files", pattern: "**/*clock*" });
  assert.deepEqual(parse("deepseek-tui", "git_diff", { cached: true, path: "a b" }), {
    type: "exec",
    language: "shell",
    code: "git diff --cached -- 'a b'",
  });
});

test("what a dialect knows but we do not do is refused with a way to do it", () => {
  for (const [name, tool, args] of [
    ["claude-code", "Bash", { command: "x", run_in_background: true }],
    ["claude-code", "Bash", { command: "x", dangerouslyDisableSandbox: true }],
    ["kimi-cli", "ReadFile", { path: "a", line_offset: -5 }],
    ["deepseek-tui", "apply_patch", { patch: "x" }],
    ["qwen-code", "run_shell_command", { command: "x", is_background: true }],
    ["native", "search", { kind: "files", pattern: "*", glob: "*.ts" }],
  ] as const) {
    const action = parse(name, tool, args);
    assert.ok(action.type === "other" && action.problem.length > 20, `${name} ${tool}`);
  }
});

test("what is said as a shell command does the same", () => {
  const bare = harnessOf("minimal");
  const content = "line 'one'\n$HOME `x` \\\nEOF\n";
  const script: Action[] = [
    { type: "write", path: "a b.txt", content },
    { type: "write", path: "a b.txt", content: "more\n", append: true },
    { type: "read", path: "a b.txt", offset: 2, limit: 2 },
    { type: "exec", language: "shell", code: "pwd", cwd: "/" },
  ];
  const commands = script.map((action) => {
    const parsed = bare.parse("bash", bare.speak(action).arguments);
    assert.ok(parsed.type === "exec");
    return parsed.code;
  });
  const run = spawnSync(
    "bash",
    ["--noprofile", "--norc", "-c", `d=$(mktemp -d); cd "$d"; ${commands.join("\n")}\ncat "$d/a b.txt"; rm -r "$d"`],
    { encoding: "utf8" },
  );
  assert.equal(run.stdout, `$HOME \`x\` \\\nEOF\n/\n${content}more\n`);
});

test("a list and a question are understood as each family writes them", () => {
  const todo = {
    type: "todo",
    items: [
      { text: "look", state: "done" },
      { text: "mend", state: "active" },
      { text: "test", state: "pending" },
    ],
  };
  const listed = (text: string, ...states: string[]): object[] => {
    return ["look", "mend", "test"].map((what, n) => ({ [text]: what, status: states[n], activeForm: "Looking", id: String(n) }));
  };
  const usual = ["completed", "in_progress", "pending"];
  assert.deepEqual(parse("claude-code", "TodoWrite", { todos: listed("content", ...usual) }), todo);
  assert.deepEqual(parse("kimi-cli", "SetTodoList", { todos: listed("title", "done", "in_progress", "pending") }), todo);
  assert.deepEqual(parse("qwen-code", "todo_write", { todos: listed("content", ...usual) }), todo);
  assert.deepEqual(parse("deepseek-tui", "update_plan", { explanation: "so", plan: listed("step", ...usual) }), todo);
  assert.deepEqual(parse("deepseek-tui", "checklist_write", { todos: listed("content", ...usual) }), todo);
  assert.deepEqual(parse("native", "todo", { items: listed("text", "done", "active", "pending") }), todo);

  const options = [{ label: "yes", description: "do it" }, { label: "no" }];
  const given = { questions: [{ question: "Push it?", header: "Push", options, multiSelect: false }] };
  const ask = {
    type: "ask",
    questions: [{ text: "Push it?", options: [{ label: "yes", detail: "do it" }, { label: "no" }], isMany: false }],
  };
  assert.deepEqual(parse("claude-code", "AskUserQuestion", given), ask);
  assert.deepEqual(parse("kimi-cli", "AskUserQuestion", given), ask);
  assert.deepEqual(parse("qwen-code", "ask_user_question", given), ask);
  for (const broken of [{}, { questions: [] }, { questions: [{ options }] }, { questions: "Push it?" }]) {
    assert.equal(parse("claude-code", "AskUserQuestion", broken).type, "other");
  }
  assert.equal(parse("claude-code", "TodoWrite", { todos: [{ content: "x", status: "later" }] }).type, "other");
});
