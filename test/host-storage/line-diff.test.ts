// The line diff: its patch turns the one text into the other, with as few changes as there can be.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diffLines } from "../../src/host/line-diff.ts";

/** Applies hunks as `patch` does, checking every line of context. */
function applyPatch(before: string, patch: string): string {
  const source = before.split(/(?<=\n)/).filter((line) => line !== "");
  const result: string[] = [];
  let at = 0;
  for (const hunk of patch.split(/^(?=@@ )/m).filter((text) => text !== "")) {
    const [head = "", ...body] = hunk.replace(/\n$/, "").split("\n");
    const match = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(head);
    assert.ok(match, head);
    const start = match[2] === "0" ? Number(match[1]) : Number(match[1]) - 1;
    while (at < start) result.push(source[at++] ?? assert.fail("hunk beyond the end"));
    for (const [index, line] of body.entries()) {
      if (line.startsWith("\\")) continue;
      const text = line.slice(1) + (body[index + 1]?.startsWith("\\") ? "" : "\n");
      if (line[0] !== "+") assert.equal(source[at++], text);
      if (line[0] !== "-") result.push(text);
    }
  }
  return [...result, ...source.slice(at)].join("");
}

/** Length of the longest common subsequence, the slow and certain way. */
function common(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const next = [0];
    for (const [j, y] of b.entries()) next.push(x === y ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0));
    row = next;
  }
  return row[b.length] ?? 0;
}

test("a patch reads as diff -u prints it", () => {
  const before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
  const { added, removed, patch } = diffLines(before, before.replace("b\n", "B\nB2\n").replace("l\n", "l"));
  assert.deepEqual([added, removed], [3, 2]);
  assert.equal(
    patch,
    [
      "@@ -1,5 +1,6 @@",
      " a",
      "-b",
      "+B",
      "+B2",
      " c",
      " d",
      " e",
      "@@ -9,4 +10,4 @@",
      " i",
      " j",
      " k",
      "-l",
      "+l",
      "\\ No newline at end of file",
    ].join("\n"),
  );
  assert.equal(diffLines("", "x\n").patch, "@@ -0,0 +1 @@\n+x");
  assert.equal(diffLines("x\n", "").patch, "@@ -1 +0,0 @@\n-x");
  assert.equal(diffLines("x", "x").patch, "");
});

test("for random texts the patch is right and as small as possible", () => {
  let seed = 7;
  const random = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  for (let round = 0; round < 300; round += 1) {
    const text = (): string => Array.from({ length: random(25) }, () => `${"abcd"[random(4)]}\n`).join("") + (random(3) === 0 ? "end" : "");
    const before = text();
    const after = text();
    const diff = diffLines(before, after);
    assert.equal(applyPatch(before, diff.patch), after);
    const a = before.split(/(?<=\n)/).filter((line) => line !== "");
    const b = after.split(/(?<=\n)/).filter((line) => line !== "");
    const same = common(a, b);
    assert.deepEqual([diff.removed, diff.added], [a.length - same, b.length - same]);
  }
});

test("two long texts with nothing in common are a replacement, counted exactly, with a bounded patch", () => {
  const before = Array.from({ length: 20_000 }, (_, i) => `old ${i}\n`).join("");
  const after = Array.from({ length: 30_000 }, (_, i) => `new ${i}\n`).join("");
  const { added, removed, patch } = diffLines(`top\n${before}`, `top\n${after}`);
  assert.deepEqual([added, removed], [30_000, 20_000]);
  assert.ok(patch.length < 70_000);
  assert.match(patch, /the rest of this diff is left out$/);
});
