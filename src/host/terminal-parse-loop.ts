// Shares the one thread between terminals: bytes wait here, a few milliseconds of each turn of the event loop go to parsing.

export interface ParseSource {
  /** Parses one piece; false when nothing waits any more. */
  step(): boolean;
  /** After each turn in which it parsed. */
  onParsed(): void;
  /** Nothing more of its program is read until it may read on: the kernel's buffer fills, and the program waits. */
  stopReading(): void;
  readOn(): void;
}

/** Milliseconds a turn for all terminals together, and while the user has just typed into one of them, for the others. */
const BUDGET_MS = 5;
const BUDGET_BESIDE_HOT_MS = 1;
/** After a key its terminal goes before all others for so long; while keys follow one another, until the next one is due, ms. */
const HOT_MS = 60;
const TYPING_HOT_MS = 300;
const TYPING_GAP_MS = 500;
/**
 * Floods of others are not read for REST_MS after a key, then for OPEN_MS, and so on while it is hot: they would take the processors
 * from the echo's way through the system, not only this thread from its own.
 */
const REST_MS = 4;
const OPEN_MS = 0.5;

export class ParseLoop {
  readonly #waiting = new Set<ParseSource>();
  #isScheduled = false;
  #hot: ParseSource | null = null;
  #hotUntil = 0;
  #typedAt = Number.NEGATIVE_INFINITY;
  readonly #held = new Set<ParseSource>();
  #restUntil = 0;
  #openUntil = 0;
  #rest: NodeJS.Timeout | null = null;

  /** `isFlood`: its program prints as fast as it is read. */
  wake(source: ParseSource, isFlood = false): void {
    this.#waiting.add(source);
    if (source === this.#hot && performance.now() < this.#hotUntil) this.#run(source, BUDGET_MS);
    else if (isFlood && this.isBesideHot(source)) this.#restrain(source);
    this.#schedule();
  }

  /** The user typed into it: what it prints now goes before all else. */
  heat(source: ParseSource): void {
    const now = performance.now();
    const isTyping = source === this.#hot && now - this.#typedAt < TYPING_GAP_MS;
    this.#hot = source;
    this.#hotUntil = now + (isTyping ? TYPING_HOT_MS : HOT_MS);
    this.#typedAt = now;
    this.#restUntil = now + REST_MS;
  }

  #restrain(source: ParseSource): void {
    const now = performance.now();
    if (now >= this.#restUntil) {
      if (now < this.#openUntil) return;
      this.#restUntil = now + REST_MS;
    }
    source.stopReading();
    this.#held.add(source);
    this.#rest ??= setTimeout(() => this.#open(), this.#restUntil - now);
  }

  #open(): void {
    this.#rest = null;
    const now = performance.now();
    const isHot = now < this.#hotUntil;
    if (isHot && now < this.#restUntil) {
      this.#rest = setTimeout(() => this.#open(), this.#restUntil - now);
      return;
    }
    this.#openUntil = now + OPEN_MS;
    for (const source of this.#held) source.readOn();
    this.#held.clear();
  }

  /** The user has just typed into another: whatever is read of this one now keeps the echo waiting. */
  isBesideHot(source: ParseSource): boolean {
    return this.#hot !== null && this.#hot !== source && performance.now() < this.#hotUntil;
  }

  remove(source: ParseSource): void {
    this.#waiting.delete(source);
    this.#held.delete(source);
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
