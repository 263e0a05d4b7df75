// The desktop through its programs, with programs that only write down what they were told; test/e2e/os-mode.test.ts has the real ones.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { deflateSync } from "node:zlib";
import type { ComputerAction } from "../../src/domain/computer.ts";
import { screenLimits } from "../../src/domain/computer-tool.ts";
import type { ComputerContext, ComputerResult } from "../../src/engine/ports.ts";
import { createComputer, desktopOf } from "../../src/host/computer.ts";
import { cutOut, type Pixels, readPng, resize, writePng } from "../../src/host/png.ts";
import { until } from "../support/until.ts";

const limits = screenLimits("claude-sonnet-4-5");
/** Twice as wide as what is shown. */
const SCREEN = { width: 3136, height: 400 };

function pixels(width: number, height: number, color: (x: number, y: number) => readonly [number, number, number]): Pixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rgb.set(color(x, y), (y * width + x) * 3);
  return { width, height, rgb };
}

interface Desk {
  readonly root: string;
  run(action: ComputerAction, over?: Partial<ComputerContext>): Promise<ComputerResult>;
  /** What xdotool was told, a call in each; its stdin after `<`. */
  calls(): string[];
  readonly computer: ReturnType<typeof createComputer>;
}

/** Left half red, right half blue. */
function makeDesk(t: TestContext, script = ""): Desk {
  const root = mkdtempSync(join(tmpdir(), "interpane-desk-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const bin = join(root, "bin");
  const log = join(root, "log");
  writeFileSync(log, "");
  writeFileSync(
    join(root, "screen.png"),
    writePng(pixels(SCREEN.width, SCREEN.height, (x) => (x < SCREEN.width / 2 ? [255, 0, 0] : [0, 0, 255]))),
  );
  const program = (name: string, text: string): void => {
    const file = join(bin, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  };
  mkdirSync(bin);
  program(
    "xdotool",
    `case $1 in
getdisplaygeometry) echo "${SCREEN.width} ${SCREEN.height}"; exit;;
getmouselocation) printf 'X=1568\\nY=200\\nSCREEN=0\\nWINDOW=1\\n'; exit;;
getwindowfocus) cat ${root}/focus 2>/dev/null || exit 1; exit;;
esac
case $* in
*"--file -"*) printf '%s<%s\\n' "$*" "$(cat)" >> ${log};;
*) printf '%s\\n' "$*" >> ${log};;
esac
${script}`,
  );
  program("scrot", `test "$DISPLAY" = :5 && test -z "$SECRET_KEY" && /bin/cp ${root}/screen.png "$2"`);
  const computer = createComputer({ scratchDir: root, path: `${bin}:/bin`, home: root, platform: "linux", settleMs: 0 });
  return {
    root,
    computer,
    run: (action, over = {}) =>
      computer.run(action, {
        desktop: { DISPLAY: ":5" },
        limits,
        signal: new AbortController().signal,
        wasAsked: false,
        isLast: false,
        ...over,
      }),
    calls: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
  };
}

/** What xdotool was told, without delays, which are a matter of taste. */
const told = (desk: Desk): string[] => desk.calls().map((call) => call.replaceAll(/ --delay \d+/g, ""));

test("each action is what xdotool is told, at the place on the screen that the picture's pixel shows", async (t) => {
  const desk = makeDesk(t);
  const actions: readonly (readonly [ComputerAction, readonly string[]])[] = [
    [{ type: "click", button: "left", count: 1, at: [100, 150] }, ["mousemove 201 301 click --repeat 1 1"]],
    [{ type: "click", button: "right", count: 1 }, ["click --repeat 1 3"]],
    [
      { type: "click", button: "left", count: 3, at: [0, 0], hold: ["ctrl", "shift"] },
      ["keydown Control_L keydown Shift_L mousemove 1 1 click --repeat 3 1 keyup Shift_L keyup Control_L"],
    ],
    [
      { type: "drag", from: [0, 0], to: [10, 20] },
      ["mousemove 1 1 mousedown 1 sleep 0.05 mousemove 11 21 sleep 0.05 mousemove 21 41 sleep 0.05 mouseup 1"],
    ],
    [{ type: "move", to: [5, 5] }, ["mousemove 11 11"]],
    [{ type: "press" }, ["mousedown 1"]],
    [{ type: "release" }, ["mouseup 1"]],
    [{ type: "scroll", direction: "up", clicks: 2, at: [1, 1] }, ["mousemove 3 3 click --repeat 2 4"]],
    [{ type: "scroll", direction: "left", clicks: 1 }, ["click --repeat 1 6"]],
    [{ type: "keys", chords: ["Control_L+s", "Tab"], times: 2 }, ["key Control_L+s Tab Control_L+s Tab"]],
    [{ type: "holdKey", chord: "space", ms: 20 }, ["keydown space sleep 0.020 keyup space"]],
    // By its stdin: no argument, and so no option and nothing for the list of processes.
    [{ type: "type", text: "--help $(reboot) é" }, ["type --file -<--help $(reboot) é"]],
    [{ type: "wait", ms: 1 }, []],
  ];
  for (const [action, expected] of actions) {
    const before = told(desk).length;
    assert.deepEqual(await desk.run(action), { ok: true, text: "OK" });
    assert.deepEqual(told(desk).slice(before), expected);
  }
  assert.deepEqual(await desk.run({ type: "position" }), { ok: true, text: "[784,100]" });
});

test("a place outside of the picture is refused before anything moves", async (t) => {
  const desk = makeDesk(t);
  for (const action of [
    { type: "click", button: "left", count: 1, at: [1568, 0] },
    { type: "drag", from: [0, 0], to: [0, 490] },
    { type: "move", to: [32_767, 32_767] },
  ] satisfies ComputerAction[]) {
    const result = await desk.run(action);
    assert.ok(!result.ok && /lies outside the screen, which is 1568×200/.test(result.problem));
  }
  assert.deepEqual(desk.calls(), []);
});

test("a screenshot is a PNG of the size that was promised, a zoom of the part that was meant; nothing is left behind", async (t) => {
  const desk = makeDesk(t);
  assert.deepEqual(await desk.computer.look({ DISPLAY: ":5" }, limits), { ok: true, shown: { width: 1568, height: 200 } });
  const shot = await desk.run({ type: "screenshot" });
  assert.ok(shot.ok && shot.image !== undefined, JSON.stringify(shot));
  assert.match(shot.text, /^\[screenshot-\d{6}\.png: the screen, 1568×200\]$/);
  const whole = readPng(shot.image.bytes);
  assert.deepEqual([whole.width, whole.height], [1568, 200]);
  assert.deepEqual([...whole.rgb.subarray(0, 3)], [255, 0, 0]);
  assert.deepEqual([...whole.rgb.subarray(-3)], [0, 0, 255]);

  const zoom = await desk.run({ type: "zoom", region: [800, 0, 1000, 100] });
  assert.ok(zoom.ok && zoom.image !== undefined);
  const part = readPng(zoom.image.bytes);
  assert.deepEqual([part.width, part.height], [400, 200]);
  assert.ok(part.rgb.every((value, i) => value === (i % 3 === 2 ? 255 : 0)));
  const beyond = await desk.run({ type: "zoom", region: [800, 0, 2000, 100] });
  assert.ok(!beyond.ok && /beyond the screen, which is 1568×200/.test(beyond.problem));

  const after = await desk.run({ type: "move", to: [1, 1] }, { isLast: true });
  assert.ok(after.ok && after.image !== undefined && after.text.startsWith("OK\n[screenshot-"));
  assert.deepEqual(
    readdirSync(desk.root).filter((name) => name.startsWith("screen-")),
    [],
  );
});

test("whoever was asked meanwhile keeps no key: the keyboard goes back to the window that had it", async (t) => {
  const desk = makeDesk(t);
  const keys: ComputerAction = { type: "keys", chords: ["a"], times: 1 };
  writeFileSync(join(desk.root, "focus"), "4194317");
  await desk.run({ type: "click", button: "left", count: 1 });
  writeFileSync(join(desk.root, "focus"), "77777");
  await desk.run(keys);
  assert.deepEqual(told(desk).slice(1), ["key a"]);
  writeFileSync(join(desk.root, "focus"), "4194317");
  await desk.run({ type: "click", button: "left", count: 1 });
  writeFileSync(join(desk.root, "focus"), "77777");
  await desk.run(keys, { wasAsked: true });
  assert.deepEqual(told(desk).slice(3), ["windowfocus 4194317", "key a"]);
});

test("what xdotool ignores or refuses is a failure, and an interrupt lets go of every key and button", async (t) => {
  const noKey = await makeDesk(t, "echo \"(symbol) No such key name 'foo'. Ignoring it.\" >&2").run({
    type: "keys",
    chords: ["foo"],
    times: 1,
  });
  assert.deepEqual(noKey, { ok: false, problem: 'there is no key named "foo" here' });
  const broken = await makeDesk(t, "echo 'X Error: \u001b[31mBadWindow' >&2; exit 1").run({ type: "press" });
  assert.ok(!broken.ok && /^xdotool failed: X Error: .*BadWindow$/.test(broken.problem) && !broken.problem.includes("\u001b"));

  const desk = makeDesk(t, "case $1 in keydown) exec sleep 30;; esac");
  const stop = new AbortController();
  const running = desk.run({ type: "drag", from: [0, 0], to: [1, 1], hold: ["ctrl"] }, { signal: stop.signal });
  // Its line is written in one go.
  await until("it runs", () => desk.calls().length > 0);
  const waiting = desk.run({ type: "press" }, { signal: stop.signal });
  stop.abort();
  const [dragged, pressed] = await Promise.all([running, waiting]);
  assert.ok(!dragged.ok && /^interrupted/.test(dragged.problem));
  assert.deepEqual(pressed, { ok: false, problem: "interrupted" });
  assert.deepEqual(told(desk).slice(1), ["mouseup 1 keyup Control_L"]);
});

test("one sentence says what is missing: a display, a kind of desktop, a system, a program, a server", async (t) => {
  const empty = mkdtempSync(join(tmpdir(), "interpane-desk-"));
  t.after(() => rmSync(empty, { recursive: true, force: true }));
  const problemOf = async (desktop: Record<string, string>, over: Partial<Parameters<typeof createComputer>[0]> = {}): Promise<string> => {
    const looked = await createComputer({ scratchDir: empty, path: empty, home: empty, platform: "linux", ...over }).look(desktop, limits);
    return looked.ok ? assert.fail("there is a screen") : looked.problem;
  };
  assert.match(await problemOf({}), /DISPLAY is not set: .*Xvfb :9 & DISPLAY=:9 interpane --os$/);
  assert.match(await problemOf({ WAYLAND_DISPLAY: "wayland-0" }), /Wayland desktop without X11: sign in to an X11/);
  assert.match(
    await problemOf({ DISPLAY: ":0", WAYLAND_DISPLAY: "wayland-0" }),
    /Wayland desktop.*sign in to an X11 .*WAYLAND_DISPLAY unset$/,
  );
  assert.match(await problemOf({ DISPLAY: ":0" }, { platform: "darwin" }), /X11 only, and this is macOS/);
  assert.match(await problemOf({ DISPLAY: ":0" }), /xdotool and a screenshot program .* must be installed: apt install xdotool scrot/);
  const desk = makeDesk(t);
  rmSync(join(desk.root, "bin", "scrot"));
  assert.match(await problemOf({ DISPLAY: ":0" }, { path: join(desk.root, "bin") }), /a screenshot program .* apt install scrot /);
  const dead = makeDesk(t);
  writeFileSync(join(dead.root, "bin", "xdotool"), '#!/bin/sh\necho "Error: Can\'t open display" >&2; exit 1\n');
  assert.match(
    await problemOf({ DISPLAY: ":5" }, { path: `${join(dead.root, "bin")}` }),
    /DISPLAY=:5 cannot be reached \(Error: Can't open display\): .*XAUTHORITY/,
  );
  assert.deepEqual(desktopOf({ DISPLAY: ":1", XAUTHORITY: "/x", OPENAI_API_KEY: "k", WAYLAND_DISPLAY: "" }), {
    DISPLAY: ":1",
    XAUTHORITY: "/x",
  });
  assert.ok(existsSync(empty));
});

/** As another program may write it: every row by the same filter. */
function encode(source: Pixels, filter: number): Uint8Array {
  const rowBytes = source.width * 3;
  const rows = Buffer.alloc((rowBytes + 1) * source.height);
  const at = (x: number, y: number): number => (x < 0 || y < 0 ? 0 : (source.rgb[y * rowBytes + x] ?? 0));
  for (let y = 0; y < source.height; y++) {
    rows[y * (rowBytes + 1)] = filter;
    for (let x = 0; x < rowBytes; x++) {
      const [left, up, corner] = [at(x - 3, y), at(x, y - 1), x < 3 ? 0 : at(x - 3, y - 1)];
      const nearest = [left, up, corner].toSorted((a, b) => Math.abs(left + up - corner - a) - Math.abs(left + up - corner - b))[0] ?? 0;
      const predicted = [0, left, up, (left + up) >> 1, nearest][filter] ?? 0;
      rows[y * (rowBytes + 1) + 1 + x] = at(x, y) - predicted;
    }
  }
  const plain = Buffer.from(writePng(source));
  const data = deflateSync(rows);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([plain.subarray(0, 33), length, Buffer.from("IDAT"), data, Buffer.alloc(4), plain.subarray(-12)]);
}

test("pictures of every row filter are read, broken ones refused; enlarging and reducing keep plain colour plain", () => {
  const source = pixels(7, 5, (x, y) => [x * 30, y * 40, (x * y * 7) % 256]);
  assert.deepEqual([...readPng(writePng(source)).rgb], [...source.rgb]);
  for (const filter of [0, 1, 2, 3, 4]) assert.deepEqual([...readPng(encode(source, filter)).rgb], [...source.rgb], `filter ${filter}`);
  assert.throws(() => readPng(encode(source, 5)), /unknown kind 5/);
  for (const [width, height] of [
    [3, 2],
    [7, 5],
    [40, 31],
    [1, 1],
  ] as const) {
    const plain = resize(
      pixels(9, 9, () => [10, 200, 255]),
      width,
      height,
    );
    assert.ok(plain.rgb.every((value, i) => value === [10, 200, 255][i % 3]));
    assert.equal(plain.rgb.length, width * height * 3);
  }
  assert.deepEqual([...cutOut(source, { left: 6, top: 4, width: 9, height: 9 }).rgb], [...source.rgb.subarray(-3)]);
  const file = Buffer.from(writePng(source));
  for (let length = 0; length < file.length - 12; length += 3) assert.throws(() => readPng(file.subarray(0, length)), `${length} bytes`);
  const huge = Buffer.from(file);
  huge.writeUInt32BE(0xffff_ffff, 16);
  assert.throws(() => readPng(huge), /its size is/);
});
