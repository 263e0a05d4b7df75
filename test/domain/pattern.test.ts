// Patterns that are searched with: what they find, against the language's own expressions, and what they cost at the worst.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePattern } from "../../src/domain/pattern.ts";
import { type Budget, makeFinder, SEARCH_STEPS } from "../../src/domain/pattern-match.ts";

function findAll(pattern: string, text: string, budget: Budget = { left: SEARCH_STEPS }): string[] {
  const finder = makeFinder(pattern);
  const out: string[] = [];
  for (let found = finder.next(text, 0, budget); found !== null; found = finder.next(text, found.to, budget))
    out.push(text.slice(found.from, found.to));
  return out;
}

test("a pattern finds what an expression finds, leftmost and in the order of its alternatives", () => {
  const cases: [string, string, string[]][] = [
    ["err(or)?s?", "err error errors", ["err", "error", "errors"]],
    ["\\d+ms", "12ms 3ms 4 ms", ["12ms", "3ms"]],
    ["a|ab", "ab", ["a"]],
    ["a+?", "aaa", ["a", "a", "a"]],
    ["x*", "axxb", ["xx"]],
    ["^\\s*at .*:\\d+", "    at f (a.ts:12)", ["    at f (a.ts:12"]],
    ["\\bcat\\b", "concat cat cats", ["cat"]],
    ["\\<cat", "concat cats", ["cat"]],
    ["[^ab]+", "abcdab", ["cd"]],
    ["[]x-]+", "a]x-b", ["]x-"]],
    ["[[:digit:]]{2,3}", "1 12 1234", ["12", "123"]],
    ["(?:ab){2}", "ababab", ["abab"]],
    ["[a-c0-2]+", "xa1z", ["a1"]],
    ["é.", "ÉÀ éb", ["ÉÀ", "éb"]],
    ["日.", "日本語", ["日本"]],
    ["\\w+$", "all done   ", ["done"]],
    ["😀+", "a😀😀b", ["😀😀"]],
    ["a{,3}", "a{,3}", ["a{,3}"]],
    ["{}", "x{}", ["{}"]],
  ];
  for (const [pattern, text, expected] of cases) assert.deepEqual(findAll(pattern, text), expected, `${pattern} in ${text}`);
});

test("without a capital case does not count; one that names a kind is no capital", () => {
  assert.deepEqual(findAll("error", "Error ERROR"), ["Error", "ERROR"]);
  assert.deepEqual(findAll("Error", "Error ERROR"), ["Error"]);
  assert.deepEqual(findAll("e\\S+", "Error"), ["Error"]);
  assert.deepEqual(findAll("[a-c]+", "ABC"), ["ABC"]);
  assert.deepEqual(findAll("straße", "STRASSE Straße"), ["Straße"]);
});

test("what is no expression is plain text, and why is said", () => {
  for (const [pattern, text] of [
    ["foo(", "call foo(1)"],
    ["a[0", "x = a[0]"],
    ["*ptr", "int *ptr;"],
    ["c:\\", "dir c:\\"],
    ["(?=x)", "a(?=x)"],
    ["(a)\\1", "(a)\\1"],
    ["a)", "f(a)"],
    ["[z-a]", "[z-a]"],
    ["x{999}", "x{999}"],
    ["a**", "a**"],
    ["[[:nope:]]", "[[:nope:]]"],
  ] as const) {
    const finder = makeFinder(pattern);
    assert.ok(finder.problem !== null, pattern);
    assert.deepEqual(findAll(pattern, text), [pattern], pattern);
    assert.ok(finder.mayHold(text));
  }
  assert.equal(makeFinder("plain").problem, null);
  assert.match(parsePattern("((((a{200}){200}){200}){200})").problem ?? "", /too large/u);
  assert.match(parsePattern("(".repeat(300) + ")".repeat(300)).problem ?? "", /groups within groups/u);
});

test("patterns that never end elsewhere end here: within the steps of text and pattern, and of the budget", () => {
  const text = "a".repeat(20_000);
  for (const pattern of ["(a*)*b", "(a|a)*b", "(a|aa)+$b", "(.*)*(.*)*x", "(a?){50}a{50}b", "(x+x+)+y"]) {
    const budget = { left: SEARCH_STEPS };
    assert.deepEqual(findAll(pattern, text, budget), []);
    assert.ok(SEARCH_STEPS - budget.left <= text.length * (parsePattern(pattern).steps.length + 2), pattern);
  }
  const small = { left: 1_000 };
  assert.deepEqual(findAll("(a*)*b", text, small), []);
  assert.ok(small.left < 0);
});

test("random patterns find what the language's own expressions find", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const pick = (from: readonly string[]): string => from[random(from.length)] ?? "";
  const atom = (depth: number): string => {
    const repeat = pick(["", "", "", "*", "+", "?", "{1,2}", "*?", "+?"]);
    if (depth > 0 && random(3) === 0) return `(${expression(depth - 1)})${repeat}`;
    return pick(["a", "b", "c", ".", "[ab]", "[^a]", "\\w", "\\s"]) + repeat;
  };
  const expression = (depth: number): string => {
    const parts = Array.from({ length: 1 + random(3) }, () => atom(depth)).join("");
    return random(4) === 0 ? `${parts}|${atom(depth)}` : parts;
  };
  for (let round = 0; round < 3_000; round += 1) {
    const pattern = expression(2);
    const text = Array.from({ length: random(12) }, () => pick(["a", "b", "c", " ", "A"]))
      .join("")
      .trimEnd();
    // An empty match is none here; only where neither can be is the order the same.
    if (new RegExp(`^(?:${pattern})$`, "u").test("")) continue;
    const expected = [...text.matchAll(new RegExp(pattern, "giu"))].map(([found]) => found);
    assert.deepEqual(findAll(pattern, text), expected, `${pattern} in "${text}"`);
  }
});
