// What a command printed, as plain text for a model: colours stripped, carriage returns and simple cursor moves resolved, bounded.
//
// Exact for plain output, the last newline included. Only the newest lines can still be changed by cursor moves; head and tail
// are kept, the cut is named. What a full-screen program draws is left out and said.

const HEAD_CHARS = 8000;
const TAIL_CHARS = 8000;
/** Lines that a cursor may still go back to. */
const OPEN_LINES_MAX = 60;
const LINE_CHARS_MAX = 16_000;
const COLUMN_MAX = 4000;

const FULL_SCREEN = "[a full-screen program ran here; what it drew is not kept]";

export class OutputText {
  readonly #decoder = new TextDecoder("utf-8");
  readonly #where: string;
  #lines: string[] = [""];
  #row = 0;
  #column = 0;
  #pending = "";
  #head = "";
  #tail = "";
  #cutChars = 0;
  #cutLines = 0;
  #isFullScreen = false;

  /** `where` completes "the whole output is in …". */
  constructor(where: string) {
    this.#where = where;
  }

  push(bytes: Uint8Array): void {
    this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  text(): string {
    this.#take(this.#decoder.decode());
    const open = this.#lines.join("\n");
    const tail = this.#tail + open;
    if (this.#cutChars === 0 && this.#head.length + tail.length <= HEAD_CHARS + TAIL_CHARS) return this.#head + tail;
    const head = this.#head + tail.slice(0, Math.max(0, HEAD_CHARS - this.#head.length));
    const rest = tail.slice(head.length - this.#head.length);
    const from = Math.max(0, rest.length - TAIL_CHARS);
    const kept = rest.slice(isLowSurrogate(rest, from) ? from + 1 : from);
    const cut = rest.slice(0, rest.length - kept.length);
    const cutChars = this.#cutChars + cut.length;
    const cutLines = this.#cutLines + countLines(cut);
    const gap = `… ${cutLines} lines (${cutChars} characters) cut; the whole output is in ${this.#where} …`;
    return `${isHighSurrogate(head) ? head.slice(0, -1) : head}\n${gap}\n${kept}`;
  }

  #take(more: string): void {
    let text = this.#pending + more;
    this.#pending = "";
    const plain = /[^\x00-\x08\x0a-\x1f\x7f]+/y;
    let i = 0;
    while (i < text.length) {
      plain.lastIndex = i;
      const run = plain.exec(text)?.[0];
      if (run !== undefined) {
        if (!this.#isFullScreen) this.#print(run);
        i += run.length;
        continue;
      }
      const char = text[i];
      if (char === "\x1b") {
        const end = this.#escape(text, i);
        if (end < 0) {
          // The guard bounds what can wait here; past that it is no sequence.
          this.#pending = text.length - i < 70_000 ? text.slice(i) : "";
          text = "";
          return;
        }
        i = end;
        continue;
      }
      if (!this.#isFullScreen) this.#control(char);
      i++;
    }
  }

  #print(run: string): void {
    const line = this.#lines[this.#row] ?? "";
    if (this.#column === line.length) this.#lines[this.#row] = line + run;
    else {
      const before = this.#column > line.length ? line + " ".repeat(this.#column - line.length) : line.slice(0, this.#column);
      this.#lines[this.#row] = before + run + line.slice(this.#column + run.length);
    }
    this.#column += run.length;
    const now = this.#lines[this.#row] ?? "";
    if (now.length > LINE_CHARS_MAX && this.#row === this.#lines.length - 1) {
      this.#commit(
        `${this.#lines
          .slice(0, -1)
          .map((open) => `${open}\n`)
          .join("")}${now}`,
      );
      this.#lines = [""];
      this.#row = 0;
      this.#column = 0;
    }
  }

  #control(char: string | undefined): void {
    if (char === "\n") {
      this.#row++;
      this.#column = 0;
      if (this.#row === this.#lines.length) this.#lines.push("");
      if (this.#lines.length > OPEN_LINES_MAX) {
        this.#commit(`${this.#lines.shift() ?? ""}\n`);
        this.#row--;
      }
    } else if (char === "\r") this.#column = 0;
    else if (char === "\b") this.#column = Math.max(0, this.#column - 1);
  }

  /** The index after the sequence at `from`, or -1 where its end has not come. */
  #escape(text: string, from: number): number {
    const kind = text[from + 1];
    if (kind === undefined) return -1;
    if (kind === "[") {
      for (let i = from + 2; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code >= 0x40 && code <= 0x7e) {
          this.#csi(text.slice(from + 2, i), text[i] ?? "");
          return i + 1;
        }
        if (code === 0x1b) return i;
      }
      return -1;
    }
    if ("]PX^_".includes(kind)) {
      for (let i = from + 2; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code === 7 || code === 0x18 || code === 0x1a) return i + 1;
        if (code === 0x1b) return i;
      }
      return -1;
    }
    if (kind >= " " && kind <= "/") return text.length > from + 2 ? from + 3 : -1;
    return from + 2;
  }

