// Shares the one thread between terminals: bytes wait here, a few milliseconds of each turn of the event loop go to parsing.

export interface ParseSource {
  /** Parses one piece; false when nothing waits any more. */
  step(): boolean;
  /** After each turn in which it parsed. */
  onParsed(): void;
}

/** Milliseconds a turn for all terminals together, and while the user has just typed into one of them, for the others. */
const BUDGET_MS = 5;
const BUDGET_BESIDE_HOT_MS = 1;
const HOT_MS = 60;

export class ParseLoop {
  readonly #waiting = new Set<ParseSource>();
  #isScheduled = false;
  #hot: ParseSource | null = null;
  #hotUntil = 0;

  wake(source: ParseSource): void {
    this.#waiting.add(source);
    if (source === this.#hot && performance.now() < this.#hotUntil) {
      this.#run(source, BUDGET_MS);
    }
    this.#schedule();
  }

  /** The user typed into it: what it prints now goes before all else. */
  heat(source: ParseSource): void {
    this.#hot = source;
    this.#hotUntil = performance.now() + HOT_MS;
  }

  /** The user has just typed into another: whatever is read of this one now keeps the echo waiting. */
  isBesideHot(source: ParseSource): boolean {
    return this.#hot !== null && this.#hot !== source && performance.now() < this.#hotUntil;
  }

  remove(source: ParseSource): void {
    this.#waiting.delete(source);
    if (this.#hot === source) this.#hot = null;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#turn();
      this.#schedule();
    });
  }

  #turn(): void {
    const isHot = this.#hot !== null && performance.now() < this.#hotUntil;
    if (isHot && this.#hot !== null && this.#waiting.has(this.#hot)) this.#run(this.#hot, BUDGET_MS);
    const end = performance.now() + (isHot ? BUDGET_BESIDE_HOT_MS : BUDGET_MS);
    const touched = new Set<ParseSource>();
    // One piece each, round and round; whoever did not get on begins the next turn.
    while (this.#waiting.size > 0) {
      let isLate = false;
      for (const source of [...this.#waiting]) {
        this.#waiting.delete(source);
        touched.add(source);
        if (source.step()) this.#waiting.add(source);
        isLate = performance.now() >= end;
        if (isLate) break;
      }
      if (isLate) break;
    }
    for (const source of touched) source.onParsed();
  }

  #run(source: ParseSource, budgetMs: number): void {
    const end = performance.now() + budgetMs;
    this.#waiting.delete(source);
    let isMore = true;
    while (isMore && performance.now() < end) isMore = source.step();
    if (isMore) this.#waiting.add(source);
    source.onParsed();
  }
}
