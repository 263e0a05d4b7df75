// Lines of a terminal by their numbers: what copy mode reads, and what a paste and the mouse send.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CELL_WORDS, clusterText } from "../../src/domain/cells.ts";
import { fromBase64, packRows, type ScrollMatches, type ScrollPage, unpackRows } from "../../src/domain/scrollback.ts";
import { createEmulator, type Emulator } from "../../src/host/emulator.ts";
import { type LineSource, pageOf, searchPieces } from "../../src/host/scrollback.ts";
import { mouseBytes, pastedText } from "../../src/host/terminal-input.ts";
import { makeGround, run, until } from "./ground.ts";

async function makeEmulator(cols: number, rows: number, scrollbackRows: number): Promise<Emulator> {
  const nothing = (): void => {};
  return createEmulator({
    cols,
    rows,
    scrollbackRows,
    colours: () => ({ foreground: 0xffffff, background: 0 }),
    onBell: () => {},
    isDirect: true,
    onAnswer: nothing,
    onTitle: nothing,
    onFolder: nothing,
  });
}

function searchLines(source: LineSource, options: Parameters<typeof searchPieces>[1]): ScrollMatches {
  const pieces = searchPieces(() => source, options);
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
  }
}

const feed = (emulator: Emulator, text: string): void => emulator.parse(Buffer.from(text));

function textOf(words: Uint32Array | undefined): string {
  let text = "";
  for (let at = 0; at < (words?.length ?? 0); at += CELL_WORDS) text += clusterText(words?.[at] ?? 0) || " ";
  return text.trimEnd();
}

function texts(page: ScrollPage): string[] {
  return page.rows.map(textOf);
}

test("a row keeps its number while newer ones push the oldest out", async () => {
  const emulator = await makeEmulator(20, 4, 10);
  const say = (from: number, to: number): void => {
    for (let i = from; i <= to; i++) feed(emulator, `line ${i}\r\n`);
  };
  say(0, 8);
  const early = pageOf(emulator.lines(false), 5, 2);
  assert.deepEqual([texts(early), early.from, early.oldest, early.end], [["line 5", "line 6"], 5, 0, 10]);
  say(9, 17);
  const later = emulator.lines(false);
  assert.deepEqual([later.oldest, later.end], [5, 19]);
  assert.deepEqual(texts(pageOf(later, 5, 2)), ["line 5", "line 6"]);
  const cut = pageOf(later, 0, 7);
  assert.deepEqual([cut.from, texts(cut)], [5, ["line 5", "line 6"]]);
  assert.deepEqual(texts(pageOf(later, 17, 500)), ["line 17", ""]);
  const { screen } = emulator.changesSince("t", 0) ?? assert.fail("there is nothing to show");
  assert.deepEqual(screen, { base: 15, history: 10, mouse: "none" });
  assert.equal(later.generation, early.generation);
  emulator.close();
});

test("rows that were packed away are read and searched as they were", async () => {
  const emulator = await makeEmulator(30, 5, 5_000);
  for (let i = 0; i < 2_000; i++) feed(emulator, `line ${i} \x1b[31m日本\x1b[0m${i % 7 === 0 ? " and on over the end of it" : ""}\r\n`);
  const all = (): ScrollPage => pageOf(emulator.lines(false), 0, 3_000);
  const before = all();
  while (emulator.packSome() > 0);
  assert.ok(emulator.packedBytes > 0, "nothing was packed");
  assert.deepEqual(all(), before);
  assert.equal(searchLines(emulator.lines(false), { pattern: "line 7 ", end: 100, matchesMax: 10 }).matches.length, 1);
  emulator.close();
});

test("what clears the scrollback counts as gone; a reset or another width makes other numbers", async () => {
  const emulator = await makeEmulator(20, 4, 10);
  for (let i = 0; i < 9; i++) feed(emulator, `line ${i}\r\n`);
  feed(emulator, "\x1b[3J");
  const cleared = emulator.lines(false);
  assert.deepEqual([cleared.oldest, cleared.end, cleared.generation], [6, 10, 1]);
  assert.deepEqual(texts(pageOf(cleared, 0, 10)), ["line 6", "line 7", "line 8", ""]);
  emulator.resize(30, 4);
  const wider = emulator.lines(false).generation;
  assert.equal(wider, 2);
  feed(emulator, "\x1bcanew");
  assert.equal(emulator.lines(false).generation, 3);
  emulator.close();
});

