// Where a pattern stands in a line. All ways to match go forward together, a character at a time (Thompson's way): the time is at most
// characters × steps of the pattern, whatever the pattern is, and a budget bounds that too.

import { type CharSet, type ParsedPattern, type Place, parsePattern, type Step } from "./pattern.ts";

/** Steps that a search may still take; below zero it ends unfinished. */
export interface Budget {
  left: number;
}

/** About a third of a second. */
export const SEARCH_STEPS = 20_000_000;

/** In units of the text: from, and the one after the last. Never empty. */
export interface Found {
  readonly from: number;
  readonly to: number;
}

export interface Finder {
  /** Why the pattern is no expression and was taken as plain text. */
  readonly problem: string | null;
  /** False: it does not stand in a line of which this is about the text. Quick, where that can be known. */
  mayHold(text: string): boolean;
  /** The next match that begins at `from` or after it; null also where the budget is used up. */
  next(text: string, from: number, budget: Budget): Found | null;
}

export function makeFinder(pattern: string): Finder {
  const parsed = parsePattern(pattern);
  const matcher = new Matcher(parsed);
  const { literal, isExact, problem } = parsed;
  if (literal === null) return { problem, mayHold: () => true, next: (text, from, budget) => matcher.next(text, from, budget) };
  const wanted = isExact ? literal : literal.toLowerCase();
  const folded = (text: string): string => (isExact ? text : text.toLowerCase());
  return {
    problem,
    mayHold: (text) => wanted !== "" && folded(text).includes(wanted),
    next(text, from, budget) {
      const whole = folded(text);
      // Some letters have more of another case than of their own: then places would not be the same.
      if (whole.length !== text.length || wanted.length !== literal.length) return matcher.next(text, from, budget);
      const at = wanted === "" ? -1 : whole.indexOf(wanted, from);
      return at < 0 ? null : { from: at, to: at + wanted.length };
    },
  };
}

/** A list of steps to try at one character, each once, in the order of their right to win. */
class Threads {
  readonly steps: Int32Array;
  readonly starts: Int32Array;
  count = 0;
  readonly #seen: Int32Array;
  #round = 0;

  constructor(size: number) {
    this.steps = new Int32Array(size);
    this.starts = new Int32Array(size);
    this.#seen = new Int32Array(size);
  }

  clear(): void {
    this.count = 0;
    this.#round += 1;
  }

  isNew(step: number): boolean {
    if (this.#seen[step] === this.#round) return false;
    this.#seen[step] = this.#round;
    return true;
  }

  add(step: number, start: number): void {
    this.steps[this.count] = step;
    this.starts[this.count] = start;
    this.count += 1;
  }
}

class Matcher {
  readonly #steps: readonly Step[];
  readonly #tests: readonly (CharTest | null)[];
  readonly #now: Threads;
  readonly #then: Threads;
  readonly #open: number[] = [];
  /** For each ASCII character: a match may begin with it. */
  readonly #first = new Uint8Array(128);

  constructor({ steps, isExact }: ParsedPattern) {
    this.#steps = steps;
    this.#tests = steps.map((step) => (step.type === "char" ? new CharTest(step.set, isExact) : null));
    this.#now = new Threads(steps.length);
    this.#then = new Threads(steps.length);
    for (const step of this.#firstSteps()) {
      for (let code = 0; code < 128; code += 1) if (this.#tests[step]?.has(code) === true) this.#first[code] = 1;
    }
  }

  #firstSteps(): Set<number> {
    const reached = new Set<number>();
    const open = [0];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const step = this.#steps[at];
      if (step === undefined || reached.has(at)) continue;
      reached.add(at);
      if (step.type === "split") open.push(step.first, step.second);
      else if (step.type === "jump") open.push(step.to);
      else if (step.type === "place") open.push(at + 1);
    }
    return reached;
  }

