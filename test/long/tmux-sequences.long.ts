// 10,000 generated runs of the control sequences that tmux supports: each cell, style and answer as in a pane of tmux, but for the
// differences that docs/terminal-differences.md explains by class.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chance, chanceOf } from "../support/chance.ts";
import { rounds, seed } from "../support/long.ts";
import { makeShown } from "../support/shown-cells.ts";
import { differenceOf } from "../support/tmux-compare.ts";
import { TmuxPeer, tmuxVersion } from "../support/tmux-peer.ts";

const COLS = 40;
const ROWS = 12;
const CASES = rounds({ short: 1500, long: 10_000 });

const CSI = "\x1b[";

/** A number as programs send it: mostly small, now and then left out, zero, at an edge, or far too large. */
function number(chance: Chance, most: number): string {
  const kind = chance.below(12);
  if (kind === 0) return "";
  if (kind === 1) return "0";
  if (kind === 2) return `${most}`;
  if (kind === 3) return `${most + 1}`;
  if (kind === 4) return "999";
  return `${1 + chance.below(most)}`;
}

function sgr(chance: Chance): string {
  const one = (): string =>
    chance.pick([
      "0",
      "",
      "1",
      "2",
      "3",
      "4",
      "5",
      "7",
      "8",
      "9",
      "22",
      "23",
      "24",
      "25",
      "27",
      "28",
      "29",
      "53",
      "55",
      "39",
      "49",
      "59",
      "4:0",
      "4:1",
      "4:2",
      "4:3",
      "4:4",
      "4:5",
      "21",
      `3${chance.below(8)}`,
      `4${chance.below(8)}`,
      `9${chance.below(8)}`,
      `10${chance.below(8)}`,
      `38;5;${chance.below(256)}`,
      `48;5;${chance.below(256)}`,
      `58;5;${chance.below(256)}`,
      `58:5:${chance.below(256)}`,
      `38;2;${chance.below(256)};${chance.below(256)};${chance.below(256)}`,
      `48;2;${chance.below(256)};7;${chance.below(256)}`,
      `38:2::${chance.below(256)}:1:2`,
      `48:5:${chance.below(256)}`,
    ]);
  return `${CSI}${Array.from({ length: 1 + chance.below(3) }, one).join(";")}m`;
}

const NARROW = ["a", "word", "two words", "\u00e9", "ü", "─│", "0123456789", "longer text that may wrap at the edge of the screen "];
const WIDE = ["漢字", "가", "\u3042x", "a漢b"];

type Make = (chance: Chance) => string;

/** To a column that is not the last: what comes after the last column was written, tmux does otherwise than xterm. */
const at = (c: Chance): string => `${CSI}${1 + c.below(COLS - 1)}G`;

/** What works on whole lines: also where lines hold wide characters. */
const LINES: readonly Make[] = [
  sgr,
  sgr,
  (c) => c.pick(["\r\n", "\r\n", "\r", "\x07", `${at(c)}\n`, `${at(c)}\v`, `${at(c)}\f`]),
  (c) => `${CSI}${number(c, ROWS)};1${c.pick(["H", "f"])}`,
  (c) => `${CSI}${number(c, ROWS)}${c.pick(["E", "F"])}`,
  (c) => `\r${CSI}${c.pick(["", "0", "2"])}${c.pick(["J", "K"])}`,
  (c) => `${c.pick(["\r", ""])}${CSI}${number(c, ROWS)}${c.pick(["S", "T"])}`,
  // From the first column and inside the region: elsewhere tmux does otherwise than xterm.
  (c) => `${CSI}r${CSI}${1 + c.below(ROWS)}H${CSI}${number(c, ROWS)}${c.pick(["L", "M"])}`,
  (c) => `${CSI}3;9r${CSI}${3 + c.below(7)}H${CSI}${number(c, 8)}${c.pick(["L", "M"])}`,
  (c) => `${CSI}${number(c, ROWS)};${c.pick(["", `${1 + c.below(ROWS + 2)}`])}r`,
  (c) => c.pick([`${CSI}r`, "\x1bE", "\r\x1bD", "\r\x1bM"]),
  (c) =>
    c.pick([
      `${CSI}?25l`,
      `${CSI}?25h`,
      `${CSI}?1h`,
      `${CSI}?1l`,
      "\x1b=",
      "\x1b>",
      `${CSI}?2004h`,
      "\x1b]0;title\x07",
      "\x1b]2;title\x1b\\",
    ]),
  (c) => c.pick([`${CSI}6n`, `${CSI}5n`]),
];

