// Numbers as people read them, and finding what was half typed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAge, formatCount, formatDuration, formatElapsed, formatMoney, formatTokens } from "../../src/ui/format.ts";
import { fuzzyMatch } from "../../src/ui/fuzzy.ts";

test("tokens carry three figures and a unit", () => {
  assert.deepEqual([0, 812, 999, 1000, 8_100, 41_240, 99_960, 200_000, 262_144, 999_600, 1_050_000].map(formatTokens), [
    "0",
    "812",
    "999",
    "1k",
    "8.1k",
    "41.2k",
    "100k",
    "200k",
    "262k",
    "1M",
    "1.05M",
  ]);
});

test("money shows cents, less where it is less, and says what is estimated", () => {
  assert.equal(formatMoney(620_000, false), "$0.62");
  assert.equal(formatMoney(620_000, true), "~$0.62");
  assert.equal(formatMoney(300, false), "$0.0003");
  assert.equal(formatMoney(0, false), "$0.00");
  assert.equal(formatMoney(1, true), "~<$0.0001");
  assert.equal(formatMoney(9_990, false), "$0.01");
  assert.equal(formatMoney(1_204_000_000, false), "$1,204");
});

test("durations name their two largest units", () => {
  assert.deepEqual([0, 20, 100, 949, 3_200, 80_000, 60_000, 7_500_000, 90_000_000].map(formatDuration), [
    "0 s",
    "0.1 s",
    "0.1 s",
    "0.9 s",
    "3 s",
    "1 m 20 s",
    "1 m",
    "2 h 5 m",
    "1 d 1 h",
  ]);
  assert.equal(formatElapsed(999), "0 s");
  assert.equal(formatElapsed(61_900), "1 m 1 s");
  assert.deepEqual([-5, 30_000, 180_000, 7_200_000, 432_000_000, 4_300_000_000].map(formatAge), ["now", "now", "3 m", "2 h", "5 d", "7 w"]);
  assert.equal(formatCount(1, "line"), "1 line");
  assert.equal(formatCount(1400, "entry", "entries"), "1,400 entries");
});

test("the likeliest candidate comes first and its matched characters are named", () => {
  const names = ["gpt-5.5-mini", "claude-haiku", "claude-opus-4-5", "openrouter/claude-opus-4-5", "qwen3-coder"];
  const best = (query: string) => names[fuzzyMatch(query, names)[0]?.index ?? -1];
  assert.equal(best("opus"), "claude-opus-4-5");
  assert.equal(best("co45"), "claude-opus-4-5");
  assert.equal(best("mini"), "gpt-5.5-mini");
  assert.equal(best("router opus"), "openrouter/claude-opus-4-5");
  assert.equal(best("Q3"), "qwen3-coder");
  assert.deepEqual(fuzzyMatch("zzz", names), []);
  assert.deepEqual(
    fuzzyMatch("", names).map((match) => match.index),
    [0, 1, 2, 3, 4],
  );
  assert.deepEqual(fuzzyMatch("split", ["pane.split"])[0]?.positions, [5, 6, 7, 8, 9]);
  assert.deepEqual(
    fuzzyMatch("sr", ["splitter", "split right"]).map((match) => match.index),
    [1, 0],
  );
});

test("matched positions rise and spell the query", () => {
  for (const [query, text] of [
    ["abc", "xaxbxc"],
    ["aa", "banana"],
    ["t", "İstanbul"],
    ["fs", "toggle fast/smart"],
  ] as const) {
    const match = fuzzyMatch(query, [text])[0];
    assert.ok(match !== undefined);
    assert.equal(match.positions.map((at) => text[at]?.toLowerCase()).join(""), query);
    assert.deepEqual(
      [...match.positions].sort((a, b) => a - b),
      match.positions,
    );
  }
});
