// The colours that programs in terminals are told that ask: what the user really sees behind and in their text.

import { paletteRgb, RGB } from "../domain/cells.ts";
import type { Color } from "./frame-types.ts";
import type { Ui } from "./view.ts";

/** Of text and ground, as the user sees them; where nobody knows the ground, as the theme's kind has it. */
export function programColours({ theme, view }: Ui): { foreground: number; background: number } {
  const { fg, bg } = theme.roles.base;
  const isDark = theme.kind === "dark";
  return {
    foreground: rgbOf(fg) ?? (isDark ? 0xd0d0d0 : 0x303030),
    background: rgbOf(bg) ?? view.outerBackground ?? (isDark ? 0x101010 : 0xffffff),
  };
}

function rgbOf(color: Color | undefined): number | null {
  if (color === undefined || color === 0) return null;
  return (color & RGB) === 0 ? paletteRgb(color & 255) : color & 0xffffff;
}
