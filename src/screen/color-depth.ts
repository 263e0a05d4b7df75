// Colours brought down to what the terminal has.

import { CUBE_STEPS, PALETTE, paletteRgb, RGB } from "../domain/cells.ts";
import type { Color } from "../ui/frame-types.ts";
import type { Depth } from "./terminal-traits.ts";

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
  const rgb = color & RGB ? color & 0xffffff : paletteRgb(color & 255);
  let best = 0;
  for (let i = 1; i < 16; i += 1) {
    if (distance(rgb, paletteRgb(i)) < distance(rgb, paletteRgb(best))) best = i;
  }
  return PALETTE | best;
}

/** Weighted so that it follows the eye a little ("redmean", compuphase.com/cmetric.htm). */
function distance(a: number, b: number): number {
  const mean = (((a >> 16) & 255) + ((b >> 16) & 255)) / 2;
  const [dr, dg, db] = [((a >> 16) & 255) - ((b >> 16) & 255), ((a >> 8) & 255) - ((b >> 8) & 255), (a & 255) - (b & 255)];
  return (2 + mean / 256) * dr * dr + 4 * dg * dg + (2 + (255 - mean) / 256) * db * db;
}
