// What a user does on the screen, in few words: says something, answers a question when its keys are lit, finds a pane.

import type { Program } from "../support/pty-driver.ts";

/** Types a message and sends it. */
export function say(program: Program, text: string): void {
  program.type(text);
  program.key("enter");
}

/** A question whose keys are still dim has not been on the screen for long enough to be read: keys do nothing. */
export function isAnswerable(program: Program): boolean {
  return program.lines().some((line, y) => {
    const x = line.search(/─ y (run|write|edit|allow|n|refuse)/);
    // Lit, the letter differs from the word behind it.
    return x >= 0 && program.cell(x + 2, y).fg !== program.cell(x + 4, y).fg;
  });
}

/** Waits for a question with this text in it, then answers it as soon as it may be answered. */
export async function answer(program: Program, key: "y" | "n" | "e", what: string | RegExp = /needs you/): Promise<string> {
  await program.waitFor(what);
  const text = await program.waitFor(() => isAnswerable(program));
  program.key(key);
  return text;
}

/** The screen without the sidebar: what panes show. */
export function panes(program: Program): string {
  return program
    .lines()
    .map((line) => line.replace(/^.{24}│/, ""))
    .join("\n");
}

/** The sidebar alone. */
export function sidebar(program: Program): string {
  return program
    .lines()
    .map((line) => line.slice(0, 24).trimEnd())
    .join("\n");
}

/** Splits the focused pane; what is typed next is for the new agent, however soon it comes. */
export async function split(program: Program, key: "%" | '"', number: number): Promise<void> {
  program.key("C-b", key);
  await program.waitFor(new RegExp(`○ ${number} agent ${number} `));
}