test("the alternate screen is read by itself and leaves the usual one's numbers alone", async () => {
  const emulator = await makeEmulator(20, 3, 10);
  for (let i = 0; i < 6; i++) feed(emulator, `line ${i}\r\n`);
  feed(emulator, "\x1b[?1049h\x1b[Hfull screen\x1b[?1003h");
  const { screen, isAlternate } = emulator.changesSince("t", 0) ?? assert.fail("there is nothing to show");
  assert.deepEqual([isAlternate, screen], [true, { base: 0, history: 0, mouse: "move" }]);
  assert.deepEqual(texts(pageOf(emulator.lines(true), 0, 9)), ["full screen", "", ""]);
  assert.deepEqual(texts(pageOf(emulator.lines(false), 2, 2)), ["line 2", "line 3"]);
  emulator.close();
});

test("a page crosses the link as it was, colours and wide characters too", async () => {
  const emulator = await makeEmulator(12, 3, 10);
  feed(emulator, "\x1b[31mred\x1b[0m 日本 👩‍👩‍👧\r\n0123456789abcdef");
  const page = pageOf(emulator.lines(false), 0, 9);
  assert.deepEqual(page.wrapped, [false, false, true]);
  const bytes = fromBase64(Buffer.from(packRows(page)).toString("base64"));
  assert.ok(bytes !== null);
  assert.deepEqual(unpackRows(bytes, page.rows.length), page.rows);
  assert.equal(unpackRows(bytes, 2), null);
  assert.equal(fromBase64("a*=="), null);
  for (let length = 0; length < 40; length++) {
    const sample = Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 255);
    assert.deepEqual(fromBase64(Buffer.from(sample).toString("base64")), sample);
  }
  emulator.close();
});

test("a search takes a pattern, ends lines where their text ends, and gives one up that takes too long", async () => {
  const emulator = await makeEmulator(20, 4, 500);
  for (let i = 0; i < 200; i++) feed(emulator, `run ${i}: ${i * 3} ms${i % 50 === 0 ? " error: it went wrong" : ""}\r\n`);
  const lines = emulator.lines(false);
  const find = (pattern: string, stepsMax?: number) =>
    searchLines(lines, { pattern, end: lines.end, matchesMax: 1_000, ...(stepsMax === undefined ? {} : { stepsMax }) });
  const errors = find("error: \\w+ went wrong$");
  assert.equal(errors.matches.length, 4);
  const [first] = errors.matches;
  assert.equal(first?.cells, 20, "it runs over the end of its row");
  assert.equal(find("^run 1?7: \\d+ ms$").matches.length, 2);
  assert.equal(find("ms.*").matches[1]?.cells, 2, "nothing is marked where nothing was printed");
  assert.equal(find("ms +").matches.length, 4);
  const given = find("(r|u|n| )*x", 5_000);
  assert.deepEqual([given.isUnfinished, given.matches.length], [true, 0]);
  assert.equal(find("(r|u|n| )*x").isUnfinished, false);
  emulator.close();
});

test("a search looks at the lines as they are when it comes to them", async () => {
  const emulator = await makeEmulator(20, 4, 300);
  for (let i = 0; i < 250; i++) feed(emulator, `needle ${i}\r\n`);
  const { end } = emulator.lines(false);
  const pieces = searchPieces(() => emulator.lines(false), { pattern: "needle \\d+", end, matchesMax: 1_000 });
  assert.equal(pieces.next().done, false);
  for (let i = 0; i < 250; i++) feed(emulator, `other ${i}\r\n`);
  let step = pieces.next();
  while (step.done !== true) step = pieces.next();
  const rows = step.value.matches.map(({ row }) => row);
  // What stands still, in order, and nothing that came after it had begun.
  const { oldest } = emulator.lines(false);
  assert.ok(oldest > 0 && end === 251);
  assert.deepEqual(
    rows,
    Array.from({ length: 250 - oldest }, (_, at) => oldest + at),
  );
  emulator.resize(30, 4);
  assert.equal(searchPieces(() => null, { pattern: "x", end: 9, matchesMax: 9 }).next().done, true);
  emulator.close();
});

