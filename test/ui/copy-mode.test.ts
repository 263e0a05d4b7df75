// Copy mode over terminals and transcripts: keys in, rows asked for, text out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CELL_WORDS, type CellGrid, emptyGrid, glyphOf, WIDE } from "../../src/domain/cells.ts";
import type { TerminalId } from "../../src/domain/ids.ts";
import { makeFinder, SEARCH_STEPS } from "../../src/domain/pattern-match.ts";
import type { AnswerValue } from "../../src/domain/protocol.ts";
import { packRows } from "../../src/domain/scrollback.ts";
import type { Effect } from "../../src/ui/effects.ts";
import { frame, nextWakeMs, onAnswer, onReply, onResize, wantedEffects } from "../../src/ui/ui.ts";
import { graphemes, graphemeWidth } from "../../src/ui/width.ts";
import { assertSound, frameRows } from "../support/frame-text.ts";
import {
  addAgent,
  addItem,
  happen,
  mouse,
  openStage,
  openTerminal,
  paneId,
  paste,
  press,
  type Stage,
  send,
  testSource,
  type as typeText,
  wait,
} from "../support/ui-fixtures.ts";

const COLS = 40;

/** A terminal with more lines than its screen, as a server would hold it; a line that begins with `\` goes on the one above. */
interface Tape {
  readonly stage: Stage;
  readonly terminal: TerminalId;
  lines: string[];
  oldest: number;
  readonly copied: string[];
  readonly kept: string[];
  asked: number;
  readonly searched: string[];
  /** Searches come to no end. */
  isSlow: boolean;
  /** Does what a key asks for. */
  keys(...chords: string[]): void;
  serve(effects: readonly Effect[]): void;
  /** The newest rows come to the client, as they do while a program prints. */
  print(...lines: string[]): void;
}

function wordsOf(line: string): Uint32Array {
  const words = new Uint32Array(COLS * CELL_WORDS);
  let x = 0;
  for (const cluster of graphemes(line.replace(/^\\/u, ""))) {
    const width = graphemeWidth(cluster);
    words[x * CELL_WORDS] = glyphOf(cluster) | (width === 2 ? WIDE : 0);
    if (width === 2) words[(x + 1) * CELL_WORDS] = 1;
    x += width;
  }
  return words;
}

function openTape(lines: string[], over: { readonly oldest?: number; readonly isAgent?: boolean } = {}): Tape {
  const stage = openStage({ cols: 99, rows: 14 });
  addAgent(stage, { title: "one" });
  const terminal = openTerminal(stage, 1, null);
  const tab = stage.workspace.tabs[0] ?? assert.fail();
  happen(stage, { type: "tab.set", tab: { ...tab, root: { type: "leaf", pane: paneId(1), content: { type: "terminal", terminal } } } });
  const tape: Tape = {
    stage,
    terminal,
    lines: [...lines],
    oldest: over.oldest ?? 0,
    copied: [],
    kept: [],
    asked: 0,
    searched: [],
    isSlow: false,
    keys: (...chords) => {
      for (const chord of chords) tape.serve(press(stage, chord));
      tape.serve(wantedEffects(stage.ui));
    },
    serve: (effects) => {
      for (const effect of effects) serve(tape, effect);
    },
    print: (...more) => {
      tape.lines.push(...more);
      showNewest(tape);
    },
  };
  showNewest(tape);
  return tape;
}

const ROWS = 10;

function showNewest({ stage, terminal, lines, oldest }: Tape): void {
  const grid: CellGrid = emptyGrid(COLS, ROWS);
  const base = Math.max(0, lines.length - ROWS);
  for (let y = 0; y < ROWS; y += 1) grid.words.set(wordsOf(lines[base + y] ?? ""), y * COLS * CELL_WORDS);
  grid.cursor = { x: 0, y: Math.min(ROWS, lines.length) - 1, shape: "block", isVisible: true };
  stage.ui.grids.set(terminal, grid);
  const before = stage.ui.screens.get(terminal);
  stage.ui.screens.set(terminal, { mouse: "none", isAlternate: false, ...before, base, history: base - oldest });
}