  #csi(parameters: string, final: string): void {
    if (/^\?(?:\d+;)*(?:47|1047|1049)$/.test(parameters)) {
      if (final === "h" && !this.#isFullScreen) this.#enterFullScreen();
      if (final === "l") this.#isFullScreen = false;
      return;
    }
    if (this.#isFullScreen || /[^\d;]/.test(parameters)) return;
    const first = Number(parameters.split(";")[0] ?? "") || 0;
    const count = Math.max(1, Math.min(first, COLUMN_MAX));
    const line = this.#lines[this.#row] ?? "";
    switch (final) {
      case "A":
      case "F":
        this.#row = Math.max(0, this.#row - count);
        if (final === "F") this.#column = 0;
        break;
      case "B":
      case "E":
        this.#row = Math.min(this.#lines.length - 1, this.#row + count);
        if (final === "E") this.#column = 0;
        break;
      case "C":
        this.#column = Math.min(COLUMN_MAX, this.#column + count);
        break;
      case "D":
        this.#column = Math.max(0, this.#column - count);
        break;
      case "G":
        this.#column = count - 1;
        break;
      case "H":
      case "f":
        // An absolute place says nothing about lines here: what is drawn there begins on a line of its own.
        this.#row = this.#lines.length - 1;
        if ((this.#lines[this.#row] ?? "") !== "") this.#control("\n");
        this.#column = 0;
        break;
      case "K":
        if (first === 0) this.#lines[this.#row] = line.slice(0, this.#column);
        else if (first === 1) this.#lines[this.#row] = " ".repeat(Math.min(this.#column, line.length)) + line.slice(this.#column);
        else this.#lines[this.#row] = "";
        break;
      case "J":
        if (first === 0) {
          this.#lines[this.#row] = line.slice(0, this.#column);
          this.#lines.length = this.#row + 1;
        }
        break;
      case "P":
        this.#lines[this.#row] = line.slice(0, this.#column) + line.slice(this.#column + count);
        break;
      case "X":
        this.#lines[this.#row] =
          line.slice(0, this.#column) +
          " ".repeat(Math.min(count, Math.max(0, line.length - this.#column))) +
          line.slice(this.#column + count);
        break;
      default:
        break;
    }
  }

  #enterFullScreen(): void {
    this.#row = this.#lines.length - 1;
    this.#column = (this.#lines[this.#row] ?? "").length;
    if (this.#column > 0) this.#control("\n");
    this.#print(FULL_SCREEN);
    this.#control("\n");
    this.#isFullScreen = true;
  }

  #commit(text: string): void {
    let rest = text;
    if (this.#head.length < HEAD_CHARS) {
      const room = HEAD_CHARS - this.#head.length;
      this.#head += rest.slice(0, room);
      rest = rest.slice(room);
    }
    this.#tail += rest;
    if (this.#tail.length > 4 * TAIL_CHARS) {
      const cut = this.#tail.slice(0, -TAIL_CHARS);
      this.#cutChars += cut.length;
      this.#cutLines += countLines(cut);
      this.#tail = this.#tail.slice(-TAIL_CHARS);
    }
  }
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

function isHighSurrogate(text: string): boolean {
  const code = text.charCodeAt(text.length - 1);
  return code >= 0xd800 && code <= 0xdbff;
}
