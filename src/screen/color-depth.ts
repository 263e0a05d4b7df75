// Colours brought down to what the terminal has.

import { PALETTE, RGB } from "../domain/cells.ts";
import type { Color } from "../ui/frame-types.ts";
import type { Depth } from "./terminal-traits.ts";

/** xterm's default for the first 16 entries; users change them, so nothing is mapped onto them when there are 256. */
const BASIC: readonly number[] = [
  0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff,
  0xff00ff, 0x00ffff, 0xffffff,
];
const CUBE_STEPS: readonly number[] = [0, 95, 135, 175, 215, 255];
const CACHE_MAX = 8192;

/** A function from any colour to one that the depth can show (0: the terminal's own). */
export function colorMapper(depth: Depth): (color: Color) => Color {
  if (depth === "truecolor") return (color) => color;
  if (depth === "none") return () => 0;
  const cache = new Map<number, number>();
  return (color) => {
    if (color === 0) return 0;
    let mapped = cache.get(color);
    if (mapped === undefined) {
      mapped = depth === "256" ? to256(color) : to16(color);
      if (cache.size < CACHE_MAX) cache.set(color, mapped);
    }
    return mapped;
  };
}

function to256(color: Color): Color {
  if ((color & RGB) === 0) return color;
  const [r, g, b] = [(color >> 16) & 255, (color >> 8) & 255, color & 255];
  const [ri, gi, bi] = [cubeIndex(r), cubeIndex(g), cubeIndex(b)];
  const cube = ((CUBE_STEPS[ri] ?? 0) << 16) | ((CUBE_STEPS[gi] ?? 0) << 8) | (CUBE_STEPS[bi] ?? 0);
  const grayIndex = Math.max(0, Math.min(23, Math.round(((r + g + b) / 3 - 8) / 10)));
  const gray = (8 + grayIndex * 10) * 0x010101;
  const rgb = color & 0xffffff;
  return PALETTE | (distance(rgb, gray) < distance(rgb, cube) ? 232 + grayIndex : 16 + 36 * ri + 6 * gi + bi);
}

function cubeIndex(level: number): number {
  return level < 48 ? 0 : level < 115 ? 1 : Math.min(5, Math.floor((level - 35) / 40));
}

function to16(color: Color): Color {
  if (color & PALETTE && (color & 255) < 16) return color;
  const rgb = color & RGB ? color & 0xffffff : rgbOf256(color & 255);
  let best = 0;
  for (let i = 1; i < 16; i += 1) {
    if (distance(rgb, BASIC[i] ?? 0) < distance(rgb, BASIC[best] ?? 0)) best = i;
  }
  return PALETTE | best;
}

/** The usual colour of a palette entry. */
export function rgbOf256(index: number): number {
  if (index < 16) return BASIC[index] ?? 0;
  if (index >= 232) return (8 + (index - 232) * 10) * 0x010101;
  const cube = index - 16;
  const step = (n: number) => CUBE_STEPS[n % 6] ?? 0;
  return (step(Math.floor(cube / 36)) << 16) | (step(Math.floor(cube / 6)) << 8) | step(cube);
}

/** Weighted so that it follows the eye a little ("redmean", compuphase.com/cmetric.htm). */
function distance(a: number, b: number): number {
  const mean = (((a >> 16) & 255) + ((b >> 16) & 255)) / 2;
  const [dr, dg, db] = [((a >> 16) & 255) - ((b >> 16) & 255), ((a >> 8) & 255) - ((b >> 8) & 255), (a & 255) - (b & 255)];
  return (2 + mean / 256) * dr * dr + 4 * dg * dg + (2 + (255 - mean) / 256) * db * db;
}
