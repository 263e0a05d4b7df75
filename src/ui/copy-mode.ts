// What copy mode does: moves, selects, copies; and which rows it has to ask for.

import type { PaneId, TerminalId } from "../domain/ids.ts";
import type { AnswerValue } from "../domain/protocol.ts";
import { fromBase64, unpackRows } from "../domain/scrollback.ts";
import { copyOut } from "./clipboard.ts";
import { type Find, findInLine, lastIn, type Motion, moveBy } from "./copy-motion.ts";
import { type SelectUnit, selectedRows, selectedText } from "./copy-select.ts";
import { copyIn, focusedCopy, keepInside, PAGE_ROWS, rereadCopy, selectionOf, startCopy, textOf, viewportOf } from "./copy-state.ts";
import { characterAt, type Position } from "./copy-text.ts";
import type { CopyMode, TerminalSource } from "./copy-types.ts";
import type { Effect } from "./effects.ts";
import { askOlder, forgetOlder } from "./older.ts";
import { command, purposeOf, query } from "./purpose.ts";
import { agentOf, focusedPane, setAlert, typedTerminal, type Ui } from "./view.ts";

/** Begins copy mode in a pane; `wanted` is the part that is to be read. */
export function openCopy(ui: Ui, pane: PaneId, wanted: "grid" | "body"): CopyMode | null {
  const known = copyIn(ui, pane);
  const hasPart = known !== undefined && (known.source.type === "terminal") === (wanted === "grid");
  if (hasPart) return known;
  const mode = startCopy(ui, pane, wanted);
  if (mode !== null) ui.view.copies.set(pane, mode);
  return mode;
}

/** Over the terminal where the keys go to one, else over the transcript. */
export function openFocusedCopy(ui: Ui): CopyMode | null {
  const pane = focusedPane(ui);
  if (pane === undefined) return null;
  const mode = openCopy(ui, pane.pane, typedTerminal(ui) === null ? "body" : "grid");
  if (mode === null) setAlert(ui, "there is nothing to copy from here yet");
  return mode;
}

export function leaveCopy(ui: Ui, mode: CopyMode): void {
  ui.view.copies.delete(mode.pane);
  const { source } = mode;
  const agent = source.type === "transcript" ? ui.workspace?.agents.find(({ id }) => id === source.agent) : undefined;
  if (agent !== undefined) forgetOlder(ui, agent);
}

// Moves -----------------------------------------------------------------------------------------------------------------

export function countOf(mode: CopyMode, max = 10_000): number {
  const count = mode.count === "" ? 1 : Math.max(1, Math.min(max, Number(mode.count)));
  mode.count = "";
  return count;
}

export function goTo(ui: Ui, mode: CopyMode, at: Position, column: number | "end" = at.x): void {
  mode.cursor = at;
  mode.column = column;
  keepInside(ui, mode);
}

export function move(ui: Ui, mode: CopyMode, motion: Motion): void {
  const text = textOf(mode.source);
  let at = mode.cursor;
  // A block may end where its row has no text.
  const isFree = mode.selection?.unit === "block" && (motion === "left" || motion === "right");
  for (let left = countOf(mode); left > 0; left -= 1) {
    const step = motion === "left" ? -1 : 1;
    const next = isFree ? { x: Math.max(0, Math.min(colsOf(mode) - 1, at.x + step)), y: at.y } : moveBy(text, at, motion);
    if (next.x === at.x && next.y === at.y) break;
    at = next;
  }
  goTo(ui, mode, at, motion === "lineEnd" ? "end" : at.x);
}

function colsOf(mode: CopyMode): number {
  return mode.source.type === "terminal" ? mode.source.cols : mode.source.width;
}

/** To another row, in the column that was last chosen. */
function goToRow(ui: Ui, mode: CopyMode, y: number): void {
  const text = textOf(mode.source);
  const row = Math.max(text.first, Math.min(text.end - 1, y));
  mode.cursor = { x: columnIn(mode, row), y: row };
  keepInside(ui, mode);
}

function columnIn(mode: CopyMode, y: number): number {
  const text = textOf(mode.source);
  const last = lastIn(text, y).x;
  if (mode.column === "end") return last;
  if (mode.selection?.unit === "block") return mode.column;
  const row = text.row(y);
  return row === null ? mode.column : characterAt(row, Math.min(last, Math.max(row.indent, mode.column)));
}

