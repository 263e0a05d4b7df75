// Says what is wrong in a file that the user wrote: file, line, what was given, what is allowed, and the key that was meant.

import type { z } from "zod";
import { editDistance } from "../domain/edit-distance.ts";

export interface SettingsFile {
  /** As the user would open it. */
  readonly file: string;
  /** The line of a key (or of the nearest thing that holds it), from 1; null where nothing is known. */
  readonly lineOf: (path: readonly PropertyKey[]) => number | null;
  /** The parsed file before any check. */
  readonly value: unknown;
  /** What is allowed, by the key's own name. */
  readonly allowed: Readonly<Record<string, string>>;
  /** Keys whose value may be a secret and is never shown. */
  readonly hidden?: readonly string[];
}

/** One line for each thing that is wrong. */
export function settingsProblems(issues: readonly z.core.$ZodIssue[], from: SettingsFile, base: readonly PropertyKey[] = []): string[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey(key, [...path, key], from));
    }
    return [wrongValue(path, from)];
  });
}

export function settingsProblem(from: Pick<SettingsFile, "file">, line: number | null, message: string): string {
  return `${from.file}${line === null ? "" : `:${line}`}: ${message}`;
}

function unknownKey(key: string, path: readonly PropertyKey[], from: SettingsFile): string {
  const keys = Object.keys(from.allowed);
  const meant = nearest(key, keys);
  const hint = meant === null ? "" : ` (did you mean "${meant}"?)`;
  return settingsProblem(from, from.lineOf(path), `unknown key ${quoted(key)}${hint}; allowed: ${keys.join(", ")}`);
}

function wrongValue(path: readonly PropertyKey[], from: SettingsFile): string {
  const key = path.findLast((part) => typeof part === "string") ?? "the file";
  const allowed = from.allowed[String(key)] ?? "another kind of value";
  const given = valueAt(from.value, path);
  if (given === undefined) return settingsProblem(from, from.lineOf(path.slice(0, -1)), `${String(key)} is missing; needed: ${allowed}`);
  const shown = from.hidden?.includes(String(key)) === true ? "something else (not shown, it may be a secret)" : show(given);
  return settingsProblem(from, from.lineOf(path), `${String(key)} is ${shown}; allowed: ${allowed}`);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = Reflect.get(at, part);
  }
  return at;
}

function show(value: unknown): string {
  if (value === null) return "empty";
  if (typeof value === "object") return Array.isArray(value) ? "a list" : "a group of keys";
  return typeof value === "string" ? quoted(value) : String(value);
}

/** One line, bounded, with nothing that a terminal would obey. */
function quoted(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return `"${line.length > 60 ? `${line.slice(0, 59)}…` : line}"`;
}

/** The candidate that differs by a slip or two; null where none is near. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.min(3, Math.floor(word.length / 2) + 1);
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}
