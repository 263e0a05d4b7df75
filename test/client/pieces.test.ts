// The parts of a client with a screen: when it draws, what it mirrors, which theme it shows, how it edits.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { editText } from "../../src/client/edit-text.ts";
import { createFrameClock, FRAME_MS, STREAM_FRAME_MS, type Timers, TYPED_FRAME_MS } from "../../src/client/frame-clock.ts";
import { mirrorNews, mirrorRows } from "../../src/client/mirror.ts";
import { type Opening, openingStep } from "../../src/client/opening.ts";
import { openThemes } from "../../src/client/themes.ts";
import { CELL_WORDS } from "../../src/domain/cells.ts";
import { type AgentId, terminalIdSchema } from "../../src/domain/ids.ts";
import { encodeRows, type RowsUpdate } from "../../src/domain/rows.ts";
import { emptyWorkspace, terminalInfoSchema, type Workspace } from "../../src/domain/workspace.ts";
import { fallbackTheme } from "../../src/ui/theme.ts";
import { createUi, type Ui } from "../../src/ui/ui.ts";
import { agentId, makeAgent } from "./fake-server.ts";

const root = mkdtempSync(join(tmpdir(), "interpane-client-"));
after(() => rmSync(root, { recursive: true }));

// The clock of frames -----------------------------------------------------------------------------------------------------