export function moveRows(ui: Ui, mode: CopyMode, by: 1 | -1): void {
  goToRow(ui, mode, mode.cursor.y + by * countOf(mode));
}

/** The window moves by rows and takes the cursor along where it would leave it. Back at the end, what the wheel began is over. */
export function scrollRows(ui: Ui, mode: CopyMode, by: number): Effect[] {
  const height = viewportOf(ui, mode)?.height ?? 1;
  const text = textOf(mode.source);
  const lowest = Math.max(text.first, text.end - height);
  mode.top = Math.max(text.first, Math.min(lowest, mode.top + by));
  goToRow(ui, mode, Math.max(mode.top, Math.min(mode.top + height - 1, mode.cursor.y)));
  if (mode.isByWheel && by > 0 && mode.top >= lowest && mode.selection === null) leaveCopy(ui, mode);
  return mode.top === text.first && by < 0 ? askMore(ui, mode) : [];
}

/** Half a page or a page, window and cursor together. */
export function scrollPage(ui: Ui, mode: CopyMode, by: 1 | -1, share: 1 | 2): Effect[] {
  const height = viewportOf(ui, mode)?.height ?? 2;
  const rows = Math.max(1, share === 2 ? Math.floor(height / 2) : height - 2) * countOf(mode, 1_000);
  const y = mode.cursor.y + by * rows;
  const text = textOf(mode.source);
  mode.top = Math.max(text.first, Math.min(Math.max(text.first, text.end - height), mode.top + by * rows));
  goToRow(ui, mode, y);
  return mode.top === text.first && by < 0 ? askMore(ui, mode) : [];
}

/** Older items of a transcript are fetched where its start is reached. */
function askMore(ui: Ui, mode: CopyMode): Effect[] {
  const agent = mode.source.type === "transcript" ? agentOf(ui, focusedPane(ui)) : undefined;
  return agent === undefined || (mode.source.type === "transcript" && mode.source.agent !== agent.id) ? [] : askOlder(ui, agent);
}

/** With a count the row of that number, from 1. */
export function goToEdge(ui: Ui, mode: CopyMode, edge: "start" | "end"): Effect[] {
  const text = textOf(mode.source);
  if (mode.count !== "") {
    goToRow(ui, mode, text.first + countOf(mode, 10_000_000) - 1);
    return [];
  }
  goToRow(ui, mode, edge === "start" ? text.first : lastWithText(mode));
  return edge === "start" ? askMore(ui, mode) : [];
}

/** Below what a terminal has printed its screen is empty. */
function lastWithText(mode: CopyMode): number {
  const text = textOf(mode.source);
  let y = text.end - 1;
  while (y > text.first && text.row(y)?.length === 0) y -= 1;
  return y;
}

export function centreCursor(ui: Ui, mode: CopyMode): void {
  mode.count = "";
  const height = viewportOf(ui, mode)?.height ?? 1;
  mode.top = mode.cursor.y - Math.floor(height / 2);
  keepInside(ui, mode);
}

export function goToWindow(ui: Ui, mode: CopyMode, place: "top" | "middle" | "bottom"): void {
  const height = viewportOf(ui, mode)?.height ?? 1;
  const shown = Math.min(height, textOf(mode.source).end - mode.top);
  const offset = countOf(mode) - 1;
  const y = { top: offset, middle: Math.floor((shown - 1) / 2), bottom: shown - 1 - offset }[place];
  goToRow(ui, mode, mode.top + Math.max(0, Math.min(shown - 1, y)));
}

export function find(ui: Ui, mode: CopyMode, { key, character, isRepeat }: Find): void {
  const text = textOf(mode.source);
  let at: Position | null = mode.cursor;
  for (let left = countOf(mode, 1_000), isAgain = isRepeat; left > 0 && at !== null; left -= 1, isAgain = true)
    at = findInLine(text, at, { key, character, isRepeat: isAgain });
  if (at !== null) goTo(ui, mode, at);
}

/** `;` the same way, `,` the other way. */
export function findAgain(ui: Ui, mode: CopyMode, way: "same" | "other"): void {
  if (mode.found === null) return;
  const { key, character } = mode.found;
  const other = { f: "F", F: "f", t: "T", T: "t" } as const;
  find(ui, mode, { key: way === "same" ? key : other[key], character, isRepeat: true });
}