test("a search finds across wrapped rows, by cells, and keeps the newest where there are too many", async () => {
  const emulator = await makeEmulator(10, 3, 50);
  feed(emulator, "日本 needle\r\nxxxxxxxxNEEdlexx needle\r\nnothing\r\n");
  const lines = emulator.lines(false);
  assert.deepEqual(searchLines(lines, { pattern: "needle", end: lines.end, matchesMax: 10 }).matches, [
    { row: 0, col: 5, cells: 6 },
    { row: 2, col: 8, cells: 6 },
    { row: 3, col: 7, cells: 6 },
  ]);
  assert.deepEqual(searchLines(lines, { pattern: "NEE", end: lines.end, matchesMax: 10 }).matches, [{ row: 2, col: 8, cells: 3 }]);
  const few = searchLines(lines, { pattern: "needle", end: lines.end, matchesMax: 1 });
  assert.deepEqual([few.matches.map(({ row }) => row), few.isCut], [[3], true]);
  assert.deepEqual(searchLines(lines, { pattern: "needle", end: 1, matchesMax: 10 }).matches, []);
  assert.deepEqual(searchLines(lines, { pattern: "e", end: 3, matchesMax: 10 }).matches.length, 4);
  emulator.close();
});

test("a paste goes in brackets where they were asked for, and is not typed unseen where they were not", async () => {
  await using ground = makeGround();
  const part = (text: string, isSeen = false) => ({ text, isFirst: true, isLast: true, isSeen });
  const plain = ground.open({
    program: { type: "command", argv: ["bash", "-c", 'echo ready; read -r a; echo "got $a"; read -r b; echo "then $b"'] },
  });
  await until("it runs", () => /ready/.test(plain.text(5)));
  assert.equal(plain.paste(part("one\ntwo\n")), false);
  assert.equal(plain.paste(part("no line end")), true);
  assert.equal(plain.paste(part(", and one\ntwo\n", true)), true);
  await until("both came", () => /then two/.test(plain.text(9)));
  assert.match(plain.text(9), /got no line end, and one\n/);

  const asks = ground.open({
    program: { type: "command", argv: ["bash", "-c", "stty raw -echo; printf '\\e[?2004hready'; head -c 22 | od -An -c | tr -d ' \\n'"] },
  });
  await until("it runs", () => /ready/.test(asks.text(5)));
  const pieces = ["a\n\x1b[201~b", "c\u009b", "d"];
  for (const [at, text] of pieces.entries()) assert.ok(asks.paste({ text, isFirst: at === 0, isLast: at === 2, isSeen: false }));
  await until("it came", () => /~$/.test(asks.text(5)));
  assert.equal(asks.text(5), "ready033[200~a\\r[201~bcd033[201~");
});

test("eight megabytes arrive in a program whole and once", async () => {
  await using ground = makeGround();
  const size = 8 * 1024 * 1024;
  const line = `${"0123456789abcdef".repeat(4)}\n`;
  const text = line
    .repeat(Math.ceil(size / line.length))
    .slice(0, size - 1)
    .concat("Z");
  const program = ground.open({
    program: {
      type: "command",
      argv: ["bash", "-c", `stty raw -echo; printf '\\e[?2004hready'; head -c ${size + 12} | md5sum; echo over`],
    },
  });
  await until("it runs", () => /ready/.test(program.text(5)));
  const half = 5_000_000;
  program.paste({ text: text.slice(0, half), isFirst: true, isLast: false, isSeen: false });
  program.paste({ text: text.slice(half), isFirst: false, isLast: true, isSeen: false });
  await until("all came", () => /over/.test(program.text(9)));
  const { createHash } = await import("node:crypto");
  const sum = createHash("md5")
    .update(`\x1b[200~${text.replaceAll("\n", "\r")}\x1b[201~`)
    .digest("hex");
  assert.match(program.text(9), new RegExp(sum));
});

test("the mouse goes to a program in the way that it asked for, and to no other", async () => {
  const at = { button: "left", x: 4, y: 9, hasCtrl: false, hasShift: false, hasAlt: false } as const;
  const say = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("latin1"));
  assert.equal(mouseBytes({ ...at, action: "press" }, "none", "SGR"), null);
  assert.equal(say(mouseBytes({ ...at, action: "press" }, "buttons", "SGR")), "\x1b[<0;5;10M");
  assert.equal(say(mouseBytes({ ...at, action: "release", hasCtrl: true }, "buttons", "SGR")), "\x1b[<16;5;10m");
  assert.equal(mouseBytes({ ...at, action: "move" }, "buttons", "SGR"), null);
  assert.equal(say(mouseBytes({ ...at, action: "move" }, "drag", "SGR")), "\x1b[<32;5;10M");
  assert.equal(mouseBytes({ ...at, action: "move", button: "none" }, "drag", "SGR"), null);
  assert.equal(say(mouseBytes({ ...at, action: "move", button: "none" }, "move", "SGR")), "\x1b[<35;5;10M");
  assert.equal(say(mouseBytes({ ...at, action: "wheelup", button: "none" }, "buttons", "DEFAULT")), "\x1b[M`%*");
  assert.equal(say(mouseBytes({ ...at, action: "release" }, "buttons", "DEFAULT")), "\x1b[M#%*");
  assert.equal(mouseBytes({ ...at, action: "press", x: 223 }, "buttons", "DEFAULT"), null);
  assert.equal(mouseBytes({ ...at, action: "release" }, "press", "DEFAULT"), null);
  assert.equal(mouseBytes({ ...at, action: "press" }, "buttons", "SGR_PIXELS"), null);

  await using ground = makeGround();
  const program = ground.open({
    program: {
      type: "command",
      argv: ["bash", "-c", "stty raw -echo; printf '\\e[?1000h\\e[?1006hready'; head -c 9 | od -An -c | tr -d ' \\n'"],
    },
  });
  await until("it runs", () => /ready/.test(program.text(5)));
  program.mouse({ ...at, action: "move" });
  program.mouse({ ...at, action: "press", x: 1, y: 1 });
  await until("it came", () => /M$/.test(program.text(5)));
  assert.equal(program.text(5), "ready033[<0;2;2M");
});

