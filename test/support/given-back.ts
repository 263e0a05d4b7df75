// A program that ends in a terminal: the shell around it that tells the terminal's settings, and what must stand again afterwards.

import assert from "node:assert/strict";
import type { Program } from "./pty-driver.ts";

/** Prints the settings, runs the program, then prints them again for every line it is sent. */
export const AROUND = `ulimit -c 0; trap : INT QUIT; echo "stty $(stty -g) ."; "$@"; echo "status $?"; while read -r x; do echo "stty $(stty -g) ."; done`;

/** A shell with job control, so that a stop stops. */
export const AROUND_JOB = `set -m; echo "stty $(stty -g) ."; "$@"; echo "stopped"; stty -g; read -r x; fg >/dev/null; echo "status $?"; while read -r x; do echo "stty $(stty -g) ."; done`;

export function said(program: Program): string {
  return program.bytes().toString("latin1");
}

function settings(program: Program): string[] {
  return [...said(program).matchAll(/stty (\S+) \./g)].map((match) => match[1] ?? "");
}

/** The program has ended: waits until nothing of it is left in the terminal. */
export async function assertRestored(program: Program): Promise<void> {
  // In the bytes: after a kill the shell around may be quicker than the guard, and speak to the alternate screen.
  await program.waitFor(() => said(program).includes("status") && !program.modes().isAlternate);
  // The guard's work on the settings cannot be seen from outside: ask until it is done.
  for (let asked = 1; settings(program).at(-1) !== settings(program)[0] || asked === 1; asked += 1) {
    assert.ok(asked < 1000, `the settings are still ${settings(program).at(-1)}, were ${settings(program)[0]}`);
    program.type("\n");
    await program.waitFor(() => settings(program).length > asked);
  }
  assert.deepEqual(program.modes(), {
    isAlternate: false,
    isCursorVisible: true,
    hasBracketedPaste: false,
    mouse: "none",
    hasSgrMouse: false,
    hasFocusEvents: false,
    hasWraparound: true,
    isSynchronizing: false,
    hasKeypadMode: false,
    cursorShape: "default",
    kittyDepth: 0,
    modifyOtherKeys: 0,
    titleDepth: 0,
  });
}
