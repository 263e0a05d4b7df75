// Copied text, kept for all clients while the server lives: in memory only, for it may be anything that stood on a screen.

import { type AnswerValue, BUFFER_SHOWN_CHARS } from "../domain/protocol.ts";

const BUFFERS_MAX = 50;
/** All of them together; the newest stays, whatever its size. */
const CHARACTERS_MAX = 32 * 1024 * 1024;

export interface PasteBuffers {
  /** The number it got. */
  add(text: string): number;
  /** False: there is none with that number. */
  remove(buffer: number): boolean;
  rows(): Extract<AnswerValue, { type: "buffers" }>["rows"];
  /** The newest where no number is given; null where there is none. */
  text(buffer?: number): string | null;
}

export function createPasteBuffers(): PasteBuffers {
  /** Newest first. */
  const kept: { readonly buffer: number; readonly text: string }[] = [];
  let last = 0;
  return {
    add(text) {
      // The same again is not a second one.
      const same = kept.findIndex((each) => each.text === text);
      if (same >= 0) kept.splice(same, 1);
      last += 1;
      kept.unshift({ buffer: last, text });
      let characters = kept.reduce((sum, each) => sum + each.text.length, 0);
      while (kept.length > 1 && (kept.length > BUFFERS_MAX || characters > CHARACTERS_MAX)) characters -= kept.pop()?.text.length ?? 0;
      return last;
    },
    remove(buffer) {
      const at = kept.findIndex((each) => each.buffer === buffer);
      if (at >= 0) kept.splice(at, 1);
      return at >= 0;
    },
    rows() {
      return kept.map(({ buffer, text }) => ({
        buffer,
        text: text.slice(0, BUFFER_SHOWN_CHARS),
        characters: text.length,
        lines: text.split("\n").length,
      }));
    },
    text(buffer) {
      const found = buffer === undefined ? kept[0] : kept.find((each) => each.buffer === buffer);
      return found?.text ?? null;
    },
  };
}
