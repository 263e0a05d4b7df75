// Exact replacement in a text: byte order mark and line ends stay as they are, and a text that is not found is explained.

import type { Replacement } from "../domain/action.ts";

export type EditResult =
  | { readonly ok: true; readonly text: string; readonly replaced: number }
  | { readonly ok: false; readonly problem: string };

const BOM = "\u{feff}";

/**
 * Applies the edits one after the other, each to the result of the one before; all or none. Models are shown LF and no byte order
 * mark, so `old` and `new` are matched and written with the file's own line ends.
 */
export function editText(text: string, edits: readonly Replacement[]): EditResult {
  let current = text;
  let replaced = 0;
  for (const [index, edit] of edits.entries()) {
    const result = editOnce(current, edit);
    if (!result.ok)
      return edits.length === 1 ? result : { ok: false, problem: `edit ${index + 1} of ${edits.length}: ${result.problem}; none was made` };
    current = result.text;
    replaced += result.replaced;
  }
  return { ok: true, text: current, replaced };
}

function editOnce(text: string, edit: Replacement): EditResult {
  const old = toLf(edit.old);
  const fresh = toLf(edit.new);
  if (old === "") {
    if (text === "" || text === BOM) return { ok: true, text: text + edit.new, replaced: 1 };
    return { ok: false, problem: "the old text is empty, and the file is not; give the text to replace" };
  }
  if (old === fresh) return { ok: false, problem: "the old and the new text are the same" };
  const { plain, breaks } = flatten(text);
  const places: number[] = [];
  for (let at = plain.indexOf(old); at !== -1; at = plain.indexOf(old, at + old.length)) places.push(at);
  if (places.length === 0) return { ok: false, problem: `the old text was not found; it must match exactly${hint(plain, old)}` };
  if (places.length > 1 && !edit.all) {
    const lines = places.slice(0, 8).map((at) => lineNumber(plain, at));
    const more = places.length > lines.length ? " …" : "";
    return {
      ok: false,
      problem: `the old text was found ${places.length} times (lines ${lines.join(", ")}${more}); give more of what is around it, or replace all`,
    };
  }
  const written = usesCrlf(text) ? fresh.replaceAll("\n", "\r\n") : fresh;
  let result = "";
  let from = 0;
  for (const at of places) {
    result += text.slice(from, rawIndex(at, breaks)) + written;
    from = rawIndex(at + old.length, breaks);
  }
  return { ok: true, text: result + text.slice(from), replaced: places.length };
}

/** What a model is shown and writes: LF, no byte order mark. */
export function toLf(text: string): string {
  return text.includes("\r") ? text.replaceAll("\r\n", "\n") : text;
}

export function withoutBom(text: string): string {
  return text.startsWith(BOM) ? text.slice(1) : text;
}

/** New content for a file that exists, in the file's own manner. */
export function inMannerOf(existing: string, content: string): string {
  const ends = usesCrlf(existing) ? toLf(content).replaceAll("\n", "\r\n") : content;
  return existing.startsWith(BOM) && !ends.startsWith(BOM) ? BOM + ends : ends;
}

/** Most of its lines end in CRLF. */
function usesCrlf(text: string): boolean {
  let crlf = 0;
  let lf = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    if (text[at - 1] === "\r") crlf += 1;
    else lf += 1;
  }
  return crlf > lf;
}

/** The text with LF, and the places in it, in order, whose line break is CRLF in the original. */
function flatten(text: string): { plain: string; breaks: number[] } {
  if (!text.includes("\r\n")) return { plain: text, breaks: [] };
  const breaks: number[] = [];
  for (let at = text.indexOf("\r\n"); at !== -1; at = text.indexOf("\r\n", at + 2)) breaks.push(at - breaks.length);
  return { plain: toLf(text), breaks };
}

/** Where a place of the flattened text lies in the original: one further for each CRLF before it. */
function rawIndex(at: number, breaks: readonly number[]): number {
  let low = 0;
  let high = breaks.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((breaks[mid] ?? 0) < at) low = mid + 1;
    else high = mid;
  }
  return at + low;
}

function lineNumber(text: string, at: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i !== -1 && i < at; i = text.indexOf("\n", i + 1)) line += 1;
  return line;
}

const HINT_LINES = 20_000;

/** The line of the file that is nearest to the first line of what was looked for; empty where none is near. */
function hint(text: string, old: string): string {
  const wanted = old
    .split("\n")
    .find((line) => line.trim() !== "")
    ?.trim();
  if (wanted === undefined) return "";
  const lines = text.split("\n", HINT_LINES);
  const same = lines.findIndex((line) => line.trim() === wanted);
  if (same !== -1) {
    const what = old.includes("\n") ? "the lines after it or their spaces differ" : "its spaces differ";
    return `. Line ${same + 1} begins like it, but ${what}: ${quote(lines[same] ?? "")}`;
  }
  const wantedPairs = pairsOf(wanted);
  let best = 0;
  let bestLine = -1;
  for (const [index, line] of lines.entries()) {
    const score = likeness(wantedPairs, line.trim());
    if (score > best) {
      best = score;
      bestLine = index;
    }
  }
  return best >= 0.5 ? `. The nearest is line ${bestLine + 1}: ${quote(lines[bestLine] ?? "")}` : "";
}

/** Share of common pairs of letters, 0 … 1 (Dice's coefficient over sets). */
function likeness(wanted: ReadonlySet<string>, line: string): number {
  if (line === "" || line.length > 1000) return 0;
  const pairs = pairsOf(line);
  let common = 0;
  for (const pair of pairs) if (wanted.has(pair)) common += 1;
  return (2 * common) / (wanted.size + pairs.size);
}

function pairsOf(text: string): Set<string> {
  const pairs = new Set<string>();
  for (let i = 0; i + 1 < Math.min(text.length, 1000); i += 1) pairs.add(text.slice(i, i + 2));
  return pairs;
}

function quote(line: string): string {
  return JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line);
}
