// Saved rules: which commands can have one, and that nothing but what was shown is let through.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isAllowedBy, offerRule, plainWords, type Rule, type RuleCase, ruleText } from "../../src/domain/rule.ts";
import type { Sandbox } from "../../src/domain/workspace.ts";

const sandbox: Sandbox = { mode: "workspace-write", network: true, writable: ["/home/me/shop"] };
const words = (code: string) => {
  const read = plainWords(code);
  return read.ok ? read.words : null;
};

test("one command with literal words is read as its words, however they are quoted", () => {
  assert.deepEqual(words("npm test -- checkout"), ["npm", "test", "--", "checkout"]);
  assert.deepEqual(words("  git log -5 --format='%h %s'\n"), ["git", "log", "-5", "--format=%h %s"]);
  assert.deepEqual(words(`grep "a b" 'it''s' x"y"z`), ["grep", "a b", "its", "xyz"]);
  assert.deepEqual(words("grep '$HOME; rm -rf / `x` \\ * ? [a] {b} # & | < > ! ~' f"), [
    "grep",
    "$HOME; rm -rf / `x` \\ * ? [a] {b} # & | < > ! ~",
    "f",
  ]);
  assert.deepEqual(words("make A=1 ''"), ["make", "A=1", ""]);
});

test("what a shell would act on is never a plain command", () => {
  const evasions = [
    ...["ls; rm -rf x", "ls && rm x", "ls || rm x", "ls | sh", "ls & rm x", "ls &", "ls |& tee x", "ls;", "! ls"],
    ...[
      "ls\nrm x",
      "ls\r\nrm x",
      "ls\rrm x",
      "ls\n\nrm x",
      "ls \\\n x",
      "ls\u2028rm x",
      "ls\u0085rm x",
      "ls\vx",
      "ls\fx",
      "ls\tx",
      "ls\0x",
    ],
    ...["ls > x", "ls >> x", "ls 2>x", "ls < x", "ls <<E", "ls <<< x", "ls >&2", "ls &> x", "ls <(rm x)", "ls >(rm x)", "ls >| x"],
    ...[
      "ls $(rm x)",
      "ls `rm x`",
      'ls "$(rm x)"',
      'ls "`rm x`"',
      "ls $IFS",
      "ls ${x}",
      "ls $x",
      "ls $'\\x3b'",
      'ls $"x"',
      'ls "$x"',
      "ls $((1))",
    ],
    ...[
      "ls *",
      "ls ?",
      "ls [a]",
      "ls {a,b}",
      "ls ~",
      "ls ~root",
      "ls x~",
      "ls a\\ b",
      "ls \\;",
      "ls #x",
      "ls x#y",
      "ls !!",
      'ls "!x"',
      "ls ^a^b",
    ],
    ...[
      "(ls)",
      "{ ls; }",
      "ls)",
      "X=1 ls",
      "PATH=/tmp ls",
      "LD_PRELOAD=/x.so ls",
      "function ls",
      "ls () { x; }",
      "[ -f x ]",
      "[[ x ]]",
      "((1))",
    ],
    ...[
      "ls 'x",
      'ls "x',
      "ls 'a'\"b",
      "-ls",
      "--",
      "''",
      '""',
      "'ls -l'",
      "",
      "   ",
      "\n",
      "# ls",
      ":> x",
      "if ls",
      "l$@s",
      "l''s;x",
      "l\\s",
    ],
    ...[
      "ls \u202ex",
      "ls \u200b",
      "l\u200bs",
      "ls \ufeff",
      "ls \u00a0x",
      "ls \u{e0041}",
      "lѕ",
      "ls é",
      "ls \x1b[2K",
      "ls \x7f",
      "ls \x08\x08rm",
      "ls \u2066x",
    ],
    ...[`ls ${"x".repeat(500)}`, `ls ${"x ".repeat(60)}`, `ls${" ".repeat(300)}; rm x`],
  ];
  const missed = evasions.filter((code) => {
    const read = words(code);
    // `if` and the like are words to us: no program has that name.
    return read !== null && !["if", "function", "''"].includes(read[0] ?? "");
  });
  assert.deepEqual(missed, []);
});

