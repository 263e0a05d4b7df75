// A key as the bytes that a program in a pane gets: as xterm sends it, or in the keyboard protocol that the program has asked for.
//
// Kitty: sw.kovidgoyal.net/kitty/keyboard-protocol. modifyOtherKeys and the cursor keys' mode: xterm's ctlseqs.

/** What a program has asked for of the keyboard. */
export interface KeyWishes {
  /** Flags of the kitty protocol that can be honoured here; 0: not asked for. */
  readonly kittyFlags: number;
  /** Of modifyOtherKeys; the kitty protocol goes before it. */
  readonly otherKeys: 0 | 1 | 2;
  /** DECCKM: cursor keys as `ESC O`. */
  readonly hasArrowMode: boolean;
  /** DECKPAM: keys of the keypad as sequences of their own. */
  readonly hasKeypadMode: boolean;
}

const KITTY_DISAMBIGUATE = 1;
const KITTY_ALL_KEYS = 8;
const KITTY_TEXT = 16;
/** Releases (2) and other layouts' keys (4) do not come from a screen: a program that asks for the flags learns that it has not got these. */
export const KITTY_KNOWN = KITTY_DISAMBIGUATE | KITTY_ALL_KEYS | KITTY_TEXT;

interface Key {
  readonly name: string;
  readonly hasCtrl: boolean;
  readonly hasAlt: boolean;
  readonly hasShift: boolean;
}

const LETTERS: Readonly<Record<string, string>> = {
  up: "A",
  down: "B",
  right: "C",
  left: "D",
  home: "H",
  end: "F",
  f1: "P",
  f2: "Q",
  f4: "S",
};
/** Keys that the kitty protocol and modifyOtherKeys name by a code. */
const CODES: Readonly<Record<string, number>> = { enter: 13, tab: 9, backspace: 127, escape: 27, space: 32 };
/** `SS3 X` of a key on the keypad, from `*` at `j` to `9` at `y`; Enter and `=`. */
const KEYPAD = /^\x1bO([j-yMX])$/;
const KEYPAD_TEXT = "*+,-./0123456789";
const F3_KITTY = "\x1b[13";
/** f13 … f35. */
const KITTY_F13 = 57_376;

/**
 * `raw` is what xterm would send without any protocol; `chord` (as in `ui/key-types.ts`) is left out where it is `raw` itself, and where what
 * comes is no single key.
 */
export function keyBytes(raw: string, chord: string | undefined, wishes: KeyWishes): string {
  const onKeypad = KEYPAD.exec(raw)?.[1];
  // They come as such wherever the user's terminal tells them apart.
  if (onKeypad !== undefined) return wishes.hasKeypadMode && wishes.kittyFlags === 0 ? raw : keyBytes(keypadText(onKeypad), chord, wishes);
  const text = chord ?? (isOneCharacter(raw) ? raw : null);
  if (text === null) return raw;
  const key = parseChord(text);
  if (wishes.kittyFlags !== 0) return kittyBytes(key, raw, wishes.kittyFlags);
  if (wishes.otherKeys !== 0) {
    const code = otherKeyCode(key, wishes.otherKeys);
    if (code !== null) return `\x1b[27;${parameterOf(key)};${code}~`;
  }
  if (wishes.hasArrowMode && parameterOf(key) === 1 && /^\x1b\[[A-DFH]$/.test(raw)) return `\x1bO${raw.slice(2)}`;
  return raw;
}

function keypadText(final: string): string {
  return final === "M" ? "\r" : final === "X" ? "=" : KEYPAD_TEXT.charAt(final.charCodeAt(0) - 0x6a);
}

function kittyBytes(key: Key, raw: string, flags: number): string {
  const parameter = parameterOf(key);
  const letter = LETTERS[key.name];
  if (letter !== undefined) return parameter === 1 ? `\x1b[${letter}` : `\x1b[1;${parameter}${letter}`;
  if (key.name === "f3") return parameter === 1 ? `${F3_KITTY}~` : `${F3_KITTY};${parameter}~`;
  const number = /^f(\d+)$/.exec(key.name)?.[1];
  if (number !== undefined && Number(number) >= 13) return coded(KITTY_F13 + Number(number) - 13, parameter, "");
  const named = CODES[key.name];
  // insert, delete, the pages, f5 … f12: the same in both ways.
  if (named === undefined && !isOneCharacter(key.name)) return raw;
  const isAll = (flags & KITTY_ALL_KEYS) !== 0;
  if (named !== undefined && named !== 27 && named !== 32 && parameter === 1 && !isAll) return raw;
  const isTyped = !key.hasCtrl && !key.hasAlt && named !== 27;
  if (isTyped && !isAll && (named === undefined || named === 32)) return raw;
  const typed = named === 32 ? " " : named === undefined ? key.name : "";
  const lower = lowerOf(typed);
  const hasShift = key.hasShift || lower !== typed;
  const withText = isTyped && typed !== "" && (flags & KITTY_TEXT) !== 0 ? typed : "";
  return coded(named ?? codeOf(lower), parameterOf({ ...key, hasShift }), withText);
}

function coded(code: number, parameter: number, text: string): string {
  if (text !== "") return `\x1b[${code};${parameter === 1 ? "" : parameter};${codeOf(text)}u`;
  return parameter === 1 ? `\x1b[${code}u` : `\x1b[${code};${parameter}u`;
}

/** The code of a key that is sent as `CSI 27 ; … ~`; null: as ever. Mode 1 leaves alone what has bytes of its own. */
function otherKeyCode(key: Key, mode: 1 | 2): number | null {
  const { name, hasCtrl, hasAlt, hasShift } = key;
  const named = CODES[name];
  if (named === undefined && !isOneCharacter(name)) return null;
  if (!hasCtrl && !hasAlt && !hasShift) return null;
  // `CSI Z` says it as well, and is what programs look for.
  if (name === "tab" && !hasCtrl && !hasAlt) return null;
  if (mode === 2) return named ?? codeOf(name);
  if (named === undefined) return hasCtrl && !hasControlByte(name) ? codeOf(name) : null;
  if (!hasCtrl && !hasShift) return null;
  return name === "backspace" || name === "space" ? null : named;
}

function hasControlByte(char: string): boolean {
  return /^[@-_a-z?/2-8]$/.test(char);
}

/** One plus the bits shift 1, alt 2, ctrl 4. */
function parameterOf({ hasCtrl, hasAlt, hasShift }: Key): number {
  return 1 + (hasShift ? 1 : 0) + (hasAlt ? 2 : 0) + (hasCtrl ? 4 : 0);
}

function parseChord(chord: string): Key {
  let name = chord;
  const found = { "C-": false, "M-": false, "S-": false };
  for (const prefix of ["C-", "M-", "S-"] as const) {
    if (name.length <= 2 || !name.startsWith(prefix)) continue;
    found[prefix] = true;
    name = name.slice(2);
  }
  return { name, hasCtrl: found["C-"], hasAlt: found["M-"], hasShift: found["S-"] };
}

function isOneCharacter(text: string): boolean {
  const code = text.codePointAt(0) ?? 0;
  return code >= 0x20 && code !== 0x7f && text.length === (code > 0xffff ? 2 : 1);
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

function lowerOf(char: string): string {
  const lower = char.toLowerCase();
  return isOneCharacter(lower) ? lower : char;
}
