// From a chord to the id of a command: the table's keys with the user's own over them. Says where two want the same key.

import type { KeySetting } from "../domain/key-setting.ts";
import { keyNames, nearestWord, readKey } from "./key-name.ts";
import type { Chord } from "./key-types.ts";

/** What the keys go to. `prefix` is the key after the prefix key; `edit` is any text that is being edited. */
export type Mode =
  | "prefix"
  | "edit"
  | "composer"
  | "approval"
  | "completion"
  | "offers"
  | "copy"
  | "list"
  | "text"
  | "inbox"
  | "key"
  | "passphrase"
  | "editor"
  | "line"
  | "broadcast"
  | "overlay"
  | "locked";

export interface KeyRow {
  readonly id: string;
  /** `M-b` in the row's own mode, or `prefix m` for the key after the prefix key. */
  readonly keys: readonly string[];
  /** Where its plain keys count. */
  readonly mode: Mode;
  /** How it is called where it has no key. */
  readonly slash?: string | undefined;
}

export interface Bindings {
  /** `MODE CHORD` to a command's id. */
  readonly byKey: ReadonlyMap<string, string>;
  /** A command's id to its keys as they are in force. */
  readonly keysOf: ReadonlyMap<string, readonly string[]>;
  /** A command's id to its `/` name, where it has one. */
  readonly nameOf: ReadonlyMap<string, string>;
  /** One line for each key that two commands want or that names no command; the first one keeps it. */
  readonly conflicts: readonly string[];
}

/** The table as far as keys go. */
export function keyRows(table: readonly (Omit<KeyRow, "mode"> & { readonly mode?: Mode })[]): KeyRow[] {
  return table.map(({ id, keys, mode = "composer", slash }) => ({ id, keys, mode, slash }));
}

const PREFIX = "prefix ";

function placeKey(key: string, mode: Mode): string {
  return key.startsWith(PREFIX) ? `prefix ${key.slice(PREFIX.length)}` : `${mode} ${key}`;
}

/** The user's keys replace all keys of that command, and win over the table's. What is wrong with them is said with its place. */
export function bindKeys(rows: readonly KeyRow[], overrides: readonly KeySetting[] = []): Bindings {
  const byKey = new Map<string, string>();
  const keysOf = new Map<string, readonly string[]>();
  const conflicts: string[] = [];
  const own = readOverrides(rows, overrides, conflicts);
  const place = (row: KeyRow, wanted: readonly string[], onTaken: (key: string, holder: string) => void): void => {
    const kept = wanted.filter((key) => {
      const at = placeKey(key, row.mode);
      const holder = byKey.get(at);
      if (holder === undefined) byKey.set(at, row.id);
      else if (holder !== row.id) onTaken(key, holder);
      return holder === undefined || holder === row.id;
    });
    keysOf.set(row.id, [...new Set(kept)]);
  };
  // In the order of the file: of two that want the same key, the first one has it.
  for (const { row, keys, where } of own.values()) {
    place(row, keys, (key, holder) => {
      const first = own.get(holder)?.where ?? "the table";
      conflicts.push(`${where}: "${key}" is given to ${holder} already (${first}); ${row.id} does not get it`);
    });
  }
  for (const row of rows) {
    if (own.has(row.id)) continue;
    place(row, row.keys, (key, holder) => {
      const taker = own.get(holder)?.where;
      conflicts.push(
        taker === undefined
          ? `"${key}" belongs to ${holder}; ${row.id} does not get it`
          : `${taker}: "${key}" was ${row.id}'s, which loses it; to say that this is meant, name ${row.id} in [keys] too, with another key or []`,
      );
    });
  }
  const nameOf = new Map(rows.flatMap(({ id, slash }): [string, string][] => (slash === undefined ? [] : [[id, `/${slash}`]])));
  return { byKey, keysOf, nameOf, conflicts };
}

/** What answers a question is a letter on it: never a key that was meant for something else, such as Enter. */
function isAnswerKey(row: KeyRow, key: string): boolean {
  return !/^approval\.(?:yes|no|edit|always)$/u.test(row.id) || ([...key].length === 1 && typedText(key) !== null);
}

function notAnAnswer(key: string): string {
  return `"${key}" cannot answer a question: only a single character can, so that no key meant for something else does`;
}

interface Override {
  readonly row: KeyRow;
  readonly keys: readonly string[];
  readonly where: string;
}

function readOverrides(rows: readonly KeyRow[], overrides: readonly KeySetting[], problems: string[]): Map<string, Override> {
  const own = new Map<string, Override>();
  for (const { id, keys, where } of overrides) {
    const row = rows.find((each) => each.id === id);
    if (row === undefined) {
      const meant = nearestWord(
        id,
        rows.map((each) => each.id),
      );
      const hint = meant === null ? "; the list of keys (docs/keys.md) names them" : `; did you mean "${meant}"?`;
      problems.push(`${where}: keys: there is no command "${id}"${hint}`);
      continue;
    }
    const read = keys
      .map(readKey)
      .map((one) => (one.ok && !isAnswerKey(row, one.key) ? { ok: false as const, problem: notAnAnswer(one.key) } : one));
    for (const one of read) if (!one.ok) problems.push(`${where}: keys: ${id}: ${one.problem}`);
    const good = read.flatMap((one) => (one.ok ? [one.key] : []));
    // A command whose every key is misspelt keeps those of the table: it must stay in reach.
    if (good.length > 0 || keys.length === 0) own.set(id, { row, keys: good, where });
  }
  return own;
}

/** The command that a chord means in a mode, or null. */
export function resolveKey(bindings: Bindings, mode: Mode, chord: Chord): string | null {
  return bindings.byKey.get(`${mode} ${chord}`) ?? null;
}

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
