// What somebody looks at in copy mode, kept as it was when that began: the lines are copied before the first byte that comes after it is
// parsed, in pieces of a few milliseconds, while that terminal's output waits. Who reads nothing new costs nothing.

import { CELL_WORDS, CONTINUATION, clusterText } from "../domain/cells.ts";
import { packRows, unpackRows } from "../domain/scrollback.ts";
import { type LineSource, pageOf } from "./scrollback.ts";

/** Rows that are copied at once: one or two milliseconds. */
const PAGE_ROWS = 200;
/** Of one terminal at a time; the oldest goes. A copy has about two hundred bytes a line. */
const HOLDS_MAX = 4;

interface Page {
  readonly bytes: Uint8Array;
  readonly wrapped: readonly boolean[];
}

interface Held {
  readonly generation: number;
  readonly cols: number;
  readonly oldest: number;
  readonly end: number;
  readonly pages: readonly Page[];
}

export class TerminalHolds {
  /** By reader; null: nothing has come since, so the lines themselves are still what was seen. */
  readonly #held = new Map<number, Held | null>();
  #isTaking = false;

  /** From now on this reader's lines stay as they are. */
  begin(reader: number): void {
    this.#held.delete(reader);
    this.#held.set(reader, null);
    const [oldest] = this.#held.keys();
    if (this.#held.size > HOLDS_MAX && oldest !== undefined) this.#held.delete(oldest);
  }

  end(reader: number): void {
    this.#held.delete(reader);
  }

  /** Nothing may be parsed now: a copy is being made. */
  get isTaking(): boolean {
    return this.#isTaking;
  }

  /** Somebody reads what the next byte may push out. */
  get isDue(): boolean {
    return !this.#isTaking && [...this.#held.values()].includes(null);
  }

  /** Copies the lines for all who wait for that. `pause` lets other work in; false ends it. */
  async take(source: LineSource, pause: () => Promise<boolean>): Promise<void> {
    this.#isTaking = true;
    const readers = [...this.#held].flatMap(([reader, held]) => (held === null ? [reader] : []));
    const pages: Page[] = [];
    try {
      for (let from = source.oldest; from < source.end; from += PAGE_ROWS) {
        const page = pageOf(source, from, PAGE_ROWS);
        pages.push({ bytes: packRows(page), wrapped: page.wrapped });
        if (!(await pause())) return;
      }
      const { generation, cols, oldest, end } = source;
      // Who left meanwhile, or began anew, is not given it.
      for (const reader of readers) if (this.#held.get(reader) === null) this.#held.set(reader, { generation, cols, oldest, end, pages });
    } finally {
      this.#isTaking = false;
    }
  }

  /** What this reader saw; null: as they are. */
  lines(reader: number | undefined): LineSource | null {
    const held = reader === undefined ? null : (this.#held.get(reader) ?? null);
    return held === null ? null : heldLines(held);
  }
}

function heldLines({ generation, cols, oldest, end, pages }: Held): LineSource {
  let at = -1;
  let rows: readonly Uint32Array[] = [];
  const rowOf = (row: number): Uint32Array | undefined => {
    const index = Math.floor((row - oldest) / PAGE_ROWS);
    const page = pages[index];
    if (page === undefined) return undefined;
    if (index !== at) rows = unpackRows(page.bytes, page.wrapped.length) ?? [];
    at = index;
    return rows[(row - oldest) % PAGE_ROWS];
  };
  return {
    generation,
    cols,
    oldest,
    end,
    readRow: (row, into) => into.set(rowOf(row) ?? new Uint32Array(cols * CELL_WORDS)),
    isWrapped: (row) => pages[Math.floor((row - oldest) / PAGE_ROWS)]?.wrapped[(row - oldest) % PAGE_ROWS] ?? false,
    text: (row) => textOf(rowOf(row)),
  };
}

function textOf(words: Uint32Array | undefined): string {
  let text = "";
  for (let at = 0; at < (words?.length ?? 0); at += CELL_WORDS) {
    const glyph = words?.[at] ?? 0;
    if (glyph !== CONTINUATION) text += glyph === 0 ? " " : clusterText(glyph);
  }
  return text;
}
