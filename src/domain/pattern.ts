// A pattern that somebody searches with, read into a program that `pattern-match.ts` runs: a regular expression, or plain text where it
// is none. Its own, because the time of the language's own expressions can grow without bound with the pattern: one of them would stop
// every agent. Left out for that are back references and look-around.

/** Characters, by code point. */
export type Member =
  | { readonly type: "range"; readonly from: number; readonly to: number }
  | { readonly type: "kind"; readonly test: RegExp };

export interface CharSet {
  readonly members: readonly Member[];
  readonly isNegated: boolean;
}

export type Place = "lineStart" | "lineEnd" | "wordEdge" | "noWordEdge" | "wordStart" | "wordEnd";

/** `split` tries `first` before `second`. */
export type Step =
  | { readonly type: "char"; readonly set: CharSet }
  | { readonly type: "split"; readonly first: number; readonly second: number }
  | { readonly type: "jump"; readonly to: number }
  | { readonly type: "place"; readonly place: Place }
  | { readonly type: "match" };

export interface ParsedPattern {
  readonly steps: readonly Step[];
  /** Upper and lower case are told apart: there is a capital in the pattern. */
  readonly isExact: boolean;
  /** The text that it stands for, where it is only that. */
  readonly literal: string | null;
  /** Why it is no expression and was taken as plain text. */
  readonly problem: string | null;
}

type Node =
  | { readonly type: "char"; readonly set: CharSet }
  | { readonly type: "place"; readonly place: Place }
  | { readonly type: "series" | "choice"; readonly parts: readonly Node[] }
  | { readonly type: "repeat"; readonly part: Node; readonly min: number; readonly max: number | null; readonly isLazy: boolean };

const STEPS_MAX = 1_000;
const REPEAT_MAX = 255;
/** Of groups: the pattern is read by functions that call each other. */
const DEPTH_MAX = 100;

class Unreadable extends Error {}

const range = (from: number, to = from): Member => ({ type: "range", from, to });
const kind = (test: RegExp): Member => ({ type: "kind", test });
const WORD = kind(/[\p{L}\p{M}\p{N}_]/u);
const DIGIT = range(48, 57);
const SPACE = kind(/\s/u);
const NOT_WORD = kind(/[^\p{L}\p{M}\p{N}_]/u);
const NOT_DIGIT = kind(/[^0-9]/u);
const NOT_SPACE = kind(/\S/u);
const escapes: Readonly<Record<string, Member | undefined>> = {
  w: WORD,
  W: NOT_WORD,
  d: DIGIT,
  D: NOT_DIGIT,
  s: SPACE,
  S: NOT_SPACE,
  t: range(9),
};
const places: Readonly<Record<string, Place | undefined>> = { b: "wordEdge", B: "noWordEdge", "<": "wordStart", ">": "wordEnd" };
const named: Readonly<Record<string, Member | undefined>> = {
  alpha: kind(/\p{L}/u),
  digit: DIGIT,
  alnum: kind(/[\p{L}\p{N}]/u),
  upper: kind(/\p{Lu}/u),
  lower: kind(/\p{Ll}/u),
  space: SPACE,
  blank: kind(/[ \t]/u),
  punct: kind(/[\p{P}\p{S}]/u),
  xdigit: kind(/[0-9A-Fa-f]/u),
  word: WORD,
};
const anyChar: CharSet = { members: [], isNegated: true };

export function parsePattern(pattern: string): ParsedPattern {
  // A capital that names a kind is none.
  const isExact = /\p{Lu}/u.test(pattern.replace(/\\./gu, ""));
  if (!/[\\^$.|?*+()[\]{}]/u.test(pattern)) return plain(pattern, null);
  try {
    const steps: Step[] = [];
    emit(new Reader(pattern).read(), steps);
    steps.push({ type: "match" });
    return { steps, isExact, literal: null, problem: null };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return plain(pattern, error.message);
  }
}

function plain(text: string, problem: string | null): ParsedPattern {
  const steps: Step[] = [...text].map((char) => ({ type: "char", set: setOf(range(char.codePointAt(0) ?? 0)) }));
  return { steps: [...steps, { type: "match" }], isExact: /\p{Lu}/u.test(text), literal: text, problem };
}

function setOf(...members: Member[]): CharSet {
  return { members, isNegated: false };
}

