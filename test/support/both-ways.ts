// The short way into the emulator beside its own parser: random streams, cut at random, are fed to both and everything is compared.

import assert from "node:assert/strict";
import { loadEmulator } from "../../src/host/emulator.ts";
import { EmulatorArchive } from "../../src/host/emulator-archive.ts";
import { FastParser } from "../../src/host/emulator-fast.ts";
import { type Insides, insidesOf } from "../../src/host/emulator-insides.ts";
import { cellWidth, charProperties } from "../../src/host/terminal-width.ts";
import { type Chance, chanceOf } from "./chance.ts";

interface Side {
  readonly insides: Insides;
  readonly answers: string[];
  parse(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  /** Everything that can be told apart: all lines, cursor, the next character's attributes. */
  state(): string[];
}

export async function makeSide(cols: number, rows: number, isFast: boolean): Promise<Side> {
  const library = await loadEmulator();
  const term = new library.Terminal({ cols, rows, scrollback: 12, allowProposedApi: true, logLevel: "off" });
  const insides = insidesOf(term);
  assert.ok(insides !== null);
  term.unicode.register({ version: "interpane", wcwidth: cellWidth, charProperties });
  term.unicode.activeVersion = "interpane";
  const answers: string[] = [];
  term.onData((data) => answers.push(data));
  const fast = isFast ? new FastParser(insides) : null;
  return {
    insides,
    answers,
    parse: (bytes) => (fast === null ? void insides._inputHandler.parse(bytes) : fast.parse(bytes)),
    resize(toCols, toRows) {
      new EmulatorArchive(insides).releaseAll();
      term.resize(toCols, toRows);
    },
    state: () => stateOf(insides),
  };
}

function stateOf(insides: Insides): string[] {
  const { _inputHandler: handler } = insides;
  const { _activeBuffer: buffer, _curAttrData: next } = handler;
  const said = [
    `cursor ${buffer.x},${buffer.y} base ${buffer.ybase} region ${buffer.scrollTop}-${buffer.scrollBottom}`,
    `next ${next.fg >>> 0} ${next.bg >>> 0} ${next.extended._ext} ${next.extended.urlId} join ${handler._parser.precedingJoinState}`,
  ];
  for (let y = 0; y < buffer.lines.length; y++) {
    const line = buffer.lines.get(y);
    if (line === undefined) continue;
    let text = `${y}${line.isWrapped ? "+" : " "}`;
    for (let x = 0; x < line.length; x++) {
      const [content = 0, fg = 0, bg = 0] = line._data.subarray(x * 3, x * 3 + 3);
      const char = content & 0x20_0000 ? line._combined[x] : (content & 0x1f_ffff).toString(16);
      const extended = bg & 0x1000_0000 ? line._extendedAttrs[x]?._ext : "";
      text += ` ${char}/${content >>> 22}/${fg.toString(16)}/${bg.toString(16)}${extended === "" ? "" : `/${extended}`}`;
    }
    said.push(text);
  }
  return said;
}

const words = [
  "a",
  "word",
  "the quick brown fox",
  "~!@#",
  " ",
  "x".repeat(30),
  "日本",
  "語",
  "é",
  "e\u0301",
  "\u0301",
  "👩‍💻",
  "❤️",
  "☎️",
  "🇯🇵",
  "👍🏽",
  "\u200d",
  "क्षि",
  "→",
  "\u00ad",
];
const controls = ["\r\n", "\n", "\r", "\b", "\t", "\x07", "\x0b", "\x0e", "\x0f", "\x7f", "\x00", "\x18", "\u0085", "\ufeff"];
const finals = [..."ABCDEFGHJKXdf`mmmmmmmm@LMPSTZbrghlnsu"];
const others = [
  "\x1b7",
  "\x1b8",
  "\x1bM",
  "\x1bD",
  "\x1bE",
  "\x1b(0",
  "\x1b(B",
  "\x1bc",
  "\x1b[?1049h",
  "\x1b[?1049l",
  "\x1b[4h",
  "\x1b[4l",
  "\x1b[?7l",
  "\x1b[?7h",
  "\x1b[?6h",
  "\x1b[?6l",
  "\x1b[4:3m",
  "\x1b[58;2;1;2;3;4m",
  "\x1b[38:2::1:2:3m",
  "\x1b]0;title\x07",
  "\x1b]8;;x\x1b\\",
  "\x1bPdcs\x1b\\",
  "\x1b[!p",
  "\x1b[1",
  "\x1b",
  "\x1b[38;5m",
  "\x1b[38;2;1;2m",
  "\x1b[?25l",
  "\x1b#8",
  "\x1b[3J",
];
const broken = [
  [0x80],
  [0xc3],
  [0xe6, 0x97],
  [0xf0, 0x9f],
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe0, 0x80, 0x80],
];
const styles = [0, 1, 2, 3, 4, 5, 7, 8, 9, 21, 22, 23, 24, 25, 27, 28, 29, 31, 39, 42, 49, 53, 95, 104, 59];

