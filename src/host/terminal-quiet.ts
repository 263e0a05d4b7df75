// What waits until a terminal is quiet: its old rows are packed, a few at a time, and the memory they had is given back.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Nothing printed for so long. */
const QUIET_MS = 250;
/** Between two blocks: what somebody types meanwhile goes first. */
const PAUSE_MS = 2;
/** After so many rows packed, or bytes printed, a collection of its own is worth it: no other comes while nothing happens. */
const ROWS_WORTH = 2000;
const BYTES_WORTH = 256 * 1024;

export class QuietWork {
  readonly #packSome: () => number;
  #timer: NodeJS.Timeout | null = null;
  #lastAt = 0;
  #rows = 0;
  #bytes = 0;

  /** `packSome` does a millisecond's work and says how many rows it packed; 0 where nothing is left. */
  constructor(packSome: () => number) {
    this.#packSome = packSome;
  }

  /** The terminal printed so many bytes, or its rows were looked at. */
  touch(bytes = 0): void {
    this.#bytes += bytes;
    this.#lastAt = performance.now();
    this.#timer ??= setTimeout(() => this.#look(), QUIET_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    const waitMs = this.#lastAt + QUIET_MS - performance.now();
    const rows = waitMs > 0 ? 0 : this.#packSome();
    this.#rows += rows;
    this.#timer = waitMs > 0 || rows > 0 ? setTimeout(() => this.#look(), Math.max(PAUSE_MS, waitMs)).unref() : null;
    if (this.#timer !== null || (this.#rows < ROWS_WORTH && this.#bytes < BYTES_WORTH)) return;
    this.#rows = 0;
    this.#bytes = 0;
    collect();
  }
}

/** V8 collects when memory is asked for; a server at rest asks for none and would keep what is free. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  if (typeof gc === "function") void gc({ type: "major", execution: "async", flavor: "last-resort" });
}