  next(text: string, from: number, budget: Budget): Found | null {
    let now = this.#now;
    let then = this.#then;
    let found: Found | null = null;
    const textEnd = text.trimEnd().length;
    now.clear();
    for (let at = from; at <= text.length; ) {
      if (now.count === 0) {
        if (found !== null) return found;
        while (at < text.length && isSkipped(this.#first, text.charCodeAt(at))) at += 1;
      }
      if (found === null) this.#enter(now, 0, at, at, text, textEnd);
      budget.left -= now.count + 1;
      if (budget.left < 0) return null;
      const code = at < text.length ? (text.codePointAt(at) ?? 0) : -1;
      const after = at + (code > 0xffff ? 2 : 1);
      then.clear();
      for (let i = 0; i < now.count; i += 1) {
        const step = now.steps[i] ?? 0;
        const start = now.starts[i] ?? 0;
        const test = this.#tests[step] ?? null;
        if (test === null) {
          // It has matched, and what is after it in the list has less right to.
          found = { from: start, to: at };
          break;
        }
        if (code >= 0 && test.has(code)) this.#enter(then, step + 1, start, after, text, textEnd);
      }
      [now, then] = [then, now];
      at = after;
    }
    return found;
  }

  /** Takes a step up and what can be reached from it without a character. */
  #enter(into: Threads, from: number, start: number, at: number, text: string, textEnd: number): void {
    const open = this.#open;
    open.push(from);
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const step = this.#steps[index];
      if (step === undefined || !into.isNew(index)) continue;
      switch (step.type) {
        case "split":
          open.push(step.second, step.first);
          break;
        case "jump":
          open.push(step.to);
          break;
        case "place":
          if (isPlace(step.place, text, at, textEnd)) open.push(index + 1);
          break;
        case "match":
          if (at > start) into.add(index, start);
          break;
        case "char":
          into.add(index, start);
          break;
        default:
          step satisfies never;
      }
    }
  }
}

function isSkipped(first: Uint8Array, unit: number): boolean {
  return unit < 128 && first[unit] === 0;
}

const WORD = /[\p{L}\p{M}\p{N}_]/u;

function isWordAt(text: string, at: number): boolean {
  const code = at < 0 || at >= text.length ? 32 : text.charCodeAt(at);
  if (code < 128) return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
  // Of a pair either half.
  const whole = code >= 0xdc00 && code <= 0xdfff ? text.codePointAt(at - 1) : text.codePointAt(at);
  return WORD.test(String.fromCodePoint(whole ?? 32));
}

/** Blanks at the end of a terminal's line were mostly never printed: its end is before them. */
function isPlace(place: Place, text: string, at: number, textEnd: number): boolean {
  if (place === "lineStart") return at === 0;
  if (place === "lineEnd") return at >= textEnd;
  const before = isWordAt(text, at - 1);
  const after = isWordAt(text, at);
  if (place === "wordStart") return !before && after;
  if (place === "wordEnd") return before && !after;
  return (before !== after) === (place === "wordEdge");
}

class CharTest {
  readonly #set: CharSet;
  readonly #isExact: boolean;
  readonly #known = new Uint8Array(128);
  readonly #others = new Map<number, boolean>();

  constructor(set: CharSet, isExact: boolean) {
    this.#set = set;
    this.#isExact = isExact;
    for (let code = 0; code < 128; code += 1) this.#known[code] = this.#find(code) ? 1 : 0;
  }

  has(code: number): boolean {
    if (code < 128) return this.#known[code] === 1;
    const known = this.#others.get(code);
    if (known !== undefined) return known;
    const is = this.#find(code);
    if (this.#others.size < 1_000) this.#others.set(code, is);
    return is;
  }

  #find(code: number): boolean {
    const char = String.fromCodePoint(code);
    const forms = this.#isExact ? [char] : [...new Set([char, char.toLowerCase(), char.toUpperCase()])];
    const isIn = forms.some((form) =>
      this.#set.members.some((member) => {
        if (member.type === "kind") return member.test.test(form);
        const point = form.codePointAt(0) ?? 0;
        return point >= member.from && point <= member.to;
      }),
    );
    return isIn !== this.#set.isNegated;
  }
}
