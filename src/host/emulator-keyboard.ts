// The keyboard protocols that programs switch on: kitty's flags, a stack for each of the two screens, and modifyOtherKeys.

import { KITTY_KNOWN } from "./terminal-keys.ts";

type Params = (number | number[])[];

/** What is used of the library's public terminal. */
interface Terminal {
  readonly buffer: { readonly active: { readonly type: "normal" | "alternate" } };
  readonly parser: {
    registerCsiHandler(id: { prefix?: string; intermediates?: string; final: string }, take: (params: Params) => boolean): unknown;
    registerEscHandler(id: { final: string }, take: () => boolean): unknown;
  };
}

/** As many as kitty has; the oldest goes. */
const STACK_MAX = 16;

interface Flags {
  current: number;
  readonly below: number[];
}

export class EmulatorKeyboard {
  readonly #term: Terminal;
  readonly #screens: { normal: Flags; alternate: Flags } = { normal: noFlags(), alternate: noFlags() };
  #otherKeys: 0 | 1 | 2 = 0;

  constructor(term: Terminal, onAnswer: (data: string) => void) {
    this.#term = term;
    const { parser } = term;
    const done = (run: (params: Params) => void) => (params: Params) => {
      run(params);
      return true;
    };
    parser.registerCsiHandler(
      { prefix: ">", final: "u" },
      done((params) => this.#push(numberAt(params, 0, 0))),
    );
    parser.registerCsiHandler(
      { prefix: "<", final: "u" },
      done((params) => this.#pop(numberAt(params, 0, 1) || 1)),
    );
    parser.registerCsiHandler(
      { prefix: "=", final: "u" },
      done((params) => this.#set(numberAt(params, 0, 0), numberAt(params, 1, 1) || 1)),
    );
    parser.registerCsiHandler(
      { prefix: "?", final: "u" },
      done(() => onAnswer(`\x1b[?${this.kittyFlags}u`)),
    );
    // XTMODKEYS, its undoing and its question; of the resources only modifyOtherKeys (4) means something here.
    parser.registerCsiHandler(
      { prefix: ">", final: "m" },
      done((params) => {
        const resource = numberAt(params, 0, 0);
        const value = numberAt(params, 1, 0);
        if (resource === 4 || resource === 0) this.#otherKeys = resource === 4 && (value === 1 || value === 2) ? value : 0;
      }),
    );
    parser.registerCsiHandler(
      { prefix: ">", final: "n" },
      done((params) => {
        if (numberAt(params, 0, 0) === 4) this.#otherKeys = 0;
      }),
    );
    parser.registerCsiHandler({ prefix: "?", final: "m" }, (params) => {
      if (numberAt(params, 0, 0) !== 4) return false;
      onAnswer(`\x1b[>4;${this.#otherKeys}m`);
      return true;
    });
    parser.registerEscHandler({ final: "c" }, () => {
      this.#screens.alternate = noFlags();
      this.reset();
      return false;
    });
    parser.registerCsiHandler({ intermediates: "!", final: "p" }, () => {
      this.reset();
      return false;
    });
  }

  get kittyFlags(): number {
    return this.#flags.current;
  }

  get otherKeys(): 0 | 1 | 2 {
    return this.#otherKeys;
  }

  /** The usual keys again, on the usual screen: what a program left on that has ended. */
  reset(): void {
    this.#screens.normal = noFlags();
    this.#otherKeys = 0;
  }

  get #flags(): Flags {
    return this.#screens[this.#term.buffer.active.type];
  }

  #push(flags: number): void {
    const { below, current } = this.#flags;
    below.push(current);
    if (below.length >= STACK_MAX) below.shift();
    this.#flags.current = flags & KITTY_KNOWN;
  }

  #pop(count: number): void {
    const flags = this.#flags;
    for (let left = Math.min(count, STACK_MAX); left > 0; left--) flags.current = flags.below.pop() ?? 0;
  }

  #set(given: number, mode: number): void {
    const flags = this.#flags;
    const known = given & KITTY_KNOWN;
    if (mode === 1) flags.current = known;
    else if (mode === 2) flags.current |= known;
    else if (mode === 3) flags.current &= ~known;
  }
}

function noFlags(): Flags {
  return { current: 0, below: [] };
}

function numberAt(params: Params, at: number, otherwise: number): number {
  const value = params[at];
  return typeof value === "number" && value >= 0 ? value : otherwise;
}
