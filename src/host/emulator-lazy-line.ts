// A line that keeps its cells in another form until somebody looks, and then answers as the library's own would.
//
// The emulator holds its lines in a ring and asks nothing of a line that nobody writes to but to be there.

import type { Line } from "./emulator-insides.ts";
import type { Extended } from "./emulator-mends.ts";

/** What the library keeps of a line: three words a cell, and two maps for what does not fit there. */
export interface Cells {
  data: Uint32Array;
  combined: Record<number, string | undefined>;
  extended: Record<number, Extended | undefined>;
}

/** Its prototype's prototype is that of the library's lines (`adoptLines`): whatever else they can do, it can. */
export abstract class LazyLine {
  length: number;
  isWrapped: boolean;
  /** Set as soon as somebody has looked. */
  cells: Cells | null = null;

  constructor(length: number, isWrapped: boolean) {
    this.length = length;
    this.isWrapped = isWrapped;
  }

  /** What it shows; asked once. */
  abstract unpack(): Cells;

  get _data(): Uint32Array {
    return look(this).data;
  }

  set _data(data: Uint32Array) {
    look(this).data = data;
  }

  get _combined(): Cells["combined"] {
    return look(this).combined;
  }

  set _combined(combined: Cells["combined"]) {
    look(this).combined = combined;
  }

  get _extendedAttrs(): Cells["extended"] {
    return look(this).extended;
  }

  set _extendedAttrs(extended: Cells["extended"]) {
    look(this).extended = extended;
  }

  /** The library looks for memory to give back after a resize. */
  cleanupMemory(): number {
    return 0;
  }
}

function look(line: LazyLine): Cells {
  line.cells ??= line.unpack();
  return line.cells;
}

/** Once a terminal; `line` is any of the library's own. */
export function adoptLines(line: Line): void {
  const own: unknown = Object.getPrototypeOf(line);
  if (Object.getPrototypeOf(LazyLine.prototype) !== own && !(line instanceof LazyLine))
    Object.setPrototypeOf(LazyLine.prototype, own as object);
}

/** Stands in the ring for one of the library's own, whether somebody has looked or not. */
export function isLazy(line: Line): boolean {
  return line instanceof LazyLine;
}

/** In its short form: nobody has looked yet. */
export function isUnseen(line: Line): boolean {
  return line instanceof LazyLine && line.cells === null;
}

/** By its prototypes it answers for all that `Line` names. */
export function asLine(line: LazyLine): Line {
  return line as unknown as Line;
}
