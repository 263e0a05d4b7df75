// Keys as terminals send them (xterm, kitty, modifyOtherKeys, Linux console) → a chord, and the bytes that xterm would send to a program.

import type { Chord } from "../ui/key-types.ts";

export interface Modifiers {
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

export interface DecodedKey {
  readonly chord: Chord;
  readonly raw: string;
}

const NO_MODIFIERS: Modifiers = { ctrl: false, alt: false, shift: false };

/** Final bytes of `CSI … X` and `SS3 X`. */
const LETTERS: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
};
/** First parameter of `CSI n ~`. */
const TILDES: Readonly<Record<number, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
  25: "f13",
  26: "f14",
  28: "f15",
  29: "f16",
  31: "f17",
  32: "f18",
  33: "f19",
  34: "f20",
};
/** Key codes of the kitty protocol that are no text: sw.kovidgoyal.net/kitty/keyboard-protocol, functional key definitions. */
const KITTY: Readonly<Record<number, string>> = {
  9: "tab",
  13: "enter",
  27: "escape",
  32: "space",
  127: "backspace",
  8: "backspace",
  57409: ".",
  57410: "/",
  57411: "*",
  57412: "-",
  57413: "+",
  57414: "enter",
  57415: "=",
  57416: ",",
  57417: "left",
  57418: "right",
  57419: "up",
  57420: "down",
  57421: "pageup",
  57422: "pagedown",
  57423: "home",
  57424: "end",
  57425: "insert",
  57426: "delete",
};
/** `SS3 X` of the keypad in application mode, from `j`. */
const KEYPAD = "*+,-./0123456789";

const LEGACY_LETTERS = new Map(Object.entries(LETTERS).map(([letter, name]) => [name, letter]));
const LEGACY_TILDES = new Map(
  Object.entries(TILDES)
    .filter(([code]) => !["1", "4", "7", "8", "11", "12", "13", "14"].includes(code))
    .map(([code, name]) => [name, code]),
);

export function key(name: string, modifiers: Modifiers, raw?: string): DecodedKey {
  const isNamed = name.length > 1 && (name.codePointAt(0) ?? 0) < 0x7f;
  // A shifted space or backspace comes from typing fast, and older terminals send no difference.
  const hasShift = modifiers.shift && isNamed && name !== "space" && name !== "backspace";
  const chord = `${modifiers.ctrl ? "C-" : ""}${modifiers.alt ? "M-" : ""}${hasShift ? "S-" : ""}${name}`;
  return { chord, raw: raw ?? legacyBytes(name, modifiers) };
}

/** A key that came as one control byte or one character, perhaps after ESC. */
export function plainKey(text: string, hasAlt: boolean): DecodedKey {
  const code = text.charCodeAt(0);
  const alt = { ...NO_MODIFIERS, alt: hasAlt };
  const raw = hasAlt ? `\x1b${text}` : text;
  if (code === 0x20) return key("space", alt, raw);
  if (code === 0x7f) return key("backspace", alt, raw);
  if (code > 0x20) return key(text, alt, raw);
  if (code === 0x09) return key("tab", alt, raw);
  if (code === 0x0d) return key("enter", alt, raw);
  if (code === 0x1b) return key("escape", alt, raw);
  const ctrl = { ...alt, ctrl: true };
  if (code === 0) return key("space", ctrl, raw);
  return key(String.fromCharCode(code + (code <= 26 ? 0x60 : 0x40)), ctrl, raw);
}

/** A key of `CSI parameters final`; null where it is none that we know. */
export function csiKey(parameters: string, final: string): DecodedKey | null {
  const fields = parameters.split(";").map((field) => field.split(":").map(Number));
  const code = fields[0]?.[0] ?? 0;
  // 3 is a release; none was asked for.
  if (fields[1]?.[1] === 3) return null;
  if (final === "~" && code === 27) return codeKey(fields[2] ?? [], modifiersOf(fields[1]?.[0]));
  const modifiers = modifiersOf(fields[1]?.[0]);
  if (modifiers === null) return null;
  if (final === "u") return codeKey(fields[0] ?? [], modifiers);
  if (final === "Z") return key("tab", { ...modifiers, shift: true });
  if (final === "~") return named(TILDES[code], modifiers);
  if (final >= "a" && final <= "d") return named(LETTERS[final.toUpperCase()], { ...modifiers, shift: true }); // rxvt
  // `CSI row ; column R` is a cursor report; F3 with a modifier (2 … 16) looks like a report of row 1.
  if (final === "R" && fields.length > 1 && (code !== 1 || !((fields[1]?.[0] ?? 0) >= 2 && (fields[1]?.[0] ?? 0) <= 16))) return null;
  return named(LETTERS[final], modifiers);
}

