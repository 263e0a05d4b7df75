// Searching in copy mode: the pattern as it is typed, its matches in a terminal (found by the server) or a transcript, and the steps
// from one to the next.

import { parsePattern } from "../domain/pattern.ts";
import { type AnswerValue, MATCHES_MAX } from "../domain/protocol.ts";
import { countOf, goTo, modeNamed } from "./copy-mode.ts";
import { type Matches, matchAt, matchesOfRows, searchText, stepMatch } from "./copy-search.ts";
import { textOf } from "./copy-state.ts";
import type { Position } from "./copy-text.ts";
import type { CopyMode, TerminalSource } from "./copy-types.ts";
import type { Effect } from "./effects.ts";
import { purposeOf, query } from "./purpose.ts";
import { setAlert, type Ui } from "./view.ts";

export function openPrompt(mode: CopyMode, { isBack }: { readonly isBack: boolean }): void {
  mode.count = "";
  mode.prompt = { text: "", isBack, from: mode.cursor, top: mode.top };
}

/** As it is typed the first match is shown; the place comes back where there is none. */
export function changePrompt(ui: Ui, mode: CopyMode, text: string): Effect[] {
  const { prompt } = mode;
  if (prompt === null) return [];
  prompt.text = text.slice(0, 500);
  mode.cursor = prompt.from;
  mode.top = prompt.top;
  if (prompt.text === "") {
    mode.search = null;
    return [];
  }
  return startSearch(ui, mode, prompt.text, prompt.isBack, { from: prompt.from, by: prompt.isBack ? -1 : 1 });
}

/** Enter; with nothing typed it repeats the last search. */
export function acceptPrompt(ui: Ui, mode: CopyMode): Effect[] {
  const { prompt } = mode;
  mode.prompt = null;
  if (prompt === null || prompt.text !== "" || mode.search !== null || ui.view.copyPattern === null) return [];
  return startSearch(ui, mode, ui.view.copyPattern, prompt.isBack, { from: mode.cursor, by: prompt.isBack ? -1 : 1 });
}

/** Back to where it began. */
export function leavePrompt(ui: Ui, mode: CopyMode): Effect[] {
  const { prompt } = mode;
  mode.prompt = null;
  if (prompt === null) return [];
  mode.search = null;
  goTo(ui, mode, prompt.from);
  mode.top = prompt.top;
  return [];
}

function startSearch(
  ui: Ui,
  mode: CopyMode,
  pattern: string,
  isBack: boolean,
  goal: { readonly from: Position; readonly by: number } | null,
): Effect[] {
  ui.view.copyPattern = pattern;
  const { problem } = parsePattern(pattern);
  const { source } = mode;
  if (source.type === "transcript") {
    mode.search = { pattern, isBack, problem, matches: searchText(textOf(source), pattern), goal };
    reachGoal(ui, mode);
    return [];
  }
  const before = mode.search?.matches ?? null;
  mode.search = { pattern, isBack, problem, matches: before !== null && mode.search?.pattern === pattern ? before : null, goal };
  return mode.searching === null ? askMatches(mode, source) : [];
}

function askMatches(mode: CopyMode, { terminal, isAlternate, end }: TerminalSource): Effect[] {
  const pattern = mode.search?.pattern ?? null;
  mode.searching = pattern;
  if (pattern === null) return [];
  return [query({ type: "terminal.search", terminal, isAlternate, pattern, end }, purposeOf("search", `${mode.pane} ${pattern}`))];
}

/** Of another pattern than is typed by now: that one is looked for next. */
export function takeMatches(ui: Ui, id: string, value: Extract<AnswerValue, { type: "terminal.search" }>): Effect[] {
  const mode = modeNamed(ui, id);
  if (mode?.source.type !== "terminal") return [];
  const { source, search } = mode;
  mode.searching = null;
  if (search === null) return [];
  if (id !== `${mode.pane} ${search.pattern}`) return search.matches === null ? askMatches(mode, source) : [];
  // Its lines are others by now: what is held of those that are read can still be searched.
  if (source.generation !== null && source.generation !== value.generation) search.matches = searchText(textOf(source), search.pattern);
  else search.matches = matchesOfAnswer(source, value);
  reachGoal(ui, mode);
  return [];
}

