// OS mode in a real window: an xterm under Xvfb, a scripted model, the real xdotool and screenshot program.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readPng } from "../../src/host/png.ts";
import { makeHome, type TestHome } from "../support/home.ts";
import { fail, type ModelServer, type Reply, startModelServer } from "../support/model-server.ts";
import { until } from "../support/until.ts";

const NEEDED = ["Xvfb", "xdotool", "scrot", "xterm"];
const missing = NEEDED.filter((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
const skip = missing.length === 0 ? false : `not installed here: ${missing.join(", ")}`;

/** So large that it is shown smaller. */
const SCREEN = { width: 2000, height: 1000 };
const SHOWN = { width: 1920, height: 960 };
const SHOWN_OLDER = { width: 1516, height: 758 };
/** The window's place and the size of its cells, in pixels of the screen. */
const WINDOW = { left: 400, top: 200, cellWidth: 6, cellHeight: 13 };

const screenCall = (name: string, args: object): Reply["steps"] => [{ type: "call", name, arguments: args, toolset: "computer" }];
const reply = (...steps: Reply["steps"][]): Reply => ({ steps: steps.flatMap((each) => [...each]) });

function startChild(t: TestContext, program: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  const child = spawn(program, args, { env: { PATH: process.env["PATH"] ?? "", ...env }, stdio: ["ignore", "ignore", "ignore", "pipe"] });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
  return child;
}

/** A screen of its own, its number chosen by Xvfb. */
async function startScreen(t: TestContext): Promise<string> {
  const xvfb = startChild(t, "Xvfb", ["-displayfd", "3", "-screen", "0", `${SCREEN.width}x${SCREEN.height}x24`, "-nolisten", "tcp"], {});
  const pipe = xvfb.stdio[3];
  assert.ok(pipe != null && "read" in pipe);
  const [said] = await once(pipe, "data");
  return `:${String(said).trim()}`;
}

/** A window that writes down what it is told, mouse and keyboard. Resolves when it is drawn and listens. */
async function openWindow(t: TestContext, home: TestHome, display: string, over: { name?: string; place?: string } = {}): Promise<string> {
  const { name = "" } = over;
  const heard = join(home.folder, `heard${name}`);
  const ready = join(home.folder, `ready${name}`);
  const listen = `stty raw -echo; printf '\\033[?1000h\\033[?1006h'; : > '${ready}'; exec cat > '${heard}'`;
  const { place = `60x20+${WINDOW.left}+${WINDOW.top}` } = over;
  const look = ["-u8", "-fn", "6x13", "-b", "0", "-bw", "0", "+sb", "-bg", "#ff0000", "-geometry", place];
  startChild(t, "xterm", [...look, "-e", "sh", "-c", listen], { DISPLAY: display, LANG: "C.UTF-8", HOME: home.root });
  await until("the window listens", () => existsSync(ready));
  spawnSync("xdotool", ["search", "--sync", "--onlyvisible", "--class", "xterm"], { env: { PATH: process.env["PATH"], DISPLAY: display } });
  return heard;
}

function imagesIn(server: ModelServer, n: number): Buffer[] {
  const text = JSON.stringify(server.requests[n]?.body);
  return [...text.matchAll(/"media_type":"image\/png","data":"([^"]+)"/g)].map(([, data = ""]) => Buffer.from(data, "base64"));
}

function colorAt(png: Buffer, x: number, y: number): number[] {
  const { width, rgb } = readPng(png);
  return [...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

test("a click and a text arrive in the window, and what it looks like goes back as a PNG of the size the model was promised", {
  skip,
}, async (t) => {
  // The middle of the cell in column 11, row 6, as the model sees it.
  const onScreen = [WINDOW.left + 10 * WINDOW.cellWidth + 3, WINDOW.top + 5 * WINDOW.cellHeight + 6] as const;
  const click = onScreen.map((side) => Math.floor((side * SHOWN.width) / SCREEN.width));
  const text = "-h $(id) “é”";
  const typing = [
    reply(screenCall("screenshot", {})),
    reply(screenCall("left_click", { coordinate: click }), screenCall("type", { text }), screenCall("key", { text: "ctrl+a" })),
    reply(screenCall("zoom", { region: [click[0], click[1], (click[0] ?? 0) + 40, (click[1] ?? 0) + 20] })),
    reply([{ type: "text", text: "Done." }]),
  ];
  const others = [
    // Nobody to ask.
    reply(screenCall("left_click", { coordinate: click }), screenCall("type", { text: "never" })),
    reply([{ type: "text", text: "I was not let." }]),
    // An older model, with the form of the tool that it knows.
    reply([{ type: "call", name: "computer", arguments: { action: "screenshot" } }]),
    reply([{ type: "text", text: "Seen." }]),
  ];
  let script: Reply[] = [];
  const server = await startModelServer(() => script.shift() ?? fail({ type: "status", status: 400 }));
  t.after(server.close);
  const profile = (model: string): string => `provider: anthropic\nmodel: ${model}\nbase_url: ${server.baseUrl}\n`;
  const home = makeHome({
    config: 'default_profile = "claude"\n',
    profiles: { claude: profile("claude-opus-4-8"), older: profile("claude-haiku-4-5"), blind: profile("MiniMax-M2") },
  });
  t.after(home.close);
  writeFileSync(join(home.folder, "heard"), "");

  // The server is started where there is no screen: it is the client's that counts.
  const nowhere = await home.run(["exec", "--os", "-y", "look"]);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /there is no screen here, DISPLAY is not set: .*Xvfb/);
  const blind = await home.run(["exec", "--os", "-y", "-p", "blind", "look"]);
  assert.equal(blind.code, 2);
  assert.match(blind.err, /MiniMax-M2 cannot use the screen.*--model anthropic\/claude/);
  assert.equal(server.requests.length, 0);

  const display = await startScreen(t);
  const heard = await openWindow(t, home, display);
  const env = { DISPLAY: display };
  // Press and release of the left button in that cell, then the text, then Ctrl-A.
  const expected = `\u001b[<0;11;6M\u001b[<0;11;6m${text}\u0001`;
  // X has no key for some of the characters: xdotool lends them one for a moment, and a window that gets no processor in that moment
  // misses them. All others come the first time.
  for (let attempt = 0, told = ""; told !== expected; attempt += 1) {
    assert.ok(attempt < 10, JSON.stringify(told));
    script = [...typing];
    const before = readFileSync(heard, "utf8");
    const done = await home.run(["exec", "--os", "-y", "-p", "claude", "type it"], { env });
    assert.deepEqual({ code: done.code, out: done.out }, { code: 0, out: "Done.\n" }, done.err);
    assert.match(done.err, new RegExp(`> screen: click left at ${click.join(", ")}\n`));
    await until("the last key", () => readFileSync(heard, "utf8").slice(before.length).includes("\u0001"));
    told = readFileSync(heard, "utf8").slice(before.length);
    const plain = (typed: string): string => typed.replace(/[^\0-\x7f]/g, "");
    assert.equal(plain(told), plain(expected));
  }

  const [first] = imagesIn(server, 1);
  assert.ok(first !== undefined);
  const { width, height } = readPng(first);
  assert.deepEqual({ width, height }, SHOWN);
  assert.ok(imagesIn(server, 2).length === 2 && imagesIn(server, 3).length === 3);
  const zoomed = imagesIn(server, 3).at(-1);
  assert.ok(zoomed !== undefined);
  assert.deepEqual(colorAt(zoomed, 1800, 900), [255, 0, 0]);

  script = others;
  const from = server.requests.length;
  const alone = await home.run(["exec", "--os", "-p", "claude", "type it"], { env });
  assert.equal(alone.code, 4);
  assert.match(alone.err, new RegExp(`click left at ${click.join(", ")} on your screen \\(no sandbox\\)\\nrefused: there is no terminal`));
  assert.match(JSON.stringify(server.requests[from + 1]?.body), /Not executed: an earlier computer action in this turn failed\./);
  assert.ok(!readFileSync(heard, "utf8").includes("never"));

  const older = await home.run(["exec", "--os", "-y", "-p", "older", "look"], { env });
  assert.equal(older.code, 0, older.err);
  assert.equal(server.requests[from + 2]?.headers["anthropic-beta"], "computer-use-2025-01-24");
  const [seen] = imagesIn(server, from + 3);
  assert.ok(seen !== undefined);
  assert.deepEqual({ width: readPng(seen).width, height: readPng(seen).height }, SHOWN_OLDER);
});

const noManager = spawnSync("sh", ["-c", "command -v openbox"]).status !== 0;

test("under a window manager each action is asked about, the window that is clicked has the keyboard, and a refusal stops the rest", {
  skip: skip !== false ? skip : noManager && "not installed here: openbox",
}, async (t) => {
  // In the second window, as the model sees it: the same place of a screen that is shown smaller.
  const click = [1300, 700].map((side) => Math.floor((side * SHOWN.width) / SCREEN.width));
  const server = await startModelServer([
    reply(screenCall("screenshot", {}), screenCall("left_click", { coordinate: click }), screenCall("type", { text: "second" })),
    reply(screenCall("key", { text: "ctrl+a" }), screenCall("type", { text: "never" })),
    reply([{ type: "text", text: "I was stopped." }]),
  ]);
  t.after(server.close);
  const home = makeHome({ profiles: { claude: `provider: anthropic\nmodel: claude-opus-4-8\nbase_url: ${server.baseUrl}\n` } });
  t.after(home.close);
  const display = await startScreen(t);
  const manager = startChild(t, "openbox", ["--sm-disable"], { DISPLAY: display, HOME: home.root });
  const env = { PATH: process.env["PATH"], DISPLAY: display };
  await until("the window manager", () => manager.exitCode !== null || spawnSync("xdotool", ["get_desktop"], { env }).status === 0);
  const second = await openWindow(t, home, display, { name: "-second", place: "60x20+1200+500" });
  // Opened last: it has the keyboard.
  const first = await openWindow(t, home, display, { name: "-first", place: "60x20+100+100" });

  const program = home.open({ args: ["exec", "--os", "-p", "claude", "type into the second"], env: { DISPLAY: display } });
  for (const [what, key] of [
    [/screenshot[\s\S]*run it\? y or n:/, "y"],
    [new RegExp(`click left at ${click.join(", ")} on your screen[\\s\\S]*run it\\? y or n: *$`), "y"],
    [/type[\s\S]*\| second[\s\S]*run it\? y or n: *$/, "y"],
    [/press Control_L\+a[\s\S]*run it\? y or n: *$/, "n"],
  ] as const) {
    await program.waitFor((text) => what.test(text.trimEnd()));
    program.type(`${key}\r`);
  }
  await program.waitFor(/I was stopped/);
  assert.equal((await program.exited).exitCode, 4);
  assert.match(readFileSync(second, "utf8"), /^\u001b\[<0;\d+;\d+M\u001b\[<0;\d+;\d+msecond$/);
  assert.equal(readFileSync(first, "utf8"), "");
  assert.match(JSON.stringify(server.requests[2]?.body), /Not executed: an earlier computer action/);
});