function sequence(chance: Chance): string {
  const final = chance.pick(finals);
  if (final === "m" && chance.below(3) === 0) {
    const target = chance.pick([38, 48]);
    const colour = chance.below(2) === 0 ? `5;${chance.below(300)}` : `2;${chance.below(300)};${chance.below(256)};7`;
    return `\x1b[${chance.below(2) === 0 ? "1;" : ""}${target};${colour}${chance.below(2) === 0 ? ";3" : ""}m`;
  }
  const list = Array.from({ length: chance.below(4) }, () =>
    chance.below(5) === 0 ? "" : String(final === "m" ? chance.pick(styles) : chance.below(final === "b" ? 40 : 26)),
  );
  return `\x1b[${list.join(";")}${final}`;
}

/** As programs print them: text and colours, each line whole. */
function wholeLines(chance: Chance): string {
  const lines = Array.from({ length: 1 + chance.below(12) }, () => {
    const parts = Array.from({ length: chance.below(4) }, () =>
      chance.below(3) === 0 ? `\x1b[${chance.pick(["", "0", "1;34", "48;5;7", "38;2;1;2;3", "4", "49"])}m` : chance.pick(words),
    );
    return `${parts.join("")}\r\n`;
  });
  return lines.join("");
}

export function randomStream(chance: Chance, pieces: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < pieces; i++) {
    const kind = chance.below(22);
    if (kind > 19) parts.push(Buffer.from(wholeLines(chance)));
    else if (kind < 9) parts.push(Buffer.from(chance.pick(words)));
    else if (kind < 13) parts.push(Buffer.from(chance.pick(controls)));
    else if (kind < 18) parts.push(Buffer.from(sequence(chance)));
    else if (kind < 19) parts.push(Buffer.from(chance.pick(others)));
    // Between controls: where a run of text is cut shows if the cursor stands inside a wide character, and bad bytes cut it.
    else parts.push(Buffer.from(chance.below(4) === 0 ? chance.pick(broken) : [0x20 + chance.below(95)]));
  }
  return Buffer.concat(parts);
}

/** `streams` of them; the seed of one that differs is in the error. */
export async function compareBothWays(streams: number, from: number): Promise<void> {
  each: for (let round = 0; round < streams; round++) {
    const chance = chanceOf(from + round);
    const [cols, rows] = [2 + chance.below(24), 1 + chance.below(7)];
    const [fast, plain] = [await makeSide(cols, rows, true), await makeSide(cols, rows, false)];
    for (let step = 0; step < 12; step++) {
      const bytes = randomStream(chance, 1 + chance.below(12));
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + 1 + chance.below(chance.below(3) === 0 ? 3 : 60));
        const problems = [fast, plain].map((side) => problemOf(() => side.parse(bytes.subarray(at, end))));
        assert.equal(problems[0], problems[1], `seed ${from + round}, step ${step}`);
        if (problems[0] !== "") continue each;
        at = end;
      }
      if (chance.below(12) === 0) {
        const [toCols, toRows] = [2 + chance.below(24), 1 + chance.below(7)];
        fast.resize(toCols, toRows);
        plain.resize(toCols, toRows);
      }
      const where = `seed ${from + round}, step ${step}, ${cols}×${rows}, after ${JSON.stringify(bytes.toString("latin1"))}`;
      assert.deepEqual(fast.state(), plain.state(), where);
      assert.deepEqual(fast.answers, plain.answers, where);
    }
  }
}

/** The library throws at a few rare sequences; then both ways do. */
function problemOf(run: () => void): string {
  try {
    run();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
