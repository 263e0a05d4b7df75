// How keys are spelt in the settings, and what is said of those that are misspelt or can never arrive.

import { own } from "../domain/own.ts";
import { fuzzyMatch } from "./fuzzy.ts";

export const keyNames: ReadonlySet<string> = new Set([
  "enter",
  "tab",
  "escape",
  "backspace",
  "delete",
  "insert",
  "up",
  "down",
  "left",
  "right",
  "home",
  "end",
  "pageup",
  "pagedown",
  "space",
]);

/** tmux's and others' names for the same keys. */
const otherNames: Readonly<Record<string, string>> = {
  return: "enter",
  esc: "escape",
  bspace: "backspace",
  dc: "delete",
  del: "delete",
  ic: "insert",
  ppage: "pageup",
  pgup: "pageup",
  npage: "pagedown",
  pgdn: "pagedown",
  btab: "S-tab",
};

/** What a terminal sends for these is another key. */
const sameAs: Readonly<Record<string, string>> = { "C-i": "tab", "C-m": "enter", "C-[": "escape", "C-@": "C-space" };

export type ReadKey = { readonly ok: true; readonly key: string } | { readonly ok: false; readonly problem: string };

export const spelling = "a key is a character or a name with C-, M- or S- before it, as in C-g, M-left, S-tab, or: prefix z";

function wrong(problem: string): ReadKey {
  return { ok: false, problem };
}

/** Brings a key into the one spelling that the table uses; `prefix` before it means the key after the prefix key. */
export function readKey(text: string): ReadKey {
  const [, prefix, rest] = /^(prefix\s+)?(.*)$/isu.exec(text.trim()) ?? [];
  const chord = readChord(rest ?? "");
  return chord.ok && prefix !== undefined ? { ok: true, key: `prefix ${chord.key}` } : chord;
}

function readChord(text: string): ReadKey {
  if (text === "") return wrong(`a key is empty; ${spelling}`);
  const modifiers = new Set<string>();
  let rest = text;
  for (let found = /^([CMS])-(?=.)/iu.exec(rest); found !== null; found = /^([CMS])-(?=.)/iu.exec(rest)) {
    const modifier = (found[1] ?? "").toUpperCase();
    if (modifiers.has(modifier)) return wrong(`"${text}" says ${modifier}- twice; ${spelling}`);
    modifiers.add(modifier);
    rest = rest.slice(2);
  }
  const base = nameOf(rest);
  if (base === null) return wrong(unknownKey(text, rest));
  if (base === "S-tab") modifiers.add("S");
  const key = base === "S-tab" ? "tab" : base;
  const isCharacter = [...key].length === 1;
  if (isCharacter && modifiers.has("S")) {
    const shifted = key.toUpperCase();
    return wrong(`"${text}": a shifted character is written as itself${shifted === key ? "" : `, ${shifted}`}`);
  }
  // Ctrl makes no difference between a letter and its capital.
  const cased = isCharacter && modifiers.has("C") ? key.toLowerCase() : key;
  const chord = `${modifiers.has("C") ? "C-" : ""}${modifiers.has("M") ? "M-" : ""}${modifiers.has("S") ? "S-" : ""}${cased}`;
  const same = own(sameAs, chord);
  return same === undefined ? { ok: true, key: chord } : wrong(`"${text}" arrives as ${same} from a terminal; write "${same}"`);
}

function nameOf(text: string): string | null {
  if ([...text].length === 1) return text === " " ? "space" : text;
  const lower = text.toLowerCase();
  if (keyNames.has(lower) || /^f(?:[1-9]|1[0-2])$/u.test(lower)) return lower;
  return own(otherNames, lower) ?? null;
}

function unknownKey(text: string, rest: string): string {
  const meant = nearestWord(rest.toLowerCase(), [...keyNames]);
  return `"${text}" is no key${meant === null ? "" : `; did you mean ${meant}?`}; ${spelling}`;
}

/** The word that most likely was meant; null where none is like it. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const found = fuzzyMatch(word, known)[0];
  if (found !== undefined) return known[found.index] ?? null;
  // A slip inside the word: one letter left out must make it fit.
  for (let at = 0; at < word.length; at += 1) {
    const shorter = fuzzyMatch(word.slice(0, at) + word.slice(at + 1), known)[0];
    if (shorter !== undefined) return known[shorter.index] ?? null;
  }
  return null;
}