// Selecting ---------------------------------------------------------------------------------------------------------------

/** The key of the same kind again ends the selection; that of another changes it. */
export function select(mode: CopyMode, unit: SelectUnit): void {
  mode.count = "";
  if (mode.selection?.unit === unit) mode.selection = null;
  else mode.selection = { anchor: mode.selection?.anchor ?? mode.cursor, unit };
}

export function swapEnds(ui: Ui, mode: CopyMode): void {
  if (mode.selection === null) return;
  const { anchor } = mode.selection;
  mode.selection = { ...mode.selection, anchor: mode.cursor };
  goTo(ui, mode, anchor);
}

/** Copies what is selected, or the line at the cursor; at once, or when its rows have come. */
export function copySelection(ui: Ui, mode: CopyMode, then: "stay" | "leave"): Effect[] {
  mode.count = "";
  if (mode.selection === null) mode.selection = { anchor: mode.cursor, unit: "line" };
  mode.isCopying = then;
  return finishCopy(ui, mode);
}

/** From the cursor to the end of its line. */
export function copyToEnd(ui: Ui, mode: CopyMode): Effect[] {
  mode.count = "";
  mode.selection = { anchor: mode.cursor, unit: "cell" };
  move(ui, mode, "lineEnd");
  return copySelection(ui, mode, "leave");
}

function finishCopy(ui: Ui, mode: CopyMode): Effect[] {
  const selection = selectionOf(mode);
  if (mode.isCopying === null || selection === null) return [];
  const text = textOf(mode.source);
  const { first, last } = selectedRows(text, selection);
  if (missingPages(mode, first, last).length > 0) return [];
  const then = mode.isCopying;
  mode.isCopying = null;
  const copied = selectedText(text, selection);
  if (then === "leave") leaveCopy(ui, mode);
  if (copied !== "") return copyOut(ui, copied);
  setAlert(ui, "nothing is selected");
  return [];
}

// Rows that have to come ----------------------------------------------------------------------------------------------------

function missingPages(mode: CopyMode, from: number, to: number): number[] {
  const { source } = mode;
  if (source.type !== "terminal") return [];
  const pages: number[] = [];
  for (let page = Math.floor(Math.max(source.first, from) / PAGE_ROWS); page * PAGE_ROWS <= Math.min(source.end - 1, to); page += 1)
    if (!isWhole(source, page)) pages.push(page);
  return pages;
}

function isWhole(source: TerminalSource, page: number): boolean {
  const to = Math.min(source.end, (page + 1) * PAGE_ROWS);
  for (let y = Math.max(source.first, page * PAGE_ROWS); y < to; y += 1) if (!source.rows.has(y)) return false;
  return true;
}

/** The server keeps what copy mode reads, from when it begins until it is over. */
export function wantedHolds(ui: Ui): Effect[] {
  const effects: Effect[] = [];
  const held = new Set<TerminalId>();
  for (const { source } of ui.view.copies.values()) {
    if (source.type !== "terminal" || source.isAlternate) continue;
    held.add(source.terminal);
    if (source.isHeld) continue;
    source.isHeld = true;
    ui.view.holds.add(source.terminal);
    effects.push(holdCommand(source.terminal, { isHeld: true }));
  }
  for (const terminal of [...ui.view.holds]) {
    if (held.has(terminal)) continue;
    ui.view.holds.delete(terminal);
    effects.push(holdCommand(terminal, { isHeld: false }));
  }
  return effects;
}

function holdCommand(terminal: TerminalId, { isHeld }: { readonly isHeld: boolean }): Effect {
  return command({ type: "terminal.hold", terminal, isHeld }, purposeOf("status"));
}