export function ss3Key(final: string): DecodedKey | null {
  // With the bytes of the keypad: a program may have asked for them, and gets the character where it has not (host/terminal-keys.ts).
  if (final === "M") return key("enter", NO_MODIFIERS, "\x1bOM");
  if (final === "X") return key("=", NO_MODIFIERS, "\x1bOX");
  if (final === "I") return key("tab", NO_MODIFIERS);
  if (final === " ") return key("space", NO_MODIFIERS);
  const keypad = final >= "j" ? KEYPAD.charAt(final.charCodeAt(0) - 0x6a) : "";
  return keypad === "" ? named(LETTERS[final], NO_MODIFIERS) : key(keypad, NO_MODIFIERS, `\x1bO${final}`);
}

/** `ESC [ [ A` … `E` of the Linux console. */
export function linuxKey(final: string): DecodedKey | null {
  return final >= "A" && final <= "E" ? key(`f${final.charCodeAt(0) - 0x40}`, NO_MODIFIERS) : null;
}

function named(name: string | undefined, modifiers: Modifiers): DecodedKey | null {
  return name === undefined ? null : key(name, modifiers);
}

/** Bits of a modifier parameter minus one: shift, alt, ctrl, super, hyper, meta, caps lock, num lock. Null: one that no chord has. */
function modifiersOf(parameter: number | undefined): Modifiers | null {
  const bits = Math.max(0, (parameter || 1) - 1);
  if (bits & 0b11000) return null;
  return { shift: (bits & 1) !== 0, alt: (bits & 0b100010) !== 0, ctrl: (bits & 4) !== 0 };
}

/** A key given by its code: `code : shifted : base layout`. */
function codeKey(codes: readonly number[], modifiers: Modifiers | null): DecodedKey | null {
  let code = codes[0] ?? 0;
  if (modifiers === null) return null;
  const keypadDigit = code >= 57399 && code <= 57408 ? String(code - 57399) : undefined;
  const name = KITTY[code] ?? keypadDigit ?? (code >= 57376 && code <= 57398 ? `f${code - 57363}` : undefined);
  if (name !== undefined) return key(name, modifiers);
  // What is left of the private use area are modifiers alone, media keys and the like.
  if (!(code > 0x20 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xf8ff) || (code >= 0x7f && code < 0xa0)) return null;
  // On a layout without Latin letters a chord means the key's place.
  if ((modifiers.ctrl || modifiers.alt) && code > 0x7f && codes[2]) code = codes[2];
  let char = String.fromCodePoint(code);
  if (modifiers.shift) char = codes[1] && codes[0] === code ? String.fromCodePoint(Math.min(codes[1], 0x10ffff)) : upperOf(char);
  return key(char, modifiers);
}

function upperOf(char: string): string {
  const upper = char.toUpperCase();
  return [...upper].length === 1 ? upper : char;
}

/** The bytes of xterm without any keyboard protocol. */
function legacyBytes(name: string, { ctrl, alt, shift }: Modifiers): string {
  const parameter = 1 + (shift ? 1 : 0) + (alt ? 2 : 0) + (ctrl ? 4 : 0);
  const letter = LEGACY_LETTERS.get(name);
  if (letter !== undefined) {
    if (parameter > 1) return `\x1b[1;${parameter}${letter}`;
    return letter >= "P" ? `\x1bO${letter}` : `\x1b[${letter}`;
  }
  const tilde = LEGACY_TILDES.get(name);
  if (tilde !== undefined) return parameter > 1 ? `\x1b[${tilde};${parameter}~` : `\x1b[${tilde}~`;
  const prefix = alt ? "\x1b" : "";
  switch (name) {
    case "enter":
      return `${prefix}\r`;
    case "escape":
      return `${prefix}\x1b`;
    case "tab":
      return shift ? `${prefix}\x1b[Z` : `${prefix}\t`;
    case "backspace":
      return `${prefix}${ctrl ? "\b" : "\x7f"}`;
    case "space":
      return `${prefix}${ctrl ? "\0" : " "}`;
    default:
      return name.length > 2 ? "" : `${prefix}${ctrl ? controlOf(name) : name}`;
  }
}

/** As in xterm's table of control characters. */
function controlOf(char: string): string {
  const code = char.charCodeAt(0);
  if (code >= 0x40 && code <= 0x7e && code !== 0x60 && code < 0x7b) return String.fromCharCode(code & 0x1f);
  const digits: Readonly<Record<string, string>> = {
    "2": "\0",
    "3": "\x1b",
    "4": "\x1c",
    "5": "\x1d",
    "6": "\x1e",
    "7": "\x1f",
    "8": "\x7f",
    "/": "\x1f",
    "?": "\x7f",
  };
  return digits[char] ?? char;
}
