// Which form of Anthropic's computer-use tool a model takes, and how large the pictures may be that it is shown.

import { claudeVersion } from "./claude-version.ts";
import type { Point, ScreenSize } from "./computer.ts";
import type { WireName } from "./item.ts";

/** The stable toolset, and the two beta tools before it: each model takes certain ones. */
export type ComputerToolVersion = "computer_toolset_20260801" | "computer_20251124" | "computer_20250124";

/** What a model may ask for; the members of `computer_toolset_20260801`. */
export const COMPUTER_ACTIONS = [
  "screenshot",
  "zoom",
  "left_click",
  "right_click",
  "middle_click",
  "double_click",
  "triple_click",
  "left_click_drag",
  "mouse_move",
  "left_mouse_down",
  "left_mouse_up",
  "cursor_position",
  "scroll",
  "type",
  "key",
  "hold_key",
  "wait",
] as const;

/** Sent as `anthropic-beta`; the toolset wants none. */
export const COMPUTER_BETAS: Readonly<Record<ComputerToolVersion, string | null>> = {
  computer_toolset_20260801: null,
  computer_20251124: "computer-use-2025-11-24",
  computer_20250124: "computer-use-2025-01-24",
};

/**
 * Null: no such tool. Anthropic's docs, Computer use tool (Compatibility, Earlier tool versions), read 2026-11: the toolset from Opus
 * 4.8, Sonnet 5, Haiku 5 and Fable and Mythos 5 on, some of which refuse anything else; 20251124 for Opus 4.5 to 4.7 and Sonnet 4.6;
 * 20250124 for Sonnet 4 and 4.5, Opus 4 and 4.1 and Haiku 4.5.
 */
export function computerToolOf(wire: WireName, model: string): ComputerToolVersion | null {
  const found = wire === "messages" ? claudeVersion(model) : null;
  if (found === null) return null;
  const { family, version } = found;
  if (version < 400) return null;
  if (family === "fable" || family === "mythos") return version >= 500 ? "computer_toolset_20260801" : null;
  if (family === "haiku") return version >= 500 ? "computer_toolset_20260801" : version === 405 ? "computer_20250124" : null;
  if (version >= (family === "opus" ? 408 : 500)) return "computer_toolset_20260801";
  return version >= (family === "opus" ? 405 : 406) ? "computer_20251124" : "computer_20250124";
}

export interface ImageLimits {
  readonly sideMax: number;
  readonly pixelsMax: number;
}

/**
 * The same docs: what is larger is refused or made smaller unasked, and then clicks miss. Models since 4.7 see more; beyond 1920×1080
 * it costs and does not help.
 */
export function screenLimits(model: string): ImageLimits {
  const found = claudeVersion(model);
  const seesMore = found !== null && (found.version >= 500 || (found.family === "opus" && found.version >= 407));
  return seesMore ? { sideMax: 1920, pixelsMax: 1920 * 1080 } : { sideMax: 1568, pixelsMax: 1_150_000 };
}

/** The size of what the model is shown; never larger than the screen itself. */
export function fitScreen(screen: ScreenSize, { sideMax, pixelsMax }: ImageLimits): ScreenSize {
  const { width, height } = screen;
  const scale = Math.min(1, sideMax / Math.max(width, height), Math.sqrt(pixelsMax / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/** From the shown picture to the screen: the middle of the pixel that was meant. */
export function toScreen([x, y]: Point, shown: ScreenSize, screen: ScreenSize): Point {
  return [along(x, shown.width, screen.width), along(y, shown.height, screen.height)];
}

/** From the screen to the shown picture. */
export function fromScreen([x, y]: Point, shown: ScreenSize, screen: ScreenSize): Point {
  return [along(x, screen.width, shown.width), along(y, screen.height, shown.height)];
}

function along(value: number, from: number, to: number): number {
  return Math.max(0, Math.min(to - 1, Math.floor(((value + 0.5) * to) / from)));
}