function matchesOfAnswer(source: TerminalSource, value: Extract<AnswerValue, { type: "terminal.search" }>): Matches {
  const within = value.matches.filter(({ row }) => row >= source.first && row < source.end);
  const { isCut, isUnfinished = false } = value;
  return matchesOfRows(within.slice(-MATCHES_MAX), source.cols, { isCut, isUnfinished });
}

/** A search that was not answered may be asked for again. */
export function searchRefused(ui: Ui, id: string): void {
  const mode = modeNamed(ui, id);
  if (mode !== undefined) mode.searching = null;
}

function reachGoal(ui: Ui, mode: CopyMode): void {
  const { search } = mode;
  if (search === null || search.matches === null || search.goal === null) return;
  const { from, by } = search.goal;
  search.goal = null;
  let at = from;
  for (let left = Math.abs(by); left > 0; left -= 1) {
    const start = search.matches.starts[stepMatch(search.matches, at, by > 0 ? 1 : -1)];
    if (start === undefined) return;
    at = start;
  }
  goTo(ui, mode, at);
}

/** `n` on in the way of the search, `N` against it. */
export function nextMatch(ui: Ui, mode: CopyMode, way: "same" | "other"): Effect[] {
  const { search } = mode;
  const count = countOf(mode, 1_000);
  const isBack = search?.isBack ?? false;
  const goal = { from: mode.cursor, by: (isBack === (way === "other") ? 1 : -1) * count };
  if (search === null && ui.view.copyPattern === null) {
    setAlert(ui, "nothing was searched yet; / begins a search");
    return [];
  }
  // Pressed before the answer came: so many further, once it is there.
  if (search !== null && search.matches === null && search.goal !== null) {
    search.goal = { from: search.goal.from, by: search.goal.by + goal.by };
    return [];
  }
  if (search === null || search.matches === null) return startSearch(ui, mode, search?.pattern ?? ui.view.copyPattern ?? "", isBack, goal);
  if (search.matches.starts.length === 0) setAlert(ui, `"${search.pattern}" is not here`);
  search.goal = goal;
  reachGoal(ui, mode);
  return [];
}

/** The word under the cursor, or the next one on its line. */
export function searchWord(ui: Ui, mode: CopyMode, { isBack }: { readonly isBack: boolean }): Effect[] {
  const row = textOf(mode.source).row(mode.cursor.y);
  const cells = row?.cells ?? [];
  const isWord = (x: number) =>
    /[\p{L}\p{N}_]/u.test(cells[x] ?? "") || (cells[x] === "" && x > 0 && /[\p{L}\p{N}_]/u.test(cells[x - 1] ?? ""));
  let from = mode.cursor.x;
  while (from < cells.length && !isWord(from)) from += 1;
  let to = from;
  while (from > 0 && isWord(from - 1)) from -= 1;
  while (to < cells.length && isWord(to)) to += 1;
  const word = cells.slice(from, to).join("");
  if (word === "") return [];
  return startSearch(ui, mode, `\\b${word}\\b`, isBack, { from: mode.cursor, by: (isBack ? -1 : 1) * countOf(mode, 1_000) });
}

/** `3 of 17`, or null while there is no search. */
export function matchPlace(mode: CopyMode): string | null {
  const { search } = mode;
  if (search === null) return null;
  if (search.matches === null) return "searching";
  const total = search.matches.starts.length;
  if (total === 0) return search.matches.isUnfinished ? "no match so far" : "no match";
  const at = matchAt(search.matches, mode.cursor);
  const all = `${total}${search.matches.isCut || search.matches.isUnfinished ? "+" : ""}`;
  return at < 0 ? `${all} ${total === 1 ? "match" : "matches"}` : `${at + 1} of ${all}`;
}

/** What is to be known about the search beside its matches. */
export function searchNote(mode: CopyMode): string | null {
  const { search } = mode;
  if (search === null) return null;
  if (search.matches?.isUnfinished === true) return "too slow a pattern: not all was looked at";
  return search.problem === null ? null : `as plain text: ${search.problem}`;
}
