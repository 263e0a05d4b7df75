// From a chord to the id of a command: the table's keys with the user's own over them. Says where two want the same key.

import type { Chord } from "./key-types.ts";

/** What the keys go to. `prefix` is the key after the prefix key; `edit` is any text that is being edited. */
export type Mode =
  | "prefix"
  | "edit"
  | "composer"
  | "approval"
  | "completion"
  | "offers"
  | "scroll"
  | "list"
  | "text"
  | "inbox"
  | "key"
  | "editor";

export interface KeyRow {
  readonly id: string;
  /** `M-b` in the row's own mode, or `prefix m` for the key after the prefix key. */
  readonly keys: readonly string[];
  /** Where its plain keys count. */
  readonly mode: Mode;
}

export interface Bindings {
  /** `MODE CHORD` to a command's id. */
  readonly byKey: ReadonlyMap<string, string>;
  /** A command's id to its keys as they are in force. */
  readonly keysOf: ReadonlyMap<string, readonly string[]>;
  /** One line for each key that two commands want or that names no command; the first one keeps it. */
  readonly conflicts: readonly string[];
}

const PREFIX = "prefix ";

function placeKey(key: string, mode: Mode): string {
  return key.startsWith(PREFIX) ? `prefix ${key.slice(PREFIX.length)}` : `${mode} ${key}`;
}

/** Keys named in `overrides` replace all keys of that command, and win over the table's. */
export function bindKeys(rows: readonly KeyRow[], overrides: Readonly<Record<string, readonly string[]>> = {}): Bindings {
  const byKey = new Map<string, string>();
  const keysOf = new Map<string, readonly string[]>();
  const conflicts: string[] = [];
  const known = new Set(rows.map((row) => row.id));
  for (const id of Object.keys(overrides)) {
    if (!known.has(id)) conflicts.push(`keys: there is no command "${id}"; C-b ? lists them`);
  }
  const own = rows.filter((row) => overrides[row.id] !== undefined);
  const others = rows.filter((row) => overrides[row.id] === undefined);
  for (const row of [...own, ...others]) {
    const wanted = overrides[row.id] ?? row.keys;
    const kept = wanted.filter((key) => {
      const place = placeKey(key, row.mode);
      const holder = byKey.get(place);
      if (holder === undefined) byKey.set(place, row.id);
      else if (holder !== row.id) conflicts.push(`keys: "${key}" belongs to ${holder}; ${row.id} does not get it`);
      return holder === undefined || holder === row.id;
    });
    keysOf.set(row.id, kept);
  }
  return { byKey, keysOf, conflicts };
}

/** The command that a chord means in a mode, or null. */
export function resolveKey(bindings: Bindings, mode: Mode, chord: Chord): string | null {
  return bindings.byKey.get(`${mode} ${chord}`) ?? null;
}

const keyNames = new Set([
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

/** The text that a chord types, or null where it is a command's key. */
export function typedText(chord: Chord): string | null {
  if (chord === "space") return " ";
  if (keyNames.has(chord) || /^f\d{1,2}$/.test(chord) || /^(?:[CMS]-)+./u.test(chord)) return null;
  return chord === "" ? null : chord;
}

/** A key as it is written for the user: `prefix m` with the prefix key's own name. */
export function showKey(key: string, prefix: Chord): string {
  return key.startsWith(PREFIX) ? `${prefix} ${key.slice(PREFIX.length)}` : key;
}