const CELLS: readonly Make[] = [
  (c) => `${CSI}${number(c, ROWS)};${number(c, COLS)}${c.pick(["H", "f"])}`,
  (c) => `${at(c)}${CSI}${number(c, ROWS)}${c.pick(["A", "B", "d"])}`,
  (c) => `${at(c)}${CSI}${number(c, COLS)}${c.pick(["C", "D", "G", "`", "P", "X", "G", "`"])}`,
  (c) => `${at(c)}${CSI}${c.pick(["", "0", "1", "2"])}${c.pick(["J", "K"])}`,
  (c) => `\r${CSI}2K${c.pick(["word", "0123456789"])}${CSI}${1 + c.below(10)}G${CSI}${1 + c.below(8)}@`,
  (c) => `\r${CSI}2K${c.pick(["word", "0123456789"])}${CSI}${1 + c.below(10)}G${CSI}4h${c.pick(["a", "word", "two words"])}${CSI}4l`,
  (c) => `\r${c.pick(["a", "word"])}${CSI}${c.pick(["", "0", "1", "9", "20"])}b`,
  (c) => `${at(c)}${c.pick(["\x1bD", "\x1bM", "x\b", "\t"])}`,
  (c) => c.pick(["\x1b7", "\x1b8", `${CSI}s`, `${CSI}u`]),
  (c) => c.pick(["\x1bH", `${CSI}g`, `${CSI}3g`, "\t", "\t", `${at(c)}${CSI}${number(c, 4)}Z`]),
  (c) => at(c) + c.pick([`${CSI}?7l`, `${CSI}?7h`, `${CSI}m\x1b#8`]),
  (c) => c.pick(["\x1b(0", "\x1b(B", "\x1b)0", "\x0e", "\x0f", "lqqk", "x~"]),
];

/**
 * The other screen is entered once at most, and what tmux shares between its screens is as new on the way in and out: region, origin,
 * saved cursor, character sets, tab stops.
 */
function runOf(chance: Chance): string[] {
  const words = chance.below(3) === 0 ? [...WIDE, ...NARROW] : NARROW;
  const makes = words === NARROW ? [...LINES, ...CELLS] : LINES;
  const part = (): string => (chance.below(4) === 0 ? chance.pick(words).repeat(1 + chance.below(4)) : chance.pick(makes)(chance));
  const parts = Array.from({ length: 2 + chance.below(24) }, part);
  // Our saved cursor keeps the set in use, not the four that SI and SO choose from.
  if (chance.below(3) > 0) return parts.some((part) => /^\x1b(?:8|\[u)/.test(part)) ? parts.filter((part) => !SETS.test(part)) : parts;
  const from = chance.below(parts.length);
  const to = from + 1 + chance.below(parts.length - from);
  const calm = `${CSI}r${CSI}?6l`;
  const run = [
    ...parts.slice(0, from),
    `${calm}${CSI}?1049h\x1b7`,
    ...parts.slice(from, to),
    `${calm}${CSI}?1049l\x1b(B\x1b)B\x0f\x1b7`,
    ...parts.slice(to),
  ];
  return run.filter((part) => !TAB_STOPS.test(part) && !SETS.test(part));
}

const SETS = /^(?:[\x0e\x0f]|\x1b[()].)$/;
const TAB_STOPS = /^(?:\x1bH|\x1b\[3?g)$/;

test(`${CASES} generated runs look as in tmux`, {
  skip: tmuxVersion() === null ? "tmux is not installed" : false,
  timeout: 300_000,
}, async (t) => {
  const peer = await TmuxPeer.start(COLS, ROWS);
  t.after(() => peer.close());
  const shown = await makeShown(COLS, ROWS);
  for (let round = 0; round < CASES; round++) {
    const chance = chanceOf(seed * 100_003 + round);
    const parts = runOf(chance);
    const found = await compare(parts);
    if (found === null) continue;
    // The shortest list of parts that still differs says most.
    let least = parts;
    for (let at = 0; at < least.length; ) {
      const shorter = least.filter((_, i) => i !== at);
      if (shorter.some((part) => part.includes("1049l")) && !shorter.some((part) => part.includes("1049h"))) at += 1;
      else if ((await compare(shorter)) !== null) least = shorter;
      else at += 1;
    }
    const text = `SEED=${seed} case ${round}: ${JSON.stringify(least)}\n${await compare(least)}`;
    assert.fail(text);
  }

  async function compare(parts: readonly string[]): Promise<string | null> {
    const bytes = Buffer.from(`${CSI}?1049l${CSI}?47l\x1bc\x1b7${parts.join("")}`);
    const theirs = { answer: await peer.feed(bytes), cells: await peer.cells() };
    const ours = shown.feed(bytes);
    const hasWide = /[漢가あ]/.test(parts.join(""));
    const difference = differenceOf(ours.cells, theirs.cells, hasWide);
    if (difference !== null) return difference;
    const answer = theirs.answer.replaceAll(`;${COLS + 1}R`, `;${COLS}R`);
    return ours.answer === answer ? null : `answers\n  ours ${JSON.stringify(ours.answer)}\n  tmux ${JSON.stringify(theirs.answer)}`;
  }
});
