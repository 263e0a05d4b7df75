// The door to the outer terminal: frames go in, input events come out, and the terminal is given back whatever happens.

import { writeSync } from "node:fs";
import type { Frame } from "../ui/frame-types.ts";
import type { InputEvent } from "../ui/key-types.ts";
import { type CopyOutcome, clipboardSequence, hasClipboardAttribute } from "./clipboard.ts";
import { createCompositor, type WidthOf } from "./compositor.ts";
import { createDecoder } from "./decoder.ts";
import { type Guard, startGuard } from "./guard.ts";
import { enterSequence, leaveSequence, watchEndings } from "./modes.ts";
import { type Environment, traitsOf } from "./terminal-traits.ts";
import { createWriter } from "./writer.ts";

export { stopJob } from "./modes.ts";

/** What is used of `process.stdin`. */
export interface TerminalInput {
  readonly isTTY?: boolean;
  readonly fd?: number;
  setRawMode?(isRaw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: string, listener: (chunk: Uint8Array) => void): unknown;
  off(event: string, listener: (chunk: Uint8Array) => void): unknown;
}

/** What is used of `process.stdout`. */
export interface TerminalOutput {
  readonly isTTY?: boolean;
  readonly fd?: number;
  readonly columns?: number;
  readonly rows?: number;
  write(bytes: Uint8Array | string, done?: (error?: Error | null) => void): boolean;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

export interface ScreenOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly env: Environment;
  /** Cells that a grapheme cluster fills; the same function that laid out the frames. */
  readonly widthOf: WidthOf;
  onInput(event: InputEvent): void;
  onResize(cols: number, rows: number): void;
  /** The terminal has gone away (its window was closed, the connection broke) and no signal said so. */
  onLost?(): void;
}

export interface DrawStats {
  /** Written to the terminal for this frame. */
  readonly bytes: number;
  readonly cells: number;
  /** The terminal is still taking an earlier frame; this one, or a later, follows when it is done. */
  readonly isDeferred: boolean;
}

export interface Screen {
  readonly size: { readonly cols: number; readonly rows: number };
  draw(frame: Frame): DrawStats;
  /** Asks the terminal to put text into its clipboard (OSC 52); what comes back is all that can be known of it. */
  copy(text: string): CopyOutcome;
  /** Gives the terminal back while `run` runs (an editor; `stopJob`), and takes it again. */
  suspend(run: () => Promise<void>): Promise<void>;
  /** Gives the terminal back for good. Waits for a frame that is being written, for a bounded time. */
  close(): Promise<void>;
}

const FLUSH_LIMIT_MS = 300;
const EMERGENCY_LIMIT_MS = 200;

