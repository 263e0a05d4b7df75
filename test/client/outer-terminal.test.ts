// What programs print, the whole way: emulator, rows, link, client, writer, the user's own terminal; and how often, and what is given back.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { connectToServer } from "../../src/client/connect.ts";
import { FRAME_MS } from "../../src/client/frame-clock.ts";
import { runScreen } from "../../src/client/run-screen.ts";
import { CELL_WORDS, clusterText, extraOf, ITALIC, RGB, STRIKE, UNDERLINE_MASK, UNDERLINE_SHIFT } from "../../src/domain/cells.ts";
import { itemIdSchema, paneIdSchema, type TerminalId, tabIdSchema, turnIdSchema } from "../../src/domain/ids.ts";
import { encodeRows } from "../../src/domain/rows.ts";
import { emptyWorkspace, type TerminalInfo, type Workspace } from "../../src/domain/workspace.ts";
import { cellAt, type EmulatorGround, makeEmulator } from "../host-terminal/emulator-ground.ts";
import { createOuterTerminal } from "../support/outer-terminal.ts";
import { agentId, type FakeClient, makeAgent, startFakeServer } from "./fake-server.ts";

const COLS = 100;
const ROWS = 24;
const MODERN = { TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "C.UTF-8" };
const one = "term-1" as TerminalId;
const two = "term-2" as TerminalId;

function workspace(): Workspace {
  const info = (id: TerminalId, title: string): TerminalInfo => ({
    id,
    agent: null,
    title,
    cwd: "/work",
    sandbox: { mode: "full", network: true, writable: [] },
    exitCode: null,
    argv: [title],
  });
  const pane = (number: number, terminal: TerminalId) =>
    ({ type: "leaf", pane: paneIdSchema.parse(`pane-${number}`), content: { type: "terminal", terminal } }) as const;
  const agentPane = {
    type: "leaf",
    pane: paneIdSchema.parse("pane-3"),
    content: { type: "agent", agent: agentId, face: "transcript" },
  } as const;
  return {
    ...emptyWorkspace("/work"),
    seq: 1,
    agents: [makeAgent({ title: "planner" })],
    items: { [agentId]: [] },
    terminals: [info(one, "first"), info(two, "second")],
    tabs: [
      {
        id: tabIdSchema.parse("tab-1"),
        name: "",
        zoomed: null,
        root: { type: "split", direction: "column", weights: [1, 1], children: [pane(1, one), pane(2, two)] },
      },
      { id: tabIdSchema.parse("tab-2"), name: "", zoomed: null, root: agentPane },
    ],
  };
}

class Input extends EventEmitter {
  setRawMode(): void {}
  resume(): void {}
  pause(): void {}
  type(keys: string): void {
    this.emit("data", Buffer.from(keys));
  }
}

/** Takes each write into two emulators: one of the library's own kind, and one of ours, which knows links and underlines. */
class Output extends EventEmitter {
  readonly columns = COLS;
  readonly rows = ROWS;
  readonly writes: string[] = [];
  readonly outer = createOuterTerminal(COLS, ROWS);
  readonly ours: EmulatorGround;
  #watchers: (() => void)[] = [];
  constructor(ours: EmulatorGround) {
    super();
    this.ours = ours;
  }
  write(bytes: Uint8Array | string, done?: (error?: Error | null) => void): boolean {
    const copy = Buffer.from(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    this.writes.push(copy.toString("utf8"));
    this.ours.feed(Buffer.from(copy));
    void this.outer.write(copy).then(() => {
      for (const watcher of [...this.#watchers]) watcher();
      done?.();
    });
    return true;
  }
  get text(): string {
    return this.writes.join("");
  }
  until(what: string, holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`waited in vain for ${what}; the screen:\n${this.outer.text()}`)), 15_000);
      const look = (): void => {
        if (!holds()) return;
        clearTimeout(limit);
        this.#watchers = this.#watchers.filter((each) => each !== look);
        resolve();
      };
      this.#watchers.push(look);
      look();
    });
  }
}