function serve(tape: Tape, effect: Effect): void {
  const { stage } = tape;
  if (effect.type === "copy") tape.copied.push(effect.text);
  if (effect.type === "command" && effect.command.type === "buffer.add") tape.kept.push(effect.command.text);
  if (effect.type !== "query") return;
  const answer = answerOf(tape, effect.query);
  if (answer !== null) tape.serve(onAnswer(stage.ui, effect.purpose, answer));
}

function answerOf(tape: Tape, query: Extract<Effect, { type: "query" }>["query"]): AnswerValue | null {
  const { lines, oldest } = tape;
  const end = Math.max(ROWS, lines.length);
  if (query.type === "terminal.rows") {
    tape.asked += 1;
    const from = Math.max(oldest, query.from);
    const shown = Array.from({ length: Math.max(0, Math.min(end, query.from + query.count) - from) }, (_, at) => lines[from + at] ?? "");
    const page = { generation: 1, cols: COLS, oldest, end, from, wrapped: shown.map((line) => line.startsWith("\\")) };
    return { type: "terminal.rows", ...page, rows: Buffer.from(packRows({ ...page, rows: shown.map(wordsOf) })).toString("base64") };
  }
  if (query.type === "terminal.search") {
    tape.searched.push(query.pattern);
    const finder = makeFinder(query.pattern);
    const budget = { left: SEARCH_STEPS };
    const matches = lines.slice(0, query.end).flatMap((line, row) => {
      const here: { row: number; col: number; cells: number }[] = [];
      for (let at = finder.next(line, 0, budget); at !== null; at = finder.next(line, at.to, budget))
        here.push({ row, col: at.from, cells: at.to - at.from });
      return row < oldest ? [] : here;
    });
    return { type: "terminal.search", generation: 1, matches, isCut: false, ...(tape.isSlow ? { isUnfinished: true } : {}) };
  }
  if (query.type === "buffer") return { type: "buffer", text: tape.kept.at(-1) ?? null };
  return null;
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}`);
const screen = (tape: Tape) => frameRows(frame(tape.stage.ui)).join("\n");
const modeOf = ({ stage }: Tape) => stage.ui.view.copies.get(paneId(1));
const cursorOf = (tape: Tape) => `${modeOf(tape)?.cursor.x},${modeOf(tape)?.cursor.y}`;

test("all of a terminal's lines can be walked; rows are asked for in pages, once, and kept", () => {
  const tape = openTape(numbered(1_000));
  tape.keys("C-b", "[", "g");
  assert.match(screen(tape), /\nline 0 +copy 1\/1000\nline 1\n/u);
  assert.equal(tape.asked, 4, "the newest page and the two around the start, and the newest again for the rows that were there");
  tape.keys("G", "g", "C-d", "C-f");
  const { asked } = tape;
  tape.keys("g", "G", "g");
  assert.equal(tape.asked, asked);
  tape.keys("5", "0", "0", "G", "3", "j");
  assert.match(screen(tape), /copy 503\/1000/u);
  tape.keys("q");
  assert.equal(modeOf(tape), undefined);
});

test("a selection over rows that were never in sight is copied when they have come; wrapped rows come out as one line", () => {
  const lines = numbered(700);
  lines[300] = "begins here and";
  lines[301] = "\\goes on";
  const tape = openTape(lines);
  tape.keys("C-b", "[", "g", "V", "G", "y");
  const expected = lines.join("\n").replace("\n\\", "");
  assert.deepEqual(tape.copied, [expected]);
  assert.deepEqual(tape.kept, [expected]);
  assert.equal(modeOf(tape), undefined);
});

test("what is selected stays what it was while the program prints, and what is gone meanwhile is said", () => {
  const tape = openTape(numbered(500));
  tape.keys("C-b", "[", "k", "k", "V", "k");
  const rows = () => screen(tape).replace(/ +copy [^\n]*/gu, "");
  const before = rows();
  tape.print(...numbered(300));
  assert.equal(rows(), before);
  assert.match(screen(tape), /300 lines new/u);
  tape.keys("y");
  assert.deepEqual(tape.copied, ["line 496\nline 497"]);
  tape.keys("C-b", "[");
  tape.oldest = 700;
  tape.keys("g");
  assert.match(screen(tape), /copy 1\/\d+/u);
  assert.ok((modeOf(tape)?.cursor.y ?? 0) <= 700 && modeOf(tape)?.source.type === "terminal");
});

test("vi's keys: counts, words, ends, window, find and repeat, other end, block", () => {
  const tape = openTape(["alpha beta.gamma", "", "one two three", "x=1; y=2; z=3", ...numbered(6)]);
  tape.keys("C-b", "[", "g", "w");
  assert.equal(cursorOf(tape), "6,0");
  tape.keys("2", "w");
  assert.equal(cursorOf(tape), "11,0");
  tape.keys("b", "B", "e", "$", "0");
  assert.equal(cursorOf(tape), "0,0");
  tape.keys("}");
  assert.equal(cursorOf(tape), "0,1");
  tape.keys("j", "W", "E");
  assert.equal(cursorOf(tape), "6,2");
  tape.keys("j", "0", "f", ";", ";", ",", "t", "z");
  assert.equal(cursorOf(tape), "9,3");
  tape.keys("L");
  assert.equal(cursorOf(tape).split(",")[1], "9");
  tape.keys("M");
  assert.equal(cursorOf(tape).split(",")[1], "4");
  tape.keys("H", "v", "l", "l", "o");
  assert.equal(cursorOf(tape).split(",")[1], "0");
  tape.keys("escape", "g", "0", "C-v", "3", "j", "2", "l", "y");
  assert.deepEqual(tape.copied, ["alp\n\none\nx=1"]);
  tape.keys("C-b", "[", "g", "v", "e", "enter");
  assert.equal(tape.copied.at(-1), "alpha");
});

test("a column is kept over shorter rows, and $ sticks to the ends", () => {
  const tape = openTape(["a long first row", "ab", "another long row", ...numbered(7)]);
  tape.keys("C-b", "[", "g", "1", "0", "l", "j");
  assert.equal(cursorOf(tape), "1,1");
  tape.keys("j");
  assert.equal(cursorOf(tape), "10,2");
  tape.keys("k", "k", "$", "j", "j");
  assert.equal(cursorOf(tape), "15,2");
});

test("a search shows its matches and their number as it is typed, goes on with n and back with N, and comes back with Esc", () => {
  const tape = openTape([...numbered(50), "Needle one", "needle two", ...numbered(5)]);
  tape.keys("C-b", "[", "g", "/", "n", "e", "e", "d");
  assert.match(screen(tape), /1 of 2/u);
  assert.match(screen(tape), /\/need\n/u);
  assert.equal(cursorOf(tape), "0,50");
  tape.keys("enter", "n");
  assert.equal(cursorOf(tape), "0,51");
  tape.keys("n");
  assert.equal(cursorOf(tape), "0,50", "around the end");
  tape.keys("N");
  assert.match(screen(tape), /2 of 2/u);
  tape.keys("g", "/", "z", "z");
  assert.match(screen(tape), /no match/u);
  assert.equal(cursorOf(tape), "0,0");
  tape.keys("backspace", "backspace", "backspace", "G", "?", "l", "i", "n", "e", "escape");
  assert.equal(cursorOf(tape), "0,56");
  tape.keys("g", "w", "#");
  assert.equal(modeOf(tape)?.search?.pattern, "\\b0\\b");
  assert.equal(modeOf(tape)?.search?.isBack, true);
});

test("what is searched for is an expression; one that is none yet is plain text, and one that is too slow says so", () => {
  const tape = openTape([...numbered(50), "took 12 ms (warm)", "took 7 ms", ...numbered(5)]);
  tape.keys("C-b", "[", "g", "/", ..."\\d+ ms$", "enter");
  assert.match(screen(tape), /1 match\b|1 of 1/u);
  assert.equal(cursorOf(tape), "5,51");
  tape.keys("g", "/", ..."ms (w");
  assert.match(screen(tape), /1 of 1 · as plain text: a \( is open/u);
  assert.equal(cursorOf(tape), "8,50");
  tape.keys(..."arm|x)");
  assert.doesNotMatch(screen(tape), /plain text/u);
  tape.isSlow = true;
  tape.keys("enter", "/", "t", "o", "o", "k", "enter");
  assert.match(screen(tape), /of 2\+ · too slow a pattern/u);
});

test("the server is told what copy mode reads, and told when that is over, however it ends", () => {
  const tape = openTape(numbered(50));
  const { stage } = tape;
  const holds = () =>
    wantedEffects(stage.ui).flatMap((effect) =>
      effect.type === "command" && effect.command.type === "terminal.hold" ? [effect.command.isHeld] : [],
    );
  press(stage, "C-b", "[");
  assert.deepEqual(holds(), [true]);
  press(stage, "k");
  assert.deepEqual(holds(), []);
  press(stage, "q");
  assert.deepEqual(holds(), [false]);
  press(stage, "C-b", "[");
  assert.deepEqual(holds(), [true]);
  happen(stage, { type: "terminal.closed", terminal: tape.terminal });
  frame(stage.ui);
  assert.deepEqual(holds(), [false]);
});

test("tmux's keys: space selects, D copies to the end of the line, z brings the cursor to the middle, J and K move the window", () => {
  const lines = numbered(100);
  lines[50] = "begins here and";
  lines[51] = "\\goes on";
  const tape = openTape(lines);
  tape.keys("C-b", "[", "g", "5", "1", "G", "w", "D");
  assert.deepEqual(tape.copied, ["here andgoes on"]);
  assert.equal(modeOf(tape), undefined);
  tape.keys("C-b", "[", "g", "5", "1", "G", "z");
  assert.equal(modeOf(tape)?.top, 45);
  const top = modeOf(tape)?.top ?? 0;
  tape.keys("J", "J", "K");
  assert.equal(modeOf(tape)?.top, top + 1);
  tape.keys("space", "e", "y");
  assert.deepEqual(tape.copied.at(-1), "begins");
});

test("while a search is not answered what is typed waits, and only the newest pattern is looked for then", () => {
  const tape = openTape([...numbered(50), "needle"]);
  const { stage } = tape;
  tape.keys("C-b", "[", "/");
  const first = press(stage, "n");
  const later = [..."eedle"].flatMap((key) => press(stage, key));
  assert.deepEqual(later, []);
  tape.serve(first);
  assert.deepEqual(tape.searched, ["n", "needle"]);
  assert.match(screen(tape), /1 of 1/u);
  tape.keys("escape", "g");
  const slow = [..."/line", "enter", "n", "n"].flatMap((key) => press(stage, key));
  tape.serve(slow);
  assert.equal(cursorOf(tape), "0,3", "what was pressed before the answer came counts");
});

test("a pattern that is pasted is searched; elsewhere a paste ends copy mode and goes to the program", () => {
  const tape = openTape(numbered(30));
  tape.keys("C-b", "[", "/");
  tape.serve(paste(tape.stage, "line 7\nrest"));
  assert.equal(modeOf(tape)?.prompt?.text, "line 7");
  assert.equal(cursorOf(tape), "0,7");
  tape.keys("enter");
  const effects = paste(tape.stage, "text");
  assert.equal(modeOf(tape), undefined);
  assert.deepEqual(
    effects.map((effect) => (effect.type === "command" ? effect.command.type : effect.type)),
    ["terminal.paste"],
  );
});

test("a pattern that is pasted with control characters in it is shown, and searched, without them", () => {
  const tape = openTape(["line 1", "line 2"]);
  tape.keys("C-b", "[", "/");
  tape.serve(paste(tape.stage, "line\u001b]52;c;aGk=\u0007 2\u0000"));
  assert.match(frameRows(frame(tape.stage.ui)).join("\n"), /\/line 2/u);
  assertSound(frame(tape.stage.ui));
  assert.equal(tape.searched.at(-1), "line 2");
});

test("the keys are the mode's while it is on, and the program's after it", () => {
  const tape = openTape(numbered(30));
  tape.keys("C-b", "[");
  assert.deepEqual(press(tape.stage, "Q"), []);
  assert.match(screen(tape), /Q means nothing in copy mode/u);
  tape.keys("v");
  assert.match(screen(tape), /y copies/u);
  tape.keys("escape");
  assert.notEqual(modeOf(tape), undefined, "Esc ends the selection first");
  tape.keys("escape");
  assert.equal(modeOf(tape), undefined);
  assert.equal(press(tape.stage, "j")[0]?.type, "command");
});

test("another width lays the lines anew: the place from their end is kept and the selection is not", () => {
  const tape = openTape(numbered(300));
  tape.keys("C-b", "[", "5", "0", "k", "v");
  const { stage, terminal } = tape;
  const fromEnd = 300 - (modeOf(tape)?.cursor.y ?? 0);
  const grid = stage.ui.grids.get(terminal) ?? assert.fail();
  stage.ui.grids.set(terminal, { ...emptyGrid(COLS + 5, ROWS), cursor: grid.cursor });
  onResize(stage.ui, 105, 14);
  frame(stage.ui);
  assert.equal(300 - (modeOf(tape)?.cursor.y ?? 0), fromEnd);
  assert.equal(modeOf(tape)?.selection, null);
});

// The mouse -------------------------------------------------------------------------------------------------------------

/** The first cell of the terminal's place on the screen. */
const AT = { x: 0, y: 3 };

test("dragging selects characters, is copied when the button is let go, and is over a moment later", () => {
  const tape = openTape(numbered(30));
  const { stage } = tape;
  const rect = AT;
  tape.serve(mouse(stage, "press", rect.x + 2, rect.y));
  assert.equal(modeOf(tape), undefined, "a press alone begins nothing");
  tape.serve(mouse(stage, "move", rect.x + 3, rect.y + 1));
  tape.serve(mouse(stage, "release", rect.x + 3, rect.y + 1));
  assert.deepEqual(tape.copied, ["ne 20\nline"]);
  assert.notEqual(modeOf(tape), undefined);
  assert.equal(nextWakeMs(stage.ui), 1_000);
  wait(stage, 1_000);
  assert.equal(modeOf(tape), undefined);
});

test("a second click takes the word, a third the line over its rows; Alt takes a block", () => {
  const tape = openTape([...numbered(20), "wrapped words go", "\\on here", ...numbered(8)]);
  const { stage } = tape;
  const click = (times: number, x: number, y: number, over = {}) => {
    for (let i = 0; i < times; i += 1) {
      tape.serve(mouse(stage, "press", x, y, over));
      tape.serve(mouse(stage, "release", x, y, over));
    }
    tape.serve(wantedEffects(stage.ui));
  };
  // Which rows go on the line above is known once the server has said it; the wheel brings that with it.
  tape.serve(mouse(stage, "wheelup", AT.x + 2, AT.y + 2));
  tape.serve(mouse(stage, "wheeldown", AT.x + 2, AT.y + 2));
  assert.equal(modeOf(tape), undefined);
  click(2, AT.x + 9, AT.y);
  assert.equal(tape.copied.at(-1), "words");
  wait(stage, 2_000);
  tape.serve(mouse(stage, "wheelup", AT.x + 2, AT.y + 2));
  click(3, AT.x + 9, AT.y + 3);
  assert.equal(tape.copied.at(-1), "wrapped words goon here");
  tape.keys("q");
  tape.serve(mouse(stage, "press", AT.x + 5, AT.y + 2, { hasAlt: true }));
  tape.serve(mouse(stage, "move", AT.x + 5, AT.y + 4, { hasAlt: true }));
  tape.serve(mouse(stage, "release", AT.x + 5, AT.y + 4, { hasAlt: true }));
  assert.equal(tape.copied.at(-1), "0\n1\n2");
});

test("held beyond the edge the window moves on by itself, and the selection with it", () => {
  const tape = openTape(numbered(100));
  const { stage } = tape;
  tape.serve(mouse(stage, "press", AT.x + 2, AT.y + 4));
  tape.serve(mouse(stage, "move", AT.x, AT.y - 1));
  const top = modeOf(tape)?.top ?? assert.fail();
  for (let i = 0; i < 10; i += 1) {
    wait(stage, Math.min(50, nextWakeMs(stage.ui) ?? 50));
    tape.serve(wantedEffects(stage.ui));
  }
  assert.ok((modeOf(tape)?.top ?? top) <= top - 9);
  tape.serve(mouse(stage, "release", AT.x, AT.y - 1));
  assert.match(tape.copied[0] ?? "", /^line [78]\d\n[\s\S]*\nlin$/u);
});

test("the wheel looks back in a terminal and leaves at the end; a full-screen program without a mouse gets it from the server", () => {
  const tape = openTape(numbered(100));
  const { stage } = tape;
  for (let i = 0; i < 5; i += 1) tape.serve(mouse(stage, "wheelup", AT.x + 2, AT.y + 2));
  assert.equal(modeOf(tape)?.top, 75);
  for (let i = 0; i < 5; i += 1) tape.serve(mouse(stage, "wheeldown", AT.x + 2, AT.y + 2));
  assert.equal(modeOf(tape), undefined);
  stage.ui.screens.set(tape.terminal, { base: 0, history: 0, isAlternate: true, mouse: "none" });
  const [passed] = mouse(stage, "wheelup", AT.x + 2, AT.y + 2);
  assert.ok(passed?.type === "command" && passed.command.type === "terminal.mouse" && passed.command.action === "wheelup");
  assert.equal(modeOf(tape), undefined);
});

test("a program that asked for the mouse gets it in its own cells, also beyond its edge; Shift and copy mode keep it here", () => {
  const tape = openTape(numbered(30));
  const { stage, terminal } = tape;
  stage.ui.screens.set(terminal, { base: 20, history: 20, isAlternate: false, mouse: "drag" });
  const sent = (effects: readonly Effect[]) =>
    effects.flatMap((effect) =>
      effect.type === "command" && effect.command.type === "terminal.mouse"
        ? [`${effect.command.action} ${effect.command.x},${effect.command.y}`]
        : [],
    );
  assert.deepEqual(sent(mouse(stage, "press", AT.x + 4, AT.y + 2)), ["press 4,2"]);
  assert.deepEqual(sent(mouse(stage, "move", AT.x + 4, 0)), ["move 4,0"]);
  assert.deepEqual(sent(mouse(stage, "release", AT.x + 98, 40)), ["release 39,9"]);
  assert.deepEqual(sent(mouse(stage, "wheelup", AT.x + 1, AT.y + 1)), ["wheelup 1,1"]);
  assert.equal(modeOf(tape), undefined);
  for (const action of ["press", "move", "release"] as const) {
    const x = AT.x + (action === "press" ? 0 : 3);
    tape.serve(mouse(stage, action, x, AT.y, { hasShift: true }));
  }
  assert.deepEqual(tape.copied, ["line"]);
  wait(stage, 2_000);
  tape.keys("C-b", "[");
  assert.deepEqual(sent(mouse(stage, "press", AT.x + 4, AT.y + 2)), []);
});

// Transcripts -----------------------------------------------------------------------------------------------------------

test("a transcript is read as it stood: what the agent says meanwhile moves nothing, and wrapped words come out as they were said", () => {
  const stage = openStage({ cols: 70, rows: 14 });
  const agent = addAgent(stage, { title: "one" });
  const words = "the quick brown fox jumps over the lazy dog and does so again and again until the line is well over its end";
  addItem(stage, agent, { type: "user", text: words });
  press(stage, "C-b", "[", "g");
  const before = frameRows(frame(stage.ui)).slice(2, 10).join("\n");
  addItem(stage, agent, { type: "text", text: "an answer", source: testSource });
  assert.equal(frameRows(frame(stage.ui)).slice(2, 10).join("\n"), before);
  const effects = press(stage, "V", "y");
  assert.deepEqual(
    effects.flatMap((effect) => (effect.type === "copy" ? [effect.text] : [])),
    [words],
  );
  press(stage, "C-b", "[", "?", "f", "o", "x", "enter");
  assert.match(frameRows(frame(stage.ui)).join("\n"), /1 of 1/u);
});

// Pasting ---------------------------------------------------------------------------------------------------------------

test("what was copied is pasted with the prefix and ], into the program or the message", () => {
  const tape = openTape(numbered(30));
  tape.keys("C-b", "]");
  assert.match(screen(tape), /nothing was copied yet/u);
  tape.keys("C-b", "[", "k", "V", "y");
  const effects = press(tape.stage, "C-b", "]");
  const query = effects[0] ?? assert.fail();
  assert.ok(query.type === "query");
  const [paste] = onAnswer(tape.stage.ui, query.purpose, { type: "buffer", text: "line 28" });
  assert.ok(paste?.type === "command" && paste.command.type === "terminal.paste" && paste.command.text === "line 28");

  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  const [asked] = press(stage, "C-b", "]");
  assert.ok(asked?.type === "query");
  onAnswer(stage.ui, asked.purpose, { type: "buffer", text: "two\nlines" });
  assert.equal(
    stage.ui.view.composers
      .get(agent.id)
      ?.cells.map((cell) => cell.text)
      .join(""),
    "two\nlines",
  );
});

test("what was copied is listed, chosen and taken away", () => {
  const tape = openTape(numbered(12));
  const { stage } = tape;
  const [asked] = press(stage, "C-b", "=");
  assert.ok(asked?.type === "query" && asked.query.type === "buffers");
  const rows = [
    { buffer: 4, text: "second\nhas two", characters: 14, lines: 2 },
    { buffer: 3, text: "first", characters: 5, lines: 1 },
  ];
  onAnswer(stage.ui, asked.purpose, { type: "buffers", rows });
  assert.match(screen(tape), /second has two +2 lines/u);
  const [dropped] = press(stage, "C-x");
  assert.ok(dropped?.type === "command" && dropped.command.type === "buffer.remove" && dropped.command.buffer === 4);
  const [chosen] = press(stage, "enter");
  assert.ok(chosen?.type === "query" && chosen.query.type === "buffer" && chosen.query.buffer === 3);
});

test("lines that a program would take for Enter are shown before they are typed", () => {
  const tape = openTape(numbered(12));
  const { stage, terminal } = tape;
  stage.refuseNext = "the program did not ask for bracketed paste: each line would be typed and entered";
  paste(stage, "rm -r a\nrm -r b\n");
  assert.match(screen(tape), /paste 2 lines\?/u);
  assert.match(screen(tape), /rm -r b/u);
  const [joined] = press(stage, "j");
  assert.ok(joined?.type === "command" && joined.command.type === "terminal.paste");
  assert.deepEqual([joined.command.text, joined.command.isSeen, joined.command.terminal], ["rm -r a rm -r b", true, terminal]);
  stage.refuseNext = "that terminal is closed";
  paste(stage, "x");
  assert.match(screen(tape), /that terminal is closed/u);
});

test("eight megabytes are pasted in parts, whole and in order; the message takes them as one piece", () => {
  const text = "0123456789abcdef".repeat(512 * 1024);
  const tape = openTape(numbered(12));
  const parts = paste(tape.stage, text).flatMap((effect) =>
    effect.type === "command" && effect.command.type === "terminal.paste" ? [effect.command] : [],
  );
  assert.equal(parts.map((part) => part.text).join(""), text);
  assert.deepEqual([parts[0]?.isFirst, parts.at(-1)?.isLast], [true, true]);
  assert.equal(parts.filter((part) => part.isFirst || part.isLast).length, 2);

  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  paste(stage, text);
  assert.equal(
    stage.ui.view.composers
      .get(agent.id)
      ?.cells.map((cell) => cell.text)
      .join("") === text,
    true,
  );
});

test("the pager gets a terminal's lines with their colours, the editor a transcript as it would be copied", () => {
  const tape = openTape(numbered(12));
  const [asked] = press(tape.stage, "C-b", "v");
  assert.ok(asked?.type === "query" && asked.query.type === "terminal.text" && asked.query.isStyled === true);
  assert.deepEqual(onAnswer(tape.stage.ui, asked.purpose, { type: "terminal.text", text: "a\nb" }), [
    { type: "show", text: "a\nb\n", how: "pager" },
  ]);
  const stage = openStage();
  const agent = addAgent(stage, { title: "one" });
  addItem(stage, agent, { type: "user", text: "hello there" });
  assert.deepEqual(press(stage, "C-b", "e"), [{ type: "show", text: "hello there\n", how: "editor" }]);
  typeText(stage, "x");
  assert.equal(onReply(stage.ui, "status", { type: "reply", id: 1, ok: true, seq: 1 }).length, 0);
  assert.equal(send(stage, { type: "focus", isFocused: true }).length, 0);
});
