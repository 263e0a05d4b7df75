// OSC 8 with a table of our own: the library's puts a marker on every line of a link and looks through all of them for each character,
// which an unclosed link before a flood turns into minutes.

import { LINK_CHARS_MAX } from "../domain/cells.ts";
import type { Attributes } from "./emulator-insides.ts";
import { printable } from "./terminal-text.ts";

interface Terminal {
  readonly parser: { registerOscHandler(ident: number, take: (data: string) => boolean): unknown };
}

const LINKS_MAX = 4096;

export class EmulatorLinks {
  readonly #addresses: string[] = [""];
  readonly #ids = new Map<string, number>();

  /** `attributes`: of the next character; null where the library's insides are not known, and links are left out. */
  constructor(term: Terminal, attributes: () => Attributes | null) {
    term.parser.registerOscHandler(8, (data) => {
      const next = attributes();
      if (next === null) return true;
      const semicolon = data.indexOf(";");
      next.extended = next.extended.clone();
      next.extended.urlId = this.#idOf(semicolon < 0 ? "" : data.slice(semicolon + 1));
      next.updateExtended();
      return true;
    });
  }

  /** Empty where there is none. */
  address(id: number): string {
    return this.#addresses[id] ?? "";
  }

  #idOf(uri: string): number {
    if (!/^(https?|mailto|file):/i.test(uri) || uri.length > LINK_CHARS_MAX || printable(uri, LINK_CHARS_MAX) !== uri) return 0;
    const known = this.#ids.get(uri);
    if (known !== undefined) return known;
    if (this.#addresses.length > LINKS_MAX) return 0;
    this.#addresses.push(uri);
    this.#ids.set(uri, this.#addresses.length - 1);
    return this.#addresses.length - 1;
  }
}
