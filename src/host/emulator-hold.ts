// Synchronized output (mode 2026): between its begin and its end a program's screen is not shown, for a bounded time.

interface Params {
  readonly length: number;
  readonly [index: number]: number | number[];
}

/** What is used of the library's public terminal. */
interface Terminal {
  readonly modes: { readonly synchronizedOutputMode: boolean };
  readonly parser: { registerCsiHandler(id: { prefix: string; final: string }, take: (params: Params) => boolean): unknown };
}

/** A program that never ends its frame is shown after this. */
const HOLD_MS = 200;
/** How many of a program's frames are looked at within a time because the next one begins; more cannot be shown. */
const LOOKS_MAX = 2;
const LOOKS_MS = 8;
const MODE = 2026;

export class FrameHold {
  readonly #term: Terminal;
  readonly #now: () => number;
  #until = 0;
  #looksSince = Number.NEGATIVE_INFINITY;
  #looks = 0;

  /** `onBegin`: a frame begins: what stands before it can be looked at. */
  constructor(term: Terminal, now: () => number, onBegin: () => void) {
    this.#term = term;
    this.#now = now;
    term.parser.registerCsiHandler({ prefix: "?", final: "h" }, (params) => {
      // Said again within a frame, it does not lengthen it.
      if (!has(params, MODE) || term.modes.synchronizedOutputMode) return false;
      const at = now();
      if (at - this.#looksSince >= LOOKS_MS) {
        this.#looksSince = at;
        this.#looks = 0;
      }
      this.#looks++;
      if (this.#looks <= LOOKS_MAX) onBegin();
      this.#until = at + HOLD_MS;
      return false;
    });
  }

  /** How long the screen is still held, ms; 0: it is not. */
  get waitMs(): number {
    if (this.#until === 0 || !this.#term.modes.synchronizedOutputMode) return 0;
    return Math.max(0, this.#until - this.#now());
  }

  release(): void {
    this.#until = 0;
  }
}

function has(params: Params, mode: number): boolean {
  for (let i = 0; i < params.length; i++) if (params[i] === mode) return true;
  return false;
}
