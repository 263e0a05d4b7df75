// What a person does at a terminal, on its way to the program: keys, pastes, the mouse, the focus.

import type { MouseEvent, Terminal } from "../engine/ports.ts";
import type { Emulator } from "./emulator.ts";
import type { Interpreter } from "./interpreter.ts";
import type { Pty } from "./pty.ts";
import { hasLineEnd, mouseBytes, pastedText, wheelKeys } from "./terminal-input.ts";
import { keyBytes } from "./terminal-keys.ts";

/** What a terminal lends. What can change is asked for each time. */
export interface TypedSide {
  /** The program gets each key as xterm sends it: it has asked for no protocol. */
  hasPlainKeys(): boolean;
  /** Null before it has started, and after its end. */
  wishes(): Emulator["wishes"] | null;
  isClosing(): boolean;
  /** Nothing can be run here at all. */
  isBroken(): boolean;
  /** True: the shell had ended and is being started anew, with the key as its sign. */
  startAgain(): boolean;
  /** The interpreter whose code runs on the screen: keys are for it. */
  inFront(): Interpreter | null;
  /** What it prints now goes before all else; null: what this terminal prints. */
  heat(source: Interpreter | null): void;
  noteInput(): void;
  pty(): Pty | null;
  /** Not typed: it does not count as the user's. */
  answer(data: string): void;
}

const EARLY_KEYS_MAX = 100;

export class TypedInput {
  readonly #side: TypedSide;
  /** Typed before the program ran. */
  readonly #early: string[] = [];
  /** How the parts of a paste that has begun go on. */
  #paste: "bracketed" | "plain" | "refused" = "refused";
  #isFocused = false;

  constructor(side: TypedSide) {
    this.#side = side;
  }

  sendEarly(): void {
    for (const data of this.#early.splice(0)) this.#side.pty()?.write(data);
  }

  write(raw: string, chord?: string): void {
    // A letter is what it is, and is waited for: what programs wish is asked about all else.
    if (raw.length === 1 && raw > " " && chord === undefined && this.#side.hasPlainKeys()) return this.#send(raw);
    const wishes = this.#side.wishes();
    this.#send(wishes === null ? raw : keyBytes(raw, chord, wishes.keys));
  }

  #send(data: string): void {
    const side = this.#side;
    if (data === "" || side.isClosing() || side.startAgain()) return;
    const inFront = side.inFront();
    if (inFront !== null) {
      side.heat(inFront);
      return inFront.write(data);
    }
    side.noteInput();
    side.heat(null);
    const pty = side.pty();
    if (pty !== null) pty.write(data);
    else if (!side.isBroken() && this.#early.length < EARLY_KEYS_MAX) this.#early.push(data);
  }

  paste({ text, isFirst, isLast, isSeen }: Parameters<Terminal["paste"]>[0]): boolean {
    if (isFirst) {
      const isBracketed = this.#side.wishes()?.isBracketed ?? false;
      // What is too long for one part is taken to have line ends.
      this.#paste = isBracketed ? "bracketed" : isSeen || (isLast && !hasLineEnd(text)) ? "plain" : "refused";
    }
    if (this.#paste === "refused") return false;
    const isBracketed = this.#paste === "bracketed";
    if (isLast) this.#paste = "refused";
    const [open, close] = isBracketed ? [isFirst ? "\x1b[200~" : "", isLast ? "\x1b[201~" : ""] : ["", ""];
    this.#send(`${open}${pastedText(text)}${close}`);
    return true;
  }

  mouse(event: MouseEvent): void {
    const side = this.#side;
    const wishes = side.wishes();
    if (wishes === null) return;
    const isUnheard = wishes.mouse === "none" && wishes.isAlternate;
    const bytes = isUnheard ? wheelKeys(event, wishes.keys.hasArrowMode) : mouseBytes(event, wishes.mouse, wishes.mouseEncoding);
    const pty = side.pty();
    if (bytes === null || pty === null || side.isClosing()) return;
    const inFront = side.inFront();
    if (inFront !== null) return inFront.write(bytes);
    side.noteInput();
    side.heat(null);
    pty.write(bytes);
  }

  /** Told to a program that asked. */
  focus(isFocused: boolean): void {
    if (isFocused === this.#isFocused) return;
    this.#isFocused = isFocused;
    if (this.#side.wishes()?.hasFocusEvents === true) this.#side.answer(isFocused ? "\x1b[I" : "\x1b[O");
  }
}
