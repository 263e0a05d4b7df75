// An agent's use of the screen: whether it can, and how one reply's actions hang together.

import type { Action } from "../domain/action.ts";
import type { ScreenSize } from "../domain/computer.ts";
import { screenLimits } from "../domain/computer-tool.ts";
import type { Profile } from "../domain/profile.ts";
import type { Failure } from "../domain/stream.ts";
import type { Computer, DesktopEnv } from "./ports.ts";

/** In these words Anthropic's models know it (its docs, Computer use tool, Batch actions, 2026-11). */
export const NOT_EXECUTED = "Not executed: an earlier computer action in this turn failed.";

export type Screen =
  | { readonly type: "unused" }
  | { readonly type: "ready"; readonly shown: ScreenSize }
  | { readonly type: "missing"; readonly failure: Failure };

/** Never rejects. */
export async function lookAtScreen(profile: Profile, desktop: DesktopEnv, computer: Computer): Promise<Screen> {
  if (!profile.tools.includes("gui")) return { type: "unused" };
  const screen = await computer.look(desktop, screenLimits(profile.model));
  if (screen.ok) return { type: "ready", shown: screen.shown };
  return { type: "missing", failure: { kind: "missing", message: screen.problem, isRetryable: false } };
}

/** The last action on the screen among a reply's calls: what it led to is shown with its result. -1: there is none. */
export function lastOnScreen(calls: readonly { readonly action: Action }[]): number {
  return calls.findLastIndex(({ action }) => action.type === "computer");
}
