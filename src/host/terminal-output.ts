// What a program has printed and nobody has parsed yet: most of it goes the emulator's short way, the rest past the guard.

import type { EmulatorGuard, GuardPiece } from "./emulator-guard.ts";
import { wholeEnd } from "./utf8-tail.ts";

export interface OutputSink {
  /** How far the bytes from `from` on are text and harmless sequences, parsed now; `from` where they begin with something else. */
  skim(bytes: Uint8Array, from: number): number;
  take(piece: GuardPiece): void;
}

/** What the guard looks at before the short way is tried again: longer than most sequences. */
const GUARDED_BYTES = 256;
/** Longer than the common control sequences. */
const CUT_BYTES_MAX = 64;
const NOTHING = new Uint8Array(0);
const ESC = 0x1b;

export class TerminalOutput {
  readonly #guard: EmulatorGuard;
  #chunks: Uint8Array[] = [];
  #first = 0;
  #at = 0;
  /** Of all chunks, what is still to be looked at. */
  bytes = 0;

  constructor(guard: EmulatorGuard) {
    this.#guard = guard;
  }

  get isEmpty(): boolean {
    return this.#first === this.#chunks.length;
  }

  /** Takes `chunk` over: the guard changes it in place. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
  }

  /**
   * Takes out what is left where that is nothing but the beginning of a character or of a control sequence, which goes the short way
   * when it stands before the bytes to come. Empty where nothing is left, null where there is more to be handed on first.
   */
  takeCut(): Uint8Array | null {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return NOTHING;
    const from = this.#at;
    const isLast = this.#first === this.#chunks.length - 1 && chunk.length - from <= CUT_BYTES_MAX;
    if (!isLast || !this.#guard.isIdle || !isCut(chunk, from)) return null;
    this.bytes = 0;
    this.#next();
    return chunk.subarray(from);
  }

  /** Hands on the next few kilobytes; false where nothing waits. */
  step(sink: OutputSink): boolean {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return false;
    const from = this.#at;
    let end = this.#guard.isIdle ? sink.skim(chunk, from) : from;
    if (end === from) {
      end = Math.min(chunk.length, from + GUARDED_BYTES);
      for (const piece of this.#guard.push(chunk.subarray(from, end))) sink.take(piece);
    }
    this.bytes -= end - from;
    this.#at = end;
    if (end === chunk.length) this.#next();
    return true;
  }

  #next(): void {
    this.#at = 0;
    this.#first++;
    if (this.#first < this.#chunks.length && this.#first < 64) return;
    this.#chunks = this.#chunks.slice(this.#first);
    this.#first = 0;
  }
}

function isCut(bytes: Uint8Array, from: number): boolean {
  if (bytes[from] !== ESC) return wholeEnd(bytes) === from;
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (at === from + 1 ? byte !== 0x5b : byte < 0x30 || byte > 0x3b) return false;
  }
  return true;
}
