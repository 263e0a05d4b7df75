// What a program has asked to be told without asking again: its new size (mode 2048), another colour scheme (mode 2031).
//
// 2048: gist.github.com/rockorager/e695fb2924d36b2bcf1fff4a3704bd83. 2031: contour-terminal.org/vt-extensions/color-palette-update-notifications.

import { CELL_PIXELS, isDark, type TerminalColours } from "./emulator-answers.ts";

type Params = (number | number[])[];

/** What is used of the library's public terminal. */
interface Terminal {
  readonly cols: number;
  readonly rows: number;
  readonly parser: {
    registerCsiHandler(id: { prefix?: string; intermediates?: string; final: string }, take: (params: Params) => boolean): unknown;
    registerEscHandler(id: { final: string }, take: () => boolean): unknown;
  };
}

const COLOUR_SCHEME = 2031;
const SIZE = 2048;

export class EmulatorReports {
  readonly #term: Terminal;
  readonly #onAnswer: (data: string) => void;
  readonly #colours: () => TerminalColours;
  readonly #modes = new Map([
    [COLOUR_SCHEME, false],
    [SIZE, false],
  ]);
  #wasDark: boolean;

  constructor(term: Terminal, onAnswer: (data: string) => void, colours: () => TerminalColours) {
    this.#term = term;
    this.#onAnswer = onAnswer;
    this.#colours = colours;
    this.#wasDark = isDark(colours().background);
    const { parser } = term;
    const set = (isOn: boolean) => (params: Params) => {
      for (const mode of params) if (typeof mode === "number" && this.#modes.has(mode)) this.#set(mode, isOn);
      return false;
    };
    parser.registerCsiHandler({ prefix: "?", final: "h" }, set(true));
    parser.registerCsiHandler({ prefix: "?", final: "l" }, set(false));
    parser.registerCsiHandler({ prefix: "?", intermediates: "$", final: "p" }, ([mode]) => {
      const isOn = typeof mode === "number" ? this.#modes.get(mode) : undefined;
      if (isOn === undefined) return false;
      onAnswer(`\x1b[?${mode};${isOn ? 1 : 2}$y`);
      return true;
    });
    parser.registerEscHandler({ final: "c" }, () => {
      this.reset();
      return false;
    });
  }

  /** What a program left on that has ended. */
  reset(): void {
    for (const mode of this.#modes.keys()) this.#modes.set(mode, false);
  }

  /** The pty has its new size already: a program may ask it at once. */
  resized(): void {
    if (this.#modes.get(SIZE) === true) this.#tellSize();
  }

  /** What `colours` gives may have changed. */
  recoloured(): void {
    const dark = isDark(this.#colours().background);
    if (dark === this.#wasDark) return;
    this.#wasDark = dark;
    if (this.#modes.get(COLOUR_SCHEME) === true) this.#onAnswer(`\x1b[?997;${dark ? 1 : 2}n`);
  }

  #set(mode: number, isOn: boolean): void {
    const wasOn = this.#modes.get(mode) === true;
    this.#modes.set(mode, isOn);
    // The first report says that there will be more.
    if (mode === SIZE && isOn && !wasOn) this.#tellSize();
  }

  #tellSize(): void {
    const { cols, rows } = this.#term;
    this.#onAnswer(`\x1b[48;${rows};${cols};${rows * CELL_PIXELS.height};${cols * CELL_PIXELS.width}t`);
  }
}
