// Names of keys as models write them, to X11's: `ctrl+s`, `Page_Down`, `cmd+shift+4`.

import type { Modifier } from "../domain/computer.ts";
import { own } from "../domain/own.ts";

const MODIFIERS: Readonly<Record<string, Modifier>> = {
  ctrl: "ctrl",
  control: "ctrl",
  control_l: "ctrl",
  shift: "shift",
  shift_l: "shift",
  alt: "alt",
  alt_l: "alt",
  opt: "alt",
  option: "alt",
  super: "super",
  super_l: "super",
  meta: "super",
  cmd: "super",
  command: "super",
  win: "super",
  windows: "super",
};

const KEYSYMS: Readonly<Record<Modifier, string>> = { ctrl: "Control_L", shift: "Shift_L", alt: "Alt_L", super: "Super_L" };

const NAMED: Readonly<Record<string, string>> = {
  enter: "Return",
  return: "Return",
  esc: "Escape",
  escape: "Escape",
  tab: "Tab",
  space: "space",
  spacebar: "space",
  backspace: "BackSpace",
  del: "Delete",
  delete: "Delete",
  ins: "Insert",
  insert: "Insert",
  up: "Up",
  down: "Down",
  left: "Left",
  right: "Right",
  arrowup: "Up",
  arrowdown: "Down",
  arrowleft: "Left",
  arrowright: "Right",
  home: "Home",
  end: "End",
  pageup: "Page_Up",
  page_up: "Page_Up",
  pgup: "Page_Up",
  prior: "Page_Up",
  pagedown: "Page_Down",
  page_down: "Page_Down",
  pgdn: "Page_Down",
  next: "Page_Down",
  capslock: "Caps_Lock",
  caps_lock: "Caps_Lock",
  numlock: "Num_Lock",
  num_lock: "Num_Lock",
  menu: "Menu",
  print: "Print",
  printscreen: "Print",
  pause: "Pause",
  altgr: "ISO_Level3_Shift",
  plus: "plus",
  minus: "minus",
  comma: "comma",
  period: "period",
  slash: "slash",
};

const PUNCTUATION: Readonly<Record<string, string>> = {
  " ": "space",
  "!": "exclam",
  '"': "quotedbl",
  "#": "numbersign",
  $: "dollar",
  "%": "percent",
  "&": "ampersand",
  "'": "apostrophe",
  "(": "parenleft",
  ")": "parenright",
  "*": "asterisk",
  "+": "plus",
  ",": "comma",
  "-": "minus",
  ".": "period",
  "/": "slash",
  ":": "colon",
  ";": "semicolon",
  "<": "less",
  "=": "equal",
  ">": "greater",
  "?": "question",
  "@": "at",
  "[": "bracketleft",
  "\\": "backslash",
  "]": "bracketright",
  "^": "asciicircum",
  _: "underscore",
  "`": "grave",
  "{": "braceleft",
  "|": "bar",
  "}": "braceright",
  "~": "asciitilde",
};

/** X11's own names that are not in the list, `XF86AudioPlay` or `KP_Enter`; whether there is such a key the X server says. */
const OTHER_NAME = /^[A-Za-z][A-Za-z0-9_]{1,39}$/;

/** Null where there cannot be such a key. */
function keysymOf(part: string, isAlone: boolean): string | null {
  const folded = part.toLowerCase();
  const modifier = own(MODIFIERS, folded);
  if (modifier !== undefined) return KEYSYMS[modifier];
  const named = own(NAMED, folded) ?? own(PUNCTUATION, part);
  if (named !== undefined) return named;
  if (/^[a-z]$/i.test(part)) return isAlone ? part : folded;
  if (/^[0-9]$/.test(part)) return part;
  const number = /^f(\d{1,2})$/.exec(folded)?.[1];
  if (number !== undefined) return Number(number) >= 1 && Number(number) <= 24 ? `F${Number(number)}` : null;
  const [character, ...more] = [...part];
  const code = character?.codePointAt(0) ?? 0;
  if (more.length === 0) return code >= 0xa0 && !/\p{C}/u.test(part) ? `U${code.toString(16).toUpperCase().padStart(4, "0")}` : null;
  return OTHER_NAME.test(part) ? part : null;
}

export type ReadChord = { readonly ok: true; readonly chord: string } | { readonly ok: false; readonly part: string };

/** `ctrl++` is ctrl and plus. */
export function readChord(text: string): ReadChord {
  const trimmed = text.trim();
  const parts = trimmed === "+" ? ["plus"] : trimmed.endsWith("++") ? [...trimmed.slice(0, -2).split("+"), "plus"] : trimmed.split("+");
  const keysyms: string[] = [];
  for (const part of parts) {
    const keysym = keysymOf(part, parts.length === 1);
    if (keysym === null) return { ok: false, part };
    keysyms.push(keysym);
  }
  return { ok: true, chord: keysyms.join("+") };
}

/** Keys that are held during a click; null where one of them is none to hold. */
export function readModifiers(text: string): Modifier[] | null {
  const found = new Set<Modifier>();
  for (const part of text.split("+")) {
    const modifier = own(MODIFIERS, part.trim().toLowerCase());
    if (modifier === undefined) return null;
    found.add(modifier);
  }
  return [...found];
}
