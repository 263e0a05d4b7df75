// Keeps back the bytes of a character whose end has not come yet.
//
// @xterm/headless 6.0.0 keeps them too, but loses the character where a byte kept is 80: dashes, quotes, bullets, joiners (U+2000 …).

const NOTHING = new Uint8Array(0);

export class Utf8Tail {
  #held: Uint8Array = NOTHING;

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** What was kept and `bytes`, without the beginning of a character at the end. */
  join(bytes: Uint8Array): Uint8Array {
    let whole = bytes;
    if (this.#held.length > 0) {
      whole = new Uint8Array(this.#held.length + bytes.length);
      whole.set(this.#held);
      whole.set(bytes, this.#held.length);
    }
    const end = wholeEnd(whole);
    this.#held = end === whole.length ? NOTHING : whole.slice(end);
    return end === whole.length ? whole : whole.subarray(0, end);
  }
}

/** Where the last character begins if it is cut off, else the end. */
export function wholeEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const size = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
    return back < size ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