export async function openScreen(options: ScreenOptions): Promise<Screen> {
  const { input, output } = options;
  const traits = traitsOf(options.env);
  const leave = leaveSequence(traits);
  const guard = guardFor(options, leave);
  // Loaded while the guard reads the terminal's settings.
  const { createLayout } = await import("./blessed-layout.ts");
  const compositor = createCompositor(createLayout(), options.widthOf);
  const writer = createWriter(traits);
  await guard?.ready;

  /** `lent`: given back for a time by `suspend`, `stopped` by a signal. */
  let state: "ours" | "lent" | "stopped" | "closed" = "stopped";
  let hasAsked = false;
  let frame: Frame | null = null;
  let isFrameDue = false;
  /** Writes that the terminal has not taken yet, and who waits for them. */
  let pending = 0;
  const waiters: (() => void)[] = [];
  /** Given back while a write was pending: its rest still comes, and spoils what was restored. */
  let wasCut = false;
  let isLost = false;

  let takesClipboard = false;
  const decoder = createDecoder(
    (event) => {
      if (state === "ours") options.onInput(event);
    },
    (attributes) => {
      takesClipboard = hasClipboardAttribute(attributes);
    },
  );
  let expiry: NodeJS.Timeout | undefined;
  const scheduleExpiry = () => {
    clearTimeout(expiry);
    const { waitMs } = decoder;
    if (waitMs > 0) {
      expiry = setTimeout(() => {
        decoder.expire();
        scheduleExpiry();
      }, waitMs);
    }
  };
  const onData = (chunk: Uint8Array) => {
    decoder.push(chunk);
    scheduleExpiry();
  };
  const onSize = () => {
    writer.forget();
    const { cols, rows } = sizeOf(output);
    if (state !== "closed") options.onResize(cols, rows);
  };
  const onLost = () => {
    if (isLost || state === "closed") return;
    isLost = true;
    options.onLost?.();
  };

  function send(bytes: Uint8Array | string): void {
    if (isLost) return;
    pending += 1;
    output.write(bytes, (error) => {
      pending -= 1;
      if (error) onLost();
      if (pending > 0) return;
      if (wasCut && state !== "ours" && !isLost) writeNow(output, leave);
      wasCut = false;
      for (const resolve of waiters.splice(0)) resolve();
      if (isFrameDue && state === "ours" && frame !== null) paint(frame);
    });
  }

  function paint(next: Frame): DrawStats {
    isFrameDue = false;
    const { cols, rows } = sizeOf(output);
    const bytes = writer.write(compositor.compose(next, cols, rows));
    if (bytes.length > 0) send(bytes);
    return { bytes: bytes.length, cells: writer.cells, isDeferred: false };
  }

  function take(): void {
    input.setRawMode?.(true);
    setBlocking(output, false); // each time: starting a program on this terminal makes it blocking again
    guard?.say("on");
    state = "ours";
    writer.forget();
    send(enterSequence(traits, !hasAsked));
    hasAsked = true;
    input.resume();
    isFrameDue = frame !== null;
  }

  /** Synchronous: the process may end right after it. */
  function giveBack(next: "lent" | "stopped" | "closed"): void {
    if (state === "ours") {
      state = next;
      wasCut = pending > 0;
      const isRestored = isLost || writeNow(output, leave);
      setBlocking(output, true);
      setRaw(input, false);
      // What a terminal that takes nothing has not been told, the guard will say as soon as it can be.
      if (isRestored) guard?.say(next === "closed" ? "bye" : "off");
    } else if (next === "closed" && state !== "closed") {
      state = next;
      guard?.say("bye");
    }
  }

  async function flushed(): Promise<void> {
    if (pending === 0) return;
    await new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, FLUSH_LIMIT_MS);
      waiters.push(() => {
        clearTimeout(limit);
        resolve();
      });
    });
  }

  const unwatch = watchEndings({
    giveBack: () => giveBack("stopped"),
    isStopped: () => state === "stopped",
    retake() {
      // Continued while an editor has the terminal: it is still not ours.
      if (state === "lent" || state === "closed") return;
      giveBack("stopped"); // stopped by SIGSTOP, so unseen: the shell has set the terminal as it likes
      take();
    },
  });
  input.on("data", onData);
  input.on("end", onLost);
  input.on("error", onLost);
  output.on("error", onLost);
  output.on("resize", onSize);
  take();

  return {
    get size() {
      return sizeOf(output);
    },
    draw(next) {
      frame = next;
      if (state !== "ours" || isLost) return { bytes: 0, cells: 0, isDeferred: state === "lent" || state === "stopped" };
      if (pending === 0) return paint(next);
      isFrameDue = true;
      return { bytes: 0, cells: 0, isDeferred: true };
    },
    copy(text) {
      const { outcome, sequence } = clipboardSequence(text, options.env, traits, takesClipboard);
      if (sequence === "" || state !== "ours" || isLost) return sequence === "" ? outcome : "cannot";
      send(sequence);
      return outcome;
    },
    async suspend(run) {
      await flushed();
      input.pause();
      giveBack("lent");
      try {
        await run();
      } finally {
        if (state === "lent") take();
      }
    },
    async close() {
      if (state === "closed") return;
      await flushed();
      clearTimeout(expiry);
      input.off("data", onData);
      input.off("end", onLost);
      output.off("resize", onSize);
      giveBack("closed");
      unwatch();
      input.pause();
    },
  };
}

/** Where there is no real terminal (tests, pipes) there is nothing to guard. */
function guardFor({ input, output, env }: ScreenOptions, restore: string): Guard | null {
  if (!input.isTTY || !output.isTTY || input.fd === undefined || output.fd === undefined) return null;
  return startGuard(input.fd, output.fd, restore, env);
}

function sizeOf(output: TerminalOutput): { cols: number; rows: number } {
  // A size of 0 is what a serial line or a fresh pty reports.
  return { cols: output.columns || 80, rows: output.rows || 24 };
}

/** A terminal whose window has gone refuses. */
function setRaw(input: TerminalInput, isRaw: boolean): void {
  try {
    input.setRawMode?.(isRaw);
  } catch {
    // Nothing is left that could be set.
  }
}

/**
 * Node makes terminals blocking, so that one that takes nothing (Ctrl-S, a slow line) would stop the whole program. The handle has no public
 * name; without it writes block as Node has it.
 */
function setBlocking(output: TerminalOutput, isBlocking: boolean): void {
  const handle: unknown = Reflect.get(output, "_handle");
  if (typeof handle !== "object" || handle === null) return;
  const set: unknown = Reflect.get(handle, "setBlocking");
  if (typeof set === "function") Reflect.apply(set, handle, [isBlocking]);
}

/** Past all queues; tries for a bounded time where the terminal takes nothing. False: it did not take it. */
function writeNow(output: TerminalOutput, text: string): boolean {
  if (output.fd === undefined) {
    output.write(text);
    return true;
  }
  let rest = Buffer.from(text, "latin1");
  const nap = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; rest.length > 0 && waitedMs < EMERGENCY_LIMIT_MS; ) {
    try {
      rest = rest.subarray(writeSync(output.fd, rest));
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "EAGAIN") return true; // the terminal is gone
      Atomics.wait(nap, 0, 0, 5);
      waitedMs += 5;
    }
  }
  return rest.length === 0;
}