/** What every pane in copy mode needs and has not asked for: what is in sight and a page around it, and what is selected. */
export function wantedRows(ui: Ui): Effect[] {
  return [...ui.view.copies.values()].flatMap((mode) => {
    const { source } = mode;
    if (source.type !== "terminal") return [];
    const height = viewportOf(ui, mode)?.height ?? 1;
    const wanted = new Set(missingPages(mode, mode.top - PAGE_ROWS, mode.top + height + PAGE_ROWS));
    // Which rows go on the line above is known only from the server.
    if (source.generation === null) wanted.add(Math.floor((source.end - 1) / PAGE_ROWS));
    const selection = selectionOf(mode);
    if (selection !== null) {
      const { first, last } = selectedRows(textOf(source), selection);
      for (const page of missingPages(mode, first, last)) wanted.add(page);
    }
    return [...wanted].filter((page) => !source.asked.has(page)).map((page) => askPage(mode, source, page));
  });
}

function askPage(mode: CopyMode, source: TerminalSource, page: number): Effect {
  source.asked.add(page);
  const { terminal, isAlternate } = source;
  const asked = { terminal, isAlternate, from: Math.max(0, page * PAGE_ROWS), count: PAGE_ROWS };
  return query({ type: "terminal.rows", ...asked }, purposeOf("rows", `${mode.pane} ${page}`));
}

export function modeNamed(ui: Ui, id: string): CopyMode | undefined {
  const pane = id.split(" ")[0];
  return [...ui.view.copies.values()].find((mode) => mode.pane === pane);
}

/** Rows that are held already stay as they are: what is looked at does not change. */
export function takeRows(ui: Ui, id: string, value: Extract<AnswerValue, { type: "terminal.rows" }>): Effect[] {
  const mode = modeNamed(ui, id);
  const source = mode?.source;
  if (mode === undefined || source?.type !== "terminal") return [];
  const bytes = fromBase64(value.rows);
  const rows = bytes === null ? null : unpackRows(bytes, value.wrapped.length);
  const isOther = value.cols !== source.cols || (source.generation !== null && source.generation !== value.generation);
  if (rows === null || isOther) {
    if (mode.isCopying !== null) setAlert(ui, "nothing was copied: some of these lines are gone; select again");
    mode.isCopying = null;
    return [];
  }
  source.generation = value.generation;
  rows.forEach((words, at) => {
    const y = value.from + at;
    if (y < source.first || y >= source.end) return;
    const held = source.rows.get(y);
    const isWrapped = value.wrapped[at] ?? false;
    if (held === undefined) source.rows.set(y, { words, isWrapped });
    else held.isWrapped = isWrapped;
    source.made.delete(y);
  });
  forgetGone(source, value.oldest);
  keepInside(ui, mode);
  return finishCopy(ui, mode);
}

/** What the server has let go meanwhile is not to be had any more; what is held goes on being there. */
function forgetGone(source: TerminalSource, oldest: number): void {
  if (oldest <= source.first) return;
  let first = source.end;
  while (first > source.first && (source.rows.has(first - 1) || first - 1 >= oldest)) first -= 1;
  source.first = first;
}

/** A page that could not be had may be asked for again. */
export function rowsRefused(ui: Ui, id: string): void {
  const mode = modeNamed(ui, id);
  if (mode?.source.type !== "terminal") return;
  mode.isCopying = null;
}

// Leaving -----------------------------------------------------------------------------------------------------------------

/** Esc: first what is selected, then the mode. */
export function backOutOfCopy(ui: Ui, mode: CopyMode): void {
  mode.count = "";
  mode.isCopying = null;
  if (mode.selection !== null) mode.selection = null;
  else leaveCopy(ui, mode);
}

/** After whatever may have moved, closed or laid anew what the modes read. */
export function settleCopies(ui: Ui): void {
  for (const mode of [...ui.view.copies.values()]) {
    const { source } = mode;
    const viewport = viewportOf(ui, mode);
    if (source.type === "terminal") {
      const grid = ui.grids.get(source.terminal);
      const isKnown = ui.workspace?.terminals.some(({ id }) => id === source.terminal) ?? false;
      if (!isKnown) leaveCopy(ui, mode);
      else if (grid !== undefined && grid.cols !== source.cols) rereadCopy(ui, mode, null);
    } else if (viewport !== null && viewport.width !== source.width) rereadCopy(ui, mode, null);
  }
}

/** The focused pane's mode, for a row of the command table. */
export function inCopy(run: (ui: Ui, mode: CopyMode) => Effect[] | undefined): (ui: Ui) => Effect[] {
  return (ui) => {
    const mode = focusedCopy(ui);
    return mode === undefined ? [] : (run(ui, mode) ?? []);
  };
}