interface Shown {
  readonly input: Input;
  readonly output: Output;
  readonly client: FakeClient;
  /** Of the first and the second pane. */
  readonly programs: readonly [EmulatorGround, EmulatorGround];
  /** The program of a pane prints, and what changed is sent. */
  print(pane: 0 | 1, data: string): void;
  /** Where a pane's first cell stands. */
  corner(pane: 0 | 1): { readonly x: number; readonly y: number };
  leave(): Promise<void>;
}

async function show(env: Readonly<Record<string, string>> = MODERN): Promise<Shown> {
  const server = await startFakeServer({ workspace });
  const input = new Input();
  const output = new Output(await makeEmulator(COLS, ROWS));
  const end = runScreen({
    connect: () => connectToServer({ home: server.home, folder: "/work", env: {}, helloEnv: {}, role: "screen", program: null }),
    env,
    input,
    output,
    themeFolders: [join(import.meta.dirname, "../../themes")],
    theme: null,
    prefix: "C-b",
    userHome: null,
    opening: { prompt: null, images: [], profile: null, autoRun: false, isContinuing: false },
    problems: [],
  });
  const client = await server.client();
  let { command } = await client.command("client.view");
  // The screen opens on the agent.
  input.type("\u00021");
  while (command.terminals.length < 2) ({ command } = await client.command("client.view"));
  const sizes = [one, two].map((id) => command.terminals.find(({ terminal }) => terminal === id));
  const programs = await Promise.all(sizes.map((size) => makeEmulator(size?.cols ?? 0, size?.rows ?? 0)));
  const [upper, lower] = programs;
  assert.ok(upper !== undefined && lower !== undefined);
  const sent = [0, 0];
  await output.until("the titles", () => / first .* second /s.test(output.outer.text()));
  return {
    input,
    output,
    client,
    programs: [upper, lower],
    print(pane, data) {
      const { feed, emulator } = pane === 0 ? upper : lower;
      feed(data);
      const changes = emulator.changesSince(pane === 0 ? one : two, sent[pane] ?? 0);
      if (changes === null) return;
      sent[pane] = changes.version;
      client.link.sendRows(encodeRows(changes));
    },
    corner(pane) {
      const lines = output.outer.lines();
      const y = lines.findIndex((text) => text.includes(pane === 0 ? " first " : " second ")) + 1;
      return { x: COLS - (pane === 0 ? upper : lower).emulator.cols, y };
    },
    async leave() {
      input.type("\u0002d");
      assert.deepEqual(await end, { ok: true, message: null });
      await output.outer.write("");
      server.close();
    },
  };
}

const STYLES = "\x1b[3mi\x1b[0m\x1b[9ms\x1b[0m\x1b[4:3;58:2::255:0:0mu\x1b[0m\x1b[38;2;1;2;3;48;5;200mt\x1b[0m";
const LINK = "\x1b]8;;https://example.org/a\x1b\\l\x1b]8;;\x1b\\";
/** Combining marks, VS16, a keycap, families, a tone, flags of two kinds, CJK, Hangul by parts, Devanagari, Thai. */
const CLUSTERS = ["e\u0301|", "❤️|⚠️|1️⃣|", "👩‍👩‍👧|👍🏽|", "🇩🇪|🏴󠁧󠁢󠁥󠁮󠁧󠁿|", "你好|한국|", "नमस्ते|हिन्दी|क्षि|", "ကော|கொ|", "กำ|"];
const PRINTED = `\x1b[2J\x1b[H${STYLES}${LINK}|\r\n${CLUSTERS.join("\r\n")}\r\nend`;

function assertBars(output: Output, { emulator }: EmulatorGround, { x, y }: { x: number; y: number }, what: string): void {
  const { cols, words } = emulator.grid();
  for (let row = 0; row <= CLUSTERS.length; row += 1)
    for (let col = 0; col < cols; col += 1)
      if (clusterText(words[(row * cols + col) * CELL_WORDS] ?? 0) === "|")
        assert.equal(output.outer.cell(x + col, y + row).text, "|", `${what}: row ${row}, column ${col}`);
}

