// The door, with streams that stand in for a terminal.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import test from "node:test";
import { openScreen, type Screen, type ScreenOptions } from "../../src/screen/screen.ts";
import type { InputEvent } from "../../src/ui/key-types.ts";
import { graphemeWidth } from "../../src/ui/width.ts";
import { frameOf, line, textBox } from "./frames.ts";

class FakeInput extends EventEmitter {
  isRaw = false;
  isPaused = true;
  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
  resume(): void {
    this.isPaused = false;
  }
  pause(): void {
    this.isPaused = true;
  }
}

/** Takes what is written only when told to. */
class FakeOutput extends EventEmitter {
  columns = 20;
  rows = 4;
  isStalled = false;
  text = "";
  #waiting: (() => void)[] = [];
  write(bytes: Uint8Array | string, done?: (error?: Error | null) => void): boolean {
    this.text += Buffer.from(bytes).toString("utf8");
    if (this.isStalled) this.#waiting.push(() => done?.());
    else queueMicrotask(() => done?.());
    return !this.isStalled;
  }
  flow(): void {
    this.isStalled = false;
    for (const done of this.#waiting.splice(0)) done();
  }
  take(): string {
    const text = this.text;
    this.text = "";
    return text;
  }
}

async function open(over: Partial<ScreenOptions> = {}) {
  const input = new FakeInput();
  const output = new FakeOutput();
  const events: InputEvent[] = [];
  const sizes: string[] = [];
  const screen = await openScreen({
    input,
    output,
    env: { TERM: "xterm-256color", LANG: "C.UTF-8" },
    widthOf: graphemeWidth,
    onInput: (event) => events.push(event),
    onResize: (cols, rows) => sizes.push(`${cols}x${rows}`),
    ...over,
  });
  await Promise.resolve();
  return { input, output, events, sizes, screen };
}

const show = (screen: Screen, text: string) => screen.draw(frameOf(20, 4, [textBox("a", [0, 0, 20, 4], [line(text)])]));

test("modes are taken before the first frame and given back at the end, once", async () => {
  const { screen, output, input } = await open();
  assert.match(output.take(), /\x1b\[\?1049h.*\x1b\[\?2004h.*\x1b\[\?1006h.*\x1b\[\?1004h.*\x1b\]11;\?\x1b\\.*\x1b\[c$/);
  assert.equal(input.isRaw, true);
  assert.ok(show(screen, "hello").bytes > 0);
  await screen.close();
  await screen.close();
  assert.equal(output.take().split("\x1b[?1049l").length, 2);
  assert.equal(input.isRaw, false);
  assert.equal(input.isPaused, true);
  assert.equal(process.listenerCount("SIGTERM"), 0);
});

test("while a frame is still being taken later ones are skipped, and the newest follows", async () => {
  const { screen, output } = await open();
  output.take();
  output.isStalled = true;
  show(screen, "first");
  output.take();
  for (const text of ["second", "third", "newest"]) assert.equal(show(screen, text).isDeferred, true);
  assert.equal(output.take(), "");
  output.flow();
  const text = output.take();
  assert.match(text, /newest/);
  assert.doesNotMatch(text, /second|third/);
  await screen.close();
});

test("an unchanged frame writes nothing at all", async () => {
  const { screen, output } = await open();
  show(screen, "same");
  await Promise.resolve();
  output.take();
  assert.deepEqual(show(screen, "same"), { bytes: 0, cells: 0, isDeferred: false });
  assert.equal(output.take(), "");
  await screen.close();
});

test("a resize is told, and the next frame repaints everything without a clear", async () => {
  const { screen, output, sizes } = await open();
  show(screen, "words");
  await Promise.resolve();
  output.take();
  output.columns = 30;
  output.emit("resize");
  assert.deepEqual(sizes, ["30x4"]);
  assert.deepEqual(screen.size, { cols: 30, rows: 4 });
  show(screen, "words");
  const text = output.take();
  assert.match(text, /words/);
  assert.doesNotMatch(text, /\x1b\[\d?J|1049/);
  await screen.close();
});

test("a lone Esc becomes a key by itself", async () => {
  const pressed = new EventEmitter();
  const { screen, input } = await open({ onInput: (event) => pressed.emit("key", event) });
  input.emit("data", Buffer.from("\x1b"));
  const [event] = await once(pressed, "key");
  assert.deepEqual(event, { type: "key", chord: "escape", raw: "\x1b" });
  await screen.close();
});

test("suspend gives the terminal back while it runs and repaints after it, also when it fails", async () => {
  const { screen, output, input } = await open();
  show(screen, "words");
  await Promise.resolve();
  output.take();
  await assert.rejects(
    screen.suspend(async () => {
      assert.match(output.take(), /\x1b\[\?1049l/);
      assert.equal(input.isRaw, false);
      assert.equal(show(screen, "meanwhile").isDeferred, true);
      assert.equal(output.take(), "");
      throw new Error("no such editor");
    }),
    /no such editor/,
  );
  await new Promise((resolve) => setImmediate(resolve));
  assert.match(output.take(), /\x1b\[\?1049h[\s\S]*meanwhile/);
  assert.equal(input.isRaw, true);
  await screen.close();
});

test("copy writes OSC 52, refuses what is too long, and knows that it is taken only where the terminal has said so", async () => {
  const { screen, output, input } = await open();
  output.take();
  assert.equal(screen.copy("héllo"), "unknown");
  assert.equal(output.take(), `\x1b]52;c;${Buffer.from("héllo").toString("base64")}\x1b\\`);
  assert.equal(screen.copy("x".repeat(1_000_000)), "tooLong");
  assert.equal(output.take(), "");
  input.emit("data", Buffer.from("\x1b[?62;22;52c"));
  assert.equal(screen.copy("x"), "takes");
  await screen.close();
});

test("a terminal that goes away is told once, and nothing is written any more", async () => {
  let lost = 0;
  const { screen, output, input } = await open({ onLost: () => (lost += 1) });
  output.take();
  input.emit("end");
  output.emit("error");
  assert.equal(lost, 1);
  show(screen, "into the void");
  await screen.close();
  assert.equal(output.take(), "");
});

test("the Linux console gets no sequence that it would print", async () => {
  const { screen, output } = await open({ env: { TERM: "linux", LANG: "C.UTF-8" } });
  show(screen, "words");
  assert.doesNotMatch(output.take(), /\x1b\]|\x1b\[>|\x1b\[\?2004/);
  await screen.close();
});