class Reader {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#chars = [...pattern];
  }

  read(): Node {
    const node = this.#choice();
    if (this.#at < this.#chars.length) throw new Unreadable("a ) closes nothing");
    return node;
  }

  #next(): string | undefined {
    return this.#chars[this.#at++];
  }

  #takes(text: string): boolean {
    const chars = [...text];
    if (!chars.every((char, i) => this.#chars[this.#at + i] === char)) return false;
    this.#at += chars.length;
    return true;
  }

  #choice(): Node {
    const parts = [this.#series()];
    while (this.#takes("|")) parts.push(this.#series());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { type: "choice", parts };
  }

  #series(): Node {
    const parts: Node[] = [];
    for (let char = this.#chars[this.#at]; char !== undefined && char !== "|" && char !== ")"; char = this.#chars[this.#at])
      parts.push(this.#repeated(this.#atom()));
    return { type: "series", parts };
  }

  #repeated(atom: Node): Node {
    let node = atom;
    for (;;) {
      const count = this.#count();
      if (count === null) return node;
      if (node.type === "repeat") throw new Unreadable("two repeats stand side by side");
      if (node.type === "place") throw new Unreadable("a place cannot be repeated");
      node = { type: "repeat", part: node, ...count, isLazy: this.#takes("?") };
    }
  }

  #count(): { min: number; max: number | null } | null {
    if (this.#takes("*")) return { min: 0, max: null };
    if (this.#takes("+")) return { min: 1, max: null };
    if (this.#takes("?")) return { min: 0, max: 1 };
    const braces = /^\{(\d{1,4})(,?)(\d{0,4})\}/u.exec(this.#chars.slice(this.#at, this.#at + 12).join(""));
    if (braces === null) return null;
    const [whole, low = "", comma, high = ""] = braces;
    const min = Number(low);
    const max = comma === "" ? min : high === "" ? null : Number(high);
    if (comma === "" && high !== "") return null;
    if (min > REPEAT_MAX || (max ?? 0) > REPEAT_MAX) throw new Unreadable(`more than ${REPEAT_MAX} repeats`);
    if (max !== null && max < min) throw new Unreadable("a repeat ends before it begins");
    this.#at += whole.length;
    return { min, max };
  }

  #atom(): Node {
    const char = this.#next() ?? "";
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return { type: "char", set: this.#brackets() };
      case ".":
        return { type: "char", set: anyChar };
      case "^":
        return { type: "place", place: "lineStart" };
      case "$":
        return { type: "place", place: "lineEnd" };
      case "*":
      case "+":
      case "?":
        throw new Unreadable(`nothing stands before ${char}`);
      case "\\":
        return this.#escape();
      default:
        return { type: "char", set: setOf(range(char.codePointAt(0) ?? 0)) };
    }
  }

  #group(): Node {
    if (this.#takes("?") && !this.#takes(":")) throw new Unreadable("(? is known with : only");
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new Unreadable("too many groups within groups");
    const inner = this.#choice();
    if (!this.#takes(")")) throw new Unreadable("a ( is open");
    this.#depth -= 1;
    return { type: "series", parts: [inner] };
  }

  #escape(): Node {
    const char = this.#next();
    if (char === undefined) throw new Unreadable("it ends in \\");
    const place = places[char];
    if (place !== undefined) return { type: "place", place };
    return { type: "char", set: setOf(memberAfter(char)) };
  }

  #brackets(): CharSet {
    const isNegated = this.#takes("^");
    const members: Member[] = [];
    for (let isFirst = true; ; isFirst = false) {
      const member = this.#bracketed(isFirst);
      if (member === null) return { members, isNegated };
      const isRange = this.#chars[this.#at] === "-" && this.#chars[this.#at + 1] !== "]" && this.#chars[this.#at + 1] !== undefined;
      if (!isRange || member.type !== "range") {
        members.push(member);
        continue;
      }
      this.#at += 1;
      const end = this.#bracketed(true);
      if (end?.type !== "range" || end.to < member.from) throw new Unreadable("a range in [ ] ends before it begins");
      members.push(range(member.from, end.to));
    }
  }

  /** Null at the end. A ] that stands first is itself. */
  #bracketed(isFirst: boolean): Member | null {
    const name = /^\[:([a-z]+):\]/u.exec(this.#chars.slice(this.#at, this.#at + 12).join(""));
    if (name !== null) {
      const member = named[name[1] ?? ""];
      if (member === undefined) throw new Unreadable(`${name[0]} is not known`);
      this.#at += name[0].length;
      return member;
    }
    const char = this.#next();
    if (char === undefined) throw new Unreadable("a [ is open");
    if (char === "]" && !isFirst) return null;
    if (char !== "\\") return range(char.codePointAt(0) ?? 0);
    const escaped = this.#next();
    if (escaped === undefined) throw new Unreadable("a [ is open");
    return memberAfter(escaped);
  }
}

function memberAfter(char: string): Member {
  const known = escapes[char];
  if (known !== undefined) return known;
  if (/[0-9]/u.test(char)) throw new Unreadable("back references are not known here");
  if (/[A-Za-z]/u.test(char)) throw new Unreadable(`\\${char} is not known`);
  return range(char.codePointAt(0) ?? 0);
}

function emit(node: Node, out: Step[]): void {
  if (out.length > STEPS_MAX) throw new Unreadable("it is too large");
  switch (node.type) {
    case "char":
    case "place":
      out.push(node);
      return;
    case "series":
      for (const part of node.parts) emit(part, out);
      return;
    case "choice":
      emitChoice(node.parts, out);
      return;
    case "repeat":
      emitRepeat(node, out);
      return;
    default:
      node satisfies never;
  }
}

function emitChoice(parts: readonly Node[], out: Step[]): void {
  const ends: number[] = [];
  parts.forEach((part, at) => {
    const isLast = at === parts.length - 1;
    const split = isLast ? null : hold(out);
    emit(part, out);
    if (split === null) return;
    ends.push(hold(out));
    out[split] = { type: "split", first: split + 1, second: out.length };
  });
  for (const end of ends) out[end] = { type: "jump", to: out.length };
}

function emitRepeat({ part, min, max, isLazy }: Extract<Node, { type: "repeat" }>, out: Step[]): void {
  const fork = (at: number, on: number, past: number): void => {
    out[at] = isLazy ? { type: "split", first: past, second: on } : { type: "split", first: on, second: past };
  };
  for (let i = 0; i < min; i += 1) emit(part, out);
  if (max === null) {
    const split = hold(out);
    emit(part, out);
    out.push({ type: "jump", to: split });
    return fork(split, split + 1, out.length);
  }
  const splits: number[] = [];
  for (let i = min; i < max; i += 1) {
    splits.push(hold(out));
    emit(part, out);
  }
  for (const split of splits) fork(split, split + 1, out.length);
}

/** Room for a step that is not known yet. */
function hold(out: Step[]): number {
  out.push({ type: "match" });
  return out.length - 1;
}