test("what a program prints stands cell by cell on the user's terminal: styles, underlines, links, and every script and joined character", async () => {
  const { output, programs, print, corner, leave } = await show();
  print(0, PRINTED);
  await output.until("the last line", () => /end/.test(output.outer.text()));
  const { x, y } = corner(0);
  const [{ emulator }] = programs;
  const grid = emulator.grid();
  const ours = output.ours.emulator.grid();
  for (let row = 0; row < CLUSTERS.length + 2; row += 1) {
    for (let col = 0; col < 24; col += 1) {
      const [printed, stands] = [cellAt(grid, col, row), cellAt(ours, x + col, y + row)];
      // A blank may be written as a space, and a pane's ground as the terminal's own.
      assert.deepEqual(
        [stands.text || " ", stands.fg, stands.bg, stands.style],
        [printed.text || " ", printed.fg, printed.bg, printed.style],
        `row ${row}, column ${col}`,
      );
    }
  }
  const style = (col: number) => cellAt(ours, x + col, y).style;
  assert.ok((style(0) & ITALIC) !== 0 && (style(1) & STRIKE) !== 0);
  assert.equal((style(2) & UNDERLINE_MASK) >> UNDERLINE_SHIFT, 3);
  assert.equal(extraOf(style(2)).underline, RGB | 0xff0000);
  assert.equal(cellAt(ours, x + 3, y).fg, RGB | 0x010203);
  assert.equal(extraOf(style(4)).link, "https://example.org/a");
  // Another make of terminal has each bar, and so all before it, in the same column.
  // A syllable is written as one, for terminals that make one cell of it.
  assert.match(output.text, /हि\x1b\[\d+G/);
  assertBars(output, programs[0], { x, y }, "");
  await leave();
  assert.doesNotMatch(output.text, /\x1b\[[0-3]?J/, "nothing was ever cleared");
});

test("each kind of terminal gets of it what it can show, in its place", async () => {
  const kinds = [
    { env: { ...MODERN, TERM: "xterm-kitty", COLORTERM: "" }, depth: "truecolor" },
    { env: { TERM: "xterm-256color", LANG: "C.UTF-8" }, depth: "256" },
    { env: { TERM: "tmux-256color", LANG: "C.UTF-8" }, depth: "256" },
    { env: { TERM: "screen-256color", LANG: "C.UTF-8" }, depth: "256" },
    { env: { TERM: "screen", LANG: "C.UTF-8" }, depth: "16" },
    { env: { TERM: "xterm", LANG: "C.UTF-8" }, depth: "16" },
    { env: { TERM: "linux", LANG: "C.UTF-8" }, depth: "16", isCapable: false },
    { env: { ...MODERN, NO_COLOR: "1" }, depth: "none" },
    { env: { ...MODERN, LANG: "C" }, depth: "truecolor", isAscii: true },
  ] as const;
  for (const kind of kinds) {
    const { env, depth } = kind;
    const [isCapable, isAscii] = [!("isCapable" in kind), "isAscii" in kind];
    const name = JSON.stringify(env);
    const { output, programs, print, corner, leave } = await show(env);
    print(0, `${PRINTED}\x1b[5 q`);
    await output.until("the last line", () => /end/.test(output.outer.text()));
    // Also with stand-ins for what cannot be shown.
    assertBars(output, programs[0], corner(0), name);
    await leave();
    const { text } = output;
    const frames = text.slice(text.indexOf("\x1b[?1049h"));
    assert.equal(/[34]8;2;/.test(frames), depth === "truecolor", `${name}: true colours`);
    assert.equal(/[34]8;5;/.test(frames), depth === "256" || depth === "truecolor", `${name}: 256 colours`);
    if (depth === "16") assert.match(frames, /\x1b\[(?:\d+;)*(?:3|4|9|10)[0-7]m/, name);
    if (depth === "none") assert.doesNotMatch(frames, /\x1b\[(?:\d+;)*(?:[349][0-7]|10[0-7])(?:;\d+)*m/, `${name}: no colour at all`);
    assert.equal(frames.includes("\x1b]8;id="), isCapable, `${name}: links`);
    assert.equal(frames.includes("\x1b[5 q"), isCapable, `${name}: the cursor's shape`);
    assert.equal(/4:3;[\d;]*58:2::255:0:0/.test(frames), isCapable && depth === "truecolor", `${name}: curly underlines`);
    assert.match(frames, /\x1b\[(?:\d+;)*3m|\x1b\[3[;m]/, `${name}: italic`);
    assert.equal(/[\x80-\u{10ffff}]/u.test(frames), !isAscii, `${name}: characters beyond ASCII`);
    if (!isCapable) assert.doesNotMatch(frames, /\x1b\]|\x1b[P_^]|\x1b\[[<>=]|\x1b=/, `${name}: more than a console knows`);
  }
});

test("the cursor has the shape that the program in use asked for, hides with it, and is the user's own again at the end", async () => {
  const { input, output, print, leave } = await show();
  const shape = () => output.outer.modes().cursorShape;
  const isShown = () => output.outer.modes().isCursorVisible;
  print(1, "\x1b[4 q");
  print(0, "\x1b[5 q");
  await output.until("a blinking bar", () => shape() === "blinkingBar");
  input.type("\u0002o");
  await output.until("the other pane's underline", () => shape() === "underline");
  print(1, "\x1b[?25l");
  await output.until("no cursor", () => !isShown());
  print(1, "\x1b[?25h\x1b[0 q");
  await output.until("the terminal's own cursor", () => isShown() && shape() === "default");
  input.type("\u0002;");
  await output.until("the first pane's bar", () => shape() === "blinkingBar");
  await leave();
  assert.deepEqual([shape(), isShown(), output.outer.modes().hasKeypadMode], ["default", true, false]);
});

test("under a flood a frame is one write in one synchronized block, no more than sixty a second, the last of it is shown, and then nothing is written", async () => {
  const { output, client, print, leave } = await show();
  // For a moment after a key whatever comes is its echo, and drawn at once.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const from = performance.now();
  const before = output.writes.length;
  let line = 0;
  while (performance.now() - from < 500) {
    print(line % 2 === 0 ? 0 : 1, `line ${line}\r\n`);
    line += 1;
    await new Promise((resolve) => setImmediate(resolve));
    // As the server does: what the link has not taken is not added to.
    while (client.link.bufferedBytes() > 65_536) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  print(0, "the end of it");
  await output.until("the end", () => output.outer.text().includes("the end of it"));
  const frames = output.writes.slice(before);
  const elapsedMs = performance.now() - from;
  assert.ok(frames.length <= elapsedMs / FRAME_MS + 2, `${frames.length} frames in ${elapsedMs} ms`);
  assert.ok(line > 3 * frames.length, `frames were skipped: ${line} changes in ${frames.length} frames`);
  for (const frame of frames) assert.deepEqual([frame.split("\x1b[?2026h").length, frame.split("\x1b[?2026l").length], [2, 2]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const written = output.writes.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(output.writes.length, written);
  await leave();
});

test("a link in an answer is one on the user's terminal too", async () => {
  const { input, output, client, leave } = await show();
  const source = { provider: "demo", origin: "", credential: "none", wire: "demo", model: "scripted", harness: "native" } as const;
  const item = { id: itemIdSchema.parse("i-1"), parent: null, at: 1, turn: turnIdSchema.parse("t-1"), type: "text", source } as const;
  client.fact({ type: "item.added", agent: agentId, item: { ...item, text: "Read [the page](https://example.org/page)." } });
  input.type("\u00022");
  await output.until("the link", () => {
    const grid = output.ours.emulator.grid();
    for (let at = 0; at < grid.cols * grid.rows; at += 1)
      if (extraOf(grid.words[at * CELL_WORDS + 3] ?? 0)?.link === "https://example.org/page") return true;
    return false;
  });
  await leave();
});