test("pasted text keeps tabs and line ends and no other control", () => {
  assert.equal(pastedText("a\tb\r\nc\rd\ne\x1b[31m\x03\x7f\u0085é👍"), "a\tb\rc\rd\re[31mé👍");
});

test("a terminal answers pages and searches of its own lines", async () => {
  await using ground = makeGround();
  const terminal = ground.open();
  await run(terminal, "seq 1 200");
  const page = terminal.rows({ isAlternate: false, from: 0, count: 500 });
  assert.ok(page !== null && page.rows.length > 200);
  assert.ok(page.rows.map(textOf).includes("137"));
  const found = await terminal.search({ isAlternate: false, pattern: "137", end: page.end, matchesMax: 10 });
  assert.deepEqual(
    found?.matches.map(({ row }) => textOf(page.rows[row])),
    ["137"],
  );
});

test("what is being read stays as it was while a flood pushes it out, for whoever reads and no longer than that", async () => {
  await using ground = makeGround({ scrollbackRows: () => 1_000 });
  const terminal = ground.open();
  await run(terminal, "seq -f 'old %g' 1 900");
  const all = (reader?: number) => {
    const page = terminal.rows({ isAlternate: false, from: 0, count: 1_000_000, ...(reader === undefined ? {} : { reader }) });
    return page === null ? assert.fail() : { ...page, texts: page.rows.map(textOf) };
  };
  const find = (pattern: string, reader: number) =>
    terminal.search({ isAlternate: false, pattern, end: 1_000_000, matchesMax: 5_000, reader });
  terminal.hold(7, true);
  const before = all(7);
  assert.ok(before.texts.includes("old 1"));
  await run(terminal, "seq -f 'new %g' 1 30000; printf '\\e[3J'");
  assert.deepEqual(all(7), before);
  assert.equal((await find("^old \\d+$", 7))?.matches.length, 900);
  assert.equal((await find("new", 7))?.matches.length, before.texts.filter((text) => text.includes("new")).length);
  assert.ok(!all().texts.includes("old 1") && !all(8).texts.includes("old 1"), "others see what there is");
  terminal.hold(7, false);
  assert.deepEqual(all(7), all());
  // Only so many at a time: the oldest sees what there is.
  await run(terminal, "echo held");
  for (const reader of [1, 2, 3, 4, 5]) terminal.hold(reader, true);
  const { texts } = all(5);
  await run(terminal, "seq 1 3000");
  assert.deepEqual([all(5).texts, all(2).texts], [texts, texts]);
  assert.notDeepEqual(all(1).texts, texts);
});

test("a full-screen program that did not ask for the mouse gets the wheel as its arrow keys, and no click", async () => {
  await using ground = makeGround();
  const at = { button: "none", x: 1, y: 1, hasCtrl: false, hasShift: false, hasAlt: false } as const;
  const code = "stty raw -echo; printf '\\e[?1049h\\e[?1hready'; head -c 18 | od -An -c | tr -d ' \\n'";
  const program = ground.open({ program: { type: "command", argv: ["bash", "-c", code] } });
  await until("it runs", () => /ready/.test(program.text(5)));
  program.mouse({ ...at, action: "press", button: "left" });
  program.mouse({ ...at, action: "wheeldown" });
  program.mouse({ ...at, action: "wheelup" });
  await until("it came", () => /A$/.test(program.text(5)));
  assert.equal(program.text(5), `ready${"033OB".repeat(3)}${"033OA".repeat(3)}`);
});