test("what runs other code can have no rule, whatever it is called", () => {
  const offered = (line: string, program: string) => !("problem" in offerRule({ words: line.split(" "), program, cwd: "/w" }));
  for (const name of [
    "bash",
    "sh",
    "python3",
    "python3.12",
    "node",
    "node22",
    "perl5.36",
    "env",
    "xargs",
    "sudo",
    "find",
    "sed",
    "awk",
    "ssh",
    "docker",
    "curl",
  ])
    assert.equal(offered(`${name} x`, `/usr/bin/${name}`), false, name);
  assert.equal(offered("tool x", "/usr/bin/bash"), false, "a link to a shell");
  assert.equal(offered("tool x", "/usr/bin/python3.12"), false);
  assert.equal(offered("/usr/bin/env x", "/usr/bin/env"), false);
  assert.equal(offered("/lib64/ld-linux-x86-64.so.2 /bin/x", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"), false);
  assert.equal(offered("run x", "/opt/bin/run.sh"), false);
  for (const line of ["npm test", "make check", "git status", "cargo build", "rm -rf build", "pytest -q"])
    assert.equal(offered(line, "/usr/bin/x"), true, line);
});

test("any words are offered for what only reads and prints, and for nothing else", () => {
  const canBeOpen = (line: string, program: string) => {
    const offer = offerRule({ words: line.split(" "), program, cwd: "/w" });
    return "canBeOpen" in offer && offer.canBeOpen;
  };
  assert.equal(canBeOpen("ls -l", "/usr/bin/ls"), true);
  assert.equal(canBeOpen("ls -l", "/usr/bin/rm"), false, "a link to something else");
  assert.equal(canBeOpen("git log", "/usr/bin/git"), false);
  for (const name of ["sort", "uniq", "tee", "tree", "diff", "rg", "file", "date", "rm", "cp", "mv", "dd", "tar", "zip", "less", "man"])
    assert.equal(canBeOpen(`${name} x`, `/usr/bin/${name}`), false, name);
});

test("a rule lets through its own words, program, folder and sandbox, and no others", () => {
  const rule: Rule = { id: "r1", words: ["npm", "test"], isOpen: false, program: "/usr/bin/npm", cwd: "/home/me/shop", sandbox, at: 1 };
  const here = { words: ["npm", "test"], program: "/usr/bin/npm", cwd: "/home/me/shop", sandbox };
  assert.equal(isAllowedBy(rule, here), true);
  const others: [string, Partial<RuleCase>][] = [
    ["more words", { words: ["npm", "test", "--", "x"] }],
    ["fewer words", { words: ["npm"] }],
    ["other words", { words: ["npm", "publish"] }],
    ["one word for two", { words: ["npm test"] }],
    ["another program", { program: "/home/me/bin/npm" }],
    ["another folder", { cwd: "/home/me/shop/evil" }],
    ["the network", { sandbox: { ...sandbox, network: false } }],
    ["no sandbox", { sandbox: { ...sandbox, mode: "full" } }],
    ["other folders to write to", { sandbox: { ...sandbox, writable: ["/home/me"] } }],
  ];
  for (const [why, other] of others) assert.equal(isAllowedBy(rule, { ...here, ...other }), false, why);
  assert.equal(isAllowedBy({ ...rule, sandbox: { ...sandbox, mode: "full" } }, { ...here, sandbox: { ...sandbox, mode: "full" } }), false);
  const open: Rule = { ...rule, words: ["ls"], isOpen: true, program: "/usr/bin/ls" };
  const list = { ...here, words: ["ls", "-la", "src"], program: "/usr/bin/ls" };
  assert.equal(isAllowedBy(open, list), true);
  assert.equal(isAllowedBy({ ...open, isOpen: false }, list), false);
  assert.equal(isAllowedBy({ ...rule, isOpen: true }, { ...here, words: ["npm", "test", "x"] }), false, "a rule that was opened by hand");
});

test("a rule is shown as it could be typed", () => {
  assert.equal(ruleText(["grep", "a b", "it's", ""]), `grep 'a b' 'it'"'"'s' ''`);
  assert.equal(ruleText(["ls"], true), "ls …");
  assert.deepEqual(words(ruleText(["grep", "a b", "x"])), ["grep", "a b", "x"]);
});
