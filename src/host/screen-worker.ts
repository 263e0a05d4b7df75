// The worker thread that makes a screenshot fit for a model: half a second of work that no terminal should wait for. One picture, then it ends.

import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { ScreenSize } from "../domain/computer.ts";
import { fitScreen, type ImageLimits } from "../domain/computer-tool.ts";
import { cutOut, readPng, resize, writePng } from "./png.ts";

export interface ShotRequest {
  readonly file: string;
  readonly limits: ImageLimits;
  /** In the pixels that the model is shown: left, top, right, bottom; null: all of the screen. */
  readonly region: readonly [number, number, number, number] | null;
}

export type ShotReply =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly screen: ScreenSize; readonly shown: ScreenSize }
  | { readonly ok: false; readonly problem: string };

function makeShot({ file, limits, region }: ShotRequest): ShotReply {
  const pixels = readPng(readFileSync(file));
  const screen = { width: pixels.width, height: pixels.height };
  const shown = fitScreen(screen, limits);
  if (region === null) return { ok: true, bytes: writePng(resize(pixels, shown.width, shown.height)), screen, shown };
  const [left, top, right, bottom] = region;
  if (left >= shown.width || top >= shown.height || right > shown.width || bottom > shown.height)
    return { ok: false, problem: `the region reaches beyond the screen, which is ${shown.width}×${shown.height}` };
  const across = screen.width / shown.width;
  const down = screen.height / shown.height;
  const part = cutOut(pixels, {
    left: Math.floor(left * across),
    top: Math.floor(top * down),
    width: Math.max(1, Math.ceil((right - left) * across)),
    height: Math.max(1, Math.ceil((bottom - top) * down)),
  });
  // As large as a whole screenshot would be, its shape kept: small text is what one zooms for.
  const scale = Math.min(shown.width / part.width, shown.height / part.height);
  const width = Math.max(1, Math.floor(part.width * scale));
  const height = Math.max(1, Math.floor(part.height * scale));
  return { ok: true, bytes: writePng(resize(part, width, height)), screen, shown };
}

function reply(): ShotReply {
  try {
    return makeShot(workerData as ShotRequest);
  } catch (error) {
    return { ok: false, problem: `the screenshot cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

parentPort?.postMessage(reply());
