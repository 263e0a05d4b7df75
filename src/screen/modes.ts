// The terminal's modes: taken at the start, given back on every way out, taken again after a stop.

import type { TerminalTraits } from "./terminal-traits.ts";

/** Abandons a sequence that was cut off in the middle, in any state of the terminal's parser. */
const CANCEL = "\x18";
// 1 tells keys apart that the old encoding mixes up, 4 adds the key's place on a Latin layout; sw.kovidgoyal.net/kitty/keyboard-protocol.
const KITTY_FLAGS = 5;

/**
 * What to write before the first frame. `asks`: also ask for the background colour, the keyboard protocol and, as the end marker, who the
 * terminal is; the answers arrive as input whenever they do, nothing waits for them.
 */
export function enterSequence(traits: TerminalTraits, asks: boolean): string {
  const common = "\x1b[?1049h\x1b[r\x1b[?7l\x1b[?25l";
  if (!traits.isCapable) return common;
  return [
    "\x1b[22;2t", // the window's title, pushed
    common,
    "\x1b[?2004h", // bracketed paste
    "\x1b[?1000h\x1b[?1002h\x1b[?1006h", // mouse: buttons, drags, coordinates without a limit
    "\x1b[?1004h", // focus
    "\x1b[?2031h", // tells when the colour scheme changes
    "\x1b=", // the keypad's keys as such, for programs that want them
    "\x1b[>4;1m", // modifyOtherKeys, for terminals without the kitty protocol, which overrides it
    `\x1b[>${KITTY_FLAGS}u`,
    asks ? "\x1b]11;?\x1b\\\x1b[?u\x1b[c" : "",
  ].join("");
}

/** Undoes `enterSequence`, from any state: also in the middle of a frame. */
export function leaveSequence(traits: TerminalTraits): string {
  if (!traits.isCapable) return `${CANCEL}\x1b[m\x1b[?7h\x1b[?25h\x1b[?1049l`;
  return [
    CANCEL,
    "\x1b[?2026l\x1b[m\x1b]8;;\x1b\\",
    "\x1b[<u\x1b[>4m",
    "\x1b[?2031l\x1b[?1004l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l",
    "\x1b[?7h\x1b[0 q\x1b[?25h\x1b>",
    "\x1b[?1049l",
    "\x1b[23;2t",
  ].join("");
}

/** The signals that end a process; each is passed on once the terminal has been given back. */
const ENDING = ["SIGHUP", "SIGTERM", "SIGINT", "SIGQUIT"] as const;

/** SIGCONT is handled within a turn of the event loop after a stop. */
const NOT_STOPPED_MS = 50;

export interface TerminalHold {
  /** Puts it back, at once and synchronously: nothing may run after this. */
  giveBack(): void;
  /** Puts it into our state, whatever a shell has made of it while we were stopped. */
  retake(): void;
  isStopped(): boolean;
}

/** Watches every way in which this process can end or stop by itself; what cannot be seen from inside is `guard.ts`'s. Returns how to stop watching. */
export function watchEndings(hold: TerminalHold): () => void {
  const giveBack = () => hold.giveBack();
  const onEnding = (signal: NodeJS.Signals) => {
    hold.giveBack();
    // Whoever else listens decides what becomes of the process; if nobody does, the signal has its usual effect.
    if (process.listenerCount(signal) > 1) return;
    process.off(signal, onEnding);
    process.kill(process.pid, signal);
  };
  const onStop = () => {
    hold.giveBack();
    process.off("SIGTSTP", onStop);
    process.kill(process.pid, "SIGTSTP"); // stops here; has no effect where no shell could continue us (an orphaned process group)
    process.on("SIGTSTP", onStop);
    setTimeout(() => {
      if (hold.isStopped()) hold.retake(); // not stopped, so nothing will continue us
    }, NOT_STOPPED_MS);
  };
  const onContinue = () => hold.retake();

  for (const signal of ENDING) process.on(signal, onEnding);
  process.on("SIGTSTP", onStop);
  process.on("SIGCONT", onContinue);
  process.on("exit", giveBack);
  // Also for rejections, which end as uncaught exceptions; the report then lands on the normal screen.
  process.on("uncaughtExceptionMonitor", giveBack);
  return () => {
    for (const signal of ENDING) process.off(signal, onEnding);
    process.off("SIGTSTP", onStop);
    process.off("SIGCONT", onContinue);
    process.off("exit", giveBack);
    process.off("uncaughtExceptionMonitor", giveBack);
  };
}

/** Ctrl-Z: stops the whole foreground job, as the terminal would have done, and resolves when it is continued. For `Screen.suspend`. */
export async function stopJob(): Promise<void> {
  process.kill(0, "SIGTSTP");
  // The signal is handled in the next turns of the loop: `onStop` stops there, and this goes on after the continuation.
  await new Promise((resolve) => setTimeout(resolve, 20));
}