function fakeTimers(): Timers & { pass(ms: number): void; readonly waiting: () => number } {
  let now = 1000;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    set(run, delayMs) {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    pass(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.filter((one) => one.at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((one) => one !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
    waiting: () => timers.length,
  };
}

test("a second of constant change gives at most sixty frames, of streamed text thirty", () => {
  for (const [wish, intervalMs] of [
    ["changed", FRAME_MS],
    ["streamed", STREAM_FRAME_MS],
  ] as const) {
    const timers = fakeTimers();
    let frames = 0;
    const clock = createFrameClock(() => (frames += 1), timers);
    for (let ms = 0; ms < 1000; ms += 1) {
      clock[wish]();
      timers.pass(1);
    }
    assert.ok(frames <= Math.round(1000 / intervalMs) + 1 && frames >= 1000 / intervalMs - 4, `${wish}: ${frames}`);
  }
});

test("a key is drawn at once, and so is its echo, however lately a frame was drawn", () => {
  const timers = fakeTimers();
  let frames = 0;
  const clock = createFrameClock(() => (frames += 1), timers);
  clock.changed();
  timers.pass(0);
  clock.keyPressed();
  clock.soon();
  timers.pass(0);
  assert.equal(frames, 2);
  timers.pass(2);
  clock.changed();
  timers.pass(0);
  assert.equal(frames, 3);
});

test("the echo of a key draws rows alone, and all else a little later, also while rows go on coming; whatever comes with rows draws all", () => {
  const timers = fakeTimers();
  const drawn: boolean[] = [];
  const clock = createFrameClock((isRowsOnly) => drawn.push(isRowsOnly), timers);
  clock.rows();
  timers.pass(FRAME_MS);
  assert.deepEqual(drawn.splice(0), [false], "the first frame has everything to draw");
  clock.keyPressed();
  clock.typed();
  timers.pass(1);
  clock.rows();
  timers.pass(0);
  assert.deepEqual(drawn.splice(0), [true]);
  timers.pass(TYPED_FRAME_MS);
  assert.deepEqual(drawn.splice(0), [false]);
  timers.pass(1000);
  assert.deepEqual(drawn.splice(0), [], "and then it rests");
  clock.keyPressed();
  clock.typed();
  for (let ms = 0; ms < TYPED_FRAME_MS; ms += 1) {
    clock.rows();
    timers.pass(1);
  }
  assert.equal(drawn.splice(0).filter((isRowsOnly) => !isRowsOnly).length, 1);
  clock.rows();
  clock.changed();
  timers.pass(FRAME_MS);
  assert.deepEqual(drawn.splice(0), [false]);
});

test("the first rows after a key are drawn as they come, and what follows them in the next turn", () => {
  const timers = fakeTimers();
  const drawn: boolean[] = [];
  const clock = createFrameClock((isRowsOnly) => drawn.push(isRowsOnly), timers);
  clock.changed();
  timers.pass(FRAME_MS);
  drawn.length = 0;
  clock.keyPressed();
  clock.typed();
  timers.pass(1);
  clock.rows();
  assert.deepEqual(drawn.splice(0), [true], "without a turn of the loop");
  clock.rows();
  assert.deepEqual(drawn.splice(0), []);
  timers.pass(0);
  assert.deepEqual(drawn.splice(0), [true]);
  clock.keyPressed();
  clock.stop();
  clock.rows();
  timers.pass(1000);
  assert.deepEqual(drawn, []);
});

test("many wishes are one frame, and at rest no timer is left", () => {
  const timers = fakeTimers();
  let frames = 0;
  const clock = createFrameClock(() => {
    frames += 1;
    clock.wakeIn(null);
  }, timers);
  clock.streamed();
  clock.changed();
  clock.soon();
  clock.soon();
  timers.pass(1000);
  assert.equal(frames, 1);
  assert.equal(timers.waiting(), 0);
  clock.wakeIn(500);
  timers.pass(499);
  assert.equal(frames, 1);
  timers.pass(1);
  assert.equal(frames, 2);
  clock.wakeIn(500);
  clock.soon();
  clock.stop();
  timers.pass(1000);
  assert.equal(frames, 2);
});

// The mirror --------------------------------------------------------------------------------------------------------------

const terminal = terminalIdSchema.parse("terminal-1");

function makeUi(): Ui {
  return createUi({ theme: fallbackTheme, isAscii: false, prefix: "C-b", cols: 80, rows: 24 });
}

function workspace(): Workspace {
  return {
    ...emptyWorkspace("/work"),
    seq: 5,
    agents: [makeAgent()],
    terminals: [
      terminalInfoSchema.parse({
        id: terminal,
        agent: null,
        title: "t",
        cwd: "/",
        sandbox: { mode: "full", network: true, writable: [] },
        exitCode: null,
      }),
    ],
  };
}

const titled = (seq: number, title: string) =>
  ({ type: "fact", fact: { type: "agent.titled", agent: agentId, title, seq, at: 1 } }) as const;

test("facts reach the workspace once: not before a snapshot, and not those that it holds", () => {
  const ui = makeUi();
  assert.equal(mirrorNews(ui, titled(6, "early")).change, "none");
  mirrorNews(ui, { type: "snapshot", workspace: workspace(), notices: [] });
  assert.equal(mirrorNews(ui, titled(5, "old")).change, "none");
  assert.equal(ui.workspace?.agents[0]?.title, "one");
  assert.equal(mirrorNews(ui, titled(6, "new")).change, "state");
  assert.equal(ui.workspace?.agents[0]?.title, "new");
  assert.equal(ui.workspace?.seq, 6);
});

function update(over: Partial<RowsUpdate> = {}): RowsUpdate {
  const cells = new Uint32Array(4 * CELL_WORDS);
  cells[0] = "x".charCodeAt(0);
  return {
    terminal,
    version: 1,
    cols: 4,
    rows: 2,
    cursor: { x: 0, y: 0, shape: "block", isVisible: true },
    isAlternate: false,
    screen: { base: 12, history: 7, mouse: "none" },
    isFull: true,
    changed: [{ y: 0, cells }],
    ...over,
  };
}

test("rows fill a terminal's grid; a difference from what was never sent asks for the whole", () => {
  const ui = makeUi();
  mirrorNews(ui, { type: "snapshot", workspace: workspace(), notices: [] });
  assert.equal(mirrorRows(ui, encodeRows(update({ isFull: false }))).ok, false);
  assert.deepEqual(mirrorRows(ui, encodeRows(update())), { ok: true });
  assert.equal(ui.grids.get(terminal)?.words[0], "x".charCodeAt(0));
  const other = mirrorRows(ui, encodeRows(update({ isFull: false, rows: 3 })));
  assert.ok(!other.ok && other.terminal === terminal);
  assert.equal(ui.grids.has(terminal), false);
  assert.equal(mirrorRows(ui, Uint8Array.of(1, 2, 3)).ok, false);
});

test("rows of a terminal that was closed meanwhile change nothing", () => {
  const ui = makeUi();
  mirrorNews(ui, { type: "snapshot", workspace: { ...workspace(), terminals: [] }, notices: [] });
  assert.deepEqual(mirrorRows(ui, encodeRows(update())), { ok: true });
  assert.equal(ui.grids.size, 0);
});

// What the arguments ask for ------------------------------------------------------------------------------------------------

const nothing: Opening = { prompt: null, images: [], profile: null, autoRun: false, isContinuing: false };

test("a prompt goes to the one agent that nobody has used, else to a new one", () => {
  assert.equal(openingStep(workspace(), nothing).type, "nothing");
  assert.equal(openingStep(emptyWorkspace("/work"), { ...nothing, prompt: "go" }).type, "wait");
  const used = openingStep(workspace(), { ...nothing, prompt: "go", profile: "smart" });
  assert.deepEqual(used, {
    type: "use",
    agent: agentId,
    commands: [{ type: "agent.useProfile", agent: agentId, profile: "smart" }],
  });
  const auto = openingStep(workspace(), { ...nothing, autoRun: true });
  assert.deepEqual(auto, {
    type: "use",
    agent: agentId,
    commands: [{ type: "agent.setAutoRun", agent: agentId, isAutoRun: true }],
  });
  const busy = openingStep({ ...workspace(), agents: [makeAgent({ status: "thinking" })] }, { ...nothing, prompt: "go" });
  assert.deepEqual(busy, { type: "spawn", replaces: null, command: { type: "agent.spawn", place: { type: "tab" } } });
  // -y alone begins nothing: it is for the agent that is shown, however many there are.
  const [first, second] = [makeAgent({ status: "thinking" }), makeAgent({ id: "a-2" as AgentId, number: 2 })];
  const several = { ...workspace(), agents: [first, second] };
  for (const [shown, meant] of [
    [second.id, second.id],
    [first.id, first.id],
    [null, undefined],
  ] as const) {
    const step = openingStep(several, { ...nothing, autoRun: true, isVerbose: true }, shown);
    assert.deepEqual([step.type, step.type === "use" ? step.agent : undefined], [meant === undefined ? "spawn" : "use", meant]);
  }
  assert.equal(openingStep(several, { ...nothing, autoRun: true, prompt: "go" }, second.id).type, "spawn");
  assert.equal(openingStep(several, { ...nothing, autoRun: true, profile: "fast" }, second.id).type, "spawn");
  const resumed = openingStep(workspace(), { ...nothing, isContinuing: true });
  assert.deepEqual(resumed, {
    type: "spawn",
    replaces: agentId,
    command: { type: "agent.spawn", place: { type: "tab" }, session: "latest" },
  });
});

// Themes --------------------------------------------------------------------------------------------------------------------

const bundled = join(import.meta.dirname, "../../themes");

test("the bundled themes are right, and the background chooses between dark and light", () => {
  const problems: string[] = [];
  for (const file of readdirSync(bundled)) {
    openThemes({
      folders: [bundled],
      choice: file.replace(/\.json$/, ""),
      depth: "true",
      onTheme() {},
      onProblem: (text) => problems.push(text),
    }).close();
  }
  assert.deepEqual(problems, []);
  const shown: string[] = [];
  const themes = openThemes({
    folders: [bundled],
    choice: null,
    depth: "true",
    onTheme: (theme) => void shown.push(theme.kind),
    onProblem: assert.fail,
  });
  assert.equal(themes.theme.kind, "dark");
  themes.setBackground(true);
  themes.setBackground(false);
  assert.deepEqual(shown, ["light"]);
  themes.close();
});

test("a theme is read anew when it is saved; a wrong one gives one message and the old one stays", async () => {
  const folder = join(root, "themes");
  mkdirSync(folder);
  const file = join(folder, "mine.json");
  const write = (kind: string) => writeFileSync(file, JSON.stringify({ kind, roles: { accent: "#ff0000" } }));
  write("dark");
  let news = Promise.withResolvers<string>();
  const themes = openThemes({
    folders: [join(root, "absent"), folder, bundled],
    choice: "mine",
    depth: "true",
    onTheme: (theme) => news.resolve(theme.kind),
    onProblem: (text) => news.resolve(text),
  });
  try {
    assert.equal(themes.theme.kind, "dark");
    write("light");
    assert.equal(await news.promise, "light");
    news = Promise.withResolvers<string>();
    writeFileSync(file, "{ not json");
    assert.match(await news.promise, /mine.json is not JSON/);
    assert.equal(themes.theme.kind, "light");
    news = Promise.withResolvers<string>();
    write("purple");
    assert.match(await news.promise, /theme "mine": kind/);
    assert.equal(themes.theme.kind, "light");
  } finally {
    themes.close();
  }
});

test("a theme that is not there, or whose name leads elsewhere, is told and the fallback is shown", () => {
  for (const choice of ["absent", "../../etc/passwd"]) {
    const problems: string[] = [];
    const themes = openThemes({ folders: [bundled], choice, depth: 16, onTheme() {}, onProblem: (text) => problems.push(text) });
    assert.equal(problems.length, 1);
    assert.equal(themes.theme.name, fallbackTheme.name);
    themes.close();
  }
});

// The editor ----------------------------------------------------------------------------------------------------------------

function editor(body: string): string {
  const path = join(root, `editor-${Math.abs(body.length)}-${readdirSync(root).length}`);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("text goes to the editor in a private file, comes back changed, and leaves nothing behind", async () => {
  const trace = join(root, "trace");
  const path = editor(`stat -c '%a %n' "$2" "$(dirname "$2")" > '${trace}'; cat "$2" >> '${trace}'; printf '%s' "$1 new" > "$2"`);
  const edited = await editText("old; $(touch x)\n", "sh", { EDITOR: `${path} "an argument"`, PATH: process.env.PATH });
  assert.deepEqual(edited, { ok: true, text: "an argument new" });
  const [file = "", folder = "", text] = readFileSync(trace, "utf8").split("\n");
  assert.match(file, /^600 .*\/text\.sh$/);
  assert.match(folder, /^700 /);
  assert.equal(text, "old; $(touch x)");
  assert.equal(existsSync(folder.slice(4)), false);
});

test("an editor that fails or is not there leaves the text alone and says so", async () => {
  const failed = await editText("x", "txt", { EDITOR: editor("exit 3"), PATH: process.env.PATH });
  assert.ok(!failed.ok);
  assert.match(failed.problem, /code 3/);
  const absent = await editText("x", "txt", { VISUAL: `exec 2>/dev/null; ${join(root, "no-editor")}`, PATH: process.env.PATH });
  assert.ok(!absent.ok);
});
